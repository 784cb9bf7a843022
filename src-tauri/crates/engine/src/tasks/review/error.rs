//! Why reviewing fails.

use crate::project::apply::ApplyError;
use crate::project::draft::DraftError;
use crate::store::blobs::BlobError;
use crate::store::index::IndexError;
use crate::tasks::task::TaskError;

/// Why reviewing failed. Nothing in the project changed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The task has no draft yet.
    #[error("This task has no changes yet.")]
    NoDraft,
    /// The file or the version is no longer what was shown.
    #[error("{path} is not what was on screen any more.")]
    Stale {
        /// The file, or what stands for it.
        path: String,
    },
    /// Only a part was meant of what has none.
    #[error("{path} can only be decided as a whole.")]
    OnlyWhole {
        /// The file.
        path: String,
    },
    /// No line of what was meant differs.
    #[error("No line of the selection is a change, so nothing was decided.")]
    NothingThere,
    /// Nothing was named.
    #[error("No file is approved, so there is nothing to apply.")]
    Nothing,
    /// A file that is not approved, though others are marked or it carries a risk.
    #[error("{path} is not approved. Nothing was written.")]
    NotApproved {
        /// The file.
        path: String,
    },
    /// The agent is at work.
    #[error("The agent is still at work on these files. Nothing was written.")]
    Working,
    /// The person only looks in this folder.
    #[error("You only look in this folder, so nothing was written. Trust the folder first.")]
    LookOnly,
    /// The draft could not be read.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// A stored version could not be read.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The marks could not be kept.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The apply failed before anything was written.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The task's own records could not be kept.
    #[error(transparent)]
    Task(#[from] TaskError),
}
