//! The behaviour that models trained on this language expect of it.

use super::{after, changes, check, files, parsed, refused};
use crate::{Action, ApplyError, ParseError, parse};

fn patch(body: &str) -> String {
    format!("*** Begin Patch\n{body}\n*** End Patch")
}

#[test]
fn a_file_is_added() {
    let got = after(
        &files(&[]),
        &patch("*** Add File: bar.md\n+This is a new file"),
    );
    assert_eq!(got, Ok(files(&[("bar.md", "This is a new file\n")])));
}

#[test]
fn several_operations_at_once() {
    let before = files(&[
        ("modify.txt", "line1\nline2\n"),
        ("delete.txt", "obsolete\n"),
    ]);
    let text = patch(
        "*** Add File: nested/new.txt\n+created\n*** Delete File: delete.txt\n\
         *** Update File: modify.txt\n@@\n-line2\n+changed",
    );
    let expect = files(&[
        ("modify.txt", "line1\nchanged\n"),
        ("nested/new.txt", "created\n"),
    ]);
    assert_eq!(after(&before, &text), Ok(expect));
    let letters: Vec<_> = changes(&before, &text)
        .expect("applies")
        .iter()
        .map(|c| c.kind.letter())
        .collect();
    assert_eq!(letters, [Some('A'), Some('D'), Some('M')]);
}

#[test]
fn several_hunks() {
    check(
        "line1\nline2\nline3\nline4\n",
        "@@\n-line2\n+changed2\n@@\n-line4\n+changed4",
        "line1\nchanged2\nline3\nchanged4\n",
    );
}

#[test]
fn a_move_takes_the_file_along_and_writes_over_its_target() {
    let before = files(&[
        ("old/name.txt", "from\n"),
        ("renamed/dir/name.txt", "existing\n"),
    ]);
    let text =
        patch("*** Update File: old/name.txt\n*** Move to: renamed/dir/name.txt\n@@\n-from\n+new");
    assert_eq!(
        after(&before, &text),
        Ok(files(&[("renamed/dir/name.txt", "new\n")]))
    );
}

#[test]
fn an_empty_patch_parses_and_changes_nothing() {
    let empty = parsed("*** Begin Patch\n*** End Patch");
    assert!(empty.sections.is_empty());
    let error = changes(&files(&[]), "*** Begin Patch\n*** End Patch").expect_err("empty");
    assert_eq!(error, ApplyError::Empty);
    assert!(error.to_string().starts_with("No files were modified"));
}

#[test]
fn missing_lines_and_files_are_refused() {
    assert!(matches!(
        refused("line1\nline2\n", "@@\n-missing\n+changed"),
        ApplyError::LinesNotFound(_)
    ));
    for body in [
        "*** Delete File: missing.txt",
        "*** Update File: missing.txt\n@@\n-old\n+new",
    ] {
        let error = after(&files(&[("foo.txt", "stable\n")]), &patch(body)).expect_err(body);
        assert!(matches!(error, ApplyError::Missing { .. }), "{error}");
    }
}

#[test]
fn one_failure_leaves_everything_as_it_was() {
    let text =
        patch("*** Add File: created.txt\n+hello\n*** Update File: missing.txt\n@@\n-old\n+new");
    assert!(after(&files(&[]), &text).is_err());
}

#[test]
fn empty_updates_and_unknown_headers_are_refused() {
    assert_eq!(
        parse(&patch("*** Update File: foo.txt")),
        Err(ParseError::EmptyUpdate {
            path: "foo.txt".into(),
            line: 2
        })
    );
    assert_eq!(
        parse(&patch("*** Frobnicate File: foo")),
        Err(ParseError::InvalidHeader {
            line: 2,
            found: "*** Frobnicate File: foo".into()
        })
    );
    assert_eq!(
        parse(&patch("*** Update File: foo.txt\n@@")),
        Err(ParseError::EmptyHunk {
            path: "foo.txt".into(),
            hunk: 1,
            line: 3
        })
    );
}

#[test]
fn add_writes_over_a_file_and_is_still_called_added() {
    let before = files(&[("duplicate.txt", "old content\n")]);
    let text = patch("*** Add File: duplicate.txt\n+new content");
    assert_eq!(
        after(&before, &text),
        Ok(files(&[("duplicate.txt", "new content\n")]))
    );
    let change = &changes(&before, &text).expect("applies")[0];
    assert_eq!(
        (change.kind.letter(), change.added, change.removed),
        (Some('A'), 1, 1)
    );
}

#[test]
fn a_replaced_last_line_ends_in_a_newline() {
    check(
        "no newline at end",
        "@@\n-no newline at end\n+first line\n+second line",
        "first line\nsecond line\n",
    );
}

#[test]
fn new_lines_without_context_go_to_the_end() {
    check(
        "line1\nline2\n",
        "@@\n+added line 1\n+added line 2",
        "line1\nline2\nadded line 1\nadded line 2\n",
    );
    check("", "+one", "one\n");
    check("a\n\n", "@@\n+b", "a\nb\n\n");
    check("a\r\n\r\n", "@@\n+b", "a\r\nb\r\n\r\n");
    check("a\n\n", "@@ a\n+b\n*** End of File", "a\nb\n\n");
    check("x\na\n\n", "@@\n+b\n@@\n-a\n+A\n ", "x\nA\n\nb\n");
}

