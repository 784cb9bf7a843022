//! Runs the checks of a task in its draft, and sends what fails to the agent.
//!
//! A check has the draft to itself: it does not begin while the agent is at work, a turn that begins
//! meanwhile waits for it, and nothing is applied. Its run is an item of the task; what it prints is
//! passed on in small pieces, however fast it prints.

mod live;

use std::sync::Arc;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use self::live::Live;
use self::live::newest;
use super::task::Permission;
use super::task::Task;
use super::task::TaskError;
use super::unsent::Typed;
use crate::agent::driver::Message;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::checks::Check;
use crate::checks::message::for_agent;
use crate::checks::run::Run;
use crate::checks::verdict::Verdict;
use crate::checks::verdict::judge;
use crate::event::Event;
use crate::project::draft::Draft;
use crate::project::draft::Stamp;
use crate::redact::Keys;
use crate::redact::Reach;
use crate::store::index::IndexError;
use crate::store::log::Record;
use crate::tools::check::Ran;
use crate::tools::check::run_check;

/// How long a check may take when the person does not say.
pub const STANDARD_LIMIT: Duration = Duration::from_secs(600);

/// How often what a check prints is passed on.
const TELL: Duration = Duration::from_millis(120);
/// Bytes of a running check's output that are kept for a window that opens meanwhile.
const LIVE_OUTPUT: usize = 64 << 10;

/// Why something could not be done with a check. Nothing was changed in every case.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The agent has the draft.
    #[error(
        "The agent is at work in the private copy, so the check was not started. Run it when the \
         agent is done, or stop the agent first."
    )]
    AgentAtWork,
    /// One at a time.
    #[error(
        "`{0}` is running in this task, so nothing else was started. Wait for it, or stop it first."
    )]
    AlreadyRunning(String),
    /// The loop has the draft.
    #[error("Until green is under way in this task, so nothing else was started. Stop it first.")]
    UntilGreen,
    /// There is no such check.
    #[error("That check is not there any more, so nothing was run. Choose one from the list.")]
    Unknown,
    /// Its newest run is not one to be mended.
    #[error("The newest run of this check did not fail, so nothing was sent to the agent.")]
    NotFailed,
    /// Nothing was typed.
    #[error("The command is empty, so it was not kept. Type the command that you use.")]
    EmptyCommand,
    /// The task refused.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// A check under way.
pub(super) struct Checking {
    command: String,
    stop: CancellationToken,
    ended: watch::Receiver<bool>,
}

impl Task {
    /// The checks there are for this task, found in its draft, or in the project before it has one,
    /// and those that the person typed. Nothing is run.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the person's own could not be read.
    pub fn checks(&self) -> Result<Vec<Check>, IndexError> {
        match self.draft() {
            Some(draft) => self.shared.checks(draft.tree()),
            None => self.shared.checks(self.shared.project.root()),
        }
    }

    /// What the draft holds now; none before there is one.
    pub fn stamp(&self) -> Option<Stamp> {
        self.draft().map(|draft| draft.stamp())
    }

    /// Begins to run a check. Its item says what it comes to.
    ///
    /// # Errors
    ///
    /// [`CheckError`] when it was not started.
    pub fn run_check(
        self: &Arc<Self>,
        check: &str,
        limit: Option<Duration>,
    ) -> Result<(), CheckError> {
        let check = self.check_named(check)?;
        if self.is_until_green() {
            return Err(CheckError::UntilGreen);
        }
        self.begin_check(check, limit.unwrap_or(STANDARD_LIMIT))?;
        Ok(())
    }

    pub(super) fn check_named(&self, id: &str) -> Result<Check, CheckError> {
        let checks = self.checks()?;
        let named = checks.into_iter().find(|check| check.id == id);
        named.ok_or(CheckError::Unknown)
    }

