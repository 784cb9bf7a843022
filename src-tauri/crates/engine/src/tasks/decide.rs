//! Deciding about a change set, at any grain, and what stays decided when it changes.

use std::collections::HashMap;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use review::Decided;
use review::Decisions;
use review::Diff;
use review::Side;
use review::after_apply;
use review::carry;

use super::marks::FileMark;
use super::marks::Mark;
use super::marks::Marked;
use super::marks::Part;
use super::marks::Versions;
use super::marks::read_parts;
use super::marks::write_parts;
use super::review::ReviewError;
use super::review::ReviewedFile;
use super::review::Shown;
use super::review::base_of;
use super::review::find;
use super::review::make_diff;
use super::review::shown;
use super::task::Task;
use crate::event::Event;
use crate::project::apply::Approved;
use crate::project::changes::FileChange;
use crate::project::draft::Draft;
use crate::project::path::RelPath;
use crate::project::risk;
use crate::project::stat::Kind;
use crate::project::stat::Version;
use crate::store::blobs::BlobId;
use crate::store::index::MarkRow;

/// Decisions that can be taken back one after the other.
const KEPT: usize = 200;

/// What is decided about, in the version that was on screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The file's id.
    pub id: String,
    /// The version.
    pub shown: String,
    /// The parts of it; all of the file when there are none.
    pub parts: Vec<Part>,
}

/// A file that the person confirmed for an apply: what was shown and what it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// The file's id.
    pub id: String,
    /// The version on screen.
    pub shown: String,
    /// From [`Task::result_of`].
    pub result: String,
}

impl Task {
    /// Marks files or parts of them, each in the version that was on screen. With `rest` it is about
    /// whole files, and only what is not decided yet of them; approving leaves out what needs a look
    /// of its own.
    ///
    /// # Errors
    ///
    /// [`ReviewError::Stale`] when one is another version by now, [`ReviewError::OnlyWhole`] for a
    /// part of what has none; then no mark is set.
    pub fn decide(&self, subjects: &[Subject], mark: Mark, rest: bool) -> Result<(), ReviewError> {
        let _deciding = self.deciding();
        let draft = self.draft().ok_or(ReviewError::NoDraft)?;
        let reviewed = self.review()?;
        let files = subjects
            .iter()
            .map(|subject| Ok((subject, find(&reviewed, &subject.id, &subject.shown)?)))
            .collect::<Result<Vec<_>, ReviewError>>()?;
        let rows = files
            .into_iter()
            .filter(|(_, file)| !rest || is_meant_by_rest(file, mark))
            .map(|(subject, file)| {
                let in_parts = rest && file.marked.decisions.is_some();
                if subject.parts.is_empty() && !in_parts {
                    return Ok(row(&file.change, mark.word(), String::new()));
                }
                let diff = self.diff_of(&draft, &file.shown, &file.change)?;
                if diff.written.is_none() {
                    return Err(ReviewError::OnlyWhole {
                        path: file.change.path.to_string(),
                    });
                }
                let decisions = match in_parts {
                    true => decide_rest(file, &diff.diff, mark),
                    false => decide_parts(file, &diff, &subject.parts, mark)?,
                };
                Ok(row_of(&file.change, &Marked::parts(decisions, &diff.diff)))
            })
            .collect::<Result<Vec<_>, ReviewError>>()?;
        let before = self.rows_of(rows.iter().map(|row| row.path.clone()))?;
        self.shared.index.put_marks(&self.id, &rows)?;
        let mut reading = self.reading();
        reading.decided.push(before);
        if reading.decided.len() > KEPT {
            reading.decided.remove(0);
        }
        drop(reading);
        self.tell_changes();
        Ok(())
    }

    /// Takes the newest decision back that was made since the window was opened. False when there
    /// is none.
    ///
    /// # Errors
    ///
    /// [`ReviewError`] when the marks cannot be written; then they are as they were.
    pub fn take_decision_back(&self) -> Result<bool, ReviewError> {
        let _deciding = self.deciding();
        let Some(before) = self.reading().decided.pop() else {
            return Ok(false);
        };
        if let Err(error) = self.shared.index.put_marks(&self.id, &before) {
            self.reading().decided.push(before);
            return Err(error.into());
        }
        self.tell_changes();
        Ok(true)
    }

