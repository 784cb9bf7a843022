//! The processes behind one window: tauri-driver, WebKitWebDriver, the app and its WebKit children,
//! all in one process group, so that all of them can be ended together.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Pid;
use rustix::process::Signal;

use crate::binaries;
use crate::window::Launch;
use crate::window::PATIENCE;

const POLL: Duration = Duration::from_millis(20);

/// A started driver. Dropping it ends its group.
pub(crate) struct Driver {
    child: Child,
    group: Pid,
    /// Where it takes WebDriver commands.
    pub(crate) address: String,
    log: PathBuf,
}

impl Driver {
    /// Starts a driver for `launch` and waits until it answers.
    pub(crate) async fn start(launch: &Launch) -> Self {
        // Another process may take a port between its choice and its use; then the driver exits.
        for _ in 0..5 {
            if let Some(driver) = Self::attempt(launch).await {
                return driver;
            }
        }
        panic!("tauri-driver did not start; does `WebKitWebDriver --version` work here?");
    }

    async fn attempt(launch: &Launch) -> Option<Self> {
        let (port, native_port) = free_ports();
        let log = launch.home.path().join("driver.log");
        let output = fs::File::create(&log).expect("a file for the driver's output");
        let home = launch.home.path();
        let mut command = Command::new(binaries::tool("tauri-driver"));
        command
            .args([
                "--port",
                &port.to_string(),
                "--native-port",
                &native_port.to_string(),
            ])
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_RUNTIME_DIR", home.join("run"))
            .env("GSETTINGS_BACKEND", "memory")
            .env("NO_AT_BRIDGE", "1")
            .env_remove("WAYLAND_DISPLAY")
            .envs(launch.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a second handle on the log"))
            .stderr(output)
            .process_group(0);
        let child = command.spawn().expect("tauri-driver starts");
        let group = Pid::from_child(&child);
        let address = format!("http://127.0.0.1:{port}/");
        let mut driver = Self {
            child,
            group,
            address,
            log,
        };
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if driver
                .child
                .try_wait()
                .expect("the driver is our child")
                .is_some()
            {
                return None;
            }
            if listening(port).await && listening(native_port).await {
                return Some(driver);
            }
            tokio::time::sleep(POLL).await;
        }
        None
    }

    /// The app's process: the one in the driver's group that runs its executable.
    pub(crate) fn app(&self) -> Option<Pid> {
        let executable = binaries::greenlight();
        members(self.group)
            .into_iter()
            .find(|pid| {
                fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == executable)
            })
            .and_then(Pid::from_raw)
    }

    /// What the driver and the app wrote, for a failure's message.
    pub(crate) fn output(&self) -> String {
        let output = fs::read_to_string(&self.log).unwrap_or_default();
        if output.trim().is_empty() {
            String::new()
        } else {
            format!("the app wrote:\n{output}")
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process_group(self.group, Signal::TERM);
        let deadline = Instant::now() + Duration::from_secs(2);
        while Instant::now() < deadline {
            let _ = self.child.try_wait();
            if members(self.group).is_empty() {
                return;
            }
            std::thread::sleep(POLL);
        }
        let _ = rustix::process::kill_process_group(self.group, Signal::KILL);
        let _ = self.child.wait();
    }
}

/// The processes of a group that have not ended.
fn members(group: Pid) -> Vec<i32> {
    let entries = fs::read_dir("/proc").expect("/proc is mounted");
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| {
            // pid (name) state parent group …; the name may hold anything, so count from its end.
            let about = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let Some((_, fields)) = about.rsplit_once(") ") else {
                return false;
            };
            let fields: Vec<_> = fields.split(' ').collect();
            let ended = matches!(fields.first(), Some(&("Z" | "X")));
            let in_group = fields.get(2).and_then(|field| field.parse().ok());
            !ended && in_group == Some(group.as_raw_nonzero().get())
        })
        .collect()
}

fn free_ports() -> (u16, u16) {
    let bind = || TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let (one, other) = (bind(), bind());
    let port = |listener: &TcpListener| listener.local_addr().expect("a bound address").port();
    (port(&one), port(&other))
}

async fn listening(port: u16) -> bool {
    tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .is_ok()
}

/// Tries until `attempt` gives something or `limit` has passed.
pub(crate) async fn within<T>(limit: Duration, attempt: impl AsyncFn() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = attempt().await {
            return Some(found);
        }
        if Instant::now() >= deadline {
            return None;
        }
        tokio::time::sleep(POLL).await;
    }
}
