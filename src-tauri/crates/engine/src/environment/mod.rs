//! The person's environment, as their own terminal has it.
//!
//! An app started from an icon does not have what a login shell sets up: the search path of nvm,
//! pyenv, cargo or Homebrew. So the login shell is asked once after the launch ([`capture`]), from
//! the home folder and never from a project, for at most [`LIMIT`]. What it says goes over what
//! the app itself was started with; when it says nothing, the latter is used, and the reason is kept
//! for the person. Commands are given an allow list of it only.
//!
//! A turn that begins before the shell has answered waits for it: at most [`LIMIT`], once, and only
//! in the first seconds after a launch. A command in the wrong environment fails in ways that neither
//! the agent nor the person understands.

mod capture;
mod tree;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::watch;

pub use capture::CaptureError;
pub use capture::LIMIT;

/// Names and values, in the order they came.
pub type Variables = Vec<(OsString, OsString)>;

/// Never kept: the provider has the key, and here it would be one more copy.
const KEY: &str = "OPENAI_API_KEY";

/// Where the environment of commands comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// From the app's own start; the shell was not asked.
    Process,
    /// The shell is being asked.
    Reading,
    /// From the login shell.
    Shell {
        /// Which one.
        shell: PathBuf,
        /// How long it took.
        took: Duration,
        /// Milliseconds since the epoch.
        at: u64,
    },
    /// From the app's own start, because the shell did not say.
    Fallback {
        /// Why.
        why: CaptureError,
    },
}

/// The environment that commands are given parts of.
pub struct Environment {
    home: PathBuf,
    process: Variables,
    state: Mutex<(Arc<Variables>, Origin)>,
    /// Counts the captures under way.
    reading: watch::Sender<usize>,
}

impl Environment {
    /// What the app was started with, for now. Starts nothing.
    pub fn new(home: PathBuf, mut process: Variables) -> Arc<Self> {
        process.retain(|(name, _)| name != KEY);
        Arc::new(Self {
            home,
            state: Mutex::new((Arc::new(process.clone()), Origin::Process)),
            process,
            reading: watch::Sender::new(0),
        })
    }

    /// The variables that are used now.
    pub fn variables(&self) -> Arc<Variables> {
        self.lock().0.clone()
    }

    /// The variables that are used now, and where they come from.
    pub fn state(&self) -> (Arc<Variables>, Origin) {
        self.lock().clone()
    }

    /// Asks the login shell, on threads of its own. What is used now is used until it has answered.
    /// The future ends when it has.
    pub fn read(self: &Arc<Self>) -> impl Future<Output = ()> + Send + use<> {
        self.lock().1 = Origin::Reading;
        // Counted here and not in the task: a turn that begins next must already wait.
        self.reading.send_modify(|reading| *reading += 1);
        let environment = self.clone();
        async move {
            let (home, process) = (environment.home.clone(), environment.process.clone());
            let asked = tokio::task::spawn_blocking(move || capture::capture(&home, &process));
            let read = asked.await.unwrap_or(Err(CaptureError::Broken));
            environment.take(read);
            environment.reading.send_modify(|reading| *reading -= 1);
        }
    }

    /// Waits until no shell is being asked.
    pub async fn settled(&self) {
        let mut reading = self.reading.subscribe();
        // It cannot be closed while `self` is there.
        let _ = reading.wait_for(|reading| *reading == 0).await;
    }

    /// Whether a shell is being asked now.
    pub fn is_reading(&self) -> bool {
        *self.reading.borrow() > 0
    }

    fn take(&self, read: Result<capture::Captured, CaptureError>) {
        let mut state = self.lock();
        *state = match read {
            Ok(captured) => {
                let mut merged = self.process.clone();
                for (name, value) in captured.variables {
                    if name == KEY {
                        continue;
                    }
                    match merged.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, there)) => *there = value,
                        None => merged.push((name, value)),
                    }
                }
                let origin = Origin::Shell {
                    shell: captured.shell,
                    took: captured.took,
                    at: crate::tasks::now(),
                };
                (Arc::new(merged), origin)
            }
            Err(why) => (Arc::new(self.process.clone()), Origin::Fallback { why }),
        };
    }

    fn lock(&self) -> MutexGuard<'_, (Arc<Variables>, Origin)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
