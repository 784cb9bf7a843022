//! Runs the last message again, as it was or with other words.
//!
//! First everything the last turn did is taken back: its changes in the draft, by the ledger; what
//! was said in it; what the model remembers of it. Then the message is sent on that draft. The
//! person's folder is not touched, so a turn of which something is applied cannot be taken back
//! until that is undone. What could not be brought back is said.

use std::sync::Arc;

use super::task::Task;
use super::task::TaskError;
use super::unsent::Typed;
use crate::agent::driver::Message;
use crate::agent::item::ItemKind;
use crate::event::Event;
use crate::project::draft::Rewound;
use crate::store::log::Record;

/// What a turn found when it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TurnStart {
    /// Counted from 1.
    pub(super) turn: u32,
    /// How much the model remembered.
    pub(super) wire: usize,
    /// Entries in the draft's ledger.
    pub(super) ledger: usize,
    /// Applies of the task.
    pub(super) applied: usize,
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

    /// Takes the last turn back and runs it with another message. The pictures go with it.
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
        let wire = inner.wire.len();
        inner.starts.last().is_some_and(|start| start.wire == wire)
    }

    fn run_again(self: &Arc<Self>, other: Option<&str>) -> Result<(), TaskError> {
        let begins = self.may_begin()?;
        let (start, message) = self.last_turn(other)?;
        self.take_back(start)?;
        self.begin_now(begins, message, Typed::Stays)
    }

    /// The last turn and its message, if it can be taken back. What was said in the middle of it
    /// is said at once now.
    fn last_turn(&self, other: Option<&str>) -> Result<(TurnStart, Message), TaskError> {
        let (start, texts, names) = {
            let inner = self.lock();
            let start = *inner.starts.last().ok_or(TaskError::NothingToRepeat)?;
            if inner.applied[start.applied..]
                .iter()
                .any(|(_, undone)| !undone)
            {
                return Err(TaskError::AppliedSince);
            }
            let (mut texts, mut names) = (Vec::new(), Vec::new());
            for item in inner.items.iter().filter(|item| item.turn == start.turn) {
                if let ItemKind::Message { text, images } = &item.kind {
                    texts.push(text.clone());
                    names.extend(images.iter().cloned());
                }
            }
            (start, texts, names)
        };
        if texts.is_empty() {
            return Err(TaskError::NothingToRepeat);
        }
        let entries = self.draft().map_or(0, |draft| draft.entry_count());
        if start.ledger > entries {
            return Err(TaskError::NothingToRepeat);
        }
        let mut images = Vec::new();
        for name in names {
            let id = name
                .parse()
                .map_err(|_| TaskError::NotAPicture { name: name.clone() })?;
            let bytes = self.shared.blobs.get(&id)?;
            images.push(self.image(name, &bytes)?);
        }
        let text = other.map_or_else(|| texts.join("\n\n"), str::to_owned);
        Ok((start, Message { text, images }))
    }

    /// Takes the last turn back: the draft first, so that a death in between leaves a turn that
    /// can be taken back again.
    fn take_back(&self, start: TurnStart) -> Result<(), TaskError> {
        if let Some(draft) = self.draft() {
            let rewound = draft
                .rewind(start.ledger)
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
            inner.log.append(&Record::Rewound { turn: start.turn })?;
            inner.log.sync()?;
            let items = inner.items.iter().filter(|item| item.turn >= start.turn);
            let gone = items.map(|item| item.id.clone()).collect();
            inner.rewind(start.turn);
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
    pub(super) fn note_start(&mut self, turn: u32, ledger: usize) {
        self.starts.push(TurnStart {
            turn,
            wire: self.wire.len(),
            ledger,
            applied: self.applied.len(),
        });
    }

    /// Forgets a turn and all after it.
    pub(super) fn rewind(&mut self, turn: u32) {
        self.items.retain(|item| item.turn < turn);
        if let Some(at) = self.starts.iter().position(|start| start.turn == turn) {
            let start = self.starts[at];
            self.wire.truncate(start.wire);
            self.starts.truncate(at);
            self.turn = turn - 1;
        }
    }
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
    if rewound.ignored > 0 {
        said.push(
            "Files that your project ignores, such as installed packages and builds, stay as the \
             turn left them."
                .to_owned(),
        );
    }
    (!said.is_empty()).then(|| said.join(" "))
}
