//! The engine: the app's data folder, the projects in it, and the one that is open.

use std::fs::File;
use std::fs::TryLockError;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::Semaphore;

use crate::environment::Environment;
use crate::environment::Variables;
use crate::event::Event;
use crate::event::Sink;
use crate::model::provider::Provider;
use crate::opened::OpenedProject;
use crate::project::apply::Applier;
use crate::project::apply::ApplyError;
use crate::project::homes::Homes;
use crate::project::open::OpenError;
use crate::project::open::Project;
use crate::project::trust::Trust;
use crate::project::trust::folder_mark;
use crate::providers::Asked;
use crate::providers::Connection;
use crate::providers::Providers;
use crate::settings::SettingsFile;
use crate::store::blobs::BlobError;
use crate::store::blobs::Blobs;
use crate::store::index::Index;
use crate::store::index::IndexError;
use crate::store::index::ProjectRow;
use crate::store::index::Shelf;
use crate::tasks::colours::Colours;
use crate::tasks::queue::AT_WORK;
use crate::tasks::shared::Shared;
use crate::tasks::state::TaskState;
use crate::tasks::task::TaskError;
use crate::usage::book::Book;
use crate::usage::book::NotKept;

/// How long an instance that is being ended may still be writing.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// The log of what trying providers has cost.
const TRIED_LOG: &str = "tried.jsonl";

/// What the index calls the choice about alerts.
const ALERTS: &str = "alerts";

/// The folders and the environment the engine is told of.
#[derive(Clone)]
pub struct Places {
    /// The app's own folder; made when it is not there.
    pub data: PathBuf,
    /// The person's settings: a file, there or not.
    pub settings: PathBuf,
    /// The person's home folder.
    pub home: PathBuf,
    /// The environment of the app itself, before the allow list.
    pub environment: Variables,
}

impl std::fmt::Debug for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // An environment holds keys, so only its names are said.
        f.debug_struct("Places")
            .field("data", &self.data)
            .field("settings", &self.settings)
            .field("home", &self.home)
            .field(
                "environment",
                &self
                    .environment
                    .iter()
                    .map(|(name, _)| name)
                    .collect::<Vec<_>>(),
            )
            .finish()
    }
}

/// Why the engine could not open something.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The data folder cannot be used.
    #[error("Greenlight's own folder {path} cannot be used: {source}.")]
    Data {
        /// The folder.
        path: PathBuf,
        /// The system's own words.
        #[source]
        source: std::io::Error,
    },
    /// Another instance uses the data folder.
    #[error("Greenlight is already running with the folder {path}. Use the window that is open.")]
    Running {
        /// The folder.
        path: PathBuf,
    },
    /// The folder cannot be a project.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The store of file versions failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// The history of applies cannot be used.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// A task could not be read back.
    #[error(transparent)]
    Task(#[from] TaskError),
}

/// A project on the list of recent ones.
#[derive(Debug, Clone)]
pub struct Recent {
    /// Its row.
    pub row: ProjectRow,
    /// How many tasks wait for the person.
    pub needs_you: u32,
    /// How many tasks are ready to review.
    pub ready: u32,
    /// Whether the folder is not there now.
    pub missing: bool,
}

/// The running engine.
pub struct Engine {
    places: Places,
    index: Arc<Index>,
    blobs: Blobs,
    colours: Arc<Colours>,
    sink: Sink,
    providers: Arc<Providers>,
    book: Arc<Book>,
    environment: Arc<Environment>,
    confinement: Result<sandbox::Tier, sandbox::Unavailable>,
    opened: Mutex<Option<Arc<OpenedProject>>>,
    nobody_to_ask: Arc<AtomicBool>,
    /// Held while a project is opened or closed, so that no two tasks ever share a draft.
    changing: tokio::sync::Mutex<()>,
    /// Held while the engine runs; the lock goes with the process, however it ends.
    _lock: File,
}

