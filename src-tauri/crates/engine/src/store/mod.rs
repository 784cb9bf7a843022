//! What is kept between runs of the app: the index, a log per task, and blobs by hash.

pub mod blobs;
pub mod index;
pub mod log;
