//! An answer given again: only while nothing of what led to it differs.

use std::fs;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::picture;
use support::project::Project;

use crate::client::Serve;
use crate::wires::serve;
use crate::world::World;

const QUESTION: &str = "What does a.txt say?";

fn notes() -> Project {
    Project::named("notes")
        .file("a.txt", "alpha\n")
        .file("src/b.txt", "beta\n")
}

fn answers(serve: &mut Serve, task: &str) -> Vec<Value> {
    let answers = serve.items(task, "answer");
    answers
        .into_iter()
        .map(|mut answer| answer["text"].take())
        .collect()
}

fn is_earlier(serve: &mut Serve, task: &str) -> bool {
    !serve.items(task, "earlier").is_empty()
}

/// A turn that runs these commands one after the other and says something.
fn turn(commands: &[&str], says: &str) -> Vec<Reply> {
    let mut replies: Vec<Reply> = commands
        .iter()
        .map(|command| Reply::shell(command))
        .collect();
    replies.push(Reply::text(says));
    replies
}

fn open(world: &World, project: &Project, model: &Model) -> Serve {
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    serve
}

#[test]
fn the_same_question_is_answered_from_the_earlier_answer_and_asked_again_when_wanted() {
    let (world, project) = (World::new(), notes());
    let model = Model::start(turn(&["cat a.txt", "rg --files src"], "It says alpha."));
    let mut serve = open(&world, &project, &model);
    let first = serve.work(QUESTION, "auto");
    assert!(!is_earlier(&mut serve, &first));
    assert_eq!(model.requests().len(), 3);

    let second = serve.work(QUESTION, "auto");
    assert_eq!(model.requests().len(), 3, "nobody was asked");
    assert_eq!(answers(&mut serve, &second), ["It says alpha."]);
    let earlier = serve.items(&second, "earlier").remove(0);
    let at = earlier["at"].as_u64().unwrap();
    let created = serve.view(&second)["task"]["createdAt"].as_u64().unwrap();
    assert!(at > 0 && at <= created, "{earlier}");
    let view = serve.view(&second);
    assert_eq!(view["task"]["state"], "answered");
    assert!(view["task"]["contextUsed"].as_u64().unwrap() > 0);

    // The conversation goes on with all that was read and said.
    model.push(Reply::text("You are welcome."));
    serve.send(&second, "Thanks");
    serve.ended(&second);
    let sent = model.requests()[3].clone();
    assert_eq!(sent.results().len(), 2);
    assert!(String::from_utf8_lossy(&sent.body).contains("It says alpha."));

    // Asked again, it is asked, and what is said then takes the place.
    for reply in turn(&["cat a.txt"], "Still alpha.") {
        model.push(reply);
    }
    serve.call("task/retry", json!({ "task": first }));
    serve.ended_after_start(&first);
    assert_eq!(answers(&mut serve, &first), ["Still alpha."]);
    let third = serve.work(QUESTION, "auto");
    assert_eq!(answers(&mut serve, &third), ["Still alpha."]);
    assert!(is_earlier(&mut serve, &third));
    model.assert_finished();
    serve.close();

    // It outlives the app.
    let mut serve = open(&world, &project, &model);
    let fourth = serve.work(QUESTION, "auto");
    assert_eq!(answers(&mut serve, &fourth), ["Still alpha."]);
    model.assert_finished();
    serve.close();
}

#[test]
fn a_file_that_was_read_and_differs_asks_anew() {
    for (command, changed, text) in [
        ("cat a.txt", "a.txt", "omega\n"),
        ("cat missing.txt", "missing.txt", "here\n"),
        ("ls src", "src/new.txt", ""),
        ("rg -n beta", "src/b.txt", "beta beta\n"),
    ] {
        let (world, project) = (World::new(), notes());
        let model = Model::start(turn(&[command], "Old."));
        let mut serve = open(&world, &project, &model);
        serve.work(QUESTION, "auto");
        let same = serve.work(QUESTION, "auto");
        assert!(is_earlier(&mut serve, &same), "{command}");
        fs::write(project.at(changed), text).unwrap();
        for reply in turn(&[command], "New.") {
            model.push(reply);
        }
        let task = serve.work(QUESTION, "auto");
        assert_eq!(answers(&mut serve, &task), ["New."], "{command}");
        model.assert_finished();
        serve.close();
    }
}

