//! The files of the open project as the window asks for them: by names that were told to it.
//!
//! The window knows a file by a hash of its path. Which path that is, is kept here; a name that was
//! never told leads nowhere.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use super::OpenedProject;
use crate::event::Event;
use crate::model::catalog::Effort;
use crate::model::choice::Wanted;
use crate::project::beneath_draft;
use crate::project::files::FilesError;
use crate::project::files::Side;
use crate::project::files::find;
use crate::project::files::find::Hit;
use crate::project::files::outside;
use crate::project::files::outside::Desktop;
use crate::project::files::project_root;
use crate::project::files::text;
use crate::project::files::text::FileText;
use crate::project::files::tree;
use crate::project::files::tree::Listing;
use crate::project::files::tree::Mark;
use crate::project::files::tree::Marks;
use crate::project::ignored::Rules;
use crate::project::path::RelPath;
use crate::tasks::edit::EDITS_BY_YOU;
use crate::tasks::edit::EditError;
use crate::tasks::review::file_id;
use crate::tasks::task::Permission;
use crate::tasks::task::Task;
use crate::tasks::task::TaskError;

/// Files that were opened lately and come first when one is looked for.
const RECENT: usize = 50;

/// Folders named in one event; beyond that, anything may have changed.
const MOST_NAMED: usize = 200;

/// What is remembered of the files.
#[derive(Default)]
pub(super) struct Files {
    names: Mutex<HashMap<String, RelPath>>,
    /// Read anew after a file of rules changed.
    rules: Mutex<Option<Rules>>,
    /// All files by path; none after the project changed.
    list: Mutex<Option<Arc<Vec<RelPath>>>>,
    /// Rises with each change of the project.
    changes: AtomicU64,
    /// The last opened first.
    recent: Mutex<VecDeque<RelPath>>,
}

/// Files found by a few letters.
#[derive(Debug, Clone)]
pub struct Found {
    /// The best ones first.
    pub hits: Vec<(Hit, Option<Mark>)>,
    /// How many files were looked through.
    pub all: usize,
}

impl OpenedProject {
    /// What folders hold, in the order asked; each with how many names at most. No name is the
    /// project itself.
    ///
    /// # Errors
    ///
    /// [`FilesError`] for the first folder that cannot be listed.
    pub fn list_folders(
        &self,
        task: Option<&Task>,
        folders: &[(Option<String>, usize)],
    ) -> Result<Vec<Listing>, FilesError> {
        let project = project_root(&self.shared.project)?;
        let draft = task.and_then(Task::draft);
        let marks = Marks::of(draft.as_ref());
        let draft = draft.as_ref().map(beneath_draft).transpose();
        let draft = draft.map_err(|_| FilesError::Unknown)?;
        let mut rules = hold(&self.files.rules);
        let rules = match &mut *rules {
            Some(rules) => rules,
            none => none.insert(self.read_rules()?),
        };
        let mut listings = Vec::with_capacity(folders.len());
        for (folder, most) in folders {
            let folder = match folder {
                Some(name) => self.path_of(task, name)?,
                None => RelPath::root(),
            };
            let listed = tree::list(&project, draft.as_ref(), rules, &marks, &folder, *most)?;
            listings.push(listed);
        }
        let mut names = hold(&self.files.names);
        for entry in listings.iter().flat_map(|listing| &listing.entries) {
            names.insert(file_id(&entry.path), entry.path.clone());
        }
        Ok(listings)
    }

