//! Sends one request and reads the answer as typed events.
//!
//! [`ask`] returns a stream that ends with exactly one of [`StreamEvent::Completed`],
//! [`StreamEvent::Overlong`] and [`StreamEvent::Failed`]; dropping it closes the connection at once. A finished item comes as the
//! server's own JSON. Events that cannot be read are counted and told ([`StreamEvent::Skipped`]);
//! when one of them held an item that nothing later replaces, the answer is a failure, because a
//! conversation with a hole in it must not go on.
//!
//! Nothing is retried here, and nothing is acted upon.

use std::pin::Pin;
use std::time::Duration;
use std::time::SystemTime;

use bytes::Bytes;
use eventsource_stream::EventStream;
use eventsource_stream::EventStreamError;
use futures_util::Stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use super::answer;
use super::answer::Answer;
use super::failure::Failure;
use super::frames::Framer;
use super::passage::Passage;
use super::peer::Peer;
use super::provider::Provider;
use super::rate_limit::RateLimits;
use super::request::Request;
use super::request::Terms;
use super::wire::Learned;
use super::wire::Wire;

/// What an answer may cost at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Silence: no byte for this long.
    pub idle: Duration,
    /// The whole answer, however lively.
    pub total: Duration,
    /// Bytes of one line.
    pub line: usize,
    /// Bytes of the whole answer.
    pub response: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(300),
            total: Duration::from_secs(3600),
            line: 4 << 20,
            response: 64 << 20,
        }
    }
}

/// Tokens of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Read, with what was cached.
    pub input: u64,
    /// Read from the provider's cache.
    pub cached: u64,
    /// Written, with the reasoning.
    pub output: u64,
    /// Spent on reasoning.
    pub reasoning: u64,
    /// All of it.
    pub total: u64,
}

/// One thing that happened in an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamEvent {
    /// The server has begun.
    Created,
    /// An item begins; it is not complete and must not be acted upon.
    ItemAdded {
        /// Its place in the answer.
        index: u64,
        /// What is known so far.
        item: Value,
    },
    /// An item is complete; this is the authoritative form.
    ItemDone {
        /// Its place in the answer.
        index: u64,
        /// The server's JSON.
        item: Value,
    },
    /// More of a message.
    TextDelta {
        /// The item's place.
        index: u64,
        /// The piece.
        text: String,
    },
    /// More of the reasoning or its summary.
    ReasoningDelta {
        /// The item's place.
        index: u64,
        /// The piece.
        text: String,
    },
    /// More of a custom tool's input, for a preview only.
    CustomInputDelta {
        /// The item's place.
        index: u64,
        /// The piece.
        text: String,
    },
    /// So many events could not be read.
    Skipped(u32),
    /// What an answer has cost that is not complete, and may never be.
    Spent(Usage),
    /// The answer is complete.
    Completed {
        /// What it cost; `None` from servers that do not say.
        usage: Option<Usage>,
    },
    /// The answer was ended because the arguments of a call go beyond every measure. They are not
    /// kept, and nothing that the answer asks for may be carried out.
    Overlong {
        /// The call's place.
        index: u64,
        /// The call, without its arguments.
        item: Value,
    },
    /// The answer is not and will not be complete.
    Failed(Failure),
}

/// Sends a request to the provider, in the form that it understands, and reads what comes back.
pub fn ask(
    provider: &Provider,
    request: Request,
    limits: Limits,
) -> BoxStream<'static, StreamEvent> {
    let wire = provider.wire();
    let peer = provider.peer(wire, &request.model.slug);
    let bill = provider.bill().map(|bill| (bill.clone(), request.clone()));
    let reader = Reader {
        phase: Phase::Unsent(Box::new((provider.clone(), request))),
        answer: answer::reader(wire, peer.clone()),
        peer,
        learned: provider.learned().clone(),
        limits,
        deadline: Instant::now() + limits.total,
    };
    let events = futures_util::stream::unfold(reader, |mut reader| async move {
        let event = reader.next().await?;
        Some((event, reader))
    })
    .boxed();
    match bill {
        Some((bill, request)) => bill.count(provider.name(), &request, events),
        None => events,
    }
}

type Events = EventStream<Pin<Box<dyn Stream<Item = Result<String, Failure>> + Send>>>;

enum Phase {
    Unsent(Box<(Provider, Request)>),
    Reading(Box<Events>),
    Over,
}

struct Reader {
    phase: Phase,
    answer: Box<dyn Answer>,
    peer: Peer,
    learned: Learned,
    limits: Limits,
    deadline: Instant,
}

