//! Columns of a line, in the two ways they are counted.

use std::ops::Range;

/// A part of a line's content.
///
/// `bytes` index the UTF-8 of a Rust string and always fall on character boundaries; `utf16` index
/// the same characters in a JavaScript string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// In bytes.
    pub bytes: Range<u32>,
    /// In UTF-16 code units.
    pub utf16: Range<u32>,
}

/// Some of a line's content, for a line that is too long to be shown whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice<'a> {
    /// The text.
    pub text: &'a str,
    /// Where it is in the line, in UTF-16 code units. It may reach a unit further on either side than
    /// was asked, because no character is cut in two.
    pub utf16: Range<u32>,
}

/// The characters of `line` that lie in a range of UTF-16 units, at least in part.
pub(crate) fn slice(line: &str, utf16: Range<u32>) -> Slice<'_> {
    if line.is_ascii() {
        let end = (utf16.end as usize).min(line.len());
        let start = (utf16.start as usize).min(end);
        return Slice {
            text: &line[start..end],
            utf16: start as u32..end as u32,
        };
    }
    let (mut unit, mut found) = (0, None::<(Range<usize>, Range<u32>)>);
    for (at, c) in line.char_indices() {
        if unit >= utf16.end {
            break;
        }
        let (next, end) = (unit + c.len_utf16() as u32, at + c.len_utf8());
        if next > utf16.start {
            let (bytes, units) = found.get_or_insert((at..end, unit..next));
            bytes.end = end;
            units.end = next;
        }
        unit = next;
    }
    let (bytes, utf16) = found.unwrap_or((0..0, unit..unit));
    Slice {
        text: &line[bytes],
        utf16,
    }
}

/// The parts of `spans` that lie in a range of UTF-16 units, counted from the start of the line.
pub fn clip(spans: &[Span], utf16: Range<u32>) -> Vec<Range<u32>> {
    let parts = spans.iter().map(|span| {
        let Range { start, end } = span.utf16;
        start.max(utf16.start)..end.min(utf16.end)
    });
    parts.filter(|part| !part.is_empty()).collect()
}

/// How many UTF-16 units `text` has.
pub(crate) fn utf16_len(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().map(char::len_utf16).sum()
    }
}

/// Counts the UTF-16 column while a line is walked from left to right.
pub(crate) struct Columns<'a> {
    line: &'a str,
    byte: usize,
    unit: usize,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(line: &'a str) -> Self {
        Self {
            line,
            byte: 0,
            unit: 0,
        }
    }

    /// The UTF-16 column of the character at `byte`, which must not lie left of an earlier one.
    pub(crate) fn at(&mut self, byte: usize) -> u32 {
        self.unit += utf16_len(&self.line[self.byte..byte]);
        self.byte = byte;
        self.unit as u32
    }

    pub(crate) fn span(&mut self, bytes: Range<usize>) -> Span {
        let utf16 = self.at(bytes.start)..self.at(bytes.end);
        Span {
            bytes: bytes.start as u32..bytes.end as u32,
            utf16,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_cuts_no_character() {
        let check = |line: &'static str, asked: Range<u32>, text: &str, utf16: Range<u32>| {
            assert_eq!(slice(line, asked), Slice { text, utf16 }, "{line:?}");
        };
        check("abcdef", 2..4, "cd", 2..4);
        check("abcdef", 4..99, "ef", 4..6);
        check("abcdef", 9..99, "", 6..6);
        check("é😀x", 0..1, "é", 0..1);
        check("é😀x", 1..2, "😀", 1..3);
        check("é😀x", 2..4, "😀x", 1..4);
        check("é😀x", 9..12, "", 4..4);
        check("é😀x", 1..1, "", 1..1);
    }

    #[test]
    fn spans_are_clipped_to_what_is_shown() {
        let mut columns = Columns::new("abcdefghij");
        let spans = [columns.span(0..3), columns.span(4..6), columns.span(8..10)];
        assert_eq!(clip(&spans, 2..9), [2..3, 4..6, 8..9]);
        assert_eq!(clip(&spans, 3..4), []);
    }

    #[test]
    fn counts_in_both_units() {
        let mut columns = Columns::new("é😀x");
        assert_eq!(
            columns.span(0..2),
            Span {
                bytes: 0..2,
                utf16: 0..1
            }
        );
        assert_eq!(
            columns.span(6..7),
            Span {
                bytes: 6..7,
                utf16: 3..4
            }
        );
    }
}