#[test]
fn new_lines_for_the_end_do_not_hold_up_later_hunks() {
    check(
        "line1\nline2\nline3\n",
        "@@\n+after-context\n+second-line\n@@\n line1\n-line2\n-line3\n+line2-replacement",
        "line1\nline2-replacement\nafter-context\nsecond-line\n",
    );
}

#[test]
fn white_space_around_markers_is_forgiven() {
    let before = files(&[("file.txt", "one\n")]);
    let expect = Ok(files(&[("file.txt", "two\n")]));
    for text in [
        " *** Begin Patch\n*** Update File: file.txt\n@@\n-one\n+two\n*** End Patch ",
        "*** Begin Patch \n*** Update File: file.txt\n@@\n-one\n+two\n *** End Patch",
        "*** Begin Patch\n  *** Update File: file.txt\n@@\n-one\n+two\n*** End Patch",
        "\n\n  *** Begin Patch\n*** Update File:   file.txt  \n@@  \n-one\n+two\n*** End Patch\n\n",
        "*** Begin Patch\r\n*** Update File: file.txt\r\n@@\r\n-one\r\n+two\r\n*** End Patch\r\n",
        "*** Begin Patch\n*** Environment ID: 7\n*** Update File: file.txt\n-one\n+two\n*** End Patch",
        "*** Begin Patch\n\n*** Update File: file.txt\n\n@@\n-one\n+two\n\n\n*** End Patch",
    ] {
        assert_eq!(after(&before, text), expect, "{text:?}");
    }
}

#[test]
fn a_heredoc_around_the_patch_is_taken_off() {
    let inner = "*** Begin Patch\n*** Add File: a\n+x\n*** End Patch";
    let expect = parsed(inner).sections[0].action.clone();
    for (open, close) in [
        ("<<EOF", "\nEOF"),
        ("<<'EOF'", "\nEOF\n"),
        ("<<\"EOF\"", "\nEOF"),
        ("apply_patch <<'PATCH'", "\nPATCH\n"),
        ("<<'EOF'", ""),
    ] {
        let got = parsed(&format!("{open}\n{inner}{close}"));
        assert_eq!(got.sections[0].action, expect, "{open}");
        assert_eq!(
            got.sections[0].line, 3,
            "lines are counted in the text as it came"
        );
    }
    assert!(parse(&format!("<<'EOF\n{inner}\nEOF")).is_err());
}

#[test]
fn unicode_passes_through() {
    check(
        "line1\nnaïve café\n",
        "@@\n line1\n-naïve café\n+naïve café ✅",
        "line1\nnaïve café ✅\n",
    );
}

#[test]
fn only_removing() {
    check(
        "line1\nline2\nline3\n",
        "@@\n line1\n-line2\n line3",
        "line1\nline3\n",
    );
    check("only\n", "-only", "");
}

#[test]
fn the_end_of_file_marker_prefers_the_end() {
    check(
        "first\nsecond\nfirst\nsecond\n",
        "@@\n first\n-second\n+second updated\n*** End of File",
        "first\nsecond\nfirst\nsecond updated\n",
    );
    check(
        "a\nb\ntail\n",
        "@@\n a\n-b\n+c\n*** End of File",
        "a\nc\ntail\n",
    );
    check("a\nb\n", "@@\n-b\n+c\n \n*** End of File", "a\nc\n");
    check(
        "a\nfn b\nc\n",
        "@@ fn b\n a\n fn b\n-c\n+C\n*** End of File",
        "a\nfn b\nC\n",
    );
    check("a\nb\n", "@@ a\n+c\n*** End of File", "a\nb\nc\n");
}

#[test]
fn after_the_end_of_file_marker_only_hunks_and_headers() {
    let section = "*** Update File: f\n-a\n+b\n*** End of File\n";
    assert!(parse(&patch(&format!("{section}\n@@\n-c"))).is_ok());
    assert!(parse(&patch(&format!("{section}*** Delete File: g"))).is_ok());
    assert_eq!(
        parse(&patch(&format!("{section} x"))),
        Err(ParseError::AfterEndOfFile {
            path: "f".into(),
            hunk: 1,
            line: 6,
            found: " x".into()
        })
    );
    assert!(matches!(
        parse(&patch("*** Update File: f\n@@\n*** End of File")),
        Err(ParseError::EmptyHunk { .. })
    ));
}

#[test]
fn markers_inside_an_update_may_be_context() {
    check(
        "x\n*** Delete File: y\n*** End Patch\n",
        "@@\n-x\n+z\n *** Delete File: y\n *** End Patch",
        "z\n*** Delete File: y\n*** End Patch\n",
    );
}

#[test]
fn blank_lines_of_a_new_file_may_lack_their_plus() {
    let got = parsed(&patch("*** Add File: a\n+x\n\n+y\n\n*** Delete File: b"));
    let lines = vec!["x".to_owned(), String::new(), "y".to_owned()];
    assert_eq!(got.sections[0].action, Action::Add { lines });
    let got = parsed(&patch("*** Add File: empty"));
    assert_eq!(got.sections[0].action, Action::Add { lines: vec![] });
}
