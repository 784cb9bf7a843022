//! Tries a provider with the smallest request that goes the way of a real one.
//!
//! Only such a request shows that the key may use the model and in which form the server is spoken
//! with. It is let go as soon as the model begins to answer, so that it costs a few tokens
//! at most.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::Value;
use serde_json::json;
use tokio::time::Instant;

use super::Failure;
use super::Model;
use super::Provider;
use super::Wire;
use super::catalog::Effort;
use super::request::Request;
use super::stream::Limits;
use super::stream::StreamEvent;
use super::stream::ask;

/// How long a server may think before it says the first word: one on this computer may have to load
/// its model.
const PATIENCE: Duration = Duration::from_secs(60);

/// A white square of 32 pixels; some servers refuse smaller pictures.
const PICTURE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAJklEQVR42u3NMQ0AAAwDoPo33arYsQQMkB6LQCAQCAQCgUAg+BIMi1X0ptsIcT0AAAAASUVORK5CYII=";

/// How long an answer may take to begin.
const LIMITS: (Duration, Duration) = (PATIENCE, PATIENCE.saturating_mul(2));

/// What trying a provider has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trial {
    /// How long the first sign of an answer took.
    pub took: Duration,
    /// The form in which the server was spoken with.
    pub wire: Wire,
    /// Whether the model is known to read no pictures.
    pub blind: bool,
}

/// Asks for one word. A server may take a request and refuse it a moment later, so the model itself
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
    let words = json!({ "type": "input_text", "text": "Are you there?" });
    let took = asked(provider, model, effort, json!([words]), limits).await?;
    let blind = match model.is_known() {
        true => !model.traits.vision,
        false => {
            let picture = json!({ "type": "input_image", "image_url": PICTURE });
            let shown = asked(provider, model, effort, json!([words, picture]), limits).await;
            // Only a server that says so is believed; anything else says nothing about eyes.
            matches!(shown, Err(Failure::NoVision { .. }))
        }
    };
    Ok(Trial {
        took,
        wire: provider.wire(),
        blind,
    })
}

async fn asked(
    provider: &Provider,
    model: &Model,
    effort: Option<Effort>,
    content: Value,
    (idle, total): (Duration, Duration),
) -> Result<Duration, Failure> {
    let request = Request {
        model: model.clone(),
        effort,
        instructions: "Answer with OK.".to_owned(),
        input: vec![json!({ "type": "message", "role": "user", "content": content })],
        tools: Vec::new(),
        cache_key: "check".to_owned(),
    };
    let limits = Limits {
        idle,
        total,
        ..Limits::default()
    };
    let started = Instant::now();
    let mut events = ask(provider, request, limits);
    let mut first = None;
    loop {
        let event = events.next().await;
        let took = *first.get_or_insert_with(|| started.elapsed());
        match event {
            Some(StreamEvent::Created | StreamEvent::Skipped(_) | StreamEvent::Spent(_)) => {}
            Some(StreamEvent::Failed(failure)) => return Err(failure),
            Some(_) => return Ok(took),
            None => {
                return Err(Failure::Cut {
                    host: provider.address().host(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::provider::Manner;
    use super::super::provider::Transport;
    use super::*;

    const SHORT: Duration = Duration::from_millis(300);

    #[tokio::test]
    async fn a_server_that_takes_a_request_and_says_nothing_is_silent() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let held = tokio::spawn(async move {
            let (connection, _) = listener.accept().await.unwrap();
            // Held until the test is over.
            std::future::pending::<()>().await;
            drop(connection);
        });
        let provider = Provider::new("P", &url, None, Transport::Tcp, &[]).unwrap();
        let limits = (SHORT, 2 * SHORT);
        let failure = check_within(&provider, &Model::named("m"), None, limits)
            .await
            .unwrap_err();
        assert_eq!(failure.code(), "silent", "{failure}");
        held.abort();
    }

    #[tokio::test]
    async fn a_connection_that_nobody_takes_is_told_from_one_that_is_refused() {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        // With its queue full the system lets further ones wait, as a host that is not there does.
        let mut queued = Vec::new();
        while let Ok(connection) =
            tokio::time::timeout(SHORT, tokio::net::TcpStream::connect(address)).await
        {
            queued.push(connection.unwrap());
        }
        let url = format!("http://{address}/v1");
        let provider = Provider::connecting_within(
            SHORT,
            "P",
            &url,
            None,
            Transport::Tcp,
            &[],
            Manner::default(),
        )
        .unwrap();
        let failure = check(&provider, &Model::named("m"), None)
            .await
            .unwrap_err();
        assert_eq!(failure.code(), "no_answer", "{failure}");
        assert_eq!(
            failure.to_string(),
            format!("{address} does not answer; no connection came about in time.")
        );
    }
}
