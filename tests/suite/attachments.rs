//! Pictures and files with a message: what is sent of them, what is refused, what survives.

use std::fs;
use std::path::Path;

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::picture;

use crate::client::Serve;
use crate::run::letter;
use crate::world::World;

pub(crate) fn to(task: Option<&str>) -> Value {
    json!({ "task": task, "model": null })
}

pub(crate) fn add(serve: &mut Serve, task: Option<&str>, paths: &[&Path]) -> Value {
    let paths: Vec<&str> = paths.iter().filter_map(|path| path.to_str()).collect();
    serve.call("attachment/add", json!({ "to": to(task), "paths": paths }))
}

pub(crate) fn list(serve: &mut Serve, task: Option<&str>) -> Vec<String> {
    let listed = serve.call("attachment/list", to(task));
    texts(&listed["attachments"], "name")
}

fn texts(list: &Value, field: &str) -> Vec<String> {
    let values = list.as_array().expect("a list").iter();
    values
        .map(|value| value[field].as_str().expect("a text").to_owned())
        .collect()
}

pub(crate) fn ids(added: &Value) -> Vec<String> {
    texts(&added["attachments"], "id")
}

fn start(serve: &mut Serve, text: &str, attachments: &[String]) -> String {
    let start = json!({
        "text": text, "attachments": attachments, "model": null, "permission": "auto",
    });
    let task = serve.call("task/start", start);
    task["id"].as_str().expect("a task has an id").to_owned()
}

