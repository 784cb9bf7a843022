//! A scripted model server: real HTTP on a loopback port, answers decided by the test.
//!
//! [`Model::start`] takes a [`Script`]: replies in order, or a function from request to reply. A
//! reply is a stream of events made with [`stream`], or any status, headers and bytes. A
//! [`Gate`] inside a stream holds the rest back until the test opens it, so that what a client
//! does between two events is tested without waiting for a clock.
//!
//! It speaks the Responses API, or only Chat Completions ([`Model::of_chat`]), as many local servers
//! do. A request for the path that it does not have is answered with 404 and kept apart.
//!
//! `POST …/responses/compact` is answered with 404 and kept apart, as a server answers that does not
//! sum up conversations itself, unless the test has said what it makes ([`Model::compacts`]).
//!
//! `GET …/models` is answered apart from the script, with what [`Model::lists`] was told; a test that
//! tells nothing gets the 404 of a server without a list. These requests are captured apart too.
//!
//! Every other request is captured. One that the script has no reply for is answered with 500 and a
//! sentence, and [`Model::assert_finished`] fails on it. The server has a thread of its own, so
//! it serves tests with and without a runtime.

mod serving;

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::sync::oneshot;
use tokio::sync::watch;

pub use crate::chat::Chat;
pub use crate::chat::chat;
pub use crate::reply::Gate;
pub use crate::reply::Reply;
pub use crate::reply::Stream;
pub use crate::reply::stream;
pub use crate::request::Request;
pub use sample::wire::Usage;

/// A loopback port that is free.
const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// How long a waiter waits before it fails; far more than a busy machine needs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What the server answers.
pub struct Script(Answers);

enum Answers {
    Queue(VecDeque<Reply>),
    Each(Arc<dyn Fn(&Request) -> Reply + Send + Sync>),
}

impl Script {
    /// Every request is answered by a function of it.
    pub fn each(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self(Answers::Each(Arc::new(answer)))
    }
}

impl From<Vec<Reply>> for Script {
    fn from(replies: Vec<Reply>) -> Self {
        Self(Answers::Queue(replies.into()))
    }
}

impl<const N: usize> From<[Reply; N]> for Script {
    fn from(replies: [Reply; N]) -> Self {
        Self(Answers::Queue(replies.into()))
    }
}

impl From<Reply> for Script {
    fn from(reply: Reply) -> Self {
        Self::from([reply])
    }
}

/// A running server; stops, and hangs up on everyone, when dropped.
pub struct Model {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// An address at which nobody answers, and nobody else can begin to as long as this lives.
#[derive(Debug)]
pub struct Down {
    url: String,
    _socket: TcpSocket,
}

impl Down {
    /// What `OPENAI_BASE_URL` is set to.
    pub fn base_url(&self) -> &str {
        &self.url
    }
}

type Compacts = dyn Fn(&Request) -> Reply + Send + Sync;

struct Shared {
    /// How the path ends at which the script answers, and one that is not there.
    path: &'static str,
    missing: &'static str,
    refused: Mutex<Vec<Request>>,
    answers: Mutex<Answers>,
    requests: Mutex<Vec<Request>>,
    compacts: Mutex<Option<Arc<Compacts>>>,
    compacted: Mutex<Vec<Request>>,
    models: Mutex<Vec<String>>,
    listed: Mutex<Vec<Request>>,
    unexpected: Mutex<Vec<String>>,
    arrived: watch::Sender<usize>,
    hung_up: watch::Sender<usize>,
}

impl Model {
    /// Starts a server with this script.
    ///
    /// # Panics
    ///
    /// If no loopback port can be had.
    pub fn start(script: impl Into<Script>) -> Self {
        Self::start_at(ANY, script)
    }

    /// The same at an address that another one had, as when a network comes back.
    ///
    /// # Panics
    ///
    /// If the port cannot be had.
    pub fn start_at(address: SocketAddr, script: impl Into<Script>) -> Self {
        Self::at(address, "/responses", "/chat/completions", script.into())
    }

    /// Starts a server that has both.
    ///
    /// # Panics
    ///
    /// As [`Model::start`].
    pub fn of_both(script: impl Into<Script>) -> Self {
        Self::at(ANY, "", "", script.into())
    }

    /// Starts a server that has Chat Completions and no Responses.
    ///
    /// # Panics
    ///
    /// As [`Model::start`].
    pub fn of_chat(script: impl Into<Script>) -> Self {
        Self::at(ANY, "/chat/completions", "/responses", script.into())
    }

