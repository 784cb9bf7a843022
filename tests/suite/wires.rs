//! Both forms of requests: the same work, the same faults, whatever the server speaks.

use serde_json::Value;
use serde_json::json;
use support::keychain::NO_BUS;
use support::model::Model;
use support::model::Reply;
use support::model::Request;
use support::model::chat;
use support::model::stream;

use crate::client::Serve;
use crate::run::letter;
use crate::world::Ran;
use crate::world::World;

const PATCH: &str = "*** Begin Patch\n*** Update File: letter.txt\n@@\n-Dear Bob,\n+Dear Ann,\n\
                     *** End Patch\n";

/// `serve` with nothing said by the environment but these.
pub(crate) fn serve(world: &World, more: &[(&str, &str)]) -> Serve {
    world.serve_on(NO_BUS, more)
}

/// Adds a provider of a kind; gives its id.
pub(crate) fn add(serve: &mut Serve, url: &str, kind: Value, wire: Value) -> Value {
    let put = json!({ "provider": null, "name": "Mine", "baseUrl": url, "kind": kind,
        "wire": wire });
    serve.call("provider/put", put)["chosen"].clone()
}

pub(crate) fn check(serve: &mut Serve, id: &Value, model: &str) -> Value {
    serve.call("model/prefer", json!({ "model": model, "effort": "usual" }));
    serve.call("provider/check", json!({ "provider": id }))
}

/// Each request holds the one before it to the byte, and the same around the conversation.
fn assert_grows(requests: &[Request]) {
    assert!(requests.len() > 3);
    for pair in requests.windows(2) {
        let [(before, rest), (after, rest_after)] =
            [&pair[0], &pair[1]].map(|request| request.around_conversation());
        assert!(
            after.starts_with(&before) && after.len() > before.len(),
            "{before}\n{after}"
        );
        assert_eq!(rest, rest_after);
    }
}

/// Runs one request with an unknown model against a server of Chat Completions.
fn against(replies: Vec<Reply>, code: i32) -> (Ran, Model) {
    let (world, model) = (World::new(), Model::of_chat(replies));
    let options = ["--json", "--model", "qwen3-coder"];
    let project = letter();
    let got = world
        .run(&model.base_url(), project.path(), &options, "Write to Ann")
        .ended(code);
    (got, model)
}

#[test]
fn a_task_over_chat_completions_does_all_that_one_over_responses_does() {
    // One white pixel.
    let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==";
    let project = letter();
    let (world, model) = (
        World::new(),
        Model::of_chat([
            chat()
                .reasoning("reasoning_content", "The name is wrong.")
                .text("I will look first.")
                .call(
                    "update_plan",
                    &json!({ "plan": [{ "step": "Change the name", "status": "in_progress" }] }),
                )
                .shell(&format!("cat letter.txt; echo {png} | base64 -d > dot.png"))
                .completed(),
            chat()
                .call("view_image", &json!({ "path": "dot.png" }))
                .completed(),
            chat().patch(PATCH).completed(),
            chat().text("It says Ann now.").completed(),
            chat().text("You are welcome.").completed(),
        ]),
    );
    let mut serve = serve(&world, &[("OPENAI_BASE_URL", &model.base_url())]);
    serve.open(project.path());
    serve.call(
        "model/prefer",
        json!({ "model": "qwen3-coder", "effort": "usual" }),
    );
    let task = serve.work("Write to Ann", "auto");
    let answers = serve.items(&task, "answer");
    assert_eq!(answers.last().unwrap()["text"], "It says Ann now.");
    assert_eq!(
        serve.items(&task, "reasoning")[0]["text"],
        "The name is wrong."
    );
    assert_eq!(serve.items(&task, "patch").len(), 1);
    let viewed = &serve.items(&task, "imageView")[0];
    assert_eq!(
        (&viewed["path"], &viewed["error"]),
        (&json!("dot.png"), &Value::Null)
    );
    assert_eq!(
        serve.items(&task, "plan")[0]["steps"][0]["step"],
        "Change the name"
    );
    serve.send(&task, "Thanks");
    serve.ended(&task);

    let requests = model.requests();
    assert_eq!(model.refused().len(), 1, "Responses was asked for once");
    assert_eq!(requests.len(), 5);
    let results = requests[2].results();
    assert_eq!(results[0].1, "Plan updated");
    assert!(results[1].1.contains("Dear Bob,"), "{results:?}");
    let messages = requests[4].messages();
    let picture = messages
        .iter()
        .filter_map(|message| message["content"].get(0))
        .find(|part| part["type"] == "image_url")
        .expect("the picture was sent");
    let url = picture["image_url"]["url"].as_str().unwrap();
    assert!(url.starts_with("data:image/png;base64,"), "{url}");
    let first = messages
        .iter()
        .find(|message| message["role"] == "assistant")
        .unwrap();
    assert_eq!(first["content"], "I will look first.");
    assert_eq!(first["reasoning_content"], "The name is wrong.");
    assert_eq!(first["tool_calls"].as_array().unwrap().len(), 2);
    let sent = requests[0].json();
    assert_eq!(sent["stream_options"], json!({ "include_usage": true }));
    let names: Vec<&str> = sent["tools"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|tool| tool["function"]["name"].as_str())
        .collect();
    assert_eq!(
        names,
        ["shell_command", "update_plan", "apply_patch", "view_image"]
    );
    assert_grows(&requests);
    model.assert_finished();
    serve.close();
}

