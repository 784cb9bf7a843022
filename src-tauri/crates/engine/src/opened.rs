//! The open project: its tasks, its watcher, its history of applies.

mod applies;
mod attach;
mod files;
mod proposed;
mod removed;
mod watching;

use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

pub use self::attach::Added;
use self::attach::Offer;
use self::files::Files;
pub use self::files::Found;
pub use self::proposed::Proposal;
use crate::agent::item::Chosen;
use crate::attachments::Attachment;
use crate::checks::Check;
use crate::engine::EngineError;
use crate::event::Event;
use crate::model::Model;
use crate::model::catalog::Effort;
use crate::model::choice::Wanted;
use crate::project::open::Identity;
use crate::project::trust::Trust;
use crate::project::trust::folder_mark;
use crate::project::watch::Watch;
use crate::store::blobs::Blobs;
use crate::store::index::IndexError;
use crate::store::index::allowed::AllowedRow;
use crate::tasks::adopt;
use crate::tasks::checking::CheckError;
use crate::tasks::shared::Shared;
use crate::tasks::task::Permission;
use crate::tasks::task::Task;
use crate::tasks::task::TaskError;

pub use self::removed::Removed;

/// Why an answer about a folder could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// There is no folder to trust.
    #[error(
        "The folder {} is not there right now, so your answer was not kept. Bring it back and \
         answer again.",
        .0.display()
    )]
    Gone(PathBuf),
}

/// The open project.
pub struct OpenedProject {
    shared: Arc<Shared>,
    demo: bool,
    /// Newest first.
    tasks: Mutex<Vec<Arc<Task>>>,
    notices: Mutex<Vec<String>>,
    /// What was given and is not attached to a message yet.
    offers: Mutex<HashMap<String, Offer>>,
    /// What fits of things that were too large.
    proposed: Mutex<proposed::Proposed>,
    /// Held while something is attached, so that two at once keep to the limits together.
    attaching: Mutex<()>,
    gone: AtomicBool,
    /// Held while a task for the person's own edits is made, so that there is one and not two.
    beginning_edits: tokio::sync::Mutex<()>,
    /// Held while an answer about trust takes effect, so that one is whole before the next.
    answering: tokio::sync::Mutex<()>,
    /// Held while a task is made and put on the list, so that none is missed when all are stopped.
    starting: Mutex<()>,
    watch: Mutex<Option<Watch>>,
    files: Files,
}

impl OpenedProject {
    pub(crate) fn open(shared: Arc<Shared>, demo: bool) -> Result<Arc<Self>, EngineError> {
        let mut notices: Vec<String> = shared.project.notice().into_iter().collect();
        let mut tasks = Vec::new();
        let written = shared.applier.written()?;
        if let Err(error) = adopt(&shared) {
            notices.push(format!(
                "Tasks that are missing in the list could not be looked for: {error} They are \
                 kept; open the folder again to try once more."
            ));
        }
        for row in shared.index.tasks(&shared.project_id)? {
            let title = row.title.clone();
            match Task::reopen(shared.clone(), row, &written) {
                Ok(task) => tasks.push(Arc::new(task)),
                // One that cannot be read does not take the others away.
                Err(error) => notices.push(format!(
                    "The task \"{title}\" is not shown: {error} It is kept; open the folder again \
                     to try once more."
                )),
            }
        }
        let opened = Arc::new(Self {
            watch: Mutex::new(None),
            shared,
            demo,
            tasks: Mutex::new(tasks),
            notices: Mutex::new(notices),
            offers: Mutex::default(),
            proposed: Mutex::default(),
            attaching: Mutex::default(),
            gone: AtomicBool::new(false),
            files: Files::default(),
            beginning_edits: tokio::sync::Mutex::default(),
            answering: tokio::sync::Mutex::default(),
            starting: Mutex::default(),
        });
        opened.delete_what_is_over();
        opened.start_watching();
        Ok(opened)
    }

