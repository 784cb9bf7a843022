//! Folders as people have them: odd paths, odd files, full disks, folders that are not projects.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::project::Project;

use crate::client::Serve;
use crate::client::shown;
use crate::world::World;

#[test]
fn folders_that_are_no_project_are_refused_by_name() {
    let project = Project::new().file("a.txt", "a\n");
    let world = World::new();
    let model = Model::start(Vec::new());
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    fs::create_dir_all(world.home().join("work")).unwrap();
    let home = world.home().canonicalize().unwrap();
    let data = world.data().canonicalize().unwrap();
    let around = world.folder().canonicalize().unwrap();
    let place = |path: &Path| path.to_str().unwrap().to_owned();
    for (path, named, why) in [
        ("/".to_owned(), "`/`".to_owned(), "whole system"),
        (place(&home), place(&home), "home folder"),
        (place(&around), place(&around), "home folder"),
        (place(&data), place(&data), "Greenlight's own data"),
        (
            place(&data.join("blobs")),
            "blobs".to_owned(),
            "Greenlight's own data",
        ),
        (
            place(data.parent().unwrap()),
            place(data.parent().unwrap()),
            "Greenlight's own data",
        ),
        (
            place(&project.at("missing")),
            "missing".to_owned(),
            "is not there",
        ),
        (
            place(&project.at("a.txt")),
            "a.txt".to_owned(),
            "is not a folder",
        ),
    ] {
        let failure = serve.refused("project/open", json!({ "path": path }));
        let sentence = failure["message"].as_str().unwrap();
        assert!(
            sentence.contains(&named) && sentence.contains(why),
            "{path}: {sentence}"
        );
        assert!(sentence.contains("Nothing was opened."), "{sentence}");
    }
    // What was open stays open, and a folder inside the home is fine.
    assert_eq!(
        serve.call("project/snapshot", json!({}))["project"]["name"],
        "project"
    );
    assert_eq!(serve.open(&home.join("work"))["place"], "~/work");
    serve.close();
}

