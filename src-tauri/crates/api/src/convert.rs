//! Engine types into types that cross. The only place where a change inside the engine may become
//! a change in the window.

mod approval;
mod attachment;
mod check;
mod compaction;
mod files;
mod model;
mod review;
mod settings;
mod usage;

use std::path::Path;

use engine::agent::item as inside;
use engine::tasks::edit::EDITS_BY_YOU;
use engine::tasks::state as inside_state;
use engine::tasks::task::Facts;
use engine::tasks::task::Permission as InsidePermission;

pub(crate) use self::approval::*;
pub(crate) use self::attachment::*;
pub(crate) use self::check::*;
pub(crate) use self::files::*;
pub(crate) use self::model::*;
pub(crate) use self::review::*;
pub(crate) use self::settings::*;
pub(crate) use self::usage::*;
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
        automatic: facts.automatic,
        effort: effort(facts.effort),
        efforts: efforts(&facts.efforts),
        permission: permission(facts.permission),
        created_at: facts.created_at,
        changed_at: facts.changed_at,
        files: facts.files,
        undo: facts.undo.clone(),
        context_percent: facts.context_percent,
        context_used: facts.context_used,
        compacting: facts.compacting,
        offer: facts.offer.clone(),
        over_budget: facts.over_budget,
        waits_until: facts.waits_until,
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
    let tests = facts.tests.clone().unwrap_or_default();
    let joined = |parts: &[&str]| {
        parts
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(" · ")
    };
    if let Some((round, limit)) = facts.until_green.filter(|(round, _)| *round > 0) {
        return format!("Until green: round {round} of {limit}");
    }
    if let Some(command) = &facts.checking {
        return format!("Running {command}");
    }
    match facts.state {
        S::Working => match facts.plan {
            Some((step, of)) => format!("Step {step} of {of}"),
            None => "Reading and thinking".to_owned(),
        },
        S::ReadyToReview if facts.title == EDITS_BY_YOU && facts.files == 0 => {
            "Nothing edited yet".to_owned()
        }
        S::ReadyToReview | S::PartlyApplied => joined(&[&files, &tests]),
        S::Stopped => {
            let why = match facts.turn_state {
                T::Failed => "Ended by an error",
                T::Interrupted => "Interrupted",
                _ => "Stopped by you",
            };
            joined(&[why, &files])
        }
        S::Paused if facts.over_budget => "A budget is used up".to_owned(),
        S::Paused => "Waits for the provider".to_owned(),
        S::NeedsYou => facts.asks.clone().unwrap_or_default(),
        S::Queued => "Starts after another task".to_owned(),
        S::Answered => joined(&["Answered", &tests]),
        S::Applied | S::Archived => String::new(),
    }
}

fn task_state(state: inside_state::TaskState) -> TaskState {
    use inside_state::TaskState as S;
    match state {
        S::Queued => TaskState::Queued,
        S::Working => TaskState::Working,
        S::NeedsYou => TaskState::NeedsYou,
        S::Paused => TaskState::Paused,
        S::Answered => TaskState::Answered,
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
        K::Message { text, attachments } => ItemKind::Message {
            text,
            attachments: attachments.iter().map(attachment).collect(),
        },
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
        K::Automatic(chosen) => ItemKind::Automatic(model_chosen(&chosen)),
        K::Earlier { at } => ItemKind::Earlier { at },
        K::Compaction { about, .. } => compaction::item(&about),
        K::CheckRun(run) => check_run(*run),
        K::UntilGreen(rounds) => until_green(rounds),
        K::Error {
            code,
            message,
            hint,
            ..
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
        E::TaskChanged(facts) if facts.removed => Event::TaskRemoved { task: facts.id },
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
        E::QuestionsChanged { task, waiting } => Event::ApprovalsChanged {
            task,
            approvals: waiting.iter().map(approval).collect(),
        },
        E::FilesChanged { folders, files } => Event::FilesChanged { folders, files },
        E::Waiting { task, text, ms } => Event::Waiting { task, text, ms },
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

/// An error of the engine whose sentence already says what is unchanged.
pub(crate) fn failed(error: &dyn std::error::Error) -> Failure {
    Failure::failed(error.to_string(), "")
}
