//! The index: what is there and how the person marked it, in one SQLite file.
//!
//! Projects, tasks, marks and unsent text live here. What was said in a task does not: each task's
//! own log is the truth for that ([`super::log`]). A write that a person would miss is synced
//! before the call returns, so a `kill -9` right after it loses nothing.

pub mod allowed;
pub mod answers;
mod attached;
pub mod marks;

use std::os::unix::ffi::OsStrExt;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::MutexGuard;

use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::params;

pub use self::marks::MarkRow;
pub use self::shelf::Shelf;

/// What went wrong with the index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// SQLite refused.
    #[error("The list of projects and tasks in {path} could not be used: {source}.")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// SQLite's own words.
        #[source]
        source: rusqlite::Error,
    },
    /// The file is of a newer version of the app.
    #[error("{path} was written by a newer version of Greenlight (schema {found}).")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
    },
}

/// A project that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRow {
    /// Names the project.
    pub id: String,
    /// Its canonical folder.
    pub path: PathBuf,
    /// Milliseconds since the epoch.
    pub opened_at: u64,
    /// Whether it is the sample project.
    pub demo: bool,
}

/// A task as the index holds it. States are kept as words, so that a newer version's word is
/// noticed and not mistaken for a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    /// Names the task.
    pub id: String,
    /// The project it belongs to.
    pub project: String,
    /// Its title.
    pub title: String,
    /// The task's state.
    pub state: String,
    /// The newest turn's state.
    pub turn_state: String,
    /// How many turns it has had.
    pub turn: u32,
    /// The model.
    pub model: String,
    /// How hard it thinks; empty for the model's own.
    pub effort: String,
    /// The permission mode.
    pub permission: String,
    /// Milliseconds since the epoch.
    pub created_at: u64,
    /// Milliseconds since the epoch.
    pub changed_at: u64,
}

/// The open index.
#[derive(Debug)]
pub struct Index {
    path: PathBuf,
    db: Mutex<Connection>,
    /// Where a broken index was put, when this one had to take its place.
    aside: Option<PathBuf>,
}

mod own_checks;

pub use self::own_checks::OwnCheck;

/// Each step makes the next schema of the one before; the number of steps is the newest schema.
const STEPS: [&str; 3] = [CREATE, EFFORT, PARTS];

const SCHEMA: i64 = STEPS.len() as i64;

