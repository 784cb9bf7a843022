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

#[test]
fn a_difference_is_an_exit_code_when_that_is_asked_for() {
    for (old, new, options, exit) in [
        ("a\n", "b\n", &["--exit-code"][..], Exit::Refused),
        ("a\n", "b\n", &["--exit-code", "--stat"], Exit::Refused),
        ("a\n", "a\n", &["--exit-code", "--json"], Exit::Done),
        ("a\n", "b\n", &[], Exit::Done),
        ("f(a, b)\n", "f(a,b)\n", &["--exit-code"], Exit::Refused),
        ("f(a, b)\n", "f(a,b)\n", &["--exit-code", "-w"], Exit::Done),
        (
            "f(a, b)\n",
            "f(a,b)\n",
            &["--exit-code", "-b"],
            Exit::Refused,
        ),
        ("a  b\n", "a b \n", &["--exit-code", "-b"], Exit::Done),
        (
            "a \n",
            "a\r\n",
            &["--exit-code", "--ignore-space-at-eol"],
            Exit::Done,
        ),
    ] {
        let got = compare(old.as_bytes(), new.as_bytes(), options);
        assert_eq!(got.exit, exit, "{old:?} {new:?} {options:?} {}", got.out);
    }
}

#[test]
fn ignored_white_space_is_not_counted_and_still_in_the_json() {
    let (old, new) = (b"  a\nb\n", b"a\nc\n");
    let got = compare(old, new, &["--stat", "-w"]);
    assert_eq!(got.out, "+2 -2\n", "beside another change it is part of it");
    let (old, new) = (b"  a\n1\n2\n3\n4\nb\n", b"a\n1\n2\n3\n4\nc\n");
    assert_eq!(compare(old, new, &["--stat", "-w"]).out, "+1 -1\n");
    let got = compare(old, new, &["--json", "-w"]);
    let json: Value = serde_json::from_str(&got.out).expect("JSON");
    assert_eq!(json["rows"][0]["only_space"], "all");
    assert_eq!(json["rows"][0]["old"], "  a\n");
    assert_eq!(json["hunks"][0]["only_space"], "all");
    assert_eq!(json["hunks"][1].get("only_space"), None);
}

#[test]
fn bytes_are_told_by_size_and_hash() {
    let got = compare(b"a\n", b"\xff\0", &["--json", "--exit-code"]);
    assert_eq!(got.exit, Exit::Refused, "{}", got.err);
    let json: Value = serde_json::from_str(&got.out).expect("JSON");
    assert_eq!(json["binary"]["new"]["size"], 2);
    assert_eq!(
        json["binary"]["old"]["sha256"],
        "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7"
    );
    assert_eq!(json.get("rows"), None);
    let got = compare(b"a\n", b"\xff\0", &["--stat"]);
    assert_eq!(got.out, "binary, 2 -> 2 bytes\n");
    let got = compare(b"\xff", b"\xff", &["--stat", "--exit-code"]);
    assert_eq!(
        (got.exit, got.out.as_str()),
        (Exit::Done, "binary, equal\n")
    );
}

#[test]
fn one_kind_and_moves_and_words_are_in_the_json() {
    let got = compare(b"a\nb\n", b"a\r\nb\r\n", &["--json"]);
    let json: Value = serde_json::from_str(&got.out).expect("JSON");
    assert_eq!(json["only"]["kind"], "endings");
    assert_eq!(
        json["only"]["sentence"],
        "Only line endings changed: LF -> CRLF in 2 lines."
    );
    let block = "fn one() {\n    two(three);\n    four(five);\n}\n";
    let rest: String = (0..9).map(|n| format!("rest number {n}\n")).collect();
    let (old, new) = (format!("{block}{rest}"), format!("{rest}{block}"));
    let got = compare(old.as_bytes(), new.as_bytes(), &["--json"]);
    let json: Value = serde_json::from_str(&got.out).expect("JSON");
    let moves = serde_json::json!([{"old": [0, 4], "new": [9, 13], "exact": true}]);
    assert_eq!(json["moves"], moves);
    let got = compare(b"let a = 1;\n", b"let b = 2;\n", &["--json"]);
    let json: Value = serde_json::from_str(&got.out).expect("JSON");
    assert_eq!(json["words"], serde_json::json!({"removed": 2, "added": 2}));
}

/// Two folders with the files that are named, compared.
fn folders(old: &[(&str, &str)], new: &[(&str, &str)], options: &[&str]) -> Outcome {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (side, files) in [("a", old), ("b", new)] {
        fs::create_dir_all(dir.path().join(side)).expect("made");
        for (path, text) in files {
            let path = dir.path().join(side).join(path);
            fs::create_dir_all(path.parent().expect("in a folder")).expect("made");
            // As Latin-1, so that there can be bytes that are no text.
            let bytes: Vec<u8> = text.chars().map(|c| c as u8).collect();
            fs::write(path, bytes).expect("written");
        }
    }
    let mut arguments: Vec<OsString> =
        vec![dir.path().join("a").into(), dir.path().join("b").into()];
    arguments.extend(options.iter().map(OsString::from));
    call("", |streams| run(arguments, streams))
}

