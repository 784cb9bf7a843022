//! A conversation that outgrows the model's window: what goes on of it, over the real wire.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::Request;
use support::model::Script;
use support::model::Usage;
use support::model::stream;
use support::project::Project;

use crate::client::Serve;
use crate::world::World;

/// A model with a window of 16,385 tokens, so that a few files fill it.
pub(crate) const SMALL: &str = "gpt-3.5-turbo";
pub(crate) const CONSTRAINT: &str = "Never touch legacy.txt, and answer in French.";
pub(crate) const STEPS: usize = 18;
/// What a request for a summary in words ends with.
const ASKED_FOR_A_SUMMARY: &str = "has become too long to continue";

/// Files that are as long as an output may be.
pub(crate) fn archive() -> Project {
    let line = "the quick brown fox jumps over the lazy dog once more\n";
    (0..STEPS).fold(Project::named("archive"), |project, n| {
        project.file(
            &format!("part{n}.txt"),
            format!("part {n}\n{}", line.repeat(300)),
        )
    })
}

fn log_of(world: &World, task: &str) -> PathBuf {
    world.data().join("tasks").join(task).join("log.jsonl")
}

pub(crate) fn is_for_a_summary(request: &Request) -> bool {
    let body = String::from_utf8_lossy(&request.body);
    body.contains(ASKED_FOR_A_SUMMARY)
}

/// Everything that a request says, in either form.
pub(crate) fn said(request: &Request) -> String {
    String::from_utf8_lossy(&request.body).into_owned()
}

/// As a server counts: what it was sent, at four bytes a token.
pub(crate) fn counted(request: &Request) -> Usage {
    cost(request.body.len() as u64 / 4)
}

fn cost(input: u64) -> Usage {
    Usage {
        input,
        cached: 0,
        output: 60,
        reasoning: 0,
    }
}

fn says(text: &str, input: u64) -> Reply {
    stream().text(text).completed_with(cost(input))
}

fn reads(part: usize, input: u64) -> Reply {
    stream()
        .shell(&format!("cat part{part}.txt"))
        .completed_with(cost(input))
}

/// A task whose conversation holds one long output.
fn begun(world: &World, model: &Model) -> (Serve, String, Project) {
    let project = archive();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work(CONSTRAINT, "auto");
    (serve, task, project)
}

pub(crate) fn compact(serve: &mut Serve, task: &str) -> Value {
    serve.call("task/compact", json!({ "task": task }));
    let began = |event: &Value| event["task"]["id"] == task && event["task"]["compacting"] == true;
    serve.event("the compaction to begin", began);
    serve.event("the compaction to end", |event| {
        event["task"]["id"] == task && event["task"]["compacting"] == false
    })["task"]
        .clone()
}

#[test]
fn the_person_has_it_made_shorter_and_reads_what_is_kept() {
    let world = World::new();
    let model = Model::start([
        reads(1, 2_500),
        says("Lu.", 5_200),
        Reply::text("It was read."),
        Reply::text("Bonjour."),
    ]);
    let (mut serve, task, _project) = begun(&world, &model);
    let before = serve.view(&task)["task"].clone();
    let after = compact(&mut serve, &task);
    assert_eq!(
        (&after["state"], &after["turn"]),
        (&before["state"], &before["turn"])
    );
    let used = |task: &Value| task["contextUsed"].as_u64().unwrap();
    assert!(used(&after) + 2_000 < used(&before), "{before} {after}");
    let view = serve.view(&task);
    let item = view["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(item["kind"]["type"], "compaction", "{item}");
    let detail = item["kind"]["detail"].as_str().unwrap();
    assert!(
        detail.contains("1 message of you") && detail.contains("1 result"),
        "{detail}"
    );
    let kept = serve.call("task/kept", json!({ "task": task, "item": item["id"] }));
    let kept = kept["text"].as_str().unwrap().to_owned();
    assert!(
        kept.contains(CONSTRAINT) && kept.contains("It was read."),
        "{kept}"
    );
    assert!(
        kept.contains("cat part1.txt") && !kept.contains("dog once more\\nthe quick"),
        "{kept}"
    );

    serve.send(&task, "Et maintenant ?");
    serve.ended(&task);
    let sent = model.requests()[3].input();
    let texts: Vec<&str> = sent
        .iter()
        .flat_map(|item| item["content"].as_array().into_iter().flatten())
        .filter_map(|part| part["text"].as_str())
        .collect();
    assert_eq!(texts.last(), Some(&"Et maintenant ?"));
    let goes_on = texts[..texts.len() - 1].join("\n\n");
    assert_eq!(goes_on, kept, "exactly what was shown");

    let refused = serve.refused("task/kept", json!({ "task": task, "item": "nothing" }));
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("above is whole"),
        "{refused}"
    );
    model.assert_finished();
    serve.close();
}

