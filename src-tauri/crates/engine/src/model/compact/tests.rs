use futures_util::StreamExt;
use serde_json::json;

use super::*;
use crate::model::provider::Manner;
use crate::model::testing::Reply;
use crate::model::testing::Server;
use crate::model::testing::answer;
use crate::model::testing::request;
use crate::model::tier::Tier;

async fn asked(provider: &Provider) -> Vec<StreamEvent> {
    let mut whole = request("gpt-5-codex");
    whole.tools = vec![json!({"type": "function", "name": "run"})];
    let own = request("gpt-5-codex");
    ask(provider, whole, own, Limits::default()).collect().await
}

fn words(events: &[StreamEvent]) -> bool {
    events.iter().any(
        |event| matches!(event, StreamEvent::ItemDone { item, .. } if item["type"] == "message"),
    )
}

fn json_reply(body: &Value) -> Reply {
    Reply::status(
        "200 OK",
        &["Content-Type: application/json"],
        &body.to_string(),
    )
}

#[tokio::test]
async fn what_the_server_sealed_comes_to_the_letter() {
    let sealed = json!({"type": "compaction", "id": "cmp_1", "encrypted_content": "xyz", "new": 1});
    let output = json!({"output": [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello."}]},
        sealed,
    ], "usage": {"input_tokens": 90, "output_tokens": 10, "total_tokens": 100}});
    let server = Server::start(vec![json_reply(&output), json_reply(&output)]);
    let provider = server.provider();
    let events = asked(&provider).await;
    assert_eq!(
        events,
        [
            StreamEvent::ItemDone {
                index: 0,
                item: sealed
            },
            StreamEvent::Completed {
                usage: Some(Usage {
                    input: 90,
                    output: 10,
                    total: 100,
                    ..Usage::default()
                })
            },
        ]
    );
    let sent = &server.requests()[0];
    assert!(sent.head.contains("/responses/compact "), "{}", sent.head);
    let mut names: Vec<&str> = sent
        .body
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "input",
            "model",
            "parallel_tool_calls",
            "prompt_cache_key",
            "reasoning",
            "tools"
        ]
    );
    asked(&provider).await;
    assert_eq!(server.requests().len(), 2, "it is asked again");
}

#[tokio::test]
async fn a_server_without_it_is_asked_in_words_and_not_again() {
    let gone = "{\"error\": {\"message\": \"unknown field\"}}";
    for (status, body) in [
        ("404 Not Found", "404 page not found"),
        ("405 Method Not Allowed", ""),
        ("501 Not Implemented", ""),
        ("400 Bad Request", gone),
        ("200 OK", "<html>"),
        ("200 OK", "{\"output\": []}"),
    ] {
        let server = Server::start(vec![
            Reply::status(status, &[], body),
            Reply::items(&[answer("one")]),
            Reply::items(&[answer("two")]),
        ]);
        let provider = server.provider();
        assert!(words(&asked(&provider).await), "{status} {body}");
        assert!(words(&asked(&provider).await), "{status} {body}");
        let paths: Vec<_> = server
            .requests()
            .iter()
            .map(|r| r.head.contains("/compact "))
            .collect();
        assert_eq!(paths, [true, false, false], "{status} {body}");
    }
}

#[tokio::test]
async fn a_fault_of_the_moment_is_not_taken_for_the_lack_of_it() {
    let server = Server::start(vec![
        Reply::status("503 Service Unavailable", &[], "busy"),
        Reply::items(&[answer("one")]),
        Reply::status("503 Service Unavailable", &[], "busy"),
        Reply::items(&[answer("two")]),
    ]);
    let provider = server.provider();
    assert!(words(&asked(&provider).await) && words(&asked(&provider).await));
    assert_eq!(server.requests().len(), 4);
    let long = json!({"error": {"code": "context_length_exceeded", "message": "too long"}});
    let server = Server::start(vec![Reply::status(
        "400 Bad Request",
        &[],
        &long.to_string(),
    )]);
    let events = asked(&server.provider()).await;
    assert!(
        matches!(
            events[..],
            [StreamEvent::Failed(Failure::ContextTooLong { .. })]
        ),
        "{events:?}"
    );
}

#[tokio::test]
async fn a_summary_asks_for_the_service_tier_too_and_does_without_where_it_is_refused() {
    let refusal = r#"{"error":{"message":"Unknown parameter: 'service_tier'."}}"#;
    let output = json!({"output": [{"type": "compaction", "encrypted_content": "x"}],
        "service_tier": "default"});
    let server = Server::start(vec![
        json_reply(&output),
        Reply::status("400 Bad Request", &[], refusal),
        json_reply(&output),
    ]);
    let provider = server.provider_in(Manner {
        tier: Some(Tier::Flex),
        ..Manner::default()
    });
    asked(&provider).await;
    assert_eq!(provider.learned().tier().as_deref(), Some("default"));
    let events = asked(&provider).await;
    assert!(
        matches!(events.last(), Some(StreamEvent::Completed { .. })),
        "{events:?}"
    );
    let sent = server.requests();
    assert!(
        sent.iter()
            .all(|sent| sent.head.contains("/responses/compact "))
    );
    let tiers: Vec<_> = sent
        .iter()
        .map(|sent| sent.body["service_tier"].clone())
        .collect();
    assert_eq!(tiers, [json!("flex"), json!("flex"), json!(null)]);
    assert!(provider.learned().refuses_tiers());
}
