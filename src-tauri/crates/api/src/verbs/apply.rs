//! `apply/…`: writing approved changes into the project, and taking them back.

use engine::opened::OpenedProject;
use engine::project::apply::Outcome;
use engine::project::trust::Trust;
use engine::tasks::review::ReviewError;

use super::review::blocking;
use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

impl Desk {
    pub(crate) async fn apply_preview(&self, id: TaskId) -> Result<ApplyPreview, Failure> {
        let task = self.task(&id.task)?;
        let project = self.project()?;
        blocking(move || {
            let reviewed = task
                .review()
                .map_err(|error| convert::review_failed(&error))?;
            let (taken, left): (Vec<_>, Vec<_>) =
                reviewed.files.iter().partition(|file| reviewed.means(file));
            let conflicts = taken
                .iter()
                .filter(|file| file.change.conflict.is_some())
                .count();
            let blocked = if task.is_running() {
                Some("The agent is still at work.".to_owned())
            } else if project.is_gone() {
                Some("The folder is not there right now.".to_owned())
            } else if project.trust() != Trust::Trusted {
                Some("You only look in this folder. Trust it, then apply.".to_owned())
            } else if taken.is_empty() {
                Some("No file is approved.".to_owned())
            } else if conflicts > 0 {
                Some(format!(
                    "You changed {} in your folder meanwhile. Reject {} or ask the agent to \
                     start from your version.",
                    if conflicts == 1 {
                        "a file"
                    } else {
                        "some files"
                    },
                    if conflicts == 1 { "it" } else { "them" },
                ))
            } else {
                None
            };
            let files = taken
                .into_iter()
                .map(|file| Ok(convert::apply_file(file, task.result_of(file)?)))
                .collect::<Result<_, ReviewError>>()
                .map_err(|error| convert::review_failed(&error))?;
            Ok(ApplyPreview {
                files,
                left_out: left
                    .into_iter()
                    .map(|file| file.change.path.to_string())
                    .collect(),
                all: reviewed.is_unmarked(),
                blocked,
            })
        })
        .await
    }

    pub(crate) async fn apply_commit(&self, commit: ApplyCommit) -> Result<ApplyOutcome, Failure> {
        let task = self.task(&commit.task)?;
        let files: Vec<_> = commit.files.into_iter().map(convert::confirmed).collect();
        self.moved(move |_| task.apply(&files), None).await
    }

    pub(crate) async fn apply_undo(&self, id: ApplyId) -> Result<ApplyOutcome, Failure> {
        let apply = id.apply.clone();
        self.moved(move |project| project.undo(&apply), Some(id.apply))
            .await
    }

    pub(crate) async fn apply_redo(&self, id: ApplyId) -> Result<ApplyOutcome, Failure> {
        let apply = id.apply.clone();
        self.moved(move |project| project.redo(&apply), Some(id.apply))
            .await
    }

    /// Does something to the folder and says what came of it. `of` is the apply that an undo or a
    /// redo is about; a new apply names itself.
    async fn moved(
        &self,
        act: impl FnOnce(&OpenedProject) -> Result<Outcome, ReviewError> + Send + 'static,
        of: Option<String>,
    ) -> Result<ApplyOutcome, Failure> {
        let project = self.project()?;
        blocking(move || {
            let outcome = act(&project).map_err(|error| convert::review_failed(&error))?;
            convert::outcome(outcome, of, &project)
        })
        .await
    }

    pub(crate) async fn apply_history(&self, _: Nothing) -> Result<Vec<Apply>, Failure> {
        let project = self.project()?;
        blocking(move || {
            let history = project
                .history()
                .map_err(|error| convert::review_failed(&error))?;
            Ok(history
                .iter()
                .map(|(past, task)| convert::applied(past, task.as_deref()))
                .collect())
        })
        .await
    }
}
