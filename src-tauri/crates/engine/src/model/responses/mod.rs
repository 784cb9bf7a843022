//! The Responses API: how a request is written, and how an answer is read.

mod answer;
mod body;

pub(super) use answer::Answer;
pub(super) use body::body;
