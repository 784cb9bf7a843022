//! What the scripted server says in Chat Completions.
//!
//! A [`Chat`] is built from what a model does, in order, as pieces of one message, and closed by how
//! it ends. Calls are sent in two fragments each, as servers send them.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use serde_json::Value;
use serde_json::json;

use crate::model::Usage;
use crate::reply::Part;
use crate::reply::Reply;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// Starts an answer.
pub fn chat() -> Chat {
    Chat {
        chunks: String::new(),
        calls: 0,
    }
    .delta(json!({ "role": "assistant", "content": "" }))
}

/// An answer under way; the methods are what a model does, in order.
#[derive(Debug, Clone)]
#[must_use = "an answer is closed by how it ends, `completed()` for example"]
pub struct Chat {
    chunks: String,
    calls: usize,
}

impl Chat {
    /// Words, in deltas of a few characters.
    pub fn text(mut self, text: &str) -> Self {
        let letters: Vec<char> = text.chars().collect();
        for piece in letters.chunks(7) {
            let piece: String = piece.iter().collect();
            self = self.delta(json!({ "content": piece }));
        }
        self
    }

    /// Reasoning, in this field.
    pub fn reasoning(self, field: &str, text: &str) -> Self {
        self.delta(json!({ field: text }))
    }

    /// A call of `shell_command`.
    pub fn shell(self, command: &str) -> Self {
        self.call("shell_command", &json!({ "command": command }))
    }

    /// A call of `apply_patch`.
    pub fn patch(self, patch: &str) -> Self {
        self.call("apply_patch", &json!({ "input": patch }))
    }

    /// A call of any function, with an id of its own.
    pub fn call(self, name: &str, arguments: &Value) -> Self {
        let id = format!("call_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.call_as(json!(id), name, &arguments.to_string())
    }

    /// A call with this id, or with none, and these arguments, JSON or not.
    pub fn call_as(mut self, id: Value, name: &str, arguments: &str) -> Self {
        let index = self.calls;
        self.calls += 1;
        let half = arguments.floor_char_boundary(arguments.len() / 2);
        let (first, rest) = arguments.split_at(half);
        let function = json!({ "name": name, "arguments": first });
        let begun = json!({ "index": index, "id": id, "type": "function", "function": function });
        let more = json!({ "index": index, "function": { "arguments": rest } });
        self.delta(json!({ "tool_calls": [begun] }))
            .delta(json!({ "tool_calls": [more] }))
    }

    /// Any delta of the message.
    pub fn delta(self, delta: Value) -> Self {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": null });
        self.chunk(&json!({ "object": "chat.completion.chunk", "choices": [choice] }))
    }

    /// Any event.
    pub fn chunk(mut self, chunk: &Value) -> Self {
        self.chunks.push_str(&format!("data: {chunk}\n\n"));
        self
    }

    /// Ends well.
    pub fn completed(self) -> Reply {
        let reason = if self.calls > 0 { "tool_calls" } else { "stop" };
        self.finished(reason)
    }

    /// Ends well and says what it cost: tokens of the request and of the answer.
    pub fn completed_with(self, usage: Usage) -> Reply {
        let reason = if self.calls > 0 { "tool_calls" } else { "stop" };
        self.ended(reason, usage)
    }

    /// Ends with this finish reason, says what it cost, and `[DONE]`.
    pub fn finished(self, reason: &str) -> Reply {
        let usage = Usage {
            input: 1200,
            cached: 1000,
            output: 80,
            reasoning: 30,
        };
        self.ended(reason, usage)
    }

    fn ended(self, reason: &str, usage: Usage) -> Reply {
        let choice = json!({ "index": 0, "delta": {}, "finish_reason": reason });
        let usage = json!({
            "prompt_tokens": usage.input, "completion_tokens": usage.output,
            "total_tokens": usage.input + usage.output,
            "prompt_tokens_details": { "cached_tokens": usage.cached },
            "completion_tokens_details": { "reasoning_tokens": usage.reasoning },
        });
        let mut all = self
            .chunk(&json!({ "object": "chat.completion.chunk", "choices": [choice] }))
            .chunk(&json!({ "object": "chat.completion.chunk", "choices": [], "usage": usage }));
        all.chunks.push_str("data: [DONE]\n\n");
        all.unfinished()
    }

    /// The body ends here, in good order for HTTP, though the answer does not.
    pub fn unfinished(self) -> Reply {
        Reply::sse(self.chunks)
    }

    /// The connection is cut here.
    pub fn cut(self) -> Reply {
        let mut reply = self.unfinished();
        reply.parts.push_back(Part::Cut);
        reply
    }
}
