//! Makes the conversation of a task shorter when the person asks for it, shows what is kept of one,
//! and finds its way back after a death in the middle.
//!
//! It belongs to the newest turn and is none of its own, so that Try again takes it back with that
//! turn. While it is under way the task hears nothing.
//!
//! The addition to the history is in the log before the item that shows it is complete, and it alone
//! counts: without it nothing has happened, with it all has.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::keep::Keeping;
use super::purse::TurnPays;
use super::run::Running;
use super::task::Inner;
use super::task::Task;
use super::task::TaskError;
use crate::agent::driver;
use crate::agent::driver::Control;
use crate::agent::driver::TurnEnd;
use crate::agent::history::History;
use crate::agent::history::is_compaction;
use crate::agent::item::ItemKind;
use crate::agent::kept::in_words;
use crate::agent::kept::kept;
use crate::agent::prompt::Context;
use crate::agent::purse::Purse;
use crate::agent::session::around;
use crate::event::Event;
use crate::model::Model;
use crate::model::catalog::Effort;
use crate::tools::Progress;
use crate::tools::ToolCall;
use crate::tools::ToolResult;
use crate::tools::Tools;
use crate::tools::specs;

impl Task {
    /// Makes the conversation shorter, as it happens by itself before the model's window is full.
    /// It goes on after this returns.
    ///
    /// # Errors
    ///
    /// [`TaskError::ShortAlready`] when that would change next to nothing, [`TaskError::State`] while
    /// something is under way; then nothing was sent.
    pub fn compact(self: &Arc<Self>) -> Result<(), TaskError> {
        if !self.shared.is_trusted() {
            return Err(TaskError::NotTrusted);
        }
        self.shared.asked.ready()?;
        let mut slot = self.running();
        if self.shared.is_closed() {
            return Err(TaskError::Closed);
        }
        if slot.is_some() {
            return Err(TaskError::State(self.facts().state));
        }
        let (model, effort, permission, prefix) = {
            let mut inner = self.lock();
            if !History::new(inner.wire.clone()).is_worth_compacting() {
                return Err(TaskError::ShortAlready);
            }
            inner.compacting = true;
            let model = self.answers_now(&inner);
            let prefix = format!("{}-compact-{}", inner.turn, inner.wire.len());
            (model, inner.effort, inner.permission, prefix)
        };
        let (control, heard) = unbounded_channel();
        let (end, ended) = watch::channel(false);
        let interrupted = Arc::new(AtomicBool::new(false));
        let mut running = Running::new(control, interrupted, ended, model.clone());
        running.compacts = true;
        let stopped = running.copying.clone();
        *slot = Some(running);
        drop(slot);
        self.shared.tell(Event::TaskChanged(self.facts()));
        let task = self.clone();
        tokio::spawn(async move {
            let work = task.clone().shorten(
                (
                    model,
                    effort,
                    task.context(permission, task.draft().as_ref()),
                ),
                prefix,
                heard,
                stopped,
            );
            // A fault of the program leaves the conversation as it was.
            if tokio::spawn(work).await.is_err() {
                task.compaction_failed("It ended by a fault of Greenlight.", "Try again.");
            }
            *task.running() = None;
            task.lock().compacting = false;
            task.shared.tell(Event::TaskChanged(task.facts()));
            // Nobody waiting is the usual case.
            let _ = end.send(true);
        });
        Ok(())
    }

    async fn shorten(
        self: Arc<Self>,
        (model, effort, context): (Model, Option<Effort>, Context),
        prefix: String,
        heard: UnboundedReceiver<Control>,
        stopped: CancellationToken,
    ) {
        let provider = match self.connect(&stopped).await {
            Some(Ok(provider)) => provider,
            Some(Err(error)) => {
                return self.compaction_failed(&error.to_string(), error.hint());
            }
            None => return,
        };
        let offered = Offered(specs(&model.traits));
        let mut session = self.session(provider, (model, effort), context);
        session.purse = Some(Purse::new(TurnPays {
            task: self.clone(),
            turn: session.turns,
            once: false,
        }));
        let (tell, mut told) = unbounded_channel();
        let mut keeping = Keeping::new(self.clone());
        let running = driver::compact(&mut session, prefix, &offered, tell, heard);
        tokio::pin!(running);
        let end = loop {
            tokio::select! {
                biased;
                Some(update) = told.recv() => keeping.keep(update),
                end = &mut running => break end,
            }
        };
        while let Ok(update) = told.try_recv() {
            keeping.keep(update);
        }
        if end == TurnEnd::Done
            && let Err(error) = self.lock().log.sync()
        {
            self.not_kept(&error);
        }
    }

    fn compaction_failed(&self, why: &str, hint: &str) {
        self.shared.tell(Event::Notice {
            message: format!("The conversation could not be made shorter. {why}"),
            hint: format!("Nothing of it was lost, and the task can go on. {hint}"),
        });
    }

    /// Exactly the text that goes on after a compaction, by the id of its item.
    pub fn kept_by(&self, item: &str) -> Option<String> {
        let inner = self.lock();
        let at = inner.mark_of(item)?;
        let mark = &inner.wire[at];
        let reader = mark["sealed_by"].as_str().unwrap_or("");
        Some(in_words(&kept(&inner.wire[..at], mark, reader)))
    }
}

impl Inner {
    fn mark_of(&self, item: &str) -> Option<usize> {
        let mut wire = self.wire.iter();
        wire.position(|there| is_compaction(there) && there["item"] == item)
    }

    /// Settles compactions that a death left under way: one whose addition is in the history is
    /// done, any other never was.
    pub(super) fn settle_compactions(&mut self, model: &Model) {
        let wire = std::mem::take(&mut self.wire);
        let mark = |id: &str| {
            wire.iter()
                .find(|one| is_compaction(one) && one["item"] == id)
        };
        self.items.retain_mut(|item| {
            let ItemKind::Compaction { summary, about } = &mut item.kind else {
                return true;
            };
            if item.completed_at.is_some() {
                return true;
            }
            let Some(mark) = mark(&item.id) else {
                return false;
            };
            mark["summary"].as_str().unwrap_or("").clone_into(summary);
            *about = serde_json::from_value(mark["shown"].clone()).unwrap_or_default();
            item.completed_at = Some(item.started_at);
            true
        });
        self.wire = wire;
        if self.wire[self.context_at.min(self.wire.len())..]
            .iter()
            .any(is_compaction)
        {
            self.measure_anew(model);
        }
    }

    /// Estimates what the conversation takes, where what was counted does not hold any more.
    pub(super) fn measure_anew(&mut self, model: &Model) {
        let used = match self.wire.is_empty() {
            true => 0,
            false => History::new(self.wire.clone()).tokens(around(model)),
        };
        self.measured(used);
    }
}

/// Tools that are offered and never called: a summary is not acted upon.
struct Offered(Vec<Value>);

impl Tools for Offered {
    fn specs(&self) -> Vec<Value> {
        self.0.clone()
    }

    fn call<'a>(
        &'a self,
        call: ToolCall,
        _: &'a dyn Progress,
        _: CancellationToken,
    ) -> Pin<Box<dyn Future<Output = ToolResult> + Send + 'a>> {
        let error = "nothing is carried out while a conversation is summed up".to_owned();
        let item = ItemKind::BadCall {
            tool: call.name,
            error: error.clone(),
        };
        let output = error.into();
        Box::pin(async move { ToolResult { output, item } })
    }
}
