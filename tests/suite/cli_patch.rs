//! `greenlight-cli patch` and `greenlight-cli diff`, from the command line to the disk.

use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use serde_json::Value;
use support::binaries;
use support::project::Project;

use crate::world::Ran;

fn patch(dir: &Path, patch: &str) -> Ran {
    let mut command = Command::new(binaries::greenlight_cli());
    Ran::with_input(command.arg("patch").arg("--dir").arg(dir), patch.as_bytes())
}

fn diff(old: &Path, new: &Path, options: &[&str]) -> Ran {
    let mut command = Command::new(binaries::greenlight_cli());
    Ran::of(command.arg("diff").arg(old).arg(new).args(options))
}

#[test]
fn a_patch_of_many_files_is_applied_and_summed_up() {
    let project = Project::new()
        .file("src/shop.js", "const a = 1;\r\nconst b = 2;\r\n")
        .file("old.txt", "gone\n")
        .file("from.txt", "first\nsecond\n")
        .file("run.sh", "#!/bin/sh\necho 1\n")
        .mode("run.sh", 0o750)
        .mtime("src/shop.js", 1_000_000_000, 0);
    let got = patch(
        project.path(),
        "*** Begin Patch\n\
         *** Update File: src/shop.js\n@@\n const a = 1;\n-const b = 2;\n+const b = 3;\n\
         *** Delete File: old.txt\n\
         *** Add File: new/deep.txt\n+hello\n\
         *** Update File: from.txt\n*** Move to: to.txt\n@@\n first\n-second\n+2nd\n\
         *** Update File: run.sh\n@@\n-echo 1\n+echo 2\n\
         *** End Patch\n",
    )
    .ended(0);
    let mut lines: Vec<&str> = got.out.lines().collect();
    lines.sort_unstable();
    let expected = [
        "A new/deep.txt",
        "D old.txt",
        "M run.sh",
        "M src/shop.js",
        "M to.txt",
    ];
    assert_eq!(lines, expected);
    assert_eq!(
        project.bytes("src/shop.js"),
        b"const a = 1;\r\nconst b = 3;\r\n"
    );
    assert_eq!(project.text("new/deep.txt"), "hello\n");
    assert_eq!(project.text("to.txt"), "first\n2nd\n");
    assert_eq!(project.text("run.sh"), "#!/bin/sh\necho 2\n");
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(project.at("run.sh"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o750);
    assert!(!project.at("old.txt").exists() && !project.at("from.txt").exists());
}

#[test]
fn a_patch_that_fails_anywhere_changes_nothing() {
    let project = Project::new()
        .file("a.txt", "alpha\nbeta\n")
        .file("b.txt", "total = price * count\n")
        .link("away", "/tmp");
    let before = project.snapshot();
    let mut recorder = project.record();
    let good = "*** Update File: a.txt\n@@\n-alpha\n+ALPHA\n";
    for (rest, code, named) in [
        (
            "*** Update File: b.txt\n@@\n-total = price + count\n+total = 0\n",
            1,
            vec!["b.txt", "total = price * count"],
        ),
        ("*** Delete File: missing.txt\n", 1, vec!["missing.txt"]),
        ("*** Add File: ../out.txt\n+x\n", 1, vec!["../out.txt"]),
        ("*** Add File: away/out.txt\n+x\n", 1, vec!["away/out.txt"]),
        (
            "*** Update File: b.txt\n@@\nno mark\n",
            1,
            vec!["b.txt", "no mark"],
        ),
    ] {
        let got = patch(
            project.path(),
            &format!("*** Begin Patch\n{good}{rest}*** End Patch\n"),
        );
        let got = got.ended(code);
        assert_eq!(got.out, "");
        for name in named {
            assert!(got.err.contains(name), "{name}: {}", got.err);
        }
        before.assert_unchanged(project.path());
    }
    patch(project.path(), "just words\n").ended(1);
    let missing = patch(
        &project.at("no/such"),
        &format!("*** Begin Patch\n{good}*** End Patch\n"),
    );
    assert!(missing.ended(3).err.contains("no/such"));
    recorder.assert_silent();
}

#[test]
fn a_comparison_is_printed_in_three_forms() {
    let project = Project::new()
        .file("old.txt", "one\ntwo\nthree\n")
        .file("new.txt", "one\n2\nthree\nfour\n")
        .file("bytes.bin", [0xff, 0xfe, 0x00]);
    let [old, new] = ["old.txt", "new.txt"].map(|name| project.at(name));
    assert_eq!(diff(&old, &new, &["--stat"]).ended(0).out, "+2 -1\n");
    let unified = diff(&old, &new, &[]).ended(0).out;
    assert!(unified.contains("-two\n+2\n three\n+four\n"), "{unified}");
    assert_eq!(diff(&old, &old, &[]).ended(0).out, "");
    let refused = diff(&project.at("bytes.bin"), &new, &[]).ended(1);
    assert!(refused.err.contains("bytes.bin"), "{}", refused.err);
    let missing = diff(&project.at("missing"), &new, &[]).ended(3);
    assert!(missing.err.contains("missing"), "{}", missing.err);
    diff(&old, &new, &["--json", "--stat"]).ended(2);
}

/// Lines that are often equal, with all endings, and perhaps no final newline.
fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => prop::sample::select(vec!["", "a", "b", "let x = 1;", "}", "\tindented"]),
        1 => prop::sample::select(vec!["ünïcödé", "日本", "a\u{200b}b", "\u{feff}", "x\u{c}y"]),
    ];
    let ending = prop::sample::select(vec!["\n", "\n", "\n", "\r\n", "\r"]);
    let lines = prop::collection::vec((word, ending), 0..30);
    (lines, prop::sample::select(vec!["", "end", "é"])).prop_map(|(lines, last)| {
        let mut text: String = lines
            .into_iter()
            .flat_map(|(word, ending)| [word, ending])
            .collect();
        text.push_str(last);
        text
    })
}

proptest! {
    // Each case is a process.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn both_texts_can_be_rebuilt_from_the_json(old in text(), new in text()) {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["old", "new"].map(|name| folder.path().join(name));
        fs::write(&from, &old).unwrap();
        fs::write(&to, &new).unwrap();
        let got = diff(&from, &to, &["--json"]).ended(0);
        let json: Value = serde_json::from_str(&got.out).unwrap();
        let side = |name: &str| -> String {
            let rows = json["rows"].as_array().into_iter().flatten();
            rows.filter_map(|row| row[name].as_str()).collect()
        };
        prop_assert_eq!(side("old"), old);
        prop_assert_eq!(side("new"), new);
        for row in json["rows"].as_array().into_iter().flatten() {
            prop_assert_eq!(row["kind"] == "same", row["old"] == row["new"], "{}", row);
        }
    }
}
