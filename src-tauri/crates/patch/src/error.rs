//! Why a patch could not be read or applied.
//!
//! Each error is one sentence that names the file, the hunk and the line of the patch, and each
//! has a [hint](ApplyError::hint) for the next step. The reader is as often the model as a
//! person, so the text that was found instead is part of the message.

/// The text is not a patch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The first line is not `*** Begin Patch`.
    #[error("The first line of the patch must be `*** Begin Patch`; it is `{found}`.")]
    MissingBegin {
        /// The first line that is not blank, shortened.
        found: String,
    },
    /// The last line is not `*** End Patch`.
    #[error("The last line of the patch must be `*** End Patch`; line {line} is `{found}`.")]
    MissingEnd {
        /// Line of the patch, from 1.
        line: usize,
        /// The last line, shortened.
        found: String,
    },
    /// A line where a file header was expected.
    #[error("Line {line} of the patch, `{found}`, is not a file header.")]
    InvalidHeader {
        /// Line of the patch, from 1.
        line: usize,
        /// What is there, shortened.
        found: String,
    },
    /// A header without a usable path.
    #[error("Line {line} of the patch names no file: `{found}`.")]
    InvalidPath {
        /// Line of the patch, from 1.
        line: usize,
        /// What is there, shortened.
        found: String,
    },
    /// A line of a new file without its `+`.
    #[error("Line {line} of the patch, `{found}`, is inside the new file `{path}` but lacks `+`.")]
    InvalidAddLine {
        /// The file being added.
        path: String,
        /// Line of the patch, from 1.
        line: usize,
        /// What is there, shortened.
        found: String,
    },
    /// A line of a hunk without its first character.
    #[error(
        "Line {line} of the patch, `{found}`, in hunk {hunk} of `{path}`, starts with neither \
         a space, `+` nor `-`."
    )]
    InvalidHunkLine {
        /// The file being updated.
        path: String,
        /// Number of the hunk in this file, from 1.
        hunk: usize,
        /// Line of the patch, from 1.
        line: usize,
        /// What is there, shortened.
        found: String,
    },
    /// Something follows `*** End of File` that is neither a hunk nor a header.
    #[error(
        "Line {line} of the patch, `{found}`, follows `*** End of File` in hunk {hunk} of \
         `{path}`."
    )]
    AfterEndOfFile {
        /// The file being updated.
        path: String,
        /// Number of the hunk in this file, from 1.
        hunk: usize,
        /// Line of the patch, from 1.
        line: usize,
        /// What is there, shortened.
        found: String,
    },
    /// An update that changes nothing and moves nothing.
    #[error("The update of `{path}` at line {line} of the patch is empty.")]
    EmptyUpdate {
        /// The file being updated.
        path: String,
        /// Line of the patch, from 1.
        line: usize,
    },
    /// A hunk without lines.
    #[error("Hunk {hunk} of `{path}` at line {line} of the patch has no lines.")]
    EmptyHunk {
        /// The file being updated.
        path: String,
        /// Number of the hunk in this file, from 1.
        hunk: usize,
        /// Line of the patch, from 1.
        line: usize,
    },
}

impl ParseError {
    /// The next step.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::MissingBegin { .. } => {
                "Nothing was changed. Send the patch alone, from `*** Begin Patch` to `*** End Patch`."
            }
            Self::MissingEnd { .. } => {
                "Nothing was changed. The patch may have been cut off: end it with `*** End Patch`."
            }
            Self::InvalidHeader { .. } => {
                "Nothing was changed. Use `*** Add File: PATH`, `*** Delete File: PATH` or \
                 `*** Update File: PATH`."
            }
            Self::InvalidPath { .. } => {
                "Nothing was changed. Write the file's path after the colon, without a slash at its end."
            }
            Self::InvalidAddLine { .. } => {
                "Nothing was changed. Start every line of a new file with `+`."
            }
            Self::InvalidHunkLine { .. } => {
                "Nothing was changed. Start context lines with a space, new lines with `+`, old \
                 lines with `-`."
            }
            Self::AfterEndOfFile { .. } => {
                "Nothing was changed. Start another hunk with `@@`, or move these lines above the marker."
            }
            Self::EmptyUpdate { .. } => {
                "Nothing was changed. Add a hunk that starts with `@@`, or leave the file out."
            }
            Self::EmptyHunk { .. } => "Nothing was changed. Add lines below `@@`, or remove it.",
        }
    }
}

