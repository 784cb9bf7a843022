//! What was typed, and the pictures beside it, until it is sent.

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

    /// Blob ids of the pictures that go with the unsent text, in order.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn unsent_pictures(&self, project: &str, task: &str) -> Result<Vec<String>, IndexError> {
        self.run(|db| {
            db.prepare(
                "SELECT blob FROM unsent_picture WHERE project = ?1 AND task = ?2 ORDER BY place",
            )?
            .query_map(params![project, task], |row| row.get(0))?
            .collect()
        })
    }

    /// Keeps which pictures go with the unsent text, all or none of them; an empty list takes
    /// them away.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when they could not be kept; then it is as before.
    pub fn keep_unsent_pictures(
        &self,
        project: &str,
        task: &str,
        pictures: &[String],
    ) -> Result<(), IndexError> {
        self.run(|db| {
            let all = db.unchecked_transaction()?;
            all.execute(
                "DELETE FROM unsent_picture WHERE project = ?1 AND task = ?2",
                params![project, task],
            )?;
            for (place, blob) in (0_i64..).zip(pictures) {
                all.execute(
                    "INSERT INTO unsent_picture (project, task, place, blob)
                     VALUES (?1, ?2, ?3, ?4)",
                    params![project, task, place, blob],
                )?;
            }
            all.commit()
        })
    }
}
