//! Characters that a reader would not see, or that change the order of what is seen.
//!
//! They are how a change can read as harmless and do something else: text that runs from right to
//! left inside a comment, a zero-width letter in a name, instructions written in tag characters,
//! code pushed out of sight by a run of blanks, a name that only looks like another. The window shows each as a chip.

use std::ops::Range;

use crate::spans::Columns;
use crate::spans::Span;

/// A run of blanks this long before more text pushes the text out of sight.
const PADDING: usize = 100;

/// Why a character is pointed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HiddenKind {
    /// Changes the direction of the text.
    Bidi,
    /// Has no width.
    ZeroWidth,
    /// Looks like a blank and counts as a letter.
    Filler,
    /// A tag character: invisible text.
    Tag,
    /// Chooses a variant of the character before it, or hides data.
    VariationSelector,
    /// A control character; a tab is not pointed out.
    Control,
    /// Breaks the line for some programs and not for others.
    LineBreak,
    /// A long run of blanks before more text.
    Padding,
    /// A letter of another script that looks like a Latin one, in a word with Latin letters.
    Lookalike,
}

/// Something hidden in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// Where.
    pub span: Span,
    /// Why it is pointed out.
    pub kind: HiddenKind,
    /// What to write on the chip: `RLO`, `ZWSP`, `U+E0041`, `120 blanks`.
    pub name: String,
}

/// Finds what is hidden in a line, given without its terminator.
pub fn hidden(content: &str) -> Vec<Hidden> {
    let mut found = Vec::new();
    let mut columns = Columns::new(content);
    let mut blanks: Option<(usize, usize)> = None;
    let mut note = |bytes: Range<usize>, kind, name: String, found: &mut Vec<Hidden>| {
        found.push(Hidden {
            span: columns.span(bytes),
            kind,
            name,
        });
    };
    if content.len() < PADDING
        && content
            .bytes()
            .all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
    {
        return found;
    }
    let mut word = Word::default();
    for (at, c) in content.char_indices() {
        word.add(content, at, c);
        if lookalike(c) && word.is_mixed(content) {
            let name = name_of(c);
            note(
                at..at + c.len_utf8(),
                HiddenKind::Lookalike,
                name,
                &mut found,
            );
        }
        if c == '\t' || (c.is_whitespace() && kind_of(c).is_none()) {
            let run = blanks.get_or_insert((at, 0));
            run.1 += 1;
            continue;
        }
        if let Some((from, count)) = blanks.take()
            && count >= PADDING
        {
            note(
                from..at,
                HiddenKind::Padding,
                format!("{count} blanks"),
                &mut found,
            );
        }
        if let Some(kind) = kind_of(c) {
            note(at..at + c.len_utf8(), kind, name_of(c), &mut found);
        }
    }
    found
}

/// The word that is being read.
#[derive(Default)]
struct Word {
    /// Its bytes.
    place: Range<usize>,
    /// Whether it mixes scripts, once that was asked.
    mixed: Option<bool>,
}

impl Word {
    fn add(&mut self, line: &str, at: usize, c: char) {
        let inside = |c: char| c == '_' || c.is_alphanumeric();
        if self.place.contains(&at) || !inside(c) {
            return;
        }
        let end = line[at..].find(|c| !inside(c));
        *self = Self {
            place: at..end.map_or(line.len(), |end| at + end),
            mixed: None,
        };
    }

    fn is_mixed(&mut self, line: &str) -> bool {
        let word = &line[self.place.clone()];
        *self
            .mixed
            .get_or_insert_with(|| word.contains(|c: char| c.is_ascii_alphabetic()))
    }
}

/// Letters of Greek and Cyrillic that nobody can tell from Latin ones; so they are given by number.
fn lookalike(c: char) -> bool {
    matches!(
        c,
        '\u{391}' | '\u{392}'
            | '\u{395}'..='\u{397}'
            | '\u{399}' | '\u{39a}'
            | '\u{39c}' | '\u{39d}'
            | '\u{39f}'
            | '\u{3a1}'
            | '\u{3a4}' | '\u{3a5}'
            | '\u{3a7}'
            | '\u{3bd}'
            | '\u{3bf}'
            | '\u{405}' | '\u{406}'
            | '\u{408}'
            | '\u{410}'
            | '\u{412}'
            | '\u{415}'
            | '\u{41a}'
            | '\u{41c}'..='\u{41e}'
            | '\u{420}'..='\u{422}'
            | '\u{425}'
            | '\u{430}'
            | '\u{435}'
            | '\u{43e}'
            | '\u{440}' | '\u{441}'
            | '\u{443}'
            | '\u{445}'
            | '\u{455}' | '\u{456}'
            | '\u{458}'
            | '\u{475}'
            | '\u{4bb}'
            | '\u{501}'
            | '\u{51b}'
            | '\u{51d}'
    )
}

