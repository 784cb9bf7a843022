//! Begins the turns of a task: with a message, or where one waited for a budget.
//!
//! A message is in the log and on the disk before anything is sent.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::automatic::item_of;
use super::finish::Ended;
use super::run::Heard;
use super::run::Running;
use super::run::first_item;
use super::state::Happened;
use super::state::TurnState;
use super::task::Task;
use super::task::TaskError;
use super::unsent::Typed;
use super::unsent::Unsent;
use crate::agent::driver::Control;
use crate::agent::driver::Message;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::attachments;
use crate::attachments::Attachment;
use crate::event::Event;
use crate::model::Model;
use crate::model::catalog::Effort;
use crate::store::log::Record;

/// How a turn comes about.
pub(super) enum Beginning {
    /// By a message, which these items show: itself, and how the rules chose who answers it.
    With {
        message: Message,
        shown: Vec<Item>,
        typed: Typed,
    },
    /// It was held up before a request.
    GoesOn(GoesOn),
}

/// How a turn that was held up goes on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GoesOn {
    /// Whatever is used of a budget.
    pub(super) once: bool,
    /// Not before this time, in milliseconds since the epoch.
    pub(super) after: Option<u64>,
}

/// The right to begin a turn; see [`Task::may_begin`].
pub(super) struct Begins<'a> {
    slot: MutexGuard<'a, Option<Running>>,
    _moving: MutexGuard<'a, ()>,
}

impl Task {
    /// Sends a message: a new turn, or a word to the agent while it works.
    ///
    /// # Errors
    ///
    /// [`TaskError`] when it could not be kept; then nothing was sent.
    pub fn send(
        self: &Arc<Self>,
        text: &str,
        attachments: Vec<Attachment>,
    ) -> Result<(), TaskError> {
        if text.trim().is_empty() && attachments.is_empty() {
            return Err(TaskError::EmptyMessage);
        }
        if !self.shared.is_trusted() {
            return Err(TaskError::NotTrusted);
        }
        let attached = attachments
            .into_iter()
            .map(|about| self.attached(about))
            .collect::<Result<_, TaskError>>()?;
        let message = Message {
            text: text.to_owned(),
            attached,
        };
        self.fits(&message)?;
        if !self.steer(&message)? {
            self.begin(message, Typed::Sent)?;
        }
        Ok(())
    }

    /// Says something to the agent while it works; `false` when no turn hears it.
    fn steer(&self, message: &Message) -> Result<bool, TaskError> {
        let running = self.running();
        let Some(running) = running.as_ref() else {
            return Ok(false);
        };
        if running.compacts {
            return Err(TaskError::Compacting);
        }
        let unsent = Unsent::of(message);
        if let Some(problem) = self.problem_with(&unsent.attachments, Some(&running.model)) {
            return Err(TaskError::Attachments(problem));
        }
        {
            let mut inner = self.lock();
            inner.log.append(&Record::Steered {
                text: unsent.text.clone(),
                attachments: unsent.attachments.clone(),
            })?;
            inner.log.sync()?;
        }
        // Before it is sent: a turn that ends now gives it back as unsent text.
        self.forget_unsent(message);
        if running
            .control
            .send(Control::Steer(message.clone()))
            .is_ok()
        {
            return Ok(true);
        }
        self.give_back(&[unsent])?;
        Ok(false)
    }

    /// Goes on after a turn that was stopped, failed or interrupted.
    ///
    /// # Errors
    ///
    /// [`TaskError`] when a turn is under way.
    pub fn resume(self: &Arc<Self>) -> Result<(), TaskError> {
        if self.held_up().is_some() {
            return self.go_on(GoesOn::default());
        }
        // What the model has never heard cannot be gone on with.
        if self.is_unheard() {
            return self.try_again();
        }
        self.begin(Message::go_on(), Typed::Stays)
    }

    /// Goes on with the turn that was held up, as if nothing had been between.
    pub(super) fn go_on(self: &Arc<Self>, how: GoesOn) -> Result<(), TaskError> {
        let Begins { slot, _moving } = self.may_begin()?;
        if !how.once
            && let Err(failure) = self.shared.book.may_ask(&self.id)
        {
            let hint = failure.hint();
            let what = failure.to_string();
            return Err(TaskError::OverBudget { what, hint });
        }
        let (model, effort) = {
            self.take_out()?;
            let mut inner = self.lock();
            let (turn, at) = (inner.turn, super::now());
            inner.log.append(&Record::TurnStarted { turn, at })?;
            inner.log.sync()?;
            (self.answers_now(&inner), inner.effort)
        };
        self.launch(slot, Beginning::GoesOn(how), (model, effort))
    }

    /// Begins a turn. The message is on the disk when this returns.
    pub(super) fn begin(self: &Arc<Self>, message: Message, typed: Typed) -> Result<(), TaskError> {
        let begins = self.may_begin()?;
        self.begin_now(begins, message, typed)
    }

