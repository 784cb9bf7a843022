//! Every token is accounted for, and a budget pauses a task without losing any of it.

use std::fs;

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::chat;
use support::model::stream;

use crate::client::Serve;
use crate::task::PATCH;
use crate::task::shop;
use crate::world::World;

/// What an answer of the scripted model costs, and that in dollars of gpt-5-codex: 200 read, 1,000
/// from the cache and 80 written.
const TOKENS: u64 = 1280;
const DOLLARS: f64 = 0.001_175;

fn budget(serve: &mut Serve, amounts: Value) {
    let mut budget = json!({
        "dayTokens": null, "dayDollars": null, "taskTokens": null, "taskDollars": null,
        "offerCheaper": true,
    });
    for (name, amount) in amounts.as_object().expect("amounts by name") {
        budget[name] = amount.clone();
    }
    assert_eq!(serve.call("budget/set", budget.clone()), budget);
}

fn begin(serve: &mut Serve, text: &str, model: &str) -> String {
    let start = json!({ "text": text, "model": model, "permission": "auto" });
    serve.call("task/start", start)["id"]
        .as_str()
        .expect("a task has an id")
        .to_owned()
}

fn task_is(serve: &mut Serve, task: &str, state: &str) -> Value {
    serve.event(&format!("the task to be {state}"), |event| {
        event["type"] == "taskChanged"
            && event["task"]["id"] == task
            && event["task"]["state"] == state
    })["task"]
        .clone()
}

fn usage(serve: &mut Serve, task: &str) -> Value {
    serve.call("usage/get", json!({ "task": task }))
}

fn tokens(spent: &Value) -> u64 {
    spent["input"].as_u64().expect("a number of tokens")
        + spent["output"].as_u64().expect("a number of tokens")
}

fn dollars(spent: &Value) -> f64 {
    spent["dollars"].as_f64().expect("an amount of money")
}

fn notices(serve: &Serve) -> Vec<String> {
    let events = serve.events();
    let notices = events.iter().filter(|event| event["type"] == "notice");
    let texts = notices.map(|event| event["message"].as_str().expect("a sentence").to_owned());
    texts.filter(|text| text.contains('%')).collect()
}