#[test]
fn one_folder_by_two_names_is_one_project() {
    let project = Project::new().file("a.txt", "a\n");
    let link = project.path().with_file_name("by another name");
    std::os::unix::fs::symlink(project.path(), &link).unwrap();
    let world = World::new();
    let model = Model::start([Reply::shell("echo b > a.txt"), Reply::text("Done.")]);
    let mut serve = world.serve(&model.base_url());
    let first = serve.open(project.path());
    let task = serve.work("b", "auto");
    let second = serve.open(&link);
    assert_eq!(first["id"], second["id"]);
    assert_eq!(
        serve.call("project/snapshot", json!({}))["tasks"][0]["id"],
        json!(task)
    );
    serve.call("project/close", json!({}));
    let third = serve.open(&project.path().join("../by another name/."));
    assert_eq!(first["id"], third["id"]);
    assert_eq!(
        serve.call("app/state", json!({}))["recent"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(serve.apply(&task)["type"], "done");
    assert_eq!(project.text("a.txt"), "b\n");
    serve.close();
}

#[test]
fn a_folder_that_may_not_be_written_can_be_read_and_apply_says_why_not() {
    let project = Project::new().file("a.txt", "a\n");
    let before = project.snapshot();
    let world = World::new();
    let model = Model::start([
        Reply::shell("echo b > a.txt; cat a.txt"),
        Reply::text("Done."),
    ]);
    let script = "mount --bind \"$PROJECT\" \"$PROJECT\"; mount -o remount,ro,bind \"$PROJECT\"";
    let mut command = world.with_mounts(&model.base_url(), project.path(), script);
    command.arg("serve").arg("--data").arg(world.data());
    let mut serve = Serve::spawn(&mut command);
    let opened = serve.open(project.path());
    let notice = opened["notices"][0].as_str().unwrap_or_default();
    assert!(
        notice.contains("may not write") && notice.contains("project"),
        "{opened}"
    );
    let task = serve.work("b", "auto");
    let seen = model.requests()[1].last_result();
    assert!(seen.contains("\nb"), "the draft can be written: {seen}");
    let file = shown(&serve.change(&task, "a.txt"));
    let failure = serve.refused("apply/commit", json!({ "task": task, "files": [file] }));
    let sentence = failure["message"].as_str().unwrap();
    assert!(
        sentence.contains("a.txt") || sentence.contains("project"),
        "{failure}"
    );
    before.assert_unchanged(project.path());
    assert_eq!(
        serve.change(&task, "a.txt")["path"],
        "a.txt",
        "the draft is kept"
    );
    serve.close();
}

#[test]
fn a_folder_deleted_while_open_is_said_and_the_draft_kept() {
    let project = Project::new().file("a.txt", "a\n");
    let world = World::new();
    let model = Model::start([Reply::shell("echo b > a.txt"), Reply::text("Done.")]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("b", "auto");
    let file = shown(&serve.change(&task, "a.txt"));
    fs::remove_dir_all(project.path()).unwrap();
    serve.event("news that the folder is gone", |event| {
        event["type"] == "projectChanged" && event["project"]["gone"] == true
    });
    let preview = serve.call("apply/preview", json!({ "task": task }));
    assert_eq!(preview["blocked"], "The folder is not there right now.");
    let failure = serve.refused("apply/commit", json!({ "task": task, "files": [file] }));
    assert!(!failure["message"].as_str().unwrap().is_empty());
    assert!(!project.path().exists(), "nothing makes the folder again");

    model.push(Reply::text("Still here."));
    serve.send(&task, "Are you there?");
    let ended = serve.ended(&task);
    assert!(
        ["done", "failed"].contains(&ended["turn"].as_str().unwrap()),
        "{ended}"
    );
    // A folder that comes back by that name is another one; the task is still there.
    fs::create_dir(project.path()).unwrap();
    serve.call("project/close", json!({}));
    serve.open(project.path());
    serve.view(&task);
    serve.close();
}

#[test]
fn a_disk_taken_out_while_open_is_said() {
    let project = Project::new();
    let world = World::new();
    let model = Model::start([Reply::shell("echo b > a.txt"), Reply::text("Done.")]);
    let script = "mount -t tmpfs -o size=4m tmpfs \"$PROJECT\"; echo a > \"$PROJECT/a.txt\"";
    let mut command = world.with_mounts(&model.base_url(), project.path(), script);
    command.arg("serve").arg("--data").arg(world.data());
    let mut serve = Serve::spawn(&mut command);
    serve.open(project.path());
    let task = serve.work("b", "auto");
    let file = shown(&serve.change(&task, "a.txt"));
    // `unshare` and `sh` have become serve, so this is its namespace.
    let mut nsenter = Command::new("nsenter");
    nsenter.args(["--mount", "--target", &serve.pid().to_string()]);
    if !rustix::process::getuid().is_root() {
        nsenter.args(["--user", "--preserve-credentials"]);
    }
    let taken = nsenter
        .args(["umount", "--lazy"])
        .arg(project.path())
        .status();
    assert!(taken.expect("there is nsenter").success());
    let commit = json!({ "task": task, "files": [file] });
    let failure = serve.refused("apply/commit", commit);
    let sentence = failure["message"].as_str().unwrap();
    assert!(
        sentence.contains(project.path().to_str().unwrap()),
        "{failure}"
    );
    assert_eq!(
        fs::read_dir(project.path()).unwrap().count(),
        0,
        "nothing is written below it"
    );
    assert_eq!(
        serve.change(&task, "a.txt")["path"],
        "a.txt",
        "the draft is kept"
    );
    serve.close();
}

#[test]
fn files_that_vanish_while_they_are_copied_are_no_changes() {
    let mut project = Project::new().file("kept.txt", "a\n");
    for number in 0..2000 {
        project = project.file(&format!("many/{}/{number}.txt", number % 40), "x\n");
    }
    let world = World::new();
    let model = Model::start([Reply::shell("echo b > kept.txt"), Reply::text("Done.")]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let start = json!({ "text": "b", "model": null, "permission": "auto" });
    let asked = serve.ask("task/start", start);
    for number in 0..2000 {
        project.remove(&format!("many/{}/{number}.txt", number % 40));
        if number % 40 == 39 {
            project.write(&format!("many/{}/new.txt", number / 40), "new\n");
        }
    }
    let task = serve.answer(asked).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let ended = serve.ended_after_start(&task);
    assert_eq!(ended["turn"], "done", "{:#}", serve.view(&task)["items"]);
    let paths: Vec<Value> = serve
        .changes(&task)
        .into_iter()
        .map(|mut file| file["path"].take())
        .collect();
    assert_eq!(paths, ["kept.txt"]);
    assert_eq!(serve.apply(&task)["type"], "done");
    assert_eq!(project.text("kept.txt"), "b\n");
    assert_eq!(project.text("many/7/new.txt"), "new\n");
    serve.close();
}

#[test]
fn any_path_that_a_disk_allows_works() {
    for name in [
        "with space",
        "it's \"quoted\"",
        "line\nbreak",
        "a:b,c=d",
        "-rf",
        "$(touch pwned) `x` \\ %s",
        "日本 ü \u{1f600}",
        "trailing ",
    ] {
        let file = format!("{name}.txt");
        let project = Project::named(name)
            .file(&file, "one\n")
            .file("sub dir/b,c:d.txt", "two\n");
        let world = World::new();
        let model = Model::start([
            Reply::shell(
                "pwd; find . -mindepth 1 -maxdepth 1 -printf x | wc -c; find . -name '*.txt' -exec sed -i 's/$/!/' {} +",
            ),
            Reply::text("Done."),
        ]);
        let got = world.run(&model.base_url(), project.path(), &["--apply"], "Louder");
        let got = got.ended(0);
        let printed = model.requests()[1].last_result();
        assert!(
            printed.contains(&format!("{}\n2", project.path().display())),
            "{printed}"
        );
        assert_eq!(project.text(&file), "one!\n", "{name:?}: {}", got.out);
        assert_eq!(project.text("sub dir/b,c:d.txt"), "two!\n", "{name:?}");
        assert_eq!(fs::read_dir(project.path()).unwrap().count(), 2, "{name:?}");
    }
}

#[test]
fn a_path_that_is_no_text_works() {
    use std::os::unix::ffi::OsStrExt;
    let around = Project::new();
    let root = around.path().join(OsStr::from_bytes(b"caf\xe9"));
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a.txt"), "a\n").unwrap();
    let world = World::new();
    let model = Model::start([Reply::shell("echo b > a.txt"), Reply::text("Done.")]);
    let got = world
        .run(&model.base_url(), &root, &["--apply"], "b")
        .ended(0);
    let told = model.requests()[1].last_result();
    let text = fs::read_to_string(root.join("a.txt")).unwrap();
    assert_eq!(text, "b\n", "{told}\n{}", got.out);
}

#[test]
fn things_that_are_no_plain_files_do_not_stop_the_work() {
    let project = Project::new()
        .file("a.txt", "a\n")
        .link("loop", ".")
        .link("self", "self")
        .link("sub/up", "..")
        .link("root", "/")
        .fifo("pipe")
        .file("closed.txt", "closed\n")
        .mode("closed.txt", 0)
        .folder("shut")
        .mode("shut", 0)
        .file("sub/b.txt", "b\n");
    let _socket = std::os::unix::net::UnixListener::bind(project.at("socket")).unwrap();
    let before = project.snapshot();
    let world = World::new();
    let model = Model::start([
        Reply::shell("echo more >> a.txt; readlink loop; ls sub; timeout 5 cat pipe; echo end"),
        Reply::text("Done."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("More", "auto");
    let printed = model.requests()[1].last_result();
    assert!(
        printed.contains("end") && printed.contains("b.txt"),
        "{printed}"
    );
    let paths: Vec<Value> = serve
        .changes(&task)
        .into_iter()
        .map(|mut file| file["path"].take())
        .collect();
    assert_eq!(paths, ["a.txt"], "what was not copied is not deleted");
    let notes = serve.view(&task)["draftNotes"].to_string();
    assert!(
        notes.contains("pipe") || notes.contains("special"),
        "{notes}"
    );
    before.assert_unchanged(project.path());
    assert_eq!(serve.apply(&task)["type"], "done");
    assert_eq!(project.text("a.txt"), "a\nmore\n");
    let differs = before.diff(&project.snapshot());
    assert!(
        differs
            .iter()
            .all(|line| line.starts_with("a.txt: ") || line.starts_with(".: mtime")),
        "{differs:?}"
    );
    serve.close();
}
