//! What the index keeps, and what it does with a file it cannot use.

use super::*;
use crate::store::index::allowed::AllowedRow;

fn task(id: &str, project: &str) -> TaskRow {
    TaskRow {
        id: id.into(),
        project: project.into(),
        title: "Coupons".into(),
        state: "working".into(),
        turn_state: "running".into(),
        turn: 1,
        model: "gpt-5-codex".into(),
        effort: "high".into(),
        permission: "auto".into(),
        created_at: 5,
        changed_at: 6,
    }
}

#[test]
fn what_was_written_is_there_after_reopening() {
    let data = tempfile::tempdir().unwrap();
    let odd = Path::new("/p/with \"quotes\"\nand: a, newline");
    let index = Index::open(data.path()).unwrap();
    let project = index.open_project(odd, false, 10).unwrap();
    index.put_task(&task("t1", &project.id)).unwrap();
    let mark = MarkRow {
        path: b"a\xff".to_vec(),
        shown: "v1".into(),
        mark: "approved".into(),
        versions: "both".into(),
        parts: "some".into(),
    };
    index.put_marks("t1", std::slice::from_ref(&mark)).unwrap();
    index.keep_unsent(&project.id, "t1", "half a sent").unwrap();
    drop(index);

    let index = Index::open(data.path()).unwrap();
    assert_eq!(index.recent().unwrap(), vec![project.clone()]);
    assert_eq!(
        index.tasks(&project.id).unwrap(),
        vec![task("t1", &project.id)]
    );
    assert_eq!(index.marks("t1").unwrap(), vec![mark.clone()]);
    assert_eq!(index.unsent(&project.id, "t1").unwrap(), "half a sent");
    index
        .put_marks(
            "t1",
            &[MarkRow {
                mark: String::new(),
                ..mark
            }],
        )
        .unwrap();
    assert_eq!(index.marks("t1").unwrap(), vec![]);
    assert_eq!(index.open_project(odd, false, 11).unwrap().id, project.id);
    index.forget(&project.id).unwrap();
    assert_eq!(index.recent().unwrap(), vec![]);
    assert!(
        index.project(&project.id).unwrap().is_some(),
        "forgotten is not deleted"
    );
}

#[test]
fn a_broken_file_is_kept_aside() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("index.sqlite"), vec![7u8; 8192]).unwrap();
    let index = Index::open(data.path()).unwrap();
    assert_eq!(index.recent().unwrap(), vec![]);
    assert!(index.aside().is_some_and(Path::is_file), "and said");
    let kept = std::fs::read_dir(data.path())
        .unwrap()
        .filter_map(Result::ok)
        .find(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .starts_with("index.broken-")
        })
        .expect("the broken file is kept");
    assert_eq!(std::fs::read(kept.path()).unwrap(), vec![7u8; 8192]);
}

#[test]
fn damage_in_the_middle_of_the_file_is_found_at_the_start() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("index.sqlite");
    let index = Index::open(data.path()).unwrap();
    let project = index.open_project(Path::new("/p"), false, 1).unwrap();
    for n in 0..200 {
        index
            .put_task(&task(&format!("task-{n}"), &project.id))
            .unwrap();
    }
    drop(index);
    let mut bytes = std::fs::read(&path).unwrap();
    let half = bytes.len() / 2 / 4096 * 4096;
    bytes[half..half + 4096].fill(0x5a);
    std::fs::write(&path, &bytes).unwrap();
    let index = Index::open(data.path()).unwrap();
    let aside = index.aside().expect("it is put aside");
    assert_eq!(std::fs::read(aside).unwrap(), bytes);
    assert_eq!(index.tasks(&project.id).unwrap(), []);
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("index.sqlite");
    Connection::open(&path)
        .unwrap()
        .execute_batch("PRAGMA user_version = 99")
        .unwrap();
    let error = Index::open(data.path()).unwrap_err();
    assert!(
        matches!(error, IndexError::Newer { found: 99, .. }),
        "{error}"
    );
}

#[test]
fn an_index_of_an_older_version_is_brought_up_to_date_with_all_in_it() {
    let data = tempfile::tempdir().unwrap();
    let old = Connection::open(data.path().join("index.sqlite")).unwrap();
    old.execute_batch(&format!("{CREATE} PRAGMA user_version = 1;"))
        .unwrap();
    old.execute_batch(
        "INSERT INTO project VALUES ('p1', CAST('/p' AS BLOB), 10, 0, 1);
         INSERT INTO task VALUES ('t1', 'p1', 'Coupons', 'working', 'running', 1, 'gpt-5-codex',
             'auto', 5, 6);",
    )
    .unwrap();
    drop(old);
    for _ in 0..2 {
        let index = Index::open(data.path()).unwrap();
        let without = TaskRow {
            effort: String::new(),
            ..task("t1", "p1")
        };
        assert_eq!(index.tasks("p1").unwrap(), vec![without]);
    }
    let index = Index::open(data.path()).unwrap();
    index.put_task(&task("t1", "p1")).unwrap();
    assert_eq!(index.tasks("p1").unwrap(), vec![task("t1", "p1")]);
}

#[test]
fn what_is_always_allowed_belongs_to_the_folder_and_not_to_its_place() {
    let data = tempfile::tempdir().unwrap();
    let index = Index::open(data.path()).unwrap();
    let place = Path::new("/p/shop");
    let project = index.open_project(place, false, 1).unwrap();
    index.put_trust(place, "first", true).unwrap();
    let row = AllowedRow {
        id: "a".into(),
        project: project.id.clone(),
        digest: "d".into(),
        argv: vec!["npm".into(), "test".into()],
        folder: "/p/shop".into(),
        profile: "the network".into(),
        made_at: 2,
    };
    index.always_allow(&row).unwrap();
    index.put_trust(place, "first", false).unwrap();
    index.put_trust(place, "first", true).unwrap();
    assert!(index.is_always_allowed(&project.id, "d").unwrap());
    index
        .put_trust(Path::new("/p/other"), "else", true)
        .unwrap();
    assert!(index.is_always_allowed(&project.id, "d").unwrap());
    index.put_trust(place, "second", true).unwrap();
    assert!(!index.is_always_allowed(&project.id, "d").unwrap());
}
