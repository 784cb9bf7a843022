//! Reads the finished items of an answer, and brings them into the form in which they go back.
//!
//! Only known fields are kept. Ids are kept as well, and go back only to a server that stores the
//! conversation: any other refuses a request that names something.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::tools::ToolCall;
use crate::tools::ToolInput;

/// One finished item of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reply {
    /// Words for the person.
    Message {
        wire: Value,
        text: String,
        refusal: Option<String>,
    },
    /// Reasoning, with its readable summary.
    Reasoning { wire: Value, text: String },
    /// A summary that only the provider can read; it goes back to the letter.
    Sealed { wire: Value },
    /// A call to be carried out.
    Call { wire: Value, call: ToolCall },
    /// A call whose arguments were too long to be kept; it is answered and not carried out.
    Overlong { wire: Value, call: ToolCall },
    /// Nothing this app knows, or a call without what makes it one.
    Unknown,
}

pub(super) fn read(item: &Value) -> Reply {
    let mut reply = known(item);
    let id = item["id"].as_str().filter(|id| !id.is_empty());
    if let Reply::Message { wire, .. } | Reply::Reasoning { wire, .. } | Reply::Call { wire, .. } =
        &mut reply
        && let Some(id) = id
    {
        wire["id"] = json!(id);
    }
    reply
}

fn known(item: &Value) -> Reply {
    let text = |name: &str| item[name].as_str().map(str::to_owned);
    match item["type"].as_str().unwrap_or("") {
        "message" => message(item),
        "reasoning" => reasoning(item),
        "compaction" | "compaction_summary" => Reply::Sealed { wire: item.clone() },
        "function_call" => {
            let (Some(call_id), Some(name)) = (text("call_id"), text("name")) else {
                return Reply::Unknown;
            };
            // Some servers send the arguments as an object instead of as its text.
            let arguments = match &item["arguments"] {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            };
            let wire = json!({
                "type": "function_call", "name": name, "arguments": arguments, "call_id": call_id
            });
            Reply::Call {
                wire,
                call: ToolCall {
                    call_id,
                    name,
                    input: ToolInput::Json(arguments),
                },
            }
        }
        "custom_tool_call" => {
            let (Some(call_id), Some(name)) = (text("call_id"), text("name")) else {
                return Reply::Unknown;
            };
            let input = text("input").unwrap_or_default();
            let wire = json!({
                "type": "custom_tool_call", "call_id": call_id, "name": name, "input": input
            });
            Reply::Call {
                wire,
                call: ToolCall {
                    call_id,
                    name,
                    input: ToolInput::Text(input),
                },
            }
        }
        "local_shell_call" => {
            // Older answers carry only an id, and mean it as the call's.
            let Some(call_id) = text("call_id").or_else(|| text("id")) else {
                return Reply::Unknown;
            };
            let action = item["action"].clone();
            let status = text("status").unwrap_or_else(|| "completed".to_owned());
            let wire = json!({
                "type": "local_shell_call", "call_id": call_id, "status": status, "action": action
            });
            let name = "local_shell".to_owned();
            Reply::Call {
                wire,
                call: ToolCall {
                    call_id,
                    name,
                    input: ToolInput::LocalShell(action),
                },
            }
        }
        _ => Reply::Unknown,
    }
}

/// A message of the model, as it goes back.
pub(super) fn said(text: &str) -> Value {
    json!({
        "type": "message", "role": "assistant",
        "content": [{"type": "output_text", "text": text}],
    })
}

/// Gives a call another id, on the wire and for its tool.
pub(super) fn rename(wire: &mut Value, call: &mut ToolCall, call_id: String) {
    wire["call_id"] = Value::String(call_id.clone());
    call.call_id = call_id;
}

fn message(item: &Value) -> Reply {
    let mut text = String::new();
    let mut refusal = None;
    match &item["content"] {
        Value::String(whole) => text.push_str(whole),
        parts => {
            for part in parts.as_array().into_iter().flatten() {
                if let Some(said) = part["refusal"].as_str() {
                    refusal.get_or_insert_with(String::new).push_str(said);
                } else if let Some(said) = part["text"].as_str() {
                    text.push_str(said);
                }
            }
        }
    }
    let mut wire = said(&text);
    if let Some(phase) = item["phase"].as_str() {
        wire["phase"] = json!(phase);
    }
    Reply::Message {
        wire,
        text,
        refusal,
    }
}

