use std::fs;

use super::*;

struct Seen {
    dir: tempfile::TempDir,
    events: mpsc::Receiver<WatchEvent>,
    watch: Option<Watch>,
}

impl Seen {
    fn of(files: &[(&str, &str)]) -> Self {
        Self::with_budget(files, MOST_WATCHES)
    }

    fn with_budget(files: &[(&str, &str)], budget: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("project")).unwrap();
        let mut seen = Self {
            dir,
            events: mpsc::channel().1,
            watch: None,
        };
        for (path, text) in files {
            seen.write(path, text);
        }
        let (sender, events) = mpsc::channel();
        let watch = Watch::with_budget(&seen.root(), budget, move |event| {
            let _ = sender.send(event);
        });
        seen.watch = Some(watch.unwrap());
        seen.events = events;
        seen
    }

    fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join("project")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn next(&self) -> WatchEvent {
        self.events
            .recv_timeout(Duration::from_secs(60))
            .expect("an event")
    }

    /// Waits until each path was reported, and returns all that was.
    fn wait_for(&self, paths: &[&str]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        while !paths.iter().all(|p| found.contains(*p)) {
            if let WatchEvent::Changed(changed) = self.next() {
                found.extend(changed.iter().map(ToString::to_string));
            }
        }
        found
    }
}

#[test]
fn a_write_is_seen_soon_and_ignored_files_never() {
    let seen = Seen::of(&[(".gitignore", "*.log\nnode_modules\n"), ("src/a.rs", "1")]);
    seen.write("b.log", "x");
    seen.write("node_modules/x/index.js", "x");
    let began = Instant::now();
    seen.write("src/a.rs", "2");
    let found = seen.wait_for(&["src/a.rs"]);
    assert!(
        began.elapsed() < POLL,
        "watched and not polled: {:?}",
        began.elapsed()
    );
    assert_eq!(found, BTreeSet::from(["src/a.rs".to_owned()]));
}

#[test]
fn new_folders_renames_and_deletions_are_seen() {
    let seen = Seen::of(&[("old/x", "1"), ("gone", "1")]);
    seen.write("deep/er/new", "1");
    fs::rename(seen.root().join("old"), seen.root().join("moved")).unwrap();
    fs::remove_file(seen.root().join("gone")).unwrap();
    seen.wait_for(&[
        "deep",
        "deep/er",
        "deep/er/new",
        "old",
        "moved",
        "moved/x",
        "gone",
    ]);
    seen.write("moved/x", "2");
    seen.write("deep/er/new", "2");
    seen.wait_for(&["moved/x", "deep/er/new"]);
}

#[test]
fn a_rule_taken_away_makes_a_folder_seen() {
    let seen = Seen::of(&[(".gitignore", "out\n"), ("out/a", "1")]);
    seen.write(".gitignore", "\n");
    seen.wait_for(&[".gitignore"]);
    seen.write("out/a", "2");
    seen.wait_for(&["out/a"]);
}

#[test]
fn without_watches_the_tree_is_polled_and_that_is_said() {
    let seen = Seen::with_budget(&[("a/b/c", "1"), (".gitignore", "*.log\n")], 1);
    let WatchEvent::Notice(notice) = seen.next() else {
        panic!("a notice comes first")
    };
    assert!(notice.contains(&*seen.root().to_string_lossy()), "{notice}");
    seen.write("x.log", "1");
    // Another length: two writes this close may have the same time.
    seen.write("a/b/c", "12");
    seen.write("a/new", "1");
    let found = seen.wait_for(&["a/b/c", "a/new"]);
    assert!(!found.contains("x.log"), "{found:?}");
}

#[test]
fn a_folder_that_goes_away_is_reported_once() {
    for budget in [1, MOST_WATCHES] {
        let seen = Seen::with_budget(&[("a/b", "1")], budget);
        fs::rename(seen.root(), seen.dir.path().join("elsewhere")).unwrap();
        loop {
            if seen.next() == WatchEvent::RootGone {
                break;
            }
        }
        assert!(
            seen.events.recv_timeout(Duration::from_secs(5)).is_err(),
            "nothing follows"
        );
    }
}

#[test]
fn dropping_ends_it() {
    let mut seen = Seen::of(&[("a", "1")]);
    drop(seen.watch.take());
    seen.write("a", "2");
    assert!(
        seen.events.recv().is_err(),
        "the thread and its sender are gone"
    );
}

#[test]
fn fifty_thousand_files_that_are_moved_in_are_each_told_once_and_stay_watched() {
    let seen = Seen::of(&[("a", "1"), (".gitignore", "dist\n")]);
    let outside = seen.dir.path().join("outside");
    for part in 0..100 {
        fs::create_dir_all(outside.join(format!("part{part}"))).unwrap();
        for file in 0..500 {
            fs::write(outside.join(format!("part{part}/{file}")), "").unwrap();
        }
    }
    fs::create_dir(outside.join("dist")).unwrap();
    fs::write(outside.join("dist/made"), "").unwrap();
    fs::rename(&outside, seen.root().join("dropped")).unwrap();
    let mut found = BTreeSet::new();
    while found.len() < 1 + 100 + 50_000 {
        match seen.next() {
            WatchEvent::Changed(changed) => {
                for path in changed {
                    assert!(!path.to_string().contains("dist"), "{path}");
                    assert!(found.insert(path.clone()), "{path} was told twice");
                }
            }
            other => panic!("{other:?}"),
        }
    }
    seen.write("dropped/part99/499", "2");
    seen.wait_for(&["dropped/part99/499"]);
}
