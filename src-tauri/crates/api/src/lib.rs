//! The boundary between the window and the engine.
pub mod failure;
mod table;
pub mod types;
#[cfg(test)]
mod typescript;
