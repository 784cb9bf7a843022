mod floating;

use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::process::Command;

use super::*;
use crate::project::changes::ChangeKind;
use crate::project::fixture::Machine;
use crate::project::fixture::delete;
use crate::project::fixture::put;
use crate::project::fixture::rel;
use crate::project::ledger::Before;

/// Runs a script where the draft really is; the sandbox is another crate's.
fn sh(draft: &Draft, script: &str) {
    let status = Command::new("sh")
        .args(["-euc", script])
        .current_dir(draft.tree())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .status()
        .unwrap();
    assert!(status.success(), "{script}");
}

fn names(entry: &Entry) -> Vec<String> {
    entry
        .files
        .iter()
        .map(|file| file.path.to_string())
        .collect()
}

fn change(draft: &Draft, path: &str) -> Option<crate::project::changes::FileChange> {
    draft
        .changes()
        .unwrap()
        .files
        .into_iter()
        .find(|file| file.path == rel(path))
}

#[test]
fn whatever_happens_in_the_draft_the_project_stays() {
    let m = Machine::new(&[("src/a", b"1\r\n"), ("b", b"2"), (".git/HEAD", b"ref: x\n")]);
    symlink("b", m.at("link")).unwrap();
    let before = m.tree();
    let draft = m.draft();
    sh(
        &draft,
        "for f in src/a b; do printf x >> $f; done; ln -sf src/a link; chmod 600 b",
    );
    draft.record("1").unwrap();
    draft.edit("2", &[put("new/x", b"y"), delete("b")]).unwrap();
    sh(&draft, "rm -rf ./* .git; git init -q . || mkdir .git");
    draft.record("3").unwrap();
    draft.refresh().unwrap();
    draft.changes().unwrap();
    draft.sync().unwrap();
    assert_eq!(m.tree(), before);
}

#[test]
fn not_one_write_reaches_the_project() {
    use notify::EventKind;
    use notify::Watcher;
    use notify::event::AccessKind;
    use notify::event::AccessMode;

    let m = Machine::new(&[
        ("src/a", b"1"),
        ("b", b"2"),
        (".git/HEAD", b"x"),
        ("n/m/x", b"1"),
    ]);
    let (sender, events) = std::sync::mpsc::channel();
    let mut recorder = notify::recommended_watcher(move |event| {
        let _ = sender.send(event);
    })
    .unwrap();
    recorder
        .watch(&m.root(), notify::RecursiveMode::Recursive)
        .unwrap();
    let before = m.tree();

    let draft = m.draft();
    draft
        .edit("1", &[put("src/a", b"2"), put("new/c", b"3"), delete("b")])
        .unwrap();
    sh(
        &draft,
        "chmod 700 src/a; rm -rf n .git; ln -s src link; touch -d 2001-01-01 src/a",
    );
    draft.record("2").unwrap();
    draft.refresh().unwrap();
    draft.changes().unwrap();
    draft.read(&rel("src/a")).unwrap();
    draft.sync().unwrap();
    Draft::reopen(draft.dir(), m.blobs())
        .unwrap()
        .remove()
        .unwrap();

    assert_eq!(m.tree(), before);
    // The recorder works, and all that came before this write has been heard when it is.
    m.write("sentinel", b"");
    loop {
        let event = events
            .recv_timeout(std::time::Duration::from_secs(60))
            .unwrap()
            .unwrap();
        if event.paths.iter().any(|path| path.ends_with("sentinel")) {
            break;
        }
        let closed = AccessKind::Close(AccessMode::Write);
        let written = event.kind == EventKind::Access(closed);
        assert!(event.kind.is_access() && !written, "{event:?}");
    }
}

