//! A task through `serve`: what is sent, what is shown, what is written, and what survives.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::project::Project;

use crate::client::shown;
use crate::world::KEY;
use crate::world::World;

pub(crate) const PATCH: &str = "*** Begin Patch\n*** Update File: src/price.js\n@@\n-export const price = 1;\n\
                     +export const price = 2;\n*** End Patch\n";

/// A script, a source with Windows line endings, notes.
pub(crate) fn shop() -> Project {
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
    let failure = serve.refused("apply/commit", commit.clone());
    assert!(
        failure["message"]
            .as_str()
            .unwrap()
            .contains("is not approved"),
        "links and programs are risky and never meant without a mark: {failure}"
    );
    let decide = json!({ "task": task, "files": files, "mark": "approved", "rest": false });
    serve.call("review/decide", decide);
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
