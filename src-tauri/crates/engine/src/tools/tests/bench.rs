//! A project, a draft of it, and the tools over it.

use std::env;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;

use sandbox::Tier;
use sandbox::Unavailable;
use serde_json::Value;
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::agent::item::CommandOutcome;
use crate::agent::item::ItemKind;
use crate::model::catalog::Model;
use crate::project::draft::Draft;
use crate::project::homes::Homes;
use crate::project::open::Project;
use crate::store::blobs::Blobs;
use crate::tools::Confinement;
use crate::tools::DraftTools;
use crate::tools::Permission;
use crate::tools::Progress;
use crate::tools::ToolCall;
use crate::tools::ToolInput;
use crate::tools::ToolResult;
use crate::tools::Tools;

pub(super) struct Bench {
    root: tempfile::TempDir,
    pub(super) draft: Draft,
    pub(super) tools: DraftTools,
}

pub(super) fn tier(scratch: &Path) -> Tier {
    fs::create_dir_all(scratch).unwrap();
    sandbox::probe(OsStr::new("/usr/bin:/bin"), &[], scratch)
        .expect("these tests need a machine that can confine commands")
}

impl Bench {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        Self::prepared(|project| {
            for (path, text) in files {
                let at = project.join(path);
                fs::create_dir_all(at.parent().unwrap()).unwrap();
                fs::write(at, text).unwrap();
            }
        })
    }

    /// With a project that `prepare` fills.
    pub(super) fn prepared(prepare: impl FnOnce(&Path)) -> Self {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join("data");
        let project = root.path().canonicalize().unwrap().join("project");
        fs::create_dir_all(&project).unwrap();
        prepare(&project);
        let blobs = Blobs::open(&data.join("blobs")).unwrap();
        let opened = Project::open(&project, &data, Path::new("/nobody")).unwrap();
        let stop = CancellationToken::new();
        let draft = Draft::create(&opened, &data.join("draft"), blobs, &|_| (), &stop).unwrap();
        let tier = tier(&data.join("scratch"));
        let confinement = confinement(&project, &data, Ok(tier));
        let tools = DraftTools::new(
            draft.clone(),
            Arc::new(confinement),
            Permission::Auto,
            Model::named("gpt-5-codex"),
        );
        Self { root, draft, tools }
    }

    pub(super) fn with(mut self, permission: Permission) -> Self {
        self.tools.permission = permission;
        self
    }

    pub(super) fn confinement_with(&self, tier: Result<Tier, Unavailable>) -> Confinement {
        confinement(&self.project(), &self.root.path().join("data"), tier)
    }

    pub(super) fn project(&self) -> PathBuf {
        self.draft.seen_at().to_owned()
    }

    pub(super) async fn shell(&self, script: &str) -> ToolResult {
        self.tools
            .call(
                shell_call(script),
                &Watcher::default(),
                CancellationToken::new(),
            )
            .await
    }

    pub(super) async fn call(&self, name: &str, arguments: Value) -> ToolResult {
        self.tools
            .call(
                call(name, arguments),
                &Watcher::default(),
                CancellationToken::new(),
            )
            .await
    }

    pub(super) async fn patch(&self, text: &str) -> ToolResult {
        let input = ToolInput::Text(text.to_owned());
        let call = ToolCall {
            call_id: "p".to_owned(),
            name: "apply_patch".to_owned(),
            input,
        };
        self.tools
            .call(call, &Watcher::default(), CancellationToken::new())
            .await
    }
}

/// With the tool homes of the person who runs the tests.
fn confinement(project: &Path, data: &Path, tier: Result<Tier, Unavailable>) -> Confinement {
    let env: Vec<(OsString, OsString)> = env::vars_os().collect();
    let home = PathBuf::from(env::var_os("HOME").expect("a person has a home"));
    let homes = Homes::find(&home, &env, project, &[data]);
    Confinement::new(tier, homes, data.join("task"))
}

pub(super) fn call(name: &str, arguments: Value) -> ToolCall {
    let input = ToolInput::Json(arguments.to_string());
    ToolCall {
        call_id: "c".to_owned(),
        name: name.to_owned(),
        input,
    }
}

pub(super) fn shell_call(script: &str) -> ToolCall {
    call("shell_command", json!({ "command": script }))
}

/// Outcome, changed paths and output of a command's item.
#[track_caller]
pub(super) fn command(result: &ToolResult) -> (CommandOutcome, Vec<String>, String) {
    match &result.item {
        ItemKind::Command {
            outcome,
            changed,
            output,
            ..
        } => (*outcome, changed.clone(), output.clone()),
        other => panic!("not a command: {other:?}\n{}", result.output),
    }
}

/// Keeps what is reported.
#[derive(Default)]
pub(super) struct Watcher {
    first: Mutex<Option<ItemKind>>,
    text: Mutex<String>,
    more: Notify,
}

impl Watcher {
    pub(super) fn text(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    pub(super) fn first(&self) -> Option<ItemKind> {
        self.first.lock().unwrap().clone()
    }

    pub(super) async fn wait_for(&self, text: &str) {
        while !self.text().contains(text) {
            self.more.notified().await;
        }
    }
}

impl Progress for Watcher {
    fn started(&self, item: ItemKind) {
        *self.first.lock().unwrap() = Some(item);
    }

    fn output(&self, chunk: &str) {
        self.text.lock().unwrap().push_str(chunk);
        self.more.notify_one();
    }
}
