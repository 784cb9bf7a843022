//! What the person does to the project while a task has a draft of it.

use super::*;

#[test]
fn the_draft_floats_where_the_task_has_not_been() {
    let m = Machine::new(&[("a", b"1"), ("mine", b"1"), ("d/x", b"1"), ("gone/y", b"1")]);
    let draft = m.draft();
    draft.edit("1", &[put("mine", b"draft")]).unwrap();
    m.write("a", b"person");
    m.write("new/z", b"person");
    fs::remove_dir_all(m.at("gone")).unwrap();
    fs::set_permissions(m.at("d/x"), fs::Permissions::from_mode(0o755)).unwrap();
    let refreshed = draft.refresh().unwrap();
    let updated: Vec<_> = refreshed.updated.iter().map(ToString::to_string).collect();
    assert_eq!(updated, ["a", "d/x", "gone/y", "new/z"]);
    assert_eq!(refreshed.conflicts, []);
    assert_eq!(draft.read(&rel("a")).unwrap(), b"person");
    assert_eq!(draft.read(&rel("new/z")).unwrap(), b"person");
    assert_eq!(draft.stat(&rel("gone")).unwrap(), None);
    assert_eq!(draft.stat(&rel("d/x")).unwrap().unwrap().mode, 0o755);
    assert_eq!(
        draft.record("2").unwrap().files,
        [],
        "the person's edits are not the agent's"
    );
    assert_eq!(draft.changes().unwrap().files.len(), 1);
    assert_eq!(draft.refresh().unwrap(), Refreshed::default());
}

#[test]
fn a_build_is_not_mixed_with_the_persons_build() {
    let m = Machine::new(&[
        (".gitignore", b"target\nnode_modules\n"),
        ("target/debug/a.o", b"1"),
        ("target/debug/b.o", b"1"),
        ("node_modules/x", b"1"),
    ]);
    let draft = m.draft();
    sh(&draft, "printf draft > target/debug/a.o");
    assert_eq!(draft.record("1").unwrap().ignored, 1);
    m.write("target/debug/b.o", b"person");
    m.write("target/debug/c.o", b"person");
    m.write("node_modules/x", b"person");
    assert_eq!(draft.refresh().unwrap().updated, [rel("node_modules/x")]);
    let draft = Draft::reopen(draft.dir(), m.blobs()).unwrap();
    assert_eq!(
        draft.refresh().unwrap(),
        Refreshed::default(),
        "kept in mind"
    );
    assert_eq!(draft.read(&rel("target/debug/a.o")).unwrap(), b"draft");
    assert_eq!(draft.read(&rel("target/debug/b.o")).unwrap(), b"1");
    assert!(draft.stat(&rel("target/debug/c.o")).unwrap().is_none());
    assert_eq!(
        draft.record("2").unwrap(),
        Entry {
            call_id: "2".into(),
            ..Entry::default()
        }
    );
}

#[test]
fn a_file_that_both_touched_is_a_conflict_with_both_versions() {
    let m = Machine::new(&[("a", b"1"), ("b", b"1"), ("c", b"1")]);
    let draft = m.draft();
    draft
        .edit(
            "1",
            &[put("a", b"draft"), put("b", b"both"), put("c", b"draft")],
        )
        .unwrap();
    m.write("a", b"person");
    m.write("b", b"both");
    fs::remove_file(m.at("c")).unwrap();
    let seen = change(&draft, "a")
        .unwrap()
        .conflict
        .expect("visible before the next refresh");
    assert_eq!(
        m.blobs().get(&seen.project.unwrap().blob).unwrap(),
        b"person"
    );
    assert!(seen.base_known);
    assert_eq!(draft.refresh().unwrap().conflicts, [rel("a"), rel("c")]);
    assert_eq!(
        draft.read(&rel("a")).unwrap(),
        b"draft",
        "the task's bytes stay"
    );
    assert_eq!(change(&draft, "a").unwrap().conflict, Some(seen));
    assert_eq!(change(&draft, "b"), None, "the same change twice is none");
    assert_eq!(change(&draft, "c").unwrap().conflict.unwrap().project, None);
    m.write("a", b"1");
    draft.refresh().unwrap();
    assert_eq!(
        change(&draft, "a").unwrap().conflict,
        None,
        "taken back, so no conflict any more"
    );
}

