//! Decides whether a folder can be a project, and remembers which folder it is.
//!
//! The path is made canonical once; the folder is then known by its device and inode, so opening it
//! again through a link or another spelling gives the same project. Any name the system allows is
//! fine, also one that is no text.
//!
//! Opening reads the folder's own entry and nothing in it; it runs nothing and writes nothing.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use rustix::fs::Access;
use rustix::fs::AtFlags;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use super::beneath::Root;

/// A folder that a person opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    root: PathBuf,
    identity: Identity,
    read_only: bool,
}

/// Which folder it is, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// The device.
    pub dev: u64,
    /// The folder's number on it.
    pub ino: u64,
}

/// Why a folder cannot be a project. Nothing was read or changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The root of the whole system.
    #[error(
        "`/` is the whole system, not a project. Nothing was opened. Choose the folder that holds \
         your code."
    )]
    WholeSystem,
    /// The home folder, or one that holds it.
    #[error(
        "`{}` holds your home folder, not one project. Nothing was opened. Choose the project's \
         own folder inside it.",
        path.display()
    )]
    Home {
        /// The folder.
        path: PathBuf,
    },
    /// The folder of our own data, one inside it, or one around it.
    #[error(
        "`{}` holds Greenlight's own data, which a draft must not copy. Nothing was opened. Choose \
         another folder.",
        path.display()
    )]
    OwnData {
        /// The folder.
        path: PathBuf,
    },
    /// Nothing is there.
    #[error(
        "`{}` is not there. Nothing was opened. Check whether it was moved or its disk is \
         unplugged, and open it again.",
        path.display()
    )]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// It is a file or something else.
    #[error(
        "`{}` is not a folder. Nothing was opened. Choose the folder that holds it.",
        path.display()
    )]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// The person may not list it.
    #[error(
        "You may not read `{}`. Nothing was opened. Give yourself read permission on the folder, \
         then open it again.",
        path.display()
    )]
    Unreadable {
        /// The folder.
        path: PathBuf,
    },
    /// Anything else the system said.
    #[error("`{}` cannot be opened: {source}. Nothing was changed. Try again.", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Project {
    /// Opens the folder at `path`. `data_dir` is where the app keeps its own data, `home` the
    /// person's home folder.
    pub fn open(path: &Path, data_dir: &Path, home: &Path) -> Result<Self, OpenError> {
        let refused = |source: io::Error| {
            let path = path.to_owned();
            match source.kind() {
                io::ErrorKind::NotFound => OpenError::Missing { path },
                io::ErrorKind::NotADirectory => OpenError::NotAFolder { path },
                io::ErrorKind::PermissionDenied => OpenError::Unreadable { path },
                _ => OpenError::Io { path, source },
            }
        };
        let root = fs::canonicalize(path).map_err(refused)?;
        if root == Path::new("/") {
            return Err(OpenError::WholeSystem);
        }
        if !fs::metadata(&root).map_err(refused)?.is_dir() {
            return Err(OpenError::NotAFolder { path: root });
        }
        if lexical_or_real(home).starts_with(&root) {
            return Err(OpenError::Home { path: root });
        }
        let data_dir = lexical_or_real(data_dir);
        if data_dir.starts_with(&root) || root.starts_with(&data_dir) {
            return Err(OpenError::OwnData { path: root });
        }
        let folder = Root::open(&root).map_err(refused)?;
        // Listing and entering are separate rights; a project needs both.
        rustix::fs::accessat(
            &folder,
            ".",
            Access::READ_OK | Access::EXEC_OK,
            AtFlags::empty(),
        )
        .map_err(|e| refused(e.into()))?;
        let read_only =
            rustix::fs::accessat(&folder, ".", Access::WRITE_OK, AtFlags::empty()).is_err();
        let identity = Identity::of(&folder).map_err(refused)?;
        Ok(Self {
            root,
            identity,
            read_only,
        })
    }

    /// The canonical path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Which folder it is.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// A name for our own folders about this project; the same for the same canonical path, also
    /// after a reboot, which device numbers need not survive.
    pub fn key(&self) -> String {
        key_of(&self.root)
    }

    /// What the person should know before working here.
    pub fn notice(&self) -> Option<String> {
        self.read_only.then(|| {
            format!(
                "You may not write in `{}`. You can work and review here, but applying will be \
                 refused until you may.",
                self.root.display()
            )
        })
    }
}

/// See [`Project::key`].
pub(crate) fn key_of(root: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let hash = Sha256::digest(root.as_os_str().as_bytes());
    hash[..12].iter().map(|b| format!("{b:02x}")).collect()
}

impl Identity {
    pub(crate) fn of(folder: &Root) -> io::Result<Self> {
        let stat = rustix::fs::fstat(folder)?;
        Ok(Self {
            dev: stat.st_dev,
            ino: stat.st_ino,
        })
    }
}

/// The canonical path as far as it exists: our data folder may not have been made yet.
fn lexical_or_real(path: &Path) -> PathBuf {
    for above in path.ancestors() {
        if let Ok(real) = fs::canonicalize(above) {
            let rest = path.strip_prefix(above).expect("an ancestor is a prefix");
            return if rest.as_os_str().is_empty() {
                real
            } else {
                real.join(rest)
            };
        }
    }
    path.to_owned()
}

#[cfg(test)]
mod tests;
