//! Turns two versions of a file into the rows a reader sees side by side.
//!
//! [`Diff::new`] takes two texts and aligns them; [`Diff::view`] says which rows are shown and which
//! are folded; [`Diff::window`] serves rows by number, [`Diff::row_text`] their text,
//! [`Diff::words`] the words that changed inside a row, [`Diff::moves`] and [`moves_across`] the
//! blocks that were moved, [`Diff::only`] a sentence for what is of one kind throughout,
//! [`Painter::paint`] the syntax of some lines and [`hidden()`] the characters a reader would not
//! see. [`compose`] is the text with some changed lines taken and the others left, [`Decisions`]
//! what a person decided about them, [`unified()`] the classic patch form.
//!
//! ```
//! use review::{Diff, Options, RowKind, compose, unified};
//!
//! let diff = Diff::new("let a = 1;\nok();\n", "let b = 1;\nok();\n", &Options::default());
//! assert_eq!(diff.row(0).kind, RowKind::Changed);
//! let words = diff.words(0).expect("the lines resemble each other");
//! assert_eq!(words.new[0].utf16, 4..5);
//! assert_eq!(compose(&diff, |_side, _line| false), diff.old_lines().text());
//! assert_eq!(compose(&diff, |_side, _line| true), diff.new_lines().text());
//! assert!(unified(&diff, "a/x", "b/x", 3).contains("-let a = 1;\n+let b = 1;\n"));
//! ```
//!
//! # What holds
//!
//! - Every line of either text is in exactly one row, and rows keep both orders; so the texts of
//!   one column, terminators included, joined, are that text ([`Diff::rebuild`]).
//! - A row outside every hunk is equal in all its bytes on both sides. A row inside a hunk may be
//!   [`RowKind::Same`] too: short matches such as a lone `}` do not cut a hunk in two.
//! - A line ends with `\n` or `\r\n`, or with the text. A lone `\r` is content, shown by
//!   [`hidden()`]. A difference that is only in the terminator makes a row `Changed` with
//!   [`Row::ending_differs`].
//! - Rows, lines and hunks are counted from 0; [`Line::number`] is counted from 1.
//! - Columns are given twice: `bytes` of the line's content (UTF-8) and `utf16`, the code units
//!   that JavaScript strings are indexed by. Syntax spans are in UTF-16 units only.
//!
//! Nothing here reads a file, opens a socket, spawns anything or remembers a previous call. The
//! same two texts always give the same rows, unless the time allowed ran out: then
//! [`Diff::imprecise`] is set and the rows are still a correct alignment, only a coarser one.

mod after;
mod align;
mod classes;
mod decide;
mod decisions;
mod fold;
mod gaps;
mod hidden;
mod intern;
mod keys;
mod layout;
mod likeness;
mod lines;
mod moves;
mod myers;
mod pairing;
mod rows;
mod slider;
mod space;
mod spans;
mod syntax;
mod told;
mod unified;
mod words;

#[cfg(test)]
mod tests;

pub use after::after_apply;
pub use classes::Class;
pub use decide::compose;
pub use decisions::Decided;
pub use decisions::Decisions;
pub use decisions::InHunk;
pub use decisions::Mark;
pub use decisions::Tally;
pub use decisions::carry;
pub use fold::Segment;
pub use hidden::Hidden;
pub use hidden::HiddenKind;
pub use hidden::hidden;
pub use keys::HunkKey;
pub use keys::NoKey;
pub use likeness::Fingerprint;
pub use lines::Ending;
pub use lines::Line;
pub use lines::Lines;
pub use moves::Move;
pub use moves::MoveAcross;
pub use moves::moves_across;
pub use rows::Diff;
pub use rows::Hunk;
pub use rows::Options;
pub use rows::Row;
pub use rows::RowKind;
pub use rows::RowText;
pub use rows::Side;
pub use rows::Stat;
pub use space::Whitespace;
pub use spans::Slice;
pub use spans::Span;
pub use spans::clip;
pub use syntax::ClassSpan;
pub use syntax::Highlighter;
pub use syntax::Limits;
pub use syntax::Painted;
pub use syntax::Painter;
pub use told::Only;
pub use unified::unified;
pub use words::Words;
