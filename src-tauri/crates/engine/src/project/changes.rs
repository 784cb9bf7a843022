//! How a draft differs from the project: the files a person reviews and applies.
//!
//! The list is made from what the ledger knows to be touched, so it costs what changed and not what
//! exists. Each file carries the exact versions of both sides and whether the project still has
//! the one the change starts from; if not, both are there to be shown.
//!
//! Git metadata is never in it. Ignored files are counted and not offered, unless our own tools
//! edited them on purpose.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use serde::Deserialize;
use serde::Serialize;

use super::beneath::Root;
use super::draft::Draft;
use super::draft::DraftError;
use super::draft::Touch;
use super::ledger::Before;
use super::path::RelPath;
use super::risk;
use super::stat::Kind;
use super::stat::Version;
use super::text;
use crate::parallel::in_parallel;
use crate::store::blobs::Blobs;

/// All that differs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeSet {
    /// By path.
    pub files: Vec<FileChange>,
    /// How many changes of ignored files the commands made in all; they are not offered.
    pub ignored: u64,
}

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Where.
    pub path: RelPath,
    /// In which way.
    pub kind: ChangeKind,
    /// What the project had; `None` for an added file, or when it is not known.
    pub base: Option<Version>,
    /// What the draft has; `None` for a deleted file.
    pub draft: Option<Version>,
    /// The permission bits before and after, when they differ.
    pub mode: Option<(u32, u32)>,
    /// Whether one side cannot be shown as text.
    pub binary: bool,
    /// The encoding of the newest side, when it is not plain UTF-8 (see [`text::Text::label`]).
    pub encoding: String,
    /// Why it is never part of "approve all".
    pub risky: Option<&'static str>,
    /// Why it cannot be applied as it is.
    pub conflict: Option<Conflict>,
}

/// In which way a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The project has none.
    Added,
    /// Both have one.
    Modified,
    /// The draft has none.
    Deleted,
    /// A file became a link or the other way round.
    TypeChanged,
}

/// The project's file is not the one that the change starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// Whether the common starting point is known, so that the two can be merged.
    pub base_known: bool,
    /// What the project has now; `None` when the person deleted it.
    pub project: Option<Version>,
}

/// What [`compare`] found of each path, with what it was asked: the same question has the same
/// answer, and a change set is asked for much more often than it changes.
#[derive(Debug, Default)]
pub(super) struct Compared(Mutex<HashMap<RelPath, Known>>);

#[derive(Debug, Clone)]
struct Known {
    touch: Touch,
    theirs: Option<Before>,
    change: Option<FileChange>,
}

impl Compared {
    fn lock(&self) -> MutexGuard<'_, HashMap<RelPath, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Draft {
    /// What differs now. The project's files are looked at, so a conflict shows without waiting
    /// for the next refresh.
    pub fn changes(&self) -> Result<ChangeSet, DraftError> {
        let project = self.project_now();
        let touched = self.touched();
        let found = in_parallel(&touched, |(path, touch)| {
            self.change(project.as_ref(), path, touch)
        });
        // What is not touched any more is not asked for again.
        if self.compared().lock().len() > touched.len() {
            let still: HashSet<&RelPath> = touched.iter().map(|(path, _)| path).collect();
            let mut known = self.compared().lock();
            known.retain(|path, _| still.contains(path));
        }
        Ok(ChangeSet {
            files: found.into_iter().flatten().collect(),
            ignored: self.entries().iter().map(|entry| entry.ignored).sum(),
        })
    }

    /// How the one file differs whose path is `wanted`; none when it does not.
    pub fn change_of(&self, wanted: impl Fn(&RelPath) -> bool) -> Option<FileChange> {
        let project = self.project_now();
        let touched = self.touched();
        let (path, touch) = touched.iter().find(|(path, _)| wanted(path))?;
        self.change(project.as_ref(), path, touch)
    }

