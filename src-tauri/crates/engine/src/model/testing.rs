//! A server for tests that answers each connection with the next reply of a script.
//!
//! It is a plain listener on loopback, so what is tested is the real client over real sockets. It
//! keeps every request it read; after the script's end it answers 500 with a text that says so.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::mpsc;

use secrecy::SecretString;
use serde_json::Value;
use serde_json::json;

use super::catalog::Model;
use super::provider::Manner;
use super::provider::Provider;
use super::request::Request;

/// A request that says hello.
pub(crate) fn request(model: &str) -> Request {
    Request {
        model: Model::named(model),
        effort: None,
        instructions: String::new(),
        input: vec![json!({
            "type": "message", "role": "user",
            "content": [{ "type": "input_text", "text": "Hello." }],
        })],
        tools: Vec::new(),
        cache_key: "test".to_owned(),
    }
}

pub(crate) const KEY: &str = "sk-test-0123456789";

/// One answer of the script.
pub(crate) struct Reply {
    head: String,
    pieces: Vec<Vec<u8>>,
    hold: bool,
}

impl Reply {
    pub(crate) fn status(status: &str, headers: &[&str], body: &str) -> Self {
        let headers: String = headers
            .iter()
            .map(|header| format!("{header}\r\n"))
            .collect();
        let head = format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        Self {
            head,
            pieces: vec![body.as_bytes().to_vec()],
            hold: false,
        }
    }

    pub(crate) fn raw_sse(body: impl Into<Vec<u8>>) -> Self {
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
        Self {
            head: head.to_owned(),
            pieces: vec![body.into()],
            hold: false,
        }
    }

    /// A stream of these events, as JSON.
    pub(crate) fn events(events: &[Value]) -> Self {
        Self::raw_sse(sse(events))
    }

    /// A stream of complete items and the final event.
    pub(crate) fn items(items: &[Value]) -> Self {
        Self::events(&complete(items))
    }

    /// The body in pieces of `size` bytes.
    pub(crate) fn in_pieces(mut self, size: usize) -> Self {
        let all = self.pieces.concat();
        self.pieces = all.chunks(size).map(<[u8]>::to_vec).collect();
        self
    }

    /// The connection stays open after the body until the client leaves.
    pub(crate) fn held(mut self) -> Self {
        self.hold = true;
        self
    }
}

pub(crate) fn sse(events: &[Value]) -> String {
    events
        .iter()
        .map(|event| {
            format!(
                "event: {}\ndata: {event}\n\n",
                event["type"].as_str().unwrap()
            )
        })
        .collect()
}

pub(crate) fn complete(items: &[Value]) -> Vec<Value> {
    let mut events = vec![json!({"type": "response.created", "response": {}})];
    for (index, item) in items.iter().enumerate() {
        events.push(json!({
            "type": "response.output_item.done", "output_index": index, "item": item
        }));
    }
    events.push(json!({"type": "response.completed", "response": {"usage": {
        "input_tokens": 100, "input_tokens_details": {"cached_tokens": 40},
        "output_tokens": 20, "output_tokens_details": {"reasoning_tokens": 5},
        "total_tokens": 120,
    }}}));
    events
}

pub(crate) fn answer(text: &str) -> Value {
    json!({
        "type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
        "content": [{"type": "output_text", "text": text, "annotations": []}],
    })
}

pub(crate) fn call(call_id: &str, name: &str, arguments: &str) -> Value {
    json!({
        "type": "function_call", "id": format!("fc_{call_id}"), "status": "completed",
        "call_id": call_id, "name": name, "arguments": arguments,
    })
}

/// An event stream of Chat Completions: these deltas, this finish reason, the usage, and `[DONE]`.
pub(crate) fn chat(deltas: &[Value], finish: &str) -> String {
    let chunk = |delta: &Value, finish: Value| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
        format!(
            "data: {}\n\n",
            json!({"object": "chat.completion.chunk", "choices": [choice]})
        )
    };
    let mut text: String = deltas
        .iter()
        .map(|delta| chunk(delta, Value::Null))
        .collect();
    text.push_str(&chunk(&json!({}), json!(finish)));
    let usage = json!({"choices": [], "usage": {
        "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 40},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }});
    text.push_str(&format!("data: {usage}\n\ndata: [DONE]\n\n"));
    text
}

/// A request as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Captured {
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// The listening server.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Captured>>>,
    /// Hears once for each held connection that the client has closed.
    pub(crate) left: mpsc::Receiver<()>,
}

impl Server {
    pub(crate) fn start(script: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (tell, left) = mpsc::channel();
        let kept = Arc::clone(&requests);
        std::thread::spawn(move || {
            let mut script = script.into_iter();
            for connection in listener.incoming() {
                let Ok(mut connection) = connection else {
                    return;
                };
                let Some(request) = read_request(&mut connection) else {
                    continue;
                };
                kept.lock().unwrap().push(request);
                let reply = script.next().unwrap_or_else(|| {
                    Reply::status("500 Script Ended", &[], "the script has no more replies")
                });
                let tell = tell.clone();
                std::thread::spawn(move || serve(connection, reply, &tell));
            }
        });
        Self {
            url,
            requests,
            left,
        }
    }

    pub(crate) fn requests(&self) -> Vec<Captured> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn provider(&self) -> Provider {
        self.provider_in(Manner::default())
    }

    pub(crate) fn provider_in(&self, manner: Manner) -> Provider {
        let key = Some(SecretString::from(KEY));
        Provider::in_manner("Test", &self.url, key, manner).unwrap()
    }
}

fn serve(mut connection: TcpStream, reply: Reply, left: &mpsc::Sender<()>) {
    let _ = connection.set_nodelay(true);
    if connection.write_all(reply.head.as_bytes()).is_err() {
        return;
    }
    for piece in reply.pieces {
        if connection.write_all(&piece).is_err() {
            break;
        }
    }
    if reply.hold {
        let mut rest = [0; 64];
        while connection.read(&mut rest).is_ok_and(|read| read > 0) {}
        let _ = left.send(());
    }
}

/// Reads one request to its end. Whoever answers and hangs up before has the system break the
/// connection, and the answer can be lost with it.
pub(crate) fn read_request(connection: &mut impl Read) -> Option<Captured> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length: usize = head
                .lines()
                .find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            while bytes.len() < end + 4 + length {
                let read = connection.read(&mut buffer).ok().filter(|read| *read > 0)?;
                bytes.extend_from_slice(&buffer[..read]);
            }
            let body = serde_json::from_slice(&bytes[end + 4..]).unwrap_or(Value::Null);
            return Some(Captured { head, body });
        }
        let read = connection.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
    }
}
