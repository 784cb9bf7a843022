//! The last turn taken back and run again.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::project::Project;

use crate::client::Serve;
use crate::world::World;

pub(crate) fn shop() -> Project {
    Project::named("shop")
        .file("a.txt", "a\n")
        .file("b.txt", "b\n")
        .file("gone.txt", "gone\n")
        .file("run.sh", "echo run\n")
        .mode("run.sh", 0o755)
}

fn paths(serve: &mut Serve, task: &str) -> Vec<String> {
    let files = serve.changes(task);
    let paths = files.iter().filter_map(|file| file["path"].as_str());
    paths.map(str::to_owned).collect()
}

fn messages(serve: &mut Serve, task: &str) -> Vec<Value> {
    let items = serve.items(task, "message");
    items
        .into_iter()
        .map(|mut item| item["text"].take())
        .collect()
}

fn log_of(world: &World, task: &str) -> PathBuf {
    world.data().join("tasks").join(task).join("log.jsonl")
}

/// The lines of a task's log, and where the last one of this kind is.
fn lines_of(world: &World, task: &str, kind: &str) -> (Vec<String>, usize) {
    let log = fs::read_to_string(log_of(world, task)).expect("the task has a log");
    let lines: Vec<String> = log.lines().map(str::to_owned).collect();
    let kind = format!("\"record\":\"{kind}\"");
    let at = lines.iter().rposition(|line| line.contains(&kind));
    (lines, at.expect("there is such a line"))
}

fn write_log(world: &World, task: &str, lines: &[String]) {
    fs::write(log_of(world, task), lines.join("\n") + "\n").expect("the log can be written");
}

/// Puts a text into a file of the draft as the person does.
pub(crate) fn save(serve: &mut Serve, task: &str, path: &str, text: &str) {
    let found = serve.call("files/find", json!({ "task": task, "text": path }));
    let file = found["files"][0]["id"].clone();
    let open = json!({ "task": task, "file": file, "side": "draft" });
    let view = serve.call("file/open", open);
    assert_eq!(view["path"], path);
    let save = json!({ "task": task, "file": file, "version": view["version"], "text": text });
    assert_eq!(serve.call("file/save", save)["type"], "saved");
}

/// Asks for the last turn once more and waits until it has ended.
fn again(serve: &mut Serve, name: &str, request: Value, task: &str) -> Value {
    serve.call(name, request);
    serve.ended_after_start(task)
}

