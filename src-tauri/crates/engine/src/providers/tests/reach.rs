//! What a provider's server says: its models, and what comes of the smallest request.

use super::*;
use crate::model::Wire;
use crate::model::choice::AUTO;
use crate::model::choice::Sibling;
use crate::model::choice::Wanted;
use crate::model::testing::Reply;
use crate::model::testing::answer;
use crate::model::testing::complete;

#[tokio::test]
async fn the_servers_own_models_are_offered_the_known_ones_first() {
    let list = r#"{"object":"list","data":[{"id":"qwen3"},{"id":"gpt-5-codex"},{"id":"qwen3"},{"id":""},{"x":1}]}"#;
    let server = Server::start(vec![Reply::status("200 OK", &[], list)]);
    let bench = bench(Connection::default());
    bench.add(&server.url).await;
    let known: Vec<_> = catalog::known().collect();
    assert_eq!(bench.providers.known_models(), known);
    let models = bench.providers.list_models().await;
    assert_eq!(models.names, ["gpt-5-codex", "qwen3"]);
    assert_eq!(models.failure, None);
    assert_eq!(
        bench.providers.preferred(),
        ("gpt-5-codex".to_owned().into(), None)
    );
    let head = server.requests()[0].head.to_lowercase();
    assert!(head.starts_with("get /v1/models http/1.1"), "{head}");
    assert!(head.contains("accept: application/json"), "{head}");

    bench.providers.prefer("my-own", Some(Effort::Low)).unwrap();
    assert_eq!(
        bench.providers.known_models(),
        ["my-own", "gpt-5-codex", "qwen3"]
    );
    assert_eq!(
        bench.again().preferred(),
        ("my-own".to_owned().into(), Some(Effort::Low)),
        "it is remembered"
    );
}

#[tokio::test]
async fn a_server_without_a_list_leaves_the_known_models_and_a_reason() {
    for (reply, code) in [
        (
            Reply::status("404 Not Found", &[], "no"),
            "endpoint_not_found",
        ),
        (
            Reply::status("200 OK", &[], "<html><title>Sign in</title>"),
            "not_a_stream",
        ),
        (Reply::status("401 No", &[], "{}"), "no_key"),
    ] {
        let server = Server::start(vec![reply]);
        let bench = bench(Connection::default());
        bench.add(&server.url).await;
        let models = bench.providers.list_models().await;
        assert_eq!(models.names, catalog::known().collect::<Vec<_>>());
        assert_eq!(models.failure.unwrap().code(), code);
    }
}

async fn checked(reply: Reply) -> Result<Trial, Failure> {
    checked_against(vec![reply]).await
}

async fn checked_against(replies: Vec<Reply>) -> Result<Trial, Failure> {
    let server = Server::start(replies);
    let bench = bench(Connection::default());
    bench.add(&server.url).await;
    bench.providers.prefer("gpt-5-codex", None).unwrap();
    bench
        .providers
        .set_key(&bench.providers.chosen().id, "sk-test-0123456789".into())
        .await
        .unwrap();
    let entry = bench.providers.chosen();
    let (model, outcome) = bench.providers.check(&entry).await.unwrap();
    assert_eq!(model, "gpt-5-codex");
    bench.providers.remove(&entry.id).await.unwrap();
    let sent = &server.requests()[0];
    assert!(sent.head.starts_with("POST /v1/responses"), "the real way");
    assert_eq!(sent.body["model"], "gpt-5-codex");
    outcome
}

#[tokio::test]
async fn a_check_goes_the_way_of_a_task_and_says_precisely_what_is_wrong() {
    let trial = checked(Reply::events(&complete(&[answer("OK")])))
        .await
        .unwrap();
    assert_eq!(trial.wire, Wire::Responses);
    assert!(trial.speed.connecting.is_some(), "{trial:?}");
    assert!(trial.speed.words().starts_with("First word after "));
    let json = |status: &str, code: &str, message: &str| {
        let body = serde_json::json!({"error": {"code": code, "message": message}});
        Reply::status(status, &[], &body.to_string())
    };
    for (reply, code, words) in [
        (
            json(
                "401 Unauthorized",
                "invalid_api_key",
                "Incorrect API key provided: sk-te**6789.",
            ),
            "key_rejected",
            "rejected the API key.",
        ),
        (
            json(
                "401 Unauthorized",
                "invalid_api_key",
                "This API key has expired.",
            ),
            "key_rejected",
            "because it has expired",
        ),
        (
            json(
                "401 Unauthorized",
                "account_deactivated",
                "The key was revoked.",
            ),
            "key_rejected",
            "because it was revoked",
        ),
        (
            json("403 Forbidden", "x", "Country not supported"),
            "forbidden",
            "Country not supported",
        ),
        (
            json(
                "404 Not Found",
                "model_not_found",
                "The model `gpt-5-codex` does not exist",
            ),
            "model_not_found",
            "no model named `gpt-5-codex`",
        ),
        (
            Reply::status("302 Found", &["Location: https://elsewhere.example/v1"], ""),
            "redirected",
            "on to https://elsewhere.example/v1",
        ),
        (
            Reply::status(
                "200 OK",
                &["Content-Type: text/html"],
                "<html><title>Sign in</title>",
            ),
            "not_a_stream",
            "a web page titled \"Sign in\"",
        ),
        (
            Reply::events(&[
                serde_json::json!({"type": "response.created", "response": {}}),
                serde_json::json!({"type": "response.failed", "response": {"error": {"code": "insufficient_quota", "message": "no"}}}),
            ]),
            "no_credit",
            "no credit left",
        ),
    ] {
        let failure = checked(reply).await.unwrap_err();
        assert_eq!(failure.code(), code, "{failure}");
        assert!(failure.to_string().contains(words), "{failure}");
        assert!(!failure.hint().is_empty());
    }
}

