//! What a person attaches to a message: pictures, and any other file as its text.
//!
//! The bytes are the app's own from the moment they are given: a file that is moved or changed
//! afterwards, or a clipboard that is emptied, takes nothing away. What is sent is made from them for
//! the model that will read it, and made again when another model is chosen.
//!
//! A picture goes as a picture. Text of any encoding, a log, a table and the text of a PDF go as
//! words, because no model reads their files.

mod error;
#[cfg(test)]
pub(crate) mod fixture;
pub mod folder;
mod limits;
pub mod parts;
mod pdf;
mod problem;
#[cfg(test)]
mod tests;
mod text;

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::Deserialize;
use serde::Serialize;

pub use self::error::AttachError;
pub use self::error::Wrong;
pub use self::limits::MOST;
pub use self::limits::MOST_BYTES;
pub use self::limits::MOST_TOKENS;
pub use self::limits::grouped;
pub use self::limits::no_room;
pub use self::limits::size;
pub use self::problem::problem;
pub use self::problem::problem_again;
pub use self::problem::problem_at_work;
use crate::store::blobs::BlobId;
use crate::store::blobs::Blobs;
use images::Kind;
use images::LARGEST_FILE;
use images::Measure;

/// One attached thing, as it is kept and shown. Its bytes are in the blob store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Names it among all attachments.
    pub id: String,
    /// What it is called, with the ending of what it really is.
    pub name: String,
    /// The bytes as they were given.
    pub original: BlobId,
    /// What is sent: an encoded picture, or text in UTF-8.
    pub sent: BlobId,
    /// How much that is, in bytes.
    pub bytes: u64,
    /// What it costs, estimated, in tokens.
    pub tokens: u64,
    /// What the person should know of it.
    pub note: Option<String>,
    /// What it is.
    pub content: Content,
}

/// What an attached thing is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    /// A picture.
    Picture {
        /// In pixels, as it is sent.
        width: u32,
        /// In pixels, as it is sent.
        height: u32,
        /// A small picture of it.
        thumbnail: BlobId,
        /// What it was scaled for.
        measure: Measure,
    },
    /// Text.
    Text,
}

impl Attachment {
    /// Whether it is a picture.
    pub fn is_picture(&self) -> bool {
        matches!(self.content, Content::Picture { .. })
    }

    /// The blobs that are shown of it.
    pub fn shows(&self, blob: &BlobId) -> bool {
        self.sent == *blob
            || matches!(&self.content, Content::Picture { thumbnail, .. } if thumbnail == blob)
    }
}

/// Reads a file that the person chose or dropped. It follows links, and waits for nothing: a pipe
/// or a device is refused.
///
/// # Errors
///
/// [`AttachError`] when it is no file, cannot be read or is too big.
pub fn read_file(path: &Path) -> Result<(String, Vec<u8>), AttachError> {
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned();
    match read_all(path) {
        Ok(bytes) => Ok((name, bytes)),
        Err(wrong) => Err(AttachError { name, wrong }),
    }
}

fn read_all(path: &Path) -> Result<Vec<u8>, Wrong> {
    const WITHOUT_WAITING: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options()
        .read(true)
        .custom_flags(WITHOUT_WAITING)
        .open(path)?;
    let about = file.metadata()?;
    if about.is_dir() {
        return Err(Wrong::Folder);
    }
    if !about.is_file() {
        return Err(Wrong::NotAFile);
    }
    if about.len() > LARGEST_FILE {
        return Err(Wrong::TooBig { bytes: about.len() });
    }
    let mut bytes = Vec::new();
    // One that grows while it is read does not fill the memory.
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(Wrong::TooBig {
            bytes: bytes.len() as u64,
        });
    }
    Ok(bytes)
}

/// Keeps what was given and makes it ready for a model that measures pictures this way.
///
/// # Errors
///
/// [`AttachError`] says what is wrong with it; the store may then hold bytes that nothing names.
pub fn attach(
    blobs: &Blobs,
    name: &str,
    bytes: &[u8],
    measure: Measure,
) -> Result<Attachment, AttachError> {
    let failed = |wrong| AttachError {
        name: name.to_owned(),
        wrong,
    };
    if bytes.is_empty() {
        return Err(failed(Wrong::Empty));
    }
    let made = if Kind::of(bytes).is_some() {
        picture(blobs, name, bytes, measure)
    } else {
        file(blobs, name, bytes)
    };
    made.map_err(failed)
}

/// Keeps a picture and makes it ready; anything else is refused.
///
/// # Errors
///
/// [`AttachError`] says what is wrong with it.
pub fn attach_picture(
    blobs: &Blobs,
    name: &str,
    bytes: &[u8],
    measure: Measure,
) -> Result<Attachment, AttachError> {
    picture(blobs, name, bytes, measure).map_err(|wrong| AttachError {
        name: name.to_owned(),
        wrong,
    })
}

/// The same attachment for a model that measures pictures this way.
///
/// # Errors
///
/// [`AttachError`] when the bytes that were given are not in the store any more.
pub fn fitted(
    blobs: &Blobs,
    attachment: Attachment,
    measure: Measure,
) -> Result<Attachment, AttachError> {
    match attachment.content {
        Content::Picture { measure: was, .. } if was != measure => {
            let failed = |wrong| AttachError {
                name: attachment.name.clone(),
                wrong,
            };
            let bytes = blobs
                .get(&attachment.original)
                .map_err(|error| failed(error.into()))?;
            let again = picture(blobs, &attachment.name, &bytes, measure).map_err(failed)?;
            Ok(Attachment {
                id: attachment.id,
                note: attachment.note,
                ..again
            })
        }
        _ => Ok(attachment),
    }
}

fn picture(blobs: &Blobs, name: &str, bytes: &[u8], measure: Measure) -> Result<Attachment, Wrong> {
    let picture = images::prepare(name, bytes, measure)?;
    Ok(Attachment {
        id: uuid::Uuid::now_v7().to_string(),
        original: blobs.put(bytes)?,
        sent: blobs.put(&picture.bytes)?,
        bytes: picture.bytes.len() as u64,
        tokens: picture.tokens,
        note: picture.note,
        content: Content::Picture {
            width: picture.width,
            height: picture.height,
            thumbnail: blobs.put(&picture.thumbnail)?,
            measure,
        },
        name: picture.name,
    })
}

/// The text of a file that is no picture, and what to know of it.
///
/// # Errors
///
/// [`Wrong`] when a model cannot read it.
pub fn as_text(bytes: &[u8]) -> Result<(String, Option<String>), Wrong> {
    match pdf::is_pdf(bytes) {
        true => pdf::text(bytes),
        false => text::text(bytes),
    }
}

/// Whether these are the bytes of a picture.
pub fn is_picture(bytes: &[u8]) -> bool {
    Kind::of(bytes).is_some()
}

fn file(blobs: &Blobs, name: &str, bytes: &[u8]) -> Result<Attachment, Wrong> {
    let (text, note) = as_text(bytes)?;
    // As everywhere: four bytes are a token, roughly.
    let tokens = (text.len() as u64).div_ceil(4);
    if tokens > MOST_TOKENS {
        return Err(Wrong::TooLong {
            bytes: text.len() as u64,
            tokens,
        });
    }
    Ok(Attachment {
        id: uuid::Uuid::now_v7().to_string(),
        name: name.to_owned(),
        original: blobs.put(bytes)?,
        sent: blobs.put(text.as_bytes())?,
        bytes: text.len() as u64,
        tokens,
        note,
        content: Content::Text,
    })
}
