//! How full the context is: what the last answer counted, of the window of the model that answers
//! next, whatever was chosen and whenever.

use std::fs;

use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Stream;
use support::model::Usage;
use support::model::stream;

use crate::client::Serve;
use crate::compaction::SMALL;
use crate::run::letter;
use crate::world::World;

/// A model that only the person knows.
const OWN: &str = "my-own-model";
/// What a conversation may take of its window of 50,000 tokens.
const OWN_ROOM: u64 = 47_500;
/// And of that of [`SMALL`].
const SMALL_ROOM: u64 = 15_565;

/// The conversation takes so many tokens.
fn counted(tokens: u64) -> Usage {
    Usage {
        input: tokens - 60,
        cached: 0,
        output: 60,
        reasoning: 0,
    }
}

fn says(words: &str) -> Stream {
    stream().text(words)
}

fn choose(serve: &mut Serve, task: &str, model: &str) {
    let change = json!({ "task": task, "model": model, "effort": null, "permission": null });
    serve.call("task/configure", change);
}

/// Looks that the list and the meter say so many tokens of so many.
#[track_caller]
fn is_full(serve: &mut Serve, task: &str, used: u64, window: u64) {
    let context = serve.call("usage/get", json!({ "task": task }))["context"].clone();
    assert_eq!(context, json!({ "used": used, "window": window }));
    let facts = serve.view(task)["task"].clone();
    assert_eq!(facts["contextPercent"], used * 100 / window, "{facts}");
}

/// A world in which [`OWN`] is known from the settings file.
fn world() -> World {
    let world = World::new();
    fs::create_dir_all(world.data()).expect("a folder can be made");
    let own = format!("[models.\"{OWN}\"]\nwindow = 50_000\n");
    fs::write(world.data().join("settings.toml"), own).expect("a file can be written");
    world
}

#[test]
fn another_model_shows_its_own_window_also_after_a_restart() {
    let (world, project) = (world(), letter());
    let model = Model::start([says("Yes.").completed_with(counted(8_000))]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    serve.call("model/prefer", json!({ "model": OWN, "effort": "usual" }));
    let task = serve.work("Are you there?", "auto");
    is_full(&mut serve, &task, 8_000, OWN_ROOM);
    choose(&mut serve, &task, SMALL);
    is_full(&mut serve, &task, 8_000, SMALL_ROOM);
    serve.close();

    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    is_full(&mut serve, &task, 8_000, SMALL_ROOM);
    serve.close();

    // What is known of a model may change under a task too.
    let own = format!("[models.\"{SMALL}\"]\nwindow = 100_000\n");
    fs::write(world.data().join("settings.toml"), own).unwrap();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    is_full(&mut serve, &task, 8_000, 95_000);
    serve.close();
}

#[test]
fn a_model_chosen_while_another_answers_keeps_its_window_when_that_one_is_done() {
    let (world, project, gate) = (world(), letter(), Gate::new());
    let answer = says("Yes.").gate(&gate).text("And here.");
    let model = Model::start([answer.completed_with(counted(9_000))]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    serve.call("model/prefer", json!({ "model": OWN, "effort": "usual" }));
    let task = serve.start("Are you there?", "auto");
    gate.reached_blocking();
    choose(&mut serve, &task, SMALL);
    gate.release();
    serve.ended(&task);
    is_full(&mut serve, &task, 9_000, SMALL_ROOM);
    assert_eq!(model.requests()[0].json()["model"], OWN);
    serve.close();
}

#[test]
fn what_is_left_after_a_turn_was_taken_back_is_held_against_the_persons_own_window() {
    let (world, project, gate) = (world(), letter(), Gate::new());
    let model = Model::start([
        says("Yes.").completed_with(counted(8_000)),
        says("Still.").completed_with(counted(40_000)),
        says("Again.").gate(&gate).completed_with(counted(41_000)),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    serve.call("model/prefer", json!({ "model": OWN, "effort": "usual" }));
    let task = serve.work("Are you there?", "auto");
    serve.send(&task, "Still there?");
    serve.ended(&task);
    is_full(&mut serve, &task, 40_000, OWN_ROOM);
    serve.call("task/retry", json!({ "task": task }));
    gate.reached_blocking();
    let context = serve.call("usage/get", json!({ "task": task }))["context"].clone();
    assert_eq!(context["window"], OWN_ROOM, "{context}");
    let used = context["used"].as_u64().unwrap();
    assert!(used > 100 && used < 20_000, "the first turn alone: {used}");
    is_full(&mut serve, &task, used, OWN_ROOM);
    gate.release();
    serve.ended(&task);
    is_full(&mut serve, &task, 41_000, OWN_ROOM);
    serve.close();
}
