//! What a turn needs from outside of its task, looked up when it begins: the provider with its key,
//! and the person's environment.

use std::future::Future;
use std::sync::PoisonError;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::held::Waits;
use super::task::Task;
use crate::event::Event;
use crate::model::Provider;
use crate::providers::ConnectError;

/// Nobody is told of a wait that is over before it could be read.
const UNTOLD: Duration = Duration::from_millis(700);

impl Task {
    /// The provider to ask; `None` when the turn was stopped meanwhile.
    pub(super) async fn connect(
        &self,
        stopped: &CancellationToken,
    ) -> Option<Result<Provider, ConnectError>> {
        let waits = "Waiting for the keychain of this computer.";
        self.wait_for(stopped, waits, self.shared.asked.connect())
            .await
    }

    /// Waits until the person's shell has said what commands need; at most as long as a shell is
    /// given. `None` when the turn was stopped meanwhile.
    pub(super) async fn environment_settled(&self, stopped: &CancellationToken) -> Option<()> {
        let waits = "Waiting for your shell, to find your tools.";
        self.wait_for(stopped, waits, self.shared.environment.settled())
            .await
    }

    pub(super) fn waiting(&self, text: &str) {
        self.waiting_for(text, 0);
    }

    /// A wait that ends by itself after so many milliseconds, or before by [`Task::try_now`].
    pub(super) fn waiting_for(&self, text: &str, ms: u64) {
        let waits = (!text.is_empty()).then(|| Waits {
            text: text.to_owned(),
            until: (ms > 0).then(|| super::now().saturating_add(ms)),
        });
        *self.waits.lock().unwrap_or_else(PoisonError::into_inner) = waits;
        self.shared.tell(Event::Waiting {
            task: self.id.clone(),
            text: text.to_owned(),
            ms,
        });
    }

    /// What it waits for now, for a window that opens meanwhile.
    pub fn waits(&self) -> Option<Waits> {
        let waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        waits.clone()
    }

    async fn wait_for<T>(
        &self,
        stopped: &CancellationToken,
        words: &str,
        wait: impl Future<Output = T>,
    ) -> Option<T> {
        tokio::pin!(wait);
        tokio::select! {
            biased;
            done = &mut wait => return Some(done),
            () = stopped.cancelled() => return None,
            () = tokio::time::sleep(UNTOLD) => self.waiting(words),
        }
        let done = tokio::select! {
            done = wait => Some(done),
            () = stopped.cancelled() => None,
        };
        self.waiting("");
        done
    }
}