#[test]
fn sums_over_turns_are_exact_and_a_rebuilt_index_finds_them_again() {
    let project = shop();
    let world = World::new();
    let model = Model::start([
        Reply::shell("true"),
        Reply::text("One."),
        Reply::text("Two."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = begin(&mut serve, "Go on.", "gpt-5-codex");
    task_is(&mut serve, &task, "answered");
    serve.send(&task, "And then?");
    task_is(&mut serve, &task, "answered");
    let now = usage(&mut serve, &task);
    let one = json!({ "answers": 1, "input": 1200, "cached": 1000, "output": 80, "reasoning": 30,
        "dollars": DOLLARS, "unpriced": 0, "about": false });
    assert_eq!(now["turn"], one, "{now}");
    assert_eq!(
        (tokens(&now["task"]), tokens(&now["today"])),
        (3 * TOKENS, 3 * TOKENS)
    );
    assert_eq!(
        (&now["task"]["cached"], &now["task"]["reasoning"]),
        (&json!(3000), &json!(90))
    );
    assert!(
        (dollars(&now["task"]) - 3.0 * DOLLARS).abs() < 1e-9,
        "{now}"
    );
    assert!(now["context"]["used"].as_u64() > Some(0), "{now}");
    // What is taken back was paid for all the same.
    model.push(Reply::text("Two again."));
    serve.call("task/retry", json!({ "task": task }));
    task_is(&mut serve, &task, "working");
    task_is(&mut serve, &task, "answered");
    let before = serve.call("usage/report", json!({}));
    assert_eq!(before["days"].as_array().unwrap().len(), 30);
    assert_eq!(tokens(&before["days"][0]["spent"]), 4 * TOKENS);
    assert_eq!(before["models"][0]["model"], "gpt-5-codex");
    assert_eq!(before["tasks"][0]["title"], "Go on");
    serve.close();

    for file in fs::read_dir(world.data()).unwrap().map(Result::unwrap) {
        if file
            .file_name()
            .to_string_lossy()
            .starts_with("index.sqlite")
        {
            fs::remove_file(file.path()).unwrap();
        }
    }
    let mut serve = world.serve(&model.base_url());
    let days = serve.call("usage/report", json!({}))["days"].clone();
    assert_eq!(days, before["days"], "before any folder is open");
    serve.open(project.path());
    assert_eq!(serve.call("usage/report", json!({})), before);
    serve.close();
}

#[test]
fn answers_that_failed_or_were_stopped_count_too() {
    let project = shop();
    let world = World::new();
    let gate = Gate::new();
    let spent = json!({ "input_tokens": 500, "output_tokens": 7, "total_tokens": 507 });
    let failed = json!({ "type": "response.failed", "response": { "usage": spent,
        "error": { "code": "invalid_prompt", "message": "No." } } });
    let model = Model::start([
        stream().event("response.failed", failed).unfinished(),
        stream()
            .text_around("Some words", &gate, " and more.")
            .completed(),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = begin(&mut serve, "Go on.", "gpt-5-codex");
    task_is(&mut serve, &task, "stopped");
    let now = usage(&mut serve, &task);
    assert_eq!(
        (tokens(&now["task"]), &now["task"]["about"]),
        (507, &json!(false)),
        "{now}"
    );
    serve.send(&task, "Again.");
    serve.event("words", |event| {
        event["type"] == "itemDelta" && event["text"] == "Some words"
    });
    serve.call("task/stop", json!({ "task": task }));
    let stopped = usage(&mut serve, &task);
    assert_eq!(stopped["turn"]["about"], true, "{stopped}");
    assert_eq!(stopped["turn"]["output"], 3, "{stopped}");
    assert!(stopped["turn"]["input"].as_u64() > Some(100), "{stopped}");
    gate.release();
    serve.close();
}

#[test]
fn a_server_that_does_not_say_is_counted_about_and_a_model_without_a_price_costs_no_zero() {
    let project = shop();
    let world = World::new();
    let silent = chat()
        .text("Twelve bytes")
        .chunk(&json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] }))
        .unfinished();
    let model = Model::of_chat([silent]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = begin(&mut serve, "Go on.", "my-own-model");
    task_is(&mut serve, &task, "answered");
    let spent = usage(&mut serve, &task)["turn"].clone();
    assert_eq!(spent["about"], true, "{spent}");
    assert_eq!(
        (&spent["output"], &spent["dollars"]),
        (&json!(3), &Value::Null),
        "{spent}"
    );
    assert_eq!(spent["unpriced"], tokens(&spent), "{spent}");
    serve.close();
}

#[test]
fn a_kill_loses_nothing_that_was_reported() {
    let project = shop();
    let world = World::new();
    let gate = Gate::new();
    let model = Model::start([
        Reply::shell("true"),
        stream().gate(&gate).text("Never.").completed(),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = begin(&mut serve, "Go on.", "gpt-5-codex");
    model.wait_request_blocking(2);
    serve.kill();
    let mut serve = world.serve(&model.base_url());
    let today = serve.call("usage/get", json!({ "task": null }))["today"].clone();
    assert_eq!(tokens(&today), TOKENS, "{today}");
    serve.open(project.path());
    assert_eq!(tokens(&usage(&mut serve, &task)["task"]), TOKENS);
    serve.close();
}

#[test]
fn a_used_up_budget_pauses_at_the_next_request_and_raising_it_goes_on_with_the_same_turn() {
    let project = shop();
    let world = World::new();
    let model = Model::start([Reply::patch(PATCH)]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    budget(&mut serve, json!({ "taskTokens": TOKENS }));
    let task = begin(&mut serve, "Change it.", "gpt-5-codex");
    let paused = task_is(&mut serve, &task, "paused");
    assert_eq!(
        (&paused["overBudget"], &paused["turn"]),
        (&json!(true), &json!("failed"))
    );
    assert_eq!(model.requests().len(), 1);
    let why = serve.items(&task, "error").pop().unwrap();
    assert_eq!(why["code"], "over_budget");
    let words = why["message"].as_str().unwrap();
    assert!(
        words.starts_with("This task's budget is used up: 1,280 of 1,280 tokens."),
        "{words}"
    );
    assert!(
        why["hint"].as_str().unwrap().contains("go on this once"),
        "{why}"
    );

    // The draft and its review can be used meanwhile.
    assert_eq!(serve.changes(&task).len(), 1);
    let refused = serve.refused("task/continue", json!({ "task": task }));
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("Nothing was sent."),
        "{refused}"
    );
    assert_eq!(model.requests().len(), 1);

    // Also after the app was closed.
    serve.close();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(serve.view(&task)["task"]["state"], "paused");
    budget(&mut serve, json!({ "taskTokens": 2 * TOKENS }));
    model.push(Reply::text("Changed."));
    serve.call("task/continue", json!({ "task": task }));
    task_is(&mut serve, &task, "readyToReview");
    let sent = model.requests()[1].json();
    assert!(!sent.to_string().contains("Continue."), "{sent}");
    let last = sent["input"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["type"], "custom_tool_call_output", "{last}");
    let view = serve.view(&task);
    let items = view["items"].as_array().unwrap();
    assert!(items.iter().all(|item| item["turn"] == 1), "{items:#?}");
    let mut ids: Vec<&Value> = items.iter().map(|item| &item["id"]).collect();
    ids.dedup();
    assert_eq!(ids.len(), items.len());
    assert_eq!(tokens(&usage(&mut serve, &task)["turn"]), 2 * TOKENS);
    model.assert_finished();
    serve.close();
}

#[test]
fn going_on_once_lasts_for_the_turn_and_only_where_a_budget_waits() {
    let project = shop();
    let world = World::new();
    let model = Model::start([Reply::shell("true")]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    budget(&mut serve, json!({ "dayDollars": 0.001 }));
    let task = begin(&mut serve, "Go on.", "gpt-5-codex");
    task_is(&mut serve, &task, "paused");
    let why = serve.items(&task, "error").pop().unwrap();
    assert!(
        why["hint"].as_str().unwrap().contains("after midnight"),
        "{why}"
    );
    model.push(Reply::shell("true"));
    model.push(Reply::text("Done."));
    serve.call("budget/pass", json!({ "task": task }));
    task_is(&mut serve, &task, "answered");
    assert_eq!(model.requests().len(), 3);
    let refused = serve.refused("budget/pass", json!({ "task": task }));
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("waits for no budget"),
        "{refused}"
    );
    // The next turn is held again, at its first request, and its message is not lost.
    serve.send(&task, "And now?");
    task_is(&mut serve, &task, "paused");
    assert_eq!(model.requests().len(), 3);
    budget(&mut serve, json!({}));
    model.push(Reply::text("Now too."));
    serve.call("task/continue", json!({ "task": task }));
    task_is(&mut serve, &task, "answered");
    let sent = model.requests()[3].json().to_string();
    assert_eq!(sent.matches("And now?").count(), 1, "{sent}");
    model.assert_finished();
    serve.close();
}

#[test]
fn two_tasks_at_once_share_the_budget_of_the_day() {
    let project = shop();
    let world = World::new();
    let gates = [Gate::new(), Gate::new()];
    let held = |gate: &Gate| stream().gate(gate).shell("true").completed();
    let model = Model::start([held(&gates[0]), held(&gates[1])]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    // Room for one answer and a half.
    budget(&mut serve, json!({ "dayTokens": TOKENS * 3 / 2 }));
    let one = serve.start("One.", "auto");
    model.wait_request_blocking(1);
    let two = serve.start("Two.", "auto");
    model.wait_request_blocking(2);
    let next = Gate::new();
    model.push(stream().gate(&next).text("Done.").completed());
    gates[0].release();
    // The first one still has room for its next request; the other uses it up.
    model.wait_request_blocking(3);
    gates[1].release();
    task_is(&mut serve, &two, "paused");
    next.release();
    task_is(&mut serve, &one, "answered");
    assert_eq!(model.requests().len(), 3);
    assert_eq!(tokens(&usage(&mut serve, &two)["today"]), 3 * TOKENS);
    serve.close();
}

#[test]
fn each_step_is_told_once_and_the_cheaper_model_is_offered_once() {
    let project = shop();
    let world = World::new();
    let model = Model::start([Reply::text("One.")]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    // 64 %, then 96 % with what is offered, then over.
    budget(&mut serve, json!({ "dayTokens": 4000 }));
    let task = begin(&mut serve, "Go on.", "gpt-5-codex");
    task_is(&mut serve, &task, "answered");
    model.push(Reply::text("Two."));
    serve.send(&task, "More.");
    task_is(&mut serve, &task, "answered");
    assert_eq!(notices(&serve), Vec::<String>::new(), "64 %");
    assert_eq!(serve.view(&task)["task"]["offer"], Value::Null);
    model.push(Reply::text("Three."));
    serve.send(&task, "More.");
    task_is(&mut serve, &task, "answered");
    assert_eq!(
        notices(&serve),
        ["96 % of today's budget is used: 3,840 of 4,000 tokens."]
    );
    assert_eq!(serve.view(&task)["task"]["offer"], "gpt-5-codex-mini");
    serve.close();

    // An offer that was not answered is there again.
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(serve.view(&task)["task"]["offer"], "gpt-5-codex-mini");
    let switched = serve.call("budget/answer", json!({ "task": task, "answer": "switch" }));
    assert_eq!(
        (&switched["model"], &switched["offer"]),
        (&json!("gpt-5-codex-mini"), &Value::Null)
    );
    model.push(Reply::text("Four."));
    serve.send(&task, "More.");
    task_is(&mut serve, &task, "answered");
    assert_eq!(model.requests()[3].json()["model"], "gpt-5-codex-mini");
    assert_eq!(notices(&serve), Vec::<String>::new(), "each step was told");

    budget(&mut serve, json!({ "taskTokens": 1400 }));
    model.push(Reply::text("One."));
    let other = begin(&mut serve, "Other.", "gpt-5-codex");
    task_is(&mut serve, &other, "answered");
    assert_eq!(serve.view(&other)["task"]["offer"], "gpt-5-codex-mini");
    serve.call("budget/answer", json!({ "task": other, "answer": "never" }));
    assert_eq!(serve.view(&other)["task"]["offer"], Value::Null);
    assert_eq!(serve.call("budget/get", json!({}))["offerCheaper"], false);
    serve.close();
}

#[test]
fn what_the_server_says_of_its_limits_is_shown_and_bad_budgets_are_refused() {
    let project = shop();
    let world = World::new();
    let model = Model::start([Reply::text("One.")
        .header("x-ratelimit-limit-tokens", "1000")
        .header("x-ratelimit-remaining-tokens", "80")
        .header("x-ratelimit-reset-tokens", "6m0s")]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = begin(&mut serve, "Go on.", "gpt-5-codex");
    task_is(&mut serve, &task, "answered");
    let limits = usage(&mut serve, &task)["limits"].clone();
    assert_eq!(limits.as_array().unwrap().len(), 1, "{limits}");
    assert_eq!(
        (&limits[0]["counts"], &limits[0]["usedPercent"]),
        (&json!("tokens"), &json!(92))
    );
    let told = notices(&serve);
    assert!(
        told.len() == 1 && told[0].starts_with("92 % of the limit of tokens at "),
        "{told:?}"
    );
    for bad in [json!({ "dayTokens": 0 }), json!({ "dayDollars": -1.0 })] {
        let mut budget = serve.call("budget/get", json!({}));
        for (name, amount) in bad.as_object().unwrap() {
            budget[name] = amount.clone();
        }
        let refused = serve.refused("budget/set", budget);
        let words = refused["message"].as_str().unwrap();
        assert!(words.ends_with("Nothing was changed."), "{refused}");
    }
    serve.close();
}
