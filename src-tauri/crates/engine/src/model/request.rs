//! The body of a request: the whole conversation, every time.
//!
//! Nothing is kept at the provider (`store: false`), so each request carries all of it, with the
//! reasoning in its encrypted form. The fields and their order are the same in every request of a
//! conversation, and earlier items never change, so that the provider can reuse what it has read.
//!
//! Nothing else is sent: no item ids, no limits, no sampling settings, nothing about the person.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::catalog::Effort;
use super::catalog::Model;
use super::catalog::Traits;

/// What one request says.
#[derive(Debug)]
pub struct Request<'a> {
    /// The model that is asked.
    pub model: &'a Model,
    /// The effort the person chose.
    pub effort: Option<Effort>,
    /// What the agent is told about its work.
    pub instructions: &'a str,
    /// The conversation, ready for the wire.
    pub input: Vec<Value>,
    /// The tools on offer, in a stable order.
    pub tools: Vec<Value>,
    /// The same for the whole conversation.
    pub cache_key: &'a str,
}

impl Request<'_> {
    /// The JSON to send.
    pub fn body(self) -> Value {
        let Traits {
            reasoning,
            parallel_tool_calls,
            verbosity,
            ..
        } = self.model.traits;
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        put("model", json!(self.model.slug));
        if !self.instructions.is_empty() {
            put("instructions", json!(self.instructions));
        }
        put("input", Value::Array(self.input));
        put("tools", Value::Array(self.tools));
        put("tool_choice", json!("auto"));
        put("parallel_tool_calls", json!(parallel_tool_calls));
        if reasoning {
            let mut about = Map::new();
            if let Some(effort) = self.model.effort(self.effort) {
                about.insert("effort".to_owned(), json!(effort.as_str()));
            }
            about.insert("summary".to_owned(), json!("auto"));
            put("reasoning", Value::Object(about));
            put("include", json!(["reasoning.encrypted_content"]));
        }
        put("store", json!(false));
        put("stream", json!(true));
        put("prompt_cache_key", json!(self.cache_key));
        if let Some(verbosity) = verbosity {
            put("text", json!({ "verbosity": verbosity }));
        }
        Value::Object(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(model: &str, effort: Option<Effort>, instructions: &str) -> Value {
        Request {
            model: &Model::named(model),
            effort,
            instructions,
            input: vec![json!({"type": "message"})],
            tools: vec![json!({"type": "function"})],
            cache_key: "conversation",
        }
        .body()
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
}
