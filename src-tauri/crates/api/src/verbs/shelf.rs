//! `task/…`: tasks renamed, put away, removed and brought back; conversations exported.

use std::path::PathBuf;

use super::review::blocking;
use crate::convert;
use crate::desk::Desk;
use crate::desk::authorise;
use crate::failure::Failure;
use crate::table::Right;
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

    pub(crate) async fn task_export(&self, export: TaskExport) -> Result<Exported, Failure> {
        self.exported(&export.task, PathBuf::from(export.path))
            .await
    }

    /// What a task's conversation is called as a file.
    ///
    /// # Errors
    ///
    /// A [`Failure`] when there is no such task.
    pub fn export_name(&self, task: &str) -> Result<String, Failure> {
        let title = self.task(task)?.facts().title;
        let plain: String = title
            .chars()
            .map(|c| {
                if c.is_alphanumeric() || "-_".contains(c) {
                    c
                } else {
                    ' '
                }
            })
            .collect();
        let words: Vec<&str> = plain.split_whitespace().take(8).collect();
        let name: String = words.join("-").chars().take(60).collect();
        Ok(match name.is_empty() {
            true => "conversation.md".to_owned(),
            false => format!("{name}.md"),
        })
    }

    /// Saves a task's conversation where the person chose in a dialog.
    ///
    /// # Errors
    ///
    /// A [`Failure`] when the window may not ask or nothing was written.
    pub async fn export(
        &self,
        window: &str,
        task: &str,
        path: PathBuf,
    ) -> Result<Exported, Failure> {
        authorise(window, "exporting a conversation", Right::Window)?;
        self.exported(task, path).await
    }

    async fn exported(&self, task: &str, path: PathBuf) -> Result<Exported, Failure> {
        let task = self.task(task)?;
        let keys = self.engine.providers().keys().clone();
        let place = convert::place(&path, &self.home);
        let found = blocking(move || {
            engine::tasks::export::save(&path, &task.facts().title, &task.items(), &keys).map_err(
                |error| Failure::failed(error.to_string(), "Choose another folder and try again."),
            )
        })
        .await?;
        Ok(Exported {
            place,
            taken_out: match found.is_empty() {
                true => "No key or password was found in it.".to_owned(),
                false => format!("Taken out: {found}."),
            },
        })
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
