//! Tasks renamed, put away, removed, brought back and deleted; and tasks that only answer.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::project::Project;

use crate::client::Serve;
use crate::world::World;

fn shop() -> Project {
    Project::named("shop").file("a.txt", "a\n")
}

fn task(serve: &mut Serve, id: &str) -> Value {
    serve.view(id)["task"].clone()
}

fn listed(serve: &mut Serve) -> Vec<String> {
    let snapshot = serve.call("project/snapshot", json!({}));
    let tasks = snapshot["tasks"].as_array().cloned().unwrap_or_default();
    let ids = tasks.iter().filter_map(|task| task["id"].as_str());
    ids.map(str::to_owned).collect()
}

fn removed(serve: &mut Serve) -> Vec<Value> {
    let reply = serve.call("task/removed", json!({}));
    reply["tasks"].as_array().cloned().unwrap_or_default()
}

fn task_dir(world: &World, id: &str) -> PathBuf {
    world.data().join("tasks").join(id)
}

/// Pretends that the task was removed so many days ago, as the index and the log have it.
fn removed_days_ago(data: &Path, id: &str, days: u64) {
    let status = std::process::Command::new("python3")
        .args([
            "-c",
            "import sqlite3,sys; db=sqlite3.connect(sys.argv[1]); \
               db.execute('UPDATE shelf SET removed_at = removed_at - ? WHERE task = ?', \
               (int(sys.argv[3]) * 86400000, sys.argv[2])); db.commit()",
        ])
        .arg(data.join("index.sqlite"))
        .args([id, &days.to_string()])
        .status();
    assert!(status.expect("there is python3").success());
}

