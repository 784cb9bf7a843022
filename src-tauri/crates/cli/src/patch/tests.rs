use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::run;
use crate::streams::Exit;
use crate::streams::tests::{Outcome, call};

fn patch_in(dir: &Path, body: &str) -> Outcome {
    let text = format!("*** Begin Patch\n{body}\n*** End Patch\n");
    let arguments = vec![OsString::from("--dir"), dir.into()];
    call(&text, |streams| run(arguments, streams))
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
    }
    dir
}

/// Every path in the folder with what it holds: `/` for a folder, `-> target` for a link.
fn listing(dir: &Path) -> Vec<(String, String)> {
    fn walk(root: &Path, dir: &Path, all: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(dir).expect("readable") {
            let path = entry.expect("an entry").path();
            let name = path
                .strip_prefix(root)
                .expect("beneath")
                .display()
                .to_string();
            if let Ok(target) = fs::read_link(&path) {
                all.push((name, format!("-> {}", target.display())));
            } else if path.is_dir() {
                all.push((name, "/".into()));
                walk(root, &path, all);
            } else {
                all.push((name, fs::read_to_string(&path).expect("text")));
            }
        }
    }
    let mut all = Vec::new();
    walk(dir, dir, &mut all);
    all.sort();
    all
}

#[track_caller]
fn refused(dir: &Path, body: &str, exit: Exit, says: &str) {
    let before = listing(dir);
    let got = patch_in(dir, body);
    assert_eq!((got.exit, got.out.as_str()), (exit, ""), "{}", got.err);
    assert!(got.err.contains(says), "{}", got.err);
    assert!(got.err.contains("Nothing was changed."), "{}", got.err);
    assert_eq!(listing(dir), before);
}

#[test]
fn the_files_are_written_and_listed_by_what_happened() {
    let dir = folder(&[
        ("modify.txt", "line1\nline2\n"),
        ("gone.txt", "x\n"),
        ("old/n", "from\n"),
    ]);
    let got = patch_in(
        dir.path(),
        "*** Delete File: gone.txt\n*** Update File: ./modify.txt\n@@\n-line2\n+changed\n\
         *** Update File: old/n\n*** Move to: new/deep/n\n@@\n-from\n+to\n\
         *** Add File: nested/new.txt\n+created",
    );
    assert_eq!(
        got.out,
        "A nested/new.txt\nM modify.txt\nM new/deep/n\nD gone.txt\n"
    );
    assert_eq!((got.exit, got.err.as_str()), (Exit::Done, ""));
    let expect = [
        ("modify.txt", "line1\nchanged\n"),
        ("nested", "/"),
        ("nested/new.txt", "created\n"),
        ("new", "/"),
        ("new/deep", "/"),
        ("new/deep/n", "to\n"),
        ("old", "/"),
    ];
    assert_eq!(
        listing(dir.path()),
        expect.map(|(p, t)| (p.to_owned(), t.to_owned()))
    );
}

#[test]
fn absolute_paths_beneath_the_folder_are_taken() {
    let dir = folder(&[]);
    let real = dir.path().canonicalize().expect("there");
    let got = patch_in(&real, &format!("*** Add File: {}/a\n+x", real.display()));
    assert_eq!(got.exit, Exit::Done, "{}", got.err);
    assert_eq!(listing(&real), [("a".to_owned(), "x\n".to_owned())]);
}

#[test]
fn permissions_stay_and_move_along() {
    let dir = folder(&[("run.sh", "a\n"), ("tool", "a\n")]);
    for name in ["run.sh", "tool"] {
        fs::set_permissions(dir.path().join(name), fs::Permissions::from_mode(0o751)).expect("set");
    }
    let got = patch_in(
        dir.path(),
        "*** Update File: run.sh\n-a\n+b\n*** Update File: tool\n*** Move to: bin/tool\n-a\n+b",
    );
    assert_eq!(got.exit, Exit::Done, "{}", got.err);
    for name in ["run.sh", "bin/tool"] {
        let mode = fs::metadata(dir.path().join(name))
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o7777, 0o751, "{name}");
    }
}

#[test]
fn nothing_is_written_when_a_hunk_does_not_fit() {
    let dir = folder(&[("a", "1\n2\n")]);
    refused(
        dir.path(),
        "*** Add File: new\n+x\n*** Update File: a\n-3\n+4",
        Exit::Refused,
        "Hunk 1 of `a` (line 5 of the patch) does not fit",
    );
    refused(
        dir.path(),
        "*** Delete File: b",
        Exit::Refused,
        "Cannot delete `b`",
    );
    refused(
        dir.path(),
        "*** Frobnicate",
        Exit::Refused,
        "is not a file header",
    );
}