    /// Whether [`Self::take_decision_back`] has something to take back.
    pub fn has_decided(&self) -> bool {
        !self.reading().decided.is_empty()
    }

    /// What is decided about a file in its present version. What was decided about an earlier one
    /// holds for the changes that are still the same.
    pub(super) fn marked(
        &self,
        draft: &Draft,
        change: &FileChange,
        changes: u32,
        row: Option<&MarkRow>,
    ) -> Result<Marked, ReviewError> {
        let Some(row) = row else {
            return Ok(Marked::default());
        };
        let version = shown(change);
        let current = row.shown == version;
        let whole = match FileMark::from_word(&row.mark) {
            FileMark::Approved => Some(Mark::Approved),
            FileMark::Rejected => Some(Mark::Rejected),
            FileMark::Undecided => Some(Mark::Undecided),
            FileMark::Mixed => None,
        };
        if let Some(mark) = whole
            && current
        {
            return Ok(Marked::whole(mark, changes));
        }
        if let Some((of, at, marked)) = self.reading().marked.get(&row.path)
            && of == row
            && *at == version
        {
            return Ok(marked.clone());
        }
        let now = self.diff_of(draft, &version, change)?;
        let marked = match decided_then(draft, row, whole, change, &now) {
            Some(earlier) => {
                let was = earlier.iter().filter(|hunk| is_decided(hunk)).count();
                let carried = carry(&earlier, &now.diff);
                let is = carried
                    .hunks()
                    .iter()
                    .filter(|hunk| is_decided(hunk))
                    .count();
                Marked {
                    reopened: !current && is < was,
                    ..Marked::parts(carried, &now.diff)
                }
            }
            None => Marked {
                reopened: true,
                ..Marked::default()
            },
        };
        let kept = (row.clone(), version, marked.clone());
        self.reading().marked.insert(row.path.clone(), kept);
        Ok(marked)
    }

    /// What applying a file means now, byte for byte: all of it, or what is approved of it.
    ///
    /// # Errors
    ///
    /// [`ReviewError`] when a version cannot be read or the result cannot be kept.
    pub(super) fn meant(&self, file: &ReviewedFile) -> Result<Approved, ReviewError> {
        let whole = Approved::from(&file.change);
        let Some(decisions) = &file.marked.decisions else {
            return Ok(whole);
        };
        let draft = self.draft().ok_or(ReviewError::NoDraft)?;
        let shown = self.diff_of(&draft, &file.shown, &file.change)?;
        let only_whole = || ReviewError::OnlyWhole {
            path: file.change.path.to_string(),
        };
        let written = shown.written.ok_or_else(only_whole)?;
        let text = decisions.compose(&shown.diff);
        let bytes = written.write(&text).ok_or_else(only_whole)?;
        self.refuse_new_risk(&draft, file, &bytes)?;
        // The permissions of a file are a change of their own, which goes with the whole file.
        let like = file.change.base.or(file.change.draft);
        Ok(Approved {
            result: Some(Version {
                blob: draft.blobs().put(&bytes)?,
                kind: Kind::File,
                mode: like.map_or(0o644, |version| version.mode),
                size: bytes.len() as u64,
            }),
            prune: false,
            ..whole
        })
    }

    /// Whether a file can run code was judged of its whole new version. Some lines of it may come to
    /// another file, which nobody was warned of.
    fn refuse_new_risk(
        &self,
        draft: &Draft,
        file: &ReviewedFile,
        bytes: &[u8],
    ) -> Result<(), ReviewError> {
        let change = &file.change;
        let old = match change.base {
            Some(base) => Some(draft.blobs().get(&base.blob)?),
            None => None,
        };
        let risk = risk::package_json_risk(&change.path, old.as_deref(), bytes);
        match risk.is_some() && change.risky.is_none() {
            true => Err(ReviewError::OnlyWhole {
                path: change.path.to_string(),
            }),
            false => Ok(()),
        }
    }

    /// Names exactly what an apply of this file would put in its place.
    ///
    /// # Errors
    ///
    /// As [`ReviewError`] says: the draft could not be read.
    pub fn result_of(&self, file: &ReviewedFile) -> Result<String, ReviewError> {
        Ok(name_of(self.meant(file)?.result))
    }

