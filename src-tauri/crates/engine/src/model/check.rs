//! Tries a provider with a small request that goes the way of a real one, and measures it.
//!
//! Only such a request shows that the key may use the model and in which form the server is spoken
//! with. The model is asked to count, so that there is something to measure. It is let go when it
//! has been heard for a while, so that a model that goes on and on costs little.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use serde_json::Value;
use serde_json::json;

use super::Failure;
use super::Model;
use super::Provider;
use super::Wire;
use super::catalog::Effort;
use super::request::Request;
use super::speed::Seen;
use super::speed::Speed;
use super::stream::Limits;
use super::stream::StreamEvent;
use super::stream::ask;

/// How long a server may think before it says the first word: one on this computer may have to load
/// its model.
const PATIENCE: Duration = Duration::from_secs(60);

/// A white square of 32 pixels; some servers refuse smaller pictures.
const PICTURE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAJklEQVR42u3NMQ0AAAwDoPo33arYsQQMkB6LQCAQCAQCgUAg+BIMi1X0ptsIcT0AAAAASUVORK5CYII=";

/// What has to be said to tell how fast; some forty numbers are about eighty tokens.
const QUESTION: &str = "Write the numbers from 1 to 40 in figures, with a space after each.";

/// How long the model is listened to after its first word.
const HEARD: Duration = Duration::from_secs(10);

/// How long an answer may take to begin.
const LIMITS: (Duration, Duration) = (PATIENCE, PATIENCE.saturating_mul(2));

/// What trying a provider has shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// How fast it was.
    pub speed: Speed,
    /// The form in which the server was spoken with.
    pub wire: Wire,
    /// Whether the model is known to read no pictures.
    pub blind: bool,
}

/// Asks for a few words. A server may take a request and refuse it a moment later, so the model itself
/// has to begin. A model that nothing is known about is then shown a picture.
///
/// # Errors
///
/// The [`Failure`] that a task would have met.
pub async fn check(
    provider: &Provider,
    model: &Model,
    effort: Option<Effort>,
) -> Result<Trial, Failure> {
    check_within(provider, model, effort, LIMITS).await
}

async fn check_within(
    provider: &Provider,
    model: &Model,
    effort: Option<Effort>,
    limits: (Duration, Duration),
) -> Result<Trial, Failure> {
    let words = json!({ "type": "input_text", "text": QUESTION });
    let events = asked(provider, model, effort, json!([words]), limits);
    let speed = measured(provider, events, || {}).await?;
    let blind = match model.is_known() {
        true => !model.traits.vision,
        false => {
            let picture = json!({ "type": "input_image", "image_url": PICTURE });
            let mut events = asked(provider, model, effort, json!([words, picture]), limits);
            // Only a server that says so is believed; anything else says nothing about eyes.
            loop {
                match events.next().await {
                    Some(StreamEvent::Failed(failure)) => {
                        break matches!(failure, Failure::NoVision { .. });
                    }
                    Some(event) if !is_a_sign(&event) => {}
                    _ => break false,
                }
            }
        }
    };
    Ok(Trial {
        speed,
        wire: provider.wire(),
        blind,
    })
}

fn asked(
    provider: &Provider,
    model: &Model,
    effort: Option<Effort>,
    content: Value,
    (idle, total): (Duration, Duration),
) -> BoxStream<'static, StreamEvent> {
    let request = Request {
        model: model.clone(),
        effort,
        instructions: "Answer with what is asked for and nothing else.".to_owned(),
        input: vec![json!({ "type": "message", "role": "user", "content": content })],
        tools: Vec::new(),
        cache_key: "check".to_owned(),
    };
    let limits = Limits {
        idle,
        total,
        ..Limits::default()
    };
    ask(provider, request, limits)
}

/// Listens to an answer. `taken` is told of each event once its time is known. What goes wrong after
/// the model has begun is no failure of the way to it.
async fn measured(
    provider: &Provider,
    mut events: BoxStream<'static, StreamEvent>,
    mut taken: impl FnMut(),
) -> Result<Speed, Failure> {
    let noted = provider.noted();
    let mut seen = Seen::default();
    let mut begun = None;
    let mut until = None;
    let whole = loop {
        let next = match until {
            None => Ok(events.next().await),
            Some(until) => tokio::time::timeout_at(until, events.next()).await,
        };
        let event = match (next, begun) {
            (Ok(Some(StreamEvent::Failed(failure))), None) => return Err(failure),
            (Ok(None), None) => {
                return Err(Failure::Cut {
                    host: provider.address().host(),
                });
            }
            (Err(_) | Ok(None | Some(StreamEvent::Failed(_))), _) => break false,
            (Ok(Some(event)), _) => event,
        };
        let now = noted.now();
        seen.take(&event, now);
        if begun.is_none() && is_a_sign(&event) {
            begun = Some(now);
            until = Some(tokio::time::Instant::now() + HEARD);
        }
        taken();
        if matches!(event, StreamEvent::Completed { .. }) {
            break true;
        }
    };
    let first = seen.first.or(begun).unwrap_or_else(|| noted.now());
    let rate = seen.rate(whole);
    Ok(Speed::of(noted.last(), first, rate, provider.proxy()))
}

/// Whether the model itself has begun to answer.
fn is_a_sign(event: &StreamEvent) -> bool {
    !matches!(
        event,
        StreamEvent::Created | StreamEvent::Skipped(_) | StreamEvent::Spent(_)
    )
}

#[cfg(test)]
mod tests;
