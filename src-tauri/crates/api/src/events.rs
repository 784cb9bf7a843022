//! What happened, in order, for whoever polls.
//!
//! Events are numbered from 1 and kept in a bounded ring. A poll names the last number it has seen
//! and waits for a later one. Text that arrives in small pieces is joined while nobody has taken it,
//! and a poll waits a few milliseconds for more, so that a model's stream crosses as some sixty
//! batches a second and not as one message per word. A poll that fell too far behind is told to ask
//! for a snapshot; it is never given a sequence with a hole in it.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::Notify;

use crate::types::Event;
use crate::types::EventBatch;
use crate::types::ItemKind;
use crate::types::SequencedEvent;

/// How long a poll waits when nothing happens.
const PATIENCE: Duration = Duration::from_secs(25);

/// How long a poll gathers after the first event.
const GATHER: Duration = Duration::from_millis(12);

/// Events kept for a window that polls late.
const KEPT: usize = 4096;

/// Bytes of text kept for a window that polls late.
const KEPT_TEXT: usize = 4 << 20;

/// The events of one desk.
#[derive(Debug, Default)]
pub(crate) struct Events {
    ring: Mutex<Ring>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Ring {
    /// Number of the newest event.
    newest: u64,
    /// Highest number that any poll was given.
    taken: u64,
    kept: VecDeque<SequencedEvent>,
    text: usize,
    closed: bool,
}

impl Events {
    /// Adds an event.
    pub(crate) fn push(&self, event: Event) {
        let mut ring = self.lock();
        if !ring.join(&event) {
            ring.text += text_of(&event);
            ring.newest += 1;
            let seq = ring.newest;
            ring.kept.push_back(SequencedEvent { seq, event });
        }
        while ring.kept.len() > KEPT || ring.text > KEPT_TEXT {
            let Some(oldest) = ring.kept.pop_front() else {
                break;
            };
            ring.text -= text_of(&oldest.event);
        }
        drop(ring);
        self.wake.notify_waiters();
    }

    /// Ends all polls; from now on they answer at once.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_waiters();
    }

    /// Waits for events after `cursor`; an empty batch when nothing happened for a while.
    pub(crate) async fn after(&self, cursor: u64) -> EventBatch {
        let waited = tokio::time::timeout(PATIENCE, self.something_after(cursor)).await;
        if waited.is_ok() && !self.lock().closed {
            tokio::time::sleep(GATHER).await;
        }
        self.lock().batch(cursor)
    }

    async fn something_after(&self, cursor: u64) {
        loop {
            let woken = self.wake.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            {
                let ring = self.lock();
                if ring.newest != cursor || ring.closed {
                    return;
                }
            }
            woken.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    /// Joins streamed text to the newest event when that is the same item's and nobody has it yet.
    fn join(&mut self, event: &Event) -> bool {
        let taken = self.taken;
        let Some(last) = self.kept.back_mut().filter(|last| last.seq > taken) else {
            return false;
        };
        let (
            Event::ItemDelta {
                task: task_before,
                item: item_before,
                text: text_before,
            },
            Event::ItemDelta { task, item, text },
        ) = (&mut last.event, event)
        else {
            return false;
        };
        if task_before != task || item_before != item {
            return false;
        }
        text_before.push_str(text);
        self.text += text.len();
        true
    }

    fn batch(&mut self, cursor: u64) -> EventBatch {
        let oldest = self.newest + 1 - self.kept.len() as u64;
        self.taken = self.newest;
        if cursor > self.newest || cursor + 1 < oldest {
            return EventBatch {
                cursor: self.newest,
                resync: true,
                events: Vec::new(),
            };
        }
        let events = self
            .kept
            .iter()
            .filter(|event| event.seq > cursor)
            .cloned()
            .collect();
        EventBatch {
            cursor: self.newest,
            resync: false,
            events,
        }
    }
}

fn text_of(event: &Event) -> usize {
    match event {
        Event::ItemDelta { text, .. } => text.len(),
        Event::ItemStarted { item, .. } | Event::ItemCompleted { item, .. } => match &item.kind {
            ItemKind::Command { output, .. } | ItemKind::Check { output, .. } => output.len(),
            ItemKind::Message { text, .. }
            | ItemKind::Answer { text }
            | ItemKind::Reasoning { text } => text.len(),
            _ => 0,
        },
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(item: &str, text: &str) -> Event {
        Event::ItemDelta {
            task: "t".into(),
            item: item.into(),
            text: text.into(),
        }
    }

    fn texts(batch: &EventBatch) -> Vec<(u64, String)> {
        batch
            .events
            .iter()
            .map(|event| match &event.event {
                Event::ItemDelta { item, text, .. } => (event.seq, format!("{item}:{text}")),
                other => (event.seq, format!("{other:?}")),
            })
            .collect()
    }

    #[tokio::test]
    async fn text_is_joined_until_somebody_has_it() {
        let events = Events::default();
        events.push(delta("a", "Hel"));
        events.push(delta("a", "lo"));
        events.push(delta("b", "x"));
        let batch = events.after(0).await;
        assert_eq!(texts(&batch), [(1, "a:Hello".into()), (2, "b:x".into())]);
        events.push(delta("b", "y"));
        let next = events.after(batch.cursor).await;
        assert_eq!(
            texts(&next),
            [(3, "b:y".into())],
            "what was taken is not changed any more"
        );
    }

    #[tokio::test]
    async fn a_poll_waits_for_the_next_event() {
        let events = std::sync::Arc::new(Events::default());
        let waiting = tokio::spawn({
            let events = events.clone();
            async move { events.after(0).await }
        });
        events.push(delta("a", "now"));
        assert_eq!(texts(&waiting.await.unwrap()), [(1, "a:now".into())]);
    }

    #[tokio::test]
    async fn whoever_falls_behind_is_told_and_never_given_a_hole() {
        let events = Events::default();
        for number in 0..=KEPT {
            events.push(delta(&number.to_string(), "x"));
        }
        let batch = events.after(0).await;
        assert!(batch.resync && batch.events.is_empty());
        events.push(delta("again", "x"));
        let next = events.after(batch.cursor).await;
        assert!(
            !next.resync,
            "after a snapshot it goes on from the new cursor"
        );
        assert_eq!(next.events.len(), 1);
        assert!(
            events.after(u64::MAX).await.resync,
            "a cursor of another run is not believed"
        );
    }

    #[tokio::test]
    async fn long_text_does_not_pile_up() {
        let events = Events::default();
        for number in 0..8 {
            events.push(delta(&number.to_string(), &"x".repeat(1 << 20)));
        }
        assert!(events.after(0).await.resync);
        assert!(events.lock().text <= KEPT_TEXT);
    }

    #[tokio::test]
    async fn closing_ends_a_poll() {
        let events = std::sync::Arc::new(Events::default());
        let waiting = tokio::spawn({
            let events = events.clone();
            async move { events.after(0).await }
        });
        events.close();
        assert!(waiting.await.unwrap().events.is_empty());
    }
}
