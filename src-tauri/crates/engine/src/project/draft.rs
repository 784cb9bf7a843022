//! A task's private copy of the project, where the agent edits and runs commands.
//!
//! The draft floats: files the task has not touched follow the person's own edits
//! ([`Draft::refresh`], before each command), touched files keep theirs. What a command changed is
//! found by its stat and kept as blobs ([`Draft::record`], after each command); what our own tools
//! change goes through [`Draft::edit`], all or nothing. Both write the ledger.
//!
//! The first change of a file keeps the bytes the project had, so that the person's work can never
//! be lost to a guess. Where those bytes are not known for certain, the file says so and becomes a
//! conflict of two sides. The project itself is only ever read here.

mod edit;
mod record;
mod refresh;
mod rewind;
mod stamp;
mod state;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use serde::Deserialize;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

pub use self::edit::Change;
pub use self::edit::Edit;
pub use self::refresh::Refreshed;
pub use self::rewind::Rewound;
pub(crate) use self::rewind::TAKEN_BACK;
pub use self::stamp::Stamp;
pub(crate) use self::state::KeepError;
pub(crate) use self::state::State;
pub use self::state::Touch;
pub(crate) use self::state::keep;
use super::beneath;
use super::beneath::Root;
use super::changes::Compared;
use super::copy;
use super::copy::CopyError;
use super::copy::CopyNotes;
use super::copy::CopyProgress;
use super::ledger::Entry;
use super::ledger::LedgerError;
use super::open::Identity;
use super::open::Project;
use super::path::RelPath;
use super::stat::Kind;
use super::stat::Stat;
use super::stat::Version;
use crate::store::blobs::BlobError;
use crate::store::blobs::Blobs;

/// A draft. Clones are the same draft.
#[derive(Debug, Clone)]
pub struct Draft(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    tree: PathBuf,
    root: Root,
    about: About,
    blobs: Blobs,
    state: Mutex<State>,
    compared: Compared,
}

/// What a draft knows of its origin; written once, last of all, so a draft that has it is whole.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct About {
    #[serde(with = "super::path::any")]
    project: PathBuf,
    identity: Identity,
    notes: CopyNotes,
}

/// Why the draft could not do something. The project is unchanged in every case.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// A path that leads out of the project.
    #[error("`{}` is outside of the project `{}`", path.display(), project.display())]
    Outside {
        /// As it was given.
        path: PathBuf,
        /// The project.
        project: PathBuf,
    },
    /// Git's own files.
    #[error("`{path}` is git metadata, which is never edited")]
    Git {
        /// The path.
        path: RelPath,
    },
    /// There is no such file in the draft.
    #[error("`{path}` does not exist")]
    NotFound {
        /// The path.
        path: RelPath,
    },
    /// It is a folder, FIFO or device.
    #[error("`{path}` is not a file")]
    NotAFile {
        /// The path.
        path: RelPath,
    },
    /// A link stands there or on the way.
    #[error("`{path}` is a symbolic link to `{}`; use that path instead", target.display())]
    Link {
        /// The link.
        path: RelPath,
        /// Where it points.
        target: PathBuf,
    },
    /// A file stands where a folder is needed.
    #[error("`{path}` is a file, so nothing can be put below it")]
    FileInTheWay {
        /// The file.
        path: RelPath,
    },
    /// The same path twice in one edit.
    #[error("`{path}` is edited twice at once")]
    Twice {
        /// The path.
        path: RelPath,
    },
    /// The file is not the one that the edit starts from.
    #[error("`{path}` was changed meanwhile")]
    Moved {
        /// The path.
        path: RelPath,
    },
    /// The file is bigger than the caller takes.
    #[error("`{path}` has {size} bytes, more than the {limit} that can be read at once")]
    TooLarge {
        /// The path.
        path: RelPath,
        /// Its size.
        size: u64,
        /// What was allowed.
        limit: u64,
    },
    /// The project's folder is gone or is another folder now.
    #[error(
        "The project `{}` is no longer there. Your draft is kept. Bring the folder back, then \
         continue.",
        path.display()
    )]
    ProjectGone {
        /// Where it was.
        path: PathBuf,
    },
    /// The draft's own folder is not whole.
    #[error("The draft in `{}` is not complete: {what}. The project is unchanged.", path.display())]
    Broken {
        /// The draft's folder.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// No room for the draft.
    #[error("the disk that holds `{}` is full; nothing was changed there", path.display())]
    DiskFull {
        /// The draft's folder.
        path: PathBuf,
    },
    /// The copy could not be made.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// The store of file versions failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Anything else the system said.
    #[error("cannot use `{path}`: {source}")]
    Io {
        /// The path, relative to the project.
        path: RelPath,
        /// What the system said.
        source: io::Error,
    },
}

