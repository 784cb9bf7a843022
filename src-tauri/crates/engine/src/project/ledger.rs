//! Which tool call changed which path, from what to what.
//!
//! One line of JSON per call, appended to a file in the task's folder. It is the one source for
//! attribution, for what the last turn did, and for going back. Nothing in it is ever rewritten.
//!
//! The file is synced at turn boundaries only. A line torn by a crash can only be the last one; it
//! is dropped on reading and overwritten by the next append. A damaged line before it is an error,
//! because everything after it would be a guess.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use super::path::RelPath;
use super::stat::Version;

/// What one tool call changed in the draft.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Entry {
    /// The tool call.
    pub call_id: String,
    /// Each path changed, sorted.
    pub files: Vec<Changed>,
    /// How many ignored files changed beside them; they are not offered for apply.
    #[serde(default)]
    pub ignored: u64,
}

/// One path that a call changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Where.
    pub path: RelPath,
    /// What was there before the call.
    pub before: Before,
    /// What is there since; `None` when it was deleted.
    pub after: Option<Version>,
}

/// What a path held before a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Before {
    /// Nothing.
    Absent,
    /// Exactly this.
    Was(Version),
    /// It was there, but the person changed the project's file before its bytes could be kept.
    Unknown,
}

impl From<Option<Version>> for Before {
    fn from(version: Option<Version>) -> Self {
        version.map_or(Self::Absent, Self::Was)
    }
}

/// Why the ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A line that is not the last one cannot be read.
    #[error("line {line} of `{}` is damaged", path.display())]
    Damaged {
        /// The ledger's file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// What the system said.
    #[error("cannot use `{}`: {source}", path.display())]
    Io {
        /// The ledger's file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    file: File,
    entries: Vec<Entry>,
}

impl Ledger {
    /// Opens the ledger at `path` and reads it; an absent one is empty.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let failed = |source| LedgerError::Io {
            path: path.to_owned(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(failed)?;
        let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        let mut entries = Vec::new();
        for (i, line) in text[..whole].split(|b| *b == b'\n').enumerate() {
            if line.is_empty() {
                continue;
            }
            let entry = serde_json::from_slice(line).map_err(|_| LedgerError::Damaged {
                path: path.to_owned(),
                line: i + 1,
            })?;
            entries.push(entry);
        }
        if whole < text.len() {
            file.set_len(whole as u64).map_err(failed)?;
        }
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            entries,
        })
    }

    /// Adds what a call did.
    pub fn append(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        let mut line = serde_json::to_vec(entry).expect("an entry has only string keys");
        line.push(b'\n');
        let before = self.file.stream_position();
        let result = self.file.write_all(&line);
        if let (Err(_), Ok(before)) = (&result, before) {
            // Half a line in the middle would make all that follows unreadable.
            let _ = self.file.set_len(before);
            let _ = self.file.seek(SeekFrom::Start(before));
        }
        result.map_err(|source| LedgerError::Io {
            path: self.path.clone(),
            source,
        })?;
        self.entries.push(entry.clone());
        Ok(())
    }

    /// Makes all entries durable; called at turn boundaries.
    pub fn sync(&self) -> Result<(), LedgerError> {
        self.file.sync_data().map_err(|source| LedgerError::Io {
            path: self.path.clone(),
            source,
        })
    }

    /// All entries in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::project::stat::Kind;
    use crate::store::blobs::BlobId;

    fn entry(call: &str, path: &str) -> Entry {
        let version = Version {
            blob: BlobId::of(b"x"),
            kind: Kind::File,
            mode: 0o644,
            size: 1,
        };
        Entry {
            call_id: call.to_owned(),
            files: vec![Changed {
                path: RelPath::new(path).unwrap(),
                before: Before::Absent,
                after: Some(version),
            }],
            ignored: 2,
        }
    }

    #[test]
    fn entries_come_back_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.jsonl");
        let mut ledger = Ledger::open(&path).unwrap();
        ledger.append(&entry("1", "a")).unwrap();
        ledger.append(&entry("2", "b\n\"c")).unwrap();
        ledger.sync().unwrap();
        assert_eq!(
            Ledger::open(&path).unwrap().entries(),
            [entry("1", "a"), entry("2", "b\n\"c")]
        );
    }

    #[test]
    fn a_torn_tail_is_dropped_at_every_length_and_appending_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.jsonl");
        let mut ledger = Ledger::open(&path).unwrap();
        ledger.append(&entry("1", "a")).unwrap();
        let first = fs::read(&path).unwrap().len();
        ledger.append(&entry("2", "b")).unwrap();
        let whole = fs::read(&path).unwrap();
        for cut in first..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let mut ledger = Ledger::open(&path).unwrap();
            assert_eq!(ledger.entries().len(), 1, "cut at {cut}");
            ledger.append(&entry("3", "c")).unwrap();
            let again = Ledger::open(&path).unwrap();
            assert_eq!(
                again.entries(),
                [entry("1", "a"), entry("3", "c")],
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn a_damaged_line_in_the_middle_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.jsonl");
        fs::write(&path, "{\"call_id\":\n{\"call_id\":\"2\",\"files\":[]}\n").unwrap();
        let error = Ledger::open(&path).unwrap_err();
        assert!(
            matches!(error, LedgerError::Damaged { line: 1, .. }),
            "{error}"
        );
    }
}
