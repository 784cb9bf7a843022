//! The change set, its marks, and what comes of an apply.

use engine::agent::item as inside;
use engine::opened::OpenedProject;
use engine::project::apply::Conflicting;
use engine::project::apply::Outcome;
use engine::project::apply::Past;
use engine::project::copy::readable_size;
use engine::project::stat::Version;
use engine::store::blobs::Blobs;
use engine::tasks::author::Author as InsideAuthor;
use engine::tasks::decide::Confirmed;
use engine::tasks::decide::Subject as InsideSubject;
use engine::tasks::marks::FileMark as InsideFileMark;
use engine::tasks::marks::Mark as InsideMark;
use engine::tasks::marks::Part as InsidePart;
use engine::tasks::review::ReviewError;
use engine::tasks::review::ReviewedFile;
use engine::tasks::task::TaskError;

use crate::failure::Failure;
use crate::types::*;

/// `parts` is what is decided inside the file, where its changes are decided differently.
pub(crate) fn changed_file(file: &ReviewedFile, parts: Option<Parts>) -> ChangedFile {
    let change = &file.change;
    let is_link = |version: Option<Version>| {
        version.is_some_and(|version| version.kind == engine::project::stat::Kind::Link)
    };
    ChangedFile {
        id: file.id.clone(),
        path: change.path.to_string(),
        change: change_kind(change.kind),
        added: file.outline.stat.added,
        removed: file.outline.stat.removed,
        shown: file.shown.clone(),
        mark: file_mark(file.marked.mark),
        mark_dropped: file.marked.reopened,
        changes: file.outline.changes,
        decided: file.marked.decided,
        approved: file.marked.approved,
        divisible: file.outline.divisible,
        result: file.whole_result(),
        parts,
        content: if file.outline.too_large {
            Content::TooLarge
        } else if is_link(change.draft) || is_link(change.base) {
            Content::Link
        } else if change.binary {
            Content::Binary
        } else {
            Content::Text
        },
        risk: change.risky.map(str::to_owned),
        conflict: change.conflict.map(|conflict| {
            if !conflict.base_known {
                "You changed this file too, before its earlier version could be kept.".to_owned()
            } else if conflict.project.is_none() {
                "You deleted this file in your folder.".to_owned()
            } else {
                "You changed this file in your folder too.".to_owned()
            }
        }),
        attributes: attributes(change),
        lines: file.outline.lines,
        imprecise: file.outline.imprecise,
        notes: notes(file),
        author: match file.author {
            InsideAuthor::Agent => Author::Agent,
            InsideAuthor::You => Author::You,
            InsideAuthor::Both => Author::Both,
        },
    }
}

/// A change of mode or type, in words.
fn attributes(change: &engine::project::changes::FileChange) -> Option<String> {
    use engine::project::changes::ChangeKind as K;
    if change.kind == K::TypeChanged {
        return Some("A file became a link, or a link a file.".to_owned());
    }
    let (before, after) = change.mode?;
    Some(match (before & 0o111 != 0, after & 0o111 != 0) {
        (false, true) => "It can be run as a program now.".to_owned(),
        (true, false) => "It can no longer be run as a program.".to_owned(),
        _ => format!("Its permissions change from {before:o} to {after:o}."),
    })
}

fn notes(file: &ReviewedFile) -> Vec<String> {
    let mut notes = file.outline.notes.clone();
    let size = |version: Option<Version>| match version {
        // Exact as long as a person can compare it.
        Some(version) if version.size < 100_000 => format!("{} bytes", version.size),
        Some(version) => readable_size(version.size),
        None => "nothing".to_owned(),
    };
    if file.change.binary || file.outline.too_large {
        notes.push(format!(
            "Before: {}. After: {}.",
            size(file.change.base),
            size(file.change.draft),
        ));
    }
    notes
}

pub(crate) fn apply_file(file: &ReviewedFile, result: String) -> ApplyFile {
    use engine::project::changes::ChangeKind as K;
    let in_part = file.marked.mark == InsideFileMark::Mixed;
    let stat = match in_part {
        true => file.marked.taken,
        false => file.outline.stat,
    };
    ApplyFile {
        file: file.id.clone(),
        shown: file.shown.clone(),
        result,
        path: file.change.path.to_string(),
        // A file of which only some lines go stays.
        change: match (file.change.kind, in_part) {
            (K::Deleted, true) => ChangeKind::Modified,
            (kind, _) => change_kind(kind),
        },
        added: stat.added,
        removed: stat.removed,
        approved: match in_part {
            true => file.marked.approved,
            false => file.outline.changes,
        },
        changes: file.outline.changes,
    }
}

/// What is decided inside a file whose changes are decided differently.
pub(crate) fn parts(decisions: &review::Decisions, diff: &review::Diff) -> Parts {
    let mut lines = Vec::new();
    let mut hunks = Vec::with_capacity(diff.hunks().len());
    for (number, hunk) in (0..).zip(diff.hunks()) {
        if let Some(mark) = decisions.of_hunk(number) {
            hunks.push(match mark {
                review::Mark::Open => FileMark::Undecided,
                review::Mark::Approved => FileMark::Approved,
                review::Mark::Rejected => FileMark::Rejected,
            });
            continue;
        }
        hunks.push(FileMark::Mixed);
        let rows = diff.window(hunk.rows.start, hunk.rows.end - hunk.rows.start);
        for (at, row) in (hunk.rows.start..).zip(rows) {
            for (of, side) in [
                (review::Side::Old, Column::Old),
                (review::Side::New, Column::New),
            ] {
                let mark = match decisions.of_row(diff, &row, of) {
                    review::Mark::Open => continue,
                    review::Mark::Approved => Mark::Approved,
                    review::Mark::Rejected => Mark::Rejected,
                };
                lines.push(LineMark {
                    row: at,
                    side,
                    mark,
                });
            }
        }
    }
    Parts { hunks, lines }
}

