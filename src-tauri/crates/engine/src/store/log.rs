//! The log of one task: everything that was said and done in it, as JSON lines.
//!
//! The log is the truth of a task. It is only ever appended to, and synced at the ends of turns
//! and after each message of the person. A crash can cut the last line short; that one was never
//! promised to anybody and goes when the log is opened. Any other line that cannot be read stays
//! where it is and is named to the reader.
//!
//! A disk that is full leaves no half line behind. What must not be lost by it is held in memory
//! and written before the next line.

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
use crate::agent::session::AnsweredBy;
use crate::attachments::Attachment;
use crate::project::path::RelPath;
use crate::usage::Answer;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// What the index has of the task, so that it can be found again without it.
    Task {
        /// The project's canonical folder.
        #[serde(with = "crate::project::path::any")]
        project: PathBuf,
        /// Its title.
        title: String,
        /// The model.
        model: String,
        /// The permission mode, as a word.
        permission: String,
        /// The reasoning effort, as a word; empty where the model decides.
        #[serde(default)]
        effort: String,
        /// Whether the rules choose between the model and its cheaper sibling.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        automatic: bool,
        /// Milliseconds since the epoch.
        at: u64,
    },
    /// The person put the task away, took it out, removed it or brought it back.
    Shelved {
        /// Whether it is put away now.
        archived: bool,
        /// When it was removed; none when it is not.
        removed_at: Option<u64>,
    },
    /// A turn and all after it were taken back: what was said, remembered and changed in them.
    Rewound {
        /// Counted from 1.
        turn: u32,
    },
    /// A turn is about to begin, with so many entries in the ledger of the draft.
    TurnBase {
        /// Counted from 1.
        turn: u32,
        /// Entries in the ledger; none when the draft could not be opened.
        ledger: Option<usize>,
    },
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
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
    },
    /// What was said so is unsent text of the person again, who may have changed it since.
    GivenBack {
        /// The text as it was said.
        text: String,
        /// What was attached.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
    },
    /// What the conversation took after an answer. What it can take is the model's that answers next.
    Usage {
        /// Tokens it takes.
        context_used: u64,
    },
    /// What an answer has cost. It stays when its turn is taken back: it was paid for.
    Spent {
        /// The answer.
        answer: Answer,
    },
    /// From here on somebody else has answered.
    AnsweredBy {
        /// Who.
        by: AnsweredBy,
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
    /// The person edited a file of the draft; the ledger has the bytes.
    Edited {
        /// The entry of the ledger.
        call: String,
        /// The file.
        path: RelPath,
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
        /// The transaction that wrote them.
        #[serde(default)]
        transaction: Option<String>,
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

/// A line that cannot be read. It stays in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable {
    /// Counted from 1.
    pub line: usize,
}

/// An open log.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
    /// Bytes of whole lines in the file.
    length: u64,
    /// Lines that the disk did not take yet.
    held: Vec<u8>,
}

impl Log {
    /// Opens a task's log for appending, making it when it is not there. A last line that was cut
    /// short is dropped.
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
        let end = file.seek(SeekFrom::End(0)).map_err(fail)?;
        let whole = end_of_lines(&mut file, end).map_err(fail)?;
        let mut log = Self {
            path: path.to_path_buf(),
            file,
            length: end,
            held: Vec::new(),
        };
        if whole < end {
            let mut tail = Vec::new();
            log.file
                .seek(SeekFrom::Start(whole))
                .and_then(|_| log.file.read_to_end(&mut tail))
                .map_err(fail)?;
            if serde_json::from_slice::<Record>(&tail).is_ok() {
                log.write(b"\n")?;
            } else {
                log.file.set_len(whole).map_err(fail)?;
                log.length = whole;
            }
        }
        Ok(log)
    }

    /// Appends a record, all of it or nothing. It is in the operating system's hands when this
    /// returns.
    ///
    /// # Errors
    ///
    /// [`LogError`] when it could not be written; it is not in the log then and will not be.
    pub fn append(&mut self, record: &Record) -> Result<(), LogError> {
        let line = self.line(record)?;
        self.write_held()?;
        self.write(&line)
    }

    /// Appends a record that has happened, whether the disk takes it now or not: one that it does
    /// not take is held and written before the next line.
    ///
    /// # Errors
    ///
    /// [`LogError`] when it is not written yet.
    pub fn append_or_hold(&mut self, record: &Record) -> Result<(), LogError> {
        let line = self.line(record)?;
        let written = self.write_held().and_then(|()| self.write(&line));
        if written.is_err() {
            self.held.extend(line);
        }
        written
    }

    /// Waits until everything appended is on the disk.
    ///
    /// # Errors
    ///
    /// [`LogError`] when the disk refused.
    pub fn sync(&mut self) -> Result<(), LogError> {
        self.write_held()?;
        self.file.sync_data().map_err(|error| self.fail(error))
    }

    /// All lines of a log in order.
    ///
    /// # Errors
    ///
    /// [`LogError`] when the file cannot be read. A missing file is an empty log.
    pub fn read(path: &Path) -> Result<Vec<Result<Record, Unreadable>>, LogError> {
        let fail = |source| LogError {
            path: path.to_path_buf(),
            doing: "read",
            source,
        };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(fail(error)),
        };
        let mut records = Vec::new();
        for (before, line) in BufReader::new(file).split(b'\n').enumerate() {
            let line = line.map_err(fail)?;
            if !line.is_empty() {
                let record = serde_json::from_slice(&line);
                records.push(record.map_err(|_| Unreadable { line: before + 1 }));
            }
        }
        Ok(records)
    }

    fn line(&self, record: &Record) -> Result<Vec<u8>, LogError> {
        let mut line = serde_json::to_vec(record).map_err(|error| self.fail(error.into()))?;
        line.push(b'\n');
        Ok(line)
    }

    fn write_held(&mut self) -> Result<(), LogError> {
        if !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            let written = self.write(&held);
            if written.is_err() {
                self.held = held;
            }
            written?;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), LogError> {
        match self.file.write_all(bytes) {
            Ok(()) => {
                self.length += bytes.len() as u64;
                Ok(())
            }
            Err(error) => {
                // Half a line would make the next one unreadable too.
                let _ = self.file.set_len(self.length);
                Err(self.fail(error))
            }
        }
    }

    fn fail(&self, source: std::io::Error) -> LogError {
        LogError {
            path: self.path.clone(),
            doing: "written",
            source,
        }
    }
}

