//! Reads the text of a patch.
//!
//! One pass over the lines with a small amount of state: the section being read, and in an
//! update the hunk being read. The reader forgives what models are known to do: white space
//! around markers, a heredoc around the patch, a first hunk without `@@`, several `@@` lines in
//! a row, empty lines without their leading space, carriage returns.
//!
//! What it does not forgive is a line it would have to guess about. A patch that parses means
//! one thing only.

use crate::error::{ParseError, shown};
use crate::markers::{ADD, DELETE, END_OF_FILE, ENVIRONMENT, MOVE, UPDATE, body};
use crate::path::normalise;

/// A patch that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patch {
    /// What to do to which file, in the order of the patch.
    pub sections: Vec<Section>,
    /// The text after `*** Environment ID:`. It has no meaning here.
    pub environment: Option<String>,
}

/// What to do to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The path without `.` parts and doubled slashes.
    pub path: String,
    /// The path as the patch has it.
    pub written: String,
    /// Line of the header in the patch, from 1.
    pub line: usize,
    /// What to do.
    pub action: Action,
}

/// What a section does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Writes a file, over another if there is one.
    Add {
        /// The lines, each of which ends in `\n` in the file.
        lines: Vec<String>,
    },
    /// Removes a file.
    Delete,
    /// Changes a file, and may give it another path.
    Update {
        /// The other path, over another file if there is one.
        move_to: Option<String>,
        /// The changes, in the order of the file. Empty only when the file is moved.
        hunks: Vec<Hunk>,
    },
}

/// One change at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// Number in its section, from 1.
    pub number: usize,
    /// Line of the patch where it starts, from 1.
    pub line: usize,
    /// The texts after `@@`: lines to pass, one after the other, before the hunk's own lines.
    /// With each its line in the patch.
    pub contexts: Vec<(usize, String)>,
    /// Its lines.
    pub lines: Vec<HunkLine>,
    /// The hunk says that its last old line is the last of the file.
    pub end_of_file: bool,
}

/// One line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HunkLine {
    /// What it does.
    pub kind: LineKind,
    /// Its text without the first character.
    pub text: String,
    /// Line of the patch, from 1.
    pub line: usize,
    /// The line had no first character: an empty line, which may only separate hunks.
    pub bare: bool,
}

/// What a line of a hunk does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Stays.
    Context,
    /// Goes.
    Remove,
    /// Comes.
    Add,
}

impl Patch {
    /// The files that must be known to [`apply`](crate::apply()) the patch, each once, in the order of the
    /// patch: those to change or delete, and those that would be written over.
    pub fn paths(&self) -> Vec<&str> {
        let mut seen = std::collections::HashSet::new();
        let mut paths = Vec::new();
        for section in &self.sections {
            let target = match &section.action {
                Action::Update { move_to, .. } => move_to.as_deref(),
                Action::Add { .. } | Action::Delete => None,
            };
            for path in std::iter::once(section.path.as_str()).chain(target) {
                if seen.insert(path) {
                    paths.push(path);
                }
            }
        }
        paths
    }
}

/// Reads a patch.
///
/// A patch without any file parses; applying it is an error of its own.
///
/// # Errors
///
/// [`ParseError`] names the line of the patch that could not be understood.
pub fn parse(text: &str) -> Result<Patch, ParseError> {
    let lines = body(text)?;
    let mut reader = Reader::default();
    for (number, line) in lines {
        reader.line(number, line)?;
    }
    reader.close_section()?;
    Ok(reader.patch)
}

/// The text after `@@`, when the line starts a hunk. Line ranges as in a unified diff say where
/// a line was in some other version; they are dropped.
pub(crate) fn hunk_context(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("@@")?.trim_end();
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    let range = |word: &str, sign: char| {
        word.strip_prefix(sign).is_some_and(|n| {
            n.split(',')
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        })
    };
    let mut words = rest.split(' ');
    if words.next().is_some_and(|word| range(word, '-'))
        && words.next().is_some_and(|word| range(word, '+'))
        && words.next().is_none_or(|word| word == "@@")
    {
        return Some("");
    }
    Some(rest)
}