#[test]
fn a_question_is_answered_and_leaves_nothing_to_review() {
    let project = shop();
    let world = World::new();
    let model = Model::start([
        Reply::shell("cat a.txt"),
        Reply::text("It says a."),
        Reply::shell("echo b > a.txt"),
        Reply::text("Now b."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let id = serve.work("What does it say?", "auto");
    assert_eq!(task(&mut serve, &id)["state"], "answered");
    serve.send(&id, "Make it b.");
    assert_eq!(serve.ended(&id)["state"], "readyToReview");
    serve.close();
}

#[test]
fn a_name_is_kept_also_without_the_index_and_an_empty_one_is_refused() {
    let project = shop();
    let world = World::new();
    let model = Model::start([Reply::text("Hello.")]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let id = serve.work("Say hello.", "auto");
    let failure = serve.refused("task/rename", json!({ "task": id, "title": " \n" }));
    assert!(
        failure["message"]
            .as_str()
            .unwrap()
            .contains("keeps the one it has"),
        "{failure}"
    );
    let renamed = serve.call(
        "task/rename",
        json!({ "task": id, "title": "  A\n greeting " }),
    );
    assert_eq!(renamed["title"], "A greeting");
    serve.close();
    for name in ["index.sqlite", "index.sqlite-wal", "index.sqlite-shm"] {
        let _ = fs::remove_file(world.data().join(name));
    }
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(task(&mut serve, &id)["title"], "A greeting");
    assert_eq!(task(&mut serve, &id)["state"], "answered");
    serve.close();
}

#[test]
fn a_task_put_away_stands_where_it_stood_when_it_is_taken_out() {
    let project = shop();
    let world = World::new();
    let model = Model::start([
        Reply::shell("echo b > a.txt"),
        Reply::text("b."),
        Reply::text("Out again."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let id = serve.work("b", "auto");
    let put = |archived| json!({ "task": id, "archived": archived });
    assert_eq!(serve.call("task/archive", put(true))["state"], "archived");
    serve.close();
    let mut serve = world.serve(&model.base_url());
    assert_eq!(
        serve.call("app/state", json!({}))["recent"][0]["ready"],
        0,
        "what is put away asks for nothing"
    );
    serve.open(project.path());
    assert_eq!(task(&mut serve, &id)["state"], "archived");
    assert_eq!(
        serve.call("task/archive", put(false))["state"],
        "readyToReview"
    );
    serve.call("task/archive", put(true));
    // Speaking to it takes it out.
    serve.send(&id, "And?");
    assert_eq!(serve.ended(&id)["state"], "readyToReview");
    serve.close();
}

#[test]
fn a_task_at_work_is_not_put_away_and_is_stopped_when_removed() {
    let project = shop();
    let world = World::new();
    let model = Model::start([Reply::shell("echo b > a.txt; echo begun; sleep 86399")]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let id = serve.start("b", "auto");
    serve.event("the command to run", |event| {
        event["type"] == "itemDelta" && event["text"].as_str().is_some_and(|t| t.contains("begun"))
    });
    let failure = serve.refused("task/archive", json!({ "task": id, "archived": true }));
    assert!(
        failure["message"]
            .as_str()
            .unwrap()
            .contains("Stop it first"),
        "{failure}"
    );
    serve.call("task/remove", json!({ "task": id }));
    serve.event("news of it", |event| {
        event["type"] == "taskRemoved" && event["task"] == json!(id)
    });
    assert_eq!(listed(&mut serve), [""; 0]);
    serve.close();
}

#[test]
fn a_removed_task_comes_back_with_all_it_had_and_can_be_deleted_for_good() {
    let project = shop();
    let world = World::new();
    let model = Model::start([Reply::shell("echo b > a.txt"), Reply::text("b.")]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let id = serve.work("b", "auto");
    serve.mark(&id, "a.txt", "approved");
    serve.call("task/remove", json!({ "task": id }));
    let failure = serve.refused("task/send", json!({ "task": id, "text": "Hello?" }));
    assert!(
        failure["message"]
            .as_str()
            .unwrap()
            .contains("not in this project")
    );
    serve.close();

    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(listed(&mut serve), [""; 0]);
    let there = removed(&mut serve);
    assert_eq!(there[0]["id"], json!(id));
    let kept = there[0]["deletedAt"].as_u64().unwrap() - there[0]["removedAt"].as_u64().unwrap();
    assert_eq!(kept, 30 * 24 * 60 * 60 * 1000);
    let back = serve.call("task/restore", json!({ "task": id }));
    assert_eq!(
        (&back["state"], &back["files"]),
        (&json!("readyToReview"), &json!(1))
    );
    assert_eq!(serve.change(&id, "a.txt")["mark"], "approved");

    // Deleting is for what is removed only.
    let failure = serve.refused("task/delete", json!({ "task": id }));
    assert!(
        failure["message"]
            .as_str()
            .unwrap()
            .contains("not there any more"),
        "{failure}"
    );
    serve.call("task/remove", json!({ "task": id }));
    let before = project.snapshot();
    serve.call("task/delete", json!({ "task": id }));
    assert!(!task_dir(&world, &id).exists());
    assert_eq!(removed(&mut serve), Vec::<Value>::new());
    before.assert_unchanged(project.path());
    serve.close();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(
        listed(&mut serve),
        [""; 0],
        "it is not found again by its log"
    );
    assert_eq!(fs::read_dir(world.data().join("gone")).unwrap().count(), 0);
    serve.close();
}

#[test]
fn after_thirty_days_a_removed_task_is_deleted_and_what_it_applied_can_still_be_undone() {
    let project = shop();
    let world = World::new();
    let model = Model::start([
        Reply::shell("echo b > a.txt"),
        Reply::text("b."),
        Reply::text("Hello."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let old = serve.work("b", "auto");
    assert_eq!(serve.apply(&old)["type"], "done");
    let young = serve.work("Hello", "auto");
    for id in [&old, &young] {
        serve.call("task/remove", json!({ "task": id }));
    }
    serve.close();
    removed_days_ago(&world.data(), &old, 30);
    removed_days_ago(&world.data(), &young, 29);

    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let left: Vec<Value> = removed(&mut serve)
        .iter()
        .map(|t| t["id"].clone())
        .collect();
    assert_eq!(left, [json!(young)]);
    assert!(!task_dir(&world, &old).exists());
    assert_eq!(project.text("a.txt"), "b\n");
    let apply = serve.call("apply/history", json!({}))[0]["id"].clone();
    assert_eq!(
        serve.call("apply/undo", json!({ "apply": apply }))["type"],
        "done"
    );
    assert_eq!(project.text("a.txt"), "a\n");
    serve.close();
}

#[test]
fn an_edit_begins_a_new_task_when_the_one_for_edits_is_put_away() {
    let project = shop();
    let world = World::new();
    let model = Model::start(Vec::new());
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let first = serve.call("file/edit", json!({}))["id"].clone();
    assert_eq!(serve.call("file/edit", json!({}))["id"], first);
    serve.call("task/archive", json!({ "task": first, "archived": true }));
    let second = serve.call("file/edit", json!({}));
    assert_ne!(second["id"], first);
    assert_eq!(second["state"], "readyToReview");
    serve.close();
}

#[test]
fn text_that_was_typed_and_not_saved_goes_with_a_task_that_is_deleted() {
    let project = shop();
    let world = World::new();
    let model = Model::start(Vec::new());
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let id = serve.call("file/edit", json!({}))["id"].clone();
    let found = serve.call("files/find", json!({ "task": id, "text": "a.txt" }));
    let file = found["files"][0]["id"].clone();
    let open = json!({ "task": id, "file": file, "side": "draft" });
    let version = serve.call("file/open", open)["version"].clone();
    serve.call(
        "file/keep",
        json!({ "task": id, "file": file, "version": version, "text": "5up3r typed" }),
    );
    serve.call("task/remove", json!({ "task": id }));
    serve.call("task/restore", json!({ "task": id }));
    let unsaved = serve.call("file/unsaved", json!({ "task": id }));
    assert_eq!(unsaved[0]["path"], "a.txt", "{unsaved}");
    serve.call("task/remove", json!({ "task": id }));
    serve.call("task/delete", json!({ "task": id }));
    serve.close();
    let rows = std::process::Command::new("python3")
        .args([
            "-c",
            "import sqlite3,sys; \
             print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM unsaved').fetchone()[0])",
        ])
        .arg(world.data().join("index.sqlite"))
        .output()
        .expect("there is python3");
    assert_eq!(String::from_utf8_lossy(&rows.stdout).trim(), "0");
}
