//! Machines that lack something: room on the disk, bubblewrap, user namespaces.

use std::ffi::OsStr;

use serde_json::Value;
use support::model::Model;
use support::model::Reply;
use support::project::Project;

use crate::client::Serve;
use crate::world::Ran;
use crate::world::World;

#[test]
fn a_disk_with_no_room_for_the_draft_is_said() {
    let project = Project::new().file("big.bin", vec![7; 8 << 20]);
    let before = project.snapshot();
    let world = World::new();
    let model = Model::start(Vec::new());
    let script = "mount -t tmpfs -o size=4m tmpfs \"$SHARE\"";
    let mut command = world.with_mounts(&model.base_url(), project.path(), script);
    command
        .arg("run")
        .arg("--project")
        .arg(project.path())
        .arg("Hello");
    let got = Ran::of(&mut command).ended(5);
    assert!(
        got.err.contains("not enough room on the disk"),
        "{}",
        got.err
    );
    assert!(
        got.err.contains(project.path().to_str().unwrap()),
        "{}",
        got.err
    );
    assert!(got.err.contains("Your folder is unchanged"), "{}", got.err);
    assert_eq!(model.requests().len(), 0, "nothing was sent");
    before.assert_unchanged(project.path());
}

#[test]
fn a_disk_that_a_command_fills_ends_the_command_and_not_the_task() {
    let project = Project::new().file("a.txt", "a\n");
    let before = project.snapshot();
    let world = World::new();
    let model = Model::start([
        Reply::shell("dd if=/dev/zero of=big bs=1M count=200; rm big; echo b > a.txt"),
        Reply::text("The disk was full."),
    ]);
    let script = "mount -t tmpfs -o size=32m tmpfs \"$SHARE\"";
    let mut command = world.with_mounts(&model.base_url(), project.path(), script);
    command
        .arg("run")
        .arg("--project")
        .arg(project.path())
        .arg("Fill it");
    let got = Ran::of(&mut command).ended(0);
    let told = model.requests()[1].last_result();
    assert!(told.contains("No space left on device"), "{told}");
    assert!(
        got.out.contains("The disk was full.") && got.out.contains("+b"),
        "{}",
        got.out
    );
    before.assert_unchanged(project.path());
}

#[test]
fn a_disk_that_stays_full_never_costs_the_folder() {
    let project = Project::new().file("a.txt", "a\n");
    let before = project.snapshot();
    let world = World::new();
    let model = Model::start([
        Reply::shell("echo b > a.txt; dd if=/dev/zero of=big bs=64k count=4000"),
        Reply::text("The disk is full."),
    ]);
    let script = "mount -t tmpfs -o size=32m tmpfs \"$SHARE\"";
    let mut command = world.with_mounts(&model.base_url(), project.path(), script);
    command.arg("serve").arg("--data").arg(world.data());
    let mut serve = Serve::spawn(&mut command);
    serve.open(project.path());
    let task = serve.start("Fill it", "auto");
    let ended = serve.ended(&task);
    assert!(
        ["done", "failed"].contains(&ended["turn"].as_str().unwrap()),
        "{ended}"
    );
    let told = serve
        .events()
        .iter()
        .map(Value::to_string)
        .collect::<String>()
        .to_lowercase();
    assert!(told.contains("space") || told.contains("room"), "{told}");
    before.assert_unchanged(project.path());
}

#[test]
fn without_bubblewrap_nothing_runs_and_the_reason_is_given() {
    let project = Project::new().file("a.txt", "a\n");
    let before = project.snapshot();
    let world = World::new();
    let witness = world.folder().join("ran");
    let patch = "*** Begin Patch\n*** Update File: a.txt\n@@\n-a\n+b\n*** End Patch\n";
    for permission in ["auto", "full", "read-only"] {
        let model = Model::start([
            Reply::shell(&format!("touch {}; cat a.txt", witness.display())),
            Reply::patch(patch),
            Reply::text("I could not run anything."),
        ]);
        let script = "for at in /usr/bin /usr/local/bin /bin; do \
                      [ ! -e $at/bwrap ] || mount --bind /dev/null $at/bwrap; done";
        let mut command = world.with_mounts(&model.base_url(), project.path(), script);
        command.arg("run").arg("--project").arg(project.path());
        command.args(["--json", "--permission", permission, "Try"]);
        let got = Ran::of(&mut command).ended(6);
        let told = model.requests()[1].last_result();
        assert!(told.contains("bubblewrap"), "{told}");
        assert!(!witness.exists(), "nothing runs unconfined");
        let refused = got.items("refused");
        assert!(
            refused[0]["reason"]
                .as_str()
                .unwrap()
                .contains("apt install bubblewrap")
        );
        // Edits need no command.
        let diff = got.lines().last().unwrap()["diff"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(diff.contains("+b"), permission != "read-only", "{diff}");
        before.assert_unchanged(project.path());
    }
}

#[test]
fn without_user_namespaces_nothing_runs_and_the_reason_is_given() {
    let project = Project::new().file("a.txt", "a\n");
    let before = project.snapshot();
    let world = World::new();
    let model = Model::start([Reply::shell("cat a.txt"), Reply::text("I could not.")]);
    // A system that refuses them: of this namespace's own, no more can be made.
    let script = "mount --bind /proc/sys/user/max_user_namespaces \
                  /proc/sys/user/max_user_namespaces; echo 0 > /proc/sys/user/max_user_namespaces";
    let script = format!("set -e\n{script}\nexec \"$@\"");
    let words = [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        &script,
        "sh",
    ];
    let words: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
    let mut command = world.through(&words, &model.base_url());
    command
        .arg("run")
        .arg("--project")
        .arg(project.path())
        .args(["--json", "Try"]);
    let got = Ran::of(&mut command).ended(6);
    let reason = got.items("refused")[0]["reason"].to_string();
    assert!(
        reason.contains("refuses user namespaces") || reason.contains("cannot confine"),
        "{reason}"
    );
    assert!(model.requests()[1].last_result().contains("was not run"));
    before.assert_unchanged(project.path());
}
