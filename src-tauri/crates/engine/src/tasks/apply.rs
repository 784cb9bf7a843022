//! What a task does with the project: apply, and what follows an apply, its undo or its redo.
//!
//! Only what the person was shown and meant is handed to the transaction: each file in the version
//! that was on screen, as far as it is approved, or all of it when nothing is marked at all; and
//! only if what that comes to is what the person confirmed. While the project is
//! written for a task, no turn of it begins and its draft does not follow the project.
//!
//! Once the project is written, nothing that fails afterwards is an error of the apply: the person
//! is told that the files are written and what could not be noted.

use super::decide::Confirmed;
use super::decide::name_of;
use super::marks::FileMark;
use super::review::ReviewError;
use super::review::find;
use super::state::Happened;
use super::task::Task;
use super::task::TaskError;
use crate::event::Event;
use crate::project::apply::ApplyError;
use crate::project::apply::Conflicting;
use crate::project::apply::Outcome;
use crate::project::apply::Written;
use crate::project::path::RelPath;
use crate::project::stat::Version;
use crate::store::log::Record;

impl Task {
    /// Writes exactly these files, in exactly these versions, into the project.
    ///
    /// # Errors
    ///
    /// [`ReviewError`] when nothing was written. A file that the person changed meanwhile is not
    /// an error but [`Outcome::Conflict`], and nothing was written either.
    pub fn apply(&self, files: &[Confirmed]) -> Result<Outcome, ReviewError> {
        let _moving = self.moving();
        self.shared.may_be_written()?;
        self.may_move(Happened::AppliedAll)?;
        if self.draft().is_none() {
            return Err(ReviewError::NoDraft);
        }
        if files.is_empty() {
            return Err(ReviewError::Nothing);
        }
        let reviewed = self.review()?;
        let chosen = files
            .iter()
            .map(|file| find(&reviewed, &file.id, &file.shown))
            .collect::<Result<Vec<_>, _>>()?;
        let conflicts: Vec<_> = chosen
            .iter()
            .filter_map(|file| {
                let conflict = file.change.conflict?;
                Some(Conflicting {
                    path: file.change.path.clone(),
                    shown: file.change.base,
                    project: conflict.project,
                    result: file.change.draft,
                })
            })
            .collect();
        if !conflicts.is_empty() {
            return Ok(Outcome::Conflict { files: conflicts });
        }
        if let Some(file) = chosen.iter().find(|file| !reviewed.means(file)) {
            return Err(ReviewError::NotApproved {
                path: file.change.path.to_string(),
            });
        }
        let approved = files
            .iter()
            .zip(&chosen)
            .map(|(confirmed, file)| {
                let approved = self.meant(file)?;
                if name_of(approved.result) != confirmed.result {
                    return Err(ReviewError::Stale {
                        path: file.change.path.to_string(),
                    });
                }
                Ok(approved)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let outcome = self.shared.applier.apply(&self.id, &approved)?;
        if let Outcome::Applied { id, files } = &outcome {
            self.follow(&self.written(id, id, false, files));
        }
        Ok(outcome)
    }

    /// Takes one of this task's applies back, or does it again.
    ///
    /// # Errors
    ///
    /// As [`Self::apply`].
    pub(crate) fn take_back_or_forth(
        &self,
        apply: &str,
        back: bool,
    ) -> Result<Outcome, ReviewError> {
        // Held also while the draft is told, or it would take the undone bytes for the person's.
        let _moving = self.moving();
        if !back {
            self.shared.may_be_written()?;
        }
        self.may_move(if back {
            Happened::Undone
        } else {
            Happened::AppliedAll
        })?;
        let outcome = move_project(&self.shared.applier, apply, back)?;
        if let Outcome::Applied { id, files } = &outcome {
            self.follow(&self.written(id, apply, back, files));
        }
        Ok(outcome)
    }

    /// Whether the project may be written for this task now.
    fn may_move(&self, happened: Happened) -> Result<(), ReviewError> {
        if self.shared.is_closed() {
            return Err(TaskError::Closed.into());
        }
        if self.is_running() {
            return Err(ReviewError::Working);
        }
        if self.is_checking() {
            return Err(TaskError::Checking.into());
        }
        let state = self.lock().state;
        state.after(happened).map_err(TaskError::from)?;
        Ok(())
    }

    fn written(
        &self,
        id: &str,
        apply: &str,
        undone: bool,
        files: &[(RelPath, Option<Version>)],
    ) -> Written {
        Written {
            id: id.to_owned(),
            task: self.id.clone(),
            apply: apply.to_owned(),
            undone,
            files: files.to_vec(),
        }
    }

    /// Follows what was written into the project.
    pub(super) fn follow(&self, written: &Written) {
        let files = &written.files;
        self.lock().note_applied(&written.apply, written.undone);
        let drafted = self.draft().map_or(Ok(()), |draft| {
            draft.rebase(files).and_then(|()| draft.sync())
        });
        let noted = [
            self.marks_follow(files, written.undone),
            self.note_apply(written.undone),
        ];
        // The log last, and only when the draft is on the disk: what it does not know is followed
        // at the next start, all of it once more.
        let logged = match drafted {
            Ok(()) => self.log_apply(written).map_err(ReviewError::from),
            Err(error) => Err(error.into()),
        };
        let results = noted.into_iter().chain([logged]);
        if let Some(error) = results.filter_map(Result::err).next() {
            self.shared.tell(Event::Notice {
                message: format!(
                    "The files in your folder are written, but not all of it was noted: {error}"
                ),
                hint: "The history has it and can undo it. Open the folder again.".to_owned(),
            });
        }
        self.recount();
        self.shared.tell(Event::ChangesChanged {
            task: self.id.clone(),
        });
    }

    fn log_apply(&self, written: &Written) -> Result<(), TaskError> {
        let mut inner = self.lock();
        let paths = written.files.iter().map(|(path, _)| path.to_string());
        inner.log.append_or_hold(&Record::Applied {
            apply: written.apply.clone(),
            paths: paths.collect(),
            undone: written.undone,
            transaction: Some(written.id.clone()),
            at: super::now(),
        })?;
        inner.log.sync()?;
        Ok(())
    }

    /// Moves the task on after an apply was made or taken back.
    fn note_apply(&self, undone: bool) -> Result<(), ReviewError> {
        let left = self.review().map_or(0, |reviewed| {
            reviewed
                .files
                .iter()
                .filter(|file| {
                    let settled = file.marked.decided >= file.outline.changes;
                    file.marked.mark != FileMark::Rejected
                        && !(settled && file.marked.approved == 0)
                })
                .count()
        });
        let (turn, in_folder) = {
            let inner = self.lock();
            let in_folder = inner.applied.iter().any(|(_, undone)| !undone);
            (inner.turn_state, in_folder)
        };
        let happened = match (undone, left) {
            (true, _) if !in_folder => Happened::Undone,
            (false, 0) => Happened::AppliedAll,
            (_, _) => Happened::AppliedPart,
        };
        Ok(self.happened(happened, turn)?)
    }
}

/// Undoes an apply, or does it again.
pub(crate) fn move_project(
    applier: &crate::project::apply::Applier,
    apply: &str,
    back: bool,
) -> Result<Outcome, ApplyError> {
    if back {
        applier.undo(apply)
    } else {
        applier.redo(apply)
    }
}
