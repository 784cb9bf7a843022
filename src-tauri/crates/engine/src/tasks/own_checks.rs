//! The checks that the person typed for the project, beside those that are found.

use std::path::Path;

use super::checking::CheckError;
use super::shared::Shared;
use crate::checks::Check;
use crate::checks::Purpose;
use crate::checks::find::find;
use crate::store::index::IndexError;
use crate::store::index::OwnCheck;

impl Shared {
    /// The checks found in a folder, and those that the person typed for the project.
    pub(crate) fn checks(&self, root: &Path) -> Result<Vec<Check>, IndexError> {
        let own = self.index.own_checks(&self.project_id)?;
        let own = own.into_iter().map(|row| Check {
            id: row.id,
            command: row.command,
            folder: String::new(),
            purpose: match row.tests {
                true => Purpose::Test,
                false => Purpose::Other,
            },
            own: true,
            from: "typed by you".to_owned(),
        });
        Ok(own.chain(find(root)).collect())
    }

    /// Keeps a check that the person typed: a new one, or in the place of the one with this id.
    ///
    /// # Errors
    ///
    /// [`CheckError::EmptyCommand`], or [`CheckError::Unknown`] for an id that is not there.
    pub(crate) fn keep_check(
        &self,
        id: Option<&str>,
        command: &str,
        tests: bool,
    ) -> Result<(), CheckError> {
        let command = command.trim();
        if command.is_empty() {
            return Err(CheckError::EmptyCommand);
        }
        let there = self.index.own_checks(&self.project_id)?;
        let id = match id {
            Some(id) if there.iter().any(|row| row.id == id) => id.to_owned(),
            Some(_) => return Err(CheckError::Unknown),
            None => format!("own:{}", uuid::Uuid::now_v7()),
        };
        let row = OwnCheck {
            id,
            command: command.to_owned(),
            tests,
        };
        Ok(self.index.put_own_check(&self.project_id, &row)?)
    }
}
