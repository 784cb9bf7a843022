mod wires;

use serde_json::json;

use super::super::provider::Transport;
use super::super::testing::KEY;
use super::super::testing::Reply;
use super::super::testing::Server;
use super::super::testing::answer;
use super::super::testing::complete;
use super::super::testing::read_request;
use super::super::testing::request;
use super::super::testing::sse;
use super::*;

async fn read_with(server: &Server, limits: Limits) -> Vec<StreamEvent> {
    ask(&server.provider(), request("gpt-5-codex"), limits)
        .collect()
        .await
}

async fn read(reply: Reply) -> Vec<StreamEvent> {
    read_with(&Server::start(vec![reply]), Limits::default()).await
}

async fn failure(reply: Reply) -> Failure {
    match read(reply).await.pop() {
        Some(StreamEvent::Failed(failure)) => failure,
        other => panic!("expected a failure at the end, found {other:?}"),
    }
}

const USAGE: Usage = Usage {
    input: 100,
    cached: 40,
    output: 20,
    reasoning: 5,
    total: 120,
};

fn full_answer() -> Vec<Value> {
    let mut events = complete(&[answer("héllo €😀")]);
    let deltas = [
        json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "id": "msg_1"}}),
        json!({"type": "response.output_text.delta", "item_id": "msg_1", "delta": "héllo "}),
        json!({"type": "response.output_text.delta", "output_index": 0, "delta": "€😀"}),
        json!({"type": "response.reasoning_summary_part.added", "output_index": 0, "summary_index": 1}),
        json!({"type": "response.reasoning_summary_text.delta", "output_index": 0, "delta": "hm"}),
        json!({"type": "response.custom_tool_call_input.delta", "output_index": 0, "delta": "***"}),
        json!({"type": "response.content_part.done", "output_index": 0}),
    ];
    events.splice(1..1, deltas);
    events
}

fn full_answer_read() -> Vec<StreamEvent> {
    let text = |text: &str| text.to_owned();
    vec![
        StreamEvent::Created,
        StreamEvent::ItemAdded {
            index: 0,
            item: json!({"type": "message", "id": "msg_1"}),
        },
        StreamEvent::TextDelta {
            index: 0,
            text: text("héllo "),
        },
        StreamEvent::TextDelta {
            index: 0,
            text: text("€😀"),
        },
        StreamEvent::ReasoningDelta {
            index: 0,
            text: text("\n\n"),
        },
        StreamEvent::ReasoningDelta {
            index: 0,
            text: text("hm"),
        },
        StreamEvent::CustomInputDelta {
            index: 0,
            text: text("***"),
        },
        StreamEvent::ItemDone {
            index: 0,
            item: answer("héllo €😀"),
        },
        StreamEvent::Completed { usage: Some(USAGE) },
    ]
}

#[tokio::test]
async fn an_answer_reads_the_same_however_it_is_cut_and_ended() {
    let text = sse(&full_answer());
    let whole = full_answer_read();
    for size in [1, 2, 3, 7, 64, text.len()] {
        assert_eq!(
            read(Reply::raw_sse(text.clone()).in_pieces(size)).await,
            whole,
            "pieces of {size}"
        );
    }
    let windows = text.replace('\n', "\r\n");
    assert_eq!(
        read(Reply::raw_sse(windows).in_pieces(1)).await,
        whole,
        "CRLF"
    );
    let pings = format!(
        "\u{feff}: ping\n\n{}",
        text.replace("\n\n", "\n\n: ping\n\n")
    );
    assert_eq!(read(Reply::raw_sse(pings)).await, whole, "BOM and pings");
}

#[tokio::test]
async fn a_stream_cut_anywhere_ends_in_one_retryable_failure() {
    let text = sse(&full_answer());
    let last = text.rfind("event: response.completed").unwrap();
    for cut in (0..last).step_by(41) {
        let events = read(Reply::raw_sse(&text.as_bytes()[..cut])).await;
        let ends = events.iter().filter(|event| {
            matches!(
                event,
                StreamEvent::Failed(_) | StreamEvent::Completed { .. }
            )
        });
        assert_eq!(ends.count(), 1, "cut at {cut}");
        let Some(StreamEvent::Failed(failure)) = events.last() else {
            panic!("cut at {cut}")
        };
        assert_eq!(failure.code(), "cut", "cut at {cut}");
        assert_eq!(failure.retry(), super::super::failure::Retry::Backoff);
        assert!(
            full_answer_read().starts_with(&events[..events.len() - 1]),
            "cut at {cut}"
        );
    }
}

