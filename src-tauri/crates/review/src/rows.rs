//! The rows a reader sees side by side.
//!
//! Every line of both texts is in one row, alone or beside the line it became, and both columns
//! keep their order. Rows are computed once and kept as 16 bytes each; text, words and folding are
//! looked up for the rows that are on screen, so a window of a long file costs what it shows.

use std::ops::Range;
use std::time::Duration;

use crate::align::align;
use crate::fold::Segment;
use crate::fold::fold;
use crate::layout::Layout;
use crate::layout::Packed;
use crate::lines::Line;
use crate::lines::Lines;
use crate::moves::Move;
use crate::moves::within;
use crate::space::Whitespace;
use crate::told::Only;
use crate::told::only;
use crate::words::Words;
use crate::words::compare;

/// How a diff is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long matching lines may take before a coarser result is accepted.
    pub timeout: Duration,
    /// Which differences in white space do not count.
    pub whitespace: Whitespace,
}

impl Options {
    /// For a person who asked for the exact result of a diff that was imprecise: two seconds.
    pub fn in_full() -> Self {
        Self {
            timeout: Duration::from_secs(2),
            ..Self::default()
        }
    }
}

impl Default for Options {
    /// A quarter of a second; all white space counts.
    fn default() -> Self {
        Self {
            timeout: Duration::from_millis(250),
            whitespace: Whitespace::Exact,
        }
    }
}

/// How the two sides of a row relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// Equal in every byte.
    Same,
    /// A line on each side that differ, if only in the terminator. Whether they resemble each
    /// other is what [`Diff::words`] tells.
    Changed,
    /// Only on the left.
    Removed,
    /// Only on the right.
    Added,
}

/// One row, without its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The line of the old text, counted from 0.
    pub old: Option<u32>,
    /// The line of the new text, counted from 0.
    pub new: Option<u32>,
    /// How they relate.
    pub kind: RowKind,
    /// The hunk this row belongs to, counted from 0.
    pub hunk: Option<u32>,
    /// Whether the two lines end differently: `\n`, `\r\n` or nothing at all.
    pub ending_differs: bool,
    /// Of a changed row whose lines differ in white space only: the least that must be ignored for
    /// them to be equal.
    pub only_space: Option<Whitespace>,
}

/// One row with its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowText<'a> {
    /// The line of the old text.
    pub old: Option<Line<'a>>,
    /// The line of the new text.
    pub new: Option<Line<'a>>,
    /// How they relate.
    pub kind: RowKind,
    /// The hunk this row belongs to, counted from 0.
    pub hunk: Option<u32>,
}

/// One change: what a reader approves or rejects as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// Lines of the old text.
    pub old: Range<u32>,
    /// Lines of the new text.
    pub new: Range<u32>,
    /// Rows.
    pub rows: Range<u32>,
    /// Lines the change takes away and brings in, without those that are the same.
    pub stat: Stat,
    /// If all its rows differ in white space only: the least that must be ignored for it to be no
    /// change.
    pub only_space: Option<Whitespace>,
}

impl Hunk {
    /// Its lines in one of the texts.
    pub fn lines(&self, side: Side) -> Range<u32> {
        match side {
            Side::Old => self.old.clone(),
            Side::New => self.new.clone(),
        }
    }
}

/// How many lines differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stat {
    /// Lines of the new text that are new.
    pub added: u32,
    /// Lines of the old text that are gone.
    pub removed: u32,
}

/// The left or the right column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// Left.
    Old,
    /// Right.
    New,
}

/// Two texts and how their lines correspond.
#[derive(Debug, Clone)]
pub struct Diff {
    old: Lines,
    new: Lines,
    rows: Vec<Packed>,
    hunks: Vec<Hunk>,
    stat: Stat,
    imprecise: bool,
    whitespace: Whitespace,
}

impl Diff {
    /// Compares two texts.
    pub fn new(old: impl Into<String>, new: impl Into<String>, options: &Options) -> Self {
        Self::of_lines(Lines::new(old), Lines::new(new), options)
    }

