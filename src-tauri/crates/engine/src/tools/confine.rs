//! Holds the commands of one task to their draft.
//!
//! Puts a policy together from the draft, the person's tool homes and the task's own folder, which
//! keeps the private home, `/tmp` and the private layers between commands. What the machine cannot
//! do is found out before the first command and kept for the task's details, never skipped in
//! silence.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::OnceLock;

use sandbox::Confined;
use sandbox::Home;
use sandbox::Limits;
use sandbox::Network;
use sandbox::Policy;
use sandbox::Tier;
use sandbox::Unavailable;

use crate::approvals::binding::Binding;
use crate::approvals::binding::Digest;
use crate::approvals::binding::Profile;
use crate::approvals::binding::Reach;
use crate::project::draft::Draft;
use crate::project::homes::Homes;

/// See the module.
#[derive(Debug)]
pub struct Confinement {
    tier: Result<Tier, Unavailable>,
    homes: Homes,
    dir: PathBuf,
    /// Held while a command runs: the folders of a task belong to one command at a time, and what
    /// a command changed could not be told from what another did.
    pub(super) turn: tokio::sync::Mutex<()>,
    /// The layers that cannot be mounted here, found by the first command.
    refused: OnceLock<Vec<(PathBuf, String)>>,
}

/// Why a command was not started.
#[derive(Debug, thiserror::Error)]
pub enum ConfineError {
    /// The machine cannot confine commands.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The command could not be prepared.
    #[error(transparent)]
    Sandbox(#[from] sandbox::Error),
    /// It is not, to the byte, what was approved.
    #[error("it is not exactly what was approved")]
    NotApproved,
    /// A folder of the task could not be made.
    #[error("cannot make `{}` for the command: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What is different from one command to the next.
#[derive(Debug, Clone)]
pub(super) struct Conditions<'a> {
    /// The working folder, as the command sees it.
    pub(super) cwd: PathBuf,
    /// What it may write and reach.
    pub(super) profile: &'a Profile,
    /// What a person approved; anything else is not started.
    pub(super) approved: Option<Digest>,
    /// Variables that the call itself sets.
    pub(super) env: &'a [(String, String)],
}

impl Confinement {
    /// `tier` is what [`sandbox::probe`] found; `dir` is a folder of the task, made when needed.
    pub fn new(tier: Result<Tier, Unavailable>, homes: Homes, dir: PathBuf) -> Self {
        Self {
            tier,
            homes,
            dir,
            turn: tokio::sync::Mutex::new(()),
            refused: OnceLock::new(),
        }
    }

    /// Keeps commands and patches of the agent from beginning while it is held; none while one is
    /// under way.
    pub(crate) fn between_commands(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        self.turn.try_lock().ok()
    }

    /// Whether commands can be run, and how far they are confined.
    pub fn tier(&self) -> Result<&Tier, &Unavailable> {
        self.tier.as_ref()
    }

    /// What commands may miss here, one sentence each. Complete after the first command.
    pub fn notes(&self) -> Vec<String> {
        let left_out = self.homes.left_out.iter().map(|part| {
            format!(
                "Commands do not see `{}`: {}.",
                part.path.display(),
                part.why
            )
        });
        let refused = self.refused.get().into_iter().flatten().map(|(path, why)| {
            format!(
                "Commands can only read `{}`: no private layer ({why}).",
                path.display()
            )
        });
        left_out.chain(refused).collect()
    }

    /// Prepares `argv` to run in the draft. Only one command of a task may run at a time.
    pub(super) fn command(
        &self,
        draft: &Draft,
        conditions: &Conditions<'_>,
        argv: &[String],
    ) -> Result<Confined, ConfineError> {
        let tier = self.tier.as_ref().map_err(Clone::clone)?;
        let mut policy = self.policy(draft, conditions)?;
        if let Some(approved) = conditions.approved {
            let real = Binding {
                argv: argv.to_vec(),
                cwd: policy.cwd.clone(),
                env: policy.env.clone(),
                profile: conditions.profile.clone(),
            };
            if real.digest() != approved {
                return Err(ConfineError::NotApproved);
            }
        }
        if let Some(refused) = self.refused.get() {
            let can = |at: &Path| !refused.iter().any(|(path, _)| path == at);
            let (keep, drop): (Vec<_>, Vec<_>) = policy
                .overlays
                .into_iter()
                .partition(|layer| can(&layer.at));
            policy.overlays = keep;
            let plain = |layer: sandbox::Overlay| sandbox::Mount {
                from: layer.lower,
                at: layer.at,
            };
            policy.read_only.extend(drop.into_iter().map(plain));
        } else {
            let refused = policy.settle_overlays(tier)?;
            let refused = refused
                .into_iter()
                .map(|(path, error)| (path, error.to_string()));
            // Commands of a task are started one at a time, so nobody else has set it.
            let _ = self.refused.set(refused.collect());
        }
        Ok(policy.command(tier, argv)?)
    }

    /// The whole environment of a command that may reach this and sets these variables itself.
    pub(super) fn environment(
        &self,
        reach: &Reach,
        own: &[(String, String)],
    ) -> Vec<(OsString, OsString)> {
        let mut env = self.homes.environment(*reach != Reach::Nothing);
        if let Reach::Sites(_) = reach {
            let proxy = format!("http://127.0.0.1:{}", sandbox::LISTENER_PORT);
            // Both spellings: programs read one or the other.
            for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
                env.push((name.into(), proxy.clone().into()));
                env.push((name.to_ascii_lowercase().into(), proxy.clone().into()));
            }
            for name in ["NO_PROXY", "no_proxy"] {
                env.push((name.into(), "localhost,127.0.0.1,::1".into()));
            }
            // Node.js goes by the variables above only when it is told to.
            env.push(("NODE_USE_ENV_PROXY".into(), "1".into()));
        }
        env.extend(own.iter().map(|(name, value)| (name.into(), value.into())));
        env
    }

    fn policy(&self, draft: &Draft, conditions: &Conditions<'_>) -> Result<Policy, ConfineError> {
        let [home, tmp, layers, private] =
            ["home", "tmp", "layers", "private"].map(|name| self.dir.join(name));
        let binds = self.homes.binds(&private);
        for folder in [&home, &tmp]
            .into_iter()
            .chain(binds.iter().map(|bind| &bind.from))
        {
            fs::create_dir_all(folder).map_err(|source| ConfineError::Folder {
                path: folder.clone(),
                source,
            })?;
        }
        let Profile { writes, reach } = conditions.profile;
        Ok(Policy {
            project_at: draft.seen_at().to_owned(),
            draft: draft.tree().to_owned(),
            read_only_draft: !writes,
            cwd: conditions.cwd.clone(),
            env: self.environment(reach, conditions.env),
            home: Home {
                at: self.homes.home.clone(),
                dir: home,
            },
            tmp,
            read_only: self.homes.mounts(),
            overlays: self.homes.overlays(&layers),
            binds,
            network: match reach {
                Reach::Nothing => Network::Own,
                Reach::Sites(_) => Network::Listener,
                Reach::Machine => Network::Machine,
            },
            limits: Limits::default(),
        })
    }
}
