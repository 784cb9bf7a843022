//! The part of the scripted server that answers over the wire.

use std::cell::Cell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::unfold;
use http_body_util::BodyExt;
use http_body_util::StreamBody;
use hyper::Response;
use hyper::body::Frame;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;

use super::Answers;
use super::Shared;
use super::locked;
use crate::reply::Part;
use crate::reply::Reply;
use crate::request::Request;

pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("the socket is non-blocking");
    while let Ok((connection, _)) = listener.accept().await {
        drop(connection.set_nodelay(true));
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = hyper::service::service_fn(move |request| {
                let shared = Arc::clone(&shared);
                async move { Ok::<_, Infallible>(respond(request, shared).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(connection), service);
            // Cut replies and clients that hang up end here; both are what tests are about.
            drop(connection.await);
        });
    }
}

type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, io::Error>;

async fn respond(request: hyper::Request<Incoming>, shared: Arc<Shared>) -> Response<Body> {
    let (head, body) = request.into_parts();
    // A client that hangs up in the middle of its own request leaves an empty body.
    let body = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let text =
        |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let request = Request {
        method: head.method.to_string(),
        path: head
            .uri
            .path_and_query()
            .map(ToString::to_string)
            .unwrap_or_default(),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        body,
    };
    let path = request.path.split('?').next().unwrap_or_default();
    let reply = if request.method == "GET" && path.ends_with("/models") {
        locked(&shared.listed).push(request);
        shared.list()
    } else if path.ends_with("/responses/compact") {
        let answer = locked(&shared.compacts).clone();
        let reply = match answer {
            Some(answer) => answer(&request),
            None => Reply::raw(404, "404 page not found"),
        };
        locked(&shared.compacted).push(request);
        reply
    } else if !shared.missing.is_empty() && path.ends_with(shared.missing) {
        locked(&shared.refused).push(request);
        Reply::raw(404, "404 page not found")
    } else {
        crate::schema::keep_where_asked(&request);
        let reply = shared.reply_to(&request);
        locked(&shared.requests).push(request);
        shared.arrived.send_modify(|count| *count += 1);
        reply
    };

    let unfinished = Unfinished {
        shared,
        finished: Cell::new(false),
    };
    for gate in &reply.before {
        gate.pass().await;
    }
    let mut response = Response::new(body_of(reply.parts, unfinished));
    *response.status_mut() =
        hyper::StatusCode::from_u16(reply.status).expect("a test answers with a known status");
    for (name, value) in &reply.headers {
        let name = hyper::header::HeaderName::from_bytes(name.as_bytes());
        let value = hyper::header::HeaderValue::from_str(value);
        response.headers_mut().append(
            name.expect("a test answers with valid header names"),
            value.expect("a test answers with valid header values"),
        );
    }
    response
}

impl Shared {
    fn list(&self) -> Reply {
        let models = locked(&self.models);
        if models.is_empty() {
            return Reply::error(404, "not_found", "This server has no list.");
        }
        let data: Vec<_> = models
            .iter()
            .map(|id| serde_json::json!({ "id": id, "object": "model" }))
            .collect();
        let list = serde_json::json!({ "object": "list", "data": data });
        Reply::raw(200, list.to_string()).header("content-type", "application/json")
    }

    fn reply_to(&self, request: &Request) -> Reply {
        let path = request.path.split('?').next().unwrap_or_default();
        if request.method != "POST" || !path.ends_with(self.path) {
            return self.nothing_for(404, format!("no script for {} {path}", request.method));
        }
        let each = match &mut *locked(&self.answers) {
            Answers::Each(answer) => Arc::clone(answer),
            Answers::Queue(replies) => {
                return replies.pop_front().unwrap_or_else(|| {
                    let number = locked(&self.requests).len() + 1;
                    self.nothing_for(500, format!("the script has no reply to request {number}"))
                });
            }
        };
        each(request)
    }

    fn nothing_for(&self, status: u16, sentence: String) -> Reply {
        let reply = Reply::error(status, "unexpected_request", &sentence);
        locked(&self.unexpected).push(sentence);
        reply
    }
}

/// Notices a reply that is dropped before its end.
struct Unfinished {
    shared: Arc<Shared>,
    finished: Cell<bool>,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.finished.get() {
            self.shared.hung_up.send_modify(|count| *count += 1);
        }
    }
}

fn body_of(parts: VecDeque<Part>, unfinished: Unfinished) -> Body {
    let frames = unfold((parts, unfinished), |(mut parts, unfinished)| async move {
        loop {
            match parts.pop_front() {
                Some(Part::Bytes(bytes)) => {
                    unfinished.finished.set(parts.is_empty());
                    return Some((Ok(Frame::data(bytes)), (parts, unfinished)));
                }
                Some(Part::Gate(gate)) => gate.pass().await,
                Some(Part::Cut) => {
                    // What was sent before the cut goes out only while this is pending.
                    for _ in 0..4 {
                        tokio::task::yield_now().await;
                    }
                    unfinished.finished.set(true);
                    let cut = io::Error::new(io::ErrorKind::ConnectionReset, "cut by the script");
                    return Some((Err(cut), (parts, unfinished)));
                }
                None => {
                    unfinished.finished.set(true);
                    return None;
                }
            }
        }
    });
    StreamBody::new(frames).boxed_unsync()
}