    /// Looks whether a turn may begin. While the answer is held, none does but its holder's.
    pub(super) fn may_begin(&self) -> Result<Begins<'_>, TaskError> {
        self.shared.asked.ready()?;
        let moving = self.moving();
        let slot = self.running();
        if self.shared.is_closed() {
            return Err(TaskError::Closed);
        }
        // Looked at here too: from here on the slot says that there is something to stop.
        if !self.shared.is_trusted() {
            return Err(TaskError::NotTrusted);
        }
        if slot.is_some() {
            return Err(TaskError::State(self.facts().state));
        }
        self.lock().state.after(Happened::Started)?;
        Ok(Begins {
            slot,
            _moving: moving,
        })
    }

    /// Begins the turn that [`Self::may_begin`] allowed.
    pub(super) fn begin_now(
        self: &Arc<Self>,
        begins: Begins<'_>,
        message: Message,
        typed: Typed,
    ) -> Result<(), TaskError> {
        let Begins { slot, _moving } = begins;
        let started = super::now();
        let attached = message.attachments();
        let (model, chosen) = self.choose(&message.text, &attached);
        if let Some(problem) = attachments::problem(&attached, &model) {
            return Err(TaskError::Attachments(problem));
        }
        let (shown, effort) = {
            self.take_out()?;
            let ledger = self.entries_so_far();
            let mut inner = self.lock();
            let turn = inner.turn + 1;
            // The driver shows the message too, under this very id.
            let item = Item {
                id: first_item(turn),
                turn,
                started_at: started,
                completed_at: Some(started),
                kind: ItemKind::Message {
                    text: message.text.clone(),
                    attachments: attached,
                },
            };
            let chosen = chosen.map(|chosen| item_of(chosen, turn, started));
            let shown: Vec<Item> = std::iter::once(item).chain(chosen).collect();
            inner.log.append(&Record::TurnBase { turn, ledger })?;
            inner
                .log
                .append(&Record::TurnStarted { turn, at: started })?;
            for item in shown.iter().cloned() {
                inner.log.append(&Record::Item { item })?;
            }
            inner.log.sync()?;
            inner.turn = turn;
            inner.note_start(turn, ledger);
            shown.iter().cloned().for_each(|item| inner.put(item));
            (shown, inner.effort)
        };
        let beginning = Beginning::With {
            message,
            shown,
            typed,
        };
        self.launch(slot, beginning, (model, effort))
    }

    /// Lets a turn run that is in the log.
    fn launch(
        self: &Arc<Self>,
        mut slot: MutexGuard<'_, Option<Running>>,
        beginning: Beginning,
        (model, effort): (Model, Option<Effort>),
    ) -> Result<(), TaskError> {
        let place = self.shared.at_work.clone();
        let after = match beginning {
            Beginning::GoesOn(GoesOn { after, .. }) => after,
            Beginning::With { .. } => None,
        };
        let at_once = match after {
            Some(_) => None,
            None => place.clone().try_acquire_owned().ok(),
        };
        let happened = match at_once.is_some() || after.is_some() {
            true => Happened::Started,
            false => Happened::Queued,
        };
        self.happened(happened, TurnState::Running)?;
        if let Beginning::With {
            message,
            shown,
            typed,
        } = &beginning
        {
            if *typed == Typed::Sent {
                self.forget_unsent(message);
            }
            for item in shown.iter().cloned() {
                self.shared.tell(Event::ItemCompleted {
                    task: self.id.clone(),
                    item,
                });
            }
        }
        let (control, heard) = unbounded_channel();
        let heard = Heard(Arc::new(Mutex::new(Some(heard))));
        let (end, ended) = watch::channel(false);
        let copying = CancellationToken::new();
        let hurry = CancellationToken::new();
        let interrupted = Arc::new(AtomicBool::new(false));
        *slot = Some(Running {
            copying: copying.clone(),
            hurry: hurry.clone(),
            ..Running::new(control, interrupted.clone(), ended, model.clone())
        });
        drop(slot);
        let task = self.clone();
        tokio::spawn(async move {
            let place = match (at_once, after) {
                (Some(place), _) => Some(place),
                (None, Some(due)) => match task.wait_until(due, &copying, &hurry).await {
                    true => task.place(place, &copying).await,
                    false => None,
                },
                (None, None) => task.queue(place, &copying).await,
            };
            let end_of_turn = if place.is_some() {
                let turn = task
                    .clone()
                    .turn(beginning, (model, effort), heard.clone(), copying);
                let turn = tokio::spawn(turn);
                turn.await.unwrap_or_else(|_| {
                    // A fault of the program ends the turn and not the task.
                    task.show_error(
                        "broken",
                        "The turn ended by a fault of Greenlight.",
                        "Nothing in your folder was changed. Continue the task.",
                    );
                    Ended::Failed
                })
            } else {
                Ended::Stopped
            };
            task.give_back_unheard(&heard);
            task.settle().await;
            let finished = tokio::task::spawn_blocking(move || {
                task.finish(end_of_turn, interrupted.load(Ordering::Relaxed));
            });
            // It only fails when the app ends, and then the next start finishes the turn.
            let _ = finished.await;
            drop(place);
            // Nobody waiting is the usual case.
            let _ = end.send(true);
        });
        Ok(())
    }
}
