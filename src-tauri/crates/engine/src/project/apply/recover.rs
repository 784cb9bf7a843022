//! Settles what a crash left behind, before anyone looks at the project.
//!
//! A committed transaction only has leftovers to be removed. One that was not committed is taken
//! back. A file that someone has written since is left as it is, and both versions are named. A
//! record that cannot be read is not acted upon at all.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::Applier;
use super::ApplyError;
use super::Conflicting;
use super::Outcome;
use super::exchange;
use super::journal;
use super::journal::Found;
use super::journal::Journal;
use super::roll_back;

/// What was found and done at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovered {
    /// An apply was cut short, and the old files are back.
    TakenBack {
        /// The transaction.
        id: String,
        /// Files that someone has changed since; they were left as they are. `project` is what
        /// the folder has, `shown` what it had before the apply.
        left_alone: Vec<Conflicting>,
    },
    /// An apply was cut short and could not be taken back yet.
    Stuck {
        /// The transaction.
        id: String,
        /// What is in the way.
        why: String,
    },
    /// An apply is complete, and what it left beside the files could not be removed yet.
    Leftovers {
        /// The transaction.
        id: String,
        /// What is in the way.
        why: String,
    },
    /// A record that cannot be trusted; nothing was done about it.
    Damaged {
        /// Its folder.
        path: PathBuf,
    },
}

impl Recovered {
    /// What happened and what to do, for a person.
    pub fn sentence(&self) -> String {
        match self {
            Self::TakenBack { left_alone, .. } if left_alone.is_empty() => {
                "Applying was cut short, so it was taken back. Your folder is as it was before. \
                 Apply again when you are ready."
                    .to_owned()
            }
            Self::TakenBack { left_alone, .. } => {
                let names: Vec<_> = left_alone
                    .iter()
                    .map(|file| format!("`{}`", file.path))
                    .collect();
                format!(
                    "Applying was cut short, so it was taken back. {} changed since and was left \
                     as it is; the version from before is kept. Compare the two.",
                    names.join(", ")
                )
            }
            Self::Stuck { why, .. } => format!(
                "Applying was cut short and cannot be taken back yet: {why}. Every version is \
                 kept. Make the folder writable and open it again."
            ),
            Self::Leftovers { why, .. } => format!(
                "An apply is complete, but its temporary files could not be removed: {why}. Your \
                 files are as you approved them. Make the folder writable and open it again."
            ),
            Self::Damaged { path } => format!(
                "The journal in `{}` is damaged. Nothing was done about it. Compare your folder \
                 with a backup if an apply was under way.",
                path.display()
            ),
        }
    }
}

impl Applier {
    /// The caller holds the lock.
    pub(super) fn recover(&self) -> Result<Vec<Recovered>, ApplyError> {
        let mut recovered = Vec::new();
        for found in self.journals()? {
            match found {
                Found::Empty(dir) => {
                    fs::remove_dir_all(&dir)
                        .map_err(|source| ApplyError::Io { path: dir, source })?;
                }
                Found::Damaged(path) => recovered.push(Recovered::Damaged { path }),
                Found::Whole(journal) => recovered.extend(self.settle(&journal)),
            }
        }
        Ok(recovered)
    }

    fn settle(&self, journal: &Journal) -> Option<Recovered> {
        if journal.has(journal::DONE) || journal.has(journal::ROLLED_BACK) {
            return None;
        }
        let id = journal.record.id.clone();
        if journal.has(journal::COMMITTED) {
            let why = self.clean_up(journal).err()?.to_string();
            return Some(Recovered::Leftovers { id, why });
        }
        Some(self.take_back(journal).unwrap_or_else(|e| {
            let why = e.to_string();
            Recovered::Stuck { id, why }
        }))
    }

    /// Settles what an earlier transaction left. While one of them is half-way, another must not
    /// begin: taking the first one back later would take back the second one's files too.
    pub(super) fn settle_earlier(&self) -> Result<Option<Outcome>, ApplyError> {
        let recovered = self.recover()?;
        let stuck = recovered
            .iter()
            .find(|found| matches!(found, Recovered::Stuck { .. }));
        Ok(stuck.map(|stuck| Outcome::Unsettled {
            sentence: stuck.sentence(),
        }))
    }

    fn clean_up(&self, journal: &Journal) -> io::Result<()> {
        let root = self.root().map_err(|_| gone())?;
        exchange::finish(&root, journal, &self.blobs)
    }

    fn take_back(&self, journal: &Journal) -> io::Result<Recovered> {
        let root = self.root().map_err(|_| gone())?;
        let left = roll_back::roll_back(&root, journal, &self.blobs)?;
        journal.mark(journal::ROLLED_BACK)?;
        let left_alone = left
            .into_iter()
            .map(|left| Conflicting {
                path: left.path,
                shown: left.pre,
                project: left.project,
                result: None,
            })
            .collect();
        Ok(Recovered::TakenBack {
            id: journal.record.id.clone(),
            left_alone,
        })
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the project's folder is not there")
}
