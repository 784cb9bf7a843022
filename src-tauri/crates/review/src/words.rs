//! Which words changed inside a pair of lines.
//!
//! A line is cut into words, runs of white space and single symbols; the pieces are aligned by
//! Myers. Changes that only white space keeps apart become one, because a phrase that was replaced
//! reads as one change. Lines that share too little, or are too long to be read word by word, have
//! no word changes: the whole line is the change. A line of a minified file is too long to be read,
//! but not to be searched for what changed; it is compared for as long as nobody notices.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;
use std::time::Instant;

use similar::Algorithm;
use similar::DiffOp;

use crate::myers::Search;
use crate::spans::Columns;
use crate::spans::Span;

/// Lines with more characters than this are compared with an eye on the clock,
const LONG_CHARS: usize = 2000;
/// for this long, and what is not done then is changed;
const LONG_TIME: Duration = Duration::from_millis(50);
/// and lines with more bytes than this not at all.
const MAX_BYTES: usize = 4_000_000;
/// Nor lines that share less than this of their visible text.
const MIN_RATIO: f64 = 0.4;

/// The parts of two lines that differ, each in order and apart from one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// In the old line's content.
    pub old: Vec<Span>,
    /// In the new line's content.
    pub new: Vec<Span>,
}

/// Compares two lines, given without their terminators.
pub(crate) fn compare(old: &str, new: &str) -> Option<Words> {
    if old.len().max(new.len()) > MAX_BYTES {
        return None;
    }
    let old_tokens: Vec<_> = tokens(old).collect();
    let new_tokens: Vec<_> = tokens(new).collect();
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut number = |word| {
        let next = numbers.len() as u32;
        *numbers.entry(word).or_insert(next)
    };
    let old_ids: Vec<u32> = old_tokens
        .iter()
        .map(|range| number(&old[range.clone()]))
        .collect();
    let new_ids: Vec<u32> = new_tokens
        .iter()
        .map(|range| number(&new[range.clone()]))
        .collect();
    let parts: Vec<Part> = match is_long(old) || is_long(new) {
        true => long(&old_ids, &new_ids, numbers.len()),
        false => {
            let ops = similar::capture_diff_slices(Algorithm::Myers, &old_ids, &new_ids);
            ops.iter().map(part).collect()
        }
    };

    let mut shared = 0;
    let mut changes: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    let mut apart = true;
    for (equal, old_part, new_part) in parts {
        if equal {
            let size: usize = old_tokens[old_part]
                .iter()
                .map(|word| visible(&old[word.clone()]))
                .sum();
            shared += size;
            apart = size > 0;
            continue;
        }
        match changes.last_mut() {
            Some((last_old, last_new)) if !apart => {
                last_old.end = old_part.end;
                last_new.end = new_part.end;
            }
            _ => changes.push((old_part, new_part)),
        }
        apart = false;
    }
    let total = visible(old) + visible(new);
    if total > 0 && 2.0 * (shared as f64) < MIN_RATIO * (total as f64) {
        return None;
    }

    let spans = |line: &str, tokens: &[Range<usize>], parts: Vec<Range<usize>>| {
        let mut columns = Columns::new(line);
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(|part| columns.span(tokens[part.start].start..tokens[part.end - 1].end))
            .collect()
    };
    let (old_parts, new_parts) = changes.into_iter().unzip();
    Some(Words {
        old: spans(old, &old_tokens, old_parts),
        new: spans(new, &new_tokens, new_parts),
    })
}

/// Tokens that are equal, or changed, in order.
type Part = (bool, Range<usize>, Range<usize>);

fn part(op: &DiffOp) -> Part {
    let equal = matches!(op, DiffOp::Equal { .. });
    (equal, op.old_range(), op.new_range())
}

fn is_long(line: &str) -> bool {
    line.len() > LONG_CHARS && line.chars().count() > LONG_CHARS
}

fn long(old: &[u32], new: &[u32], distinct: usize) -> Vec<Part> {
    let deadline = Instant::now().checked_add(LONG_TIME);
    let mut search = Search::new(distinct, deadline);
    search.run(old, new);
    let (old_changed, new_changed) = (search.old_changed(), search.new_changed());
    let run = |changed: &[bool], from: usize, is: bool| {
        let run = changed[from..].iter().take_while(|changed| **changed == is);
        from + run.count()
    };
    let mut parts = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    while old_at < old.len() || new_at < new.len() {
        let (old_end, new_end) = (
            run(old_changed, old_at, true),
            run(new_changed, new_at, true),
        );
        if old_end > old_at || new_end > new_at {
            parts.push((false, old_at..old_end, new_at..new_end));
        }
        // As many match on one side as on the other, up to the next change of either.
        let equal = run(old_changed, old_end, false) - old_end;
        let equal = equal.min(run(new_changed, new_end, false) - new_end);
        if equal > 0 {
            parts.push((true, old_end..old_end + equal, new_end..new_end + equal));
        }
        (old_at, new_at) = (old_end + equal, new_end + equal);
    }
    parts
}

