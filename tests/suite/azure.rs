//! Azure OpenAI: its environment, its key header, its paths, and what it says of a mistake.

use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::model::chat;

use crate::run::letter;
use crate::wires::add;
use crate::wires::check;
use crate::wires::serve;
use crate::world::World;

#[test]
fn azure_is_read_from_the_environment_and_its_key_goes_into_its_own_header() {
    let (world, project) = (World::new(), letter());
    for name in ["AZURE_OPENAI_KEY", "AZURE_OPENAI_API_KEY"] {
        let key = format!("azure-secret-{}", name.len());
        let model = Model::start([Reply::shell("env"), Reply::text("Hello.")]);
        let endpoint = model.base_url().replace("/v1", "/");
        let mut serve = serve(
            &world,
            &[(name, &key), ("AZURE_OPENAI_ENDPOINT", &endpoint)],
        );
        serve.open(project.path());
        let settings = serve.call("settings/get", json!({}));
        assert_eq!(settings["chosen"], "azure-environment");
        let entry = &settings["providers"][0];
        assert_eq!(
            (&entry["name"], &entry["kind"]),
            (&json!("Azure OpenAI"), &json!("azure"))
        );
        assert_eq!(entry["key"]["state"], "given");
        assert!(!settings.to_string().contains(&key), "{settings}");
        serve.call(
            "model/prefer",
            json!({ "model": "my-deployment", "effort": "usual" }),
        );
        serve.work("Say hello.", "auto");
        for request in model.requests() {
            assert_eq!(request.path, "/openai/v1/responses");
            assert_eq!(request.header("api-key"), Some(key.as_str()));
            assert_eq!(request.header("authorization"), None);
            assert_eq!(request.json()["model"], "my-deployment");
            assert!(!String::from_utf8_lossy(&request.body).contains(&key));
        }
        model.assert_finished();
        serve.close();
        let text = std::fs::read_to_string(world.data().join("settings.toml")).unwrap();
        assert!(!text.contains(&key) && !text.contains(&endpoint), "{text}");
    }
}

#[test]
fn what_azure_says_is_told_apart() {
    let world = World::new();
    for (status, code, message, named, words) in [
        (
            400,
            "BadRequest",
            "API version not supported",
            "wrong_api_version",
            "`2020-01-01`",
        ),
        (
            404,
            "DeploymentNotFound",
            "The API deployment for this resource does not exist.",
            "model_not_found",
            "`my-deployment`",
        ),
        (
            401,
            "401",
            "Access denied due to invalid subscription key.",
            "key_rejected",
            "rejected the API key",
        ),
    ] {
        let model = Model::start([Reply::error(status, code, message)]);
        let url = model
            .base_url()
            .replace("/v1", "/openai?api-version=2020-01-01");
        let mut serve = serve(&world, &[]);
        let id = add(&mut serve, &url, json!("azure"), json!("auto"));
        serve.call(
            "credential/set",
            json!({ "provider": id, "key": "azure-secret-0123" }),
        );
        let report = check(&mut serve, &id, "my-deployment");
        assert_eq!(report["code"], named, "{report}");
        assert!(
            report["message"].as_str().unwrap().contains(words),
            "{report}"
        );
        assert!(model.list_requests().is_empty(), "its list says nothing");
        assert_eq!(
            model.requests()[0].path,
            "/openai/responses?api-version=2020-01-01"
        );
        serve.call("provider/remove", json!({ "provider": id }));
        model.assert_finished();
        serve.close();
    }
}

#[test]
fn an_answer_of_azure_begins_with_nothing_and_may_end_by_its_filter() {
    let (world, project) = (World::new(), letter());
    let filtered = json!({ "hate": { "filtered": false, "severity": "safe" } });
    // What Azure says first has no choices, only what its filter thinks of the question.
    let first = json!({ "id": "", "object": "", "model": "", "created": 0, "choices": [],
        "prompt_filter_results": [{ "prompt_index": 0, "content_filter_results": filtered }] });
    let model = Model::of_chat([
        chat().chunk(&first).text("Hello.").completed(),
        chat()
            .chunk(&first)
            .text("How to")
            .finished("content_filter"),
    ]);
    let url = model.base_url().replace("/v1", "/openai/v1");
    let mut serve = serve(&world, &[]);
    serve.open(project.path());
    let id = add(&mut serve, &url, json!("azure"), json!("chat"));
    let key = "azure-secret-0123";
    serve.call("credential/set", json!({ "provider": id, "key": key }));
    let prefer = json!({ "model": "my-deployment", "effort": "usual" });
    serve.call("model/prefer", prefer);
    let task = serve.work("Say hello.", "auto");
    assert_eq!(serve.items(&task, "answer")[0]["text"], "Hello.");
    serve.send(&task, "How does one do harm?");
    assert_eq!(serve.ended(&task)["turn"], "failed");
    let error = serve.items(&task, "error").pop().expect("it is told");
    assert_eq!(error["code"], "blocked", "{error}");
    let message = error["message"].as_str().expect("a sentence");
    assert!(message.contains("content_filter"), "{message}");
    for request in model.requests() {
        assert_eq!(request.path, "/openai/v1/chat/completions");
        assert_eq!(request.header("api-key"), Some(key));
    }
    model.assert_finished();
    serve.close();
}
