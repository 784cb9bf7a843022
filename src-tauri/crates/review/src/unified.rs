//! A diff as the text that `diff -u` prints and `patch` reads.

use std::fmt::Write as _;
use std::ops::Range;

use crate::fold::around;
use crate::lines::Ending;
use crate::lines::Line;
use crate::rows::Diff;
use crate::rows::RowKind;

/// Writes `diff` in unified form with `context` lines around each change. Labels are written as
/// given. Two equal texts give an empty one. A change in ignored white space alone is left out,
/// unless it lies beside another change.
pub fn unified(diff: &Diff, old_label: &str, new_label: &str, context: u32) -> String {
    let mut out = String::new();
    let shown = diff.hunks().iter().filter(|hunk| !diff.is_ignored(hunk));
    let groups = around(shown, diff.len(), context);
    if groups.is_empty() {
        return out;
    }
    // Writing to a string cannot fail.
    let _ = write!(out, "--- {old_label}\n+++ {new_label}\n");
    let (mut old_at, mut new_at, mut row_at) = (0, 0, 0);
    for rows in groups {
        for row in diff.window(row_at, rows.start - row_at) {
            old_at += u32::from(row.old.is_some());
            new_at += u32::from(row.new.is_some());
        }
        let (mut old_end, mut new_end) = (old_at, new_at);
        for row in diff.window(rows.start, rows.end - rows.start) {
            old_end += u32::from(row.old.is_some());
            new_end += u32::from(row.new.is_some());
        }
        let _ = writeln!(
            out,
            "@@ -{} +{} @@",
            range(old_at..old_end),
            range(new_at..new_end)
        );
        write_rows(diff, rows.clone(), &mut out);
        (old_at, new_at, row_at) = (old_end, new_end, rows.end);
    }
    out
}

/// `start,count` counted from 1, where no line at all stands for the line before.
fn range(lines: Range<u32>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        count => format!("{},{count}", lines.start + 1),
    }
}

fn write_rows(diff: &Diff, rows: Range<u32>, out: &mut String) {
    let mut added: Vec<Line<'_>> = Vec::new();
    for index in rows {
        let row = diff.row_text(index);
        if row.kind == RowKind::Same {
            added.drain(..).for_each(|line| write_line('+', &line, out));
        }
        match (row.kind, row.old, row.new) {
            (RowKind::Same, Some(line), _) => write_line(' ', &line, out),
            (_, old, new) => {
                if let Some(line) = old {
                    write_line('-', &line, out);
                }
                added.extend(new);
            }
        }
    }
    added.drain(..).for_each(|line| write_line('+', &line, out));
}

fn write_line(mark: char, line: &Line<'_>, out: &mut String) {
    out.push(mark);
    out.push_str(line.content);
    out.push_str(line.ending.as_str());
    if line.ending == Ending::None {
        out.push_str("\n\\ No newline at end of file\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    fn check(old: &str, new: &str, context: u32, expect: &str) {
        let diff = Diff::new(old, new, &Options::default());
        assert_eq!(unified(&diff, "a/f", "b/f", context), expect);
    }

    #[test]
    fn equal_texts_give_nothing() {
        check("a\n", "a\n", 3, "");
        check("", "", 3, "");
    }

    #[test]
    fn removed_lines_come_before_added_ones() {
        check(
            "1\nlet a = 1;\nlet b = 1;\n4\n",
            "1\nlet a = 2;\nlet b = 2;\n4\n",
            1,
            "--- a/f\n+++ b/f\n@@ -1,4 +1,4 @@\n 1\n-let a = 1;\n-let b = 1;\n+let a = 2;\n+let b = 2;\n 4\n",
        );
    }

    #[test]
    fn a_missing_newline_is_said() {
        check(
            "a\nb",
            "a\nb\n",
            0,
            "--- a/f\n+++ b/f\n@@ -2 +2 @@\n-b\n\\ No newline at end of file\n+b\n",
        );
    }

    #[test]
    fn new_and_emptied_files_count_from_zero() {
        check(
            "",
            "x\ny\n",
            3,
            "--- a/f\n+++ b/f\n@@ -0,0 +1,2 @@\n+x\n+y\n",
        );
        check("x\n", "", 3, "--- a/f\n+++ b/f\n@@ -1 +0,0 @@\n-x\n");
    }

    #[test]
    fn ignored_white_space_is_left_out_where_it_is_alone() {
        let options = Options {
            whitespace: crate::Whitespace::IgnoreAll,
            ..Options::default()
        };
        let (old, new) = ("a\n2\n3\n4\nb\nz\n", " a\n2\n3\n4\n b\nZ\n");
        let diff = Diff::new(old, new, &options);
        assert_eq!(
            unified(&diff, "a/f", "b/f", 1),
            "--- a/f\n+++ b/f\n@@ -4,3 +4,3 @@\n 4\n-b\n-z\n+ b\n+Z\n"
        );
        let diff = Diff::new("a\n", " a\n", &options);
        assert_eq!(unified(&diff, "a/f", "b/f", 3), "");
    }

    #[test]
    fn distant_changes_get_headers_of_their_own() {
        check(
            "a\n2\n3\n4\n5\nz\n",
            "A\n2\n3\n4\n5\nZ\n",
            1,
            "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n-a\n+A\n 2\n@@ -5,2 +5,2 @@\n 5\n-z\n+Z\n",
        );
    }
}
