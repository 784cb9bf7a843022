//! What the engine tells its caller without being asked.

use std::sync::Arc;

use crate::agent::item::Item;
use crate::approvals::Waiting;
use crate::tasks::task::Facts;

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The open project or what is to be said about it differs.
    ProjectChanged,
    /// A task is new or differs, or was removed.
    TaskChanged(Facts),
    /// An item began.
    ItemStarted {
        /// The task.
        task: String,
        /// As it is now.
        item: Item,
    },
    /// Text was added to an answer, to reasoning or to a command's output.
    ItemDelta {
        /// The task.
        task: String,
        /// The item.
        item: String,
        /// Only the new text.
        text: String,
    },
    /// An item is complete.
    ItemCompleted {
        /// The task.
        task: String,
        /// As it is now.
        item: Item,
    },
    /// An item that was begun is taken back; it will be said again from the start.
    ItemWithdrawn {
        /// The task.
        task: String,
        /// The item.
        item: String,
    },
    /// The change set or the marks of a task differ.
    ChangesChanged {
        /// The task.
        task: String,
    },
    /// Other questions wait for the person than before.
    QuestionsChanged {
        /// The task.
        task: String,
        /// All that wait now, the oldest first.
        waiting: Vec<Waiting>,
    },
    /// Files of the project were written, made or removed by someone else.
    FilesChanged {
        /// The folders whose names may differ, by name, no name for the project itself; nothing
        /// when any may.
        folders: Option<Vec<Option<String>>>,
        /// The files that may differ; nothing when any may.
        files: Option<Vec<String>>,
    },
    /// What a task waits for, in words; empty when it goes on.
    Waiting {
        /// The task.
        task: String,
        /// One sentence.
        text: String,
        /// Milliseconds until the next try; 0 where no try is due by itself.
        ms: u64,
    },
    /// A message that the agent did not hear any more is unsent text again.
    MessageGivenBack {
        /// The task.
        task: String,
        /// The text.
        text: String,
    },
    /// Something the person should read once.
    Notice {
        /// One sentence.
        message: String,
        /// The next step; may be empty.
        hint: String,
    },
}

/// Takes events, from any thread, without waiting.
pub type Sink = Arc<dyn Fn(Event) + Send + Sync>;
