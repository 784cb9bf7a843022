//! One folder of the tree at a time: what project and draft hold in it, each name once, with what
//! the task changed.
//!
//! Folders come first, then names without regard to case. Git's own folder is not listed. A file
//! that the task deleted stays in the list with its mark, because the project still has it.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::Dir;
use rustix::fs::FileType;

use super::FilesError;
use super::Side;
use super::explain;
use crate::project::apply::is_staged;
use crate::project::beneath;
use crate::project::beneath::Root;
use crate::project::draft::Draft;
use crate::project::ignored::Class;
use crate::project::ignored::Rules;
use crate::project::ledger::Before;
use crate::project::path::RelPath;
use crate::project::stat::Kind;

/// What the task did to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The project has none.
    Added,
    /// Both have one, and they differ.
    Changed,
    /// The draft has none.
    Deleted,
}

/// One name in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where.
    pub path: RelPath,
    /// What it is; in the draft, when it is there too.
    pub kind: Kind,
    /// What the task did to it.
    pub mark: Option<Mark>,
    /// How many changed files lie below a folder.
    pub below: u32,
    /// Whether the project ignores it.
    pub ignored: bool,
    /// Whether the person's folder has it.
    pub in_project: bool,
    /// Whether the draft has it.
    pub in_draft: bool,
}

/// What a folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The first names, in order.
    pub entries: Vec<Entry>,
    /// How many there are in all.
    pub all: usize,
}

/// What a task changed, by path and counted by folder.
#[derive(Debug, Default)]
pub struct Marks {
    files: BTreeMap<RelPath, Mark>,
    below: HashMap<RelPath, u32>,
}

impl Marks {
    /// The marks of a draft; none without one.
    pub fn of(draft: Option<&Draft>) -> Self {
        let mut marks = Self::default();
        for (path, touch) in draft.map(Draft::touched).unwrap_or_default() {
            let theirs = touch.theirs.unwrap_or(touch.base);
            let mark = match (theirs, touch.now) {
                (theirs, now) if theirs == Before::from(now) => continue,
                (Before::Absent, Some(_)) => Mark::Added,
                (_, Some(_)) => Mark::Changed,
                (_, None) => Mark::Deleted,
            };
            for folder in path.ancestors() {
                *marks.below.entry(folder).or_default() += 1;
            }
            marks.files.insert(path, mark);
        }
        marks
    }

    /// The mark of one file.
    pub fn get(&self, path: &RelPath) -> Option<Mark> {
        self.files.get(path).copied()
    }

    /// All marked files, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&RelPath, Mark)> {
        self.files.iter().map(|(path, mark)| (path, *mark))
    }
}

/// What a name is in the project and in the draft.
type Kinds = (Option<Kind>, Option<Kind>);

/// What `folder` holds in the project and in the draft; the first `most` names. A folder that is in
/// neither is empty.
pub(crate) fn list(
    project: &Root,
    draft: Option<&Root>,
    rules: &mut Rules,
    marks: &Marks,
    folder: &RelPath,
    most: usize,
) -> Result<Listing, FilesError> {
    let mut found: HashMap<OsString, Kinds> = HashMap::new();
    for (name, kind) in names(project, folder).map_err(|e| explain(folder, Side::Project, e))? {
        found.entry(name).or_default().0 = Some(kind);
    }
    if let Some(draft) = draft {
        for (name, kind) in names(draft, folder).map_err(|e| explain(folder, Side::Draft, e))? {
            found.entry(name).or_default().1 = Some(kind);
        }
    }
    let mut sorted: Vec<(bool, String, OsString, Kinds)> = found
        .into_iter()
        .filter(|(name, _)| !is_staged(name) && !crate::project::path::is_git_name(name))
        .map(|(name, kinds)| {
            let is_file = kinds.1.or(kinds.0) != Some(Kind::Folder);
            (is_file, name.to_string_lossy().to_lowercase(), name, kinds)
        })
        .collect();
    sorted.sort_by(|a, b| (a.0, &a.1, &a.2).cmp(&(b.0, &b.1, &b.2)));
    let all = sorted.len();
    let entries = sorted
        .into_iter()
        .take(most)
        .map(|(_, _, name, (in_project, in_draft))| {
            let path = folder.join(&name);
            let kind = in_draft.or(in_project).unwrap_or(Kind::Special);
            Entry {
                kind,
                mark: marks.get(&path),
                below: marks.below.get(&path).copied().unwrap_or(0),
                ignored: rules.class(&path, kind == Kind::Folder) != Class::Source,
                in_project: in_project.is_some(),
                in_draft: in_draft.is_some(),
                path,
            }
        })
        .collect();
    Ok(Listing { entries, all })
}

fn names(root: &Root, folder: &RelPath) -> std::io::Result<Vec<(OsString, Kind)>> {
    let opened = match root.folder(folder) {
        Ok(opened) => opened,
        Err(e) if beneath::is_absent(&e) || beneath::is_link_refusal(&e) => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let mut names = Vec::new();
    let mut entries = Dir::read_from(&opened)?;
    while let Some(entry) = entries.read() {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name == "." || name == ".." {
            continue;
        }
        let kind = match entry.file_type() {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Link,
            // Some file systems do not say it in the list.
            FileType::Unknown => match beneath::stat_at(opened.as_fd(), name)? {
                Some(stat) => stat.kind,
                None => continue,
            },
            _ => Kind::Special,
        };
        names.push((name.to_owned(), kind));
    }
    Ok(names)
}