    /// Names the project.
    pub fn id(&self) -> &str {
        &self.shared.project_id
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        self.shared.project.root()
    }

    /// Which folder it is, whatever its name.
    pub fn identity(&self) -> Identity {
        self.shared.project.identity()
    }

    /// Whether it is the sample project.
    pub fn is_demo(&self) -> bool {
        self.demo
    }

    /// What the person answered about the folder.
    pub fn trust(&self) -> Trust {
        self.shared.trust()
    }

    /// Keeps the person's answer about the folder. Without trust all work in it is stopped; when
    /// this returns nothing of it runs.
    ///
    /// # Errors
    ///
    /// [`TrustError`] when the answer could not be kept; then nothing is trusted that was not
    /// before.
    pub async fn answer_trust(&self, trusted: bool) -> Result<(), TrustError> {
        let answer = if trusted {
            Trust::Trusted
        } else {
            Trust::LookOnly
        };
        let set = || {
            let trust = &self.shared.trust;
            *trust.lock().unwrap_or_else(PoisonError::into_inner) = answer;
        };
        let _whole = self.answering.lock().await;
        if !trusted {
            // First of all, so that nothing begins behind what is stopped here.
            set();
            // Said at once: it holds now, also when it cannot be kept for the next start.
            self.shared.tell(Event::ProjectChanged);
            drop(self.starting());
            drop(self.beginning_edits.lock().await);
            for task in self.tasks() {
                task.stop().await;
            }
            // An apply that had begun is waited for; undoing stays possible.
            let every = self.lock().clone();
            let waited = tokio::task::spawn_blocking(move || {
                every.iter().for_each(|task| drop(task.moving()));
            });
            let _ = waited.await;
        }
        let root = self.root();
        let mark = folder_mark(root).ok_or_else(|| TrustError::Gone(root.to_owned()))?;
        self.shared.index.put_trust(root, &mark, trusted)?;
        set();
        self.shared.tell(Event::ProjectChanged);
        Ok(())
    }

    /// Whom the rules would ask for a message that begins a task with this model chosen, or in this
    /// task.
    pub fn would_ask(
        &self,
        task: Option<&Task>,
        model: &Model,
        text: &str,
    ) -> Result<Chosen, IndexError> {
        let (index, id) = (&self.shared.index, self.id());
        let attached = index.attached(id, task.map_or("", Task::id))?;
        Ok(match task {
            Some(task) => task.would_ask(model, text, &attached),
            None => self.shared.would_ask(model, text, &attached),
        })
    }

    /// What is known of a model that its tasks may use.
    pub fn model(&self, slug: &str) -> Model {
        self.shared.asked.model(slug)
    }

