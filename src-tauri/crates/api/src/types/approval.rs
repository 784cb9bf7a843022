//! Questions of the agent to the person, and their answers.

use serde::Deserialize;
use serde::Serialize;

/// A question that waits for the person.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Approval {
    /// Names this question, once; an answer carries it back.
    pub nonce: String,
    /// When it was asked.
    pub asked_at: u64,
    /// What it is about.
    pub kind: ApprovalKind,
    /// The question.
    pub title: String,
    /// What will happen, in a sentence or two, in the app's words.
    pub text: String,
    /// Why, in the agent's words; may be empty.
    pub reason: String,
    /// The command or the patch, to the letter.
    pub exact: String,
    /// The same as it is to be shown.
    pub shown: Vec<ExactPiece>,
    /// Whether the command may be changed before it is allowed once.
    pub editable: bool,
    /// Where, what it can reach, what it can write, what stays.
    pub facts: Vec<ApprovalFact>,
    /// What "For this task" means here; null where it is not offered.
    pub for_task: Option<String>,
    /// What "Always exactly this" means here; null where it is not offered.
    pub always: Option<String>,
}

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ApprovalKind {
    /// A command that leaves the task's mode.
    Command,
    /// A step that installs packages.
    Install,
    /// A site that a running command wants to reach.
    Site,
    /// An edit in a task that only reads.
    Edit,
}

/// A piece of an exact text.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ExactPiece {
    /// The text, or the name of what would not be seen.
    pub text: String,
    /// Whether it is such a name.
    pub hidden: bool,
}

/// One thing that is true of what is asked about.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ApprovalFact {
    /// "Can reach"
    pub label: String,
    /// "example.com; you are asked about any other"
    pub text: String,
}

/// Answers a question.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ApprovalAnswer {
    /// The task.
    pub task: String,
    /// The question.
    pub nonce: String,
    /// The answer.
    pub decision: ApprovalDecision,
}

/// A person's answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ApprovalDecision {
    /// It may be done.
    Allow {
        /// For how long.
        scope: ApprovalScope,
        /// The command in the person's own words; null leaves it as it is.
        command: Option<String>,
    },
    /// It may not.
    Deny {
        /// What the agent is told beside that; may be empty.
        note: String,
    },
}

/// For how long something is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ApprovalScope {
    /// Only now.
    Once,
    /// For this task, until its folder is closed.
    Task,
    /// In this project from now on, in exactly these bytes.
    Always,
}

/// Something that is always allowed in the open project.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AlwaysAllowed {
    /// Names it.
    pub id: String,
    /// The exact command, as it is to be shown.
    pub command: Vec<ExactPiece>,
    /// The folder it runs in, relative to the project; empty for its root.
    pub folder: String,
    /// What it may write and reach.
    pub may: String,
    /// Since when.
    pub made_at: u64,
}

/// Everything that is always allowed in the open project.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AlwaysAllowedSet {
    /// Newest first.
    pub entries: Vec<AlwaysAllowed>,
}

/// Names something that is always allowed.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AlwaysAllowedId {
    /// Its id.
    pub id: String,
}
