//! Runs the last message again, as it was or with other words.
//!
//! First everything the last turn did is taken back: its changes in the draft, by the ledger; what
//! was said in it; what the model remembers of it. Then the message is sent on that draft. The
//! person's folder is not touched, so a turn of which something is applied cannot be taken back
//! until that is undone. What the person edited in the draft stays, and so do the results of
//! checks, which name the change they ran on. What could not be brought back is said.

use std::sync::Arc;

use super::edit::is_by_you;
use super::finish::outlives_a_turn;
use super::reopen::UNREADABLE;
use super::reopen::is_no_draft;
use super::task::Task;
use super::task::TaskError;
use super::unsent::Typed;
use super::unsent::Unsent;
use crate::agent::driver::Message;
use crate::agent::history::is_compaction;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::agent::session::AnsweredBy;
use crate::attachments;
use crate::event::Event;
use crate::model::Model;
use crate::project::draft::Rewound;
use crate::store::log::Record;

/// What a turn found when it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TurnStart {
    /// Counted from 1.
    pub(super) turn: u32,
    /// How much the model remembered.
    pub(super) wire: usize,
    /// Entries in the draft's ledger; none when that is not known, and then the turn cannot be
    /// taken back.
    pub(super) ledger: Option<usize>,
    /// Applies of the task.
    pub(super) applied: usize,
    /// Who had answered last.
    pub(super) answered_by: Option<AnsweredBy>,
}

impl Task {
    /// Takes the last turn back and runs its message again.
    ///
    /// # Errors
    ///
    /// [`TaskError`] when it cannot be taken back; then nothing of it was.
    pub fn try_again(self: &Arc<Self>) -> Result<(), TaskError> {
        self.run_again(None)
    }

    /// Takes the last turn back and runs it with another message. What is attached goes with it.
    ///
    /// # Errors
    ///
    /// As [`Self::try_again`].
    pub fn resend(self: &Arc<Self>, text: &str) -> Result<(), TaskError> {
        if text.trim().is_empty() {
            return Err(TaskError::EmptyMessage);
        }
        self.run_again(Some(text))
    }

    /// Whether the model has never heard the message of the last turn.
    pub(super) fn is_unheard(&self) -> bool {
        let inner = self.lock();
        // A compaction asked for since is nothing that the model heard.
        let unheard = |at: usize| {
            let since = inner.wire.get(at..);
            since.is_some_and(|since| since.iter().all(is_compaction))
        };
        inner
            .start_of(inner.turn)
            .is_some_and(|start| unheard(start.wire) && start.ledger.is_some())
    }

    /// Entries in the ledger of the draft; none when there is a draft that could not be opened.
    pub(super) fn entries_so_far(&self) -> Option<usize> {
        match self.draft() {
            Some(draft) => Some(draft.entry_count()),
            None => is_no_draft(&self.dir().join("draft")).then_some(0),
        }
    }

    fn run_again(self: &Arc<Self>, other: Option<&str>) -> Result<(), TaskError> {
        if self.is_until_green() {
            return Err(TaskError::UntilGreen);
        }
        let begins = self.may_begin()?;
        if self.is_checking() {
            return Err(TaskError::Checking);
        }
        let (turn, ledger, message) = self.last_turn(other)?;
        // Looked at first, because what refuses the message must not cost the turn.
        let model = self.model();
        if let Some(problem) = attachments::problem_again(&message.attachments(), &model) {
            return Err(TaskError::AttachmentsAgain(problem));
        }
        self.fits(&message)?;
        self.take_back(turn, ledger, &message, &model)?;
        // Who runs it again wants another answer.
        self.lock().asks_anew = true;
        let begun = self.begin_now(begins, message.clone(), Typed::Stays);
        if begun.is_err() {
            self.hand_back(&message)?;
        }
        begun
    }

    /// Makes a message that is in no turn any more unsent text.
    fn hand_back(&self, message: &Message) -> Result<(), TaskError> {
        let unsent = Unsent::of(message);
        self.give_back(std::slice::from_ref(&unsent))?;
        self.shared.tell(Event::MessageGivenBack {
            task: self.id.clone(),
            text: unsent.text,
        });
        Ok(())
    }

