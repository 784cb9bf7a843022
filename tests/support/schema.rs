//! Requests as shapes, for the check of what we send against the types of the official client.
//!
//! A shape is a body with its texts left out and like items kept once: what has fields, words and
//! kinds stays, what a person or a model wrote does not. So thousands of requests are a few hundred
//! files, and none of them is large.
//!
//! [`crate::model::Model`] keeps the shape of every request of ours in the folder that
//! `GREENLIGHT_REQUESTS` names, where `cargo xtask test` looks at them all.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use serde_json::json;
use sha2::Digest;
use sha2::Sha256;

use crate::request::Request;

/// The folder into which shapes go.
pub const FOLDER: &str = "GREENLIGHT_REQUESTS";

/// Fields whose words are anybody's.
const FREE: [&str; 16] = [
    "arguments",
    "call_id",
    "content",
    "definition",
    "description",
    "encrypted_content",
    "id",
    "image_url",
    "input",
    "instructions",
    "output",
    "prompt_cache_key",
    "reasoning",
    "reasoning_content",
    "text",
    "url",
];

/// Fields that hold a JSON Schema, of which the types know nothing.
const OPEN: [&str; 1] = ["parameters"];

/// Keeps the shape of a request where the environment says so. Others' requests, such as those of a
/// test of the server itself, are not kept.
pub(crate) fn keep_where_asked(request: &Request) {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let agent = request.header("user-agent").unwrap_or_default();
    if request.method == "POST" && agent.starts_with("Greenlight/") {
        keep(request, Path::new(&folder));
    }
}

/// Writes the shape of a request into a folder, once.
///
/// # Panics
///
/// If the body is not JSON or the folder cannot be written to.
pub fn keep(request: &Request, folder: &Path) {
    let path = request.path.split('?').next().unwrap_or_default();
    let kept = json!({ "path": path, "body": shape(&request.json(), "") }).to_string();
    let name = format!("{:x}.json", Sha256::digest(&kept));
    // Two tests may write the same shape at once: the name is the content's.
    let part = folder.join(format!("{name}.{}.part", std::process::id()));
    fs::write(&part, kept)
        .and_then(|()| fs::rename(&part, folder.join(name)))
        .expect("the folder for requests can be written to");
}

fn shape(value: &Value, field: &str) -> Value {
    match value {
        Value::String(_) if FREE.contains(&field) => json!("x"),
        // Effort and the like are short; a long word is somebody's text.
        Value::String(text) if text.len() > 40 => json!("x"),
        Value::Array(items) => {
            let mut seen = BTreeSet::new();
            let shapes = items.iter().map(|item| shape(item, field));
            Value::Array(
                shapes
                    .filter(|item| seen.insert(item.to_string()))
                    .collect(),
            )
        }
        Value::Object(_) if OPEN.contains(&field) => json!({}),
        Value::Object(fields) => {
            let fields = fields.iter();
            let fields = fields.map(|(name, value)| (name.clone(), shape(value, name)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_go_and_fields_and_words_stay() {
        let body = json!({
            "model": "m", "instructions": "Work well.", "tool_choice": "auto",
            "input": [
                { "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "a" }] },
                { "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "b" }] },
                { "type": "message", "role": "user", "odd": 1, "content": [] },
            ],
            "tools": [{ "type": "function", "name": "n", "parameters": { "type": "object" } }],
        });
        assert_eq!(
            shape(&body, ""),
            json!({
                "model": "m", "instructions": "x", "tool_choice": "auto",
                "input": [
                    { "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "x" }] },
                    { "type": "message", "role": "user", "odd": 1, "content": [] },
                ],
                "tools": [{ "type": "function", "name": "n", "parameters": {} }],
            })
        );
    }
}
