//! When the newest request went out and its answer began, and how long the connection took.
//!
//! It sits around what makes connections, so that the time for name, connection and encryption is
//! told from the time of the server. Clones note in the same place.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;
use std::time::Instant;

use tower_layer::Layer;
use tower_service::Service;

use super::passage::Passage;

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Noted {
    times: Arc<Mutex<Times>>,
    clock: Clock,
}

/// What was noted.
#[derive(Debug, Clone, Default)]
pub(super) struct Times {
    /// When the newest request went out.
    pub(super) sent: Option<Instant>,
    /// How long the newest connection took to come about.
    pub(super) connecting: Option<Duration>,
    /// Whether it came about since the newest request went out.
    pub(super) fresh: bool,
    /// When the head of the answer came.
    pub(super) head: Option<Instant>,
    /// What that head tells of the way.
    pub(super) passage: Passage,
}

#[derive(Debug, Clone, Default)]
enum Clock {
    #[default]
    Real,
    #[cfg(test)]
    Told(Arc<std::sync::atomic::AtomicU64>, Instant),
}

impl Noted {
    /// By a clock that shows what a test says, in milliseconds.
    #[cfg(test)]
    pub(super) fn by(clock: Arc<std::sync::atomic::AtomicU64>) -> Self {
        Self {
            clock: Clock::Told(clock, Instant::now()),
            ..Self::default()
        }
    }

    /// The time by which everything here is noted.
    pub(super) fn now(&self) -> Instant {
        match &self.clock {
            Clock::Real => Instant::now(),
            #[cfg(test)]
            Clock::Told(shown, began) => {
                let shown = shown.load(std::sync::atomic::Ordering::SeqCst);
                *began + Duration::from_millis(shown)
            }
        }
    }

    /// A request goes out.
    pub(super) fn sends(&self) {
        let now = self.now();
        let mut times = self.times();
        times.sent = Some(now);
        times.fresh = false;
        times.head = None;
    }

    /// The head of its answer is here.
    pub(super) fn answered(&self, passage: Passage) {
        let now = self.now();
        let mut times = self.times();
        times.head = Some(now);
        times.passage = passage;
    }

    /// What was noted last.
    pub(super) fn last(&self) -> Times {
        self.times().clone()
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Layer<S> for Noted {
    type Service = Dialling<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Dialling {
            inner,
            noted: self.clone(),
        }
    }
}

/// What makes connections, with a watch on it.
#[derive(Debug, Clone)]
pub struct Dialling<S> {
    inner: S,
    noted: Noted,
}

impl<S, To> Service<To> for Dialling<S>
where
    S: Service<To>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, to: To) -> Self::Future {
        let noted = self.noted.clone();
        let began = noted.now();
        let connecting = self.inner.call(to);
        Box::pin(async move {
            let connected = connecting.await;
            if connected.is_ok() {
                let took = noted.now().saturating_duration_since(began);
                let mut times = noted.times();
                times.connecting = Some(took);
                times.fresh = true;
            }
            connected
        })
    }
}
