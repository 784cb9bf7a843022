//! A bill: what answers have cost that no conversation pays for.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::task::Context;
use std::task::Poll;

use futures_util::Stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

use super::meter::Meter;
use super::meter::Spent;
use super::request::Request;
use super::stream::StreamEvent;
use super::stream::Usage;

/// What was spent and nobody has booked yet. Clones share it.
#[derive(Clone, Default)]
pub struct Bill(Arc<Mutex<Vec<Spent>>>);

impl Bill {
    /// What is on it; then nothing is.
    pub fn take(&self) -> Vec<Spent> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts something on it.
    pub(crate) fn put(&self, spent: Spent) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(spent);
    }

    /// The same answer, which is put on the bill when it has ended or is let go.
    pub(super) fn count(
        &self,
        provider: &str,
        request: &Request,
        events: BoxStream<'static, StreamEvent>,
    ) -> BoxStream<'static, StreamEvent> {
        let said = request.input.iter().chain(&request.tools);
        let bytes: usize = said.map(|item| item.to_string().len()).sum();
        let sent = (request.instructions.len() + bytes) as u64 / 4;
        let mut meter = Meter::default();
        meter.ask(sent);
        Counted {
            events,
            meter,
            sent,
            begun: false,
            bill: self.clone(),
            provider: provider.to_owned(),
            model: request.model.slug.clone(),
        }
        .boxed()
    }
}

impl fmt::Debug for Bill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bill")
    }
}

/// An answer that is counted.
struct Counted {
    events: BoxStream<'static, StreamEvent>,
    meter: Meter,
    sent: u64,
    /// Whether the model itself has begun.
    begun: bool,
    bill: Bill,
    provider: String,
    model: String,
}

impl Counted {
    fn put(&mut self, cost: Option<(Usage, bool)>) {
        let Some((usage, about)) = cost else { return };
        // It is on the bill once.
        self.begun = false;
        self.bill.put(Spent {
            model: self.model.clone(),
            provider: self.provider.clone(),
            usage,
            about,
        });
    }
}

impl Stream for Counted {
    type Item = StreamEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<StreamEvent>> {
        let next = self.events.poll_next_unpin(cx);
        if let Poll::Ready(Some(event)) = &next {
            self.begun |= !matches!(
                event,
                StreamEvent::Created
                    | StreamEvent::Skipped(_)
                    | StreamEvent::Failed(_)
                    | StreamEvent::Spent(_)
            );
            let cost = self.meter.hear(event);
            self.put(cost);
        }
        next
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let cost = self.meter.drop();
        // A model that has begun has read what was sent, whatever came of it.
        let read = Usage {
            input: self.sent,
            total: self.sent,
            ..Usage::default()
        };
        let cost = cost.or_else(|| self.begun.then_some((read, true)));
        self.put(cost);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;
    use crate::model::Failure;
    use crate::model::Model;

    fn request() -> Request {
        Request {
            model: Model::named("m"),
            effort: None,
            instructions: "w".repeat(40),
            input: Vec::new(),
            tools: Vec::new(),
            cache_key: String::new(),
        }
    }

    /// What is on the bill once so many events were heard and the rest was let go.
    async fn billed(events: Vec<StreamEvent>, heard: usize) -> Vec<(u64, u64, bool)> {
        let bill = Bill::default();
        let mut counted = bill.count("P", &request(), stream::iter(events).boxed());
        for _ in 0..heard {
            counted.next().await.unwrap();
        }
        drop(counted);
        let taken = bill.take();
        assert_eq!(bill.take(), []);
        let names = |spent: &Spent| (spent.model.clone(), spent.provider.clone());
        assert!(
            taken
                .iter()
                .all(|spent| names(spent) == ("m".into(), "P".into()))
        );
        let cost = taken
            .iter()
            .map(|spent| (spent.usage.input, spent.usage.output, spent.about));
        cost.collect()
    }

    fn words() -> StreamEvent {
        StreamEvent::TextDelta {
            index: 0,
            text: "12345678".to_owned(),
        }
    }

    #[tokio::test]
    async fn an_answer_is_on_it_once_however_it_ends() {
        let usage = Usage {
            input: 9,
            output: 4,
            total: 13,
            ..Usage::default()
        };
        let whole = vec![
            StreamEvent::Created,
            words(),
            StreamEvent::Completed { usage: Some(usage) },
        ];
        assert_eq!(billed(whole.clone(), 3).await, [(9, 4, false)]);
        // Let go in the middle, it is estimated.
        assert_eq!(billed(whole.clone(), 2).await, [(10, 2, true)]);
        assert_eq!(billed(whole, 1).await, []);
        let begun = StreamEvent::ItemAdded {
            index: 0,
            item: serde_json::Value::Null,
        };
        assert_eq!(billed(vec![begun], 1).await, [(10, 0, true)]);
        let refused = StreamEvent::Failed(Failure::Cut {
            host: "h".to_owned(),
        });
        assert_eq!(billed(vec![refused], 1).await, []);
    }
}
