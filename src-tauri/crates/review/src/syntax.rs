//! The roles of the words in some lines of a text.
//!
//! A grammar can only be followed from the start of a text, so its state is kept every
//! [`STRIDE`] lines: lines 9,000 to 9,060 cost at most a stride more than themselves once the text
//! has been passed through. Passing through is done as far as the caller's deadline allows and
//! goes on where it stopped at the next call; until then the lines come back plain.
//!
//! Colours are not known here, only roles. Lines too long to read and texts too large to wait for
//! stay plain.

use std::ops::Range;
use std::sync::OnceLock;
use std::time::Instant;

use syntect::parsing::ParseState;
use syntect::parsing::ScopeStack;
use syntect::parsing::SyntaxReference;
use syntect::parsing::SyntaxSet;

use crate::classes::Class;
use crate::classes::Roles;
use crate::lines::Lines;
use crate::spans::Columns;

/// The grammar's state is kept before every line that is a multiple of this.
const STRIDE: u32 = 64;
/// Lines with more characters than this are plain, and the grammar does not see them.
const MAX_CHARS: usize = 2000;

/// Part of a line with one role; never [`Class::Plain`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassSpan {
    /// First column, in UTF-16 units.
    pub start: u32,
    /// Length in UTF-16 units.
    pub len: u32,
    /// The role.
    pub class: Class,
}

/// Which texts are coloured.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes.
    pub bytes: usize,
    /// Lines.
    pub lines: u32,
}

impl Limits {
    /// For when a person asked for it.
    pub const NONE: Self = Self {
        bytes: usize::MAX,
        lines: u32::MAX,
    };
}

impl Default for Limits {
    /// 8 MB and 200,000 lines. The first screen of such a text costs no more than that of a short
    /// one; a jump to its end takes seconds, a deadline's worth at a time.
    fn default() -> Self {
        Self {
            bytes: 8_000_000,
            lines: 200_000,
        }
    }
}

/// All grammars.
#[derive(Debug)]
pub struct Highlighter {
    set: SyntaxSet,
}

impl Highlighter {
    /// The one set of grammars of this process, loaded at first use in about two milliseconds.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Highlighter> = OnceLock::new();
        SHARED.get_or_init(|| Self {
            set: two_face::syntax::extra_newlines(),
        })
    }

    /// Prepares to colour `lines`, by the grammar that fits the file's name or its first line.
    /// None if no grammar fits or the text is beyond `limits`.
    pub fn painter(&'static self, name: &str, lines: &Lines, limits: Limits) -> Option<Painter> {
        if lines.text().len() > limits.bytes || lines.count() > limits.lines {
            return None;
        }
        let syntax = self.grammar(name, lines)?;
        let start = Mark {
            state: ParseState::new(syntax),
            scopes: ScopeStack::new(),
        };
        Some(Painter {
            set: &self.set,
            grammar: &syntax.name,
            lines: lines.clone(),
            marks: vec![start.clone()],
            frontier: (0, start),
            roles: Roles::default(),
        })
    }

    fn grammar(&self, name: &str, lines: &Lines) -> Option<&SyntaxReference> {
        let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let by_extension = |extension: &str| {
            let known = |name: &str| self.set.find_syntax_by_extension(name);
            known(extension).or_else(|| known(&extension.to_lowercase()))
        };
        // `Dockerfile` and `.gitignore` are listed as extensions, `foo.blade.php` has two.
        let mut rest = Some(file);
        while let Some(candidate) = rest {
            if let Some(syntax) = by_extension(candidate) {
                return (syntax.name != "Plain Text").then_some(syntax);
            }
            rest = candidate.split_once('.').map(|(_, after)| after);
        }
        // Expressions that search a first line are not made for minified files.
        let first = lines.content(0);
        if first.len() > MAX_CHARS {
            None
        } else {
            self.set.find_syntax_by_first_line(first)
        }
    }
}

/// The roles of some lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Painted {
    /// One entry per line that was asked for, in order.
    pub lines: Vec<Vec<ClassSpan>>,
    /// False if the deadline passed first; the lines that were not reached are plain.
    pub complete: bool,
}

/// The grammar's state before a line.
#[derive(Debug, Clone)]
struct Mark {
    state: ParseState,
    scopes: ScopeStack,
}

