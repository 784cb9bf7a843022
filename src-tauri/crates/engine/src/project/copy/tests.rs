use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use super::*;
use crate::project::fixture::Machine;
use crate::project::fixture::look;
use crate::project::fixture::rel;

fn set_time(path: &Path, seconds: u64) {
    let file = fs::File::open(path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::new(seconds, 123_456_789))
        .unwrap();
}

#[test]
fn a_copy_has_every_name_mode_time_link_and_byte() {
    let m = Machine::new(&[
        ("src/a.rs", b"fn a() {}\r\n"),
        ("bin/run", b"#!/bin/sh\n"),
        ("node_modules/x/index.js", b"1"),
        ("target/small", b"cache"),
        (".gitignore", b"node_modules\ntarget\n"),
        (".git/config", b"[core]\n"),
        ("odd: a,b'\"\n/f", b"\0\xff"),
    ]);
    fs::set_permissions(m.at("bin/run"), fs::Permissions::from_mode(0o751)).unwrap();
    fs::set_permissions(m.at("src/a.rs"), fs::Permissions::from_mode(0o444)).unwrap();
    symlink("loop-b", m.at("loop-a")).unwrap();
    symlink("loop-a", m.at("loop-b")).unwrap();
    symlink("..", m.at("src/up")).unwrap();
    symlink("/nowhere/at all", m.at("dangling")).unwrap();
    fs::hard_link(m.at("bin/run"), m.at("bin/same")).unwrap();
    set_time(&m.at("src/a.rs"), 1_000_000_000);
    set_time(&m.at("src"), 1_100_000_000);
    fs::create_dir(m.at("sealed")).unwrap();
    crate::project::fixture::write(&m.at("sealed/x"), b"1");
    fs::set_permissions(m.at("sealed"), fs::Permissions::from_mode(0o555)).unwrap();
    let before = m.tree();
    let draft = m.draft();
    assert_eq!(look(draft.tree()), before, "the copy");
    assert_eq!(m.tree(), before, "the project");
    assert_eq!(draft.notes().sentences(), [""; 0]);
    let dir = draft.dir().to_owned();
    draft.remove().unwrap();
    assert!(!dir.exists(), "also with a sealed folder in it");
}

#[test]
fn what_is_no_file_is_skipped_and_named() {
    let m = Machine::new(&[("a", b"1")]);
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, m.at("pipe"), fifo, mode, 0).unwrap();
    let _socket = UnixListener::bind(m.at("sock")).unwrap();
    let draft = m.draft();
    let skipped: Vec<_> = draft
        .notes()
        .skipped
        .iter()
        .map(|s| (&s.path, s.why))
        .collect();
    let special = WhySkipped::Special;
    assert_eq!(skipped, [(&rel("pipe"), special), (&rel("sock"), special)]);
    assert!(
        draft.notes().sentences()[0].contains("pipe"),
        "{:?}",
        draft.notes().sentences()
    );
    assert_eq!(
        draft.record("none").unwrap().files,
        [],
        "not there is not deleted"
    );
    assert_eq!(
        draft.refresh().unwrap(),
        crate::project::draft::Refreshed::default()
    );
}

#[test]
fn unreadable_files_are_named_and_the_rest_is_copied() {
    crate::project::fixture::as_an_ordinary_person(|| {
        let m = Machine::new(&[("a", b"1"), ("closed", b"2"), ("folder/x", b"3")]);
        fs::set_permissions(m.at("closed"), fs::Permissions::from_mode(0o000)).unwrap();
        fs::set_permissions(m.at("folder"), fs::Permissions::from_mode(0o000)).unwrap();
        let draft = m.draft();
        let skipped: Vec<_> = draft
            .notes()
            .skipped
            .iter()
            .map(|s| (&s.path, s.why))
            .collect();
        let unreadable = WhySkipped::Unreadable;
        assert_eq!(
            skipped,
            [(&rel("closed"), unreadable), (&rel("folder"), unreadable)]
        );
        assert_eq!(draft.read(&rel("a")).unwrap(), b"1");
        assert_eq!(draft.record("none").unwrap().files, []);
        fs::set_permissions(m.at("folder"), fs::Permissions::from_mode(0o700)).unwrap();
    });
}