    /// The files that fit what was typed, the best first; those opened lately before others. With
    /// nothing typed: those opened lately, those that the task changed, then the rest.
    ///
    /// # Errors
    ///
    /// [`FilesError`] when the project cannot be read.
    pub fn find_files(
        &self,
        task: Option<&Task>,
        typed: &str,
        most: usize,
    ) -> Result<Found, FilesError> {
        let list = self.all_files()?;
        let draft = task.and_then(Task::draft);
        let marks = Marks::of(draft.as_ref());
        let added: Vec<RelPath> = marks
            .iter()
            .filter(|(path, _)| list.binary_search(path).is_err())
            .map(|(path, _)| path.clone())
            .collect();
        let recent: HashMap<RelPath, u32> = hold(&self.files.recent)
            .iter()
            .zip((1..=RECENT as u32).rev())
            .map(|(path, rank)| (path.clone(), rank))
            .collect();
        let favour = |path: &RelPath| {
            let changed = u32::from(marks.get(path).is_some());
            // Among equals only; a better match stays the better one.
            recent.get(path).map_or(changed, |rank| rank + 1)
        };
        let paths = list.iter().chain(&added);
        let hits = find::best(paths, typed, most, favour);
        let mut names = hold(&self.files.names);
        for hit in &hits {
            names.insert(file_id(&hit.path), hit.path.clone());
        }
        Ok(Found {
            hits: hits
                .into_iter()
                .map(|hit| {
                    let mark = marks.get(&hit.path);
                    (hit, mark)
                })
                .collect(),
            all: list.len() + added.len(),
        })
    }

    /// One file's text, from the project or from a task's draft.
    ///
    /// # Errors
    ///
    /// [`FilesError`] when it is not there or cannot be read.
    pub fn read_file(
        &self,
        task: Option<&Task>,
        name: &str,
        side: Side,
    ) -> Result<(RelPath, FileText), FilesError> {
        let path = self.path_of(task, name)?;
        let root = match side {
            Side::Project => project_root(&self.shared.project)?,
            Side::Draft => {
                let draft = task.and_then(Task::draft).ok_or(FilesError::Unknown)?;
                beneath_draft(&draft).map_err(|_| FilesError::Unknown)?
            }
        };
        let read = text::read(&root, &path, side)?;
        self.opened_lately(&path);
        Ok((path, read))
    }

    /// The path of a name that was told to the window.
    ///
    /// # Errors
    ///
    /// [`FilesError::Unknown`] for any other.
    pub fn path_of(&self, task: Option<&Task>, name: &str) -> Result<RelPath, FilesError> {
        if let Some(path) = hold(&self.files.names).get(name) {
            return Ok(path.clone());
        }
        // The change set names files too, and a file of unsaved text may be the first one asked
        // about after a start.
        let changed = Marks::of(task.and_then(Task::draft).as_ref());
        let unsaved = task.and_then(|task| task.unsaved_paths().ok());
        let found = changed
            .iter()
            .map(|(path, _)| path.clone())
            .chain(unsaved.into_iter().flatten())
            .find(|path| file_id(path) == name);
        found.ok_or(FilesError::Unknown)
    }

    /// Shows a file or folder of the project in the desktop's file manager.
    ///
    /// # Errors
    ///
    /// [`FilesError`] when the project has none, or no file manager answers.
    pub async fn reveal(&self, task: Option<&Task>, name: &str) -> Result<(), FilesError> {
        let path = self.path_of(task, name)?;
        outside::present(&project_root(&self.shared.project)?, &path)?;
        let desktop = Desktop::new(&self.shared.environment.variables());
        desktop.reveal(self.root(), &path).await
    }

    /// Opens the project's own version of a file in the program that the person's desktop has for
    /// it. Gives whether a task's draft holds another version, which is then not what was opened.
    ///
    /// # Errors
    ///
    /// [`FilesError`] when the folder is not trusted, when it is no plain file of the project, when a
    /// desktop might run it, or when no program takes it.
    pub async fn open_outside(&self, task: Option<&Task>, name: &str) -> Result<bool, FilesError> {
        if !self.shared.is_trusted() {
            return Err(FilesError::NotTrusted);
        }
        let path = self.path_of(task, name)?;
        outside::may_open(&project_root(&self.shared.project)?, &path)?;
        let desktop = Desktop::new(&self.shared.environment.variables());
        desktop.open(self.root(), &path).await?;
        Ok(Marks::of(task.and_then(Task::draft).as_ref())
            .get(&path)
            .is_some())
    }

