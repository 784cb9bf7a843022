//! A keychain of a test's own: GNOME Keyring on a session bus that nobody else is on.
//!
//! A program that is started with [`Keychain::address`] as `DBUS_SESSION_BUS_ADDRESS` finds this
//! keychain and no other. The bus starts nothing by itself, so that what is not there stays away.

use std::fs;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use tempfile::TempDir;

/// An address at which there is no bus.
pub const NO_BUS: &str = "disabled:";

const PATIENCE: Duration = Duration::from_secs(20);

/// A bus, and the keychain on it when there is one.
pub struct Keychain {
    folder: TempDir,
    bus: Child,
    daemon: Option<Child>,
}

impl Keychain {
    /// A bus without a keychain.
    pub fn absent() -> Self {
        let folder = TempDir::with_prefix("greenlight-keychain-").expect("a temporary folder");
        for name in ["run", "data"] {
            let mut builder = fs::DirBuilder::new();
            let made = builder.mode(0o700).create(folder.path().join(name));
            made.expect("a folder for the keychain");
        }
        let socket = folder.path().join("bus");
        let config = folder.path().join("bus.conf");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>\
             <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
             <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
            socket.display()
        );
        fs::write(&config, text).expect("a file for the bus");
        let log = File::create(folder.path().join("bus.log")).expect("a file for its output");
        let mut command = Command::new("dbus-daemon");
        let mut argument = std::ffi::OsString::from("--config-file=");
        argument.push(&config);
        command.arg(argument).arg("--nofork").stderr(log);
        let bus = started(&mut command);
        wait("the bus listens", || socket.exists());
        Self {
            folder,
            bus,
            daemon: None,
        }
    }

    /// A keychain that is open.
    pub fn unlocked() -> Self {
        let mut keychain = Self::absent();
        keychain.start();
        keychain
    }

    /// Ends the daemon, if there is one, and starts it again, open. What was kept is there.
    pub fn start(&mut self) {
        end(self.daemon.take());
        let run = self.folder.path().join("run");
        // What the last one left would be taken for a running one.
        let _ = fs::remove_dir_all(run.join("keyring"));
        let log = File::create(self.folder.path().join("keychain.log"));
        let log = log.expect("a file for its output");
        let mut command = Command::new("gnome-keyring-daemon");
        command
            .args(["--foreground", "--unlock", "--components=secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", self.address())
            .env("XDG_RUNTIME_DIR", run)
            .env("XDG_DATA_HOME", self.files())
            .stdin(Stdio::piped())
            .stderr(log);
        let mut daemon = started(&mut command);
        let mut input = daemon.stdin.take().expect("its input is piped");
        input.write_all(b"keychain").expect("it reads its password");
        drop(input);
        self.daemon = Some(daemon);
        wait("the keychain is open", || self.locked() == Some(false));
    }

    /// Locks it. Nobody is there who could be asked to unlock it.
    pub fn lock(&self) {
        let path = "/org/freedesktop/secrets";
        let method = "org.freedesktop.Secret.Service.Lock";
        let collection = "array:objpath:/org/freedesktop/secrets/collection/login";
        assert!(self.ask(&[path, method, collection]).is_some());
        wait("the keychain is locked", || self.locked() == Some(true));
    }

    /// What `DBUS_SESSION_BUS_ADDRESS` is set to.
    pub fn address(&self) -> String {
        format!("unix:path={}", self.folder.path().join("bus").display())
    }

    /// The folder that its files are below.
    pub fn files(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn locked(&self) -> Option<bool> {
        let answer = self.ask(&[
            "/org/freedesktop/secrets/collection/login",
            "org.freedesktop.DBus.Properties.Get",
            "string:org.freedesktop.Secret.Collection",
            "string:Locked",
        ])?;
        Some(answer.contains("true"))
    }

    fn ask(&self, words: &[&str]) -> Option<String> {
        let output = Command::new("dbus-send")
            .args(["--session", "--print-reply=literal"])
            .arg("--dest=org.freedesktop.secrets")
            .args(words)
            .env("DBUS_SESSION_BUS_ADDRESS", self.address())
            .stderr(Stdio::null())
            .output()
            .expect("dbus-send starts");
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Keychain {
    fn drop(&mut self) {
        end(self.daemon.take());
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}

fn started(command: &mut Command) -> Child {
    let program = command.get_program().to_string_lossy().into_owned();
    let child = command.stdout(Stdio::null()).process_group(0).spawn();
    child.unwrap_or_else(|error| panic!("`{program}` does not start: {error}"))
}

fn end(child: Option<Child>) {
    if let Some(mut child) = child {
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn wait(what: &str, condition: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < until, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
