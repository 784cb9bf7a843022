use std::io;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;

use serde_json::Value;
use serde_json::json;

use super::*;

/// Sends a request on a connection of its own and leaves the answer to be read.
fn send(model: &Model, path: &str, body: &Value) -> TcpStream {
    let mut connection = TcpStream::connect(model.address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    let body = body.to_string();
    let length = body.len();
    write!(
        connection,
        "POST {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer k\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    connection
}

fn answer(mut connection: TcpStream) -> String {
    let mut answer = Vec::new();
    // A cut connection may end in an error; what came before it is the answer.
    drop(connection.read_to_end(&mut answer));
    String::from_utf8(answer).unwrap()
}

fn ask(model: &Model, body: &Value) -> String {
    answer(send(model, "/v1/responses", body))
}

fn read_until(connection: &mut TcpStream, wanted: &str) -> String {
    let mut read = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&read).contains(wanted) {
        connection.read_exact(&mut byte).unwrap();
        read.push(byte[0]);
    }
    String::from_utf8(read).unwrap()
}

fn fails(model: &Model) -> bool {
    let finished = || model.assert_finished();
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(finished)).is_err()
}

#[test]
fn replies_come_in_order_and_requests_are_captured() {
    let model = Model::start([
        stream()
            .reasoning("Hm")
            .plan(&[("Look", "in_progress")])
            .shell("ls")
            .completed(),
        Reply::patch("*** Begin Patch\n*** End Patch"),
        Reply::text("Done"),
    ]);
    assert!(model.base_url().starts_with("http://127.0.0.1:"));
    let first = ask(&model, &json!({ "input": [] }));
    assert!(first.starts_with("HTTP/1.1 200 OK\r\n"), "{first}");
    assert!(first.contains("content-type: text/event-stream"), "{first}");
    for part in [
        "reasoning_summary_text.delta",
        "update_plan",
        "shell_command",
        "response.completed",
    ] {
        assert!(first.contains(part), "{part} in {first}");
    }
    let result = json!({ "type": "function_call_output", "call_id": "c", "output": "out" });
    assert!(ask(&model, &json!({ "input": [result] })).contains("custom_tool_call_input.delta"));
    assert!(ask(&model, &json!({})).contains("output_text.delta"));

    let requests = model.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[0].header("authorization"), Some("Bearer k"));
    assert_eq!(
        (requests[0].method.as_str(), requests[0].path.as_str()),
        ("POST", "/v1/responses")
    );
    assert_eq!(requests[1].last_result(), "out");
    model.assert_finished();
}

#[test]
fn a_function_answers_what_it_reads() {
    let model = Model::start(Script::each(|request| {
        Reply::text(&format!("You said {}", request.json()["input"][0]))
    }));
    assert!(ask(&model, &json!({ "input": ["pear"] })).contains("pear"));
    model.assert_finished();
}

#[test]
fn an_unexpected_request_is_told_and_kept() {
    let model = Model::start(Vec::new());
    let told = ask(&model, &json!({}));
    assert!(told.starts_with("HTTP/1.1 500 "), "{told}");
    assert!(
        told.contains("the script has no reply to request 1"),
        "{told}"
    );
    assert!(answer(send(&model, "/v1/other", &json!({}))).starts_with("HTTP/1.1 404 "));
    assert_eq!(model.unexpected().len(), 2);
    assert!(fails(&model));

    model.push(Reply::text("late"));
    let unused = Model::start(Reply::text("never"));
    assert!(fails(&unused));
}