impl Engine {
    /// Takes the data folder, finishes what a crash left of an apply, and reads the index. `given` is
    /// the provider that the environment names.
    ///
    /// # Errors
    ///
    /// [`EngineError::Running`] when another instance has the folder.
    pub fn open(
        mut places: Places,
        given: Connection,
        sink: Sink,
    ) -> Result<Arc<Self>, EngineError> {
        let process = std::mem::take(&mut places.environment);
        let environment = Environment::new(places.home.clone(), process);
        let file = SettingsFile::new(places.settings.clone());
        let data = &places.data;
        let fail = |source| EngineError::Data {
            path: data.clone(),
            source,
        };
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(data)
            .map_err(fail)?;
        let lock = take_lock(data)?;
        let index = Arc::new(Index::open(data)?);
        let blobs = Blobs::open(&data.join("blobs"))?;
        let scratch = data.join("scratch");
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&scratch)
            .map_err(fail)?;
        let search = environment
            .variables()
            .iter()
            .find(|(name, _)| name == "PATH")
            .map(|(_, value)| value.clone())
            .unwrap_or_default();
        let confinement = sandbox::probe(&search, &[data], &scratch);
        if let Some(aside) = index.aside() {
            sink(Event::Notice {
                message: format!(
                    "The list of projects and tasks was damaged and begins anew. The old one is \
                     kept in {}. Your folders, and what was said and drafted, are unchanged; marks \
                     and text that was not sent are in the old list only.",
                    aside.display()
                ),
                hint: "Open your folder again to find its tasks.".to_owned(),
            });
        }
        let providers = Arc::new(Providers::new(file, given));
        let book = Book::new(
            index.clone(),
            providers.clone(),
            Arc::new(crate::tasks::now),
        );
        book.catch_up(&data.join("tasks"), &data.join(TRIED_LOG))?;
        Ok(Arc::new(Self {
            index,
            blobs,
            colours: Arc::new(Colours::start().map_err(fail)?),
            sink,
            providers,
            book: Arc::new(book),
            environment,
            confinement,
            opened: Mutex::new(None),
            nobody_to_ask: Arc::default(),
            changing: tokio::sync::Mutex::default(),
            _lock: lock,
            places,
        }))
    }

    /// How commands are confined here, or what is missing for it.
    pub fn confinement(&self) -> &Result<sandbox::Tier, sandbox::Unavailable> {
        &self.confinement
    }

    /// Nobody is there to be asked from now on: what a task would have to ask is refused, and its
    /// model is told.
    pub fn ask_nobody(&self) {
        self.nobody_to_ask.store(true, Ordering::Relaxed);
    }

    /// What was spent, and the budgets.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Books what trying providers has cost.
    ///
    /// # Errors
    ///
    /// [`NotKept`] when it could not be kept.
    pub fn book_tried(&self) -> Result<(), NotKept> {
        self.book.keep_tried(&self.places.data.join(TRIED_LOG))
    }

    /// Where requests may go.
    pub fn providers(&self) -> &Providers {
        &self.providers
    }

    /// The environment that commands are given parts of.
    pub fn environment(&self) -> &Arc<Environment> {
        &self.environment
    }

    /// What commands of the open project see of the person's home and environment; without one, what
    /// those of any project would.
    pub fn homes(&self) -> Homes {
        let data = self.places.data.as_path();
        let opened = self.opened();
        let root = opened.as_ref().map_or(data, |opened| opened.root());
        Homes::find(
            &self.places.home,
            &self.environment.variables(),
            root,
            &[data],
        )
    }

    /// Projects opened before, newest first.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn recent(&self) -> Result<Vec<Recent>, IndexError> {
        self.index
            .recent()?
            .into_iter()
            .map(|row| {
                let tasks = self.index.tasks(&row.id)?;
                let mut seen = Vec::new();
                for task in tasks {
                    if self.index.shelf(&task.id)? == Shelf::default() {
                        seen.push(task.state);
                    }
                }
                let count = |state: TaskState| {
                    let number = seen.iter().filter(|there| **there == state.word()).count();
                    u32::try_from(number).unwrap_or(u32::MAX)
                };
                Ok(Recent {
                    needs_you: count(TaskState::NeedsYou),
                    ready: count(TaskState::ReadyToReview),
                    missing: !row.path.is_dir(),
                    row,
                })
            })
            .collect()
    }

    /// The folder of a project opened before.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn folder_of(&self, project: &str) -> Result<Option<PathBuf>, IndexError> {
        Ok(self.index.project(project)?.map(|row| row.path))
    }

    /// Takes a project off the list. Its folder and its tasks are not touched.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be noted.
    pub fn forget(&self, project: &str) -> Result<(), IndexError> {
        self.index.forget(project)
    }

    /// Whether the person is told outside of the window what happens to tasks. At first, yes.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn alerts(&self) -> Result<bool, IndexError> {
        Ok(self.index.choice(ALERTS)?.unwrap_or(true))
    }

    /// Keeps whether the person is told outside of the window.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be kept; then it is as before.
    pub fn set_alerts(&self, on: bool) -> Result<(), IndexError> {
        self.index.put_choice(ALERTS, on)
    }

    /// Forgets all answers that could be given again.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when they could not be forgotten.
    pub fn forget_answers(&self) -> Result<(), IndexError> {
        self.index.forget_answers()
    }

    /// The open project.
    pub fn opened(&self) -> Option<Arc<OpenedProject>> {
        self.lock().clone()
    }

    /// Opens a folder. It only reads; nothing of the folder is run. The folder that was open
    /// before is closed, unless it is the same one, which then stays as it is. Its tasks ask
    /// `provider`, or the one that is chosen in the settings when a turn begins.
    ///
    /// # Errors
    ///
    /// [`EngineError::Open`] names why the folder cannot be a project; what was open stays open.
    pub async fn open_project(
        self: &Arc<Self>,
        path: &Path,
        demo: bool,
        provider: Option<Provider>,
    ) -> Result<Arc<OpenedProject>, EngineError> {
        let _changing = self.changing.lock().await;
        let project = Project::open(path, &self.places.data, &self.places.home)?;
        if let Some(there) = self.opened()
            && there.identity() == project.identity()
            && !there.is_gone()
        {
            return Ok(there);
        }
        self.close_opened().await;
        let engine = self.clone();
        // Reads every task and walks the folder, so it keeps no other call waiting.
        let reading =
            tokio::task::spawn_blocking(move || engine.read_project(project, demo, provider));
        match reading.await {
            Ok(opened) => opened,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    fn read_project(
        &self,
        project: Project,
        demo: bool,
        provider: Option<Provider>,
    ) -> Result<Arc<OpenedProject>, EngineError> {
        let (applier, recovered) = Applier::open(&project, &self.places.data, self.blobs.clone())?;
        for what in recovered {
            self.notice(what.sentence(), String::new());
        }
        let row = self
            .index
            .open_project(project.root(), demo, crate::tasks::now())?;
        let trust = if demo {
            Trust::Trusted
        } else {
            let mark = folder_mark(project.root());
            match mark.map(|mark| self.index.trust(project.root(), &mark)) {
                Some(answered) => match answered? {
                    Some(true) => Trust::Trusted,
                    Some(false) => Trust::LookOnly,
                    None => Trust::Unasked,
                },
                None => Trust::Unasked,
            }
        };
        let shared = Arc::new(Shared {
            project_id: row.id,
            project,
            applier,
            index: self.index.clone(),
            blobs: self.blobs.clone(),
            colours: self.colours.clone(),
            data: self.places.data.clone(),
            home: self.places.home.clone(),
            environment: self.environment.clone(),
            book: self.book.clone(),
            asked: match provider {
                Some(provider) => Asked::Always(Box::new(provider)),
                None => Asked::Chosen(self.providers.clone()),
            },
            tier: self.confinement.clone(),
            sink: self.sink.clone(),
            nobody_to_ask: self.nobody_to_ask.clone(),
            closed: AtomicBool::new(false),
            trust: Mutex::new(trust),
            size: std::sync::OnceLock::new(),
            at_work: Arc::new(Semaphore::new(AT_WORK)),
        });
        let opened = OpenedProject::open(shared, demo)?;
        *self.lock() = Some(opened.clone());
        Ok(opened)
    }

    /// Stops the work in the open project and closes it.
    pub async fn close_project(&self) {
        let _changing = self.changing.lock().await;
        self.close_opened().await;
    }

    async fn close_opened(&self) {
        let opened = self.lock().take();
        if let Some(opened) = opened {
            opened.close().await;
        }
    }

    /// Tells the caller something once.
    pub fn notice(&self, message: String, hint: String) {
        (self.sink)(Event::Notice { message, hint });
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<OpenedProject>>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
/// Takes the lock of a data folder. An instance that is being ended, even by force, keeps its lock
/// until its last write is on the disk, so one that was closed a moment ago is waited for.
fn take_lock(data: &Path) -> Result<File, EngineError> {
    let fail = |source| EngineError::Data {
        path: data.to_path_buf(),
        source,
    };
    let lock = File::create(data.join("lock")).map_err(fail)?;
    let until = Instant::now() + LAST_WRITES;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(25));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(EngineError::Running {
                    path: data.to_path_buf(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(fail(source)),
        }
    }
}
