//! The checks that the person typed, per project.

use rusqlite::params;

use super::Index;
use super::IndexError;

/// Made when it is not there: an index of an earlier version has none, and one that does not know
/// it leaves it alone.
pub(super) const CREATE: &str = "
    CREATE TABLE IF NOT EXISTS own_check (
        id TEXT PRIMARY KEY, project TEXT NOT NULL REFERENCES project(id), command TEXT NOT NULL,
        tests INTEGER NOT NULL
    ) STRICT;
";

/// A check that the person typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCheck {
    /// Names it.
    pub id: String,
    /// What is run.
    pub command: String,
    /// Whether it runs tests.
    pub tests: bool,
}

impl Index {
    /// The checks typed for a project, oldest first.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn own_checks(&self, project: &str) -> Result<Vec<OwnCheck>, IndexError> {
        self.run(|db| {
            db.prepare("SELECT id, command, tests FROM own_check WHERE project = ?1 ORDER BY id")?
                .query_map(params![project], |row| {
                    Ok(OwnCheck {
                        id: row.get(0)?,
                        command: row.get(1)?,
                        tests: row.get(2)?,
                    })
                })?
                .collect()
        })
    }

    /// Writes one, new or changed.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be written.
    pub fn put_own_check(&self, project: &str, check: &OwnCheck) -> Result<(), IndexError> {
        self.run(|db| {
            db.execute(
                "INSERT INTO own_check (id, project, command, tests) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (id) DO UPDATE SET command = ?3, tests = ?4",
                params![check.id, project, check.command, check.tests],
            )
        })?;
        Ok(())
    }

    /// Removes one; one that is not there is no error.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be removed.
    pub fn remove_own_check(&self, project: &str, id: &str) -> Result<(), IndexError> {
        self.run(|db| {
            db.execute(
                "DELETE FROM own_check WHERE project = ?1 AND id = ?2",
                params![project, id],
            )
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn typed_checks_stay_with_their_project() {
        let dir = tempfile::tempdir().unwrap();
        let index = Index::open(dir.path()).unwrap();
        let project = |path| index.open_project(Path::new(path), false, 1).unwrap().id;
        let (one, other) = (project("/one"), project("/other"));
        let check = |command: &str, tests| OwnCheck {
            id: "own:1".to_owned(),
            command: command.to_owned(),
            tests,
        };
        index
            .put_own_check(&one, &check("make tset", false))
            .unwrap();
        index
            .put_own_check(&one, &check("make test", true))
            .unwrap();
        drop(index);
        let index = Index::open(dir.path()).unwrap();
        assert_eq!(index.own_checks(&one).unwrap(), [check("make test", true)]);
        assert!(index.own_checks(&other).unwrap().is_empty());
        index.remove_own_check(&other, "own:1").unwrap();
        assert_eq!(index.own_checks(&one).unwrap().len(), 1);
        index.remove_own_check(&one, "own:1").unwrap();
        assert!(index.own_checks(&one).unwrap().is_empty());
    }
}