#[test]
fn a_short_conversation_and_one_at_work_are_not_made_shorter() {
    let world = World::new();
    let gate = Gate::new();
    let model = Model::start([
        Reply::text("Bonjour."),
        stream().text("a").gate(&gate).completed(),
    ]);
    let (mut serve, task, _project) = begun(&world, &model);
    let refused = serve.refused("task/compact", json!({ "task": task }));
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("short already"),
        "{refused}"
    );
    serve.send(&task, "More");
    let refused = serve.refused("task/compact", json!({ "task": task }));
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("cannot be done"),
        "{refused}"
    );
    gate.open_blocking();
    serve.ended(&task);
    serve.close();
}

#[test]
fn a_compaction_that_fails_or_is_stopped_leaves_the_task_as_it_was() {
    let world = World::new();
    let gate = Gate::new();
    let model = Model::start([
        reads(1, 2_500),
        says("Lu.", 5_200),
        Reply::unauthorized(),
        stream().text("half").gate(&gate).completed(),
        Reply::text("Bonjour."),
    ]);
    let (mut serve, task, _project) = begun(&world, &model);
    let before = serve.view(&task)["task"]["contextUsed"].clone();
    compact(&mut serve, &task);
    let error = serve.items(&task, "error").pop().expect("it is said");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("could not be made shorter") && message.contains("API key"),
        "{error}"
    );
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("Nothing of it was lost"),
        "{error}"
    );

    serve.call("task/compact", json!({ "task": task }));
    gate.reached_blocking();
    let refused = serve.refused("task/send", json!({ "task": task, "text": "Wait" }));
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("being made shorter"),
        "{refused}"
    );
    serve.call("task/stop", json!({ "task": task }));
    let view = serve.view(&task);
    assert_eq!(
        (&view["task"]["compacting"], &view["task"]["contextUsed"]),
        (&json!(false), &before)
    );
    assert_eq!(serve.items(&task, "compaction"), Vec::<Value>::new());

    serve.send(&task, "Et maintenant ?");
    serve.ended(&task);
    let sent = said(&model.requests()[4]);
    assert!(
        sent.contains("lazy dog") && !sent.contains("<turn_stopped>"),
        "nothing was lost"
    );
    serve.close();
}

#[test]
fn ten_compactions_add_next_to_nothing_to_the_log() {
    let world = World::new();
    let model = Model::start(Script::each(|request| {
        // Each turn reads a part, and says so once it has the result.
        match (is_for_a_summary(request), request.input().last()) {
            (true, _) => Reply::text("Seen."),
            (false, Some(last)) if last["type"] == "function_call_output" => Reply::text("Lu."),
            _ => Reply::shell("cat part1.txt"),
        }
    }));
    let long = "w".repeat(20_000);
    let project = archive();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work(&format!("{CONSTRAINT} {long}"), "auto");
    let mut added = Vec::new();
    for n in 0..10 {
        let size = || fs::metadata(log_of(&world, &task)).unwrap().len();
        let before = size();
        compact(&mut serve, &task);
        added.push(size() - before);
        serve.send(&task, &format!("Once more, {n}"));
        serve.ended(&task);
    }
    assert_eq!(serve.items(&task, "compaction").len(), 10);
    // Each would be 20 kB and more if it held what goes on.
    assert!(added.iter().all(|bytes| *bytes < 4_000), "{added:?}");
    assert!(said(&model.requests().pop().unwrap()).contains(&long));
    serve.close();
}

