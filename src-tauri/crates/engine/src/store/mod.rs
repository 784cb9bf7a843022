//! What is kept on disk in the app's own data folder, beside the drafts.

pub mod blobs;
