//! The rows a reader sees side by side.
//!
//! Every line of both texts is in one row, alone or beside the line it became, and both columns
//! keep their order. Rows are computed once and kept as 16 bytes each; text, words and folding are
//! looked up for the rows that are on screen, so a window of a long file costs what it shows.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::align::Block;
use crate::align::Change;
use crate::align::SHORT_MATCH_LINES;
use crate::align::align;
use crate::fold::Segment;
use crate::fold::fold;
use crate::lines::Line;
use crate::lines::Lines;
use crate::pairing::BUDGET;
use crate::pairing::MAX_BLOCK;
use crate::pairing::Pair;
use crate::pairing::pair;
use crate::words::Words;
use crate::words::compare;

/// How a diff is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long matching lines may take before a coarser result is accepted.
    pub timeout: Duration,
}

impl Default for Options {
    /// A quarter of a second.
    fn default() -> Self {
        Self {
            timeout: Duration::from_millis(250),
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
}

impl Diff {
    /// Compares two texts.
    pub fn new(old: impl Into<Arc<str>>, new: impl Into<Arc<str>>, options: &Options) -> Self {
        Self::of_lines(Lines::new(old), Lines::new(new), options)
    }

    /// Compares two texts that are cut into lines already.
    pub fn of_lines(old: Lines, new: Lines, options: &Options) -> Self {
        let alignment = align(&old, &new, options.timeout);
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
    /// too long or too unlike to be compared word by word.
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

    /// Which rows are shown with `context` unchanged rows around each hunk, and which are folded
    /// between them, in order. `u32::MAX` shows all.
    pub fn view(&self, context: u32) -> Vec<Segment> {
        fold(&self.hunks, self.len(), context)
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

/// Stands for "no line" and "no hunk".
const NONE: u32 = u32::MAX;

/// A [`Row`] in 16 bytes.
#[derive(Debug, Clone, Copy)]
struct Packed {
    old: u32,
    new: u32,
    hunk: u32,
    kind: RowKind,
    ending_differs: bool,
}

impl Packed {
    fn unpack(&self) -> Row {
        let some = |n: u32| (n != NONE).then_some(n);
        Row {
            old: some(self.old),
            new: some(self.new),
            kind: self.kind,
            hunk: some(self.hunk),
            ending_differs: self.ending_differs,
        }
    }
}

/// Lays lines out as rows, from top to bottom.
struct Layout<'a> {
    old: &'a Lines,
    new: &'a Lines,
    old_at: u32,
    new_at: u32,
    rows: Vec<Packed>,
    hunks: Vec<Hunk>,
    pairs: Vec<Pair>,
    budget: u64,
}

impl<'a> Layout<'a> {
    fn new(old: &'a Lines, new: &'a Lines) -> Self {
        Self {
            old,
            new,
            old_at: 0,
            new_at: 0,
            rows: Vec::with_capacity(old.count().max(new.count()) as usize),
            hunks: Vec::new(),
            pairs: Vec::new(),
            budget: BUDGET,
        }
    }

    fn equal_until(&mut self, old_end: u32, exact: bool) {
        if exact {
            let count = old_end - self.old_at;
            let (old, new) = (self.old_at, self.new_at);
            self.rows.extend((0..count).map(|n| Packed {
                old: old + n,
                new: new + n,
                hunk: NONE,
                kind: RowKind::Same,
                ending_differs: false,
            }));
            self.old_at += count;
            self.new_at += count;
            return;
        }
        while self.old_at < old_end {
            self.push((Some(self.old_at), Some(self.new_at)), false);
        }
    }

    fn change(&mut self, change: &Change) {
        let (first, last) = (&change[0], &change[change.len() - 1]);
        let whole = Block {
            old: first.old.start..last.old.end,
            new: first.new.start..last.new.end,
        };
        let small = whole.old.len().max(whole.new.len()) <= MAX_BLOCK as usize;
        let mut pairs = std::mem::take(&mut self.pairs);
        if small {
            pair(&whole, self.old, self.new, &mut self.budget, &mut pairs);
        } else {
            // Pairing by position would pull the equal lines inside apart.
            let (mut old_at, mut new_at) = (whole.old.start, whole.new.start);
            for block in change {
                let gap = (old_at..block.old.start).zip(new_at..block.new.start);
                pairs.extend(gap.map(|(old, new)| (Some(old), Some(new))));
                pair(block, self.old, self.new, &mut self.budget, &mut pairs);
                (old_at, new_at) = (block.old.end, block.new.end);
            }
        }
        // Pairing may have found longer matches than the script had. They separate changes too.
        let mut at = 0;
        while at < pairs.len() {
            let same = |pair: &&Pair| self.relation(**pair).0 == RowKind::Same;
            let run = pairs[at..].iter().take_while(same).count();
            let outer = at == 0 || at + run == pairs.len();
            let inside = !outer && run <= SHORT_MATCH_LINES as usize;
            for pair in &pairs[at..at + run] {
                self.push(*pair, inside);
            }
            at += run;
            if let Some(pair) = pairs.get(at) {
                self.push(*pair, true);
                at += 1;
            }
        }
        pairs.clear();
        self.pairs = pairs;
    }

    fn push(&mut self, pair: Pair, inside: bool) {
        let (kind, ending_differs) = self.relation(pair);
        let hunk = if inside || kind != RowKind::Same {
            self.extend_hunk(pair, kind)
        } else {
            NONE
        };
        self.rows.push(Packed {
            old: pair.0.unwrap_or(NONE),
            new: pair.1.unwrap_or(NONE),
            hunk,
            kind,
            ending_differs,
        });
        self.old_at += u32::from(pair.0.is_some());
        self.new_at += u32::from(pair.1.is_some());
    }

    fn relation(&self, pair: Pair) -> (RowKind, bool) {
        match pair {
            (Some(old), Some(new)) if self.old.full(old) == self.new.full(new) => {
                (RowKind::Same, false)
            }
            (Some(old), Some(new)) => (
                RowKind::Changed,
                self.old.line(old).ending != self.new.line(new).ending,
            ),
            (Some(_), None) => (RowKind::Removed, false),
            (None, _) => (RowKind::Added, false),
        }
    }

    /// Adds the row that is about to be pushed to the hunk above it, or starts one.
    fn extend_hunk(&mut self, pair: Pair, kind: RowKind) -> u32 {
        let row = self.rows.len() as u32;
        if self.hunks.last().is_none_or(|hunk| hunk.rows.end != row) {
            self.hunks.push(Hunk {
                old: self.old_at..self.old_at,
                new: self.new_at..self.new_at,
                rows: row..row,
                stat: Stat::default(),
            });
        }
        let hunk = self.hunks.last_mut().expect("pushed when there was none");
        hunk.rows.end += 1;
        hunk.old.end += u32::from(pair.0.is_some());
        hunk.new.end += u32::from(pair.1.is_some());
        if kind != RowKind::Same {
            hunk.stat.removed += u32::from(pair.0.is_some());
            hunk.stat.added += u32::from(pair.1.is_some());
        }
        self.hunks.len() as u32 - 1
    }

    fn finish(self) -> (Vec<Packed>, Vec<Hunk>, Stat) {
        let stat = self.hunks.iter().fold(Stat::default(), |sum, hunk| Stat {
            added: sum.added + hunk.stat.added,
            removed: sum.removed + hunk.stat.removed,
        });
        (self.rows, self.hunks, stat)
    }
}