#[test]
fn a_death_at_any_line_of_a_compaction_leaves_a_task_that_goes_on() {
    let world = World::new();
    let model = Model::start([
        reads(1, 2_500),
        says("Lu.", 5_200),
        Reply::text("It was read."),
    ]);
    let (mut serve, task, project) = begun(&world, &model);
    let size = fs::metadata(log_of(&world, &task)).unwrap().len();
    compact(&mut serve, &task);
    serve.kill();
    let log = fs::read(log_of(&world, &task)).unwrap();
    let ends: Vec<usize> = (usize::try_from(size).unwrap()..=log.len())
        .filter(|end| log[end - 1] == b'\n')
        .collect();
    assert!(ends.len() > 4, "started, kept, shown, counted: {ends:?}");
    for end in ends {
        fs::write(log_of(&world, &task), &log[..end]).unwrap();
        let text = String::from_utf8_lossy(&log[..end]).into_owned();
        let kept = text.contains("\"type\":\"greenlight_compaction\"");
        let model = Model::start([Reply::text("Bonjour.")]);
        let mut serve = world.serve(&model.base_url());
        serve.open(project.path());
        let told = serve.items(&task, "compaction");
        assert_eq!(told.len(), usize::from(kept), "at {end}: {told:?}");
        if let Some(item) = told.first() {
            assert!(
                item["text"]
                    .as_str()
                    .unwrap()
                    .contains("shorter for the model: about"),
                "{item}"
            );
        }
        let used = serve.view(&task)["task"]["contextUsed"].as_u64().unwrap();
        serve.send(&task, "Et maintenant ?");
        let ended = serve.ended(&task);
        assert_eq!(ended["turn"], "done", "at {end}");
        let sent = said(&model.requests()[0]);
        assert_eq!(sent.contains("It was read."), kept, "at {end}");
        assert_eq!(!sent.contains("once more\\nthe quick"), kept, "at {end}");
        assert!(sent.contains(CONSTRAINT), "at {end}");
        match kept {
            true => assert!(used < 6_000, "at {end}: {used}"),
            false => assert!(used > 4_000, "at {end}: {used}"),
        }
        serve.close();
    }
}

#[test]
fn a_death_while_a_summary_is_made_in_the_middle_of_a_turn_is_gone_on_from() {
    let world = World::new();
    let gate = Gate::new();
    let held = gate.clone();
    let model = Model::start(Script::each(move |request| {
        match (is_for_a_summary(request), request.results().len()) {
            (true, _) => stream().text("half").gate(&held).completed(),
            (false, n) => {
                let command = format!("cat part{n}.txt");
                stream().shell(&command).completed_with(counted(request))
            }
        }
    }));
    let project = archive();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    serve.call("model/prefer", json!({ "model": SMALL, "effort": "usual" }));
    let task = serve.start(CONSTRAINT, "auto");
    gate.reached_blocking();
    serve.kill();
    drop(model);

    let model = Model::start(Script::each(|request| match is_for_a_summary(request) {
        true => Reply::text("Parts were read."),
        false => Reply::text("Fini."),
    }));
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(serve.items(&task, "compaction"), Vec::<Value>::new());
    assert_eq!(serve.view(&task)["task"]["turn"], "interrupted");
    serve.call("task/continue", json!({ "task": task }));
    serve.ended_after_start(&task);
    assert_eq!(serve.items(&task, "compaction").len(), 1);
    let last = said(&model.requests().pop().unwrap());
    assert!(
        last.contains(CONSTRAINT) && last.contains("Parts were read."),
        "{last}"
    );
    assert_eq!(serve.items(&task, "answer").pop().unwrap()["text"], "Fini.");
    serve.close();
}

