//! Reads a task back from its row and its log.
//!
//! What a person sees after a `kill -9` is what was on the disk; nothing is made up. A turn that was
//! running when the app died is interrupted, its items that never completed are shown as they were,
//! ended, and what its command had changed by then is taken into the change set. A message that the
//! agent had not heard yet is unsent text again. Where lines of the log cannot be read, the
//! conversation says so in their place.
//!
//! A draft that was whole and cannot be opened is never removed: the task says so and where it is.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;

use super::purse::offer_key;
use super::shared::Shared;
use super::state::TaskState;
use super::state::TurnState;
use super::task::Inner;
use super::task::Task;
use super::task::TaskError;
use super::task::end_item;
use super::unsent::Unsent;
use super::unsent::give_back;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::attachments::Attachment;
use crate::event::Event;
use crate::model::Model;
use crate::project::apply::Written;
use crate::project::draft::Draft;
use crate::store::index::TaskRow;
use crate::store::log::Log;
use crate::store::log::LogError;
use crate::store::log::Record;
use crate::store::log::Unreadable;
use crate::usage::Answer;

impl Task {
    /// Reads a task back from its row and its log. `written` is what is in the project's history.
    pub(crate) fn reopen(
        shared: Arc<Shared>,
        row: TaskRow,
        written: &[Written],
    ) -> Result<Self, TaskError> {
        let dir = shared.task_dir(&row.id);
        std::fs::create_dir_all(&dir).map_err(|source| LogError {
            path: dir.clone(),
            doing: "read",
            source,
        })?;
        let place = dir.join("log.jsonl");
        // Opened first, because that drops a last line that a crash cut short.
        let log = Log::open(&place)?;
        let lines = Log::read(&place)?;
        let id = row.id.clone();
        let mut inner = Inner::new(row, shared.index.shelf(&id)?, log);
        let model = shared.asked.model(&inner.model);
        let left = inner.replay(lines, &place, &model);
        inner.settle_compactions(&model);
        // A kill right after the line was written leaves it in the log alone.
        for answer in &left.spent {
            shared.book.keep(&id, answer)?;
        }
        if shared.index.choice(&offer_key(&id))? == Some(true) {
            inner.offer = model.traits.cheaper;
        }
        for item in &mut inner.items {
            end_item(item);
        }
        let at_work = matches!(
            inner.state,
            TaskState::Working | TaskState::NeedsYou | TaskState::Queued
        );
        let interrupted = left.in_a_turn || at_work;
        if !left.unheard.is_empty() {
            give_back(&shared, &id, &mut inner.log, &left.unheard)?;
        }
        if interrupted {
            inner.state = TaskState::Stopped;
            inner.turn_state = TurnState::Interrupted;
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
            approvals: shared.approvals(),
            telling: Mutex::default(),
            shared,
            id,
            draft: Mutex::new(draft),
            running: Mutex::new(None),
            checking: Mutex::new(None),
            repeating: Mutex::new(None),
            reading: Mutex::default(),
            moving: Mutex::default(),
            deciding: Mutex::default(),
            counting: Mutex::default(),
            commands: Mutex::default(),
            waits: Mutex::default(),
            inner: Mutex::new(inner),
        };
        task.settle_applies(written, &left);
        task.recount();
        task.only_answered();
        task.save(&task.lock())?;
        Ok(task)
    }
}

impl Task {
    /// Where a log alone says that a turn is done, it does not say whether there is something to
    /// review.
    fn only_answered(&self) {
        let has_draft = self.draft().is_some();
        let mut inner = self.lock();
        let done = inner.turn > 0 && inner.turn_state == TurnState::Done;
        if has_draft && done && inner.files == 0 && inner.state == TaskState::ReadyToReview {
            inner.state = TaskState::Answered;
        }
    }
}

/// The code of what is said in the place of lines that cannot be read.
pub(super) const UNREADABLE: &str = "log";

const STILL_THERE: &str = "All of it is kept where it is. Open the folder again to try once more; \
                           your next message starts from a fresh copy and keeps this one aside.";

