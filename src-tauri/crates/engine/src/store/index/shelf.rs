//! Which tasks the person put away or removed.

use rusqlite::OptionalExtension;
use rusqlite::params;

use super::Index;
use super::IndexError;

/// Whether a task is put away, and whether it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shelf {
    /// Put away.
    pub archived: bool,
    /// When it was removed, in milliseconds since the epoch.
    pub removed_at: Option<u64>,
}

impl Index {
    /// Where a task was put.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn shelf(&self, task: &str) -> Result<Shelf, IndexError> {
        let found = self.run(|db| {
            db.query_row(
                "SELECT archived, removed_at FROM shelf WHERE task = ?1",
                params![task],
                |row| {
                    Ok(Shelf {
                        archived: row.get(0)?,
                        removed_at: row.get::<_, Option<i64>>(1)?.map(|at| at as u64),
                    })
                },
            )
            .optional()
        })?;
        Ok(found.unwrap_or_default())
    }

    /// Keeps where a task was put.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be kept; then it is as before.
    pub fn put_shelf(&self, task: &str, shelf: Shelf) -> Result<(), IndexError> {
        self.run(|db| {
            db.execute(
                "INSERT INTO shelf (task, archived, removed_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (task) DO UPDATE SET archived = ?2, removed_at = ?3",
                params![task, shelf.archived, shelf.removed_at.map(|at| at as i64)],
            )
        })?;
        Ok(())
    }

    /// Forgets a task with all its marks and what was typed into it, all or nothing.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be forgotten; then all of it is there.
    pub fn forget_task(&self, task: &str) -> Result<(), IndexError> {
        self.run(|db| {
            let all = db.unchecked_transaction()?;
            for table in ["shelf", "mark", "unsent", "attached", "unsaved"] {
                all.execute(&format!("DELETE FROM {table} WHERE task = ?1"), [task])?;
            }
            all.execute("DELETE FROM task WHERE id = ?1", [task])?;
            all.commit()
        })
    }
}
