//! A task through `serve`: what is sent, what is shown, what is written, and what survives.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::project::Project;

use crate::client::KEY;
use crate::client::Ran;
use crate::client::Serve;
use crate::client::World;
use crate::client::processes;
use crate::client::shown;
use crate::client::wait_end;

const PATCH: &str = "*** Begin Patch\n*** Update File: src/price.js\n@@\n-export const price = 1;\n\
                     +export const price = 2;\n*** End Patch\n";

fn shop() -> Project {
    Project::new()
        .file("src/price.js", "export const price = 1;\r\n")
        .file("run.sh", "#!/bin/sh\necho one\n")
        .mode("run.sh", 0o750)
        .file("notes.txt", "nothing here\n")
}

/// Plan, a command that edits a file, a patch of another, the last word.
fn two_files() -> [Reply; 4] {
    [
        stream()
            .reasoning("Two files are to be changed.")
            .plan(&[
                ("Change the script", "in_progress"),
                ("Change the price", "pending"),
            ])
            .completed(),
        stream()
            .text("First the script.")
            .function_call_as(
                "call_shell",
                "shell_command",
                r#"{"command":"sed -i s/one/two/ run.sh && ./run.sh && echo $((40 + 2))"}"#,
            )
            .completed(),
        stream()
            .reasoning("Now the price.")
            .custom_call_as("call_patch", "apply_patch", PATCH)
            .completed(),
        Reply::text("Both are **changed**."),
    ]
}

fn mode(project: &Project, path: &str) -> u32 {
    fs::metadata(project.at(path))
        .expect("the file is there")
        .permissions()
        .mode()
        & 0o7777
}

#[test]
fn from_a_request_to_an_applied_change_and_back() {
    let project = shop();
    let original = project.snapshot();
    let model = Model::start(two_files());
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Raise the price", "auto");

    // What was told while it happened.
    let told: Vec<Value> = serve
        .events()
        .into_iter()
        .filter(|event| event["type"] == "itemCompleted")
        .map(|mut event| event["item"]["kind"].take())
        .collect();
    let kinds: Vec<&str> = told
        .iter()
        .filter_map(|kind| kind["type"].as_str())
        .collect();
    let story = [
        "reasoning",
        "plan",
        "answer",
        "command",
        "reasoning",
        "patch",
        "answer",
    ];
    let heard: Vec<&str> = kinds
        .iter()
        .copied()
        .filter(|kind| *kind != "message")
        .collect();
    assert_eq!(heard, story);
    let plan = told.iter().find(|kind| kind["type"] == "plan").unwrap();
    assert_eq!(
        plan["steps"][0],
        json!({ "step": "Change the script", "status": "inProgress" })
    );
    let command = told.iter().find(|kind| kind["type"] == "command").unwrap();
    assert_eq!(
        (&command["outcome"], &command["exitCode"]),
        (&json!("exited"), &json!(0))
    );
    assert!(
        command["output"].as_str().unwrap().contains("two\n42"),
        "{command}"
    );
    assert_eq!(
        (&command["changed"], &command["folder"]),
        (&json!(["run.sh"]), &json!(""))
    );
    let patch = told.iter().find(|kind| kind["type"] == "patch").unwrap();
    assert_eq!(
        patch["files"],
        json!([{ "path": "src/price.js", "change": "modified", "added": 1, "removed": 1 }])
    );
    // The same is there for a window that opens later.
    let view = serve.view(&task);
    assert_eq!(
        view["items"].as_array().unwrap().len(),
        story.len() + 1,
        "{view:#}"
    );
    assert_eq!(view["task"]["state"], "readyToReview");
    assert_eq!(view["task"]["files"], 2);

    // Review: one approved, one rejected, each as shown.
    assert_eq!(serve.changes(&task).len(), 2);
    serve.mark(&task, "run.sh", "approved");
    serve.mark(&task, "src/price.js", "rejected");
    original.assert_unchanged(project.path());
    let outcome = serve.apply(&task);
    assert_eq!(outcome["type"], "done", "{outcome}");
    assert_eq!(outcome["apply"]["paths"], json!(["run.sh"]));
    assert_eq!(project.text("run.sh"), "#!/bin/sh\necho two\n");
    assert_eq!(mode(&project, "run.sh"), 0o750);
    assert_eq!(
        project.bytes("src/price.js"),
        b"export const price = 1;\r\n"
    );

    // Undo, redo, undo: bytes and mode.
    let apply = json!({ "apply": outcome["apply"]["id"] });
    let undone = serve.call("apply/undo", apply.clone());
    assert_eq!(undone["apply"]["undone"], true, "{undone}");
    assert_eq!(project.text("run.sh"), "#!/bin/sh\necho one\n");
    assert_eq!(mode(&project, "run.sh"), 0o750);
    let redone = serve.call("apply/redo", apply.clone());
    assert_eq!(redone["apply"]["undone"], false, "{redone}");
    assert_eq!(project.text("run.sh"), "#!/bin/sh\necho two\n");
    serve.call("apply/undo", apply.clone());
    let left: Vec<String> = original
        .diff(&project.snapshot())
        .into_iter()
        .filter(|line| !line.contains(": mtime "))
        .collect();
    assert_eq!(left, Vec::<String>::new(), "undo leaves nothing behind");

    // Undo is refused when the file changed since, with both versions.
    serve.call("apply/redo", apply.clone());
    project.write("run.sh", "#!/bin/sh\necho mine\n");
    let conflict = serve.call("apply/undo", apply);
    assert_eq!(conflict["type"], "conflict", "{conflict}");
    assert_eq!(conflict["files"][0]["yours"], "#!/bin/sh\necho mine\n");
    assert_eq!(conflict["files"][0]["theirs"], "#!/bin/sh\necho one\n");
    assert_eq!(project.text("run.sh"), "#!/bin/sh\necho mine\n");
    model.assert_finished();
    serve.close();
}

