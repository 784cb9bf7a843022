//! A task's change set as a person reads and marks it, and the apply that follows.
//!
//! A file is named by a hash of its path, and what was on screen by a hash of both versions
//! ([`ReviewedFile::shown`]). Marks and applies carry that hash. When the agent changes a file
//! again the hash is another one, and of the marks given to the earlier version only those on
//! changes that are still the same count for the new one.

mod error;

use std::collections::HashMap;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::sync::PoisonError;

use review::Diff;
use review::Painted;
use review::Side;

pub use self::error::ReviewError;
use super::author::Author;
use super::author::authors;
use super::marks::FileMark;
use super::marks::Marked;
use super::order::reading_rank;
use super::outline::Outline;
use super::task::Task;
use crate::parallel::in_parallel;
use crate::project::changes::ChangeKind;
use crate::project::changes::FileChange;
use crate::project::draft::Draft;
use crate::project::path::RelPath;
use crate::project::stat::Kind;
use crate::project::stat::Version;
use crate::project::text;
use crate::project::text::Encoded;
use crate::project::text::Text;
use crate::store::blobs::BlobId;
use crate::store::blobs::Blobs;
use crate::store::index::MarkRow;

/// Diffs kept for windows that scroll back and forth.
const KEPT: usize = 24;

/// One file of the change set, with its mark.
#[derive(Debug, Clone)]
pub struct ReviewedFile {
    /// Names the file in requests.
    pub id: String,
    /// Names exactly the two versions.
    pub shown: String,
    /// What differs.
    pub change: FileChange,
    /// What is known of its diff before it is opened.
    pub outline: Outline,
    /// What is decided about it.
    pub marked: Marked,
    /// Who made the change.
    pub author: Author,
}

/// The change set with its marks.
#[derive(Debug, Clone, Default)]
pub struct Reviewed {
    /// By path.
    pub files: Vec<ReviewedFile>,
    /// Changed files that the project ignores.
    pub ignored: u64,
}

impl Reviewed {
    /// Whether nothing is marked, so that Apply means everything that carries no risk.
    pub fn is_unmarked(&self) -> bool {
        self.files
            .iter()
            .all(|file| file.marked.mark == FileMark::Undecided)
    }

    /// Whether Apply means a file: approved ones; with nothing marked, all that carry no risk.
    pub fn means(&self, file: &ReviewedFile) -> bool {
        if self.is_unmarked() {
            file.change.risky.is_none()
        } else {
            file.marked.takes_something()
        }
    }
}

/// One file's diff, ready to serve rows.
pub struct Shown {
    /// Names the version.
    pub shown: String,
    /// The file's name, which says the language.
    pub name: String,
    /// The rows.
    pub diff: Diff,
    /// What a person should know: encodings, sizes.
    pub notes: Vec<String>,
    /// How a text made of lines of both sides is written; none when it cannot be, so that the file
    /// is decided as a whole.
    pub written: Option<Encoded>,
}

/// What was computed for reading and can be again.
#[derive(Default)]
pub(super) struct Reading {
    /// Each with the id of its file.
    diffs: VecDeque<(String, Arc<Shown>)>,
    outlines: HashMap<String, Outline>,
    /// What a mark of an earlier version comes to in the present one, by path.
    pub(super) marked: HashMap<Vec<u8>, (MarkRow, String, Marked)>,
    /// The marks of before each decision, the newest last.
    pub(super) decided: Vec<Vec<MarkRow>>,
}

impl Task {
    /// The change set with its marks, in reading order: sources, then tests, then the rest.
    ///
    /// # Errors
    ///
    /// [`ReviewError`] when draft or marks cannot be read.
    pub fn review(&self) -> Result<Reviewed, ReviewError> {
        let Some(draft) = self.draft() else {
            return Ok(Reviewed::default());
        };
        let set = draft.changes()?;
        let marks: HashMap<Vec<u8>, MarkRow> = self
            .shared
            .index
            .marks(&self.id)?
            .into_iter()
            .map(|row| (row.path.clone(), row))
            .collect();
        let authors = authors(&draft.entries(), &set);
        // Few are likely to be opened next; of many only those near the screen are.
        let keep = set.files.len() <= KEPT;
        let outlines = in_parallel(&set.files, |change| self.outline_of(&draft, change, keep));
        let mut files = Vec::with_capacity(set.files.len());
        for (change, outline) in set.files.into_iter().zip(outlines) {
            let shown = shown(&change);
            let row = marks.get(change.path.as_bytes());
            let outline = outline?;
            files.push(ReviewedFile {
                id: file_id(&change.path),
                marked: self.marked(&draft, &change, outline.changes, row)?,
                author: authors.get(&change.path).copied().unwrap_or_default(),
                shown,
                change,
                outline,
            });
        }
        files.sort_by_key(|file| (reading_rank(&file.change.path), file.change.path.clone()));
        Ok(Reviewed {
            files,
            ignored: set.ignored,
        })
    }

