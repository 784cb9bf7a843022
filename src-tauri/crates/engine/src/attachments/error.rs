//! Why something cannot be attached.

use std::io;

use super::limits::MOST_TOKENS;
use super::limits::grouped;
use super::limits::size;
use crate::store::blobs::BlobError;
use images::PictureError;

/// Why something cannot be attached: one sentence that names it.
#[derive(Debug, thiserror::Error)]
#[error("{name} {wrong}.")]
pub struct AttachError {
    /// What it is called.
    pub name: String,
    /// What is wrong with it.
    #[source]
    pub wrong: Wrong,
}

/// What can be wrong with a thing to attach. Each is the end of a sentence that begins with its name.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// It is a picture that cannot be sent.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// It is a folder.
    #[error("is a folder, and only files can be attached; name it in your message instead")]
    Folder,
    /// It is a pipe, a socket or a device.
    #[error("is not an ordinary file")]
    NotAFile,
    /// It went away before it was read.
    #[error("is not there any more")]
    Gone,
    /// The person may not read it.
    #[error("may not be read: you have no permission")]
    NotAllowed,
    /// The system said something else.
    #[error("cannot be read: {0}")]
    Io(io::Error),
    /// It has no content.
    #[error("is empty")]
    Empty,
    /// It is too big to be read at all.
    #[error("has {}, and an attached file may have at most 50 MB", size(*bytes))]
    TooBig {
        /// Of the file.
        bytes: u64,
    },
    /// Its text is too long.
    #[error(
        "holds {} of text, which is about {} tokens, and a message takes {}; cut it, or put it into \
         the folder and let the agent search it",
        size(*bytes),
        grouped(*tokens),
        grouped(MOST_TOKENS)
    )]
    TooLong {
        /// Of text.
        bytes: u64,
        /// Estimated.
        tokens: u64,
    },
    /// It is a folder without any text in it.
    #[error("is a folder without any text in it, so there is nothing of it to attach")]
    NoTexts,
    /// It is a folder with very much in it.
    #[error(
        "is a folder with more than 2,000 files or 40 MB of text; choose a smaller one, or name it in \
         your message and let the agent search it"
    )]
    TooManyFiles,
    /// It is neither text nor a picture nor a PDF.
    #[error("is neither a picture nor text nor a PDF, so a model cannot read it")]
    Binary,
    /// It is a picture of a kind that models do not take.
    #[error("is {what}, which models cannot read; save it as PNG or JPEG")]
    Foreign {
        /// With its article.
        what: &'static str,
    },
    /// It is a PDF that holds pictures only.
    #[error("holds no text, so it is probably a scan; attach pictures of its pages instead")]
    NoText,
    /// It is a PDF that needs a password.
    #[error("is locked with a password; save a copy without one")]
    Locked,
    /// It is a PDF that cannot be read.
    #[error("is a damaged PDF and cannot be read; save it again in another program")]
    DamagedPdf,
    /// The message has no room for it.
    #[error("{0}")]
    NoRoom(String),
    /// The store failed.
    #[error("could not be kept: {0}")]
    Store(#[from] BlobError),
}

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Gone,
            io::ErrorKind::PermissionDenied => Self::NotAllowed,
            io::ErrorKind::IsADirectory => Self::Folder,
            _ => Self::Io(error),
        }
    }
}
