use super::*;

fn varied() -> Project {
    Project::named("a 'quoted': name,\nand a newline")
        .file("src/main.rs", "fn main() {}\n")
        .file("run.sh", "#!/bin/sh\n")
        .mode("run.sh", 0o755)
        .link("loop", "loop")
        .fifo("pipe")
        .folder("empty")
        .mtime("run.sh", 1_000_000_000, 123_456_789)
}

#[test]
fn a_snapshot_of_an_untouched_tree_is_the_same() {
    let project = varied();
    let before = project.snapshot();
    assert_eq!(before.diff(&project.snapshot()), Vec::<String>::new());
    assert_eq!(before.files(), ["loop", "pipe", "run.sh", "src/main.rs"]);
    let text = format!("{before:?}");
    assert!(
        text.contains("file 0755 1000000000.123456789 run.sh 10 bytes"),
        "{text}"
    );
}

#[test]
fn a_snapshot_names_what_is_different() {
    let project = varied();
    let times = |project: Project| {
        project
            .mtime("src/main.rs", 1, 0)
            .mtime(".", 1, 0)
            .mtime("src", 1, 0)
    };
    let project = times(project);
    let before = project.snapshot();
    project.write("src/main.rs", "fn main(){}\n\n");
    project.remove("pipe");
    let project =
        project
            .file("new.txt", "")
            .mode("empty", 0o700)
            .mtime("run.sh", 1_000_000_000, 0);
    fs::remove_file(project.at("loop")).unwrap();
    let project = times(project.link("loop", "elsewhere"));
    let diff = before.diff(&project.snapshot());
    let starts = [
        "empty: mode was 0755, is 0700",
        "loop: mtime was",
        "loop: content was loop, is elsewhere",
        "pipe: gone (was a fifo)",
        "run.sh: mtime was 1000000000.123456789, is 1000000000.000000000",
        "src/main.rs: content was 13 bytes, sha256 ",
        "new.txt: new file",
    ];
    assert_eq!(diff.len(), starts.len(), "{diff:#?}");
    for (line, start) in diff.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
}

#[test]
#[should_panic(expected = "run.sh: mode was 0755, is 0644")]
fn a_changed_tree_fails_the_test() {
    let project = varied();
    let before = project.snapshot();
    let project = project.mode("run.sh", 0o644);
    before.assert_unchanged(project.path());
}

#[test]
fn reading_leaves_no_event() {
    let project = varied();
    let mut recorder = project.record();
    project.snapshot();
    assert!(
        std::process::Command::new("cat")
            .arg(project.at("run.sh"))
            .output()
            .unwrap()
            .status
            .success()
    );
    recorder.assert_silent();
}

#[test]
fn every_kind_of_write_leaves_an_event() {
    type Change = fn(&Project);
    let set_mode = |path: PathBuf, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let changes: [(Change, &str); 7] = [
        (|p| p.write("new", ""), "new: created"),
        (|p| p.write("src/main.rs", "x"), "src/main.rs: written"),
        (
            |p| {
                drop(
                    fs::File::options()
                        .append(true)
                        .open(p.at("run.sh"))
                        .unwrap(),
                );
            },
            "run.sh: closed after writing",
        ),
        (|p| p.remove("pipe"), "pipe: deleted"),
        (
            |p| fs::rename(p.at("src"), p.at("lib")).unwrap(),
            "src: moved away",
        ),
        (
            |p| {
                fs::File::open(p.at("run.sh"))
                    .unwrap()
                    .set_modified(SystemTime::UNIX_EPOCH)
                    .unwrap();
            },
            "run.sh: written",
        ),
        (|p| fs::remove_dir(p.at("empty")).unwrap(), "empty: deleted"),
    ];
    // The kernel calls a new time of change a write.
    for (change, expected) in changes {
        let project = varied();
        let mut recorder = project.record();
        change(&project);
        let events = recorder.events();
        assert!(
            events.iter().any(|event| event == expected),
            "{expected} is not in {events:?}"
        );
    }

    // Put back as it was: the snapshot cannot tell, the recorder can. The kernel joins equal
    // events that follow each other.
    let project = varied();
    let before = project.snapshot();
    let mut recorder = project.record();
    set_mode(project.at("run.sh"), 0o600);
    set_mode(project.at("run.sh"), 0o755);
    before.assert_unchanged(project.path());
    assert_eq!(recorder.events(), ["run.sh: attributes changed"]);
}

#[test]
fn closed_folders_are_removed_with_the_project() {
    let project = Project::new()
        .file("closed/file", "x")
        .mode("closed/file", 0)
        .mode("closed", 0);
    let path = project.path().to_owned();
    drop(project);
    assert!(!path.exists());
}
