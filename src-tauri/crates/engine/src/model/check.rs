//! Tries a provider with the smallest request that goes the way of a real one.
//!
//! Only such a request shows that the key may use the model and that the server speaks the
//! Responses API. It is let go as soon as the model begins to answer, so that it costs a few tokens
//! at most.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use tokio::time::Instant;

use super::Failure;
use super::Model;
use super::Provider;
use super::catalog::Effort;
use super::request::Request;
use super::stream::Limits;
use super::stream::StreamEvent;
use super::stream::ask;

/// How long a server may think before it says the first word: one on this computer may have to load
/// its model.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks for one word and gives how long the first sign of an answer took. A server may take a request
/// and refuse it a moment later, so the model itself has to begin.
///
/// # Errors
///
/// The [`Failure`] that a task would have met.
pub async fn check(
    provider: &Provider,
    model: &Model,
    effort: Option<Effort>,
) -> Result<Duration, Failure> {
    let body = Request {
        model,
        effort,
        instructions: "Answer with OK.",
        input: vec![json!({
            "type": "message", "role": "user",
            "content": [{ "type": "input_text", "text": "Are you there?" }],
        })],
        tools: Vec::new(),
        cache_key: "check",
    }
    .body();
    let limits = Limits {
        idle: PATIENCE,
        total: 2 * PATIENCE,
        ..Limits::default()
    };
    let started = Instant::now();
    let mut events = ask(provider, &model.slug, &body, limits);
    let mut first = None;
    loop {
        let event = events.next().await;
        let took = *first.get_or_insert_with(|| started.elapsed());
        match event {
            Some(StreamEvent::Created | StreamEvent::Skipped(_)) => {}
            Some(StreamEvent::Failed(failure)) => return Err(failure),
            Some(_) => return Ok(took),
            None => {
                return Err(Failure::Cut {
                    host: provider.peer(&model.slug).host,
                });
            }
        }
    }
}