#[test]
fn pictures_and_files_are_sent_and_stay_in_the_conversation() {
    let project = letter();
    let world = World::new();
    let shot = world.folder().join("shot.png");
    fs::write(&shot, picture::halves(1920, 1080)).unwrap();
    let log = world.folder().join("build.log");
    fs::write(&log, "error: 3 is not 4\n").unwrap();
    let model = Model::start([Reply::text("Seen."), Reply::text("Still there.")]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let added = add(&mut serve, None, &[&shot, &log]);
    assert_eq!(added["refused"], json!([]));
    assert_eq!(
        texts(&added["attachments"], "name"),
        ["shot.png", "build.log"]
    );
    // The default model looks at patches: 60 by 34 of them.
    assert_eq!(added["attachments"][0]["tokens"], 2_448);
    assert_eq!(added["attachments"][0]["picture"]["width"], 1920);
    assert_eq!(added["attachments"][1]["tokens"], 5);

    // The bytes are ours from now on.
    fs::remove_file(&shot).unwrap();
    fs::write(&log, "something else").unwrap();
    let task = start(&mut serve, "Why is it blue?", &ids(&added));
    serve.ended_after_start(&task);
    assert_eq!(
        list(&mut serve, None),
        Vec::<String>::new(),
        "they are sent"
    );

    let first = model.wait_request_blocking(1);
    let [sent] = &picture::sent(&first)[..] else {
        panic!("one picture is sent")
    };
    assert_eq!((sent.kind.as_str(), sent.size()), ("png", (1920, 1080)));
    assert_eq!(sent.pixels.get_pixel(10, 10).0, [255, 0, 0]);
    assert_eq!(sent.pixels.get_pixel(1900, 1000).0, [0, 0, 255]);
    let words = picture::words(&first);
    assert_eq!(words[0], "Why is it blue?");
    assert_eq!(words[1], "<image name=[Image #1] path=\"shot.png\">");
    assert!(
        words[3].starts_with("<attached_file_") && words[3].contains("error: 3 is not 4\n</att"),
        "{words:?}"
    );
    let message = &serve.items(&task, "message")[0];
    assert_eq!(
        texts(&message["attachments"], "name"),
        ["shot.png", "build.log"]
    );
    assert_eq!(message["text"], "Why is it blue?");

    // The picture is in the store once and not in the log, and after a restart it is sent again.
    serve.close();
    let log = fs::read_to_string(world.data().join("tasks").join(&task).join("log.jsonl")).unwrap();
    assert!(!log.contains("base64,"), "{log:.300}");
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    serve.send(&task, "And now?");
    let second = model.wait_request_blocking(2).json().to_string();
    let url = first.json().to_string();
    let url = url
        .split('"')
        .find(|part| part.starts_with("data:image/png;base64,"));
    assert!(
        second.contains(url.unwrap()),
        "history carries the picture to the letter"
    );
    serve.close();
}

#[test]
fn what_is_attached_and_not_sent_survives_a_kill() {
    let project = letter();
    let world = World::new();
    let model = Model::start(Reply::text("Hello."));
    let shot = world.folder().join("shot.png");
    fs::write(&shot, picture::halves(64, 64)).unwrap();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Hello", "auto");
    add(&mut serve, Some(&task), &[&shot]);
    add(&mut serve, None, &[&shot, &project.at("letter.txt")]);
    serve.kill();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(list(&mut serve, Some(&task)), ["shot.png"]);
    assert_eq!(list(&mut serve, None), ["shot.png", "letter.txt"]);
    let listed = serve.call("attachment/list", to(None));
    let remove = json!({ "from": to(None), "attachment": listed["attachments"][0]["id"] });
    let left = serve.call("attachment/remove", remove);
    assert_eq!(texts(&left["attachments"], "name"), ["letter.txt"]);
    serve.close();
}

#[test]
fn a_message_that_is_given_back_has_its_pictures_again() {
    let project = letter();
    let world = World::new();
    let gate = Gate::new();
    let model = Model::start(stream().text_around("I am", &gate, " done.").completed());
    let shot = world.folder().join("shot.png");
    fs::write(&shot, picture::halves(64, 64)).unwrap();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Say it", "auto");
    gate.reached_blocking();
    let added = add(&mut serve, Some(&task), &[&shot]);
    let send = json!({ "task": task, "text": "", "attachments": ids(&added) });
    serve.call("task/send", send);
    assert_eq!(list(&mut serve, Some(&task)), Vec::<String>::new());
    serve.call("task/stop", json!({ "task": task }));
    serve.event("the message to come back", |event| {
        event["type"] == "messageGivenBack"
    });
    assert_eq!(list(&mut serve, Some(&task)), ["shot.png"]);
    gate.release();

    // The same when the app dies before the agent has heard it.
    let gate = Gate::new();
    model.push(stream().text_around("I", &gate, " go on.").completed());
    serve.send(&task, "Go on");
    gate.reached_blocking();
    let there = serve.call("attachment/list", to(Some(&task)));
    let send = json!({ "task": task, "text": "look", "attachments": ids(&there) });
    serve.call("task/send", send);
    serve.kill();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(list(&mut serve, Some(&task)), ["shot.png"]);
    assert_eq!(serve.view(&task)["unsent"], "look");
    gate.release();
    serve.close();
}

#[test]
fn sixty_at_once_are_twenty_and_a_sentence() {
    let project = letter();
    let world = World::new();
    let model = Model::start(Vec::new());
    let many: Vec<_> = (0..60)
        .map(|at| {
            let path = world.folder().join(format!("note {at}.txt"));
            fs::write(&path, format!("note {at}")).unwrap();
            path
        })
        .collect();
    let many: Vec<&Path> = many.iter().map(std::path::PathBuf::as_path).collect();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let added = add(&mut serve, None, &many);
    assert_eq!(ids(&added).len(), 20);
    assert_eq!(
        added["refused"],
        json!(["A message takes 20 attachments, so 40 were left out."])
    );
    let again = add(&mut serve, None, &many[..1]);
    assert_eq!(
        again["refused"],
        json!(["A message takes 20 attachments, so 1 was left out."])
    );
    serve.close();
}

#[test]
fn what_cannot_be_attached_is_named_and_the_rest_is_attached() {
    let project = letter();
    let world = World::new();
    let model = Model::start(Vec::new());
    let at = |name: &str, bytes: &[u8]| {
        let path = world.folder().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let half = at("half.txt", &[b'x'; 160_000]);
    let long = at("long.txt", &[b'x'; 100_000]);
    let empty = at("empty.txt", b"");
    let cut = at("cut.png", &picture::halves(64, 64)[..60]);
    let gone = world.folder().join("gone.png");
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let paths = [half.as_path(), &empty, &cut, &gone, project.path(), &long];
    let added = add(&mut serve, None, &paths);
    // Of a folder its texts are taken.
    assert_eq!(
        texts(&added["attachments"], "name"),
        ["half.txt", "project/letter.txt"]
    );
    let proposals = added["proposals"].as_array().unwrap();
    assert_eq!(proposals, &[] as &[Value], "of one long line no part fits");
    let refused: Vec<&str> = added["refused"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(
        refused,
        [
            "empty.txt is empty.",
            "cut.png ends in the middle, so it was probably not copied completely; copy it again.",
            "gone.png is not there any more.",
            "long.txt holds about 25,000 tokens of text, and there is room for 19,993, in which no part \
             of it fits; cut it, or put it into the folder and let the agent search it.",
        ]
    );
    serve.close();
}

#[test]
fn a_model_without_eyes_gets_no_picture_and_says_so_before_anything_is_sent() {
    let project = letter();
    let world = World::new();
    let model = Model::start(Vec::new());
    let shot = world.folder().join("shot.png");
    fs::write(&shot, picture::halves(64, 64)).unwrap();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let blind = json!({ "task": null, "model": "o3-mini" });
    let paths = json!({ "to": blind, "paths": [shot] });
    let added = serve.call("attachment/add", paths);
    let sentence = "o3-mini does not read pictures. Choose another model, or take the pictures off \
                    the message.";
    assert_eq!(added["problem"], sentence);
    let start = json!({
        "text": "Look", "attachments": ids(&added), "model": "o3-mini", "permission": "auto",
    });
    let refused = serve.refused("task/start", start);
    assert_eq!(refused["message"], format!("{sentence} Nothing was sent."));
    assert_eq!(list(&mut serve, None), ["shot.png"], "it is still attached");
    // Another model sees it, and measures it in its own way.
    let seeing = serve.call(
        "attachment/list",
        json!({ "task": null, "model": "gpt-5-codex" }),
    );
    assert_eq!(seeing["problem"], Value::Null);
    assert_eq!(seeing["attachments"][0]["tokens"], 210);
    serve.close();

    let options = ["--model", "o3-mini", "--image", shot.to_str().unwrap()];
    let got = world
        .run(&model.base_url(), project.path(), &options, "Look")
        .ended(3);
    assert!(
        got.err.contains(sentence) && got.err.contains("Nothing was sent."),
        "{}",
        got.err
    );
    assert_eq!(model.requests().len(), 0);
}

#[test]
fn a_picture_is_refused_for_the_model_at_work_and_for_the_one_chosen_meanwhile() {
    let project = letter();
    let world = World::new();
    let gate = Gate::new();
    let model = Model::start(stream().text_around("I am", &gate, " done.").completed());
    let shot = world.folder().join("shot.png");
    fs::write(&shot, picture::halves(64, 64)).unwrap();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let choose = |serve: &mut Serve, task: &str, model: &str| {
        let change = json!({ "task": task, "model": model, "effort": null, "permission": null });
        serve.call("task/configure", change);
        serve.call("attachment/list", to(Some(task)))["problem"].clone()
    };
    let refused = |serve: &mut Serve, task: &str, problem: &Value| {
        let there = serve.call("attachment/list", to(Some(task)));
        let send = json!({ "task": task, "text": "Look", "attachments": ids(&there) });
        let refused = serve.refused("task/send", send);
        let problem = problem.as_str().unwrap();
        assert_eq!(refused["message"], format!("{problem} Nothing was sent."));
        assert_eq!(
            list(serve, Some(task)),
            ["shot.png"],
            "it is still attached"
        );
    };
    let start = json!({ "text": "Say it", "model": "o3-mini", "permission": "auto" });
    let task = serve.call("task/start", start)["id"].clone();
    let task = task.as_str().unwrap().to_owned();
    gate.reached_blocking();
    let blind = "o3-mini does not read pictures. Choose another model, or take the pictures off \
                 the message.";
    let added = add(&mut serve, Some(&task), &[&shot]);
    assert_eq!(added["problem"], blind);

    // Another model is chosen, and the one that does not see is still at work.
    let problem = choose(&mut serve, &task, "gpt-5-codex");
    let at_work = "o3-mini is at work until this turn ends, and does not read pictures. Wait or \
                   press Stop, or take the pictures off the message.";
    assert_eq!(problem, at_work);
    refused(&mut serve, &task, &problem);
    gate.release();
    serve.ended_after_start(&task);

    // From the next turn on the picture is seen.
    let there = serve.call("attachment/list", to(Some(&task)));
    assert_eq!(there["problem"], Value::Null);
    let gate = Gate::new();
    model.push(stream().text_around("I", &gate, " see.").completed());
    let send = json!({ "task": task, "text": "Look", "attachments": ids(&there) });
    serve.call("task/send", send);
    gate.reached_blocking();
    let second = model.wait_request_blocking(2);
    assert_eq!(second.json()["model"], "gpt-5-codex");
    assert_eq!(picture::sent(&second).len(), 1);

    // And the other way round: one that sees is at work, one that does not is chosen.
    add(&mut serve, Some(&task), &[&shot]);
    let problem = choose(&mut serve, &task, "o3-mini");
    assert_eq!(problem, blind);
    refused(&mut serve, &task, &problem);
    assert_eq!(choose(&mut serve, &task, "gpt-5-codex"), Value::Null);
    gate.release();
    serve.close();
}

#[test]
fn an_attachment_that_was_taken_off_meanwhile_is_not_sent() {
    let project = letter();
    let world = World::new();
    let model = Model::start(Vec::new());
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let start = json!({
        "text": "Look", "attachments": ["no-such"], "model": null, "permission": "auto",
    });
    let refused = serve.refused("task/start", start);
    let message = refused["message"].as_str().unwrap();
    assert!(
        message.contains("was taken off meanwhile. Nothing was sent."),
        "{message}"
    );
    assert_eq!(model.requests().len(), 0);
    serve.close();
}

#[test]
fn a_picture_from_the_command_line_is_prepared_like_any_other() {
    let project = letter();
    let world = World::new();
    let model = Model::start(Reply::text("Big."));
    let big = world.folder().join("big.png");
    fs::write(&big, picture::halves(3840, 2160)).unwrap();
    let options = ["--image", big.to_str().unwrap(), "--json"];
    let got = world
        .run(&model.base_url(), project.path(), &options, "Look")
        .ended(0);
    let request = model.wait_request_blocking(1);
    assert_eq!(picture::sent(&request)[0].size(), (2048, 1152));
    assert_eq!(got.items("message")[0]["attachments"][0]["name"], "big.png");

    let svg = world.folder().join("logo.svg");
    fs::write(&svg, "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
    let options = ["--image", svg.to_str().unwrap()];
    let got = world
        .run(&model.base_url(), project.path(), &options, "Look")
        .ended(3);
    assert!(
        got.err
            .contains("logo.svg is not a PNG, JPEG, WebP or GIF picture but an SVG drawing"),
        "{}",
        got.err
    );
}

#[test]
fn a_turn_whose_attachments_cannot_be_sent_again_is_not_taken_back() {
    let project = letter();
    let world = World::new();
    let gate = Gate::new();
    let model = Model::start([
        Reply::shell("echo agent > new.txt"),
        stream().text_around("It is", &gate, " blue.").completed(),
        Reply::text("Both are read."),
    ]);
    let at = |name: &str, bytes: &[u8]| {
        let path = world.folder().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let shot = at("shot.png", &picture::halves(64, 64));
    let half = at("half.txt", &[b'x'; 160_000]);
    let long = at("long.txt", &[b'x'; 100_000]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let added = add(&mut serve, None, &[&shot, &half]);
    let task = start(&mut serve, "Look", &ids(&added));
    gate.reached_blocking();
    let added = add(&mut serve, Some(&task), &[&long]);
    let send = json!({ "task": task, "text": "And this", "attachments": ids(&added) });
    serve.call("task/send", send);
    gate.release();
    serve.ended_after_start(&task);

    let refused = |serve: &mut Serve, sentence: &str| {
        let before = (serve.view(&task)["items"].clone(), serve.changes(&task));
        for (name, request) in [
            ("task/retry", json!({ "task": task })),
            ("task/resend", json!({ "task": task, "text": "Other" })),
        ] {
            let refused = serve.refused(name, request);
            assert_eq!(refused["message"], sentence);
            assert_eq!(refused["code"], "refused", "{refused}");
        }
        let view = serve.view(&task);
        let after = (view["items"].clone(), serve.changes(&task));
        assert_eq!(after, before);
        assert_eq!(after.1[0]["path"], "new.txt");
        assert_eq!(view["unsent"], "");
        assert_eq!(serve.items(&task, "answer").len(), 2);
        assert_eq!(list(serve, Some(&task)), [""; 0]);
    };
    // Each of the two messages had room for its own.
    refused(
        &mut serve,
        "All that was attached in this turn would be one message now, and long.txt would bring the \
         attachments to about 65,005 tokens, and a message takes 60,000. Go on with a new message. \
         Nothing was taken back.",
    );
    let blind = json!({ "task": task, "model": "o3-mini", "effort": null, "permission": null });
    serve.call("task/configure", blind);
    refused(
        &mut serve,
        "o3-mini does not read pictures, and there are some in what would be run again. Choose \
         another model, or go on with a new message. Nothing was taken back.",
    );
    serve.close();
}
