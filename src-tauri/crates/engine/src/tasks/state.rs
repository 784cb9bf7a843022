//! Where a task stands, and what may happen to it there.
//!
//! | state | started | asked | replied | done | only answered | stopped | failed | held up | interrupted | applied in part | applied | undone | edited | begun by an edit | queued |
//! | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
//! | queued | working | | | | | stopped | | | stopped | | | | queued | ready to review | queued |
//! | working | | needs you | | ready to review | answered | stopped | stopped | paused | stopped | | | | working | | |
//! | needs you | | | working | | | stopped | stopped | paused | stopped | | | | needs you | | |
//! | paused | working | | | | | stopped | | | stopped | partly applied | applied | ready to review | paused | | queued |
//! | answered | working | | | | | | | | | partly applied | applied | ready to review | ready to review | | queued |
//! | ready to review | working | | | | | | | | | partly applied | applied | ready to review | ready to review | | queued |
//! | partly applied | working | | | | | | | | | partly applied | applied | ready to review | partly applied | | queued |
//! | applied | working | | | | | | | | | partly applied | applied | ready to review | partly applied | | queued |
//! | stopped | working | | | | | | | | | partly applied | applied | ready to review | stopped | | queued |
//!
//! A task that is put away is shown as archived; where it stands below that is kept, and it stands
//! there again when it is taken out.
//!
//! `TABLE` below is the same table as data; everything that is not in it is refused. A state is
//! kept in the index as its word, so that a reader of the file understands it.

use std::fmt;

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// Waits for another task.
    Queued,
    /// The agent is at work.
    Working,
    /// An approval or a question waits for the person.
    NeedsYou,
    /// A limit or the network holds it up.
    Paused,
    /// The agent is done and changed nothing: there is only an answer.
    Answered,
    /// The agent is done.
    ReadyToReview,
    /// Some changes are in the project.
    PartlyApplied,
    /// All approved changes are in the project.
    Applied,
    /// Ended by the person, a failure or a crash.
    Stopped,
    /// Put away. In no line of the table; see the module.
    Archived,
}

/// How a turn stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TurnState {
    /// Under way.
    Running,
    /// The agent had its last word.
    Done,
    /// Stopped by the person.
    Stopped,
    /// Ended by an error.
    Failed,
    /// The app ended in the middle of it.
    Interrupted,
}

/// What may happen to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happened {
    /// A turn began.
    Started,
    /// The agent asked the person something and waits.
    Asked,
    /// Nothing waits for the person any more.
    Replied,
    /// The turn ended by itself, and there are changes.
    Done,
    /// The turn ended by itself, and there is nothing but an answer.
    OnlyAnswered,
    /// The person pressed Stop.
    Stopped,
    /// The turn ended by an error.
    Failed,
    /// The turn ended by a limit or the network; time will mend it.
    HeldUp,
    /// The app ended in the middle of the turn.
    Interrupted,
    /// Some changes were applied, some are left.
    AppliedPart,
    /// Nothing is left to apply.
    AppliedAll,
    /// An apply was undone.
    Undone,
    /// The draft got changes that are not the agent's.
    Edited,
    /// The draft was made for an edit of the person, before any turn.
    BegunByEdit,
    /// A turn is to begin when another task is done.
    Queued,
}

/// A thing that cannot happen in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a task that is {state} cannot be {happened:?}")]
pub struct Impossible {
    /// The state the task is in.
    pub state: TaskState,
    /// What was said to have happened.
    pub happened: Happened,
}

use Happened as H;
use TaskState as S;

