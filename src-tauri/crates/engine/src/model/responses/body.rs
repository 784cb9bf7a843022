//! The body of a request for the Responses API.
//!
//! Nothing is kept at the provider (`store: false`), so each request carries everything, with the
//! reasoning in its encrypted form and without item ids, which would name what is not there. A server
//! of Azure that refuses this is asked in the way it wants: it stores the conversation, items carry
//! their ids, and nothing is encrypted.
//!
//! Nothing else is sent: no limits, no sampling settings, nothing about the person.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::model::catalog::Traits;
use crate::model::chat;
use crate::model::request::Request;
use crate::model::request::Terms;

/// The JSON to send.
pub(in crate::model) fn body(request: &Request, terms: Terms) -> Value {
    let Traits {
        reasoning,
        parallel_tool_calls,
        verbosity,
        ..
    } = &request.model.traits;
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("model", json!(request.model.slug));
    if !request.instructions.is_empty() {
        put("instructions", json!(request.instructions));
    }
    let input = request.input.iter().filter_map(|item| sent(item, terms));
    put("input", Value::Array(input.collect()));
    put("tools", Value::Array(request.tools.clone()));
    put("tool_choice", json!("auto"));
    put("parallel_tool_calls", json!(parallel_tool_calls));
    if *reasoning {
        let mut about = Map::new();
        if let Some(effort) = request.model.effort(request.effort) {
            about.insert("effort".to_owned(), json!(effort.as_str()));
        }
        about.insert("summary".to_owned(), json!("auto"));
        put("reasoning", Value::Object(about));
        if !terms.stored {
            put("include", json!(["reasoning.encrypted_content"]));
        }
    }
    put("store", json!(terms.stored));
    put("stream", json!(true));
    put("prompt_cache_key", json!(request.cache_key));
    if let Some(verbosity) = verbosity {
        put("text", json!({ "verbosity": verbosity.as_str() }));
    }
    if let Some(tier) = terms.tier {
        put("service_tier", json!(tier.as_str()));
    }
    Value::Object(body)
}

/// An item as it goes back; none where this server cannot read it.
fn sent(item: &Value, terms: Terms) -> Option<Value> {
    let mut item = item.clone();
    // What only the server can read goes back to the letter.
    if matches!(
        item["type"].as_str(),
        Some("compaction" | "compaction_summary")
    ) {
        return Some(item);
    }
    let fields = item.as_object_mut()?;
    let id = match terms.stored {
        true => fields.get("id").cloned(),
        false => fields.remove("id"),
    };
    if fields.get("type").is_some_and(|kind| kind == "reasoning") {
        let sealed = fields.contains_key("encrypted_content");
        // OpenAI's models take their reasoning back sealed, or by the id of what was stored.
        let readable = match (terms.stored, terms.openai || terms.azure) {
            (true, _) => id.is_some(),
            (false, true) => sealed,
            (false, false) => true,
        };
        if !readable {
            return None;
        }
        let parts = fields.get_mut("content").and_then(Value::as_array_mut);
        for part in parts.into_iter().flatten().filter_map(Value::as_object_mut) {
            part.remove(chat::FIELD);
        }
    }
    if fields.get("type").is_some_and(|kind| kind == "message") {
        let parts = fields.get_mut("content").and_then(Value::as_array_mut);
        parts.into_iter().flatten().for_each(complete);
        if fields.get("role").is_some_and(|role| role == "assistant") {
            fields.entry("status").or_insert_with(|| json!("completed"));
        }
    }
    Some(item)
}