#[test]
fn requests_are_what_the_wire_wants() {
    let project = shop();
    let model = Model::start(two_files());
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let start = json!({ "text": "Raise", "model": "gpt-5-codex", "permission": "auto" });
    let task = serve.call("task/start", start)["id"].clone();
    let ended = serve.ended_after_start(task.as_str().unwrap());
    assert_eq!(ended["turn"], "done", "{ended}");
    let requests = model.requests();
    assert_eq!(requests.len(), 4);
    let bodies: Vec<Value> = requests.iter().map(|request| request.json()).collect();
    let key = &bodies[0]["prompt_cache_key"];
    assert!(key.as_str().is_some_and(|key| !key.is_empty()), "{key}");
    for (request, body) in requests.iter().zip(&bodies) {
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("POST", "/v1/responses")
        );
        assert_eq!(
            request.header("authorization"),
            Some(format!("Bearer {KEY}").as_str())
        );
        assert_eq!(request.header("accept"), Some("text/event-stream"));
        assert_eq!(body["model"], "gpt-5-codex");
        assert!(
            body["instructions"]
                .as_str()
                .is_some_and(|text| text.len() > 200)
        );
        assert_eq!(
            (&body["store"], &body["stream"]),
            (&json!(false), &json!(true))
        );
        assert_eq!(body["include"], json!(["reasoning.encrypted_content"]));
        assert_eq!(body["tool_choice"], "auto");
        assert_eq!(&body["prompt_cache_key"], key);
        for field in ["instructions", "tools", "reasoning", "parallel_tool_calls"] {
            assert_eq!(
                body[field], bodies[0][field],
                "{field} is the same in every request"
            );
        }
        for item in request.input() {
            assert_eq!(
                item.get("id"),
                None,
                "nothing is stored that an id could name: {item}"
            );
        }
    }
    let tools: Vec<(&str, &str)> = bodies[0]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| {
            (
                tool["type"].as_str().unwrap(),
                tool["name"].as_str().unwrap(),
            )
        })
        .collect();
    for tool in [
        ("function", "shell_command"),
        ("custom", "apply_patch"),
        ("function", "update_plan"),
        ("function", "view_image"),
    ] {
        assert!(tools.contains(&tool), "{tool:?} is not in {tools:?}");
    }

    // Each request begins with the whole of the one before.
    for pair in requests.windows(2) {
        let (before, after) = (pair[0].input(), pair[1].input());
        assert_eq!(
            after[..before.len()],
            before[..],
            "earlier items never change"
        );
    }
    let last = requests[3].input();
    let reasoning: Vec<&Value> = last
        .iter()
        .filter(|item| item["type"] == "reasoning")
        .collect();
    assert_eq!(reasoning.len(), 2);
    for item in reasoning {
        assert!(
            item["encrypted_content"]
                .as_str()
                .unwrap()
                .starts_with("sealed-"),
            "{item}"
        );
        assert_eq!(item["summary"][0]["type"], "summary_text");
    }
    let by_call = |call: &str| -> Vec<&Value> {
        last.iter().filter(|item| item["call_id"] == call).collect()
    };
    let shell = by_call("call_shell");
    assert_eq!(shell[0]["type"], "function_call");
    assert_eq!(
        shell[0]["arguments"],
        r#"{"command":"sed -i s/one/two/ run.sh && ./run.sh && echo $((40 + 2))"}"#
    );
    assert_eq!(shell[1]["type"], "function_call_output");
    let output = shell[1]["output"].as_str().unwrap();
    assert!(output.starts_with("Exit code: 0\nWall time: "), "{output}");
    assert!(output.contains("\nOutput:\ntwo\n42"), "{output}");
    let patch = by_call("call_patch");
    assert_eq!(
        (&patch[0]["type"], &patch[0]["input"]),
        (&json!("custom_tool_call"), &json!(PATCH))
    );
    assert_eq!(patch[1]["type"], "custom_tool_call_output");
    assert!(
        patch[1]["output"]
            .as_str()
            .unwrap()
            .contains("M src/price.js"),
        "{}",
        patch[1]
    );
    let said = |item: &&Value| item["role"] == "assistant";
    assert_eq!(
        last.iter().find(said).unwrap()["content"][0]["text"],
        "First the script."
    );
    serve.close();
}

