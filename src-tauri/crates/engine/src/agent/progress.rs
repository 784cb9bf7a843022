//! What a tool shows while it works, on its way to the person.
//!
//! The newest state is kept here as well, so that a tool that is dropped in the middle still leaves
//! an item with an end.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use tokio::sync::mpsc::UnboundedSender;

use super::driver::Update;
use super::driver::now;
use super::item::CommandOutcome;
use super::item::Item;
use super::item::ItemKind;
use crate::redact::Flow;
use crate::redact::Keys;
use crate::tools::Progress;

const KEPT_OUTPUT: usize = 64 << 10;

/// The item of one call.
#[derive(Debug)]
pub(super) struct ToolProgress {
    id: String,
    turn: u32,
    started_at: u64,
    updates: UnboundedSender<Update>,
    newest: Mutex<Option<ItemKind>>,
    flow: Mutex<Flow>,
}

impl ToolProgress {
    pub(super) fn new(
        id: String,
        turn: u32,
        updates: UnboundedSender<Update>,
        keys: &Keys,
    ) -> Self {
        Self {
            id,
            turn,
            started_at: now(),
            updates,
            newest: Mutex::new(None),
            flow: Mutex::new(keys.flow()),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The tool has answered.
    pub(super) fn completed(&self, kind: ItemKind) {
        if self.take_newest().is_none() {
            self.tell(Update::ItemStarted(self.item(kind.clone(), None)));
        }
        self.tell(Update::ItemCompleted(self.item(kind, Some(now()))));
    }

    /// The tool has been dropped.
    pub(super) fn abandoned(&self) {
        let rest = self.flow().end();
        self.append(&rest);
        let Some(mut kind) = self.take_newest() else {
            return;
        };
        if let ItemKind::Command {
            outcome,
            duration_ms,
            ..
        } = &mut kind
        {
            *outcome = CommandOutcome::Stopped;
            *duration_ms = now().saturating_sub(self.started_at);
        }
        self.tell(Update::ItemCompleted(self.item(kind, Some(now()))));
    }

    fn append(&self, chunk: &str) {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ItemKind::Command { output, .. }) = newest.as_mut() {
            let room = KEPT_OUTPUT.saturating_sub(output.len()).min(chunk.len());
            output.push_str(&chunk[..chunk.floor_char_boundary(room)]);
        }
    }

    fn flow(&self) -> MutexGuard<'_, Flow> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_newest(&self) -> Option<ItemKind> {
        self.newest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn item(&self, kind: ItemKind, completed_at: Option<u64>) -> Item {
        let (id, turn, started_at) = (self.id.clone(), self.turn, self.started_at);
        Item {
            id,
            turn,
            started_at,
            completed_at,
            kind,
        }
    }

    fn tell(&self, update: Update) {
        let _ = self.updates.send(update);
    }
}

impl Progress for ToolProgress {
    fn started(&self, kind: ItemKind) {
        self.tell(Update::ItemStarted(self.item(kind.clone(), None)));
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(kind);
    }

    fn output(&self, chunk: &str) {
        // What may be the beginning of a secret waits for the rest of it.
        let chunk = self.flow().push(chunk);
        if chunk.is_empty() {
            return;
        }
        self.append(&chunk);
        self.tell(Update::OutputDelta {
            item: self.id.clone(),
            chunk,
        });
    }
}