#[test]
fn a_command_is_recorded_with_before_and_after() {
    let m = Machine::new(&[
        ("a", b"1"),
        ("b", b"2"),
        ("same", b"s"),
        (".gitignore", b"*.log\nout\n"),
        ("x.log", b"old"),
    ]);
    let draft = m.draft();
    sh(
        &draft,
        "printf 3 > a; rm b; mkdir -p n out; printf 4 > n/c; touch same; echo > x.log",
    );
    sh(&draft, "echo > out/z; mkdir -p .git; echo > .git/x");
    let entry = draft.record("call").unwrap();
    assert_eq!(names(&entry), ["a", "b", "n/c"]);
    assert_eq!(entry.ignored, 3, "x.log, out/z, .git/x");
    let bytes = |version: Option<Version>| m.blobs().get(&version.unwrap().blob).unwrap();
    let Before::Was(was) = entry.files[0].before else {
        panic!("{entry:?}")
    };
    assert_eq!(
        (bytes(Some(was)), bytes(entry.files[0].after)),
        (b"1".to_vec(), b"3".to_vec())
    );
    assert_eq!(entry.files[1].after, None);
    assert_eq!(entry.files[2].before, Before::Absent);
    assert_eq!(draft.record("again").unwrap().files, [], "found once");
    let kinds: Vec<_> = draft
        .changes()
        .unwrap()
        .files
        .iter()
        .map(|f| f.kind)
        .collect();
    assert_eq!(
        kinds,
        [ChangeKind::Modified, ChangeKind::Deleted, ChangeKind::Added]
    );
    assert_eq!(draft.changes().unwrap().ignored, 3);
    sh(&draft, "printf 1 > a; printf 2 > b; rm -r n");
    assert_eq!(names(&draft.record("back").unwrap()), ["a", "b", "n/c"]);
    assert_eq!(draft.changes().unwrap().files, [], "as it was is no change");
}

#[test]
fn hiding_a_file_behind_a_new_rule_does_not_work() {
    let m = Machine::new(&[("src/a", b"1"), (".gitignore", b"")]);
    let draft = m.draft();
    sh(
        &draft,
        "echo src > .gitignore; printf 2 > src/a; printf n > src/new",
    );
    assert_eq!(names(&draft.record("1").unwrap()), [".gitignore", "src/a"]);
}

