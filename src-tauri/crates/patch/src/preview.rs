//! What a patch is about, while it is still being written.
//!
//! [`Preview::push`] takes the next piece of the text and looks at each whole line once, so a
//! preview after every piece costs no more than one after the last. It never fails: lines it
//! does not know are left for [`parse`](crate::parse()) to judge, and its counts are for showing.

use crate::markers::{ADD, BEGIN, DELETE, END, MOVE, UPDATE};
use crate::path::normalise;

/// The part of a patch that has arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    files: Vec<PreviewFile>,
    /// The line whose end has not arrived.
    rest: String,
    begun: bool,
    complete: bool,
}

/// A file that the patch has named so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewFile {
    /// Its path.
    pub path: String,
    /// What the patch does to it.
    pub kind: PreviewKind,
    /// Where it goes, if it is moved.
    pub move_to: Option<String>,
    /// Lines added so far.
    pub added: usize,
    /// Lines removed so far.
    pub removed: usize,
}

/// What a patch does to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreviewKind {
    /// Writes it.
    Add,
    /// Removes it.
    Delete,
    /// Changes it.
    Update,
}

/// The files a piece of patch text has named so far.
pub fn preview(text: &str) -> Vec<PreviewFile> {
    let mut preview = Preview::default();
    preview.push(text);
    preview.files
}

impl Preview {
    /// Takes the next piece of the text. Answers whether the list of files has changed, counts
    /// included.
    pub fn push(&mut self, piece: &str) -> bool {
        let mut changed = false;
        let mut pieces = piece.split('\n');
        let Some(first) = pieces.next() else {
            return false;
        };
        self.rest.push_str(first);
        for next in pieces {
            let line = std::mem::replace(&mut self.rest, next.to_owned());
            changed |= self.line(line.trim_end_matches('\r'));
        }
        changed
    }

    /// The files named so far, in the order of the patch.
    pub fn files(&self) -> &[PreviewFile] {
        &self.files
    }

    /// Whether the end of the patch has been seen.
    pub fn is_complete(&self) -> bool {
        self.complete || (self.begun && self.rest.trim() == END)
    }

    fn line(&mut self, line: &str) -> bool {
        if !self.begun {
            self.begun = line.trim() == BEGIN;
            return false;
        }
        if self.complete {
            return false;
        }
        let updating = self
            .files
            .last()
            .is_some_and(|file| file.kind == PreviewKind::Update);
        let marker = if updating {
            line.trim_end()
        } else {
            line.trim()
        };
        if marker == END {
            self.complete = true;
            return false;
        }
        let headers = [
            (ADD, PreviewKind::Add),
            (DELETE, PreviewKind::Delete),
            (UPDATE, PreviewKind::Update),
        ];
        for (header, kind) in headers {
            if let Some(path) = marker.strip_prefix(header) {
                let path = path.trim();
                let path = normalise(path).unwrap_or_else(|| path.to_owned());
                self.files.push(PreviewFile {
                    path,
                    kind,
                    move_to: None,
                    added: 0,
                    removed: 0,
                });
                return true;
            }
        }
        let Some(file) = self.files.last_mut() else {
            return false;
        };
        if updating && let Some(target) = line.trim().strip_prefix(MOVE) {
            let target = target.trim();
            file.move_to
                .get_or_insert_with(|| normalise(target).unwrap_or_else(|| target.to_owned()));
            return true;
        }
        match line.as_bytes().first() {
            Some(b'+') if file.kind != PreviewKind::Delete => file.added += 1,
            Some(b'-') if updating => file.removed += 1,
            _ => return false,
        }
        true
    }
}
