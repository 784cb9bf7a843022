//! One folder, and the files beneath it.
//!
//! A path from outside is never resolved by joining strings. The folder is opened once, and the
//! kernel resolves every path from that descriptor with the rule that no step may leave it, by
//! `..`, by an absolute path or through a link. Links that stay inside are followed, so that a
//! file has one place however it is reached.

use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

/// How many links to links are followed.
const LINKS: usize = 16;
/// How often opening a path is tried again while somebody renames folders on it.
const RENAMES: usize = 32;

/// Why a path beneath the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("Cannot open the folder `{}`: {source}.", path.display())]
    Root { path: PathBuf, source: io::Error },
    #[error("`{path}` leads outside the folder.")]
    Outside { path: String },
    #[error("`{path}` is {kind}, not a file.")]
    NotAFile { path: String, kind: &'static str },
    #[error("Cannot {verb} `{path}`: {source}.")]
    Io {
        verb: &'static str,
        path: String,
        source: io::Error,
    },
}

/// An open folder.
pub(crate) struct Folder {
    root: OwnedFd,
    /// Its path as it was given, and without links.
    paths: [PathBuf; 2],
}

/// Where a file is, or would be: a name in an open folder.
pub(crate) struct Spot {
    pub(crate) parent: OwnedFd,
    pub(crate) name: PathBuf,
}

/// A file that was read.
pub(crate) struct Found {
    pub(crate) bytes: Vec<u8>,
    pub(crate) mode: Mode,
}

impl Folder {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Root {
            path: path.to_owned(),
            source,
        };
        let real = path.canonicalize().map_err(failed)?;
        let root = rustix::fs::open(&real, DIRECTORY, Mode::empty())
            .map_err(|errno| failed(errno.into()))?;
        Ok(Self {
            root,
            paths: [path.to_owned(), real],
        })
    }

    /// The path relative to the folder. An absolute path must name it as the caller or the
    /// system does.
    pub(crate) fn relative(&self, path: &str) -> Result<PathBuf, Error> {
        let written = Path::new(path);
        if !written.is_absolute() {
            return Ok(written.to_owned());
        }
        self.paths
            .iter()
            .filter_map(|root| written.strip_prefix(root).ok())
            .find(|relative| relative.components().next().is_some())
            .map(Path::to_owned)
            .ok_or_else(|| outside(path))
    }

    /// The place behind a path after following links at its end. `follow` is false where the
    /// link itself is meant. `None` if a folder on the way is missing.
    pub(crate) fn spot(&self, path: &str, follow: bool) -> Result<Option<Spot>, Error> {
        let mut relative = self.relative(path)?;
        for _ in 0..LINKS {
            let (parent, name) = split(&relative, path)?;
            let Some(folder) = self.folder(parent, path)? else {
                return Ok(None);
            };
            let name = name.to_owned();
            let link = match rustix::fs::readlinkat(&folder, &name, Vec::new()) {
                Ok(link) if follow => link,
                Ok(_) | Err(Errno::INVAL | Errno::NOENT) => {
                    return Ok(Some(Spot {
                        parent: folder,
                        name,
                    }));
                }
                Err(errno) => return Err(failed("read", path, errno)),
            };
            let link = link
                .to_str()
                .map_err(|_| failed("read", path, Errno::ILSEQ))?;
            relative = match Path::new(link).is_absolute() {
                true => self.relative(link).map_err(|_| outside(path))?,
                false => parent.join(link),
            };
        }
        Err(failed("read", path, Errno::LOOP))
    }

    /// Opens a folder beneath this one; `None` if it is missing.
    fn folder(&self, relative: &Path, path: &str) -> Result<Option<OwnedFd>, Error> {
        match beneath(&self.root, relative, DIRECTORY) {
            Ok(folder) => Ok(Some(folder)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(failed("open the folder of", path, errno)),
        }
    }

    /// The place behind a path, with the missing folders on the way made. Those are added to
    /// `made`, each with the folder it is in.
    pub(crate) fn make_spot(&self, path: &str, made: &mut Vec<Spot>) -> Result<Spot, Error> {
        if let Some(spot) = self.spot(path, true)? {
            return Ok(spot);
        }
        let relative = self.relative(path)?;
        let (parent, name) = split(&relative, path)?;
        let mut at = PathBuf::new();
        let mut folder = beneath(&self.root, Path::new("."), DIRECTORY)
            .map_err(|errno| failed("open the folder of", path, errno))?;
        for part in parent.components() {
            at.push(part);
            folder = match self.folder(&at, path)? {
                Some(folder) => folder,
                None => {
                    let name = PathBuf::from(part.as_os_str());
                    rustix::fs::mkdirat(&folder, &name, Mode::from_raw_mode(0o777))
                        .map_err(|errno| failed("make the folder of", path, errno))?;
                    made.push(Spot {
                        parent: folder,
                        name,
                    });
                    beneath(&self.root, &at, DIRECTORY)
                        .map_err(|errno| failed("open the folder of", path, errno))?
                }
            };
        }
        Ok(Spot {
            parent: folder,
            name: name.to_owned(),
        })
    }

    /// Reads a file; `None` if there is none.
    pub(crate) fn read(&self, path: &str) -> Result<Option<Found>, Error> {
        match self.spot(path, true)? {
            Some(spot) => spot.read(path),
            None => Ok(None),
        }
    }
}

