//! How lines are aligned, drawn as text.

use std::time::Duration;

use crate::Diff;
use crate::Options;
use crate::RowKind;
use crate::Stat;

/// Draws the rows: `|` for same, `~` for changed, `<` for removed, `>` for added; a `:` stands
/// before rows of a hunk.
fn picture(diff: &Diff) -> String {
    let mut out = String::new();
    for row in diff.rebuild() {
        let side = |line: Option<crate::Line<'_>>| line.map_or("", |line| line.content).to_owned();
        let mark = match row.kind {
            RowKind::Same => '|',
            RowKind::Changed => '~',
            RowKind::Removed => '<',
            RowKind::Added => '>',
        };
        let inside = if row.hunk.is_some() { ':' } else { ' ' };
        let line = format!("{inside}{:<14}{mark} {}", side(row.old), side(row.new));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn check(before: &str, after: &str, expect: &str) {
    let diff = Diff::new(before, after, &Options::default());
    let drawn = picture(&diff);
    assert_eq!(drawn, expect, "\n{drawn}");
}

#[test]
fn a_renamed_variable_is_one_changed_row() {
    check(
        "a();\nlet x = 1;\nb();\n",
        "a();\nlet y = 1;\nb();\n",
        " a();          | a();\n\
         :let x = 1;    ~ let y = 1;\n\
         \x20b();          | b();\n",
    );
    let diff = Diff::new(
        "a();\nlet x = 1;\nb();\n",
        "a();\nlet y = 1;\nb();\n",
        &Options::default(),
    );
    let words = diff.words(1).unwrap();
    assert_eq!((words.old.len(), words.new.len()), (1, 1));
    assert_eq!(words.old[0].utf16, 4..5);
    assert_eq!(diff.words(0), None, "an equal row has no changed words");
}

#[test]
fn lines_pair_with_what_they_resemble() {
    check(
        "foo(one);\nbar(two);\n",
        "import x\nfoo(one, 1);\nbar(two, 2);\n",
        ":              > import x\n\
         :foo(one);     ~ foo(one, 1);\n\
         :bar(two);     ~ bar(two, 2);\n",
    );
}

#[test]
fn unlike_lines_stand_side_by_side_by_position() {
    check(
        "alpha beta\nkeep\n",
        "12345\n67890\nkeep\n",
        ":alpha beta    ~ 12345\n\
         :              > 67890\n\
         \x20keep          | keep\n",
    );
    let diff = Diff::new("alpha beta\n", "12345\n", &Options::default());
    assert_eq!(diff.words(0), None);
}

#[test]
fn an_inserted_function_ends_with_its_own_brace() {
    check(
        "fn a() {\n  x\n}\n\nfn c() {\n  x\n}\n",
        "fn a() {\n  x\n}\n\nfn b() {\n  x\n}\n\nfn c() {\n  x\n}\n",
        " fn a() {      | fn a() {\n   x           |   x\n }             | }\n               |\n\
         :              > fn b() {\n:              >   x\n:              > }\n:              >\n\
         \x20fn c() {      | fn c() {\n   x           |   x\n }             | }\n",
    );
}

#[test]
fn a_removed_branch_takes_its_own_closing_line() {
    check(
        "if a {\n  b\n}\nif c {\n  d\n}\n",
        "if a {\n  b\n}\n",
        " if a {        | if a {\n   b           |   b\n }             | }\n\
         :if c {        <\n:  d           <\n:}             <\n",
    );
}

#[test]
fn a_lone_brace_does_not_cut_a_rewrite_in_two() {
    let before = "one(1)\ntwo(2)\nthree(3)\n}\nfour(4)\nfive(5)\nsix(6)\n";
    let after = "uno<7>\ndue<8>\ntre<9>\n}\nquattro=\ncinque=\nsei=\n";
    let diff = Diff::new(before, after, &Options::default());
    assert_eq!(diff.hunks().len(), 1, "{}", picture(&diff));
    assert_eq!(diff.row(3).kind, RowKind::Same);
    assert_eq!(
        diff.stat(),
        Stat {
            added: 6,
            removed: 6
        }
    );
}

#[test]
fn small_changes_stay_apart() {
    let diff = Diff::new("a\n}\nb\n", "A\n}\nB\n", &Options::default());
    assert_eq!(diff.hunks().len(), 2);
}

#[test]
fn two_insertions_that_can_meet_are_one() {
    check(
        "x\nz\n",
        "x\ny\nx\ny\nz\n",
        " x             | x\n:              > y\n:              > x\n:              > y\n z             | z\n",
    );
}

#[test]
fn converted_endings_are_said_and_nothing_else() {
    let diff = Diff::new("a\r\nb\r\n", "a\nb\n", &Options::default());
    assert!(diff.line_endings_only());
    assert!(
        diff.rows()
            .all(|row| row.kind == RowKind::Changed && row.ending_differs)
    );
    let words = diff.words(0).unwrap();
    assert!(words.old.is_empty() && words.new.is_empty());
}

#[test]
fn converted_endings_do_not_hide_an_edit() {
    let before: String = (0..500).map(|n| format!("line {n}\r\n")).collect();
    let after: String = (0..500)
        .filter(|n| *n != 100)
        .map(|n| format!("line {n}\n"))
        .collect();
    let diff = Diff::new(before, after, &Options::default());
    assert!(!diff.line_endings_only());
    let removed: Vec<_> = diff.rows().filter(|row| row.new.is_none()).collect();
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0].old, Some(100));
}