fn kind_of(c: char) -> Option<HiddenKind> {
    Some(match c {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => {
            HiddenKind::Bidi
        }
        '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{feff}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{180e}' => HiddenKind::ZeroWidth,
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => HiddenKind::Filler,
        '\u{e0000}'..='\u{e007f}' => HiddenKind::Tag,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => HiddenKind::VariationSelector,
        '\u{2028}' | '\u{2029}' | '\u{85}' | '\r' => HiddenKind::LineBreak,
        '\t' => return None,
        _ if c.is_control() => HiddenKind::Control,
        _ => return None,
    })
}

fn name_of(c: char) -> String {
    let name = match c {
        '\r' => "CR",
        '\0' => "NUL",
        '\u{8}' => "BS",
        '\u{1b}' => "ESC",
        '\u{7f}' => "DEL",
        '\u{85}' => "NEL",
        '\u{ad}' => "SHY",
        '\u{61c}' => "ALM",
        '\u{200b}' => "ZWSP",
        '\u{200c}' => "ZWNJ",
        '\u{200d}' => "ZWJ",
        '\u{200e}' => "LRM",
        '\u{200f}' => "RLM",
        '\u{2028}' => "LS",
        '\u{2029}' => "PS",
        '\u{202a}' => "LRE",
        '\u{202b}' => "RLE",
        '\u{202c}' => "PDF",
        '\u{202d}' => "LRO",
        '\u{202e}' => "RLO",
        '\u{2060}' => "WJ",
        '\u{2066}' => "LRI",
        '\u{2067}' => "RLI",
        '\u{2068}' => "FSI",
        '\u{2069}' => "PDI",
        '\u{feff}' => "BOM",
        '\u{fe00}'..='\u{fe0f}' => return format!("VS{}", u32::from(c) - 0xfe00 + 1),
        '\u{e0100}'..='\u{e01ef}' => return format!("VS{}", u32::from(c) - 0xe0100 + 17),
        _ => return format!("U+{:04X}", u32::from(c)),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where (UTF-16) and what, in order.
    fn check(line: &str, expect: &[(Range<u32>, HiddenKind, &str)]) {
        let found = hidden(line);
        let found: Vec<_> = found
            .iter()
            .map(|h| (h.span.utf16.clone(), h.kind, h.name.as_str()))
            .collect();
        assert_eq!(found, expect, "in {line:?}");
    }

    #[test]
    fn ordinary_text_has_none() {
        check("", &[]);
        check("\tlet größe = \"日本語 😀\";   ", &[]);
    }

    #[test]
    fn each_kind_is_named() {
        check("/*\u{202e} } */", &[(2..3, HiddenKind::Bidi, "RLO")]);
        check("a\u{200b}b", &[(1..2, HiddenKind::ZeroWidth, "ZWSP")]);
        check("\u{feff}x", &[(0..1, HiddenKind::ZeroWidth, "BOM")]);
        check("\u{3164}", &[(0..1, HiddenKind::Filler, "U+3164")]);
        check("😀\u{e0041}", &[(2..4, HiddenKind::Tag, "U+E0041")]);
        check(
            "\u{fe0f}\u{e0100}",
            &[
                (0..1, HiddenKind::VariationSelector, "VS16"),
                (1..3, HiddenKind::VariationSelector, "VS17"),
            ],
        );
        check(
            "a\rb\u{1b}[0m",
            &[
                (1..2, HiddenKind::LineBreak, "CR"),
                (3..4, HiddenKind::Control, "ESC"),
            ],
        );
        check("\u{9b}", &[(0..1, HiddenKind::Control, "U+009B")]);
    }

    #[test]
    fn a_letter_that_looks_like_another_is_pointed_out_in_a_latin_word() {
        check(
            "if p\u{430}ssword == \"слово\" { Δx + \u{3bc}s }",
            &[(4..5, HiddenKind::Lookalike, "U+0430")],
        );
        check("слово о том", &[]);
        check("\u{41d}TTP", &[(0..1, HiddenKind::Lookalike, "U+041D")]);
    }

    #[test]
    fn padding_counts_only_before_text() {
        let blanks = " ".repeat(500);
        check(&blanks, &[]);
        check(
            &format!("ok{blanks}evil()"),
            &[(2..502, HiddenKind::Padding, "500 blanks")],
        );
    }
}