#[tokio::test]
async fn a_server_with_neither_path_is_told_with_both() {
    let nothing = || Reply::status("404 Not Found", &[], "nothing");
    let failure = checked_against(vec![nothing(), nothing()])
        .await
        .unwrap_err();
    assert_eq!(failure.code(), "endpoint_not_found");
    let words = failure.to_string();
    assert!(
        words.contains("/v1/responses or http://") && words.ends_with("/v1/chat/completions."),
        "{words}"
    );
}

#[tokio::test]
async fn a_redirect_takes_the_key_nowhere() {
    let elsewhere = Server::start(Vec::new());
    let location = format!("Location: {}/responses", elsewhere.url);
    let failure = checked(Reply::status("307 Temporary Redirect", &[&location], ""))
        .await
        .unwrap_err();
    assert_eq!(failure.code(), "redirected");
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn nobody_there_and_no_such_host_are_told_apart() {
    let check = async |url: &str| {
        let bench = bench(Connection::default());
        bench.add(url).await;
        bench.providers.prefer("m", None).unwrap();
        let entry = bench.providers.chosen();
        bench.providers.check(&entry).await.unwrap().1.unwrap_err()
    };
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    assert_eq!(
        check(&format!("http://127.0.0.1:{port}/v1")).await.code(),
        "unreachable"
    );
    assert_eq!(
        check("http://no-such-host.invalid/v1").await.code(),
        "unknown_host"
    );
}

#[tokio::test]
async fn a_window_is_that_of_the_server_that_is_asked() {
    let list = |window: u32| format!(r#"{{"data":[{{"id":"qwen3","max_model_len":{window}}}]}}"#);
    let small = Server::start(vec![Reply::status("200 OK", &[], &list(8_192))]);
    let large = Server::start(vec![Reply::status("200 OK", &[], &list(65_536))]);
    let bench = bench(Connection::default());
    let window = || bench.providers.model("qwen3").traits.window;
    bench.add(&small.url).await;
    assert_eq!(window(), 128_000, "nobody was asked");
    bench.providers.list_models().await;
    assert_eq!(window(), 8_192);
    let first = bench.providers.chosen().id;
    let change = Change {
        name: "Another",
        base_url: &large.url,
        kind: None,
        wire: None,
        advanced: None,
    };
    bench.providers.put(None, change).await.unwrap();
    let (all, ..) = bench.providers.all();
    let second = all.iter().find(|entry| entry.name == "Another").unwrap();
    bench.providers.choose(&second.id).await.unwrap();
    bench.providers.list_models().await;
    assert_eq!(window(), 65_536);
    bench.providers.choose(&first).await.unwrap();
    assert_eq!(window(), 8_192);
}

#[tokio::test]
async fn the_automatic_choice_keeps_the_model_and_needs_a_sibling_that_is_there() {
    let list =
        r#"{"object":"list","data":[{"id":"gpt-5-codex"},{"id":"gpt-5"},{"id":"gpt-5-mini"}]}"#;
    let server = Server::start(vec![Reply::status("200 OK", &[], list)]);
    let bench = bench(Connection::default());
    bench.add(&server.url).await;
    let providers = &bench.providers;
    providers.prefer("gpt-5-codex", Some(Effort::High)).unwrap();
    providers.prefer(AUTO, Some(Effort::High)).unwrap();
    let automatic = Wanted {
        model: "gpt-5-codex".to_owned(),
        automatic: true,
    };
    assert_eq!(
        bench.again().preferred(),
        (automatic, Some(Effort::High)),
        "it is remembered"
    );
    let sibling = |slug: &str| providers.sibling(&providers.model(slug));
    assert_eq!(sibling("gpt-5-codex").slug(), Some("gpt-5-codex-mini"));
    assert_eq!(sibling("gpt-5-codex-mini"), Sibling::None);
    providers.list_models().await;
    let slug = "gpt-5-codex-mini".to_owned();
    assert_eq!(sibling("gpt-5-codex"), Sibling::NotOffered { slug });
    assert_eq!(sibling("gpt-5").slug(), Some("gpt-5-mini"));

    providers.prefer("gpt-5", None).unwrap();
    assert_eq!(providers.preferred(), ("gpt-5".to_owned().into(), None));
}
