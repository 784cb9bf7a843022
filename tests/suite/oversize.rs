//! What is too large for the model is refused before anything is sent, with what fits of it.

use std::fs;
use std::path::Path;

use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::model::Usage;
use support::model::stream;
use support::project::Project;

use crate::client::Serve;
use crate::world::World;

/// A model with a window of 16,385 tokens.
const SMALL: &str = "gpt-3.5-turbo";

/// So many lines of about ten tokens, one of them about coupons.
fn long(lines: usize) -> String {
    let mut text = String::new();
    for n in 1..=lines {
        match n == lines / 2 {
            true => text.push_str("the coupon is worth more than the cart here\n"),
            false => text.push_str(&format!("line {n} of a text that goes on and on.\n")),
        }
    }
    text
}

fn open(world: &World, model: &Model, project: &Project) -> Serve {
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    serve.call("model/prefer", json!({ "model": SMALL, "effort": "usual" }));
    serve
}

fn writing() -> Value {
    json!({ "task": null, "model": SMALL })
}

fn add(serve: &mut Serve, path: &Path) -> Value {
    let paths = [path.to_str().expect("the path is text")];
    serve.call("attachment/add", json!({ "to": writing(), "paths": paths }))
}

fn take(serve: &mut Serve, proposal: &Value) -> Value {
    serve.call(
        "attachment/take",
        json!({ "to": writing(), "proposal": proposal["id"] }),
    )
}

fn sent_text(model: &Model) -> String {
    let request = model.requests().pop().expect("something was sent");
    String::from_utf8_lossy(&request.body).into_owned()
}

