//! Tasks that wait for a place among those at work.

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;

use crate::attachments;
use crate::client::Serve;
use crate::rewind::save;
use crate::rewind::shop;
use crate::world::World;

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

#[test]
fn an_edit_in_the_draft_of_a_task_that_waits_leaves_it_waiting() {
    let project = shop();
    let world = World::new();
    let gate = Gate::new();
    let model = Model::start([Reply::text("Hello.")]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let waits = serve.work("Hello", "auto");
    for number in 0..3 {
        model.push(stream().gate(&gate).text("x").completed());
        serve.start(&format!("Task {number}"), "auto");
        model.wait_request_blocking(number + 2);
    }
    serve.call("task/send", json!({ "task": waits, "text": "And?" }));
    let state = |serve: &mut Serve| -> Value { serve.view(&waits)["task"]["state"].clone() };
    assert_eq!(state(&mut serve), "queued");
    save(&mut serve, &waits, "a.txt", "mine\n");
    assert_eq!(state(&mut serve), "queued");
    model.push(Reply::text("Yes."));
    gate.release();
    let ended = serve.event("the one that waited to be done", |event| {
        event["type"] == "taskChanged"
            && event["task"]["id"] == json!(waits)
            && event["task"]["turn"] == "done"
    });
    assert_eq!(ended["task"]["state"], "readyToReview", "there is the edit");
    serve.close();
}

#[test]
fn what_is_added_to_a_message_that_waits_comes_back_when_the_turn_never_begins() {
    for closes in [false, true] {
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
        let waits = serve.start("The fourth wish", "auto");
        let file = project.at("a.txt");
        let added = attachments::add(&mut serve, Some(&waits), &[&file]);
        let send = json!({
            "task": waits, "text": "and this too", "attachments": attachments::ids(&added),
        });
        serve.call("task/send", send);
        assert_eq!(attachments::list(&mut serve, Some(&waits)), [""; 0]);
        if closes {
            serve.close();
            serve = world.serve(&model.base_url());
            serve.open(project.path());
        } else {
            serve.call("task/stop", json!({ "task": waits }));
            let back = serve.event("the message to come back", |event| {
                event["type"] == "messageGivenBack"
            });
            assert_eq!(back["text"], "and this too");
        }
        assert_eq!(serve.view(&waits)["unsent"], "and this too");
        assert_eq!(attachments::list(&mut serve, Some(&waits)), ["a.txt"]);
        assert_eq!(model.requests().len(), 3, "nothing of it was sent");
        gate.release();
        serve.close();
    }
}
