//! What a task's turns share: the conversation, and whom it is with.

use std::collections::HashMap;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::effect::Setup;
use super::history::History;
use super::history::is_compaction;
use super::history::kind_of_note;
use super::kept::Standing;
use super::prompt;
use super::prompt::Context;
use super::purse::Purse;
use super::wire;
use super::wire::Reply;
use crate::model::Model;
use crate::model::Provider;
use crate::model::catalog::Effort;
use crate::model::stream::Limits;
use crate::store::blobs::BlobId;
use crate::tools::ToolInput;

/// Tells what the app knows of a task at the moment, for a compaction.
#[derive(Clone)]
pub struct Knows(pub Arc<dyn Fn() -> Standing + Send + Sync>);

impl Default for Knows {
    fn default() -> Self {
        Self(Arc::new(Standing::default))
    }
}

impl fmt::Debug for Knows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Knows")
    }
}

/// One task's conversation with a model. The caller may change everything but the history between
/// turns; the next request says what is different.
#[derive(Debug, Clone)]
pub struct Session {
    /// Constant for the whole conversation; lets the provider reuse what it has read.
    pub id: String,
    /// Where requests go.
    pub provider: Provider,
    /// Which model answers.
    pub model: Model,
    /// How hard it thinks; `None` for the model's own.
    pub effort: Option<Effort>,
    /// Where and how the task works.
    pub context: Context,
    /// The conversation so far.
    pub history: History,
    /// How many turns there have been.
    pub turns: u32,
    /// What an answer may cost at most.
    pub limits: Limits,
    /// The model that answered before, where this one has less room: it sums the conversation up.
    pub earlier: Option<Model>,
    /// What the app knows of the task.
    pub knows: Knows,
    /// Who pays; `None` where nobody counts.
    pub purse: Option<Purse>,
}

/// Who answered: a model, and the server that it was asked of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnsweredBy {
    /// The model's name.
    pub model: String,
    /// The hash of the server's address, which may say more than a log should.
    pub server: String,
}

impl AnsweredBy {
    /// This model at this provider.
    pub fn of(provider: &Provider, model: &Model) -> Self {
        Self {
            model: model.slug.clone(),
            server: BlobId::of(provider.address().whole().as_bytes()).to_string(),
        }
    }
}

impl Session {
    /// A conversation, new or as it was kept: `history` holds what [`super::driver::Update::History`]
    /// brought so far, in order, and `turns` how many turns that were.
    pub fn new(
        id: impl Into<String>,
        provider: Provider,
        model: Model,
        context: Context,
        mut history: History,
        turns: u32,
    ) -> Self {
        // What is sealed is read, or left out, from the first look at the conversation on.
        history.set_reader(provider.address().origin());
        Self {
            id: id.into(),
            provider,
            model,
            effort: None,
            context,
            history,
            turns,
            limits: Limits::default(),
            earlier: None,
            knows: Knows::default(),
            purse: None,
        }
    }

    /// Tokens that the conversation takes.
    pub fn context_used(&self) -> u64 {
        self.history.tokens(around(&self.model))
    }

    /// What the next turn has to know; with `goes_on` also which calls are done already, for a server
    /// that gives an answer of before once more.
    pub(super) fn next_turn(&mut self, goes_on: bool) -> Setup {
        self.turns += 1;
        Setup {
            made: match goes_on {
                true => self.done_last(),
                false => HashMap::new(),
            },
            said: goes_on && self.said_last(),
            ..self.setup(String::new())
        }
    }

    /// What comes after the last turn and is none of its own; `prefix` makes its items' ids unique.
    pub(super) fn after_turn(&self, prefix: String) -> Setup {
        self.setup(prefix)
    }

    fn setup(&self, prefix: String) -> Setup {
        let ids = self
            .history
            .items()
            .iter()
            .filter_map(|item| item["call_id"].as_str());
        let taken: HashSet<String> = ids.map(str::to_owned).collect();
        Setup {
            number: self.turns,
            items: 0,
            model: self.model.slug.clone(),
            parallel: self.model.traits.parallel_tool_calls,
            taken,
            made: HashMap::new(),
            said: false,
            seed: u64::from(uuid::Uuid::new_v4().as_fields().0),
            prefix,
            earlier: self.earlier.is_some(),
        }
    }

    // Whether the model's words, kept from an answer that was cut, are the newest there is.
    fn said_last(&self) -> bool {
        let beside = |item: &&Value| !is_compaction(item) && kind_of_note(item).is_none();
        let last = self.history.items().iter().rev().find(beside);
        last.is_some_and(|item| item["role"] == "assistant")
    }

    // The calls of the newest stretch of work that have their answers.
    fn done_last(&self) -> HashMap<String, (String, ToolInput)> {
        let mut answered = HashSet::new();
        let mut done = HashMap::new();
        for item in self.history.items().iter().rev() {
            let said = item["role"] == "user" && !answered.is_empty();
            if said || is_compaction(item) {
                break;
            }
            let kind = item["type"].as_str().unwrap_or_default();
            if kind.ends_with("_output") {
                // What was stopped was not carried out, and may be wanted again.
                let stopped = item["output"]
                    .as_str()
                    .is_some_and(|output| output.starts_with("aborted"));
                if !stopped {
                    answered.extend(item["call_id"].as_str());
                }
            } else if let Reply::Call { call, .. } = wire::read(item)
                && answered.contains(call.call_id.as_str())
            {
                done.insert(call.call_id, (call.name, call.input));
            }
        }
        done
    }
}

/// Tokens of what is sent around a conversation: instructions and tools, estimated.
pub fn around(model: &Model) -> u64 {
    let tools: usize = crate::tools::specs(&model.traits)
        .iter()
        .map(|tool| tool.to_string().len())
        .sum();
    (prompt::instructions(model).len() + tools) as u64 / 4
}

/// Tokens that one message may take where the conversation takes `in_use`: what is left of the window
/// once the conversation was made shorter, as happens by itself.
pub fn room_for_a_message(model: &Model, in_use: u64) -> u64 {
    let around = around(model);
    let stays = in_use.saturating_sub(around).min(model.traits.window / 4);
    model.compact_at().saturating_sub(around + stays)
}
