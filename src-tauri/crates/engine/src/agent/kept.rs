//! What goes on of a conversation after a compaction, made by the app from what it knows to the
//! letter: a model's own summary is only the rest.
//!
//! In this order: the project's instructions and the surroundings; the person's messages; what only
//! the provider can read, where it makes its summary itself; and one note with the plan, decisions,
//! files, failing checks, the last steps and the summary.
//!
//! It is a function of what stands in the history up to the compaction, and nothing there ever
//! changes, so the beginning of each later request has the same bytes. The log holds no copy of it.
//!
//! The person's messages are kept word for word within the room the compaction states. The first one
//! comes first, because it says what is wanted; then the newest ones. What has no room keeps its
//! beginning and its end and says what is missing. What the model has not answered yet is kept whole,
//! whatever the room. Pictures are named and not sent again.

use std::collections::HashMap;

use serde_json::Value;
use serde_json::json;

use super::history;
use super::history::estimate;
use super::prompt;

/// Tokens of the person's own messages that outlive a compaction, where the window allows it.
pub const KEPT_TOKENS: u64 = 20_000;

/// Tokens that each further message keeps, whatever the room.
const LEAST: u64 = 80;
/// So many messages keep at least that; of more, only the number is said.
const MOST_CUT: usize = 40;
/// Steps that are kept, the newest ones.
const STEPS: usize = 12;
/// Bytes of what a step was called with, and of what came of it.
const STEP_BYTES: usize = 240;
/// Lines of each list.
const LINES: usize = 120;
/// Bytes of each line.
const LINE_BYTES: usize = 400;

/// What the app knows of a task besides its conversation, a line each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// What the person approved and rejected, what is undecided, and what was allowed for the task.
    pub decisions: Vec<String>,
    /// Files that were changed, by which calls, and where the change stands.
    pub files: Vec<String>,
    /// Checks whose newest run failed, with the tests that failed.
    pub checks: Vec<String>,
}

impl Standing {
    /// The part of the note that it makes; empty where there is nothing to say.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (head, lines) in [
            ("What the person decided, and what is open", &self.decisions),
            (
                "Files changed in the draft, and where each change stands",
                &self.files,
            ),
            ("Checks that fail", &self.checks),
        ] {
            section(&mut text, head, lines);
        }
        text
    }
}

/// What goes on after a compaction.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kept {
    /// In the wire's own form.
    pub items: Vec<Value>,
    /// Messages of the person that are whole.
    pub whole: u32,
    /// Messages that were cut in the middle.
    pub cut: u32,
    /// Messages of which only the number is said.
    pub uncounted: u32,
    /// Calls whose results are not sent any more.
    pub steps: u32,
    /// Pictures that are only named.
    pub pictures: u32,
}

/// What goes on of `before` by what `mark`, the compaction after it, says. `reader` is who will read
/// it: what another provider has sealed is left out.
pub fn kept(before: &[Value], mark: &Value, reader: &str) -> Kept {
    let latest = |start: &str| {
        let mut newest = before.iter().rev();
        newest.find(|item| history::kind_of_note(item) == Some(start))
    };
    let notes = [prompt::AGENTS_MD_START, prompt::ENVIRONMENT_START];
    let mut out = Kept {
        items: notes
            .into_iter()
            .filter_map(|start| latest(start).cloned())
            .collect(),
        ..Kept::default()
    };
    let room = mark["room"].as_u64().unwrap_or(KEPT_TOKENS);
    messages(before, room, &mut out);
    let sealed = sealed_for(mark, reader);
    out.items.extend(sealed.iter().cloned());
    let note = note(before, mark, !sealed.is_empty(), &mut out.steps);
    out.items.push(prompt::note(note));
    out
}

fn sealed_for<'a>(mark: &'a Value, reader: &str) -> &'a [Value] {
    match mark["sealed"].as_array() {
        Some(sealed) if mark["sealed_by"] == reader => sealed,
        _ => &[],
    }
}

