//! `project/…`: opening and closing folders.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use engine::model::provider::Provider;
use engine::model::provider::Transport;
use engine::opened::OpenedProject;

use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

/// Where the sample project is put, beside the app's data folder: a project may not lie in it.
const SAMPLE: &str = "greenlight-sample";

impl Desk {
    pub(crate) async fn project_open(&self, open: ProjectOpen) -> Result<Project, Failure> {
        self.open_folder(Path::new(&open.path)).await
    }

    /// Opens a folder that the person chose, dropped or named. For Rust callers whose path may not
    /// be UTF-8.
    ///
    /// # Errors
    ///
    /// A [`Failure`] that names the folder; what was open stays open.
    pub async fn open_folder(&self, path: &Path) -> Result<Project, Failure> {
        let demo = self.is_sample(path);
        let provider = demo.then(|| self.demo_provider()).transpose()?;
        let opened = self
            .engine
            .open_project(path, demo, provider)
            .await
            .map_err(|error| convert::failed(&error))?;
        let project = self.project_as_shown(&opened);
        self.events.push(Event::ProjectChanged {
            project: project.clone(),
        });
        Ok(project)
    }

    /// Whether a folder is where the app itself writes the sample. What its name says is not
    /// believed: the sample is trusted without asking.
    fn is_sample(&self, path: &Path) -> bool {
        let real = |path: &Path| std::fs::canonicalize(path).ok();
        match (real(path), real(&self.data.with_file_name(SAMPLE))) {
            (Some(path), Some(samples)) => path.starts_with(samples),
            _ => false,
        }
    }

    pub(crate) async fn project_reopen(&self, id: ProjectId) -> Result<Project, Failure> {
        let path = self
            .engine
            .folder_of(&id.project)
            .map_err(|error| convert::failed(&error))?
            .ok_or_else(|| {
                Failure::refused("That folder is not on the list any more.", "Open it again.")
            })?;
        self.open_folder(&path).await
    }

    pub(crate) async fn project_sample(&self, _: Nothing) -> Result<Project, Failure> {
        let dir = self.data.with_file_name(SAMPLE).join(sample::NAME);
        if !dir.exists() {
            let parent = self.data.with_file_name(SAMPLE);
            std::fs::create_dir_all(&parent)
                .and_then(|()| sample::write_project(&dir))
                .map_err(|error| {
                    Failure::failed(
                        format!("The sample project could not be written: {error}."),
                        "Make room on the disk and try again.",
                    )
                })?;
        }
        self.open_folder(&dir).await
    }

    pub(crate) async fn project_close(&self, _: Nothing) -> Result<Nothing, Failure> {
        self.engine.close_project().await;
        *self.demo() = None;
        self.events.push(Event::ProjectClosed {});
        Ok(Nothing {})
    }

    pub(crate) async fn project_forget(&self, id: ProjectId) -> Result<Nothing, Failure> {
        self.engine
            .forget(&id.project)
            .map_err(|error| convert::failed(&error))?;
        Ok(Nothing {})
    }

    pub(crate) async fn project_snapshot(&self, _: Nothing) -> Result<Snapshot, Failure> {
        let project = self.project()?;
        Ok(Snapshot {
            tasks: project
                .tasks()
                .iter()
                .map(|task| convert::task(&task.facts()))
                .collect(),
            unsent: project
                .unsent(None)
                .map_err(|error| convert::failed(&error))?,
            project: self.project_as_shown(&project),
        })
    }

    pub(crate) fn project_as_shown(&self, project: &Arc<OpenedProject>) -> Project {
        let demo = project.is_demo();
        Project {
            id: project.id().to_owned(),
            name: convert::folder_name(project.root()),
            place: convert::place(project.root(), &self.home),
            demo,
            suggestion: demo.then(|| sample::SUGGESTED_REQUEST.to_owned()),
            notices: project.notices(),
            gone: project.is_gone(),
            trust: super::trust::shown(project.trust()),
        }
    }

    /// The scripted model, started when it is first needed. It listens on a socket in a private
    /// folder, so that the app opens no port.
    fn demo_provider(&self) -> Result<Provider, Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::failed(
                format!("The demo could not be started: {error}."),
                "The sample project can still be opened as a folder.",
            )
        };
        let mut demo = self.demo();
        if demo.is_none() {
            // Short, because the path of a socket may have no more than some hundred bytes.
            let run = std::env::temp_dir().join(format!("greenlight-{}", uuid::Uuid::new_v4()));
            std::fs::DirBuilder::new()
                .mode(0o700)
                .create(&run)
                .map_err(|e| failed(&e))?;
            *demo = Some(sample::Demo::start(&run.join("model.sock")).map_err(|e| failed(&e))?);
        }
        let running = demo.as_ref().ok_or_else(|| failed(&"it ended at once"))?;
        Provider::new(
            "Demo: scripted replies",
            running.base_url(),
            None,
            Transport::UnixSocket(running.socket().to_path_buf()),
            &[],
        )
        .map_err(|error| failed(&error))
    }
}
