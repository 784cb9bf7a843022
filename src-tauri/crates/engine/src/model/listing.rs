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

/// Longer than any list takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes of an answer that are read.
const LARGEST: usize = 4 << 20;

/// Names that are kept; the longest lists of gateways have some hundreds.
const MOST: usize = 2000;

/// The names of the models, in the server's order.
///
/// # Errors
///
/// The [`Failure`] that came instead.
pub async fn models(provider: &Provider) -> Result<Vec<String>, Failure> {
    let peer = provider.peer(Wire::Responses, "");
    match tokio::time::timeout(PATIENCE, asked(provider)).await {
        Ok(answer) => answer,
        Err(_) => Err(Failure::Silent {
            host: peer.host,
            after: PATIENCE,
        }),
    }
}

async fn asked(provider: &Provider) -> Result<Vec<String>, Failure> {
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
    let mut names: Vec<String> = Vec::new();
    for name in data.iter().filter_map(|model| model["id"].as_str()) {
        let plain = !name.is_empty() && name.len() <= 200 && !name.chars().any(char::is_control);
        if plain && names.len() < MOST && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}
