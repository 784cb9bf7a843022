//! What the window hears without asking.

use serde::Serialize;

use super::Approval;
use super::Item;
use super::Project;
use super::Task;

/// One answer of the long poll. It crosses as raw bytes: the JSON text of this.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct EventBatch {
    /// Pass this with the next poll.
    pub cursor: u64,
    /// Set when events were lost: ask for a snapshot, never guess.
    pub resync: bool,
    /// The events after the last cursor, in order; possibly none.
    pub events: Vec<SequencedEvent>,
}

/// An event and its place in the sequence.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SequencedEvent {
    /// Rises by one from event to event.
    pub seq: u64,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Event {
    /// A project was opened (by picker, drop or argument) or its notices changed.
    ProjectChanged {
        /// The project as it is now.
        project: Project,
    },
    /// The project was closed.
    ProjectClosed {},
    /// A task is new or differs.
    TaskChanged {
        /// The task as it is now.
        task: Task,
    },
    /// A task was removed. When it is brought back it is told as changed.
    TaskRemoved {
        /// The task.
        task: String,
    },
    /// The person chose a task outside of the window: show it.
    ShowTask {
        /// The task.
        task: String,
    },
    /// An item began or was replaced.
    ItemStarted {
        /// The task.
        task: String,
        /// The item as it is now.
        item: Item,
    },
    /// Text was added to an item: to an answer's or reasoning's `text`, or a command's `output`.
    ItemDelta {
        /// The task.
        task: String,
        /// The item.
        item: String,
        /// Only the new text.
        text: String,
    },
    /// An item is complete; replaces what was there.
    ItemCompleted {
        /// The task.
        task: String,
        /// The item as it is now.
        item: Item,
    },
    /// An item that was begun is taken back; it will be said again from the start.
    ItemWithdrawn {
        /// The task.
        task: String,
        /// The item.
        item: String,
    },
    /// The change set or its marks differ: ask again.
    ChangesChanged {
        /// The task.
        task: String,
    },
    /// Other questions wait for the person than before.
    ApprovalsChanged {
        /// The task.
        task: String,
        /// All that wait now, the oldest first.
        approvals: Vec<Approval>,
    },
    /// Files of the project were written, made or removed by someone else.
    FilesChanged {
        /// The folders to list again, null for the project itself; null when any may differ.
        folders: Option<Vec<Option<String>>>,
        /// The files that may differ; null when any may.
        files: Option<Vec<String>>,
    },
    /// The wait before the next try of a request, in words; empty when it is over.
    Waiting {
        /// The task.
        task: String,
        /// "Reconnecting, try 2 of 5."
        text: String,
        /// Milliseconds until the next try; 0 where no try is due by itself.
        ms: u64,
    },
    /// Files were dropped and their bytes taken. The message that is on screen accepts them.
    FilesOffered {
        /// Passed to `attachment/accept`.
        offer: String,
    },
    /// A message that the agent did not hear any more is unsent text again, and what was attached
    /// to it is attached again.
    MessageGivenBack {
        /// The task.
        task: String,
        /// The text.
        text: String,
    },
    /// The provider, a key, a model or the environment of commands differs: ask again.
    SettingsChanged {},
    /// Something is held over the window, or no longer.
    Dragging {
        /// Whether it is held over the window now.
        over: bool,
    },
    /// Something the person should read once.
    Notice {
        /// One sentence.
        message: String,
        /// The next step; may be empty.
        hint: String,
    },
}
