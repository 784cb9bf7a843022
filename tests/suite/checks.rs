//! Checks through `serve`: found, run, judged, sent to the agent, repeated until green.

use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::project::Project;

use crate::client::Serve;
use crate::files;
use crate::traces::processes;
use crate::world::World;

const PACKAGE: &str = r#"{"name":"till","private":true,"scripts":{"test":"node --test"}}"#;
const TILL: &str = "exports.total = (a, b) => a - b;\nexports.name = 'tilt';\n";
const TESTS: &str = "const { test } = require('node:test');\n\
    const assert = require('node:assert');\n\
    const till = require('./till.js');\n\
    test('adds two prices', () => assert.strictEqual(till.total(2, 1), 3));\n\
    test('has its name', () => assert.strictEqual(till.name, 'till'));\n\
    test('is there', () => assert.ok(till));\n";

pub(crate) const FIX_SUM: &str = "*** Begin Patch\n*** Update File: till.js\n@@\n\
    -exports.total = (a, b) => a - b;\n+exports.total = (a, b) => a + b;\n*** End Patch\n";
pub(crate) const FIX_NAME: &str = "*** Begin Patch\n*** Update File: till.js\n@@\n\
    -exports.name = 'tilt';\n+exports.name = 'till';\n*** End Patch\n";

/// A package whose two of three tests fail.
pub(crate) fn till() -> Project {
    Project::new()
        .file("package.json", PACKAGE)
        .file("till.js", TILL)
        .file("till.test.js", TESTS)
}

impl Serve {
    /// Ids of the checks of a task, by their command.
    #[track_caller]
    pub(crate) fn check_named(&mut self, task: &str, command: &str) -> String {
        let list = self.call("check/list", json!({ "task": task }));
        let checks = list["checks"].as_array().expect("a list has checks");
        let found = checks.iter().find(|check| check["command"] == command);
        let found = found.unwrap_or_else(|| panic!("`{command}` is not in {list:#}"));
        found["id"].as_str().expect("a check has an id").to_owned()
    }

    /// Keeps a check of one's own.
    #[track_caller]
    pub(crate) fn typed(&mut self, task: &str, command: &str, tests: bool) -> String {
        let save = json!({ "task": task, "check": null, "command": command, "tests": tests });
        self.call("check/save", save);
        self.check_named(task, command)
    }

    /// Runs a check to its end, and answers with its item's kind.
    #[track_caller]
    pub(crate) fn check(&mut self, task: &str, check: &str, seconds: Option<u32>) -> Value {
        let run = json!({ "task": task, "check": check, "seconds": seconds });
        self.call("check/run", run);
        self.check_ended()
    }

    #[track_caller]
    pub(crate) fn check_ended(&mut self) -> Value {
        self.event("the end of the check", |event| {
            event["type"] == "itemCompleted" && event["item"]["kind"]["type"] == "check"
        })["item"]["kind"]
            .clone()
    }

    /// Waits for the end of until green.
    #[track_caller]
    pub(crate) fn rounds_ended(&mut self) -> Value {
        self.event("the end of until green", |event| {
            event["type"] == "itemCompleted" && event["item"]["kind"]["type"] == "untilGreen"
        })["item"]["kind"]
            .clone()
    }

    /// The few words beside the task's state.
    #[track_caller]
    pub(crate) fn detail(&mut self, task: &str) -> String {
        let task = self.view(task)["task"].take();
        task["detail"]
            .as_str()
            .expect("a task has a detail")
            .to_owned()
    }
}

/// A task in `project` whose agent has only answered.
#[track_caller]
pub(crate) fn answered(serve: &mut Serve, project: &Project) -> String {
    serve.open(project.path());
    serve.work("Hello", "auto")
}

