//! What Test connection measures and what it names of the way, and the service tier of requests.

use std::fs;

use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::model::chat;
use support::model::stream;

use crate::client::Serve;
use crate::compaction;
use crate::run::letter;
use crate::wires;
use crate::wires::serve;
use crate::world::World;

fn advanced(tier: &str) -> Value {
    json!({ "caFile": "", "proxy": "", "serviceTier": tier })
}

/// Adds a provider that is asked for a tier.
fn add_with(serve: &mut Serve, url: &str, wire: &str, tier: &str) -> Value {
    let put = json!({ "provider": null, "name": "Mine", "baseUrl": url, "kind": "openAi",
        "wire": wire, "advanced": advanced(tier) });
    let id = serve.call("provider/put", put)["chosen"].clone();
    let prefer = json!({ "model": "gpt-5-codex", "effort": "usual" });
    serve.call("model/prefer", prefer);
    id
}

/// An answer of the Responses API that says which tier it was given as.
fn answered_as(tier: &str) -> Reply {
    let item = json!({ "type": "message", "role": "assistant",
        "content": [{ "type": "output_text", "text": "OK" }] });
    let usage = json!({ "input_tokens": 50, "output_tokens": 3, "total_tokens": 53 });
    let over = json!({ "response": { "service_tier": tier, "usage": usage } });
    stream()
        .event(
            "response.output_item.done",
            json!({ "output_index": 0, "item": item }),
        )
        .event("response.completed", over)
        .unfinished()
}

fn tiers(model: &Model) -> Vec<Value> {
    let requests = model.requests();
    let tier = |json: Value| json["service_tier"].clone();
    requests
        .iter()
        .map(|request| tier(request.json()))
        .collect()
}

#[test]
fn a_check_says_how_fast_it_was_and_what_the_answer_passed() {
    let world = World::new();
    let numbers: String = (1..=40).map(|number| format!("{number} ")).collect();
    let replies = [
        ("x-ms-region", "Sweden Central".to_owned()),
        ("cf-ray", "8abc123def456-ARN".to_owned()),
        ("x-served-by", "cache-fra-1, cache-ams-2".to_owned()),
        ("via", "1.1 gateway\t".to_owned() + &"x".repeat(500)),
        ("openai-processing-ms", "3".to_owned()),
    ]
    .map(|(name, value)| Reply::text(&numbers).header(name, &value));
    let model = Model::of_both(replies);
    let mut serve = serve(&world, &[]);
    let id = wires::add(
        &mut serve,
        &model.base_url(),
        json!("custom"),
        json!("auto"),
    );
    for words in [
        " Azure region Sweden Central.",
        " Cloudflare's edge ARN.",
        " Served by cache-fra-1, cache-ams-2.",
        " Passed on by 1.1 gateway xxx",
        " and the server says that it worked on it for 3 ms.",
    ] {
        let report = wires::check(&mut serve, &id, "gpt-5-codex");
        assert_eq!(report["works"], true, "{report}");
        let speed = report["speed"].as_str().expect("sentences");
        assert!(speed.starts_with("First word after "), "{speed}");
        let connecting = "Connecting (name, connection and encryption) took ";
        assert!(speed.contains(connecting), "{speed}");
        assert!(speed.contains(words), "{speed}");
        assert!(speed.len() < 400 && !speed.contains('\t'), "{speed}");
    }
    model.assert_finished();
    serve.close();
}

#[test]
fn a_proxy_in_between_is_named_with_who_set_it() {
    let world = World::new();
    // It answers what it is asked for any host, as a proxy does.
    let proxy = Model::start([Reply::text("OK"), Reply::text("OK")]);
    let through = format!("http://{}", proxy.address());
    let mut serve = serve(&world, &[("http_proxy", &through)]);
    let url = "http://models.invalid/v1";
    let id = wires::add(&mut serve, url, json!("custom"), json!("responses"));
    let said = |report: &Value, by: &str| {
        let speed = report["speed"].as_str().expect("sentences");
        let words = format!("Through the proxy {} ({by}).", proxy.address());
        assert!(speed.contains(&words), "{report}");
    };
    let report = wires::check(&mut serve, &id, "gpt-5-codex");
    said(&report, "set by the environment");
    let put = json!({ "provider": id, "name": "Mine", "baseUrl": url,
        "advanced": { "caFile": "", "proxy": through, "serviceTier": null } });
    serve.call("provider/put", put);
    let report = wires::check(&mut serve, &id, "gpt-5-codex");
    said(&report, "set in Settings");
    serve.close();
}