/// State, what happened, next state.
const TABLE: &[(TaskState, Happened, TaskState)] = &[
    (S::Queued, H::Started, S::Working),
    (S::Queued, H::Stopped, S::Stopped),
    (S::Queued, H::Interrupted, S::Stopped),
    (S::Working, H::Asked, S::NeedsYou),
    (S::Working, H::Done, S::ReadyToReview),
    (S::Working, H::Stopped, S::Stopped),
    (S::Working, H::Failed, S::Stopped),
    (S::Working, H::HeldUp, S::Paused),
    (S::Working, H::Interrupted, S::Stopped),
    (S::NeedsYou, H::Replied, S::Working),
    (S::NeedsYou, H::Stopped, S::Stopped),
    (S::NeedsYou, H::Failed, S::Stopped),
    (S::NeedsYou, H::HeldUp, S::Paused),
    (S::NeedsYou, H::Interrupted, S::Stopped),
    (S::Paused, H::Started, S::Working),
    (S::Paused, H::Stopped, S::Stopped),
    (S::Paused, H::Interrupted, S::Stopped),
    (S::Paused, H::AppliedPart, S::PartlyApplied),
    (S::Paused, H::AppliedAll, S::Applied),
    (S::Paused, H::Undone, S::ReadyToReview),
    (S::Queued, H::Queued, S::Queued),
    (S::Working, H::OnlyAnswered, S::Answered),
    (S::Paused, H::Queued, S::Queued),
    (S::Answered, H::Started, S::Working),
    (S::Answered, H::AppliedPart, S::PartlyApplied),
    (S::Answered, H::AppliedAll, S::Applied),
    (S::Answered, H::Undone, S::ReadyToReview),
    (S::Answered, H::Edited, S::ReadyToReview),
    (S::Answered, H::Queued, S::Queued),
    (S::ReadyToReview, H::Queued, S::Queued),
    (S::PartlyApplied, H::Queued, S::Queued),
    (S::Applied, H::Queued, S::Queued),
    (S::Stopped, H::Queued, S::Queued),
    (S::ReadyToReview, H::Started, S::Working),
    (S::ReadyToReview, H::AppliedPart, S::PartlyApplied),
    (S::ReadyToReview, H::AppliedAll, S::Applied),
    (S::ReadyToReview, H::Undone, S::ReadyToReview),
    (S::PartlyApplied, H::Started, S::Working),
    (S::PartlyApplied, H::AppliedPart, S::PartlyApplied),
    (S::PartlyApplied, H::AppliedAll, S::Applied),
    (S::PartlyApplied, H::Undone, S::ReadyToReview),
    (S::Applied, H::Started, S::Working),
    (S::Applied, H::AppliedPart, S::PartlyApplied),
    (S::Applied, H::AppliedAll, S::Applied),
    (S::Applied, H::Undone, S::ReadyToReview),
    (S::Stopped, H::Started, S::Working),
    (S::Stopped, H::AppliedPart, S::PartlyApplied),
    (S::Stopped, H::AppliedAll, S::Applied),
    (S::Stopped, H::Undone, S::ReadyToReview),
    (S::Queued, H::Edited, S::Queued),
    (S::Queued, H::BegunByEdit, S::ReadyToReview),
    (S::Working, H::Edited, S::Working),
    (S::NeedsYou, H::Edited, S::NeedsYou),
    (S::Paused, H::Edited, S::Paused),
    (S::ReadyToReview, H::Edited, S::ReadyToReview),
    (S::PartlyApplied, H::Edited, S::PartlyApplied),
    (S::Applied, H::Edited, S::PartlyApplied),
    (S::Stopped, H::Edited, S::Stopped),
];

impl TaskState {
    /// The state after something happened.
    ///
    /// # Errors
    ///
    /// [`Impossible`] when the table has no such line.
    pub fn after(self, happened: Happened) -> Result<Self, Impossible> {
        TABLE
            .iter()
            .find(|(from, what, _)| *from == self && *what == happened)
            .map(|(_, _, to)| *to)
            .ok_or(Impossible {
                state: self,
                happened,
            })
    }