#[test]
fn a_failing_check_is_sent_to_the_agent_and_passes() {
    let project = till();
    let original = project.snapshot();
    let model = Model::start([
        Reply::text("Hello."),
        stream().patch(FIX_SUM).patch(FIX_NAME).completed(),
        Reply::text("Both are mended."),
    ]);
    let world = World::with_the_persons_path();
    let mut serve = world.serve(&model.base_url());
    let task = answered(&mut serve, &project);
    let check = serve.check_named(&task, "npm test");
    let list = serve.call("check/list", json!({ "task": task }));

    let red = serve.check(&task, &check, None);
    assert_eq!(red["result"], "failed", "{red}");
    assert_eq!(red["sentence"], "2 of 3 tests fail.");
    assert_eq!(
        red["tests"],
        json!({ "passed": 1, "failed": 2, "skipped": 0 })
    );
    assert_eq!(red["failing"], json!(["adds two prices", "has its name"]));
    assert_eq!(
        (&red["sendable"], &red["change"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(red["draft"], list["draft"], "it ran on what is there");
    assert!(red["output"].as_str().unwrap().contains("adds two prices"));
    assert_eq!(serve.detail(&task), "Answered · 2 of 3 tests fail");
    original.assert_unchanged(project.path());

    serve.call("check/send", json!({ "task": task, "check": check }));
    let done = serve.ended_after_start(&task);
    assert_eq!(done["turn"], "done", "{done}");
    let asked = json!(model.wait_request_blocking(2).input()).to_string();
    for words in [
        "The check `npm test` does not pass.",
        "- adds two prices",
        "- has its name",
    ] {
        assert!(asked.contains(words), "{words}: {asked}");
    }
    assert_eq!(
        serve.detail(&task),
        "1 file · 2 of 3 tests fail (changed since)"
    );
    let now = serve.call("check/list", json!({ "task": task }));
    assert_ne!(
        now["draft"], red["draft"],
        "the result is of an earlier draft now"
    );

    let green = serve.check(&task, &check, None);
    assert_eq!(
        (&green["result"], &green["change"]),
        (&json!("passed"), &json!(2))
    );
    assert_eq!(green["sentence"], "All 3 tests pass.");
    assert_eq!(green["failing"], json!([]));
    assert_eq!(serve.detail(&task), "1 file · all 3 tests pass");
    let refused = serve.refused("check/send", json!({ "task": task, "check": check }));
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("did not fail"),
        "{refused}"
    );
    original.assert_unchanged(project.path());

    // It is all there for a window that opens later.
    serve.close();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let results: Vec<Value> = serve
        .items(&task, "check")
        .into_iter()
        .map(|mut run| run["result"].take())
        .collect();
    assert_eq!(results, ["failed", "passed"]);
    assert_eq!(serve.detail(&task), "1 file · all 3 tests pass");
    model.assert_finished();
}

#[test]
fn one_thing_at_a_time_has_the_private_copy() {
    let mark = format!("check-{}", std::process::id());
    let project = till();
    let gate = Gate::new();
    let model = Model::start([
        Reply::patch(FIX_SUM),
        Reply::text("Mended."),
        stream().text("Go").gate(&gate).text("ing on.").completed(),
    ]);
    let world = World::with_the_persons_path();
    let mut serve = world.serve(&model.base_url());
    let task = answered(&mut serve, &project);
    let hanging = serve.typed(
        &task,
        &format!("echo begun; exec -a {mark} sleep 1000"),
        true,
    );
    let run = json!({ "task": task, "check": hanging, "seconds": null });
    serve.call("check/run", run.clone());
    serve.event("its output", |event| {
        event["type"] == "itemDelta" && event["text"].as_str().unwrap().contains("begun")
    });
    assert_eq!(
        serve.detail(&task),
        format!("Running echo begun; exec -a {mark} sleep 1000")
    );
    let refused = serve.refused("check/run", run.clone());
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("is running in this task"),
        "{refused}"
    );
    let refused = serve.refused("check/send", json!({ "task": task, "check": hanging }));
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("is running in this task"),
        "{refused}"
    );
    let file = crate::client::shown(&serve.change(&task, "till.js"));
    let refused = serve.refused("apply/commit", json!({ "task": task, "files": [file] }));
    assert_eq!(
        refused["message"],
        "A check is running on these files. Nothing was written. Wait for it, or stop it first."
    );

    let file = files::named(&mut serve, Some(&task), "till.js");
    let view = files::opened(&mut serve, Some(&task), &file, "draft");
    let refused = serve.refused("file/save", files::save(&view, &task, "mine\n"));
    assert_eq!(
        refused["message"],
        "A check is running on these files. Nothing was written. Wait for it, or stop it first."
    );
    let view = files::opened(&mut serve, Some(&task), &file, "draft");
    assert_ne!(view["text"], "mine\n");

    // A message begins its turn when the check has ended.
    serve.call("task/send", json!({ "task": task, "text": "Go on" }));
    serve.event("the reason to wait", |event| {
        event["type"] == "waiting"
            && event["text"]
                .as_str()
                .unwrap()
                .starts_with("Waits for the check")
    });
    assert_eq!(model.requests().len(), 2);
    let asked = Instant::now();
    serve.call("check/stop", json!({ "task": task }));
    let took = asked.elapsed();
    assert!(took < Duration::from_secs(2), "Stop took {took:?}");
    assert_eq!(
        processes(&mark),
        Vec::<u32>::new(),
        "Stop leaves no process"
    );
    let stopped = serve.check_ended();
    assert_eq!(
        (&stopped["result"], &stopped["sentence"]),
        (&json!("stopped"), &json!("Stopped before it had a result."))
    );
    model.wait_request_blocking(3);
    let refused = serve.refused("check/run", run);
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .starts_with("The agent is at work in the private copy"),
        "{refused}"
    );
    gate.release();
    serve.ended(&task);
    model.assert_finished();
}

