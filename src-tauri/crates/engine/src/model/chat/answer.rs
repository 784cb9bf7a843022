//! Reads the events of one answer of Chat Completions; no input or output of its own.
//!
//! The events carry pieces of one message: reasoning, words, calls. Each is an item with a place of
//! its own, in this order. There is no authoritative form at the end, so an answer of which an event
//! was lost is a failure, and no item is handed on before the answer is known to be complete: by its
//! finish reason, and by `[DONE]` or the end of the stream. Words that end with `[DONE]` alone count
//! as well, calls do not.

use std::collections::VecDeque;

use serde_json::Value;
use serde_json::json;

use super::FIELD;
use super::calls::Calls;
use crate::model::answer;
use crate::model::failure::Failure;
use crate::model::frames::ONE_LINE;
use crate::model::peer::Peer;
use crate::model::stream::StreamEvent;
use crate::model::stream::Usage;
use crate::model::tier;

const REASONING_PLACE: u64 = 0;
const WORDS_PLACE: u64 = 1;
const FIRST_CALL: u64 = 2;

/// What has been read of one answer, and what of it has not been handed on yet.
pub(in crate::model) struct Answer {
    peer: Peer,
    ready: VecDeque<StreamEvent>,
    begun: bool,
    over: bool,
    lost: bool,
    field: Option<&'static str>,
    thought: String,
    words: String,
    refusal: String,
    calls: Calls,
    finish: Option<String>,
    usage: Option<Usage>,
    tier: Option<String>,
}

impl Answer {
    pub(in crate::model) fn new(peer: Peer) -> Self {
        Self {
            peer,
            ready: VecDeque::new(),
            begun: false,
            over: false,
            lost: false,
            field: None,
            thought: String::new(),
            words: String::new(),
            refusal: String::new(),
            calls: Calls::default(),
            finish: None,
            usage: None,
            tier: None,
        }
    }

    fn fail(&mut self, failure: Failure) {
        self.over = true;
        if let Some(usage) = self.usage {
            self.ready.push_back(StreamEvent::Spent(usage));
        }
        self.ready.push_back(StreamEvent::Failed(failure));
    }

    fn hear(&mut self, delta: &Value) {
        if let Some((field, text)) = reasoning(delta) {
            // A gateway may send the same words in two fields; the first one is believed.
            if *self.field.get_or_insert(field) == field && !text.is_empty() {
                self.thought.push_str(text);
                self.ready.push_back(StreamEvent::ReasoningDelta {
                    index: REASONING_PLACE,
                    text: text.to_owned(),
                });
            }
        }
        if let Some(text) = words(&delta["content"]).filter(|text| !text.is_empty()) {
            self.words.push_str(&text);
            self.ready.push_back(StreamEvent::TextDelta {
                index: WORDS_PLACE,
                text,
            });
        }
        if let Some(refusal) = delta["refusal"].as_str() {
            self.refusal.push_str(refusal);
        }
        for fragment in delta["tool_calls"].as_array().into_iter().flatten() {
            if let Some(place) = self.calls.take(fragment) {
                let name = fragment["function"]["name"].as_str().unwrap_or("");
                self.ready.push_back(StreamEvent::ItemAdded {
                    index: FIRST_CALL + place as u64,
                    item: json!({"type": "function_call", "name": name}),
                });
            }
        }
    }

    fn complete(&mut self) {
        let provider = self.peer.provider.clone();
        let model = self.peer.model.clone();
        match self.finish.as_deref() {
            Some("length") => {
                let reason = "it reached the longest answer, or the window, that the server allows";
                return self.fail(Failure::CutShort {
                    model,
                    reason: reason.to_owned(),
                });
            }
            Some("content_filter") => {
                let detail = "content_filter".to_owned();
                return self.fail(Failure::Blocked { provider, detail });
            }
            Some("error") => {
                return self.fail(Failure::Unavailable {
                    provider,
                    what: "no reason given".to_owned(),
                    wait: None,
                });
            }
            _ => {}
        }
        if self.lost {
            return self.fail(Failure::Unreadable {
                provider,
                detail: "a part of the answer was damaged on the way".to_owned(),
            });
        }
        self.speak();
        for (place, item) in (FIRST_CALL..).zip(std::mem::take(&mut self.calls).items()) {
            self.done(place, item);
        }
        self.over = true;
        let usage = self.usage;
        self.ready.push_back(StreamEvent::Completed { usage });
    }

