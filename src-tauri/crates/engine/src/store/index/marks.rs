//! The person's marks on the files of a task's change set.

use rusqlite::params;

use super::Index;
use super::IndexError;

/// The person's mark on one file of one task, in exactly one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkRow {
    /// The file, relative to the project, as bytes.
    pub path: Vec<u8>,
    /// The version that was on screen.
    pub shown: String,
    /// `approved`, `rejected` or `mixed`.
    pub mark: String,
    /// Both versions, so that the diff that was decided about can be made again.
    pub versions: String,
    /// What was decided inside the file, when it is `mixed`.
    pub parts: String,
}

impl MarkRow {
    /// What takes a file's mark away.
    pub fn none(path: Vec<u8>) -> Self {
        Self {
            path,
            shown: String::new(),
            mark: String::new(),
            versions: String::new(),
            parts: String::new(),
        }
    }
}

impl Index {
    /// The marks of a task.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when they cannot be read.
    pub fn marks(&self, task: &str) -> Result<Vec<MarkRow>, IndexError> {
        self.run(|db| {
            db.prepare("SELECT path, shown, mark, versions, parts FROM mark WHERE task = ?1")?
                .query_map(params![task], |row| {
                    Ok(MarkRow {
                        path: row.get(0)?,
                        shown: row.get(1)?,
                        mark: row.get(2)?,
                        versions: row.get(3)?,
                        parts: row.get(4)?,
                    })
                })?
                .collect()
        })
    }

    /// Writes marks, all or none. An empty `mark` takes the file's mark away.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when they could not be written; then none was.
    pub fn put_marks(&self, task: &str, marks: &[MarkRow]) -> Result<(), IndexError> {
        self.run(|db| {
            let all = db.unchecked_transaction()?;
            for mark in marks {
                if mark.mark.is_empty() {
                    all.execute(
                        "DELETE FROM mark WHERE task = ?1 AND path = ?2",
                        params![task, mark.path],
                    )?;
                } else {
                    all.execute(
                        "INSERT INTO mark (task, path, shown, mark, versions, parts)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                         ON CONFLICT (task, path) DO UPDATE
                         SET shown = ?3, mark = ?4, versions = ?5, parts = ?6",
                        params![
                            task,
                            mark.path,
                            mark.shown,
                            mark.mark,
                            mark.versions,
                            mark.parts
                        ],
                    )?;
                }
            }
            all.commit()
        })
    }
}
