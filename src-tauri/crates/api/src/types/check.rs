//! Checks: the runnable things a project has.

use serde::Deserialize;
use serde::Serialize;

/// A runnable thing the project has.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Check {
    /// Names it in requests.
    pub id: String,
    /// What is run.
    pub command: String,
    /// Where, relative to the project; empty for its root.
    pub folder: String,
    /// What it is for.
    pub purpose: CheckPurpose,
    /// Whether the person typed it.
    pub own: bool,
    /// Where it comes from, in words.
    pub from: String,
}

/// What a check is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum CheckPurpose {
    /// Runs tests: green only when some were counted and none failed.
    Test,
    /// Looks at the code.
    Lint,
    /// Builds.
    Build,
    /// Anything else.
    Other,
}

/// What a run of a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum CheckResult {
    /// It is under way.
    Running,
    /// Tests ran and none failed, or a check that runs none ended well.
    Passed,
    /// Tests failed, or it ended with an error.
    Failed,
    /// It ran no test.
    NoTests,
    /// It ended well, but no tests could be counted.
    Uncounted,
    /// A program it needs is not there.
    Missing,
    /// It ended by a signal.
    Crashed,
    /// It took too long.
    TimedOut,
    /// It printed too much.
    TooMuchOutput,
    /// The person stopped it, or the app was closed.
    Stopped,
    /// It could not be started.
    NotStarted,
}

/// How the rounds of a check and the agent ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum UntilGreenEnding {
    /// The check passes.
    Green,
    /// The rounds got nowhere, or are used up.
    NotGreen,
    /// Stopped by the person, or by the app being closed.
    Stopped,
}

/// The checks there are.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CheckList {
    /// The person's own first, then tests, then the rest.
    pub checks: Vec<Check>,
    /// Names the bytes of the draft now; a run that names others ran on others. Null without a
    /// draft.
    pub draft: Option<String>,
    /// Rounds of until green when none are given.
    pub rounds: u32,
    /// When until green ends, in words.
    pub rule: String,
}

/// Whose checks.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CheckFor {
    /// The task in whose draft they are looked for; null for the project.
    pub task: Option<String>,
}

/// Runs a check.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CheckRunRequest {
    /// The task.
    pub task: String,
    /// The check.
    pub check: String,
    /// Seconds it may take; null for ten minutes.
    pub seconds: Option<u32>,
}

/// Names a check of a task.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CheckNamed {
    /// The task.
    pub task: String,
    /// The check.
    pub check: String,
}

/// Keeps a check that the person typed.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CheckSave {
    /// The task whose list is answered; null for the project's.
    pub task: Option<String>,
    /// The one to be replaced; null for a new one.
    pub check: Option<String>,
    /// What is run.
    pub command: String,
    /// Whether it runs tests.
    pub tests: bool,
}

/// Removes a check that the person typed.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CheckRemove {
    /// The task whose list is answered; null for the project's.
    pub task: Option<String>,
    /// The check.
    pub check: String,
}

/// Repeats a check and the agent.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CheckUntilGreen {
    /// The task.
    pub task: String,
    /// The check.
    pub check: String,
    /// Rounds at most, up to 20; null for the standard.
    pub rounds: Option<u32>,
}
