//! The agent: one turn of conversation as a pure machine, and the driver that performs its effects.
//!
//! [`driver::run`] is the way in. It feeds [`turn::Turn`] with what happens in the words of
//! [`effect`] and carries out the answers over a [`session::Session`], whose [`history`] is the
//! conversation to the letter. An [`item::Item`] is the side of it that a person sees.
//!
//! The agent reads no file and starts no process: tools do, behind [`crate::tools::Tools`].

mod calls;
pub mod driver;
pub mod effect;
pub mod history;
pub mod item;
pub mod kept;
pub mod message;
mod progress;
pub mod prompt;
pub mod purse;
pub mod session;
pub mod turn;
mod wire;
mod withheld;
