//! The single moves that a transaction is made of, each beneath the project's folder.

use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::os::fd::AsFd;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;

use rustix::fs::AtFlags;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::RenameFlags;
use rustix::io::Errno;

use super::fault;
use super::journal::FolderStep;
use super::journal::Record;
use crate::project::beneath;
use crate::project::beneath::Root;
use crate::project::draft::KeepError;
use crate::project::draft::keep;
use crate::project::path::RelPath;
use crate::project::stat::Kind;
use crate::project::stat::Version;
use crate::store::blobs::BlobId;
use crate::store::blobs::Blobs;

/// More files than this are synced together with the whole file system.
pub(super) const MANY: usize = 64;

pub(super) fn create(folder: &OwnedFd, name: &std::ffi::OsStr) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(folder, name, flags, Mode::from_raw_mode(0o600))?.into())
}

pub(super) fn pour(
    from: &mut File,
    to: &mut File,
    size: u64,
    point: &'static str,
) -> io::Result<()> {
    to.rewind()?;
    let mut piece = vec![0; 1 << 20];
    loop {
        let n = from.read(&mut piece)?;
        if n == 0 {
            break;
        }
        // Two halves, so that a death in the middle can be staged with small files.
        let (first, second) = piece[..n].split_at(n / 2);
        io::Write::write_all(to, first)?;
        fault::point(point)?;
        io::Write::write_all(to, second)?;
    }
    to.set_len(size)?;
    to.sync_all()
}

pub(super) fn open_writable(root: &Root, path: &RelPath) -> io::Result<File> {
    let (folder, name) = root.parent(path)?;
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    Ok(rustix::fs::openat(folder, name, flags, Mode::empty())?.into())
}

pub(super) fn set_mode(root: &Root, path: &RelPath, mode: u32) -> io::Result<()> {
    let file = root.file(path)?;
    file.set_permissions(fs::Permissions::from_mode(mode & 0o777))?;
    file.sync_all()
}

/// What stands at a path, by hash; nothing is kept.
pub(super) fn version(root: &Root, path: &RelPath) -> io::Result<Option<Version>> {
    let Some(stat) = root.stat(path)? else {
        return Ok(None);
    };
    let (blob, size) = match stat.kind {
        Kind::Link => {
            let target = root.link(path)?;
            (BlobId::of(&target), target.len() as u64)
        }
        Kind::File => BlobId::of_reader(&mut root.file(path)?)?,
        Kind::Folder | Kind::Special => return Ok(None),
    };
    Ok(Some(Version {
        blob,
        kind: stat.kind,
        mode: stat.mode & 0o777,
        size,
    }))
}

pub(super) fn swap(root: &Root, a: &RelPath, b: &RelPath) -> io::Result<()> {
    let ((folder_a, name_a), (folder_b, name_b)) = (root.parent(a)?, root.parent(b)?);
    let flags = RenameFlags::EXCHANGE;
    Ok(rustix::fs::renameat_with(
        folder_a, name_a, folder_b, name_b, flags,
    )?)
}

/// Renames to a name that must be free.
pub(super) fn take_name(root: &Root, from: &RelPath, to: &RelPath) -> io::Result<()> {
    let ((folder_a, name_a), (folder_b, name_b)) = (root.parent(from)?, root.parent(to)?);
    let flags = RenameFlags::NOREPLACE;
    match rustix::fs::renameat_with(&folder_a, name_a, &folder_b, name_b, flags) {
        Err(e) if is_unsupported(&e.into()) => {
            if beneath::stat_at(folder_b.as_fd(), name_b)?.is_some() {
                return Err(Errno::EXIST.into());
            }
            Ok(rustix::fs::renameat(folder_a, name_a, folder_b, name_b)?)
        }
        other => Ok(other?),
    }
}

pub(super) fn is_unsupported(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP)
    )
}

pub(super) fn unlink(root: &Root, path: &RelPath) -> io::Result<()> {
    let (folder, name) = match root.parent(path) {
        Err(e) if beneath::is_absent(&e) => return Ok(()),
        other => other?,
    };
    match rustix::fs::unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

pub(super) fn remove_folder(root: &Root, path: &RelPath) -> io::Result<()> {
    let (folder, name) = root.parent(path)?;
    Ok(rustix::fs::unlinkat(folder, name, AtFlags::REMOVEDIR)?)
}

pub(super) fn make_folder(root: &Root, step: &FolderStep) -> io::Result<()> {
    let (folder, name) = root.parent(&step.path)?;
    match rustix::fs::mkdirat(folder, name, Mode::from_raw_mode(0o777)) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(e) => return Err(e.into()),
    }
    let made = File::from(root.folder(&step.path)?);
    if let Some(mode) = step.mode {
        made.set_permissions(fs::Permissions::from_mode(mode & 0o7777))?;
    }
    Ok(())
}

/// Waits until everything the transaction has written so far is on the disk.
pub(super) fn sync(root: &Root, record: &Record) -> io::Result<()> {
    if record.plan.files.len() > MANY {
        return Ok(rustix::fs::syncfs(root)?);
    }
    let mut folders = std::collections::BTreeSet::new();
    for step in &record.plan.files {
        folders.extend(step.path.parent());
        folders.extend(step.temp.parent());
    }
    for folder in record.plan.make.iter().chain(&record.plan.prune) {
        folders.extend(folder.path.parent());
    }
    for folder in folders {
        match root.folder(&folder) {
            Ok(fd) => rustix::fs::fsync(fd)?,
            // Behind a link nothing of ours was written.
            Err(e) if beneath::is_absent(&e) || beneath::is_link_refusal(&e) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Keeps bytes that are about to be removed and that nothing else may hold.
pub(super) fn keep_for_good(root: &Root, path: &RelPath, blobs: &Blobs) -> io::Result<()> {
    keep(root, path, blobs).map_err(|error| match error {
        KeepError::Io(e) => e,
        KeepError::Blobs(e) => io::Error::other(e),
    })?;
    blobs.sync().map_err(io::Error::other)
}
