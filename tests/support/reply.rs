//! What the scripted server says: streams of events, plain answers, and gates between them.
//!
//! A [`Stream`] is built from what a model does, in order, and closed by how it ends. The events
//! come from `sample::wire`, the one place that knows their form; here is only when they are sent
//! and where the connection breaks.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use sample::wire;
use sample::wire::Usage;
use serde_json::Value;
use serde_json::json;
use tokio::sync::watch;

use crate::model;

/// The model's name in replies; a test that cares sends its own events.
const NAME: &str = "gpt-5-codex";

static NEXT: AtomicU64 = AtomicU64::new(1);

fn next(prefix: &str) -> String {
    format!("{prefix}_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Holds back what follows it in a reply until it is opened. Clones are the same gate.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<State>);

#[derive(Debug, Default)]
struct State {
    reached: watch::Sender<usize>,
    opened: watch::Sender<bool>,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits until the server stands at the gate: everything before it has been sent.
    pub async fn reached(&self) {
        model::wait(&self.0.reached, 1, "arrival at a gate").await;
    }

    /// Waits until the server stands at the gate, then opens it.
    pub async fn open(&self) {
        self.reached().await;
        self.release();
    }

    /// [`Gate::reached`] for a test without a runtime.
    pub fn reached_blocking(&self) {
        model::block_on(self.reached());
    }

    /// [`Gate::open`] for a test without a runtime.
    pub fn open_blocking(&self) {
        model::block_on(self.open());
    }

    /// Opens the gate without waiting for the server to come to it.
    pub fn release(&self) {
        self.0.opened.send_replace(true);
    }

    pub(crate) async fn pass(&self) {
        let mut opened = self.0.opened.subscribe();
        self.0.reached.send_modify(|count| *count += 1);
        // The sender lives as long as `self`, so this ends only by opening.
        drop(opened.wait_for(|opened| *opened).await);
    }
}

/// One piece of a reply's body.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Bytes(Bytes),
    Gate(Gate),
    Cut,
}

/// One answer of the server.
#[derive(Debug, Clone)]
pub struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) before: Vec<Gate>,
    pub(crate) parts: VecDeque<Part>,
}

impl Reply {
    /// A message and nothing else.
    pub fn text(text: &str) -> Self {
        stream().text(text).completed()
    }

    /// A call of `shell_command` and nothing else.
    pub fn shell(command: &str) -> Self {
        stream().shell(command).completed()
    }

    /// A call of `apply_patch` and nothing else.
    pub fn patch(patch: &str) -> Self {
        stream().patch(patch).completed()
    }

    /// Any status and body; without headers but those of HTTP itself.
    pub fn raw(status: u16, body: impl Into<Bytes>) -> Self {
        let parts = [Part::Bytes(body.into())].into();
        Self {
            status,
            headers: Vec::new(),
            before: Vec::new(),
            parts,
        }
    }

    /// An event stream of exactly these bytes, well formed or not.
    pub fn sse(body: impl Into<Bytes>) -> Self {
        Self::raw(200, body).header("content-type", "text/event-stream")
    }

    /// An error in the provider's form.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = wire::error_body("invalid_request_error", code, message);
        Self::raw(status, body.to_string()).header("content-type", "application/json")
    }

    /// 401, as for a wrong key.
    pub fn unauthorized() -> Self {
        Self::error(401, "invalid_api_key", "Incorrect API key provided.")
    }

    /// 404, as for a model the key has no access to.
    pub fn model_not_found(model: &str) -> Self {
        let message =
            format!("The model '{model}' does not exist or you do not have access to it.");
        Self::error(404, "model_not_found", &message)
    }

    /// 429 with `Retry-After`.
    pub fn rate_limited(retry_after: &str) -> Self {
        Self::error(429, "rate_limit_exceeded", "Rate limit reached.")
            .header("retry-after", retry_after)
    }

    /// 500.
    pub fn server_error() -> Self {
        Self::error(500, "server_error", "The server had an error.")
    }

    /// 200 with a page for people, as a captive portal answers.
    pub fn html() -> Self {
        Self::raw(
            200,
            "<!doctype html><title>Sign in</title><p>Welcome to the hotel.",
        )
        .header("content-type", "text/html; charset=utf-8")
    }

    /// 200 with an event stream that ends before it says anything.
    pub fn empty() -> Self {
        Self::sse("")
    }

    /// Bytes of the body.
    pub fn size(&self) -> usize {
        let bytes = |part: &Part| match part {
            Part::Bytes(bytes) => bytes.len(),
            Part::Gate(_) | Part::Cut => 0,
        };
        self.parts.iter().map(bytes).sum()
    }

    /// One more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Nothing is sent, not even the status, until the gate is opened.
    pub fn hold(mut self, gate: &Gate) -> Self {
        self.before.push(gate.clone());
        self
    }

    /// The body's first `bytes` bytes, then the connection is cut.
    pub fn cut_after(mut self, bytes: usize) -> Self {
        let mut left = bytes;
        let mut kept = VecDeque::new();
        for part in self.parts {
            match part {
                Part::Bytes(piece) => {
                    let piece = piece.slice(..piece.len().min(left));
                    left -= piece.len();
                    kept.push_back(Part::Bytes(piece));
                }
                other => kept.push_back(other),
            }
            if left == 0 {
                break;
            }
        }
        kept.push_back(Part::Cut);
        self.parts = kept;
        self
    }
}

