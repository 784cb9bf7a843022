//! What all tasks of the open project use.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::event::Event;
use crate::event::Sink;
use crate::model::provider::Provider;
use crate::project::apply::Applier;
use crate::project::open::Project;
use crate::store::blobs::Blobs;
use crate::store::index::Index;

/// What all tasks of the open project use.
pub struct Shared {
    /// Names the project.
    pub(crate) project_id: String,
    /// The project.
    pub(crate) project: Project,
    /// The one way into its folder.
    pub(crate) applier: Applier,
    /// The index of all projects.
    pub(crate) index: std::sync::Arc<Index>,
    /// File versions by hash.
    pub(crate) blobs: Blobs,
    /// The app's data folder.
    pub(crate) data: PathBuf,
    /// The person's home folder.
    pub(crate) home: PathBuf,
    /// The person's environment, before the allow list.
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// Where requests go; none while no model is connected.
    pub(crate) provider: Option<Provider>,
    /// Told of everything that happens.
    pub(crate) sink: Sink,
}

impl Shared {
    /// Tells the caller of the engine.
    pub(crate) fn tell(&self, event: Event) {
        (self.sink)(event);
    }

    /// Where a task's own files are.
    pub(crate) fn task_dir(&self, task: &str) -> PathBuf {
        self.data.join("tasks").join(task)
    }
}