#[test]
fn each_request_begins_with_the_bytes_of_the_one_before() {
    let project = letter();
    let (world, model) = (
        World::new(),
        Model::start([
            stream().reasoning("Hm").shell("cat letter.txt").completed(),
            Reply::patch(PATCH),
            Reply::text("It says Ann now."),
            stream().reasoning("Hm again").text("Nothing.").completed(),
        ]),
    );
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Write to Ann", "auto");
    serve.send(&task, "What else?");
    serve.ended(&task);
    assert_grows(&model.requests());
    let body = String::from_utf8(model.requests()[3].body.to_vec()).unwrap();
    assert!(
        !body.contains("\"id\":"),
        "nothing is named by an id: {body}"
    );
    serve.close();
}

#[test]
fn what_goes_wrong_in_chat_completions_has_the_same_names() {
    for (reply, code, named) in [
        (
            chat().text("Half").finished("length"),
            "cut_short",
            "longest answer",
        ),
        (
            chat().shell("touch x").finished("content_filter"),
            "blocked",
            "content_filter",
        ),
        (
            chat()
                .text("Half")
                .chunk(
                    &json!({ "error": { "message": "No credit", "code": "insufficient_quota" } }),
                )
                .unfinished(),
            "no_credit",
            "credit",
        ),
        (
            chat()
                .delta(json!({ "refusal": "I will not." }))
                .completed(),
            "declined",
            "I will not.",
        ),
        (chat().completed(), "empty", "answered with nothing"),
        (
            Reply::unauthorized(),
            "key_rejected",
            "rejected the API key",
        ),
        (
            Reply::model_not_found("qwen3-coder"),
            "model_not_found",
            "`qwen3-coder`",
        ),
        (
            Reply::error(
                500,
                "server_error",
                "image input is not supported - hint: mmproj",
            ),
            "no_vision",
            "does not read pictures",
        ),
        (Reply::html(), "not_a_stream", "not a model's answer"),
    ] {
        let (got, model) = against(vec![reply], 5);
        let errors = got.items("error");
        let error = errors
            .last()
            .unwrap_or_else(|| panic!("{named}: {}", got.out));
        assert_eq!(error["code"], code, "{error}");
        assert!(
            error["message"].as_str().unwrap().contains(named),
            "{error}"
        );
        assert!(!error["hint"].as_str().unwrap().is_empty(), "{error}");
        assert_eq!(got.items("command"), Vec::<Value>::new());
        model.assert_finished();
    }
}

#[test]
fn half_an_answer_runs_nothing_and_is_asked_for_again() {
    let call = || chat().shell("echo ran >> letter.txt");
    for first in [
        call().cut(),
        call().unfinished(),
        call()
            .chunk(&json!({ "error": { "message": "busy" } }))
            .unfinished(),
        call().completed().cut_after(300),
        Reply::server_error(),
        Reply::empty(),
    ] {
        let said = format!("{first:?}");
        let (got, model) = against(vec![first, chat().text("Done.").completed()], 0);
        assert_eq!(got.items("command"), Vec::<Value>::new(), "{said}");
        assert_eq!(
            got.items("answer").last().unwrap()["text"],
            "Done.",
            "{said}"
        );
        assert_eq!(got.lines().last().unwrap()["diff"], "", "{said}");
        let requests = model.requests();
        assert_eq!(requests[0].body, requests[1].body, "the same once more");
        model.assert_finished();
    }
}

