//! The calls of one answer, and how far each has come.

use serde_json::Value;
use serde_json::json;

use super::history;
use crate::tools::ToolCall;

const ABORTED: &str = "aborted by the person";

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pending {
    pub(super) item: String,
    pub(super) call: ToolCall,
    pub(super) wire: Value,
    pub(super) stage: Stage,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stage {
    Queued,
    Running,
    Answered(Value),
    Appended,
}

impl Pending {
    pub(super) fn aborted_if(mut self, stage: Stage) -> Self {
        if self.stage == stage {
            self.stage = Stage::Answered(json!(ABORTED));
        }
        self
    }
}

/// Notes a tool's answer; an answer to a call that is not running is none.
pub(super) fn answered(mut calls: Vec<Pending>, call_id: &str, output: Value) -> Vec<Pending> {
    let call = calls
        .iter_mut()
        .find(|call| call.call.call_id == call_id && call.stage == Stage::Running);
    if let Some(call) = call {
        call.stage = Stage::Answered(output);
    }
    calls
}

/// The answers to append now: in the order of the calls, each as soon as those before it are in.
pub(super) fn answers(calls: &mut [Pending]) -> Vec<Value> {
    let mut answers = Vec::new();
    for call in calls {
        match std::mem::replace(&mut call.stage, Stage::Appended) {
            Stage::Appended => {}
            Stage::Answered(output) => answers.extend(history::answer_to(&call.wire, output)),
            unfinished => {
                call.stage = unfinished;
                break;
            }
        }
    }
    answers
}
