//! Several sections, and several for one file.

use super::{Files, after, changes, files, parsed};
use crate::{ApplyError, ChangeKind, Preview, PreviewKind, preview};

fn patch(body: &str) -> String {
    format!("*** Begin Patch\n{body}\n*** End Patch\n")
}

#[test]
fn sections_see_what_came_before_them() {
    let none = files(&[]);
    let add_then_update = patch("*** Add File: a\n+one\n*** Update File: ./a\n-one\n+two");
    assert_eq!(after(&none, &add_then_update), Ok(files(&[("a", "two\n")])));
    let change = &changes(&none, &add_then_update).expect("applies")[0];
    assert_eq!(
        (change.kind.clone(), change.added, change.removed),
        (ChangeKind::Added, 2, 1)
    );

    let one = files(&[("a", "one\ntwo\n")]);
    let twice = patch("*** Update File: a\n-two\n+2\n*** Update File: a\n-one\n+1");
    assert_eq!(after(&one, &twice), Ok(files(&[("a", "1\n2\n")])));

    let again = patch("*** Delete File: a\n*** Add File: a\n+new");
    assert_eq!(after(&one, &again), Ok(files(&[("a", "new\n")])));

    let gone = patch("*** Add File: b\n+x\n*** Delete File: b");
    assert_eq!(changes(&one, &gone), Ok(vec![]));
}

#[test]
fn a_file_that_is_gone_cannot_be_changed() {
    let one = files(&[("a", "one\n")]);
    for (body, why) in [
        (
            "*** Delete File: a\n*** Update File: a\n-one\n+two",
            "deleted it before",
        ),
        (
            "*** Delete File: a\n*** Delete File: a",
            "deleted it before",
        ),
        (
            "*** Update File: a\n*** Move to: b\n*** Update File: a\n-one",
            "moved it to `b`",
        ),
        ("*** Update File: A\n-one", "no such file"),
    ] {
        let error = after(&one, &patch(body)).expect_err(body);
        assert!(matches!(error, ApplyError::Missing { .. }), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn moves() {
    let one = files(&[("a", "one\n")]);
    let only = patch("*** Update File: a\n*** Move to: dir/b");
    assert_eq!(after(&one, &only), Ok(files(&[("dir/b", "one\n")])));
    assert_eq!(parsed(&only).paths(), ["a", "dir/b"]);
    let kinds: Vec<_> = changes(&one, &only)
        .expect("applies")
        .into_iter()
        .map(|c| c.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            ChangeKind::MovedAway { to: "dir/b".into() },
            ChangeKind::MovedHere { from: "a".into() }
        ]
    );

    let itself = patch("*** Update File: a\n*** Move to: ./a\n@@\n-one\n+two");
    assert_eq!(after(&one, &itself), Ok(files(&[("a", "two\n")])));

    let there_and_back = patch(
        "*** Update File: a\n*** Move to: b\n@@\n-one\n+two\n*** Update File: b\n*** Move to: a",
    );
    let all = changes(&one, &there_and_back).expect("applies");
    assert_eq!((all.len(), all[0].kind.clone()), (1, ChangeKind::Modified));

    let far = patch("*** Update File: a\n*** Move to: b\n*** Update File: b\n*** Move to: c");
    let kinds: Vec<_> = changes(&one, &far)
        .expect("applies")
        .into_iter()
        .map(|c| c.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            ChangeKind::MovedAway { to: "c".into() },
            ChangeKind::MovedHere { from: "a".into() }
        ]
    );

    let swap = patch(
        "*** Update File: a\n*** Move to: t\n*** Update File: b\n*** Move to: a\n\
         *** Update File: t\n*** Move to: b",
    );
    let two = files(&[("a", "1\n"), ("b", "2\n")]);
    assert_eq!(after(&two, &swap), Ok(files(&[("a", "2\n"), ("b", "1\n")])));
}

#[test]
fn binary_files_can_be_moved_and_deleted() {
    let one = Files::from([("a".to_owned(), vec![0, 1, 2])]);
    let moved = after(&one, &patch("*** Update File: a\n*** Move to: b")).expect("applies");
    assert_eq!(moved, Files::from([("b".to_owned(), vec![0, 1, 2])]));
    assert_eq!(after(&one, &patch("*** Delete File: a")), Ok(Files::new()));
}

#[test]
fn a_preview_follows_the_text() {
    let text = patch(
        "*** Add File: src/a.rs\n+x\n+y\n*** Update File: b\n*** Move to: c\n@@ z\n-1\n+2\n 3\n\
         *** Delete File: ./d",
    );
    let all = preview(&text);
    let seen: Vec<_> = all
        .iter()
        .map(|f| {
            (
                f.path.as_str(),
                f.kind,
                f.move_to.as_deref(),
                f.added,
                f.removed,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("src/a.rs", PreviewKind::Add, None, 2, 0),
            ("b", PreviewKind::Update, Some("c"), 1, 1),
            ("d", PreviewKind::Delete, None, 0, 0),
        ]
    );

    let mut grown = Preview::default();
    for c in text.chars() {
        let before = grown.files().len();
        grown.push(c.encode_utf8(&mut [0; 4]));
        assert!(grown.files().len() >= before, "a preview only grows");
    }
    assert_eq!(grown.files(), all);
    assert!(grown.is_complete());
    assert!(preview("*** Begin Patch\n*** Add File: unfini").is_empty());
}
