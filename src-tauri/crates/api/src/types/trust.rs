//! What the person answered about a folder.

use serde::Deserialize;
use serde::Serialize;

/// What the person answered about a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Trust {
    /// Nothing yet: ask.
    Unasked,
    /// Nothing of it is run or sent; it can be looked at.
    LookOnly,
    /// Tasks may be started in it.
    Trusted,
}

/// Answers whether the open folder is trusted.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProjectTrust {
    /// False to look only; work that is under way in the folder is stopped.
    pub trusted: bool,
}
