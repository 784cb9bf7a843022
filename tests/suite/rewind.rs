//! The last turn taken back and run again; tasks that wait for a place.

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::project::Project;

use crate::client::Serve;
use crate::world::World;

fn shop() -> Project {
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
fn three_tasks_work_at_once_and_the_others_wait_in_order() {
    let project = shop();
    let world = World::new();
    let gates: Vec<Gate> = (0..3).map(|_| Gate::new()).collect();
    let held = |gate: &Gate| stream().gate(gate).text("Done.").completed();
    let model = Model::start([
        held(&gates[0]),
        held(&gates[1]),
        held(&gates[2]),
        Reply::text("Fifth."),
        Reply::text("Sixth."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let mut tasks = Vec::new();
    for number in 0..3 {
        tasks.push(serve.start(&format!("Task {number}"), "auto"));
        model.wait_request_blocking(number + 1);
    }
    let state = |serve: &mut Serve, task: &str| serve.view(task)["task"]["state"].clone();
    for number in 3..6 {
        let task = serve.start(&format!("Task {number}"), "auto");
        assert_eq!(state(&mut serve, &task), "queued");
        tasks.push(task);
    }
    assert_eq!(model.requests().len(), 3);
    // Stop takes one out of the queue; nothing of it was sent.
    serve.call("task/stop", json!({ "task": tasks[3] }));
    assert_eq!(state(&mut serve, &tasks[3]), "stopped");
    gates[0].release();
    for (at, task) in [(4, &tasks[4]), (5, &tasks[5])] {
        let sent = model.wait_request_blocking(at).json().to_string();
        assert!(sent.contains(&format!("Task {at}")), "{sent}");
        serve.event("the next one to be done", |event| {
            event["type"] == "taskChanged"
                && event["task"]["id"] == json!(task)
                && event["task"]["state"] == "answered"
        });
    }
    gates[1].release();
    gates[2].release();
    // What was stopped in the queue is sent as it was when it goes on.
    model.push(Reply::text("Fourth."));
    serve.call("task/continue", json!({ "task": tasks[3] }));
    let sent = model.wait_request_blocking(6).json().to_string();
    assert!(
        sent.contains("Task 3") && !sent.contains("Continue."),
        "{sent}"
    );
    model.assert_finished();
    serve.close();
}

#[test]
fn a_queued_task_is_interrupted_when_the_app_closes_and_its_message_is_kept() {
    let project = shop();
    let world = World::new();
    let gate = Gate::new();
    let model = Model::start([0, 1, 2].map(|_| stream().gate(&gate).text("x").completed()));
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    for number in 0..3 {
        serve.start(&format!("Task {number}"), "auto");
        model.wait_request_blocking(number + 1);
    }
    let waiting = serve.start("The fourth wish", "auto");
    serve.close();
    assert_eq!(
        model.requests().len(),
        3,
        "none took a place that closing made free"
    );
    gate.release();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(serve.view(&waiting)["task"]["turn"], "interrupted");
    model.push(Reply::text("Granted."));
    serve.call("task/continue", json!({ "task": waiting }));
    let ended = serve.ended_after_start(&waiting);
    assert_eq!(ended["state"], "answered");
    let sent = model.requests()[3].json().to_string();
    assert!(sent.contains("The fourth wish"), "{sent}");
    serve.close();
}