    fn change(&self, project: Option<&Root>, path: &RelPath, touch: &Touch) -> Option<FileChange> {
        let theirs = project.map(|root| self.project_version(root, path));
        let known = self.compared().lock().get(path).cloned();
        if let Some(known) = known
            && known.touch == *touch
            && known.theirs == theirs
        {
            return known.change;
        }
        let change = compare(path, touch, theirs, self.blobs());
        let known = Known {
            touch: touch.clone(),
            theirs,
            change: change.clone(),
        };
        self.compared().lock().insert(path.clone(), known);
        change
    }

    fn project_version(&self, root: &Root, path: &RelPath) -> Before {
        match self.keep_from(root, path) {
            Ok(version) => version.into(),
            Err(_) => Before::Unknown,
        }
    }
}

fn compare(
    path: &RelPath,
    touch: &Touch,
    theirs: Option<Before>,
    blobs: &Blobs,
) -> Option<FileChange> {
    let base = match touch.base {
        Before::Was(version) => Some(version),
        Before::Absent | Before::Unknown => None,
    };
    // Without the project at hand, what was last seen of it counts.
    let theirs = theirs.or(touch.theirs).unwrap_or(touch.base);
    let known = |side: Before| match side {
        Before::Was(version) => Some(version),
        Before::Absent | Before::Unknown => None,
    };
    if theirs == Before::from(touch.now) {
        return None;
    }
    let same_base = match (theirs, touch.base) {
        (Before::Was(a), Before::Was(b)) => a.has_bytes_of(&b),
        (a, b) => a == b && a != Before::Unknown,
    };
    let conflict = (!same_base).then(|| Conflict {
        base_known: touch.base != Before::Unknown,
        project: known(theirs),
    });
    let old = base.or(known(theirs));
    let kind = match (old, touch.now) {
        (Some(old), Some(new)) if old.kind != new.kind => ChangeKind::TypeChanged,
        (Some(_), Some(_)) => ChangeKind::Modified,
        (None, Some(_)) => ChangeKind::Added,
        (_, None) => ChangeKind::Deleted,
    };
    let mode = match (old, touch.now) {
        (Some(old), Some(new)) if old.mode != new.mode && old.kind == new.kind => {
            Some((old.mode, new.mode))
        }
        _ => None,
    };
    let old_bytes = old.and_then(|version| showable(&version, blobs));
    let new_bytes = touch.now.and_then(|version| showable(&version, blobs));
    let read = |bytes: &Option<Shown>| {
        bytes.as_ref().map(|bytes| match bytes {
            Shown::Bytes(bytes) => text::decode(bytes),
            Shown::TooLarge => text::Text::TooLarge,
        })
    };
    let (old_text, new_text) = (read(&old_bytes), read(&new_bytes));
    let binary = [&old_text, &new_text]
        .into_iter()
        .flatten()
        .any(|t| !t.is_text());
    let encoding = new_text.or(old_text).map(|t| t.label()).unwrap_or_default();
    let executable = touch
        .now
        .is_some_and(|v| v.mode & 0o111 != 0 && v.kind == Kind::File)
        && old.is_none_or(|v| v.mode & 0o111 == 0);
    let scripts = match &new_bytes {
        Some(Shown::Bytes(new)) => {
            let old = match &old_bytes {
                Some(Shown::Bytes(old)) => Some(&**old),
                _ => None,
            };
            risk::package_json_risk(path, old, new)
        }
        _ => None,
    };
    let risky = risk::risk(path)
        .or(scripts)
        .or(executable.then_some("it becomes a program that can be run"))
        .or_else(|| {
            touch
                .now
                .is_some_and(|v| v.kind == Kind::Link)
                .then_some("it is a link, and programs follow it")
        });
    Some(FileChange {
        path: path.clone(),
        kind,
        base,
        draft: touch.now,
        mode,
        binary,
        encoding,
        risky,
        conflict,
    })
}

enum Shown {
    Bytes(Vec<u8>),
    TooLarge,
}

/// The bytes of a version as far as they are shown; a stored version that is damaged shows as
/// nothing here and stops the apply, which checks it again.
fn showable(version: &Version, blobs: &Blobs) -> Option<Shown> {
    if version.size > text::LARGEST_TEXT {
        return Some(Shown::TooLarge);
    }
    blobs.get(&version.blob).ok().map(Shown::Bytes)
}
