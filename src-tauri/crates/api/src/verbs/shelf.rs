//! `task/…`: tasks renamed, put away, removed and brought back.

use super::review::blocking;
use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

impl Desk {
    pub(crate) async fn task_rename(&self, change: TaskRename) -> Result<Task, Failure> {
        let task = self.task(&change.task)?;
        blocking(move || {
            let facts = task
                .rename(&change.title)
                .map_err(|error| convert::task_failed(&error))?;
            Ok(convert::task(&facts))
        })
        .await
    }

    pub(crate) async fn task_archive(&self, change: TaskArchive) -> Result<Task, Failure> {
        let task = self.task(&change.task)?;
        blocking(move || {
            task.archive(change.archived)
                .map_err(|error| convert::task_failed(&error))?;
            Ok(convert::task(&task.facts()))
        })
        .await
    }

    pub(crate) async fn task_remove(&self, id: TaskId) -> Result<Nothing, Failure> {
        self.project()?
            .remove(&id.task)
            .await
            .map_err(|error| convert::task_failed(&error))?;
        Ok(Nothing {})
    }

    pub(crate) async fn task_removed(&self, _: Nothing) -> Result<RemovedTasks, Failure> {
        let removed = self.project()?.removed();
        let tasks = removed
            .into_iter()
            .map(|task| RemovedTask {
                id: task.facts.id,
                title: task.facts.title,
                files: task.facts.files,
                removed_at: task.at,
                deleted_at: task.until,
            })
            .collect();
        Ok(RemovedTasks { tasks })
    }

    pub(crate) async fn task_restore(&self, id: TaskId) -> Result<Task, Failure> {
        let project = self.project()?;
        blocking(move || {
            let facts = project
                .bring_back(&id.task)
                .map_err(|error| convert::task_failed(&error))?;
            Ok(convert::task(&facts))
        })
        .await
    }

    pub(crate) async fn task_delete(&self, id: TaskId) -> Result<Nothing, Failure> {
        let project = self.project()?;
        blocking(move || {
            project
                .delete_for_good(&id.task)
                .map_err(|error| convert::task_failed(&error))?;
            Ok(Nothing {})
        })
        .await
    }
}
