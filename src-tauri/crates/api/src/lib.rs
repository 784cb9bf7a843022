//! The boundary between the window and the engine.
//!
//! Everything the window may ask is one line in the command table; everything it may hear is one
//! variant of [`types::Event`]. `ui/src/host/generated.ts` is written from these two and checked by
//! a test, so a field renamed here fails `cargo test` before it fails a person.
//!
//! Types in this crate are promises to the other side. The engine has richer ones of its own;
//! `convert` maps between them, and that mapping is the only place where a change inside the
//! engine may become a change in the window. No verb returns a secret, and each verb says who may
//! ask it.

mod attention;
mod convert;
mod desk;
mod events;
mod failure;
mod table;
pub mod types;
#[cfg(test)]
mod typescript;
mod verbs;

pub use attention::Attention;
pub use attention::Why;
pub use desk::Desk;
pub use desk::MAIN_WINDOW;
pub use desk::SHELL;
pub use desk::commands;
pub use engine::Places;
pub use engine::harden::harden;
pub use engine::providers::Connection;
pub use failure::Code;
pub use failure::Failure;
pub use table::Right;
pub use types::Exported;
