//! `approval/…`: answers to the agent's questions, and what is always allowed.

use engine::approvals::Answer;
use engine::approvals::Scope;

use super::review::blocking;
use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

impl Desk {
    /// Nobody is there to be asked: what a task would have to ask is refused, and its model is told.
    pub fn ask_nobody(&self) {
        self.engine.ask_nobody();
    }

    pub(crate) async fn approval_answer(&self, given: ApprovalAnswer) -> Result<Task, Failure> {
        let task = self.task(&given.task)?;
        let answer = match given.decision {
            ApprovalDecision::Deny { note } => Answer::Deny { note },
            ApprovalDecision::Allow { scope, command } => Answer::Allow {
                scope: match scope {
                    ApprovalScope::Once => Scope::Once,
                    ApprovalScope::Task => Scope::Task,
                    ApprovalScope::Always => Scope::Always,
                },
                edited: command,
            },
        };
        blocking(move || {
            task.answer(&given.nonce, answer)
                .map_err(|error| Failure::refused(error.to_string(), ""))?;
            Ok(convert::task(&task.facts()))
        })
        .await
    }

    pub(crate) async fn approval_always(&self, _: Nothing) -> Result<AlwaysAllowedSet, Failure> {
        let project = self.project()?;
        blocking(move || {
            let rows = project
                .always_allowed()
                .map_err(|error| convert::failed(&error))?;
            let entries = rows
                .iter()
                .map(|row| convert::always_allowed(row, project.root()))
                .collect();
            Ok(AlwaysAllowedSet { entries })
        })
        .await
    }

    pub(crate) async fn approval_forget(
        &self,
        named: AlwaysAllowedId,
    ) -> Result<AlwaysAllowedSet, Failure> {
        let project = self.project()?;
        blocking(move || {
            project
                .no_longer_allow(&named.id)
                .map_err(|error| convert::failed(&error))
        })
        .await?;
        self.approval_always(Nothing {}).await
    }
}
