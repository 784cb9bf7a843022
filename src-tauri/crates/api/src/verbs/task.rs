//! `task/…`: conversations.

use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

impl Desk {
    pub(crate) async fn task_start(&self, start: TaskStart) -> Result<Task, Failure> {
        let project = self.project()?;
        if !project.is_demo() {
            self.connection.provider()?;
        }
        let model = start.model.unwrap_or_else(|| {
            if project.is_demo() { sample::MODEL.to_owned() } else { self.engine.default_model() }
        });
        let task = project
            .start_task(&start.text, model, convert::permission_inside(start.permission))
            .map_err(|error| convert::failed(&error))?;
        Ok(convert::task(&task.facts()))
    }

    pub(crate) async fn task_send(&self, send: TaskSend) -> Result<Task, Failure> {
        let task = self.task(&send.task)?;
        task.send(&send.text).map_err(|error| convert::failed(&error))?;
        Ok(convert::task(&task.facts()))
    }

    pub(crate) async fn task_stop(&self, id: TaskId) -> Result<Task, Failure> {
        let task = self.task(&id.task)?;
        task.stop().await;
        Ok(convert::task(&task.facts()))
    }

    pub(crate) async fn task_continue(&self, id: TaskId) -> Result<Task, Failure> {
        let task = self.task(&id.task)?;
        task.resume().map_err(|error| convert::failed(&error))?;
        Ok(convert::task(&task.facts()))
    }

    pub(crate) async fn task_configure(&self, change: TaskConfigure) -> Result<Task, Failure> {
        let task = self.task(&change.task)?;
        let facts = task
            .configure(change.model, change.permission.map(convert::permission_inside))
            .map_err(|error| convert::failed(&error))?;
        Ok(convert::task(&facts))
    }

    pub(crate) async fn task_get(&self, id: TaskId) -> Result<TaskView, Failure> {
        let project = self.project()?;
        let task = self.task(&id.task)?;
        let (draft, draft_notes) = convert::draft(task.draft().as_ref());
        Ok(TaskView {
            task: convert::task(&task.facts()),
            items: task.items().iter().map(convert::item).collect(),
            unsent: project.unsent(Some(&id.task)).map_err(|error| convert::failed(&error))?,
            draft,
            draft_notes,
        })
    }
}