#[test]
fn nothing_passes_a_closed_gate() {
    let gate = Gate::new();
    let model = Model::start(stream().text_around("first", &gate, "second").completed());
    let mut connection = send(&model, "/v1/responses", &json!({}));
    let before = read_until(&mut connection, "first");
    gate.reached_blocking();
    assert!(!before.contains("second"), "{before}");
    connection.set_nonblocking(true).unwrap();
    let mut more = Vec::new();
    let waiting = connection.read_to_end(&mut more).unwrap_err();
    assert_eq!(waiting.kind(), io::ErrorKind::WouldBlock);
    assert!(!String::from_utf8_lossy(&more).contains("second"));
    connection.set_nonblocking(false).unwrap();
    gate.open_blocking();
    assert!(answer(connection).contains("second"));
}

#[tokio::test]
async fn waiters_work_inside_a_runtime() {
    let gate = Gate::new();
    let model = Model::start(Reply::text("x").hold(&gate));
    let connection = send(&model, "/v1/responses", &json!({ "input": [1] }));
    assert_eq!(model.wait_request(1).await.input(), [json!(1)]);
    gate.open().await;
    let answer = tokio::task::spawn_blocking(|| answer(connection))
        .await
        .unwrap();
    assert!(answer.contains("response.completed"), "{answer}");
}

#[test]
fn a_client_that_hangs_up_is_noticed() {
    let gate = Gate::new();
    let model = Model::start(stream().text("a").gate(&gate).completed());
    let connection = send(&model, "/v1/responses", &json!({}));
    gate.reached_blocking();
    drop(connection);
    model.wait_hang_up_blocking(1);
    assert_eq!(model.wait_request_blocking(1).method, "POST");
}

#[test]
fn connections_are_cut_where_the_script_says() {
    let model = Model::start([
        stream().text("half").cut(),
        Reply::sse("0123456789").cut_after(4),
        stream().text("half").unfinished(),
    ]);
    let cut = ask(&model, &json!({}));
    assert!(
        cut.contains("half") && !cut.contains("response.completed"),
        "{cut}"
    );
    assert!(
        !cut.ends_with("0\r\n\r\n"),
        "a cut answer has no last chunk: {cut}"
    );
    let counted = ask(&model, &json!({}));
    assert!(counted.ends_with("4\r\n0123\r\n"), "{counted}");
    let unfinished = ask(&model, &json!({}));
    assert!(unfinished.ends_with("0\r\n\r\n") && !unfinished.contains("response.completed"));
}

#[test]
fn failures_have_their_status_and_headers() {
    let cases = [
        (Reply::unauthorized(), "HTTP/1.1 401 ", "invalid_api_key"),
        (
            Reply::model_not_found("m"),
            "HTTP/1.1 404 ",
            "'m' does not exist",
        ),
        (Reply::rate_limited("7"), "HTTP/1.1 429 ", "retry-after: 7"),
        (Reply::server_error(), "HTTP/1.1 500 ", "server_error"),
        (Reply::html(), "HTTP/1.1 200 ", "<!doctype html>"),
        (Reply::empty(), "HTTP/1.1 200 ", "\r\n\r\n"),
        (
            Reply::sse("data: {broken\n\n"),
            "HTTP/1.1 200 ",
            "data: {broken",
        ),
        (
            stream().failed("rate_limit_exceeded", "try again in 1s"),
            "HTTP/1.1 200 ",
            "try again",
        ),
        (
            stream().incomplete("max_output_tokens"),
            "HTTP/1.1 200 ",
            "response.incomplete",
        ),
        (
            stream().bytes("data: [DONE]\n\n").unfinished(),
            "HTTP/1.1 200 ",
            "[DONE]",
        ),
    ];
    for (reply, status, part) in cases {
        let model = Model::start(reply);
        let answer = ask(&model, &json!({}));
        assert!(
            answer.starts_with(status) && answer.contains(part),
            "{part}: {answer}"
        );
    }
}

#[test]
fn a_server_that_is_down_refuses_connections() {
    let down = Model::down();
    let url = down.base_url();
    let address = url
        .strip_prefix("http://")
        .unwrap()
        .strip_suffix("/v1")
        .unwrap();
    assert!(TcpStream::connect(address).is_err());
}
