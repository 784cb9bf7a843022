use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::sync::mpsc;

use super::super::noted::Noted;
use super::super::provider::Manner;
use super::super::provider::Transport;
use super::*;

const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_server_that_takes_a_request_and_says_nothing_is_silent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let held = tokio::spawn(async move {
        let (connection, _) = listener.accept().await.unwrap();
        // Held until the test is over.
        std::future::pending::<()>().await;
        drop(connection);
    });
    let provider = Provider::new("P", &url, None, Transport::Tcp, &[]).unwrap();
    let limits = (SHORT, 2 * SHORT);
    let failure = check_within(&provider, &Model::named("m"), None, limits)
        .await
        .unwrap_err();
    assert_eq!(failure.code(), "silent", "{failure}");
    held.abort();
}

#[tokio::test]
async fn a_connection_that_nobody_takes_is_told_from_one_that_is_refused() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // With its queue full the system lets further ones wait, as a host that is not there does.
    let mut queued = Vec::new();
    while let Ok(connection) =
        tokio::time::timeout(SHORT, tokio::net::TcpStream::connect(address)).await
    {
        queued.push(connection.unwrap());
    }
    let url = format!("http://{address}/v1");
    let provider = Provider::connecting_within(
        SHORT,
        "P",
        &url,
        None,
        Transport::Tcp,
        &[],
        Manner::default(),
    )
    .unwrap();
    let failure = check(&provider, &Model::named("m"), None)
        .await
        .unwrap_err();
    assert_eq!(failure.code(), "no_answer", "{failure}");
    assert_eq!(
        failure.to_string(),
        format!("{address} does not answer; no connection came about in time.")
    );
}

/// An answer in three parts: its head, its first words, and the rest. Before each the clock goes on,
/// and not before the client has dealt with what came earlier.
struct Slow {
    head_after: u64,
    rest_after: u64,
    headers: &'static str,
    usage: Value,
}

impl Slow {
    /// What was measured of it by a clock that the server moves.
    async fn measured(self) -> Speed {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let shown = Arc::new(AtomicU64::new(0));
        let clock = Arc::clone(&shown);
        let (taken, dealt_with) = mpsc::channel();
        let serving = std::thread::spawn(move || {
            let (mut asked, _) = listener.accept().unwrap();
            let mut text = Vec::new();
            while !text.ends_with(b"}") {
                let mut part = [0; 4096];
                let read = asked.read(&mut part).unwrap();
                text.extend_from_slice(&part[..read]);
            }
            let event = |event: Value| {
                format!(
                    "event: {}\ndata: {event}\n\n",
                    event["type"].as_str().unwrap()
                )
            };
            let delta = || {
                event(
                    json!({"type": "response.output_text.delta", "output_index": 0, "delta": "1 "}),
                )
            };
            clock.fetch_add(self.head_after, Ordering::SeqCst);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{}Connection: close\r\n\r\n{}",
                self.headers,
                delta()
            );
            asked.write_all(head.as_bytes()).unwrap();
            dealt_with.recv().unwrap();
            clock.fetch_add(self.rest_after, Ordering::SeqCst);
            let end = json!({"type": "response.completed", "response": {"usage": self.usage}});
            asked.write_all((delta() + &event(end)).as_bytes()).unwrap();
        });
        let manner = Manner {
            noted: Noted::by(shown),
            ..Manner::default()
        };
        let provider = Provider::in_manner("P", &url, None, manner).unwrap();
        let limits = (PATIENCE, PATIENCE);
        let events = asked(&provider, &Model::named("m"), None, json!([]), limits);
        let speed = measured(&provider, events, || taken.send(()).unwrap_or_default()).await;
        serving.join().unwrap();
        speed.unwrap()
    }
}

fn usage(output: u64) -> Value {
    json!({"input_tokens": 20, "output_tokens": output, "total_tokens": 20 + output})
}

#[tokio::test]
async fn a_slow_first_byte_is_told_with_the_servers_own_time_and_the_region() {
    let slow = Slow {
        head_after: 3_000,
        rest_after: 2_000,
        headers: "x-ms-region: Sweden Central\r\nopenai-processing-ms: 200\r\n",
        usage: usage(85),
    };
    let speed = slow.measured().await;
    assert!(
        speed
            .words()
            .starts_with("First word after 3.0 s, 42 tokens a second. "),
        "{}",
        speed.words()
    );
    assert_eq!(
        speed.slow().unwrap(),
        "That is slow: the first byte took 3.0 s, most of it on the way, as the server says that it \
         worked less. In between: Azure region Sweden Central."
    );
}

#[tokio::test]
async fn a_slow_writer_is_told_from_a_slow_way() {
    let slow = Slow {
        head_after: 100,
        rest_after: 21_000,
        headers: "cf-ray: 8abc-ARN\r\nvia: 1.1 gateway\r\n",
        usage: usage(85),
    };
    assert_eq!(
        slow.measured().await.slow().unwrap(),
        "That is slow: it writes 4 tokens a second and no more. In between: Cloudflare's edge ARN and \
         passed on by 1.1 gateway."
    );
}

#[tokio::test]
async fn a_quick_server_is_not_slow_and_too_few_tokens_are_said_to_be_too_few() {
    let quick = Slow {
        head_after: 300,
        rest_after: 1_000,
        headers: "",
        usage: usage(3),
    };
    let speed = quick.measured().await;
    assert_eq!(speed.slow(), None);
    let words = "First word after 0.3 s. The answer was too short to tell how fast it goes on. ";
    assert!(speed.words().starts_with(words), "{}", speed.words());
    assert!(speed.connecting.is_some(), "the connection was noted");
}
