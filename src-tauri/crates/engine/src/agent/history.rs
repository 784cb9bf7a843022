//! The conversation as the model reads it, in the wire's own form.
//!
//! It only grows: an item is added when it is complete and never changed, so a provider can reuse
//! what it has read before, and a log of the additions is the whole truth after a restart. Even a
//! compaction is an addition ([`Mark`]): from there on a request begins with what [`super::kept`]
//! makes of everything before it, while the log keeps everything and no copy.
//!
//! What is sent is made from it each time ([`History::for_request`]): calls without an answer get
//! one, answers without a call are left out, pictures give way to a line of text where the model
//! reads none.

use std::collections::HashSet;

use serde_json::Value;
use serde_json::json;

use super::kept::KEPT_TOKENS;
use super::kept::kept;
use super::prompt;

const COMPACTION: &str = "greenlight_compaction";
const REASONING_LOST: &str = "greenlight_reasoning_lost";

/// What stands in the place of a tool's output that had to make room.
const MADE_ROOM: &str = "[This output was left out to make room for the summary.]";

/// Of eight parts of a conversation, so many have to go for a compaction to be worth it.
const WORTH_EIGHTHS: u64 = 2;
/// And at least so many tokens.
const WORTH_TOKENS: u64 = 400;

const PICTURE_BYTES: u64 = 7_373;

/// A conversation; see the module.
#[derive(Debug, Clone, Default)]
pub struct History {
    items: Vec<Value>,
    measured: Option<(u64, usize)>,
    reader: String,
}

/// The addition that replaces everything before it in requests; see [`super::kept`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mark {
    /// The item that shows it.
    pub item: String,
    /// The model's own summary; may be empty.
    pub summary: String,
    /// What the app knows, as text.
    pub facts: String,
    /// Tokens of the person's messages that are kept.
    pub room: u64,
    /// What only the provider can read, to the letter.
    pub sealed: Vec<Value>,
    /// The provider's origin.
    pub sealed_by: String,
}

impl Mark {
    /// The addition, with what the person is shown of it.
    pub fn to_item(&self, shown: &Value) -> Value {
        let mut item = json!({
            "type": COMPACTION, "item": self.item, "summary": self.summary, "facts": self.facts,
            "room": self.room, "shown": shown,
        });
        if !self.sealed.is_empty() {
            item["sealed"] = json!(self.sealed);
            item["sealed_by"] = json!(self.sealed_by);
        }
        item
    }
}

/// Tokens of the person's messages that outlive a compaction for a window of so many.
pub fn room_of(window: u64) -> u64 {
    KEPT_TOKENS.min(window * 15 / 100)
}

/// Whether this is a compaction.
pub fn is_compaction(item: &Value) -> bool {
    item["type"] == COMPACTION
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
    /// A summary of what there is.
    Summary {
        /// How much is left out of it, from 0 to [`MOST_CUT`]: first the oldest outputs of tools,
        /// then the oldest of all.
        cut: u8,
        /// Whether the model that was asked before is asked for it.
        earlier: bool,
    },
}

/// The most that can be left out of a request for a summary.
pub const MOST_CUT: u8 = 7;
/// Up to here, only outputs of tools are.
const OUTPUTS_ONLY: u8 = 4;

impl History {
    /// A conversation as it was kept.
    pub fn new(items: Vec<Value>) -> Self {
        Self {
            items,
            measured: None,
            reader: String::new(),
        }
    }

    /// It is read by the provider of this origin from now on.
    pub fn set_reader(&mut self, origin: String) {
        self.reader = origin;
    }

    /// Everything that was ever added.
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    /// Adds complete items.
    pub fn append(&mut self, items: impl IntoIterator<Item = Value>) {
        for item in items {
            if is_compaction(&item) {
                self.measured = None;
            }
            self.items.push(item);
        }
    }

    /// Notes what the provider counted for everything added so far.
    pub fn measure(&mut self, total_tokens: u64) {
        self.measured = Some((total_tokens, self.items.len()));
    }

    /// Notes what was counted for the first `count` additions, before any compaction after them.
    pub fn measure_at(&mut self, total_tokens: u64, count: usize) {
        let newer = self.items.get(count..);
        if newer.is_some_and(|newer| !newer.iter().any(is_compaction)) {
            self.measured = Some((total_tokens, count));
        }
    }

