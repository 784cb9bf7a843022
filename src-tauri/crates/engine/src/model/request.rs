//! What one request says, whatever form it is sent in.
//!
//! The whole conversation goes along every time. It is written in the items of the Responses API,
//! which is also how it is kept; [`super::responses`] and [`super::chat`] make the JSON of it. Both
//! make the same bytes of the same items, and earlier items never change, so that a provider can
//! reuse what it has read.

use serde_json::Value;

use super::catalog::Effort;
use super::catalog::Model;
use super::chat;
use super::responses;
use super::tier::Tier;
use super::wire::Wire;

/// What one request says.
#[derive(Debug, Clone)]
pub struct Request {
    /// The model that is asked.
    pub model: Model,
    /// The effort the person chose.
    pub effort: Option<Effort>,
    /// What the agent is told about its work.
    pub instructions: String,
    /// The conversation, in the items of the Responses API.
    pub input: Vec<Value>,
    /// The tools on offer, in a stable order and in the form of the Responses API.
    pub tools: Vec<Value>,
    /// The same for the whole conversation.
    pub cache_key: String,
}

/// What a server is known to want.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// It is OpenAI itself.
    pub(super) openai: bool,
    /// It is Azure OpenAI.
    pub(super) azure: bool,
    /// It refuses what it may not store.
    pub(super) stored: bool,
    /// It refuses to be asked what an answer costs.
    pub(super) uncounted: bool,
    /// The service tier to ask for.
    pub(super) tier: Option<Tier>,
}

impl Request {
    /// The JSON to send.
    pub(super) fn body(&self, wire: Wire, terms: Terms) -> Value {
        match wire {
            Wire::Responses => responses::body(self, terms),
            Wire::Chat => chat::body(self, terms),
        }
    }
}
