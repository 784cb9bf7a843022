//! Starts one agent on one message, in a home of its own, towards a server on this machine.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::Pid;
use rustix::process::WaitId;
use rustix::process::WaitIdOptions;
use rustix::process::waitid;
use serde_json::json;

use crate::Places;
use crate::Problem;

/// How long a hundred steps may take before the agent counts as stuck.
const PATIENCE: Duration = Duration::from_secs(300);

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agent {
    Greenlight,
    Codex,
    OpenCode,
}

impl Agent {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Greenlight => "Greenlight",
            Self::Codex => "@openai/codex",
            Self::OpenCode => "opencode-ai",
        }
    }

    /// A model that this program knows, so that it sends what it would send to it.
    fn model(self) -> &'static str {
        match self {
            Self::Greenlight => "gpt-5-codex",
            Self::Codex => "gpt-5.5",
            Self::OpenCode => "gpt-5.3-codex",
        }
    }

    /// Works on `message` in `project` until it ends. All that it keeps goes below `home`; its process
    /// id goes into `process` as soon as there is one.
    pub(crate) fn work(
        self,
        places: &Places,
        base_url: &str,
        project: &Path,
        home: &Path,
        message: &str,
        process: &AtomicU32,
    ) -> Result<(), Problem> {
        let mut command = match self {
            Self::Greenlight => {
                let mut command = Command::new(&places.greenlight);
                command.args(["run", "--json", "--model", self.model(), "--project"]);
                command.arg(project);
                command
            }
            Self::Codex => {
                let config = format!(
                    "model = \"{}\"\nmodel_provider = \"bench\"\napproval_policy = \"never\"\n\
                     sandbox_mode = \"danger-full-access\"\n[analytics]\nenabled = false\n\
                     [model_providers.bench]\nname = \"bench\"\nbase_url = \"{base_url}\"\n\
                     wire_api = \"responses\"\nenv_key = \"OPENAI_API_KEY\"\n",
                    self.model()
                );
                written(&home.join(".codex/config.toml"), &config)?;
                let mut command = Command::new(codex(&places.peers)?);
                command.args(["exec", "--skip-git-repo-check", "--json"]);
                command
            }
            Self::OpenCode => {
                let config = json!({
                    "autoupdate": false, "share": "disabled",
                    "permission": { "edit": "allow", "bash": "allow" },
                    "provider": { "openai": { "options": {
                        "baseURL": base_url, "apiKey": "sk-bench",
                    } } },
                });
                let file = home.join(".config/opencode/opencode.json");
                written(&file, &config.to_string())?;
                let program = "node_modules/opencode-linux-x64/bin/opencode";
                let mut command = Command::new(places.peers.join(program));
                command.args(["run", "--format", "json", "--model"]);
                command.arg(format!("openai/{}", self.model()));
                command
            }
        };
        let log = home.join("output.log");
        let open = fs::File::create(&log).and_then(|file| Ok((file.try_clone()?, file)));
        let (out, err) = open.map_err(|error| format!("{}: {error}", log.display()))?;
        command
            .arg(message)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("LANG", "C.UTF-8")
            .env("OPENAI_API_KEY", "sk-bench")
            .env("OPENAI_BASE_URL", base_url)
            .env("OPENCODE_DISABLE_AUTOUPDATE", "1")
            .env("OPENCODE_DISABLE_MODELS_FETCH", "1")
            .env("DO_NOT_TRACK", "1")
            .current_dir(project)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err);
        let mut child = command
            .spawn()
            .map_err(|error| format!("{} could not be started: {error}.", self.name()))?;
        process.store(child.id(), Ordering::Release);
        let in_time = ends_within(&child, PATIENCE);
        if !in_time {
            drop(child.kill());
        }
        let status = child.wait();
        match status {
            _ if !in_time => Err(self.failed("it did not end in time", &log)),
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(self.failed(&status.to_string(), &log)),
            Err(error) => Err(self.failed(&error.to_string(), &log)),
        }
    }

    fn failed(self, how: &str, log: &Path) -> Problem {
        let said = fs::read_to_string(log).unwrap_or_default();
        let tail = said.len().saturating_sub(1_500);
        let tail = &said[said.ceil_char_boundary(tail)..];
        format!("{} failed ({how}). It said last:\n{tail}", self.name())
    }
}

/// Waits for the end of a program, and leaves it to be reaped.
fn ends_within(child: &Child, patience: Duration) -> bool {
    let (tell, ended) = mpsc::channel();
    let process = Pid::from_child(child);
    std::thread::spawn(move || {
        let end = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let waited = waitid(WaitId::Pid(process), end);
        // Nobody listens where it took too long.
        let _ = tell.send(waited.is_ok());
    });
    ended.recv_timeout(patience) == Ok(true)
}

fn written(file: &Path, text: &str) -> Result<(), Problem> {
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(file, text))
        .map_err(|error| format!("{}: {error}", file.display()))
}

/// The program in codex's package for this platform.
fn codex(peers: &Path) -> Result<PathBuf, Problem> {
    let vendor = peers.join("node_modules/@openai/codex-linux-x64/vendor");
    let triples =
        fs::read_dir(&vendor).map_err(|error| format!("{}: {error}", vendor.display()))?;
    triples
        .flatten()
        .map(|triple| triple.path().join("bin/codex"))
        .find(|program| program.is_file())
        .ok_or_else(|| format!("There is no codex in {}.", vendor.display()))
}