/// Starts a streamed reply.
pub fn stream() -> Stream {
    Stream {
        response: wire::Response::new(&next("resp"), NAME),
        parts: VecDeque::new(),
    }
    .flush()
}

/// A streamed reply under way; the methods are what a model does, in order.
#[derive(Debug, Clone)]
#[must_use = "a stream is closed by how it ends, `completed()` for example"]
pub struct Stream {
    response: wire::Response,
    parts: VecDeque<Part>,
}

impl Stream {
    /// A message, in deltas of a few characters.
    pub fn text(mut self, text: &str) -> Self {
        self.response.text(text);
        self.flush()
    }

    /// A message, in exactly these deltas.
    pub fn text_deltas(mut self, deltas: &[&str]) -> Self {
        self.response.text_deltas(deltas);
        self.flush()
    }

    /// A message of two deltas with a gate between them.
    pub fn text_around(mut self, before: &str, gate: &Gate, after: &str) -> Self {
        self.response.text_deltas(&[before, after]);
        let frames = self.response.take_frames();
        let first = frames.iter().position(wire::Frame::is_delta);
        for (at, frame) in frames.iter().enumerate() {
            self.parts.push_back(Part::Bytes(frame.encode()));
            if Some(at) == first {
                self.parts.push_back(Part::Gate(gate.clone()));
            }
        }
        self
    }

    /// A summary of reasoning.
    pub fn reasoning(mut self, summary: &str) -> Self {
        self.response.reasoning(summary);
        self.flush()
    }

    /// A call of `shell_command`.
    pub fn shell(self, command: &str) -> Self {
        self.function_call("shell_command", &json!({ "command": command }))
    }

    /// A call of `apply_patch`.
    pub fn patch(self, patch: &str) -> Self {
        self.custom_call("apply_patch", patch)
    }

    /// A call of `update_plan`: steps and their status.
    pub fn plan(self, steps: &[(&str, &str)]) -> Self {
        let steps: Vec<Value> = steps
            .iter()
            .map(|(step, status)| json!({ "step": step, "status": status }))
            .collect();
        self.function_call("update_plan", &json!({ "plan": steps }))
    }

    /// A call of `view_image`.
    pub fn view_image(self, path: &str) -> Self {
        self.function_call("view_image", &json!({ "path": path }))
    }

    /// A call of any function tool, with a call id of its own.
    pub fn function_call(self, name: &str, arguments: &Value) -> Self {
        self.function_call_as(&next("call"), name, &arguments.to_string())
    }

    /// A call of a function tool with this id and these arguments, JSON or not.
    pub fn function_call_as(mut self, call_id: &str, name: &str, arguments: &str) -> Self {
        self.response.function_call(call_id, name, arguments);
        self.flush()
    }

    /// A call of a custom tool, with a call id of its own.
    pub fn custom_call(self, name: &str, input: &str) -> Self {
        self.custom_call_as(&next("call"), name, input)
    }

    /// A call of a custom tool with this id.
    pub fn custom_call_as(mut self, call_id: &str, name: &str, input: &str) -> Self {
        self.response.custom_call(call_id, name, input);
        self.flush()
    }

    /// Any event.
    pub fn event(mut self, name: &str, data: Value) -> Self {
        self.response.event(name, data);
        self.flush()
    }

    /// Any bytes between two events.
    pub fn bytes(mut self, bytes: impl Into<Bytes>) -> Self {
        self.parts.push_back(Part::Bytes(bytes.into()));
        self
    }

    /// Nothing more until the gate is opened.
    pub fn gate(mut self, gate: &Gate) -> Self {
        self.parts.push_back(Part::Gate(gate.clone()));
        self
    }

    /// Ends well.
    pub fn completed(self) -> Reply {
        self.completed_with(Usage {
            input: 1200,
            cached: 1000,
            output: 80,
            reasoning: 30,
        })
    }

    /// Ends well and says what it cost.
    pub fn completed_with(mut self, usage: Usage) -> Reply {
        self.response.completed(usage);
        self.unfinished()
    }

    /// Ends with `response.failed`.
    pub fn failed(mut self, code: &str, message: &str) -> Reply {
        self.response.failed(code, message);
        self.unfinished()
    }

    /// Ends with `response.incomplete`.
    pub fn incomplete(mut self, reason: &str) -> Reply {
        self.response.incomplete(reason);
        self.unfinished()
    }

    /// The body ends here, in good order for HTTP, though the answer does not.
    pub fn unfinished(self) -> Reply {
        Reply {
            parts: self.flush().parts,
            ..Reply::sse("")
        }
    }

    /// The connection is cut here.
    pub fn cut(self) -> Reply {
        let mut reply = self.unfinished();
        reply.parts.push_back(Part::Cut);
        reply
    }

    /// Moves the events made so far behind what is queued.
    fn flush(mut self) -> Self {
        for frame in self.response.take_frames() {
            self.parts.push_back(Part::Bytes(frame.encode()));
        }
        self
    }
}