#[test]
fn a_final_newline_is_a_change_of_its_line() {
    let diff = Diff::new("a\nb", "a\nb\n", &Options::default());
    assert_eq!(
        diff.stat(),
        Stat {
            added: 1,
            removed: 1
        }
    );
    assert!(diff.row(1).ending_differs && diff.line_endings_only());

    let diff = Diff::new("a\nb", "a\nb\nc\n", &Options::default());
    assert_eq!(diff.row(1).kind, RowKind::Changed);
    assert_eq!(diff.row(2).kind, RowKind::Added);
    assert!(!diff.line_endings_only());
}

#[test]
fn empty_texts() {
    check("", "", "");
    check("", "a\n", ":              > a\n");
    check("a\n", "", ":a             <\n");
    let diff = Diff::new("", "", &Options::default());
    assert!(diff.is_empty() && !diff.line_endings_only() && !diff.imprecise());
    assert_eq!(diff.window(0, 10).len(), 0);
}

#[test]
fn equal_texts_have_no_hunks() {
    let diff = Diff::new("a\nb\n", "a\nb\n", &Options::default());
    assert!(diff.hunks().is_empty() && !diff.line_endings_only());
    assert_eq!(diff.stat(), Stat::default());
}

#[test]
fn out_of_time_is_said_and_the_rows_are_still_right() {
    let before: String = (0..3000)
        .map(|n| format!("{}\n", n * 7919 % 1009))
        .collect();
    let after: String = (0..3000)
        .map(|n| format!("{}\n", n * 6007 % 1013))
        .collect();
    let diff = Diff::new(
        &*before,
        &*after,
        &Options {
            timeout: Duration::ZERO,
            ..Options::default()
        },
    );
    assert!(diff.imprecise());
    assert_eq!(diff.rebuilt(crate::Side::Old), before);
    assert_eq!(diff.rebuilt(crate::Side::New), after);
}

#[test]
fn one_long_line() {
    let before = "x".repeat(1_000_000);
    let after = format!("{before}y");
    let diff = Diff::new(&*before, &*after, &Options::default());
    assert_eq!(diff.len(), 1);
    assert_eq!(diff.row(0).kind, RowKind::Changed);
    assert_eq!(diff.words(0), None);
}

#[test]
fn a_large_block_keeps_its_fixed_points() {
    let lines = |word: &str| {
        (0..300)
            .map(|n| format!("{word} {n}\n"))
            .collect::<String>()
    };
    let before = format!("{}\n{}", lines("a"), lines("b"));
    let after = format!("{}\n{}", lines("c"), lines("d"));
    let diff = Diff::new(before, after, &Options::default());
    assert_eq!(diff.hunks().len(), 1);
    assert_eq!(
        diff.stat(),
        Stat {
            added: 600,
            removed: 600
        }
    );
}
