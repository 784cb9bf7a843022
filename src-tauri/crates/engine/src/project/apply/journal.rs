//! What a transaction is about to do, on disk before it does it.
//!
//! Each transaction has a folder: `record` says what it will do, written before anything is staged;
//! empty marker files say how far it is. `prepared` comes after everything is staged and kept,
//! `committed` after everything is exchanged, `done` after the leftovers are gone; `rolled-back`
//! ends it the other way. Records stay as the project's history.
//!
//! A record has a checksum; one that does not match is never acted upon.

use std::fs;
use std::fs::File;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use super::Applier;
use super::ApplyError;
use super::Approved;
use crate::project::open::Identity;
use crate::project::open::Project;
use crate::project::path::RelPath;
use crate::project::stat::Time;
use crate::project::stat::Version;

pub(super) const PREPARED: &str = "prepared";
pub(super) const COMMITTED: &str = "committed";
pub(super) const ROLLED_BACK: &str = "rolled-back";
pub(super) const DONE: &str = "done";

/// What a transaction is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    Apply,
    Undo(String),
    Redo(String),
}

/// All that a transaction does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) number: u64,
    /// Milliseconds since the Unix epoch.
    pub(super) at: u64,
    pub(super) project: RawPath,
    pub(super) identity: Identity,
    pub(super) what: What,
    /// The task it was made for. Records that know none are left to the task's own log.
    #[serde(default)]
    pub(super) task: Option<String>,
    #[serde(flatten)]
    pub(super) plan: Plan,
}

/// A path that need not be text.
pub(super) type RawPath = Vec<u8>;

/// The steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) files: Vec<FileStep>,
    /// Folders to be made, outermost first.
    pub(super) make: Vec<FolderStep>,
    /// Folders to be removed, innermost first.
    pub(super) prune: Vec<FolderStep>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileStep {
    pub(super) path: RelPath,
    /// What was there; its bytes are in the store.
    pub(super) pre: Option<Version>,
    /// What is to be there.
    pub(super) post: Option<Version>,
    pub(super) pre_mtime: Option<Time>,
    /// Set on the new file, for an undo.
    pub(super) post_mtime: Option<Time>,
    /// Where it is staged and where the old one is put, on the same disk.
    pub(super) temp: RelPath,
    pub(super) how: How,
}

/// How a file is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum How {
    /// A staged file takes a free name.
    Create,
    /// A staged file is exchanged with it.
    Swap,
    /// Its bytes are overwritten, because it has several names.
    InPlace,
    /// Only its permission bits change.
    Mode,
    /// It is moved aside.
    Delete,
}

/// One folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FolderStep {
    pub(super) path: RelPath,
    /// Permission bits it has or is to have; `None` leaves them to the person's umask.
    pub(super) mode: Option<u32>,
    pub(super) mtime: Option<Time>,
}

impl Record {
    pub(super) fn new(
        project: &Project,
        what: What,
        task: Option<String>,
        plan: Plan,
        number: u64,
    ) -> Self {
        use std::os::unix::ffi::OsStrExt;
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            id: uuid::Uuid::new_v4().simple().to_string(),
            number,
            at: u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
            project: project.root().as_os_str().as_bytes().to_vec(),
            identity: project.identity(),
            what,
            task,
            plan,
        }
    }

    /// What the project has at an approved path afterwards, with the mode as it was kept.
    pub(super) fn post_of(&self, approved: &Approved) -> Option<Version> {
        let step = self
            .plan
            .files
            .iter()
            .find(|step| step.path == approved.path);
        step.map_or(approved.result, |step| step.post)
    }
}

/// A transaction under way, or a past one.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) dir: PathBuf,
    pub(super) record: Record,
}

/// A transaction's folder as it is found.
#[derive(Debug)]
pub(super) enum Found {
    /// It says what it is.
    Whole(Box<Journal>),
    /// It ended before it said anything, so it did nothing.
    Empty(PathBuf),
    /// What it says cannot be trusted.
    Damaged(PathBuf),
}

impl Journal {
    /// Writes the record, durably.
    pub(super) fn begin(above: &Path, record: Record) -> io::Result<Self> {
        let dir = above.join(format!("{:08}-{}", record.number, &record.id[..8]));
        fs::DirBuilder::new().mode(0o700).create(&dir)?;
        let journal = Self { dir, record };
        let result = journal
            .write_record()
            .and_then(|()| File::open(above)?.sync_all());
        if result.is_err() {
            let _ = fs::remove_dir_all(&journal.dir);
        }
        result.map(|()| journal)
    }

    fn write_record(&self) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(&self.record)?;
        let sum = Sha256::digest(&bytes);
        bytes.extend(sum);
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(&bytes)?;
        file.as_file().sync_all()?;
        file.persist(self.dir.join("record")).map_err(|e| e.error)?;
        File::open(&self.dir)?.sync_all()
    }

    /// Says, durably, how far it is.
    pub(super) fn mark(&self, marker: &str) -> io::Result<()> {
        let path = self.dir.join(marker);
        match fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
        {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
            _ => {}
        }
        File::open(&self.dir)?.sync_all()
    }

    pub(super) fn has(&self, marker: &str) -> bool {
        self.dir.join(marker).exists()
    }

    fn read(dir: &Path) -> Found {
        let bytes = match fs::read(dir.join("record")) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Found::Empty(dir.to_owned()),
            Err(_) => return Found::Damaged(dir.to_owned()),
        };
        let record = bytes
            .split_at_checked(bytes.len().wrapping_sub(32))
            .filter(|(body, sum)| *Sha256::digest(body) == **sum)
            .and_then(|(body, _)| serde_json::from_slice(body).ok());
        match record {
            Some(record) => Found::Whole(Box::new(Self {
                dir: dir.to_owned(),
                record,
            })),
            None => Found::Damaged(dir.to_owned()),
        }
    }
}

impl Applier {
    /// All transactions, oldest first.
    pub(super) fn journals(&self) -> Result<Vec<Found>, ApplyError> {
        let failed = |source| ApplyError::Io {
            path: self.dir.clone(),
            source,
        };
        Ok(self
            .folders()
            .map_err(failed)?
            .iter()
            .map(|dir| Journal::read(dir))
            .collect())
    }

    fn folders(&self) -> io::Result<Vec<PathBuf>> {
        let mut folders = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            }
        }
        folders.sort();
        Ok(folders)
    }

    pub(super) fn next_number(&self) -> Result<u64, ApplyError> {
        let failed = |source| ApplyError::Io {
            path: self.dir.clone(),
            source,
        };
        let folders = self.folders().map_err(failed)?;
        let last = folders.iter().filter_map(|folder| {
            folder
                .file_name()?
                .to_str()?
                .split('-')
                .next()?
                .parse::<u64>()
                .ok()
        });
        Ok(last.max().unwrap_or(0) + 1)
    }
}
