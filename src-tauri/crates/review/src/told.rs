//! A change that is of one kind throughout, told in a sentence.
//!
//! A file whose line endings were converted, or that was run through a formatter, differs in every
//! line and says nothing new. Who reads it wants to be told that, and that it is all there is.

use std::collections::BTreeMap;
use std::fmt;

use crate::lines::Ending;
use crate::rows::Diff;
use crate::rows::RowKind;
use crate::rows::RowText;
use crate::space::Whitespace;

/// What a change consists of, when it is nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Only {
    /// Line endings: in how many lines which became which.
    Endings(BTreeMap<(Ending, Ending), u32>),
    /// The newline at the end of the text: whether it is there now.
    FinalNewline {
        /// Whether it was added; else it was removed.
        added: bool,
    },
    /// White space at the ends of so many lines.
    LineEnds {
        /// How many.
        lines: u32,
    },
    /// How lines are indented.
    Indentation {
        /// Such as `tabs -> 4 spaces` or `2 spaces deeper`, when it is the same in all lines.
        how: Option<String>,
        /// How many.
        lines: u32,
    },
    /// White space anywhere, in so many lines.
    Space {
        /// How many.
        lines: u32,
    },
    /// Blank lines.
    BlankLines {
        /// How many came.
        added: u32,
        /// How many went.
        removed: u32,
    },
}

impl Only {
    /// A word for programs: `endings`, `final newline`, `line ends`, `indentation`, `white space`
    /// or `blank lines`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Endings(_) => "endings",
            Self::FinalNewline { .. } => "final newline",
            Self::LineEnds { .. } => "line ends",
            Self::Indentation { .. } => "indentation",
            Self::Space { .. } => "white space",
            Self::BlankLines { .. } => "blank lines",
        }
    }
}

impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endings(counts) => {
                let parts: Vec<String> = counts
                    .iter()
                    .map(|((from, to), &count)| {
                        format!("{} -> {} in {}", name(*from), name(*to), Count(count))
                    })
                    .collect();
                write!(f, "Only line endings changed: {}.", parts.join(", "))
            }
            Self::FinalNewline { added: true } => f.write_str("Only the final newline was added."),
            Self::FinalNewline { added: false } => {
                f.write_str("Only the final newline was removed.")
            }
            Self::LineEnds { lines } => write!(
                f,
                "Only white space at line ends changed, in {}.",
                Count(*lines)
            ),
            Self::Indentation { how, lines } => match how {
                Some(how) => {
                    write!(f, "Only indentation changed: {how} in {}.", Count(*lines))
                }
                None => write!(f, "Only indentation changed, in {}.", Count(*lines)),
            },
            Self::Space { lines } => {
                write!(f, "Only white space changed, in {}.", Count(*lines))
            }
            Self::BlankLines { added, removed } => write!(
                f,
                "Only blank lines changed: {added} added, {removed} removed."
            ),
        }
    }
}

fn name(ending: Ending) -> &'static str {
    match ending {
        Ending::Lf => "LF",
        Ending::CrLf => "CRLF",
        Ending::None => "none",
    }
}

struct Count(u32);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 line"),
            count => write!(f, "{count} lines"),
        }
    }
}

/// What `diff` consists of, if it is of one kind.
pub(crate) fn only(diff: &Diff) -> Option<Only> {
    let first = diff.hunks().first()?.rows.start;
    let differing = || {
        let rows = first..diff.len();
        let differing = rows.filter(|&index| diff.row(index).kind != RowKind::Same);
        differing.map(|index| (diff.row(index), diff.row_text(index)))
    };
    if differing().all(|(row, _)| row.kind == RowKind::Changed) {
        if !differing().all(|(row, _)| row.only_space.is_some()) {
            return None;
        }
        let lines = differing().count() as u32;
        if differing().all(|(_, text)| content(&text).0 == content(&text).1) {
            return Some(endings(differing().map(|(_, text)| text)));
        }
        if differing().all(|(row, _)| row.only_space == Some(Whitespace::IgnoreTrailing)) {
            return Some(Only::LineEnds { lines });
        }
        let indented = |text: &RowText<'_>| {
            let (old, new) = content(text);
            old.trim_start() == new.trim_start()
        };
        return match differing().all(|(row, text)| indented(&text) && !row.ending_differs) {
            true => Some(Only::Indentation {
                how: indentation(differing().map(|(_, text)| text)),
                lines,
            }),
            false => Some(Only::Space { lines }),
        };
    }
    let blank = |text: &RowText<'_>| {
        let lines = [text.old, text.new];
        lines
            .iter()
            .flatten()
            .all(|line| line.content.trim().is_empty())
    };
    let stat = diff.stat();
    differing()
        .all(|(row, text)| row.kind != RowKind::Changed && blank(&text))
        .then_some(Only::BlankLines {
            added: stat.added,
            removed: stat.removed,
        })
}

