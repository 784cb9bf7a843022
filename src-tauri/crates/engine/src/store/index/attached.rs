//! What is attached to messages that are not sent yet, beside their text.

use rusqlite::params;

use super::Index;
use super::IndexError;
use crate::attachments::Attachment;

/// Made when it is missing, without a new schema number: a version that does not know the table is
/// not hurt by it.
pub(super) const CREATE: &str = "
    CREATE TABLE IF NOT EXISTS attached (
        project TEXT NOT NULL, task TEXT NOT NULL, id TEXT NOT NULL, place INTEGER NOT NULL,
        about TEXT NOT NULL, PRIMARY KEY (project, task, id)
    ) STRICT;
";

impl Index {
    /// The attachments of a message that is being written, in order; `task` is empty for a task
    /// that was never started. One that a newer version wrote is left out.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn attached(&self, project: &str, task: &str) -> Result<Vec<Attachment>, IndexError> {
        let rows: Vec<String> = self.run(|db| {
            db.prepare(
                "SELECT about FROM attached WHERE project = ?1 AND task = ?2 ORDER BY place, id",
            )?
            .query_map(params![project, task], |row| row.get(0))?
            .collect()
        })?;
        Ok(read(&rows))
    }

    /// The attachments of all messages that are being written in a project.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn attached_anywhere(&self, project: &str) -> Result<Vec<Attachment>, IndexError> {
        let rows: Vec<String> = self.run(|db| {
            db.prepare("SELECT about FROM attached WHERE project = ?1")?
                .query_map(params![project], |row| row.get(0))?
                .collect()
        })?;
        Ok(read(&rows))
    }

    /// Attaches these, in order, after those that are there. One that is there already keeps its
    /// place and is replaced.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when they could not be kept; then none was.
    pub fn attach(&self, project: &str, task: &str, more: &[Attachment]) -> Result<(), IndexError> {
        self.put_attached(project, task, more, false)
    }

    /// The same, before those that are there.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when they could not be kept; then none was.
    pub fn attach_before(
        &self,
        project: &str,
        task: &str,
        more: &[Attachment],
    ) -> Result<(), IndexError> {
        self.put_attached(project, task, more, true)
    }

    fn put_attached(
        &self,
        project: &str,
        task: &str,
        more: &[Attachment],
        before: bool,
    ) -> Result<(), IndexError> {
        let count = i64::try_from(more.len()).unwrap_or(i64::MAX);
        self.run(|db| {
            let all = db.unchecked_transaction()?;
            let (first, last): (i64, i64) = all.query_row(
                "SELECT COALESCE(MIN(place), 0), COALESCE(MAX(place), 0) FROM attached
                 WHERE project = ?1 AND task = ?2",
                params![project, task],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let start = if before { first - count } else { last + 1 };
            for (place, one) in (start..).zip(more) {
                // Numbers, words and lists of them always become JSON.
                let about = serde_json::to_string(one).unwrap_or_default();
                all.execute(
                    "INSERT INTO attached (project, task, id, place, about) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (project, task, id) DO UPDATE SET about = ?5",
                    params![project, task, one.id, place, about],
                )?;
            }
            all.commit()
        })
    }

    /// Takes these off a message.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be noted; then none is off.
    pub fn detach(&self, project: &str, task: &str, ids: &[String]) -> Result<(), IndexError> {
        self.run(|db| {
            let all = db.unchecked_transaction()?;
            for id in ids {
                all.execute(
                    "DELETE FROM attached WHERE project = ?1 AND task = ?2 AND id = ?3",
                    params![project, task, id],
                )?;
            }
            all.commit()
        })
    }
}

fn read(rows: &[String]) -> Vec<Attachment> {
    rows.iter()
        .filter_map(|about| serde_json::from_str(about).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attachments::Content;
    use crate::store::blobs::BlobId;

    fn note(id: &str) -> Attachment {
        Attachment {
            id: id.to_owned(),
            name: format!("{id}.txt"),
            original: BlobId::of(id.as_bytes()),
            sent: BlobId::of(id.as_bytes()),
            bytes: 1,
            tokens: 1,
            note: None,
            content: Content::Text,
        }
    }

    #[test]
    fn they_are_there_in_order_after_reopening_and_are_replaced_in_place() {
        let data = tempfile::tempdir().unwrap();
        let ids = |index: &Index| {
            let all = index.attached("p", "t").unwrap();
            all.into_iter().map(|one| one.id).collect::<Vec<_>>()
        };
        let index = Index::open(data.path()).unwrap();
        index.attach("p", "t", &[note("b"), note("c")]).unwrap();
        index.attach("p", "t", &[note("d")]).unwrap();
        index
            .attach_before("p", "t", &[note("z"), note("a")])
            .unwrap();
        index.attach("p", "", &[note("new")]).unwrap();
        let longer = Attachment {
            bytes: 9,
            ..note("b")
        };
        index
            .attach("p", "t", std::slice::from_ref(&longer))
            .unwrap();
        drop(index);
        let index = Index::open(data.path()).unwrap();
        assert_eq!(ids(&index), ["z", "a", "b", "c", "d"]);
        assert_eq!(index.attached("p", "t").unwrap()[2], longer);
        index
            .detach("p", "t", &["a".to_owned(), "c".to_owned()])
            .unwrap();
        assert_eq!(ids(&index), ["z", "b", "d"]);
        assert_eq!(index.attached("p", "").unwrap(), [note("new")]);
        assert_eq!(index.attached_anywhere("p").unwrap().len(), 4);
        assert_eq!(index.attached("other", "t").unwrap(), []);
    }
}
