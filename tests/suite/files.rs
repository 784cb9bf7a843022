//! The tree, the person's own edits and the way to the desktop, through `serve`.

use std::fs;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;

use crate::client::PATIENCE;
use crate::client::Serve;
use crate::task::PATCH;
use crate::task::shop;
use crate::world::World;

/// Puts a file into the private copy as a command of the agent would.
fn put_in_draft(world: &World, task: &str, path: &str) {
    let tree = world.data().join("tasks").join(task).join("draft/tree");
    fs::write(tree.join(path), "").expect("the draft can be written");
}

/// A file as `files/find` names it.
#[track_caller]
pub(crate) fn named(serve: &mut Serve, task: Option<&str>, path: &str) -> String {
    let found = serve.call("files/find", json!({ "task": task, "text": path }));
    let files = found["files"].as_array().expect("a list");
    let file = files.iter().find(|file| file["path"] == path);
    let file = file.unwrap_or_else(|| panic!("{path} is not in {files:#?}"));
    file["id"].as_str().expect("a name").to_owned()
}

#[track_caller]
pub(crate) fn opened(serve: &mut Serve, task: Option<&str>, file: &str, side: &str) -> Value {
    serve.call(
        "file/open",
        json!({ "task": task, "file": file, "side": side }),
    )
}

pub(crate) fn save(view: &Value, task: &str, text: &str) -> Value {
    json!({ "task": task, "file": view["file"], "version": view["version"], "text": text })
}

/// The names of a folder with their marks.
#[track_caller]
fn folder(serve: &mut Serve, task: Option<&str>, folder: Option<&str>) -> Vec<(String, Value)> {
    let ask = json!({ "task": task, "folders": [{ "folder": folder, "most": 1000 }] });
    let folders = serve.call("files/list", ask);
    let entries = folders[0]["entries"].as_array().expect("a list");
    let entry = |entry: &Value| {
        (
            entry["name"].as_str().expect("a name").to_owned(),
            entry["change"].clone(),
        )
    };
    entries.iter().map(entry).collect()
}

