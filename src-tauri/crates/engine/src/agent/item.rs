//! What a turn is made of, as the person sees it and as the task's log keeps it.
//!
//! An [`Item`] starts, may grow by deltas, and completes. It is the readable side of the
//! conversation; the exact items that go back to the model are kept beside it as raw JSON (see
//! `agent::history`), because the wire must be replayed to the letter and this may not.

use serde::Deserialize;
use serde::Serialize;

use crate::attachments::Attachment;
use crate::checks::run::Run;
use crate::checks::until_green::Rounds;

/// One entry of a turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Unique within the task; stable from start to completion.
    pub id: String,
    /// The turn the item belongs to.
    pub turn: u32,
    /// Milliseconds since the Unix epoch.
    pub started_at: u64,
    /// When the item completed; `None` while it is under way.
    pub completed_at: Option<u64>,
    /// What the item is.
    pub kind: ItemKind,
}

/// The kinds of items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ItemKind {
    /// A message of the person.
    Message {
        /// What was typed.
        text: String,
        /// What was attached, in order.
        #[serde(default)]
        attachments: Vec<Attachment>,
    },
    /// A message of the agent, in Markdown.
    Answer {
        /// The text so far.
        text: String,
    },
    /// The answer that follows was given before, to the same question about the same files.
    Earlier {
        /// When, in milliseconds since the Unix epoch.
        at: u64,
    },
    /// Who answers, as the rules of [`crate::model::choice`] chose.
    Automatic(Chosen),
    /// A summary of the model's reasoning.
    Reasoning {
        /// The text so far.
        text: String,
    },
    /// The visible checklist.
    Plan {
        /// Why it changed, in the agent's words.
        explanation: Option<String>,
        /// The steps in order.
        steps: Vec<PlanStep>,
    },
    /// A command run in the draft.
    Command {
        /// The script or the words of the command.
        command: String,
        /// Where it ran, relative to the project; empty for its root.
        cwd: String,
        /// Head and tail of what it printed; bounded.
        output: String,
        /// How it ended.
        outcome: CommandOutcome,
        /// Milliseconds of wall time.
        duration_ms: u64,
        /// Paths of the draft that it changed, relative to the project.
        changed: Vec<String>,
    },
    /// A patch applied to the draft.
    Patch {
        /// What changed, per file.
        files: Vec<PatchedFile>,
        /// Why it was not applied; then nothing changed.
        error: Option<String>,
    },
    /// A picture of the project that the model looked at.
    ImageView {
        /// Relative to the project.
        path: String,
        /// Why it could not be looked at.
        error: Option<String>,
    },
    /// A call that could not be carried out (unknown tool, broken arguments).
    BadCall {
        /// The tool's name as the model gave it.
        tool: String,
        /// What was wrong.
        error: String,
    },
    /// An action outside the task's permission mode that was refused.
    Refused {
        /// What it would have done, in plain words.
        action: String,
        /// Why it was refused.
        reason: String,
    },
    /// The conversation was made shorter so that it fits the model's window.
    Compaction {
        /// The model's own summary of what is not kept to the letter; empty where there is none
        /// that can be read.
        #[serde(default)]
        summary: String,
        /// What was kept and what was not.
        #[serde(default)]
        about: Compacted,
    },
    /// A check that the person ran in the draft.
    CheckRun(Box<Run>),
    /// A check and the agent in turn, until the check passes.
    UntilGreen(Rounds),
    /// Something went wrong; the task stays usable.
    Error {
        /// For the program.
        code: String,
        /// One sentence that names the thing.
        message: String,
        /// The next step.
        hint: String,
        /// How long, in milliseconds from its end, the provider asks to be left alone; only where the
        /// person is asked whether to wait so long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wait_ms: Option<u64>,
    },
}

/// A choice between a model and its cheaper sibling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// Who answers.
    pub model: String,
    /// Who could have been asked in its place.
    pub other: Option<String>,
    /// The name of the rule that decided.
    pub rule: String,
    /// Why, as the end of a sentence.
    pub because: String,
}

impl std::fmt::Display for Chosen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Automatic: {}, because {}.", self.model, self.because)
    }
}

/// What a compaction did, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Compacted {
    /// Tokens of the conversation before.
    pub before: u64,
    /// Tokens since.
    pub after: u64,
    /// Messages of the person that are kept word for word.
    pub whole: u32,
    /// Messages that were cut in the middle.
    pub cut: u32,
    /// Messages of which only the number is kept.
    pub left_out: u32,
    /// Results of calls that are not sent any more.
    pub steps: u32,
    /// Pictures that are named and not sent again.
    pub pictures: u32,
    /// Whether the summary can be read by the provider only.
    pub sealed: bool,
    /// Why there is no summary by the model; one sentence.
    pub without: Option<String>,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CommandOutcome {
    /// Still running.
    Running,
    /// It ended by itself with this code.
    Exited {
        /// The exit code; 128 + n for signal n.
        code: i32,
    },
    /// It was ended because it took too long.
    TimedOut,
    /// The person pressed Stop.
    Stopped,
    /// It could not be started.
    NotStarted,
}

/// One step of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanStep {
    /// What is to be done.
    pub step: String,
    /// How far it is.
    pub status: StepStatus,
}

/// How far a step of the plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Not begun.
    Pending,
    /// Being worked on.
    InProgress,
    /// Done.
    Completed,
}

/// One file that a patch changed in the draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatchedFile {
    /// Relative to the project.
    pub path: String,
    /// What happened to it.
    pub change: FileChangeKind,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileChangeKind {
    /// It did not exist before.
    Added,
    /// Its bytes, mode or link target differ.
    Modified,
    /// It is gone.
    Deleted,
}