    /// Compares two texts that are cut into lines already.
    pub fn of_lines(old: Lines, new: Lines, options: &Options) -> Self {
        let alignment = align(&old, &new, options);
        let mut layout = Layout::new(&old, &new);
        for change in &alignment.changes {
            layout.equal_until(change[0].old.start, alignment.exact);
            layout.change(change);
        }
        layout.equal_until(old.count(), alignment.exact);
        let (rows, hunks, stat) = layout.finish();
        Self {
            old,
            new,
            rows,
            hunks,
            stat,
            imprecise: alignment.imprecise,
            whitespace: options.whitespace,
        }
    }

    /// The old text.
    pub fn old_lines(&self) -> &Lines {
        &self.old
    }

    /// The new text.
    pub fn new_lines(&self) -> &Lines {
        &self.new
    }

    /// How many rows there are.
    pub fn len(&self) -> u32 {
        self.rows.len() as u32
    }

    /// Whether both texts are empty.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Row `index`.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn row(&self, index: u32) -> Row {
        self.rows[index as usize].unpack()
    }

    /// All rows.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row> + DoubleEndedIterator + '_ {
        self.rows.iter().map(Packed::unpack)
    }

    /// Up to `count` rows from row `from` on; fewer or none at the end.
    pub fn window(
        &self,
        from: u32,
        count: u32,
    ) -> impl ExactSizeIterator<Item = Row> + DoubleEndedIterator + '_ {
        let start = (from as usize).min(self.rows.len());
        let end = start.saturating_add(count as usize).min(self.rows.len());
        self.rows[start..end].iter().map(Packed::unpack)
    }

    /// The text of row `index`.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn row_text(&self, index: u32) -> RowText<'_> {
        self.with_text(self.row(index))
    }

    /// All rows with their text. Each column, joined with its terminators, is that text again.
    pub fn rebuild(&self) -> impl ExactSizeIterator<Item = RowText<'_>> + '_ {
        self.rows().map(|row| self.with_text(row))
    }

    /// One of the texts, put together again from the rows.
    pub fn rebuilt(&self, side: Side) -> String {
        let column = self.rebuild().filter_map(|row| match side {
            Side::Old => row.old,
            Side::New => row.new,
        });
        column
            .flat_map(|line| [line.content, line.ending.as_str()])
            .collect()
    }

    /// The words that differ in row `index`. None if the row has one side only, or its lines are
    /// far too long or too unlike to be compared word by word.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn words(&self, index: u32) -> Option<Words> {
        let row = self.row(index);
        let (Some(old), Some(new), RowKind::Changed) = (row.old, row.new, row.kind) else {
            return None;
        };
        compare(self.old.content(old), self.new.content(new))
    }

    /// The changes, in order.
    pub fn hunks(&self) -> &[Hunk] {
        &self.hunks
    }

    /// How many lines differ.
    pub fn stat(&self) -> Stat {
        self.stat
    }

    /// Whether time ran out, so that the rows are correct but coarser than they could be.
    pub fn imprecise(&self) -> bool {
        self.imprecise
    }

    /// Whether the texts differ, but only in how lines end.
    pub fn line_endings_only(&self) -> bool {
        let (old, new) = (&self.old, &self.new);
        !self.hunks.is_empty()
            && old.count() == new.count()
            && (0..old.count()).all(|line| old.content(line) == new.content(line))
    }

    /// What the difference consists of, if it is of one kind that can be told in a sentence.
    pub fn only(&self) -> Option<Only> {
        only(self)
    }

    /// The blocks of lines that were moved within this file. Looked for each time.
    pub fn moves(&self) -> Vec<Move> {
        within(self)
    }

    /// Whether a hunk differs only in white space that was asked to be ignored.
    pub fn is_ignored(&self, hunk: &Hunk) -> bool {
        hunk.only_space
            .is_some_and(|least| least <= self.whitespace)
    }

    /// Which rows are shown with `context` unchanged rows around each hunk, and which are folded
    /// between them, in order. `u32::MAX` shows all. A hunk that differs only in white space that
    /// was asked to be ignored is folded like unchanged rows.
    pub fn view(&self, context: u32) -> Vec<Segment> {
        let shown = self.hunks.iter().filter(|hunk| !self.is_ignored(hunk));
        fold(shown, self.len(), context)
    }

    fn with_text(&self, row: Row) -> RowText<'_> {
        RowText {
            old: row.old.map(|index| self.old.line(index)),
            new: row.new.map(|index| self.new.line(index)),
            kind: row.kind,
            hunk: row.hunk,
        }
    }
}
