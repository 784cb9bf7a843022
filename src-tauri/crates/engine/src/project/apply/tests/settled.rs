//! What a person, or a disk, does between a crash of an apply and its recovery.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use super::kill::die_at;
use super::kill::points;
use super::*;
use crate::project::fixture::write;

/// An apply of every kind that died the last time it passed the point `at`.
fn died_at(at: &str) -> (Machine, Draft) {
    let nth = points().iter().rposition(|name| name == at).unwrap() + 1;
    let (m, draft) = every_kind();
    let (applier, approved) = (m.applier(), all(&draft));
    let guard = die_at(nth);
    assert!(catch_unwind(AssertUnwindSafe(|| applier.apply(TASK, &approved))).is_err());
    drop(guard);
    (m, draft)
}

fn reopened(m: &Machine) -> (Applier, Vec<Recovered>) {
    Applier::open(&m.project(), &m.data(), m.blobs()).unwrap()
}

#[test]
fn before_anything_is_exchanged_the_same_bytes_are_the_persons_own() {
    let (m, _draft) = died_at("staged");
    m.write("changed", b"one\r\nthree");
    m.write("new/er/f", b"n");
    m.write("named-twice", b"short");
    fs::remove_dir_all(m.at("src/deep")).unwrap();
    fs::set_permissions(m.at("script"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut expect = entries(&m);
    expect.retain(|path, _| !path.file_name().is_some_and(is_staged));
    let (_, recovered) = reopened(&m);
    assert!(
        matches!(&recovered[..], [Recovered::TakenBack { left_alone, .. }] if left_alone.is_empty()),
        "{recovered:?}"
    );
    assert_eq!(entries(&m), expect);
}

#[test]
fn bytes_that_only_look_half_written_are_kept() {
    let m = Machine::new(&[("a", b"version 1.0")]);
    let draft = m.draft();
    draft.edit("1", &[put("a", b"version 2.1")]).unwrap();
    let (applier, approved) = (m.applier(), all(&draft));
    let guard = fault::hook::set(|name| match name {
        "performed" => std::panic::panic_any(()),
        _ => Ok(()),
    });
    assert!(catch_unwind(AssertUnwindSafe(|| applier.apply(TASK, &approved))).is_err());
    drop(guard);
    m.write("a", b"version 2.0");
    reopened(&m);
    let id = crate::store::blobs::BlobId::of(b"version 2.0");
    let kept = m.blobs().get(&id).is_ok();
    assert!(kept || fs::read(m.at("a")).unwrap() == b"version 2.0");
}

#[test]
fn nothing_is_applied_while_an_earlier_apply_is_half_way() {
    let (m, draft) = every_kind();
    let before = entries(&m);
    let applier = m.applier();
    let approved = all(&draft);
    let broken = |performed: bool| {
        fault::hook::set(move |name| match name {
            "performed" if performed => Err(rustix::io::Errno::IO.into()),
            "rolled back" => Err(rustix::io::Errno::IO.into()),
            _ => Ok(()),
        })
    };
    let guard = broken(true);
    let outcome = applier.apply(TASK, &approved).unwrap();
    assert!(matches!(outcome, Outcome::Unsettled { .. }), "{outcome:?}");
    drop(guard);
    let guard = broken(false);
    let outcome = applier.apply(TASK, &approved).unwrap();
    let Outcome::Unsettled { sentence } = outcome else {
        panic!("{outcome:?}")
    };
    assert!(
        sentence.contains("cannot be taken back yet") && sentence.contains("kept"),
        "{sentence}"
    );
    drop(guard);
    applied(applier.apply(TASK, &approved).unwrap());
    let (applier, recovered) = reopened(&m);
    assert_eq!(recovered, []);
    let past = applier.history().unwrap();
    assert_eq!(past.len(), 1);
    applied(applier.undo(&past[0].id).unwrap());
    assert_eq!(entries(&m), before);
}

#[test]
fn a_folder_that_is_gone_after_a_crash_does_not_hold_anything_up() {
    for gone in ["src", "dir", "new"] {
        let (m, _draft) = died_at("performed");
        let place = m.at(gone);
        if place.is_dir() {
            fs::remove_dir_all(&place).unwrap();
        } else {
            fs::write(&place, b"person").unwrap();
        }
        let (_, recovered) = reopened(&m);
        assert!(
            matches!(&recovered[..], [Recovered::TakenBack { .. }]),
            "{gone}: {recovered:?}"
        );
        assert_eq!(reopened(&m).1, [], "{gone}: settled once");
        assert_eq!(fs::read(m.at("changed")).unwrap(), b"one\r\ntwo");
        let left = entries(&m);
        let staged = left
            .keys()
            .find(|path| path.file_name().is_some_and(is_staged));
        assert_eq!(staged, None, "{gone}");
    }
}

#[test]
fn a_folder_that_is_a_link_after_a_crash_is_left_alone_and_named() {
    let (m, _draft) = died_at("performed");
    let elsewhere = m.dir.path().join("elsewhere");
    fs::rename(m.at("new"), &elsewhere).unwrap();
    symlink(&elsewhere, m.at("new")).unwrap();
    let (_, recovered) = reopened(&m);
    let [taken] = &recovered[..] else {
        panic!("{recovered:?}")
    };
    assert!(
        taken.sentence().contains("new/er/f"),
        "{}",
        taken.sentence()
    );
    assert_eq!(fs::read(elsewhere.join("er/f")).unwrap(), b"n");
    assert_eq!(fs::read(m.at("changed")).unwrap(), b"one\r\ntwo");
}

#[test]
fn leftovers_of_a_complete_apply_are_said_as_that() {
    let m = Machine::new(&[("src/a", b"1")]);
    let draft = m.draft();
    draft.edit("1", &[put("src/a", b"2")]).unwrap();
    let (applier, approved) = (m.applier(), all(&draft));
    let (guard, _) = at_point("committed", 1, || Err(rustix::io::Errno::IO.into()));
    let id = applied(applier.apply(TASK, &approved).unwrap());
    drop(guard);
    let elsewhere = m.dir.path().join("elsewhere");
    fs::rename(m.at("src"), &elsewhere).unwrap();
    symlink(&elsewhere, m.at("src")).unwrap();
    let (_, recovered) = reopened(&m);
    let [left] = &recovered[..] else {
        panic!("{recovered:?}")
    };
    let sentence = left.sentence();
    assert!(
        sentence.contains("complete") && sentence.contains("temporary"),
        "{sentence}"
    );
    fs::remove_file(m.at("src")).unwrap();
    fs::rename(&elsewhere, m.at("src")).unwrap();
    let (applier, recovered) = reopened(&m);
    assert_eq!(recovered, []);
    assert_eq!(entries(&m).len(), 2, "the leftovers are gone");
    applied(applier.undo(&id).unwrap());
    assert_eq!(fs::read(m.at("src/a")).unwrap(), b"1");
}

#[test]
fn one_file_under_two_names_is_changed_under_both() {
    let m = Machine::new(&[("twice", b"old"), ("a", b"1")]);
    fs::hard_link(m.at("twice"), m.at("same")).unwrap();
    let before = m.tree();
    let draft = m.draft();
    let edits = [put("same", b"new"), put("twice", b"new"), put("a", b"2")];
    draft.edit("1", &edits).unwrap();
    let applier = m.applier();
    let id = applied(applier.apply(TASK, &all(&draft)).unwrap());
    assert_eq!(fs::read(m.at("same")).unwrap(), b"new");
    assert_eq!(fs::metadata(m.at("same")).unwrap().nlink(), 2);
    applied(applier.undo(&id).unwrap());
    assert_eq!(m.tree().entries, before.entries);
    assert_eq!(fs::metadata(m.at("same")).unwrap().nlink(), 2);
}

#[test]
fn a_stored_version_that_the_disk_damaged_does_not_spoil_the_undo() {
    let m = Machine::new(&[("a", b"old")]);
    let id = m.blobs().put(b"old").unwrap().to_string();
    write(
        &m.data().join("blobs").join(&id[..2]).join(&id[2..]),
        b"odd",
    );
    let draft = m.draft();
    draft.edit("1", &[put("a", b"new")]).unwrap();
    let applier = m.applier();
    let id = applied(applier.apply(TASK, &all(&draft)).unwrap());
    applied(applier.undo(&id).unwrap());
    assert_eq!(fs::read(m.at("a")).unwrap(), b"old");
}

#[test]
fn odd_names_and_empty_files_come_and_go_exactly() {
    use std::os::unix::ffi::OsStrExt;
    let odd = Path::new(std::ffi::OsStr::from_bytes(b"d/\xff\n\"new"));
    let m = Machine::new(&[("empty", b""), ("full", b"1"), ("gone", b"")]);
    fs::create_dir(m.at("d")).unwrap();
    fs::write(m.at("").join(odd), b"1").unwrap();
    let before = m.tree();
    let draft = m.draft();
    let change = crate::project::draft::Change::Write {
        bytes: Vec::new(),
        mode: None,
    };
    let named = crate::project::draft::Edit {
        path: crate::project::path::RelPath::new(odd).unwrap(),
        change,
    };
    let edits = [
        put("empty", b"1"),
        put("full", b""),
        delete("gone"),
        put("d/created", b""),
        named,
    ];
    draft.edit("1", &edits).unwrap();
    let applier = m.applier();
    let id = applied(applier.apply(TASK, &all(&draft)).unwrap());
    assert_eq!(
        entries(&m),
        crate::project::fixture::look(draft.tree()).entries
    );
    let (applier, _) = reopened(&m);
    applied(applier.undo(&id).unwrap());
    assert_eq!(entries(&m), before.entries);
}

#[test]
fn undoing_a_redo_brings_back_what_was_there_before_the_redo() {
    let m = Machine::new(&[("a", b"1"), ("b", b"1")]);
    let draft = m.draft();
    draft.edit("1", &[put("a", b"2"), put("b", b"2")]).unwrap();
    let applier = m.applier();
    let id = applied(applier.apply(TASK, &all(&draft)).unwrap());
    applied(applier.undo(&id).unwrap());
    m.write("a", b"2");
    let before = m.tree();
    applied(applier.redo(&id).unwrap());
    assert_eq!(fs::read(m.at("b")).unwrap(), b"2");
    applied(applier.undo(&id).unwrap());
    assert_eq!(m.tree(), before, "also the person's own doing");
}

#[test]
fn a_persons_file_that_only_looks_a_little_like_ours_is_theirs() {
    let m = Machine::new(&[(".greenlight-theme", b"1")]);
    let draft = m.draft();
    m.write(".greenlight-theme", b"2");
    m.write(&format!(".greenlight-{}", "a".repeat(32)), b"ours");
    let refreshed = draft.refresh().unwrap();
    assert_eq!(refreshed.updated, [rel(".greenlight-theme")]);
}
