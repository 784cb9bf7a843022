//! The agent: one turn of conversation as a pure machine, and the driver that performs its effects.

mod calls;
pub mod driver;
pub mod effect;
pub mod history;
pub mod item;
pub mod message;
mod progress;
pub mod prompt;
pub mod session;
pub mod turn;
mod wire;
