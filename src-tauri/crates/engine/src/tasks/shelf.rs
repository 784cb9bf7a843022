//! Tasks put away and tasks removed.
//!
//! A task that is put away, or removed, stays what it was: its draft, its log and its place in the
//! history are not touched, so both can be taken back. Thirty days after it was removed, or when
//! the person says so, what Greenlight keeps of a task is deleted. All of that is in Greenlight's
//! own data folder; nothing here knows a path of the project.

use std::path::Path;
use std::time::Duration;

use super::shared::Shared;
use super::task::Task;
use super::task::TaskError;
use crate::event::Event;
use crate::project::copy::remove_tree;
use crate::store::index::Shelf;
use crate::store::log::Record;

/// How long a removed task is kept.
pub(crate) const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Task {
    /// Where the person put it.
    pub fn shelf(&self) -> Shelf {
        self.lock().shelf
    }

    /// Puts the task away, or takes it out again.
    ///
    /// # Errors
    ///
    /// [`TaskError::MustStop`], [`TaskError::Checking`] or [`TaskError::UntilGreen`] while something
    /// is under way in it; [`TaskError`] when it could not be kept.
    pub fn archive(&self, archived: bool) -> Result<(), TaskError> {
        self.put_on_shelf(|shelf| shelf.archived = archived)
    }

    /// Removes the task, or brings it back. Nothing of it is deleted yet.
    ///
    /// # Errors
    ///
    /// As [`Self::archive`].
    pub(crate) fn remove(&self, removed: bool) -> Result<(), TaskError> {
        self.put_on_shelf(|shelf| shelf.removed_at = removed.then(super::now))
    }

    fn put_on_shelf(&self, change: impl FnOnce(&mut Shelf)) -> Result<(), TaskError> {
        if self.is_until_green() {
            return Err(TaskError::UntilGreen);
        }
        // Held, so that no turn and no check begins meanwhile.
        let _moving = self.moving();
        if self.is_running() {
            return Err(TaskError::MustStop);
        }
        if self.is_checking() {
            return Err(TaskError::Checking);
        }
        let mut inner = self.lock();
        let mut shelf = inner.shelf;
        change(&mut shelf);
        self.shared.index.put_shelf(&self.id, shelf)?;
        inner.shelf = shelf;
        inner.log.append_or_hold(&shelved(shelf))?;
        inner.log.sync()?;
        let facts = self.facts_of(&inner);
        drop(inner);
        self.shared.tell(Event::TaskChanged(facts));
        Ok(())
    }

    /// A message to a task that is put away takes it out again.
    pub(super) fn take_out(&self) -> Result<(), TaskError> {
        let mut inner = self.lock();
        if inner.shelf == Shelf::default() {
            return Ok(());
        }
        self.shared.index.put_shelf(&self.id, Shelf::default())?;
        inner.shelf = Shelf::default();
        Ok(inner.log.append(&shelved(Shelf::default()))?)
    }

    /// Whether a removed task has been kept long enough at the moment `now`, in milliseconds since
    /// the epoch.
    pub(crate) fn is_over(&self, now: u64) -> bool {
        let kept = u64::try_from(KEPT.as_millis()).unwrap_or(u64::MAX);
        self.shelf()
            .removed_at
            .is_some_and(|at| now.saturating_sub(at) >= kept)
    }

    /// Deletes what Greenlight keeps of a removed task: its draft, its log and its rows. Versions
    /// of files that the history of applies may need stay.
    ///
    /// # Errors
    ///
    /// [`TaskError::Deleting`] when files could not be deleted; what is left goes at the next start.
    pub(crate) fn delete_for_good(&self) -> Result<(), TaskError> {
        let _moving = self.moving();
        let gone = gone(&self.shared.data);
        let failed = |source| TaskError::Deleting { source };
        std::fs::create_dir_all(&gone).map_err(failed)?;
        let place = gone.join(&self.id);
        match std::fs::rename(self.dir(), &place) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed(error));
            }
            _ => {}
        }
        // From here on the task is not found again, whatever happens.
        self.shared.index.forget_task(&self.id)?;
        match remove_tree(&place) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        }
    }
}

/// Deletes what a deletion that was cut short has left.
pub(crate) fn sweep(shared: &Shared) {
    let gone = gone(&shared.data);
    for left in std::fs::read_dir(gone).into_iter().flatten().flatten() {
        // It is out of sight already; the next start tries again.
        let _ = remove_tree(&left.path());
    }
}

/// Where the files of a task are while they are being deleted.
fn gone(data: &Path) -> std::path::PathBuf {
    data.join("gone")
}

pub(super) fn shelved(shelf: Shelf) -> Record {
    Record::Shelved {
        archived: shelf.archived,
        removed_at: shelf.removed_at,
    }
}
