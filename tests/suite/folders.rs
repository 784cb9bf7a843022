//! Folders as people have them: odd paths, odd files, full disks, folders that are not projects.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::project::Project;

use crate::client::Ran;
use crate::client::Serve;
use crate::client::World;

/// `greenlight-cli` with mounts of its own, made by `script`, which sees `$PROJECT` and `$SHARE`.
fn with_mounts(
    world: &World,
    model: &Model,
    project: &Path,
    script: &str,
) -> std::process::Command {
    let script = format!("set -e\n{script}\nexec \"$@\"");
    let mut words = vec!["unshare", "--mount", "--propagation", "private"];
    if !rustix::process::getuid().is_root() {
        words.extend(["--user", "--map-root-user"]);
    }
    words.extend(["sh", "-c", &script, "sh"]);
    let words: Vec<&OsStr> = words.into_iter().map(OsStr::new).collect();
    let share = world.folder().join("share");
    fs::create_dir_all(&share).expect("a folder can be made");
    let mut command = world.through(&words, &model.base_url());
    command.env("PROJECT", project).env("SHARE", share);
    command
}

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
    let mut command = with_mounts(&world, &model, project.path(), script);
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
    let file = crate::client::shown(&serve.change(&task, "a.txt"));
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
    let file = crate::client::shown(&serve.change(&task, "a.txt"));
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
    let mut command = with_mounts(&world, &model, project.path(), script);
    command.arg("serve").arg("--data").arg(world.data());
    let mut serve = Serve::spawn(&mut command);
    serve.open(project.path());
    let task = serve.work("b", "auto");
    let file = crate::client::shown(&serve.change(&task, "a.txt"));
    // `unshare` and `sh` have become serve, so this is its namespace.
    let mut nsenter = std::process::Command::new("nsenter");
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
    world
        .run(&model.base_url(), &root, &["--apply"], "b")
        .ended(0);
    assert_eq!(fs::read_to_string(root.join("a.txt")).unwrap(), "b\n");
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

