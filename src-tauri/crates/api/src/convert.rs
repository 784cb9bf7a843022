//! Engine types into types that cross. The only place where a change inside the engine may become
//! a change in the window.

use std::path::Path;

use engine::agent::item as inside;
use engine::opened::OpenedProject;
use engine::project::apply::Conflicting;
use engine::project::apply::Outcome;
use engine::project::apply::Past;
use engine::project::stat::Version;
use engine::store::blobs::Blobs;
use engine::tasks::review::Mark as InsideMark;
use engine::tasks::review::ReviewError;
use engine::tasks::review::ReviewedFile;
use engine::tasks::state as inside_state;
use engine::tasks::task::Facts;
use engine::tasks::task::Permission as InsidePermission;

use crate::failure::Failure;
use crate::types::*;

pub(crate) fn task(facts: &Facts) -> Task {
    Task {
        id: facts.id.clone(),
        title: facts.title.clone(),
        state: task_state(facts.state),
        detail: detail(facts),
        turn: turn_state(facts.turn_state),
        model: facts.model.clone(),
        permission: permission(facts.permission),
        created_at: facts.created_at,
        changed_at: facts.changed_at,
        files: facts.files,
        undo: facts.undo.clone(),
        context_percent: facts.context_percent,
    }
}

/// A few words beside the state.
fn detail(facts: &Facts) -> String {
    use inside_state::TaskState as S;
    use inside_state::TurnState as T;
    let files = match facts.files {
        0 => String::new(),
        1 => "1 file".to_owned(),
        n => format!("{n} files"),
    };
    let tests = match facts.tests {
        Some(counts) if counts.failed > 0 => {
            format!(
                "{} of {} tests fail",
                counts.failed,
                counts.failed + counts.passed
            )
        }
        Some(counts) if counts.passed > 0 => format!("all {} tests pass", counts.passed),
        _ => String::new(),
    };
    let joined = |parts: &[&str]| {
        parts
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(" · ")
    };
    match facts.state {
        S::Working => match facts.plan {
            Some((step, of)) => format!("Step {step} of {of}"),
            None => "Reading and thinking".to_owned(),
        },
        S::ReadyToReview if facts.files == 0 => "Answered".to_owned(),
        S::ReadyToReview | S::PartlyApplied => joined(&[&files, &tests]),
        S::Stopped => {
            let why = match facts.turn_state {
                T::Failed => "Ended by an error",
                T::Interrupted => "Interrupted",
                _ => "Stopped by you",
            };
            joined(&[why, &files])
        }
        S::Paused => "Waits for the provider".to_owned(),
        S::Queued | S::NeedsYou | S::Applied | S::Archived => String::new(),
    }
}

fn task_state(state: inside_state::TaskState) -> TaskState {
    use inside_state::TaskState as S;
    match state {
        S::Queued => TaskState::Queued,
        S::Working => TaskState::Working,
        S::NeedsYou => TaskState::NeedsYou,
        S::Paused => TaskState::Paused,
        S::ReadyToReview => TaskState::ReadyToReview,
        S::PartlyApplied => TaskState::PartlyApplied,
        S::Applied => TaskState::Applied,
        S::Stopped => TaskState::Stopped,
        S::Archived => TaskState::Archived,
    }
}

fn turn_state(state: inside_state::TurnState) -> TurnState {
    use inside_state::TurnState as T;
    match state {
        T::Running => TurnState::Running,
        T::Done => TurnState::Done,
        T::Stopped => TurnState::Stopped,
        T::Failed => TurnState::Failed,
        T::Interrupted => TurnState::Interrupted,
    }
}

pub(crate) fn permission(mode: InsidePermission) -> Permission {
    match mode {
        InsidePermission::ReadOnly => Permission::ReadOnly,
        InsidePermission::Auto => Permission::Auto,
        InsidePermission::Full => Permission::Full,
    }
}

pub(crate) fn permission_inside(mode: Permission) -> InsidePermission {
    match mode {
        Permission::ReadOnly => InsidePermission::ReadOnly,
        Permission::Auto => InsidePermission::Auto,
        Permission::Full => InsidePermission::Full,
    }
}

pub(crate) fn item(item: &inside::Item) -> Item {
    Item {
        id: item.id.clone(),
        turn: item.turn,
        started_at: item.started_at,
        completed_at: item.completed_at,
        kind: item_kind(&item.kind),
    }
}