#[test]
fn a_model_with_less_room_gets_what_the_one_before_has_summed_up() {
    let world = World::new();
    let model = Model::start(Script::each(|request| {
        let read = request.results().len();
        match (is_for_a_summary(request), read) {
            (true, _) => Reply::text("Summed up."),
            (false, n) if n < 8 && request.json()["model"] != SMALL => {
                let command = format!("cat part{n}.txt");
                stream().shell(&command).completed_with(counted(request))
            }
            _ => stream().text("Lu.").completed_with(counted(request)),
        }
    }));
    let project = archive();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    serve.call(
        "model/prefer",
        json!({ "model": "gpt-5.1", "effort": "usual" }),
    );
    let task = serve.work(CONSTRAINT, "auto");
    let before = serve.view(&task)["task"]["contextPercent"]
        .as_u64()
        .unwrap();
    serve.call(
        "task/configure",
        json!({ "task": task, "model": SMALL, "effort": null, "permission": null }),
    );
    let full = serve.view(&task)["task"]["contextPercent"]
        .as_u64()
        .unwrap();
    assert!(
        before < 20 && full > 90,
        "the same tokens in another window: {before}, {full}"
    );
    serve.send(&task, "Et maintenant ?");
    serve.ended(&task);
    let requests = model.requests();
    let [.., summary, answer] = &requests[..] else {
        panic!("a summary and an answer");
    };
    assert_eq!(
        (&summary.json()["model"], &answer.json()["model"]),
        (&json!("gpt-5.1"), &json!(SMALL))
    );
    assert!(is_for_a_summary(summary) && said(answer).contains("Summed up."));
    let after = serve.view(&task)["task"]["contextPercent"]
        .as_u64()
        .unwrap();
    assert!(after < 60, "{after}");

    // Taken back, the compaction is too.
    serve.call("task/retry", json!({ "task": task }));
    serve.ended_after_start(&task);
    assert_eq!(serve.items(&task, "compaction").len(), 1);
    serve.close();
}

#[test]
fn a_window_that_is_full_earlier_than_known_leads_to_one_compaction() {
    for full in [
        || Reply::error(400, "context_length_exceeded", "too long"),
        || stream().text("Half").incomplete("max_output_tokens"),
    ] {
        let world = World::new();
        let model = Model::start([reads(1, 2_500), full(), Reply::text("It was read."), full()]);
        let project = archive();
        let mut serve = world.serve(&model.base_url());
        serve.open(project.path());
        let task = serve.start(CONSTRAINT, "auto");
        let ended = serve.ended(&task);
        assert_eq!(
            ended["turn"], "failed",
            "it ends, and does not go in circles"
        );
        assert_eq!(serve.items(&task, "compaction").len(), 1);
        model.assert_finished();
        serve.close();
    }
}

#[test]
fn decisions_files_and_failing_checks_come_from_the_books_and_not_from_the_model() {
    const PATCH: &str = "*** Begin Patch\n*** Add File: new.txt\n+new\n*** Update File: kept.txt\n\
                         @@\n-old\n+changed\n*** End Patch\n";
    let world = World::new();
    let model = Model::start([
        reads(1, 2_500),
        stream()
            .custom_call_as("call_edit", "apply_patch", PATCH)
            .completed_with(cost(5_000)),
        says("Done.", 5_400),
        Reply::text("I did something."),
    ]);
    let project = archive().file("kept.txt", "old\n");
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work(CONSTRAINT, "auto");
    serve.mark(&task, "kept.txt", "approved");
    serve.mark(&task, "new.txt", "rejected");
    let check = serve.typed(&task, "echo 'not ok 1 - adds two prices'; exit 1", true);
    serve.call("check/run", json!({ "task": task, "check": check }));
    serve.event("the check to end", |event| {
        let kind = &event["item"]["kind"];
        event["type"] == "itemCompleted" && kind["type"] == "check" && kind["result"] != "running"
    });
    compact(&mut serve, &task);
    let view = serve.view(&task);
    let items = view["items"].as_array().expect("a task has items");
    let item = items
        .iter()
        .rfind(|item| item["kind"]["type"] == "compaction");
    let item = item.expect("it is shown");
    let kept = serve.call("task/kept", json!({ "task": task, "item": item["id"] }));
    let kept = kept["text"].as_str().unwrap();
    for part in [
        "kept.txt: modified, by call_edit; the person approved this change",
        "new.txt: added, by call_edit; the person rejected this change",
        "1 files are approved, 1 rejected and 0 not decided",
        "exit 1`: ",
        "fails: adds two prices",
        "apply_patch *** Begin Patch",
    ] {
        assert!(kept.contains(part), "{part}: {kept}");
    }
    serve.close();
}
