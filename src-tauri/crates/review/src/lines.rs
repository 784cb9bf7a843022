//! One text, cut into lines that keep their terminators, and lines turned into numbers.
//!
//! A line ends after `\n`, or after `\r\n`, or where the text ends. A `\r` on its own is content:
//! no tool a person uses to read code would break the line there, and one that does would show
//! something else than what is on disk.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::hash::Hasher;
use std::ops::Range;
use std::sync::Arc;

use crate::spans::Slice;
use crate::spans::slice;

/// How a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ending {
    /// `\n`
    Lf,
    /// `\r\n`
    CrLf,
    /// With the text.
    None,
}

impl Ending {
    /// The bytes of the terminator.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::None => "",
        }
    }

    fn of(line: &str) -> Self {
        if line.ends_with("\r\n") {
            Self::CrLf
        } else if line.ends_with('\n') {
            Self::Lf
        } else {
            Self::None
        }
    }
}

/// One line of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Counted from 1.
    pub number: u32,
    /// Without its terminator.
    pub content: &'a str,
    /// Its terminator.
    pub ending: Ending,
}

impl<'a> Line<'a> {
    /// The characters that lie in a range of UTF-16 units, for a line that is shown a piece at a
    /// time. Empty past the end.
    pub fn slice(&self, utf16: Range<u32>) -> Slice<'a> {
        slice(self.content, utf16)
    }
}

/// A text and where its lines start. Cloning shares the text.
#[derive(Debug, Clone)]
pub struct Lines {
    text: Arc<str>,
    /// The start of each line, then the end of the text.
    bounds: Arc<[usize]>,
}

impl Lines {
    /// Cuts `text` into lines.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        let mut bounds = Vec::with_capacity(text.len() / 32 + 2);
        bounds.push(0);
        bounds.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        if bounds.last() != Some(&text.len()) {
            bounds.push(text.len());
        }
        Self {
            text,
            bounds: bounds.into(),
        }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many lines there are. An empty text has none.
    pub fn count(&self) -> u32 {
        u32::try_from(self.bounds.len() - 1).unwrap_or(u32::MAX)
    }

    /// Line `index`, counted from 0, with its terminator; empty past the end.
    pub fn full(&self, index: u32) -> &str {
        self.span(index..index.saturating_add(1))
    }

    /// Line `index`, counted from 0; empty past the end.
    pub fn line(&self, index: u32) -> Line<'_> {
        let full = self.full(index);
        let ending = Ending::of(full);
        Line {
            number: index.saturating_add(1),
            content: &full[..full.len() - ending.as_str().len()],
            ending,
        }
    }

    /// Line `index` without its terminator.
    pub fn content(&self, index: u32) -> &str {
        self.line(index).content
    }

    /// The text of some lines, terminators included.
    pub fn span(&self, lines: Range<u32>) -> &str {
        let last = self.bounds.len() - 1;
        let from = (lines.start as usize).min(last);
        let to = (lines.end as usize).clamp(from, last);
        &self.text[self.bounds[from]..self.bounds[to]]
    }

    /// How many columns of a code font the longest line may take, without its terminator: a tab
    /// counts as four, a character of the wide scripts and an emoji as two.
    pub fn widest(&self) -> u32 {
        let mut widest = 0;
        for index in 0..self.count() {
            let content = self.content(index);
            // No character takes more columns than this per byte, so most lines need no counting.
            if content.len() * TAB > widest {
                widest = widest.max(content.chars().map(columns).sum());
            }
        }
        u32::try_from(widest).unwrap_or(u32::MAX)
    }

    fn key(&self, index: u32, endings: bool) -> &str {
        if endings {
            self.full(index)
        } else {
            self.content(index)
        }
    }

    /// Of all lines, how many end with `\r\n`.
    pub(crate) fn crlf_count(&self) -> u32 {
        (0..self.count())
            .filter(|&index| self.full(index).ends_with("\r\n"))
            .count() as u32
    }
}

/// Both texts with a number for each line.
pub(crate) struct Ids {
    pub(crate) old: Vec<u32>,
    pub(crate) new: Vec<u32>,
    /// How many numbers there are; all are below this.
    pub(crate) distinct: usize,
}

