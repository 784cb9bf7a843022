//! The text that a set of decisions stands for.
//!
//! A decision is about one line: a removed line may go, an added line may come. A [`Changed`] row
//! is two of them. Rows are walked from top to bottom, and in each row the old line, if it stays,
//! stands before the new one, if it comes; so what is composed reads as the rows do.
//!
//! A line that ended its text has no terminator. Where a decision puts another line after it, it
//! gets the terminator of the line before, so that two lines never become one.
//!
//! [`Changed`]: crate::RowKind::Changed

use crate::rows::Diff;
use crate::rows::RowKind;
use crate::rows::Side;

/// The text with the approved lines taken and all others left as they were, byte for byte.
///
/// `approved` is asked once for each line that differs, top to bottom: for a line of the old text
/// whether it goes, for one of the new text whether it comes. Lines are counted from 0. All
/// approved gives the new text, none the old one.
pub fn compose(diff: &Diff, mut approved: impl FnMut(Side, u32) -> bool) -> String {
    let (old, new) = (diff.old_lines(), diff.new_lines());
    let mut text = Text(String::with_capacity(
        old.text().len().max(new.text().len()),
    ));
    let mut at = 0;
    for hunk in diff.hunks() {
        text.push(old.span(at..hunk.old.start));
        for row in diff.window(hunk.rows.start, hunk.rows.len() as u32) {
            let same = row.kind == RowKind::Same;
            if let Some(line) = row.old
                && (same || !approved(Side::Old, line))
            {
                text.push(old.full(line));
            }
            if let Some(line) = row.new
                && !same
                && approved(Side::New, line)
            {
                text.push(new.full(line));
            }
        }
        at = hunk.old.end;
    }
    text.push(old.span(at..old.count()));
    text.0
}

/// Lines put one after the other.
struct Text(String);

impl Text {
    fn push(&mut self, lines: &str) {
        if lines.is_empty() {
            return;
        }
        if !self.0.is_empty() && !self.0.ends_with('\n') {
            let before = self.0.rfind('\n').map(|at| &self.0[..=at]);
            let like = before.unwrap_or_else(|| lines.split_inclusive('\n').next().unwrap_or(""));
            let ending = if like.ends_with("\r\n") { "\r\n" } else { "\n" };
            self.0.push_str(ending);
        }
        self.0.push_str(lines);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    /// Takes the lines of the old text that are in `go` and those of the new one that are in `come`.
    fn check(old: &str, new: &str, go: &[u32], come: &[u32], expect: &str) {
        let diff = Diff::new(old, new, &Options::default());
        let text = compose(&diff, |side, line| match side {
            Side::Old => go.contains(&line),
            Side::New => come.contains(&line),
        });
        assert_eq!(text, expect);
    }

    #[test]
    fn both_halves_of_a_changed_row_are_decided_apart() {
        let (old, new) = ("1\nlet a = 1;\n3\n", "1\nlet a = 2;\n3\n");
        check(old, new, &[1], &[1], new);
        check(old, new, &[], &[], old);
        check(old, new, &[1], &[], "1\n3\n");
        check(old, new, &[], &[1], "1\nlet a = 1;\nlet a = 2;\n3\n");
    }

    #[test]
    fn what_stays_stands_before_what_comes_in_its_row() {
        let (old, new) = ("let a = 1;\nlet b = 1;\n", "let a = 2;\nlet b = 2;\n");
        check(
            old,
            new,
            &[],
            &[0, 1],
            "let a = 1;\nlet a = 2;\nlet b = 1;\nlet b = 2;\n",
        );
        check(old, new, &[0], &[1], "let b = 1;\nlet b = 2;\n");
    }

    #[test]
    fn a_last_line_that_is_no_longer_last_is_ended() {
        check("a", "a\nb", &[], &[1], "a\nb");
        check("x\r\na", "x\r\na\r\nb", &[], &[2], "x\r\na\r\nb");
        check("x\ny\n", "x", &[0], &[0], "x\ny\n");
        check("a", "b\r\n", &[], &[0], "a\r\nb\r\n");
    }
}