#[test]
fn what_is_set_of_the_way_is_told_at_its_field_and_only_good_ones_are_kept() {
    let world = World::new();
    let mut serve = serve(&world, &[]);
    let url = "http://models.invalid/v1";
    let id = wires::add(&mut serve, url, json!("custom"), json!("responses"));
    let path = world.data().join("settings.toml");
    let before = fs::read_to_string(&path).unwrap();
    let plain = world.folder().join("hello.txt");
    fs::write(&plain, "hello").unwrap();
    let gone = world.folder().join("gone.pem");
    for (file, proxy, code, words) in [
        (plain.to_str(), "", "caFile", "holds no certificate in PEM"),
        (gone.to_str(), "", "caFile", "cannot be read"),
        (
            Some("company.pem"),
            "",
            "caFile",
            "is no path from the root",
        ),
        (None, "ftp://x.example", "proxy", "is no address of a proxy"),
        (
            None,
            "http://me:hunter2@x.example",
            "proxy",
            "holds a password",
        ),
    ] {
        let put = json!({ "provider": id, "name": "Mine", "baseUrl": url, "advanced":
            { "caFile": file.unwrap_or_default(), "proxy": proxy, "serviceTier": null } });
        let refused = serve.refused("provider/put", put);
        assert_eq!(refused["code"], code, "{refused}");
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
        assert!(message.ends_with("Nothing was changed."), "{message}");
        assert_eq!(fs::read_to_string(&path).unwrap(), before);
    }
    // A password that is in the file already does not come to the window.
    let head = "[providers.mine]\n";
    assert!(before.contains(head), "{before}");
    let own = format!("{head}proxy = \"http://me:hunter2@x.example:1\"\n");
    fs::write(&path, before.replace(head, &own)).unwrap();
    let settings = serve.call("settings/get", json!({}));
    assert!(!settings.to_string().contains("hunter2"), "{settings}");
    assert!(
        settings.to_string().contains("http://me:…@x.example:1"),
        "{settings}"
    );
    serve.close();
}

#[test]
fn a_tier_is_asked_for_in_every_request_and_what_came_instead_is_told() {
    let (world, project) = (World::new(), compaction::archive());
    let model = Model::start([
        Reply::shell("cat part1.txt"),
        answered_as("default"),
        stream().text("You want a letter.").completed(),
        answered_as("flex"),
    ]);
    let mut serve = serve(&world, &[]);
    let id = add_with(&mut serve, &model.base_url(), "responses", "flex");
    serve.open(project.path());
    let task = serve.work("Read it", "auto");
    let usage =
        |serve: &mut Serve| serve.call("usage/get", json!({ "task": task }))["tier"].clone();
    assert_eq!(usage(&mut serve), "Asked for flex, answered as default.");
    serve.call("task/compact", json!({ "task": task }));
    serve.event("the compaction to begin", |event| {
        event["task"]["id"] == task && event["task"]["compacting"] == true
    });
    serve.event("the compaction to end", |event| {
        event["task"]["id"] == task && event["task"]["compacting"] == false
    });
    let checked = serve.call("provider/check", json!({ "provider": id }));
    assert_eq!(
        checked["tier"],
        "Money is estimated by standard prices; flex has others."
    );
    assert_eq!(tiers(&model), vec![json!("flex"); 4]);
    let [first, second] = [0, 1].map(|at| model.requests()[at].around_conversation());
    assert!(
        second.0.starts_with(&first.0),
        "what was read before is the same"
    );
    assert_eq!(first.1, second.1);
    let own = &model.compact_requests()[0];
    assert_eq!(
        own.json()["service_tier"],
        "flex",
        "the server's own summary too"
    );
    model.assert_finished();
    serve.close();
}

#[test]
fn a_server_that_refuses_tiers_is_asked_without_and_it_is_told_once() {
    let (world, project) = (World::new(), letter());
    let refused = || {
        Reply::error(
            400,
            "unknown_parameter",
            "Unknown parameter: 'service_tier'.",
        )
    };
    let model = Model::of_chat([
        refused(),
        chat().shell("cat letter.txt").completed(),
        chat().text("Read.").completed(),
        chat().text("Again.").completed(),
    ]);
    let mut serve = serve(&world, &[]);
    add_with(&mut serve, &model.base_url(), "chat", "priority");
    serve.open(project.path());
    let task = serve.work("Read it", "auto");
    serve.send(&task, "Again");
    serve.ended(&task);
    assert_eq!(
        tiers(&model),
        [json!("priority"), Value::Null, Value::Null, Value::Null]
    );
    let words = "Mine takes no service tier, so it is asked without “priority”.";
    let notices: Vec<_> = serve
        .events()
        .into_iter()
        .filter(|event| event["type"] == "notice" && event["message"] == words)
        .collect();
    assert_eq!(notices.len(), 1, "{:#?}", serve.events());
    let usage = serve.call("usage/get", json!({ "task": task }));
    assert_eq!(usage["tier"], words);
    model.assert_finished();
    serve.close();
}
