//! Waits that a server asks for: counted down and known to a window that opens meanwhile, and left to
//! the person where they are long.

use std::fs;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;

use crate::client::Serve;
use crate::run::letter;
use crate::traces::files_with;
use crate::world::World;

const ONCE: &str = "echo once >> count.txt";
const TWO_HOURS: u64 = 7_200_000;

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("it is later than 1970").as_millis() as u64
}

/// A task whose server asks for two hours after a command; it is paused.
fn held_up(serve: &mut Serve, model: &Model) -> (String, Value) {
    model.push(Reply::shell(ONCE));
    model.push(Reply::rate_limited("7200"));
    let task = serve.start("Count", "auto");
    let paused = serve.ended(&task);
    assert_eq!(
        (&paused["state"], &paused["turn"], &paused["overBudget"]),
        (&json!("paused"), &json!("failed"), &json!(false)),
        "{paused}"
    );
    (task, paused)
}

/// Waits until the wait of `task` is told, and gives its milliseconds.
fn told(serve: &mut Serve, task: &str) -> u64 {
    let waiting = serve.event("the wait", |event| {
        event["type"] == "waiting" && event["task"] == task && event["ms"] != 0
    });
    waiting["ms"].as_u64().expect("milliseconds")
}

/// The command ran once, and the last request goes on after it without a word of the person.
fn went_on(serve: &mut Serve, model: &Model, task: &str) {
    assert_eq!(serve.items(task, "command").len(), 1);
    let last = model.requests().pop().expect("a request").json();
    let input = last["input"].as_array().expect("it has an input");
    assert_eq!(
        input.last().expect("an item")["type"],
        "function_call_output",
        "{last}"
    );
    let view = serve.view(task);
    assert_eq!(view["task"]["waitsUntil"], Value::Null);
    assert_eq!(view["waiting"], Value::Null, "it waits no longer");
}

#[test]
fn a_wait_over_the_cap_asks_and_try_now_goes_on_where_it_was_after_a_restart_too() {
    let (world, project, model) = (World::new(), letter(), Model::start([]));
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let (task, paused) = held_up(&mut serve, &model);
    let until = paused["waitsUntil"].as_u64().expect("a time");
    assert!(until.abs_diff(now() + TWO_HOURS) < 120_000, "{until}");
    let why = serve.items(&task, "error").pop().expect("it is said");
    assert_eq!(why["code"], "rate_limited");
    let (message, hint) = (why["message"].to_string(), why["hint"].to_string());
    assert!(message.contains("asks to wait 2 hours"), "{message}");
    assert!(hint.contains("Everything so far is kept"), "{hint}");
    assert_eq!(serve.changes(&task).len(), 1, "its work can be reviewed");
    serve.close();

    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let view = serve.view(&task);
    assert_eq!(view["task"]["state"], "paused");
    assert_eq!(view["task"]["waitsUntil"], until);
    assert_eq!(model.requests().len(), 2, "nothing is asked unasked");
    model.push(Reply::text("Counted."));
    serve.call("task/continue", json!({ "task": task }));
    assert_eq!(serve.ended_after_start(&task)["turn"], "done");
    went_on(&mut serve, &model, &task);
    let refused = serve.refused("task/wait", json!({ "task": task }));
    let words = refused["message"].to_string();
    assert!(words.contains("waits for no time"), "{words}");
    model.assert_finished();
    serve.close();
}

#[test]
fn a_wait_that_was_chosen_is_counted_ended_by_try_now_and_by_stop() {
    let (world, project, model) = (World::new(), letter(), Model::start([]));
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    for stops in [true, false] {
        let (task, _) = held_up(&mut serve, &model);
        let asked = model.requests().len();
        serve.call("task/wait", json!({ "task": task }));
        let ms = told(&mut serve, &task);
        assert!(ms.abs_diff(TWO_HOURS) < 120_000, "{ms}");
        let view = serve.view(&task);
        assert_eq!(view["task"]["turn"], "running");
        let left = view["waiting"]["ms"].as_u64().expect("it is counted");
        assert!(left <= ms && left.abs_diff(ms) < 120_000, "{left} of {ms}");
        assert_eq!(model.requests().len(), asked, "nothing is asked meanwhile");
        if stops {
            serve.call("task/stop", json!({ "task": task }));
            let view = serve.view(&task);
            assert_eq!(view["task"]["turn"], "stopped", "{view}");
            assert_eq!(view["waiting"], Value::Null);
            continue;
        }
        // It takes no place of the three that work at once.
        let gate = Gate::new();
        for number in 1..=3 {
            model.push(stream().gate(&gate).text("Hello.").completed());
            let other = serve.start("Hello", "auto");
            model.wait_request_blocking(asked + number);
            assert_eq!(serve.view(&other)["task"]["state"], "working");
        }
        model.push(Reply::text("Counted."));
        serve.call("task/tryNow", json!({ "task": task }));
        gate.release();
        assert_eq!(serve.ended(&task)["turn"], "done");
        went_on(&mut serve, &model, &task);
    }
    model.assert_finished();
    serve.close();
}

#[test]
fn a_chosen_wait_ends_by_itself() {
    let (world, project, model) = (World::new(), letter(), Model::start([]));
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let (task, _) = held_up(&mut serve, &model);
    serve.close();
    // The time goes by while the app is closed, but for a moment.
    let log = files_with(&world.data(), "\"wait_ms\":7200000");
    let [log] = log.as_slice() else {
        panic!("one log has the wait, not {log:?}")
    };
    let text = fs::read_to_string(log).expect("a log is text");
    // Of the lines of the item, the last one has its end.
    let line = text
        .lines()
        .rfind(|line| line.contains("\"wait_ms\":7200000"));
    let line: Value = serde_json::from_str(line.expect("a line")).expect("it is JSON");
    let since = line["item"]["completed_at"].as_u64().expect("its end");
    let passed = format!("\"wait_ms\":{}", now() - since + 3_000);
    fs::write(log, text.replace("\"wait_ms\":7200000", &passed)).expect("a log can be written");

    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    model.push(Reply::text("Counted."));
    serve.call("task/wait", json!({ "task": task }));
    let ms = told(&mut serve, &task);
    assert!(ms <= 3_000, "{ms}");
    assert_eq!(serve.ended(&task)["turn"], "done");
    serve.close();
}

#[test]
fn a_countdown_is_in_the_snapshot_until_it_is_over() {
    let (world, project) = (World::new(), letter());
    let model = Model::start([Reply::rate_limited("50"), Reply::text("Hello.")]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Hello", "auto");
    let ms = told(&mut serve, &task);
    let waiting = serve.view(&task)["waiting"].clone();
    let left = waiting["ms"].as_u64().expect("it is counted");
    assert!(left > 0 && left <= ms, "{left} of {ms}");
    let text = waiting["text"].to_string();
    assert!(text.contains("Trying again, 1 of 4."), "{text}");
    serve.call("task/tryNow", json!({ "task": task }));
    assert_eq!(serve.ended(&task)["turn"], "done");
    assert_eq!(serve.view(&task)["waiting"], Value::Null);
    model.assert_finished();
    serve.close();
}