    /// The word the index keeps.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Working => "working",
            Self::NeedsYou => "needs you",
            Self::Paused => "paused",
            Self::Answered => "answered",
            Self::ReadyToReview => "ready to review",
            Self::PartlyApplied => "partly applied",
            Self::Applied => "applied",
            Self::Stopped => "stopped",
            Self::Archived => "archived",
        }
    }

    /// The state of a word; an unknown word is a stopped task, which can always go on.
    pub fn from_word(word: &str) -> Self {
        [
            Self::Queued,
            Self::Working,
            Self::NeedsYou,
            Self::Paused,
            Self::Answered,
            Self::ReadyToReview,
            Self::PartlyApplied,
            Self::Applied,
            Self::Archived,
        ]
        .into_iter()
        .find(|state| state.word() == word)
        .unwrap_or(Self::Stopped)
    }
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl TurnState {
    /// The word the index and the log keep.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    /// The state of a word; an unknown word is an interrupted turn, which can be continued.
    pub fn from_word(word: &str) -> Self {
        [Self::Running, Self::Done, Self::Stopped, Self::Failed]
            .into_iter()
            .find(|state| state.word() == word)
            .unwrap_or(Self::Interrupted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [TaskState; 10] = [
        S::Queued,
        S::Working,
        S::NeedsYou,
        S::Paused,
        S::Answered,
        S::ReadyToReview,
        S::PartlyApplied,
        S::Applied,
        S::Stopped,
        S::Archived,
    ];

    #[test]
    fn the_table_names_each_step_once() {
        for (index, (from, what, _)) in TABLE.iter().enumerate() {
            let again = TABLE[index + 1..]
                .iter()
                .any(|(f, w, _)| f == from && w == what);
            assert!(!again, "{from} / {what:?} stands twice");
        }
    }

    #[test]
    fn a_turn_can_begin_wherever_no_turn_is_under_way() {
        for state in STATES {
            let can = !matches!(state, S::Working | S::NeedsYou | S::Archived);
            assert_eq!(state.after(H::Started).is_ok(), can, "{state}");
            assert_eq!(state.after(H::Queued).is_ok(), can, "{state}");
        }
    }

    #[test]
    fn nothing_is_applied_while_the_agent_works() {
        for state in [S::Working, S::NeedsYou] {
            for happened in [H::AppliedPart, H::AppliedAll, H::Undone] {
                assert_eq!(
                    state.after(happened),
                    Err(Impossible { state, happened }),
                    "the draft moves while the agent works"
                );
            }
        }
    }

    #[test]
    fn a_question_is_asked_and_answered_within_a_turn_only() {
        for state in STATES {
            let asks = state.after(H::Asked).is_ok();
            assert_eq!(asks, state == S::Working, "{state}");
            let replied = state.after(H::Replied).is_ok();
            assert_eq!(replied, state == S::NeedsYou, "{state}");
        }
        assert!(
            S::NeedsYou.after(H::Done).is_err(),
            "nothing is done while it waits"
        );
    }

    #[test]
    fn the_printed_table_is_the_table() {
        let columns = [
            H::Started,
            H::Asked,
            H::Replied,
            H::Done,
            H::OnlyAnswered,
            H::Stopped,
            H::Failed,
            H::HeldUp,
            H::Interrupted,
            H::AppliedPart,
            H::AppliedAll,
            H::Undone,
            H::Edited,
            H::BegunByEdit,
            H::Queued,
        ];
        let source = include_str!("state.rs");
        let mut rows = 0;
        for line in source
            .lines()
            .filter_map(|line| line.strip_prefix("//! | "))
        {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let Some(state) = STATES.into_iter().find(|state| state.word() == cells[0]) else {
                continue;
            };
            rows += 1;
            for (column, happened) in columns.into_iter().enumerate() {
                let printed = cells[column + 1];
                let real = state
                    .after(happened)
                    .map(TaskState::word)
                    .unwrap_or_default();
                assert_eq!(printed, real, "{state} / {happened:?}");
            }
        }
        assert_eq!(rows, 9, "each state with a way out has its row");
    }

    #[test]
    fn words_come_back() {
        for state in STATES {
            assert_eq!(TaskState::from_word(state.word()), state);
        }
        assert_eq!(TaskState::from_word("from the future"), S::Stopped);
        assert_eq!(
            TurnState::from_word("from the future"),
            TurnState::Interrupted
        );
    }
}
