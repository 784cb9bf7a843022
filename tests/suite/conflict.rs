//! Two people at one file: what is shown, what a mark is worth, and what is never overwritten.

use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;

use crate::client::Serve;
use crate::client::shown;
use crate::world::World;

use crate::task::shop;

#[test]
fn what_the_person_changes_meanwhile_is_a_conflict_and_never_overwritten() {
    let project = shop();
    let model = Model::start([
        Reply::shell("sed -i s/one/two/ run.sh"),
        Reply::text("Two."),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Two", "auto");
    serve.mark(&task, "run.sh", "approved");

    project.write("run.sh", "#!/bin/sh\necho mine\n");
    let conflict = wait_conflict(&mut serve, &task);
    let sentence = conflict["conflict"].as_str().unwrap();
    assert!(sentence.contains("You changed"), "{conflict}");
    let preview = serve.call("apply/preview", json!({ "task": task }));
    let blocked = preview["blocked"].as_str().unwrap();
    assert!(blocked.contains("You changed a file"), "{preview}");

    // Who applies all the same gets both versions and writes nothing.
    let files = json!([shown(&conflict)]);
    let outcome = serve.call("apply/commit", json!({ "task": task, "files": files }));
    assert_eq!(outcome["type"], "conflict", "{outcome}");
    assert_eq!(outcome["files"][0]["path"], "run.sh");
    assert_eq!(outcome["files"][0]["yours"], "#!/bin/sh\necho mine\n");
    assert_eq!(outcome["files"][0]["theirs"], "#!/bin/sh\necho two\n");
    assert_eq!(project.text("run.sh"), "#!/bin/sh\necho mine\n");

    // Put back as it was, there is no conflict any more.
    project.write("run.sh", "#!/bin/sh\necho one\n");
    while !serve.change(&task, "run.sh")["conflict"].is_null() {
        serve.event("news of the change set", |event| {
            event["type"] == "changesChanged"
        });
    }
    assert_eq!(serve.apply(&task)["type"], "done");
    assert_eq!(project.text("run.sh"), "#!/bin/sh\necho two\n");
    serve.close();
}

#[test]
fn what_happens_in_the_folder_is_told_without_being_asked() {
    let project = shop();
    let model = Model::start([Reply::text("Hello.")]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Hello", "auto");
    serve.event("the end of the turn", |event| {
        event["type"] == "changesChanged"
    });
    let mut told = |what: &str| {
        serve.event(what, |event| {
            event["type"] == "changesChanged" && event["task"] == task
        });
    };
    project.write("notes.txt", "changed\n");
    told("a change");
    project.write("new/deep/file.txt", "new\n");
    told("a new file");
    project.remove("notes.txt");
    told("a file that is gone");
    assert_eq!(
        serve.changes(&task),
        Vec::<Value>::new(),
        "it is none of the task's"
    );
    serve.close();
}

/// Waits for the next news of the change set until `run.sh` is in conflict.
fn wait_conflict(serve: &mut Serve, task: &str) -> Value {
    loop {
        let change = serve.change(task, "run.sh");
        if !change["conflict"].is_null() {
            return change;
        }
        serve.event("news of the change set", |event| {
            event["type"] == "changesChanged"
        });
    }
}

#[test]
fn an_apply_that_the_watcher_has_not_caught_up_with_is_stopped_too() {
    let project = shop();
    let model = Model::start([
        Reply::shell("sed -i s/one/two/ run.sh"),
        Reply::text("Two."),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Two", "auto");
    let file = shown(&serve.change(&task, "run.sh"));
    project.write("run.sh", "#!/bin/sh\necho mine\n");
    match serve.try_call("apply/commit", json!({ "task": task, "files": [file] })) {
        Ok(outcome) => assert_eq!(outcome["type"], "conflict", "{outcome}"),
        Err(failure) => assert_eq!(failure["code"], "stale", "{failure}"),
    }
    assert_eq!(project.text("run.sh"), "#!/bin/sh\necho mine\n");
    serve.close();
}

#[test]
fn a_file_that_the_agent_changes_again_loses_its_mark() {
    let project = shop();
    let model = Model::start([
        Reply::shell("sed -i s/one/two/ run.sh"),
        Reply::text("Two."),
        Reply::shell("sed -i s/two/three/ run.sh"),
        Reply::text("Three."),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Two", "auto");
    let old = shown(&serve.change(&task, "run.sh"));
    serve.mark(&task, "run.sh", "approved");
    serve.send(&task, "Three");
    serve.ended(&task);
    let again = serve.change(&task, "run.sh");
    assert_eq!(
        (&again["mark"], &again["markDropped"]),
        (&json!("undecided"), &json!(true))
    );
    let stale = serve.refused("apply/commit", json!({ "task": task, "files": [old] }));
    assert_eq!(stale["code"], "stale");
    assert_eq!(project.text("run.sh"), "#!/bin/sh\necho one\n");
    serve.close();
}