    /// Tokens the conversation takes: what the provider last counted, and an estimate of the rest.
    /// `around` is the estimate for what is sent around it.
    pub fn tokens(&self, around: u64) -> u64 {
        let all = around + self.live().iter().map(estimate).sum::<u64>();
        match self.measured {
            // Some servers count only what they had not read before.
            Some((total, count)) => {
                let newer = self.items[count..].iter().map(estimate).sum::<u64>();
                (total + newer).max(all / 2)
            }
            None => all,
        }
    }

    /// Whether a compaction would make it much shorter.
    pub fn is_worth_compacting(&self) -> bool {
        let live = self.live();
        let total: u64 = live.iter().map(estimate).sum();
        let goes = live.iter().filter(|item| {
            !is_message_of_person(item) && kind_of_note(item).is_none() && !is_sealed(item)
        });
        let goes: u64 = goes.map(estimate).sum();
        goes >= WORTH_TOKENS && goes * 8 >= total * WORTH_EIGHTHS
    }

    /// How much has to be left out of a request for a summary so that it takes about `limit`.
    pub fn cut_that_fits(&self, limit: u64) -> u8 {
        (0..MOST_CUT)
            .find(|cut| {
                let sent = self.for_request(
                    Purpose::Summary {
                        cut: *cut,
                        earlier: false,
                    },
                    true,
                );
                sent.iter().map(estimate).sum::<u64>() <= limit
            })
            .unwrap_or(MOST_CUT)
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
        if let Purpose::Summary { cut, .. } = purpose {
            make_room(&mut items, cut);
            items.push(prompt::note(prompt::COMPACT));
        }
        Self::whole(items, vision)
    }

    /// The input of a request that has the provider make its summary itself.
    pub fn for_compaction(&self, cut: u8, vision: bool) -> Vec<Value> {
        let mut items = self.live();
        make_room(&mut items, cut);
        Self::whole(items, vision)
    }

    fn whole(items: Vec<Value>, vision: bool) -> Vec<Value> {
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
        let start = self.items.iter().rposition(is_compaction);
        let lost = self
            .items
            .iter()
            .rposition(|item| item["type"] == REASONING_LOST);
        let mut live = match start {
            // What is sealed goes the way of reasoning that cannot be read any more.
            Some(start) => {
                let reader = match lost {
                    Some(lost) if lost > start => "",
                    _ => &self.reader,
                };
                kept(&self.items[..start], &self.items[start], reader).items
            }
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
}

fn text_of(item: &Value) -> Option<&str> {
    item["content"][0]["text"]
        .as_str()
        .filter(|_| item["role"] == "user")
}

/// What kind of note of the app this is; none for anything else.
pub fn kind_of_note(item: &Value) -> Option<&'static str> {
    let text = text_of(item)?;
    [
        prompt::AGENTS_MD_START,
        prompt::ENVIRONMENT_START,
        prompt::STOPPED_START,
        prompt::SUMMARY_START,
        prompt::LEFT_OUT_START,
    ]
    .into_iter()
    .find(|start| text.starts_with(start))
}

fn is_sealed(item: &Value) -> bool {
    item["type"]
        .as_str()
        .is_some_and(|kind| kind.starts_with("compaction"))
}

/// Whether the person wrote this.
pub fn is_message_of_person(item: &Value) -> bool {
    item["type"] == "message" && item["role"] == "user" && kind_of_note(item).is_none()
}

/// Whether the model said this: its words, its reasoning or a call.
pub fn is_of_model(item: &Value) -> bool {
    item["role"] == "assistant" || item["type"] == "reasoning" || answer_kind(item).is_some()
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

fn is_answer(item: &Value) -> bool {
    item["type"]
        .as_str()
        .is_some_and(|kind| kind.ends_with("_call_output"))
}

fn make_room(items: &mut Vec<Value>, cut: u8) {
    let cut = u64::from(cut.min(MOST_CUT));
    let (outputs, most) = (u64::from(OUTPUTS_ONLY), u64::from(MOST_CUT));
    let total: u64 = items
        .iter()
        .filter(|item| is_answer(item))
        .map(estimate)
        .sum();
    let mut surplus = (total * cut.min(outputs)).div_ceil(outputs);
    for item in items.iter_mut().filter(|item| is_answer(item)) {
        if surplus == 0 {
            break;
        }
        surplus = surplus.saturating_sub(estimate(item));
        item["output"] = json!(MADE_ROOM);
    }
    let total: u64 = items.iter().map(estimate).sum();
    // The last step leaves an eighth, since all of it would leave nothing to sum up.
    let mut surplus = total * cut.saturating_sub(outputs) * 7 / ((most - outputs) * 8);
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