#[test]
fn every_kind_of_change_is_applied_and_undone_exactly() {
    let project = shop()
        .file("old/only.txt", "to be deleted\n")
        .file("kind.txt", "a file\n")
        .file("moved.txt", "the same bytes\n")
        .link("link", "notes.txt")
        .link("gone", "nowhere");
    let original = project.snapshot();
    let model = Model::start([
        Reply::shell(
            "chmod +x notes.txt && rm -r old gone && mkdir -p new/deep && \
             printf 'no newline' > new/deep/file.txt && chmod 600 new/deep/file.txt && \
             ln -sfn run.sh link && rm kind.txt && ln -s notes.txt kind.txt && \
             mv moved.txt new/moved.txt && : > empty.txt && echo 'a\"b' > 'q\"u o.txt'",
        ),
        Reply::text("Done."),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Everything", "auto");
    let mut changes: Vec<(String, String)> = serve
        .changes(&task)
        .iter()
        .map(|file| ["path", "change"].map(|name| file[name].as_str().unwrap().to_owned()))
        .map(|[path, change]| (path, change))
        .collect();
    changes.sort_unstable();
    let expected = [
        ("empty.txt", "added"),
        ("gone", "deleted"),
        ("kind.txt", "modified"),
        ("link", "modified"),
        ("moved.txt", "deleted"),
        ("new/deep/file.txt", "added"),
        ("new/moved.txt", "added"),
        ("notes.txt", "modified"),
        ("old/only.txt", "deleted"),
        ("q\"u o.txt", "added"),
    ];
    let expected = expected.map(|(path, change)| (path.to_owned(), change.to_owned()));
    assert_eq!(changes, expected);
    let executable = serve.change(&task, "notes.txt")["attributes"].clone();
    assert_eq!(executable, "It can be run as a program now.");

    let files: Vec<Value> = serve.changes(&task).iter().map(shown).collect();
    let commit = json!({ "task": task, "files": files });
    let outcome = serve.call("apply/commit", commit);
    assert_eq!(outcome["type"], "done", "{outcome}");
    assert_eq!(mode(&project, "notes.txt"), 0o755);
    assert_eq!(project.text("new/deep/file.txt"), "no newline");
    assert_eq!(mode(&project, "new/deep/file.txt"), 0o600);
    let target = |path: &str| fs::read_link(project.at(path)).expect("it is a link");
    assert_eq!(target("link").to_str(), Some("run.sh"));
    assert_eq!(target("kind.txt").to_str(), Some("notes.txt"));
    assert_eq!(project.text("new/moved.txt"), "the same bytes\n");
    assert_eq!(project.bytes("empty.txt"), b"");
    for path in ["old/only.txt", "gone", "moved.txt"] {
        assert!(fs::symlink_metadata(project.at(path)).is_err(), "{path}");
    }
    let applied = project.snapshot();
    let lasting = |lines: Vec<String>| -> Vec<String> {
        lines
            .into_iter()
            .filter(|line| !line.contains(": mtime "))
            .collect()
    };

    let apply = json!({ "apply": outcome["apply"]["id"] });
    assert_eq!(serve.call("apply/undo", apply.clone())["type"], "done");
    assert_eq!(
        lasting(original.diff(&project.snapshot())),
        Vec::<String>::new()
    );
    assert_eq!(serve.call("apply/redo", apply)["type"], "done");
    assert_eq!(
        lasting(applied.diff(&project.snapshot())),
        Vec::<String>::new()
    );
    serve.close();
}

#[test]
fn what_can_run_elsewhere_is_never_part_of_all() {
    let project = shop().file("package.json", "{}\n");
    let model = Model::start([
        Reply::shell(
            "sed -i s/one/two/ notes.txt run.sh; mkdir -p .github/workflows; \
             echo 'on: push' > .github/workflows/ci.yml; \
             echo '{\"scripts\":{\"postinstall\":\"./run.sh\"}}' > package.json",
        ),
        Reply::text("Done."),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Two", "auto");
    for path in ["package.json", ".github/workflows/ci.yml"] {
        assert!(serve.change(&task, path)["risk"].is_string(), "{path}");
    }
    let preview = serve.call("apply/preview", json!({ "task": task }));
    assert_eq!(preview["all"], true);
    assert_eq!(preview["files"][0]["path"], "run.sh", "{preview}");
    let mut left: Vec<&Value> = preview["leftOut"].as_array().unwrap().iter().collect();
    left.sort_by_key(|path| path.to_string());
    assert_eq!(left, [".github/workflows/ci.yml", "package.json"]);
    assert_eq!(serve.apply(&task)["apply"]["paths"], json!(["run.sh"]));
    assert_eq!(project.text("package.json"), "{}\n");
    // One that was looked at and approved is written.
    serve.mark(&task, "package.json", "approved");
    assert_eq!(
        serve.apply(&task)["apply"]["paths"],
        json!(["package.json"])
    );
    assert!(project.text("package.json").contains("postinstall"));
    assert!(!project.at(".github").exists());
    serve.close();
}

#[test]
fn a_follow_up_works_on_what_was_applied() {
    let project = shop();
    let model = Model::start([
        Reply::shell("sed -i s/one/two/ run.sh"),
        Reply::text("Two."),
        Reply::shell("cat run.sh notes.txt; sed -i s/two/three/ run.sh"),
        Reply::text("Three."),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Two", "auto");
    assert_eq!(serve.apply(&task)["type"], "done");
    assert_eq!(serve.changes(&task), Vec::<Value>::new());
    assert_eq!(serve.view(&task)["task"]["state"], "applied");
    project.write("notes.txt", "mine now\n");

    serve.send(&task, "Now three");
    serve.ended(&task);
    let seen = model.requests()[3].last_result();
    assert!(
        seen.contains("echo two") && seen.contains("mine now"),
        "{seen}"
    );
    let paths: Vec<Value> = serve
        .changes(&task)
        .into_iter()
        .map(|mut file| file["path"].take())
        .collect();
    assert_eq!(
        paths,
        ["run.sh"],
        "the person's own edit is no change of the task"
    );
    assert_eq!(serve.apply(&task)["type"], "done");
    assert_eq!(project.text("run.sh"), "#!/bin/sh\necho three\n");
    assert_eq!(project.text("notes.txt"), "mine now\n");

    // The two applies come off one by one, newest first.
    let history = serve.call("apply/history", json!({}));
    let ids: Vec<&Value> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|apply| &apply["id"])
        .collect();
    assert_eq!(ids.len(), 2);
    let early = serve.call("apply/undo", json!({ "apply": ids[1] }));
    assert_eq!(
        early["type"], "conflict",
        "the later one is on top of it: {early}"
    );
    for id in ids {
        assert_eq!(
            serve.call("apply/undo", json!({ "apply": id }))["type"],
            "done"
        );
    }
    assert_eq!(project.text("run.sh"), "#!/bin/sh\necho one\n");
    serve.close();
}

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

#[test]
fn stop_ends_the_command_and_everything_it_started() {
    let mark = format!("stop-{}", std::process::id());
    let project = shop();
    let model = Model::start([Reply::shell(&format!(
        "setsid bash -c 'exec -a {mark}-far sleep 1000' & echo begun > begun.txt; echo begun; \
         bash -c 'exec -a {mark}-near sleep 1000'"
    ))]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Sleep", "auto");
    serve.event("the command's output", |event| {
        event["type"] == "itemDelta" && event["text"].as_str().unwrap().contains("begun")
    });
    let busy = serve.refused("apply/commit", json!({ "task": task, "files": [] }));
    assert!(
        busy["message"].as_str().unwrap().contains("still at work"),
        "{busy}"
    );

    let stopped = serve.call("task/stop", json!({ "task": task }));
    assert_eq!(
        (&stopped["turn"], &stopped["state"]),
        (&json!("stopped"), &json!("stopped"))
    );
    assert_eq!(
        processes(&mark),
        Vec::<u32>::new(),
        "Stop leaves no process"
    );
    serve.ended(&task);
    let command = serve.items(&task, "command").pop().unwrap();
    assert_eq!(command["outcome"], "stopped", "{command}");
    assert_eq!(
        serve.change(&task, "begun.txt")["change"],
        "added",
        "what was done is kept"
    );

    // The task goes on, and the model hears that it was stopped.
    model.push(Reply::text("Where were we?"));
    serve.send(&task, "Go on");
    let ended = serve.ended(&task);
    assert_eq!(ended["turn"], "done");
    let results = model.requests()[1].results();
    assert_eq!(results.len(), 1, "the stopped call has an answer");
    model.assert_finished();
    serve.close();
}

#[test]
fn stop_at_any_moment_of_a_command_leaves_nothing() {
    let mark = format!("moment-{}", std::process::id());
    let project = shop();
    let model = Model::start(Vec::new());
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    for _ in 0..20 {
        model.push(Reply::shell(&format!(
            "bash -c 'exec -a {mark} sleep 1000'"
        )));
        let task = serve.start("Sleep", "auto");
        // From here on the command is being set up: some stops come before it runs, some after.
        serve.event("the beginning of the command", |event| {
            event["type"] == "itemStarted" && event["item"]["kind"]["type"] == "command"
        });
        let stopped = serve.call("task/stop", json!({ "task": task }));
        assert_eq!(stopped["turn"], "stopped", "{stopped}");
        assert_eq!(processes(&mark), Vec::<u32>::new());
        let command = serve.items(&task, "command").pop().unwrap();
        assert_eq!(command["outcome"], "stopped", "{command}");
    }
    serve.close();
}

#[test]
fn a_command_runs_in_the_folder_it_names() {
    let project = shop();
    let at = |folder: &str| {
        let call = json!({ "command": "pwd; cat price.js", "workdir": folder });
        stream().function_call("shell_command", &call).completed()
    };
    let whole = project.at("src");
    let model = Model::start([
        at("src"),
        at(whole.to_str().unwrap()),
        at("no/such"),
        at("../.."),
        Reply::text("Done."),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Where?", "auto");
    let commands = serve.items(&task, "command");
    for command in &commands[..2] {
        assert_eq!(command["folder"], "src", "{command}");
        let output = command["output"].as_str().unwrap();
        assert!(output.starts_with(whole.to_str().unwrap()) && output.contains("price = 1"));
    }
    for (command, named) in commands[2..].iter().zip(["no/such", "../.."]) {
        assert_eq!(command["outcome"], "notStarted", "{command}");
        assert!(
            command["output"].as_str().unwrap().contains(named),
            "{command}"
        );
    }
    serve.close();
}

#[test]
fn stop_hangs_up_on_a_model_that_is_still_talking() {
    let project = shop();
    let gate = Gate::new();
    let model = Model::start([stream().text_around("I think", &gate, " so").completed()]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Think", "auto");
    serve.event("the beginning of the answer", |event| {
        event["type"] == "itemDelta" && event["text"] == "I think"
    });
    let stopped = serve.call("task/stop", json!({ "task": task }));
    assert_eq!(stopped["turn"], "stopped");
    model.wait_hang_up_blocking(1);
    gate.release();
    let answer = serve.items(&task, "answer").pop().unwrap();
    assert_eq!(answer["text"], "I think", "what was said stays");
    serve.close();
}

#[test]
fn processes_never_outlive_the_command_that_started_them() {
    let mark = format!("outlive-{}", std::process::id());
    let project = shop();
    let model = Model::start([
        Reply::shell(&format!(
            "setsid bash -c 'exec -a {mark} sleep 1000' >/dev/null 2>&1 </dev/null & \
             (nohup bash -c 'exec -a {mark} sleep 1000' >/dev/null 2>&1 &) ; \
             while [ \"$(cat /proc/*/cmdline | tr '\\0' '\\n' | grep -c '^{mark}$')\" -lt 2 ]; \
             do :; done; echo both"
        )),
        Reply::text("Done."),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    serve.work("Start servers", "auto");
    let result = model.requests()[1].last_result();
    assert!(result.contains("both"), "{result}");
    assert_eq!(processes(&mark), Vec::<u32>::new());
    serve.close();
}

#[test]
fn a_word_while_the_agent_works_reaches_it_before_its_next_step() {
    let project = shop();
    let gate = Gate::new();
    let model = Model::start([
        stream()
            .text("Looking.")
            .gate(&gate)
            .shell("cat notes.txt")
            .completed(),
        Reply::text("In blue, then."),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Paint it", "auto");
    gate.reached_blocking();
    serve.call(
        "task/send",
        json!({ "task": task, "text": "In blue, please" }),
    );
    gate.open_blocking();
    assert_eq!(serve.ended(&task)["turn"], "done");
    model.assert_finished();
    let second = model.requests()[1].input();
    let call = second
        .iter()
        .position(|item| item["type"] == "function_call_output")
        .unwrap();
    let word = second
        .iter()
        .position(|item| item.to_string().contains("In blue, please"))
        .unwrap();
    assert!(
        word > call,
        "after the result of the step under way: {second:#?}"
    );
    let messages: Vec<Value> = serve
        .items(&task, "message")
        .into_iter()
        .map(|mut message| message["text"].take())
        .collect();
    assert_eq!(messages, ["Paint it", "In blue, please"]);
    serve.close();
}

#[test]
fn everything_survives_a_kill_in_the_middle_of_a_turn() {
    let mark = format!("survive-{}", std::process::id());
    let project = shop();
    let before = project.snapshot();
    let model = Model::start([
        Reply::shell("sed -i s/one/two/ run.sh"),
        Reply::text("Two."),
        stream().text("Now the price.").patch(PATCH).completed(),
        Reply::shell(&format!("echo begun; bash -c 'exec -a {mark} sleep 1000'")),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    let opened = serve.open(project.path());
    let task = serve.work("Two, please", "auto");
    serve.mark(&task, "run.sh", "approved");
    serve.send(&task, "And the price");
    serve.event("the command's output", |event| {
        event["type"] == "itemDelta" && event["text"].as_str().unwrap().contains("begun")
    });
    serve.call(
        "text/keep",
        json!({ "task": task, "text": "typed, not s\u{eb}nt" }),
    );
    serve.call("text/keep", json!({ "task": null, "text": "a new idea" }));
    let sleeping = processes(&mark);
    assert!(!sleeping.is_empty());
    serve.kill();
    for pid in sleeping {
        wait_end(pid);
    }
    before.assert_unchanged(project.path());

    let mut serve = world.serve(&model.base_url());
    assert_eq!(
        serve.call("app/state", json!({}))["recent"][0]["id"],
        opened["id"]
    );
    serve.call("project/reopen", json!({ "project": opened["id"] }));
    let snapshot = serve.call("project/snapshot", json!({}));
    assert_eq!(snapshot["unsent"], "a new idea");
    let facts = &snapshot["tasks"][0];
    assert_eq!(
        (&facts["id"], &facts["turn"]),
        (&json!(task), &json!("interrupted"))
    );
    assert_eq!(facts["state"], "stopped");
    assert!(
        facts["detail"].as_str().unwrap().contains("Interrupted"),
        "{facts}"
    );
    let view = serve.view(&task);
    assert_eq!(view["unsent"], "typed, not s\u{eb}nt");
    let kinds: Vec<&str> = view["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["kind"]["type"].as_str().unwrap())
        .collect();
    let story = [
        "message", "command", "answer", "message", "answer", "patch", "command",
    ];
    assert_eq!(kinds, story);
    assert_eq!(view["items"][6]["kind"]["outcome"], "stopped");
    assert_eq!(view["items"][3]["kind"]["text"], "And the price");
    // The draft and the mark on the file that did not change since.
    let script = serve.change(&task, "run.sh");
    assert_eq!(script["mark"], "approved", "{script}");
    assert_eq!(serve.change(&task, "src/price.js")["mark"], "undecided");

    model.push(Reply::text("Here I am again."));
    serve.call("task/continue", json!({ "task": task }));
    assert_eq!(serve.ended_after_start(&task)["turn"], "done");
    let requests = model.requests();
    let last = requests.last().unwrap();
    let said = last.body.clone();
    let said = String::from_utf8_lossy(&said);
    assert!(
        said.contains("Two, please") && said.contains("And the price"),
        "{said}"
    );
    let calls = last
        .input()
        .iter()
        .filter(|item| item["call_id"].is_string())
        .count();
    let answers = last.results().len();
    assert_eq!(calls, 2 * answers, "every call has its answer");
    // Applied from the restored draft, byte for byte.
    assert_eq!(serve.apply(&task)["apply"]["paths"], json!(["run.sh"]));
    assert_eq!(project.text("run.sh"), "#!/bin/sh\necho two\n");
    serve.close();
}

#[test]
fn a_data_folder_in_use_is_said_and_left_alone() {
    let project = shop();
    let model = Model::start(Vec::new());
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let mut second = world.command(&model.base_url());
    second.arg("serve").arg("--data").arg(world.data());
    let refused = Ran::of(&mut second).ended(3);
    assert!(refused.err.contains("already running"), "{}", refused.err);
    assert!(
        refused.err.contains(world.data().to_str().unwrap()),
        "{}",
        refused.err
    );
    assert_eq!(
        serve.call("project/snapshot", json!({}))["tasks"],
        json!([])
    );
    serve.close();
}

#[test]
fn what_is_asked_wrongly_is_answered_and_the_session_goes_on() {
    let model = Model::start(Vec::new());
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    let unknown = serve.refused("review/frobnicate", json!({}));
    assert!(
        unknown["message"]
            .as_str()
            .unwrap()
            .contains("review/frobnicate")
    );
    let wrong = serve.refused("task/get", json!({ "nope": 1 }));
    assert_eq!(wrong["code"], "broken");
    let closed = serve.refused("project/snapshot", json!({}));
    assert_eq!(closed["code"], "refused");
    assert_eq!(serve.call("app/state", json!({}))["project"], Value::Null);
    serve.close();
}