/// Colours one text.
#[derive(Debug)]
pub struct Painter {
    set: &'static SyntaxSet,
    grammar: &'static str,
    lines: Lines,
    /// Before line 0, [`STRIDE`], twice that, and so on.
    marks: Vec<Mark>,
    /// The furthest line that is not parsed yet, and the state before it.
    frontier: (u32, Mark),
    roles: Roles,
}

impl Painter {
    /// The name of the grammar, such as `Rust`.
    pub fn grammar(&self) -> &'static str {
        self.grammar
    }

    /// The roles in `range`, worked out until `deadline`. Lines past the end have none.
    ///
    /// The deadline bounds how far the text is passed through for the first time, which is what
    /// can take long; lines passed before are painted whatever it says.
    pub fn paint(&mut self, range: Range<u32>, deadline: Option<Instant>) -> Painted {
        let wanted = range.start..range.end.min(self.lines.count());
        let mut painted = Painted {
            lines: vec![Vec::new(); range.len()],
            complete: true,
        };
        if wanted.is_empty() {
            return painted;
        }
        let over = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let (mut at, mut mark) = self.nearest(wanted.start);
        while at < wanted.end {
            let spans = self.step(at, &mut mark, wanted.contains(&at));
            if at >= wanted.start {
                painted.lines[(at - wanted.start) as usize] = spans;
            }
            at += 1;
            if at.is_multiple_of(STRIDE) && (at / STRIDE) as usize == self.marks.len() {
                self.marks.push(mark.clone());
            }
            // Asked only on new ground and after a step on it, so that every call gets further,
            // however little time it has.
            if at > self.frontier.0 && over() {
                painted.complete = at >= wanted.end;
                break;
            }
        }
        if at > self.frontier.0 {
            self.frontier = (at, mark);
        }
        painted
    }

    /// The last known state at or above a line.
    fn nearest(&self, line: u32) -> (u32, Mark) {
        let stride = ((line / STRIDE) as usize).min(self.marks.len() - 1);
        let from_mark = stride as u32 * STRIDE;
        if self.frontier.0 <= line && self.frontier.0 > from_mark {
            self.frontier.clone()
        } else {
            (from_mark, self.marks[stride].clone())
        }
    }

    /// Follows the grammar through one line.
    fn step(&mut self, index: u32, mark: &mut Mark, wanted: bool) -> Vec<ClassSpan> {
        let content = self.lines.content(index);
        if content.len() > MAX_CHARS && content.chars().count() > MAX_CHARS {
            return Vec::new();
        }
        // The grammars are written for lines that end with a line feed, and only that.
        let mut line = String::with_capacity(content.len() + 1);
        line.push_str(content);
        line.push('\n');
        let Ok(ops) = mark.state.parse_line(&line, self.set) else {
            return Vec::new();
        };
        let mut spans = Spans::new(content);
        let mut from = 0;
        for (at, op) in ops {
            if wanted && at > from {
                spans.push(
                    from..at.min(content.len()),
                    self.roles.of(mark.scopes.as_slice()),
                );
                from = at;
            }
            // A grammar that restores what it never cleared is wrong about colours, no more.
            let _ = mark.scopes.apply(&op);
        }
        if wanted {
            spans.push(
                from.min(content.len())..content.len(),
                self.roles.of(mark.scopes.as_slice()),
            );
        }
        spans.done
    }
}

/// Gathers the spans of a line, joining neighbours of one role.
struct Spans<'a> {
    columns: Columns<'a>,
    content: &'a str,
    done: Vec<ClassSpan>,
}

impl<'a> Spans<'a> {
    fn new(content: &'a str) -> Self {
        Self {
            columns: Columns::new(content),
            content,
            done: Vec::new(),
        }
    }

    fn push(&mut self, bytes: Range<usize>, class: Class) {
        let text = self.content.get(bytes.clone()).unwrap_or_default();
        // Blanks have no colour, and no span is cheaper than one.
        if class == Class::Plain || text.trim().is_empty() {
            return;
        }
        let columns = self.columns.span(bytes).utf16;
        match self.done.last_mut() {
            Some(last) if last.class == class && last.start + last.len == columns.start => {
                last.len += columns.end - columns.start;
            }
            _ => self.done.push(ClassSpan {
                start: columns.start,
                len: columns.end - columns.start,
                class,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
