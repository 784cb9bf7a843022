//! `project/trust`: whether something of a folder may be run or sent.

use engine::project::trust::Trust as Answer;

use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

impl Desk {
    pub(crate) async fn project_trust(&self, answer: ProjectTrust) -> Result<Project, Failure> {
        let project = self.project()?;
        project
            .answer_trust(answer.trusted)
            .await
            .map_err(|error| convert::failed(&error))?;
        Ok(self.project_as_shown(&project))
    }
}

pub(crate) fn shown(answer: Answer) -> Trust {
    match answer {
        Answer::Unasked => Trust::Unasked,
        Answer::LookOnly => Trust::LookOnly,
        Answer::Trusted => Trust::Trusted,
    }
}