    /// Makes the marks of files follow an apply of them, or its undo: what was approved is in the
    /// project or open again, and what was rejected stays so.
    pub(super) fn marks_follow(
        &self,
        files: &[(RelPath, Option<Version>)],
        undone: bool,
    ) -> Result<(), ReviewError> {
        let _deciding = self.deciding();
        let old = self.rows_of(files.iter().map(|(path, _)| path.as_bytes().to_vec()))?;
        let set = match self.draft() {
            Some(draft) => Some((draft.changes()?, draft)),
            None => None,
        };
        let mut rows = Vec::with_capacity(old.len());
        for row in old {
            let left = set.as_ref().and_then(|(set, draft)| {
                let changed = |file: &&FileChange| file.path.as_bytes() == row.path;
                Some((set.files.iter().find(changed)?, draft))
            });
            let followed = match left {
                Some((change, draft)) if row.mark == FileMark::Mixed.word() => {
                    self.followed(draft, change, &row, undone)?
                }
                _ => None,
            };
            rows.push(followed.unwrap_or_else(|| MarkRow::none(row.path)));
        }
        // What was decided before cannot be brought back over what is written now.
        self.reading().decided.clear();
        Ok(self.shared.index.put_marks(&self.id, &rows)?)
    }

    fn followed(
        &self,
        draft: &Draft,
        change: &FileChange,
        was: &MarkRow,
        undone: bool,
    ) -> Result<Option<MarkRow>, ReviewError> {
        let now = self.diff_of(draft, &shown(change), change)?;
        let (Some(decided), Some((then, versions))) =
            (read_parts(&was.parts), then(draft, was, &change.path))
        else {
            return Ok(None);
        };
        // Lines are followed only where the mark was given to these very texts: a mark that was
        // carried over still names the texts of before.
        let given = carry(&decided, &then.diff);
        let same_texts = !undone
            && versions.1 == change.draft
            && given.compose(&then.diff) == now.diff.old_lines().text();
        let decisions = match same_texts {
            true => after_apply(&given, &then.diff, &now.diff),
            false => carry(&decided, &now.diff),
        };
        Ok(Some(row_of(change, &Marked::parts(decisions, &now.diff))))
    }

    /// The marks that files have now; one that has none is there as none.
    fn rows_of(&self, paths: impl Iterator<Item = Vec<u8>>) -> Result<Vec<MarkRow>, ReviewError> {
        let rows = self.shared.index.marks(&self.id)?;
        let mut rows: HashMap<Vec<u8>, MarkRow> = rows
            .into_iter()
            .map(|row| (row.path.clone(), row))
            .collect();
        Ok(paths
            .map(|path| rows.remove(&path).unwrap_or_else(|| MarkRow::none(path)))
            .collect())
    }

    /// Held from reading marks until they are written, so that of two decisions at once none is lost.
    fn deciding(&self) -> MutexGuard<'_, ()> {
        self.deciding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_changes(&self) {
        self.shared.tell(Event::ChangesChanged {
            task: self.id.clone(),
        });
    }
}

impl ReviewedFile {
    /// Names exactly what an apply of all of it puts in its place; none when it is decided in parts.
    pub fn whole_result(&self) -> Option<String> {
        let whole = self.marked.decisions.is_none();
        whole.then(|| name_of(self.change.draft))
    }
}

/// Whether a decision about the rest is about this file.
fn is_meant_by_rest(file: &ReviewedFile, mark: Mark) -> bool {
    let looked_at_alone = file.change.risky.is_some() || file.change.conflict.is_some();
    let open = file.marked.decisions.is_some() || file.marked.mark == FileMark::Undecided;
    open && !(mark == Mark::Approved && looked_at_alone)
}

/// Names what an apply puts at a path.
pub(super) fn name_of(result: Option<Version>) -> String {
    let all = match result {
        Some(version) => format!("{}:{:?}:{:o}", version.blob, version.kind, version.mode),
        None => "none".to_owned(),
    };
    let mut name = BlobId::of(all.as_bytes()).to_string();
    name.truncate(24);
    name
}