pub(crate) fn subject(subject: Subject) -> InsideSubject {
    InsideSubject {
        id: subject.file,
        shown: subject.shown,
        parts: subject
            .parts
            .into_iter()
            .map(|part| match part {
                Part::Hunk { hunk } => InsidePart::Hunk(hunk),
                Part::Rows { from, count, side } => InsidePart::Rows {
                    rows: from..from.saturating_add(count),
                    side: side.map(|side| match side {
                        Column::Old => review::Side::Old,
                        Column::New => review::Side::New,
                    }),
                },
            })
            .collect(),
    }
}

pub(crate) fn confirmed(file: ConfirmedFile) -> Confirmed {
    Confirmed {
        id: file.file,
        shown: file.shown,
        result: file.result,
    }
}

fn change_kind(kind: engine::project::changes::ChangeKind) -> ChangeKind {
    match engine::tasks::review::in_three_words(kind) {
        inside::FileChangeKind::Added => ChangeKind::Added,
        inside::FileChangeKind::Modified => ChangeKind::Modified,
        inside::FileChangeKind::Deleted => ChangeKind::Deleted,
    }
}

fn file_mark(mark: InsideFileMark) -> FileMark {
    match mark {
        InsideFileMark::Undecided => FileMark::Undecided,
        InsideFileMark::Approved => FileMark::Approved,
        InsideFileMark::Rejected => FileMark::Rejected,
        InsideFileMark::Mixed => FileMark::Mixed,
    }
}

pub(crate) fn mark_inside(mark: Mark) -> InsideMark {
    match mark {
        Mark::Undecided => InsideMark::Undecided,
        Mark::Approved => InsideMark::Approved,
        Mark::Rejected => InsideMark::Rejected,
    }
}

pub(crate) fn review_failed(error: &ReviewError) -> Failure {
    match error {
        ReviewError::Stale { .. } => Failure::stale(error.to_string()),
        ReviewError::NoDraft
        | ReviewError::Working
        | ReviewError::LookOnly
        | ReviewError::Task(TaskError::Checking) => Failure::refused(error.to_string(), ""),
        ReviewError::Nothing => {
            Failure::refused(error.to_string(), "Approve a file, then apply again.")
        }
        ReviewError::OnlyWhole { .. } => {
            Failure::refused(error.to_string(), "Approve or reject the whole file.")
        }
        ReviewError::NothingThere => Failure::refused(
            error.to_string(),
            "Select lines that were added or removed.",
        ),
        ReviewError::NotApproved { .. } => {
            Failure::refused(error.to_string(), "Approve it by itself, then apply again.")
        }
        _ => Failure::failed(error.to_string(), "Nothing in your folder was changed."),
    }
}

/// What came of an apply, an undo or a redo. A failure of it is a [`Failure`]: its sentence says
/// what is unchanged.
pub(crate) fn outcome(
    outcome: Outcome,
    of: Option<String>,
    project: &OpenedProject,
) -> Result<ApplyOutcome, Failure> {
    match outcome {
        Outcome::Applied { id, .. } => {
            let id = of.unwrap_or(id);
            // The files are written by now, so no failure may say that nothing changed.
            let unread = |why: String| {
                Failure::failed(
                    format!("The files are written, but the history cannot be read: {why}"),
                    "Open the folder again to see it in the history.",
                )
            };
            let history = project
                .history()
                .map_err(|error| unread(error.to_string()))?;
            let (past, task) = history
                .iter()
                .find(|(past, _)| past.id == id)
                .ok_or_else(|| unread("this apply is not in it.".to_owned()))?;
            Ok(ApplyOutcome::Done {
                apply: applied(past, task.as_deref()),
            })
        }
        Outcome::Conflict { files } => {
            let message = match files.as_slice() {
                [one] => format!(
                    "{} changed in your folder meanwhile. Nothing was written.",
                    one.path
                ),
                many => format!(
                    "{} files changed in your folder meanwhile. Nothing was written.",
                    many.len()
                ),
            };
            let files = files
                .iter()
                .map(|file| conflict(file, project.blobs()))
                .collect();
            Ok(ApplyOutcome::Conflict { message, files })
        }
        Outcome::Failed { sentence } | Outcome::Unsettled { sentence } => {
            Err(Failure::failed(sentence, ""))
        }
    }
}

fn conflict(file: &Conflicting, blobs: &Blobs) -> ConflictFile {
    let text = |version: Option<Version>| {
        let bytes = blobs.get(&version?.blob).ok()?;
        match engine::project::text::decode(&bytes) {
            engine::project::text::Text::Text { text, .. } => Some(text),
            _ => None,
        }
    };
    let reason = match (file.shown, file.project) {
        (Some(_), None) => "You deleted it.",
        (None, Some(_)) => "You made a file of this name.",
        _ => "You changed it.",
    };
    ConflictFile {
        path: file.path.to_string(),
        reason: reason.to_owned(),
        yours: text(file.project),
        theirs: text(file.result),
    }
}

pub(crate) fn applied(past: &Past, task: Option<&str>) -> Apply {
    Apply {
        id: past.id.clone(),
        task: task.unwrap_or_default().to_owned(),
        applied_at: past.at,
        paths: past
            .files
            .iter()
            .map(|(path, _, _)| path.to_string())
            .collect(),
        undone: past.undone,
    }
}
