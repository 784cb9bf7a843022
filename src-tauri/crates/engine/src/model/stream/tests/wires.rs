//! Both forms of requests over real HTTP: which one is spoken, and that neither depends on how its
//! bytes are cut.

use proptest::prelude::*;

use super::super::super::testing::chat;
use super::super::super::wire::Learned;
use super::super::super::wire::WireChoice;
use super::*;
use crate::model::provider::Manner;

fn all_of_chat() -> String {
    let call = |index: u64, fields: Value| json!({"tool_calls": [{"index": index, "id": fields["id"], "function": {"name": fields["name"], "arguments": fields["arguments"]}}]});
    let deltas = [
        json!({"role": "assistant", "content": ""}),
        json!({"reasoning_content": "hm €"}),
        json!({"content": "héllo "}),
        json!({"content": "😀"}),
        call(
            0,
            json!({"id": "a", "name": "ls", "arguments": "{\"x\":\""}),
        ),
        call(1, json!({"id": "b", "name": "cat", "arguments": "{\"y\":"})),
        call(0, json!({"arguments": "é\\n\"}"})),
        call(1, json!({"arguments": "2}"})),
    ];
    chat(&deltas, "tool_calls")
}

fn items(events: &[StreamEvent]) -> Vec<&Value> {
    let done = |event: &'_ StreamEvent| matches!(event, StreamEvent::ItemDone { .. });
    let items = events.iter().filter(|event| done(event));
    items
        .filter_map(|event| match event {
            StreamEvent::ItemDone { item, .. } => Some(item),
            _ => None,
        })
        .collect()
}

async fn asked(server: &Server, manner: Manner) -> Vec<StreamEvent> {
    let provider = server.provider_in(manner);
    ask(&provider, request("gpt-5-codex"), Limits::default())
        .collect()
        .await
}

fn only(wire: Wire) -> Manner {
    Manner {
        wire: WireChoice::Only(wire),
        ..Manner::default()
    }
}

fn paths(server: &Server) -> Vec<String> {
    let path = |head: &str| head.split(' ').nth(1).unwrap_or_default().to_owned();
    let requests = server.requests();
    requests.iter().map(|request| path(&request.head)).collect()
}

// The reader as it is, with bytes from memory instead of a socket.
fn read_pieces(wire: Wire, pieces: Vec<Vec<u8>>) -> Vec<StreamEvent> {
    let provider = Provider::new("Test", "http://localhost/v1", None, Transport::Tcp, &[]).unwrap();
    let peer = provider.peer(wire, "m");
    let (limits, deadline) = (
        Limits::default(),
        Instant::now() + Duration::from_secs(3600),
    );
    let body = futures_util::stream::iter(pieces.into_iter().map(|piece| Ok(Bytes::from(piece))));
    let events = EventStream::new(whole_events(body.boxed(), peer.clone(), limits, deadline));
    let mut reader = Reader {
        phase: Phase::Reading(Box::new(events)),
        answer: answer::reader(wire, peer.clone()),
        peer,
        learned: Learned::default(),
        limits,
        deadline,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut events = Vec::new();
        while let Some(event) = reader.next().await {
            events.push(event);
        }
        events
    })
}

fn cut_at(bytes: &[u8], cuts: &[prop::sample::Index]) -> Vec<Vec<u8>> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
    places.sort_unstable();
    let mut pieces = Vec::new();
    let mut start = 0;
    for place in places.into_iter().chain([bytes.len()]) {
        pieces.push(bytes[start..place].to_vec());
        start = place;
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_cut_of_either_form_reads_the_same(
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        windows in any::<bool>(),
    ) {
        for (wire, text) in [(Wire::Responses, sse(&full_answer())), (Wire::Chat, all_of_chat())] {
            let text = if windows { text.replace('\n', "\r\n") } else { text };
            let whole = read_pieces(wire, vec![text.clone().into_bytes()]);
            let complete = matches!(whole.last(), Some(StreamEvent::Completed { usage: Some(_) }));
            prop_assert!(complete, "{:?}", whole);
            prop_assert_eq!(&read_pieces(wire, cut_at(text.as_bytes(), &cuts)), &whole);
        }
    }

    #[test]
    fn half_an_answer_of_either_form_holds_no_call_and_one_failure(
        end in any::<prop::sample::Index>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let call = json!({"type": "function_call", "call_id": "a", "name": "ls", "arguments": "{}"});
        let responses = sse(&complete(&[call]));
        let chat = all_of_chat();
        let finish = chat.find("\"finish_reason\":\"tool_calls\"").unwrap();
        for (wire, text, last) in [
            (Wire::Responses, &responses, responses.rfind("event: response.completed").unwrap()),
            (Wire::Chat, &chat, finish),
        ] {
            let part = &text.as_bytes()[..=end.index(last)];
            let events = read_pieces(wire, cut_at(part, &cuts));
            let ends = events.iter().filter(|event| {
                matches!(event, StreamEvent::Failed(_) | StreamEvent::Completed { .. })
            });
            prop_assert_eq!(ends.count(), 1);
            let failed = matches!(events.last(), Some(StreamEvent::Failed(_)));
            prop_assert!(failed, "{:?}", events);
            if wire == Wire::Chat {
                prop_assert!(items(&events).is_empty());
            }
        }
    }
}

