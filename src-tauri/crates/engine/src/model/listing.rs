//! Asks a server which models it has.
//!
//! Not every server says so, and some leave out models that they do have, so the list is an offer
//! and never a limit.

use std::time::Duration;
use std::time::SystemTime;

use futures_util::StreamExt;
use reqwest::StatusCode;
use serde_json::Value;

use super::Failure;
use super::Provider;
use super::Wire;
use super::catalog::WINDOWS;

/// Longer than any list takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes of an answer that are read.
const LARGEST: usize = 4 << 20;

/// Names that are kept; the longest lists of gateways have some hundreds.
const MOST: usize = 2000;

/// A model that a server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Tokens that fit into one request and its answer, where the server says so.
    pub window: Option<u64>,
}

/// The models, in the server's order.
///
/// # Errors
///
/// The [`Failure`] that came instead.
pub async fn models(provider: &Provider) -> Result<Vec<Listed>, Failure> {
    let peer = provider.peer(Wire::Responses, "");
    match tokio::time::timeout(PATIENCE, asked(provider)).await {
        Ok(answer) => answer,
        Err(_) => Err(Failure::Silent {
            host: peer.host,
            after: PATIENCE,
        }),
    }
}

async fn asked(provider: &Provider) -> Result<Vec<Listed>, Failure> {
    let peer = provider.peer(Wire::Responses, "");
    let response = provider
        .get_models()
        .send()
        .await
        .map_err(|error| peer.of_transport(&error, false))?;
    let status = response.status();
    let headers = response.headers().clone();
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        body.extend_from_slice(&chunk.map_err(|error| peer.of_transport(&error, true))?);
        if body.len() > LARGEST {
            return Err(Failure::TooLarge {
                provider: peer.provider,
                what: "the list of models",
            });
        }
    }
    if status != StatusCode::OK {
        return Err(peer.of_status(status, &headers, &body, SystemTime::now()));
    }
    let json: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let Some(data) = json["data"].as_array() else {
        return Err(Failure::NotAStream {
            provider: peer.provider.clone(),
            detail: peer.clean(&String::from_utf8_lossy(&body)),
        });
    };
    let mut listed: Vec<Listed> = Vec::new();
    for model in data {
        let Some(name) = model["id"].as_str() else {
            continue;
        };
        let plain = !name.is_empty() && name.len() <= 200 && !name.chars().any(char::is_control);
        if plain && listed.len() < MOST && !listed.iter().any(|known| known.name == name) {
            listed.push(Listed {
                name: name.to_owned(),
                window: window_of(model),
            });
        }
    }
    Ok(listed)
}

/// Where servers say how much fits: what is loaded before what the model could do.
const WINDOW_PLACES: &[&str] = &[
    "/loaded_context_length", // LM Studio
    "/meta/n_ctx",            // llama.cpp
    "/max_model_len",         // vLLM
    "/context_length",        // OpenRouter
    "/context_window",        // Groq and others
    "/max_context_length",    // LM Studio, of the model itself
    "/meta/n_ctx_train",      // llama.cpp, of the model itself
];

fn window_of(model: &Value) -> Option<u64> {
    WINDOW_PLACES
        .iter()
        .find_map(|place| model.pointer(place)?.as_u64())
        .filter(|window| WINDOWS.contains(window))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_loaded_counts_before_what_a_model_could_do() {
        let check = |model: Value, window| assert_eq!(window_of(&model), window, "{model}");
        check(
            json!({"id": "a", "meta": {"n_ctx_train": 131_072}}),
            Some(131_072),
        );
        check(
            json!({"id": "a", "meta": {"n_ctx_train": 131_072, "n_ctx": 8_192}}),
            Some(8_192),
        );
        check(json!({"id": "a", "max_model_len": 32_768}), Some(32_768));
        check(
            json!({"id": "a", "max_context_length": 131_072, "loaded_context_length": 4_096}),
            Some(4_096),
        );
        check(json!({"id": "a", "context_length": 0}), None);
        check(json!({"id": "a", "context_length": "many"}), None);
        check(json!({"id": "a"}), None);
    }
}
