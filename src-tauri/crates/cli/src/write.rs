//! Writes several files beneath a folder, or none of them.
//!
//! New contents are first written to temporary files beside their targets, so that a full disk
//! or a missing permission shows before anything is changed. Then each is exchanged with its
//! target by renaming. If one of those renames fails, the ones before it are taken back; the old
//! files are kept under the temporary names until all of it is done.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use crate::folder::{Error, Folder, Found, Spot, failed};

/// One file to write or remove.
pub(crate) struct Target<'c> {
    pub(crate) path: &'c str,
    /// The bytes it must still have. `None` if it must not be there.
    pub(crate) before: Option<&'c [u8]>,
    /// The bytes it gets. `None` removes it.
    pub(crate) after: Option<&'c [u8]>,
    /// The permissions of a new file, if another file gives them.
    pub(crate) mode: Option<Mode>,
    /// The path is a link and is removed itself.
    pub(crate) link: bool,
}

/// Why nothing was written, or worse.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error(transparent)]
    Folder(#[from] Error),
    #[error("`{path}` changed while the patch was being applied.")]
    Changed { path: String },
    #[error("`{path}` and `{other}` are the same file.")]
    SameFile { path: String, other: String },
    #[error("{cause} What was written before could not be taken back in {}.", .stuck.join(", "))]
    Stuck {
        cause: Box<Self>,
        stuck: Vec<String>,
    },
}

