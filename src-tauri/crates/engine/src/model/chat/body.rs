//! The body of a request for Chat Completions.
//!
//! Items become messages one after the other, looking ahead never further than to the end of one
//! step: reasoning, words and calls of an answer are one message of the assistant, each result of a
//! call is a message of its own, and pictures among the results follow in a message of the user, as
//! results may only be text. So a longer conversation begins with the bytes of a shorter one.
//!
//! Tools of other kinds become functions: `apply_patch` with the patch as its one argument,
//! `local_shell` with a list of words. Fields that only OpenAI knows are sent to OpenAI only.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::FIELD;
use super::REASONING;
use crate::model::request::Request;
use crate::model::request::Terms;

/// The JSON to send.
pub(in crate::model) fn body(request: &Request, terms: Terms) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("model", json!(request.model.slug));
    put(
        "messages",
        Value::Array(messages(&request.instructions, &request.input)),
    );
    // A list without tools is an error for some.
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(tool).collect();
        put("tools", Value::Array(tools));
        put("tool_choice", json!("auto"));
    }
    if let Some(effort) = request.model.effort(request.effort) {
        put("reasoning_effort", json!(effort.as_str()));
    }
    put("stream", json!(true));
    if !terms.uncounted {
        put("stream_options", json!({ "include_usage": true }));
    }
    if terms.openai {
        put("prompt_cache_key", json!(request.cache_key));
        put("store", json!(false));
        if let Some(verbosity) = request.model.traits.verbosity {
            put("verbosity", json!(verbosity.as_str()));
        }
    }
    if let Some(tier) = terms.tier {
        put("service_tier", json!(tier.as_str()));
    }
    Value::Object(body)
}

fn tool(spec: &Value) -> Value {
    let function = |name: &Value, description: &str, parameters: Value| {
        json!({"type": "function", "function": {
            "name": name, "description": description, "parameters": parameters,
        }})
    };
    let described = spec["description"].as_str().unwrap_or("");
    match spec["type"].as_str() {
        Some("custom") => {
            let grammar = spec["format"]["definition"].as_str().unwrap_or("");
            let parameters = json!({
                "type": "object",
                "properties": { "input": { "type": "string", "description": described } },
                "required": ["input"],
                "additionalProperties": false,
            });
            let description = match grammar.is_empty() {
                true => described.to_owned(),
                false => format!("`input` follows this Lark grammar:\n{grammar}"),
            };
            function(&spec["name"], &description, parameters)
        }
        Some("local_shell") => {
            let parameters = json!({
                "type": "object",
                "properties": {
                    "command": { "type": "array", "items": { "type": "string" } },
                    "working_directory": { "type": "string" },
                    "timeout_ms": { "type": "number" },
                },
                "required": ["command"],
                "additionalProperties": false,
            });
            let description = "Runs a program with its arguments in a private copy of the project.";
            function(&json!("local_shell"), description, parameters)
        }
        _ => function(&spec["name"], described, spec["parameters"].clone()),
    }
}

fn messages(instructions: &str, items: &[Value]) -> Vec<Value> {
    let mut writer = Writer::default();
    if !instructions.is_empty() {
        let system = json!({"role": "system", "content": instructions});
        writer.messages.push(system);
    }
    for item in items {
        writer.write(item);
    }
    writer.finish()
}

#[derive(Default)]
struct Writer {
    messages: Vec<Value>,
    /// The assistant's message under way.
    said: Option<Map<String, Value>>,
    /// Pictures of results, which follow the last result.
    pictures: Vec<Value>,
}

impl Writer {
    fn write(&mut self, item: &Value) {
        let kind = item["type"].as_str().unwrap_or("");
        let is_result = kind.ends_with("_call_output");
        if !is_result {
            self.show_pictures();
        }
        match kind {
            "reasoning" => {
                self.close();
                self.think(item);
            }
            "message" if item["role"] == "assistant" => {
                // What was only thought belongs to these words; other words or calls do not.
                let said_before = |said: &Map<String, Value>| {
                    said.contains_key("content") || said.contains_key("tool_calls")
                };
                if self.said.as_ref().is_some_and(said_before) {
                    self.close();
                }
                let text = text_of(&item["content"]);
                self.open().insert("content".to_owned(), json!(text));
            }
            "message" => {
                self.close();
                let role = match item["role"].as_str() {
                    Some("developer" | "system") => "system",
                    _ => "user",
                };
                let content = content_of(&item["content"]);
                self.messages
                    .push(json!({"role": role, "content": content}));
            }
            "function_call" | "custom_tool_call" | "local_shell_call" => self.call(kind, item),
            _ if is_result => self.result(item),
            _ => {}
        }
    }

