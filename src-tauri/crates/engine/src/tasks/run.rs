//! Runs the turns of a task: makes the draft, puts the conversation together, and keeps what comes
//! of it.
//!
//! A message is in the log and on the disk before anything is sent. Everything the driver tells is
//! written to the log in order and passed on; a text that is still growing is written once a second,
//! so that a `kill -9` costs at most that.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::automatic::item_of;
use super::earlier::Asked;
use super::finish::Ended;
use super::keep::FLUSH;
use super::keep::Keeping;
use super::purse::TurnPays;
use super::state::Happened;
use super::state::TurnState;
use super::task::Task;
use super::task::TaskError;
use super::unsent::Typed;
use super::unsent::Unsent;
use crate::agent::driver;
use crate::agent::driver::Control;
use crate::agent::driver::Message;
use crate::agent::driver::TurnEnd;
use crate::agent::driver::Update;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::agent::purse::Purse;
use crate::attachments;
use crate::attachments::Attachment;
use crate::event::Event;
use crate::model::Failure;
use crate::model::Model;
use crate::model::catalog::Effort;
use crate::model::failure::Retry;
use crate::store::log::Record;
use crate::tools::DraftTools;
use crate::tools::Watched;

/// A turn under way.
pub(super) struct Running {
    control: UnboundedSender<Control>,
    pub(super) copying: CancellationToken,
    /// Ends the wait with which a turn goes on.
    hurry: CancellationToken,
    /// Set when the app closes, so that the turn counts as interrupted and not as stopped.
    interrupted: Arc<AtomicBool>,
    ended: watch::Receiver<bool>,
    /// Who answers until the turn ends, whatever is chosen meanwhile.
    pub(super) model: Model,
    /// It only makes the conversation shorter, and hears nothing.
    pub(super) compacts: bool,
}

impl Running {
    /// Something that is stopped through `control`, and has ended when `ended` says so.
    pub(super) fn new(
        control: UnboundedSender<Control>,
        interrupted: Arc<AtomicBool>,
        ended: watch::Receiver<bool>,
        model: Model,
    ) -> Self {
        Self {
            control,
            copying: CancellationToken::new(),
            hurry: CancellationToken::new(),
            interrupted,
            ended,
            model,
            compacts: false,
        }
    }
}

/// What is said to a turn, until it listens. It lies here and not in the turn, because a turn that
/// ends before, by itself or by a fault, would take it along.
#[derive(Clone)]
struct Heard(Arc<Mutex<Option<UnboundedReceiver<Control>>>>);

impl Heard {
    fn take(&self) -> Option<UnboundedReceiver<Control>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// How a turn comes about.
enum Beginning {
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
    /// Whether a turn is under way.
    pub fn is_running(&self) -> bool {
        self.running().is_some()
    }

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

    /// Stops all that is under way in the task and waits until it has ended: until green, a check, the
    /// turn.
    pub async fn stop(&self) {
        self.stop_until_green().await;
        self.stop_check().await;
        self.end_turn(false).await;
    }

    /// Ends the wait before the next try of a request. Nothing where nothing waits.
    pub fn try_now(&self) {
        if let Some(running) = self.running().as_ref() {
            running.hurry.cancel();
            // A turn that just ended waits for nothing.
            let _ = running.control.send(Control::TryNow);
        }
    }

    /// Stops all of it because the app closes.
    pub(crate) async fn interrupt(&self) {
        self.end_until_green(true).await;
        self.stop_check().await;
        self.end_turn(true).await;
    }

    /// Stops the turn under way and waits until it has ended. With `closes` it counts as interrupted
    /// and not as stopped.
    pub(super) async fn end_turn(&self, closes: bool) {
        let ended = self.running().as_ref().map(|running| {
            if closes {
                running.interrupted.store(true, Ordering::Relaxed);
            }
            running.copying.cancel();
            // A turn that just ended hears nothing more, and need not.
            let _ = running.control.send(Control::Stop);
            running.ended.clone()
        });
        if let Some(mut ended) = ended {
            let _ = ended.wait_for(|ended| *ended).await;
        }
    }

    /// Waits until the turn under way has ended.
    pub(super) async fn turn_ended(&self) {
        let ended = self.running().as_ref().map(|running| running.ended.clone());
        if let Some(mut ended) = ended {
            let _ = ended.wait_for(|ended| *ended).await;
        }
    }

