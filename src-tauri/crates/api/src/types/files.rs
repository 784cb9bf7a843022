//! The project's files as the window shows them: folders, names found, one file's text.

use serde::Deserialize;
use serde::Serialize;

use super::ChangeKind;

/// Asks what folders hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FilesList {
    /// The task whose draft is looked at too; none for the project alone.
    pub task: Option<String>,
    /// The folders, each answered in its place.
    pub folders: Vec<FolderAsked>,
}

/// One folder that is asked about.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FolderAsked {
    /// The folder; none for the project itself.
    pub folder: Option<String>,
    /// How many names at most.
    pub most: u32,
}

/// What a folder holds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Folder {
    /// The first names: folders, then files.
    pub entries: Vec<FileEntry>,
    /// How many there are in all.
    pub all: u32,
}

/// One name in a folder.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FileEntry {
    /// Names it in requests.
    pub id: String,
    /// As shown.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// What the task did to it.
    pub change: Option<ChangeKind>,
    /// How many changed files lie below a folder.
    pub below: u32,
    /// Whether the project ignores it.
    pub ignored: bool,
    /// Whether the person's folder has it.
    pub in_project: bool,
    /// Whether the task's draft has it.
    pub in_draft: bool,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A file.
    File,
    /// A symbolic link.
    Link,
    /// A FIFO, socket or device.
    Special,
}

/// Looks for files by a few letters.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FilesFind {
    /// The task whose draft is looked at too.
    pub task: Option<String>,
    /// What was typed; nothing for the files opened lately.
    pub text: String,
}

/// Files that fit what was typed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FilesFound {
    /// The best first.
    pub files: Vec<FoundFile>,
    /// How many files were looked through.
    pub all: u32,
}

/// One file that fits.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FoundFile {
    /// Names it in requests.
    pub id: String,
    /// Relative to the project, for display.
    pub path: String,
    /// Which letters of the path fit, as UTF-16 offsets.
    pub letters: Vec<u32>,
    /// What the task did to it.
    pub change: Option<ChangeKind>,
}

/// Which of the two trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Side {
    /// The person's folder.
    Project,
    /// The task's private copy.
    Draft,
}

/// Names a file of a tree.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FileOpen {
    /// The task whose draft is meant.
    pub task: Option<String>,
    /// The file.
    pub file: String,
    /// From which tree.
    pub side: Side,
}

/// A file as the editor shows it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FileView {
    /// Names the file in requests.
    pub file: String,
    /// Relative to the project, for display.
    pub path: String,
    /// From which tree it is.
    pub side: Side,
    /// Names exactly these bytes.
    pub version: String,
    /// Its text, every line ending in a line feed; none when it cannot be shown.
    pub text: Option<String>,
    /// Why there is no text, in one sentence.
    pub instead: Option<String>,
    /// What saving keeps, for the status line: the encoding and the line endings.
    pub kept: String,
    /// Text typed into the draft's file and not saved, with the version it began from.
    pub unsaved: Option<Unsaved>,
}

/// Text typed and not saved.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Unsaved {
    /// The version that the typing began from.
    pub version: String,
    /// All of it.
    pub text: String,
}

/// Keeps text typed into a draft's file and not saved.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FileKeep {
    /// The task.
    pub task: String,
    /// The file.
    pub file: String,
    /// The version that the typing began from.
    pub version: String,
    /// All of it; none gives it up.
    pub text: Option<String>,
}

/// Saves text into a draft's file.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FileSave {
    /// The task.
    pub task: String,
    /// The file.
    pub file: String,
    /// The version that the typing began from.
    pub version: String,
    /// All of it.
    pub text: String,
}

/// How saving ended.
#[derive(Debug, Clone, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum FileSaved {
    /// The draft holds the text.
    Saved {
        /// Names the bytes that it became.
        version: String,
    },
    /// The draft's file is another one by now. Nothing was written.
    Moved {},
}

/// Names a file or folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FileNamed {
    /// The task whose tree it was seen in.
    pub task: Option<String>,
    /// The file or folder.
    pub file: String,
}

/// A file that was opened outside, and what to know about it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OpenedOutside {
    /// One sentence that says which version it is.
    pub sentence: String,
}

/// A file with text that was not saved.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UnsavedFile {
    /// Names it in requests.
    pub file: String,
    /// Relative to the project, for display.
    pub path: String,
}
