//! Tasks and the items their turns are made of.

use serde::Deserialize;
use serde::Serialize;

use super::CheckResult;
use super::UntilGreenEnding;

/// One goal in one conversation.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Task {
    /// Names the task in requests.
    pub id: String,
    /// What it is called; at first the beginning of its first message.
    pub title: String,
    /// Where it stands.
    pub state: TaskState,
    /// A few words beside the state: "Step 2 of 5", "3 files", "stopped by you".
    pub detail: String,
    /// How the newest turn stands.
    pub turn: TurnState,
    /// The chosen model.
    pub model: String,
    /// Whether its cheaper sibling may answer in its place, by the rules.
    pub automatic: bool,
    /// How hard it thinks.
    pub effort: super::Effort,
    /// The efforts that it takes, besides its usual one.
    pub efforts: Vec<super::Effort>,
    /// What the agent may do without asking.
    pub permission: Permission,
    /// When it was started.
    pub created_at: u64,
    /// When it last did something.
    pub changed_at: u64,
    /// Files in the change set.
    pub files: u32,
    /// The newest apply of this task that can be undone.
    pub undo: Option<String>,
    /// Context used, 0 to 100.
    pub context_percent: u32,
    /// Tokens that the conversation takes.
    pub context_used: u64,
    /// Whether the conversation is being made shorter, apart from a turn.
    pub compacting: bool,
    /// A cheaper model that is offered.
    pub offer: Option<String>,
    /// Whether its turn waits for a budget.
    pub over_budget: bool,
    /// When its provider lets itself be asked again; only where the turn waits for the person to say
    /// whether to wait so long.
    pub waits_until: Option<u64>,
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum TaskState {
    /// Waits for another task.
    Queued,
    /// The agent is at work.
    Working,
    /// An approval or a question waits for the person.
    NeedsYou,
    /// A limit or the network holds it up.
    Paused,
    /// The agent is done and changed nothing: there is an answer to read.
    Answered,
    /// The agent is done and there are changes to review.
    ReadyToReview,
    /// Some of its changes are in the project.
    PartlyApplied,
    /// All of its approved changes are in the project.
    Applied,
    /// Ended by the person, by a failure or by a crash; can go on.
    Stopped,
    /// Put away.
    Archived,
}

/// How a turn stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum TurnState {
    /// Under way.
    Running,
    /// The agent had its last word.
    Done,
    /// Stopped by the person.
    Stopped,
    /// Ended by an error; the task stays usable.
    Failed,
    /// The app ended in the middle of it; Continue resumes.
    Interrupted,
}

/// What the agent may do without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Permission {
    /// Read only.
    ReadOnly,
    /// Edit and run in the draft, without network.
    Auto,
    /// Network and more; the project's path is still the draft.
    Full,
}

/// Starts a task.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TaskStart {
    /// What the person wants.
    pub text: String,
    /// What is attached to it, by id, in the order to send it.
    #[serde(default)]
    pub attachments: Vec<String>,
    /// Null for the default model; `auto` has the rules choose between it and its cheaper sibling.
    pub model: Option<String>,
    /// Null for the default effort.
    pub effort: Option<super::Effort>,
    /// What the agent may do without asking.
    pub permission: Permission,
}

/// Sends a message to a task: a new turn, or a word in the running one.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TaskSend {
    /// The task.
    pub task: String,
    /// The message.
    pub text: String,
    /// What is attached to it, by id, in the order to send it.
    #[serde(default)]
    pub attachments: Vec<String>,
}

/// Runs the last message again with other words. What was attached to it goes with it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TaskResend {
    /// The task.
    pub task: String,
    /// The message.
    pub text: String,
}

/// Changes how a task goes on from its next turn.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TaskConfigure {
    /// The task.
    pub task: String,
    /// The model from now on; null leaves it, and `auto` has the rules choose between it and its
    /// cheaper sibling.
    pub model: Option<String>,
    /// The effort from now on; null leaves it.
    pub effort: Option<super::Effort>,
    /// The permission mode from now on; null leaves it.
    pub permission: Option<Permission>,
}

/// Names a task.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TaskId {
    /// The task's id.
    pub task: String,
}

/// One task with everything said in it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TaskView {
    /// The task.
    pub task: Task,
    /// All items in order.
    pub items: Vec<Item>,
    /// Questions that wait for the person, the oldest first.
    pub approvals: Vec<super::Approval>,
    /// Text typed and not sent.
    pub unsent: String,
    /// How the draft was made, in one sentence.
    pub draft: String,
    /// What of the project is not in the draft, a sentence each.
    pub draft_notes: Vec<String>,
    /// What it waits for now.
    pub waiting: Option<Wait>,
}

/// A wait that goes on.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Wait {
    /// Why, in words.
    pub text: String,
    /// Milliseconds until the next try; 0 where no try is due by itself.
    pub ms: u64,
}

/// One entry of a turn.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Item {
    /// Unique within the task; stable from start to completion.
    pub id: String,
    /// The turn it belongs to, counted from 1.
    pub turn: u32,
    /// When it began.
    pub started_at: u64,
    /// When it ended; null while it is under way.
    pub completed_at: Option<u64>,
    /// What it is.
    pub kind: ItemKind,
}

