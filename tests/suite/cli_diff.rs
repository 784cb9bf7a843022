//! `greenlight-cli diff` over files and folders, from the command line to the disk.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::binaries;
use support::project::Project;

use crate::world::Ran;

fn diff(old: &Path, new: &Path, options: &[&str]) -> Ran {
    let mut command = Command::new(binaries::greenlight_cli());
    Ran::of(command.arg("diff").arg(old).arg(new).args(options))
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).expect("one JSON object")
}

#[test]
fn exit_codes_are_those_of_git() {
    let project = Project::new()
        .file("a.txt", "one\ntwo\n")
        .file("b.txt", "one\n2\n")
        .file("spaced.txt", "one \n two\n")
        .file("bytes.bin", b"\0\xff");
    let at = |name| project.at(name);
    for (old, new, options, code) in [
        ("a.txt", "b.txt", &["--exit-code"][..], 1),
        ("a.txt", "a.txt", &["--exit-code"], 0),
        ("a.txt", "b.txt", &[], 0),
        ("a.txt", "spaced.txt", &["--exit-code", "--stat"], 1),
        ("a.txt", "spaced.txt", &["--exit-code", "--stat", "-w"], 0),
        ("bytes.bin", "a.txt", &["--exit-code", "--json"], 1),
        ("bytes.bin", "bytes.bin", &["--exit-code", "--json"], 0),
        ("a.txt", "missing", &["--exit-code"], 3),
        ("a.txt", "b.txt", &["--exit-code=yes"], 2),
    ] {
        diff(&at(old), &at(new), options).ended(code);
    }
}

#[test]
fn two_folders_are_compared_with_renames_moves_and_bytes() {
    let block = "fn one() {\n    two(three);\n    four(five);\n}\n";
    let body = |name: &str| -> String { (0..9).map(|n| format!("{name} number {n}\n")).collect() };
    let (first, second) = (body("first"), body("second"));
    let project = Project::new()
        .file("old/src/a.rs", format!("{first}{block}"))
        .file("new/src/a.rs", &first)
        .file("old/src/b.rs", &second)
        .file("new/lib/b.rs", format!("{second}last\n"))
        .file("old/c.rs", "let x = 1;\n")
        .file("new/c.rs", format!("let x = 2;\n{block}"))
        .file("old/logo.png", b"\x89PNG\0\0")
        .file("new/logo.png", b"\x89PNG\0\0\0\0")
        .link("old/link", "a")
        .link("new/link", "b");
    let (old, new) = (project.at("old"), project.at("new"));
    let before = project.snapshot();
    let stat = diff(&old, &new, &["--stat", "--exit-code"]).ended(1);
    let lines: Vec<&str> = stat.out.lines().map(str::trim_start).collect();
    assert_eq!(lines.len(), 6, "{}", stat.out);
    assert_eq!(lines[5], "5 files: +7 -6");
    assert!(
        lines[1].starts_with("src/b.rs => lib/b.rs") && lines[1].ends_with("| +1 -0"),
        "{}",
        stat.out
    );

    let found = json(&diff(&old, &new, &["--json"]).ended(0));
    let files = found["files"].as_array().unwrap();
    let of = |path: &str| files.iter().find(|file| file["path"] == path).unwrap();
    assert_eq!(of("lib/b.rs")["change"], "renamed");
    assert_eq!(of("lib/b.rs")["old_path"], "src/b.rs");
    assert_eq!(of("logo.png")["binary"]["new"]["size"], 8);
    assert_eq!(of("c.rs")["words"]["added"], 1);
    assert_eq!(of("link")["rows"][0]["new"], "b");
    let moves = found["moves"].as_array().unwrap();
    assert_eq!(moves.len(), 1, "{moves:?}");
    assert_eq!(moves[0]["from"]["path"], "src/a.rs");
    assert_eq!(
        moves[0]["to"],
        serde_json::json!({"path": "c.rs", "lines": [1, 5]})
    );
    before.assert_unchanged(project.path());
}

#[test]
fn the_help_names_every_field() {
    let mut command = Command::new(binaries::greenlight_cli());
    let help = Ran::of(command.args(["diff", "--help"])).ended(0).out;
    let project = Project::new()
        .file("old/a.txt", "a  b\nlet a = 1;\n")
        .file("new/a.txt", "a b\nlet b = 1;\n")
        .file("old/bytes", b"\xff")
        .file("new/bytes", b"\xff\xff")
        .file("old/x", "1\n2\n3\n4\n")
        .file("new/y", "1\n2\n3\n4\n");
    let found = json(&diff(&project.at("old"), &project.at("new"), &["--json"]).ended(0));
    let mut names = std::collections::BTreeSet::new();
    collect(&found, &mut names);
    assert!(
        names.contains("only_space") && names.contains("sha256") && names.contains("similarity")
    );
    for name in names {
        assert!(help.contains(&name), "`{name}` is not in the help");
    }
}

/// The names of all fields, at any depth.
fn collect(value: &Value, names: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                names.insert(name.clone());
                collect(value, names);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, names)),
        _ => {}
    }
}
