//! The two forms in which a model's server is asked, and which of them a server understands.
//!
//! Servers of OpenAI's kind speak the Responses API, many gateways and local servers only the older
//! Chat Completions. Which one it is shows in what they answer, so a person seldom has to choose
//! ([`WireChoice::Auto`]): Responses is asked first, and a server that has no such path is asked in
//! the other form at once. What came of it is kept in [`Learned`] for as long as the program runs,
//! and no longer, since a server may learn the newer form with its next version.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use super::rate_limit::RateLimits;

/// A form of requests and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// The Responses API, `…/responses`.
    Responses,
    /// Chat Completions, `…/chat/completions`.
    Chat,
}

impl Wire {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Responses => "the Responses API",
            Self::Chat => "Chat Completions",
        }
    }
}

/// The form that a person chose for a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WireChoice {
    /// Responses where the server has it, else Chat Completions.
    #[default]
    Auto,
    /// This one, and no other is tried.
    Only(Wire),
}

impl WireChoice {
    /// The word for it in the settings file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Only(Wire::Responses) => "responses",
            Self::Only(Wire::Chat) => "chat",
        }
    }

    /// The choice of that word, if there is one.
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Auto,
            Self::Only(Wire::Responses),
            Self::Only(Wire::Chat),
        ]
        .into_iter()
        .find(|choice| choice.as_str() == word)
    }
}

/// What a server has shown of itself. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Learned(Arc<Mutex<Facts>>);

#[derive(Debug, Default)]
struct Facts {
    wire: Option<Wire>,
    stores: bool,
    compacts: Option<bool>,
    limits: Option<RateLimits>,
    uncounted: bool,
    tierless: bool,
    tierless_told: bool,
    tier: Option<String>,
}

impl Learned {
    /// The form in which it has answered.
    pub fn wire(&self) -> Option<Wire> {
        self.facts().wire
    }

    /// It has answered in this form.
    pub(super) fn answered_in(&self, wire: Wire) {
        self.facts().wire = Some(wire);
    }

    /// Whether it answers only when it may keep the conversation.
    pub(super) fn stores(&self) -> bool {
        self.facts().stores
    }

    /// It has refused a request that it must not keep.
    pub(super) fn wants_to_store(&self) {
        self.facts().stores = true;
    }

    /// Whether it sums conversations up itself; `None` as long as it has not been asked.
    pub(super) fn compacts(&self) -> Option<bool> {
        self.facts().compacts
    }

    /// It does, or does not.
    pub(super) fn compacts_or_not(&self, does: bool) {
        self.facts().compacts = Some(does);
    }

    /// What it last said of its rate limits.
    pub fn limits(&self) -> Option<RateLimits> {
        self.facts().limits.clone()
    }

    /// It has said so of its rate limits.
    pub(super) fn told_of(&self, limits: RateLimits) {
        self.facts().limits = Some(limits);
    }

    /// Whether it refuses to be asked what an answer costs.
    pub(super) fn refuses_counting(&self) -> bool {
        self.facts().uncounted
    }

    /// It has refused a request that asks what the answer costs.
    pub(super) fn will_not_count(&self) {
        self.facts().uncounted = true;
    }

    /// Whether it refuses to be asked for a service tier.
    pub(crate) fn refuses_tiers(&self) -> bool {
        self.facts().tierless
    }

    /// It has refused a request that asks for a service tier.
    pub(super) fn takes_no_tier(&self) {
        self.facts().tierless = true;
    }

    /// Whether it has refused that and nobody was told; true once.
    pub(crate) fn tell_of_tiers(&self) -> bool {
        let mut facts = self.facts();
        let untold = facts.tierless && !facts.tierless_told;
        facts.tierless_told |= untold;
        untold
    }

    /// The service tier that the newest answer was given as, where it says so.
    pub(crate) fn tier(&self) -> Option<String> {
        self.facts().tier.clone()
    }

    /// The newest answer was given as this one.
    pub(super) fn answered_as(&self, tier: Option<String>) {
        self.facts().tier = tier;
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
