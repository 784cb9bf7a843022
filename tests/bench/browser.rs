//! One WebKitGTK with one page, in processes of its own: what the app's window is made of, without
//! the app around it. It is WebKit's own small browser, which comes with the library.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Pid;
use rustix::process::Signal;

use crate::Problem;

/// Its program, in the folder of the library.
const PROGRAM: &str = "webkit2gtk-4.1/MiniBrowser";

/// Folders in which the library may be.
const LIBRARIES: [&str; 4] = [
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/libexec",
];

/// The process that runs a page, as the kernel cuts its name.
const PAGE: &str = "WebKitWebProces";

/// The size of its window, which has room for the page and the browser's own bars.
const WIDTH: &str = "1440";
const HEIGHT: &str = "1040";

/// Browsers so far: each has a name by which its window is found.
static OPENED: AtomicU32 = AtomicU32::new(0);

/// A browser. Dropping it ends all of its processes.
pub(crate) struct Browser {
    child: Child,
    group: Pid,
    home: tempfile::TempDir,
}

impl Browser {
    /// Shows a page. It draws as the app does on a machine without a graphics device.
    pub(crate) fn open(url: &str) -> Result<Self, Problem> {
        let home = tempfile::tempdir().map_err(|error| error.to_string())?;
        let log = fs::File::create(home.path().join("log")).map_err(|error| error.to_string())?;
        let again = log.try_clone().map_err(|error| error.to_string())?;
        let class = format!("bench{}", OPENED.fetch_add(1, Ordering::Relaxed));
        let child = Command::new(program()?)
            .arg("--enable-write-console-messages-to-stdout=true")
            .arg(format!("--class={class}"))
            .arg(url)
            .env("HOME", home.path())
            .env("XDG_DATA_HOME", home.path().join("data"))
            .env("XDG_CONFIG_HOME", home.path().join("config"))
            .env("XDG_CACHE_HOME", home.path().join("cache"))
            .env("GSETTINGS_BACKEND", "memory")
            .env("NO_AT_BRIDGE", "1")
            .env("GDK_BACKEND", "x11")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(again)
            .process_group(0)
            .spawn()
            .map_err(|error| format!("WebKit's browser could not be started: {error}."))?;
        let group = Pid::from_child(&child);
        let browser = Self { child, group, home };
        // It has no option for this. The page waits until it has the room.
        let sized = Command::new("xdotool")
            .args(["search", "--sync", "--onlyvisible", "--class"])
            .arg(format!("^{class}$"))
            .args(["windowsize", WIDTH, HEIGHT])
            .stdout(Stdio::null())
            .status();
        match sized {
            Ok(status) if status.success() => Ok(browser),
            _ => Err(format!("The browser got no window. {}", browser.said())),
        }
    }

    /// Names its processes, for [`resident`].
    pub(crate) fn group(&self) -> u32 {
        self.group.as_raw_nonzero().get().unsigned_abs()
    }

    /// What it wrote, for a problem's message.
    pub(crate) fn said(&self) -> String {
        let said = fs::read_to_string(self.home.path().join("log")).unwrap_or_default();
        let tail = said.ceil_char_boundary(said.len().saturating_sub(2_000));
        said[tail..].to_owned()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process_group(self.group, Signal::TERM);
        let deadline = Instant::now() + Duration::from_secs(2);
        while Instant::now() < deadline {
            let _ = self.child.try_wait();
            if members(self.group()).is_empty() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = rustix::process::kill_process_group(self.group, Signal::KILL);
        let _ = self.child.wait();
    }
}

/// The memory of the page's process in a group, in megabytes.
pub(crate) fn resident(group: u32) -> Option<f64> {
    let page = members(group).into_iter().find(|process| {
        fs::read_to_string(process.join("comm")).is_ok_and(|name| name.trim_end() == PAGE)
    })?;
    let status = fs::read_to_string(page.join("status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}

/// The folders in /proc of a group's processes that have not ended.
fn members(group: u32) -> Vec<PathBuf> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.path());
    folders.filter(|folder| is_in(folder, group)).collect()
}

fn is_in(process: &Path, group: u32) -> bool {
    // pid (name) state parent group …; the name may hold anything, so count from its end.
    let about = fs::read_to_string(process.join("stat")).unwrap_or_default();
    let Some((_, fields)) = about.rsplit_once(") ") else {
        return false;
    };
    let fields: Vec<_> = fields.split(' ').collect();
    let ended = matches!(fields.first(), Some(&("Z" | "X")));
    !ended && fields.get(2).and_then(|field| field.parse().ok()) == Some(group)
}

fn program() -> Result<PathBuf, Problem> {
    let named = LIBRARIES.map(|folder| Path::new(folder).join(PROGRAM));
    named
        .into_iter()
        .find(|program| program.is_file())
        .ok_or_else(|| {
            "WebKit's own browser is not here; it comes with the package of the library.".to_owned()
        })
}