#[test]
fn a_file_of_no_account_may_differ() {
    let (world, project) = (World::new(), notes());
    let model = Model::start(turn(&["cat a.txt"], "Alpha."));
    let mut serve = open(&world, &project, &model);
    serve.work(QUESTION, "auto");
    fs::write(project.at("src/b.txt"), "other\n").unwrap();
    let task = serve.work(QUESTION, "auto");
    assert!(is_earlier(&mut serve, &task));
    model.assert_finished();
    serve.close();
}

#[test]
fn a_turn_that_did_more_than_read_is_asked_every_time() {
    const PATCH: &str =
        "*** Begin Patch\n*** Update File: a.txt\n@@\n-alpha\n+omega\n*** End Patch\n";
    let turns: [Vec<Reply>; 6] = [
        vec![Reply::patch(PATCH), Reply::text("Done.")],
        turn(&["echo x > new.txt"], "Done."),
        turn(&["date"], "Done."),
        turn(&["cat a.txt", "touch a.txt"], "Done."),
        turn(&["cat /etc/hostname"], "Done."),
        turn(&["ls -l"], "Done."),
    ];
    for replies in turns {
        let (world, project) = (World::new(), notes());
        let model = Model::start(replies.clone());
        let mut serve = open(&world, &project, &model);
        serve.work(QUESTION, "auto");
        let asked = model.requests().len();
        for reply in replies {
            model.push(reply);
        }
        let task = serve.work(QUESTION, "auto");
        assert!(!is_earlier(&mut serve, &task));
        assert_eq!(model.requests().len(), 2 * asked);
        serve.close();
    }
}

#[test]
fn a_turn_that_failed_is_asked_again() {
    let (world, project) = (World::new(), notes());
    let model = Model::start([
        stream().text("Half").incomplete("max_output_tokens"),
        Reply::text("Whole."),
    ]);
    let mut serve = open(&world, &project, &model);
    let failed = serve.start(QUESTION, "auto");
    assert_eq!(serve.ended(&failed)["turn"], "failed");
    let task = serve.work(QUESTION, "auto");
    assert_eq!(answers(&mut serve, &task), ["Whole."]);
    model.assert_finished();
    serve.close();
}

#[test]
fn other_words_modes_models_instructions_and_histories_are_other_questions() {
    let (world, project) = (World::new(), notes());
    let model = Model::start(turn(&["cat a.txt"], "one"));
    let mut serve = open(&world, &project, &model);
    serve.work(QUESTION, "auto");
    let ask = |serve: &mut Serve, text: &str, permission: &str| {
        model.push(Reply::text("another"));
        let task = serve.work(text, permission);
        assert_eq!(answers(serve, &task), ["another"], "{text} {permission}");
        task
    };
    let again = ask(&mut serve, "What does a.txt say? ?", "auto");
    ask(&mut serve, QUESTION, "readOnly");
    // The same words later in a conversation are another question.
    model.push(Reply::text("later"));
    serve.send(&again, QUESTION);
    serve.ended(&again);
    assert_eq!(answers(&mut serve, &again), ["another", "later"]);
    serve.call(
        "model/prefer",
        json!({ "model": "gpt-5.1", "effort": "usual" }),
    );
    ask(&mut serve, QUESTION, "auto");
    serve.call(
        "model/prefer",
        json!({ "model": "gpt-5.1", "effort": "high" }),
    );
    ask(&mut serve, QUESTION, "auto");
    fs::write(project.at("AGENTS.md"), "Answer in French.\n").unwrap();
    ask(&mut serve, QUESTION, "auto");
    model.assert_finished();
    serve.close();
}

#[test]
fn another_server_is_asked_itself() {
    let (world, project) = (World::new(), notes());
    let one = Model::start(turn(&["cat a.txt"], "one"));
    let two = Model::start(turn(&["cat a.txt"], "two"));
    let mut serve = serve(&world, &[]);
    for (model, says) in [(&one, "one"), (&two, "two")] {
        let url = model.base_url();
        let put = json!({ "provider": null, "name": says, "baseUrl": url, "kind": "custom",
            "wire": "auto" });
        let id = serve.call("provider/put", put)["chosen"].clone();
        serve.call("provider/choose", json!({ "provider": id }));
        serve.call("model/prefer", json!({ "model": "m", "effort": "usual" }));
        serve.open(project.path());
        let task = serve.work(QUESTION, "auto");
        assert_eq!(answers(&mut serve, &task), [says]);
        model.assert_finished();
    }
    serve.close();
}

