//! What a person always allows in a project: exact commands, one row each.

use rusqlite::Connection;
use rusqlite::params;

use super::Index;
use super::IndexError;

/// One thing that is always allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedRow {
    /// Names it.
    pub id: String,
    /// The project it is allowed in.
    pub project: String,
    /// What it is bound to, as a number.
    pub digest: String,
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The folder it runs in.
    pub folder: String,
    /// What it may write and reach, in words.
    pub profile: String,
    /// Milliseconds since the epoch.
    pub made_at: u64,
}

/// Made in indexes of before there were approvals, too.
const CREATE: &str = "
    CREATE TABLE IF NOT EXISTS allowed (
        id TEXT PRIMARY KEY, project TEXT NOT NULL REFERENCES project(id), digest TEXT NOT NULL,
        argv TEXT NOT NULL, folder TEXT NOT NULL, profile TEXT NOT NULL, made_at INTEGER NOT NULL,
        UNIQUE (project, digest)
    ) STRICT;
";

pub(super) fn create(db: &Connection) -> Result<(), rusqlite::Error> {
    db.execute_batch(CREATE)
}

impl Index {
    /// Notes that something is always allowed; what is noted already stays as it is.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be noted.
    pub fn always_allow(&self, row: &AllowedRow) -> Result<(), IndexError> {
        self.run(|db| {
            db.execute(
                "INSERT INTO allowed (id, project, digest, argv, folder, profile, made_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (project, digest) DO NOTHING",
                params![
                    row.id,
                    row.project,
                    row.digest,
                    serde_json::Value::from(row.argv.clone()).to_string(),
                    row.folder,
                    row.profile,
                    row.made_at as i64,
                ],
            )
        })?;
        Ok(())
    }

    /// Whether exactly this is always allowed in a project.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn is_always_allowed(&self, project: &str, digest: &str) -> Result<bool, IndexError> {
        self.run(|db| {
            db.query_row(
                "SELECT EXISTS (SELECT 1 FROM allowed WHERE project = ?1 AND digest = ?2)",
                params![project, digest],
                |row| row.get(0),
            )
        })
    }

    /// What is always allowed in a project, newest first.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn always_allowed(&self, project: &str) -> Result<Vec<AllowedRow>, IndexError> {
        self.run(|db| {
            db.prepare(
                "SELECT id, project, digest, argv, folder, profile, made_at FROM allowed
                 WHERE project = ?1 ORDER BY made_at DESC, id DESC",
            )?
            .query_map(params![project], |row| {
                let argv: String = row.get(3)?;
                Ok(AllowedRow {
                    id: row.get(0)?,
                    project: row.get(1)?,
                    digest: row.get(2)?,
                    argv: serde_json::from_str(&argv).unwrap_or_default(),
                    folder: row.get(4)?,
                    profile: row.get(5)?,
                    made_at: row.get::<_, i64>(6)? as u64,
                })
            })?
            .collect()
        })
    }

    /// Allows something no longer. What is not there is no error.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be taken away.
    pub fn no_longer_allow(&self, project: &str, id: &str) -> Result<(), IndexError> {
        self.run(|db| {
            db.execute(
                "DELETE FROM allowed WHERE project = ?1 AND id = ?2",
                params![project, id],
            )
        })?;
        Ok(())
    }
}
