//! The loopback server behind a measured page: its files, the texts, the desk, and where it reports.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;

use api::Desk;
use api::MAIN_WINDOW;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use http_body_util::Full;
use hyper::Response;
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::Value;

use crate::Problem;
use crate::browser;
use crate::reviewed::Reviewed;

/// What a page may ask for besides the desk.
pub(crate) struct Site {
    /// The folder with the built page.
    pub(crate) folder: PathBuf,
    /// Texts by their path.
    pub(crate) texts: HashMap<String, Bytes>,
    /// A script that runs before the first of every page.
    pub(crate) first: Option<&'static str>,
}

/// A running server; it ends with the runtime of the desk.
pub(crate) struct Serving {
    address: SocketAddr,
    reports: mpsc::Receiver<Value>,
    /// The process group of the browser whose memory is asked for.
    watched: Arc<AtomicU32>,
}

struct Shared {
    site: Site,
    desk: Arc<Desk>,
    watched: Arc<AtomicU32>,
    report: mpsc::Sender<Value>,
}

impl Serving {
    /// Serves `site` and the desk of `reviewed`, on its threads.
    pub(crate) fn start(site: Site, reviewed: &Reviewed) -> Result<Self, Problem> {
        let (report, reports) = mpsc::channel();
        let watched = Arc::new(AtomicU32::new(0));
        let shared = Arc::new(Shared {
            site,
            desk: Arc::clone(&reviewed.desk),
            watched: Arc::clone(&watched),
            report,
        });
        let runtime = reviewed.runtime();
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0)))
            .map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        runtime.spawn(serve(listener, shared));
        Ok(Self {
            address,
            reports,
            watched,
        })
    }

    /// The address of a page.
    pub(crate) fn url(&self, path_and_query: &str) -> String {
        format!("http://{}/{path_and_query}", self.address)
    }

    /// From now on it is the memory of this browser's page that is told.
    pub(crate) fn watch(&self, group: u32) {
        self.watched.store(group, Ordering::Release);
        // What an earlier page said after its time was up.
        while self.reports.try_recv().is_ok() {}
    }

    /// What the page reports; none when it takes longer than `limit`.
    pub(crate) fn report(&self, limit: Duration) -> Option<Value> {
        self.reports.recv_timeout(limit).ok()
    }
}

async fn serve(listener: tokio::net::TcpListener, shared: Arc<Shared>) {
    while let Ok((connection, _)) = listener.accept().await {
        drop(connection.set_nodelay(true));
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = hyper::service::service_fn(move |request| {
                let shared = Arc::clone(&shared);
                async move { Ok::<_, Infallible>(shared.respond(request).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(connection), service);
            // A browser that is ended hangs up in the middle of whatever it does.
            drop(connection.await);
        });
    }
}

type Answer = Response<Full<Bytes>>;

impl Shared {
    async fn respond(&self, request: hyper::Request<Incoming>) -> Answer {
        let path = request.uri().path().trim_start_matches('/').to_owned();
        let body = request.into_body().collect().await;
        let body = body.map(|body| body.to_bytes()).unwrap_or_default();
        let json = || serde_json::from_slice::<Value>(&body).unwrap_or_default();
        match path.split_once('/') {
            Some(("call", verb)) => match self.desk.call(MAIN_WINDOW, verb, json()).await {
                Ok(answer) => answered("application/json", answer.to_string()),
                Err(failure) => refused(&failure),
            },
            Some(("bytes", verb)) => match self.desk.bytes(MAIN_WINDOW, verb, json()).await {
                Ok(bytes) => answered("application/octet-stream", bytes),
                Err(failure) => refused(&failure),
            },
            Some(("drain", cursor)) => {
                let cursor = cursor.parse().unwrap_or_default();
                let batch = self.desk.drain(MAIN_WINDOW, cursor).await;
                answered("application/octet-stream", batch)
            }
            None if path == "memory" => {
                let memory = browser::resident(self.watched.load(Ordering::Acquire));
                answered("application/json", memory.unwrap_or(0.0).to_string())
            }
            None if path == "report" => {
                // Nobody waits any more when its time was up.
                let _ = self.report.send(json());
                answered("application/json", "null")
            }
            _ => self.file(&path),
        }
    }

    fn file(&self, path: &str) -> Answer {
        if let Some(text) = self.site.texts.get(path) {
            return answered("text/plain; charset=utf-8", text.clone());
        }
        let path = if path.is_empty() { "index.html" } else { path };
        let file = self.site.folder.join(path);
        match std::fs::read(&file) {
            Ok(page) if path.ends_with(".html") => answered("text/html", self.with_first(page)),
            Ok(bytes) => answered(content_type(&file), bytes),
            Err(_) => status(StatusCode::NOT_FOUND, Bytes::new()),
        }
    }

    fn with_first(&self, page: Vec<u8>) -> Vec<u8> {
        let Some(script) = self.site.first else {
            return page;
        };
        let page = String::from_utf8_lossy(&page);
        let head = format!("<head><script>{script}</script>");
        page.replacen("<head>", &head, 1).into_bytes()
    }
}

fn answered(kind: &str, body: impl Into<Bytes>) -> Answer {
    let mut answer = status(StatusCode::OK, body.into());
    if let Ok(kind) = hyper::header::HeaderValue::from_str(kind) {
        answer.headers_mut().insert("content-type", kind);
    }
    answer
}

fn refused(failure: &api::Failure) -> Answer {
    let words = serde_json::to_vec(failure).unwrap_or_default();
    status(StatusCode::BAD_REQUEST, words.into())
}

fn status(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
