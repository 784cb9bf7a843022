//! Works out what the files of a patch become.
//!
//! Sections apply in order to a picture of the files in memory, so a patch may add a file and
//! then change it, delete one and add it again, or move one onto another. What comes out is the
//! difference between the first and the last picture: each path at most once.

use std::collections::HashMap;

use crate::edit::edit;
use crate::error::ApplyError;
use crate::parse::{Action, Hunk, LineKind, Patch, Section};

/// What a patch does to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The file.
    pub path: String,
    /// What happens to it.
    pub kind: ChangeKind,
    /// Its bytes before, if it was there.
    pub before: Option<Vec<u8>>,
    /// Its bytes after, if it will be there.
    pub after: Option<Vec<u8>>,
    /// Lines the patch adds to it.
    pub added: usize,
    /// Lines the patch takes out of it.
    pub removed: usize,
}

/// What happens to a file, in the words of the patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// `*** Add File:`, also when it writes over another file.
    Added,
    /// `*** Update File:`, in place.
    Modified,
    /// `*** Delete File:`.
    Deleted,
    /// The target of `*** Move to:`.
    MovedHere {
        /// Where it was.
        from: String,
    },
    /// The source of `*** Move to:`, which is gone after it.
    MovedAway {
        /// Where it is now.
        to: String,
    },
}

impl ChangeKind {
    /// `A`, `M` or `D` for a summary. A moved file is listed once, as `M` under its new path.
    pub fn letter(&self) -> Option<char> {
        match self {
            Self::Added => Some('A'),
            Self::Modified | Self::MovedHere { .. } => Some('M'),
            Self::Deleted => Some('D'),
            Self::MovedAway { .. } => None,
        }
    }
}

/// Applies a patch to files that `read` gives by their path; `None` is a file that is not there.
///
/// Changes come in the order in which the patch first names their path. A file that ends as it
/// began, because the patch adds and deletes it, is not among them; one that an update leaves
/// equal is.
///
/// # Errors
///
/// [`ApplyError`] if any section does not fit. Nothing is applied in part.
pub fn apply(
    patch: &Patch,
    mut read: impl FnMut(&str) -> Option<Vec<u8>>,
) -> Result<Vec<FileChange>, ApplyError> {
    if patch.sections.is_empty() {
        return Err(ApplyError::Empty);
    }
    let mut picture = Picture::default();
    for path in patch.paths() {
        let bytes = read(path);
        picture.index.insert(path.to_owned(), picture.files.len());
        picture.files.push(File {
            path: path.to_owned(),
            before: bytes.clone(),
            now: bytes,
            kind: None,
            added: 0,
            removed: 0,
        });
    }
    for section in &patch.sections {
        picture.section(section)?;
    }
    Ok(picture.files.into_iter().filter_map(File::change).collect())
}

#[derive(Default)]
struct Picture {
    files: Vec<File>,
    index: HashMap<String, usize>,
}

struct File {
    path: String,
    before: Option<Vec<u8>>,
    now: Option<Vec<u8>>,
    kind: Option<ChangeKind>,
    added: usize,
    removed: usize,
}

impl Picture {
    fn file(&mut self, path: &str) -> &mut File {
        let index = *self
            .index
            .get(path)
            .expect("every path of the patch was read");
        &mut self.files[index]
    }

    fn section(&mut self, section: &Section) -> Result<(), ApplyError> {
        match &section.action {
            Action::Add { lines } => {
                let file = self.file(&section.path);
                let mut bytes = Vec::new();
                for line in lines {
                    bytes.extend_from_slice(line.as_bytes());
                    bytes.push(b'\n');
                }
                file.removed += file.now.as_deref().map_or(0, line_count);
                file.added += lines.len();
                file.now = Some(bytes);
                file.kind = Some(ChangeKind::Added);
            }
            Action::Delete => {
                let file = self.file(&section.path);
                let bytes = file.take("delete", section.line)?;
                file.removed += line_count(&bytes);
                file.kind = Some(ChangeKind::Deleted);
            }
            Action::Update { move_to, hunks } => {
                let file = self.file(&section.path);
                let bytes = file.take("update", section.line)?;
                let edited = edit(&section.path, section.line, &bytes, hunks)?;
                match move_to.as_deref().filter(|to| *to != section.path) {
                    None => {
                        // A file that the patch itself put there stays what it was called then.
                        file.kind.get_or_insert(ChangeKind::Modified);
                        file.now = Some(edited);
                        file.count(hunks);
                    }
                    Some(to) => self.move_file(section, to, edited, hunks),
                }
            }
        }
        Ok(())
    }

    fn move_file(&mut self, section: &Section, to: &str, edited: Vec<u8>, hunks: &[Hunk]) {
        let source = self.file(&section.path);
        let new = source.before.is_none();
        let kind = source
            .kind
            .replace(ChangeKind::MovedAway { to: to.to_owned() });
        let (added, removed) = (source.added, source.removed);
        (source.added, source.removed) = (0, 0);
        let target = self.file(to);
        target.now = Some(edited);
        (target.added, target.removed) = (added, removed);
        target.count(hunks);
        // A file added and then moved by one patch is new; one moved twice came from its first
        // place, and may be back there.
        let kind = match kind {
            Some(ChangeKind::Added) if new => ChangeKind::Added,
            Some(ChangeKind::MovedHere { from }) if from == to => ChangeKind::Modified,
            Some(ChangeKind::MovedHere { from }) => ChangeKind::MovedHere { from },
            _ => ChangeKind::MovedHere {
                from: section.path.clone(),
            },
        };
        if let ChangeKind::MovedHere { from } = &kind {
            let from = from.clone();
            self.file(&from).kind = Some(ChangeKind::MovedAway { to: to.to_owned() });
        }
        self.file(to).kind = Some(kind);
    }
}

impl File {
    /// Takes the bytes out of the picture.
    fn take(&mut self, verb: &'static str, line: usize) -> Result<Vec<u8>, ApplyError> {
        self.now.take().ok_or_else(|| {
            let reason = match &self.kind {
                Some(ChangeKind::MovedAway { to }) => {
                    format!("this patch moved it to `{to}` before")
                }
                Some(ChangeKind::Deleted) => "this patch deleted it before".to_owned(),
                _ => "there is no such file".to_owned(),
            };
            ApplyError::Missing {
                verb,
                path: self.path.clone(),
                line,
                reason,
            }
        })
    }

    fn count(&mut self, hunks: &[Hunk]) {
        for line in hunks.iter().flat_map(|hunk| &hunk.lines) {
            self.added += usize::from(line.kind == LineKind::Add);
            self.removed += usize::from(line.kind == LineKind::Remove);
        }
    }

    fn change(self) -> Option<FileChange> {
        let Self {
            path,
            before,
            now: after,
            kind,
            added,
            removed,
        } = self;
        let kind = kind.filter(|_| before.is_some() || after.is_some())?;
        Some(FileChange {
            path,
            kind,
            before,
            after,
            added,
            removed,
        })
    }
}

fn line_count(bytes: &[u8]) -> usize {
    bytes.split_inclusive(|byte| *byte == b'\n').count()
}
