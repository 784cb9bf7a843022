//! The files of a project and of one draft of it, as a person looks at them: a folder at a time, by
//! name, and one file's text.
//!
//! Everything here only reads. A path is opened beneath the root of its tree and never through a
//! link. A file's own text is the project's or the draft's, and which one is always said.

pub mod endings;
pub mod find;
pub mod outside;
pub mod text;
pub mod tree;

#[cfg(test)]
mod tests;

use std::io;

use super::beneath::Root;
use super::open::Identity;
use super::open::Project;
use super::path::RelPath;

/// Why a file or folder cannot be shown, kept or opened elsewhere. Nothing was changed in any case.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The window names something that was never told, or that is no longer known.
    #[error("That file is not in the list any more. Nothing was changed. Choose it again.")]
    Unknown,
    /// It is not there in the tree that was asked about.
    #[error("`{path}` is not in {side}. Nothing was changed. {next}")]
    NotThere {
        /// The path.
        path: RelPath,
        /// The tree.
        side: Side,
        /// What to do.
        next: &'static str,
    },
    /// A folder or a special file stands there.
    #[error("`{path}` is not a file that can be opened. Nothing was changed.")]
    NotAFile {
        /// The path.
        path: RelPath,
    },
    /// A link stands there or on the way.
    #[error(
        "`{path}` is a link, and links are not followed here. Nothing was opened. Open the file \
         that it points to."
    )]
    Link {
        /// The path.
        path: RelPath,
    },
    /// The person may not read it.
    #[error(
        "You may not read `{path}`. Nothing was changed. Give yourself read permission, then open \
         it again."
    )]
    Unreadable {
        /// The path.
        path: RelPath,
    },
    /// The person does not trust the folder, or has not been asked yet.
    #[error(
        "You only look in this folder, so no other program was given a file of it. Trust the folder \
         first, or show the file in the file manager."
    )]
    NotTrusted,
    /// The desktop would run it.
    #[error(
        "`{path}` {why}, so your desktop may run it instead of showing it. It was not opened. Show \
         it in the file manager and decide there."
    )]
    Runs {
        /// The path.
        path: RelPath,
        /// What it is.
        why: &'static str,
    },
    /// No program of the desktop took it.
    #[error("`{path}` could not be opened: {why}. Nothing was changed.")]
    NoProgram {
        /// The path.
        path: RelPath,
        /// What was tried.
        why: String,
    },
    /// The folder is gone.
    #[error(
        "Your folder is not there right now. Nothing was changed. Bring it back, then try again."
    )]
    Gone,
    /// Anything else the system said.
    #[error("`{path}` cannot be read: {source}. Nothing was changed. Try again.")]
    Io {
        /// The path.
        path: RelPath,
        /// What the system said.
        source: io::Error,
    },
}

/// Which of the two trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The person's folder.
    Project,
    /// The task's private copy.
    Draft,
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Project => "your folder",
            Self::Draft => "the private copy",
        })
    }
}

/// The project's folder, when it is still the one that was opened.
pub(crate) fn project_root(project: &Project) -> Result<Root, FilesError> {
    let root = Root::open(project.root()).map_err(|_| FilesError::Gone)?;
    match Identity::of(&root) {
        Ok(identity) if identity == project.identity() => Ok(root),
        _ => Err(FilesError::Gone),
    }
}

fn explain(path: &RelPath, side: Side, source: io::Error) -> FilesError {
    let path = path.clone();
    if super::beneath::is_absent(&source) {
        let next = match side {
            Side::Project => "It may exist in the private copy only.",
            Side::Draft => "Look at your folder's version instead.",
        };
        return FilesError::NotThere { path, side, next };
    }
    if super::beneath::is_link_refusal(&source) {
        return FilesError::Link { path };
    }
    if source.kind() == io::ErrorKind::PermissionDenied {
        return FilesError::Unreadable { path };
    }
    FilesError::Io { path, source }
}
