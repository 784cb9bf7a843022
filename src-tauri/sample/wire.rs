//! The answers of a Responses API server, as the events that travel.
//!
//! A [`Response`] is told what the model does, one output item after the other, and turns each
//! into the events a real server streams for it: the item is added, it grows by deltas, it is
//! done. [`Response::completed`] closes the answer and carries all items once more.
//!
//! Nothing here decides what to say and nothing is sent. The demo and the tests' scripted server
//! both speak through this module, so that there is one place to be wrong about the wire.

use bytes::Bytes;
use serde_json::Value;
use serde_json::json;

/// Characters in one delta of text; small enough to be seen growing.
const DELTA: usize = 12;

/// One server-sent event.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// The event's name; the same as the `type` in its data.
    pub event: String,
    /// The event's data.
    pub data: Value,
}

impl Frame {
    /// The event as bytes of a `text/event-stream` body.
    pub fn encode(&self) -> Bytes {
        Bytes::from(format!("event: {}\ndata: {}\n\n", self.event, self.data))
    }

    /// Whether the event only makes something on screen grow; a paced server waits after these.
    pub fn is_delta(&self) -> bool {
        self.event.ends_with(".delta")
    }
}

/// What an answer cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the request.
    pub input: u64,
    /// Tokens of the request that the server had in its cache.
    pub cached: u64,
    /// Tokens of the answer, reasoning included.
    pub output: u64,
    /// Tokens of the answer that were reasoning.
    pub reasoning: u64,
}

impl Usage {
    fn json(self) -> Value {
        json!({
            "input_tokens": self.input,
            "input_tokens_details": { "cached_tokens": self.cached },
            "output_tokens": self.output,
            "output_tokens_details": { "reasoning_tokens": self.reasoning },
            "total_tokens": self.input + self.output,
        })
    }
}

/// One answer under way.
#[derive(Debug, Clone)]
pub struct Response {
    id: String,
    model: String,
    items: Vec<Value>,
    frames: Vec<Frame>,
    sequence: u64,
}

impl Response {
    /// Starts an answer: `response.created` and `response.in_progress` are its first events.
    pub fn new(id: &str, model: &str) -> Self {
        let mut response = Self {
            id: id.to_owned(),
            model: model.to_owned(),
            items: Vec::new(),
            frames: Vec::new(),
            sequence: 0,
        };
        for event in ["response.created", "response.in_progress"] {
            let body = response.body("in_progress");
            response.event(event, json!({ "response": body }));
        }
        response
    }

    /// A summary of reasoning, with sealed content as a server sends it when `store` is off.
    pub fn reasoning(&mut self, summary: &str) {
        let id = self.item_id("rs");
        let sealed = format!("sealed-{id}");
        self.added(json!({ "id": id, "type": "reasoning", "summary": [] }));
        let at = json!({ "item_id": id, "output_index": self.items.len(), "summary_index": 0 });
        let part = |text: &str| json!({ "part": { "type": "summary_text", "text": text } });
        self.event(
            "response.reasoning_summary_part.added",
            merged(&at, part("")),
        );
        for delta in deltas(summary) {
            let body = merged(&at, json!({ "delta": delta }));
            self.event("response.reasoning_summary_text.delta", body);
        }
        let body = merged(&at, json!({ "text": summary }));
        self.event("response.reasoning_summary_text.done", body);
        self.event(
            "response.reasoning_summary_part.done",
            merged(&at, part(summary)),
        );
        self.done(json!({
            "id": id,
            "type": "reasoning",
            "summary": [{ "type": "summary_text", "text": summary }],
            "encrypted_content": sealed,
        }));
    }

    /// A message of the model, in deltas of a few characters.
    pub fn text(&mut self, text: &str) {
        self.text_deltas(&deltas(text));
    }

    /// A message of the model, in exactly these deltas.
    pub fn text_deltas<S: AsRef<str>>(&mut self, deltas: &[S]) {
        let id = self.item_id("msg");
        let at = json!({ "item_id": id, "output_index": self.items.len(), "content_index": 0 });
        let part = |text: &str| json!({ "type": "output_text", "text": text, "annotations": [] });
        self.added(json!({
            "id": id, "type": "message", "role": "assistant", "status": "in_progress",
            "content": [],
        }));
        self.event(
            "response.content_part.added",
            merged(&at, json!({ "part": part("") })),
        );
        let mut text = String::new();
        for delta in deltas {
            text.push_str(delta.as_ref());
            let body = merged(&at, json!({ "delta": delta.as_ref() }));
            self.event("response.output_text.delta", body);
        }
        self.event(
            "response.output_text.done",
            merged(&at, json!({ "text": text })),
        );
        self.event(
            "response.content_part.done",
            merged(&at, json!({ "part": part(&text) })),
        );
        self.done(json!({
            "id": id, "type": "message", "role": "assistant", "status": "completed",
            "content": [part(&text)],
        }));
    }

    /// A call of a function tool. `arguments` is the JSON text, broken or not.
    pub fn function_call(&mut self, call_id: &str, name: &str, arguments: &str) {
        let id = self.item_id("fc");
        let item = |status: &str, arguments: &str| {
            json!({
                "id": id, "type": "function_call", "status": status, "call_id": call_id,
                "name": name, "arguments": arguments,
            })
        };
        let at = json!({ "item_id": id, "output_index": self.items.len() });
        self.added(item("in_progress", ""));
        for delta in deltas(arguments) {
            let body = merged(&at, json!({ "delta": delta }));
            self.event("response.function_call_arguments.delta", body);
        }
        let body = merged(&at, json!({ "arguments": arguments }));
        self.event("response.function_call_arguments.done", body);
        self.done(item("completed", arguments));
    }

