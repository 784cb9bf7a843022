//! `task/…`: the last turn taken back and run again.

use super::review::blocking;
use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

impl Desk {
    pub(crate) async fn task_retry(&self, id: TaskId) -> Result<Task, Failure> {
        let task = self.task(&id.task)?;
        blocking(move || {
            task.try_again()
                .map_err(|error| convert::task_failed(&error))?;
            Ok(convert::task(&task.facts()))
        })
        .await
    }

    pub(crate) async fn task_resend(&self, send: TaskResend) -> Result<Task, Failure> {
        let task = self.task(&send.task)?;
        blocking(move || {
            task.resend(&send.text)
                .map_err(|error| convert::task_failed(&error))?;
            Ok(convert::task(&task.facts()))
        })
        .await
    }
}
