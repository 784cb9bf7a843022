//! The lines of some diffs that may have been moved, one side of all of them in a row.

use std::collections::HashMap;
use std::ops::Range;

use super::MIN_LINES;
use crate::rows::Diff;
use crate::rows::RowKind;
use crate::words::compare;
use crate::words::tokens;

/// Two blocks with less in common than this, in percent, are not the same block.
const NEARLY_ALL: usize = 90;
/// Lines that share less than this, in percent, end a block.
const ALIKE: usize = 60;

struct Spot<'a> {
    file: usize,
    line: u32,
    row: u32,
    /// Equal for lines that are equal without the white space around them.
    id: u32,
    text: &'a str,
    /// Characters that are not white space.
    visible: usize,
    real: bool,
}

/// One side.
pub(super) struct Spots<'a>(Vec<Spot<'a>>);

impl<'a> Spots<'a> {
    /// Both sides of all diffs.
    pub(super) fn of(diffs: &[&'a Diff]) -> (Self, Self) {
        let mut ids = HashMap::new();
        let mut spot = |file, line, row, text: &'a str| {
            let next = ids.len() as u32;
            let id = *ids.entry(text.trim()).or_insert(next);
            Spot {
                file,
                line,
                row,
                id,
                text,
                visible: text.chars().filter(|c| !c.is_whitespace()).count(),
                real: text.chars().filter(|c| c.is_alphanumeric()).count() >= 2,
            }
        };
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for (file, diff) in diffs.iter().enumerate() {
            for hunk in diff.hunks() {
                let rows = hunk.rows.clone();
                for (at, row) in rows.clone().zip(diff.window(rows.start, rows.len() as u32)) {
                    // What differs in white space only stands where it stood.
                    if row.kind == RowKind::Same || row.only_space.is_some() {
                        continue;
                    }
                    let content = |line| diff.old_lines().content(line);
                    old.extend(row.old.map(|line| spot(file, line, at, content(line))));
                    let content = |line| diff.new_lines().content(line);
                    new.extend(row.new.map(|line| spot(file, line, at, content(line))));
                }
            }
        }
        (Self(old), Self(new))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn file(&self, at: usize) -> usize {
        self.0[at].file
    }

    pub(super) fn id(&self, at: usize) -> u32 {
        self.0[at].id
    }

    pub(super) fn text(&self, at: usize) -> &'a str {
        self.0[at].text
    }

    pub(super) fn visible(&self, at: usize) -> usize {
        self.0[at].visible
    }

    /// Whether a line is more than braces and blanks.
    pub(super) fn is_real(&self, at: usize) -> bool {
        self.0[at].real
    }

    /// The row of a line, in its file.
    pub(super) fn place(&self, at: usize) -> (usize, u32) {
        (self.0[at].file, self.0[at].row)
    }

    /// The lines' numbers in their text.
    pub(super) fn lines(&self, range: Range<usize>) -> Range<u32> {
        self.0[range.start].line..self.0[range.end - 1].line + 1
    }

    /// Whether `n` places on is the `n`th next line of the same file.
    pub(super) fn follows(&self, at: usize, n: usize) -> bool {
        let next = self.0.get(at + n);
        next.is_some_and(|next| self.is_run(&self.0[at], next, n))
    }

    /// Whether `n` places back is the `n`th line before, of the same file.
    pub(super) fn precedes(&self, at: usize, n: usize) -> bool {
        let before = at.checked_sub(n).map(|at| &self.0[at]);
        before.is_some_and(|before| self.is_run(before, &self.0[at], n))
    }

    fn is_run(&self, first: &Spot<'_>, last: &Spot<'_>, n: usize) -> bool {
        first.file == last.file && (last.line - first.line) as usize == n
    }

    /// The ids of the lines from here on; none if they do not follow each other or say nothing.
    pub(super) fn window(&self, at: usize) -> Option<[u32; MIN_LINES]> {
        let real = (at..at + MIN_LINES).any(|at| self.0.get(at).is_some_and(|spot| spot.real));
        let window = self.follows(at, MIN_LINES - 1) && real;
        window.then(|| std::array::from_fn(|n| self.0[at + n].id))
    }

    /// Runs of free lines of at least `min`.
    pub(super) fn blocks(&self, free: &[bool], min: usize) -> Vec<Range<usize>> {
        let mut blocks = Vec::new();
        let mut at = 0;
        while at < self.len() {
            let run = (0..).take_while(|&n| self.follows(at, n) && free[at + n]);
            let len = run.count();
            if len >= min {
                blocks.push(at..at + len);
            }
            at += len.max(1);
        }
        blocks
    }

    pub(super) fn bag(&self, block: &Range<usize>) -> Bag<'a> {
        let lines = self.0[block.clone()].iter().map(|spot| spot.text);
        let words = lines.flat_map(|line| tokens(line).map(|word| &line[word]));
        let mut words: Vec<&str> = words.filter(|word| !word.trim().is_empty()).collect();
        words.sort_unstable();
        let size = words.iter().map(|word| word.len()).sum();
        Bag { words, size }
    }
}

/// The words of a block, without regard to their order.
pub(super) struct Bag<'a> {
    words: Vec<&'a str>,
    size: usize,
}

impl Bag<'_> {
    /// Whether the sizes allow them to be nearly equal.
    pub(super) fn size_fits(&self, other: &Self) -> bool {
        self.nearly_all(other, self.size.min(other.size))
    }

    /// Whether so many bytes are nearly all of both.
    pub(super) fn nearly_all(&self, other: &Self, shared: usize) -> bool {
        2 * shared * 100 > NEARLY_ALL * (self.size + other.size)
    }

    /// How many bytes of words they share.
    pub(super) fn shared(&self, other: &Self) -> usize {
        let (mut a, mut b, mut shared) = (0, 0, 0);
        while let (Some(x), Some(y)) = (self.words.get(a), other.words.get(b)) {
            match x.cmp(y) {
                std::cmp::Ordering::Less => a += 1,
                std::cmp::Ordering::Greater => b += 1,
                std::cmp::Ordering::Equal => {
                    shared += x.len();
                    a += 1;
                    b += 1;
                }
            }
        }
        shared
    }
}

/// Remembers which lines are alike.
pub(super) struct Likeness(HashMap<(u32, u32), bool>);

impl Likeness {
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    /// Whether two lines are the same line, perhaps edited.
    pub(super) fn alike(
        &mut self,
        olds: &Spots<'_>,
        old: usize,
        news: &Spots<'_>,
        new: usize,
    ) -> bool {
        let (a, b) = (&olds.0[old], &news.0[new]);
        if a.id == b.id {
            return true;
        }
        let enough = |changed: usize, all: usize| changed * 100 <= (100 - ALIKE) * all;
        *self.0.entry((a.id, b.id)).or_insert_with(|| {
            let (old, new) = (a.text.trim(), b.text.trim());
            compare(old, new).is_some_and(|words| {
                let size = |spans: &[crate::Span]| -> usize {
                    spans
                        .iter()
                        .map(|span| (span.bytes.end - span.bytes.start) as usize)
                        .sum()
                };
                enough(size(&words.old) + size(&words.new), old.len() + new.len())
            })
        })
    }
}