    /// Hands on what was thought and said.
    fn speak(&mut self) {
        if !self.thought.is_empty() {
            let text = std::mem::take(&mut self.thought);
            let mut part = json!({"type": "reasoning_text", "text": text});
            if let Some(field) = self.field {
                part[FIELD] = json!(field);
            }
            let item = json!({"type": "reasoning", "summary": [], "content": [part]});
            self.done(REASONING_PLACE, item);
        }
        let mut content = Vec::new();
        if !self.words.is_empty() {
            content.push(json!({"type": "output_text", "text": std::mem::take(&mut self.words)}));
        }
        if !self.refusal.is_empty() {
            let refusal = std::mem::take(&mut self.refusal);
            content.push(json!({"type": "refusal", "refusal": refusal}));
        }
        if !content.is_empty() {
            let item = json!({"type": "message", "role": "assistant", "content": content});
            self.done(WORDS_PLACE, item);
        }
    }

    /// Ends the answer, because the arguments of the call at this place are too long.
    fn overlong(&mut self, place: usize) {
        self.speak();
        if let Some(item) = std::mem::take(&mut self.calls).emptied(place) {
            self.over = true;
            let index = FIRST_CALL + place as u64;
            self.ready.push_back(StreamEvent::Overlong { index, item });
        }
    }

    fn done(&mut self, index: u64, item: Value) {
        self.ready.push_back(StreamEvent::ItemDone { index, item });
    }
}

impl answer::Answer for Answer {
    fn take(&mut self, name: &str, data: &str) {
        let data = data.trim();
        if self.over || data.is_empty() {
            return;
        }
        if data == "[DONE]" {
            return match self.finish.is_some() || self.calls.is_empty() {
                true => self.complete(),
                // Half of the calls is worse than none.
                false => self.fail(self.peer.cut()),
            };
        }
        let Ok(Value::Object(event)) = serde_json::from_str(data) else {
            return self.skip(data);
        };
        let event = Value::Object(event);
        if name == "error" || !event["error"].is_null() {
            return self.fail(self.peer.of_error(&event));
        }
        if let Some(usage) = usage(&event["usage"]) {
            self.usage = Some(usage);
            // Some servers count along; what they said last holds when the answer is stopped.
            if self.finish.is_none() {
                self.ready.push_back(StreamEvent::Spent(usage));
            }
        }
        self.tier = tier::named(&event).or(self.tier.take());
        let Some(choices) = event["choices"].as_array() else {
            return;
        };
        if !self.begun {
            self.begun = true;
            self.ready.push_back(StreamEvent::Created);
        }
        // Only one is asked for. The first event of Azure and the last one with the usage have none.
        let choice = choices
            .iter()
            .find(|choice| choice["index"].as_u64().unwrap_or(0) == 0);
        let Some(choice) = choice else { return };
        self.hear(&choice["delta"]);
        if let Some(place) = self.calls.overlong() {
            return self.overlong(place);
        }
        if let Some(reason) = choice["finish_reason"].as_str().filter(|r| !r.is_empty()) {
            self.finish = Some(reason.to_owned());
        }
    }

    fn skip(&mut self, data: &str) {
        self.lost |= data.trim_start().starts_with('{');
        self.ready.push_back(StreamEvent::Skipped(1));
    }

    fn end(&mut self, failure: Failure) {
        if self.over {
            return;
        }
        match (&failure, self.calls.newest()) {
            _ if self.finish.is_some() => self.complete(),
            // Some servers send the arguments whole, in one line.
            (Failure::TooLarge { what: ONE_LINE, .. }, Some(place)) => self.overlong(place),
            _ => self.fail(failure),
        }
    }

    fn tier(&self) -> Option<String> {
        self.tier.clone()
    }

    fn ready(&mut self) -> &mut VecDeque<StreamEvent> {
        &mut self.ready
    }
}

fn reasoning(delta: &Value) -> Option<(&'static str, &str)> {
    if let Some(text) = delta["reasoning_content"].as_str() {
        return Some((super::REASONING, text));
    }
    let text = match &delta["reasoning"] {
        Value::String(text) => text,
        about => about["text"].as_str().or(about["content"].as_str())?,
    };
    Some(("reasoning", text))
}

// A text, or parts of which some are texts.
fn words(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => Some(parts.iter().filter_map(|p| p["text"].as_str()).collect()),
        _ => None,
    }
}

fn usage(usage: &Value) -> Option<Usage> {
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let input = usage["prompt_tokens"].as_u64()?;
    let output = count(&usage["completion_tokens"]);
    Some(Usage {
        input,
        cached: count(&usage["prompt_tokens_details"]["cached_tokens"]),
        output,
        reasoning: count(&usage["completion_tokens_details"]["reasoning_tokens"]),
        total: usage["total_tokens"]
            .as_u64()
            .unwrap_or(input.saturating_add(output)),
    })
}

#[cfg(test)]
mod tests;
