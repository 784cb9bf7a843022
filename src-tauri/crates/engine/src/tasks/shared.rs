//! What all tasks of the open project use.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use tokio::sync::Semaphore;

use super::colours::Colours;
use super::review::ReviewError;
use crate::approvals::Approvals;
use crate::environment::Environment;
use crate::event::Event;
use crate::event::Sink;
use crate::project::apply::Applier;
use crate::project::homes::Homes;
use crate::project::open::Project;
use crate::project::trust::Trust;
use crate::providers::Asked;
use crate::store::blobs::Blobs;
use crate::store::index::Index;
use crate::tools::Confinement;
use crate::usage::book::Book;

/// What all tasks of the open project use.
pub struct Shared {
    /// Names the project.
    pub(crate) project_id: String,
    /// The project.
    pub(crate) project: Project,
    /// The one way into its folder.
    pub(crate) applier: Applier,
    /// The index of all projects.
    pub(crate) index: Arc<Index>,
    /// File versions by hash.
    pub(crate) blobs: Blobs,
    /// Colours code.
    pub(crate) colours: Arc<Colours>,
    /// The app's data folder.
    pub(crate) data: PathBuf,
    /// The person's home folder.
    pub(crate) home: PathBuf,
    /// The person's environment, before the allow list.
    pub(crate) environment: Arc<Environment>,
    /// Where requests go.
    pub(crate) asked: Asked,
    /// What was spent.
    pub(crate) book: Arc<Book>,
    /// How commands can be confined on this machine.
    pub(crate) tier: Result<sandbox::Tier, sandbox::Unavailable>,
    /// Told of everything that happens.
    pub(crate) sink: Sink,
    /// Set where nobody is there to be asked anything.
    pub(crate) nobody_to_ask: Arc<AtomicBool>,
    /// Set once when the project closes: from then on no turn begins and nothing is written.
    pub(crate) closed: AtomicBool,
    /// What the person answered about the folder.
    pub(crate) trust: Mutex<Trust>,
    /// Files of the project, once they were counted.
    pub(crate) size: OnceLock<Option<u32>>,
    /// A permit for each task that may work at once.
    pub(crate) at_work: Arc<Semaphore>,
}

impl Shared {
    /// Tells the caller of the engine.
    pub(crate) fn tell(&self, event: Event) {
        (self.sink)(event);
    }

    /// Whether the project is closed, or closing.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// What the person answered about the folder.
    pub(crate) fn trust(&self) -> Trust {
        *self.trust.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something of the folder may be run or sent.
    pub(crate) fn is_trusted(&self) -> bool {
        self.trust() == Trust::Trusted
    }

    /// Refuses to write into a folder that is only looked at. Taking back is no such writing.
    pub(crate) fn may_be_written(&self) -> Result<(), ReviewError> {
        if self.is_trusted() {
            Ok(())
        } else {
            Err(ReviewError::LookOnly)
        }
    }

    /// Holds the commands of a task to its draft.
    pub(crate) fn confinement(&self, task: &str) -> Confinement {
        let root = self.project.root();
        let environment = self.environment.variables();
        let homes = Homes::find(&self.home, &environment, root, &[&self.data]);
        Confinement::new(
            self.tier.clone(),
            homes,
            self.task_dir(task).join("commands"),
        )
    }

    /// The approvals of a task that opens: nothing waits, and nothing is allowed for it yet.
    pub(crate) fn approvals(&self) -> Arc<Approvals> {
        Arc::new(Approvals::new(self.index.clone(), self.project_id.clone()))
    }

    /// Where a task's own files are.
    pub(crate) fn task_dir(&self, task: &str) -> PathBuf {
        self.data.join("tasks").join(task)
    }
}