/// A patch that could be read but does not fit the files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The patch has no file in it.
    #[error("No files were modified: the patch is empty.")]
    Empty,
    /// A file to update or delete is not there.
    #[error("Cannot {verb} `{path}` (line {line} of the patch): {reason}.")]
    Missing {
        /// `update` or `delete`.
        verb: &'static str,
        /// The file.
        path: String,
        /// Line of the patch, from 1.
        line: usize,
        /// Why it is not there.
        reason: String,
    },
    /// A file that is not text.
    #[error("Cannot update `{path}` (line {line} of the patch): it is not a text file.")]
    NotText {
        /// The file.
        path: String,
        /// Line of the patch, from 1.
        line: usize,
    },
    /// The text after `@@` is not in the file.
    #[error("{0}")]
    ContextNotFound(Box<Mismatch>),
    /// The old lines of a hunk are not in the file.
    #[error("{0}")]
    LinesNotFound(Box<Mismatch>),
    /// A new line has characters the file's encoding lacks.
    #[error(
        "Cannot write line {line} of the patch (hunk {hunk}) into `{path}`: `{text}` does not fit \
         the file's encoding, {encoding}."
    )]
    Unencodable {
        /// The file.
        path: String,
        /// Number of the hunk in this section, from 1.
        hunk: usize,
        /// Line of the patch, from 1.
        line: usize,
        /// The new line, shortened.
        text: String,
        /// Name of the encoding.
        encoding: String,
    },
}

/// What was looked for, where the patch asks for it, and what came closest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The file.
    pub path: String,
    /// Number of the hunk in this section, from 1.
    pub hunk: usize,
    /// Line of the patch where the hunk starts, from 1.
    pub line: usize,
    /// The text after `@@`, or the first of the expected lines that differs from the nearest
    /// text; shortened.
    pub expected: String,
    /// Line of the patch of `expected`, from 1.
    pub expected_line: usize,
    /// What in the file looks most like it.
    pub nearest: Option<Nearest>,
    /// Line of the file, from 1, where the text is, but above the place of an earlier hunk.
    pub above: Option<usize>,
}

/// The text in a file that looks most like what a hunk expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// Line of the file, from 1.
    pub line: usize,
    /// That line, shortened.
    pub text: String,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Hunk {} of `{}` (line {} of the patch) does not fit: ",
            self.hunk, self.path, self.line
        )?;
        match (&self.above, &self.nearest) {
            (Some(line), _) => write!(
                f,
                "`{}` (line {} of the patch) is at line {line} of the file, above an earlier hunk.",
                self.expected, self.expected_line
            ),
            (None, Some(near)) => write!(
                f,
                "`{}` (line {} of the patch) is not in the file there; the nearest text is line \
                 {}: `{}`.",
                self.expected, self.expected_line, near.line, near.text
            ),
            (None, None) => write!(
                f,
                "`{}` (line {} of the patch) is not in the file, nor anything like it.",
                self.expected, self.expected_line
            ),
        }
    }
}

impl ApplyError {
    /// The next step.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "Put at least one file between `*** Begin Patch` and `*** End Patch`.",
            Self::Missing { .. } => {
                "Nothing was changed. Check the path, or use `*** Add File:` for a new file."
            }
            Self::NotText { .. } => {
                "Nothing was changed. Change binary files with a command instead."
            }
            Self::ContextNotFound(what) | Self::LinesNotFound(what) if what.above.is_some() => {
                "Nothing was changed. Put the hunks of a file in the order of its lines."
            }
            Self::ContextNotFound(_) => {
                "Nothing was changed. Read the file again and copy one whole line after `@@`."
            }
            Self::LinesNotFound(_) => {
                "Nothing was changed. Read the file again and copy the lines as they are there."
            }
            Self::Unencodable { .. } => {
                "Nothing was changed. Use characters of that encoding, or convert the file first."
            }
        }
    }
}

/// The longest piece of a line that a message repeats, in characters.
const SHOWN: usize = 120;

/// A line as a message shows it: trimmed at its end and shortened.
pub(crate) fn shown(line: &str) -> String {
    let line = line.trim_end();
    match line.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line.to_owned(),
    }
}
