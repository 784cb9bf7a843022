//! Approvals: what the agent may do after a person said so.
//!
//! An approval is one [`question::Question`] about exactly one thing, the bytes of a
//! [`binding::Binding`]: the words of a command, its folder, its environment, and what it may write
//! and reach. [`Approvals`] holds the questions that wait, each under a name that is used once and
//! known to nobody who was not shown the question, and what was allowed for the task. Nothing is
//! ever allowed by the clock, by a question that is gone, or by something that was allowed in other
//! bytes. What is always allowed in a project is in the index; only an answer of a person puts it
//! there.

pub mod binding;
pub mod install;
pub mod named;
pub mod question;
#[cfg(test)]
mod tests;
pub mod words;

use std::collections::BTreeSet;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use self::binding::Digest;
use self::question::Grant;
use self::question::Question;
use crate::network::site::Site;
use crate::store::index::Index;
use crate::store::index::IndexError;
use crate::store::index::allowed::AllowedRow;

/// For how long something is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Only now.
    Once,
    /// Until the task's project is closed.
    Task,
    /// In this project from now on, in exactly these bytes.
    Always,
}

/// What a person answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It may be done.
    Allow {
        /// For how long.
        scope: Scope,
        /// The command in the person's own words, in place of the one that was asked about.
        edited: Option<String>,
    },
    /// It may not.
    Deny {
        /// What the agent is told beside that; may be empty.
        note: String,
    },
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may be done; `edited` is the command in the person's own words.
    Allowed {
        /// In place of the command that was asked about.
        edited: Option<String>,
    },
    /// It may not.
    Denied {
        /// What the person says to that; may be empty.
        note: String,
    },
    /// Nobody answered: the turn was stopped.
    Stopped,
}

/// A question that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Names this question, once.
    pub nonce: String,
    /// Milliseconds since the epoch.
    pub asked_at: u64,
    /// What is asked.
    pub question: Question,
}