#[tokio::test]
async fn events_that_cannot_be_read_are_counted() {
    let mut text = String::from("data: {broken\n\ndata: 7\n\n");
    text.push_str(&format!(
        "data: {}1{}\n\n",
        "[".repeat(10_000),
        "]".repeat(10_000)
    ));
    text.push_str(&sse(&complete(&[answer("fine")])));
    text.push_str("data: [DONE]\n\n");
    let events = read(Reply::raw_sse(text)).await;
    let skipped = events
        .iter()
        .filter(|event| **event == StreamEvent::Skipped(1))
        .count();
    assert_eq!(skipped, 3);
    assert_eq!(
        events.last(),
        Some(&StreamEvent::Completed { usage: Some(USAGE) })
    );
}

#[tokio::test]
async fn bytes_that_are_not_utf8_do_no_harm() {
    let mut bytes = b"data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"a\xff\xc3b\"}\n\n".to_vec();
    bytes.extend_from_slice(sse(&complete(&[])).as_bytes());
    let events = read(Reply::raw_sse(bytes)).await;
    let text = "a\u{fffd}\u{fffd}b".to_owned();
    assert_eq!(events[0], StreamEvent::TextDelta { index: 0, text });
}

#[tokio::test]
async fn a_damaged_item_is_taken_from_the_final_list_or_fails_the_answer() {
    let damaged = "data: {\"type\":\"response.output_item.done\",\"item\":{\"ty\n\n";
    let with_list = json!({"type": "response.completed", "response": {"output": [answer("kept")]}});
    let text = format!("{damaged}{}", sse(&[with_list]));
    assert_eq!(
        read(Reply::raw_sse(text)).await,
        [
            StreamEvent::Skipped(1),
            StreamEvent::ItemDone {
                index: 0,
                item: answer("kept")
            },
            StreamEvent::Completed { usage: None },
        ]
    );
    let text = format!("{damaged}{}", sse(&complete(&[])));
    assert_eq!(failure(Reply::raw_sse(text)).await.code(), "unreadable");
}

#[tokio::test]
async fn the_same_item_twice_is_one_item() {
    let mut events = complete(&[answer("once")]);
    events.insert(2, events[1].clone());
    let items = read(Reply::events(&events)).await;
    let items = items
        .iter()
        .filter(|event| matches!(event, StreamEvent::ItemDone { .. }));
    assert_eq!(items.count(), 1);
}

#[tokio::test]
async fn failures_told_inside_the_stream_are_named() {
    let check = async |event: Value, code: &str| {
        let found = failure(Reply::events(std::slice::from_ref(&event))).await;
        assert_eq!(found.code(), code, "{event}");
    };
    check(json!({"type": "response.failed", "response": {"error": {"code": "context_length_exceeded"}}}), "context_too_long").await;
    check(json!({"type": "response.incomplete"}), "cut_short").await;
    check(json!({"type": "response.failed"}), "provider_unavailable").await;
    check(json!({"type": "response.incomplete", "response": {"incomplete_details": {"reason": "max_output_tokens"}}}), "cut_short").await;
    check(json!({"type": "response.incomplete", "response": {"incomplete_details": {"reason": "content_filter"}}}), "blocked").await;
    check(
        json!({"type": "error", "code": "rate_limit_exceeded", "message": "x"}),
        "rate_limited",
    )
    .await;
    check(
        json!({"type": "message", "error": {"code": "insufficient_quota"}}),
        "no_credit",
    )
    .await;
}

#[tokio::test]
async fn a_200_that_is_no_stream_is_told_with_its_beginning() {
    let html = "<html><title>Sign in</title></html>";
    for reply in [
        Reply::status("200 OK", &["Content-Type: text/html"], html),
        Reply::status("200 OK", &["Content-Type: text/event-stream"], html),
    ] {
        let found = failure(reply).await;
        assert_eq!(found.code(), "not_a_stream");
        assert!(
            found.to_string().contains("a web page titled \"Sign in\""),
            "{found}"
        );
    }
    let json = "{\"error\":{\"message\":\"x\",\"code\":\"insufficient_quota\"}}";
    let reply = Reply::status("200 OK", &["Content-Type: application/json"], json);
    assert_eq!(failure(reply).await.code(), "no_credit");
    let reply = Reply::status("200 OK", &["Content-Type: application/json"], "{\"id\":1}");
    assert_eq!(failure(reply).await.code(), "not_a_stream");
    assert_eq!(
        failure(Reply::status("200 OK", &[], "")).await.code(),
        "cut"
    );
}

