//! Small choices of the person, each yes or no.

use rusqlite::OptionalExtension;
use rusqlite::params;

use super::Index;
use super::IndexError;

impl Index {
    /// What was chosen under a name; none when nothing was.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn choice(&self, name: &str) -> Result<Option<bool>, IndexError> {
        self.run(|db| {
            db.query_row(
                "SELECT chosen FROM choice WHERE name = ?1",
                params![name],
                |row| row.get(0),
            )
            .optional()
        })
    }

    /// Keeps what was chosen under a name.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be kept; then it is as before.
    pub fn put_choice(&self, name: &str, chosen: bool) -> Result<(), IndexError> {
        self.run(|db| {
            db.execute(
                "INSERT INTO choice (name, chosen) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET chosen = ?2",
                params![name, chosen],
            )
        })?;
        Ok(())
    }
}
