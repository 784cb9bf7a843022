//! The change set as a person reviews it, rows by window, and the transaction that applies it.

use serde::Deserialize;
use serde::Serialize;

use super::ChangeKind;

/// What differs between a task's draft and the project.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ChangeSet {
    /// The task.
    pub task: String,
    /// The files, in reading order.
    pub files: Vec<ChangedFile>,
    /// How many changed files the project ignores; they are not offered.
    pub ignored: u32,
    /// One sentence that is true of the person's folder right now.
    pub folder: String,
    /// Whether the newest decision can be taken back.
    pub can_take_back: bool,
}

/// One changed file.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ChangedFile {
    /// Names the file in requests; stays the same while the task lives.
    pub id: String,
    /// Relative to the project, for display.
    pub path: String,
    /// What happened to it.
    pub change: ChangeKind,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
    /// Names exactly the two versions shown. A decision and an apply carry it, so that nothing
    /// else can be approved than what was on screen.
    pub shown: String,
    /// What the marks on exactly this version come to.
    pub mark: FileMark,
    /// Set when something that was decided is open again, because the agent changed it since.
    pub mark_dropped: bool,
    /// What can be decided about on its own; at least 1, for a file as a whole.
    pub changes: u32,
    /// How many of its changes are decided.
    pub decided: u32,
    /// How many of its changes are approved, at least in part.
    pub approved: u32,
    /// What is decided about its changes, when they are decided differently.
    pub parts: Option<Parts>,
    /// Whether its changes and lines can be decided one by one.
    pub divisible: bool,
    /// Names exactly what an apply of all of it makes of it; null when it is decided in parts, of
    /// which the preview says what they come to.
    pub result: Option<String>,
    /// How the file can be shown.
    pub content: Content,
    /// Why this file needs a closer look (it can run code elsewhere); never part of "approve all".
    pub risk: Option<String>,
    /// Set when the person's own copy changed too.
    pub conflict: Option<String>,
    /// A change of mode or type, in words.
    pub attributes: Option<String>,
    /// Lines of its diff with three unchanged lines around each change; what is folded counts as one.
    pub lines: u32,
    /// Set when the diff was cut short and is correct but coarse.
    pub imprecise: bool,
    /// Said above the rows: "Only line endings differ", an encoding, sizes of a binary.
    pub notes: Vec<String>,
    /// Who made the change.
    pub author: Author,
}

/// Who made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Author {
    /// The agent.
    Agent,
    /// The person.
    You,
    /// One after the other.
    Both,
}

/// How a file can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Content {
    /// As rows of text.
    Text,
    /// Only by size and hash.
    Binary,
    /// Text, but too large to show unasked.
    TooLarge,
    /// A symbolic link; the rows show its target.
    Link,
}

/// A mark of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Mark {
    /// Not decided.
    Undecided,
    /// To be applied.
    Approved,
    /// Not to be applied.
    Rejected,
}

/// What the marks of a file's parts come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum FileMark {
    /// Nothing is decided.
    Undecided,
    /// All of it is approved.
    Approved,
    /// All of it is rejected.
    Rejected,
    /// Its parts are decided differently.
    Mixed,
}

/// What is decided inside a file.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Parts {
    /// Of each change, in order.
    pub hunks: Vec<FileMark>,
    /// Of the decided lines of changes that are mixed, in order.
    pub lines: Vec<LineMark>,
}

/// The mark of one line.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LineMark {
    /// Its row.
    pub row: u32,
    /// Its side.
    pub side: Column,
    /// Its mark; never undecided.
    pub mark: Mark,
}

/// The left or the right column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Column {
    /// Left.
    Old,
    /// Right.
    New,
}

/// Sets the mark of some files, or of parts of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReviewDecide {
    /// The task.
    pub task: String,
    /// What is decided about, as it was shown.
    pub files: Vec<Subject>,
    /// The mark.
    pub mark: Mark,
    /// Whether it is for what is not decided yet only.
    pub rest: bool,
}

/// A file, or parts of it, in exactly the version that was on screen.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Subject {
    /// The file's id.
    pub file: String,
    /// The `shown` of the version on screen.
    pub shown: String,
    /// The parts of it; empty for the whole file.
    pub parts: Vec<Part>,
}

/// A part of a file's diff.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Part {
    /// One change.
    Hunk {
        /// Its number in [`FileDiff::hunks`].
        hunk: u32,
    },
    /// The lines of some rows that are part of a change.
    Rows {
        /// First row.
        from: u32,
        /// Number of rows.
        count: u32,
        /// On this side only; on both when it is null.
        side: Option<Column>,
    },
}

/// A file in exactly the version that was on screen, and what an apply makes of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConfirmedFile {
    /// The file's id.
    pub file: String,
    /// The `shown` of the version on screen.
    pub shown: String,
    /// The `result` of the preview.
    pub result: String,
}

/// Asks for the shape of one file's diff.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReviewOpen {
    /// The task.
    pub task: String,
    /// The file's id.
    pub file: String,
    /// Lines of unchanged text around each change; null for all lines.
    pub context: Option<u32>,
}

