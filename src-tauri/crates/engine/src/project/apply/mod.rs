//! The only way into a person's folder: one transaction of approved changes, all or nothing.
//!
//! Each change carries the version that was shown and the version that was approved, both by hash.
//! Everything is checked first; then new bytes are staged beside their places; then the journal, in
//! the app's own data folder, says "prepared"; then each file is exchanged with its staged
//! successor, and what came out is checked against what was shown. Only when all is on the disk
//! does the journal say "committed". A crash at any point is settled at the next start, to the old
//! tree or the new one.
//!
//! A file that is not the one shown stops the whole apply, before or during it, and nothing stays
//! written. Undo is the same transaction the other way round. Git metadata is never written, links
//! on the way are never followed.

mod exchange;
mod fault;
mod journal;
mod moves;
mod preflight;
mod recover;
mod roll_back;
#[cfg(test)]
mod tests;
mod undo;

use std::fs;
use std::fs::File;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use rustix::fs::FlockOperation;
use serde::Deserialize;
use serde::Serialize;

use self::journal::Journal;
use self::journal::Record;
use self::journal::What;
use self::preflight::Folders;
pub(crate) use self::preflight::is_staged;
pub use self::recover::Recovered;
pub use self::undo::Past;
pub(crate) use self::undo::Written;
use super::beneath;
use super::beneath::Root;
use super::changes::FileChange;
use super::open::Identity;
use super::open::Project;
use super::path::RelPath;
use super::stat::Version;
use crate::store::blobs::BlobError;
use crate::store::blobs::Blobs;

/// One approved file: from what was shown to what was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// Where.
    pub path: RelPath,
    /// What the project had in the review; `None` for nothing.
    pub base: Option<Version>,
    /// What it is to have; `None` to delete it.
    pub result: Option<Version>,
    /// Whether a folder that a deletion leaves empty goes too.
    pub prune: bool,
}

impl From<&FileChange> for Approved {
    /// The whole file as the review shows it. Of a file in conflict this is refused by the apply,
    /// because the project does not have its base; settling a conflict means to name what the
    /// project has as the base, once the person has seen it.
    fn from(change: &FileChange) -> Self {
        Self {
            path: change.path.clone(),
            base: change.base,
            result: change.draft,
            prune: true,
        }
    }
}

/// What an apply came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is written and on the disk.
    Applied {
        /// Names the transaction; of an apply, it names it in the history.
        id: String,
        /// What the project now has at each path.
        files: Vec<(RelPath, Option<Version>)>,
    },
    /// The project moved on since the review. Nothing was written.
    Conflict {
        /// Each file that is not the one shown.
        files: Vec<Conflicting>,
    },
    /// It could not be done. Nothing was changed.
    Failed {
        /// What happened, what is unchanged, and what to do.
        sentence: String,
    },
    /// It could not be done, and some files could not be put back yet. They will be at the next
    /// start or apply; every version is kept.
    Unsettled {
        /// What happened and what to do.
        sentence: String,
    },
}

/// A file that is not the one that was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflicting {
    /// Where.
    pub path: RelPath,
    /// What was shown; `None` for nothing.
    pub shown: Option<Version>,
    /// What the project has; `None` for nothing.
    pub project: Option<Version>,
    /// What was to be written; `None` for nothing.
    pub result: Option<Version>,
}

/// Why the history of a project cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Our own folder failed.
    #[error("cannot use the apply journal in `{}`: {source}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no such apply, or it is already as asked.
    #[error("there is nothing to {verb} under `{id}`")]
    NothingTo {
        /// `undo` or `redo`.
        verb: &'static str,
        /// The id asked for.
        id: String,
    },
}

/// Applies changes to one project and remembers them.
#[derive(Debug)]
pub struct Applier {
    project: Project,
    dir: PathBuf,
    blobs: Blobs,
}

