//! The agent: one turn of conversation as a pure machine, and the driver that performs its effects.

pub mod history;
pub mod item;
pub mod message;
pub mod prompt;
