//! Whether the person is told outside of the window what happens to tasks.

use serde::Deserialize;
use serde::Serialize;

/// Whether the person is told outside of the window when a task needs them, is done or failed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Alerts {
    /// Whether they are.
    pub on: bool,
}