/// Adds what the published schema asks of a part of a message. OpenAI itself does without, but servers
/// that check requests against the schema refuse one that lacks it.
fn complete(part: &mut Value) {
    let (name, value) = match part["type"].as_str() {
        Some("input_image") => ("detail", json!("auto")),
        Some("output_text") => ("annotations", json!([])),
        _ => return,
    };
    if let Some(fields) = part.as_object_mut() {
        fields.entry(name).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::model::catalog::Effort;

    fn body(model: &str, effort: Option<Effort>, instructions: &str) -> Value {
        let request = Request {
            model: Model::named(model),
            effort,
            instructions: instructions.to_owned(),
            input: vec![json!({"type": "message"})],
            tools: vec![json!({"type": "function"})],
            cache_key: "conversation".to_owned(),
        };
        super::body(&request, Terms::default())
    }

    #[test]
    fn a_codex_model_gets_exactly_these_fields() {
        assert_eq!(
            body("gpt-5-codex", None, "Work."),
            json!({
                "model": "gpt-5-codex",
                "instructions": "Work.",
                "input": [{"type": "message"}],
                "tools": [{"type": "function"}],
                "tool_choice": "auto",
                "parallel_tool_calls": false,
                "reasoning": {"effort": "medium", "summary": "auto"},
                "store": false,
                "stream": true,
                "include": ["reasoning.encrypted_content"],
                "prompt_cache_key": "conversation",
            })
        );
    }

    #[test]
    fn other_models_differ_where_they_must() {
        let newer = body("gpt-5.2-codex", Some(Effort::ExtraHigh), "");
        assert_eq!(newer["parallel_tool_calls"], true);
        assert_eq!(newer["reasoning"]["effort"], "xhigh");
        assert_eq!(newer.get("instructions"), None);
        assert_eq!(newer.get("text"), None);
        assert_eq!(
            body("gpt-5.1", None, "")["text"],
            json!({"verbosity": "low"})
        );
        assert_eq!(
            body("local", None, "")["reasoning"],
            json!({"summary": "auto"})
        );
        let plain = body("gpt-4.1", None, "");
        assert_eq!((plain.get("reasoning"), plain.get("include")), (None, None));
    }

    #[test]
    fn parts_of_messages_are_completed_and_what_they_say_is_kept() {
        let message =
            |content: Value| json!({"type": "message", "role": "user", "content": content});
        let sent = |content| super::sent(&message(content), Terms::default()).unwrap();
        assert_eq!(
            sent(json!([
                {"type": "input_text", "text": "a"},
                {"type": "input_image", "image_url": "data:,"},
                {"type": "input_image", "image_url": "data:,", "detail": "high"},
                {"type": "output_text", "text": "b"},
            ])),
            message(json!([
                {"type": "input_text", "text": "a"},
                {"type": "input_image", "image_url": "data:,", "detail": "auto"},
                {"type": "input_image", "image_url": "data:,", "detail": "high"},
                {"type": "output_text", "text": "b", "annotations": []},
            ]))
        );
        let odd = message(json!("only text"));
        assert_eq!(super::sent(&odd, Terms::default()), Some(odd));
        let answer = json!({"type": "message", "role": "assistant", "content": []});
        let answer = super::sent(&answer, Terms::default()).unwrap();
        assert_eq!(answer["status"], "completed");
    }

    #[test]
    fn ids_go_only_to_a_server_that_stores_and_reasoning_only_where_it_can_be_read() {
        let sealed = json!({"type": "reasoning", "id": "rs_1", "summary": [],
            "encrypted_content": "xyz"});
        let open = json!({"type": "reasoning", "summary": [],
            "content": [{"type": "reasoning_text", "text": "hm", chat::FIELD: "reasoning"}]});
        let call = json!({"type": "function_call", "id": "fc_1", "call_id": "c", "name": "n",
            "arguments": "{}"});
        let sent = |terms| -> Vec<Value> {
            let all = [&sealed, &open, &call];
            all.into_iter()
                .filter_map(|item| super::sent(item, terms))
                .collect()
        };
        let no_id = |item: &Value| {
            let mut item = item.clone();
            item.as_object_mut().unwrap().remove("id");
            item
        };
        let plain = json!({"type": "reasoning", "summary": [],
            "content": [{"type": "reasoning_text", "text": "hm"}]});
        let azure = Terms {
            azure: true,
            ..Terms::default()
        };
        assert_eq!(
            sent(Terms::default()),
            [no_id(&sealed), plain, no_id(&call)]
        );
        assert_eq!(sent(azure), [no_id(&sealed), no_id(&call)]);
        let stored = Terms {
            stored: true,
            ..azure
        };
        assert_eq!(sent(stored), [sealed, call]);
    }
}
