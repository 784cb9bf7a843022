//! Our own tools' edits: all of them or none, and never outside of the draft.
//!
//! New bytes are staged in the draft's folder, then exchanged with what stands at each path, so
//! that an error at the fourth file puts the first three back. A path is opened without following
//! links; an edit through a link is refused and told where it points, because the ledger must
//! name the file that changes.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rustix::fs::AtFlags;
use rustix::fs::Mode;
use rustix::fs::RenameFlags;
use rustix::io::Errno;

use super::Draft;
use super::DraftError;
use super::State;
use super::record;
use crate::project::beneath;
use crate::project::beneath::Root;
use crate::project::ledger::Before;
use crate::project::ledger::Changed;
use crate::project::ledger::Entry;
use crate::project::path::RelPath;
use crate::project::stat::Kind;
use crate::store::blobs::BlobId;

/// One file to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Where.
    pub path: RelPath,
    /// To what.
    pub change: Change,
}

/// What is to be done with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is to hold these bytes; folders above it are made.
    Write {
        /// All of them.
        bytes: Vec<u8>,
        /// The permission bits; `None` keeps those of the file, 0644 for a new one.
        mode: Option<u32>,
    },
    /// It is to go.
    Delete,
}

impl Draft {
    /// Changes files of the draft, all or none, and writes the ledger.
    pub fn edit(&self, call_id: &str, edits: &[Edit]) -> Result<Entry, DraftError> {
        self.edit_from(call_id, edits, None)
    }

    /// The same, refused with [`DraftError::Moved`] when a file does not hold `from` any more.
    pub fn edit_from(
        &self,
        call_id: &str,
        edits: &[Edit],
        from: Option<&BlobId>,
    ) -> Result<Entry, DraftError> {
        let mut state = self.lock();
        let mut before = Vec::new();
        for (i, edit) in edits.iter().enumerate() {
            let path = &edit.path;
            if path.is_git() {
                return Err(DraftError::Git { path: path.clone() });
            }
            if edits[..i].iter().any(|other| other.path == *path) {
                return Err(DraftError::Twice { path: path.clone() });
            }
            let held = self.before_edit(&state, edit)?;
            let as_expected =
                |from: &BlobId| matches!(held.held, Before::Was(v) if v.blob == *from);
            if !from.is_none_or(as_expected) {
                return Err(DraftError::Moved { path: path.clone() });
            }
            before.push(held);
        }
        let mut staged = Staged::new(self);
        for edit in edits {
            staged.stage(edit)?;
        }
        let mut done = Swaps {
            draft: self,
            swaps: Vec::new(),
            made: Vec::new(),
            keep: false,
        };
        for (edit, new) in edits.iter().zip(&staged.files) {
            done.swap(&edit.path, new)?;
        }
        let mut files = Vec::new();
        for (edit, before) in edits.iter().zip(before) {
            let after = self.keep(&self.0.root, &edit.path)?;
            let pair = state.manifest.pair(&edit.path);
            pair.tree = after.map(|(_, stat)| stat);
            let after = after.map(|(version, _)| version);
            state.manifest.forget_if_gone(&edit.path);
            state.touch(&edit.path, before.base, after, true);
            if before.held != Before::from(after) {
                let path = edit.path.clone();
                files.push(Changed {
                    path,
                    before: before.held,
                    after,
                });
            }
        }
        for folder in &done.made {
            state.manifest.pair(folder).tree = self.stat(folder)?;
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let entry = Entry {
            call_id: call_id.to_owned(),
            files,
            ignored: 0,
        };
        state.ledger.append(&entry)?;
        state.save(&self.0.dir)?;
        done.keep = true;
        record::rules_may_have_changed(self, &mut state, edits.iter().map(|e| &e.path));
        Ok(entry)
    }

    fn before_edit(&self, state: &State, edit: &Edit) -> Result<BeforeEdit, DraftError> {
        let path = &edit.path;
        for above in path.ancestors() {
            match self.stat(&above)? {
                Some(s) if s.kind == Kind::Link => {
                    return Err(self.explain(path, Errno::LOOP.into()));
                }
                Some(s) if s.kind != Kind::Folder => {
                    return Err(DraftError::FileInTheWay { path: above });
                }
                Some(_) => break,
                None => {}
            }
        }
        let stat = self.stat(path)?;
        match stat.map(|s| s.kind) {
            Some(Kind::Link) if matches!(edit.change, Change::Write { .. }) => {
                return Err(self.explain(path, Errno::LOOP.into()));
            }
            Some(Kind::Folder | Kind::Special) => {
                return Err(DraftError::NotAFile { path: path.clone() });
            }
            None if edit.change == Change::Delete => {
                return Err(DraftError::NotFound { path: path.clone() });
            }
            _ if path.is_root() => return Err(DraftError::NotAFile { path: path.clone() }),
            _ => {}
        }
        let held = self.keep(&self.0.root, path)?;
        let base = match state.touched.get(path) {
            Some(touch) => touch.base,
            // What the draft holds is what the project had, unless something wrote it since.
            None => {
                let pair = state.manifest.pairs.get(path);
                let known = pair.and_then(|p| p.tree);
                match (held, known) {
                    (Some((version, now)), Some(then)) if now.is_untouched_since(&then) => {
                        version_of_project(pair, version)
                    }
                    (None, None) => Before::Absent,
                    _ => self.base_of(state, path)?,
                }
            }
        };
        Ok(BeforeEdit {
            held: Before::from(held.map(|(version, _)| version)),
            base,
        })
    }
}

/// The draft's bytes stand for the project's when they were taken from there.
fn version_of_project(
    pair: Option<&crate::project::manifest::Pair>,
    version: crate::project::stat::Version,
) -> Before {
    match pair.and_then(|p| p.project) {
        Some(_) => Before::Was(version),
        None => Before::Absent,
    }
}

struct BeforeEdit {
    held: Before,
    base: Before,
}

/// New files waiting in the draft's own folder; removed when dropped.
struct Staged<'a> {
    draft: &'a Draft,
    files: Vec<Option<PathBuf>>,
}