impl Reader {
    async fn next(&mut self) -> Option<StreamEvent> {
        loop {
            if let Some(event) = self.answer.ready().pop_front() {
                if matches!(
                    event,
                    StreamEvent::Completed { .. }
                        | StreamEvent::Overlong { .. }
                        | StreamEvent::Failed(_)
                ) {
                    if matches!(event, StreamEvent::Completed { .. }) {
                        self.learned.answered_as(self.answer.tier());
                    }
                    self.phase = Phase::Over;
                    self.answer.ready().clear();
                }
                return Some(event);
            }
            match std::mem::replace(&mut self.phase, Phase::Over) {
                Phase::Over => return None,
                Phase::Unsent(unsent) => match self.send(&unsent.0, &unsent.1).await {
                    Ok(events) => self.phase = Phase::Reading(Box::new(events)),
                    Err(failure) => self.answer.end(failure),
                },
                Phase::Reading(mut events) => {
                    match events.next().await {
                        None => self.answer.end(self.peer.cut()),
                        Some(Err(EventStreamError::Transport(failure))) => {
                            self.answer.end(failure);
                        }
                        Some(Err(_)) => self.answer.skip(""),
                        Some(Ok(event)) => self.answer.take(&event.event, &event.data),
                    }
                    self.phase = Phase::Reading(events);
                }
            }
        }
    }

    /// Sends it, and once more in another way where the server does not take the first.
    async fn send(&mut self, provider: &Provider, request: &Request) -> Result<Events, Failure> {
        let model = &request.model.slug;
        let mut wire = provider.wire();
        let mut first = None;
        loop {
            let terms = provider.terms();
            let body = request.body(wire, terms);
            let failure = match self
                .try_once(provider, provider.post(wire, model).json(&body))
                .await
            {
                Ok(events) => {
                    provider.learned().answered_in(wire);
                    return Ok(events);
                }
                Err(failure) => failure,
            };
            if terms.tier.is_some() && failure.is_about_tiers() {
                provider.learned().takes_no_tier();
            } else if wire == Wire::Chat && !terms.uncounted && failure.is_about_counting() {
                provider.learned().will_not_count();
            } else if wire == Wire::Responses
                && terms.azure
                && !terms.stored
                && failure.is_about_storing()
            {
                provider.learned().wants_to_store();
            } else if wire == Wire::Responses
                && provider.may_fall_back()
                && may_be_elsewhere(&failure, terms)
            {
                first = Some(failure);
                wire = Wire::Chat;
                self.peer = provider.peer(wire, model);
                self.answer = answer::reader(wire, self.peer.clone());
            } else {
                return Err(match first {
                    Some(first) => of_both(first, failure),
                    None => failure,
                });
            }
        }
    }

    async fn try_once(
        &mut self,
        provider: &Provider,
        request: reqwest::RequestBuilder,
    ) -> Result<Events, Failure> {
        let silent = Failure::Silent {
            host: self.peer.host.clone(),
            after: self.limits.idle,
        };
        provider.noted().sends();
        let response = match tokio::time::timeout(self.limits.idle, request.send()).await {
            Err(_) => return Err(silent),
            Ok(Err(error)) => return Err(self.peer.of_transport(&error, false)),
            Ok(Ok(response)) => response,
        };
        let status = response.status();
        let headers = response.headers().clone();
        let passage = Passage::read(&headers, &self.peer);
        provider.noted().answered(passage);
        if let Some(limits) = RateLimits::read(&headers, SystemTime::now()) {
            provider.learned().told_of(limits);
        }
        let kind = headers
            .get("content-type")
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or("");
        let mut body = response.bytes_stream().boxed();
        if status != reqwest::StatusCode::OK {
            let text = head_of(&mut body, Vec::new(), self.limits.idle).await;
            return Err(self
                .peer
                .of_status(status, &headers, &text, SystemTime::now()));
        }
        // Nothing compressed is asked for, and what is small on the way may be without end here.
        let packed = headers
            .get("content-encoding")
            .and_then(|packed| packed.to_str().ok())
            .filter(|packed| !packed.trim().is_empty() && *packed != "identity");
        if let Some(packed) = packed {
            return Err(Failure::NotAStream {
                provider: self.peer.provider.clone(),
                detail: self.peer.clean(&format!(
                    "it is compressed ({packed}), which was not asked for"
                )),
            });
        }
        let declared_other = ["json", "html"].iter().any(|other| kind.contains(other));
        // What a server declares is not always what it sends, so the first byte counts as well.
        let mut first = Vec::new();
        while !declared_other && first.iter().all(u8::is_ascii_whitespace) && first.len() < 1024 {
            match tokio::time::timeout(self.limits.idle, body.next()).await {
                Err(_) => return Err(silent),
                Ok(None) => break,
                Ok(Some(Ok(chunk))) => first.extend_from_slice(&chunk),
                Ok(Some(Err(error))) => return Err(self.peer.of_transport(&error, true)),
            }
        }
        let start = first.iter().find(|byte| !byte.is_ascii_whitespace());
        if declared_other || matches!(start, Some(b'<' | b'{' | b'[')) {
            let text = head_of(&mut body, first, self.limits.idle).await;
            return Err(self.not_a_stream(&text));
        }
        let bytes = futures_util::stream::iter([Ok(Bytes::from(first))])
            .chain(body)
            .boxed();
        Ok(EventStream::new(whole_events(
            bytes,
            self.peer.clone(),
            self.limits,
            self.deadline,
        )))
    }

