//! What is said when a patch does not fit.

use super::{after, changes, files, refused};
use crate::{ApplyError, Nearest, parse};

#[test]
fn the_file_the_hunk_the_line_and_the_nearest_text_are_named() {
    let before = "fn main() {\n    let total = sum(items);\n    println!(\"{total}\");\n}\n";
    let text = "*** Begin Patch\n*** Update File: src/main.rs\n@@\n fn main() {\n\
                -    let total = sum(list);\n+    let total = 0;\n*** End Patch";
    let error = changes(&files(&[("src/main.rs", before)]), text).expect_err("differs");
    assert_eq!(
        error.to_string(),
        "Hunk 1 of `src/main.rs` (line 3 of the patch) does not fit: `    let total = sum(list);` \
         (line 5 of the patch) is not in the file there; the nearest text is line 2: \
         `    let total = sum(items);`."
    );
    assert!(
        error.hint().starts_with("Nothing was changed."),
        "{}",
        error.hint()
    );
}

#[test]
fn a_missing_context_names_its_line() {
    let error = refused("def first():\n  1\n", "@@ def frist():\n-  1\n+  2");
    let ApplyError::ContextNotFound(what) = error else {
        panic!("{error}")
    };
    assert_eq!(
        (what.expected.as_str(), what.expected_line),
        ("def frist():", 3)
    );
    assert_eq!(
        what.nearest,
        Some(Nearest {
            line: 1,
            text: "def first():".into()
        })
    );
}

#[test]
fn nothing_similar_is_said_plainly() {
    let error = refused("alpha\n", "@@\n-0123456789\n+x");
    assert!(
        error
            .to_string()
            .ends_with("is not in the file, nor anything like it."),
        "{error}"
    );
}

#[test]
fn long_lines_are_shortened() {
    let long = "ä".repeat(10_000);
    let error = refused("x\n", &format!("@@\n-{long}\n+x"));
    assert!(error.to_string().chars().count() < 400, "{error}");
}

#[test]
fn what_cannot_be_read_is_named_with_its_line() {
    for (text, expect) in [
        (
            "",
            "The first line of the patch must be `*** Begin Patch`; it is ``.",
        ),
        (
            "hello",
            "The first line of the patch must be `*** Begin Patch`; it is `hello`.",
        ),
        (
            "*** Begin Patch\n*** Add File: a\n+x",
            "The last line of the patch must be `*** End Patch`; line 3 is `+x`.",
        ),
        (
            "*** Begin Patch",
            "The last line of the patch must be `*** End Patch`; line 1 is `*** Begin Patch`.",
        ),
        (
            "*** Begin Patch\n*** Add File: a\nx\n*** End Patch",
            "Line 3 of the patch, `x`, is inside the new file `a` but lacks `+`.",
        ),
        (
            "*** Begin Patch\n*** Update File: a\n@@\nx\n*** End Patch",
            "Line 4 of the patch, `x`, in hunk 1 of `a`, starts with neither a space, `+` nor `-`.",
        ),
        (
            "*** Begin Patch\n*** Delete File: a\n+x\n*** End Patch",
            "Line 3 of the patch, `+x`, is not a file header.",
        ),
        (
            "*** Begin Patch\n*** Add File:  \n+x\n*** End Patch",
            "Line 2 of the patch names no file: `*** Add File:`.",
        ),
        (
            "*** Begin Patch\n*** Update File: a\n*** Move to: b/\n*** End Patch",
            "Line 3 of the patch names no file: `*** Move to: b/`.",
        ),
        (
            "*** Begin Patch\n*** Delete File: a\n*** End Patch\n*** Begin Patch\n*** End Patch",
            "Line 3 of the patch, `*** End Patch`, is not a file header.",
        ),
    ] {
        let error = parse(text).expect_err(text);
        assert_eq!(error.to_string(), expect);
        assert!(
            error.hint().starts_with("Nothing was changed. "),
            "{}",
            error.hint()
        );
    }
}

#[test]
fn a_failing_last_hunk_takes_everything_back() {
    let before = files(&[("a", "1\n2\n")]);
    let text = "*** Begin Patch\n*** Delete File: a\n*** Add File: b\n+x\n\
                *** Update File: b\n-y\n*** End Patch";
    assert!(matches!(
        after(&before, text),
        Err(ApplyError::LinesNotFound(_))
    ));
}
