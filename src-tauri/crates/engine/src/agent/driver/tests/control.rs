use std::time::Instant as Clock;

use super::*;
use crate::at_once::at_once;

// Starts a turn, presses Stop when `ready` says so, and measures how long it takes to end.
async fn stop_when(
    script: Vec<Reply>,
    ready: impl Fn(&Update) -> bool,
) -> (TurnEnd, Duration, Vec<Update>, Session, Server) {
    let server = Server::start(script);
    let mut session = session(&server);
    let bench = Bench::default();
    let (tell, mut hear) = unbounded_channel();
    let (control, listen) = unbounded_channel();
    let mut seen = Vec::new();
    let pressed = async {
        while let Some(update) = hear.recv().await {
            let now = ready(&update);
            seen.push(update);
            if now {
                break;
            }
        }
        control.send(Control::Stop).unwrap();
        Clock::now()
    };
    let turn = run(&mut session, Message::text("go"), &bench, tell, listen);
    let (end, pressed) = tokio::join!(turn, pressed);
    let took = pressed.elapsed();
    seen.extend(std::iter::from_fn(|| hear.try_recv().ok()));
    (end, took, seen, session, server)
}

#[tokio::test]
async fn stop_drops_the_stream_at_once_and_keeps_what_was_said() {
    at_once(async || {
        let delta =
            json!({"type": "response.output_text.delta", "output_index": 0, "delta": "Half"});
        let (end, took, updates, session, server) =
            stop_when(vec![Reply::events(&[delta]).held()], |update| {
                matches!(update, Update::TextDelta { .. })
            })
            .await;
        assert_eq!(end, TurnEnd::Stopped);
        let left =
            tokio::task::spawn_blocking(move || server.left.recv_timeout(Duration::from_secs(60)));
        assert_eq!(left.await.unwrap(), Ok(()), "the connection is closed");
        let half = ItemKind::Answer {
            text: "Half".to_owned(),
        };
        assert!(
            updates
                .iter()
                .any(|update| matches!(update, Update::ItemCompleted(item) if item.kind == half))
        );
        let items = session.history.items();
        assert_eq!(items[items.len() - 2]["content"][0]["text"], "Half");
        assert_eq!(items[items.len() - 1], prompt::stopped());
        took
    })
    .await;
}

#[tokio::test]
async fn stop_before_the_server_answers_is_as_quick() {
    at_once(async || {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", server.local_addr().unwrap());
        let scripted = Server::start(vec![]);
        let mut session = session(&scripted);
        session.provider = crate::model::Provider::new(
            "Test",
            &url,
            None,
            crate::model::provider::Transport::Tcp,
            &[],
        )
        .unwrap();
        let (tell, _hear) = unbounded_channel();
        let (control, listen) = unbounded_channel();
        let bench = Bench::default();
        let turn = run(&mut session, Message::text("go"), &bench, tell, listen);
        let pressed = async {
            let accepted = tokio::task::spawn_blocking(move || server.accept().unwrap());
            let connection = accepted.await.unwrap();
            control.send(Control::Stop).unwrap();
            (Clock::now(), connection)
        };
        let (end, (pressed, _connection)) = tokio::join!(turn, pressed);
        assert_eq!(end, TurnEnd::Stopped);
        pressed.elapsed()
    })
    .await;
}

#[tokio::test]
async fn stop_ends_tools_those_that_hear_it_and_those_that_do_not() {
    for (tool, output) in [("until_stop", "tick"), ("deaf", "aborted by the person")] {
        at_once(async || {
            let (end, took, updates, session, _server) =
                stop_when(vec![Reply::items(&[call("c", tool, "{}")])], |update| {
                    matches!(update, Update::OutputDelta { .. })
                })
                .await;
            assert_eq!(end, TurnEnd::Stopped);
            let last = updates.iter().rev().find_map(|update| match update {
                Update::ItemCompleted(item) => Some(item.kind.clone()),
                _ => None,
            });
            let Some(ItemKind::Command {
                output: shown,
                outcome,
                ..
            }) = last
            else {
                panic!("{last:?}")
            };
            assert_eq!(
                (shown.as_str(), outcome),
                ("tick", CommandOutcome::Stopped),
                "{tool}"
            );
            let items = session.history.items();
            assert_eq!(
                items[items.len() - 2],
                json!({"type": "function_call_output", "call_id": "c", "output": output})
            );
            took
        })
        .await;
    }
}

#[tokio::test]
async fn stop_ends_a_wait() {
    at_once(async || {
        let limited = Reply::status("429 Too Many Requests", &["Retry-After: 50"], "{}");
        let (end, took, ..) = stop_when(vec![limited], |update| {
            matches!(update, Update::Retrying { .. })
        })
        .await;
        assert_eq!(end, TurnEnd::Stopped);
        took
    })
    .await;
}

#[tokio::test]
async fn try_now_ends_a_wait_and_the_request_is_sent_again() {
    let limited = Reply::status("429 Too Many Requests", &["Retry-After: 50"], "{}");
    let server = Server::start(vec![limited, Reply::items(&[answer("Here.")])]);
    let mut session = session(&server);
    let bench = Bench::default();
    let (tell, mut hear) = unbounded_channel();
    let (control, listen) = unbounded_channel();
    // Where nothing waits it does nothing, and it does not stay for a wait that comes later.
    control.send(Control::TryNow).unwrap();
    let pressed = async {
        while let Some(update) = hear.recv().await {
            if let Update::Retrying { wait_ms, .. } = update {
                assert!(wait_ms >= 50_000, "{wait_ms}");
                control.send(Control::TryNow).unwrap();
            }
        }
    };
    let turn = run(&mut session, Message::text("go"), &bench, tell, listen);
    let ended = async { tokio::join!(turn, pressed).0 };
    let end = tokio::time::timeout(Duration::from_secs(40), ended).await;
    assert_eq!(end, Ok(TurnEnd::Done));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_message_sent_meanwhile_is_in_the_next_request() {
    let server = Server::start(vec![
        Reply::items(&[call("c", "run", "{}")]),
        Reply::items(&[answer("ok")]),
    ]);
    let mut session = session(&server);
    let (tell, _hear) = unbounded_channel();
    let (control, listen) = unbounded_channel();
    control
        .send(Control::Steer(Message::text("and this")))
        .unwrap();
    let end = run(
        &mut session,
        Message::text("go"),
        &Bench::default(),
        tell,
        listen,
    )
    .await;
    assert_eq!(end, TurnEnd::Done);
    let input = server.requests()[1].body["input"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(input.last(), Some(&user("and this")));
}

#[tokio::test]
async fn a_message_that_crossed_with_the_end_is_given_back() {
    let server = Server::start(vec![]);
    let mut session = session(&server);
    let (tell, mut hear) = unbounded_channel();
    let (control, listen) = unbounded_channel();
    control.send(Control::Stop).unwrap();
    control
        .send(Control::Steer(Message::text("too late")))
        .unwrap();
    let end = run(
        &mut session,
        Message::text("go"),
        &Bench::default(),
        tell,
        listen,
    )
    .await;
    assert_eq!(end, TurnEnd::Stopped);
    assert!(control.is_closed());
    let updates: Vec<_> = std::iter::from_fn(|| hear.try_recv().ok()).collect();
    assert_eq!(
        updates.last(),
        Some(&Update::GivenBack(vec![Message::text("too late")]))
    );
}