#[test]
fn words_too_long_are_refused_with_the_lines_that_fit() {
    let (world, project) = (World::new(), Project::named("shop").file("a.txt", "a\n"));
    let model = Model::start([Reply::text("Read.")]);
    let mut serve = open(&world, &model, &project);
    let text = format!("What does this say about the coupon?\n\n{}", long(3_000));
    let start = json!({ "text": text, "model": SMALL, "permission": "auto" });
    let refused = serve.refused("task/start", start);
    assert_eq!(refused["code"], "tooLong");
    let message = refused["message"].as_str().unwrap();
    for part in [
        "takes about 30,",
        "there is room for ",
        "Of it, lines 1 to ",
        "Nothing was sent.",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(
        refused["hint"]
            .as_str()
            .unwrap()
            .contains("Keep the lines that fit"),
        "{refused}"
    );
    assert_eq!(model.requests().len(), 0);
    assert_eq!(
        serve.call("project/snapshot", json!({}))["tasks"],
        json!([]),
        "no task is left"
    );

    let fits = serve.call("text/fit", json!({ "of": writing(), "text": text }));
    let fits = fits["text"].as_str().unwrap();
    assert!(
        fits.starts_with("What does this say") && fits.contains("the coupon is worth"),
        "{fits}"
    );
    assert!(fits.contains("are left out]"), "{fits}");
    serve.work(fits, "auto");
    assert!(sent_text(&model).contains("the coupon is worth"));
    let short = serve.call("text/fit", json!({ "of": writing(), "text": "short" }));
    assert_eq!(short["text"], Value::Null);
    model.assert_finished();
    serve.close();
}

#[test]
fn of_a_file_too_large_the_lines_that_fit_are_attached_by_one_click() {
    let (world, project) = (World::new(), Project::named("shop").file("a.txt", "a\n"));
    let model = Model::start([Reply::text("Read.")]);
    let mut serve = open(&world, &model, &project);
    serve.call(
        "text/keep",
        json!({ "task": null, "text": "Where is the coupon?" }),
    );
    let file = world.folder().join("notes.md");
    fs::write(&file, long(4_000)).unwrap();
    let added = add(&mut serve, &file);
    assert_eq!(
        (&added["attachments"], &added["refused"]),
        (&json!([]), &json!([]))
    );
    let proposal = added["proposals"][0].clone();
    let sentence = proposal["sentence"].as_str().unwrap();
    for part in [
        "notes.md holds about 40,",
        "there is room for ",
        "Of it, lines 1 to ",
        " of 4,000 fit",
    ] {
        assert!(sentence.contains(part), "{part}: {sentence}");
    }
    let taken = take(&mut serve, &proposal);
    let attachment = &taken["attachments"][0];
    assert_eq!(attachment["name"], "notes.md");
    assert!(
        attachment["note"]
            .as_str()
            .unwrap()
            .starts_with("Only lines 1 to "),
        "{attachment}"
    );
    assert!(
        attachment["tokens"].as_u64().unwrap() < 13_400,
        "{attachment}"
    );
    let again = take(&mut serve, &proposal);
    assert_eq!(again["attachments"].as_array().unwrap().len(), 1);
    assert!(
        again["refused"][0]
            .as_str()
            .unwrap()
            .contains("proposal is gone"),
        "{again}"
    );

    let start = json!({ "text": "Where is the coupon?", "model": SMALL, "permission": "auto",
        "attachments": [attachment["id"]] });
    let task = serve.call("task/start", start)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    serve.ended_after_start(&task);
    let sent = sent_text(&model);
    assert!(sent.contains("the coupon is worth") && sent.contains("are left out]"));
    serve.close();
}

#[test]
fn of_a_folder_too_large_the_relevant_and_the_small_files_are_proposed() {
    let (world, project) = (World::new(), Project::named("shop").file("a.txt", "a\n"));
    let model = Model::start(Vec::new());
    let mut serve = open(&world, &model, &project);
    serve.call(
        "text/keep",
        json!({ "task": null, "text": "Explain the discount" }),
    );
    let folder = world.folder().join("docs");
    fs::create_dir(&folder).unwrap();
    for (name, bytes) in [
        ("big.md", 60_000),
        ("discount.md", 20_000),
        ("small.md", 400),
        ("mid.md", 36_000),
    ] {
        fs::write(folder.join(name), "word \n".repeat(bytes / 6)).unwrap();
    }
    let added = add(&mut serve, &folder);
    let proposal = added["proposals"][0].clone();
    let sentence = proposal["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("docs holds 4 texts of about 29,"),
        "{sentence}"
    );
    assert!(
        sentence.contains("docs/discount.md, docs/small.md"),
        "{sentence}"
    );
    assert!(!sentence.contains("big.md"), "{sentence}");
    let taken = take(&mut serve, &proposal);
    let names: Vec<&str> = taken["attachments"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert!(
        names.contains(&"docs/discount.md") && names.contains(&"docs/small.md"),
        "{names:?}"
    );
    serve.close();
}

#[test]
fn a_message_that_just_fits_goes_whole_also_through_a_compaction() {
    let (world, project) = (
        World::new(),
        Project::named("shop").file("a.txt", long(900)),
    );
    let model = Model::start([
        Reply::shell("cat a.txt"),
        stream().text("Read.").completed_with(Usage {
            input: 10_000,
            cached: 0,
            output: 60,
            reasoning: 0,
        }),
        Reply::text("Summed up."),
        Reply::text("Read too."),
    ]);
    let mut serve = open(&world, &model, &project);
    let task = serve.work("Read a.txt", "auto");
    // As much as there is room for, once the rest has been made shorter.
    let text = long(700);
    serve.send(&task, &text);
    serve.ended(&task);
    assert_eq!(serve.items(&task, "compaction").len(), 1);
    let lines = text.lines().map(|line| format!("{line}\\n"));
    let escaped: String = lines.collect();
    assert!(
        sent_text(&model).contains(escaped.trim_end_matches("\\n")),
        "not a word is missing"
    );
    model.assert_finished();
    let too_long = serve.refused("task/send", json!({ "task": task, "text": long(1_400) }));
    assert_eq!(too_long["code"], "tooLong");
    serve.close();
}

#[test]
fn what_fitted_one_model_is_refused_by_one_with_less_room() {
    let (world, project) = (World::new(), Project::named("shop").file("a.txt", "a\n"));
    let model = Model::start(Vec::new());
    let mut serve = open(&world, &model, &project);
    serve.call(
        "model/prefer",
        json!({ "model": "gpt-5.1", "effort": "usual" }),
    );
    let file = world.folder().join("notes.md");
    fs::write(&file, long(4_000)).unwrap();
    let paths = [file.to_str().unwrap()];
    let to = json!({ "task": null, "model": "gpt-5.1" });
    let added = serve.call("attachment/add", json!({ "to": to, "paths": paths }));
    let id = added["attachments"][0]["id"].clone();
    let start = json!({ "text": "Read this", "model": SMALL, "permission": "auto",
        "attachments": [id] });
    let refused = serve.refused("task/start", start);
    assert_eq!(
        (&refused["code"], &refused["hint"]),
        (&json!("tooLong"), &json!(""))
    );
    let message = refused["message"].as_str().unwrap();
    for part in [
        "about 40,",
        "with what is attached",
        "there is room for 13,",
        "Nothing was sent.",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(model.requests().len(), 0);
    serve.close();
}
