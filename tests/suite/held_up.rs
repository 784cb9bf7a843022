//! What waits, for a budget or for a place among those at work, and a compaction in between: it
//! ends no wait, and makes nothing heard that was not.

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::Script;
use support::model::Usage;
use support::model::stream;

use crate::client::Serve;
use crate::compaction::archive;
use crate::compaction::compact;
use crate::compaction::is_for_a_summary;
use crate::compaction::said;
use crate::world::World;

/// What the first answer of each test costs.
const COST: u64 = 5_060;

fn cost() -> Usage {
    Usage {
        input: COST - 60,
        cached: 0,
        output: 60,
        reasoning: 0,
    }
}

fn reads() -> Reply {
    stream().shell("cat part1.txt").completed_with(cost())
}

fn task_budget(serve: &mut Serve, tokens: u64) {
    let budget = json!({ "dayTokens": null, "dayDollars": null, "taskTokens": tokens,
        "taskDollars": null, "offerCheaper": true });
    serve.call("budget/set", budget);
}

fn paused(serve: &mut Serve, task: &str) {
    serve.event("the task to be paused", |event| {
        event["type"] == "taskChanged"
            && event["task"]["id"] == task
            && event["task"]["state"] == "paused"
    });
}

fn is_waiting(serve: &mut Serve, task: &str) {
    let facts = serve.view(task)["task"].clone();
    assert_eq!(
        (&facts["state"], &facts["overBudget"]),
        (&json!("paused"), &json!(true)),
        "{facts}"
    );
}

#[test]
fn a_budget_is_waited_for_also_after_a_compaction_that_was_refused_and_one_that_was_made() {
    let (world, project) = (World::new(), archive());
    let model = Model::start([reads()]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    task_budget(&mut serve, COST);
    let task = serve.start("Read it.", "auto");
    paused(&mut serve, &task);
    is_waiting(&mut serve, &task);

    compact(&mut serve, &task);
    assert_eq!(model.requests().len(), 1, "nothing was sent");
    let refused = serve.items(&task, "error").pop().unwrap();
    let words = refused["message"].as_str().unwrap();
    assert!(
        words.starts_with("The conversation could not be made shorter. This task's budget")
            && words.ends_with("Nothing was sent."),
        "{refused}"
    );
    assert!(!words.contains("paused"), "{refused}");
    is_waiting(&mut serve, &task);

    task_budget(&mut serve, 10 * COST);
    model.push(stream().text("Seen.").completed_with(cost()));
    compact(&mut serve, &task);
    assert_eq!(serve.items(&task, "compaction").len(), 1);
    is_waiting(&mut serve, &task);
    // Also after a restart.
    serve.close();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    is_waiting(&mut serve, &task);

    // It goes on with the same turn, and nobody says "Continue." in the person's name.
    model.push(Reply::text("It was read."));
    serve.call("task/continue", json!({ "task": task }));
    serve.ended_after_start(&task);
    let sent = said(&model.requests()[2]);
    assert!(
        sent.contains("Read it.") && !sent.contains("Continue."),
        "{sent}"
    );
    let view = serve.view(&task);
    let items = view["items"].as_array().unwrap();
    assert!(items.iter().all(|item| item["turn"] == 1), "{items:#?}");
    model.assert_finished();
    serve.close();
}

#[test]
fn a_task_that_waits_for_nothing_is_not_said_to_be_paused() {
    let (world, project) = (World::new(), archive());
    let model = Model::start([reads(), Reply::text("It was read.")]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Read it.", "auto");
    task_budget(&mut serve, COST);
    compact(&mut serve, &task);
    let refused = serve.items(&task, "error").pop().unwrap();
    let words = refused["message"].as_str().unwrap();
    assert!(
        words.ends_with("Nothing was sent.") && !words.contains("paused"),
        "{refused}"
    );
    let hint = refused["hint"].as_str().unwrap();
    assert!(
        hint.contains("Raise the budget") && !hint.contains("go on this once"),
        "{refused}"
    );
    let facts = serve.view(&task)["task"].clone();
    assert_eq!(
        (&facts["state"], &facts["overBudget"]),
        (&json!("answered"), &json!(false)),
        "{facts}"
    );
    model.assert_finished();
    serve.close();
}

#[test]
fn a_message_that_nobody_heard_stays_so_after_a_compaction() {
    const UNHEARD: &str = "And what does it mean?";
    let (world, project, gate) = (World::new(), archive(), Gate::new());
    let held = gate.clone();
    let model = Model::start(Script::each(move |request| {
        let text = said(request);
        match (is_for_a_summary(request), request.results().len()) {
            (true, _) => Reply::text("Seen."),
            _ if text.contains("Hold on.") => stream().gate(&held).text("Held.").completed(),
            _ if text.contains(UNHEARD) => Reply::text("It means foxes."),
            (false, 0) => reads(),
            _ => Reply::text("It was read."),
        }
    }));
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Read it.", "auto");
    let asked = model.requests().len();
    // Three at work leave it no place.
    for number in 1..=3 {
        serve.start("Hold on.", "auto");
        model.wait_request_blocking(asked + number);
    }
    serve.call("task/send", json!({ "task": task, "text": UNHEARD }));
    serve.event("the task to wait for a place", |event| {
        event["type"] == "taskChanged"
            && event["task"]["id"] == task
            && event["task"]["state"] == "queued"
    });
    serve.call("task/stop", json!({ "task": task }));
    compact(&mut serve, &task);
    assert_eq!(serve.items(&task, "compaction").len(), 1);
    gate.release();
    let heard = |text: &Value| text["text"] == UNHEARD;
    assert_eq!(
        serve
            .items(&task, "message")
            .iter()
            .filter(|m| heard(m))
            .count(),
        1
    );

    serve.call("task/continue", json!({ "task": task }));
    serve.ended_after_start(&task);
    let sent = model.requests().into_iter().map(|request| said(&request));
    let sent: Vec<String> = sent.filter(|text| text.contains(UNHEARD)).collect();
    assert_eq!(sent.len(), 1, "it is heard once");
    assert!(!sent[0].contains("\"Continue.\""), "{}", sent[0]);
    let answers = serve.items(&task, "answer");
    assert_eq!(answers.last().unwrap()["text"], "It means foxes.");
    serve.close();
}
