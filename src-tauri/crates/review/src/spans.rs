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
