//! What we send, against the types that OpenAI publishes: `tests/schema/` has the compiler say it.
//!
//! The requests are real ones, out of whole tasks over HTTP in all three forms. To be asked as OpenAI
//! and Azure themselves are, the server here is the proxy through which their names are reached.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use serde_json::json;
use support::binaries;
use support::keychain::NO_BUS;
use support::model::Model;
use support::model::Reply;
use support::model::Request;
use support::model::chat;
use support::model::stream;
use support::picture;
use support::schema;

use crate::attachments::add as attach;
use crate::attachments::ids;
use crate::client::Serve;
use crate::run::letter;
use crate::wires;
use crate::world::KEY;
use crate::world::World;

const PATCH: &str = "*** Begin Patch\n*** Update File: letter.txt\n@@\n-Dear Bob,\n+Dear Ann,\n\
                     *** End Patch\n";

/// `serve` that reaches every plain address through this server.
fn through(world: &World, model: &Model) -> Serve {
    let proxy = format!("http://{}", model.address());
    let mut command = world.command("");
    command
        .arg("serve")
        .arg("--data")
        .arg(world.data())
        .env_remove("OPENAI_API_KEY")
        .env_remove("OPENAI_BASE_URL")
        .env("DBUS_SESSION_BUS_ADDRESS", NO_BUS)
        .env("http_proxy", proxy);
    Serve::spawn(&mut command)
}

fn configure(serve: &mut Serve, task: &str, model: &str) {
    let change = json!({ "task": task, "model": model, "effort": null, "permission": null });
    serve.call("task/configure", change);
}

/// A provider with a key, a project, and a task whose first message carries a picture and a file.
fn begin(
    serve: &mut Serve,
    world: &World,
    url: &str,
    kind: &str,
    wire: &str,
    model: &str,
) -> String {
    let id = wires::add(serve, url, json!(kind), json!(wire));
    if kind == "openAi" {
        let put = json!({ "provider": id, "name": "Mine", "baseUrl": url, "kind": kind, "wire": wire,
            "advanced": { "caFile": "", "proxy": "", "serviceTier": "priority" } });
        serve.call("provider/put", put);
    }
    serve.call("credential/set", json!({ "provider": id, "key": KEY }));
    serve.call("model/prefer", json!({ "model": model, "effort": "usual" }));
    let shot = world.folder().join("shot.png");
    fs::write(&shot, picture::halves(64, 64)).expect("a picture can be written");
    let log = world.folder().join("build.log");
    fs::write(&log, "error: 3 is not 4\n").expect("a log can be written");
    let added = attach(serve, None, &[&shot, &log]);
    let start = json!({ "text": "Look, and write to Ann", "attachments": ids(&added),
        "model": null, "permission": "auto" });
    let task = serve.call("task/start", start)["id"]
        .as_str()
        .expect("a task has an id")
        .to_owned();
    let ended = serve.ended_after_start(&task);
    assert_eq!(ended["turn"], "done", "{:#}", serve.view(&task)["items"]);
    task
}

fn again(serve: &mut Serve, task: &str, model: &str) {
    configure(serve, task, model);
    serve.send(task, "Thanks. What else?");
    let ended = serve.ended(task);
    assert_eq!(ended["turn"], "done", "{:#}", serve.view(task)["items"]);
}

/// A picture that commands can put into the project.
fn dot() -> String {
    // One white pixel.
    let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==";
    format!("cat letter.txt; echo {png} | base64 -d > dot.png")
}

/// What a model of the Responses API does, with everything that comes back in later requests.
fn over_responses() -> Vec<Reply> {
    let local = json!({ "output_index": 0, "item": {
        "type": "local_shell_call", "id": "lsh_1", "call_id": "call_local", "status": "completed",
        "action": { "type": "exec", "command": ["bash", "-lc", "ls"], "env": {}, "timeout_ms": 5000,
            "working_directory": null, "user": null },
    } });
    vec![
        stream()
            .reasoning("The name is wrong.")
            .text("I will look first.")
            .plan(&[("Change the name", "in_progress"), ("Check", "pending")])
            .completed(),
        stream().reasoning("Look").shell(&dot()).completed(),
        stream().view_image("dot.png").completed(),
        Reply::patch(PATCH),
        Reply::text("It says Ann now."),
        // Another model, which has the tool that only it knows.
        stream()
            .event("response.output_item.done", local)
            .completed(),
        Reply::text("Nothing else."),
        // One that nothing is known about.
        stream()
            .function_call(
                "apply_patch",
                &json!({ "input": PATCH.replace("Ann", "Cid").replace("Bob", "Ann") }),
            )
            .completed(),
        Reply::text("Cid, then."),
        // And one with words about its verbosity.
        Reply::text("Still nothing."),
    ]
}

fn models_after_the_first() -> [&'static str; 3] {
    ["codex-mini-latest", "qwen3-coder", "gpt-5.1"]
}

fn responses_at(url: &str, kind: &str, refused_first: Option<Reply>) -> Vec<Request> {
    let (world, project) = (World::new(), letter());
    let mut replies = over_responses();
    if let Some(reply) = refused_first {
        replies.insert(0, reply);
    }
    let model = Model::start(replies);
    let mut serve = through(&world, &model);
    serve.open(project.path());
    let task = begin(&mut serve, &world, url, kind, "responses", "gpt-5-codex");
    for next in models_after_the_first() {
        again(&mut serve, &task, next);
    }
    model.assert_finished();
    serve.close();
    model.requests()
}

