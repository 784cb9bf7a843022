//! What a paused turn waits for, and how it goes on: a budget, or a time that the provider named.
//!
//! A provider that asks for a longer wait than is kept unasked pauses the task, and the person
//! chooses: try now, wait until then, or leave it. A wait that was chosen is a part of the turn: it is
//! counted down, Stop ends it, and so does a try at once. It is counted by the clock of the day, so
//! that a computer that slept is not late. Of the tasks at work it takes no place.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::begin::GoesOn;
use super::now;
use super::state::TaskState;
use super::task::Inner;
use super::task::Task;
use super::task::TaskError;
use crate::agent::item::ItemKind;

/// The code of the error that a used up budget ends a turn with.
const OVER_BUDGET: &str = "over_budget";

/// How often it is looked whether the clock was set, or the computer slept.
const LOOK: Duration = Duration::from_secs(5);

/// What the last turn of a task waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeldUp {
    /// A budget.
    Budget,
    /// This time, in milliseconds since the epoch.
    Until(u64),
}

/// A wait that goes on, for a window that opens meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// Why, in words.
    pub text: String,
    /// When it ends by itself, in milliseconds since the epoch; none where it does not.
    pub until: Option<u64>,
}

impl Waits {
    /// Milliseconds until it ends by itself; 0 where it does not.
    pub fn left(&self) -> u64 {
        self.until.map_or(0, |until| until.saturating_sub(now()))
    }
}

impl Task {
    /// What the last turn waits for, where it does.
    pub(super) fn held_up_by(inner: &Inner) -> Option<HeldUp> {
        if inner.state != TaskState::Paused {
            return None;
        }
        let (item, kind) = inner.items.iter().rev().find_map(|item| match &item.kind {
            ItemKind::CheckRun(_) | ItemKind::UntilGreen(_) | ItemKind::Compaction { .. } => None,
            // What came of a compaction that was asked for is beside the turn.
            _ if item.id.contains("-compact-") => None,
            kind => Some((item, kind)),
        })?;
        let ItemKind::Error { code, wait_ms, .. } = kind else {
            return None;
        };
        if item.turn != inner.turn {
            return None;
        }
        if code == OVER_BUDGET {
            return Some(HeldUp::Budget);
        }
        let since = item.completed_at.unwrap_or(item.started_at);
        wait_ms.map(|wait| HeldUp::Until(since.saturating_add(wait)))
    }

    pub(super) fn held_up(&self) -> Option<HeldUp> {
        Self::held_up_by(&self.lock())
    }

    /// Lets a task that waits for a budget go on with its turn over that budget, this turn long.
    ///
    /// # Errors
    ///
    /// [`TaskError`] when the task waits for no budget, or cannot go on now.
    pub fn go_on_once(self: &Arc<Self>) -> Result<(), TaskError> {
        if self.held_up() != Some(HeldUp::Budget) {
            return Err(TaskError::NoBudgetWaits);
        }
        self.go_on(GoesOn {
            once: true,
            ..GoesOn::default()
        })
    }

    /// Lets a turn that the provider asked to wait go on when the time is there that it named.
    ///
    /// # Errors
    ///
    /// [`TaskError`] when the task waits for no such time, or cannot go on now.
    pub fn wait(self: &Arc<Self>) -> Result<(), TaskError> {
        let Some(HeldUp::Until(due)) = self.held_up() else {
            return Err(TaskError::NothingToWaitFor);
        };
        self.go_on(GoesOn {
            after: Some(due),
            ..GoesOn::default()
        })
    }

    /// Waits until this time, in milliseconds since the epoch, or until the person wants it tried;
    /// `false` when stopped before.
    pub(super) async fn wait_until(
        &self,
        due: u64,
        stopped: &CancellationToken,
        hurry: &CancellationToken,
    ) -> bool {
        self.waiting_for(
            "The provider asked to wait. It goes on by itself then.",
            due.saturating_sub(now()).max(1),
        );
        let waited = loop {
            let left = Duration::from_millis(due.saturating_sub(now()));
            if left.is_zero() {
                break true;
            }
            tokio::select! {
                biased;
                () = stopped.cancelled() => break false,
                () = hurry.cancelled() => break true,
                () = tokio::time::sleep(left.min(LOOK)) => {}
            }
        };
        self.waiting("");
        waited
    }
}
