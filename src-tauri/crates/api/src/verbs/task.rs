//! `task/…`: conversations.

use std::path::PathBuf;

use engine::attachments::read_file;
use engine::model::catalog::Effort;
use engine::model::choice::AUTO;
use engine::model::choice::Wanted;
use engine::opened::OpenedProject;
use engine::providers::model_name;
use serde_json::Value;

use super::review::blocking;
use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

impl Desk {
    pub(crate) async fn task_start(&self, start: TaskStart) -> Result<Task, Failure> {
        self.start(start, Vec::new()).await
    }

    /// Starts a task whose first message carries the pictures in these files. The request is that
    /// of `task/start`.
    ///
    /// # Errors
    ///
    /// A [`Failure`] that names the picture that cannot be sent; then nothing was.
    pub async fn start_with_pictures(
        &self,
        request: Value,
        pictures: Vec<PathBuf>,
    ) -> Result<Task, Failure> {
        let start = serde_json::from_value(request)
            .map_err(|error| Failure::broken(format!("The task was asked wrongly: {error}.")))?;
        self.start(start, pictures).await
    }

    async fn start(&self, start: TaskStart, pictures: Vec<PathBuf>) -> Result<Task, Failure> {
        let project = self.project()?;
        let (wanted, effort) = self.for_a_new_task(start.model.as_deref(), &project)?;
        let effort = start.effort.map_or(effort, convert::effort_inside);
        blocking(move || {
            let model = project.model(&wanted.model);
            let mut attachments = project
                .to_send(None, &start.attachments, &model)
                .map_err(|error| convert::failed(&error))?;
            for path in pictures {
                let made = read_file(&path)
                    .and_then(|(name, bytes)| project.picture(&name, &bytes, &model))
                    .map_err(|error| Failure::failed(error.to_string(), "Nothing was sent."))?;
                attachments.push(made);
            }
            let task = project
                .start_task(
                    &start.text,
                    attachments,
                    wanted,
                    effort,
                    convert::permission_inside(start.permission),
                )
                .map_err(|error| convert::task_failed(&error))?;
            Ok(convert::task(&task.facts()))
        })
        .await
    }

    /// The model of a new task, the person's choice first, and how hard it usually thinks.
    pub(crate) fn for_a_new_task(
        &self,
        chosen: Option<&str>,
        project: &OpenedProject,
    ) -> Result<(Wanted, Option<Effort>), Failure> {
        let (usual, effort) = if project.is_demo() {
            (sample::MODEL.to_owned().into(), None)
        } else {
            self.engine.providers().preferred()
        };
        let wanted = match chosen {
            Some(name) => wanted(name, usual.model)?,
            None => usual,
        };
        Ok((wanted, effort))
    }

    pub(crate) async fn task_send(&self, send: TaskSend) -> Result<Task, Failure> {
        let (project, task) = (self.project()?, self.task(&send.task)?);
        blocking(move || {
            let model = task.model();
            let attachments = project
                .to_send(Some(&send.task), &send.attachments, &model)
                .map_err(|error| convert::task_failed(&error))?;
            task.send(&send.text, attachments)
                .map_err(|error| convert::task_failed(&error))?;
            Ok(convert::task(&task.facts()))
        })
        .await
    }

    pub(crate) async fn task_stop(&self, id: TaskId) -> Result<Task, Failure> {
        let task = self.task(&id.task)?;
        task.stop().await;
        Ok(convert::task(&task.facts()))
    }

    pub(crate) async fn task_try_now(&self, id: TaskId) -> Result<Task, Failure> {
        let task = self.task(&id.task)?;
        task.try_now();
        Ok(convert::task(&task.facts()))
    }

    pub(crate) async fn task_wait(&self, id: TaskId) -> Result<Task, Failure> {
        let task = self.task(&id.task)?;
        blocking(move || {
            task.wait().map_err(|error| convert::task_failed(&error))?;
            Ok(convert::task(&task.facts()))
        })
        .await
    }

    pub(crate) async fn task_continue(&self, id: TaskId) -> Result<Task, Failure> {
        let task = self.task(&id.task)?;
        blocking(move || {
            task.resume()
                .map_err(|error| convert::task_failed(&error))?;
            Ok(convert::task(&task.facts()))
        })
        .await
    }

    pub(crate) async fn task_configure(&self, change: TaskConfigure) -> Result<Task, Failure> {
        let task = self.task(&change.task)?;
        let now = task.facts().model;
        let named = change.model.as_deref();
        let wanted = named.map(|name| wanted(name, now)).transpose()?;
        blocking(move || {
            let facts = task
                .configure(
                    wanted,
                    change.effort.map(convert::effort_inside),
                    change.permission.map(convert::permission_inside),
                )
                .map_err(|error| convert::task_failed(&error))?;
            Ok(convert::task(&facts))
        })
        .await
    }

    pub(crate) async fn task_get(&self, id: TaskId) -> Result<TaskView, Failure> {
        self.view(&id.task)
    }

    /// One task with everything said in it.
    ///
    /// # Errors
    ///
    /// A [`Failure`] when there is no such task.
    pub fn view(&self, id: &str) -> Result<TaskView, Failure> {
        let project = self.project()?;
        let task = self.task(id)?;
        let (draft, draft_notes) = convert::draft(task.draft().as_ref());
        Ok(TaskView {
            task: convert::task(&task.facts()),
            items: task.items().iter().map(convert::item).collect(),
            approvals: task
                .waiting_questions()
                .iter()
                .map(convert::approval)
                .collect(),
            unsent: project
                .unsent(Some(id))
                .map_err(|error| convert::failed(&error))?,
            draft,
            draft_notes,
            waiting: task.waits().map(|waits| Wait {
                ms: waits.left(),
                text: waits.text,
            }),
        })
    }
}

/// Who is to answer, as the person named it: a model, or the rules with the one there is.
fn wanted(name: &str, there: String) -> Result<Wanted, Failure> {
    let name = model_name(name).map_err(|error| convert::failed(&error))?;
    let automatic = name == AUTO;
    let model = if automatic { there } else { name };
    Ok(Wanted { model, automatic })
}