#[test]
fn trying_again_starts_from_the_draft_and_the_talk_as_they_were_before_the_turn() {
    let project = shop();
    let before = project.snapshot();
    let world = World::new();
    let model = Model::start([
        Reply::shell("echo first > a.txt"),
        Reply::text("a is changed."),
        Reply::shell(
            "echo second > a.txt; echo b2 > b.txt; rm gone.txt; mkdir -p new/deep; \
             echo n > new/deep/n.txt; chmod 644 run.sh",
        ),
        Reply::text("A mess."),
        Reply::shell("cat a.txt b.txt gone.txt; ls; stat -c %a run.sh"),
        Reply::text("Only looked."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Change a.", "auto");
    serve.send(&task, "Now the rest.");
    serve.ended(&task);
    assert_eq!(paths(&mut serve, &task).len(), 5);
    let ended = again(&mut serve, "task/retry", json!({ "task": task }), &task);
    assert_eq!(ended["turn"], "done");
    // The agent found what the first turn had left.
    let requests = model.requests();
    let seen = requests[5].last_result();
    assert!(seen.contains("first\nb\ngone\n"), "{seen}");
    assert!(!seen.contains("new") && seen.contains("755"), "{seen}");
    // And remembers nothing of the second.
    let remembered = requests[4].json().to_string();
    assert!(!remembered.contains("A mess"), "{remembered}");
    assert_eq!(
        remembered.matches("Now the rest.").count(),
        1,
        "{remembered}"
    );
    assert!(remembered.contains("a is changed."), "{remembered}");
    assert_eq!(paths(&mut serve, &task), ["a.txt"]);
    assert_eq!(messages(&mut serve, &task), ["Change a.", "Now the rest."]);
    before.assert_unchanged(project.path());
    serve.close();

    // The same after a restart.
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(messages(&mut serve, &task), ["Change a.", "Now the rest."]);
    assert_eq!(
        serve
            .items(&task, "answer")
            .last()
            .map(|item| item["text"].clone()),
        Some(json!("Only looked."))
    );
    model.push(Reply::text("Third time."));
    again(&mut serve, "task/retry", json!({ "task": task }), &task);
    let remembered = model.requests()[6].json().to_string();
    assert!(!remembered.contains("Only looked"), "{remembered}");
    serve.close();
}

#[test]
fn another_message_takes_the_place_of_the_last_one() {
    let project = shop();
    let world = World::new();
    let model = Model::start([
        Reply::shell("echo wrong > a.txt"),
        Reply::text("Wrong."),
        Reply::shell("echo right > b.txt"),
        Reply::text("Right."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Change a.", "auto");
    let failure = serve.refused("task/resend", json!({ "task": task, "text": " " }));
    assert!(
        failure["message"].as_str().unwrap().contains("empty"),
        "{failure}"
    );
    assert_eq!(paths(&mut serve, &task), ["a.txt"]);
    again(
        &mut serve,
        "task/resend",
        json!({ "task": task, "text": "Change b." }),
        &task,
    );
    assert_eq!(paths(&mut serve, &task), ["b.txt"]);
    assert_eq!(messages(&mut serve, &task), ["Change b."]);
    let sent = model.requests()[2].json().to_string();
    assert!(
        sent.contains("Change b.") && !sent.contains("Change a."),
        "{sent}"
    );
    serve.close();
}

#[test]
fn what_the_person_wrote_into_a_file_meanwhile_is_there_after_it_is_taken_back() {
    let project = shop();
    let world = World::new();
    let model = Model::start([
        Reply::shell("echo agent > a.txt"),
        Reply::text("Done."),
        Reply::shell("cat a.txt"),
        Reply::text("Yours."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Change a.", "auto");
    project.write("a.txt", "mine\n");
    again(&mut serve, "task/retry", json!({ "task": task }), &task);
    let seen = model.requests()[3].last_result();
    assert!(seen.contains("mine"), "{seen}");
    assert_eq!(paths(&mut serve, &task), [""; 0]);
    assert_eq!(project.text("a.txt"), "mine\n");
    serve.close();
}

#[test]
fn what_the_person_edited_in_the_draft_stays_and_what_is_under_it_is_said() {
    let project = shop();
    let world = World::new();
    let model = Model::start([
        Reply::shell("echo agent >> a.txt; echo agent >> b.txt"),
        Reply::text("Done."),
        Reply::shell("cat a.txt b.txt gone.txt"),
        Reply::text("Looked."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Change both.", "auto");
    save(&mut serve, &task, "b.txt", "b\nagent\nmine\n");
    save(&mut serve, &task, "gone.txt", "mine too\n");
    again(&mut serve, "task/retry", json!({ "task": task }), &task);
    let seen = model.requests()[3].last_result();
    assert!(seen.contains("a\nb\nagent\nmine\nmine too\n"), "{seen}");
    assert_eq!(paths(&mut serve, &task), ["b.txt", "gone.txt"]);
    assert_eq!(serve.change(&task, "b.txt")["author"], "both");
    assert_eq!(serve.change(&task, "gone.txt")["author"], "you");
    let said: Vec<Value> = serve.events();
    let said = said.iter().filter(|event| event["type"] == "notice");
    let said: Vec<&str> = said.filter_map(|event| event["message"].as_str()).collect();
    assert!(
        matches!(&said[..], [one] if one.contains("b.txt holds edits by you") && !one.contains("gone")),
        "{said:?}"
    );
    assert_eq!(project.text("b.txt"), "b\n");
    serve.close();
}

#[test]
fn results_of_checks_stay_and_a_check_that_runs_is_not_disturbed() {
    let project = shop();
    let world = World::new();
    let model = Model::start([
        Reply::shell("echo agent > a.txt"),
        Reply::text("Done."),
        Reply::text("Again."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Change a.", "auto");
    let check = serve.typed(&task, "grep -q agent a.txt", false);
    assert_eq!(serve.check(&task, &check, None)["result"], "passed");
    let stamp = serve.call("check/list", json!({ "task": task }))["draft"].clone();

    let waits = serve.typed(&task, "echo begun; exec sleep 86396", false);
    let run = json!({ "task": task, "check": waits, "seconds": null });
    serve.call("check/run", run);
    serve.event("the check to run", |event| {
        event["type"] == "itemDelta" && event["text"].as_str().is_some_and(|t| t.contains("begun"))
    });
    for (name, request) in [
        ("task/retry", json!({ "task": task })),
        ("task/resend", json!({ "task": task, "text": "Other" })),
        ("task/archive", json!({ "task": task, "archived": true })),
    ] {
        let failure = serve.refused(name, request);
        let sentence = failure["message"].as_str().unwrap();
        assert!(sentence.contains("A check is running"), "{failure}");
    }
    assert_eq!(paths(&mut serve, &task), ["a.txt"]);
    serve.call("check/stop", json!({ "task": task }));
    assert_eq!(serve.check_ended()["result"], "stopped");

    again(&mut serve, "task/retry", json!({ "task": task }), &task);
    assert_eq!(paths(&mut serve, &task), [""; 0]);
    let results = |serve: &mut Serve| -> Vec<Value> {
        let runs = serve.items(&task, "check");
        runs.into_iter()
            .map(|mut run| run["result"].take())
            .collect()
    };
    assert_eq!(results(&mut serve), [json!("passed"), json!("stopped")]);
    let now = serve.call("check/list", json!({ "task": task }));
    assert_ne!(
        now["draft"], stamp,
        "the result is of another state and says so"
    );
    serve.close();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(results(&mut serve), [json!("passed"), json!("stopped")]);
    serve.close();
}

#[test]
fn a_death_between_taking_back_and_sending_loses_no_message_also_without_the_index() {
    for without_index in [false, true] {
        let project = shop();
        let world = World::new();
        let model = Model::start([
            Reply::shell("echo agent > a.txt"),
            Reply::text("Done."),
            Reply::text("Again."),
            Reply::text("Here."),
        ]);
        let mut serve = world.serve(&model.base_url());
        serve.open(project.path());
        let task = serve.work("Change a.", "auto");
        let other = json!({ "task": task, "text": "Other words" });
        again(&mut serve, "task/resend", other, &task);
        serve.close();
        let (mut lines, at) = lines_of(&world, &task, "rewound");
        lines.truncate(at + 1);
        write_log(&world, &task, &lines);
        if without_index {
            for name in ["index.sqlite", "index.sqlite-wal", "index.sqlite-shm"] {
                let _ = fs::remove_file(world.data().join(name));
            }
        }
        let mut serve = world.serve(&model.base_url());
        serve.open(project.path());
        let view = serve.view(&task);
        assert_eq!(view["unsent"], "Other words");
        assert_eq!(view["items"], json!([]));
        serve.send(&task, "Other words");
        assert_eq!(serve.ended(&task)["state"], "answered");
        let sent = model.requests()[3].json().to_string();
        assert!(!sent.contains("Change a."), "{sent}");
        serve.close();
    }
}

#[test]
fn a_broken_line_about_taking_back_brings_nothing_back() {
    let project = shop();
    let world = World::new();
    let model = Model::start([
        Reply::text("First."),
        Reply::shell("echo agent > a.txt"),
        Reply::text("Taken back."),
        Reply::text("Instead."),
        Reply::text("Last."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Hello", "auto");
    serve.send(&task, "Change a.");
    serve.ended(&task);
    let other = json!({ "task": task, "text": "Do not." });
    again(&mut serve, "task/resend", other, &task);
    serve.close();
    let (mut lines, at) = lines_of(&world, &task, "rewound");
    lines[at] = "?".to_owned();
    write_log(&world, &task, &lines);

    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(messages(&mut serve, &task), ["Hello", "Do not."]);
    let answers = serve.items(&task, "answer");
    assert_eq!(answers.len(), 2, "{answers:?}");
    let errors = serve.items(&task, "error");
    assert!(
        errors[0]["message"]
            .as_str()
            .unwrap()
            .contains("cannot be read"),
        "{errors:?}"
    );
    serve.send(&task, "And?");
    serve.ended(&task);
    let remembered = model.requests()[4].json().to_string();
    assert!(
        remembered.contains("Instead.") && !remembered.contains("Taken back."),
        "{remembered}"
    );
    serve.close();
}

#[test]
fn a_turn_whose_beginning_cannot_be_read_goes_on_and_is_not_taken_back() {
    let project = shop();
    let world = World::new();
    let model = Model::start([
        Reply::model_not_found("gpt-5-codex"),
        Reply::text("Here I am."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Are you there?", "auto");
    assert_eq!(serve.ended(&task)["turn"], "failed");
    serve.close();
    let (mut lines, at) = lines_of(&world, &task, "turn_base");
    lines[at] = "?".to_owned();
    write_log(&world, &task, &lines);

    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let failure = serve.refused("task/retry", json!({ "task": task }));
    let sentence = failure["message"].as_str().unwrap();
    assert!(sentence.contains("cannot be run again"), "{failure}");
    assert_eq!(messages(&mut serve, &task), ["Are you there?"]);
    serve.call("task/continue", json!({ "task": task }));
    assert_eq!(serve.ended_after_start(&task)["state"], "answered");
    serve.close();
}

#[test]
fn a_turn_of_which_something_is_applied_is_not_taken_back() {
    let project = shop();
    let world = World::new();
    let model = Model::start([
        Reply::shell("echo agent > a.txt"),
        Reply::text("Done."),
        Reply::text("Again."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Change a.", "auto");
    let applied = serve.apply(&task);
    let failure = serve.refused("task/retry", json!({ "task": task }));
    let sentence = failure["message"].as_str().unwrap();
    assert!(
        sentence.contains("in your folder") && sentence.contains("Undo the apply first"),
        "{failure}"
    );
    assert_eq!(project.text("a.txt"), "agent\n");
    serve.call("apply/undo", json!({ "apply": applied["apply"]["id"] }));
    again(&mut serve, "task/retry", json!({ "task": task }), &task);
    assert_eq!(paths(&mut serve, &task), [""; 0]);
    assert_eq!(project.text("a.txt"), "a\n");
    serve.close();
}

#[test]
fn a_failed_turn_is_tried_again_with_the_very_message() {
    let project = shop();
    let world = World::new();
    let model = Model::start([
        Reply::model_not_found("gpt-5-codex"),
        Reply::text("Here I am."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Are you there?", "auto");
    assert_eq!(serve.ended(&task)["turn"], "failed");
    let ended = again(&mut serve, "task/retry", json!({ "task": task }), &task);
    assert_eq!(ended["state"], "answered");
    assert_eq!(serve.items(&task, "error"), Vec::<Value>::new());
    assert_eq!(messages(&mut serve, &task), ["Are you there?"]);
    serve.close();
}

#[test]
fn a_message_that_was_given_back_stays_what_the_person_made_of_it() {
    let project = shop();
    let world = World::new();
    let model = Model::start([Reply::text("Done."), Reply::text("Again.")]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Look.", "auto");
    let other = json!({ "task": task, "text": "Other words" });
    again(&mut serve, "task/resend", other, &task);
    serve.close();
    let (mut lines, at) = lines_of(&world, &task, "rewound");
    lines.truncate(at + 1);
    write_log(&world, &task, &lines);
    let mut unsent = "Other words";
    for made_of_it in ["Something else", "", ""] {
        let mut serve = world.serve(&model.base_url());
        serve.open(project.path());
        assert_eq!(serve.view(&task)["unsent"], unsent);
        serve.call("text/keep", json!({ "task": task, "text": made_of_it }));
        serve.kill();
        unsent = made_of_it;
    }
}

#[test]
fn a_task_goes_on_after_a_kill_in_the_middle_of_its_first_copy() {
    let project = shop();
    let world = World::new();
    let gate = Gate::new();
    let model = Model::start([stream().gate(&gate).text("x").completed()]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Are you there?", "auto");
    model.wait_request_blocking(1);
    serve.kill();
    gate.release();
    // What a kill leaves a moment earlier: nothing is sent yet, and the copy has no description,
    // because that is written when it is whole.
    let (mut lines, at) = lines_of(&world, &task, "turn_started");
    lines.truncate(at + 2);
    write_log(&world, &task, &lines);
    let copy = world.data().join("tasks").join(&task).join("draft");
    fs::remove_file(copy.join("draft.json")).expect("a whole copy is described");
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    model.push(Reply::text("Here I am."));
    serve.call("task/continue", json!({ "task": task }));
    assert_eq!(serve.ended_after_start(&task)["state"], "answered");
    assert_eq!(messages(&mut serve, &task), ["Are you there?"]);
    serve.close();
}