/// The shape of one file's diff: enough to lay it out, without its text.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FileDiff {
    /// The file's id.
    pub file: String,
    /// The version this describes; asks for rows carry it.
    pub shown: String,
    /// All rows of the aligned file, folded ones included.
    pub rows: u32,
    /// The parts on screen and the folded parts between them, in order.
    pub segments: Vec<Segment>,
    /// The changes, in order.
    pub hunks: Vec<Hunk>,
    /// The columns of a code font that the longest line may take, for sliding sideways.
    pub widest: u32,
}

/// A run of rows that is shown or folded.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Segment {
    /// First row.
    pub from: u32,
    /// Number of rows.
    pub count: u32,
    /// Whether the rows are folded away.
    pub folded: bool,
}

/// One change of a file.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Hunk {
    /// First row.
    pub from: u32,
    /// Number of rows.
    pub count: u32,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// Asks for the text of some rows. Answered as raw bytes: the JSON text of a [`RowPage`].
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReviewRows {
    /// The task.
    pub task: String,
    /// The file's id.
    pub file: String,
    /// The version, from [`FileDiff::shown`].
    pub shown: String,
    /// First row.
    pub from: u32,
    /// Number of rows, at most 512.
    pub count: u32,
    /// The text alone, without waiting for its colours.
    #[serde(default)]
    pub plain: bool,
}

/// Some rows of a file.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RowPage {
    /// First row.
    pub from: u32,
    /// The rows.
    pub rows: Vec<Row>,
    /// False when time ran out before all lines had their colours: asking again gets further.
    pub coloured: bool,
}

/// One row: a line of the old text, of the new text, or both.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Row {
    /// How the two sides relate.
    pub kind: RowKind,
    /// The left line.
    pub old: Option<Line>,
    /// The right line; for `same` rows it is null when it equals the left one in everything
    /// but its number, which is then `new_number`.
    pub new: Option<Line>,
    /// The right line's number in a `same` row.
    pub new_number: Option<u32>,
}

/// How the two sides of a row relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum RowKind {
    /// Equal.
    Same,
    /// Two lines that resemble each other.
    Changed,
    /// Only on the left.
    Removed,
    /// Only on the right.
    Added,
}

/// One line of text.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Line {
    /// Counted from 1.
    pub number: u32,
    /// Without its terminator; cut at 10,000 characters.
    pub text: String,
    /// Syntax: `[start, length, class]` in UTF-16 units, in order, for the CSS roles `code-CLASS`.
    pub syntax: Vec<(u32, u32, String)>,
    /// Changed words: `[start, length]` in UTF-16 units.
    pub words: Vec<(u32, u32)>,
    /// Hidden characters: `[start, length, name]` in UTF-16 units.
    pub hidden: Vec<(u32, u32, String)>,
    /// The terminator where it is not `\n`: "CRLF", "none".
    pub ending: Option<String>,
}

/// What Apply is about to write.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ApplyPreview {
    /// The files that would be written, as shown.
    pub files: Vec<ApplyFile>,
    /// Files that stay out: rejected, undecided, risky ones that nobody approved.
    pub left_out: Vec<String>,
    /// Whether nothing was marked, so that all (but risky) files are meant.
    pub all: bool,
    /// Why it cannot be applied now.
    pub blocked: Option<String>,
}

/// One file that Apply would write.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ApplyFile {
    /// The file's id.
    pub file: String,
    /// The version on screen.
    pub shown: String,
    /// Names exactly what it will be.
    pub result: String,
    /// Relative to the project.
    pub path: String,
    /// What will happen to it.
    pub change: ChangeKind,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
    /// Of its changes, how many are written at least in part.
    pub approved: u32,
    /// How many changes it has.
    pub changes: u32,
}

/// Applies exactly these files in exactly these versions.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ApplyCommit {
    /// The task.
    pub task: String,
    /// From the preview that was confirmed.
    pub files: Vec<ConfirmedFile>,
}

/// What came of an apply, an undo or a redo.
#[derive(Debug, Clone, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ApplyOutcome {
    /// It is in the folder.
    Done {
        /// The history's entry.
        apply: Apply,
    },
    /// Nothing was written, because these files changed in the folder since they were shown.
    Conflict {
        /// One sentence.
        message: String,
        /// Both versions of each file.
        files: Vec<ConflictFile>,
    },
}

/// A file that changed under an apply or an undo.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConflictFile {
    /// Relative to the project.
    pub path: String,
    /// Why it is a conflict, in words.
    pub reason: String,
    /// What the folder holds now; null when it is not text or is not there.
    pub yours: Option<String>,
    /// What would have been written; null when it is not text or would be deleted.
    pub theirs: Option<String>,
}

/// Names an apply in the history.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ApplyId {
    /// The apply's id.
    pub apply: String,
}

/// One apply in the history of a project.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Apply {
    /// Names it in requests.
    pub id: String,
    /// The task it came from.
    pub task: String,
    /// When.
    pub applied_at: u64,
    /// The files it wrote.
    pub paths: Vec<String>,
    /// Whether it is undone at present.
    pub undone: bool,
}
