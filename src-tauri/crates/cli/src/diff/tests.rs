use std::ffi::OsString;
use std::fs;

use serde_json::Value;

use super::run;
use crate::streams::Exit;
use crate::streams::tests::{Outcome, call};

fn compare(old: &[u8], new: &[u8], options: &[&str]) -> Outcome {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    fs::write(&a, old).expect("written");
    fs::write(&b, new).expect("written");
    let mut arguments: Vec<OsString> = vec![a.into(), b.into()];
    arguments.extend(options.iter().map(OsString::from));
    call("", |streams| run(arguments, streams))
}

#[test]
fn the_json_holds_both_texts() {
    for (old, new) in [
        ("", ""),
        ("a\nb\n", "a\nb\n"),
        ("a\r\nlet x = 1;\nb", "a\nlet y = 1;\nb\n"),
        ("", "\n\n"),
        ("é\u{2028}\n\rx", "é \u{0}\n"),
        ("1\n2\n3\n4\n5\n", "0\n2\n4\n5\n6\n7"),
    ] {
        let got = compare(old.as_bytes(), new.as_bytes(), &["--json"]);
        assert_eq!(got.exit, Exit::Done, "{}", got.err);
        let json: Value = serde_json::from_str(&got.out).expect("JSON");
        let side = |name: &str| -> String {
            let rows = json["rows"].as_array().expect("rows");
            rows.iter().filter_map(|row| row[name].as_str()).collect()
        };
        assert_eq!((side("old").as_str(), side("new").as_str()), (old, new));
    }
}

#[test]
fn words_and_hunks_are_in_the_json() {
    let got = compare(b"let a = 1;\nok\n", b"let b = 1;\nok\n", &["--json"]);
    let json: Value = serde_json::from_str(&got.out).expect("JSON");
    assert_eq!(json["rows"][0]["kind"], "changed");
    assert_eq!(json["rows"][0]["old_words"], serde_json::json!([[4, 5]]));
    assert_eq!(json["hunks"][0]["rows"], serde_json::json!([0, 1]));
    assert_eq!((&json["added"], &json["removed"]), (&1.into(), &1.into()));
}

#[test]
fn unified_and_stat() {
    let got = compare(b"a\nb\n", b"a\nc\nd\n", &[]);
    assert!(
        got.out.ends_with("@@ -1,2 +1,3 @@\n a\n-b\n+c\n+d\n"),
        "{}",
        got.out
    );
    assert_eq!(compare(b"a\n", b"a\n", &[]).out, "");
    assert_eq!(compare(b"a\nb\n", b"a\nc\nd\n", &["--stat"]).out, "+2 -1\n");
}

#[test]
fn what_cannot_be_compared_is_named() {
    let got = compare(b"a\n", b"\xff\n", &[]);
    assert_eq!(got.exit, Exit::Refused);
    assert!(got.err.contains("b` is not UTF-8 text."), "{}", got.err);
    let arguments = ["/nonexistent/a", "/nonexistent/b"]
        .map(OsString::from)
        .to_vec();
    let got = call("", |streams| run(arguments, streams));
    assert_eq!(got.exit, Exit::Failed);
    assert!(
        got.err.starts_with("Cannot read `/nonexistent/a`"),
        "{}",
        got.err
    );
    for options in [&["--json", "--stat"][..], &["third"], &["--nope"]] {
        let got = compare(b"", b"", options);
        assert_eq!(got.exit, Exit::Usage);
        assert!(got.err.contains("Usage:"), "{}", got.err);
    }
}