/// What the person reads of it: exactly the text that goes on.
pub fn in_words(kept: &Kept) -> String {
    let mut text = String::new();
    for item in &kept.items {
        let parts = item["content"].as_array();
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        match parts {
            Some(parts) => {
                let words: Vec<&str> = parts.iter().filter_map(|p| p["text"].as_str()).collect();
                text.push_str(&words.join("\n"));
            }
            None => text.push_str(&format!(
                "[A summary that only the provider can read, about {} tokens.]",
                estimate(item)
            )),
        }
    }
    text
}

fn messages(before: &[Value], room: u64, out: &mut Kept) {
    let all: Vec<Value> = before
        .iter()
        .filter(|item| history::is_message_of_person(item))
        .map(|message| named_pictures(message, &mut out.pictures))
        .collect();
    let sizes: Vec<u64> = all.iter().map(estimate).collect();
    let heard = all.len() - unheard(before);
    let mut left = room;
    let mut shares = vec![0; all.len()];
    shares[heard..].clone_from_slice(&sizes[heard..]);
    let newest = sizes[..heard].last().copied().unwrap_or(0);
    let order = (0..heard.min(1)).chain((1..heard).rev());
    let mut short = 0;
    for at in order {
        // The first one leaves the newest one some room, in which the person may have changed it.
        let most = match at {
            0 if heard > 1 => left - newest.min(left / 4),
            _ => left,
        };
        let share = sizes[at].min(most);
        left -= share;
        shares[at] = share;
        if share < sizes[at] {
            short += 1;
            shares[at] = match short <= MOST_CUT {
                true => share.max(LEAST.min(sizes[at])),
                false => 0,
            };
        }
    }
    let mut skipped = 0;
    for (at, message) in all.into_iter().enumerate() {
        if shares[at] == 0 {
            skipped += 1;
            continue;
        }
        say_skipped(&mut skipped, out);
        if shares[at] >= sizes[at] {
            out.whole += 1;
            out.items.push(message);
        } else {
            out.cut += 1;
            out.items.push(shortened(message, shares[at]));
        }
    }
    say_skipped(&mut skipped, out);
}

/// Messages at the end that no model has answered.
fn unheard(before: &[Value]) -> usize {
    let of_person = |item: &&Value| history::is_message_of_person(item);
    let open = before
        .iter()
        .rev()
        .take_while(|item| of_person(item) || history::kind_of_note(item).is_some());
    open.filter(of_person).count()
}

fn say_skipped(skipped: &mut u32, out: &mut Kept) {
    if *skipped > 0 {
        let text = format!(
            "{}\n{skipped} older messages of the person are left out here.\n</left_out>",
            prompt::LEFT_OUT_START
        );
        out.items.push(prompt::note(text));
        out.uncounted += *skipped;
        *skipped = 0;
    }
}

/// The message with each picture named and not sent.
fn named_pictures(message: &Value, count: &mut u32) -> Value {
    let mut message = message.clone();
    for part in message["content"].as_array_mut().into_iter().flatten() {
        if part["type"] == "input_image" {
            *count += 1;
            let text = "[This picture was sent before and is not sent again.]";
            *part = json!({"type": "input_text", "text": text});
        }
    }
    message
}

/// The message with its longest texts cut in the middle, so that it takes about so many tokens.
fn shortened(mut message: Value, tokens: u64) -> Value {
    let room = usize::try_from(tokens * 4).unwrap_or(usize::MAX);
    let Some(parts) = message["content"].as_array_mut() else {
        return message;
    };
    let lengths: Vec<usize> = parts
        .iter()
        .map(|part| part["text"].as_str().map_or(0, str::len))
        .collect();
    // What the JSON around the texts takes, and the line that says what is missing.
    let mut left = room.saturating_sub(60 + 70 * parts.len());
    // Short ones first, since they are the words and the names.
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| lengths[*at]);
    for (done, at) in order.iter().enumerate() {
        let share = left / (order.len() - done);
        if let Some(text) = parts[*at]["text"].as_str() {
            let text = history::cut_middle(text, share);
            left = left.saturating_sub(text.len().min(share));
            parts[*at]["text"] = json!(text);
        }
    }
    message
}

