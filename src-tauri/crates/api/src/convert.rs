//! Engine types into types that cross. The only place where a change inside the engine may become
//! a change in the window.

use engine::agent::item as inside;
use engine::tasks::state as inside_state;
use engine::tasks::task::Facts;
use engine::tasks::task::Permission as InsidePermission;

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
            format!("{} of {} tests fail", counts.failed, counts.failed + counts.passed)
        }
        Some(counts) if counts.passed > 0 => format!("all {} tests pass", counts.passed),
        _ => String::new(),
    };
    let joined = |parts: &[&str]| {
        parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" · ")
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
        K::Plan { explanation: _, steps } => ItemKind::Plan {
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
        K::Command { command, cwd, output, outcome, duration_ms, changed } => {
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
        K::Patch { files, error } => {
            ItemKind::Patch { files: files.into_iter().map(patched).collect(), error }
        }
        K::ImageView { path, error } => ItemKind::ImageView { path, error },
        K::BadCall { tool, error } => ItemKind::BadCall { tool, error },
        K::Refused { action, reason } => ItemKind::Refused { action, reason },
        K::Compaction { .. } => ItemKind::Compaction {
            text: "The conversation was shortened to fit the model. Nothing of it is lost here."
                .to_owned(),
        },
        K::Error { code, message, hint } => ItemKind::Error { code, message, hint },
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
    TestCounts { passed: counts.passed, failed: counts.failed, skipped: counts.skipped }
}
