//! The promise: from opening to Apply, nothing in the folder changes, whatever the agent runs.
//!
//! Two witnesses: everything there is to know about the tree before and after, and the kernel's own
//! account of every write in between.

use std::fs;
use std::path::Path;

use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::project::Project;
use support::project::snapshot;

use crate::client::shown;
use crate::traces::processes;
use crate::world::World;

/// A folder with one of everything that a change would show in.
fn full_of_things() -> Project {
    Project::new()
        .file("readme.txt", "one banana\ntwo bananas\n")
        .file("src/main.txt", "a cat\na dog\n")
        .file("src/deep/er/leaf.txt", "a leaf\n")
        .file("run.sh", "#!/bin/sh\necho a\n")
        .mode("run.sh", 0o755)
        .file("secret.txt", "a secret\n")
        .mode("secret.txt", 0o600)
        .file("locked.txt", "locked, alas\n")
        .mode("locked.txt", 0o400)
        .file("data.bin", [0_u8, 159, 146, 150, 10, 13, 10, 97])
        .file("windows.txt", "a\r\nb\r\n")
        .file("with space/and 'quotes'.txt", "a\n")
        .folder("empty")
        .link("to-readme", "readme.txt")
        .link("to-src", "src")
        .link("out", "../outside.txt")
        .link("nowhere", "does/not/exist")
        .hard_link("readme-again.txt", "readme.txt")
        .mtime("readme.txt", 1_000_000_000, 123_456_789)
        .mtime("src", 1_100_000_000, 987_654_321)
}

/// Commands that would do harm, each with what it prints when it has really run.
fn attacks(root: &Path) -> Vec<(String, &'static str)> {
    let root = root.display();
    vec![
        (
            format!(
                "cd / && rm -rf '{root}'/* '{root}'/.[!.]*; cd '{root}'; rm -rf . 2>/dev/null; \
                 find . -mindepth 1 -delete; ls -A | wc -l"
            ),
            "0",
        ),
        (
            "git init -q . && git add -A . && \
             git -c user.name=a -c user.email=a@b.c commit -qm first && git log --oneline | wc -l"
                .to_owned(),
            "1",
        ),
        (
            "find . -type f -exec sed -i -e 's/a/b/g' -e 's/$/ /' {} + ; grep -c bbnbnb readme.txt"
                .to_owned(),
            "2",
        ),
        (
            format!(
                "echo new > '{root}/src/new.txt'; echo more >> '{root}/readme.txt'; \
                 : > '{root}/data.bin'; dd if=/dev/zero of='{root}/src/main.txt' bs=1 count=3 \
                 conv=notrunc status=none; tail -n 1 '{root}/readme.txt'"
            ),
            "more",
        ),
        (
            format!(
                "chmod -R 777 '{root}'; touch -t 200001010000 '{root}/readme.txt' '{root}/src'; \
                 touch -h to-readme; stat -c %a secret.txt"
            ),
            "777",
        ),
        (
            format!(
                "mv src moved; mv readme.txt moved/; mv empty .empty; mv '{root}' '{root}2' 2>&1; \
                 ls moved | grep -c ."
            ),
            "3",
        ),
        (
            format!(
                "ln -s '{root}' up; echo x > up/readme.txt; ln -sfn /etc to-src; rm nowhere; \
                 ln -s . loop; echo y > loop/loop/up/secret.txt; echo z > out; ln -f run.sh hard; \
                 echo w >> hard; cat loop/secret.txt"
            ),
            "y",
        ),
        (
            format!(
                "setsid sh -c 'while :; do echo late >> \"{root}/readme.txt\"; done' MARK \
                 >/dev/null 2>&1 & until grep -q late readme.txt; do :; done; echo started"
            ),
            "started",
        ),
        (
            format!(
                "for at in /proc/1/root /proc/$PPID/root /proc/self/root /proc/1/cwd/..; do \
                 echo x > \"$at{root}/readme.txt\"; done; umount -l '{root}'; \
                 mount -o remount,rw /; nsenter -t 1 -m sh -c 'echo x > {root}/readme.txt'; \
                 unshare -Ur sh -c \"umount '{root}'; echo x > '{root}/src/main.txt'\"; \
                 chroot /proc/1/root sh -c 'echo x > {root}/run.sh'; echo tried"
            ),
            "tried",
        ),
    ]
}