    /// Begins a check and answers with what will tell of its end.
    pub(super) fn begin_check(
        self: &Arc<Self>,
        check: Check,
        limit: Duration,
    ) -> Result<oneshot::Receiver<Box<Run>>, CheckError> {
        let _moving = self.moving();
        if self.shared.is_closed() {
            return Err(TaskError::Closed.into());
        }
        if self.is_running() {
            return Err(CheckError::AgentAtWork);
        }
        let mut slot = self.checking();
        // Looked at here: from here on the slot says that there is something to stop.
        if !self.shared.is_trusted() {
            return Err(TaskError::NotTrusted.into());
        }
        if let Some(running) = slot.as_ref() {
            return Err(CheckError::AlreadyRunning(running.command.clone()));
        }
        let item = self.begin_item(check.clone())?;
        let stop = CancellationToken::new();
        let (end, ended) = watch::channel(false);
        *slot = Some(Checking {
            command: check.command.clone(),
            stop: stop.clone(),
            ended,
        });
        drop(slot);
        let id = item.id.clone();
        self.shared.tell(Event::ItemStarted {
            task: self.id.clone(),
            item,
        });
        self.shared.tell(Event::TaskChanged(self.facts()));
        let (tell, told) = oneshot::channel();
        let task = self.clone();
        tokio::spawn(async move {
            let at = (id.clone(), check.clone());
            let running = tokio::spawn(task.clone().perform(at, limit, stop));
            let done = running.await.unwrap_or_else(|_| {
                // A fault of the program ends the check and not the task.
                Done::without(Verdict::NotStarted {
                    why: "Greenlight had a fault. Nothing in your folder was changed.".to_owned(),
                })
            });
            let finished = tokio::task::spawn_blocking(move || task.finish_check(&id, done));
            if let Ok(Some(run)) = finished.await {
                // Nobody waiting is the usual case, for both.
                let _ = tell.send(run);
            }
            let _ = end.send(true);
        });
        Ok(told)
    }

    /// The item of a check that begins, kept.
    fn begin_item(&self, check: Check) -> Result<Item, TaskError> {
        let mut inner = self.lock();
        let runs = inner.items.iter();
        let number = 1 + runs
            .filter(|item| matches!(item.kind, ItemKind::CheckRun(_)))
            .count();
        let item = Item {
            id: format!("check-{number}"),
            turn: inner.turn,
            started_at: super::now(),
            completed_at: None,
            kind: ItemKind::CheckRun(Box::new(Run::begun(check))),
        };
        inner.log.append(&Record::Item { item: item.clone() })?;
        inner.put(item.clone());
        Ok(item)
    }

    async fn perform(
        self: Arc<Self>,
        (id, check): (String, Check),
        limit: Duration,
        stop: CancellationToken,
    ) -> Done {
        let refused = |why: String| Done::without(Verdict::NotStarted { why });
        let draft = match self.clone().ready_draft(stop.clone()).await {
            Ok(draft) => draft,
            Err(_) if stop.is_cancelled() => return Done::without(Verdict::Stopped),
            Err(sentence) => return refused(sentence),
        };
        let task = self.clone();
        let confinement =
            tokio::task::spawn_blocking(move || Arc::new(task.shared.confinement(&task.id))).await;
        let Ok(confinement) = confinement else {
            return refused("Its surroundings could not be made ready.".to_owned());
        };
        let network = self.lock().permission == Permission::Full;
        let live = Live::new(self.shared.asked.keys());
        let ran = {
            let shown = |text: &str| live.push(text);
            let at = (id.as_str(), &check);
            let running = run_check(&draft, confinement, at, (limit, network), &shown, &stop);
            tokio::pin!(running);
            let mut tick = tokio::time::interval(TELL);
            loop {
                tokio::select! {
                    biased;
                    ran = &mut running => break ran,
                    _ = tick.tick() => self.tell_output(&id, live.take()),
                }
            }
        };
        match ran {
            Ok(ran) => {
                let verdict = judge(check.purpose, ran.end, &ran.said, limit.as_secs());
                Done {
                    verdict,
                    ran: Some(ran),
                }
            }
            Err(_) if stop.is_cancelled() => Done::without(Verdict::Stopped),
            Err(why) => refused(why),
        }
    }

    fn tell_output(&self, id: &str, text: String) {
        if text.is_empty() {
            return;
        }
        {
            let mut inner = self.lock();
            let item = inner.items.iter_mut().rev().find(|item| item.id == id);
            if let Some(ItemKind::CheckRun(run)) = item.map(|item| &mut item.kind) {
                run.output.push_str(&text);
                let cut = newest(&run.output, LIVE_OUTPUT);
                run.output.drain(..cut);
            }
        }
        self.shared.tell(Event::ItemDelta {
            task: self.id.clone(),
            item: id.to_owned(),
            text,
        });
    }

