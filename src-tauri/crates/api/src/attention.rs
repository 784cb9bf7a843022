//! What the person should hear of when they are not looking: a task needs them, is done or failed.
//!
//! Only that it happened and in which folder. What was said in a task does not leave the window: a
//! notification lies open on a locked screen.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use engine::tasks::state::TaskState;
use engine::tasks::state::TurnState;
use engine::tasks::task::Facts;
use tokio::sync::broadcast;

/// How many are kept for a listener that is slow.
const KEPT: usize = 32;

/// Why a task wants attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It waits for an answer or an approval.
    NeedsYou,
    /// There are changes to review.
    Ready,
    /// It only gave an answer.
    Answered,
    /// Its turn ended by an error or is held up by one.
    Failed,
}

impl Why {
    /// What is said.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NeedsYou => "A task waits for your answer.",
            Self::Ready => "A task is done. Its changes are ready to review.",
            Self::Answered => "A task has answered.",
            Self::Failed => "A task could not go on. Nothing in your folder was changed by that.",
        }
    }
}

/// A task that wants attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attention {
    /// Names the task in requests.
    pub task: String,
    /// Why.
    pub why: Why,
}

/// Notices when a task begins to want attention.
#[derive(Debug)]
pub(crate) struct Watcher {
    /// Where each task stood when it was last heard of.
    stood: Mutex<HashMap<String, TaskState>>,
    tell: broadcast::Sender<Attention>,
}

impl Default for Watcher {
    fn default() -> Self {
        Self {
            stood: Mutex::default(),
            tell: broadcast::channel(KEPT).0,
        }
    }
}

impl Watcher {
    /// Takes in where a task stands now.
    pub(crate) fn see(&self, facts: &Facts) {
        let mut stood = self.stood.lock().unwrap_or_else(PoisonError::into_inner);
        let before = stood.insert(facts.id.clone(), facts.state);
        drop(stood);
        if let Some(why) = why(before, facts.state, facts.turn_state) {
            // Nobody listens without a window.
            let _ = self.tell.send(Attention {
                task: facts.id.clone(),
                why,
            });
        }
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Attention> {
        self.tell.subscribe()
    }
}

fn why(before: Option<TaskState>, now: TaskState, turn: TurnState) -> Option<Why> {
    use TaskState as S;
    let was_at_work = matches!(before, Some(S::Working | S::NeedsYou));
    match now {
        S::NeedsYou if before != Some(S::NeedsYou) => Some(Why::NeedsYou),
        S::ReadyToReview if was_at_work => Some(Why::Ready),
        S::Answered if was_at_work => Some(Why::Answered),
        S::Paused if was_at_work => Some(Why::Failed),
        S::Stopped if was_at_work && turn == TurnState::Failed => Some(Why::Failed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attention_is_for_what_ends_by_itself_and_for_questions() {
        use TaskState as S;
        use TurnState as T;
        let from_work = |now, turn| why(Some(S::Working), now, turn);
        assert_eq!(from_work(S::ReadyToReview, T::Done), Some(Why::Ready));
        assert_eq!(from_work(S::Answered, T::Done), Some(Why::Answered));
        assert_eq!(from_work(S::Stopped, T::Failed), Some(Why::Failed));
        assert_eq!(from_work(S::Paused, T::Failed), Some(Why::Failed));
        assert_eq!(from_work(S::NeedsYou, T::Running), Some(Why::NeedsYou));
        // What the person did themselves, or knows.
        assert_eq!(from_work(S::Stopped, T::Stopped), None);
        assert_eq!(from_work(S::Stopped, T::Interrupted), None);
        assert_eq!(why(None, S::ReadyToReview, T::Done), None);
        assert_eq!(why(Some(S::Applied), S::ReadyToReview, T::Done), None);
        assert_eq!(why(Some(S::NeedsYou), S::NeedsYou, T::Running), None);
    }
}
