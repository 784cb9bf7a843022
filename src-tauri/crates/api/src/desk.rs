//! One window's desk: it takes calls, checks who asks, and answers from the engine.
//!
//! Names, types and rights come from the command table. A name that the table does not have, a
//! request that does not decode and a caller without the right are each refused before the engine
//! hears of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::sync::Weak;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::broadcast;

use engine::Engine;
use engine::Places;
use engine::opened::OpenedProject;
use engine::providers::Connection;
use engine::tasks::task::Task as LiveTask;

use crate::attention::Attention;
use crate::attention::Watcher;
use crate::convert;
use crate::events::Events;
use crate::failure::Failure;
use crate::table::Right;
use crate::table::command_table;
use crate::types::*;

/// The caller that is the app's own Rust code, or a person's shell in front of `serve`.
pub const SHELL: &str = "shell";

/// The label of the one window whose script may ask.
pub const MAIN_WINDOW: &str = "main";

/// The boundary of the running app.
pub struct Desk {
    pub(crate) engine: Arc<Engine>,
    pub(crate) events: Arc<Events>,
    attention: Arc<Watcher>,
    pub(crate) home: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) demo: Mutex<Option<sample::Demo>>,
    /// Where work begins that the window's own thread asks for.
    pub(crate) runtime: tokio::runtime::Handle,
}

impl Desk {
    /// Opens the app's data folder and everything in it. Called inside a Tokio runtime, in which the
    /// desk's own work then runs.
    ///
    /// # Errors
    ///
    /// A [`Failure`] for the person when the folder cannot be used or another instance has it.
    pub fn open(places: Places, connection: Connection) -> Result<Arc<Self>, Failure> {
        let events = Arc::new(Events::default());
        let home = places.home.clone();
        let data = places.data.clone();
        let desk: Arc<OnceLock<Weak<Self>>> = Arc::default();
        let attention = Arc::new(Watcher::default());
        let sink = {
            let attention = attention.clone();
            let events = events.clone();
            let desk = desk.clone();
            Arc::new(move |event: engine::event::Event| {
                if let engine::event::Event::TaskChanged(facts) = &event {
                    attention.see(facts);
                }
                match convert::event(event) {
                    Some(event) => events.push(event),
                    // The project is shown with what only the desk knows of it.
                    None => {
                        if let Some(desk) = desk.get().and_then(Weak::upgrade) {
                            desk.tell_project();
                        }
                    }
                }
            })
        };
        let engine = Engine::open(places, connection, sink).map_err(|error| {
            Failure::failed(error.to_string(), "Nothing in your folders was changed.")
        })?;
        let opened = Arc::new(Self {
            engine,
            events,
            attention,
            home,
            data,
            demo: Mutex::new(None),
            runtime: tokio::runtime::Handle::current(),
        });
        // Set once, here; nothing can have been set before.
        let _ = desk.set(Arc::downgrade(&opened));
        opened.begin_with_settings();
        Ok(opened)
    }