#[test]
fn what_local_servers_do_their_own_way_works_all_the_same() {
    let (got, model) = against(
        vec![
            // No id, and the wrong reason.
            chat()
                .call_as(
                    Value::Null,
                    "shell_command",
                    "{\"command\": \"echo one >> log\"}",
                )
                .finished("stop"),
            // The very same call again, which is a call of its own.
            chat()
                .call_as(
                    Value::Null,
                    "shell_command",
                    "{\"command\": \"echo one >> log\"}",
                )
                .finished("stop"),
            chat()
                .call_as(json!("x"), "shell_command", "{\"command\": \"ls")
                .completed(),
            // Neither usage nor `[DONE]`.
            chat()
                .text("Done.")
                .chunk(
                    &json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] }),
                )
                .unfinished(),
        ],
        0,
    );
    assert_eq!(got.items("command").len(), 2);
    let diff = got.lines().last().unwrap()["diff"].clone();
    assert!(diff.as_str().unwrap().contains("+one\n+one\n"), "{diff}");
    assert!(model.requests()[3].last_result().contains("JSON"));
    model.assert_finished();
}

#[test]
fn the_form_is_automatic_shown_and_can_be_chosen() {
    let world = World::new();
    let hello = || chat().text("OK").completed();
    let model = Model::of_chat([hello(), hello(), hello(), hello()]);
    let mut serve = serve(&world, &[]);
    let id = add(
        &mut serve,
        &model.base_url(),
        json!("ollama"),
        json!("auto"),
    );
    let mine = |settings: &Value| {
        let providers = settings["providers"].as_array().unwrap();
        providers
            .iter()
            .find(|each| each["id"] == id)
            .unwrap()
            .clone()
    };
    let entry = mine(&serve.call("settings/get", json!({})));
    assert_eq!(entry["kind"], "ollama");
    assert_eq!(
        (&entry["wire"], &entry["spoken"]),
        (&json!("auto"), &Value::Null)
    );
    for _ in 0..2 {
        let report = check(&mut serve, &id, "gpt-5-codex");
        assert_eq!(report["works"], true, "{report}");
        assert_eq!(report["wire"], "chat");
        let message = report["message"].as_str().unwrap();
        assert!(message.ends_with("over Chat Completions."), "{message}");
    }
    assert_eq!(model.refused().len(), 1, "it is remembered");
    assert_eq!(
        mine(&serve.call("settings/get", json!({})))["spoken"],
        "chat"
    );

    let put = |wire: Value| {
        json!({ "provider": id, "name": "Mine", "baseUrl": model.base_url(), "kind": null,
            "wire": wire })
    };
    let settings = serve.call("provider/put", put(json!("responses")));
    let entry = mine(&settings);
    assert_eq!(
        (&entry["kind"], &entry["wire"]),
        (&json!("ollama"), &json!("responses"))
    );
    let report = check(&mut serve, &id, "gpt-5-codex");
    assert_eq!(report["code"], "endpoint_not_found", "{report}");
    assert_eq!(report["wire"], Value::Null);
    assert!(
        report["hint"].as_str().unwrap().contains("form"),
        "{report}"
    );
    serve.call("provider/put", put(json!("chat")));
    assert_eq!(check(&mut serve, &id, "gpt-5-codex")["works"], true);
    let text = std::fs::read_to_string(world.data().join("settings.toml")).unwrap();
    assert!(
        text.contains("kind = \"ollama\"") && text.contains("wire = \"chat\""),
        "{text}"
    );
    serve.close();

    // After a restart the choice is still there, and nothing else is asked.
    let mut again = self::serve(&world, &[]);
    assert_eq!(check(&mut again, &id, "gpt-5-codex")["works"], true);
    assert_eq!(model.refused().len(), 2);
    again.close();
}

#[test]
fn a_model_without_eyes_is_found_out_by_the_test() {
    let world = World::new();
    let blind = "image input is not supported - hint: you may need to provide the mmproj";
    for (second, hint) in [
        (
            Reply::error(500, "server_error", blind),
            "This model does not read pictures.",
        ),
        (
            Reply::error(400, "invalid_request_error", "m is not a multimodal model"),
            "This model does not read pictures.",
        ),
        (Reply::server_error(), ""),
        (chat().text("OK").completed(), ""),
    ] {
        let model = Model::of_chat([chat().text("OK").completed(), second]);
        let mut serve = serve(&world, &[]);
        let id = add(
            &mut serve,
            &model.base_url(),
            json!("llamaCpp"),
            json!("chat"),
        );
        let report = check(&mut serve, &id, "my-model");
        assert_eq!(report["works"], true, "{report}");
        assert_eq!(report["hint"], hint, "{report}");
        serve.call("provider/remove", json!({ "provider": id }));
        model.assert_finished();
        serve.close();
    }
}