    /// The last turn and its message, if it can be taken back. What was said in the middle of it
    /// is said at once now.
    fn last_turn(&self, other: Option<&str>) -> Result<(u32, usize, Message), TaskError> {
        let (start, texts, attachments) = {
            let inner = self.lock();
            let start = inner.start_of(inner.turn);
            let start = start.ok_or(TaskError::NothingToRepeat)?;
            if inner.applied[start.applied..]
                .iter()
                .any(|(_, undone)| !undone)
            {
                return Err(TaskError::AppliedSince);
            }
            let (mut texts, mut attached) = (Vec::new(), Vec::new());
            for item in inner.items.iter().filter(|item| item.turn == start.turn) {
                if let ItemKind::Message { text, attachments } = &item.kind {
                    texts.push(text.clone());
                    attached.extend(attachments.iter().cloned());
                }
            }
            (start, texts, attached)
        };
        if texts.is_empty() {
            return Err(TaskError::NothingToRepeat);
        }
        let entries = self.entries_so_far();
        let Some(ledger) = start
            .ledger
            .filter(|at| entries.is_some_and(|there| *at <= there))
        else {
            return Err(TaskError::NothingToRepeat);
        };
        let attached = attachments
            .into_iter()
            .map(|about| self.attached(about))
            .collect::<Result<_, TaskError>>()?;
        let text = other.map_or_else(|| texts.join("\n\n"), str::to_owned);
        Ok((start.turn, ledger, Message { text, attached }))
    }

    /// Takes a turn back, to say `next` in its place: the draft first, so that a death in between
    /// leaves a turn that can be taken back again.
    fn take_back(
        &self,
        turn: u32,
        ledger: usize,
        next: &Message,
        model: &Model,
    ) -> Result<(), TaskError> {
        if let Some(draft) = self.draft() {
            let rewound = draft
                .rewind(ledger, is_by_you)
                .and_then(|rewound| draft.sync().map(|()| rewound))
                .map_err(|source| TaskError::NotTakenBack {
                    source: Box::new(source),
                })?;
            if let Some(message) = not_brought_back(&rewound) {
                self.shared.tell(Event::Notice {
                    message,
                    hint: "The rest of the turn is taken back. Your folder is unchanged."
                        .to_owned(),
                });
            }
        }
        let gone: Vec<String> = {
            let mut inner = self.lock();
            // What is to be said is not lost by a death before it begins its turn.
            let Unsent { text, attachments } = Unsent::of(next);
            inner.log.append(&Record::Steered { text, attachments })?;
            inner.log.append(&Record::Rewound { turn })?;
            inner.log.sync()?;
            let items = inner.items.iter().filter(|item| !outlives(item, turn));
            let gone = items.map(|item| item.id.clone()).collect();
            inner.rewind(turn, model);
            gone
        };
        for item in gone {
            self.shared.tell(Event::ItemWithdrawn {
                task: self.id.clone(),
                item,
            });
        }
        self.recount();
        self.shared.tell(Event::ChangesChanged {
            task: self.id.clone(),
        });
        Ok(())
    }
}

impl super::task::Inner {
    /// Notes what a turn finds that is about to begin.
    pub(super) fn note_start(&mut self, turn: u32, ledger: Option<usize>) {
        self.starts.push(TurnStart {
            turn,
            wire: self.wire.len(),
            ledger,
            applied: self.applied.len(),
            answered_by: self.answered_by.clone(),
        });
    }

    /// What a turn found when it began.
    pub(super) fn start_of(&self, turn: u32) -> Option<TurnStart> {
        let mut newest = self.starts.iter().rev();
        newest.find(|start| start.turn == turn).cloned()
    }

    /// Forgets a turn and all after it; nothing, when it never began. `model` answers next.
    pub(super) fn rewind(&mut self, turn: u32, model: &Model) {
        if let Some(at) = self.starts.iter().position(|start| start.turn == turn) {
            let start = self.starts[at].clone();
            self.items.retain(|item| outlives(item, turn));
            self.wire.truncate(start.wire);
            if self.context_at > start.wire {
                self.measure_anew(model);
            }
            self.answered_by = start.answered_by;
            self.starts.truncate(at);
            self.turn = turn - 1;
        }
    }
}

/// Whether an item stays when a turn is taken back: of earlier turns, and what is not of turns.
fn outlives(item: &Item, turn: u32) -> bool {
    let of_the_log = matches!(&item.kind, ItemKind::Error { code, .. } if code == UNREADABLE);
    item.turn < turn || of_the_log || outlives_a_turn(&item.kind)
}

fn not_brought_back(rewound: &Rewound) -> Option<String> {
    let mut said = Vec::new();
    if !rewound.left.is_empty() {
        let paths: Vec<String> = rewound.left.iter().map(ToString::to_string).collect();
        said.push(format!(
            "{} could not be brought back in the private copy and stays as the turn left it.",
            paths.join(", ")
        ));
    }
    if !rewound.built_on.is_empty() {
        let paths: Vec<String> = rewound.built_on.iter().map(ToString::to_string).collect();
        said.push(format!(
            "{} holds edits by you on top of what the turn did, so that much of it stays.",
            paths.join(", ")
        ));
    }
    if rewound.ignored > 0 {
        said.push(
            "Files that your project ignores, such as installed packages and builds, stay as the \
             turn left them."
                .to_owned(),
        );
    }
    (!said.is_empty()).then(|| said.join(" "))
}
