//! Finds the tasks of a project that the index does not know, because it was damaged and began anew.
//!
//! A task's log says what the index had of it and how far it came. What was marked and what was
//! typed is in no log; the broken index that was put aside still has it.

use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;

use super::shared::Shared;
use super::state::TaskState;
use super::state::TurnState;
use super::task::TaskError;
use crate::store::index::Shelf;
use crate::store::index::TaskRow;
use crate::store::log::Log;
use crate::store::log::Record;

/// Gives each task of the project that the index does not know its row again.
///
/// # Errors
///
/// [`TaskError`] when the index or a log cannot be used.
pub(crate) fn adopt(shared: &Shared) -> Result<(), TaskError> {
    let known = shared.index.task_ids()?;
    // Without a folder there are no tasks yet.
    let folders = std::fs::read_dir(shared.task_dir("")).into_iter().flatten();
    for folder in folders.flatten() {
        let Ok(id) = folder.file_name().into_string() else {
            continue;
        };
        let log = folder.path().join("log.jsonl");
        if known.contains(&id) || !is_of(&log, shared.project.root()) {
            continue;
        }
        if let Some(row) = row_of(id, shared, &log)? {
            // The shelf first: a task that has a row is not looked for again.
            shared.index.put_shelf(&row.id, shelf_of(&log)?)?;
            shared.index.put_task(&row)?;
        }
    }
    Ok(())
}

/// Whether the log is of a task of this project; its first line says so.
fn is_of(log: &Path, root: &Path) -> bool {
    let first = File::open(log).and_then(|file| {
        let mut line = Vec::new();
        BufReader::new(file).read_until(b'\n', &mut line)?;
        serde_json::from_slice(&line).map_err(io::Error::from)
    });
    matches!(first, Ok(Record::Task { project, .. }) if project == root)
}

/// Where the person had put a task.
fn shelf_of(log: &Path) -> Result<Shelf, TaskError> {
    let mut shelf = Shelf::default();
    for record in Log::read(log)?.into_iter().flatten() {
        if let Record::Shelved {
            archived,
            removed_at,
        } = record
        {
            shelf = Shelf {
                archived,
                removed_at,
            };
        }
    }
    Ok(shelf)
}

/// What the index had of a task; none for one that was neither started nor edited.
fn row_of(id: String, shared: &Shared, log: &Path) -> Result<Option<TaskRow>, TaskError> {
    let mut row = TaskRow {
        id,
        project: shared.project_id.clone(),
        title: String::new(),
        state: TaskState::Queued.word().to_owned(),
        turn_state: TurnState::Done.word().to_owned(),
        turn: 0,
        model: String::new(),
        permission: String::new(),
        effort: String::new(),
        created_at: 0,
        changed_at: 0,
    };
    let mut begun = false;
    for record in Log::read(log)?.into_iter().flatten() {
        match record {
            Record::Task {
                title,
                model,
                permission,
                effort,
                at,
                ..
            } => {
                (row.title, row.model) = (title, model);
                (row.permission, row.effort) = (permission, effort);
                row.created_at = at;
                row.changed_at = row.changed_at.max(at);
            }
            Record::TurnStarted { turn, at } => {
                begun = true;
                row.turn = turn;
                row.state = TaskState::Working.word().to_owned();
                row.turn_state = TurnState::Running.word().to_owned();
                row.changed_at = at;
            }
            Record::TurnEnded { state, at, .. } => {
                let done = TurnState::from_word(&state) == TurnState::Done;
                let now = if done {
                    TaskState::ReadyToReview
                } else {
                    TaskState::Stopped
                };
                row.state = now.word().to_owned();
                row.turn_state = state;
                row.changed_at = at;
            }
            // The next turn begins at once, unless the app died right there.
            Record::Rewound { turn } => {
                row.turn = turn.saturating_sub(1);
                row.state = TaskState::Stopped.word().to_owned();
            }
            Record::Edited { at, .. } => {
                begun = true;
                if row.state == TaskState::Queued.word() {
                    row.state = TaskState::ReadyToReview.word().to_owned();
                }
                row.changed_at = at;
            }
            Record::Applied { undone, at, .. } => {
                let now = if undone {
                    TaskState::ReadyToReview
                } else {
                    TaskState::Applied
                };
                row.state = now.word().to_owned();
                row.changed_at = at;
            }
            _ => {}
        }
    }
    Ok(begun.then_some(row))
}
