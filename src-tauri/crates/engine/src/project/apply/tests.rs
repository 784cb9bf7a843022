mod kill;
mod process;
mod refused;
mod settled;

use std::cell::Cell;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::rc::Rc;

use super::*;
use crate::project::draft::Draft;
use crate::project::fixture::Machine;
use crate::project::fixture::delete;
use crate::project::fixture::put;
use crate::project::fixture::rel;

/// The task that everything is applied for.
const TASK: &str = "task";

fn all(draft: &Draft) -> Vec<Approved> {
    draft
        .changes()
        .unwrap()
        .files
        .iter()
        .map(Approved::from)
        .collect()
}

#[track_caller]
fn applied(outcome: Outcome) -> String {
    match outcome {
        Outcome::Applied { id, .. } => id,
        other => panic!("not applied: {other:?}"),
    }
}

#[track_caller]
fn failed(outcome: Outcome) -> String {
    match outcome {
        Outcome::Failed { sentence } => sentence,
        other => panic!("not failed: {other:?}"),
    }
}

/// A project and a draft that differ in every way a transaction knows.
fn every_kind() -> (Machine, Draft) {
    let m = Machine::quick(&[
        ("changed", b"one\r\ntwo"),
        ("src/deep/deleted", b"old"),
        ("src/kept", b"kept"),
        ("script", b"#!/bin/sh\n"),
        ("named-twice", b"a longer text than the new one"),
        ("becomes-link", b"file"),
        ("dir/inside", b"x"),
        ("file", b"y"),
    ]);
    fs::hard_link(m.at("named-twice"), m.at("other-name")).unwrap();
    fs::set_permissions(m.at("changed"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("changed", m.at("link")).unwrap();
    let draft = m.draft();
    let script = "printf 'one\\r\\nthree' > changed; rm -r src/deep; chmod 755 script;
        printf short > named-twice; ln -sf kept becomes-link; mkdir -p new/er; printf n > new/er/f;
        ln -sfn script link; rm -r dir; printf f > dir; rm file; mkdir file; printf i > file/in;
        rm other-name";
    let status = std::process::Command::new("sh")
        .args(["-euc", script])
        .current_dir(draft.tree())
        .status()
        .unwrap();
    assert!(status.success());
    draft.record("1").unwrap();
    (m, draft)
}

/// The parts of a tree that a person would miss; folder times move with their entries.
fn entries(m: &Machine) -> std::collections::BTreeMap<PathBuf, (u32, Vec<u8>)> {
    m.tree().entries
}

#[test]
fn what_is_applied_is_the_draft_and_undo_is_the_project_as_it_was() {
    let (m, draft) = every_kind();
    let before = m.tree();
    let applier = m.applier();
    let id = applied(applier.apply(TASK, &all(&draft)).unwrap());
    let after = entries(&m);
    assert_eq!(after, crate::project::fixture::look(draft.tree()).entries);
    assert_eq!(
        after[Path::new("changed")],
        (0o100_640, b"one\r\nthree".to_vec())
    );
    let past = applier.history().unwrap();
    assert_eq!((past.len(), &past[0].id, past[0].undone), (1, &id, false));

    applied(applier.undo(&id).unwrap());
    let undone = m.tree();
    assert_eq!(undone.entries, before.entries);
    for (path, time) in &before.times {
        if !m.at("").join(path).is_dir() && path != Path::new("script") {
            assert_eq!(undone.times[path], *time, "the time of {}", path.display());
        }
    }
    assert!(applier.history().unwrap()[0].undone);

    applied(applier.redo(&id).unwrap());
    assert_eq!(entries(&m), after);
    assert!(matches!(
        applier.redo(&id),
        Err(ApplyError::NothingTo { verb: "redo", .. })
    ));
    applied(applier.undo(&id).unwrap());
    assert_eq!(entries(&m), before.entries);
    assert!(matches!(
        applier.undo(&id),
        Err(ApplyError::NothingTo { verb: "undo", .. })
    ));
    assert_eq!(applier.history().unwrap().len(), 1, "undoing is no apply");
}

#[test]
fn every_encoding_comes_out_to_the_byte() {
    let japanese = encoding_rs::SHIFT_JIS
        .encode("日本語\r\n設定")
        .0
        .into_owned();
    let chinese = encoding_rs::GBK.encode("中文\n配置").0.into_owned();
    let kinds: [(&str, &[u8], &[u8]); 7] = [
        ("crlf", b"a\r\nb\r\n", b"a\r\nc\r\n"),
        ("bom", b"\xef\xbb\xbfa\n", b"\xef\xbb\xbfb\n"),
        ("utf16", b"\xff\xfea\0\r\0\n\0", b"\xff\xfeb\0\r\0\n\0"),
        ("no-newline", b"a", b"b"),
        ("binary", b"\0\x01\x02\xff", b"\0\x01\x03\xff"),
        ("sjis", &japanese, &japanese[2..]),
        ("gbk", &chinese, &chinese[2..]),
    ];
    let files: Vec<_> = kinds.iter().map(|(path, old, _)| (*path, *old)).collect();
    let m = Machine::new(&files);
    let before = m.tree();
    let draft = m.draft();
    let edits: Vec<_> = kinds.iter().map(|(path, _, new)| put(path, new)).collect();
    draft.edit("1", &edits).unwrap();
    let id = applied(m.applier().apply(TASK, &all(&draft)).unwrap());
    for (path, _, new) in kinds {
        assert_eq!(fs::read(m.at(path)).unwrap(), new, "{path}");
    }
    applied(m.applier().undo(&id).unwrap());
    assert_eq!(
        m.tree(),
        before,
        "also the times, as no folder came or went"
    );
}

#[test]
fn a_hundred_megabytes_are_applied_and_undone() {
    let m = Machine::new(&[("small", b"1")]);
    let mut big = vec![0_u8; 100 << 20];
    for (i, byte) in big.iter_mut().enumerate().step_by(4096) {
        *byte = i.to_le_bytes()[2];
    }
    m.write("big", &big);
    let draft = m.draft();
    let last = big.len() - 1;
    big[last] = 0xff;
    fs::write(draft.tree().join("big"), &big).unwrap();
    draft.record("1").unwrap();
    let change = &draft.changes().unwrap().files[0];
    assert!(change.binary);
    assert_eq!(change.encoding, "too large to show");
    let applier = m.applier();
    let id = applied(applier.apply(TASK, &all(&draft)).unwrap());
    assert!(fs::read(m.at("big")).unwrap() == big);
    applied(applier.undo(&id).unwrap());
    big[last] = 0;
    assert!(fs::read(m.at("big")).unwrap() == big);
}

#[test]
fn after_an_apply_the_draft_starts_from_it() {
    let m = Machine::new(&[("a", b"1"), ("b", b"1")]);
    let draft = m.draft();
    draft
        .edit("1", &[put("a", b"2"), put("b", b"2"), put("n/c", b"2")])
        .unwrap();
    let mut some = all(&draft);
    some.retain(|file| file.path != rel("b"));
    let outcome = m.applier().apply(TASK, &some).unwrap();
    let Outcome::Applied { id, files } = outcome else {
        panic!("{outcome:?}")
    };
    draft.rebase(&files).unwrap();
    assert_eq!(
        draft.refresh().unwrap(),
        Default::default(),
        "our own writing is no news"
    );
    assert_eq!(all(&draft).len(), 1);
    let outcome = m.applier().undo(&id).unwrap();
    let Outcome::Applied { files, .. } = outcome else {
        panic!("{outcome:?}")
    };
    draft.rebase(&files).unwrap();
    assert_eq!(draft.refresh().unwrap(), Default::default());
    assert_eq!(
        draft.read(&rel("a")).unwrap(),
        b"2",
        "the draft keeps its work"
    );
    assert_eq!(all(&draft).len(), 3);
}

#[test]
fn a_file_that_moved_on_stops_everything() {
    let (m, draft) = every_kind();
    let approved = all(&draft);
    m.write("changed", b"person");
    m.write("new/er/f", b"person");
    fs::remove_file(m.at("named-twice")).unwrap();
    let before = m.tree();
    let outcome = m.applier().apply(TASK, &approved).unwrap();
    let Outcome::Conflict { files } = outcome else {
        panic!("{outcome:?}")
    };
    let names: Vec<_> = files.iter().map(|file| file.path.to_string()).collect();
    assert_eq!(
        names,
        ["changed", "named-twice", "new/er/f"],
        "all are named at once"
    );
    let bytes = |v: Option<Version>| v.map(|v| m.blobs().get(&v.blob).unwrap());
    assert_eq!(bytes(files[0].shown).unwrap(), b"one\r\ntwo");
    assert_eq!(bytes(files[0].project).unwrap(), b"person");
    assert_eq!(bytes(files[0].result).unwrap(), b"one\r\nthree");
    assert_eq!(bytes(files[1].project), None);
    assert_eq!(m.tree(), before, "nothing was written, not even a time");
}

/// Calls `meddle` the `nth` time that a transaction passes the point `at`.
fn at_point(
    at: &'static str,
    nth: usize,
    meddle: impl Fn() -> io::Result<()> + 'static,
) -> (fault::hook::Guard, Rc<Cell<usize>>) {
    let count = Rc::new(Cell::new(0));
    let seen = count.clone();
    let guard = fault::hook::set(move |name| {
        if name == at {
            seen.set(seen.get() + 1);
            if seen.get() == nth {
                return meddle();
            }
        }
        Ok(())
    });
    (guard, count)
}

#[test]
fn an_edit_in_the_last_moment_is_not_lost() {
    for (path, edit) in [
        ("changed", true),
        ("src/deep/deleted", true),
        ("new/er/f", true),
        ("named-twice", true),
        ("changed", false),
        ("src/deep/deleted", false),
    ] {
        let (m, draft) = every_kind();
        let approved = all(&draft);
        let mut expect = entries(&m);
        let place = m.at(path);
        let (_guard, count) = at_point("prepared", 1, move || {
            if edit {
                crate::project::fixture::write(&place, b"last moment");
                fs::set_permissions(&place, fs::Permissions::from_mode(0o644))
            } else {
                fs::remove_file(&place)
            }
        });
        let outcome = m.applier().apply(TASK, &approved).unwrap();
        assert_eq!(count.get(), 1);
        let Outcome::Conflict { files } = outcome else {
            panic!("{path}: {outcome:?}")
        };
        // Two names of one file move on together.
        let names = if path == "named-twice" {
            vec!["other-name"]
        } else {
            vec![path]
        };
        assert_eq!(
            files.iter().map(|f| f.path.to_string()).collect::<Vec<_>>(),
            names
        );
        assert_eq!(files[0].project.is_some(), edit);
        if edit {
            expect.insert(path.into(), (0o100_644, b"last moment".to_vec()));
            for folder in rel(path).ancestors() {
                let mode = fs::metadata(m.at("").join(&folder)).unwrap().mode();
                expect.insert((&folder).into(), (mode, Vec::new()));
            }
            if path == "named-twice" {
                expect.insert("other-name".into(), (0o100_644, b"last moment".to_vec()));
            }
        } else {
            expect.remove(Path::new(path));
        }
        assert_eq!(
            entries(&m),
            expect,
            "{path}: the old tree with the person's edit"
        );
    }
}

#[test]
fn undo_is_refused_when_a_file_changed_since() {
    let (m, draft) = every_kind();
    let applier = m.applier();
    let id = applied(applier.apply(TASK, &all(&draft)).unwrap());
    m.write("changed", b"person");
    let before = m.tree();
    let outcome = applier.undo(&id).unwrap();
    let Outcome::Conflict { files } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(files.len(), 1);
    let bytes = |v: Option<Version>| m.blobs().get(&v.unwrap().blob).unwrap();
    assert_eq!(bytes(files[0].project), b"person");
    assert_eq!(bytes(files[0].result), b"one\r\ntwo");
    assert_eq!(m.tree(), before);
    assert!(!applier.history().unwrap()[0].undone);
}

#[test]
fn undo_leaves_what_a_person_put_into_a_new_folder() {
    let m = Machine::new(&[("a", b"1")]);
    let draft = m.draft();
    draft.edit("1", &[put("new/er/x", b"2")]).unwrap();
    let applier = m.applier();
    let id = applied(applier.apply(TASK, &all(&draft)).unwrap());
    m.write("new/mine", b"person");
    applied(applier.undo(&id).unwrap());
    assert!(!m.at("new/er").exists());
    assert_eq!(fs::read(m.at("new/mine")).unwrap(), b"person");
}

#[test]
fn two_appliers_at_once_take_turns() {
    let m = Machine::new(&[("a", b"0"), ("b", b"0")]);
    let (one, two) = (m.draft(), m.draft());
    one.edit("1", &[put("a", b"1"), put("b", b"1")]).unwrap();
    two.edit("1", &[put("a", b"2"), put("b", b"2")]).unwrap();
    let (first, second) = std::thread::scope(|scope| {
        let run = |draft: &Draft| {
            let approved = all(draft);
            let applier = m.applier();
            applier.apply(TASK, &approved).unwrap()
        };
        let first = scope.spawn(move || run(&one));
        let second = scope.spawn(move || run(&two));
        (first.join().unwrap(), second.join().unwrap())
    });
    let count = |f: fn(&Outcome) -> bool| [&first, &second].into_iter().filter(|o| f(o)).count();
    assert_eq!(
        count(|o| matches!(o, Outcome::Applied { .. })),
        1,
        "{first:?} {second:?}"
    );
    assert_eq!(
        count(|o| matches!(o, Outcome::Conflict { .. })),
        1,
        "{first:?} {second:?}"
    );
    assert_eq!(
        fs::read(m.at("a")).unwrap(),
        fs::read(m.at("b")).unwrap(),
        "never a mix"
    );
}

#[test]
fn the_same_change_made_by_the_person_is_no_conflict() {
    let m = Machine::new(&[("a", b"1"), ("b", b"1")]);
    let draft = m.draft();
    draft.edit("1", &[put("a", b"2"), delete("b")]).unwrap();
    let approved = all(&draft);
    m.write("a", b"2");
    fs::remove_file(m.at("b")).unwrap();
    applied(m.applier().apply(TASK, &approved).unwrap());
    assert_eq!(fs::read(m.at("a")).unwrap(), b"2");
}

#[test]
fn a_thousand_files_are_one_transaction() {
    let m = Machine::new(&[]);
    for i in 0..1000 {
        m.write(&format!("d{}/f{i}", i % 20), b"old");
    }
    let before = m.tree();
    let draft = m.draft();
    let edits: Vec<_> = (0..1000)
        .map(|i| put(&format!("d{}/f{i}", i % 20), b"new"))
        .collect();
    draft.edit("1", &edits).unwrap();
    let applier = m.applier();
    let id = applied(applier.apply(TASK, &all(&draft)).unwrap());
    assert_eq!(fs::read(m.at("d19/f999")).unwrap(), b"new");
    applied(applier.undo(&id).unwrap());
    assert_eq!(m.tree().entries, before.entries);
}

#[test]
fn other_names_and_extra_attributes_survive() {
    let m = Machine::new(&[("a", b"1"), ("twice", b"old")]);
    fs::hard_link(m.at("twice"), m.at("same")).unwrap();
    let file = fs::File::open(m.at("a")).unwrap();
    let flags = rustix::fs::XattrFlags::empty();
    let has_attributes = rustix::fs::fsetxattr(&file, "user.note", b"mine", flags).is_ok();
    let draft = m.draft();
    draft
        .edit("1", &[put("a", b"2"), put("twice", b"new")])
        .unwrap();
    applied(m.applier().apply(TASK, &all(&draft)).unwrap());
    assert_eq!(
        fs::read(m.at("same")).unwrap(),
        b"new",
        "one file under two names"
    );
    assert_eq!(fs::metadata(m.at("same")).unwrap().nlink(), 2);
    if has_attributes {
        let file = fs::File::open(m.at("a")).unwrap();
        let mut value = [0; 8];
        let length = rustix::fs::fgetxattr(&file, "user.note", &mut value[..]).unwrap();
        assert_eq!(&value[..length], b"mine");
    }
}