    /// One file's diff in its present version. Only this file is looked at, however many changed.
    ///
    /// # Errors
    ///
    /// [`ReviewError::Stale`] when the file is not in the change set.
    pub fn open_diff(&self, id: &str) -> Result<Arc<Shown>, ReviewError> {
        let (_, diff) = self.present(id)?;
        Ok(diff)
    }

    /// The diff of exactly the version that was opened before.
    ///
    /// # Errors
    ///
    /// [`ReviewError::Stale`] when the file has another version by now.
    pub fn diff_as_shown(&self, id: &str, shown: &str) -> Result<Arc<Shown>, ReviewError> {
        if let Some(kept) = self.kept_diff(id, shown) {
            return Ok(kept);
        }
        let (change, diff) = self.present(id)?;
        if diff.shown == shown {
            Ok(diff)
        } else {
            Err(ReviewError::Stale {
                path: change.path.to_string(),
            })
        }
    }

    fn present(&self, id: &str) -> Result<(FileChange, Arc<Shown>), ReviewError> {
        let draft = self.draft().ok_or(ReviewError::NoDraft)?;
        let change =
            draft
                .change_of(|path| file_id(path) == id)
                .ok_or_else(|| ReviewError::Stale {
                    path: "This file".to_owned(),
                })?;
        let diff = self.diff_of(&draft, &shown(&change), &change)?;
        Ok((change, diff))
    }

    /// Colours some lines of one side of a diff, as far as that is possible at once.
    pub fn colours(&self, shown: &Shown, side: Side, lines: Range<u32>) -> Painted {
        let text = match side {
            Side::Old => shown.diff.old_lines(),
            Side::New => shown.diff.new_lines(),
        };
        let key = format!("{} {} {side:?}", shown.shown, shown.name);
        self.shared.colours.paint(&key, &shown.name, text, lines)
    }

    /// All changes as one unified diff, in reading order.
    ///
    /// # Errors
    ///
    /// [`ReviewError`] when the draft cannot be read.
    pub fn unified_diff(&self) -> Result<String, ReviewError> {
        let Some(draft) = self.draft() else {
            return Ok(String::new());
        };
        let mut all = String::new();
        for file in self.review()?.files {
            let path = file.change.path.to_string();
            let label = |version: Option<Version>, side: &str| match version {
                Some(_) => format!("{side}/{path}"),
                None => "/dev/null".to_owned(),
            };
            let old = label(base_of(&file.change), "a");
            let new = label(file.change.draft, "b");
            if let Some((before, after)) = file.change.mode {
                all.push_str(&format!("# {path}: mode {before:o} to {after:o}\n"));
            }
            if file.change.binary {
                all.push_str(&format!("Binary files {old} and {new} differ\n"));
            } else {
                let shown = self.diff_of(&draft, &file.shown, &file.change)?;
                all.push_str(&review::unified(&shown.diff, &old, &new, 3));
            }
        }
        Ok(all)
    }

    fn outline_of(
        &self,
        draft: &Draft,
        change: &FileChange,
        keep: bool,
    ) -> Result<Outline, ReviewError> {
        let shown = shown(change);
        if let Some(known) = self.reading().outlines.get(&shown) {
            return Ok(known.clone());
        }
        let mut outline = Outline::default();
        if !change.binary {
            outline = match keep {
                true => Outline::of(self.diff_of(draft, &shown, change)?.as_ref()),
                false => {
                    let base = base_of(change);
                    let made = make_diff(draft.blobs(), &shown, &change.path, base, change.draft);
                    Outline::of(&made?)
                }
            };
        }
        outline.too_large = [base_of(change), change.draft]
            .into_iter()
            .flatten()
            .any(|version| version.size > text::LARGEST_TEXT);
        self.reading().outlines.insert(shown, outline.clone());
        Ok(outline)
    }

    pub(super) fn diff_of(
        &self,
        draft: &Draft,
        shown: &str,
        change: &FileChange,
    ) -> Result<Arc<Shown>, ReviewError> {
        let id = file_id(&change.path);
        if let Some(kept) = self.kept_diff(&id, shown) {
            return Ok(kept);
        }
        let base = base_of(change);
        let made = make_diff(draft.blobs(), shown, &change.path, base, change.draft)?;
        let made = Arc::new(made);
        let mut reading = self.reading();
        reading.diffs.push_back((id, made.clone()));
        if reading.diffs.len() > KEPT {
            reading.diffs.pop_front();
        }
        Ok(made)
    }