#[test]
fn encodings_and_bytes_come_out_as_they_went_in() {
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("price: 1 €\r\n".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let project = Project::new()
        .file("utf16.txt", &utf16)
        .file(
            "sjis.txt",
            b"\x93\xfa\x96\x7b\x8c\xea 1\r\n\x83\x65\x83\x58\x83\x67 1\n",
        )
        .file("gbk.txt", b"\xd6\xd0\xce\xc4 1\n\xb2\xe2\xca\xd4 1")
        .file("latin1.txt", b"caf\xe9 1\n")
        .file("bom.txt", b"\xef\xbb\xbfone 1\n")
        .file(
            "bytes.bin",
            (0..=255_u8).cycle().take(5000).collect::<Vec<_>>(),
        )
        .file("untouched.bin", [0_u8, 1, 2]);
    let expected: Vec<(&str, Vec<u8>)> = [
        "utf16.txt",
        "sjis.txt",
        "gbk.txt",
        "latin1.txt",
        "bom.txt",
        "bytes.bin",
    ]
    .into_iter()
    .map(|name| {
        (
            name,
            project
                .bytes(name)
                .iter()
                .map(|b| if *b == b'1' { b'2' } else { *b })
                .collect(),
        )
    })
    .collect();
    let world = World::new();
    let model = Model::start([
        Reply::shell(
            "for f in utf16 sjis gbk latin1 bom bytes; do LC_ALL=C sed -i 's/1/2/g' $f.*; done",
        ),
        Reply::text("Done."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let before: Vec<Vec<u8>> = expected
        .iter()
        .map(|(name, _)| project.bytes(name))
        .collect();
    let task = serve.work("2", "auto");
    let changes = serve.changes(&task);
    assert_eq!(changes.len(), expected.len(), "{changes:#?}");
    for change in &changes {
        let path = change["path"].as_str().unwrap();
        let shape = serve.call(
            "review/open",
            json!({ "task": task, "file": change["id"], "context": null }),
        );
        let rows = serve.call(
            "review/rows",
            json!({ "task": task, "file": change["id"], "shown": shape["shown"], "from": 0, "count": 512 }),
        );
        let is_text = path != "bytes.bin";
        assert_eq!(
            change["content"],
            if is_text { "text" } else { "binary" },
            "{change}"
        );
        let text = rows.to_string();
        match path {
            "utf16.txt" => assert!(text.contains("price: 2 €"), "{text}"),
            "sjis.txt" => assert!(text.contains("日本語 2"), "{text}"),
            "gbk.txt" => assert!(text.contains("中文 2"), "{text}"),
            "bytes.bin" => assert!(shape["notes"].to_string().contains("5000 bytes"), "{shape}"),
            _ => {}
        }
    }
    let outcome = serve.apply(&task);
    assert_eq!(outcome["type"], "done", "{outcome}");
    for (name, bytes) in &expected {
        assert_eq!(&project.bytes(name), bytes, "{name}");
    }
    serve.call("apply/undo", json!({ "apply": outcome["apply"]["id"] }));
    for ((name, _), bytes) in expected.iter().zip(before) {
        assert_eq!(project.bytes(name), bytes, "{name}");
    }
    serve.close();
}

#[test]
fn a_patch_keeps_the_encoding_of_the_file() {
    let utf16 = |text: &str| -> Vec<u8> {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [0xff, 0xfe].into_iter().chain(units).collect()
    };
    let project = Project::new()
        .file("utf16.txt", utf16("one\r\ntwo\r\n"))
        .file(
            "sjis.txt",
            b"\x93\xfa\x96\x7b\x8c\xea\x82\xcc\x83\x65\x83\x58\x83\x67\ntwo\n",
        );
    let patch = |name: &str| {
        Reply::patch(&format!(
            "*** Begin Patch\n*** Update File: {name}\n@@\n-two\n+2\n*** End Patch\n"
        ))
    };
    let world = World::new();
    let model = Model::start([patch("utf16.txt"), patch("sjis.txt"), Reply::text("Done.")]);
    world
        .run(&model.base_url(), project.path(), &["--apply"], "2")
        .ended(0);
    assert_eq!(project.bytes("utf16.txt"), utf16("one\r\n2\r\n"));
    assert_eq!(
        project.bytes("sjis.txt"),
        b"\x93\xfa\x96\x7b\x8c\xea\x82\xcc\x83\x65\x83\x58\x83\x67\n2\n"
    );
}

#[test]
fn a_hundred_megabytes_are_no_trouble() {
    const SIZE: usize = 100 << 20;
    let project = Project::new().file("small.txt", "a\n");
    let mut big = fs::File::create(project.at("big.txt")).unwrap();
    let line = [
        b"0123456789abcdef".repeat(63),
        b"0123456789abcde\n".to_vec(),
    ]
    .concat();
    for _ in 0..SIZE / line.len() {
        big.write_all(&line).unwrap();
    }
    drop(big);
    let world = World::new();
    let model = Model::start([
        Reply::shell("echo last >> big.txt; echo b >> small.txt"),
        Reply::text("Done."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("More", "auto");
    let big = serve.change(&task, "big.txt");
    assert_eq!(big["content"], "tooLarge", "{big}");
    let shape = serve.call(
        "review/open",
        json!({ "task": task, "file": big["id"], "context": 3 }),
    );
    assert!(
        shape["notes"].to_string().contains("Too large to show"),
        "{shape}"
    );
    assert_eq!(serve.apply(&task)["type"], "done");
    let bytes = project.bytes("big.txt");
    assert_eq!(bytes.len(), SIZE + 5);
    assert!(bytes.ends_with(b"def0123456789abcde\nlast\n"));
    serve.close();
}

#[test]
fn a_disk_with_no_room_for_the_draft_is_said() {
    let project = Project::new().file("big.bin", vec![7; 8 << 20]);
    let before = project.snapshot();
    let world = World::new();
    let model = Model::start(Vec::new());
    let script = "mount -t tmpfs -o size=4m tmpfs \"$SHARE\"";
    let mut command = with_mounts(&world, &model, project.path(), script);
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
    let mut command = with_mounts(&world, &model, project.path(), script);
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
    let mut command = with_mounts(&world, &model, project.path(), script);
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
        let mut command = with_mounts(&world, &model, project.path(), script);
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
