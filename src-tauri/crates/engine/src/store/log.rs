//! The log of one task: everything that was said and done in it, as JSON lines.
//!
//! The log is the truth of a task. It is only ever appended to, and synced at the ends of turns
//! and after each message of the person. A line that a crash cut short is skipped when reading,
//! and the next append begins on a line of its own.

use std::fs::File;
use std::fs::OpenOptions;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use crate::agent::item::Item;
use crate::attachments::Attachment;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// A turn began.
    TurnStarted {
        /// Counted from 1.
        turn: u32,
        /// Milliseconds since the epoch.
        at: u64,
    },
    /// An item is complete, or replaces the earlier one of the same id.
    Item {
        /// The item.
        item: Item,
    },
    /// An item that was begun was taken back.
    ItemWithdrawn {
        /// The item's id.
        item: String,
    },
    /// The person said something while the agent worked. It is in the hands of the agent once a
    /// message item of the same text follows; until then it would be lost with the app.
    Steered {
        /// The text.
        text: String,
        /// What was attached.
        #[serde(default)]
        attachments: Vec<Attachment>,
    },
    /// Items of the model's own history, to be replayed to the letter.
    Wire {
        /// Appended in this order.
        items: Vec<Value>,
    },
    /// The model's history was replaced by a shorter one.
    WireReplaced {
        /// The whole history from here on.
        items: Vec<Value>,
    },
    /// A turn ended.
    TurnEnded {
        /// Counted from 1.
        turn: u32,
        /// How it ended, as a word.
        state: String,
        /// Milliseconds since the epoch.
        at: u64,
    },
    /// Changes of the task were written into the project, or taken back.
    Applied {
        /// The history's id.
        apply: String,
        /// The files, relative to the project.
        paths: Vec<String>,
        /// Whether this took them back.
        undone: bool,
        /// Milliseconds since the epoch.
        at: u64,
    },
}

/// What went wrong with a task's log.
#[derive(Debug, thiserror::Error)]
#[error("The log of this task, {path}, could not be {doing}: {source}.")]
pub struct LogError {
    /// The file.
    pub path: PathBuf,
    /// "read" or "written".
    pub doing: &'static str,
    /// The system's own words.
    #[source]
    pub source: std::io::Error,
}

/// An open log.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    /// Opens a task's log for appending, making it when it is not there.
    ///
    /// # Errors
    ///
    /// [`LogError`] when the file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, LogError> {
        let fail = |source| LogError {
            path: path.to_path_buf(),
            doing: "written",
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .map_err(fail)?;
        let length = file.seek(SeekFrom::End(0)).map_err(fail)?;
        if length > 0 {
            let mut last = [0u8];
            file.seek(SeekFrom::End(-1)).map_err(fail)?;
            file.read_exact(&mut last).map_err(fail)?;
            if last != *b"\n" {
                file.write_all(b"\n").map_err(fail)?;
            }
        }
        Ok(Self {
            path: path.to_path_buf(),
            file,
        })
    }

    /// Appends a record. It is in the operating system's hands when this returns.
    ///
    /// # Errors
    ///
    /// [`LogError`] when it could not be written.
    pub fn append(&mut self, record: &Record) -> Result<(), LogError> {
        let mut line = serde_json::to_vec(record).map_err(|error| self.fail(error.into()))?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(|error| self.fail(error))
    }

    /// Waits until everything appended is on the disk.
    ///
    /// # Errors
    ///
    /// [`LogError`] when the disk refused.
    pub fn sync(&mut self) -> Result<(), LogError> {
        self.file.sync_data().map_err(|error| self.fail(error))
    }

    /// All whole records of a log, and how many lines could not be read.
    ///
    /// # Errors
    ///
    /// [`LogError`] when the file cannot be read. A missing file is an empty log.
    pub fn read(path: &Path) -> Result<(Vec<Record>, usize), LogError> {
        let fail = |source| LogError {
            path: path.to_path_buf(),
            doing: "read",
            source,
        };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok((Vec::new(), 0));
            }
            Err(error) => return Err(fail(error)),
        };
        let mut records = Vec::new();
        let mut unread = 0;
        for line in BufReader::new(file).split(b'\n') {
            let line = line.map_err(fail)?;
            if line.is_empty() {
                continue;
            }
            match serde_json::from_slice(&line) {
                Ok(record) => records.push(record),
                Err(_) => unread += 1,
            }
        }
        Ok((records, unread))
    }

    fn fail(&self, source: std::io::Error) -> LogError {
        LogError {
            path: self.path.clone(),
            doing: "written",
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(turn: u32) -> Record {
        Record::TurnStarted { turn, at: 1 }
    }

    #[test]
    fn a_torn_tail_costs_only_its_own_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.jsonl");
        let mut log = Log::open(&path).unwrap();
        log.append(&started(1)).unwrap();
        log.append(&started(2)).unwrap();
        log.sync().unwrap();
        drop(log);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 5]).unwrap();

        let mut log = Log::open(&path).unwrap();
        log.append(&started(3)).unwrap();
        assert_eq!(Log::read(&path).unwrap(), (vec![started(1), started(3)], 1));
    }

    #[test]
    fn a_missing_log_is_empty_and_an_unreadable_one_says_so() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Log::read(&dir.path().join("none")).unwrap(), (vec![], 0));
        let error = Log::read(dir.path()).unwrap_err();
        assert!(error.to_string().contains("could not be read"), "{error}");
    }
}