/// Where the last whole line ends.
fn end_of_lines(file: &mut File, end: u64) -> std::io::Result<u64> {
    const PIECE: u64 = 64 << 10;
    let mut at = end;
    while at > 0 {
        let from = at.saturating_sub(PIECE);
        let mut piece = Vec::new();
        file.seek(SeekFrom::Start(from))?;
        file.take(at - from).read_to_end(&mut piece)?;
        if let Some(newline) = piece.iter().rposition(|byte| *byte == b'\n') {
            return Ok(from + newline as u64 + 1);
        }
        at = from;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(turn: u32) -> Record {
        Record::TurnStarted { turn, at: 1 }
    }

    #[test]
    fn a_torn_tail_is_dropped_at_every_length_and_never_becomes_a_broken_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.jsonl");
        let mut log = Log::open(&path).unwrap();
        log.append(&started(1)).unwrap();
        let first = std::fs::read(&path).unwrap().len();
        log.append(&started(2)).unwrap();
        log.sync().unwrap();
        drop(log);
        let whole = std::fs::read(&path).unwrap();
        for cut in first..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            for turn in [3, 4] {
                Log::open(&path).unwrap().append(&started(turn)).unwrap();
            }
            let mut expect = vec![Ok(started(1)), Ok(started(3)), Ok(started(4))];
            if cut == whole.len() - 1 {
                // Only the end of its line was missing.
                expect.insert(1, Ok(started(2)));
            }
            assert_eq!(Log::read(&path).unwrap(), expect, "cut at {cut}");
        }
    }

    #[test]
    fn a_tail_longer_than_one_look_is_dropped_too() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.jsonl");
        Log::open(&path).unwrap().append(&started(1)).unwrap();
        let first = std::fs::read(&path).unwrap();
        let torn = [&first[..], b"{\"record\":\"", &[b'x'; 200 << 10]].concat();
        std::fs::write(&path, torn).unwrap();
        drop(Log::open(&path).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), first);
    }

    #[test]
    fn a_broken_line_in_the_middle_is_named_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.jsonl");
        let mut log = Log::open(&path).unwrap();
        for turn in [1, 2, 3] {
            log.append(&started(turn)).unwrap();
        }
        drop(log);
        let mut bytes = std::fs::read(&path).unwrap();
        let second = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 2;
        bytes[second] = 0;
        std::fs::write(&path, &bytes).unwrap();
        drop(Log::open(&path).unwrap());
        let expect = vec![Ok(started(1)), Err(Unreadable { line: 2 }), Ok(started(3))];
        assert_eq!(Log::read(&path).unwrap(), expect);
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn a_full_disk_costs_no_line_before_or_after() {
        crate::project::on_a_small_disk("log", |disk| {
            let path = disk.join("log.jsonl");
            let mut log = Log::open(&path).unwrap();
            log.append(&started(1)).unwrap();
            let filler = disk.join("filler");
            std::fs::write(&filler, vec![0; (1 << 20) - (16 << 10)]).unwrap();
            let large = |word: &str| Record::Steered {
                text: word.repeat(8 << 10),
                attachments: Vec::new(),
            };
            assert!(log.append(&large("refused")).is_err());
            assert!(log.append_or_hold(&large("held")).is_err());
            assert!(log.append_or_hold(&started(2)).is_err(), "in order");
            let now = Log::read(&path).unwrap();
            assert_eq!(now, vec![Ok(started(1))], "no half line");
            std::fs::remove_file(&filler).unwrap();
            log.append(&started(3)).unwrap();
            let expect = [started(1), large("held"), started(2), started(3)];
            assert_eq!(Log::read(&path).unwrap(), expect.map(Ok));
        });
    }

    #[test]
    fn a_missing_log_is_empty_and_an_unreadable_one_says_so() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Log::read(&dir.path().join("none")).unwrap(), vec![]);
        let error = Log::read(dir.path()).unwrap_err();
        assert!(error.to_string().contains("could not be read"), "{error}");
    }
}
