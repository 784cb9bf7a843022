//! What is known about a draft, in memory and on disk.
//!
//! The manifest says what both sides looked like, `touched` which files differ and from what. Both
//! are written after every change, without waiting for the disk, because a killed app loses
//! nothing the system has; they are synced at turn boundaries.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::Path;

use serde::Deserialize;
use serde::Serialize;

use super::DraftError;
use super::own_folder;
use crate::project::beneath;
use crate::project::beneath::Root;
use crate::project::ignored::Class;
use crate::project::ignored::Rules;
use crate::project::ledger::Before;
use crate::project::ledger::Ledger;
use crate::project::manifest::Manifest;
use crate::project::path::RelPath;
use crate::project::stat::Kind;
use crate::project::stat::Stat;
use crate::project::stat::Version;
use crate::store::blobs::BlobError;
use crate::store::blobs::Blobs;

/// A file of the draft that differs from what the project had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// What the project had when the file was first changed here.
    pub base: Before,
    /// What the draft has; `None` when it was deleted.
    pub now: Option<Version>,
    /// What the project has since, when the person changed it too.
    pub theirs: Option<Before>,
    /// Whether our own tools wrote it, so that it is offered even when it is ignored.
    pub edited: bool,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) manifest: Manifest,
    pub(crate) touched: BTreeMap<RelPath, Touch>,
    /// Ignored files and folders that the task has written. A build made half here and half in
    /// the project would be broken, so they no longer follow the project.
    pub(crate) own: BTreeSet<RelPath>,
    pub(crate) rules: Rules,
    pub(crate) ledger: Ledger,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    touched: Vec<(RelPath, Touch)>,
    own: BTreeSet<RelPath>,
}

impl State {
    /// The state of a draft that was just copied.
    pub(super) fn start(dir: &Path, tree: &Path, manifest: Manifest) -> Result<Self, DraftError> {
        Ok(Self {
            manifest,
            touched: BTreeMap::new(),
            own: BTreeSet::new(),
            rules: Rules::of(tree).map_err(|e| own_folder(dir, e))?,
            ledger: Ledger::open(&dir.join("ledger.jsonl"))?,
        })
    }

    /// The state as it was last saved.
    pub(super) fn load(dir: &Path, tree: &Path) -> Result<Self, DraftError> {
        let broken = |what: String| DraftError::Broken {
            path: dir.to_owned(),
            what,
        };
        let bytes = fs::read(dir.join("manifest"))
            .map_err(|e| broken(format!("the list of its files cannot be read ({e})")))?;
        let manifest = Manifest::decode(&bytes).map_err(|e| broken(e.to_string()))?;
        let touched = fs::read(dir.join("touched.json"))
            .map_err(|e| broken(format!("the list of its changes cannot be read ({e})")))?;
        let saved: Saved = serde_json::from_slice(&touched)
            .map_err(|e| broken(format!("the list of its changes is damaged ({e})")))?;
        let mut state = Self::start(dir, tree, manifest)?;
        state.touched = saved.touched.into_iter().collect();
        state.own = saved.own;
        Ok(state)
    }

    /// Writes it to the draft's folder.
    pub(super) fn save(&self, dir: &Path) -> Result<(), DraftError> {
        let here = |e| own_folder(dir, e);
        // The manifest last: with the older one, a change is found again; with an older list of
        // changes, one would be lost.
        let saved = Saved {
            touched: self
                .touched
                .iter()
                .map(|(path, t)| (path.clone(), t.clone()))
                .collect(),
            own: self.own.clone(),
        };
        write_json(&dir.join("touched.json"), &saved).map_err(here)?;
        write(&dir.join("manifest"), &self.manifest.encode()).map_err(here)
    }

    /// Waits until what was saved is on the disk.
    pub(super) fn sync(&self, dir: &Path) -> Result<(), DraftError> {
        let here = |e| own_folder(dir, e);
        for name in ["touched.json", "manifest", "draft.json", "."] {
            File::open(dir.join(name))
                .and_then(|f| f.sync_all())
                .map_err(here)?;
        }
        Ok(())
    }

    /// Records that the task wrote an ignored path: all of the outermost ignored folder that holds
    /// it is the task's own from now on.
    pub(super) fn own(&mut self, path: &RelPath) {
        if self.own.iter().any(|own| path.is_within(own)) {
            return;
        }
        let mut outermost = path.clone();
        for above in path.ancestors() {
            if self.rules.class(&above, true) != Class::Source {
                outermost = above;
            }
        }
        self.own.insert(outermost);
    }

    /// Records that a path holds `now`, and drops it when that is what the project had.
    pub(super) fn touch(
        &mut self,
        path: &RelPath,
        base: Before,
        now: Option<Version>,
        edited: bool,
    ) {
        let touch = self.touched.entry(path.clone()).or_insert(Touch {
            base,
            now,
            theirs: None,
            edited,
        });
        touch.now = now;
        touch.edited |= edited;
        if touch.base == Before::from(now) && touch.theirs.is_none() {
            self.touched.remove(path);
        }
    }
}

/// Why a version could not be kept.
pub(crate) enum KeepError {
    Io(io::Error),
    Blobs(BlobError),
}

/// Keeps what stands at a path; `None` for nothing, a folder, or a special file. The stat is from
/// before the reading, so a write meanwhile is seen by the next look.
pub(crate) fn keep(
    root: &Root,
    path: &RelPath,
    blobs: &Blobs,
) -> Result<Option<(Version, Stat)>, KeepError> {
    let Some(stat) = root.stat(path).map_err(KeepError::Io)? else {
        return Ok(None);
    };
    match stat.kind {
        Kind::Folder | Kind::Special => Ok(None),
        Kind::Link => {
            let target = match root.link(path) {
                Ok(target) => target,
                Err(e) if beneath::is_absent(&e) => return Ok(None),
                Err(e) => return Err(KeepError::Io(e)),
            };
            let (blob, size) = blobs
                .put_reader_later(&mut &*target)
                .map_err(KeepError::Blobs)?;
            Ok(Some((
                Version {
                    blob,
                    kind: Kind::Link,
                    mode: 0o777,
                    size,
                },
                stat,
            )))
        }
        Kind::File => {
            let mut file = match root.file(path) {
                Ok(file) => file,
                Err(e) if beneath::is_absent(&e) => return Ok(None),
                Err(e) => return Err(KeepError::Io(e)),
            };
            let stat = Stat::of(&rustix::fs::fstat(&file).map_err(|e| KeepError::Io(e.into()))?);
            if stat.kind != Kind::File {
                return Ok(None);
            }
            let (blob, size) = blobs
                .put_reader_later(&mut file)
                .map_err(KeepError::Blobs)?;
            Ok(Some((
                Version {
                    blob,
                    kind: Kind::File,
                    mode: stat.mode & 0o777,
                    size,
                },
                stat,
            )))
        }
    }
}

/// Replaces a file of ours at once, so that a reader sees the old or the new one.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// The same, as JSON.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    write(path, &serde_json::to_vec(value)?)
}
