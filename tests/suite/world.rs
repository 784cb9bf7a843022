//! A home, a data folder and an environment of a test's own, so that tests do not meet.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use serde_json::Value;
use support::binaries;

use crate::client::Serve;

/// The key that every test gives; it must never be seen again.
pub(crate) const KEY: &str = "sk-greenlight-5up3r-s3cr3t";

/// A home, a data folder and an environment.
pub(crate) struct World {
    around: tempfile::TempDir,
    home: PathBuf,
    path: String,
    /// Where the tools of whoever runs the tests are.
    tools: Vec<(&'static str, OsString)>,
}

impl World {
    /// An empty home, and a search path of what the system itself brings.
    pub(crate) fn new() -> Self {
        let around = tempfile::tempdir().expect("a temporary folder can be made");
        let home = around.path().join("home");
        fs::create_dir(&home).expect("a home can be made");
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned();
        Self {
            around,
            home,
            path,
            tools: Vec::new(),
        }
    }

    /// An empty home, and the search path of whoever runs the tests.
    pub(crate) fn with_the_persons_path() -> Self {
        let mut world = Self::new();
        world.path = std::env::var("PATH").expect("there is a search path");
        world
    }

    /// The home and search path of whoever runs the tests, for the tools installed there. The data
    /// is still the test's own.
    pub(crate) fn at_home() -> Self {
        let mut world = Self::with_the_persons_path();
        world.home = std::env::home_dir().expect("whoever runs the tests has a home");
        let named = [
            "CARGO_HOME",
            "RUSTUP_HOME",
            "RUSTUP_TOOLCHAIN",
            "PYENV_ROOT",
        ];
        let named = named.map(|name| Some((name, std::env::var_os(name)?)));
        world.tools = named.into_iter().flatten().collect();
        world
    }

    /// The home folder.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// A folder for anything else of the test.
    pub(crate) fn folder(&self) -> &Path {
        self.around.path()
    }

    /// Where `serve` keeps its data, and below which `run` does.
    pub(crate) fn data(&self) -> PathBuf {
        self.around.path().join("share/greenlight-cli")
    }

    /// `greenlight-cli` in this world, towards a server at `base_url`.
    pub(crate) fn command(&self, base_url: &str) -> Command {
        self.through(&[], base_url)
    }

    /// The same behind other words, such as `unshare --mount`.
    pub(crate) fn through(&self, words: &[&OsStr], base_url: &str) -> Command {
        let program = binaries::greenlight_cli();
        let mut command = match words.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            None => Command::new(program),
        };
        command
            .env_clear()
            .env("HOME", &self.home)
            .env("PATH", &self.path)
            .env("LANG", "C.UTF-8")
            .env("XDG_DATA_HOME", self.around.path().join("share"))
            .env("OPENAI_API_KEY", KEY)
            .env("OPENAI_BASE_URL", base_url)
            .current_dir(self.around.path());
        command.envs(self.tools.iter().map(|(name, value)| (name, value)));
        command
    }

    /// `greenlight-cli` with mounts of its own, made by `script`, which sees `$PROJECT` and `$SHARE`.
    pub(crate) fn with_mounts(&self, base_url: &str, project: &Path, script: &str) -> Command {
        let script = format!("set -e\n{script}\nexec \"$@\"");
        let mut words = vec!["unshare", "--mount", "--propagation", "private"];
        if !rustix::process::getuid().is_root() {
            words.extend(["--user", "--map-root-user"]);
        }
        words.extend(["sh", "-c", &script, "sh"]);
        let words: Vec<&OsStr> = words.into_iter().map(OsStr::new).collect();
        let share = self.around.path().join("share");
        fs::create_dir_all(&share).expect("a folder can be made");
        let mut command = self.through(&words, base_url);
        command.env("PROJECT", project).env("SHARE", share);
        command
    }

    /// Runs `greenlight-cli run --project PROJECT OPTIONS… PROMPT`.
    pub(crate) fn run(
        &self,
        base_url: &str,
        project: &Path,
        options: &[&str],
        prompt: &str,
    ) -> Ran {
        let mut command = self.command(base_url);
        command
            .arg("run")
            .arg("--project")
            .arg(project)
            .args(options)
            .arg(prompt);
        Ran::of(&mut command)
    }

    /// Starts `greenlight-cli serve` in a network of its own, from which nothing is reached.
    pub(crate) fn serve_without_network(&self, base_url: &str) -> Serve {
        let mut words = vec!["unshare", "--net"];
        if !rustix::process::getuid().is_root() {
            words.extend(["--user", "--map-root-user"]);
        }
        let words: Vec<&OsStr> = words.into_iter().map(OsStr::new).collect();
        let mut command = self.through(&words, base_url);
        command.arg("serve").arg("--data").arg(self.data());
        Serve::spawn(&mut command)
    }

    /// Starts `greenlight-cli serve` on this session bus, and with nothing said by the environment
    /// but these.
    pub(crate) fn serve_on(&self, bus: &str, more: &[(&str, &str)]) -> Serve {
        let mut command = self.command("");
        command
            .arg("serve")
            .arg("--data")
            .arg(self.data())
            .env_remove("OPENAI_API_KEY")
            .env_remove("OPENAI_BASE_URL")
            .env("DBUS_SESSION_BUS_ADDRESS", bus)
            .envs(more.iter().copied());
        Serve::spawn(&mut command)
    }

    /// Starts `greenlight-cli serve`.
    pub(crate) fn serve(&self, base_url: &str) -> Serve {
        let mut command = self.command(base_url);
        command.arg("serve").arg("--data").arg(self.data());
        Serve::spawn(&mut command)
    }
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Runs a command to its end, with nothing to read.
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command
            .stdin(Stdio::null())
            .output()
            .expect("the command starts");
        Self::from(output)
    }

    /// The same, with `input` to read.
    pub(crate) fn with_input(command: &mut Command, input: &[u8]) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let mut pipe = child.stdin.take().expect("a pipe was asked for");
        // One that refuses its arguments does not read; its exit code is what is looked at.
        let _ = pipe.write_all(input);
        drop(pipe);
        Self::from(child.wait_with_output().expect("the command ends"))
    }

    /// Fails the test unless the command ended with this code.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.out, self.err
        );
        self
    }

    /// The lines of standard output, each as JSON.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let line = |line| serde_json::from_str(line).expect("every line is JSON");
        self.out.lines().map(line).collect()
    }

    /// What the completed items of one type say, from JSON lines.
    pub(crate) fn items(&self, kind: &str) -> Vec<Value> {
        let kinds = self.lines().into_iter().map(|mut line| line["kind"].take());
        kinds.filter(|item| item["type"] == kind).collect()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let code = output
            .status
            .code()
            .or(output.status.signal().map(|signal| 128 + signal));
        Self {
            code: code.expect("a process ends with a code or by a signal"),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}