/// The kinds of items.
#[derive(Debug, Clone, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ItemKind {
    /// A message of the person.
    Message {
        /// What was typed.
        text: String,
        /// What was attached, in order.
        attachments: Vec<super::Attachment>,
    },
    /// A message of the agent.
    Answer {
        /// Markdown, as blocks: parsed in Rust, so that the window renders a tree and no HTML.
        text: String,
    },
    /// Who answers, as the rules chose.
    Automatic(super::ModelChosen),
    /// A summary of the model's reasoning.
    Reasoning {
        /// The text so far.
        text: String,
    },
    /// The agent's checklist.
    Plan {
        /// The steps in order.
        steps: Vec<PlanStep>,
    },
    /// A command run in the draft.
    Command {
        /// What was run.
        command: String,
        /// Where, relative to the project; empty for its root.
        folder: String,
        /// What it printed: head and tail, sanitised.
        output: String,
        /// How it ended.
        outcome: CommandOutcome,
        /// The exit code, when it ended by itself.
        exit_code: Option<i32>,
        /// Wall time in milliseconds.
        duration_ms: u64,
        /// Files of the draft it changed.
        changed: Vec<String>,
        /// A test run's counts, when the output was one.
        tests: Option<TestCounts>,
    },
    /// A patch applied to the draft.
    Patch {
        /// What changed, per file.
        files: Vec<PatchedFile>,
        /// Why it was not applied; then nothing changed.
        error: Option<String>,
    },
    /// A picture the model looked at.
    ImageView {
        /// Relative to the project.
        path: String,
        /// Why it could not.
        error: Option<String>,
    },
    /// Something the model asked for that does not exist or made no sense.
    BadCall {
        /// The tool's name as the model gave it.
        tool: String,
        /// What was wrong.
        error: String,
    },
    /// An action outside the permission mode.
    Refused {
        /// What it would have done.
        action: String,
        /// Why it was refused.
        reason: String,
    },
    /// The answer that follows was given before.
    Earlier {
        /// When.
        at: u64,
    },
    /// The conversation was shortened to fit the model.
    Compaction {
        /// One sentence, with the tokens before and after.
        text: String,
        /// What was kept and what was left out, in counts; empty while it is under way.
        detail: String,
    },
    /// A check that the person ran in the draft.
    Check {
        /// Names the check.
        check: String,
        /// What was run.
        command: String,
        /// Where, relative to the project; empty for its root.
        folder: String,
        /// What it printed: head and tail, sanitised.
        output: String,
        /// What it came to.
        result: CheckResult,
        /// The same as a sentence.
        sentence: String,
        /// Whether the agent can be asked to mend it.
        sendable: bool,
        /// What it counted.
        tests: Option<TestCounts>,
        /// Tests that failed, by name; the first 200.
        failing: Vec<String>,
        /// Wall time in milliseconds.
        duration_ms: u64,
        /// Files of the draft it changed.
        changed: Vec<String>,
        /// Names the bytes it ran on; the same as in [`CheckList`] while nothing has changed.
        draft: String,
        /// How many changes the draft had by then.
        change: u32,
    },
    /// A check and the agent in turn, until the check passes.
    UntilGreen {
        /// Names the check.
        check: String,
        /// What it runs.
        command: String,
        /// The round under way or the last one, from 1; 0 before the first.
        round: u32,
        /// Rounds at most.
        limit: u32,
        /// How it ended; null while it is under way.
        ending: Option<UntilGreenEnding>,
        /// How it ended, as a sentence; empty while it is under way.
        sentence: String,
    },
    /// Something went wrong; the task stays usable.
    Error {
        /// What the window may match.
        code: String,
        /// One sentence that names the thing.
        message: String,
        /// The next step.
        hint: String,
    },
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum CommandOutcome {
    /// Still running.
    Running,
    /// Ended by itself.
    Exited,
    /// Ended because it took too long.
    TimedOut,
    /// Ended by Stop.
    Stopped,
    /// Could not be started.
    NotStarted,
}

/// What a test run counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TestCounts {
    /// Tests that passed.
    pub passed: u32,
    /// Tests that failed.
    pub failed: u32,
    /// Tests that were not run.
    pub skipped: u32,
}

/// One step of the plan.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PlanStep {
    /// What is to be done.
    pub step: String,
    /// How far it is.
    pub status: StepStatus,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum StepStatus {
    /// Not begun.
    Pending,
    /// Being worked on.
    InProgress,
    /// Done.
    Completed,
}

/// One file of a patch.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PatchedFile {
    /// Relative to the project.
    pub path: String,
    /// What happened to it.
    pub change: ChangeKind,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ChangeKind {
    /// It did not exist before.
    Added,
    /// Its bytes, mode or link target differ.
    Modified,
    /// It is gone.
    Deleted,
}

/// One item of a task.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TaskItem {
    /// The task.
    pub task: String,
    /// The item's id.
    pub item: String,
}

/// What goes on of a conversation after a compaction.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct KeptText {
    /// To the letter.
    pub text: String,
}
