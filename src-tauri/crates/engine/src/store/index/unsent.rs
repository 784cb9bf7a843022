//! What was typed, until it is sent.

use rusqlite::OptionalExtension;
use rusqlite::params;

use super::Index;
use super::IndexError;

impl Index {
    /// Text typed and not sent; `task` is empty for a task that was never started.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn unsent(&self, project: &str, task: &str) -> Result<String, IndexError> {
        let text = self.run(|db| {
            db.query_row(
                "SELECT text FROM unsent WHERE project = ?1 AND task = ?2",
                params![project, task],
                |row| row.get(0),
            )
            .optional()
        })?;
        Ok(text.unwrap_or_default())
    }

    /// Keeps text typed and not sent; empty text takes it away.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be kept.
    pub fn keep_unsent(&self, project: &str, task: &str, text: &str) -> Result<(), IndexError> {
        self.run(|db| {
            if text.is_empty() {
                db.execute(
                    "DELETE FROM unsent WHERE project = ?1 AND task = ?2",
                    params![project, task],
                )
            } else {
                db.execute(
                    "INSERT INTO unsent (project, task, text) VALUES (?1, ?2, ?3)
                     ON CONFLICT (project, task) DO UPDATE SET text = ?3",
                    params![project, task, text],
                )
            }
        })?;
        Ok(())
    }
}
