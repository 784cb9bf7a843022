//! Reads a task back from its row and its log.
//!
//! What a person sees after a `kill -9` is what was on the disk; nothing is made up. A turn that was
//! running when the app died is interrupted, its items that never completed are shown as they were,
//! ended, and what its command had changed by then is taken into the change set. A message that the
//! agent had not heard yet is unsent text again.
//!
//! A draft that was whole and cannot be opened is never removed: the task says so and where it is.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;

use super::shared::Shared;
use super::state::TaskState;
use super::state::TurnState;
use super::task::Inner;
use super::task::Task;
use super::task::TaskError;
use super::task::end_item;
use super::task::permission_of;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::agent::message::Message;
use crate::attachments::Attachment;
use crate::event::Event;
use crate::project::draft::Draft;
use crate::store::index::TaskRow;
use crate::store::log::Log;
use crate::store::log::LogError;
use crate::store::log::Record;

impl Task {
    /// Reads a task back from its row and its log.
    pub(crate) fn reopen(shared: Arc<Shared>, row: TaskRow) -> Result<Self, TaskError> {
        let dir = shared.task_dir(&row.id);
        std::fs::create_dir_all(&dir).map_err(|source| LogError {
            path: dir.clone(),
            doing: "read",
            source,
        })?;
        let (records, _unread) = Log::read(&dir.join("log.jsonl"))?;
        let log = Log::open(&dir.join("log.jsonl"))?;
        let mut inner = Inner {
            title: row.title,
            state: TaskState::from_word(&row.state),
            turn_state: TurnState::from_word(&row.turn_state),
            turn: row.turn,
            model: row.model,
            permission: permission_of(&row.permission),
            created_at: row.created_at,
            changed_at: row.changed_at,
            items: Vec::new(),
            wire: Vec::new(),
            applied: Vec::new(),
            files: 0,
            context_percent: 0,
            log,
        };
        let left = inner.replay(records);
        for item in &mut inner.items {
            end_item(item);
        }
        let at_work = matches!(inner.state, TaskState::Working | TaskState::Queued);
        let interrupted = left.in_a_turn || at_work;
        if interrupted {
            inner.state = TaskState::Stopped;
            inner.turn_state = TurnState::Interrupted;
            give_back(&shared, &row.id, &left.unheard)?;
            let turn = inner.turn;
            inner.log.append(&Record::TurnEnded {
                turn,
                state: TurnState::Interrupted.word().to_owned(),
                at: super::now(),
            })?;
        }
        let draft = match open_draft(&dir.join("draft"), &shared) {
            Ok(draft) => draft,
            Err(sentence) => {
                inner.put(said_of_draft(inner.turn, sentence, STILL_THERE));
                None
            }
        };
        if interrupted && let Some(draft) = &draft {
            // What a command had written when the app died is part of the draft.
            if let Err(error) = draft.record(&format!("turn {}", inner.turn)) {
                shared.tell(Event::Notice {
                    message: format!(
                        "The newest changes of the task \"{}\" could not be read: {error}",
                        inner.title
                    ),
                    hint: "They are kept. Continue the task to read them again.".to_owned(),
                });
            }
        }
        let task = Self {
            shared,
            id: row.id,
            draft: Mutex::new(draft),
            running: Mutex::new(None),
            reading: Mutex::default(),
            moving: Mutex::default(),
            inner: Mutex::new(inner),
        };
        task.recount();
        task.save(&task.lock())?;
        Ok(task)
    }
}

const STILL_THERE: &str = "All of it is kept where it is. Open the folder again to try once more; \
                           your next message starts from a fresh copy and keeps this one aside.";

/// What the log leaves open.
#[derive(Default)]
struct Left {
    in_a_turn: bool,
    /// What the person said and the agent had not heard.
    unheard: Vec<Unheard>,
}

/// A message that the agent did not hear.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unheard {
    text: String,
    attachments: Vec<Attachment>,
}

impl Unheard {
    pub(super) fn of(message: &Message) -> Self {
        Self {
            text: message.text.clone(),
            attachments: message.attachments(),
        }
    }
}

impl Inner {
    fn replay(&mut self, records: Vec<Record>) -> Left {
        let mut left = Left::default();
        for record in records {
            match record {
                Record::TurnStarted { turn, .. } => {
                    self.turn = self.turn.max(turn);
                    left = Left {
                        in_a_turn: true,
                        unheard: Vec::new(),
                    };
                }
                Record::TurnEnded { .. } => left = Left::default(),
                Record::Item { item } => {
                    if let ItemKind::Message { text, attachments } = &item.kind
                        && let Some(at) = left
                            .unheard
                            .iter()
                            .position(|said| said.text == *text && said.attachments == *attachments)
                    {
                        left.unheard.remove(at);
                    }
                    self.put(item);
                }
                Record::ItemWithdrawn { item } => self.items.retain(|there| there.id != item),
                Record::Steered { text, attachments } => {
                    left.unheard.push(Unheard { text, attachments });
                }
                Record::Wire { items } => self.wire.extend(items),
                Record::WireReplaced { items } => self.wire = items,
                Record::Applied { apply, undone, .. } => self.note_applied(&apply, undone),
            }
        }
        left
    }
}

