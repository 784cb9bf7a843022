//! The V4A patch language: what the model writes when it edits files.
//!
//! [`parse`] turns the text into a [`Patch`], [`Patch::paths`] says which files it speaks of,
//! and [`apply`] works out what those files become. Lines are found by their text, not by
//! numbers, in passes that forgive more and more about white space and typography. The bytes of
//! a line the patch does not change are never rewritten: encoding, byte order mark, line endings
//! and the white space of context lines stay as the file has them.
//!
//! Nothing here reads or writes a file. A patch is all or nothing: either every hunk finds its
//! place and the result is a list of [`FileChange`]s, or an [`ApplyError`] says which one did
//! not. Paths are cleaned of `.` and doubled slashes and otherwise left alone; keeping them
//! inside a folder is the caller's part.

mod apply;
mod edit;
mod error;
mod guess;
mod markers;
mod parse;
mod path;
mod preview;
mod seek;
mod similarity;
mod text;

#[cfg(test)]
mod tests;

pub use apply::{ChangeKind, FileChange, apply};
pub use error::{ApplyError, Mismatch, Nearest, ParseError};
pub use parse::{Action, Hunk, HunkLine, LineKind, Patch, Section, parse};
pub use preview::{Preview, PreviewFile, PreviewKind, preview};