fn holds_in(permission: &str) {
    let project = full_of_things();
    let outside = project.path().with_file_name("outside.txt");
    fs::write(&outside, "not yours\n").expect("a file can be made");
    let mark = format!("mark-{}", std::process::id());
    let attacks = attacks(project.path());
    let around = project.path().parent().expect("a project lies in a folder");
    let before = snapshot(around);
    let mut recorder = project.record();

    let world = World::new();
    let model = Model::start(Vec::new());
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let mut formatted = String::new();
    for (number, (attack, proof)) in attacks.iter().enumerate() {
        model.push(Reply::shell(&attack.replace("MARK", &mark)));
        model.push(Reply::text("Done."));
        let task = serve.work("Do your worst.", permission);
        let output = model.requests()[2 * number + 1].last_result();
        assert!(
            output.trim_end().ends_with(proof),
            "{attack}\nprinted\n{output}"
        );
        assert_eq!(
            processes(&mark),
            Vec::<u32>::new(),
            "{attack}\nleft a process"
        );
        // Looking at what it did is part of the way to Apply.
        let changes = serve.changes(&task);
        for change in &changes {
            assert!(
                !change["path"]
                    .as_str()
                    .unwrap_or_default()
                    .starts_with(".git/"),
                "{change}"
            );
            serve.call(
                "review/open",
                json!({ "task": task, "file": change["id"], "context": 3 }),
            );
        }
        if attack.contains("sed -i") {
            formatted = task;
        }
    }
    model.assert_finished();
    recorder.assert_silent();
    before.assert_unchanged(around);

    let approved = serve.change(&formatted, "src/main.txt");
    let unapplied = project.snapshot();
    let outcome = serve.call(
        "apply/commit",
        json!({ "task": formatted, "files": [shown(&approved)] }),
    );
    assert_eq!(outcome["type"], "done", "{outcome}");
    assert_eq!(project.text("src/main.txt"), "b cbt \nb dog \n");
    let differs = unapplied.diff(&project.snapshot());
    assert!(
        differs
            .iter()
            .all(|line| line.starts_with("src/main.txt: ") || line.starts_with("src: mtime")),
        "{differs:#?}"
    );
    let beside = |event: &String| {
        event.starts_with("src/main.txt: ") || event.starts_with("src/.greenlight-")
    };
    let events = recorder.events();
    assert!(
        !events.is_empty() && events.iter().all(beside),
        "{events:#?}"
    );
    assert_eq!(
        fs::read_to_string(outside).expect("it is there"),
        "not yours\n"
    );
    serve.close();
}

#[test]
fn nothing_changes_before_apply_in_auto() {
    holds_in("auto");
}

#[test]
fn nothing_changes_before_apply_with_full_access() {
    holds_in("full");
}

#[test]
fn opening_and_reading_writes_nothing_and_runs_nothing() {
    let project = full_of_things()
        .file(
            ".git/config",
            "[core]\n\tfsmonitor = \"touch ran-fsmonitor\"\n\tpager = touch ran\n",
        )
        .file(".git/HEAD", "ref: refs/heads/main\n")
        .folder(".git/objects")
        .folder(".git/refs")
        .file(
            "package.json",
            r#"{"scripts":{"prepare":"touch ran-prepare"}}"#,
        )
        .file(".envrc", "touch ran-envrc\n");
    let before = project.snapshot();
    let mut recorder = project.record();
    let world = World::new();
    let model = Model::start(Reply::text("It is about bananas."));
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(model.requests().len(), 0, "opening asks no model");
    let task = serve.work("What is this?", "readOnly");
    assert_eq!(serve.changes(&task).len(), 0);
    serve.call("project/close", json!({}));
    serve.close();
    recorder.assert_silent();
    before.assert_unchanged(project.path());
}