fn over_chat(field: &str) -> Vec<Reply> {
    vec![
        chat()
            .reasoning(field, "The name is wrong.")
            .text("I will look first.")
            .call(
                "update_plan",
                &json!({ "plan": [{ "step": "Change the name", "status": "in_progress" }] }),
            )
            .shell(&dot())
            .completed(),
        chat()
            .call("view_image", &json!({ "path": "dot.png" }))
            .completed(),
        chat().patch(PATCH).completed(),
        chat().text("It says Ann now.").completed(),
        chat()
            .call("local_shell", &json!({ "command": ["ls"] }))
            .completed(),
        chat().text("Nothing else.").completed(),
        chat().text("Still nothing.").completed(),
        chat().text("Nothing at all.").completed(),
    ]
}

fn chat_at(url: &str, kind: &str, field: &str) -> Vec<Request> {
    let (world, project) = (World::new(), letter());
    let model = Model::of_chat(over_chat(field));
    let mut serve = through(&world, &model);
    serve.open(project.path());
    let task = begin(&mut serve, &world, url, kind, "chat", "gpt-5-codex");
    for next in models_after_the_first() {
        again(&mut serve, &task, next);
    }
    model.assert_finished();
    serve.close();
    model.requests()
}

/// What the check says of the requests in a folder, and whether it is content.
fn checked(folder: &Path, more: &[&str]) -> (bool, Value) {
    let schema = binaries::root().join("tests/schema");
    assert!(
        schema.join("node_modules/openai").is_dir(),
        "the official client is missing: run `cargo xtask test`, or `npm ci` in tests/schema"
    );
    let output = Command::new("node")
        .arg(schema.join("check.mjs"))
        .arg(folder)
        .args(more)
        .output()
        .expect("node starts");
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        let said = String::from_utf8_lossy(&output.stderr);
        panic!("the check gave no report ({error}): {said}")
    });
    (output.status.success(), report)
}

#[test]
fn every_request_is_what_openai_publishes_and_a_drift_would_be_seen() {
    let unstorable = Reply::error(
        400,
        "unsupported_value",
        "store must be true for this resource.",
    );
    let requests = [
        responses_at("http://api.openai.com/v1", "openAi", None),
        responses_at("http://models.example/v1", "vllm", None),
        responses_at("http://r.openai.azure.com", "azure", None),
        responses_at("http://r.openai.azure.com", "azure", Some(unstorable)),
        chat_at("http://api.openai.com/v1", "openAi", "reasoning_content"),
        chat_at("http://models.example/v1", "vllm", "reasoning"),
        chat_at("http://r.openai.azure.com", "azure", "reasoning_content"),
    ]
    .concat();
    let asks_for_tier = |request: &&Request| request.json()["service_tier"] == "priority";
    assert!(
        requests.iter().filter(asks_for_tier).count() > 10,
        "they are among them"
    );
    let folder = tempfile::tempdir().unwrap();
    for request in &requests {
        schema::keep(request, folder.path());
    }

    // Everything that there is to send has been sent, or the check would say nothing about it.
    let mut shapes = String::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        shapes += &fs::read_to_string(entry.unwrap().path()).unwrap();
    }
    for sent in [
        r#""type":"custom""#,
        r#""type":"grammar""#,
        r#""type":"local_shell""#,
        r#""type":"local_shell_call""#,
        r#""type":"function_call""#,
        r#""type":"function_call_output""#,
        r#""type":"custom_tool_call""#,
        r#""type":"custom_tool_call_output""#,
        r#""type":"reasoning""#,
        r#""encrypted_content""#,
        r#""type":"input_image""#,
        r#""type":"output_text""#,
        r#""type":"image_url""#,
        r#""role":"tool""#,
        r#""reasoning_content":"x""#,
        r#""reasoning":"x""#,
        r#""verbosity":"low""#,
        r#""prompt_cache_key""#,
        r#""include":["reasoning.encrypted_content"]"#,
        r#""store":true"#,
        r#""store":false"#,
        r#""tool_calls""#,
        r#""include_usage":true"#,
    ] {
        assert!(shapes.contains(sent), "no request has {sent}");
    }

    let (content, report) = checked(folder.path(), &[]);
    assert!(content, "{report:#}");
    assert!(report["checked"].as_u64().unwrap() > 20, "{report}");

    let (content, report) = checked(folder.path(), &["--drift"]);
    assert!(content, "a change that nobody would see: {report:#}");
    let kinds = json!([
        "missing-field",
        "other-kind",
        "unknown-field",
        "unknown-word"
    ]);
    assert_eq!(report["kinds"], kinds);
}

#[test]
fn a_request_that_is_not_what_openai_publishes_is_named() {
    let input = json!([{ "type": "message", "role": "user",
        "content": [{ "type": "input_text", "text": "Hello" }] }]);
    let responses = |change: fn(&mut Value)| -> Value {
        let mut body = json!({ "model": "gpt-5-codex", "input": input, "stream": true });
        change(&mut body);
        json!({ "path": "/v1/responses", "body": body })
    };
    for (wrong, named) in [
        (responses(|_| {}), ""),
        (
            responses(|body| body["max_tokens"] = json!(5)),
            "max_tokens",
        ),
        (
            responses(|body| body["input"][0]["role"] = json!("person")),
            "person",
        ),
        (
            responses(|body| {
                body["input"][0]["content"][0] = json!({ "type": "input_text", "words": "Hello" });
            }),
            "words",
        ),
        (
            json!({ "path": "/v1/chat/completions", "body": { "model": "m", "stream": true } }),
            "messages",
        ),
        (
            json!({ "path": "/v1/embeddings", "body": {} }),
            "no type is known",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("one.json"), wrong.to_string()).unwrap();
        let (content, report) = checked(folder.path(), &[]);
        assert_eq!(content, named.is_empty(), "{report:#}");
        assert!(report["problems"].to_string().contains(named), "{report:#}");
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(
        !checked(empty.path(), &[]).0,
        "nothing checked is not a success"
    );
}