fn item_kind(kind: &inside::ItemKind) -> ItemKind {
    use inside::ItemKind as K;
    match kind.clone() {
        K::Message { text, images: _ } => ItemKind::Message { text },
        K::Answer { text } => ItemKind::Answer { text },
        K::Reasoning { text } => ItemKind::Reasoning { text },
        K::Plan {
            explanation: _,
            steps,
        } => ItemKind::Plan {
            steps: steps
                .into_iter()
                .map(|step| PlanStep {
                    step: step.step,
                    status: match step.status {
                        inside::StepStatus::Pending => StepStatus::Pending,
                        inside::StepStatus::InProgress => StepStatus::InProgress,
                        inside::StepStatus::Completed => StepStatus::Completed,
                    },
                })
                .collect(),
        },
        K::Command {
            command,
            cwd,
            output,
            outcome,
            duration_ms,
            changed,
        } => {
            let (outcome, exit_code) = match outcome {
                inside::CommandOutcome::Running => (CommandOutcome::Running, None),
                inside::CommandOutcome::Exited { code } => (CommandOutcome::Exited, Some(code)),
                inside::CommandOutcome::TimedOut => (CommandOutcome::TimedOut, None),
                inside::CommandOutcome::Stopped => (CommandOutcome::Stopped, None),
                inside::CommandOutcome::NotStarted => (CommandOutcome::NotStarted, None),
            };
            let tests = engine::checks::counts(&output).map(test_counts);
            ItemKind::Command {
                command,
                folder: cwd,
                output,
                outcome,
                exit_code,
                duration_ms,
                changed,
                tests,
            }
        }
        K::Patch { files, error } => ItemKind::Patch {
            files: files.into_iter().map(patched).collect(),
            error,
        },
        K::ImageView { path, error } => ItemKind::ImageView { path, error },
        K::BadCall { tool, error } => ItemKind::BadCall { tool, error },
        K::Refused { action, reason } => ItemKind::Refused { action, reason },
        K::Compaction { .. } => ItemKind::Compaction {
            text: "The conversation was shortened to fit the model. Nothing of it is lost here."
                .to_owned(),
        },
        K::Error {
            code,
            message,
            hint,
        } => ItemKind::Error {
            code,
            message,
            hint,
        },
    }
}

fn patched(file: inside::PatchedFile) -> PatchedFile {
    PatchedFile {
        path: file.path,
        change: match file.change {
            inside::FileChangeKind::Added => ChangeKind::Added,
            inside::FileChangeKind::Modified => ChangeKind::Modified,
            inside::FileChangeKind::Deleted => ChangeKind::Deleted,
        },
        added: file.added,
        removed: file.removed,
    }
}

pub(crate) fn test_counts(counts: engine::checks::Counts) -> TestCounts {
    TestCounts {
        passed: counts.passed,
        failed: counts.failed,
        skipped: counts.skipped,
    }
}

pub(crate) fn event(event: engine::event::Event) -> Option<Event> {
    use engine::event::Event as E;
    Some(match event {
        E::ProjectChanged => return None,
        E::TaskChanged(facts) => Event::TaskChanged { task: task(&facts) },
        E::ItemStarted { task, item: it } => Event::ItemStarted {
            task,
            item: item(&it),
        },
        E::ItemDelta { task, item, text } => Event::ItemDelta { task, item, text },
        E::ItemCompleted { task, item: it } => Event::ItemCompleted {
            task,
            item: item(&it),
        },
        E::ItemWithdrawn { task, item } => Event::ItemWithdrawn { task, item },
        E::ChangesChanged { task } => Event::ChangesChanged { task },
        E::Waiting { task, text } => Event::Waiting { task, text },
        E::MessageGivenBack { task, text } => Event::MessageGivenBack { task, text },
        E::Notice { message, hint } => Event::Notice { message, hint },
    })
}

pub(crate) fn recent(recent: &engine::Recent, home: &Path) -> RecentProject {
    RecentProject {
        id: recent.row.id.clone(),
        name: folder_name(&recent.row.path),
        place: place(&recent.row.path, home),
        opened_at: recent.row.opened_at,
        needs_you: recent.needs_you,
        ready: recent.ready,
        missing: recent.missing,
    }
}

