//! What was typed into files of a draft and not saved into it.

use rusqlite::OptionalExtension;
use rusqlite::params;

use super::Index;
use super::IndexError;

/// A file's text that was typed and not saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsavedRow {
    /// The version that the typing began from.
    pub version: String,
    /// All of it.
    pub text: String,
}

impl Index {
    /// The text typed into a file and not saved.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn unsaved(
        &self,
        project: &str,
        task: &str,
        path: &[u8],
    ) -> Result<Option<UnsavedRow>, IndexError> {
        self.run(|db| {
            db.query_row(
                "SELECT version, text FROM unsaved WHERE project = ?1 AND task = ?2 AND path = ?3",
                params![project, task, path],
                |row| {
                    Ok(UnsavedRow {
                        version: row.get(0)?,
                        text: row.get(1)?,
                    })
                },
            )
            .optional()
        })
    }

    /// The files of a task that hold text that was not saved.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn unsaved_paths(&self, project: &str, task: &str) -> Result<Vec<Vec<u8>>, IndexError> {
        self.run(|db| {
            db.prepare("SELECT path FROM unsaved WHERE project = ?1 AND task = ?2 ORDER BY path")?
                .query_map(params![project, task], |row| row.get(0))?
                .collect()
        })
    }

    /// Keeps the text typed into a file; `None` takes it away.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be kept.
    pub fn keep_unsaved(
        &self,
        project: &str,
        task: &str,
        path: &[u8],
        unsaved: Option<&UnsavedRow>,
    ) -> Result<(), IndexError> {
        self.run(|db| match unsaved {
            Some(row) => db.execute(
                "INSERT INTO unsaved (project, task, path, version, text)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (project, task, path) DO UPDATE SET version = ?4, text = ?5",
                params![project, task, path, row.version, row.text],
            ),
            None => db.execute(
                "DELETE FROM unsaved WHERE project = ?1 AND task = ?2 AND path = ?3",
                params![project, task, path],
            ),
        })?;
        Ok(())
    }
}