    /// Answers one call. `window` is the label of the window that asks, or [`SHELL`].
    ///
    /// # Errors
    ///
    /// A [`Failure`] for the person.
    pub async fn call(&self, window: &str, name: &str, request: Value) -> Result<Value, Failure> {
        macro_rules! dispatch {
            ($($(#[doc = $doc:literal])* $name:literal $right:ident $method:ident: $request:ty => $reply:ty,)*) => {
                match name {
                    $($name => {
                        authorise(window, name, Right::$right)?;
                        let request: $request = decode(name, request)?;
                        let reply: $reply = self.$method(request).await?;
                        encode(&reply)
                    })*
                    _ => Err(Failure::broken(format!("There is no command `{name}`."))),
                }
            };
        }
        command_table!(dispatch)
    }

    /// Answers a call whose reply is raw bytes.
    ///
    /// # Errors
    ///
    /// A [`Failure`] for the person.
    pub async fn bytes(
        &self,
        window: &str,
        name: &str,
        request: Value,
    ) -> Result<Vec<u8>, Failure> {
        match name {
            "review/rows" => {
                authorise(window, name, Right::Window)?;
                let page = self.review_rows(decode(name, request)?).await?;
                serde_json::to_vec(&page).map_err(|error| Failure::broken(error.to_string()))
            }
            "attachment/bytes" => {
                authorise(window, name, Right::Window)?;
                self.attachment_bytes(decode(name, request)?).await
            }
            _ => Err(Failure::broken(format!("There is no command `{name}`."))),
        }
    }

    /// Waits for events after `cursor` and gives them as the JSON text of an [`EventBatch`].
    pub async fn drain(&self, window: &str, cursor: u64) -> Vec<u8> {
        let batch = if authorise(window, "drain", Right::Window).is_ok() {
            self.events.after(cursor).await
        } else {
            EventBatch {
                cursor,
                resync: false,
                events: Vec::new(),
            }
        };
        serde_json::to_vec(&batch).unwrap_or_default()
    }

    /// The same, typed, for callers in Rust.
    pub async fn events_after(&self, cursor: u64) -> EventBatch {
        self.events.after(cursor).await
    }

    /// Tells the person something once.
    pub fn notice(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.events.push(Event::Notice {
            message: message.into(),
            hint: hint.into(),
        });
    }

    /// Tells of tasks that begin to want attention, from now on.
    pub fn attention(&self) -> broadcast::Receiver<Attention> {
        self.attention.listen()
    }

    /// The name of the open folder, where the person wants to hear of its tasks outside of the
    /// window.
    pub fn wants_alerts(&self) -> Option<String> {
        let project = self.engine.opened()?;
        // Rather once too often than never.
        let on = self.engine.alerts().unwrap_or(true);
        on.then(|| convert::folder_name(project.root()))
    }

    /// Shows a task in the window, because the person chose it outside of it.
    pub fn show_task(&self, task: &str) {
        self.events.push(Event::ShowTask {
            task: task.to_owned(),
        });
    }

    /// Stops all work and puts everything on the disk.
    pub async fn close(&self) {
        self.engine.close_project().await;
        self.events.close();
    }

    /// What a task changed, as one unified diff; for callers without a window.
    ///
    /// # Errors
    ///
    /// A [`Failure`] when the draft cannot be read.
    pub fn unified_diff(&self, task: &str) -> Result<String, Failure> {
        let task = self.task(task)?;
        task.unified_diff()
            .map_err(|error| convert::review_failed(&error))
    }

    /// Something is held over the window, or no longer. The shell knows it; the page is not told by
    /// every webview.
    pub fn dragging(&self, over: bool) {
        self.events.push(Event::Dragging { over });
    }

    /// Opens a folder that was dropped on the window, or named on the command line. Files that are
    /// dropped while a folder is open are offered to the message on screen. Anything else is answered
    /// with a notice.
    pub fn dropped(self: &Arc<Self>, window: &str, paths: Vec<PathBuf>) {
        if authorise(window, "a dropped folder", Right::Window).is_err() {
            return;
        }
        let desk = self.clone();
        self.runtime.spawn(async move {
            if desk.engine.opened().is_some() && !is_one_folder(&paths) {
                match desk.offer_files(MAIN_WINDOW, paths).await {
                    Ok(offer) => desk.events.push(Event::FilesOffered { offer }),
                    Err(failure) => desk.notice(failure.message, failure.hint),
                }
                return;
            }
            let opened = match paths.as_slice() {
                [folder] => desk.open_folder(folder).await.map(drop),
                _ => Err(Failure::refused(
                    "Several things were dropped at once, so none was opened.",
                    "Drop one folder.",
                )),
            };
            if let Err(failure) = opened {
                desk.notice(failure.message, failure.hint);
            }
        });
    }

    fn tell_project(&self) {
        if let Some(project) = self.engine.opened() {
            let project = self.project_as_shown(&project);
            self.events.push(Event::ProjectChanged { project });
        }
    }

    pub(crate) fn project(&self) -> Result<Arc<OpenedProject>, Failure> {
        self.engine
            .opened()
            .ok_or_else(|| Failure::refused("No folder is open.", "Open a folder first."))
    }

    pub(crate) fn task(&self, id: &str) -> Result<Arc<LiveTask>, Failure> {
        self.project()?.task(id).ok_or_else(|| {
            Failure::refused(
                "That task is not in this project.",
                "Choose a task from the list.",
            )
        })
    }

    pub(crate) fn demo(&self) -> std::sync::MutexGuard<'_, Option<sample::Demo>> {
        self.demo.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_one_folder(paths: &[PathBuf]) -> bool {
    matches!(paths, [one] if one.is_dir())
}

/// Whether a caller may ask a verb.
pub(crate) fn authorise(window: &str, name: &str, right: Right) -> Result<(), Failure> {
    let allowed = match right {
        Right::Window => matches!(window, MAIN_WINDOW | SHELL),
        Right::Shell => window == SHELL,
    };
    if allowed {
        Ok(())
    } else {
        Err(Failure::refused(
            format!("`{name}` is not open to this window."),
            "",
        ))
    }
}

fn decode<T: DeserializeOwned>(name: &str, request: Value) -> Result<T, Failure> {
    serde_json::from_value(request)
        .map_err(|error| Failure::broken(format!("`{name}` was asked wrongly: {error}.")))
}

fn encode<T: Serialize>(reply: &T) -> Result<Value, Failure> {
    serde_json::to_value(reply).map_err(|error| Failure::broken(error.to_string()))
}

/// Every name in the table, with who may ask it.
pub fn commands() -> Vec<(&'static str, Right)> {
    macro_rules! names {
        ($($(#[doc = $doc:literal])* $name:literal $right:ident $method:ident: $request:ty => $reply:ty,)*) => {
            vec![$(($name, Right::$right)),*]
        };
    }
    command_table!(names)
}

#[cfg(test)]
mod tests;
