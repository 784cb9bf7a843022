//! The app, the project and what the welcome screen needs.

use serde::Deserialize;
use serde::Serialize;

/// What the window shows before and around a project.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AppState {
    /// The app's version.
    pub version: String,
    /// Projects opened before, newest first.
    pub recent: Vec<RecentProject>,
    /// The project open in this window.
    pub project: Option<Project>,
    /// Where requests go.
    pub provider: ProviderState,
    /// How commands are confined on this machine.
    pub confinement: Confinement,
    /// The models that can be chosen, the default first.
    pub models: Vec<String>,
    /// Whether the default model's cheaper sibling may answer in its place, by the rules.
    pub automatic: bool,
    /// How hard the default model thinks.
    pub effort: super::Effort,
    /// The efforts that the default model takes, besides its usual one.
    pub efforts: Vec<super::Effort>,
}

/// A project that was opened before.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RecentProject {
    /// Names the project in requests.
    pub id: String,
    /// The folder's name.
    pub name: String,
    /// Where it is, with the home folder shortened to `~`.
    pub place: String,
    /// When it was opened last.
    pub opened_at: u64,
    /// How many of its tasks wait for the person.
    pub needs_you: u32,
    /// How many of its tasks are ready to review.
    pub ready: u32,
    /// Whether the folder is there now.
    pub missing: bool,
}

/// The open project.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Project {
    /// Names the project in requests.
    pub id: String,
    /// The folder's name.
    pub name: String,
    /// Where it is, with the home folder shortened to `~`.
    pub place: String,
    /// Whether this is the sample project, played by scripted replies.
    pub demo: bool,
    /// The request that the sample suggests.
    pub suggestion: Option<String>,
    /// Things the person should know about the folder (read-only, polling, gone).
    pub notices: Vec<String>,
    /// Whether the folder is gone or unmounted right now.
    pub gone: bool,
    /// What the person answered about the folder.
    pub trust: super::Trust,
}

/// Where requests go, without any secret.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProviderState {
    /// Shown to the person: "OpenAI", a host, or "Demo: scripted replies".
    pub name: String,
    /// Whether a request can be sent.
    pub ready: bool,
    /// Why not, and what to do, when it is not ready; else what to know of it.
    pub hint: Option<String>,
}

/// How commands are confined on this machine.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Confinement {
    /// Whether commands can run confined.
    pub available: bool,
    /// One sentence: what confines them, or what is missing and how to get it.
    pub sentence: String,
}

/// Names a project that was opened before.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProjectId {
    /// The project's id.
    pub project: String,
}

/// Opens a folder by path. Only the shell may ask this: a path never comes from script.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProjectOpen {
    /// The folder, as the operating system gave it.
    pub path: String,
}

/// What the window needs to draw an open project from nothing.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Snapshot {
    /// The project.
    pub project: Project,
    /// Its tasks, newest first.
    pub tasks: Vec<super::Task>,
    /// Text typed for a task that was never started.
    pub unsent: String,
}

/// Keeps text that was typed and not sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UnsentText {
    /// The task it was typed into; null for a new task.
    pub task: Option<String>,
    /// The text.
    pub text: String,
}

/// The whole of a reply that has nothing to say.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Nothing {}