const BLOCK: &str = "fn one() {\n    two(three);\n    four(five);\n}\n";

#[test]
fn folders_are_compared_file_by_file() {
    let long: String = (0..20).map(|n| format!("line {n}\n")).collect();
    let edited = long.replace("line 7\n", "line seven\n");
    let old = [
        ("same.txt", "same\n"),
        ("changed.txt", "one\ntwo\n"),
        ("gone.txt", "gone\n"),
        ("deep/name.txt", &long),
        ("bytes.bin", "\u{ff}a"),
    ];
    let new = [
        ("same.txt", "same\n"),
        ("changed.txt", "one\n2\n"),
        ("new.txt", "brand\nnew\n"),
        ("other/name.txt", &edited),
        ("bytes.bin", "\u{ff}abc"),
    ];
    let got = folders(&old, &new, &["--stat", "--exit-code"]);
    assert_eq!(got.exit, Exit::Refused, "{}", got.err);
    assert_eq!(
        got.out,
        " bytes.bin                       | binary, 2 -> 4 bytes\n \
         changed.txt                     | +1 -1\n \
         gone.txt                        | +0 -1  removed\n \
         new.txt                         | +2 -0  added\n \
         deep/name.txt => other/name.txt | +1 -1\n \
         5 files: +4 -3\n"
    );
    let got = folders(&old, &new, &["--json"]);
    let json: Value = serde_json::from_str(&got.out).expect("JSON");
    let files = json["files"].as_array().expect("files");
    let changes: Vec<_> = files
        .iter()
        .map(|file| file["change"].as_str().unwrap())
        .collect();
    assert_eq!(
        changes,
        ["changed", "changed", "removed", "added", "renamed"]
    );
    assert_eq!(files[4]["old_path"], "deep/name.txt");
    assert!(files[4]["similarity"].as_f64().unwrap() > 0.9);
    assert_eq!(files[4]["rows"].as_array().unwrap().len(), 20);
    let got = folders(&old, &new, &[]);
    for part in [
        "Binary files a/bytes.bin and b/bytes.bin differ\n",
        "--- a/changed.txt\n+++ b/changed.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n",
        "--- a/gone.txt\n+++ /dev/null\n",
        "--- /dev/null\n+++ b/new.txt\n",
        "rename from deep/name.txt\nrename to other/name.txt\n--- a/deep/name.txt\n+++ b/other/name.txt\n",
    ] {
        assert!(got.out.contains(part), "{part}\n{}", got.out);
    }
    let got = folders(&old, &old, &["--exit-code", "--stat"]);
    assert_eq!((got.exit, got.out.as_str()), (Exit::Done, ""));
}

#[test]
fn a_block_that_went_to_another_file_is_in_the_json() {
    let rest = |name: &str| -> String { (0..9).map(|n| format!("{name} number {n}\n")).collect() };
    let (a, b) = (rest("first"), rest("second"));
    let old = [("a.txt", &*format!("{a}{BLOCK}")), ("b.txt", &b)];
    let new = [("a.txt", &*a), ("b.txt", &*format!("{BLOCK}{b}"))];
    let got = folders(&old, &new, &["--json"]);
    let json: Value = serde_json::from_str(&got.out).expect("JSON");
    assert_eq!(
        json["moves"],
        serde_json::json!([{
            "from": {"path": "a.txt", "lines": [9, 13]},
            "to": {"path": "b.txt", "lines": [0, 4]},
            "exact": true,
        }])
    );
}

#[test]
fn the_most_similar_file_is_the_renamed_one() {
    let text = |mark: &str| -> String {
        let lines = (0..10).map(|n| format!("line {n} {}\n", if n < 3 { mark } else { "" }));
        lines.collect()
    };
    let old = [("x/a.rs", &*text("one")), ("x/b.rs", &*text("two"))];
    let new = [("y/b.rs", &*text("one")), ("y/c.rs", &*text("three"))];
    let got = folders(&old, &new, &["--stat"]);
    assert_eq!(
        got.out,
        " x/a.rs => y/b.rs | +0 -0\n x/b.rs => y/c.rs | +3 -3\n 2 files: +3 -3\n"
    );
}

#[test]
fn a_folder_and_a_file_are_not_compared() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("file");
    fs::write(&file, "a\n").expect("written");
    let arguments: Vec<OsString> = vec![file.into(), dir.path().into()];
    let got = call("", |streams| run(arguments, streams));
    assert_eq!(got.exit, Exit::Failed);
    assert!(got.err.starts_with("Cannot read `"), "{}", got.err);
}
