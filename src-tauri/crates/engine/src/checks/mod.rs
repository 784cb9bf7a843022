//! Checks: the runnable things a project has, and what a run of one says.
//!
//! [`find`] names them from the project's files and runs nothing. [`reader`] takes what a run prints,
//! as it comes, and [`verdict`] says what it came to. [`until_green`] repeats check and agent as a
//! pure machine; [`message`] puts failures into words for the agent.

pub mod counts;
mod failing;
pub mod find;
pub mod message;
pub mod reader;
pub mod run;
mod summaries;
pub mod until_green;
pub mod verdict;

use serde::Deserialize;
use serde::Serialize;

pub use self::counts::Counts;
pub use self::counts::counts;

/// What a check is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It runs tests: it is green only when some were counted and none failed.
    Test,
    /// It looks at the code, such as a linter or a type checker; its exit code says how it went.
    Lint,
    /// It builds; its exit code says how it went.
    Build,
    /// Anything else that the person typed; its exit code says how it went.
    Other,
}

/// A runnable thing the project has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Names it within the project; the same after a restart.
    pub id: String,
    /// What is run, by `bash`.
    pub command: String,
    /// Where, relative to the project; empty for its root.
    pub folder: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Whether the person typed it.
    pub own: bool,
    /// Where it comes from: "test script of package.json", "typed by you".
    pub from: String,
}