fn note(before: &[Value], mark: &Value, sealed: bool, results: &mut u32) -> String {
    let mut text = format!(
        "{}\nThe conversation became too long to be sent, so this stands for it, besides the \
         person's messages above. Go on from here; do not repeat what is done.\n",
        prompt::SUMMARY_START
    );
    let plan = before.iter().rev().find_map(plan);
    section(
        &mut text,
        "The plan, as it was last set with update_plan",
        &plan.unwrap_or_default(),
    );
    text.push_str(mark["facts"].as_str().unwrap_or(""));
    let (steps, earlier) = steps(before, results);
    let head = match earlier {
        0 => "The steps so far".to_owned(),
        n => format!("The last {} steps, after {n} earlier ones", steps.len()),
    };
    section(&mut text, &head, &steps);
    let own = mark["summary"].as_str().unwrap_or("").trim();
    if !own.is_empty() {
        text.push_str("\n# Your own summary of the rest\n");
        text.push_str(own);
        text.push('\n');
    } else if sealed {
        text.push_str("\nYour own summary of the rest stands before this note.\n");
    } else {
        let earlier = before
            .iter()
            .rev()
            .filter(|item| history::is_compaction(item))
            .find_map(|mark| mark["summary"].as_str().filter(|text| !text.is_empty()));
        text.push_str(
            "\nThere is no summary of the rest. Read the files again where you need to know more.\n",
        );
        if let Some(earlier) = earlier {
            text.push_str("\n# Your own summary of an earlier part\n");
            text.push_str(earlier);
            text.push('\n');
        }
    }
    text.push_str("</summary_of_earlier_work>");
    text
}

/// The steps of a plan; none when this is no call that set one.
fn plan(call: &Value) -> Option<Vec<String>> {
    if call["name"] != "update_plan" {
        return None;
    }
    let arguments: Value = serde_json::from_str(call["arguments"].as_str()?).ok()?;
    let steps = arguments["plan"].as_array()?;
    steps
        .iter()
        .map(|step| {
            let state = match step["status"].as_str()? {
                "completed" => "done",
                "in_progress" => "in progress",
                _ => "open",
            };
            Some(format!("[{state}] {}", step["step"].as_str()?))
        })
        .collect()
}

/// The last calls and what came of each, and how many there were before them.
fn steps(before: &[Value], results: &mut u32) -> (Vec<String>, usize) {
    let is_output = |item: &&Value| {
        item["type"]
            .as_str()
            .is_some_and(|k| k.ends_with("_output"))
    };
    let outputs: HashMap<&str, &Value> = before
        .iter()
        .filter(is_output)
        .filter_map(|item| Some((item["call_id"].as_str()?, &item["output"])))
        .collect();
    *results = u32::try_from(outputs.len()).unwrap_or(u32::MAX);
    let calls: Vec<&Value> = before
        .iter()
        .filter(|item| item["type"].as_str().is_some_and(|k| k.ends_with("_call")))
        .filter(|call| call["name"] != "update_plan")
        .collect();
    let earlier = calls.len().saturating_sub(STEPS);
    let told = calls[earlier..].iter().map(|call| {
        let name = call["name"].as_str().unwrap_or("local_shell");
        let with = [&call["arguments"], &call["input"]]
            .into_iter()
            .find_map(Value::as_str)
            .map_or_else(|| call["action"].to_string(), str::to_owned);
        let came = match outputs.get(call["call_id"].as_str().unwrap_or("")) {
            Some(Value::String(text)) => on_a_line(text, STEP_BYTES),
            Some(_) => "a picture".to_owned(),
            None => "no result".to_owned(),
        };
        format!("{name} {} -> {came}", on_a_line(&with, STEP_BYTES))
    });
    (told.collect(), earlier)
}

fn section(text: &mut String, head: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    text.push_str(&format!("\n# {head}\n"));
    for line in &lines[..lines.len().min(LINES)] {
        text.push_str(&format!("- {}\n", on_a_line(line, LINE_BYTES)));
    }
    if lines.len() > LINES {
        text.push_str(&format!("- and {} more\n", lines.len() - LINES));
    }
}

fn on_a_line(text: &str, bytes: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() <= bytes {
        return line;
    }
    let head = &line[..line.floor_char_boundary(bytes * 2 / 3)];
    let tail = &line[line.ceil_char_boundary(line.len() - bytes / 3)..];
    format!("{head} … {tail}")
}

#[cfg(test)]
mod tests;
