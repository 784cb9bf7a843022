//! One run of a check, as the task's log keeps it.

use serde::Deserialize;
use serde::Serialize;

use super::Check;
use super::Counts;
use super::verdict::Verdict;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Which check, as it was then.
    pub check: Check,
    /// Head and tail of what it printed; bounded.
    pub output: String,
    /// What it came to.
    pub verdict: Verdict,
    /// What it counted.
    pub counts: Option<Counts>,
    /// Tests that failed, by name; bounded.
    pub failing: Vec<String>,
    /// Milliseconds of wall time.
    pub duration_ms: u64,
    /// Paths of the draft that it changed, relative to the project.
    pub changed: Vec<String>,
    /// Names the bytes it ran on, see [`crate::project::draft::Draft::stamp`].
    pub draft: String,
    /// How many changes the draft had by then.
    pub change: u32,
}

impl Run {
    /// One that begins now.
    pub fn begun(check: Check) -> Self {
        Self {
            check,
            output: String::new(),
            verdict: Verdict::Running,
            counts: None,
            failing: Vec::new(),
            duration_ms: 0,
            changed: Vec::new(),
            draft: String::new(),
            change: 0,
        }
    }
}