/// What the log leaves open.
#[derive(Default)]
pub(super) struct Left {
    in_a_turn: bool,
    /// What the person said and the agent had not heard.
    unheard: Vec<Unsent>,
    /// What answers have cost.
    spent: Vec<Answer>,
    /// The transactions that the log knows, oldest first.
    pub(super) followed: Vec<String>,
}

impl Left {
    /// It was heard, or is with the person again.
    fn no_more(&mut self, text: &str, attachments: &[Attachment]) {
        let mut unheard = self.unheard.iter();
        let it = unheard.position(|said| said.text == text && said.attachments == attachments);
        if let Some(at) = it {
            self.unheard.remove(at);
        }
    }
}

impl Inner {
    /// Takes in what the log in `place` holds. `model` answers next.
    fn replay(
        &mut self,
        lines: Vec<Result<Record, Unreadable>>,
        place: &Path,
        model: &Model,
    ) -> Left {
        let mut left = Left::default();
        let mut unreadable: Option<(usize, usize)> = None;
        for line in lines {
            let record = match line {
                Ok(record) => record,
                Err(Unreadable { line }) => {
                    let (first, count) = unreadable.map_or((line, 1), |(f, n)| (f, n + 1));
                    unreadable = Some((first, count));
                    self.put(said_of_lines(self.turn, first, count, place));
                    continue;
                }
            };
            unreadable = None;
            match record {
                // For a start without the index; see `adopt`.
                Record::Edited { .. } | Record::Shelved { .. } => {}
                Record::AnsweredBy { by } => self.answered_by = Some(by),
                Record::Task { automatic, .. } => self.automatic = automatic,
                Record::Rewound { turn } => {
                    left.in_a_turn = false;
                    self.rewind(turn, model);
                    self.asks_anew = true;
                }
                Record::TurnBase { turn, ledger } => {
                    // It begins once more, so a line that took it back cannot be read.
                    self.rewind(turn, model);
                    self.note_start(turn, ledger);
                }
                Record::TurnStarted { turn, .. } => {
                    self.turn = self.turn.max(turn);
                    if self.start_of(turn).is_none() {
                        // Its base cannot be read, or is not known to older logs.
                        self.note_start(turn, None);
                    }
                    left.in_a_turn = true;
                    left.unheard.clear();
                    self.asks_anew = false;
                }
                Record::TurnEnded { .. } => {
                    left.in_a_turn = false;
                    left.unheard.clear();
                }
                Record::Item { item } => {
                    if let ItemKind::Message { text, attachments } = &item.kind {
                        left.no_more(text, attachments);
                    }
                    self.put(item);
                }
                Record::ItemWithdrawn { item } => self.items.retain(|there| there.id != item),
                Record::Steered { text, attachments } => {
                    left.unheard.push(Unsent { text, attachments });
                }
                Record::GivenBack { text, attachments } => left.no_more(&text, &attachments),
                Record::Usage { context_used } => self.measured(context_used),
                Record::Spent { answer } => left.spent.push(answer),
                Record::Wire { items } => self.wire.extend(items),
                Record::WireReplaced { items } => self.wire = items,
                Record::Applied {
                    apply,
                    undone,
                    transaction,
                    ..
                } => {
                    self.note_applied(&apply, undone);
                    left.followed.extend(transaction);
                }
            }
        }
        left
    }
}

/// Whether nothing stands in `dir` but, at most, the beginning of a copy.
pub(super) fn is_no_draft(dir: &Path) -> bool {
    // Written last of all, so what has no description was never a whole draft.
    matches!(dir.join("draft.json").try_exists(), Ok(false))
}

/// Opens the draft in `dir` again; none when there is no whole one. The error is a sentence.
pub(super) fn open_draft(dir: &Path, shared: &Shared) -> Result<Option<Draft>, String> {
    if is_no_draft(dir) {
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
            wait_ms: None,
        },
    }
}

