//! The end of a turn: what it left behind is taken in, put on the disk and told.

use super::state::Happened;
use super::state::TurnState;
use super::task::Task;
use super::task::end_item;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::event::Event;
use crate::store::log::Record;

/// How a turn ended.
pub(super) enum Ended {
    Done,
    Stopped,
    /// By a limit or the network, which time may mend.
    HeldUp,
    Failed,
}

impl Task {
    /// Takes into the ledger what a tool changed that was stopped in the middle.
    pub(super) async fn settle(&self) {
        let (Some(draft), turn) = (self.draft(), self.lock().turn) else {
            return;
        };
        let recorded =
            tokio::task::spawn_blocking(move || draft.record(&format!("turn {turn}"))).await;
        if let Ok(Err(error)) = recorded {
            self.not_kept(&error);
        }
    }

    /// Puts the end of a turn on the disk and tells of it.
    pub(super) fn finish(&self, end: Ended, interrupted: bool) {
        self.take_back_questions();
        self.recount();
        let (happened, turn_state) = match end {
            Ended::Done if self.lock().files == 0 => (Happened::OnlyAnswered, TurnState::Done),
            Ended::Done => (Happened::Done, TurnState::Done),
            Ended::Stopped if interrupted => (Happened::Interrupted, TurnState::Interrupted),
            Ended::Stopped => (Happened::Stopped, TurnState::Stopped),
            Ended::HeldUp => (Happened::HeldUp, TurnState::Failed),
            Ended::Failed => (Happened::Failed, TurnState::Failed),
        };
        let open: Vec<Item> = {
            let mut inner = self.lock();
            let open = inner
                .items
                .iter_mut()
                .filter(|item| item.completed_at.is_none() && !outlives_a_turn(&item.kind));
            open.map(|item| {
                end_item(item);
                item.clone()
            })
            .collect()
        };
        for item in open {
            self.keep_item(&item);
            self.shared.tell(Event::ItemCompleted {
                task: self.id.clone(),
                item,
            });
        }
        let kept = {
            let mut inner = self.lock();
            let turn = inner.turn;
            let ended = Record::TurnEnded {
                turn,
                state: turn_state.word().to_owned(),
                at: super::now(),
            };
            inner
                .log
                .append_or_hold(&ended)
                .and_then(|()| inner.log.sync())
        };
        if let Err(error) = kept {
            self.not_kept(&error);
        }
        if let Some(Err(error)) = self.draft().map(|draft| draft.sync()) {
            self.not_kept(&error);
        }
        {
            if self.waits().is_some() {
                self.waiting("");
            }
            // At once, so that nobody finds a task that is working without a turn.
            let mut slot = self.running();
            *slot = None;
            if let Err(error) = self.happened(happened, turn_state) {
                self.not_kept(&error);
            }
        }
        self.shared.tell(Event::ChangesChanged {
            task: self.id.clone(),
        });
    }
}

/// Checks run beside turns, and until green runs over several.
pub(super) fn outlives_a_turn(kind: &ItemKind) -> bool {
    matches!(kind, ItemKind::CheckRun(_) | ItemKind::UntilGreen(_))
}
