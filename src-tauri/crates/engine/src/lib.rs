//! Everything that acts: the agent and its model, tools, drafts, apply, the store.
//!
//! The engine is told its folders by its caller and never reads the terminal, the window or the
//! process environment on its own account. It does not know Tauri. A person's folder is written by
//! one module only, [`project::apply`], from changes that were approved; all other work happens in
//! a [`project::draft::Draft`].

pub mod agent;
pub mod approvals;
#[cfg(test)]
mod at_once;
pub mod attachments;
pub mod checks;
pub mod credentials;
mod engine;
pub mod environment;
pub mod event;
pub mod harden;
pub mod model;
pub mod network;
pub mod opened;
mod parallel;
pub mod project;
pub mod providers;
pub mod redact;
pub mod settings;
pub mod store;
pub mod tasks;
pub mod tools;
pub mod usage;

pub use engine::Engine;
pub use engine::EngineError;
pub use engine::Places;
pub use engine::Recent;
