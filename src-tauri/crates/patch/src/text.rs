//! The bytes of a file as lines, and new lines as bytes of the same file.
//!
//! Lines are cut out of the bytes and keep them; decoding is only for comparing. So a line that
//! is not edited comes back as it was, whatever its encoding is or is thought to be. UTF-8, and
//! UTF-16 by its mark or by its zero bytes, are certain. Any other encoding is a guess, and new
//! text beyond ASCII is encoded only when that guess reads the whole file and has a good reason.

use std::borrow::Cow;
use std::char::{REPLACEMENT_CHARACTER, decode_utf16};

use encoding_rs::{ISO_2022_JP, UTF_16BE, UTF_16LE};

use crate::guess::{Words, guess, reads};

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
const LITTLE_MARK: &[u8] = b"\xff\xfe";
const BIG_MARK: &[u8] = b"\xfe\xff";

/// How the characters of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16Little,
    Utf16Big,
    /// Neither, by the best guess; `sure` when new text may be written by it.
    Other {
        guess: &'static encoding_rs::Encoding,
        sure: bool,
    },
}

/// What ends a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Lf,
    CrLf,
    Cr,
}

/// One line of a file.
#[derive(Debug, Clone)]
pub(crate) struct Line<'a> {
    /// The bytes without the ending.
    pub(crate) bytes: &'a [u8],
    /// `None` for a last line that nothing ends.
    pub(crate) ending: Option<Ending>,
    /// The bytes, decoded.
    pub(crate) text: Cow<'a, str>,
}

/// A text file.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    /// The byte order mark, which may be empty.
    pub(crate) mark: &'a [u8],
    pub(crate) encoding: Encoding,
    pub(crate) lines: Vec<Line<'a>>,
}

impl<'a> Text<'a> {
    /// Cuts a file into lines. `None` if it is not text. The words of the patch help to tell the
    /// encoding.
    pub(crate) fn read(bytes: &'a [u8], words: &Words<'_>) -> Option<Self> {
        let (mark, encoding) = detect(bytes, words)?;
        let body = &bytes[mark.len()..];
        let cuts = match encoding {
            Encoding::Utf16Little => cut_wide(body, |pair| u16::from_le_bytes([pair[0], pair[1]])),
            Encoding::Utf16Big => cut_wide(body, |pair| u16::from_be_bytes([pair[0], pair[1]])),
            Encoding::Utf8 | Encoding::Other { .. } => cut(body),
        };
        let lines = cuts
            .into_iter()
            .map(|(bytes, ending)| Line {
                bytes,
                ending,
                text: encoding.decode(bytes),
            })
            .collect();
        Some(Self {
            mark,
            encoding,
            lines,
        })
    }

    /// The ending a line at `at` takes when no replaced line gives it one: that of the line
    /// before, else of the line after, else of the first line that has one.
    pub(crate) fn ending_near(&self, at: usize) -> Ending {
        let ending = |index: usize| self.lines.get(index).and_then(|line| line.ending);
        at.checked_sub(1)
            .and_then(ending)
            .or_else(|| ending(at))
            .or_else(|| self.lines.iter().find_map(|line| line.ending))
            .unwrap_or(Ending::Lf)
    }
}