    fn at(address: SocketAddr, path: &'static str, missing: &'static str, script: Script) -> Self {
        let listener = TcpListener::bind(address).expect("a loopback port is free");
        listener
            .set_nonblocking(true)
            .expect("a new socket can be made non-blocking");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            path,
            missing,
            refused: Mutex::default(),
            answers: Mutex::new(script.0),
            requests: Mutex::default(),
            compacts: Mutex::default(),
            compacted: Mutex::default(),
            models: Mutex::default(),
            listed: Mutex::default(),
            unexpected: Mutex::default(),
            arrived: watch::Sender::new(0),
            hung_up: watch::Sender::new(0),
        });
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            runtime().block_on(async {
                tokio::select! {
                    () = serving::serve(listener, serving) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// A server that is not there. It has a port and does not listen.
    ///
    /// # Panics
    ///
    /// If no loopback port can be had.
    pub fn down() -> Down {
        let socket = TcpSocket::new_v4().expect("a socket can be made");
        let bound = socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)));
        let address = bound.and_then(|()| socket.local_addr());
        let address = address.expect("a loopback port is free");
        Down {
            url: format!("http://{address}/v1"),
            _socket: socket,
        }
    }

    /// What `OPENAI_BASE_URL` is set to.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        locked(&self.shared.requests).clone()
    }

    /// The models that `GET …/models` names from now on.
    pub fn lists(&self, models: &[&str]) {
        *locked(&self.shared.models) = models.iter().map(ToString::to_string).collect();
    }

    /// It sums conversations up itself from now on, with what `answer` makes of the request.
    pub fn compacts(&self, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) {
        *locked(&self.shared.compacts) = Some(Arc::new(answer));
    }

    /// The requests for a summary by the server itself so far, whether it has that or not.
    pub fn compact_requests(&self) -> Vec<Request> {
        locked(&self.shared.compacted).clone()
    }

    /// The requests for the list of models so far.
    pub fn list_requests(&self) -> Vec<Request> {
        locked(&self.shared.listed).clone()
    }

    /// The requests for the path that it does not have.
    pub fn refused(&self) -> Vec<Request> {
        locked(&self.shared.refused).clone()
    }

    /// One more reply at the end of the script.
    ///
    /// # Panics
    ///
    /// If the script is a function.
    pub fn push(&self, reply: Reply) {
        match &mut *locked(&self.shared.answers) {
            Answers::Queue(replies) => replies.push_back(reply),
            Answers::Each(_) => panic!("a script that is a function takes no more replies"),
        }
    }

    /// Waits until `n` requests have come and returns the `n`-th, counted from 1.
    pub async fn wait_request(&self, n: usize) -> Request {
        wait(&self.shared.arrived, n, "requests").await;
        locked(&self.shared.requests)[n.max(1) - 1].clone()
    }

    /// [`Model::wait_request`] for a test without a runtime.
    pub fn wait_request_blocking(&self, n: usize) -> Request {
        runtime().block_on(self.wait_request(n))
    }

    /// Waits until clients have hung up on `n` replies before their end, as Stop does.
    pub async fn wait_hang_up(&self, n: usize) {
        wait(&self.shared.hung_up, n, "replies left before their end").await;
    }

    /// [`Model::wait_hang_up`] for a test without a runtime.
    pub fn wait_hang_up_blocking(&self, n: usize) {
        runtime().block_on(self.wait_hang_up(n));
    }

    /// What came that the script has no reply for, one sentence each.
    pub fn unexpected(&self) -> Vec<String> {
        locked(&self.shared.unexpected).clone()
    }

    /// Fails the test if a request was unexpected or a reply was never asked for.
    ///
    /// # Panics
    ///
    /// In these two cases.
    pub fn assert_finished(&self) {
        assert_eq!(
            self.unexpected(),
            Vec::<String>::new(),
            "requests that nobody expected"
        );
        if let Answers::Queue(replies) = &*locked(&self.shared.answers) {
            assert_eq!(replies.len(), 0, "replies that nobody asked for");
        }
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Runs a future in a test that has no runtime.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    runtime().block_on(future)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be built")
}

pub(crate) async fn wait(count: &watch::Sender<usize>, wanted: usize, what: &str) {
    let mut count = count.subscribe();
    let enough = tokio::time::timeout(PATIENCE, count.wait_for(|count| *count >= wanted)).await;
    let enough = enough.is_ok_and(|counted| counted.is_ok());
    assert!(
        enough,
        "waited for {wanted} {what}; there were {}",
        *count.borrow()
    );
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A test that failed while holding the lock has said why already.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
