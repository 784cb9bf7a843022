//! A world of the tests' own: a process namespace, so that nothing outlives them however they end; a
//! virtual screen; a session bus with an unlocked keychain; and private XDG folders.

use std::env;
use std::fs;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::Command;

use crate::shell;
use crate::shell::Problem;
use crate::system;

/// Unlocks the keychain of the session it is started in, then becomes the tests.
const SESSION: &str = r#"printf keychain | gnome-keyring-daemon --unlock --components=secrets >/dev/null
exec "$@""#;

/// A command whose processes all end when it does, or when we do.
///
/// bubblewrap does this for ordinary users. For root it covers parts of /proc, after which the
/// kernel refuses the fresh /proc that our own sandbox mounts inside; util-linux does without.
fn wrapper() -> Command {
    if system::is_root() {
        let mut wrapper = shell::command("setpriv");
        wrapper.args(["--pdeathsig", "KILL", "unshare", "--pid", "--fork"]);
        wrapper.args(["--kill-child", "--mount-proc", "--"]);
        // A first process that only waits: an X server does not tell process 1 that it is ready.
        wrapper.args(["sh", "-c", r#""$@"; exit $?"#, "first"]);
        wrapper
    } else {
        let mut wrapper = shell::command("bwrap");
        wrapper.args(["--dev-bind", "/", "/", "--unshare-pid", "--proc", "/proc"]);
        wrapper.args(["--die-with-parent", "--"]);
        wrapper
    }
}

/// Starts nothing inside a sandbox inside the wrapper, to name the reason when that is refused.
pub(crate) fn probe() -> Result<(), Problem> {
    let mut probe = wrapper();
    probe.args([
        "bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--ro-bind",
        "/",
        "/",
    ]);
    probe.args(["--proc", "/proc", "--dev", "/dev", "true"]);
    shell::must(&mut probe).map_err(|problem| {
        format!(
            "{problem}\nThis machine refuses the namespaces that Greenlight's sandbox is made of, so \
             the tests cannot run here. In a container, allow them (for Docker: `--privileged`, or \
             `--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt \
             apparmor=unconfined --security-opt systempaths=unconfined`)."
        )
    })
}

/// Private XDG folders, removed at the end.
pub(crate) struct Home(PathBuf);

impl Home {
    pub(crate) fn new() -> Result<Self, Problem> {
        let home = env::temp_dir().join(format!("greenlight-tests-{}", std::process::id()));
        let make = |folder: PathBuf| {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder
                .create(&folder)
                .map_err(|error| format!("Cannot make `{}`: {error}.", folder.display()))
        };
        for name in ["data", "config", "cache", "run"] {
            make(home.join(name))?;
        }
        Ok(Self(home))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// `cargo nextest run ARGUMENTS` over the workspace, in `home` and on a screen of Xvfb's arguments.
pub(crate) fn nextest(home: &Home, screen: &str, arguments: &[&str]) -> Command {
    let mut run = wrapper();
    run.args(["xvfb-run", "-a", "-s", screen, "dbus-run-session", "--"]);
    run.args(["bash", "-euo", "pipefail", "-c", SESSION, "session"]);
    run.args(["cargo", "nextest", "run", "--workspace", "--all-targets"]);
    run.args(arguments);
    run.args([
        "--color",
        if std::io::stderr().is_terminal() {
            "always"
        } else {
            "never"
        },
    ]);
    for (name, folder) in [
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_RUNTIME_DIR", "run"),
    ] {
        run.env(name, home.0.join(folder));
    }
    run.env("GDK_BACKEND", "x11")
        .env("GSETTINGS_BACKEND", "memory")
        .env("NO_AT_BRIDGE", "1");
    // The servers of the tests are on this machine, whatever proxy it uses for others.
    run.env("NO_PROXY", "127.0.0.1,localhost")
        .env("no_proxy", "127.0.0.1,localhost");
    // No test may reach a real provider with a real key, or be answered by the session outside.
    let outside = [
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "AZURE_OPENAI_KEY",
        "AZURE_OPENAI_API_KEY",
        "AZURE_OPENAI_ENDPOINT",
        "WAYLAND_DISPLAY",
        "SSH_AUTH_SOCK",
    ];
    let cargos = [
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_PKG_NAME",
    ];
    for name in outside.into_iter().chain(cargos) {
        run.env_remove(name);
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_wrapper_starts_is_alone_in_its_process_namespace() {
        let output = wrapper()
            .args(["sh", "-c", "ls -d /proc/[0-9]* | wc -l"])
            .output()
            .unwrap();
        let seen: u32 = String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse()
            .unwrap();
        assert!(seen < 6, "saw {seen} processes from inside");
    }
}