#[test]
fn only_a_big_cache_is_left_out_and_that_is_said() {
    let m = Machine::new(&[
        (".gitignore", b"target\nnode_modules\n"),
        ("target/x/y", b"1"),
    ]);
    for path in ["target/x/big", "node_modules/big"] {
        crate::project::fixture::write(&m.at(path), b"");
        let file = fs::OpenOptions::new().write(true).open(m.at(path)).unwrap();
        file.set_len(BIGGEST_CACHE + 1).unwrap();
    }
    let mut rules = Rules::of(&m.root()).unwrap();
    let root = Root::open(&m.root()).unwrap();
    let mut entries = scan(&root, &|_| false, &CancellationToken::new())
        .unwrap()
        .entries;
    entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let (plan, notes) = plan(&entries, &mut rules);
    assert_eq!(
        notes.sentences(),
        ["Left out: target (268 MB), which can be rebuilt."]
    );
    let files: Vec<_> = plan.files.iter().map(|f| f.path.to_string()).collect();
    assert_eq!(
        files,
        [".gitignore", "node_modules/big"],
        "dependencies are always included"
    );
}

#[test]
fn cancelling_leaves_nothing() {
    let m = Machine::new(&[("a", b"1"), ("b", b"2")]);
    let cancel = CancellationToken::new();
    cancel.cancel();
    let dir = m.data().join("drafts/d");
    let result =
        crate::project::draft::Draft::create(&m.project(), &dir, m.blobs(), &|_| {}, &cancel);
    let error = result.unwrap_err().to_string();
    assert!(
        error.contains("unchanged") && error.contains("project"),
        "{error}"
    );
    assert!(!dir.exists());
}

#[test]
fn files_that_vanish_meanwhile_are_tolerated() {
    let m = Machine::new(&[("a", b"1"), ("b", b"2")]);
    let from = Root::open(&m.root()).unwrap();
    fs::create_dir(m.dir.path().join("out")).unwrap();
    let to = Root::open(&m.dir.path().join("out")).unwrap();
    fs::remove_file(m.at("a")).unwrap();
    let result = copy_entry(&from, &rel("a"), &to, &rel("a"), None);
    assert!(matches!(
        result,
        Err(EntryError::Read(WhySkipped::Vanished))
    ));
    assert_eq!(fs::read_dir(m.dir.path().join("out")).unwrap().count(), 0);
    fs::remove_file(m.at("b")).unwrap();
    fs::create_dir(m.at("b")).unwrap();
    let result = copy_entry(&from, &rel("b"), &to, &rel("b"), None);
    assert!(matches!(
        result,
        Err(EntryError::Read(WhySkipped::Vanished))
    ));
}

#[test]
fn progress_reaches_the_end() {
    let files: Vec<_> = (0..300).map(|i| format!("d{}/f{i}", i % 7)).collect();
    let m = Machine::new(&[]);
    for file in &files {
        m.write(file, b"xyz");
    }
    let last = Mutex::new(CopyProgress::default());
    let note = |now: CopyProgress| {
        let mut last = last.lock().unwrap();
        if now.files > last.files {
            *last = now;
        }
    };
    let dir = m.data().join("drafts/d");
    let cancel = CancellationToken::new();
    crate::project::draft::Draft::create(&m.project(), &dir, m.blobs(), &note, &cancel).unwrap();
    let end = CopyProgress {
        files: 300,
        bytes: 900,
        of_files: 300,
        of_bytes: 900,
    };
    assert_eq!(*last.lock().unwrap(), end);
}

#[test]
fn sizes_read_well() {
    for (bytes, text) in [
        (0, "0 B"),
        (999, "999 B"),
        (1_200, "1.2 kB"),
        (999_900, "1.0 MB"),
        (268 << 20, "281 MB"),
    ] {
        assert_eq!(readable_size(bytes), text);
    }
}