/// Puts messages that the agent did not hear before what the person is writing now, and returns
/// the whole text.
pub(super) fn give_back(
    shared: &Shared,
    task: &str,
    messages: &[Unheard],
) -> Result<String, TaskError> {
    let attached: Vec<Attachment> = messages
        .iter()
        .flat_map(|message| message.attachments.iter().cloned())
        .collect();
    shared
        .index
        .attach_before(&shared.project_id, task, &attached)?;
    let typed = shared.index.unsent(&shared.project_id, task)?;
    let mut all: Vec<&str> = messages
        .iter()
        .map(|message| message.text.as_str())
        .filter(|text| !text.is_empty() && !typed.contains(text))
        .collect();
    if !typed.is_empty() {
        all.push(&typed);
    }
    let unsent = all.join("\n\n");
    if unsent != typed {
        shared
            .index
            .keep_unsent(&shared.project_id, task, &unsent)?;
    }
    Ok(unsent)
}

/// Opens the draft in `dir` again. There is none when nothing stands there but the beginning of a
/// copy. The error is a sentence.
pub(super) fn open_draft(dir: &Path, shared: &Shared) -> Result<Option<Draft>, String> {
    // Written last of all, so what has no description was never a whole draft.
    if matches!(dir.join("draft.json").try_exists(), Ok(false)) {
        return Ok(None);
    }
    Draft::reopen(dir, shared.blobs.clone())
        .map(Some)
        .map_err(|error| error.to_string())
}

/// An error of the draft, shown in the conversation once per turn.
pub(super) fn said_of_draft(turn: u32, message: String, hint: &str) -> Item {
    let now = super::now();
    Item {
        id: format!("{turn}-draft"),
        turn,
        started_at: now,
        completed_at: Some(now),
        kind: ItemKind::Error {
            code: "draft".to_owned(),
            message,
            hint: hint.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::Permission;

    fn inner(dir: &Path) -> Inner {
        Inner {
            title: "T".to_owned(),
            state: TaskState::Working,
            turn_state: TurnState::Running,
            turn: 0,
            model: String::new(),
            permission: Permission::Auto,
            created_at: 0,
            changed_at: 0,
            items: Vec::new(),
            wire: Vec::new(),
            applied: Vec::new(),
            files: 0,
            context_percent: 0,
            log: Log::open(&dir.join("log.jsonl")).unwrap(),
        }
    }

    fn message(id: &str, text: &str) -> Record {
        Record::Item {
            item: Item {
                id: id.to_owned(),
                turn: 1,
                started_at: 1,
                completed_at: Some(1),
                kind: ItemKind::Message {
                    text: text.to_owned(),
                    attachments: Vec::new(),
                },
            },
        }
    }

    fn steered(text: &str) -> Record {
        Record::Steered {
            text: text.to_owned(),
            attachments: Vec::new(),
        }
    }

    #[test]
    fn what_the_agent_had_not_heard_is_left_over() {
        let dir = tempfile::tempdir().unwrap();
        let mut task = inner(dir.path());
        let left = task.replay(vec![
            Record::TurnStarted { turn: 1, at: 1 },
            message("1-1", "Go"),
            steered("left"),
            steered("heard"),
            message("1-4", "heard"),
        ]);
        assert!(left.in_a_turn);
        let unheard: Vec<_> = left.unheard.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(unheard, ["left"]);
        let left = task.replay(vec![
            steered("given back at the end"),
            Record::TurnEnded {
                turn: 1,
                state: "done".to_owned(),
                at: 2,
            },
        ]);
        assert!(!left.in_a_turn && left.unheard.is_empty());
    }

    #[test]
    fn an_item_taken_back_stays_away() {
        let dir = tempfile::tempdir().unwrap();
        let mut task = inner(dir.path());
        task.replay(vec![
            message("1-1", "a"),
            message("1-2", "b"),
            Record::ItemWithdrawn {
                item: "1-2".to_owned(),
            },
        ]);
        let ids: Vec<_> = task.items.iter().map(|item| item.id.as_str()).collect();
        assert_eq!(ids, ["1-1"]);
    }
}
