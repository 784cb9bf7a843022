//! How fast a server answered, and where the time went: numbers in, sentences out.

use std::time::Duration;
use std::time::Instant;

use super::noted::Times;
use super::passage::Passage;
use super::stream::StreamEvent;
use super::stream::Usage;

/// A first byte that takes longer is slow.
pub const SLOW_FIRST_BYTE: Duration = Duration::from_secs(2);

/// Fewer tokens a second than this are slow.
pub const SLOW_RATE: f64 = 10.0;

/// Fewer tokens say nothing of speed.
const FEW: u64 = 10;

/// Tokens that come within less time come in one piece, which says nothing of speed either.
const ONE_PIECE: Duration = Duration::from_millis(50);

/// The proxy on the way to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViaProxy {
    /// Its host and port.
    pub name: String,
    /// Whether the settings name it; else the environment does.
    pub set: bool,
}

/// What was measured of one answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Speed {
    /// How long name, connection and encryption took together.
    pub connecting: Option<Duration>,
    /// From there, or from when the request went out, to the first byte of the answer.
    pub first_byte: Duration,
    /// From when the request went out to the first word.
    pub first_word: Duration,
    /// Tokens a second from the first word on; none where it could not be told.
    pub rate: Option<Rate>,
    /// What the answer tells of its way.
    pub passage: Passage,
    /// The proxy in between.
    pub proxy: Option<ViaProxy>,
}

/// Tokens a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// How many.
    pub per_second: f64,
    /// Whether the pieces were counted, because the server does not say how many tokens there were.
    pub about: bool,
}

/// What is seen of an answer while it comes.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) first: Option<Instant>,
    first_text: Option<Instant>,
    last: Option<Instant>,
    pieces: u64,
    text_pieces: u64,
    usage: Option<Usage>,
}

impl Seen {
    /// An event came at `now`.
    pub(super) fn take(&mut self, event: &StreamEvent, now: Instant) {
        match event {
            StreamEvent::TextDelta { .. } => {
                self.first_text.get_or_insert(now);
                self.text_pieces += 1;
            }
            StreamEvent::ReasoningDelta { .. } => {}
            StreamEvent::Spent(usage) => {
                self.usage = Some(*usage);
                return;
            }
            StreamEvent::Completed { usage } => {
                self.usage = usage.or(self.usage);
                // An answer without a word of its own still came.
                self.first.get_or_insert(now);
                return;
            }
            StreamEvent::ItemDone { .. } | StreamEvent::CustomInputDelta { .. } => {
                self.first.get_or_insert(now);
                return;
            }
            _ => return,
        }
        self.pieces += 1;
        self.first.get_or_insert(now);
        self.last = Some(now);
    }

    /// Tokens a second. Reasoning that is counted apart was written before the first word of the
    /// answer, and may have been shown in other words or not at all.
    pub(super) fn rate(&self, whole: bool) -> Option<Rate> {
        let usage = self.usage.filter(|usage| whole && usage.output > 0);
        let apart = usage.is_some_and(|usage| usage.reasoning > 0);
        let from = if apart { self.first_text } else { self.first }?;
        let tokens = match usage {
            Some(usage) => usage.output.saturating_sub(usage.reasoning),
            None => self.pieces,
        };
        let pieces = if apart { self.text_pieces } else { self.pieces };
        let span = self.last?.saturating_duration_since(from);
        if tokens < FEW || pieces < 2 || span < ONE_PIECE {
            return None;
        }
        // The first one begins the time and is not in it.
        #[expect(clippy::cast_precision_loss)]
        let per_second = (tokens - 1) as f64 / span.as_secs_f64();
        Some(Rate {
            per_second,
            about: usage.is_none(),
        })
    }
}