    fn not_a_stream(&self, body: &[u8]) -> Failure {
        let text = String::from_utf8_lossy(body);
        if let Ok(json) = serde_json::from_str::<Value>(&text)
            && json.get("error").is_some_and(|error| !error.is_null())
        {
            // A server of this kind says with a 200 that it has no such path.
            let unknown = json["error"].as_str().or(json["error"]["message"].as_str());
            if unknown.is_some_and(|words| words.starts_with("Unexpected endpoint")) {
                return self.peer.nothing_there();
            }
            return self.peer.of_error(&json);
        }
        Failure::NotAStream {
            provider: self.peer.provider.clone(),
            detail: self.peer.clean(&text),
        }
    }
}

/// Whether the other form may do better. A gateway can have a model in one form only and say in
/// words that it has no such model; a code of its own, OpenAI and Azure mean what they say.
fn may_be_elsewhere(failure: &Failure, terms: Terms) -> bool {
    match failure {
        Failure::EndpointNotFound { .. } => true,
        Failure::ModelNotFound { certain, .. } => !certain && !terms.openai && !terms.azure,
        _ => false,
    }
}

/// What to say when neither form works.
fn of_both(first: Failure, then: Failure) -> Failure {
    match (first, then) {
        (
            Failure::EndpointNotFound { provider, url },
            Failure::EndpointNotFound { url: other, .. },
        ) => Failure::EndpointNotFound {
            provider,
            url: format!("{url} or {other}"),
        },
        (first @ Failure::ModelNotFound { .. }, Failure::EndpointNotFound { .. }) => first,
        (_, then) => then,
    }
}

type Body = BoxStream<'static, reqwest::Result<Bytes>>;

// Enough of a body to say what it is; how it ends does not matter any more.
async fn head_of(body: &mut Body, mut head: Vec<u8>, idle: Duration) -> Vec<u8> {
    const ENOUGH: usize = 64 << 10;
    let patience = idle.min(Duration::from_secs(10));
    let read = async {
        while head.len() < ENOUGH {
            let Some(Ok(chunk)) = body.next().await else {
                break;
            };
            head.extend_from_slice(&chunk[..chunk.len().min(ENOUGH)]);
        }
    };
    // A server that holds an error page open is not waited for.
    let _ = tokio::time::timeout(patience, read).await;
    head
}

fn whole_events(
    body: Body,
    peer: Peer,
    limits: Limits,
    deadline: Instant,
) -> Pin<Box<dyn Stream<Item = Result<String, Failure>> + Send>> {
    struct Source {
        body: Option<Body>,
        framer: Framer,
        peer: Peer,
    }
    let source = Source {
        body: Some(body),
        framer: Framer::new(limits),
        peer,
    };
    futures_util::stream::unfold(source, move |mut source| async move {
        loop {
            if let Some(event) = source.framer.pop() {
                return Some((Ok(event), source));
            }
            let body = source.body.as_mut()?;
            let until = deadline.min(Instant::now() + limits.idle);
            let failure = match tokio::time::timeout_at(until, body.next()).await {
                Ok(None) => {
                    source.body = None;
                    source.framer.end();
                    continue;
                }
                Ok(Some(Ok(chunk))) => match source.framer.push(&chunk) {
                    Ok(()) => continue,
                    Err(what) => Failure::TooLarge {
                        provider: source.peer.provider.clone(),
                        what,
                    },
                },
                Ok(Some(Err(error))) => source.peer.of_transport(&error, true),
                Err(_) if Instant::now() >= deadline => Failure::TooLarge {
                    provider: source.peer.provider.clone(),
                    what: "it took more than an hour",
                },
                Err(_) => Failure::Silent {
                    host: source.peer.host.clone(),
                    after: limits.idle,
                },
            };
            source.body = None;
            return Some((Err(failure), source));
        }
    })
    .boxed()
}

#[cfg(test)]
mod tests;
