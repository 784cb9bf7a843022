//! Reads the events of one answer of the Responses API; no input or output of its own.
//!
//! Each event is JSON with a `type`. Kinds that say nothing new are passed over; what is no JSON,
//! or lacks what its kind promises, is counted. Deltas name their item by its place in the answer
//! or by its id, and servers differ in which.

use std::collections::HashMap;
use std::collections::HashSet;
use std::collections::VecDeque;

use serde_json::Value;
use serde_json::json;

use crate::model::answer;
use crate::model::answer::MOST_ARGUMENTS;
use crate::model::failure::Failure;
use crate::model::frames::ONE_LINE;
use crate::model::peer::Peer;
use crate::model::stream::StreamEvent;
use crate::model::stream::Usage;
use crate::model::tier;

/// What has been read of one answer, and what of it has not been handed on yet.
pub(in crate::model) struct Answer {
    peer: Peer,
    ready: VecDeque<StreamEvent>,
    places: HashMap<String, u64>,
    done: HashSet<u64>,
    current: u64,
    lost_item: bool,
    /// Calls that have begun and are not complete, and how many bytes of their arguments came.
    open: HashMap<u64, (Value, usize)>,
    tier: Option<String>,
}

impl Answer {
    pub(in crate::model) fn new(peer: Peer) -> Self {
        Self {
            peer,
            ready: VecDeque::new(),
            places: HashMap::new(),
            done: HashSet::new(),
            current: 0,
            lost_item: false,
            open: HashMap::new(),
            tier: None,
        }
    }

    fn fail(&mut self, failure: Failure) {
        self.ready.push_back(StreamEvent::Failed(failure));
    }

    fn complete(&mut self, response: Value) {
        let output = response["output"].as_array().map_or(&[][..], Vec::as_slice);
        if self.done.len() < output.len() {
            // The final list stands in for items whose own event was lost or never sent.
            for (index, item) in (0..).zip(output) {
                if self.done.insert(index) && !self.finish(index, item.clone()) {
                    return;
                }
            }
        } else if self.lost_item && output.is_empty() {
            return self.fail(Failure::Unreadable {
                provider: self.peer.provider.clone(),
                detail: "a part of the answer was damaged on the way".to_owned(),
            });
        }
        self.tier = tier::named(&response);
        let usage = usage(&response);
        self.ready.push_back(StreamEvent::Completed { usage });
    }

    // What was read and written is paid for, whatever came of it.
    fn spent(&mut self, response: &Value) {
        if let Some(usage) = usage(response) {
            self.ready.push_back(StreamEvent::Spent(usage));
        }
    }

    /// Hands an item on; `false` when it ends the answer.
    fn finish(&mut self, index: u64, item: Value) -> bool {
        self.open.remove(&index);
        let long = ["arguments", "input"].iter().any(|name| {
            item[name]
                .as_str()
                .is_some_and(|text| text.len() > MOST_ARGUMENTS)
        });
        match long {
            true => self.overlong(index, item),
            false => self.ready.push_back(StreamEvent::ItemDone { index, item }),
        }
        !long
    }

    /// So many bytes more of the arguments of a call.
    fn grow(&mut self, index: u64, more: usize) {
        let Some((_, length)) = self.open.get_mut(&index) else {
            return;
        };
        *length += more;
        if *length > MOST_ARGUMENTS
            && let Some((item, _)) = self.open.remove(&index)
        {
            self.overlong(index, item);
        }
    }

    fn overlong(&mut self, index: u64, mut item: Value) {
        match item["type"] == "custom_tool_call" {
            true => item["input"] = json!(""),
            false => item["arguments"] = json!("{}"),
        }
        self.ready.push_back(StreamEvent::Overlong { index, item });
    }

    fn place(&self, event: &serde_json::Map<String, Value>) -> u64 {
        let by_id = || self.places.get(event.get("item_id")?.as_str()?).copied();
        event
            .get("output_index")
            .and_then(Value::as_u64)
            .or_else(by_id)
            .unwrap_or(self.current)
    }

    fn free_place(&self) -> u64 {
        (0..).find(|place| !self.done.contains(place)).unwrap_or(0)
    }
}

impl answer::Answer for Answer {
    fn skip(&mut self, data: &str) {
        self.lost_item |= data.contains("output_item.done");
        self.ready.push_back(StreamEvent::Skipped(1));
    }

