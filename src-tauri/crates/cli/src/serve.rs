//! `greenlight-cli serve`: the command table as JSON lines.
//!
//! A request is one line `{"id": …, "name": "noun/verb", "request": {…}}` and is answered by one
//! line `{"id": …, "reply": …}` or `{"id": …, "failure": {…}}`, in the order they finish. Events
//! come as `{"event": …, "seq": …}`, each once. A line that is no request is answered with a
//! failure whose id is null. The end of standard input ends the session.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use api::Desk;
use api::Failure;
use api::SHELL;
use serde_json::Value;
use serde_json::json;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncWriteExt;
use tokio::io::BufReader;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::mpsc::unbounded_channel;

use crate::session::Session;
use crate::session::own_folder;
use crate::streams::Exit;
use crate::streams::Streams;

pub(crate) const HELP: &str = "\
Usage: greenlight-cli serve [--data DIR]

Speaks the command table as JSON lines on standard input and output:
  {\"id\": 1, \"name\": \"project/open\", \"request\": {\"path\": \"/path\"}}
is answered by {\"id\": 1, \"reply\": ...} or {\"id\": 1, \"failure\": ...}.
Events come as {\"seq\": n, \"event\": ...}. `review/rows` is answered like the others.

Options:
  --data DIR             where tasks, drafts and history are kept
  -h, --help             print this
";

pub(crate) fn run(arguments: Vec<OsString>, streams: &mut Streams<'_>) -> Exit {
    let mut data: Option<PathBuf> = None;
    let mut parser = lexopt::Parser::from_args(arguments);
    loop {
        match parser.next() {
            Ok(None) => break,
            Ok(Some(lexopt::Arg::Short('h') | lexopt::Arg::Long("help"))) => {
                return streams.print(HELP);
            }
            Ok(Some(lexopt::Arg::Long("data"))) => match parser.value() {
                Ok(value) => data = Some(value.into()),
                Err(error) => return streams.usage(&error.to_string(), HELP),
            },
            Ok(Some(other)) => return streams.usage(&other.unexpected().to_string(), HELP),
            Err(error) => return streams.usage(&error.to_string(), HELP),
        }
    }
    match Session::open(Some(data.unwrap_or_else(own_folder)), None) {
        Ok(session) => {
            session.runtime().block_on(serve(session.desk().clone()));
            session.close();
            Exit::Done
        }
        Err(failure) => {
            streams.say(&failure.message, &failure.hint);
            Exit::Failed
        }
    }
}

async fn serve(desk: Arc<Desk>) {
    let (lines, mut to_write) = unbounded_channel::<Value>();
    let writer = tokio::spawn(async move {
        let mut out = tokio::io::stdout();
        while let Some(line) = to_write.recv().await {
            let text = format!("{line}\n");
            if out.write_all(text.as_bytes()).await.is_err() || out.flush().await.is_err() {
                return;
            }
        }
    });
    let events = tokio::spawn(tell_events(desk.clone(), lines.clone()));
    let mut calls = tokio::task::JoinSet::new();
    let mut input = BufReader::new(tokio::io::stdin()).split(b'\n');
    while let Ok(Some(line)) = input.next_segment().await {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let desk = desk.clone();
        let lines = lines.clone();
        calls.spawn(async move {
            // Nobody reads any more once the receiver is gone.
            let _ = lines.send(answer(&desk, &line).await);
        });
        while calls.try_join_next().is_some() {}
    }
    while calls.join_next().await.is_some() {}
    events.abort();
    drop(lines);
    let _ = events.await;
    let _ = writer.await;
}

async fn answer(desk: &Desk, line: &[u8]) -> Value {
    let asked: Value = match serde_json::from_slice(line) {
        Ok(asked) => asked,
        Err(error) => {
            let failure = Failure::broken(format!("That line is not JSON: {error}."));
            return json!({ "id": null, "failure": failure });
        }
    };
    let id = asked.get("id").cloned().unwrap_or(Value::Null);
    let Some(name) = asked.get("name").and_then(Value::as_str) else {
        let failure = Failure::broken("The request has no `name`.");
        return json!({ "id": id, "failure": failure });
    };
    let request = asked.get("request").cloned().unwrap_or_else(|| json!({}));
    let replied = if name == "review/rows" {
        desk.bytes(SHELL, name, request)
            .await
            .map(|bytes| serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    } else {
        desk.call(SHELL, name, request).await
    };
    match replied {
        Ok(reply) => json!({ "id": id, "reply": reply }),
        Err(failure) => json!({ "id": id, "failure": failure }),
    }
}

async fn tell_events(desk: Arc<Desk>, lines: UnboundedSender<Value>) {
    let mut cursor = 0;
    loop {
        let batch = desk.events_after(cursor).await;
        cursor = batch.cursor;
        if batch.resync && lines.send(json!({ "resync": true })).is_err() {
            return;
        }
        for event in batch.events {
            if lines
                .send(json!({ "seq": event.seq, "event": event.event }))
                .is_err()
            {
                return;
            }
        }
    }
}