impl Encoding {
    /// The name a person knows it by.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Little => UTF_16LE.name(),
            Self::Utf16Big => UTF_16BE.name(),
            Self::Other { guess, sure: true } => guess.name(),
            Self::Other { sure: false, .. } => "an unknown one",
        }
    }

    fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            Self::Utf16Little => Cow::Owned(wide(bytes, u16::from_le_bytes)),
            Self::Utf16Big => Cow::Owned(wide(bytes, u16::from_be_bytes)),
            Self::Other { guess, .. } => guess.decode_without_bom_handling(bytes).0,
        }
    }

    /// The text in this encoding, or `None` when it has no way to write it.
    pub(crate) fn encode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 => Some(text.as_bytes().to_vec()),
            Self::Utf16Little => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Self::Utf16Big => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Self::Other { .. } if text.is_ascii() => Some(text.as_bytes().to_vec()),
            Self::Other { guess, sure: true } => {
                let (bytes, _, lost) = guess.encode(text);
                // A few encodings have characters that come back as others; better to refuse.
                let back = guess.decode_without_bom_handling(&bytes).0;
                (!lost && back == text).then(|| bytes.into_owned())
            }
            Self::Other { sure: false, .. } => None,
        }
    }

    /// The bytes of a line ending.
    pub(crate) fn ending(self, ending: Ending) -> &'static [u8] {
        match (self, ending) {
            (Self::Utf16Little, Ending::Lf) => b"\n\0",
            (Self::Utf16Little, Ending::CrLf) => b"\r\0\n\0",
            (Self::Utf16Little, Ending::Cr) => b"\r\0",
            (Self::Utf16Big, Ending::Lf) => b"\0\n",
            (Self::Utf16Big, Ending::CrLf) => b"\0\r\0\n",
            (Self::Utf16Big, Ending::Cr) => b"\0\r",
            (_, Ending::Lf) => b"\n",
            (_, Ending::CrLf) => b"\r\n",
            (_, Ending::Cr) => b"\r",
        }
    }
}

/// Mark and encoding of a file, or `None` if it is not text.
fn detect<'a>(bytes: &'a [u8], words: &Words<'_>) -> Option<(&'a [u8], Encoding)> {
    let utf32 = bytes.starts_with(b"\xff\xfe\0\0") || bytes.starts_with(b"\0\0\xfe\xff");
    if utf32 && bytes.len().is_multiple_of(4) {
        return None;
    }
    if bytes.starts_with(UTF8_MARK) {
        return Some((&bytes[..3], Encoding::Utf8));
    }
    if bytes.starts_with(LITTLE_MARK) {
        return Some((&bytes[..2], Encoding::Utf16Little));
    }
    if bytes.starts_with(BIG_MARK) {
        return Some((&bytes[..2], Encoding::Utf16Big));
    }
    if bytes.contains(&0) {
        return unmarked_wide(bytes).map(|encoding| (&bytes[..0], encoding));
    }
    let japanese = |mark: &[u8]| bytes.windows(3).any(|window| window == mark);
    if bytes.contains(&0x1b) && bytes.is_ascii() && (japanese(b"\x1b$B") || japanese(b"\x1b$@")) {
        let sure = reads(ISO_2022_JP, bytes);
        return Some((
            &bytes[..0],
            Encoding::Other {
                guess: ISO_2022_JP,
                sure,
            },
        ));
    }
    if mostly_utf8(bytes) {
        return Some((&bytes[..0], Encoding::Utf8));
    }
    let (guess, sure) = guess(bytes, words);
    Some((&bytes[..0], Encoding::Other { guess, sure }))
}

/// UTF-8, or UTF-8 with a few broken places: text in another encoding hardly ever holds whole
/// sequences of it.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    broken == 0 || whole > broken
}

/// UTF-16 without a mark, told by the zero bytes that western text and line ends have on one
/// side only.
fn unmarked_wide(bytes: &[u8]) -> Option<Encoding> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let zeros = |side: usize| {
        bytes
            .iter()
            .skip(side)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let half = bytes.len() / 2;
    match (zeros(0), zeros(1)) {
        (0, odd) if odd * 2 > half => Some(Encoding::Utf16Little),
        (even, 0) if even * 2 > half => Some(Encoding::Utf16Big),
        _ => None,
    }
}

fn wide(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let pairs = bytes.chunks_exact(2);
    let odd = !pairs.remainder().is_empty();
    decode_utf16(pairs.map(|pair| unit([pair[0], pair[1]])))
        .map(|c| c.unwrap_or(REPLACEMENT_CHARACTER))
        .chain(odd.then_some(REPLACEMENT_CHARACTER))
        .collect()
}

/// Cuts at `\n`, taking a `\r` before it along; at `\r` when there is no `\n` at all.
fn cut(body: &[u8]) -> Vec<(&[u8], Option<Ending>)> {
    let old_mac = !body.contains(&b'\n') && body.contains(&b'\r');
    let end = if old_mac { b'\r' } else { b'\n' };
    body.split_inclusive(|byte| *byte == end)
        .map(|line| match line {
            [rest @ .., b'\r', b'\n'] => (rest, Some(Ending::CrLf)),
            [rest @ .., b'\n'] => (rest, Some(Ending::Lf)),
            [rest @ .., b'\r'] if old_mac => (rest, Some(Ending::Cr)),
            rest => (rest, None),
        })
        .collect()
}