#[test]
fn nothing_outside_the_folder_is_read_or_written() {
    let dir = folder(&[("in/a", "1\n"), ("in/sub/a", "1\n"), ("out/secret", "1\n")]);
    let root = dir.path().join("in");
    symlink("../out", root.join("way")).expect("linked");
    symlink("../out/secret", root.join("file")).expect("linked");
    symlink(dir.path().join("out/secret"), root.join("absolute")).expect("linked");
    let everything = listing(dir.path());
    let absolute = dir.path().join("out/secret");
    for path in [
        "../out/secret",
        "sub/../../out/secret",
        "way/secret",
        "file",
        "absolute",
        absolute.to_str().expect("text"),
    ] {
        refused(
            &root,
            &format!("*** Update File: {path}\n-1\n+2"),
            Exit::Refused,
            "outside",
        );
        refused(
            &root,
            &format!("*** Add File: {path}\n+2"),
            Exit::Refused,
            "outside",
        );
    }
    for path in [
        "../out/new",
        "way/new",
        "way/deep/new",
        "none/../../new",
        "../../new",
    ] {
        refused(
            &root,
            &format!("*** Add File: {path}\n+2"),
            Exit::Refused,
            "outside",
        );
        let body = format!("*** Update File: a\n*** Move to: {path}");
        refused(&root, &body, Exit::Refused, "outside");
    }
    refused(
        &root,
        "*** Delete File: way/secret",
        Exit::Refused,
        "outside",
    );
    assert_eq!(listing(dir.path()), everything);
}

#[test]
fn links_inside_are_followed_and_deleted_themselves() {
    let dir = folder(&[("real/a", "1\n"), ("real/b", "1\n")]);
    symlink("real", dir.path().join("way")).expect("linked");
    symlink("../way/a", dir.path().join("real/link")).expect("linked");
    symlink("b", dir.path().join("real/other")).expect("linked");
    let got = patch_in(
        dir.path(),
        "*** Update File: way/link\n-1\n+2\n*** Delete File: real/other",
    );
    assert_eq!(got.exit, Exit::Done, "{}", got.err);
    let expect = [
        ("real", "/"),
        ("real/a", "2\n"),
        ("real/b", "1\n"),
        ("real/link", "-> ../way/a"),
        ("way", "-> real"),
    ];
    assert_eq!(
        listing(dir.path()),
        expect.map(|(p, t)| (p.to_owned(), t.to_owned()))
    );
    refused(
        dir.path(),
        "*** Update File: real/link\n*** Move to: c",
        Exit::Refused,
        "`real/link` is a link, not a file.",
    );
    refused(
        dir.path(),
        "*** Update File: real/a\n-2\n+3\n*** Update File: way/a\n-2\n+3",
        Exit::Refused,
        "are the same file",
    );
}

#[test]
fn only_files_are_touched() {
    let dir = folder(&[("dir/a", "1\n"), ("file", "1\n")]);
    refused(
        dir.path(),
        "*** Delete File: dir",
        Exit::Refused,
        "`dir` is a folder, not a file.",
    );
    refused(
        dir.path(),
        "*** Add File: dir\n+x",
        Exit::Refused,
        "`dir` is a folder, not a file.",
    );
    refused(
        dir.path(),
        "*** Add File: file/x\n+x",
        Exit::Failed,
        "`file/x`",
    );
}

#[test]
fn a_pipe_does_not_hang() {
    let dir = folder(&[]);
    let (pipe, mode) = (
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
    );
    rustix::fs::mknodat(rustix::fs::CWD, dir.path().join("p"), pipe, mode, 0).expect("made");
    let got = patch_in(dir.path(), "*** Update File: p\n-1\n+2");
    assert_eq!(got.exit, Exit::Refused);
    assert!(
        got.err.contains("`p` is a pipe, not a file."),
        "{}",
        got.err
    );
}

#[test]
fn what_was_written_is_taken_back_when_a_later_file_fails() {
    let dir = folder(&[("first", "1\n"), ("gone", "1\n")]);
    // `deep` becomes a folder while the patch is staged, so that it cannot be a file as well.
    refused(
        dir.path(),
        "*** Update File: first\n-1\n+2\n*** Delete File: gone\n*** Add File: new\n+x\n\
         *** Add File: deep\n+x\n*** Add File: deep/er/file\n+x",
        Exit::Failed,
        "`deep`",
    );
}

#[test]
fn the_folder_must_be_there() {
    let dir = folder(&[("file", "")]);
    for name in ["missing", "file"] {
        let got = patch_in(&dir.path().join(name), "*** Add File: a\n+x");
        assert_eq!(got.exit, Exit::Failed);
        assert!(got.err.starts_with("Cannot open the folder"), "{}", got.err);
    }
}

#[test]
fn wrong_arguments_and_wrong_text() {
    let usage = |arguments: &[&str]| {
        call("", |streams| {
            run(arguments.iter().map(OsString::from).collect(), streams)
        })
    };
    for arguments in [&[][..], &["--dir"], &["--nope"], &["--dir", "x", "more"]] {
        let got = usage(arguments);
        assert_eq!(
            (got.exit, got.out.as_str()),
            (Exit::Usage, ""),
            "{arguments:?}"
        );
        assert!(got.err.contains("Usage:"), "{}", got.err);
    }
    assert!(usage(&["--help"]).out.contains("Exit codes:"));
    let dir = folder(&[]);
    let arguments = vec![OsString::from("--dir"), dir.path().into()];
    let got = call("not a patch", |streams| run(arguments, streams));
    assert_eq!(got.exit, Exit::Refused);
    assert!(
        got.err.starts_with("The first line of the patch must be"),
        "{}",
        got.err
    );
}

#[test]
fn a_folder_may_be_named_through_a_link() {
    let dir = folder(&[("real/a", "1\n")]);
    let way = dir.path().join("way");
    symlink("real", &way).expect("linked");
    let got = patch_in(
        &way,
        &format!("*** Update File: {}/a\n-1\n+2", way.display()),
    );
    assert_eq!(got.exit, Exit::Done, "{}", got.err);
    assert_eq!(fs::read_to_string(way.join("a")).expect("there"), "2\n");
}