    /// Whether the folder is gone right now.
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// What the person should know about the folder.
    pub fn notices(&self) -> Vec<String> {
        self.notices
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The tasks, newest first, without those that were removed.
    pub fn tasks(&self) -> Vec<Arc<Task>> {
        let tasks = self.lock();
        let there = tasks
            .iter()
            .filter(|task| task.shelf().removed_at.is_none());
        there.cloned().collect()
    }

    /// A task by id, unless it was removed.
    pub fn task(&self, id: &str) -> Option<Arc<Task>> {
        self.tasks().into_iter().find(|task| task.id() == id)
    }

    /// Starts a task with its first message.
    ///
    /// # Errors
    ///
    /// [`TaskError`] when it could not be kept; then there is no task.
    pub fn start_task(
        &self,
        text: &str,
        attachments: Vec<Attachment>,
        wanted: impl Into<Wanted>,
        effort: Option<Effort>,
        permission: Permission,
    ) -> Result<Arc<Task>, TaskError> {
        let _starting = self.starting();
        if !self.shared.is_trusted() {
            return Err(TaskError::NotTrusted);
        }
        let titled = match (text.trim(), attachments.first()) {
            ("", None) => return Err(TaskError::EmptyMessage),
            ("", Some(first)) => &first.name,
            _ => text,
        };
        let ids: Vec<String> = attachments.iter().map(|one| one.id.clone()).collect();
        let task = Arc::new(Task::create(
            self.shared.clone(),
            titled,
            wanted.into(),
            effort,
            permission,
        )?);
        if let Err(error) = task.send(text, attachments) {
            task.discard();
            return Err(error);
        }
        self.lock().insert(0, task.clone());
        let (index, project) = (&self.shared.index, &self.shared.project_id);
        let forgotten = index
            .keep_unsent(project, "", "")
            .and_then(|()| index.detach(project, "", &ids));
        if let Err(error) = forgotten {
            // It is on its way all the same; that it is kept as unsent too loses nothing.
            task.not_kept(&error);
        }
        Ok(task)
    }

    /// The checks of the project as it is on the disk, and those that the person typed.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the person's own could not be read.
    pub fn checks(&self) -> Result<Vec<Check>, IndexError> {
        self.shared.checks(self.root())
    }

    /// Keeps a check that the person typed: a new one, or in the place of the one with this id.
    ///
    /// # Errors
    ///
    /// [`CheckError`] when it was not kept.
    pub fn keep_check(
        &self,
        id: Option<&str>,
        command: &str,
        tests: bool,
    ) -> Result<(), CheckError> {
        self.shared.keep_check(id, command, tests)
    }

    /// Removes a check that the person typed. One that was found stays.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be removed.
    pub fn remove_check(&self, id: &str) -> Result<(), IndexError> {
        self.shared.index.remove_own_check(self.id(), id)
    }

    /// Text typed and not sent, into a task or for a new one.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn unsent(&self, task: Option<&str>) -> Result<String, IndexError> {
        self.shared
            .index
            .unsent(&self.shared.project_id, task.unwrap_or_default())
    }

    /// Keeps text typed and not sent.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be kept.
    pub fn keep_unsent(&self, task: Option<&str>, text: &str) -> Result<(), IndexError> {
        self.shared
            .index
            .keep_unsent(&self.shared.project_id, task.unwrap_or_default(), text)
    }

    /// What is always allowed in this project, newest first.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn always_allowed(&self) -> Result<Vec<AllowedRow>, IndexError> {
        self.shared.index.always_allowed(&self.shared.project_id)
    }

    /// Allows something no longer.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be taken away; then it is still allowed.
    pub fn no_longer_allow(&self, id: &str) -> Result<(), IndexError> {
        self.shared
            .index
            .no_longer_allow(&self.shared.project_id, id)
    }

    /// The stored file versions that the history and conflicts name.
    pub fn blobs(&self) -> &Blobs {
        &self.shared.blobs
    }

    /// Ends all work. When this returns nothing of the project is written or told any more.
    pub(crate) async fn close(&self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        drop(self.beginning_edits.lock().await);
        // Joins the watcher's thread, so nothing of this project is told afterwards.
        let watch = self
            .watch
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // Also those that were removed: an undo of theirs may be under way.
        let tasks = self.lock().clone();
        for task in &tasks {
            task.interrupt().await;
        }
        let ended = tokio::task::spawn_blocking(move || {
            drop(watch);
            for task in tasks {
                // An apply that was under way is settled before another may open the folder.
                drop(task.moving());
            }
        });
        // Only a panic in there, which was reported where it happened.
        let _ = ended.await;
    }

    fn say(&self, notice: String) {
        self.notices
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(notice);
        self.shared.tell(Event::ProjectChanged);
    }

    fn proposed(&self) -> MutexGuard<'_, proposed::Proposed> {
        self.proposed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn offers(&self) -> MutexGuard<'_, HashMap<String, Offer>> {
        self.offers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attaching(&self) -> MutexGuard<'_, ()> {
        self.attaching
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn starting(&self) -> MutexGuard<'_, ()> {
        self.starting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Task>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