#[test]
fn edits_are_all_or_nothing() {
    let m = Machine::new(&[("a", b"1"), ("d/b", b"2"), ("run", b"x")]);
    fs::set_permissions(m.at("run"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("a", m.at("link")).unwrap();
    symlink("d", m.at("dlink")).unwrap();
    let draft = m.draft();
    let before = crate::project::fixture::look(draft.tree());
    let good = [put("a", b"new"), put("x/y/z", b"new"), delete("d/b")];
    let bad = [
        (put("link", b"no"), "use that path"),
        (put("dlink/b", b"no"), "use that path"),
        (put("a/b", b"no"), "below it"),
        (put("d", b"no"), "not a file"),
        (put(".GIT/hooks/x", b"no"), "git metadata"),
        (put("sub/.git/x", b"no"), "git metadata"),
        (delete("missing"), "does not exist"),
        (put("a", b"no"), "twice"),
    ];
    for (edit, why) in bad {
        let mut edits = good.to_vec();
        edits.push(edit);
        let error = draft.edit("1", &edits).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
        let now = crate::project::fixture::look(draft.tree());
        assert_eq!(now.entries, before.entries, "{error}");
        assert_eq!(
            fs::read_dir(draft.dir().join("stage")).unwrap().count(),
            0,
            "no leftovers"
        );
    }
    let mut edits = good.to_vec();
    edits.push(put("run", b"y"));
    let entry = draft.edit("2", &edits).unwrap();
    assert_eq!(names(&entry), ["a", "d/b", "run", "x/y/z"]);
    assert_eq!(draft.read(&rel("x/y/z")).unwrap(), b"new");
    assert_eq!(
        draft.stat(&rel("run")).unwrap().unwrap().mode,
        0o755,
        "keeps the mode"
    );
    assert_eq!(
        draft.record("3").unwrap(),
        Entry {
            call_id: "3".into(),
            ..Entry::default()
        }
    );
    assert_eq!(fs::read_dir(draft.dir().join("stage")).unwrap().count(), 0);
}

#[test]
fn an_edit_that_fails_half_way_is_taken_back() {
    let m = Machine::new(&[("a", b"1"), ("sealed/b", b"2")]);
    let draft = m.draft();
    if rustix::process::geteuid().is_root() {
        // Root may write anywhere, so the second name is too long instead.
        let long = "n".repeat(300);
        assert!(
            draft
                .edit("1", &[put("a", b"x"), put("z/y", b"y"), put(&long, b"z")])
                .is_err()
        );
        assert!(draft.stat(&rel("z")).unwrap().is_none());
    } else {
        let sealed = draft.tree().join("sealed");
        fs::set_permissions(&sealed, fs::Permissions::from_mode(0o555)).unwrap();
        assert!(
            draft
                .edit("1", &[put("a", b"x"), put("sealed/b", b"y")])
                .is_err()
        );
        fs::set_permissions(&sealed, fs::Permissions::from_mode(0o755)).unwrap();
    }
    assert_eq!(draft.read(&rel("a")).unwrap(), b"1");
    assert_eq!(draft.changes().unwrap().files, []);
    assert_eq!(draft.entries(), []);
}

#[test]
fn paths_are_resolved_as_the_command_sees_them() {
    let m = Machine::new(&[("src/a", b"1")]);
    let draft = m.draft();
    let seen = draft.seen_at().to_owned();
    let inside = |cwd: &str, path: &Path| draft.inside(Path::new(cwd), path);
    assert_eq!(inside("", Path::new("src/a")).unwrap(), rel("src/a"));
    assert_eq!(inside("src", Path::new("../b")).unwrap(), rel("b"));
    assert_eq!(inside("src", &seen.join("c")).unwrap(), rel("c"));
    assert_eq!(
        draft.inside(&seen.join("src"), Path::new("a")).unwrap(),
        rel("src/a")
    );
    assert_eq!(
        draft.inside(&seen, Path::new(".")).unwrap(),
        RelPath::root()
    );
    for path in ["../x", "/etc/passwd", "a/../../x", "~/../../x"] {
        let error = inside("", Path::new(path)).unwrap_err();
        assert!(matches!(error, DraftError::Outside { .. }), "{path}");
        assert!(error.to_string().contains(path), "{error}");
    }
    assert!(inside("src", &seen.join("../other")).is_err());
}

#[test]
fn reading_does_not_leave_the_draft() {
    let m = Machine::new(&[("a", b"1")]);
    let draft = m.draft();
    let outside = m.dir.path().join("outside");
    fs::write(&outside, "secret").unwrap();
    symlink(&outside, draft.tree().join("abs")).unwrap();
    symlink("../../../../outside", draft.tree().join("up")).unwrap();
    symlink("/proc/self/root/etc/passwd", draft.tree().join("proc")).unwrap();
    symlink("a", draft.tree().join("in")).unwrap();
    for path in ["abs", "up", "proc"] {
        assert!(draft.read(&rel(path)).is_err(), "{path}");
        assert!(draft.edit("x", &[put(path, b"no")]).is_err(), "{path}");
    }
    assert_eq!(draft.read(&rel("in")).unwrap(), b"1");
    assert_eq!(fs::read(&outside).unwrap(), b"secret");
    let error = draft.read_up_to(&rel("a"), 0).unwrap_err();
    assert!(matches!(error, DraftError::TooLarge { .. }), "{error}");
    sh(&draft, "mkfifo pipe");
    assert!(
        matches!(draft.read(&rel("pipe")), Err(DraftError::NotAFile { .. })),
        "does not wait"
    );
}

#[test]
fn a_draft_is_whole_after_the_app_was_killed() {
    let m = Machine::new(&[("a", b"1"), ("b", b"1")]);
    let draft = m.draft();
    draft.edit("1", &[put("a", b"2")]).unwrap();
    sh(&draft, "printf 3 > b");
    let dir = draft.dir().to_owned();
    let (changes, entries) = (draft.changes().unwrap(), draft.entries());
    // No destructor runs on a kill.
    std::mem::forget(draft);
    let draft = Draft::reopen(&dir, m.blobs()).unwrap();
    assert_eq!(draft.seen_at(), m.root());
    assert_eq!(
        (draft.changes().unwrap(), draft.entries()),
        (changes, entries)
    );
    assert_eq!(names(&draft.record("interrupted").unwrap()), ["b"]);
    fs::remove_file(dir.join("manifest")).unwrap();
    let error = Draft::reopen(&dir, m.blobs()).unwrap_err().to_string();
    assert!(
        error.contains("not complete") && error.contains("unchanged"),
        "{error}"
    );
}

#[test]
fn a_project_that_is_gone_or_another_is_named() {
    let m = Machine::new(&[("a", b"1")]);
    let draft = m.draft();
    draft.edit("1", &[put("a", b"2")]).unwrap();
    fs::rename(m.root(), m.dir.path().join("moved")).unwrap();
    assert!(matches!(
        draft.refresh(),
        Err(DraftError::ProjectGone { .. })
    ));
    assert_eq!(
        draft.changes().unwrap().files.len(),
        1,
        "the work is still there"
    );
    fs::create_dir(m.root()).unwrap();
    let error = draft.refresh().unwrap_err().to_string();
    assert!(error.contains(&*m.root().to_string_lossy()), "{error}");
}

#[test]
fn kinds_and_risks_are_said() {
    let m = Machine::new(&[("a", b"1"), ("bin", b"\0\x01"), ("t", b"text")]);
    let draft = m.draft();
    sh(
        &draft,
        "rm a; ln -s t a; printf '\\0\\2' > bin; chmod +x t; echo all: > Makefile",
    );
    draft.record("1").unwrap();
    assert_eq!(change(&draft, "a").unwrap().kind, ChangeKind::TypeChanged);
    assert!(change(&draft, "a").unwrap().risky.is_some());
    assert!(change(&draft, "bin").unwrap().binary);
    let t = change(&draft, "t").unwrap();
    assert_eq!(
        t.mode.map(|(a, b)| (a & 0o111, b & 0o111)),
        Some((0, 0o111))
    );
    assert!(t.risky.is_some());
    assert!(change(&draft, "Makefile").unwrap().risky.is_some());
}

#[test]
fn a_full_disk_is_named_and_leaves_no_partial_draft() {
    crate::project::fixture::on_a_small_disk("draft", |disk| {
        let many: Vec<_> = (0..200).map(|i| (format!("f{i}"), vec![b'x'])).collect();
        // One does not fit from the start; the other uses up what no preflight counts.
        for files in [vec![("big".to_owned(), vec![7; 1500 * 1024])], many] {
            let files: Vec<_> = files
                .iter()
                .map(|(p, b)| (p.as_str(), b.as_slice()))
                .collect();
            let m = Machine::new(&files);
            let before = m.tree();
            let dir = disk.join("drafts/d");
            let blobs = m.blobs();
            let cancel = CancellationToken::new();
            let result = Draft::create(&m.project(), &dir, blobs, &|_| {}, &cancel);
            let text = result.unwrap_err().to_string();
            assert!(
                text.contains("Your folder is unchanged. Free some space"),
                "{text}"
            );
            assert!(text.contains(&*m.root().to_string_lossy()), "{text}");
            assert!(!dir.exists(), "nothing is left");
            assert_eq!(m.tree(), before);
        }
    });
}

#[test]
fn an_edit_on_a_full_disk_changes_nothing() {
    crate::project::fixture::on_a_small_disk("edit", |disk| {
        let m = Machine::new(&[("a", b"1"), ("b", b"2")]);
        let cancel = CancellationToken::new();
        let dir = disk.join("d");
        let draft = Draft::create(&m.project(), &dir, m.blobs(), &|_| {}, &cancel).unwrap();
        let edits = [put("a", b"new"), put("b", &vec![1; 2 << 20])];
        let error = draft.edit("1", &edits).unwrap_err();
        assert!(matches!(error, DraftError::DiskFull { .. }), "{error}");
        assert_eq!(draft.read(&rel("a")).unwrap(), b"1");
        assert_eq!(draft.changes().unwrap().files, []);
    });
}
