//! Why a project could not be copied, for a person.

use std::io;
use std::path::PathBuf;

use super::readable_size;
use crate::project::beneath;
use crate::project::open::Project;
use crate::store::blobs::BlobError;

/// Why there is no copy. The project is unchanged and the partial copy of no use.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The person changed their mind.
    #[error("Copying `{}` was stopped. Your folder is unchanged.", project.display())]
    Cancelled {
        /// The project.
        project: PathBuf,
    },
    /// It would not fit, or did not.
    #[error(
        "There is not enough room on the disk for a draft of `{}`: it needs {}, and {} are free. \
         Your folder is unchanged. Free some space, then try again.",
        project.display(), readable_size(*needed), readable_size(*free)
    )]
    NoRoom {
        /// The project.
        project: PathBuf,
        /// Bytes that it takes.
        needed: u64,
        /// Bytes that there are.
        free: u64,
    },
    /// It filled up meanwhile.
    #[error(
        "The disk filled up while `{}` was being copied. Your folder is unchanged. Free some \
         space, then try again.",
        project.display()
    )]
    FilledUp {
        /// The project.
        project: PathBuf,
    },
    /// The folder is not there any more.
    #[error(
        "`{}` is no longer the folder that was opened. Nothing was changed. Open it again.",
        project.display()
    )]
    ProjectGone {
        /// The project.
        project: PathBuf,
    },
    /// Writing failed.
    #[error(
        "The draft of `{}` could not be written: {source}. Your folder is unchanged.",
        project.display()
    )]
    Io {
        /// The project.
        project: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The store of file versions failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

pub(super) fn failed(project: &Project, source: io::Error) -> CopyError {
    let project = project.root().to_owned();
    if beneath::is_full(&source) {
        return CopyError::FilledUp { project };
    }
    CopyError::Io { project, source }
}
