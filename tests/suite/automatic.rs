//! Automatic choice of the model: whom the requests go to, what the task says of it, and how a person
//! takes over.

use std::fs;

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::Request;
use support::model::stream;
use support::picture;

use crate::attachments::add;
use crate::attachments::ids;
use crate::checks::FIX_NAME;
use crate::checks::FIX_SUM;
use crate::checks::till;
use crate::client::Serve;
use crate::run::letter;
use crate::world::World;

const FULL: &str = "gpt-5-codex";
const MINI: &str = "gpt-5-codex-mini";

fn asked(model: &Model) -> Vec<String> {
    let of = |request: Request| {
        let name = request.json()["model"].as_str().map(str::to_owned);
        name.expect("a request names its model")
    };
    model.requests().into_iter().map(of).collect()
}

/// Makes Automatic with the full model the choice of new tasks.
fn prefer(serve: &mut Serve) {
    for name in [FULL, "auto"] {
        serve.call("model/prefer", json!({ "model": name, "effort": "usual" }));
    }
}

/// A note that changes nothing that is checked.
fn note(number: u32) -> String {
    format!("*** Begin Patch\n*** Add File: note-{number}.txt\n+nothing\n*** End Patch\n")
}

/// What the rules chose, turn by turn: the model and the rule.
fn chosen(serve: &mut Serve, task: &str) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().expect("a word").to_owned();
    let items = serve.items(task, "automatic");
    items
        .iter()
        .map(|item| (word(&item["model"]), word(&item["rule"])))
        .collect()
}

