//! Carries out what [`crate::checks::until_green`] decides: runs the check, begins the agent's turn,
//! waits for its end.
//!
//! The item of the task says which round it is. It is on the disk at each step; one that is still
//! under way when the app ends is shown as ended by that, and does not go on.

use std::sync::Arc;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::checking::CheckError;
use super::checking::STANDARD_LIMIT;
use super::state::TurnState;
use super::task::Task;
use super::task::TaskError;
use super::unsent::Typed;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::checks::Check;
use crate::checks::run::Run;
use crate::checks::until_green::Effect;
use crate::checks::until_green::Ending;
use crate::checks::until_green::Event as Step;
use crate::checks::until_green::Rounds;
use crate::checks::until_green::STANDARD_ROUNDS;
use crate::checks::until_green::UntilGreen;
use crate::event::Event;
use crate::store::log::Record;

/// One under way.
pub(super) struct Repeating {
    stop: CancellationToken,
    /// Set when the app closes.
    closing: Arc<AtomicBool>,
    ended: watch::Receiver<bool>,
}

impl Task {
    /// Repeats a check and the agent until the check passes, at most `rounds` times.
    ///
    /// # Errors
    ///
    /// [`CheckError`] when it was not begun.
    pub fn until_green(
        self: &Arc<Self>,
        check: &str,
        rounds: Option<u32>,
    ) -> Result<(), CheckError> {
        let check = self.check_named(check)?;
        self.shared.asked.ready().map_err(TaskError::from)?;
        let mut slot = self.repeating();
        if slot.is_some() {
            return Err(CheckError::UntilGreen);
        }
        let (machine, _) = UntilGreen::begin(rounds.unwrap_or(STANDARD_ROUNDS));
        // The check is begun first: what refuses it refuses all of it.
        let first = self.begin_check(check.clone(), STANDARD_LIMIT)?;
        let id = self.begin_repeating(&check, &machine);
        let stop = CancellationToken::new();
        let closing = Arc::new(AtomicBool::new(false));
        let (end, ended) = watch::channel(false);
        *slot = Some(Repeating {
            stop: stop.clone(),
            closing: closing.clone(),
            ended,
        });
        drop(slot);
        self.shared.tell(Event::TaskChanged(self.facts()));
        let task = self.clone();
        tokio::spawn(async move {
            let rounds = Carrying {
                task: task.clone(),
                check,
                id,
                stop,
                closing,
            };
            let over = tokio::spawn(rounds.run(machine, first)).await;
            *task.repeating() = None;
            if over.is_err() {
                // A fault of the program; the item is ended like one that a crash left.
                task.end_repeating(Ending::Interrupted);
            }
            task.shared.tell(Event::TaskChanged(task.facts()));
            // Nobody waiting is the usual case.
            let _ = end.send(true);
        });
        Ok(())
    }

    fn begin_repeating(&self, check: &Check, machine: &UntilGreen) -> String {
        let item = {
            let inner = self.lock();
            let earlier = inner.items.iter();
            let number = 1 + earlier
                .filter(|item| matches!(item.kind, ItemKind::UntilGreen(_)))
                .count();
            Item {
                id: format!("green-{number}"),
                turn: inner.turn,
                started_at: super::now(),
                completed_at: None,
                kind: ItemKind::UntilGreen(Rounds {
                    check: check.clone(),
                    round: machine.round(),
                    limit: machine.limit(),
                    ending: None,
                }),
            }
        };
        self.keep_item(&item);
        let id = item.id.clone();
        self.shared.tell(Event::ItemStarted {
            task: self.id.clone(),
            item,
        });
        id
    }

    /// Writes how far it is into its item.
    fn note_round(&self, id: &str, now: u32, ended: Option<Ending>) {
        let item = {
            let mut inner = self.lock();
            let Some(item) = inner.items.iter_mut().rev().find(|item| item.id == id) else {
                return;
            };
            if let ItemKind::UntilGreen(rounds) = &mut item.kind {
                rounds.round = now;
                rounds.ending.clone_from(&ended);
            }
            if ended.is_some() {
                item.completed_at = Some(super::now().max(item.started_at));
            }
            item.clone()
        };
        let kept = {
            let mut inner = self.lock();
            let record = Record::Item { item: item.clone() };
            inner.log.append(&record).and_then(|()| inner.log.sync())
        };
        if let Err(error) = kept {
            self.not_kept(&error);
        }
        let task = self.id.clone();
        self.shared.tell(match ended {
            Some(_) => Event::ItemCompleted { task, item },
            None => Event::ItemStarted { task, item },
        });
        self.shared.tell(Event::TaskChanged(self.facts()));
    }