fn visible(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Space,
    Symbol,
}

impl Kind {
    fn of(c: char) -> Self {
        match c {
            // Written without spaces: each character is a word.
            '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
                Self::Symbol
            }
            _ if c == '_' || c.is_alphanumeric() => Self::Word,
            _ if c.is_whitespace() => Self::Space,
            _ => Self::Symbol,
        }
    }
}

/// Marks that belong to the character before them.
fn attaches(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{1f3fb}'..='\u{1f3ff}')
}

/// The words, runs of white space and single symbols of a line, as byte ranges.
pub(crate) fn tokens(line: &str) -> impl Iterator<Item = Range<usize>> {
    let mut chars = line.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = chars.next()?;
        let kind = Kind::of(first);
        let mut last = first;
        while let Some(&(_, c)) = chars.peek() {
            // What a zero-width joiner joins is one picture.
            let joins = attaches(c) || last == '\u{200d}';
            if !joins && (kind == Kind::Symbol || Kind::of(c) != kind) {
                break;
            }
            last = c;
            chars.next();
        }
        let end = chars.peek().map_or(line.len(), |&(at, _)| at);
        Some(start..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks the changed parts of both lines with brackets.
    fn check(old: &str, new: &str, expect: Option<(&str, &str)>) {
        let mark = |line: &str, spans: &[Span]| {
            let mut marked = line.to_owned();
            for span in spans.iter().rev() {
                marked.insert(span.bytes.end as usize, ']');
                marked.insert(span.bytes.start as usize, '[');
            }
            marked
        };
        let found = compare(old, new).map(|words| (mark(old, &words.old), mark(new, &words.new)));
        let found = found
            .as_ref()
            .map(|(old, new)| (old.as_str(), new.as_str()));
        assert_eq!(found, expect);
    }

    #[test]
    fn a_rename_lights_one_word() {
        check(
            "let total = price * count;",
            "let total = price * amount;",
            Some((
                "let total = price * [count];",
                "let total = price * [amount];",
            )),
        );
    }

    #[test]
    fn an_added_argument_marks_one_side() {
        check("call(a)", "call(a, b)", Some(("call(a)", "call(a[, b])")));
    }

    #[test]
    fn white_space_between_changes_is_bridged() {
        check(
            "throw new Error(one two three, value, other)",
            "throw new Error(four five six, value, other)",
            Some((
                "throw new Error([one two three], value, other)",
                "throw new Error([four five six], value, other)",
            )),
        );
    }

    #[test]
    fn indentation_alone_is_marked() {
        check(
            "  return;",
            "    return;",
            Some(("[  ]return;", "[    ]return;")),
        );
    }

    #[test]
    fn unlike_and_huge_lines_have_none() {
        check("fn main() {", "import os", None);
        let huge = "a".repeat(MAX_BYTES + 1);
        check(&huge, &huge, None);
    }

    #[test]
    fn a_line_of_a_minified_file_shows_what_changed() {
        let piece = |n: usize| format!("function f{n}(e,t){{return e.a?t[{n}]:ß(e,t)}}");
        let old: String = (0..2000).map(piece).collect();
        let new = old
            .replace("t[700]", "t[other]")
            .replace("e,t){return e.a?t[1500]", "e){return 0");
        let words = compare(&old, &new).unwrap();
        let texts = |line: &str, spans: &[Span]| -> Vec<String> {
            let spans = spans.iter();
            spans
                .map(|span| line[span.bytes.start as usize..span.bytes.end as usize].to_owned())
                .collect()
        };
        let (gone, came) = (texts(&old, &words.old), texts(&new, &words.new));
        assert!(gone.contains(&"700".to_owned()), "{gone:?}");
        assert!(came.contains(&"other".to_owned()), "{came:?}");
        assert!(
            words.old.len() <= 4 && words.new.len() <= 3,
            "{gone:?} {came:?}"
        );
    }

    #[test]
    fn joined_pictures_and_han_are_cut_where_a_reader_would() {
        check("a 👩‍💻 b c", "a 👩‍🔬 b c", Some(("a [👩‍💻] b c", "a [👩‍🔬] b c")));
        check("变量名称", "变量名字", Some(("变量名[称]", "变量名[字]")));
    }

    #[test]
    fn columns_are_utf16_units() {
        let words = compare("😀 same old", "😀 same new").unwrap();
        assert_eq!(
            words.new,
            [Span {
                bytes: 10..13,
                utf16: 8..11
            }]
        );
    }
}