fn says(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(model, rule): &(&str, &str)| ((*model).to_owned(), (*rule).to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn what_is_small_goes_to_the_sibling_and_a_review_to_the_model_and_both_stay_said() {
    let project = letter();
    let model = Model::start([
        Reply::text("Mended."),
        Reply::text("Looks good."),
        Reply::text("Reviewed again."),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    prefer(&mut serve);
    assert_eq!(serve.call("app/state", json!({}))["automatic"], true);
    let would = serve.call(
        "model/would",
        json!({ "task": null, "text": "Mend letter.txt" }),
    );
    let small = json!({ "model": MINI, "other": FULL, "rule": "small-with-files",
        "because": "the request is short and names one file" });
    assert_eq!(would, small);

    let task = serve.work("Mend letter.txt", "auto");
    serve.send(&task, "Now review it");
    serve.ended_after_start(&task);
    assert_eq!(asked(&model), [MINI, FULL]);
    let both = says(&[(MINI, "small-with-files"), (FULL, "wide")]);
    assert_eq!(chosen(&mut serve, &task), both);
    let items = serve.view(&task)["items"].clone();
    let kinds: Vec<&str> = items.as_array().unwrap()[..3]
        .iter()
        .map(|item| item["kind"]["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["message", "automatic", "answer"],
        "right after the message"
    );

    // Each is paid as the one that answered, and a restart finds the same.
    let report = serve.call("usage/report", json!({}));
    let mut paid: Vec<&str> = report["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["model"].as_str().unwrap())
        .collect();
    paid.sort_unstable();
    assert_eq!(paid, [FULL, MINI]);
    serve.close();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(chosen(&mut serve, &task), both);
    let facts = serve.view(&task)["task"].clone();
    assert_eq!(
        (&facts["model"], &facts["automatic"]),
        (&json!(FULL), &json!(true))
    );

    // Try again keeps to the rules, and says it once.
    serve.call("task/retry", json!({ "task": task }));
    serve.ended_after_start(&task);
    assert_eq!(asked(&model), [MINI, FULL, FULL]);
    assert_eq!(chosen(&mut serve, &task), both);
    serve.close();
}

#[test]
fn a_person_takes_over_while_it_works_and_gives_back() {
    let project = letter();
    let gate = Gate::new();
    let model = Model::start([
        stream().gate(&gate).text("One.").completed(),
        Reply::text("Two."),
        Reply::text("Three."),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    prefer(&mut serve);
    let task = serve.start("Mend it", "auto");
    gate.reached_blocking();
    let configure =
        |model: &str| json!({ "task": task, "model": model, "effort": null, "permission": null });
    let taken = serve.call("task/configure", configure(FULL));
    assert_eq!(
        (&taken["model"], &taken["automatic"]),
        (&json!(FULL), &json!(false))
    );
    gate.open_blocking();
    serve.ended(&task);
    serve.send(&task, "Mend that too");
    serve.ended_after_start(&task);
    let back = serve.call("task/configure", configure("auto"));
    assert_eq!(
        (&back["model"], &back["automatic"]),
        (&json!(FULL), &json!(true))
    );
    serve.send(&task, "And that");
    serve.ended_after_start(&task);
    assert_eq!(asked(&model), [MINI, FULL, MINI]);
    let said = says(&[(MINI, "small"), (MINI, "small")]);
    assert_eq!(
        chosen(&mut serve, &task),
        said,
        "nothing is said of a chosen one"
    );
    serve.close();
}

#[test]
fn a_check_that_fails_after_two_turns_of_the_sibling_moves_up_until_it_passes() {
    let project = till();
    let model = Model::start([
        Reply::text("Hello."),
        Reply::patch(&note(1)),
        Reply::text("Noted."),
        Reply::patch(FIX_SUM),
        Reply::text("One is mended."),
        Reply::patch(FIX_NAME),
        Reply::text("So is the other."),
        Reply::text("You are welcome."),
    ]);
    let world = World::with_the_persons_path();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    prefer(&mut serve);
    let task = serve.work("Hello", "auto");
    let check = serve.check_named(&task, "npm test");
    serve.call(
        "check/untilGreen",
        json!({ "task": task, "check": check, "rounds": null }),
    );
    assert_eq!(serve.rounds_ended()["ending"], "green");
    // The check failed after the first turn and after the second, both of the sibling.
    let rounds = [
        (MINI, "small"),
        (MINI, "check"),
        (FULL, "failing"),
        (FULL, "failing"),
    ];
    assert_eq!(chosen(&mut serve, &task), says(&rounds));
    assert_eq!(
        asked(&model),
        [MINI, MINI, MINI, FULL, FULL, FULL, FULL],
        "decided once a turn"
    );
    serve.send(&task, "Thank you");
    serve.ended_after_start(&task);
    let after = chosen(&mut serve, &task);
    assert_eq!(after.last(), says(&[(MINI, "small")]).last(), "it passes");
    serve.close();
}

#[test]
fn pictures_go_to_the_model_where_the_sibling_reads_none() {
    let project = letter();
    let model = Model::start([Reply::text("A picture."), Reply::text("Still there.")]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    prefer(&mut serve);
    let known = serve.call("model/known", json!({}));
    let mini = known
        .as_array()
        .unwrap()
        .iter()
        .find(|each| each["model"] == MINI);
    let mut traits = mini.unwrap()["traits"].clone();
    traits["pictures"] = json!(false);
    serve.call("model/put", json!({ "model": MINI, "traits": traits }));

    let shot = world.folder().join("shot.png");
    fs::write(&shot, picture::halves(64, 64)).unwrap();
    let added = ids(&add(&mut serve, None, &[&shot]));
    let look = json!({ "task": null, "text": "What is it?" });
    assert_eq!(serve.call("model/would", look)["rule"], "pictures");
    let start = json!({ "text": "What is it?", "attachments": added, "permission": "auto" });
    let task = serve.call("task/start", start)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    serve.ended(&task);
    // It is sent again with every message of the conversation.
    serve.send(&task, "And now?");
    serve.ended_after_start(&task);
    assert_eq!(asked(&model), [FULL, FULL]);
    let rules = says(&[(FULL, "pictures"), (FULL, "pictures")]);
    assert_eq!(chosen(&mut serve, &task), rules);
    serve.close();
}

#[test]
fn a_server_without_the_sibling_is_asked_for_the_model_and_it_says_so() {
    let project = letter();
    let model = Model::start([Reply::text("Mended.")]);
    model.lists(&[FULL, "gpt-5"]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    prefer(&mut serve);
    serve.call("model/list", json!({}));
    let task = serve.work("Mend letter.txt", "auto");
    assert_eq!(asked(&model), [FULL]);
    let said = serve.items(&task, "automatic");
    assert_eq!(
        said[0]["because"],
        format!("the provider does not offer {MINI}")
    );
    assert_eq!(said[0]["other"], Value::Null, "there is nobody else to ask");
    serve.close();
}

#[test]
fn what_goes_on_goes_on_with_the_model_of_its_turn_and_a_failure_moves_up() {
    let project = letter();
    let model = Model::start([
        stream().text("I begin.").shell("true").completed(),
        Reply::error(400, "invalid_prompt", "No."),
        Reply::text("Again."),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    prefer(&mut serve);
    let task = serve.start("Mend it", "auto");
    assert_eq!(serve.ended(&task)["turn"], "failed");
    serve.call("task/continue", json!({ "task": task }));
    serve.ended_after_start(&task);
    assert_eq!(asked(&model), [MINI, MINI, FULL]);
    let said = says(&[(MINI, "small"), (FULL, "failed")]);
    assert_eq!(chosen(&mut serve, &task), said);
    serve.close();
}

#[test]
fn a_budget_offers_the_sibling_only_while_the_model_answers() {
    let project = letter();
    let model = Model::start([
        Reply::text("Small."),
        Reply::text("Reviewed."),
        Reply::text("On."),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    prefer(&mut serve);
    let budget = json!({ "dayTokens": null, "dayDollars": null, "taskTokens": 2_600,
        "taskDollars": null, "offerCheaper": true });
    serve.call("budget/set", budget);
    let task = serve.work("Mend it", "auto");
    assert_eq!(serve.view(&task)["task"]["offer"], Value::Null);
    serve.send(&task, "Review it");
    serve.ended_after_start(&task);
    assert_eq!(serve.view(&task)["task"]["offer"], MINI);
    let taken = serve.call("budget/answer", json!({ "task": task, "answer": "switch" }));
    assert_eq!(
        (&taken["model"], &taken["automatic"]),
        (&json!(MINI), &json!(false))
    );
    let room = json!({ "dayTokens": null, "dayDollars": null, "taskTokens": null,
        "taskDollars": null, "offerCheaper": true });
    serve.call("budget/set", room);
    serve.send(&task, "Review it once more");
    serve.ended_after_start(&task);
    assert_eq!(
        asked(&model),
        [MINI, FULL, MINI],
        "the person's word goes over the rules"
    );
    serve.close();
}

#[test]
fn the_rules_are_the_table() {
    let model = Model::start([]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    let rules = serve.call("model/rules", json!({}));
    let rules = rules.as_array().unwrap();
    let table = engine::model::choice::RULES;
    let words: Vec<&str> = rules
        .iter()
        .map(|rule| rule["words"].as_str().unwrap())
        .collect();
    let wanted: Vec<&str> = table.iter().map(|rule| rule.words).collect();
    assert_eq!(words, wanted);
    assert_eq!(rules.last().unwrap()["then"], "full");
    serve.close();
}

#[test]
fn the_command_line_chooses_by_the_rules_and_prints_why() {
    let project = letter();
    let model = Model::start([Reply::text("Mended."), Reply::text("Reviewed.")]);
    let world = World::new();
    let run = |options: &[&str], text: &str| {
        world
            .run(&model.base_url(), project.path(), options, text)
            .ended(0)
    };
    let json = run(&["--model", "auto", "--json"], "Mend letter.txt");
    let [item] = &json.items("automatic")[..] else {
        panic!("one choice is told: {}", json.out)
    };
    let small = item["model"].as_str().unwrap();
    assert_eq!(item["rule"], "small-with-files");
    let words = run(&["--model", "auto"], "Review all of it");
    let full = asked(&model)[1].clone();
    assert_eq!(asked(&model)[0], small);
    assert_ne!(small, full);
    let line = format!("Automatic: {full}, because the request says “review”.\n");
    assert!(words.out.contains(&line), "{}", words.out);
}
