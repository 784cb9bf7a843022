//! One file's text for the editor, and the bytes that an edited text becomes.
//!
//! The editor sees lines that end in a line feed. What is written keeps the file's encoding, its
//! byte order mark, and the ending of every line that was there before.

use std::io::Read;

use encoding_rs::Encoding;

use super::FilesError;
use super::Side;
use super::endings;
use super::endings::Ending;
use super::explain;
use crate::project::beneath::Root;
use crate::project::path::RelPath;
use crate::project::stat::Kind;
use crate::project::stat::Stat;
use crate::project::text;
use crate::project::text::Text;
use crate::store::blobs::BlobId;

/// Bytes of the largest file that the editor opens.
pub const LARGEST: u64 = 4 << 20;

/// A file as the editor shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileText {
    /// Names exactly these bytes.
    pub version: BlobId,
    /// Bytes.
    pub size: u64,
    /// What can be shown of it.
    pub content: Content,
}

/// What can be shown of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text.
    Text {
        /// Every line ends in a line feed.
        text: String,
        /// The encoding's name, empty for plain UTF-8.
        encoding: String,
        /// How its lines end.
        ending: Ending,
    },
    /// One sentence that says why it is not shown.
    Not(String),
}

/// Why an edited text could not become the file's bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{letter}\" cannot be written in {encoding}, the encoding of this file. Nothing was saved; \
     your text is kept. Take it out, or ask the agent to convert the file to UTF-8."
)]
pub struct Unwritable {
    letter: char,
    encoding: String,
}

/// Opens a file of one of the trees.
pub(crate) fn read(root: &Root, path: &RelPath, side: Side) -> Result<FileText, FilesError> {
    let failed = |e| explain(path, side, e);
    let stat = root.stat(path).map_err(failed)?;
    let stat = stat.ok_or_else(|| failed(rustix::io::Errno::NOENT.into()))?;
    match stat.kind {
        Kind::File => {}
        Kind::Link => return Err(FilesError::Link { path: path.clone() }),
        Kind::Folder | Kind::Special => return Err(FilesError::NotAFile { path: path.clone() }),
    }
    let file = root.file(path).map_err(failed)?;
    let stat = Stat::of(&rustix::fs::fstat(&file).map_err(|e| failed(e.into()))?);
    if stat.kind != Kind::File {
        return Err(FilesError::NotAFile { path: path.clone() });
    }
    if stat.size > LARGEST {
        return Ok(FileText {
            version: BlobId::of(&[]),
            size: stat.size,
            content: Content::Not(format!(
                "This file has {}, and the editor opens files of up to 4 MB. Open it in your own \
                 editor, or ask the agent about a part of it.",
                words(stat.size)
            )),
        });
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(of_bytes(&bytes))
}

/// The same of bytes at hand.
pub fn of_bytes(bytes: &[u8]) -> FileText {
    let read = text::decode(bytes);
    let encoding = read.label();
    let content = match read {
        Text::Text { text, .. } => {
            let (text, ending) = endings::taken(&text);
            Content::Text {
                text,
                encoding,
                ending,
            }
        }
        Text::Binary | Text::TooLarge => Content::Not(format!(
            "This file is not text ({}). Open it in the program that made it.",
            words(bytes.len() as u64)
        )),
    };
    FileText {
        version: BlobId::of(bytes),
        size: bytes.len() as u64,
        content,
    }
}

/// The bytes of an edited text, in the encoding and with the line endings of `before`.
///
/// # Errors
///
/// [`Unwritable`] when the encoding has no such letter.
pub fn to_bytes(before: &[u8], edited: &str) -> Result<Vec<u8>, Unwritable> {
    let (old, encoding, mark) = match text::decode(before) {
        Text::Text {
            text,
            encoding,
            mark,
        } => (text, encoding, mark),
        Text::Binary | Text::TooLarge => (String::new(), "UTF-8", false),
    };
    let text = endings::given_back(&old, edited);
    let mut bytes = Vec::new();
    match encoding {
        "UTF-8" => {
            if mark {
                bytes.extend_from_slice(b"\xef\xbb\xbf");
            }
            bytes.extend_from_slice(text.as_bytes());
        }
        "UTF-16LE" | "UTF-16BE" => {
            let put = |unit: u16| match encoding {
                "UTF-16LE" => unit.to_le_bytes(),
                _ => unit.to_be_bytes(),
            };
            if mark {
                bytes.extend(put(0xfeff));
            }
            bytes.extend(text.encode_utf16().flat_map(put));
        }
        _ => {
            let table = Encoding::for_label(encoding.as_bytes()).unwrap_or(encoding_rs::UTF_8);
            let (encoded, _, lost) = table.encode(&text);
            let back = table.decode_without_bom_handling_and_without_replacement(&encoded);
            if lost || back.as_deref() != Some(&*text) {
                let lost = |letter: &char| {
                    let mut one = [0; 4];
                    table.encode(letter.encode_utf8(&mut one)).2
                };
                return Err(Unwritable {
                    letter: text.chars().find(lost).unwrap_or('?'),
                    encoding: encoding.to_owned(),
                });
            }
            bytes.extend_from_slice(&encoded);
        }
    }
    Ok(bytes)
}

/// A size for a person.
fn words(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KB", bytes.div_ceil(1024)),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}
