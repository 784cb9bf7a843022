//! Counts what the answer under way costs, also when it never becomes complete.
//!
//! What a server reports holds. One that reports nothing is estimated, four bytes to a token, from
//! what was sent and what came; an answer of which no word came and nothing was reported counts
//! nothing.

use serde_json::Value;

use crate::model::stream::StreamEvent;
use crate::model::stream::Usage;

/// Bytes of text that make about one token.
const BYTES_PER_TOKEN: u64 = 4;

/// What an answer has cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// The model that was asked.
    pub model: String,
    /// The provider that was asked.
    pub provider: String,
    /// Its tokens.
    pub usage: Usage,
    /// Whether they are estimated.
    pub about: bool,
}

/// The meter of one request at a time.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Tokens that were sent, while a request is under way.
    sent: Option<u64>,
    reported: Option<Usage>,
    /// Bytes of text that came in pieces, of them those of reasoning.
    pieces: u64,
    thought: u64,
    /// Bytes of what came whole.
    whole: u64,
}

impl Meter {
    /// A request of about so many tokens goes out.
    pub(crate) fn ask(&mut self, tokens: u64) {
        *self = Self {
            sent: Some(tokens),
            ..Self::default()
        };
    }

    /// Hears a part of the answer. Gives what it cost when that was the last one.
    pub(crate) fn hear(&mut self, event: &StreamEvent) -> Option<(Usage, bool)> {
        match event {
            StreamEvent::TextDelta { text, .. } => self.pieces += length(text),
            StreamEvent::ReasoningDelta { text, .. } => {
                self.pieces += length(text);
                self.thought += length(text);
            }
            StreamEvent::ItemDone { item, .. } => self.whole += words_of(item),
            StreamEvent::Spent(usage) => self.reported = Some(*usage),
            StreamEvent::Completed { usage } => {
                self.reported = usage.or(self.reported);
                return self.end(true);
            }
            StreamEvent::Overlong { .. } => return self.end(true),
            StreamEvent::Failed(_) => return self.end(false),
            StreamEvent::Created
            | StreamEvent::ItemAdded { .. }
            | StreamEvent::CustomInputDelta { .. }
            | StreamEvent::Skipped(_) => {}
        }
        None
    }

    /// The request under way, if there is one, is dropped. Gives what it cost until then.
    pub(crate) fn drop(&mut self) -> Option<(Usage, bool)> {
        self.end(false)
    }

    fn end(&mut self, complete: bool) -> Option<(Usage, bool)> {
        let meter = std::mem::take(self);
        let input = meter.sent?;
        if let Some(usage) = meter.reported {
            return Some((usage, false));
        }
        let came = meter.pieces.max(meter.whole);
        if !complete && came == 0 {
            return None;
        }
        let output = came.div_ceil(BYTES_PER_TOKEN);
        let usage = Usage {
            input,
            cached: 0,
            output,
            reasoning: meter.thought.div_ceil(BYTES_PER_TOKEN).min(output),
            total: input.saturating_add(output),
        };
        Some((usage, true))
    }
}

// What the model wrote of an item; not what the server wraps around it.
fn words_of(item: &Value) -> u64 {
    let text = |value: &Value| value.as_str().map_or(0, length);
    let parts = |value: &Value| {
        let parts = value.as_array().into_iter().flatten();
        parts.map(|part| text(&part["text"])).sum::<u64>()
    };
    parts(&item["content"])
        + parts(&item["summary"])
        + text(&item["name"])
        + text(&item["arguments"])
        + text(&item["input"])
}

fn length(text: &str) -> u64 {
    text.len() as u64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Failure;

    const USAGE: Usage = Usage {
        input: 100,
        cached: 40,
        output: 20,
        reasoning: 5,
        total: 120,
    };

    fn text(text: &str) -> StreamEvent {
        StreamEvent::TextDelta {
            index: 0,
            text: text.to_owned(),
        }
    }

    fn cut() -> StreamEvent {
        StreamEvent::Failed(Failure::Cut {
            host: "h".to_owned(),
        })
    }

    #[test]
    fn what_is_reported_holds_however_the_answer_ends() {
        let mut meter = Meter::default();
        meter.ask(7);
        assert_eq!(meter.hear(&text("words")), None);
        let done = StreamEvent::Completed { usage: Some(USAGE) };
        assert_eq!(meter.hear(&done), Some((USAGE, false)));
        assert_eq!(meter.drop(), None, "once");
        for last in [cut(), StreamEvent::Completed { usage: None }] {
            meter.ask(7);
            meter.hear(&StreamEvent::Spent(USAGE));
            assert_eq!(meter.hear(&last), Some((USAGE, false)), "{last:?}");
        }
        meter.ask(7);
        meter.hear(&StreamEvent::Spent(USAGE));
        assert_eq!(meter.drop(), Some((USAGE, false)));
    }

    #[test]
    fn what_is_not_reported_is_about_a_quarter_of_the_bytes() {
        let mut meter = Meter::default();
        meter.ask(50);
        meter.hear(&text("twelve bytes"));
        meter.hear(&StreamEvent::ItemDone {
            index: 0,
            item: json!({"type": "message", "content": [{"text": "twelve bytes"}]}),
        });
        let (usage, about) = meter.hear(&StreamEvent::Completed { usage: None }).unwrap();
        assert!(about);
        assert_eq!((usage.input, usage.output, usage.total), (50, 3, 53));
        meter.ask(50);
        meter.hear(&text("half of"));
        assert_eq!(meter.drop().map(|(usage, _)| usage.output), Some(2));
    }

    #[test]
    fn an_answer_that_never_began_costs_nothing() {
        let mut meter = Meter::default();
        meter.ask(50);
        meter.hear(&StreamEvent::Created);
        assert_eq!(meter.hear(&cut()), None);
        assert_eq!(meter.drop(), None);
    }
}
