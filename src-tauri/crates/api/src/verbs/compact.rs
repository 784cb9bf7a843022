//! `task/compact` and `task/kept`: a conversation made shorter, and what is kept of it.

use super::review::blocking;
use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

impl Desk {
    pub(crate) async fn task_compact(&self, id: TaskId) -> Result<Task, Failure> {
        let task = self.task(&id.task)?;
        task.compact()
            .map_err(|error| convert::task_failed(&error))?;
        Ok(convert::task(&task.facts()))
    }

    pub(crate) async fn task_kept(&self, of: TaskItem) -> Result<KeptText, Failure> {
        let task = self.task(&of.task)?;
        blocking(move || match task.kept_by(&of.item) {
            Some(text) => Ok(KeptText { text }),
            None => Err(Failure::refused(
                "What was kept by this cannot be shown; the conversation above is whole.",
                "",
            )),
        })
        .await
    }
}