#[test]
fn an_unknown_base_is_never_guessed() {
    let m = Machine::new(&[("a", b"1")]);
    // The copy must not be so fresh that the bytes were kept beside it.
    let old = std::time::SystemTime::now();
    let draft = loop {
        let draft = m.draft();
        if draft.lock().manifest.pairs[&rel("a")].kept.is_none() {
            break draft;
        }
        assert!(
            old.elapsed().unwrap().as_secs() < 60,
            "a file becomes old enough"
        );
    };
    m.write("a", b"person");
    sh(&draft, "printf draft > a");
    let entry = draft.record("1").unwrap();
    assert_eq!(entry.files[0].before, Before::Unknown);
    let change = change(&draft, "a").unwrap();
    let conflict = change.conflict.unwrap();
    assert!(!conflict.base_known);
    assert_eq!(change.base, None);
    assert_eq!(
        m.blobs().get(&conflict.project.unwrap().blob).unwrap(),
        b"person"
    );
}

#[test]
fn a_file_too_fresh_for_its_times_keeps_its_base() {
    let m = Machine::new(&[]);
    let began = std::time::Instant::now();
    let draft = loop {
        m.write("a", b"1");
        let draft = m.draft();
        if draft.lock().manifest.pairs[&rel("a")].kept.is_some() {
            break draft;
        }
        assert!(
            began.elapsed().as_secs() < 60,
            "a file is copied right after it is written"
        );
    };
    m.write("a", b"2");
    sh(&draft, "printf draft > a");
    let entry = draft.record("1").unwrap();
    let Before::Was(base) = entry.files[0].before else {
        panic!("{entry:?}")
    };
    assert_eq!(
        m.blobs().get(&base.blob).unwrap(),
        b"1",
        "what the draft was copied from"
    );
}

#[test]
fn a_disk_with_no_room_for_the_persons_edit_keeps_what_the_draft_had() {
    crate::project::fixture::on_a_small_disk("refresh", |disk| {
        let m = Machine::new(&[("a", b"1"), ("b", b"1")]);
        let cancel = CancellationToken::new();
        let dir = disk.join("d");
        let draft = Draft::create(&m.project(), &dir, m.blobs(), &|_| {}, &cancel).unwrap();
        m.write("a", &vec![1; 2 << 20]);
        let error = draft.refresh().unwrap_err();
        assert!(matches!(error, DraftError::DiskFull { .. }), "{error}");
        assert_eq!(draft.read(&rel("a")).unwrap(), b"1");
        assert_eq!(fs::read_dir(dir.join("stage")).unwrap().count(), 0);
        assert_eq!(draft.record("1").unwrap().files, []);
        m.write("a", b"small");
        assert_eq!(draft.refresh().unwrap().updated, [rel("a")]);
        assert_eq!(draft.read(&rel("a")).unwrap(), b"small");
    });
}

#[test]
fn files_links_and_folders_take_each_others_place() {
    let m = Machine::new(&[("f", b"1"), ("l", b"1"), ("d/x", b"1")]);
    let draft = m.draft();
    fs::remove_file(m.at("f")).unwrap();
    m.write("f/inside", b"2");
    fs::remove_file(m.at("l")).unwrap();
    symlink("f", m.at("l")).unwrap();
    fs::remove_dir_all(m.at("d")).unwrap();
    m.write("d", b"2");
    draft.refresh().unwrap();
    let here = crate::project::fixture::look(draft.tree());
    assert_eq!(here.entries, m.tree().entries);
    assert_eq!(draft.record("1").unwrap().files, []);
    assert_eq!(draft.refresh().unwrap(), Refreshed::default());
}

#[test]
fn work_that_is_not_recorded_yet_is_not_overwritten() {
    let m = Machine::new(&[("a", b"1")]);
    let draft = m.draft();
    sh(&draft, "printf background > a");
    m.write("a", b"person");
    assert_eq!(draft.refresh().unwrap(), Refreshed::default());
    assert_eq!(draft.read(&rel("a")).unwrap(), b"background");
    draft.record("1").unwrap();
    assert!(change(&draft, "a").unwrap().conflict.is_some());
}
