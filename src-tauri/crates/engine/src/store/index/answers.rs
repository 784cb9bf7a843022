//! Answers that can be given again, bounded in number and bytes; the oldest go first.

use rusqlite::OptionalExtension;
use rusqlite::params;

use super::Index;
use super::IndexError;

/// Answers that are kept.
pub const MOST: u32 = 64;
/// Bytes of all of them.
pub const MOST_BYTES: u64 = 8 << 20;
/// Bytes of one.
pub const LARGEST: usize = 512 << 10;

impl Index {
    /// What is kept under a key.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn answer(&self, key: &str) -> Result<Option<String>, IndexError> {
        self.run(|db| {
            db.query_row(
                "SELECT entry FROM answer WHERE key = ?1",
                params![key],
                |row| row.get(0),
            )
            .optional()
        })
    }

    /// Keeps an answer under a key, in the place of the one there. One larger than [`LARGEST`] is
    /// not kept, and the one there goes.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be kept.
    pub fn put_answer(&self, key: &str, at: u64, entry: &str) -> Result<(), IndexError> {
        self.run(|db| {
            db.execute("DELETE FROM answer WHERE key = ?1", params![key])?;
            if entry.len() > LARGEST {
                return Ok(());
            }
            db.execute(
                "INSERT INTO answer (key, at, bytes, entry) VALUES (?1, ?2, ?3, ?4)",
                params![
                    key,
                    at.cast_signed(),
                    (entry.len() as u64).cast_signed(),
                    entry
                ],
            )?;
            db.execute(
                "DELETE FROM answer WHERE rowid IN (
                     SELECT rowid FROM (
                         SELECT rowid, row_number() OVER newest AS number,
                                sum(bytes) OVER newest AS total
                         FROM answer WINDOW newest AS (ORDER BY rowid DESC)
                     ) WHERE number > ?1 OR total > ?2
                 )",
                params![MOST, MOST_BYTES.cast_signed()],
            )?;
            Ok(())
        })
    }

    /// Forgets one.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be forgotten.
    pub fn forget_answer(&self, key: &str) -> Result<(), IndexError> {
        self.run(|db| db.execute("DELETE FROM answer WHERE key = ?1", params![key]))?;
        Ok(())
    }

    /// Forgets all.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when they could not be forgotten.
    pub fn forget_answers(&self) -> Result<(), IndexError> {
        self.run(|db| db.execute("DELETE FROM answer", []))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_bounded_and_the_oldest_go_first() {
        let dir = tempfile::tempdir().unwrap();
        let index = Index::open(dir.path()).unwrap();
        let there = |key: &str| index.answer(key).unwrap().is_some();
        for n in 0..MOST + 2 {
            index.put_answer(&n.to_string(), 1, "x").unwrap();
        }
        assert!(!there("0") && !there("1") && there("2") && there("65"));
        index.put_answer("2", 2, "again").unwrap();
        index.put_answer("new", 3, "x").unwrap();
        assert_eq!(index.answer("2").unwrap().as_deref(), Some("again"));
        assert!(!there("3"), "what was kept anew is not the oldest any more");
        let large = "y".repeat(LARGEST);
        for n in 0..20 {
            index.put_answer(&format!("large {n}"), 4, &large).unwrap();
        }
        assert!(!there("2") && !there("large 3") && there("large 4") && there("large 19"));
        index
            .put_answer("large 19", 5, &format!("{large}y"))
            .unwrap();
        assert!(
            !there("large 19"),
            "too large to be kept, and the old one is not true any more"
        );
        index.forget_answer("large 18").unwrap();
        assert!(!there("large 18") && there("large 17"));
        index.forget_answers().unwrap();
        assert!(!there("large 17"));
    }
}
