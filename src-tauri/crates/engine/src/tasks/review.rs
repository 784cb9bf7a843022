//! A task's change set as a person reads and marks it, and the apply that follows.
//!
//! A file is named by a hash of its path, and what was on screen by a hash of both versions
//! ([`ReviewedFile::shown`]). Marks and applies carry that hash. When the agent changes a file
//! again the hash is another one, and a mark given to the earlier version does not count for the
//! new one.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::sync::PoisonError;

use review::Diff;
use review::Painted;
use review::Side;

use super::author::Author;
use super::author::authors;
use super::order::reading_rank;
use super::outline::Outline;
use super::task::Task;
use super::task::TaskError;
use crate::event::Event;
use crate::parallel::in_parallel;
use crate::project::apply::ApplyError;
use crate::project::changes::ChangeKind;
use crate::project::changes::FileChange;
use crate::project::draft::Draft;
use crate::project::draft::DraftError;
use crate::project::path::RelPath;
use crate::project::stat::Kind;
use crate::project::stat::Version;
use crate::project::text;
use crate::project::text::Text;
use crate::store::blobs::BlobError;
use crate::store::blobs::BlobId;
use crate::store::blobs::Blobs;
use crate::store::index::IndexError;
use crate::store::index::MarkRow;

/// Diffs kept for windows that scroll back and forth.
const KEPT: usize = 24;

/// The person's mark on one file in one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Not decided.
    Undecided,
    /// To be applied.
    Approved,
    /// Not to be applied.
    Rejected,
}

impl Mark {
    fn word(self) -> &'static str {
        match self {
            Self::Undecided => "",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    pub(super) fn from_word(word: &str) -> Self {
        match word {
            "approved" => Self::Approved,
            "rejected" => Self::Rejected,
            _ => Self::Undecided,
        }
    }
}

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
    /// The mark on this version.
    pub mark: Mark,
    /// Whether a mark on an earlier version was dropped.
    pub mark_dropped: bool,
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
        self.files.iter().all(|file| file.mark == Mark::Undecided)
    }

    /// Whether Apply means a file: approved ones; with nothing marked, all that carry no risk.
    pub fn means(&self, file: &ReviewedFile) -> bool {
        if self.is_unmarked() {
            file.change.risky.is_none()
        } else {
            file.mark == Mark::Approved
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
}

/// What was computed for reading and can be again.
#[derive(Default)]
pub(super) struct Reading {
    /// Each with the id of its file.
    diffs: VecDeque<(String, Arc<Shown>)>,
    outlines: HashMap<String, Outline>,
}

/// Why reviewing failed. Nothing in the project changed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The task has no draft yet.
    #[error("This task has no changes yet.")]
    NoDraft,
    /// The file or the version is no longer what was shown.
    #[error("{path} is not what was on screen any more.")]
    Stale {
        /// The file, or what stands for it.
        path: String,
    },
    /// Nothing was named.
    #[error("No file is approved, so there is nothing to apply.")]
    Nothing,
    /// A file that is not approved, though others are marked or it carries a risk.
    #[error("{path} is not approved. Nothing was written.")]
    NotApproved {
        /// The file.
        path: String,
    },
    /// The agent is at work.
    #[error("The agent is still at work on these files. Nothing was written.")]
    Working,
    /// The person only looks in this folder.
    #[error("You only look in this folder, so nothing was written. Trust the folder first.")]
    LookOnly,
    /// The draft could not be read.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// A stored version could not be read.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The marks could not be kept.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The apply failed before anything was written.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The task's own records could not be kept.
    #[error(transparent)]
    Task(#[from] TaskError),
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
            let current = row.is_some_and(|row| row.shown == shown);
            let outline = outline?;
            files.push(ReviewedFile {
                id: file_id(&change.path),
                mark: match row {
                    Some(row) if current => Mark::from_word(&row.mark),
                    _ => Mark::Undecided,
                },
                mark_dropped: row.is_some() && !current,
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

    /// Marks files, each in the version that was on screen.
    ///
    /// # Errors
    ///
    /// [`ReviewError::Stale`] when one is another version by now; then no mark is set.
    pub fn decide(&self, files: &[(String, String)], mark: Mark) -> Result<(), ReviewError> {
        let reviewed = self.review()?;
        let rows = files
            .iter()
            .map(|(id, shown)| {
                let file = find(&reviewed, id, shown)?;
                Ok(MarkRow {
                    path: file.change.path.as_bytes().to_vec(),
                    shown: shown.clone(),
                    mark: mark.word().to_owned(),
                })
            })
            .collect::<Result<Vec<_>, ReviewError>>()?;
        self.shared.index.put_marks(&self.id, &rows)?;
        self.shared.tell(Event::ChangesChanged {
            task: self.id.clone(),
        });
        Ok(())
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
                false => Outline::of(&make_diff(draft.blobs(), &shown, change)?),
            };
        }
        outline.too_large = [base_of(change), change.draft]
            .into_iter()
            .flatten()
            .any(|version| version.size > text::LARGEST_TEXT);
        self.reading().outlines.insert(shown, outline.clone());
        Ok(outline)
    }

    fn diff_of(
        &self,
        draft: &Draft,
        shown: &str,
        change: &FileChange,
    ) -> Result<Arc<Shown>, ReviewError> {
        let id = file_id(&change.path);
        if let Some(kept) = self.kept_diff(&id, shown) {
            return Ok(kept);
        }
        let made = Arc::new(make_diff(draft.blobs(), shown, change)?);
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

    fn reading(&self) -> std::sync::MutexGuard<'_, Reading> {
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
fn base_of(change: &FileChange) -> Option<Version> {
    change
        .base
        .or(change.conflict.and_then(|conflict| conflict.project))
}

fn make_diff(blobs: &Blobs, shown: &str, change: &FileChange) -> Result<Shown, ReviewError> {
    let mut notes = Vec::new();
    let mut side = |version: Option<Version>, which: &str| -> Result<String, ReviewError> {
        let Some(version) = version else {
            return Ok(String::new());
        };
        if version.size > text::LARGEST_TEXT {
            return Ok(String::new());
        }
        let bytes = blobs.get(&version.blob)?;
        if version.kind == Kind::Link {
            return Ok(format!("{}\n", String::from_utf8_lossy(&bytes)));
        }
        let read = text::decode(&bytes);
        let label = read.label();
        match read {
            Text::Text { text, .. } => {
                if !label.is_empty() {
                    notes.push(format!("{which} is {label}."));
                }
                Ok(text)
            }
            Text::Binary | Text::TooLarge => Ok(String::new()),
        }
    };
    let old = side(base_of(change), "The version in your folder")?;
    let new = side(change.draft, "The new version")?;
    let diff = Diff::new(old, new, &review::Options::default());
    if diff.line_endings_only() {
        notes.push("Only line endings differ.".to_owned());
    }
    let name = change.path.name().to_string_lossy().into_owned();
    Ok(Shown {
        shown: shown.to_owned(),
        name,
        diff,
        notes,
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