impl<'a> Staged<'a> {
    fn new(draft: &'a Draft) -> Self {
        Self {
            draft,
            files: Vec::new(),
        }
    }

    fn stage(&mut self, edit: &Edit) -> Result<(), DraftError> {
        let Change::Write { bytes, mode } = &edit.change else {
            self.files.push(None);
            return Ok(());
        };
        let failed = |e| self.draft.explain(&edit.path, e);
        let place = self
            .draft
            .0
            .dir
            .join("stage")
            .join(uuid::Uuid::new_v4().to_string());
        let old = self.draft.stat(&edit.path)?.map(|s| s.mode);
        let mode = mode.or(old).unwrap_or(0o644);
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&place)
            .map_err(failed)?;
        self.files.push(Some(place));
        file.write_all(bytes).map_err(failed)?;
        file.set_permissions(fs::Permissions::from_mode(mode))
            .map_err(failed)
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        for place in self.files.iter().flatten() {
            let _ = fs::remove_file(place);
        }
    }
}

/// What was done so far; undone when dropped before `keep` is set.
struct Swaps<'a> {
    draft: &'a Draft,
    swaps: Vec<Swap>,
    made: Vec<RelPath>,
    keep: bool,
}

struct Swap {
    folder: OwnedFd,
    name: OsString,
    /// Where the old bytes are now.
    aside: Option<PathBuf>,
    created: bool,
}

impl Swaps<'_> {
    fn swap(&mut self, path: &RelPath, new: &Option<PathBuf>) -> Result<(), DraftError> {
        let draft = self.draft;
        let failed = |e: std::io::Error| draft.explain(path, e);
        let root = &draft.0.root;
        if new.is_some() {
            self.make_folders(root, path)?;
        }
        let (folder, name) = root.parent(path).map_err(failed)?;
        let name = name.to_owned();
        let stage = draft.0.dir.join("stage");
        let cwd = rustix::fs::CWD;
        let (aside, created) = match new {
            None => {
                let aside = stage.join(uuid::Uuid::new_v4().to_string());
                rustix::fs::renameat(&folder, &name, cwd, &aside).map_err(|e| failed(e.into()))?;
                (Some(aside), false)
            }
            Some(new)
                if beneath::stat_at(folder.as_fd(), &name)
                    .map_err(failed)?
                    .is_some() =>
            {
                let flags = RenameFlags::EXCHANGE;
                rustix::fs::renameat_with(cwd, new, &folder, &name, flags)
                    .map_err(|e| failed(e.into()))?;
                (Some(new.clone()), false)
            }
            Some(new) => {
                let flags = RenameFlags::NOREPLACE;
                rustix::fs::renameat_with(cwd, new, &folder, &name, flags)
                    .map_err(|e| failed(e.into()))?;
                (None, true)
            }
        };
        self.swaps.push(Swap {
            folder,
            name,
            aside,
            created,
        });
        Ok(())
    }

    fn make_folders(&mut self, root: &Root, path: &RelPath) -> Result<(), DraftError> {
        let mut missing = Vec::new();
        for above in path.ancestors() {
            if self.draft.stat(&above)?.is_some() {
                break;
            }
            missing.push(above);
        }
        for folder in missing.into_iter().rev() {
            let failed = |e: std::io::Error| self.draft.explain(&folder, e);
            let (parent, name) = root.parent(&folder).map_err(failed)?;
            rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(0o755))
                .map_err(|e| failed(e.into()))?;
            self.made.push(folder);
        }
        Ok(())
    }
}

impl Drop for Swaps<'_> {
    fn drop(&mut self) {
        for swap in self.swaps.drain(..).rev() {
            if self.keep {
                if let Some(aside) = swap.aside {
                    let _ = fs::remove_file(aside);
                }
            } else if let Some(aside) = swap.aside {
                let _ = rustix::fs::renameat(rustix::fs::CWD, &aside, &swap.folder, &swap.name);
            } else if swap.created {
                let _ = rustix::fs::unlinkat(&swap.folder, &swap.name, AtFlags::empty());
            }
        }
        if !self.keep {
            for folder in self.made.drain(..).rev() {
                if let Ok((parent, name)) = self.draft.0.root.parent(&folder) {
                    let _ = rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR);
                }
            }
        }
    }
}