/// Why an answer changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The question is not waiting any more.
    #[error("That question is no longer open, so nothing was allowed.")]
    Gone,
    /// The question does not offer that.
    #[error("That cannot be allowed in this way, so nothing was. Allow it once, or do not.")]
    NotOffered,
    /// The edited command cannot be run.
    #[error("The edited command {0}, so nothing was allowed. Correct it, or do not allow it.")]
    Edited(&'static str),
    /// It could not be kept that it is always allowed.
    #[error("It could not be kept that this is always allowed, so nothing was allowed. {0}")]
    Index(#[from] IndexError),
}

/// The approvals of one task.
#[derive(Debug)]
pub struct Approvals {
    index: Arc<Index>,
    project: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// In the order in which they were asked.
    waiting: Vec<(Waiting, oneshot::Sender<Decision>)>,
    commands: HashSet<Digest>,
    sites: BTreeSet<Site>,
    edits: bool,
    /// What was allowed for longer than once, in words, in this order.
    given: Vec<String>,
}

/// Asks for one task, and tells whoever shows it.
#[derive(Clone)]
pub struct Asker {
    approvals: Arc<Approvals>,
    changed: Arc<dyn Fn() + Send + Sync>,
}

impl Approvals {
    /// The approvals of a task in a project of `index`.
    pub fn new(index: Arc<Index>, project: impl Into<String>) -> Self {
        Self {
            index,
            project: project.into(),
            state: Mutex::default(),
        }
    }

    /// The questions that wait, the oldest first.
    pub fn waiting(&self) -> Vec<Waiting> {
        self.lock().waiting.iter().map(|(w, _)| w.clone()).collect()
    }

    /// Answers a question.
    ///
    /// # Errors
    ///
    /// [`AnswerError`]; then nothing was allowed, and a question that was waiting still is.
    pub fn answer(&self, nonce: &str, answer: Answer) -> Result<(), AnswerError> {
        let mut state = self.lock();
        let at = state.waiting.iter().position(|(w, _)| w.nonce == nonce);
        let at = at.ok_or(AnswerError::Gone)?;
        let question = &state.waiting[at].0.question;
        let decision = match answer {
            Answer::Deny { note } => Decision::Denied { note },
            Answer::Allow { scope, edited } => {
                let edited = edited.filter(|text| *text != question.exact);
                if let Some(text) = &edited {
                    if !question.editable || scope != Scope::Once {
                        return Err(AnswerError::NotOffered);
                    }
                    question::runnable(text).map_err(AnswerError::Edited)?;
                }
                let grant = question.grant.clone();
                let given = match (scope, &question.for_task, &question.always) {
                    (Scope::Task, Some(words), _) | (Scope::Always, _, Some(words)) => {
                        Some(format!("{words}: {}", question.exact))
                    }
                    _ => None,
                };
                self.grant(&mut state, grant, scope, at)?;
                state.given.extend(given);
                Decision::Allowed { edited }
            }
        };
        let (_, reply) = state.waiting.remove(at);
        drop(state);
        // Whoever asked may have been stopped this moment; then nothing is done.
        let _ = reply.send(decision);
        Ok(())
    }

    fn grant(
        &self,
        state: &mut State,
        grant: Grant,
        scope: Scope,
        at: usize,
    ) -> Result<(), AnswerError> {
        let question = &state.waiting[at].0.question;
        match scope {
            Scope::Once => {}
            Scope::Task if question.for_task.is_none() => return Err(AnswerError::NotOffered),
            Scope::Task => match grant {
                Grant::Command(binding) => drop(state.commands.insert(binding.digest())),
                Grant::Site(site, _) => drop(state.sites.insert(site)),
                Grant::Edits => state.edits = true,
            },
            Scope::Always => {
                let (Some(_), Grant::Command(binding) | Grant::Site(_, binding)) =
                    (&question.always, grant)
                else {
                    return Err(AnswerError::NotOffered);
                };
                // On the disk before anything is done on the strength of it.
                self.index.always_allow(&AllowedRow {
                    id: uuid::Uuid::now_v7().to_string(),
                    project: self.project.clone(),
                    digest: binding.digest().to_string(),
                    argv: binding.argv.clone(),
                    folder: binding.cwd.to_string_lossy().into_owned(),
                    profile: binding.profile.to_string(),
                    made_at: crate::tasks::now(),
                })?;
            }
        }
        Ok(())
    }

    /// What was allowed for longer than once since the project was opened, in words.
    pub fn given(&self) -> Vec<String> {
        self.lock().given.clone()
    }

    /// Whether exactly this was allowed before, for the task or always.
    pub fn allows(&self, binding: &binding::Binding) -> bool {
        let digest = binding.digest();
        self.lock().commands.contains(&digest)
            // What cannot be looked up was not allowed.
            || self.index.is_always_allowed(&self.project, &digest.to_string()).unwrap_or(false)
    }

    /// Whether commands of the task may reach a site.
    pub fn allows_site(&self, site: &Site) -> bool {
        self.lock().sites.contains(site)
    }

    /// Whether the files of the draft may be edited.
    pub fn allows_edits(&self) -> bool {
        self.lock().edits
    }

    /// Takes all questions back; whoever asked is told that nobody answered.
    pub fn take_back_all(&self) {
        for (_, reply) in std::mem::take(&mut self.lock().waiting) {
            let _ = reply.send(Decision::Stopped);
        }
    }

    fn take_back(&self, nonce: &str) {
        self.lock().waiting.retain(|(w, _)| w.nonce != nonce);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asker {
    /// Asks through `approvals`; `changed` is called whenever other questions wait than before.
    pub fn new(approvals: Arc<Approvals>, changed: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self { approvals, changed }
    }

    /// What was allowed before.
    pub fn approvals(&self) -> &Approvals {
        &self.approvals
    }

    /// Asks and waits, as long as it takes. Dropped, or stopped, the question is taken back.
    pub async fn ask(&self, question: Question, stop: &CancellationToken) -> Decision {
        let (reply, mut answered) = oneshot::channel();
        let nonce = uuid::Uuid::new_v4().to_string();
        let waiting = Waiting {
            nonce: nonce.clone(),
            asked_at: crate::tasks::now(),
            question,
        };
        self.approvals.lock().waiting.push((waiting, reply));
        let _asked = Asked {
            asker: self,
            nonce: &nonce,
        };
        (self.changed)();
        tokio::select! {
            biased;
            () = stop.cancelled() => Decision::Stopped,
            answer = &mut answered => answer.unwrap_or(Decision::Stopped),
        }
    }
}

impl std::fmt::Debug for Asker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Asker").field(&self.approvals).finish()
    }
}

/// A question that is out; taken back when nobody waits for its answer any more.
struct Asked<'a> {
    asker: &'a Asker,
    nonce: &'a str,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.asker.approvals.take_back(self.nonce);
        (self.asker.changed)();
    }
}