    fn take(&mut self, name: &str, data: &str) {
        if data.trim() == "[DONE]" || data.trim().is_empty() {
            return;
        }
        let Ok(Value::Object(mut event)) = serde_json::from_str(data) else {
            return self.skip(data);
        };
        let kind = event
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or(name)
            .to_owned();
        let text = |field: &str| match event.get(field) {
            Some(Value::String(text)) => text.clone(),
            _ => String::new(),
        };
        match kind.as_str() {
            "response.created" => self.ready.push_back(StreamEvent::Created),
            "response.output_item.added" => {
                let index = self.place(&event);
                self.current = index;
                let Some(item) = event.remove("item") else {
                    return self.skip(data);
                };
                if let Some(id) = item.get("id").and_then(Value::as_str) {
                    self.places.insert(id.to_owned(), index);
                }
                if ["function_call", "custom_tool_call"]
                    .iter()
                    .any(|kind| item["type"] == *kind)
                {
                    self.open.insert(index, (item.clone(), 0));
                }
                self.ready.push_back(StreamEvent::ItemAdded { index, item });
            }
            "response.output_item.done" => {
                let Some(item) = event.get("item").cloned() else {
                    return self.skip(data);
                };
                let numbered = event.get("output_index").is_some_and(Value::is_u64);
                let index = match (numbered, item.get("id").and_then(Value::as_str)) {
                    (false, Some(id)) if self.places.contains_key(id) => self.places[id],
                    (false, _) => self.free_place(),
                    (true, _) => self.place(&event),
                };
                // The same event twice is one item.
                if self.done.insert(index) {
                    self.finish(index, item);
                }
            }
            "response.output_text.delta" => {
                let (index, text) = (self.place(&event), text("delta"));
                self.ready.push_back(StreamEvent::TextDelta { index, text });
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                let (index, text) = (self.place(&event), text("delta"));
                self.ready
                    .push_back(StreamEvent::ReasoningDelta { index, text });
            }
            // The first part needs no gap before it.
            "response.reasoning_summary_part.added"
                if event.get("summary_index") != Some(&0.into()) =>
            {
                let (index, text) = (self.place(&event), "\n\n".to_owned());
                self.ready
                    .push_back(StreamEvent::ReasoningDelta { index, text });
            }
            "response.custom_tool_call_input.delta" => {
                let (index, text) = (self.place(&event), text("delta"));
                let more = text.len();
                self.ready
                    .push_back(StreamEvent::CustomInputDelta { index, text });
                self.grow(index, more);
            }
            "response.function_call_arguments.delta" => {
                let (index, text) = (self.place(&event), text("delta"));
                self.grow(index, text.len());
            }
            "response.completed" => self.complete(event.remove("response").unwrap_or_default()),
            "response.failed" => {
                let error = event
                    .get("response")
                    .and_then(|response| response.get("error"))
                    .cloned()
                    .unwrap_or_default();
                self.spent(&event.remove("response").unwrap_or_default());
                self.fail(self.peer.of_error(&error));
            }
            "response.incomplete" => {
                let response = event.remove("response").unwrap_or_default();
                self.spent(&response);
                let reason = response["incomplete_details"]["reason"].as_str();
                let reason = self.peer.clean(reason.unwrap_or("no reason given"));
                self.fail(match reason.as_str() {
                    "content_filter" => Failure::Blocked {
                        provider: self.peer.provider.clone(),
                        detail: reason,
                    },
                    _ => Failure::CutShort {
                        model: self.peer.model.clone(),
                        reason,
                    },
                });
            }
            "error" => self.fail(self.peer.of_error(&Value::Object(event))),
            _ if kind == "message" || event.contains_key("error") => {
                match event.get("error").is_some_and(|error| !error.is_null()) {
                    true => self.fail(self.peer.of_error(&Value::Object(event))),
                    false => self.skip(data),
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, failure: Failure) {
        let call = self.open.keys().max().copied();
        match (
            &failure,
            call.and_then(|call| self.open.remove_entry(&call)),
        ) {
            // Some servers send the arguments whole, in one line.
            (Failure::TooLarge { what: ONE_LINE, .. }, Some((index, (item, _)))) => {
                self.overlong(index, item);
            }
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

/// The tokens that a response says it took; none where it says nothing of them.
fn usage(response: &Value) -> Option<Usage> {
    let usage = response.get("usage").filter(|usage| usage.is_object())?;
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let input = count(&usage["input_tokens"]);
    let output = count(&usage["output_tokens"]);
    Some(Usage {
        input,
        cached: count(&usage["input_tokens_details"]["cached_tokens"]),
        output,
        reasoning: count(&usage["output_tokens_details"]["reasoning_tokens"]),
        total: usage["total_tokens"]
            .as_u64()
            .unwrap_or(input.saturating_add(output)),
    })
}