#[test]
fn an_edit_of_the_persons_is_a_change_like_any_other_with_their_name() {
    let project = shop();
    let original = project.snapshot();
    let model = Model::start([Reply::patch(PATCH), Reply::text("Raised.")]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Raise the price", "auto");

    let file = named(&mut serve, Some(&task), "src/price.js");
    let view = opened(&mut serve, Some(&task), &file, "draft");
    assert_eq!(view["text"], "export const price = 2;\n");
    assert_eq!(view["kept"], "UTF-8 · CRLF");
    let theirs = opened(&mut serve, Some(&task), &file, "project");
    assert_eq!(theirs["text"], "export const price = 1;\n");
    let saved = serve.call("file/save", save(&view, &task, "export const price = 3;\n"));
    assert_eq!(saved["type"], "saved");
    let notes = named(&mut serve, Some(&task), "notes.txt");
    let view = opened(&mut serve, Some(&task), &notes, "draft");
    serve.call("file/save", save(&view, &task, "something\n"));

    assert_eq!(project.snapshot(), original, "nothing is in the folder yet");
    let author = |serve: &mut Serve, path: &str| serve.change(&task, path)["author"].clone();
    assert_eq!(author(&mut serve, "src/price.js"), "both");
    assert_eq!(author(&mut serve, "notes.txt"), "you");
    let marks = folder(&mut serve, Some(&task), None);
    assert!(
        marks.contains(&("notes.txt".to_owned(), json!("modified"))),
        "{marks:?}"
    );

    let applied = serve.apply(&task);
    assert_eq!(applied["type"], "done", "{applied}");
    assert_eq!(
        project.bytes("src/price.js"),
        b"export const price = 3;\r\n"
    );
    assert_eq!(project.text("notes.txt"), "something\n");
    serve.call("apply/undo", json!({ "apply": applied["apply"]["id"] }));
    assert_eq!(
        project.bytes("src/price.js"),
        b"export const price = 1;\r\n"
    );
    assert_eq!(project.text("notes.txt"), "nothing here\n");
    serve.close();
}

#[test]
fn while_a_command_runs_nothing_is_saved_and_afterwards_it_is() {
    let project = shop();
    let wait = "touch begun; while [ ! -e go ]; do sleep 0.02; done; rm begun go";
    let model = Model::start([Reply::shell(wait), Reply::text("Waited.")]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Wait", "auto");
    let begun = world
        .data()
        .join("tasks")
        .join(&task)
        .join("draft/tree/begun");
    let deadline = Instant::now() + PATIENCE;
    while !begun.exists() {
        assert!(Instant::now() < deadline, "the command began");
        std::thread::yield_now();
    }
    let file = named(&mut serve, Some(&task), "notes.txt");
    let view = opened(&mut serve, Some(&task), &file, "draft");
    let refused = serve.refused("file/save", save(&view, &task, "mine\n"));
    assert_eq!(refused["code"], "refused");
    assert_eq!(
        refused["message"],
        "The agent is running a command in this private copy, so nothing was saved. Your text is \
         kept; save again when the command has ended."
    );
    put_in_draft(&world, &task, "go");
    serve.ended(&task);
    let saved = serve.call("file/save", save(&view, &task, "mine\n"));
    assert_eq!(saved["type"], "saved");
    assert_eq!(serve.change(&task, "notes.txt")["author"], "you");
    serve.close();
}

#[test]
fn a_file_that_changed_underneath_is_not_overwritten() {
    let project = shop();
    let model = Model::start([Reply::text("Hello.")]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Hello", "auto");
    let file = named(&mut serve, Some(&task), "notes.txt");
    let view = opened(&mut serve, Some(&task), &file, "draft");
    project.write("notes.txt", "written outside\n");
    serve.event("the folder to be looked at", |event| {
        event["type"] == "filesChanged" && event["files"].to_string().contains(&file)
    });
    serve.event("the draft to follow", |event| {
        event["type"] == "changesChanged"
    });
    let saved = serve.call("file/save", save(&view, &task, "typed\n"));
    assert_eq!(saved, json!({ "type": "moved" }));
    let now = opened(&mut serve, Some(&task), &file, "draft");
    assert_eq!(now["text"], "written outside\n", "nothing was written");
    // Having seen it, the person lets theirs hold.
    let saved = serve.call("file/save", save(&now, &task, "typed\n"));
    assert_eq!(saved["type"], "saved");
    assert_eq!(project.text("notes.txt"), "written outside\n");
    serve.close();
}

#[test]
fn typed_text_survives_a_kill_and_so_does_a_task_for_edits() {
    let project = shop();
    let model = Model::start(Vec::<Reply>::new());
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let (first, second) = (
        serve.ask("file/edit", json!({})),
        serve.ask("file/edit", json!({})),
    );
    let task = serve.answer(first).expect("a task for edits");
    assert_eq!(task["title"], "Edits by you");
    assert_eq!(task["state"], "readyToReview");
    let task = task["id"].as_str().expect("a task has an id").to_owned();
    let again = serve.answer(second).expect("a task for edits");
    assert_eq!(again["id"], task.as_str(), "there is one task for edits");
    let file = named(&mut serve, Some(&task), "notes.txt");
    let view = opened(&mut serve, Some(&task), &file, "draft");
    serve.call("file/save", save(&view, &task, "saved\n"));
    let view = opened(&mut serve, Some(&task), &file, "draft");
    let mut keep = save(&view, &task, "typed and not saved");
    serve.call("file/keep", keep.clone());
    serve.kill();

    // The index is lost too: the log knows that the person edited.
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let unsaved = serve.call("file/unsaved", json!({ "task": task }));
    assert_eq!(unsaved, json!([{ "file": file, "path": "notes.txt" }]));
    let view = opened(&mut serve, Some(&task), &file, "draft");
    assert_eq!(view["text"], "saved\n");
    assert_eq!(view["unsaved"]["text"], "typed and not saved");
    assert_eq!(view["unsaved"]["version"], view["version"]);
    keep["text"] = Value::Null;
    serve.call("file/keep", keep);
    assert_eq!(
        serve.call("file/unsaved", json!({ "task": task })),
        json!([])
    );
    serve.kill();
    for name in ["index.sqlite", "index.sqlite-wal", "index.sqlite-shm"] {
        // Only the first is always there.
        let _ = fs::remove_file(world.data().join(name));
    }
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(serve.change(&task, "notes.txt")["author"], "you");
    let applied = serve.apply(&task);
    assert_eq!(applied["type"], "done", "{applied}");
    assert_eq!(project.text("notes.txt"), "saved\n");
    serve.close();
}

#[test]
fn a_name_that_was_never_told_leads_nowhere() {
    let project = shop();
    let model = Model::start(Vec::<Reply>::new());
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    for file in [
        "../../etc/passwd",
        "src/price.js",
        "",
        "0123456789abcdef0123",
    ] {
        let named = json!({ "task": null, "file": file });
        let open = json!({ "task": null, "file": file, "side": "project" });
        for (verb, request) in [
            ("file/open", &open),
            ("file/reveal", &named),
            ("file/outside", &named),
        ] {
            let refused = serve.refused(verb, request.clone());
            assert_eq!(
                refused["message"],
                "That file is not in the list any more. Nothing was changed. Choose it again.",
                "{verb} {file}"
            );
        }
    }
    serve.close();
}

#[test]
fn a_letter_that_the_encoding_lacks_is_named_and_nothing_is_saved() {
    let project = shop().file("latin.txt", b"na\xefve caf\xe9 \xfcber stra\xdfe\n");
    let model = Model::start(Vec::<Reply>::new());
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.call("file/edit", json!({}))["id"].clone();
    let task = task.as_str().expect("an id");
    let file = named(&mut serve, Some(task), "latin.txt");
    let view = opened(&mut serve, Some(task), &file, "draft");
    assert_eq!(view["kept"], "windows-1252 · LF");
    let refused = serve.refused("file/save", save(&view, task, "caf\u{e9} \u{2713}\n"));
    let message = refused["message"].as_str().unwrap_or_default();
    assert!(
        message.starts_with("\"\u{2713}\" cannot be written in windows-1252"),
        "{message}"
    );
    assert_eq!(serve.changes(task), Vec::<Value>::new());
    let typed = "na\u{ef}ve caf\u{e9} \u{fc}ber \u{e4}lles\n";
    serve.call("file/save", save(&view, task, typed));
    serve.apply(task);
    assert_eq!(
        project.bytes("latin.txt"),
        b"na\xefve caf\xe9 \xfcber \xe4lles\n"
    );
    serve.close();
}

#[test]
fn a_dropped_folder_of_fifty_thousand_files_is_in_the_tree_and_in_the_draft() {
    let project = shop();
    let model = Model::start([Reply::text("Hello.")]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Hello", "auto");
    let outside = tempfile::tempdir_in(project.path().parent().expect("a folder around"))
        .expect("a folder can be made");
    for part in 0..50 {
        let folder = outside.path().join(format!("dropped/part{part}"));
        fs::create_dir_all(&folder).expect("a folder can be made");
        for file in 0..1000 {
            fs::write(folder.join(format!("file{file}.txt")), "x").expect("a file can be written");
        }
    }
    let began = Instant::now();
    fs::rename(outside.path().join("dropped"), project.at("dropped")).expect("it can be moved in");
    serve.event("the tree to be listed again", |event| {
        event["type"] == "filesChanged"
    });
    let seen = began.elapsed();
    let top = folder(&mut serve, None, None);
    assert!(top.iter().any(|(name, _)| name == "dropped"), "{top:?}");
    let found = serve.call(
        "files/find",
        json!({ "task": null, "text": "part49file999" }),
    );
    assert_eq!(found["files"][0]["path"], "dropped/part49/file999.txt");
    assert_eq!(found["all"], 50_003);
    let looked = began.elapsed();
    serve.event("the draft to follow", |event| {
        event["type"] == "changesChanged"
    });
    println!(
        "seen {seen:?}, looked {looked:?}, in the draft {:?}",
        began.elapsed()
    );
    assert_eq!(
        serve.changes(&task),
        Vec::<Value>::new(),
        "it is no change of the task"
    );
    assert!(looked < Duration::from_secs(60), "{looked:?}");
    let file = named(&mut serve, Some(&task), "dropped/part49/file999.txt");
    let view = opened(&mut serve, Some(&task), &file, "draft");
    assert_eq!(view["text"], "x", "the private copy has it");
    serve.close();
}
