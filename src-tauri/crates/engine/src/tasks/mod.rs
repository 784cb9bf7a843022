//! Tasks: one goal in one conversation, with its own draft.

pub mod state;
