//! Tasks that the person removed: kept for a while, brought back, or deleted for good.

use std::sync::Arc;

use super::OpenedProject;
use crate::tasks::now;
use crate::tasks::shelf::KEPT;
use crate::tasks::shelf::sweep;
use crate::tasks::task::Facts;
use crate::tasks::task::Task;
use crate::tasks::task::TaskError;

/// A removed task.
#[derive(Debug, Clone)]
pub struct Removed {
    /// What it was.
    pub facts: Facts,
    /// When it was removed, in milliseconds since the epoch.
    pub at: u64,
    /// When it is deleted, in milliseconds since the epoch.
    pub until: u64,
}

impl OpenedProject {
    /// The tasks that were removed and can be brought back, the newest removal first.
    pub fn removed(&self) -> Vec<Removed> {
        let kept = u64::try_from(KEPT.as_millis()).unwrap_or(u64::MAX);
        let mut removed: Vec<Removed> = self
            .lock()
            .iter()
            .filter_map(|task| {
                let at = task.shelf().removed_at?;
                Some(Removed {
                    facts: task.facts(),
                    at,
                    until: at.saturating_add(kept),
                })
            })
            .collect();
        removed.sort_by_key(|task| std::cmp::Reverse(task.at));
        removed
    }

    /// Removes a task; what it does is stopped first. It can be brought back.
    ///
    /// # Errors
    ///
    /// [`TaskError::NoSuchTask`], or why it could not be kept; then it is where it was.
    pub async fn remove(&self, id: &str) -> Result<(), TaskError> {
        let task = self.task(id).ok_or(TaskError::NoSuchTask)?;
        task.stop().await;
        task.remove(true)
    }

    /// Brings a removed task back.
    ///
    /// # Errors
    ///
    /// As [`Self::remove`].
    pub fn bring_back(&self, id: &str) -> Result<Facts, TaskError> {
        let task = self.removed_task(id)?;
        task.remove(false)?;
        // Its draft did not follow the folder meanwhile.
        self.refresh_draft(&task);
        Ok(task.facts())
    }

    /// Deletes a removed task for good. Nothing of the person's folder is touched.
    ///
    /// # Errors
    ///
    /// [`TaskError::NoSuchTask`] for a task that is not removed, or why not all could be deleted.
    pub fn delete_for_good(&self, id: &str) -> Result<(), TaskError> {
        let task = self.removed_task(id)?;
        let deleted = task.delete_for_good();
        if matches!(deleted, Ok(()) | Err(TaskError::Deleting { .. })) {
            self.lock().retain(|there| there.id() != id);
            // They hold what was read and said in it.
            if let Err(error) = self.shared.index.forget_answers() {
                task.not_kept(&error);
            }
        }
        deleted
    }

    /// Deletes what was removed long enough ago.
    pub(super) fn delete_what_is_over(&self) {
        sweep(&self.shared);
        let now = now();
        let over: Vec<Arc<Task>> = self
            .lock()
            .iter()
            .filter(|task| task.is_over(now))
            .cloned()
            .collect();
        for task in over {
            if let Err(error) = self.delete_for_good(task.id()) {
                self.say(error.to_string());
            }
        }
    }

    fn removed_task(&self, id: &str) -> Result<Arc<Task>, TaskError> {
        let task = self.lock().iter().find(|task| task.id() == id).cloned();
        task.filter(|task| task.shelf().removed_at.is_some())
            .ok_or(TaskError::NoSuchTask)
    }
}