    fn open(&mut self) -> &mut Map<String, Value> {
        self.said.get_or_insert_with(|| {
            let mut said = Map::new();
            said.insert("role".to_owned(), json!("assistant"));
            said
        })
    }

    fn think(&mut self, item: &Value) {
        let Some(part) = item["content"].get(0) else {
            // Sealed reasoning, which only the Responses API takes back.
            return;
        };
        let field = part[FIELD].as_str().unwrap_or(REASONING).to_owned();
        let text = text_of(&item["content"]);
        if !text.is_empty() {
            self.open().insert(field, json!(text));
        }
    }

    fn call(&mut self, kind: &str, item: &Value) {
        let (name, arguments) = match kind {
            "custom_tool_call" => {
                let input = json!({ "input": item["input"] });
                (item["name"].clone(), input.to_string())
            }
            "local_shell_call" => {
                let mut action = item["action"].clone();
                if let Some(fields) = action.as_object_mut() {
                    fields.retain(|name, value| name != "type" && !value.is_null());
                }
                (json!("local_shell"), action.to_string())
            }
            _ => (
                item["name"].clone(),
                item["arguments"].as_str().unwrap_or("{}").to_owned(),
            ),
        };
        let call = json!({
            "id": item["call_id"], "type": "function",
            "function": { "name": name, "arguments": arguments },
        });
        let calls = self.open().entry("tool_calls").or_insert_with(|| json!([]));
        if let Value::Array(calls) = calls {
            calls.push(call);
        }
    }

    fn result(&mut self, item: &Value) {
        self.close();
        let output = &item["output"];
        let pictures = output.as_array().into_iter().flatten();
        let pictures: Vec<Value> = pictures.filter_map(picture).collect();
        let mut text = match output {
            Value::String(text) => text.clone(),
            parts => text_of(parts),
        };
        if !pictures.is_empty() && text.is_empty() {
            "The picture is in the next message.".clone_into(&mut text);
        }
        self.pictures.extend(pictures);
        self.messages.push(json!({
            "role": "tool", "tool_call_id": item["call_id"], "content": text,
        }));
    }

    fn show_pictures(&mut self) {
        if !self.pictures.is_empty() {
            let pictures = std::mem::take(&mut self.pictures);
            self.messages
                .push(json!({"role": "user", "content": pictures}));
        }
    }

    fn close(&mut self) {
        let Some(mut said) = self.said.take() else {
            return;
        };
        if said.contains_key("tool_calls") {
            said.entry("content").or_insert(Value::Null);
        }
        // Reasoning that led to nothing is nothing to send.
        if said.contains_key("content") {
            self.messages.push(Value::Object(said));
        }
    }

    fn finish(mut self) -> Vec<Value> {
        self.show_pictures();
        self.close();
        self.messages
    }
}

fn text_of(parts: &Value) -> String {
    let parts = parts.as_array().into_iter().flatten();
    parts.filter_map(|part| part["text"].as_str()).collect()
}

/// One text as a text, anything else as parts.
fn content_of(parts: &Value) -> Value {
    let all = parts.as_array().map_or(&[][..], Vec::as_slice);
    if let [only] = all
        && let Some(text) = only["text"].as_str()
    {
        return json!(text);
    }
    let part = |part: &Value| match part["text"].as_str() {
        Some(text) => Some(json!({"type": "text", "text": text})),
        None => picture(part),
    };
    Value::Array(all.iter().filter_map(part).collect())
}

fn picture(part: &Value) -> Option<Value> {
    let mut picture = json!({ "url": part["image_url"].as_str()? });
    if let Some(detail) = part["detail"].as_str() {
        picture["detail"] = json!(detail);
    }
    Some(json!({"type": "image_url", "image_url": picture}))
}

#[cfg(test)]
mod tests;
