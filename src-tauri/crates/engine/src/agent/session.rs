//! What a task's turns share: the conversation, and whom it is with.

use std::collections::HashMap;
use std::collections::HashSet;

use super::effect::Setup;
use super::history::History;
use super::prompt;
use super::prompt::Context;
use super::wire;
use super::wire::Reply;
use crate::model::Model;
use crate::model::Provider;
use crate::model::catalog::Effort;
use crate::model::stream::Limits;
use crate::tools::ToolInput;

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
}

impl Session {
    /// A conversation, new or as it was kept: `history` holds what [`super::driver::Update::History`]
    /// brought so far, in order, and `turns` how many turns that were.
    pub fn new(
        id: impl Into<String>,
        provider: Provider,
        model: Model,
        context: Context,
        history: History,
        turns: u32,
    ) -> Self {
        Self {
            id: id.into(),
            provider,
            model,
            effort: None,
            context,
            history,
            turns,
            limits: Limits::default(),
        }
    }

    /// Tokens in use, and tokens that can be.
    pub fn context_used(&self) -> (u64, u64) {
        let used = self.history.tokens(&prompt::instructions(&self.model));
        (used, self.model.usable_window())
    }

    /// What the next turn has to know; with `goes_on` also which calls are done already, for a server
    /// that gives an answer of before once more.
    pub(super) fn next_turn(&mut self, goes_on: bool) -> Setup {
        self.turns += 1;
        let ids = self
            .history
            .items()
            .iter()
            .filter_map(|item| item["call_id"].as_str());
        let taken: HashSet<String> = ids.map(str::to_owned).collect();
        Setup {
            number: self.turns,
            model: self.model.slug.clone(),
            parallel: self.model.traits.parallel_tool_calls,
            taken,
            made: if goes_on {
                self.done_last()
            } else {
                HashMap::new()
            },
            seed: u64::from(uuid::Uuid::new_v4().as_fields().0),
        }
    }

    // The calls of the newest stretch of work that have their answers.
    fn done_last(&self) -> HashMap<String, (String, ToolInput)> {
        let mut answered = HashSet::new();
        let mut done = HashMap::new();
        for item in self.history.items().iter().rev() {
            if item["role"] == "user" && !answered.is_empty() {
                break;
            }
            let kind = item["type"].as_str().unwrap_or_default();
            if kind.ends_with("_output") {
                answered.extend(item["call_id"].as_str());
            } else if let Reply::Call { call, .. } = wire::read(item)
                && answered.contains(call.call_id.as_str())
            {
                done.insert(call.call_id, (call.name, call.input));
            }
        }
        done
    }
}