impl Draft {
    /// Copies the project into `dir`, which must not exist yet. On an error or when cancelled,
    /// `dir` is removed again.
    pub fn create(
        project: &Project,
        dir: &Path,
        blobs: Blobs,
        on_progress: &(dyn Fn(CopyProgress) + Sync),
        cancel: &CancellationToken,
    ) -> Result<Self, DraftError> {
        let here = |source| own_folder(dir, source);
        let above = dir.parent().unwrap_or(dir);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(above)
            .map_err(here)?;
        fs::DirBuilder::new()
            .mode(0o700)
            .create(dir)
            .map_err(here)?;
        let made = Self::create_in(project, dir, blobs, on_progress, cancel);
        if made.is_err() {
            // What failed matters more than a leftover, which is never taken for a draft.
            let _ = copy::remove_tree(dir);
        }
        made
    }

    fn create_in(
        project: &Project,
        dir: &Path,
        blobs: Blobs,
        on_progress: &(dyn Fn(CopyProgress) + Sync),
        cancel: &CancellationToken,
    ) -> Result<Self, DraftError> {
        let here = |source| own_folder(dir, source);
        let tree = dir.join("tree");
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&tree)
            .map_err(here)?;
        fs::DirBuilder::new()
            .mode(0o700)
            .create(dir.join("stage"))
            .map_err(here)?;
        let (manifest, notes) = copy::copy(project, &tree, &blobs, on_progress, cancel)?;
        let about = About {
            project: project.root().to_owned(),
            identity: project.identity(),
            notes,
        };
        let state = State::start(dir, &tree, manifest)?;
        state.save(dir)?;
        state::write_json(&dir.join("draft.json"), &about).map_err(here)?;
        let root = Root::open(&tree).map_err(here)?;
        Ok(Self(Arc::new(Inner {
            dir: dir.to_owned(),
            tree,
            root,
            about,
            blobs,
            state: Mutex::new(state),
            compared: Compared::default(),
        })))
    }

    /// Opens a draft again, also after the app was killed. What a command had changed by then is
    /// found by the next [`Draft::record`].
    pub fn reopen(dir: &Path, blobs: Blobs) -> Result<Self, DraftError> {
        let broken = |what: String| DraftError::Broken {
            path: dir.to_owned(),
            what,
        };
        let about = fs::read(dir.join("draft.json"))
            .map_err(|e| broken(format!("its description cannot be read ({e})")))?;
        let about: About = serde_json::from_slice(&about)
            .map_err(|e| broken(format!("its description is damaged ({e})")))?;
        let tree = dir.join("tree");
        let root = Root::open(&tree).map_err(|e| broken(format!("its files are gone ({e})")))?;
        let state = State::load(dir, &tree)?;
        // An edit that was cut short left its new bytes here.
        for left in fs::read_dir(dir.join("stage"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let _ = fs::remove_file(left.path());
        }
        Ok(Self(Arc::new(Inner {
            dir: dir.to_owned(),
            tree,
            root,
            about,
            blobs,
            state: Mutex::new(state),
            compared: Compared::default(),
        })))
    }

    /// The project's real path, which is where commands see the draft.
    pub fn seen_at(&self) -> &Path {
        &self.0.about.project
    }

    /// Where the draft's files really are.
    pub fn tree(&self) -> &Path {
        &self.0.tree
    }

    /// The draft's own folder, which holds the tree and what is known about it.
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// What was left out of the copy, and why.
    pub fn notes(&self) -> &CopyNotes {
        &self.0.about.notes
    }

    /// The store that holds the versions named in the ledger and the change set.
    pub fn blobs(&self) -> &Blobs {
        &self.0.blobs
    }

    /// The place in the project that `path` means, seen from the folder `cwd`. Each may be
    /// absolute, as commands see it, or relative (`cwd` to the project, `path` to `cwd`). Links
    /// are not looked at here.
    pub fn inside(&self, cwd: &Path, path: &Path) -> Result<RelPath, DraftError> {
        let resolve = |from: &RelPath, path: &Path| match path.strip_prefix(self.seen_at()) {
            Ok(below) => RelPath::new(below),
            Err(_) => from.resolve(path),
        };
        resolve(&RelPath::root(), cwd)
            .and_then(|cwd| resolve(&cwd, path))
            .ok_or_else(|| DraftError::Outside {
                path: path.to_owned(),
                project: self.seen_at().to_owned(),
            })
    }

    /// What stands at a path of the draft; `None` when nothing does.
    pub fn stat(&self, path: &RelPath) -> Result<Option<Stat>, DraftError> {
        self.0.root.stat(path).map_err(|e| self.explain(path, e))
    }

    /// The bytes of a file of the draft, through links that stay inside.
    pub fn read(&self, path: &RelPath) -> Result<Vec<u8>, DraftError> {
        self.read_up_to(path, u64::MAX)
    }

    /// The same, refused when there are more than `limit` bytes.
    pub fn read_up_to(&self, path: &RelPath, limit: u64) -> Result<Vec<u8>, DraftError> {
        let failed = |e| self.explain(path, e);
        let file = self.0.root.file_through_links(path).map_err(failed)?;
        let stat = Stat::of(&rustix::fs::fstat(&file).map_err(|e| failed(e.into()))?);
        if stat.kind != Kind::File {
            return Err(DraftError::NotAFile { path: path.clone() });
        }
        if stat.size > limit {
            return Err(DraftError::TooLarge {
                path: path.clone(),
                size: stat.size,
                limit,
            });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(stat.size).unwrap_or(0));
        file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }

    /// All that the ledger holds, in order.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().ledger.entries().to_vec()
    }

    /// Makes everything recorded so far durable; called at turn boundaries.
    pub fn sync(&self) -> Result<(), DraftError> {
        let state = self.lock();
        self.0.blobs.sync()?;
        state.ledger.sync()?;
        state.sync(&self.0.dir)
    }

    /// Removes the draft from the disk. Clones of it can no longer be used.
    pub fn remove(self) -> Result<(), DraftError> {
        let _state = self.lock();
        copy::remove_tree(&self.0.dir).map_err(|e| own_folder(&self.0.dir, e))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // State is changed only after the disk was, so a panic elsewhere leaves it usable.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The project's folder, if it is still the one that was opened.
    fn project(&self) -> Result<Root, DraftError> {
        let gone = || DraftError::ProjectGone {
            path: self.seen_at().to_owned(),
        };
        let root = Root::open(self.seen_at()).map_err(|_| gone())?;
        match Identity::of(&root) {
            Ok(identity) if identity == self.0.about.identity => Ok(root),
            _ => Err(gone()),
        }
    }

    /// The project's folder, when it is there.
    pub(super) fn project_now(&self) -> Option<Root> {
        self.project().ok()
    }

    /// What differs from what the project had.
    /// What is known of how files differ.
    pub(super) fn compared(&self) -> &Compared {
        &self.0.compared
    }

    pub(super) fn touched(&self) -> Vec<(RelPath, Touch)> {
        self.lock()
            .touched
            .iter()
            .map(|(path, touch)| (path.clone(), touch.clone()))
            .collect()
    }

    /// Keeps what stands at a path of the project or the draft.
    pub(super) fn keep_from(
        &self,
        root: &Root,
        path: &RelPath,
    ) -> Result<Option<Version>, DraftError> {
        Ok(self.keep(root, path)?.map(|(version, _)| version))
    }

    /// Keeps what stands at a path and says what it is; `None` for nothing, a folder, or a special
    /// file.
    fn keep(&self, root: &Root, path: &RelPath) -> Result<Option<(Version, Stat)>, DraftError> {
        state::keep(root, path, &self.0.blobs).map_err(|e| match e {
            state::KeepError::Blobs(e) => e.into(),
            state::KeepError::Io(e) => self.explain(path, e),
        })
    }

    fn explain(&self, path: &RelPath, error: io::Error) -> DraftError {
        let path = path.clone();
        if beneath::is_absent(&error) {
            return DraftError::NotFound { path };
        }
        if beneath::is_full(&error) {
            return DraftError::DiskFull {
                path: self.0.dir.clone(),
            };
        }
        if beneath::is_link_refusal(&error) {
            let above = path.ancestors().collect::<Vec<_>>();
            for link in above.iter().rev().chain([&path]) {
                if let Ok(target) = self.0.root.link(link) {
                    let target = PathBuf::from(bytes_to_os(target));
                    return DraftError::Link {
                        path: link.clone(),
                        target,
                    };
                }
            }
        }
        DraftError::Io {
            path,
            source: error,
        }
    }
}

fn bytes_to_os(bytes: Vec<u8>) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

fn own_folder(dir: &Path, source: io::Error) -> DraftError {
    if beneath::is_full(&source) {
        return DraftError::DiskFull {
            path: dir.to_owned(),
        };
    }
    DraftError::Broken {
        path: dir.to_owned(),
        what: source.to_string(),
    }
}
