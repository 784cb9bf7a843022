//! What one running command may reach, and whom to ask about the rest.
//!
//! A question belongs to the command and not to the connection that raised it: a tool that gives up
//! and tries again finds the answer, and a second connection to the same site does not ask twice.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::consent;
use crate::approvals::Asker;
use crate::approvals::binding::Binding;
use crate::approvals::binding::Reach;
use crate::network::Gate;
use crate::network::site::Site;

/// Questions of one command that may wait at a time.
const MOST_WAITING: usize = 8;

type Verdict = Option<Result<(), String>>;

/// See the module.
pub(super) struct CommandGate {
    asker: Asker,
    /// The command that was approved.
    command: Binding,
    shown: String,
    folder: String,
    verdicts: Mutex<HashMap<Site, watch::Receiver<Verdict>>>,
    waited: Mutex<Waited>,
    over: CancellationToken,
}

/// How long a person was waited for.
#[derive(Debug, Default)]
struct Waited {
    questions: usize,
    since: Option<Instant>,
    before: Duration,
}

impl CommandGate {
    /// For a command that was approved as `command`. It asks until `over` is cancelled.
    pub(super) fn new(
        asker: Asker,
        command: Binding,
        shown: String,
        folder: String,
        over: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            asker,
            command,
            shown,
            folder,
            verdicts: Mutex::default(),
            waited: Mutex::default(),
            over,
        })
    }

    /// How long a person was waited for so far. A command's own time does not run meanwhile.
    pub(super) fn waited(&self) -> Duration {
        let waited = lock(&self.waited);
        waited.before + waited.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn approved(&self) -> Option<&BTreeSet<Site>> {
        match &self.command.profile.reach {
            Reach::Sites(sites) => Some(sites),
            Reach::Nothing | Reach::Machine => None,
        }
    }

    /// The answer about a site, now or later.
    fn verdict(self: &Arc<Self>, site: &Site) -> Result<watch::Receiver<Verdict>, String> {
        let mut verdicts = lock(&self.verdicts);
        if let Some(known) = verdicts.get(site) {
            return Ok(known.clone());
        }
        let open = verdicts
            .values()
            .filter(|verdict| verdict.borrow().is_none());
        if open.count() >= MOST_WAITING {
            return Err(format!(
                "{site} was not reached: the command asks for too many addresses at once."
            ));
        }
        let (tell, told) = watch::channel(None);
        verdicts.insert(site.clone(), told.clone());
        drop(verdicts);
        let (gate, site) = (Arc::clone(self), site.clone());
        tokio::spawn(async move {
            let answer = {
                let _waiting = gate.waiting();
                let (shown, folder) = (&gate.shown, &gate.folder);
                consent::site(&gate.asker, &site, shown, folder, &gate.command, &gate.over).await
            };
            tell.send_replace(Some(answer));
        });
        Ok(told)
    }

    fn waiting(&self) -> Waiting<'_> {
        let mut waited = lock(&self.waited);
        waited.questions += 1;
        waited.since.get_or_insert_with(Instant::now);
        Waiting(self)
    }
}

impl Gate for Arc<CommandGate> {
    fn may<'a>(&'a self, site: &'a Site) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            if self.approved().is_some_and(|sites| sites.contains(site)) {
                return Ok(());
            }
            let mut verdict = self.verdict(site)?;
            let settled = verdict.wait_for(Option::is_some).await;
            let settled = settled.ok().and_then(|verdict| verdict.clone());
            settled.unwrap_or_else(|| Err(format!("{site} was not reached.")))
        })
    }
}

/// A question that waits.
struct Waiting<'a>(&'a CommandGate);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut waited = lock(&self.0.waited);
        waited.questions -= 1;
        if waited.questions == 0
            && let Some(since) = waited.since.take()
        {
            waited.before += since.elapsed();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
