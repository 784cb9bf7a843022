//! Tasks renamed, put away, removed; their conversations exported.

use serde::Deserialize;
use serde::Serialize;

/// Gives a task another name.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TaskRename {
    /// The task.
    pub task: String,
    /// Its name from now on.
    pub title: String,
}

/// Puts a task away or takes it out again.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TaskArchive {
    /// The task.
    pub task: String,
    /// True to put it away.
    pub archived: bool,
}

/// The tasks that were removed and can be brought back.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RemovedTasks {
    /// The newest removal first.
    pub tasks: Vec<RemovedTask>,
}

/// A task that was removed and can be brought back.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RemovedTask {
    /// Names the task in requests.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Files in its change set.
    pub files: u32,
    /// When it was removed.
    pub removed_at: u64,
    /// When it is deleted for good.
    pub deleted_at: u64,
}

/// Saves a task's conversation as a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TaskExport {
    /// The task.
    pub task: String,
    /// The file to write; one that is there is replaced.
    pub path: String,
}

/// A conversation that was saved.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Exported {
    /// The file, as it is shown.
    pub place: String,
    /// One sentence on the secrets that were taken out.
    pub taken_out: String,
}