/// Lines of the log that cannot be read, shown in their place.
fn said_of_lines(turn: u32, first: usize, count: usize, place: &Path) -> Item {
    let now = super::now();
    let (lines, are, they) = match count {
        1 => ("1 line".to_owned(), "is", "It is"),
        n => (format!("{n} lines"), "are", "They are"),
    };
    Item {
        id: format!("{turn}-unread-{first}"),
        turn,
        started_at: now,
        completed_at: Some(now),
        kind: ItemKind::Error {
            code: UNREADABLE.to_owned(),
            message: format!(
                "{lines} of what was said and done here cannot be read and {are} not shown."
            ),
            hint: format!(
                "{they} kept as found, from line {first} of {}. Your folder and the draft are \
                 unchanged, and the task can go on.",
                place.display()
            ),
            wait_ms: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::index::Shelf;

    fn inner(dir: &Path) -> Inner {
        let row = TaskRow {
            id: "t".to_owned(),
            project: "p".to_owned(),
            title: "T".to_owned(),
            state: TaskState::Working.word().to_owned(),
            turn_state: TurnState::Running.word().to_owned(),
            turn: 0,
            model: String::new(),
            effort: String::new(),
            permission: "auto".to_owned(),
            created_at: 0,
            changed_at: 0,
        };
        let log = Log::open(&dir.join("log.jsonl")).unwrap();
        Inner::new(row, Shelf::default(), log)
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

    fn replayed(task: &mut Inner, records: impl IntoIterator<Item = Record>) -> Left {
        let lines = records.into_iter().map(Ok).collect();
        task.replay(lines, Path::new("/log"), &Model::named(""))
    }

    #[test]
    fn what_the_agent_had_not_heard_is_left_over() {
        let dir = tempfile::tempdir().unwrap();
        let mut task = inner(dir.path());
        let left = replayed(
            &mut task,
            [
                Record::TurnStarted { turn: 1, at: 1 },
                message("1-1", "Go"),
                steered("left"),
                steered("heard"),
                message("1-4", "heard"),
            ],
        );
        assert!(left.in_a_turn);
        let texts: Vec<_> = left.unheard.iter().map(|said| &*said.text).collect();
        assert_eq!(texts, ["left"]);
        let left = replayed(
            &mut task,
            [
                steered("given back at the end"),
                Record::TurnEnded {
                    turn: 1,
                    state: "done".to_owned(),
                    at: 2,
                },
            ],
        );
        assert!(!left.in_a_turn && left.unheard.is_empty());
    }

    #[test]
    fn an_item_taken_back_stays_away() {
        let dir = tempfile::tempdir().unwrap();
        let mut task = inner(dir.path());
        let withdrawn = Record::ItemWithdrawn {
            item: "1-2".to_owned(),
        };
        replayed(
            &mut task,
            [message("1-1", "a"), message("1-2", "b"), withdrawn],
        );
        let ids: Vec<_> = task.items.iter().map(|item| item.id.as_str()).collect();
        assert_eq!(ids, ["1-1"]);
    }

    #[test]
    fn lines_that_cannot_be_read_are_said_in_their_place() {
        let dir = tempfile::tempdir().unwrap();
        let mut task = inner(dir.path());
        let lines = vec![
            Ok(message("1-1", "a")),
            Err(Unreadable { line: 2 }),
            Err(Unreadable { line: 3 }),
            Ok(message("1-2", "b")),
            Err(Unreadable { line: 5 }),
        ];
        task.replay(lines, Path::new("/d/log.jsonl"), &Model::named(""));
        let said: Vec<_> = task
            .items
            .iter()
            .map(|item| match &item.kind {
                ItemKind::Error { message, hint, .. } => format!("{message} {hint}"),
                _ => item.id.clone(),
            })
            .collect();
        assert_eq!(said.len(), 4, "{said:#?}");
        assert!(said[1].starts_with("2 lines") && said[1].contains("line 2 of /d/log.jsonl"));
        assert_eq!(said[2], "1-2");
        assert!(said[3].starts_with("1 line") && said[3].contains("kept"));
    }

    #[test]
    fn the_context_is_as_full_as_the_last_answer_left_it() {
        let dir = tempfile::tempdir().unwrap();
        let mut task = inner(dir.path());
        let usage = |context_used| Record::Usage { context_used };
        replayed(&mut task, [usage(180), usage(62)]);
        assert_eq!(task.context_used, 62);
    }
}
