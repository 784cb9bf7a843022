//! What a request says has happened so far: who asked what, and what the tools answered.
//!
//! A Responses request carries the whole conversation. [`Turn::read`] takes the part after the
//! person's last message and pairs every call with its result by `call_id`, as a model would.
//! Context that the app adds in the person's name (`<environment_context>`, `AGENTS.md`) is not a
//! message.

use serde_json::Value;

/// The turn that is under way.
#[derive(Debug)]
pub(crate) struct Turn {
    /// What the person asked for.
    pub(crate) request: String,
    /// The calls since then, in order.
    pub(crate) calls: Vec<Call>,
    /// How many calls the whole conversation holds; the next call's id counts on from here.
    pub(crate) calls_so_far: usize,
}

/// A call, and its result if there is one.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) output: Option<String>,
}

impl Turn {
    /// Reads the body of a request. What is missing or of another shape reads as empty.
    pub(crate) fn read(body: &Value) -> Self {
        let items = body["input"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let asked = items
            .iter()
            .rposition(|item| !said_by_person(item).is_empty());
        let request = match asked {
            Some(at) => said_by_person(&items[at]),
            // A bare string is a whole conversation of one message.
            None => body["input"].as_str().unwrap_or_default().to_owned(),
        };
        let mut calls: Vec<Call> = Vec::new();
        for item in &items[asked.map_or(0, |at| at + 1)..] {
            if is_call(item) {
                calls.push(Call {
                    id: call_id(item),
                    output: None,
                });
            } else if is_output(item) {
                let id = call_id(item);
                if let Some(call) = calls.iter_mut().rev().find(|call| call.id == id) {
                    call.output = Some(text_of(&item["output"]));
                }
            }
        }
        let calls_so_far = items.iter().filter(|item| is_call(item)).count();
        Self {
            request,
            calls,
            calls_so_far,
        }
    }
}

/// What a command printed and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) output: String,
}

impl Ran {
    /// Reads the result of a tool in the shell format; `None` if it has no exit code, which is
    /// how a refused or stopped command reads.
    pub(crate) fn read(result: &str) -> Option<Self> {
        let (head, output) = match result.split_once("Output:\n") {
            Some(parts) => parts,
            None => (result.strip_suffix("Output:").unwrap_or(result), ""),
        };
        let code = head
            .lines()
            .find_map(|line| line.strip_prefix("Exit code: "))?;
        Some(Self {
            code: code.trim().parse().ok()?,
            output: output.to_owned(),
        })
    }
}

fn kind(item: &Value) -> &str {
    item["type"].as_str().unwrap_or_default()
}

fn is_call(item: &Value) -> bool {
    matches!(kind(item), "function_call" | "custom_tool_call")
}

fn is_output(item: &Value) -> bool {
    matches!(
        kind(item),
        "function_call_output" | "custom_tool_call_output"
    )
}

fn call_id(item: &Value) -> String {
    item["call_id"].as_str().unwrap_or_default().to_owned()
}

/// The words of a message of the person; empty for anything else.
fn said_by_person(item: &Value) -> String {
    if item["role"] != "user" || !matches!(kind(item), "message" | "") {
        return String::new();
    }
    let parts: Vec<String> = match &item["content"] {
        Value::Array(parts) => parts.iter().map(text_of).collect(),
        content => vec![text_of(content)],
    };
    let said: Vec<&str> = parts
        .iter()
        .map(|part| part.trim())
        .filter(|part| !added(part))
        .collect();
    said.join("\n")
}

fn added(part: &str) -> bool {
    part.is_empty() || part.starts_with('<') || part.starts_with("# AGENTS.md")
}

/// The text of a content value: a string, a part, or a list of parts.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(text_of).collect::<Vec<_>>().join("\n"),
        part => part["text"].as_str().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_turn_starts_at_the_last_words_of_the_person() {
        let body = json!({ "input": [
            { "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "first" }] },
            { "type": "function_call", "call_id": "old", "name": "shell_command", "arguments": "{}" },
            { "type": "function_call_output", "call_id": "old", "output": "x" },
            { "type": "message", "role": "user", "content": [
                { "type": "input_text", "text": "second" },
                { "type": "input_text", "text": "<image name=[Image #1]>" },
            ] },
            { "type": "message", "role": "user", "content": [
                { "type": "input_text", "text": "<environment_context>…</environment_context>" },
            ] },
            { "type": "custom_tool_call", "call_id": "new", "name": "apply_patch", "input": "" },
            { "type": "custom_tool_call_output", "call_id": "new",
              "output": [{ "type": "input_text", "text": "done" }] },
            { "type": "function_call", "call_id": "open", "name": "shell_command", "arguments": "{}" },
        ] });
        let turn = Turn::read(&body);
        assert_eq!(turn.request, "second");
        assert_eq!(turn.calls_so_far, 3);
        let calls: Vec<_> = turn
            .calls
            .iter()
            .map(|call| (call.id.as_str(), call.output.as_deref()))
            .collect();
        assert_eq!(calls, [("new", Some("done")), ("open", None)]);
    }

    #[test]
    fn a_request_of_another_shape_reads_as_empty() {
        for body in [
            json!(null),
            json!({ "input": 3 }),
            json!({ "input": [1, null] }),
        ] {
            let turn = Turn::read(&body);
            assert_eq!((turn.request.as_str(), turn.calls.len()), ("", 0), "{body}");
        }
    }

    #[test]
    fn a_result_without_an_exit_code_did_not_run() {
        let ran = Ran::read("Exit code: 1\nWall time: 0.1 seconds\nOutput:\nno\nOutput:\n");
        assert_eq!(
            ran,
            Some(Ran {
                code: 1,
                output: "no\nOutput:\n".to_owned()
            })
        );
        assert_eq!(
            Ran::read("Exit code: 0\nWall time: 0 seconds\nOutput:")
                .unwrap()
                .output,
            ""
        );
        assert_eq!(Ran::read("The person did not allow this command."), None);
        assert_eq!(Ran::read("Output:\nExit code: 0\n"), None);
    }
}
