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

use super::begin::Beginning;
use super::begin::GoesOn;
use super::earlier::Asked;
use super::finish::Ended;
use super::keep::FLUSH;
use super::keep::Keeping;
use super::purse::TurnPays;
use super::task::Task;
use crate::agent::driver;
use crate::agent::driver::Control;
use crate::agent::driver::TurnEnd;
use crate::agent::driver::Update;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::agent::purse::Purse;
use crate::event::Event;
use crate::model::Failure;
use crate::model::Model;
use crate::model::catalog::Effort;
use crate::model::failure::Retry;
use crate::tools::DraftTools;
use crate::tools::Watched;

/// A turn under way.
pub(super) struct Running {
    pub(super) control: UnboundedSender<Control>,
    pub(super) copying: CancellationToken,
    /// Ends the wait with which a turn goes on.
    pub(super) hurry: CancellationToken,
    /// Set when the app closes, so that the turn counts as interrupted and not as stopped.
    pub(super) interrupted: Arc<AtomicBool>,
    pub(super) ended: watch::Receiver<bool>,
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
pub(super) struct Heard(pub(super) Arc<Mutex<Option<UnboundedReceiver<Control>>>>);

impl Heard {
    pub(super) fn take(&self) -> Option<UnboundedReceiver<Control>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Task {
    /// Whether a turn is under way.
    pub fn is_running(&self) -> bool {
        self.running().is_some()
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

    /// One turn, from the draft to its end.
    pub(super) async fn turn(
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
    pub(super) fn give_back_unheard(self: &Arc<Self>, heard: &Heard) {
        if let Some(control) = heard.take() {
            give_back_all(control, &mut Keeping::new(self.clone()));
        }
    }

    pub(super) fn show_error(&self, code: &str, message: &str, hint: &str) {
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
