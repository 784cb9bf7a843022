//! What is found on this computer, and what is not taken for a server of models.

use super::*;
use crate::model::testing::Reply;
use crate::providers::nearby::Nearby;
use crate::providers::nearby::find;

async fn found(reply: Reply) -> (Vec<Nearby>, Server) {
    let server = Server::start(vec![reply]);
    let found = find(vec![(Kind::Ollama, "Ollama", server.url.clone())]).await;
    (found, server)
}

#[tokio::test]
async fn a_server_that_lists_models_is_found_and_gets_no_key() {
    let list = r#"{"object":"list","data":[{"id":"qwen3:8b"},{"id":"gpt-oss:20b"}]}"#;
    let (found, server) = found(Reply::status("200 OK", &[], list)).await;
    assert_eq!(
        found,
        [Nearby {
            kind: Kind::Ollama,
            name: "Ollama".to_owned(),
            base_url: server.url.clone(),
            models: vec!["qwen3:8b".to_owned(), "gpt-oss:20b".to_owned()],
            wants_key: false,
        }]
    );
    let head = server.requests()[0].head.to_lowercase();
    assert!(head.starts_with("get /v1/models "), "{head}");
    assert!(!head.contains("authorization"), "{head}");
}

#[tokio::test]
async fn a_server_that_wants_a_key_is_found_and_says_so() {
    let (found, _server) = found(Reply::status("401 Unauthorized", &[], "{}")).await;
    assert_eq!(found.len(), 1);
    assert!(found[0].wants_key && found[0].models.is_empty());
}

#[tokio::test]
async fn other_programs_at_these_ports_are_no_servers_of_models() {
    for reply in [
        Reply::status("200 OK", &[], "<html><title>My blog</title>"),
        Reply::status("200 OK", &[], r#"{"data":"none"}"#),
        Reply::status("404 Not Found", &[], "no"),
        Reply::status("302 Found", &["Location: https://elsewhere.example/"], ""),
    ] {
        assert_eq!(found(reply).await.0, []);
    }
}

#[tokio::test]
async fn nobody_but_this_computer_is_asked() {
    let away = "http://192.0.2.7:11434/v1".to_owned();
    assert_eq!(find(vec![(Kind::Ollama, "Ollama", away)]).await, []);
}

#[tokio::test]
async fn those_that_answer_are_told_in_order_and_the_silent_do_not_hold_them_up() {
    let list = |name: &str| format!(r#"{{"data":[{{"id":"{name}"}}]}}"#);
    let first = Server::start(vec![Reply::status("200 OK", &[], &list("a"))]);
    let second = Server::start(vec![Reply::status("200 OK", &[], &list("b"))]);
    // Takes connections and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_url = format!("http://{}/v1", silent.local_addr().unwrap());
    let found = find(vec![
        (Kind::LmStudio, "LM Studio", first.url.clone()),
        (Kind::Ollama, "Ollama", silent_url),
        (Kind::Vllm, "vLLM", second.url.clone()),
    ])
    .await;
    let names: Vec<_> = found.iter().map(|each| each.name.as_str()).collect();
    assert_eq!(names, ["LM Studio", "vLLM"]);
}
