//! The queue: of the tasks that are asked to work, so many do, and the others wait in order.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::state::Happened;
use super::state::TurnState;
use super::task::Task;

/// Tasks of a project that work at once. More would make each of them slow and run into the
/// limits of providers.
pub(crate) const AT_WORK: usize = 3;

impl Task {
    /// Waits for a place among the tasks at work, in the order in which they came. None when the
    /// task was stopped before it had one.
    pub(super) async fn queue(
        &self,
        places: Arc<Semaphore>,
        stopped: &CancellationToken,
    ) -> Option<OwnedSemaphorePermit> {
        let place = self.place(places, stopped).await?;
        if let Err(error) = self.happened(Happened::Started, TurnState::Running) {
            self.not_kept(&error);
        }
        Some(place)
    }

    /// The same for a turn that counts as begun.
    pub(super) async fn place(
        &self,
        places: Arc<Semaphore>,
        stopped: &CancellationToken,
    ) -> Option<OwnedSemaphorePermit> {
        let place = tokio::select! {
            biased;
            () = stopped.cancelled() => None,
            place = places.acquire_owned() => place.ok(),
        }?;
        if self.shared.is_closed() || !self.shared.is_trusted() {
            // Everything is being stopped, and this task's place came from one that was.
            stopped.cancelled().await;
            return None;
        }
        Some(place)
    }
}
