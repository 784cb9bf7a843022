//! Opens what lies below a folder, and nothing that lies outside of it.
//!
//! A [`Root`] is an open folder. Paths are resolved from its descriptor by the kernel
//! (`openat2` with `RESOLVE_BENEATH`), so that a link, a `..` or a folder that is swapped for a link
//! meanwhile cannot lead out. Where the kernel has no `openat2`, each part is opened by itself and
//! links are refused.
//!
//! Files are opened for reading without touching their access time where that is allowed, and
//! without waiting for the other end of a FIFO.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::AtFlags;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::ResolveFlags;
use rustix::io::Errno;

use super::path::RelPath;
use super::stat::Stat;

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// An open folder below which everything happens.
#[derive(Debug)]
pub(crate) struct Root {
    fd: OwnedFd,
}

impl Root {
    /// Opens a folder.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let fd = rustix::fs::open(path, FOLDER, Mode::empty())?;
        Ok(Self { fd })
    }

    /// The folder at `path`. Links on the way are refused with `ELOOP`.
    pub(crate) fn folder(&self, path: &RelPath) -> io::Result<OwnedFd> {
        self.open_strict(path, FOLDER | OFlags::NOFOLLOW)
    }

    /// The folder that holds `path`, and the name of `path` in it.
    pub(crate) fn parent<'a>(&self, path: &'a RelPath) -> io::Result<(OwnedFd, &'a OsStr)> {
        let parent = path.parent().ok_or(Errno::INVAL)?;
        Ok((self.folder(&parent)?, path.name()))
    }

    /// What `path` is; `None` when it, or a folder above it, is not there.
    pub(crate) fn stat(&self, path: &RelPath) -> io::Result<Option<Stat>> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match self.open_strict(path, flags) {
            Ok(fd) => Ok(Some(Stat::of(&rustix::fs::fstat(fd)?))),
            Err(e) if is_absent(&e) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Opens a file for reading; refuses links, also on the way, and does not wait for a FIFO.
    pub(crate) fn file(&self, path: &RelPath) -> io::Result<File> {
        let (folder, name) = self.parent(path)?;
        open_quietly(folder.as_fd(), name)
    }

    /// Opens a file for reading through links that stay inside.
    pub(crate) fn file_through_links(&self, path: &RelPath) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        match rustix::fs::openat2(&self.fd, named(path), flags, Mode::empty(), resolve) {
            Ok(fd) => Ok(fd.into()),
            Err(Errno::NOSYS | Errno::PERM) => self.file(path),
            Err(e) => Err(e.into()),
        }
    }

    /// Where the link at `path` points.
    pub(crate) fn link(&self, path: &RelPath) -> io::Result<Vec<u8>> {
        let (folder, name) = self.parent(path)?;
        link_at(folder.as_fd(), name)
    }

    fn open_strict(&self, path: &RelPath, flags: OFlags) -> io::Result<OwnedFd> {
        let resolve =
            ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_SYMLINKS;
        loop {
            match rustix::fs::openat2(&self.fd, named(path), flags, Mode::empty(), resolve) {
                // A rename elsewhere disturbed the look-up.
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(Errno::NOSYS | Errno::PERM | Errno::NAMETOOLONG) => {
                    return self.open_by_parts(path, flags);
                }
                other => return Ok(other?),
            }
        }
    }

    fn open_by_parts(&self, path: &RelPath, flags: OFlags) -> io::Result<OwnedFd> {
        let way = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut at = rustix::fs::openat(&self.fd, ".", way, Mode::empty())?;
        let mut parts = path.parts().peekable();
        while let Some(part) = parts.next() {
            let flags = if parts.peek().is_some() {
                way
            } else {
                flags | OFlags::NOFOLLOW
            };
            at = rustix::fs::openat(&at, part, flags, Mode::empty())?;
        }
        if path.is_root() {
            Ok(rustix::fs::openat(&at, ".", flags, Mode::empty())?)
        } else {
            Ok(at)
        }
    }
}

impl From<OwnedFd> for Root {
    fn from(fd: OwnedFd) -> Self {
        Self { fd }
    }
}

impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Opens the file `name` of a folder for reading; refuses a link.
pub(crate) fn open_quietly(folder: BorrowedFd<'_>, name: &OsStr) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    match rustix::fs::openat(folder, name, flags | OFlags::NOATIME, Mode::empty()) {
        // Only the owner may leave the access time alone.
        Err(Errno::PERM) => Ok(rustix::fs::openat(folder, name, flags, Mode::empty())?.into()),
        other => Ok(other?.into()),
    }
}

/// What the entry `name` of a folder is; `None` when it is not there.
pub(crate) fn stat_at(folder: BorrowedFd<'_>, name: &OsStr) -> io::Result<Option<Stat>> {
    match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(Stat::of(&stat))),
        Err(Errno::NOENT) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

/// Where the link `name` of a folder points.
pub(crate) fn link_at(folder: BorrowedFd<'_>, name: &OsStr) -> io::Result<Vec<u8>> {
    Ok(rustix::fs::readlinkat(folder, name, Vec::new())?.into_bytes())
}

/// Whether an error says that the thing, or a folder above it, is not there.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::NOENT | Errno::NOTDIR)
    )
}

/// Whether an error says that a link stands where none may be.
pub(crate) fn is_link_refusal(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::LOOP | Errno::XDEV))
}

/// Whether an error says that there is no room.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

fn named(path: &RelPath) -> &Path {
    if path.is_root() {
        Path::new(".")
    } else {
        path.as_path()
    }
}
