//! The conversation as the model reads it, in the wire's own form.
//!
//! It only grows: an item is added when it is complete and never changed, so a provider can reuse
//! what it has read before, and a log of the additions is the whole truth after a restart. Even a
//! summary is an addition ([`compaction`]): from there on a request begins with the person's newest
//! messages and the summary, while the log keeps everything.
//!
//! What is sent is made from it each time ([`History::for_request`]): calls without an answer get
//! one, answers without a call are left out, pictures give way to a line of text where the model
//! reads none.

use std::collections::HashSet;

use serde_json::Value;
use serde_json::json;

use super::prompt;

const COMPACTION: &str = "greenlight_compaction";
const REASONING_LOST: &str = "greenlight_reasoning_lost";

/// Tokens of the person's own messages that outlive a summary.
pub const KEPT_TOKENS: u64 = 20_000;

const PICTURE_BYTES: u64 = 7_373;

/// A conversation; see the module.
#[derive(Debug, Clone, Default)]
pub struct History {
    items: Vec<Value>,
    measured: Option<(u64, usize)>,
}

/// The addition that replaces everything before it by the person's newest messages and `summary`.
pub fn compaction(summary: &str) -> Value {
    json!({"type": COMPACTION, "summary": summary})
}

/// The addition after which earlier reasoning is not sent any more, because the provider cannot
/// read it.
pub fn reasoning_lost() -> Value {
    json!({"type": REASONING_LOST})
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The next step of the work.
    Step,
    /// A summary, with so many eighths of the oldest part left out.
    Summary {
        /// 0 to 7.
        cut: u8,
    },
}

impl History {
    /// A conversation as it was kept.
    pub fn new(items: Vec<Value>) -> Self {
        Self {
            items,
            measured: None,
        }
    }

    /// Everything that was ever added.
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    /// Adds complete items.
    pub fn append(&mut self, items: impl IntoIterator<Item = Value>) {
        for item in items {
            if item["type"] == COMPACTION {
                self.measured = None;
            }
            self.items.push(item);
        }
    }

    /// Notes what the provider counted for everything added so far.
    pub fn measure(&mut self, total_tokens: u64) {
        self.measured = Some((total_tokens, self.items.len()));
    }

    /// Tokens the conversation takes: what the provider last counted, and an estimate of the rest.
    pub fn tokens(&self, instructions: &str) -> u64 {
        match self.measured {
            Some((total, count)) => total + self.items[count..].iter().map(estimate).sum::<u64>(),
            None => {
                let bytes = instructions.len() as u64;
                bytes / 4 + self.live().iter().map(estimate).sum::<u64>()
            }
        }
    }

    /// What of `context` is new or different from what the conversation last said.
    pub fn news(&self, context: Vec<Value>) -> Vec<Value> {
        context
            .into_iter()
            .filter(|note| self.last_like(note) != Some(note))
            .collect()
    }

    /// The input of a request.
    pub fn for_request(&self, purpose: Purpose, vision: bool) -> Vec<Value> {
        let mut items = self.live();
        if let Purpose::Summary { cut } = purpose {
            leave_out_oldest(&mut items, cut);
            items.push(prompt::note(prompt::COMPACT));
        }
        let mut items = paired(items);
        if !vision {
            items.iter_mut().for_each(without_pictures);
        }
        items
    }

    fn last_like(&self, note: &Value) -> Option<&Value> {
        let kind = kind_of_note(note)?;
        self.items
            .iter()
            .rev()
            .find(|item| kind_of_note(item) == Some(kind))
    }

    // What counts now: since the last summary, that summary in front, without lost reasoning.
    fn live(&self) -> Vec<Value> {
        let start = self
            .items
            .iter()
            .rposition(|item| item["type"] == COMPACTION);
        let lost = self
            .items
            .iter()
            .rposition(|item| item["type"] == REASONING_LOST);
        let mut live = match start {
            Some(start) => self.summed_up(start),
            None => Vec::new(),
        };
        let after = start.map_or(0, |start| start + 1);
        live.extend(
            self.items[after..]
                .iter()
                .zip(after..)
                .filter_map(|(item, place)| {
                    let kind = item["type"].as_str().unwrap_or("");
                    let unreadable = kind == "reasoning" && lost.is_some_and(|lost| place < lost);
                    (kind != REASONING_LOST && !unreadable).then(|| item.clone())
                }),
        );
        live
    }

    fn summed_up(&self, at: usize) -> Vec<Value> {
        let before = &self.items[..at];
        let latest = |start: &str| {
            before
                .iter()
                .rev()
                .find(|item| kind_of_note(item) == Some(start))
        };
        let mut out: Vec<Value> = [prompt::AGENTS_MD_START, prompt::ENVIRONMENT_START]
            .into_iter()
            .filter_map(|start| latest(start).cloned())
            .collect();
        let mut room = KEPT_TOKENS;
        let mut kept = Vec::new();
        for message in before
            .iter()
            .rev()
            .filter(|item| is_message_of_person(item))
        {
            let size = estimate(message);
            if size <= room {
                kept.push(message.clone());
                room -= size;
                continue;
            }
            kept.extend(shortened(message, room));
            break;
        }
        out.extend(kept.into_iter().rev());
        let mut summary = self.items[at]["summary"].as_str().unwrap_or("").to_owned();
        // The plan is what an agent loses first, and it is known to the letter.
        let plan = before
            .iter()
            .rev()
            .find(|item| item["name"] == "update_plan");
        if let Some(plan) = plan.and_then(|call| call["arguments"].as_str()) {
            summary.push_str("\n\nThe plan as it was last set with update_plan:\n");
            summary.push_str(plan);
        }
        out.push(prompt::note(format!(
            "{}\nThis is your own summary of the work so far. Go on from here; do not repeat what \
             is done.\n\n{summary}\n</summary_of_earlier_work>",
            prompt::SUMMARY_START
        )));
        out
    }
}