/// Gives equal lines of both texts equal numbers, so that a line is hashed once and compared as a
/// number from then on. With `endings`, lines that differ in their terminator are different.
pub(crate) fn intern(old: &Lines, new: &Lines, endings: bool) -> Ids {
    let mut numbers: HashMap<&str, u32, LineHash> =
        HashMap::with_capacity_and_hasher(old.count() as usize, LineHash::new());
    // Where each number was first seen in the old text.
    let mut first: Vec<u32> = Vec::new();
    let mut old_ids = Vec::with_capacity(old.count() as usize);
    for index in 0..old.count() {
        let next = first.len() as u32;
        let id = *numbers.entry(old.key(index, endings)).or_insert(next);
        if id == next {
            first.push(index);
        }
        old_ids.push(id);
    }

    // Most lines of the new text follow the same line as in the old one. Looking there first
    // reads memory in order, where the table would not.
    let mut new_ids = Vec::with_capacity(new.count() as usize);
    let mut likely = 0;
    for index in 0..new.count() {
        let key = new.key(index, endings);
        let guess = (likely..old.count())
            .take(2)
            .find(|&at| old.key(at, endings) == key);
        if let Some(at) = guess {
            new_ids.push(old_ids[at as usize]);
            likely = at + 1;
            continue;
        }
        let next = numbers.len() as u32;
        let id = *numbers.entry(key).or_insert(next);
        if let Some(&at) = first.get(id as usize)
            && at >= likely
        {
            likely = at + 1;
        }
        new_ids.push(id);
    }
    Ids {
        old: old_ids,
        new: new_ids,
        distinct: numbers.len(),
    }
}

/// Hashes lines a word at a time, by folded multiplication.
///
/// The seed is random, so that a file cannot be written to make its lines collide. It has no
/// influence on the numbers handed out.
#[derive(Clone)]
struct LineHash(u64);

impl LineHash {
    fn new() -> Self {
        Self(RandomState::new().hash_one(0) | 1)
    }
}

impl BuildHasher for LineHash {
    type Hasher = FoldedHash;

    fn build_hasher(&self) -> FoldedHash {
        FoldedHash {
            state: self.0,
            seed: self.0.rotate_left(32) | 1,
        }
    }
}

struct FoldedHash {
    state: u64,
    seed: u64,
}

impl FoldedHash {
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(self.seed ^ 0x9e37_79b9_7f4a_7c15);
        self.state = (product as u64) ^ ((product >> 64) as u64).wrapping_add(self.seed);
    }
}

impl Hasher for FoldedHash {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.mix(u64::from_le_bytes(
                word.try_into().expect("chunks of eight bytes"),
            ));
        }
        let rest = words.remainder();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.mix(u64::from_le_bytes(last));
        self.mix(bytes.len() as u64);
    }

    fn write_u8(&mut self, _: u8) {
        // The end mark of a `str`; its length is in the hash already.
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

/// Columns from one tab stop to the next.
const TAB: usize = 4;

fn columns(character: char) -> usize {
    match character {
        '\t' => TAB,
        // Hangul, the scripts of China and Japan, their wide forms, and pictures.
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' => 2,
        '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{1f300}'.. => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(String, Ending)> {
        let lines = Lines::new(text);
        (0..lines.count())
            .map(|index| (lines.content(index).to_owned(), lines.line(index).ending))
            .collect()
    }

    #[test]
    fn keeps_every_kind_of_ending() {
        assert_eq!(cut(""), []);
        assert_eq!(cut("\n"), [(String::new(), Ending::Lf)]);
        assert_eq!(
            cut("a\r\nb\n\rc"),
            [
                ("a".to_owned(), Ending::CrLf),
                ("b".to_owned(), Ending::Lf),
                ("\rc".to_owned(), Ending::None),
            ]
        );
        assert_eq!(cut("a\rb\r\r\n"), [("a\rb\r".to_owned(), Ending::CrLf)]);
    }

    #[test]
    fn past_the_end_is_empty() {
        let lines = Lines::new("a\nb");
        assert_eq!(lines.full(2), "");
        assert_eq!(lines.span(1..9), "b");
        assert_eq!(lines.span(7..9), "");
        assert_eq!(lines.full(u32::MAX), "");
    }

    #[test]
    fn equal_lines_get_equal_numbers() {
        let (old, new) = (Lines::new("a\nb\r\na"), Lines::new("b\na\n"));
        let ids = |endings| {
            let ids = intern(&old, &new, endings);
            (ids.old, ids.new, ids.distinct)
        };
        assert_eq!(ids(true), (vec![0, 1, 2], vec![3, 0], 4));
        assert_eq!(ids(false), (vec![0, 1, 0], vec![1, 0], 2));
    }

    #[test]
    fn widest_counts_columns() {
        assert_eq!(Lines::new("abc\n😀😀\r\né").widest(), 4);
        assert_eq!(Lines::new("abcd\n\ta\n").widest(), 5);
        assert_eq!(Lines::new("漢字\n").widest(), 4);
        assert_eq!(Lines::new("").widest(), 0);
    }
}
