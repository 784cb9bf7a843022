//! A desk without a window: what `run`, `demo` and `serve` share.

use std::path::PathBuf;
use std::sync::Arc;

use api::Connection;
use api::Desk;
use api::Failure;
use api::Places;
use api::SHELL;
use api::types::Event;
use api::types::EventBatch;
use api::types::Item;
use api::types::Task;
use serde_json::Value;
use tokio::runtime::Runtime;

/// A folder for the app's own data.
pub(crate) enum Data {
    /// Kept after the command: applies can be undone, a crash in one is mended at the next start.
    Kept(PathBuf),
    /// Made for this command and removed after it.
    Passing(PathBuf),
}

/// A desk and the threads it runs on.
pub(crate) struct Session {
    runtime: Runtime,
    desk: Arc<Desk>,
    data: Data,
}

impl Session {
    /// Opens a desk. With `keep`, on a folder that later commands open again; with `base_url`,
    /// towards another place than `OPENAI_BASE_URL` says.
    pub(crate) fn open(keep: Option<PathBuf>, base_url: Option<String>) -> Result<Self, Failure> {
        let data = keep.map_or_else(
            || Data::Passing(own_folder().join("runs").join(run_name())),
            Data::Kept,
        );
        let folder = match &data {
            Data::Kept(folder) | Data::Passing(folder) => folder.clone(),
        };
        let places = Places {
            settings: folder.join("settings.toml"),
            data: folder,
            home: home(),
            environment: std::env::vars_os().collect(),
        };
        let mut connection = Connection::from_environment(|name| std::env::var(name).ok());
        if base_url.is_some() {
            connection.base_url = base_url;
        }
        Self::with(places, connection, data)
    }

    fn with(places: Places, connection: Connection, data: Data) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| {
                Failure::failed(format!("No threads could be started: {error}."), "")
            })?;
        let guard = runtime.enter();
        let desk = Desk::open(places, connection)?;
        drop(guard);
        Ok(Self {
            runtime,
            desk,
            data,
        })
    }

    /// The desk.
    pub(crate) fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// The threads.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Asks a verb and waits for the answer.
    pub(crate) fn call(&self, name: &str, request: Value) -> Result<Value, Failure> {
        self.runtime.block_on(self.desk.call(SHELL, name, request))
    }

    /// Follows a task until its turn has ended, telling of each item twice: when it begins and when
    /// it is complete. Ctrl-C stops the turn.
    pub(crate) fn follow(&self, task: &str, mut told: impl FnMut(&Item)) -> Result<Task, Failure> {
        self.runtime.block_on(async {
            let mut cursor = 0;
            // Listens from here on, also while a batch is being told.
            let interrupted = tokio::signal::ctrl_c();
            tokio::pin!(interrupted);
            loop {
                let batch = tokio::select! {
                    batch = self.desk.events_after(cursor) => batch,
                    _ = &mut interrupted => {
                        interrupted.set(tokio::signal::ctrl_c());
                        self.desk.call(SHELL, "task/stop", serde_json::json!({ "task": task })).await?;
                        continue;
                    }
                };
                cursor = batch.cursor;
                if let Some(ended) = self.ended(task, &batch, &mut told)? {
                    return Ok(ended);
                }
            }
        })
    }

    fn ended(
        &self,
        task: &str,
        batch: &EventBatch,
        told: &mut impl FnMut(&Item),
    ) -> Result<Option<Task>, Failure> {
        let mut last = None;
        if batch.resync {
            let view = self.desk.view(task)?;
            view.items.iter().for_each(&mut *told);
            last = Some(view.task);
        }
        for event in &batch.events {
            match &event.event {
                Event::ItemStarted { task: of, item } | Event::ItemCompleted { task: of, item }
                    if of == task =>
                {
                    told(item);
                }
                Event::TaskChanged { task: changed } if changed.id == task => {
                    last = Some(changed.clone());
                }
                _ => {}
            }
        }
        Ok(last.filter(|task| task.turn != api::types::TurnState::Running))
    }

    /// Puts everything on the disk; what was made only for this command is removed.
    pub(crate) fn close(self) {
        self.runtime.block_on(self.desk.close());
        let Self {
            runtime,
            desk,
            data,
        } = self;
        drop(desk);
        drop(runtime);
        if let Data::Passing(folder) = data {
            // A leftover in our own folder harms nobody; there is nobody to tell either.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Where this program keeps its own files.
pub(crate) fn own_folder() -> PathBuf {
    std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .unwrap_or_else(|| home().join(".local/share"))
        .join("greenlight-cli")
}

/// The person's home folder.
pub(crate) fn home() -> PathBuf {
    std::env::home_dir().unwrap_or_else(|| PathBuf::from("/"))
}

fn run_name() -> String {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    format!("{}-{}", std::process::id(), since.as_nanos())
}
