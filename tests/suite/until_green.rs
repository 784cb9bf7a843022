//! Until green through `serve`: what ends it, what it says, and that nothing goes on by itself.

use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;

use crate::checks::FIX_NAME;
use crate::checks::FIX_SUM;
use crate::checks::answered;
use crate::checks::till;
use crate::traces::processes;
use crate::world::World;

/// A patch that changes a file without mending anything.
fn note(number: u32) -> String {
    format!("*** Begin Patch\n*** Add File: note-{number}.txt\n+nothing\n*** End Patch\n")
}

#[test]
fn until_green_repeats_and_ends_when_the_check_passes() {
    let project = till();
    let model = Model::start([
        Reply::text("Hello."),
        Reply::patch(FIX_SUM),
        Reply::text("One is mended."),
        Reply::patch(FIX_NAME),
        Reply::text("So is the other."),
    ]);
    let world = World::with_the_persons_path();
    let mut serve = world.serve(&model.base_url());
    let task = answered(&mut serve, &project);
    let check = serve.check_named(&task, "npm test");
    let begun = serve.call(
        "check/untilGreen",
        json!({ "task": task, "check": check, "rounds": null }),
    );
    assert_eq!(begun["detail"], "Running npm test");
    serve.event("the first round", |event| {
        event["task"]["detail"] == "Until green: round 1 of 5"
    });
    serve.event("the second round", |event| {
        event["task"]["detail"] == "Until green: round 2 of 5"
    });
    let ended = serve.rounds_ended();
    assert_eq!(ended["ending"], "green", "{ended}");
    assert_eq!(ended["sentence"], "The check passes after 2 rounds.");
    assert_eq!((&ended["round"], &ended["limit"]), (&json!(2), &json!(5)));
    assert_eq!(serve.items(&task, "check").len(), 3);
    assert_eq!(
        serve.items(&task, "message").len(),
        3,
        "each round is a turn that can be read"
    );
    model.assert_finished();
    // Nothing is left over: the next thing can begin.
    assert_eq!(serve.check(&task, &check, None)["result"], "passed");
}

#[test]
fn until_green_ends_without_progress_and_at_its_limit() {
    let project = till();
    let model = Model::start([
        Reply::text("Hello."),
        // Nothing changes.
        Reply::text("I see nothing wrong."),
        // Something changes twice, and it helps nothing.
        Reply::patch(&note(1)),
        Reply::text("Noted."),
        Reply::patch(&note(2)),
        Reply::text("Noted again."),
        // One is mended, and that was the last round.
        Reply::patch(FIX_SUM),
        Reply::text("One."),
    ]);
    let world = World::with_the_persons_path();
    let mut serve = world.serve(&model.base_url());
    let task = answered(&mut serve, &project);
    let check = serve.check_named(&task, "npm test");
    for (rounds, ending) in [
        (
            5,
            "No progress: in the last round the agent changed nothing, and the same tests fail. It ended after 1 round.",
        ),
        (
            5,
            "No progress: two rounds in a row left no fewer failures. It ended after 2 rounds.",
        ),
        (1, "The one round is used up, and the check still fails."),
    ] {
        let ask = json!({ "task": task, "check": check, "rounds": rounds });
        serve.call("check/untilGreen", ask);
        let ended = serve.rounds_ended();
        assert_eq!(
            (&ended["ending"], &ended["sentence"]),
            (&json!("notGreen"), &json!(ending))
        );
        assert_eq!(ended["limit"], rounds);
    }
    model.assert_finished();
}

#[test]
fn until_green_ends_at_once_by_stop_and_by_a_failed_turn() {
    let project = till();
    let gate = Gate::new();
    let model = Model::start([
        Reply::text("Hello."),
        stream()
            .text("Let me ")
            .gate(&gate)
            .text("see.")
            .completed(),
        Reply::unauthorized(),
    ]);
    let world = World::with_the_persons_path();
    let mut serve = world.serve(&model.base_url());
    let task = answered(&mut serve, &project);
    let check = serve.check_named(&task, "npm test");
    let ask = json!({ "task": task, "check": check, "rounds": 3 });

    // In the agent's turn.
    serve.call("check/untilGreen", ask.clone());
    model.wait_request_blocking(2);
    let again = serve.refused("check/untilGreen", ask.clone());
    assert!(
        again["message"]
            .as_str()
            .unwrap()
            .starts_with("Until green is under way"),
        "{again}"
    );
    serve.call("check/stop", json!({ "task": task }));
    let ended = serve.rounds_ended();
    assert_eq!(
        (&ended["ending"], &ended["sentence"]),
        (&json!("stopped"), &json!("Stopped by you after 1 round."))
    );
    assert_eq!(serve.view(&task)["task"]["turn"], "stopped");
    model.wait_hang_up_blocking(1);

    // A turn that fails.
    serve.call("check/untilGreen", ask);
    let ended = serve.rounds_ended();
    assert_eq!(
        ended["sentence"],
        "The agent's turn did not end well. It ended after 1 round."
    );

    // While the check runs.
    let mark = format!("green-{}", std::process::id());
    let hanging = serve.typed(
        &task,
        &format!("echo begun; exec -a {mark} sleep 1000"),
        true,
    );
    serve.call(
        "check/untilGreen",
        json!({ "task": task, "check": hanging, "rounds": 3 }),
    );
    serve.event("its output", |event| {
        event["type"] == "itemDelta" && event["text"].as_str().unwrap().contains("begun")
    });
    serve.call("task/stop", json!({ "task": task }));
    assert_eq!(processes(&mark), Vec::<u32>::new());
    let ended = serve.rounds_ended();
    assert_eq!(ended["sentence"], "Stopped by you before the first round.");
    gate.release();
    model.assert_finished();
}

#[test]
fn a_crash_and_a_closed_app_end_until_green_and_nothing_goes_on_by_itself() {
    for closed in [true, false] {
        let project = till();
        let gate = Gate::new();
        let model = Model::start([
            Reply::text("Hello."),
            stream()
                .text("Let me ")
                .gate(&gate)
                .text("see.")
                .completed(),
        ]);
        let world = World::with_the_persons_path();
        let mut serve = world.serve(&model.base_url());
        let task = answered(&mut serve, &project);
        let check = serve.check_named(&task, "npm test");
        serve.call(
            "check/untilGreen",
            json!({ "task": task, "check": check, "rounds": 3 }),
        );
        model.wait_request_blocking(2);
        if closed {
            serve.close();
        } else {
            serve.kill();
        }
        let mut serve = world.serve(&model.base_url());
        serve.open(project.path());
        let rounds = serve.items(&task, "untilGreen").pop().unwrap();
        assert_eq!(
            (&rounds["ending"], &rounds["sentence"]),
            (
                &json!("stopped"),
                &json!("Greenlight was closed, so it ended after 1 round."),
            ),
            "closed: {closed}"
        );
        assert_eq!(serve.view(&task)["task"]["turn"], "interrupted");
        assert_eq!(serve.check(&task, &check, None)["result"], "failed");
        assert_eq!(model.requests().len(), 2, "nothing was sent by itself");
        gate.release();
    }
}