impl Spot {
    /// Reads the file at this place; `None` if there is none.
    pub(crate) fn read(&self, path: &str) -> Result<Option<Found>, Error> {
        // Without blocking: opening a pipe would otherwise wait for somebody to write to it.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match beneath(&self.parent, &self.name, flags) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::NXIO) => {
                return Err(Error::NotAFile {
                    path: path.to_owned(),
                    kind: "a socket",
                });
            }
            Err(errno) => return Err(failed("read", path, errno)),
        };
        let stat = rustix::fs::fstat(&file).map_err(|errno| failed("read", path, errno))?;
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => None,
            FileType::Directory => Some("a folder"),
            FileType::Fifo => Some("a pipe"),
            _ => Some("a device"),
        };
        if let Some(kind) = kind {
            return Err(Error::NotAFile {
                path: path.to_owned(),
                kind,
            });
        }
        let mut bytes = Vec::new();
        std::fs::File::from(file)
            .read_to_end(&mut bytes)
            .map_err(|source| Error::Io {
                verb: "read",
                path: path.to_owned(),
                source,
            })?;
        Ok(Some(Found {
            bytes,
            mode: Mode::from_raw_mode(stat.st_mode),
        }))
    }

    /// What the link at this place says; `None` if it is not a link.
    pub(crate) fn link(&self) -> Option<Vec<u8>> {
        let link = rustix::fs::readlinkat(&self.parent, &self.name, Vec::new()).ok()?;
        Some(link.into_bytes())
    }

    /// Tells this place from all others.
    pub(crate) fn identity(&self, path: &str) -> Result<(u64, u64, PathBuf), Error> {
        let stat = rustix::fs::fstat(&self.parent).map_err(|errno| failed("read", path, errno))?;
        Ok((stat.st_dev, stat.st_ino, self.name.clone()))
    }
}

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// Opens a path that may not leave the folder.
pub(crate) fn beneath(folder: &OwnedFd, path: &Path, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let rules = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let open = || rustix::fs::openat2(folder, path, flags, Mode::empty(), rules);
    for _ in 0..RENAMES {
        match open() {
            // The kernel gives up when something was renamed on the way, and says to try again.
            Err(Errno::AGAIN | Errno::INTR) => {}
            other => return other,
        }
    }
    open()
}

fn split<'p>(relative: &'p Path, path: &str) -> Result<(&'p Path, &'p Path), Error> {
    match relative.components().next_back() {
        Some(Component::Normal(name)) => {
            Ok((relative.parent().unwrap_or(Path::new("")), Path::new(name)))
        }
        _ => Err(outside(path)),
    }
}

fn outside(path: &str) -> Error {
    Error::Outside {
        path: path.to_owned(),
    }
}

pub(crate) fn failed(verb: &'static str, path: &str, errno: Errno) -> Error {
    match errno {
        Errno::XDEV => outside(path),
        errno => Error::Io {
            verb,
            path: path.to_owned(),
            source: errno.into(),
        },
    }
}
