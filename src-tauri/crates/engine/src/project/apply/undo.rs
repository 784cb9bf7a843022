//! The applies of a project, and taking one back or doing it again.
//!
//! Both are ordinary transactions made from the record of the apply, so they are checked, journalled
//! and refused like one: a file that changed since stops them, with both versions. An undo also
//! brings back modes, the times of files, and folders that the apply had removed, and removes the
//! folders it had made when nothing else is in them.

use super::Applier;
use super::ApplyError;
use super::Approved;
use super::Outcome;
use super::journal;
use super::journal::Found;
use super::journal::Record;
use super::journal::What;
use super::preflight::Folders;
use crate::project::path::RelPath;
use crate::project::stat::Version;

/// One apply of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Names it.
    pub id: String,
    /// Milliseconds since the Unix epoch.
    pub at: u64,
    /// Each file, from what to what.
    pub files: Vec<(RelPath, Option<Version>, Option<Version>)>,
    /// Whether it is undone at present.
    pub undone: bool,
}

/// One transaction that is in the project, and the task it was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    /// Names the transaction.
    pub(crate) id: String,
    /// The task.
    pub(crate) task: String,
    /// The apply that it made, undid or did again.
    pub(crate) apply: String,
    /// Whether it took the apply back.
    pub(crate) undone: bool,
    /// What the project has had since at each path.
    pub(crate) files: Vec<(RelPath, Option<Version>)>,
}

impl Applier {
    /// All that was written for tasks, undone and done again, oldest first.
    pub(crate) fn written(&self) -> Result<Vec<Written>, ApplyError> {
        let written = self.committed()?.into_iter().filter_map(|record| {
            let (apply, undone) = match record.what {
                What::Apply => (record.id.clone(), false),
                What::Undo(of) => (of, true),
                What::Redo(of) => (of, false),
            };
            let files = record.plan.files.into_iter();
            Some(Written {
                id: record.id,
                task: record.task?,
                apply,
                undone,
                files: files.map(|step| (step.path, step.post)).collect(),
            })
        });
        Ok(written.collect())
    }

    /// All applies, newest first.
    pub fn history(&self) -> Result<Vec<Past>, ApplyError> {
        let records = self.committed()?;
        let past = records
            .iter()
            .filter(|record| record.what == What::Apply)
            .map(|record| Past {
                id: record.id.clone(),
                at: record.at,
                files: record
                    .plan
                    .files
                    .iter()
                    .map(|step| (step.path.clone(), step.pre, step.post))
                    .collect(),
                undone: is_undone(&records, &record.id),
            });
        Ok(past.rev().collect())
    }

    /// Takes an apply back, to the byte.
    pub fn undo(&self, id: &str) -> Result<Outcome, ApplyError> {
        let _lock = self.lock()?;
        if let Some(unsettled) = self.settle_earlier()? {
            return Ok(unsettled);
        }
        let record = self.find(id, false)?;
        let plan = &record.plan;
        let approved: Vec<_> = plan
            .files
            .iter()
            .map(|step| approved(step.path.clone(), step.post, step.pre))
            .collect();
        let folders = Folders {
            make: plan.prune.clone(),
            prune: plan.make.clone(),
            mtimes: plan
                .files
                .iter()
                .map(|s| (s.path.clone(), s.pre_mtime))
                .collect(),
        };
        self.transact(&approved, What::Undo(id.to_owned()), record.task, folders)
    }

    /// Does an undone apply again.
    pub fn redo(&self, id: &str) -> Result<Outcome, ApplyError> {
        let _lock = self.lock()?;
        if let Some(unsettled) = self.settle_earlier()? {
            return Ok(unsettled);
        }
        let record = self.find(id, true)?;
        let plan = &record.plan;
        let approved: Vec<_> = plan
            .files
            .iter()
            .map(|step| approved(step.path.clone(), step.pre, step.post))
            .collect();
        let folders = Folders {
            make: plan.make.clone(),
            prune: plan.prune.clone(),
            ..Folders::default()
        };
        self.transact(&approved, What::Redo(id.to_owned()), record.task, folders)
    }

    fn find(&self, id: &str, undone: bool) -> Result<Record, ApplyError> {
        let records = self.committed()?;
        let state = is_undone(&records, id);
        // What was there before the newest doing of it is what an undo brings back.
        let record = records.into_iter().rfind(|record| match &record.what {
            What::Apply => record.id == id,
            What::Redo(of) => of == id && !undone,
            What::Undo(_) => false,
        });
        match record {
            Some(record) if state == undone => Ok(record),
            _ => {
                let verb = if undone { "redo" } else { "undo" };
                Err(ApplyError::NothingTo {
                    verb,
                    id: id.to_owned(),
                })
            }
        }
    }

    fn committed(&self) -> Result<Vec<Record>, ApplyError> {
        let journals = self
            .journals()?
            .into_iter()
            .filter_map(|found| match found {
                Found::Whole(journal) if journal.has(journal::COMMITTED) => Some(journal.record),
                _ => None,
            });
        Ok(journals.collect())
    }
}

fn approved(path: RelPath, base: Option<Version>, result: Option<Version>) -> Approved {
    // Which folders come and go is in the record; none is guessed.
    Approved {
        path,
        base,
        result,
        prune: false,
    }
}

fn is_undone(records: &[Record], id: &str) -> bool {
    let last = records.iter().rev().find_map(|record| match &record.what {
        What::Undo(of) if of == id => Some(true),
        What::Redo(of) if of == id => Some(false),
        _ => None,
    });
    last.unwrap_or(false)
}
