//! What can stand in the way of a task.

use super::state::Impossible;
use super::state::TaskState;
use crate::providers::ConnectError;
use crate::store::blobs::BlobError;
use crate::store::index::IndexError;
use crate::store::log::LogError;

/// Why something could not be done with a task. The project is unchanged in every case.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Its state does not allow it.
    #[error("This task is {0} now, so that cannot be done. Nothing was changed.")]
    State(TaskState),
    /// Its project is closed.
    #[error("The folder of this task was closed meanwhile. Nothing was changed. Open it again.")]
    Closed,
    /// What the agent may do cannot be changed while it works.
    #[error("The agent is at work, so what it may do stays as it is. Stop it first.")]
    AtWork,
    /// The person does not trust the folder, or has not been asked yet.
    #[error(
        "You only look in this folder, so nothing of it was run or sent. Trust the folder first, \
         then try again."
    )]
    NotTrusted,
    /// No provider can be asked.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A check has the draft.
    #[error(
        "A check is running on these files. Nothing was written. Wait for it, or stop it first."
    )]
    Checking,
    /// The loop has the draft.
    #[error("Until green is under way in this task, so nothing was changed. Stop it first.")]
    UntilGreen,
    /// Something attached cannot be sent to the model; a sentence or two.
    #[error("{0} Nothing was sent.")]
    Attachments(String),
    /// What was attached in the last turn cannot be sent to the model again; a sentence or two.
    #[error("{0} Nothing was taken back.")]
    AttachmentsAgain(String),
    /// Something attached is not there any more.
    #[error(
        "Something that was attached was taken off meanwhile. Nothing was sent. Look at what is \
         attached and send it again."
    )]
    AttachmentGone,
    /// The bytes of something attached cannot be read any more.
    #[error(
        "{name} cannot be sent: {source}. Nothing was sent. Take it off the message and attach it \
         again."
    )]
    AttachmentLost {
        /// What it is called.
        name: String,
        /// What the store says.
        #[source]
        source: BlobError,
    },
    /// The store of pictures and versions failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// There is no such task, or it is not where it has to be for that.
    #[error("That task is not there any more. Nothing was changed.")]
    NoSuchTask,
    /// A turn is under way.
    #[error("The agent is at work, so the task stays where it is. Stop it first.")]
    MustStop,
    /// A name of nothing but white space.
    #[error("A task needs a name, so it keeps the one it has.")]
    NoName,
    /// Files of a removed task could not be deleted.
    #[error(
        "Not all files of the task could be deleted: {source}. Your folder is unchanged. What is \
         left is deleted when Greenlight starts again."
    )]
    Deleting {
        /// The system's own words.
        source: std::io::Error,
    },
    /// There is no turn that could be taken back.
    #[error(
        "The last message of this task cannot be run again. Nothing was changed; send it once more."
    )]
    NothingToRepeat,
    /// Changes of the turn are in the project.
    #[error(
        "Changes of this turn are in your folder, so it cannot be taken back. Nothing was changed. \
         Undo the apply first, or go on with a new message."
    )]
    AppliedSince,
    /// The draft could not be brought back.
    #[error(
        "The private copy could not be brought back: {source}. Your folder is unchanged. Try again."
    )]
    NotTakenBack {
        /// What went wrong.
        source: Box<crate::project::draft::DraftError>,
    },
    /// A message is too long for the model.
    #[error("{sentence} Nothing was sent.")]
    TooLong {
        /// Its size, the room there is, and what fits.
        sentence: String,
        /// Whether anything of it does.
        fits: bool,
    },
    /// There is next to nothing in the conversation but what the person said.
    #[error("This conversation is short already, so it stays as it is.")]
    ShortAlready,
    /// The conversation is being made shorter.
    #[error(
        "The conversation is being made shorter at the moment. Nothing was sent; send it again when \
         that is done."
    )]
    Compacting,
    /// No turn waits for a budget.
    #[error("This task waits for no budget, so there is nothing to let through. Nothing was sent.")]
    NoBudgetWaits,
    /// No turn waits for a time.
    #[error("This task waits for no time that its provider named, so nothing was sent.")]
    NothingToWaitFor,
    /// A budget is used up; a sentence and the next step.
    #[error("{what} Nothing was sent.")]
    OverBudget {
        /// Which, and what was used.
        what: String,
        /// The next step.
        hint: &'static str,
    },
    /// The message has no text.
    #[error("The message is empty. Nothing was sent.")]
    EmptyMessage,
}

impl From<Impossible> for TaskError {
    fn from(impossible: Impossible) -> Self {
        Self::State(impossible.state)
    }
}