/// The same for text of two bytes a unit.
fn cut_wide(body: &[u8], unit: fn(&[u8]) -> u16) -> Vec<(&[u8], Option<Ending>)> {
    const LF: u16 = 0x0a;
    const CR: u16 = 0x0d;
    let units = || body.chunks_exact(2).map(unit);
    let old_mac = !units().any(|u| u == LF) && units().any(|u| u == CR);
    let mut lines = Vec::new();
    let mut start = 0;
    let mut before = 0;
    for (index, unit) in units().enumerate() {
        let at = index * 2;
        if unit == LF && before == CR && at > start {
            lines.push((&body[start..at - 2], Some(Ending::CrLf)));
            start = at + 2;
        } else if unit == LF {
            lines.push((&body[start..at], Some(Ending::Lf)));
            start = at + 2;
        } else if unit == CR && old_mac {
            lines.push((&body[start..at], Some(Ending::Cr)));
            start = at + 2;
        }
        before = unit;
    }
    if start < body.len() {
        lines.push((&body[start..], None));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<Text<'_>> {
        Text::read(bytes, &Words::default())
    }

    fn joined(text: &Text<'_>) -> Vec<u8> {
        let mut bytes = text.mark.to_vec();
        for line in &text.lines {
            bytes.extend_from_slice(line.bytes);
            if let Some(ending) = line.ending {
                bytes.extend_from_slice(text.encoding.ending(ending));
            }
        }
        bytes
    }

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn lines_put_together_again_are_the_file() {
        let marked = [LITTLE_MARK, &wide("a\r\nb\nc")].concat();
        let files: [&[u8]; 9] = [
            b"",
            b"\n",
            b"a\r\nb\nc",
            b"a\rb\r",
            b"\xef\xbb\xbfa\n",
            b"\x82\xa0\n\x83\\\n",
            &marked,
            b"\xff\xfea\0\n",
            b"\xff\xfe\n\0\r\0\n\0\r\0",
        ];
        for file in files {
            let text = read(file).expect("text");
            assert_eq!(joined(&text), file);
        }
    }

    #[test]
    fn utf16_is_known_by_its_mark_or_its_zeros() {
        let plain = wide("one\ntwo\n");
        assert_eq!(read(&plain).expect("text").encoding, Encoding::Utf16Little);
        let big = b"\xfe\xff\0a\0\n";
        let text = read(big).expect("text");
        assert_eq!(
            (text.encoding, &*text.lines[0].text),
            (Encoding::Utf16Big, "a")
        );
    }

    #[test]
    fn zeros_elsewhere_are_not_text() {
        assert!(read(b"\x7fELF\0\0\x01\x02\x03").is_none());
        assert!(read(b"\xff\xfe\0\0a\0\0\0").is_none());
    }

    #[test]
    fn new_text_must_fit_the_encoding() {
        let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode("日本語のテキストです。\n漢字とかな\n");
        let words = Words {
            old: vec!["漢字とかな"],
            new: vec![],
        };
        let text = Text::read(&bytes, &words).expect("text");
        assert_eq!(text.encoding.name(), "Shift_JIS");
        assert_eq!(text.lines[1].text, "漢字とかな");
        assert_eq!(text.encoding.encode("あ"), Some(b"\x82\xa0".to_vec()));
        assert_eq!(text.encoding.encode("✅"), None);
    }

    #[test]
    fn a_broken_byte_does_not_make_utf8_something_else() {
        let text = read("größe naïve \u{1f600}".as_bytes()).expect("text");
        assert_eq!(text.encoding, Encoding::Utf8);
        let mut bytes = "größe naïve".as_bytes().to_vec();
        bytes.push(0xff);
        assert_eq!(read(&bytes).expect("text").encoding, Encoding::Utf8);
    }
}