fn content<'a>(text: &RowText<'a>) -> (&'a str, &'a str) {
    let content = |line: Option<crate::Line<'a>>| line.map_or("", |line| line.content);
    (content(text.old), content(text.new))
}

fn endings<'a>(rows: impl Iterator<Item = RowText<'a>>) -> Only {
    let mut counts = BTreeMap::new();
    for row in rows {
        if let (Some(old), Some(new)) = (row.old, row.new) {
            *counts.entry((old.ending, new.ending)).or_insert(0) += 1;
        }
    }
    let single = counts.keys().next().copied().filter(|_| counts.len() == 1);
    match single {
        Some((Ending::None, _)) => Only::FinalNewline { added: true },
        Some((_, Ending::None)) => Only::FinalNewline { added: false },
        _ => Only::Endings(counts),
    }
}

/// How indentation changed, if by one rule: a step of one kind became a step of another, or all
/// lines moved by the same step.
fn indentation<'a>(rows: impl Iterator<Item = RowText<'a>>) -> Option<String> {
    let indents: Vec<(&str, &str)> = rows
        .map(|row| {
            let (old, new) = content(&row);
            let indent = |line: &'a str| &line[..line.len() - line.trim_start().len()];
            (indent(old), indent(new))
        })
        .filter(|(old, new)| old != new)
        .collect();
    let all = |rule: &dyn Fn(&str, &str) -> bool| {
        !indents.is_empty() && indents.iter().all(|(old, new)| rule(old, new))
    };
    let steps = ["\t", " ", "  ", "   ", "    ", "        "];
    for from in steps {
        for to in steps.into_iter().filter(|to| *to != from) {
            let rule = |old: &str, new: &str| {
                let count = old.len() / from.len();
                count > 0 && old == from.repeat(count) && new == to.repeat(count)
            };
            // One space to four would also fit one space more; a step of one space is nobody's.
            if from != " " && to != " " && all(&rule) {
                return Some(format!("{} -> {}", step(from), step(to)));
            }
        }
    }
    for by in steps {
        let deeper = |old: &str, new: &str| new.strip_suffix(old) == Some(by);
        let less = |old: &str, new: &str| old.strip_suffix(new) == Some(by);
        let one = match by {
            "\t" => "1 tab".to_owned(),
            _ => step(by),
        };
        if all(&deeper) {
            return Some(format!("{one} deeper"));
        }
        if all(&less) {
            return Some(format!("{one} less"));
        }
    }
    None
}

fn step(step: &str) -> String {
    match step {
        "\t" => "tabs".to_owned(),
        " " => "1 space".to_owned(),
        spaces => format!("{} spaces", spaces.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    fn check(old: &str, new: &str, expect: &str) {
        let diff = Diff::new(old, new, &Options::default());
        let told = diff.only().map(|only| only.to_string());
        assert_eq!(told.as_deref().unwrap_or(""), expect, "{old:?} {new:?}");
    }

    #[test]
    fn what_is_all_there_is() {
        let text = "a\n  b\n    c\n";
        let crlf = text.replace('\n', "\r\n");
        check(
            text,
            &crlf,
            "Only line endings changed: LF -> CRLF in 3 lines.",
        );
        check(
            &crlf,
            text,
            "Only line endings changed: CRLF -> LF in 3 lines.",
        );
        check(
            &crlf,
            text.trim_end(),
            "Only line endings changed: CRLF -> LF in 2 lines, CRLF -> none in 1 line.",
        );
        check(text, text.trim_end(), "Only the final newline was removed.");
        check(text.trim_end(), text, "Only the final newline was added.");
        check(
            "a\nb  \nc\t\n",
            "a\nb\nc\n",
            "Only white space at line ends changed, in 2 lines.",
        );
        check(
            "a\n\tb\n\t\tc\n",
            "a\n    b\n        c\n",
            "Only indentation changed: tabs -> 4 spaces in 2 lines.",
        );
        check(
            "a\n  b\n    c\n",
            "a\n    b\n        c\n",
            "Only indentation changed: 2 spaces -> 4 spaces in 2 lines.",
        );
        check(
            "call(one);\n  call(two);\nend\n",
            "  call(one);\n    call(two);\nend\n",
            "Only indentation changed: 2 spaces deeper in 2 lines.",
        );
        check(
            " one(a);\n     two(b);\n",
            "one(a);\n   two(b);\n",
            "Only indentation changed, in 2 lines.",
        );
        check(
            "f(a,b)\n",
            "f(a, b)\n",
            "Only white space changed, in 1 line.",
        );
        check(
            "a\n\nb\nc\nd\ne\n",
            "a\nb\nc\nd\n\n\ne\n",
            "Only blank lines changed: 2 added, 1 removed.",
        );
    }

    #[test]
    fn what_is_more_than_that_is_not_told() {
        check("a\n", "a\n", "");
        check("a\n", "b\n", "");
        check("a \nb\n", "a\nc\n", "");
        check("a\n", "a\nb\n", "");
        check("", "a\n", "");
    }
}