impl Applier {
    /// Opens the history of a project below `data_dir` and settles what a crash left behind. Called
    /// before anything else looks at the project.
    pub fn open(
        project: &Project,
        data_dir: &Path,
        blobs: Blobs,
    ) -> Result<(Self, Vec<Recovered>), ApplyError> {
        let dir = data_dir.join("applies").join(project.key());
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&dir)
            .map_err(|source| ApplyError::Io {
                path: dir.clone(),
                source,
            })?;
        let applier = Self {
            project: project.clone(),
            dir,
            blobs,
        };
        let _lock = applier.lock()?;
        let recovered = applier.recover()?;
        Ok((applier, recovered))
    }

    /// Writes approved changes of a task into the project.
    pub fn apply(&self, task: &str, approved: &[Approved]) -> Result<Outcome, ApplyError> {
        let _lock = self.lock()?;
        if let Some(unsettled) = self.settle_earlier()? {
            return Ok(unsettled);
        }
        let task = Some(task.to_owned());
        self.transact(approved, What::Apply, task, Folders::default())
    }

    /// The whole transaction; the caller holds the lock.
    fn transact(
        &self,
        approved: &[Approved],
        what: What,
        task: Option<String>,
        folders: Folders,
    ) -> Result<Outcome, ApplyError> {
        let root = match self.root() {
            Ok(root) => root,
            Err(halt) => return Ok(halt.into()),
        };
        let plan = match preflight::check(&root, approved, &folders, &self.blobs, &self.dir) {
            Ok(plan) => plan,
            Err(halt) => return Ok(halt.into()),
        };
        let record = Record::new(&self.project, what, task, plan, self.next_number()?);
        let files = approved
            .iter()
            .map(|a| (a.path.clone(), record.post_of(a)))
            .collect();
        let mut journal = match Journal::begin(&self.dir, record) {
            Ok(journal) => journal,
            Err(e) => return Ok(Halt::journal(&self.dir, &e).into()),
        };
        match exchange::run(&root, &mut journal, &self.blobs) {
            Ok(()) => Ok(Outcome::Applied {
                id: journal.record.id.clone(),
                files,
            }),
            Err(halt) => match roll_back::roll_back(&root, &journal, &self.blobs) {
                Ok(_) => {
                    // Settled or not on the disk, the next start finds nothing left to do.
                    let _ = journal.mark(journal::ROLLED_BACK);
                    Ok(halt.into())
                }
                Err(e) => Ok(Outcome::Unsettled {
                    sentence: format!(
                        "Applying failed, and so did putting everything back: {e}. Every version \
                         is kept. Make sure that `{}` can be written, then open it again.",
                        self.project.root().display()
                    ),
                }),
            },
        }
    }

    /// The project's folder, if it is still the one that was opened.
    fn root(&self) -> Result<Root, Halt> {
        let gone = || {
            Halt::Failed(format!(
                "`{}` is no longer the folder that was opened. Nothing was changed. Bring it \
                 back, then apply again.",
                self.project.root().display()
            ))
        };
        let root = Root::open(self.project.root()).map_err(|_| gone())?;
        match Identity::of(&root) {
            Ok(identity) if identity == self.project.identity() => Ok(root),
            _ => Err(gone()),
        }
    }

    /// One transaction at a time, also among several running apps.
    fn lock(&self) -> Result<File, ApplyError> {
        let path = self.dir.join("lock");
        let failed = |source| ApplyError::Io {
            path: path.clone(),
            source,
        };
        let file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        rustix::fs::flock(&file, FlockOperation::LockExclusive).map_err(|e| failed(e.into()))?;
        Ok(file)
    }
}

/// Why a transaction did not go through.
#[derive(Debug)]
enum Halt {
    Conflict(Vec<Conflicting>),
    Failed(String),
}

impl From<Halt> for Outcome {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Conflict(files) => Self::Conflict { files },
            Halt::Failed(sentence) => Self::Failed { sentence },
        }
    }
}

impl Halt {
    /// A sentence about one file of the project.
    fn file(path: &RelPath, error: &io::Error) -> Self {
        if beneath::is_full(error) {
            return Self::Failed(format!(
                "The disk is full, so `{path}` cannot be written. Nothing was changed. Free some \
                 space, then apply again."
            ));
        }
        if beneath::is_link_refusal(error) {
            return Self::Failed(format!(
                "`{path}` lies behind a symbolic link, which is never written through. Nothing \
                 was changed. Apply without it, or replace the link by a folder."
            ));
        }
        let (what, next) = match error.kind() {
            io::ErrorKind::PermissionDenied => (
                "permission denied".to_owned(),
                "Check the file's permissions and apply again.",
            ),
            io::ErrorKind::ReadOnlyFilesystem => (
                "the disk is read-only".to_owned(),
                "Make it writable, then apply again.",
            ),
            _ => (error.to_string(), "Apply again."),
        };
        Self::Failed(format!(
            "Cannot write `{path}`: {what}. Nothing was changed. {next}"
        ))
    }

    fn refused(path: &RelPath, why: &str, next: &str) -> Self {
        Self::Failed(format!("`{path}` {why}. Nothing was changed. {next}"))
    }

    fn journal(dir: &Path, error: &io::Error) -> Self {
        let next = if beneath::is_full(error) {
            "Free some space, then"
        } else {
            "Then"
        };
        Self::Failed(format!(
            "The journal in `{}` cannot be written: {error}. Nothing was changed. {next} apply \
             again.",
            dir.display()
        ))
    }

    fn blob(path: &RelPath, error: &BlobError) -> Self {
        Self::Failed(format!(
            "The approved version of `{path}` cannot be used: {error}. Nothing was changed. Let \
             the agent make the change again."
        ))
    }
}