    /// A task for the person's own edits when none is on screen: the one that began so before and
    /// in which nothing was said yet, or a new one with its own draft.
    ///
    /// # Errors
    ///
    /// [`EditError`] when the draft cannot be made; then there is no task.
    pub async fn task_for_edits(
        &self,
        wanted: impl Into<Wanted>,
        effort: Option<Effort>,
    ) -> Result<Arc<Task>, EditError> {
        let wanted = wanted.into();
        let _one_at_a_time = self.beginning_edits.lock().await;
        let tasks = self.tasks();
        if !self.shared.is_trusted() {
            return Err(EditError::NotTrusted);
        }
        let fits = |task: &&Arc<Task>| task.is_for_edits() && !task.shelf().archived;
        if let Some(task) = tasks.iter().find(fits) {
            return Ok(task.clone());
        }
        let shared = self.shared.clone();
        let task = Arc::new(Task::create(
            shared,
            EDITS_BY_YOU,
            wanted,
            effort,
            Permission::Auto,
        )?);
        let ready = task.ready_for_edits().await.and_then(|()| {
            // Making the copy takes its time.
            if self.shared.is_closed() {
                return Err(TaskError::Closed.into());
            }
            match self.shared.is_trusted() {
                true => Ok(()),
                false => Err(EditError::NotTrusted),
            }
        });
        if let Err(error) = ready {
            task.discard();
            return Err(error);
        }
        self.lock().insert(0, task.clone());
        Ok(task)
    }

    /// Takes in that paths of the project changed, and tells the window which folders to list
    /// again; with none, all.
    pub(super) fn files_changed(&self, paths: Option<&[RelPath]>) {
        self.files.changes.fetch_add(1, Ordering::SeqCst);
        *hold(&self.files.list) = None;
        let holds_rules = |path: &RelPath| path.name() == ".gitignore";
        if paths.is_none_or(|paths| paths.iter().any(holds_rules)) {
            *hold(&self.files.rules) = None;
        }
        let folders = paths.and_then(|paths| {
            let mut folders: Vec<RelPath> = paths.iter().filter_map(RelPath::parent).collect();
            folders.dedup();
            folders.sort();
            folders.dedup();
            (folders.len() <= MOST_NAMED).then_some(folders)
        });
        self.shared.tell(Event::FilesChanged {
            folders: folders.map(|folders| {
                let name = |path: &RelPath| (!path.is_root()).then(|| file_id(path));
                folders.iter().map(name).collect()
            }),
            files: paths
                .filter(|paths| paths.len() <= MOST_NAMED)
                .map(|paths| paths.iter().map(file_id).collect()),
        });
    }

    fn all_files(&self) -> Result<Arc<Vec<RelPath>>, FilesError> {
        if let Some(list) = hold(&self.files.list).clone() {
            return Ok(list);
        }
        let before = self.files.changes.load(Ordering::SeqCst);
        let root = project_root(&self.shared.project)?;
        let list = Arc::new(find::files_of(&root, self.read_rules()?)?);
        let mut kept = hold(&self.files.list);
        // Unwatched, nothing would say when it is out of date.
        if hold(&self.watch).is_some() && self.files.changes.load(Ordering::SeqCst) == before {
            *kept = Some(list.clone());
        }
        drop(kept);
        Ok(list)
    }

    fn read_rules(&self) -> Result<Rules, FilesError> {
        Rules::of(self.root()).map_err(|_| FilesError::Gone)
    }

    fn opened_lately(&self, path: &RelPath) {
        let mut recent = hold(&self.files.recent);
        recent.retain(|there| there != path);
        recent.push_front(path.clone());
        recent.truncate(RECENT);
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
