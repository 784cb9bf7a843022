//! The connection to a model: where requests go, what they say, and what comes back.
//!
//! [`catalog`] knows what each model can do, [`provider`] where it lives, [`request`] builds the
//! body, [`stream`] reads the answer as typed events, [`check`] tries the whole way with the smallest
//! request, [`listing`] asks what models there are, and [`failure`] names everything that can go wrong. Sending and reading happen here; deciding what to do next is the turn's.
//!
//! Nothing here retries on its own, follows a redirect, or writes a key anywhere but into the one
//! request header it belongs to.

mod answer;
pub mod catalog;
pub mod check;
pub mod failure;
mod frames;
pub mod listing;
pub mod peer;
pub mod provider;
pub mod request;
pub mod stream;
pub mod wait;

pub use catalog::Model;
pub use failure::Failure;
pub use provider::Provider;

#[cfg(test)]
pub(crate) mod testing;
