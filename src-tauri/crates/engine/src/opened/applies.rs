//! What was written into the project: its history, undo and redo.

use std::sync::Arc;

use super::OpenedProject;
use crate::project::apply::Outcome;
use crate::project::apply::Past;
use crate::tasks::apply::move_project;
use crate::tasks::review::ReviewError;
use crate::tasks::task::Task;

impl OpenedProject {
    /// Takes an apply back, byte for byte.
    ///
    /// # Errors
    ///
    /// [`ReviewError`] when nothing was written. A file that changed since is
    /// [`Outcome::Conflict`], and nothing was written either.
    pub fn undo(&self, apply: &str) -> Result<Outcome, ReviewError> {
        self.move_back_or_forth(apply, true)
    }

    /// Applies again what was taken back.
    ///
    /// # Errors
    ///
    /// As [`Self::undo`].
    pub fn redo(&self, apply: &str) -> Result<Outcome, ReviewError> {
        self.move_back_or_forth(apply, false)
    }

    /// The applies of the project, newest first, each with the task it came from.
    ///
    /// # Errors
    ///
    /// [`ReviewError::Apply`] when the history cannot be read.
    pub fn history(&self) -> Result<Vec<(Past, Option<String>)>, ReviewError> {
        let past = self.shared.applier.history()?;
        Ok(past
            .into_iter()
            .map(|past| {
                let task = self.maker_of(&past.id).map(|task| task.id().to_owned());
                (past, task)
            })
            .collect())
    }

    /// One sentence that is true of the person's folder right now.
    pub fn folder_sentence(&self, task: &Task) -> String {
        if self.is_gone() {
            return "Your folder is not there right now. The private copy is kept.".to_owned();
        }
        let Ok(history) = self.shared.applier.history() else {
            return "What this task changed in your folder cannot be read right now.".to_owned();
        };
        let written = history
            .iter()
            .filter(|past| !past.undone && task.made(&past.id))
            .flat_map(|past| past.files.iter().map(|(path, _, _)| path))
            .collect::<std::collections::BTreeSet<_>>()
            .len();
        match written {
            0 => "Nothing in your folder has changed yet.".to_owned(),
            1 => "1 file in your folder was changed by this task.".to_owned(),
            n => format!("{n} files in your folder were changed by this task."),
        }
    }

    fn maker_of(&self, apply: &str) -> Option<Arc<Task>> {
        // A removed one too: its draft follows an undo like any other.
        self.lock().iter().find(|task| task.made(apply)).cloned()
    }

    fn move_back_or_forth(&self, apply: &str, back: bool) -> Result<Outcome, ReviewError> {
        match self.maker_of(apply) {
            Some(task) => task.take_back_or_forth(apply, back),
            None => {
                if !back {
                    self.shared.may_be_written()?;
                }
                Ok(move_project(&self.shared.applier, apply, back)?)
            }
        }
    }
}
