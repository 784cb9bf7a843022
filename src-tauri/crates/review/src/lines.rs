//! One text, cut into lines that keep their terminators.
//!
//! A line ends after `\n`, or after `\r\n`, or where the text ends. A `\r` on its own is content:
//! no tool a person uses to read code would break the line there, and one that does would show
//! something else than what is on disk.

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
pub struct Lines(Arc<Cut>);

/// Together behind one pointer, and neither copied to be put there.
#[derive(Debug)]
struct Cut {
    text: String,
    /// The start of each line, then the end of the text.
    bounds: Vec<usize>,
    /// How many lines end with `\r\n`.
    crlf: u32,
}

impl Lines {
    /// Cuts `text` into lines.
    pub fn new(text: impl Into<String>) -> Self {
        let text: String = text.into();
        let mut bounds = Vec::with_capacity(text.len() / 32 + 2);
        bounds.push(0);
        let mut crlf = 0;
        for (at, _) in text.match_indices('\n') {
            crlf += u32::from(at > 0 && text.as_bytes()[at - 1] == b'\r');
            bounds.push(at + 1);
        }
        if bounds.last() != Some(&text.len()) {
            bounds.push(text.len());
        }
        Self(Arc::new(Cut { text, bounds, crlf }))
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// How many lines there are. An empty text has none.
    pub fn count(&self) -> u32 {
        u32::try_from(self.0.bounds.len() - 1).unwrap_or(u32::MAX)
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
        let last = self.0.bounds.len() - 1;
        let from = (lines.start as usize).min(last);
        let to = (lines.end as usize).clamp(from, last);
        &self.0.text[self.0.bounds[from]..self.0.bounds[to]]
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

    /// Of all lines, how many end with `\r\n`.
    pub(crate) fn crlf_count(&self) -> u32 {
        self.0.crlf
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
    fn widest_counts_columns() {
        assert_eq!(Lines::new("abc\n😀😀\r\né").widest(), 4);
        assert_eq!(Lines::new("abcd\n\ta\n").widest(), 5);
        assert_eq!(Lines::new("漢字\n").widest(), 4);
        assert_eq!(Lines::new("").widest(), 0);
    }
}