/// The last part of a folder's path, for people.
pub(crate) fn folder_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// A path with the home folder shortened to `~`, for people.
pub(crate) fn place(path: &Path, home: &Path) -> String {
    match path.strip_prefix(home) {
        Ok(rest) => Path::new("~").join(rest).to_string_lossy().into_owned(),
        Err(_) => path.to_string_lossy().into_owned(),
    }
}

pub(crate) fn confinement(probed: &Result<sandbox::Tier, sandbox::Unavailable>) -> Confinement {
    match probed {
        Ok(tier) => Confinement {
            available: true,
            sentence: format!(
                "Commands run confined by {}: without network, writing only in the private copy.",
                tier.version
            ),
        },
        Err(missing) => Confinement {
            available: false,
            sentence: format!("Commands cannot be run here: {missing}."),
        },
    }
}

/// How the draft was made, and what is not in it.
pub(crate) fn draft(draft: Option<&engine::project::draft::Draft>) -> (String, Vec<String>) {
    let Some(draft) = draft else {
        return (String::new(), Vec::new());
    };
    let notes = draft.notes();
    let how = if notes.shared {
        "shares unchanged bytes with your folder"
    } else {
        "a full copy"
    };
    let files = if notes.files == 1 {
        "1 file".to_owned()
    } else {
        format!("{} files", notes.files)
    };
    (format!("Private copy: {files}, {how}"), notes.sentences())
}

pub(crate) fn changed_file(file: &ReviewedFile) -> ChangedFile {
    let change = &file.change;
    let is_link = |version: Option<Version>| {
        version.is_some_and(|version| version.kind == engine::project::stat::Kind::Link)
    };
    ChangedFile {
        id: file.id.clone(),
        path: change.path.to_string(),
        change: change_kind(change.kind),
        added: file.stat.added,
        removed: file.stat.removed,
        shown: file.shown.clone(),
        mark: mark(file.mark),
        mark_dropped: file.mark_dropped,
        content: if file.too_large {
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

pub(crate) fn notes(file: &ReviewedFile, shown: &engine::tasks::review::Shown) -> Vec<String> {
    let mut notes = shown.notes.clone();
    let size = |version: Option<Version>| match version {
        Some(version) => format!("{} bytes", version.size),
        None => "nothing".to_owned(),
    };
    if file.change.binary || file.too_large {
        notes.push(format!(
            "{} Before: {}. After: {}.",
            if file.too_large {
                "Too large to show."
            } else {
                "Not text."
            },
            size(file.change.base),
            size(file.change.draft),
        ));
    }
    notes
}

pub(crate) fn apply_file(file: &ReviewedFile) -> ApplyFile {
    ApplyFile {
        file: file.id.clone(),
        shown: file.shown.clone(),
        path: file.change.path.to_string(),
        change: change_kind(file.change.kind),
        added: file.stat.added,
        removed: file.stat.removed,
    }
}

fn change_kind(kind: engine::project::changes::ChangeKind) -> ChangeKind {
    match engine::tasks::review::in_three_words(kind) {
        inside::FileChangeKind::Added => ChangeKind::Added,
        inside::FileChangeKind::Modified => ChangeKind::Modified,
        inside::FileChangeKind::Deleted => ChangeKind::Deleted,
    }
}

fn mark(mark: InsideMark) -> Mark {
    match mark {
        InsideMark::Undecided => Mark::Undecided,
        InsideMark::Approved => Mark::Approved,
        InsideMark::Rejected => Mark::Rejected,
    }
}

pub(crate) fn mark_inside(mark: Mark) -> InsideMark {
    match mark {
        Mark::Undecided => InsideMark::Undecided,
        Mark::Approved => InsideMark::Approved,
        Mark::Rejected => InsideMark::Rejected,
    }
}

/// An error of the engine whose sentence already says what is unchanged.
pub(crate) fn failed(error: &dyn std::error::Error) -> Failure {
    Failure::failed(error.to_string(), "")
}

pub(crate) fn review_failed(error: &ReviewError) -> Failure {
    match error {
        ReviewError::Stale { .. } => Failure::stale(error.to_string()),
        ReviewError::NoDraft | ReviewError::Working => Failure::refused(error.to_string(), ""),
        ReviewError::Nothing => {
            Failure::refused(error.to_string(), "Approve a file, then apply again.")
        }
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