#[test]
fn turned_off_it_gives_and_keeps_nothing() {
    let (world, project) = (World::new(), notes());
    let model = Model::start(turn(&["cat a.txt"], "one"));
    let mut serve = open(&world, &project, &model);
    serve.work(QUESTION, "auto");
    let settings = serve.call("settings/answerCache", json!({ "on": false }));
    assert_eq!(settings["answerCache"], false);
    let file = fs::read_to_string(world.data().join("settings.toml")).unwrap();
    assert!(file.contains("answer_cache = false"), "{file}");
    for says in ["two", "three"] {
        for reply in turn(&["cat a.txt"], says) {
            model.push(reply);
        }
        let task = serve.work(QUESTION, "auto");
        assert_eq!(answers(&mut serve, &task), [says]);
    }
    // Turned on, it does not know what was said before it was turned off.
    serve.call("settings/answerCache", json!({ "on": true }));
    for reply in turn(&["cat a.txt"], "four") {
        model.push(reply);
    }
    let task = serve.work(QUESTION, "auto");
    assert_eq!(answers(&mut serve, &task), ["four"]);
    let task = serve.work(QUESTION, "auto");
    assert!(is_earlier(&mut serve, &task));
    model.assert_finished();
    serve.close();
}

#[test]
fn nothing_of_a_task_that_was_deleted_for_good_is_given_again() {
    let (world, project) = (World::new(), notes());
    let model = Model::start(turn(&["cat a.txt"], "one"));
    let mut serve = open(&world, &project, &model);
    let task = serve.work(QUESTION, "auto");
    serve.call("task/remove", json!({ "task": task }));
    serve.call("task/delete", json!({ "task": task }));
    for reply in turn(&["cat a.txt"], "two") {
        model.push(reply);
    }
    let task = serve.work(QUESTION, "auto");
    assert_eq!(answers(&mut serve, &task), ["two"]);
    model.assert_finished();
    serve.close();
}

#[test]
fn a_file_that_changed_while_the_model_was_answering_asks_anew() {
    let (world, project, gate) = (World::new(), notes(), Gate::new());
    let model = Model::start([
        Reply::shell("cat a.txt"),
        stream()
            .text_around("It says ", &gate, "alpha.")
            .completed(),
    ]);
    let mut serve = open(&world, &project, &model);
    let task = serve.start(QUESTION, "auto");
    gate.reached_blocking();
    // It was read as it was; what is kept must not be taken for what is there now.
    fs::write(project.at("a.txt"), "omega\n").unwrap();
    gate.release();
    serve.ended(&task);
    for reply in turn(&["cat a.txt"], "It says omega.") {
        model.push(reply);
    }
    let task = serve.work(QUESTION, "auto");
    assert_eq!(answers(&mut serve, &task), ["It says omega."]);
    // And back again, the first answer is the true one no more: the newest took its place.
    fs::write(project.at("a.txt"), "alpha\n").unwrap();
    for reply in turn(&["cat a.txt"], "It says alpha.") {
        model.push(reply);
    }
    let task = serve.work(QUESTION, "auto");
    assert_eq!(answers(&mut serve, &task), ["It says alpha."]);
    model.assert_finished();
    serve.close();
}

#[test]
fn a_picture_or_a_file_that_differs_is_another_question() {
    let (world, project) = (World::new(), notes());
    let model = Model::start(Vec::new());
    let mut serve = open(&world, &project, &model);
    let mut ask = |name: &str, bytes: &[u8], says: Option<&str>| {
        let path = world.folder().join(name);
        fs::write(&path, bytes).unwrap();
        let to = json!({ "task": null, "model": null });
        let paths = [path.to_str().unwrap()];
        let added = serve.call("attachment/add", json!({ "to": to, "paths": paths }));
        let id = added["attachments"][0]["id"].clone();
        if let Some(says) = says {
            model.push(Reply::text(says));
        }
        let start = json!({ "text": "What is this?", "model": null, "permission": "auto",
            "attachments": [id] });
        let task = serve.call("task/start", start)["id"]
            .as_str()
            .unwrap()
            .to_owned();
        serve.ended_after_start(&task);
        (answers(&mut serve, &task), is_earlier(&mut serve, &task))
    };
    for (name, one, other) in [
        ("a.png", picture::halves(64, 64), picture::halves(65, 64)),
        ("a.log", b"one".to_vec(), b"two".to_vec()),
    ] {
        assert_eq!(
            ask(name, &one, Some("first")),
            (vec![json!("first")], false)
        );
        assert_eq!(ask(name, &one, None), (vec![json!("first")], true));
        assert_eq!(
            ask(name, &other, Some("other")),
            (vec![json!("other")], false)
        );
    }
    model.assert_finished();
    serve.close();
}