fn text_of(item: &Value) -> Option<&str> {
    item["content"][0]["text"]
        .as_str()
        .filter(|_| item["role"] == "user")
}

fn kind_of_note(item: &Value) -> Option<&'static str> {
    let text = text_of(item)?;
    [
        prompt::AGENTS_MD_START,
        prompt::ENVIRONMENT_START,
        prompt::STOPPED_START,
        prompt::SUMMARY_START,
    ]
    .into_iter()
    .find(|start| text.starts_with(start))
}

fn is_message_of_person(item: &Value) -> bool {
    item["type"] == "message" && item["role"] == "user" && kind_of_note(item).is_none()
}

// The beginning and the end of a message that does not fit as a whole.
fn shortened(message: &Value, tokens: u64) -> Option<Value> {
    let text = text_of(message)?;
    let bytes = usize::try_from(tokens * 4)
        .unwrap_or(usize::MAX)
        .saturating_sub(200);
    (bytes > 400).then(|| prompt::note(cut_middle(text, bytes)))
}

/// The beginning and the end of a text, with a line in the middle that says how much is missing.
pub fn cut_middle(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let head = &text[..text.floor_char_boundary(bytes / 2)];
    let tail = &text[text.ceil_char_boundary(text.len() - bytes / 2)..];
    let missing = (text.len() - head.len() - tail.len()).div_ceil(4);
    format!("{head}\n…{missing} tokens truncated…\n{tail}")
}

fn leave_out_oldest(items: &mut Vec<Value>, eighths: u8) {
    let total: u64 = items.iter().map(estimate).sum();
    let mut surplus = total * u64::from(eighths.min(7)) / 8;
    items.retain(|item| {
        if surplus == 0 || kind_of_note(item).is_some() {
            return true;
        }
        surplus = surplus.saturating_sub(estimate(item));
        false
    });
}

fn answer_kind(call: &Value) -> Option<&'static str> {
    match call["type"].as_str()? {
        "function_call" | "local_shell_call" => Some("function_call_output"),
        "custom_tool_call" => Some("custom_tool_call_output"),
        _ => None,
    }
}

/// The answer to `call`, in the form that its kind wants.
pub fn answer_to(call: &Value, output: Value) -> Option<Value> {
    let kind = answer_kind(call)?;
    Some(json!({"type": kind, "call_id": call["call_id"], "output": output}))
}

// Each call has one answer after it, each answer one call before it.
fn paired(items: Vec<Value>) -> Vec<Value> {
    let id = |item: &Value| item["call_id"].as_str().unwrap_or("").to_owned();
    let is_answer = |item: &Value| {
        item["type"]
            .as_str()
            .is_some_and(|kind| kind.ends_with("_call_output"))
    };
    let answered: HashSet<String> = items
        .iter()
        .filter(|item| is_answer(item))
        .map(id)
        .collect();
    let mut open: HashSet<String> = HashSet::new();
    let mut out = Vec::with_capacity(items.len());
    for item in items {
        if is_answer(&item) {
            if open.remove(&id(&item)) {
                out.push(item);
            }
            continue;
        }
        let synthetic = match answer_kind(&item) {
            Some(_) if answered.contains(&id(&item)) => {
                open.insert(id(&item));
                None
            }
            Some(_) => answer_to(&item, json!("aborted")),
            None => None,
        };
        out.push(item);
        out.extend(synthetic);
    }
    out
}

fn without_pictures(item: &mut Value) {
    for field in ["content", "output"] {
        let Some(parts) = item.get_mut(field).and_then(Value::as_array_mut) else {
            continue;
        };
        for part in parts
            .iter_mut()
            .filter(|part| part["type"] == "input_image")
        {
            let text = "[A picture was here; this model does not read pictures.]";
            *part = json!({"type": "input_text", "text": text});
        }
    }
}

/// Tokens an item takes, roughly: a quarter of its bytes, with a fixed size for a picture and the
/// share of encrypted reasoning that counts.
pub fn estimate(item: &Value) -> u64 {
    bytes(item).div_ceil(4)
}

fn bytes(value: &Value) -> u64 {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| match (name.as_str(), value) {
                ("image_url", Value::String(_)) => PICTURE_BYTES,
                ("encrypted_content", Value::String(text)) => {
                    (text.len() as u64 * 3 / 4).saturating_sub(650)
                }
                _ => name.len() as u64 + 4 + bytes(value),
            })
            .sum(),
        Value::Array(values) => values.iter().map(|value| bytes(value) + 1).sum(),
        Value::String(text) => text.len() as u64 + 2,
        other => other.to_string().len() as u64,
    }
}

#[cfg(test)]
mod tests;
