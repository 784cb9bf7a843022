//! A task with a change set, made the way every change set is: a model asked for a command, and the
//! command changed the files of the draft.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use api::Connection;
use api::Desk;
use api::Failure;
use api::MAIN_WINDOW;
use api::Places;
use api::SHELL;
use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;

use crate::Problem;
use crate::corpus::Pair;

/// The folder of the project from which the command takes the new texts.
const NEXT: &str = "next";

/// An open project with one task that is ready to review.
pub(crate) struct Reviewed {
    /// What the window asks.
    pub(crate) desk: Arc<Desk>,
    /// The task.
    pub(crate) task: String,
    runtime: tokio::runtime::Runtime,
    _model: Model,
    _around: tempfile::TempDir,
}

impl Reviewed {
    /// Has the files, each with its path, changed in a draft.
    pub(crate) fn of(files: &[(String, Pair)]) -> Result<Self, Problem> {
        let around = tempfile::tempdir().map_err(|error| error.to_string())?;
        let project = around.path().join("project");
        for (path, pair) in files {
            written(&project.join(path), &pair.old)?;
            written(&project.join(NEXT).join(path), &pair.new)?;
        }
        let home = around.path().join("home");
        fs::create_dir_all(&home).map_err(|error| error.to_string())?;
        let model = Model::start([
            Reply::shell(&format!("cp -r {NEXT}/. .")),
            Reply::text("All files are changed."),
        ]);
        let connection = Connection::from_environment(|name| match name {
            "OPENAI_API_KEY" => Some("sk-bench".to_owned()),
            "OPENAI_BASE_URL" => Some(model.base_url()),
            _ => None,
        });
        let data = around.path().join("data");
        let places = Places {
            settings: data.join("settings.toml"),
            data,
            home,
            environment: std::env::vars_os().collect(),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let guard = runtime.enter();
        let desk = Desk::open(places, connection).map_err(said)?;
        drop(guard);
        let task = runtime.block_on(worked(&desk, &project)).map_err(said)?;
        let reviewed = Self {
            desk,
            task,
            runtime,
            _model: model,
            _around: around,
        };
        let set = reviewed.call("review/changes", json!({ "task": reviewed.task }))?;
        match set["files"].as_array().map_or(0, Vec::len) {
            found if found == files.len() => Ok(reviewed),
            found => Err(format!("{found} files changed of {}.", files.len())),
        }
    }

    /// Asks what the window would ask.
    pub(crate) fn call(&self, name: &str, request: Value) -> Result<Value, Problem> {
        let answer = self.desk.call(MAIN_WINDOW, name, request);
        self.runtime.block_on(answer).map_err(said)
    }

    /// The threads of the desk, for whoever serves it.
    pub(crate) fn runtime(&self) -> &tokio::runtime::Runtime {
        &self.runtime
    }
}

impl Drop for Reviewed {
    fn drop(&mut self) {
        self.runtime.block_on(self.desk.close());
    }
}

fn said(failure: Failure) -> Problem {
    format!("{} {}", failure.message, failure.hint)
}

fn written(file: &Path, text: &str) -> Result<(), Problem> {
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(file, text))
        .map_err(|error| format!("{}: {error}", file.display()))
}

/// Opens the project, starts the task and waits for its end.
async fn worked(desk: &Arc<Desk>, project: &Path) -> Result<String, Failure> {
    let open = json!({ "path": project });
    desk.call(SHELL, "project/open", open).await?;
    let trust = json!({ "trusted": true });
    desk.call(MAIN_WINDOW, "project/trust", trust).await?;
    let start =
        json!({ "text": "Change all files.", "model": "gpt-5-codex", "permission": "auto" });
    let task = desk.call(MAIN_WINDOW, "task/start", start).await?;
    let id = task["id"].as_str().unwrap_or_default().to_owned();
    let mut cursor = 0;
    loop {
        cursor = desk.events_after(cursor).await.cursor;
        let view = desk
            .call(MAIN_WINDOW, "task/get", json!({ "task": id }))
            .await?;
        let task = &view["task"];
        match (task["turn"].as_str(), task["state"].as_str()) {
            (Some("running"), _) => {}
            (_, Some("readyToReview")) => return Ok(id),
            _ => return Err(Failure::failed(format!("The task ended as {task}."), "")),
        }
    }
}
