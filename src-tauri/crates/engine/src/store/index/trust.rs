//! Which folders the person trusts.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rusqlite::OptionalExtension;
use rusqlite::params;

use super::Index;
use super::IndexError;

impl Index {
    /// What was answered about the folder `mark` at `path`; none when it was never asked about,
    /// or another folder stood there then.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn trust(&self, path: &Path, mark: &str) -> Result<Option<bool>, IndexError> {
        self.run(|db| {
            db.query_row(
                "SELECT trusted FROM trust WHERE path = ?1 AND folder = ?2",
                params![path.as_os_str().as_bytes(), mark],
                |row| row.get(0),
            )
            .optional()
        })
    }

    /// Keeps what was answered about the folder `mark` at `path`. What was always allowed in
    /// another folder that stood there is allowed no longer.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be kept; then it is as before.
    pub fn put_trust(&self, path: &Path, mark: &str, trusted: bool) -> Result<(), IndexError> {
        let path = path.as_os_str().as_bytes();
        self.run(|db| {
            let both = db.unchecked_transaction()?;
            both.execute(
                "DELETE FROM allowed WHERE project IN (SELECT id FROM project WHERE path = ?1)
                 AND NOT EXISTS (SELECT 1 FROM trust WHERE path = ?1 AND folder = ?2)",
                params![path, mark],
            )?;
            both.execute(
                "INSERT INTO trust (path, folder, trusted) VALUES (?1, ?2, ?3)
                 ON CONFLICT (path) DO UPDATE SET folder = ?2, trusted = ?3",
                params![path, mark, trusted],
            )?;
            both.commit()
        })
    }
}