#[tokio::test]
async fn silence_size_and_length_have_limits() {
    // Longer than the first event takes on a busy machine: it must have come before.
    let short = Duration::from_secs(3);
    let held = async |limits| {
        let server = Server::start(vec![
            Reply::events(&[json!({"type": "response.created"})]).held(),
        ]);
        read_with(&server, limits).await
    };
    let idle = Limits {
        idle: short,
        ..Limits::default()
    };
    let total = Limits {
        total: short,
        ..Limits::default()
    };
    let (silent, long) = tokio::join!(held(idle), held(total));
    assert!(
        matches!(&silent[1], StreamEvent::Failed(Failure::Silent { .. })),
        "{silent:?}"
    );
    assert!(
        matches!(&long[1], StreamEvent::Failed(Failure::TooLarge { .. })),
        "{long:?}"
    );
    let limits = Limits {
        line: 100,
        ..Limits::default()
    };
    let server = Server::start(vec![Reply::raw_sse(format!("data: {}", "x".repeat(200)))]);
    let events = read_with(&server, limits).await;
    assert!(
        matches!(&events[0], StreamEvent::Failed(Failure::TooLarge { .. })),
        "{events:?}"
    );
}

#[tokio::test]
async fn dropping_the_answer_closes_the_connection() {
    let server = Server::start(vec![
        Reply::events(&[json!({"type": "response.created"})]).held(),
    ]);
    let mut events = ask(&server.provider(), request("m"), Limits::default());
    assert_eq!(events.next().await, Some(StreamEvent::Created));
    drop(events);
    let left =
        tokio::task::spawn_blocking(move || server.left.recv_timeout(Duration::from_secs(60)));
    assert_eq!(left.await.unwrap(), Ok(()));
}

#[tokio::test]
async fn a_request_carries_the_key_once_and_our_own_name() {
    let server = Server::start(vec![Reply::items(&[answer("hi")])]);
    read_with(&server, Limits::default()).await;
    let request = &server.requests()[0];
    assert!(
        request.head.starts_with("POST /v1/responses HTTP/1.1"),
        "{}",
        request.head
    );
    let head = request.head.to_lowercase();
    assert_eq!(head.matches(KEY).count(), 1);
    assert!(head.contains(&format!("authorization: bearer {KEY}")));
    assert!(head.contains("user-agent: greenlight/"));
    assert!(head.contains("accept: text/event-stream"));
    assert_eq!(request.body["model"], "gpt-5-codex");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(vec![Reply::items(&[answer("stolen")])]);
    let to = format!("Location: {}/responses", elsewhere.url);
    let found = failure(Reply::status("307 Temporary Redirect", &[&to], "")).await;
    assert_eq!(found.code(), "redirected");
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_named() {
    // Held but not listened on, so that nobody else gets the port meanwhile.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let check = async |url: String, code: &str| {
        let provider = Provider::new("Test", &url, None, Transport::Tcp, &[]).unwrap();
        let events: Vec<_> = ask(&provider, request("m"), Limits::default())
            .collect()
            .await;
        let [StreamEvent::Failed(failure)] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(failure.code(), code, "{failure}");
        failure.to_string()
    };
    let message = check(format!("http://{address}/v1"), "unreachable").await;
    assert_eq!(message, format!("Nothing answers at {address}."));
    check(
        "http://name.invalid.localdomain.invalid/v1".to_owned(),
        "unknown_host",
    )
    .await;
}

#[tokio::test]
async fn a_server_without_tls_behind_https_is_not_trusted() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let plain = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        use std::io::Read;
        use std::io::Write;
        let (mut connection, _) = listener.accept().unwrap();
        let mut buffer = [0; 4096];
        let _ = connection.read(&mut buffer);
        let _ = connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        // Until the client has hung up: a connection closed with bytes unread is reset, and the
        // answer can be lost with it.
        while connection.read(&mut buffer).is_ok_and(|read| read > 0) {}
    });
    let provider = Provider::new(
        "Test",
        &format!("https://{plain}/v1"),
        None,
        Transport::Tcp,
        &[],
    )
    .unwrap();
    let events: Vec<_> = ask(&provider, request("m"), Limits::default())
        .collect()
        .await;
    let [StreamEvent::Failed(failure)] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(failure.code(), "untrusted", "{failure}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_socket_of_this_machine_serves_as_well() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let text = sse(&complete(&[answer("local")]));
    std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        read_request(&mut connection).unwrap();
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
        connection.write_all(head.as_bytes()).unwrap();
        connection.write_all(text.as_bytes()).unwrap();
    });
    let transport = Transport::UnixSocket(path);
    let provider = Provider::new("Demo", "http://demo.localhost/v1", None, transport, &[]).unwrap();
    let events: Vec<_> = ask(&provider, request("demo"), Limits::default())
        .collect()
        .await;
    assert!(
        events.contains(&StreamEvent::ItemDone {
            index: 0,
            item: answer("local")
        }),
        "{events:?}"
    );
}