    /// A call of a custom tool, whose input is plain text.
    pub fn custom_call(&mut self, call_id: &str, name: &str, input: &str) {
        let id = self.item_id("ctc");
        let item = |status: &str, input: &str| {
            json!({
                "id": id, "type": "custom_tool_call", "status": status, "call_id": call_id,
                "name": name, "input": input,
            })
        };
        let at = json!({ "item_id": id, "output_index": self.items.len() });
        self.added(item("in_progress", ""));
        for delta in deltas(input) {
            let body = merged(&at, json!({ "delta": delta }));
            self.event("response.custom_tool_call_input.delta", body);
        }
        let body = merged(&at, json!({ "input": input }));
        self.event("response.custom_tool_call_input.done", body);
        self.done(item("completed", input));
    }

    /// Ends the answer.
    pub fn completed(&mut self, usage: Usage) {
        let body = merged(&self.body("completed"), json!({ "usage": usage.json() }));
        self.event("response.completed", json!({ "response": body }));
    }

    /// Ends the answer with an error inside the stream.
    pub fn failed(&mut self, code: &str, message: &str) {
        let error = json!({ "error": { "code": code, "message": message } });
        let body = merged(&self.body("failed"), error);
        self.event("response.failed", json!({ "response": body }));
    }

    /// Ends the answer before the model was done, `max_output_tokens` for example.
    pub fn incomplete(&mut self, reason: &str) {
        let details = json!({ "incomplete_details": { "reason": reason } });
        let body = merged(&self.body("incomplete"), details);
        self.event("response.incomplete", json!({ "response": body }));
    }

    /// An event of any name; for what a server may send that no method here makes.
    pub fn event(&mut self, name: &str, data: Value) {
        let numbered = json!({ "type": name, "sequence_number": self.sequence });
        self.sequence += 1;
        self.frames.push(Frame {
            event: name.to_owned(),
            data: merged(&numbered, data),
        });
    }

    /// The events made since the last call, in order.
    pub fn take_frames(&mut self) -> Vec<Frame> {
        std::mem::take(&mut self.frames)
    }

    fn body(&self, status: &str) -> Value {
        json!({
            "id": self.id, "object": "response", "status": status, "model": self.model,
            "output": self.items,
        })
    }

    fn item_id(&self, prefix: &str) -> String {
        format!("{prefix}_{}_{}", self.id, self.items.len())
    }

    fn added(&mut self, item: Value) {
        let index = self.items.len();
        self.event(
            "response.output_item.added",
            json!({ "output_index": index, "item": item }),
        );
    }

    fn done(&mut self, item: Value) {
        let index = self.items.len();
        let body = json!({ "output_index": index, "item": item });
        self.event("response.output_item.done", body);
        self.items.push(item);
    }
}

/// The body of an answer that is not a stream: `{"error": {…}}`.
pub fn error_body(kind: &str, code: &str, message: &str) -> Value {
    json!({ "error": { "message": message, "type": kind, "param": null, "code": code } })
}

/// `text` in pieces of a few characters; joined they are `text` again.
pub fn deltas(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters
        .chunks(DELTA)
        .map(|piece| piece.iter().collect())
        .collect()
}

fn merged(base: &Value, more: Value) -> Value {
    let mut all = base.clone();
    if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
        all.extend(more);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_added_grows_and_is_done() {
        let mut response = Response::new("resp_1", "m");
        response.custom_call("call_1", "apply_patch", "*** Begin Patch\n*** End Patch\n");
        response.completed(Usage {
            input: 10,
            output: 4,
            ..Usage::default()
        });
        let frames = response.take_frames();

        let names: Vec<&str> = frames.iter().map(|frame| frame.event.as_str()).collect();
        assert_eq!(
            names[..3],
            [
                "response.created",
                "response.in_progress",
                "response.output_item.added"
            ]
        );
        assert_eq!(
            names[names.len() - 2..],
            ["response.output_item.done", "response.completed"]
        );

        let grown: String = frames
            .iter()
            .filter(|frame| frame.is_delta())
            .filter_map(|frame| frame.data["delta"].as_str())
            .collect();
        assert_eq!(grown, "*** Begin Patch\n*** End Patch\n");
        let last = &frames[frames.len() - 1].data["response"];
        assert_eq!(last["output"][0]["input"], grown);
        assert_eq!(last["usage"]["total_tokens"], 14);
    }

    #[test]
    fn sequence_numbers_have_no_gap_across_takes() {
        let mut response = Response::new("resp_1", "m");
        let mut frames = response.take_frames();
        response.text("Grüße an alle, die lesen");
        frames.extend(response.take_frames());
        let numbers: Vec<u64> = frames
            .iter()
            .filter_map(|frame| frame.data["sequence_number"].as_u64())
            .collect();
        assert_eq!(numbers, (0..frames.len() as u64).collect::<Vec<_>>());
    }

    #[test]
    fn an_event_is_one_line_of_data() {
        let mut response = Response::new("resp_1", "m");
        response.text("two\nlines");
        for frame in response.take_frames() {
            let bytes = frame.encode();
            let text = std::str::from_utf8(&bytes).unwrap();
            assert_eq!(text.matches('\n').count(), 3, "{text}");
            assert!(text.ends_with("\n\n"));
        }
    }
}