    fn end_repeating(&self, ending: Ending) {
        let open = {
            let inner = self.lock();
            inner.items.iter().rev().find_map(|item| match &item.kind {
                ItemKind::UntilGreen(rounds) if rounds.ending.is_none() => {
                    Some((item.id.clone(), rounds.round))
                }
                _ => None,
            })
        };
        if let Some((id, round)) = open {
            self.note_round(&id, round, Some(ending));
        }
    }

    /// Whether it is under way.
    pub(super) fn is_until_green(&self) -> bool {
        self.repeating().is_some()
    }

    /// Stops it, with the check or the turn that is under way in it, and waits for their end.
    pub async fn stop_until_green(&self) {
        self.end_until_green(false).await;
    }

    pub(super) async fn end_until_green(&self, closes: bool) {
        let ended = self.repeating().as_ref().map(|repeating| {
            if closes {
                repeating.closing.store(true, Ordering::SeqCst);
            }
            repeating.stop.cancel();
            repeating.ended.clone()
        });
        if let Some(mut ended) = ended {
            let _ = ended.wait_for(|ended| *ended).await;
        }
    }

    fn repeating(&self) -> MutexGuard<'_, Option<Repeating>> {
        self.repeating
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What carries the rounds out.
struct Carrying {
    task: Arc<Task>,
    check: Check,
    id: String,
    stop: CancellationToken,
    closing: Arc<AtomicBool>,
}

type Running = tokio::sync::oneshot::Receiver<Box<Run>>;

impl Carrying {
    async fn run(self, mut machine: UntilGreen, first: Running) {
        let mut step = self.checked(first).await;
        loop {
            let Some(effect) = machine.step(step) else {
                return self.note(&machine, Some(Ending::Interrupted)).await;
            };
            step = match effect {
                Effect::End(ending) => return self.note(&machine, Some(ending)).await,
                Effect::Send => {
                    self.note(&machine, None).await;
                    self.send().await
                }
                Effect::Check => match self.begin().await {
                    Ok(running) => self.checked(running).await,
                    Err(step) => step,
                },
            };
        }
    }

    async fn note(&self, machine: &UntilGreen, ending: Option<Ending>) {
        let (task, id, round) = (self.task.clone(), self.id.clone(), machine.round());
        let noted = tokio::task::spawn_blocking(move || task.note_round(&id, round, ending));
        // Only a panic in there, which was reported where it happened.
        let _ = noted.await;
    }

    async fn begin(&self) -> Result<Running, Step> {
        if self.stop.is_cancelled() {
            return Err(self.stopped());
        }
        let (task, check) = (self.task.clone(), self.check.clone());
        let begun = tokio::task::spawn_blocking(move || task.begin_check(check, STANDARD_LIMIT));
        match begun.await {
            Ok(Ok(running)) => Ok(running),
            Ok(Err(CheckError::AgentAtWork)) => Err(Step::PersonSpoke),
            Ok(Err(error)) => Err(Step::Refused(error.to_string())),
            Err(_) => Err(Step::Closing),
        }
    }

    async fn checked(&self, running: Running) -> Step {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => {
                self.task.stop_check().await;
                self.stopped()
            }
            checked = running => match checked {
                Ok(checked) => Step::Checked(checked),
                Err(_) => Step::Closing,
            },
        }
    }

    /// Begins a turn with the failures, and waits until it has ended.
    async fn send(&self) -> Step {
        if self.stop.is_cancelled() {
            return self.stopped();
        }
        let (task, check) = (self.task.clone(), self.check.id.clone());
        let begun = tokio::task::spawn_blocking(move || {
            let message = task.failures_of(&check)?;
            task.begin(message, Typed::Stays).map_err(CheckError::from)
        });
        match begun.await {
            Ok(Ok(())) => {}
            Ok(Err(CheckError::Task(TaskError::State(_)))) => return Step::PersonSpoke,
            Ok(Err(error)) => return Step::Refused(error.to_string()),
            Err(_) => return Step::Closing,
        }
        tokio::select! {
            biased;
            () = self.stop.cancelled() => {
                self.task.end_turn(self.closing.load(Ordering::SeqCst)).await;
                return self.stopped();
            }
            () = self.task.turn_ended() => {}
        }
        match self.task.lock().turn_state {
            TurnState::Done => Step::TurnDone,
            TurnState::Running => Step::PersonSpoke,
            _ => Step::TurnNotDone,
        }
    }

    fn stopped(&self) -> Step {
        if self.closing.load(Ordering::SeqCst) {
            Step::Closing
        } else {
            Step::Stop
        }
    }
}