/// Writes all targets, or none.
pub(crate) fn write_all(folder: &Folder, targets: &[Target<'_>]) -> Result<(), WriteError> {
    let mut work = Work {
        made: Vec::new(),
        staged: Vec::new(),
    };
    let result = work.stage(folder, targets).and_then(|()| work.commit());
    match result {
        Ok(()) => {
            work.forget_old();
            Ok(())
        }
        Err(cause) => {
            let stuck = work.take_back();
            match stuck.is_empty() {
                true => Err(cause),
                false => Err(WriteError::Stuck {
                    cause: Box::new(cause),
                    stuck,
                }),
            }
        }
    }
}

struct Work {
    /// Folders that were made.
    made: Vec<Spot>,
    staged: Vec<Staged>,
}

struct Staged {
    path: String,
    spot: Spot,
    /// Beside the target: the new file before its turn, the old one after.
    temporary: PathBuf,
    kind: Kind,
    done: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Create,
    Replace,
    Remove,
}

impl Work {
    fn stage(&mut self, folder: &Folder, targets: &[Target<'_>]) -> Result<(), WriteError> {
        let mut places: Vec<((u64, u64, PathBuf), String)> = Vec::new();
        for target in targets {
            let path = target.path;
            let spot = if target.link {
                folder.spot(path, false)?.ok_or_else(|| changed(path))?
            } else if target.after.is_some() {
                folder.make_spot(path, &mut self.made)?
            } else {
                folder.spot(path, true)?.ok_or_else(|| changed(path))?
            };
            let place = spot.identity(path)?;
            if let Some((_, other)) = places.iter().find(|(known, _)| *known == place) {
                return Err(WriteError::SameFile {
                    path: path.to_owned(),
                    other: other.clone(),
                });
            }
            places.push((place, path.to_owned()));

            let mut mode = target.mode;
            if target.link {
                if spot.link().as_deref() != target.before {
                    return Err(changed(path));
                }
            } else {
                let found = spot.read(path)?;
                if found.as_ref().map(|found| found.bytes.as_slice()) != target.before {
                    return Err(changed(path));
                }
                mode = found.map(|Found { mode, .. }| mode).or(mode);
            }

            let kind = match (target.before, target.after) {
                (Some(_), Some(_)) => Kind::Replace,
                (None, _) => Kind::Create,
                (Some(_), None) => Kind::Remove,
            };
            let temporary = temporary(self.staged.len());
            self.staged.push(Staged {
                path: path.to_owned(),
                spot,
                temporary,
                kind,
                done: false,
            });
            if let (Some(bytes), Some(staged)) = (target.after, self.staged.last()) {
                staged.write(bytes, mode).map_err(|source| Error::Io {
                    verb: "write",
                    path: path.to_owned(),
                    source,
                })?;
            }
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), WriteError> {
        for staged in &mut self.staged {
            staged.swap().map_err(|errno| match errno {
                Errno::EXIST | Errno::NOENT => changed(&staged.path),
                errno => failed("write", &staged.path, errno).into(),
            })?;
            staged.done = true;
        }
        Ok(())
    }

    /// Undoes what was done; answers with the paths where that failed.
    fn take_back(&mut self) -> Vec<String> {
        let mut stuck = Vec::new();
        for staged in self.staged.iter_mut().rev() {
            if staged.done && staged.unswap().is_err() {
                stuck.push(format!("`{}`", staged.path));
                continue;
            }
            if staged.kind != Kind::Remove {
                // It may not have been created; then there is nothing to remove.
                let _ = staged.remove_temporary();
            }
        }
        for spot in self.made.iter().rev() {
            // A folder that somebody else has put a file into stays.
            let _ = rustix::fs::unlinkat(&spot.parent, &spot.name, AtFlags::REMOVEDIR);
        }
        stuck
    }

    /// Removes the old files. One that cannot be removed is left under its temporary name: the
    /// new files are in place, which is what was asked.
    fn forget_old(&self) {
        for staged in self
            .staged
            .iter()
            .filter(|staged| staged.kind != Kind::Create)
        {
            let _ = staged.remove_temporary();
        }
    }
}

impl Staged {
    fn write(&self, bytes: &[u8], mode: Option<Mode>) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        let usual = Mode::from_raw_mode(0o666);
        let file = rustix::fs::openat(
            &self.spot.parent,
            &self.temporary,
            flags | OFlags::CLOEXEC,
            usual,
        )?;
        let mut file = File::from(file);
        if let Some(mode) = mode {
            rustix::fs::fchmod(&file, mode)?;
        }
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn swap(&self) -> rustix::io::Result<()> {
        let Self {
            spot: Spot { parent, name },
            temporary,
            kind,
            ..
        } = self;
        match kind {
            Kind::Create => self.rename(temporary, name),
            Kind::Remove => self.rename(name, temporary),
            Kind::Replace => {
                let flags = RenameFlags::EXCHANGE;
                match rustix::fs::renameat_with(parent, temporary, parent, name, flags) {
                    // Some file systems cannot exchange two names.
                    Err(Errno::INVAL | Errno::NOSYS) => {
                        let aside = aside(temporary);
                        self.rename(name, &aside)?;
                        if let Err(errno) = self.rename(temporary, name) {
                            self.rename(&aside, name)?;
                            return Err(errno);
                        }
                        self.rename(&aside, temporary)
                    }
                    other => other,
                }
            }
        }
    }

    fn unswap(&self) -> rustix::io::Result<()> {
        match self.kind {
            Kind::Create => self.rename(&self.spot.name, &self.temporary),
            Kind::Remove => self.rename(&self.temporary, &self.spot.name),
            Kind::Replace => self.swap(),
        }
    }

    /// Renames within the folder, never over another file.
    fn rename(&self, from: &PathBuf, to: &PathBuf) -> rustix::io::Result<()> {
        let parent = &self.spot.parent;
        match rustix::fs::renameat_with(parent, from, parent, to, RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS) => {
                match rustix::fs::statat(parent, to, AtFlags::SYMLINK_NOFOLLOW) {
                    Err(Errno::NOENT) => rustix::fs::renameat(parent, from, parent, to),
                    Ok(_) => Err(Errno::EXIST),
                    Err(errno) => Err(errno),
                }
            }
            other => other,
        }
    }

    fn remove_temporary(&self) -> rustix::io::Result<()> {
        rustix::fs::unlinkat(&self.spot.parent, &self.temporary, AtFlags::empty())
    }
}

fn temporary(number: usize) -> PathBuf {
    PathBuf::from(format!(".greenlight-{}-{number}.tmp", std::process::id()))
}

fn aside(temporary: &std::path::Path) -> PathBuf {
    temporary.with_extension("old")
}

fn changed(path: &str) -> WriteError {
    WriteError::Changed {
        path: path.to_owned(),
    }
}