    pub(super) fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// One turn, from the draft to its end.
    async fn turn(
        self: Arc<Self>,
        beginning: Beginning,
        (model, effort): (Model, Option<Effort>),
        heard: Heard,
        copying: CancellationToken,
    ) -> Ended {
        if !self.after_check(&copying).await {
            return Ended::Stopped;
        }
        let draft = match self.clone().ready_draft(copying.clone()).await {
            Ok(draft) => draft,
            Err(_) if copying.is_cancelled() => return Ended::Stopped,
            Err(sentence) => {
                self.show_error(
                    "draft",
                    &sentence,
                    "Nothing was sent and nothing was changed.",
                );
                return Ended::Failed;
            }
        };
        let permission = self.lock().permission;
        let provider = match self.connect(&copying).await {
            Some(Ok(provider)) => provider,
            Some(Err(error)) => {
                self.show_error("no_provider", &error.to_string(), error.hint());
                return Ended::Failed;
            }
            None => return Ended::Stopped,
        };
        if self.environment_settled(&copying).await.is_none() {
            return Ended::Stopped;
        }
        let confinement = Arc::new(self.shared.confinement(&self.id));
        *self.commands.lock().unwrap_or_else(PoisonError::into_inner) = Some(confinement.clone());
        let mut tools = DraftTools::new(draft.clone(), confinement, permission, model.clone());
        if let Some(asker) = self.asker() {
            tools = tools.asking(asker);
        }
        let context = self.context(permission, Some(&draft));
        let mut session = self.session(provider, (model, effort), context);
        session.turns -= 1;
        let turn = session.turns + 1;
        session.purse = Some(Purse::new(TurnPays {
            task: self.clone(),
            turn,
            once: matches!(beginning, Beginning::GoesOn(GoesOn { once: true, .. })),
        }));
        // Only what begins the turn takes it too, and that waits for this.
        let Some(control) = heard.take() else {
            return Ended::Stopped;
        };
        let (tell, mut told) = unbounded_channel();
        let mut keeping = Keeping::new(self.clone());
        // A turn that goes on asks nothing that could have been asked before.
        let asked = match &beginning {
            Beginning::With { message, .. } => Some(Asked::new(&session, message, &draft)),
            Beginning::GoesOn(_) => None,
        };
        if let Some(asked) = &asked
            && let Some(earlier) = self.earlier_answer(asked, &draft).await
        {
            give_back_all(control, &mut keeping);
            self.answer_again(&mut keeping, &mut session, asked, earlier);
            return Ended::Done;
        }
        let watched = Watched::new(&tools, draft.tree(), draft.seen_at());
        let end = {
            let items = self.items_of(turn);
            let running = async {
                match beginning {
                    Beginning::With { message, .. } => {
                        driver::run(&mut session, message, &watched, tell, control).await
                    }
                    Beginning::GoesOn(_) => {
                        driver::go_on(&mut session, items, &watched, tell, control).await
                    }
                }
            };
            tokio::pin!(running);
            let mut tick = tokio::time::interval(FLUSH);
            loop {
                tokio::select! {
                    biased;
                    Some(update) = told.recv() => keeping.keep(update),
                    _ = tick.tick() => keeping.flush(),
                    end = &mut running => break end,
                }
            }
        };
        while let Ok(update) = told.try_recv() {
            keeping.keep(update);
        }
        if let (Some(asked), TurnEnd::Done) = (&asked, &end) {
            self.keep_answer(asked, &session, &draft, watched.looks());
        }
        match end {
            TurnEnd::Done => Ended::Done,
            TurnEnd::Stopped => Ended::Stopped,
            TurnEnd::Failed(Failure::OverBudget { .. }) => Ended::HeldUp,
            TurnEnd::Failed(failure)
                if failure.retry() != Retry::Never || failure.long_wait().is_some() =>
            {
                Ended::HeldUp
            }
            TurnEnd::Failed(_) => Ended::Failed,
        }
    }

    /// The highest number of an item that the driver made in a turn.
    fn items_of(&self, turn: u32) -> u32 {
        let before = format!("{turn}-");
        let inner = self.lock();
        let items = inner.items.iter().filter(|item| item.turn == turn);
        let numbers = items.filter_map(|item| item.id.strip_prefix(&before)?.parse().ok());
        numbers.max().unwrap_or(0)
    }

    /// What was said to a turn that ended before it came to listen is unsent again.
    fn give_back_unheard(self: &Arc<Self>, heard: &Heard) {
        if let Some(control) = heard.take() {
            give_back_all(control, &mut Keeping::new(self.clone()));
        }
    }

    fn show_error(&self, code: &str, message: &str, hint: &str) {
        let now = super::now();
        let turn = self.lock().turn;
        let item = Item {
            id: format!("{turn}-error"),
            turn,
            started_at: now,
            completed_at: Some(now),
            kind: ItemKind::Error {
                code: code.to_owned(),
                message: message.to_owned(),
                hint: hint.to_owned(),
                wait_ms: None,
            },
        };
        self.keep_item(&item);
        self.shared.tell(Event::ItemCompleted {
            task: self.id.clone(),
            item,
        });
    }

    pub(super) fn keep_item(&self, item: &Item) {
        if let Err(error) = self.put_item(item) {
            self.not_kept(&error);
        }
    }

    /// The disk refused. The person is told, because what they see is not safe.
    pub(crate) fn not_kept(&self, error: &dyn std::error::Error) {
        self.shared.tell(Event::Notice {
            message: format!("This task is not being saved: {error}"),
            hint: "Make room on the disk; the task goes on.".to_owned(),
        });
    }
}

/// Gives back what was said to a turn that will not hear it.
fn give_back_all(mut control: UnboundedReceiver<Control>, keeping: &mut Keeping) {
    // From here on nothing comes in, so that nothing is left behind.
    control.close();
    let mut unheard = Vec::new();
    while let Ok(control) = control.try_recv() {
        if let Control::Steer(message) = control {
            unheard.push(message);
        }
    }
    if !unheard.is_empty() {
        keeping.keep(Update::GivenBack(unheard));
    }
}

/// The id of the message that a turn begins with.
pub(super) fn first_item(turn: u32) -> String {
    format!("{turn}-1")
}
