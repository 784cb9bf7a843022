//! Items of a turn as lines for a terminal.

use api::types::ChangeKind;
use api::types::CommandOutcome;
use api::types::Item;
use api::types::ItemKind;
use api::types::StepStatus;

use crate::streams::harmless;

/// The text of a complete item; empty for one that says nothing in a terminal. It is for people, also
/// by way of a file or `tee`, so it holds no control characters.
pub(crate) fn item(item: &Item) -> String {
    harmless(&text(item))
}

fn text(item: &Item) -> String {
    match &item.kind {
        ItemKind::Message { .. } | ItemKind::Reasoning { .. } => String::new(),
        ItemKind::Answer { text } => format!("\n{}\n", text.trim_end()),
        ItemKind::Plan { steps } => {
            let mut lines = String::from("Plan\n");
            for step in steps {
                let mark = match step.status {
                    StepStatus::Pending => " ",
                    StepStatus::InProgress => ">",
                    StepStatus::Completed => "x",
                };
                lines.push_str(&format!("  [{mark}] {}\n", step.step));
            }
            lines
        }
        ItemKind::Command {
            command,
            outcome,
            exit_code,
            tests,
            duration_ms,
            ..
        } => {
            let ended = match (outcome, tests, exit_code) {
                (CommandOutcome::Exited, Some(counts), _) if counts.failed > 0 => {
                    format!(
                        "{} of {} tests fail",
                        counts.failed,
                        counts.failed + counts.passed
                    )
                }
                (CommandOutcome::Exited, Some(counts), _) => {
                    format!("{} tests pass", counts.passed)
                }
                (CommandOutcome::Exited, None, Some(0)) => "done".to_owned(),
                (CommandOutcome::Exited, None, code) => format!("exit {}", code.unwrap_or(-1)),
                (CommandOutcome::Running, ..) => "running".to_owned(),
                (CommandOutcome::TimedOut, ..) => "took too long and was ended".to_owned(),
                (CommandOutcome::Stopped, ..) => "stopped".to_owned(),
                (CommandOutcome::NotStarted, ..) => "could not be started".to_owned(),
            };
            let first = command.lines().next().unwrap_or_default();
            let more = if command.lines().count() > 1 {
                " …"
            } else {
                ""
            };
            let seconds = std::time::Duration::from_millis(*duration_ms).as_secs_f32();
            format!("Ran {first}{more}: {ended} ({seconds:.1} s)\n")
        }
        ItemKind::Patch { files, error } => match error {
            Some(error) => format!("A patch did not fit: {}\n", error.trim_end()),
            None => files
                .iter()
                .map(|file| {
                    let verb = match file.change {
                        ChangeKind::Added => "Added",
                        ChangeKind::Modified => "Edited",
                        ChangeKind::Deleted => "Deleted",
                    };
                    format!("{verb} {} (+{} -{})\n", file.path, file.added, file.removed)
                })
                .collect(),
        },
        ItemKind::ImageView { path, error } => match error {
            Some(error) => format!("Could not look at {path}: {error}\n"),
            None => format!("Looked at {path}\n"),
        },
        ItemKind::BadCall { tool, error } => format!("Asked for {tool}, which failed: {error}\n"),
        ItemKind::Refused { action, reason } => format!("Refused: {action} {reason}\n"),
        ItemKind::Check {
            command, sentence, ..
        } => format!("Checked {command}: {sentence}\n"),
        ItemKind::UntilGreen {
            command,
            round,
            limit,
            sentence,
            ..
        } => format!("Until {command} passes, round {round} of {limit}. {sentence}\n"),
        ItemKind::Automatic(chosen) => {
            format!("Automatic: {}, because {}.\n", chosen.model, chosen.because)
        }
        ItemKind::Earlier { .. } => "From an earlier answer:\n".to_owned(),
        ItemKind::Compaction { text, .. } => format!("{text}\n"),
        ItemKind::Error { message, hint, .. } => format!("{message}\n{hint}\n"),
    }
}
