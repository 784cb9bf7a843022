//! The demo's server: HTTP and an event stream over a Unix socket.
//!
//! [`Demo::start`] listens on a socket in a folder that only this user can enter and answers
//! `POST …/responses` the way a provider does. It opens no TCP port: the socket is the whole
//! reach of the demo, and dropping [`Demo`] closes it and removes its file.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::BodyExt;
use http_body_util::Full;
use http_body_util::Limited;
use http_body_util::StreamBody;
use http_body_util::combinators::BoxBody;
use hyper::Method;
use hyper::Request;
use hyper::Response;
use hyper::StatusCode;
use hyper::body::Frame;
use hyper::body::Incoming;
use hyper::header::CACHE_CONTROL;
use hyper::header::CONTENT_TYPE;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use serde_json::json;
use tokio::sync::oneshot;

use crate::demo;
use crate::demo::Act;
use crate::demo::MODEL;
use crate::wire;
use crate::wire::Usage;

/// Time between two deltas: fast reading speed, so that the work can be watched.
const PACE: Duration = Duration::from_millis(12);
/// A conversation with pictures fits; a mistake does not fill the memory.
const MAX_REQUEST: usize = 64 << 20;

/// A running demo; stops when dropped.
#[derive(Debug)]
pub struct Demo {
    socket: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Demo {
    /// Starts the demo on `socket`. The folder around it is created for this user only.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::PermissionDenied`] if the folder exists and others can enter it,
    /// [`io::ErrorKind::AddrInUse`] if something listens on the socket or another file has its
    /// name, and what the system says about the socket; each names the path.
    pub fn start(socket: &Path) -> io::Result<Self> {
        Self::start_with_pace(socket, PACE)
    }

    /// Starts the demo with another time between two deltas; zero sends without waiting.
    ///
    /// # Errors
    ///
    /// As [`Demo::start`].
    pub fn start_with_pace(socket: &Path, pace: Duration) -> io::Result<Self> {
        let listener = listen(socket).map_err(|error| {
            let text = format!("cannot start the demo on {}: {error}", socket.display());
            io::Error::new(error.kind(), text)
        })?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("demo".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = serve(listener, pace) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            socket: socket.to_owned(),
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where the demo listens.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The base URL for requests over the socket; the host in it is never looked up.
    pub fn base_url(&self) -> &'static str {
        "http://demo.invalid/v1"
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server has been printed by then; there is nothing to add.
            drop(thread.join());
        }
        drop(fs::remove_file(&self.socket));
    }
}

fn listen(socket: &Path) -> io::Result<UnixListener> {
    let folder = socket.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    if fs::metadata(folder)?.permissions().mode() & 0o077 != 0 {
        let text = format!("the folder {} is open to other users", folder.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    if let Ok(found) = fs::symlink_metadata(socket) {
        if !found.file_type().is_socket() || UnixStream::connect(socket).is_ok() {
            return Err(io::Error::new(
                io::ErrorKind::AddrInUse,
                "the name is taken",
            ));
        }
        // Left by a demo that was killed.
        fs::remove_file(socket)?;
    }
    let listener = UnixListener::bind(socket)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn serve(listener: UnixListener, pace: Duration) {
    let Ok(listener) = tokio::net::UnixListener::from_std(listener) else {
        return;
    };
    let answers = Arc::new(AtomicU64::new(0));
    loop {
        let Ok((connection, _)) = listener.accept().await else {
            // Out of descriptors, say. Existing connections go on and free some.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let answers = Arc::clone(&answers);
        tokio::spawn(async move {
            let service = hyper::service::service_fn(move |request| {
                let number = answers.fetch_add(1, Ordering::Relaxed);
                async move { Ok::<_, Infallible>(respond(request, number, pace).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(connection), service);
            // An error here is a client that went away, which is how Stop looks from this side.
            drop(connection.await);
        });
    }
}

type Body = BoxBody<Bytes, Infallible>;

async fn respond(request: Request<Incoming>, number: u64, pace: Duration) -> Response<Body> {
    let path = request.uri().path().trim_end_matches('/').to_owned();
    let method = request.method().clone();
    // Before any answer, a refusal too: a connection that ends while the client still writes
    // gives it a broken pipe instead of the words.
    let body = match Limited::new(request.into_body(), MAX_REQUEST)
        .collect()
        .await
    {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            let message = format!("The request could not be read: {error}.");
            return refused(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &message);
        }
    };
    match (&method, path.rsplit('/').next()) {
        (&Method::POST, Some("responses")) => {}
        (&Method::GET, Some("models")) => {
            let models = json!({ "object": "list", "data": [{ "id": MODEL, "object": "model" }] });
            return whole(StatusCode::OK, &models);
        }
        (method, _) => {
            let message = format!("The demo does not know {method} {path}.");
            return refused(StatusCode::NOT_FOUND, "not_found", &message);
        }
    }
    match serde_json::from_slice::<Value>(&body) {
        Ok(request) => stream_of(frames(&request, number, body.len()), pace),
        Err(error) => {
            let message = format!("The request is not JSON: {error}.");
            refused(StatusCode::BAD_REQUEST, "invalid_json", &message)
        }
    }
}

/// All events of the answer to a request.
fn frames(request: &Value, number: u64, request_bytes: usize) -> Vec<wire::Frame> {
    let mut response = wire::Response::new(&format!("resp_demo_{number}"), MODEL);
    let mut written = 0;
    for act in demo::answer(request) {
        match act {
            Act::Think(summary) => {
                written += summary.len();
                response.reasoning(&summary);
            }
            Act::Say(text) => {
                written += text.len();
                response.text(&text);
            }
            Act::Function {
                id,
                name,
                arguments,
            } => {
                written += arguments.len();
                response.function_call(&id, name, &arguments);
            }
            Act::Patch { id, input } => {
                written += input.len();
                response.custom_call(&id, "apply_patch", &input);
            }
        }
    }
    // Four bytes to a token is close enough for a meter that moves.
    let tokens = |bytes: usize| bytes.div_ceil(4) as u64;
    let usage = Usage {
        input: tokens(request_bytes),
        output: tokens(written),
        ..Usage::default()
    };
    response.completed(usage);
    response.take_frames()
}

fn stream_of(frames: Vec<wire::Frame>, pace: Duration) -> Response<Body> {
    let events = stream::unfold(frames.into_iter(), move |mut frames| async move {
        let frame = frames.next()?;
        if frame.is_delta() && !pace.is_zero() {
            tokio::time::sleep(pace).await;
        }
        Some((Ok::<_, Infallible>(Frame::data(frame.encode())), frames))
    });
    let mut response = Response::new(BodyExt::boxed(StreamBody::new(events)));
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("text/event-stream"),
    );
    headers.insert(
        CACHE_CONTROL,
        hyper::header::HeaderValue::from_static("no-store"),
    );
    response
}

fn whole(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())).boxed());
    *response.status_mut() = status;
    let json = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

fn refused(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    whole(
        status,
        &wire::error_body("invalid_request_error", code, message),
    )
}

#[cfg(test)]
mod tests;