const CREATE: &str = "
    CREATE TABLE project (
        id TEXT PRIMARY KEY, path BLOB NOT NULL UNIQUE, opened_at INTEGER NOT NULL,
        demo INTEGER NOT NULL, listed INTEGER NOT NULL DEFAULT 1
    ) STRICT;
    CREATE TABLE task (
        id TEXT PRIMARY KEY, project TEXT NOT NULL REFERENCES project(id), title TEXT NOT NULL,
        state TEXT NOT NULL, turn_state TEXT NOT NULL, turn INTEGER NOT NULL, model TEXT NOT NULL,
        permission TEXT NOT NULL, created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX task_of_project ON task(project, created_at);
    CREATE TABLE mark (
        task TEXT NOT NULL REFERENCES task(id), path BLOB NOT NULL, shown TEXT NOT NULL,
        mark TEXT NOT NULL, PRIMARY KEY (task, path)
    ) STRICT;
    CREATE TABLE unsent (
        project TEXT NOT NULL, task TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (project, task)
    ) STRICT;
";

/// What a version that knows less passes over, so it needs no schema of its own.
const CREATE_MORE: &str = "
    CREATE TABLE IF NOT EXISTS unsaved (
        project TEXT NOT NULL, task TEXT NOT NULL, path BLOB NOT NULL, version TEXT NOT NULL,
        text TEXT NOT NULL, PRIMARY KEY (project, task, path)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS shelf (
        task TEXT PRIMARY KEY, archived INTEGER NOT NULL, removed_at INTEGER
    ) STRICT;
    CREATE TABLE IF NOT EXISTS choice (
        name TEXT PRIMARY KEY, chosen INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS answer (
        key TEXT PRIMARY KEY, at INTEGER NOT NULL, bytes INTEGER NOT NULL, entry TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS trust (
        path BLOB PRIMARY KEY, folder TEXT NOT NULL, trusted INTEGER NOT NULL
    ) STRICT;
";
const EFFORT: &str = "ALTER TABLE task ADD COLUMN effort TEXT NOT NULL DEFAULT '';";
const PARTS: &str = "
    ALTER TABLE mark ADD COLUMN versions TEXT NOT NULL DEFAULT '';
    ALTER TABLE mark ADD COLUMN parts TEXT NOT NULL DEFAULT '';
";

impl Index {
    /// Opens the index in `data`, making it when it is not there.
    ///
    /// A file that SQLite calls corrupt is kept aside under a new name, never deleted, and an empty
    /// index takes its place.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the file can neither be used nor made.
    pub fn open(data: &Path) -> Result<Self, IndexError> {
        let path = data.join("index.sqlite");
        match Self::open_file(&path) {
            Err(IndexError::Sqlite { source, .. }) if is_corrupt(&source) => {
                let aside = data.join(format!("index.broken-{}.sqlite", uuid::Uuid::now_v7()));
                // What SQLite had not yet moved into the file goes with it, under the same name.
                for tail in ["", "-wal", "-shm"] {
                    let side = |base: &Path| {
                        let mut name = base.to_path_buf().into_os_string();
                        name.push(tail);
                        name
                    };
                    match std::fs::rename(side(&path), side(&aside)) {
                        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                            return Err(IndexError::Sqlite { path, source });
                        }
                        _ => {}
                    }
                }
                Ok(Self {
                    aside: Some(aside),
                    ..Self::open_file(&path)?
                })
            }
            other => other,
        }
    }

    fn open_file(path: &Path) -> Result<Self, IndexError> {
        let fail = |source| IndexError::Sqlite {
            path: path.to_path_buf(),
            source,
        };
        let db = Connection::open(path).map_err(fail)?;
        db.pragma_update(None, "journal_mode", "WAL")
            .map_err(fail)?;
        db.pragma_update(None, "synchronous", "FULL")
            .map_err(fail)?;
        db.pragma_update(None, "foreign_keys", "ON").map_err(fail)?;
        db.busy_timeout(std::time::Duration::from_secs(5))
            .map_err(fail)?;
        let found: i64 = db
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map_err(fail)?;
        check_whole(&db).map_err(fail)?;
        if found > SCHEMA {
            return Err(IndexError::Newer {
                path: path.to_path_buf(),
                found,
            });
        }
        for (step, next) in STEPS.iter().zip(1..) {
            if next > found {
                db.execute_batch(&format!(
                    "BEGIN; {step} PRAGMA user_version = {next}; COMMIT;"
                ))
                .map_err(fail)?;
            }
        }
        db.execute_batch(CREATE_MORE).map_err(fail)?;
        db.execute_batch(attached::CREATE).map_err(fail)?;
        allowed::create(&db).map_err(fail)?;
        db.execute_batch(own_checks::CREATE).map_err(fail)?;
        db.execute_batch(spent::CREATE).map_err(fail)?;
        Ok(Self {
            path: path.to_path_buf(),
            db: Mutex::new(db),
            aside: None,
        })
    }

    /// Where a broken index was put, when this one had to take its place.
    pub fn aside(&self) -> Option<&Path> {
        self.aside.as_deref()
    }

    /// Notes that a project was opened and returns its row; the same folder keeps its id.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be noted.
    pub fn open_project(
        &self,
        path: &Path,
        demo: bool,
        now: u64,
    ) -> Result<ProjectRow, IndexError> {
        let bytes = path.as_os_str().as_bytes();
        let id = uuid::Uuid::now_v7().to_string();
        self.run(|db| {
            db.execute(
                "INSERT INTO project (id, path, opened_at, demo) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (path) DO UPDATE SET opened_at = ?3, demo = ?4, listed = 1",
                params![id, bytes, now as i64, demo],
            )?;
            db.query_row(
                "SELECT id, path, opened_at, demo FROM project WHERE path = ?1",
                params![bytes],
                project_row,
            )
        })
    }

    /// A project by id.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn project(&self, id: &str) -> Result<Option<ProjectRow>, IndexError> {
        self.run(|db| {
            db.query_row(
                "SELECT id, path, opened_at, demo FROM project WHERE id = ?1",
                params![id],
                project_row,
            )
            .optional()
        })
    }

    /// The projects on the list, newest first.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn recent(&self) -> Result<Vec<ProjectRow>, IndexError> {
        self.run(|db| {
            db.prepare(
                "SELECT id, path, opened_at, demo FROM project WHERE listed = 1
                 ORDER BY opened_at DESC LIMIT 50",
            )?
            .query_map([], project_row)?
            .collect()
        })
    }

    /// Takes a project off the list. Its tasks stay.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be noted.
    pub fn forget(&self, id: &str) -> Result<(), IndexError> {
        self.run(|db| db.execute("UPDATE project SET listed = 0 WHERE id = ?1", params![id]))?;
        Ok(())
    }

    /// Writes a task's row, new or changed.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be written.
    pub fn put_task(&self, task: &TaskRow) -> Result<(), IndexError> {
        self.run(|db| {
            db.execute(
                "INSERT INTO task (id, project, title, state, turn_state, turn, model, permission,
                     created_at, changed_at, effort)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                 ON CONFLICT (id) DO UPDATE SET title = ?3, state = ?4, turn_state = ?5, turn = ?6,
                     model = ?7, permission = ?8, changed_at = ?10, effort = ?11",
                params![
                    task.id,
                    task.project,
                    task.title,
                    task.state,
                    task.turn_state,
                    task.turn,
                    task.model,
                    task.permission,
                    task.created_at as i64,
                    task.changed_at as i64,
                    task.effort,
                ],
            )
        })?;
        Ok(())
    }

    /// Removes a task that was never started.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be removed.
    pub fn remove_task(&self, task: &str) -> Result<(), IndexError> {
        self.run(|db| db.execute("DELETE FROM task WHERE id = ?1", params![task]))?;
        Ok(())
    }

    /// The ids of all tasks of all projects.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn task_ids(&self) -> Result<std::collections::HashSet<String>, IndexError> {
        self.run(|db| {
            db.prepare("SELECT id FROM task")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
    }

    /// The tasks of a project, newest first.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn tasks(&self, project: &str) -> Result<Vec<TaskRow>, IndexError> {
        self.run(|db| {
            db.prepare(
                "SELECT id, project, title, state, turn_state, turn, model, permission, created_at,
                     changed_at, effort
                 FROM task WHERE project = ?1 ORDER BY created_at DESC, id DESC",
            )?
            .query_map(params![project], |row| {
                Ok(TaskRow {
                    id: row.get(0)?,
                    project: row.get(1)?,
                    title: row.get(2)?,
                    state: row.get(3)?,
                    turn_state: row.get(4)?,
                    turn: row.get(5)?,
                    model: row.get(6)?,
                    permission: row.get(7)?,
                    created_at: row.get::<_, i64>(8)? as u64,
                    changed_at: row.get::<_, i64>(9)? as u64,
                    effort: row.get(10)?,
                })
            })?
            .collect()
        })
    }

    fn run<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, IndexError> {
        let db: MutexGuard<'_, Connection> = self
            .db
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        work(&db).map_err(|source| IndexError::Sqlite {
            path: self.path.clone(),
            source,
        })
    }
}

fn project_row(row: &rusqlite::Row<'_>) -> Result<ProjectRow, rusqlite::Error> {
    let path: Vec<u8> = row.get(1)?;
    Ok(ProjectRow {
        id: row.get(0)?,
        path: PathBuf::from(std::ffi::OsString::from_vec(path)),
        opened_at: row.get::<_, i64>(2)? as u64,
        demo: row.get(3)?,
    })
}

/// Damage in the middle of the file would otherwise show only at the row that it hit, and each time
/// anew.
fn check_whole(db: &Connection) -> Result<(), rusqlite::Error> {
    let said: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if said == "ok" {
        return Ok(());
    }
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(rusqlite::Error::SqliteFailure(code, Some(said)))
}

fn is_corrupt(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
    )
}

mod choice;
mod shelf;
mod spent;
#[cfg(test)]
mod tests;
mod trust;
pub mod unsaved;
mod unsent;