#[tokio::test]
async fn chat_completions_are_read_over_http_byte_by_byte() {
    let server = Server::start(vec![Reply::raw_sse(all_of_chat()).in_pieces(1)]);
    let events = asked(&server, only(Wire::Chat)).await;
    let items = items(&events);
    assert_eq!(items.len(), 4, "{events:?}");
    assert_eq!(items[1]["content"][0]["text"], "héllo 😀");
    assert_eq!(items[2]["arguments"], "{\"x\":\"é\\n\"}");
    assert_eq!(items[3]["arguments"], "{\"y\":2}");
    assert_eq!(
        events.last(),
        Some(&StreamEvent::Completed { usage: Some(USAGE) })
    );
    let sent = &server.requests()[0];
    assert!(
        sent.head.starts_with("POST /v1/chat/completions "),
        "{}",
        sent.head
    );
    assert_eq!(
        sent.body["messages"],
        json!([{"role": "user", "content": "Hello."}])
    );
}

#[tokio::test]
async fn a_server_without_responses_is_asked_in_the_other_form_and_that_is_remembered() {
    let hello = || Reply::raw_sse(chat(&[json!({"content": "Hello"})], "stop"));
    let lm_studio = r#"{"error":"Unexpected endpoint or method. (POST /v1/responses)"}"#;
    for missing in [
        Reply::status("404 Not Found", &[], "404 page not found"),
        Reply::status("404 Not Found", &[], r#"{"detail":"Not Found"}"#),
        Reply::status("405 Method Not Allowed", &[], ""),
        Reply::status("501 Not Implemented", &[], ""),
        Reply::status("200 OK", &["Content-Type: application/json"], lm_studio),
    ] {
        let server = Server::start(vec![missing, hello(), hello()]);
        let learned = Learned::default();
        for _ in 0..2 {
            let manner = Manner {
                learned: learned.clone(),
                ..Manner::default()
            };
            let events = asked(&server, manner).await;
            assert_eq!(items(&events).len(), 1, "{events:?}");
        }
        assert_eq!(learned.wire(), Some(Wire::Chat));
        let (responses, chat) = ("/v1/responses", "/v1/chat/completions");
        assert_eq!(paths(&server), [responses, chat, chat]);
    }
}

#[tokio::test]
async fn nothing_else_leads_to_the_other_form() {
    let json = |status: &str, body: &str| Reply::status(status, &[], body);
    let missing = || json("404 Not Found", "nothing");
    let last = async |server: &Server, manner: Manner| match asked(server, manner).await.pop() {
        Some(StreamEvent::Failed(failure)) => failure.code(),
        other => panic!("{other:?}"),
    };
    let model = r#"{"error":{"code":"model_not_found","message":"No such model"}}"#;
    for (reply, code) in [
        (json("404 Not Found", model), "model_not_found"),
        (json("401 Unauthorized", "{}"), "key_rejected"),
        (json("500 Oops", ""), "provider_unavailable"),
        (json("400 Bad Request", "{}"), "invalid_request"),
    ] {
        let server = Server::start(vec![reply]);
        let learned = Learned::default();
        let manner = Manner {
            learned: learned.clone(),
            ..Manner::default()
        };
        assert_eq!(last(&server, manner).await, code);
        assert_eq!(paths(&server), ["/v1/responses"]);
        assert_eq!(learned.wire(), None, "nothing was learned");
    }
    for (wire, path) in [
        (Wire::Responses, "/v1/responses"),
        (Wire::Chat, "/v1/chat/completions"),
    ] {
        let server = Server::start(vec![missing()]);
        assert_eq!(last(&server, only(wire)).await, "endpoint_not_found");
        assert_eq!(paths(&server), [path], "the person chose");
    }
    // One that has answered in a form is not asked in another when it stumbles later.
    let server = Server::start(vec![Reply::items(&[answer("Hi")]), missing()]);
    let learned = Learned::default();
    let manner = || Manner {
        learned: learned.clone(),
        ..Manner::default()
    };
    asked(&server, manner()).await;
    assert_eq!(last(&server, manner()).await, "endpoint_not_found");
    assert_eq!(paths(&server), ["/v1/responses", "/v1/responses"]);
}

#[tokio::test]
async fn azure_gets_its_own_header_and_paths() {
    let azure = || Manner {
        azure: true,
        ..Manner::default()
    };
    let server = Server::start(vec![Reply::items(&[answer("Hi")])]);
    let mut at = server.url.replace("/v1", "");
    let key = || Some(secrecy::SecretString::from(KEY));
    let provider = Provider::in_manner("Azure", &at, key(), azure()).unwrap();
    let events = ask(&provider, request("my-deployment"), Limits::default());
    assert_eq!(items(&events.collect::<Vec<_>>().await).len(), 1);
    let sent = &server.requests()[0];
    let head = sent.head.to_lowercase();
    assert!(head.starts_with("post /openai/v1/responses "), "{head}");
    assert!(head.contains(&format!("api-key: {KEY}")), "{head}");
    assert!(!head.contains("authorization"), "{head}");
    assert_eq!(sent.body["model"], "my-deployment");
    assert_eq!(sent.body["store"], false);

    // The older form, and a deployment that has no Responses.
    let nothing = r#"{"error":{"code":"404","message":"Resource not found"}}"#;
    let server = Server::start(vec![
        Reply::status("404 Not Found", &[], nothing),
        Reply::raw_sse(chat(&[json!({"content": "Hello"})], "stop")),
    ]);
    at = format!(
        "{}?api-version=2024-10-21",
        server.url.replace("/v1", "/openai")
    );
    let provider = Provider::in_manner("Azure", &at, key(), azure()).unwrap();
    let events = ask(&provider, request("my-deployment"), Limits::default());
    assert_eq!(items(&events.collect::<Vec<_>>().await).len(), 1);
    assert_eq!(
        paths(&server),
        [
            "/openai/responses?api-version=2024-10-21",
            "/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21",
        ]
    );
}

#[tokio::test]
async fn azure_names_a_wrong_version_and_a_missing_deployment() {
    let check = async |status: &str, body: &str, code: &str, words: &str| {
        let server = Server::start(vec![Reply::status(status, &[], body)]);
        let at = format!("{}?api-version=2020-01-01", server.url.replace("/v1", ""));
        let manner = Manner {
            azure: true,
            ..Manner::default()
        };
        let provider = Provider::in_manner("Azure", &at, None, manner).unwrap();
        let events = ask(&provider, request("my-deployment"), Limits::default());
        let events: Vec<_> = events.collect().await;
        let [StreamEvent::Failed(failure)] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(failure.code(), code, "{failure}");
        assert!(failure.to_string().contains(words), "{failure}");
        assert!(failure.hint().contains("Azure") || failure.hint().contains("api-version"));
    };
    let version = r#"{"error":{"code":"BadRequest","message":"API version not supported"}}"#;
    check(
        "400 Bad Request",
        version,
        "wrong_api_version",
        "does not know the api-version `2020-01-01`",
    )
    .await;
    let deployment = r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#;
    check(
        "404 Not Found",
        deployment,
        "model_not_found",
        "`my-deployment`",
    )
    .await;
}

#[tokio::test]
async fn azure_that_must_store_is_asked_so_once_and_from_then_on() {
    let refused = r#"{"error":{"code":"invalid_request_error","message":"'store' must be true for this deployment."}}"#;
    let server = Server::start(vec![
        Reply::status("400 Bad Request", &[], refused),
        Reply::items(&[answer("One")]),
        Reply::items(&[answer("Two")]),
        Reply::status("400 Bad Request", &[], refused),
    ]);
    let learned = Learned::default();
    let manner = || Manner {
        azure: true,
        learned: learned.clone(),
        ..Manner::default()
    };
    let mut said = request("gpt-5-codex");
    said.input.push(
        json!({"type": "message", "id": "msg_1", "role": "assistant",
        "content": [{"type": "output_text", "text": "Hi."}]}),
    );
    let mut answers = Vec::new();
    for _ in 0..3 {
        let provider = server.provider_in(manner());
        let events = ask(&provider, said.clone(), Limits::default());
        answers.push(events.collect::<Vec<_>>().await);
    }
    let sent: Vec<Value> = server
        .requests()
        .into_iter()
        .map(|request| request.body)
        .collect();
    let id = |body: &Value| body["input"][1].get("id").cloned();
    assert_eq!((&sent[0]["store"], id(&sent[0])), (&json!(false), None));
    for body in &sent[1..] {
        assert_eq!(body["store"], true);
        assert_eq!(id(body), Some(json!("msg_1")));
        assert_eq!(body.get("include"), None);
    }
    assert_eq!(sent.len(), 4);
    assert!(
        matches!(
            answers[2].last(),
            Some(StreamEvent::Failed(Failure::InvalidRequest { .. }))
        ),
        "it is not asked for ever: {answers:?}"
    );
}
