//! What is never written, and what makes an apply impossible: a sentence, and nothing changed.

use super::*;

#[test]
fn what_must_not_be_written_is_refused_by_name() {
    let m = Machine::new(&[
        ("a", b"1"),
        ("bare/HEAD", b"x"),
        ("bare/objects/x", b"x"),
        ("bare/refs/x", b"x"),
        ("real/x", b"x"),
        ("folder/x", b"x"),
    ]);
    symlink("real", m.at("linked")).unwrap();
    let outside = m.dir.path().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, m.at("out")).unwrap();
    let blob = m.blobs().put(b"new").unwrap();
    let kind = crate::project::stat::Kind::File;
    let new = Version {
        blob,
        kind,
        mode: 0o644,
        size: 3,
    };
    let approve = |path: &str| Approved {
        path: rel(path),
        base: None,
        result: Some(new),
        prune: true,
    };
    let before = m.tree();
    for (path, why) in [
        (".git/hooks/pre-commit", "git metadata"),
        ("sub/.GiT/config", "git metadata"),
        ("bare/hooks/x", "git repository"),
        ("linked/y", "symbolic link"),
        ("out/y", "symbolic link"),
        ("a/b", "not a folder"),
    ] {
        let sentence = failed(
            m.applier()
                .apply(TASK, &[approve("fine"), approve(path)])
                .unwrap(),
        );
        assert!(sentence.contains(why), "{path}: {sentence}");
        assert!(sentence.contains("Nothing was changed."), "{sentence}");
    }
    let sentence = failed(
        m.applier()
            .apply(TASK, &[approve("x"), approve("x")])
            .unwrap(),
    );
    assert!(sentence.contains("twice"), "{sentence}");
    let outcome = m
        .applier()
        .apply(TASK, &[approve("fine"), approve("folder")])
        .unwrap();
    assert!(!matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
    assert_eq!(m.tree(), before);
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn an_approved_version_that_is_lost_or_damaged_is_not_written() {
    let m = Machine::new(&[("a", b"1")]);
    let draft = m.draft();
    draft.edit("1", &[put("a", b"good")]).unwrap();
    let approved = all(&draft);
    let id = approved[0].result.unwrap().blob.to_string();
    let place = m.data().join("blobs").join(&id[..2]).join(&id[2..]);
    fs::write(&place, b"evil").unwrap();
    assert!(failed(m.applier().apply(TASK, &approved).unwrap()).contains("damaged"));
    fs::remove_file(&place).unwrap();
    assert!(failed(m.applier().apply(TASK, &approved).unwrap()).contains("missing"));
    assert_eq!(fs::read(m.at("a")).unwrap(), b"1");
    assert_eq!(entries(&m).len(), 1);
}

#[test]
fn a_folder_that_may_not_be_written_is_refused_before_anything() {
    crate::project::fixture::as_an_ordinary_person(|| {
        let m = Machine::new(&[("a", b"1"), ("sealed/b", b"1")]);
        let draft = m.draft();
        draft
            .edit("1", &[put("a", b"2"), put("sealed/b", b"2")])
            .unwrap();
        fs::set_permissions(m.at("sealed"), fs::Permissions::from_mode(0o555)).unwrap();
        let before = m.tree();
        let sentence = failed(m.applier().apply(TASK, &all(&draft)).unwrap());
        assert!(
            sentence.contains("sealed/b") && sentence.contains("permission"),
            "{sentence}"
        );
        assert_eq!(m.tree(), before);
        fs::set_permissions(m.at("sealed"), fs::Permissions::from_mode(0o755)).unwrap();
    });
}

#[test]
fn a_full_disk_is_named_and_the_old_tree_stays() {
    crate::project::fixture::on_a_small_disk("apply", |disk| {
        let data = tempfile::tempdir().unwrap();
        let dir = tempfile::tempdir_in(disk).unwrap();
        let m = Machine::in_dir(dir, &[("a", b"1"), ("b", b"1")]);
        let blobs = Blobs::open(&data.path().join("blobs")).unwrap();
        let dir = data.path().join("draft");
        let cancel = tokio_util::sync::CancellationToken::new();
        let draft = Draft::create(&m.project(), &dir, blobs.clone(), &|_| {}, &cancel).unwrap();
        draft
            .edit("1", &[put("a", b"2"), put("b", &vec![1; 2 << 20])])
            .unwrap();
        let applier = Applier::open(&m.project(), data.path(), blobs).unwrap().0;
        let before = m.tree();
        let sentence = failed(applier.apply(TASK, &all(&draft)).unwrap());
        assert!(sentence.contains("full") && sentence.contains("Nothing was changed"));
        assert_eq!(m.tree(), before);
        // Room for the bytes and none for further files.
        let many: Vec<_> = (0..200).map(|i| put(&format!("n/{i}"), b"x")).collect();
        draft.edit("2", &[delete("b")]).unwrap();
        draft.edit("3", &many).unwrap();
        let sentence = failed(applier.apply(TASK, &all(&draft)).unwrap());
        assert!(sentence.contains("full") && sentence.contains("Nothing was changed"));
        assert_eq!(entries(&m), before.entries);
    });
}

#[test]
fn a_project_that_is_another_folder_now_is_not_written() {
    let m = Machine::new(&[("a", b"1")]);
    let draft = m.draft();
    draft.edit("1", &[put("a", b"2")]).unwrap();
    let (approved, applier) = (all(&draft), m.applier());
    fs::rename(m.root(), m.dir.path().join("moved")).unwrap();
    crate::project::fixture::write(&m.dir.path().join("project/a"), b"1");
    let sentence = failed(applier.apply(TASK, &approved).unwrap());
    assert!(sentence.contains("no longer the folder"), "{sentence}");
    assert_eq!(fs::read(m.at("a")).unwrap(), b"1");
}