#[test]
fn a_crash_in_a_check_leaves_it_stopped_and_what_it_wrote_recorded() {
    let project = till();
    let model = Model::start([Reply::text("Hello.")]);
    let world = World::with_the_persons_path();
    let mut serve = world.serve(&model.base_url());
    let task = answered(&mut serve, &project);
    let check = serve.typed(
        &task,
        "echo snapshot > till.snap; echo begun; sleep 1000",
        true,
    );
    serve.call(
        "check/run",
        json!({ "task": task, "check": check, "seconds": null }),
    );
    serve.event("its output", |event| {
        event["type"] == "itemDelta" && event["text"].as_str().unwrap().contains("begun")
    });
    serve.kill();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let run = serve.items(&task, "check").pop().unwrap();
    assert_eq!(run["result"], "stopped", "{run}");
    assert_eq!(serve.detail(&task), "Answered · the check was stopped");
    let again = serve.check(&task, &check, Some(1));
    assert_eq!(again["result"], "timedOut", "{again}");
    serve.change(&task, "till.snap");
    assert!(!project.at("till.snap").exists());
}

#[test]
fn typed_checks_are_kept_changed_and_removed() {
    let project = Project::new().file("notes.txt", "nothing to run here\n");
    let model = Model::start([Reply::text("Hello.")]);
    let world = World::with_the_persons_path();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    // Also before there is a task.
    let list = serve.call("check/list", json!({ "task": null }));
    assert_eq!(
        (&list["checks"], &list["draft"]),
        (&json!([]), &Value::Null)
    );
    assert!(
        list["rule"]
            .as_str()
            .unwrap()
            .starts_with("It ends when the check passes")
    );
    let save = |check: Value, command: &str| json!({ "task": null, "check": check, "command": command, "tests": true });
    let empty = serve.refused("check/save", save(Value::Null, "  "));
    assert!(
        empty["message"]
            .as_str()
            .unwrap()
            .starts_with("The command is empty"),
        "{empty}"
    );
    let list = serve.call("check/save", save(Value::Null, " make tset "));
    let check = &list["checks"][0];
    assert_eq!(
        (&check["command"], &check["own"], &check["purpose"]),
        (&json!("make tset"), &json!(true), &json!("test"))
    );
    let list = serve.call("check/save", save(check["id"].clone(), "make test"));
    assert_eq!(list["checks"].as_array().unwrap().len(), 1);
    assert_eq!(list["checks"][0]["command"], "make test");
    let unknown = serve.refused("check/save", save(json!("own:none"), "x"));
    assert!(
        unknown["message"]
            .as_str()
            .unwrap()
            .starts_with("That check is not there"),
        "{unknown}"
    );
    serve.close();

    let mut serve = world.serve(&model.base_url());
    let task = answered(&mut serve, &project);
    let id = serve.check_named(&task, "make test");
    let list = serve.call("check/remove", json!({ "task": task, "check": id }));
    assert_eq!(list["checks"], json!([]));
    let gone = serve.refused(
        "check/run",
        json!({ "task": task, "check": id, "seconds": null }),
    );
    assert!(
        gone["message"]
            .as_str()
            .unwrap()
            .starts_with("That check is not there"),
        "{gone}"
    );
}