    /// Two files may hold the same versions, and then differ in their names and so in their colours.
    fn kept_diff(&self, id: &str, shown: &str) -> Option<Arc<Shown>> {
        self.reading()
            .diffs
            .iter()
            .find(|(file, diff)| file == id && diff.shown == shown)
            .map(|(_, diff)| diff.clone())
    }

    pub(super) fn reading(&self) -> std::sync::MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn find<'a>(
    reviewed: &'a Reviewed,
    id: &str,
    shown: &str,
) -> Result<&'a ReviewedFile, ReviewError> {
    let file = reviewed
        .files
        .iter()
        .find(|file| file.id == id)
        .ok_or_else(|| ReviewError::Stale {
            path: "A file".to_owned(),
        })?;
    if file.shown == shown {
        Ok(file)
    } else {
        Err(ReviewError::Stale {
            path: file.change.path.to_string(),
        })
    }
}

/// What the left side shows: the base, or what the project has where the base is not known.
pub(super) fn base_of(change: &FileChange) -> Option<Version> {
    change
        .base
        .or(change.conflict.and_then(|conflict| conflict.project))
}

/// The diff of two versions of what stands at `path`.
pub(super) fn make_diff(
    blobs: &Blobs,
    shown: &str,
    path: &RelPath,
    base: Option<Version>,
    new: Option<Version>,
) -> Result<Shown, ReviewError> {
    let mut notes = Vec::new();
    let old = read_side(blobs, base)?;
    let new = read_side(blobs, new)?;
    for (side, which) in [
        (&old, "The version in your folder"),
        (&new, "The new version"),
    ] {
        if !side.label.is_empty() {
            notes.push(format!("{which} is {}.", side.label));
        }
    }
    let written = match (base.is_some(), old.written, new.written) {
        (true, old, Some(new)) if old == Some(new) => old,
        (true, old, None) if new.is_nothing => old,
        (false, _, new) => new,
        _ => None,
    };
    let diff = Diff::new(old.text, new.text, &review::Options::default());
    if diff.line_endings_only() {
        notes.push("Only line endings differ.".to_owned());
    }
    Ok(Shown {
        shown: shown.to_owned(),
        name: path.name().to_string_lossy().into_owned(),
        // A file without a line that differs has no parts to be decided about. And what was cut short
        // by time may be cut into other changes the next time, so it is decided as a whole.
        written: written.filter(|_| !diff.hunks().is_empty() && !diff.imprecise()),
        diff,
        notes,
    })
}

/// One side of a diff.
#[derive(Default)]
struct ReadSide {
    text: String,
    label: String,
    written: Option<Encoded>,
    is_nothing: bool,
}

fn read_side(blobs: &Blobs, version: Option<Version>) -> Result<ReadSide, ReviewError> {
    let Some(version) = version else {
        return Ok(ReadSide {
            is_nothing: true,
            ..ReadSide::default()
        });
    };
    if version.size > text::LARGEST_TEXT {
        return Ok(ReadSide::default());
    }
    let bytes = blobs.get(&version.blob)?;
    if version.kind == Kind::Link {
        return Ok(ReadSide {
            text: format!("{}\n", String::from_utf8_lossy(&bytes)),
            ..ReadSide::default()
        });
    }
    let read = text::decode(&bytes);
    let label = read.label();
    Ok(match read {
        Text::Text { text, .. } => ReadSide {
            written: Encoded::of(&bytes),
            text,
            label,
            is_nothing: false,
        },
        Text::Binary | Text::TooLarge => ReadSide::default(),
    })
}

/// Names a file for as long as the task lives.
pub fn file_id(path: &RelPath) -> String {
    let mut name = BlobId::of(path.as_bytes()).to_string();
    name.truncate(20);
    name
}

/// Names exactly the two versions of a change.
pub(super) fn shown(change: &FileChange) -> String {
    let part = |version: Option<Version>| match version {
        Some(version) => format!("{}:{:?}:{:o}", version.blob, version.kind, version.mode),
        None => "none".to_owned(),
    };
    let all = format!(
        "{}\n{}\n{:?}",
        part(base_of(change)),
        part(change.draft),
        change.kind
    );
    let mut name = BlobId::of(all.as_bytes()).to_string();
    name.truncate(24);
    name
}

/// What happened to a file, in the three words a list shows.
pub fn in_three_words(kind: ChangeKind) -> crate::agent::item::FileChangeKind {
    use crate::agent::item::FileChangeKind;
    match kind {
        ChangeKind::Added => FileChangeKind::Added,
        ChangeKind::Modified | ChangeKind::TypeChanged => FileChangeKind::Modified,
        ChangeKind::Deleted => FileChangeKind::Deleted,
    }
}