impl Speed {
    /// Of an answer whose first word came at `first_word`.
    pub(super) fn of(
        times: Times,
        first_word: Instant,
        rate: Option<Rate>,
        proxy: Option<ViaProxy>,
    ) -> Self {
        let sent = times.sent.unwrap_or(first_word);
        let head = times.head.unwrap_or(first_word);
        let within = times.connecting.filter(|_| times.fresh);
        let to_head = head.saturating_duration_since(sent);
        Self {
            connecting: times.connecting,
            first_byte: to_head.saturating_sub(within.unwrap_or_default()),
            first_word: first_word.saturating_duration_since(sent),
            rate,
            passage: times.passage,
            proxy,
        }
    }

    /// What was measured, in one to four sentences.
    pub fn words(&self) -> String {
        let first = format!("First word after {}", time(self.first_word));
        let mut all = vec![match self.rate {
            Some(rate) => format!("{first}, {}.", rate.words()),
            None => format!("{first}. The answer was too short to tell how fast it goes on."),
        }];
        let own = self.passage.own().map(|own| {
            let own = time(own);
            format!(", and the server says that it worked on it for {own}")
        });
        let own = own.unwrap_or_default();
        let byte = time(self.first_byte);
        all.push(match self.connecting {
            Some(connecting) => format!(
                "Connecting (name, connection and encryption) took {}, the first byte {byte} more{own}.",
                time(connecting)
            ),
            None => format!("The first byte came after {byte}{own}."),
        });
        let stations = self.passage.stations();
        if let Some(stations) = listed(&stations) {
            all.push(format!("{}.", capital(&stations)));
        }
        if let Some(proxy) = &self.proxy {
            all.push(format!("Through {}.", proxy.words()));
        }
        all.join(" ")
    }

    /// Where the time went, when it was slow: a first byte over [`SLOW_FIRST_BYTE`], or fewer tokens
    /// a second than [`SLOW_RATE`].
    pub fn slow(&self) -> Option<String> {
        let connecting = self.connecting.unwrap_or_default();
        let waited = connecting + self.first_byte;
        let mut why = Vec::new();
        if waited > SLOW_FIRST_BYTE {
            let most = match self.passage.own() {
                _ if connecting * 2 > waited => "most of it to connect, before anything was asked",
                Some(own) if own * 2 > waited => "most of it the server's own work, as it says",
                Some(_) => "most of it on the way, as the server says that it worked less",
                None => "and the server does not say how much of it was its own work",
            };
            why.push(format!("the first byte took {}, {most}", time(waited)));
        }
        if let Some(rate) = self.rate.filter(|rate| rate.per_second < SLOW_RATE) {
            why.push(format!("it writes {} and no more", rate.words()));
        }
        if why.is_empty() {
            return None;
        }
        let why = why.join("; ");
        let proxy = self.proxy.as_ref().map(ViaProxy::words);
        let between: Vec<_> = proxy.into_iter().chain(self.passage.stations()).collect();
        let between = match listed(&between) {
            Some(between) => format!("In between: {between}."),
            None => "No proxy is used, and the answer names no region and no edge.".to_owned(),
        };
        Some(format!("That is slow: {why}. {between}"))
    }
}

impl Rate {
    fn words(self) -> String {
        let about = if self.about { "about " } else { "" };
        if self.per_second < 10.0 {
            // Without a zero that says nothing.
            let number = format!("{:.1}", self.per_second);
            let number = number.trim_end_matches(".0");
            let unit = if number == "1" { "token" } else { "tokens" };
            return format!("{about}{number} {unit} a second");
        }
        format!("{about}{:.0} tokens a second", self.per_second)
    }
}

impl ViaProxy {
    fn words(&self) -> String {
        let by = match self.set {
            true => "set in Settings",
            false => "set by the environment",
        };
        format!("the proxy {} ({by})", self.name)
    }
}

/// A time that a person waits for.
fn time(time: Duration) -> String {
    match time.as_millis() {
        ms @ 0..=99 => format!("{} ms", ms.max(1)),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

fn listed(all: &[String]) -> Option<String> {
    let (last, others) = all.split_last()?;
    Some(match others.is_empty() {
        true => last.clone(),
        false => format!("{} and {last}", others.join(", ")),
    })
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

#[cfg(test)]
mod tests;