fn reasoning(item: &Value) -> Reply {
    let texts = |name: &str| -> Vec<&str> {
        let parts = item[name].as_array().into_iter().flatten();
        parts.filter_map(|part| part["text"].as_str()).collect()
    };
    let mut text = texts("summary").join("\n\n");
    let mut wire = Map::new();
    wire.insert("type".to_owned(), json!("reasoning"));
    wire.insert(
        "summary".to_owned(),
        item.get("summary").cloned().unwrap_or_else(|| json!([])),
    );
    match item.get("encrypted_content") {
        Some(Value::String(sealed)) => {
            wire.insert("encrypted_content".to_owned(), json!(sealed));
        }
        _ => {
            if let Some(content @ Value::Array(_)) = item.get("content") {
                wire.insert("content".to_owned(), content.clone());
            }
        }
    }
    if text.is_empty() {
        text = texts("content").join("\n\n");
    }
    Reply::Reasoning {
        wire: Value::Object(wire),
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_do_not_go_back() {
        let check = |item: Value, expected: Value| match read(&item) {
            Reply::Message { wire, .. }
            | Reply::Reasoning { wire, .. }
            | Reply::Call { wire, .. } => {
                assert_eq!(wire, expected);
            }
            Reply::Sealed { .. } | Reply::Overlong { .. } | Reply::Unknown => {
                panic!("{item} is known")
            }
        };
        check(
            json!({"type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
                "phase": "final_answer",
                "content": [{"type": "output_text", "text": "hi", "annotations": [], "logprobs": []}]}),
            json!({"type": "message", "id": "msg_1", "role": "assistant", "phase": "final_answer",
                "content": [{"type": "output_text", "text": "hi"}]}),
        );
        check(
            json!({"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "a"}],
                "content": [{"type": "reasoning_text", "text": "raw"}], "encrypted_content": "xyz"}),
            json!({"type": "reasoning", "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "a"}], "encrypted_content": "xyz"}),
        );
        check(
            json!({"type": "function_call", "id": "fc_1", "status": "completed", "call_id": "c",
                "name": "shell_command", "arguments": "{}"}),
            json!({"type": "function_call", "id": "fc_1", "call_id": "c", "name": "shell_command",
                "arguments": "{}"}),
        );
        check(
            json!({"type": "custom_tool_call", "id": "ctc_1", "status": "completed", "call_id": "c",
                "name": "apply_patch", "input": "*** Begin Patch"}),
            json!({"type": "custom_tool_call", "id": "ctc_1", "call_id": "c", "name": "apply_patch",
                "input": "*** Begin Patch"}),
        );
        check(
            json!({"type": "local_shell_call", "id": "lsh_1", "call_id": null, "status": "completed",
                "action": {"type": "exec", "command": ["ls"]}}),
            json!({"type": "local_shell_call", "id": "lsh_1", "call_id": "lsh_1",
                "status": "completed", "action": {"type": "exec", "command": ["ls"]}}),
        );
    }

    #[test]
    fn what_is_no_call_is_not_taken_for_one() {
        for item in [
            json!({"type": "function_call", "name": "x", "arguments": "{}"}),
            json!({"type": "custom_tool_call", "call_id": "c", "input": ""}),
            json!({"type": "local_shell_call", "action": {}}),
            json!({"type": "web_search_call", "id": "ws_1"}),
            json!([1]),
            json!(null),
        ] {
            assert_eq!(read(&item), Reply::Unknown, "{item}");
        }
    }

    #[test]
    fn a_refusal_is_told_apart_from_words() {
        let item =
            json!({"type": "message", "content": [{"type": "refusal", "refusal": "I can't."}]});
        let Reply::Message { text, refusal, .. } = read(&item) else {
            panic!()
        };
        assert_eq!((text.as_str(), refusal.as_deref()), ("", Some("I can't.")));
    }
}
