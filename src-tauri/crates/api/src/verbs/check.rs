//! `check/…`: running what a project has to check itself.

use std::time::Duration;

use engine::checks::until_green::RULE;
use engine::checks::until_green::STANDARD_ROUNDS;

use super::review::blocking;
use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

impl Desk {
    pub(crate) async fn check_list(&self, of: CheckFor) -> Result<CheckList, Failure> {
        let project = self.project()?;
        let task = of.task.map(|id| self.task(&id)).transpose()?;
        blocking(move || {
            let checks = match &task {
                Some(task) => task.checks(),
                None => project.checks(),
            };
            let checks = checks.map_err(|error| convert::failed(&error))?;
            let stamp = task.and_then(|task| task.stamp());
            Ok(CheckList {
                checks: checks.into_iter().map(convert::check).collect(),
                draft: stamp.map(|stamp| stamp.bytes),
                rounds: STANDARD_ROUNDS,
                rule: RULE.to_owned(),
            })
        })
        .await
    }

    pub(crate) async fn check_run(&self, run: CheckRunRequest) -> Result<Nothing, Failure> {
        let task = self.task(&run.task)?;
        let limit = run
            .seconds
            .map(|seconds| Duration::from_secs(seconds.max(1).into()));
        blocking(move || {
            task.run_check(&run.check, limit)
                .map_err(|error| convert::check_failed(&error))?;
            Ok(Nothing {})
        })
        .await
    }

    pub(crate) async fn check_stop(&self, id: TaskId) -> Result<Nothing, Failure> {
        let task = self.task(&id.task)?;
        task.stop_until_green().await;
        task.stop_check().await;
        Ok(Nothing {})
    }

    pub(crate) async fn check_save(&self, save: CheckSave) -> Result<CheckList, Failure> {
        let project = self.project()?;
        let of = CheckFor { task: save.task };
        blocking(move || {
            project
                .keep_check(save.check.as_deref(), &save.command, save.tests)
                .map_err(|error| convert::check_failed(&error))
        })
        .await?;
        self.check_list(of).await
    }

    pub(crate) async fn check_remove(&self, remove: CheckRemove) -> Result<CheckList, Failure> {
        let project = self.project()?;
        let of = CheckFor { task: remove.task };
        blocking(move || {
            project
                .remove_check(&remove.check)
                .map_err(|error| convert::failed(&error))
        })
        .await?;
        self.check_list(of).await
    }

    pub(crate) async fn check_send(&self, named: CheckNamed) -> Result<Task, Failure> {
        let task = self.task(&named.task)?;
        blocking(move || {
            task.send_failures(&named.check)
                .map_err(|error| convert::check_failed(&error))?;
            Ok(convert::task(&task.facts()))
        })
        .await
    }

    pub(crate) async fn check_until_green(&self, ask: CheckUntilGreen) -> Result<Task, Failure> {
        let task = self.task(&ask.task)?;
        blocking(move || {
            task.until_green(&ask.check, ask.rounds)
                .map_err(|error| convert::check_failed(&error))?;
            Ok(convert::task(&task.facts()))
        })
        .await
    }
}