#[derive(Default)]
struct Reader {
    patch: Patch,
    /// The hunk being read, when it has begun.
    hunk: Option<Hunk>,
    /// Blank lines seen inside a new file since its last `+` line.
    blank: usize,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), ParseError> {
        let updating = matches!(
            self.patch.sections.last(),
            Some(Section {
                action: Action::Update { .. },
                ..
            })
        );
        // Inside an update a leading space makes a context line, whatever follows it.
        let marker = if updating {
            line.trim_end()
        } else {
            line.trim()
        };
        if self.header(number, marker)? {
            return Ok(());
        }
        match self.patch.sections.last().map(|section| &section.action) {
            None => self.before_files(number, line),
            Some(Action::Add { .. }) => self.added(number, line),
            Some(Action::Delete) if marker.is_empty() => Ok(()),
            Some(Action::Delete) => Err(invalid_header(number, line)),
            Some(Action::Update { .. }) => self.updated(number, line),
        }
    }

    /// Starts a section if the line is a file header.
    fn header(&mut self, number: usize, marker: &str) -> Result<bool, ParseError> {
        let (path, action) = if let Some(path) = marker.strip_prefix(ADD) {
            (path, Action::Add { lines: Vec::new() })
        } else if let Some(path) = marker.strip_prefix(DELETE) {
            (path, Action::Delete)
        } else if let Some(path) = marker.strip_prefix(UPDATE) {
            (
                path,
                Action::Update {
                    move_to: None,
                    hunks: Vec::new(),
                },
            )
        } else {
            return Ok(false);
        };
        self.close_section()?;
        let written = path.trim().to_owned();
        let path = normalise(&written).ok_or_else(|| ParseError::InvalidPath {
            line: number,
            found: shown(marker),
        })?;
        self.patch.sections.push(Section {
            path,
            written,
            line: number,
            action,
        });
        Ok(true)
    }

    fn before_files(&mut self, number: usize, line: &str) -> Result<(), ParseError> {
        let line = line.trim();
        if let Some(id) = line.strip_prefix(ENVIRONMENT) {
            self.patch.environment = Some(id.trim().to_owned());
        } else if !line.is_empty() {
            return Err(invalid_header(number, line));
        }
        Ok(())
    }

    fn added(&mut self, number: usize, line: &str) -> Result<(), ParseError> {
        let Some(Section {
            path,
            action: Action::Add { lines },
            ..
        }) = self.patch.sections.last_mut()
        else {
            return Err(invalid_header(number, line));
        };
        if let Some(text) = line.strip_prefix('+') {
            // A blank line between two `+` lines lost its `+`; at the end it only separates.
            lines.extend(std::iter::repeat_n(
                String::new(),
                std::mem::take(&mut self.blank),
            ));
            lines.push(text.to_owned());
        } else if line.trim().is_empty() {
            if !lines.is_empty() {
                self.blank += 1;
            }
        } else if line.trim().starts_with("*** ") && line.trim() != END_OF_FILE {
            return Err(invalid_header(number, line));
        } else if line.trim() != END_OF_FILE {
            let (path, found) = (path.clone(), shown(line));
            return Err(ParseError::InvalidAddLine {
                path,
                line: number,
                found,
            });
        }
        Ok(())
    }

    fn updated(&mut self, number: usize, line: &str) -> Result<(), ParseError> {
        let Some(Section {
            path,
            action: Action::Update { move_to, hunks },
            ..
        }) = self.patch.sections.last_mut()
        else {
            return Err(invalid_header(number, line));
        };
        let marker = line.trim_end();
        let next = hunks.len() + 1;

        if hunks.is_empty()
            && move_to.is_none()
            && self.hunk.as_ref().is_none_or(only_blank)
            && let Some(target) = line.trim().strip_prefix(MOVE)
        {
            self.hunk = None;
            let target = normalise(target.trim()).ok_or_else(|| ParseError::InvalidPath {
                line: number,
                found: shown(marker),
            })?;
            *move_to = Some(target);
            return Ok(());
        }

        if let Some(context) = hunk_context(marker) {
            let context = (!context.is_empty()).then(|| (number, context.to_owned()));
            match self.hunk.as_mut().filter(|hunk| only_blank(hunk)) {
                Some(hunk) => {
                    if implicit(hunk) {
                        hunk.line = number;
                    }
                    hunk.lines.clear();
                    hunk.contexts.extend(context);
                }
                None => {
                    hunks.extend(self.hunk.take());
                    let contexts = context.into_iter().collect();
                    self.hunk = Some(new_hunk(hunks.len() + 1, number, contexts));
                }
            }
            return Ok(());
        }

        let ended = self.hunk.as_ref().is_some_and(|hunk| hunk.end_of_file);
        if marker == END_OF_FILE {
            return match self.hunk.as_mut().filter(|hunk| !only_blank(hunk)) {
                Some(hunk) => {
                    hunk.end_of_file = true;
                    Ok(())
                }
                None => Err(ParseError::EmptyHunk {
                    path: path.clone(),
                    hunk: next,
                    line: number,
                }),
            };
        }
        if ended {
            if marker.is_empty() {
                return Ok(());
            }
            let (path, found) = (path.clone(), shown(line));
            return Err(ParseError::AfterEndOfFile {
                path,
                hunk: next,
                line: number,
                found,
            });
        }

        let (kind, text) = match line.as_bytes().first() {
            None => (LineKind::Context, ""),
            Some(b' ') => (LineKind::Context, &line[1..]),
            Some(b'-') => (LineKind::Remove, &line[1..]),
            Some(b'+') => (LineKind::Add, &line[1..]),
            Some(b'*') if line.starts_with("*** ") => return Err(invalid_header(number, line)),
            Some(_) => {
                let (path, found) = (path.clone(), shown(line));
                return Err(ParseError::InvalidHunkLine {
                    path,
                    hunk: next,
                    line: number,
                    found,
                });
            }
        };
        self.hunk
            .get_or_insert_with(|| new_hunk(next, number, Vec::new()))
            .lines
            .push(HunkLine {
                kind,
                text: text.to_owned(),
                line: number,
                bare: line.is_empty(),
            });
        Ok(())
    }

    /// Finishes the section being read, if there is one.
    fn close_section(&mut self) -> Result<(), ParseError> {
        self.blank = 0;
        let open = self.hunk.take();
        let Some(Section {
            path,
            line,
            action: Action::Update { move_to, hunks },
            ..
        }) = self.patch.sections.last_mut()
        else {
            return Ok(());
        };
        // Blank lines alone, without `@@`, only separate what is around them.
        if let Some(hunk) = open.filter(|hunk| !(only_blank(hunk) && implicit(hunk))) {
            if only_blank(&hunk) {
                let (path, number) = (path.clone(), hunk.number);
                return Err(ParseError::EmptyHunk {
                    path,
                    hunk: number,
                    line: hunk.line,
                });
            }
            hunks.push(hunk);
        }
        if hunks.is_empty() && move_to.is_none() {
            return Err(ParseError::EmptyUpdate {
                path: path.clone(),
                line: *line,
            });
        }
        Ok(())
    }
}

fn new_hunk(number: usize, line: usize, contexts: Vec<(usize, String)>) -> Hunk {
    Hunk {
        number,
        line,
        contexts,
        lines: Vec::new(),
        end_of_file: false,
    }
}

/// Whether the hunk has nothing yet but lines that may only separate it from the next.
fn only_blank(hunk: &Hunk) -> bool {
    hunk.lines.iter().all(|line| line.bare)
}

/// Whether the hunk began without `@@`.
fn implicit(hunk: &Hunk) -> bool {
    hunk.lines
        .first()
        .is_some_and(|line| line.line == hunk.line)
}

fn invalid_header(line: usize, found: &str) -> ParseError {
    ParseError::InvalidHeader {
        line,
        found: shown(found),
    }
}
