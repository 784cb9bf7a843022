//! Chat Completions: how a request is written, and how an answer is read.
//!
//! The conversation is kept in the items of the Responses API ([`crate::model::request`]), so both
//! directions are a translation: items become messages on the way out, and what comes back becomes
//! items again.

mod answer;
mod body;
mod calls;

pub(super) use answer::Answer;
pub(super) use body::body;

/// In a part of reasoning, the name of the field in which the server sent it. Reasoning goes back in
/// the field that it came in.
pub(super) const FIELD: &str = "field";

/// The field for reasoning when nothing else is known.
const REASONING: &str = "reasoning_content";
