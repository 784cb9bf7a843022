//! Which encoding a file has that is not UTF-8 or UTF-16.
//!
//! Bytes alone leave much open: a short Japanese file is also a Cyrillic one. The patch knows
//! more. Old lines that it repeats and that are in the file under one encoding settle it; else
//! the writing of its lines tells which part of the world to guess from.

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, KOI8_R, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251,
    WINDOWS_1252,
};

/// How many bytes are looked at to guess an encoding.
const GUESSED: usize = 1 << 20;
/// How many lines of the patch are looked up in the file.
const EVIDENCE: usize = 8;

const COMMON: [&Encoding; 9] = [
    SHIFT_JIS,
    GBK,
    BIG5,
    EUC_JP,
    EUC_KR,
    WINDOWS_1252,
    WINDOWS_1251,
    KOI8_R,
    WINDOWS_1250,
];

/// The lines of a patch that go beyond ASCII.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words<'p> {
    /// Lines that should be in the file.
    pub(crate) old: Vec<&'p str>,
    /// Lines that are new.
    pub(crate) new: Vec<&'p str>,
}

/// The likeliest encoding of the file, and whether new text may be written in it.
pub(crate) fn guess(bytes: &[u8], words: &Words<'_>) -> (&'static Encoding, bool) {
    let mut detector = chardetng::EncodingDetector::new();
    detector.feed(&bytes[..bytes.len().min(GUESSED)], true);
    let guesses: Vec<_> = regions(words)
        .iter()
        .map(|region| detector.guess(region.map(str::as_bytes), false))
        .filter(|encoding| reads(encoding, bytes))
        .collect();

    let old: Vec<&str> = words
        .old
        .iter()
        .filter(|line| !line.contains('\u{fffd}'))
        .copied()
        .take(EVIDENCE)
        .collect();
    if !old.is_empty() {
        let all = guesses.iter().copied().chain(COMMON);
        let proven = |encoding: &&'static Encoding| {
            reads(encoding, bytes) && old.iter().all(|line| holds(bytes, encoding, line))
        };
        if let Some(encoding) = { all }.find(proven) {
            return (encoding, true);
        }
    }
    let fits =
        |encoding: &&&'static Encoding| words.new.iter().all(|line| !encoding.encode(line).2);
    match guesses.iter().find(fits).or(guesses.first()) {
        // Without letters to go by, only the commonest encoding is safe to write: a wrong one
        // would put bytes into the file that mean something else there.
        Some(encoding) => (
            encoding,
            regions(words).len() > 1 || *encoding == WINDOWS_1252,
        ),
        None => (detector.guess(None, false), false),
    }
}

/// Whether every byte of the file means something in this encoding.
pub(crate) fn reads(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .is_some()
}

fn holds(bytes: &[u8], encoding: &'static Encoding, line: &str) -> bool {
    let (line, _, lost) = encoding.encode(line.trim());
    !lost
        && bytes
            .windows(line.len().max(1))
            .any(|window| window == &*line)
}

/// Domains whose encodings the guess should lean to, the likeliest first; `None` leans nowhere.
fn regions(words: &Words<'_>) -> &'static [Option<&'static str>] {
    let has = |range: std::ops::RangeInclusive<char>| {
        words
            .old
            .iter()
            .chain(&words.new)
            .any(|line| line.chars().any(|c| range.contains(&c)))
    };
    if has('\u{3040}'..='\u{30ff}') {
        &[Some("jp"), None]
    } else if has('\u{ac00}'..='\u{d7a3}') {
        &[Some("kr"), None]
    } else if has('\u{4e00}'..='\u{9fff}') {
        &[None, Some("cn"), Some("tw"), Some("jp")]
    } else if has('\u{400}'..='\u{4ff}') {
        &[Some("ru"), None]
    } else {
        &[None]
    }
}
