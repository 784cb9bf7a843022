//! An HTTP proxy for one command.
//!
//! It takes `CONNECT host:port` for TLS and requests with a whole `http://` address for the rest,
//! asks its [`Gate`] about each site, and answers a refusal with 403 and a sentence. Each request of
//! a connection is looked at for itself, so that a connection opened to one site cannot go on to
//! another. It lives as long as the command: dropped, it ends every connection.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::Full;
use http_body_util::combinators::BoxBody;
use hyper::HeaderMap;
use hyper::Method;
use hyper::Request;
use hyper::Response;
use hyper::StatusCode;
use hyper::Uri;
use hyper::body::Incoming;
use hyper::header;
use hyper::header::HeaderName;
use hyper::header::HeaderValue;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::sync::DropGuard;

use super::Gate;
use super::dial::Dial;
use super::dial::NoWay;
use super::hello;
use super::hello::Hello;
use super::site::Site;

/// Connections at a time.
const CONNECTIONS: usize = 64;
/// How long a request's head may take to come, and a tunnel's first message.
const HEAD: Duration = Duration::from_secs(20);
/// How long a request's head may be.
const HEAD_BYTES: usize = 64 << 10;
/// Refusals that are kept to be told.
const MOST_TOLD: usize = 20;

type Body = BoxBody<Bytes, hyper::Error>;

/// See the module.
#[derive(Debug)]
pub struct Proxy {
    refusals: Arc<Mutex<Vec<String>>>,
    _ends: DropGuard,
}

/// What every connection uses.
#[derive(Clone)]
struct Shared {
    gate: Arc<dyn Gate>,
    dial: Arc<dyn Dial>,
    refusals: Arc<Mutex<Vec<String>>>,
    over: CancellationToken,
}

impl Proxy {
    /// Accepts from `listener` until this is dropped. Called inside a Tokio runtime.
    ///
    /// # Errors
    ///
    /// When the listener cannot be used.
    pub fn serve(
        listener: TcpListener,
        gate: Arc<dyn Gate>,
        dial: Arc<dyn Dial>,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let over = CancellationToken::new();
        let refusals = Arc::default();
        let shared = Shared {
            gate,
            dial,
            refusals: Arc::clone(&refusals),
            over: over.clone(),
        };
        tokio::spawn(accept(listener, shared));
        Ok(Self {
            refusals,
            _ends: over.drop_guard(),
        })
    }

    /// What was refused so far, a sentence each.
    pub fn refusals(&self) -> Vec<String> {
        lock(&self.refusals).clone()
    }
}