#[test]
fn asked_again_and_held_up_by_a_budget_the_old_answer_is_gone() {
    let (world, project) = (World::new(), notes());
    let model = Model::start(turn(&["cat a.txt"], "The old one."));
    let mut serve = open(&world, &project, &model);
    let task = serve.work(QUESTION, "auto");
    let budget = |serve: &mut Serve, tokens: Value| {
        let budget = json!({ "dayTokens": tokens, "dayDollars": null, "taskTokens": null,
            "taskDollars": null, "offerCheaper": false });
        serve.call("budget/set", budget);
    };
    budget(&mut serve, json!(1));
    serve.call("task/retry", json!({ "task": task }));
    serve.ended_after_start(&task);
    let held = serve.view(&task)["task"].clone();
    assert_eq!(
        (&held["state"], &held["overBudget"]),
        (&json!("paused"), &json!(true)),
        "{held}"
    );
    // What was not wanted any more is not given to whoever asks next.
    budget(&mut serve, Value::Null);
    for reply in turn(&["cat a.txt"], "Another one.") {
        model.push(reply);
    }
    let next = serve.work(QUESTION, "auto");
    assert!(!is_earlier(&mut serve, &next));
    assert_eq!(answers(&mut serve, &next), ["Another one."]);
    // And the turn that was held up gets an answer of its own.
    for reply in turn(&["cat a.txt"], "Its own.") {
        model.push(reply);
    }
    serve.call("task/continue", json!({ "task": task }));
    serve.ended_after_start(&task);
    assert_eq!(answers(&mut serve, &task), ["Its own."]);
    model.assert_finished();
    serve.close();
}

#[test]
fn an_answer_that_holds_a_key_learned_since_is_not_given_again() {
    // Nothing of its form says that it is a key.
    const WORDS: &str = "marigold-barley-window-seventeen";
    let (world, project) = (World::new(), notes());
    let says = format!("It says {WORDS}.");
    let model = Model::start(turn(&["cat a.txt"], &says));
    let mut serve = serve(&world, &[]);
    let url = model.base_url();
    let put = json!({ "provider": null, "name": "Mine", "baseUrl": url, "kind": "custom",
        "wire": "auto" });
    let id = serve.call("provider/put", put)["chosen"].clone();
    serve.open(project.path());
    let first = serve.work(QUESTION, "auto");
    assert_eq!(answers(&mut serve, &first), [says.as_str()]);
    let same = serve.work(QUESTION, "auto");
    assert!(is_earlier(&mut serve, &same));
    let set = json!({ "provider": id, "key": WORDS, "url": url });
    serve.call("credential/set", set);
    for reply in turn(&["cat a.txt"], "It says alpha.") {
        model.push(reply);
    }
    let task = serve.work(QUESTION, "auto");
    assert!(!is_earlier(&mut serve, &task));
    assert_eq!(answers(&mut serve, &task), ["It says alpha."]);
    model.assert_finished();
    serve.close();
}

#[test]
fn what_only_the_server_can_read_of_a_conversation_is_part_of_the_question() {
    const AFTER: &str = "What was that about?";
    let line = "the quick brown fox jumps over the lazy dog once more\n";
    let (world, project) = (World::new(), notes().file("long.txt", line.repeat(300)));
    let model = Model::start(Vec::new());
    let count = Mutex::new(0);
    model.compacts(move |_| {
        let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        let sealed = json!({ "type": "compaction", "id": format!("cmp_{count}"),
            "encrypted_content": format!("c2VhbGVk{count}").repeat(40) });
        let body = json!({ "object": "response.compaction", "output": [sealed] });
        Reply::raw(200, body.to_string()).header("content-type", "application/json")
    });
    let mut serve = open(&world, &project, &model);
    for reply in turn(&["cat long.txt"], "It was long.") {
        model.push(reply);
    }
    for says in ["One.", "Two."] {
        // The second time it is answered from the first, so that only what is sealed differs.
        let task = serve.work(QUESTION, "auto");
        serve.call("task/compact", json!({ "task": task }));
        serve.event("the compaction to end", |event| {
            event["type"] == "itemCompleted" && event["item"]["kind"]["type"] == "compaction"
        });
        serve.event("the task to rest", |event| {
            event["task"]["id"] == task && event["task"]["compacting"] == false
        });
        model.push(Reply::text(says));
        serve.send(&task, AFTER);
        serve.ended(&task);
        assert_eq!(answers(&mut serve, &task), ["It was long.", says]);
    }
    assert_eq!(model.compact_requests().len(), 2);
    model.assert_finished();
    serve.close();
}