    /// Puts the result on the disk, gives the draft free and tells of both. The run is none when its
    /// item is gone.
    fn finish_check(&self, id: &str, done: Done) -> Option<Box<Run>> {
        let draft = self.draft();
        let stamp = draft.as_ref().map(Draft::stamp);
        let item = {
            let mut inner = self.lock();
            let item = inner.items.iter_mut().rev().find(|item| item.id == id);
            item.map(|item| {
                item.completed_at = Some(super::now().max(item.started_at));
                if let ItemKind::CheckRun(run) = &mut item.kind {
                    done.put_into(run, stamp.as_ref(), self.shared.asked.keys());
                }
                item.clone()
            })
        };
        let run = item.as_ref().and_then(|item| match &item.kind {
            ItemKind::CheckRun(run) => Some(run.clone()),
            _ => None,
        });
        if let Some(item) = item {
            let kept = {
                let mut inner = self.lock();
                inner.changed_at = super::now();
                let record = Record::Item { item: item.clone() };
                inner.log.append(&record).and_then(|()| inner.log.sync())
            };
            if let Err(error) = kept {
                self.not_kept(&error);
            }
            self.shared.tell(Event::ItemCompleted {
                task: self.id.clone(),
                item,
            });
        }
        *self.checking() = None;
        // What the person changed meanwhile was kept out of a running check.
        if let Some(Err(error)) = draft.map(|draft| draft.refresh().and_then(|_| draft.sync())) {
            self.not_kept(&error);
        }
        self.recount();
        let saved = self.save(&self.lock());
        if let Err(error) = saved {
            self.not_kept(&error);
        }
        self.shared.tell(Event::TaskChanged(self.facts()));
        self.shared.tell(Event::ChangesChanged {
            task: self.id.clone(),
        });
        run
    }

    /// Stops the check under way and waits until everything it started has ended.
    pub async fn stop_check(&self) {
        let ended = self.checking().as_ref().map(|checking| {
            checking.stop.cancel();
            checking.ended.clone()
        });
        if let Some(mut ended) = ended {
            let _ = ended.wait_for(|ended| *ended).await;
        }
    }

    /// Waits until no check runs, for a turn that wants the draft; `false` when stopped meanwhile.
    pub(super) async fn after_check(&self, stop: &CancellationToken) -> bool {
        let running = self
            .checking()
            .as_ref()
            .map(|checking| (checking.command.clone(), checking.ended.clone()));
        let Some((command, mut ended)) = running else {
            return true;
        };
        self.waiting(&format!(
            "Waits for the check `{command}`, which has the private copy to itself."
        ));
        let waited = tokio::select! {
            biased;
            () = stop.cancelled() => false,
            _ = ended.wait_for(|ended| *ended) => true,
        };
        self.waiting("");
        waited
    }

    /// Whether a check runs.
    pub(crate) fn is_checking(&self) -> bool {
        self.checking().is_some()
    }

    fn checking(&self) -> MutexGuard<'_, Option<Checking>> {
        self.checking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the failures of a check's newest run to the agent, as a turn.
    ///
    /// # Errors
    ///
    /// [`CheckError::NotFailed`] when there is nothing to mend; [`CheckError::AgentAtWork`] and the
    /// like when the agent cannot hear it now.
    pub fn send_failures(self: &Arc<Self>, check: &str) -> Result<(), CheckError> {
        if self.is_until_green() {
            return Err(CheckError::UntilGreen);
        }
        let running = self.checking().as_ref().map(|it| it.command.clone());
        if let Some(command) = running {
            return Err(CheckError::AlreadyRunning(command));
        }
        if self.is_running() {
            return Err(CheckError::AgentAtWork);
        }
        let message = self.failures_of(check)?;
        self.begin(message, Typed::Stays)?;
        Ok(())
    }

    /// The message about a check's newest run.
    pub(super) fn failures_of(&self, check: &str) -> Result<Message, CheckError> {
        let inner = self.lock();
        let newest = inner.items.iter().rev().find_map(|item| match &item.kind {
            ItemKind::CheckRun(run) if run.check.id == check => Some(run),
            _ => None,
        });
        match newest {
            Some(run) if run.verdict.can_be_mended() => Ok(Message::text(for_agent(run))),
            _ => Err(CheckError::NotFailed),
        }
    }
}

/// A check that is over, before it is kept.
struct Done {
    verdict: Verdict,
    ran: Option<Ran>,
}

impl Done {
    fn without(verdict: Verdict) -> Self {
        Self { verdict, ran: None }
    }

    /// What a check prints goes to the log, the window and the agent, so it goes without secrets.
    fn put_into(self, run: &mut Run, stamp: Option<&Stamp>, keys: &Keys) {
        let struck = |text: &str| keys.strike(text, Reach::Certain).text;
        run.verdict = self.verdict;
        if let Some(stamp) = stamp {
            run.draft.clone_from(&stamp.bytes);
            run.change = stamp.change;
        }
        if let Some(ran) = self.ran {
            run.output = struck(&ran.output);
            run.counts = ran.said.counts;
            run.failing = ran.said.failing.iter().map(|name| struck(name)).collect();
            run.duration_ms = u64::try_from(ran.took.as_millis()).unwrap_or(u64::MAX);
            run.changed = ran.changed;
        }
    }
}
