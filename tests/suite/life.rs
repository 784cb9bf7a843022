//! The life of a turn and of its processes: Stop, a word in between, a kill, and what is left.

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;

use crate::traces::processes;
use crate::traces::wait_end;
use crate::world::Ran;
use crate::world::World;

use crate::task::PATCH;
use crate::task::shop;

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
    let wider = json!({ "task": task, "model": null, "permission": "full" });
    let refused = serve.refused("task/configure", wider);
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("Stop it first"),
        "{refused}"
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
    assert_eq!(
        serve.view(&task)["unsent"],
        "typed, not s\u{eb}nt",
        "Continue sends something else"
    );
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