/// What was decided about each change of the versions that a mark was given to, if it may hold for
/// others now: whatever is not a line must be the same, because no line stands for it.
fn decided_then(
    draft: &Draft,
    row: &MarkRow,
    whole: Option<Mark>,
    change: &FileChange,
    now: &Shown,
) -> Option<Vec<Decided>> {
    let (then, versions) = then(draft, row, &change.path)?;
    let frame = |version: Option<Version>| version.map(|version| (version.kind, version.mode));
    let same_frame = [(versions.0, base_of(change)), (versions.1, change.draft)]
        .into_iter()
        .all(|(then, now)| frame(then) == frame(now));
    if !same_frame || now.written.is_none() || then.written != now.written {
        return None;
    }
    let Some(mark) = whole else {
        return read_parts(&row.parts);
    };
    let mut decisions = Decisions::open(&then.diff);
    decisions.decide_all(mark.of_lines());
    Some(decisions.hunks().to_vec())
}

/// The diff that a mark was given to, if its versions are still there.
fn then(draft: &Draft, row: &MarkRow, path: &RelPath) -> Option<(Shown, Versions)> {
    let versions: Versions = serde_json::from_str(&row.versions).ok()?;
    let made = make_diff(draft.blobs(), &row.shown, path, versions.0, versions.1);
    Some((made.ok()?, versions))
}

fn is_decided(hunk: &Decided) -> bool {
    hunk.mark != review::Mark::Open || !hunk.except.is_empty()
}

fn row(change: &FileChange, mark: &str, parts: String) -> MarkRow {
    let versions: Versions = (base_of(change), change.draft);
    MarkRow {
        path: change.path.as_bytes().to_vec(),
        shown: shown(change),
        mark: mark.to_owned(),
        versions: serde_json::to_string(&versions).unwrap_or_default(),
        parts,
    }
}

fn row_of(change: &FileChange, marked: &Marked) -> MarkRow {
    let parts = marked.decisions.as_deref().map(write_parts);
    row(change, marked.mark.word(), parts.unwrap_or_default())
}

/// Decides about the lines of a file that are not decided yet.
fn decide_rest(file: &ReviewedFile, diff: &Diff, mark: Mark) -> Decisions {
    let mut decisions = decisions_of(file, diff);
    for (number, hunk) in (0..).zip(diff.hunks()) {
        match decisions.of_hunk(number) {
            Some(review::Mark::Open) => decisions.decide_hunk(number, mark.of_lines()),
            Some(_) => {}
            None => {
                let rows = hunk.rows.end - hunk.rows.start;
                for row in diff.window(hunk.rows.start, rows) {
                    for side in [Side::Old, Side::New] {
                        if decisions.of_row(diff, &row, side) == review::Mark::Open {
                            decisions.decide_row(diff, &row, side, mark.of_lines());
                        }
                    }
                }
            }
        }
    }
    decisions
}

fn decisions_of(file: &ReviewedFile, diff: &Diff) -> Decisions {
    if let Some(decisions) = &file.marked.decisions {
        return (**decisions).clone();
    }
    let mut decisions = Decisions::open(diff);
    decisions.decide_all(match file.marked.mark {
        FileMark::Approved => review::Mark::Approved,
        FileMark::Rejected => review::Mark::Rejected,
        FileMark::Undecided | FileMark::Mixed => review::Mark::Open,
    });
    decisions
}

fn decide_parts(
    file: &ReviewedFile,
    shown: &Shown,
    parts: &[Part],
    mark: Mark,
) -> Result<Decisions, ReviewError> {
    let diff = &shown.diff;
    let stale = || ReviewError::Stale {
        path: file.change.path.to_string(),
    };
    let mut decisions = decisions_of(file, diff);
    for part in parts {
        match part {
            Part::Hunk(hunk) if (*hunk as usize) < diff.hunks().len() => {
                decisions.decide_hunk(*hunk, mark.of_lines());
            }
            Part::Rows { rows, side } if rows.start < rows.end && rows.end <= diff.len() => {
                let mut any = false;
                for row in diff.window(rows.start, rows.end - rows.start) {
                    for of in [Side::Old, Side::New] {
                        if side.is_none_or(|side| side == of) {
                            any |= decisions.decide_row(diff, &row, of, mark.of_lines());
                        }
                    }
                }
                if !any {
                    return Err(ReviewError::NothingThere);
                }
            }
            Part::Hunk(_) | Part::Rows { .. } => return Err(stale()),
        }
    }
    Ok(decisions)
}