async fn accept(listener: tokio::net::TcpListener, shared: Shared) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let met = tokio::select! {
            () = shared.over.cancelled() => return,
            met = async {
                let place = Arc::clone(&room).acquire_owned().await;
                (place, listener.accept().await)
            } => met,
        };
        let (Ok(place), Ok((stream, _))) = met else {
            // Out of descriptors, say; the next one may fit.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let shared = shared.clone();
        tokio::spawn(async move {
            let over = shared.over.clone();
            let service = service_fn(move |request| {
                let shared = shared.clone();
                async move { Ok::<_, std::convert::Infallible>(shared.answer(request).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .max_buf_size(HEAD_BYTES)
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades();
            tokio::select! {
                () = over.cancelled() => {}
                // What a client does wrong is its own affair.
                _ = connection => {}
            }
            drop(place);
        });
    }
}

impl Shared {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let answered = if request.method() == Method::CONNECT {
            self.tunnel(request).await
        } else {
            self.forward(request).await
        };
        answered.unwrap_or_else(|(status, sentence)| {
            self.note(&sentence);
            said(status, sentence)
        })
    }

    async fn tunnel(&self, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
        let authority = request.uri().authority().map(|a| a.as_str().to_owned());
        let authority = authority.unwrap_or_default();
        let (site, port) = site_of(&authority, None)?;
        self.may(&site).await?;
        let server = self.reach(&site, port).await?;
        let shared = self.clone();
        tokio::spawn(async move {
            let over = shared.over.clone();
            tokio::select! {
                () = over.cancelled() => {}
                () = shared.carry(request, server, site) => {}
            }
        });
        Ok(Response::new(empty()))
    }

    /// Carries bytes both ways, once the first of them have shown where they are meant for.
    async fn carry(&self, request: Request<Incoming>, mut server: TcpStream, site: Site) {
        let Ok(client) = hyper::upgrade::on(request).await else {
            return;
        };
        let mut client = TokioIo::new(client);
        let mut begun = Vec::new();
        let read = tokio::time::timeout(HEAD, async {
            let mut buffer = [0_u8; 4096];
            loop {
                match hello::read(&begun) {
                    Hello::Unfinished => {}
                    settled => return settled,
                }
                match client.read(&mut buffer).await {
                    Ok(count) if count > 0 => begun.extend_from_slice(&buffer[..count]),
                    _ => return Hello::Unfinished,
                }
            }
        });
        match read.await {
            Ok(Hello::To(name)) if site.is_server_name(name.as_deref()) => {
                if server.write_all(&begun).await.is_ok() {
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                }
            }
            Ok(Hello::To(name)) => self.note(&format!(
                "A connection to {site} was ended: it was meant for {}.",
                name.as_deref().unwrap_or("a server without a name")
            )),
            Ok(Hello::Other) => self.note(&format!(
                "A connection to {site} was ended: it was not encrypted."
            )),
            // The client went away, or said nothing.
            Ok(Hello::Unfinished) | Err(_) => {}
        }
    }

    async fn forward(&self, mut request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
        let uri = request.uri().clone();
        let scheme = uri.scheme_str().unwrap_or_default();
        let (Some(authority), "http") = (uri.authority(), scheme) else {
            return Err((
                StatusCode::BAD_REQUEST,
                "Greenlight's proxy takes CONNECT for https and whole addresses for http."
                    .to_owned(),
            ));
        };
        let (site, port) = site_of(authority.as_str(), Some(80))?;
        // A server with several names would go by the other one.
        let named = request
            .headers()
            .get(header::HOST)
            .map(HeaderValue::as_bytes);
        if named.is_some_and(|named| !named.eq_ignore_ascii_case(authority.as_str().as_bytes())) {
            let sentence = format!("A request to {site} was refused: it names two hosts.");
            return Err((StatusCode::BAD_REQUEST, sentence));
        }
        self.may(&site).await?;
        let server = self.reach(&site, port).await?;
        let failed = |error: hyper::Error| {
            let sentence = format!("{site} did not answer: {error}.");
            (StatusCode::BAD_GATEWAY, sentence)
        };
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(server))
            .await
            .map_err(failed)?;
        let over = self.over.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = over.cancelled() => {}
                _ = connection => {}
            }
        });
        without_hops(request.headers_mut());
        let host = if port == 80 {
            site.host()
        } else {
            format!("{}:{port}", site.host())
        };
        if let Ok(host) = HeaderValue::from_str(&host) {
            request.headers_mut().insert(header::HOST, host);
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = path.parse::<Uri>().unwrap_or_default();
        let mut response = sender.send_request(request).await.map_err(failed)?;
        without_hops(response.headers_mut());
        Ok(response.map(BodyExt::boxed))
    }

    async fn may(&self, site: &Site) -> Result<(), Refusal> {
        let may = self.gate.may(site).await;
        may.map_err(|sentence| (StatusCode::FORBIDDEN, sentence))
    }

    async fn reach(&self, site: &Site, port: u16) -> Result<TcpStream, Refusal> {
        let made = self.dial.dial(site, port).await;
        made.map_err(|no| match no {
            NoWay::Failed(sentence) => (StatusCode::BAD_GATEWAY, sentence),
            NoWay::Refused(sentence) => (StatusCode::FORBIDDEN, sentence),
        })
    }

    fn note(&self, sentence: &str) {
        let mut told = lock(&self.refusals);
        if told.len() < MOST_TOLD && !told.iter().any(|known| known == sentence) {
            told.push(sentence.to_owned());
        }
    }
}

/// A status and a sentence.
type Refusal = (StatusCode, String);

fn site_of(authority: &str, usual_port: Option<u16>) -> Result<(Site, u16), Refusal> {
    let refused = |why: &dyn std::fmt::Display| {
        let shown: String = authority
            .chars()
            .filter(|c| !c.is_control())
            .take(100)
            .collect();
        let sentence = format!("`{shown}` was not reached: {why}.");
        (StatusCode::FORBIDDEN, sentence)
    };
    let port = authority
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse::<u16>().ok())
        .or(usual_port);
    let port = port.ok_or_else(|| refused(&"it names no port"))?;
    let site = Site::parse(authority, port).map_err(|bad| refused(&bad))?;
    Ok((site, port))
}

/// Takes off what is between two neighbours only, and what is for a proxy.
fn without_hops(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let usual = [
        header::CONNECTION,
        header::PROXY_AUTHENTICATE,
        header::PROXY_AUTHORIZATION,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        HeaderName::from_static("keep-alive"),
        HeaderName::from_static("proxy-connection"),
    ];
    for name in named.into_iter().chain(usual) {
        headers.remove(name);
    }
}

fn said(status: StatusCode, sentence: String) -> Response<Body> {
    let text = Full::new(Bytes::from(sentence + "\n"));
    let mut response = Response::new(text.map_err(|never| match never {}).boxed());
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

fn empty() -> Body {
    Full::new(Bytes::new())
        .map_err(|never| match never {})
        .boxed()
}

fn lock(refusals: &Mutex<Vec<String>>) -> std::sync::MutexGuard<'_, Vec<String>> {
    refusals.lock().unwrap_or_else(PoisonError::into_inner)
}
