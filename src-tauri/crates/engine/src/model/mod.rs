//! The connection to a model: where requests go, what they say, and what comes back.
//!
//! [`catalog`] knows what each model can do, [`provider`] and [`address`] where it lives, [`request`]
//! what is asked, [`stream`] reads the answer as typed events, [`check`] tries the whole way with a
//! small request and [`speed`] says how fast that was, [`listing`] asks what models there are, [`price`] knows what tokens cost,
//! [`rate_limit`] how much a server still takes, [`compact`] has a conversation summed up, and
//! [`failure`] names everything that
//! can go wrong. Servers are spoken with in one of two forms ([`wire`]), each in a room of its own,
//! [`responses`] and [`chat`]. Sending and reading happen here; deciding what to do next is the turn's.
//!
//! Nothing here retries on its own, follows a redirect, or writes a key anywhere but into the one
//! request header it belongs to.

pub mod address;
mod answer;
pub mod bill;
pub mod catalog;
mod chat;
pub mod check;
pub mod choice;
pub mod compact;
pub mod failure;
mod frames;
pub mod listing;
pub mod meter;
mod noted;
pub mod passage;
pub mod peer;
pub mod price;
pub mod provider;
pub mod rate_limit;
pub mod request;
mod responses;
pub mod speed;
pub mod stream;
pub mod tier;
pub mod wait;
pub mod way;
pub mod wire;

pub(crate) use answer::MOST_ARGUMENTS_WORDS;
pub use catalog::Model;
pub use failure::Failure;
pub use provider::Provider;
pub use wire::Wire;
pub use wire::WireChoice;

#[cfg(test)]
pub(crate) mod testing;
