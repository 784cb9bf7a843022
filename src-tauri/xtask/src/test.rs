//! `cargo xtask test`: every check and every test, once.
//!
//! The Rust tests run inside one wrapper: a process namespace of their own, so that nothing outlives
//! them however they end; a virtual screen; a session bus with an unlocked keychain; and private XDG
//! folders. Where the wrapper or the sandbox cannot run, the tests fail. They are not skipped,
//! because what they would have shown is then not known.
//!
//! A step that fails does not stop the later ones that do not need it: one run says all there is to
//! say. A failed step that counts no tests counts as one failure in the closing line.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::Command;
use std::process::ExitCode;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use crate::places;
use crate::setup;
use crate::shell;
use crate::shell::Problem;
use crate::system;
use crate::system::Purpose;
use crate::tally;
use crate::tally::Tally;

/// Wide enough to leave room beside the window, where a test drags files from.
const SCREEN: &str = "-screen 0 1440x900x24 -nolisten tcp";

/// Unlocks the keychain of the session it is started in, then becomes the tests.
const SESSION: &str = r#"printf keychain | gnome-keyring-daemon --unlock --components=secrets >/dev/null
exec "$@""#;

/// One step's name, duration, outcome and, if it ran tests, their counts.
struct Step {
    name: &'static str,
    took: Duration,
    problem: Option<Problem>,
    tally: Option<Tally>,
}

#[derive(Default)]
struct Steps(Vec<Step>);

impl Steps {
    /// Runs one step and says so. Gives whether it succeeded.
    fn counted(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<Option<Tally>, (Problem, Option<Tally>)>,
    ) -> bool {
        println!("\n=== {name}");
        let start = Instant::now();
        let (problem, tally) = match work() {
            Ok(tally) => (None, tally),
            Err((problem, tally)) => (Some(problem), tally),
        };
        let took = start.elapsed();
        if let Some(problem) = &problem {
            eprintln!("{problem}");
        }
        println!(
            "=== {name}: {} in {:.1} s",
            outcome(&problem),
            took.as_secs_f64()
        );
        let succeeded = problem.is_none();
        self.0.push(Step {
            name,
            took,
            problem,
            tally,
        });
        succeeded
    }

    fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<(), Problem>) -> bool {
        self.counted(name, || {
            work().map(|()| None).map_err(|problem| (problem, None))
        })
    }

    /// Prints what ran and how it went; the counts come last, alone on their line.
    fn close(self) -> ExitCode {
        println!("\n=== Summary");
        let mut sum = Tally::default();
        for step in &self.0 {
            let counts = step
                .tally
                .map(|tally| format!("  {tally}"))
                .unwrap_or_default();
            let took = step.took.as_secs_f64();
            println!(
                "{took:7.1} s  {:6}  {}{counts}",
                outcome(&step.problem),
                step.name
            );
            sum += step.tally.unwrap_or_default();
            if step.problem.is_some() && step.tally.is_none_or(|tally| tally.failed == 0) {
                sum.failed += 1;
            }
        }
        println!("{sum}");
        if sum.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

fn outcome(problem: &Option<Problem>) -> &'static str {
    if problem.is_none() { "ok" } else { "FAILED" }
}

/// Runs everything. Succeeds only when every step did.
pub(crate) fn test(arguments: &[OsString]) -> Result<ExitCode, Problem> {
    if !arguments.is_empty() {
        return Err(
            "Usage: cargo xtask test. It takes no arguments; for some of the tests, run \
             `cargo nextest run --workspace -E 'test(NAME)'`."
                .into(),
        );
    }
    let mut steps = Steps::default();
    if !steps.step("Set-up", || setup::ready(Purpose::Test)) {
        return Ok(steps.close());
    }
    let cargo = |arguments: &[&str]| shell::must(&mut shell::cargo(arguments));
    let npm = |script: &str| shell::must(&mut shell::npm(&["run", "--silent", script]));

    steps.step("Rust format", || cargo(&["fmt", "--all", "--check"]));
    steps.step("UI lint and format", || npm("lint"));
    steps.step("UI types", || npm("check"));
    steps.counted("UI tests", interface_tests);
    let bundled = steps.step("UI build", setup::interface);
    steps.step("Rust lint", || {
        cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])
    });
    // All targets at once: the tests are then built with the features they run with, and the
    // programs they start are fresh.
    let built = bundled
        && steps.step("Rust build", || {
            cargo(&["build", "--workspace", "--all-targets"])
        });
    let wrapped = steps.step("Test wrapper", probe);
    if built && wrapped {
        steps.counted("Rust and window tests", rust_tests);
    } else {
        steps.step("Rust and window tests", || {
            Err("Not run, because of the failure above.".into())
        });
    }
    Ok(steps.close())
}

fn interface_tests() -> Result<Option<Tally>, (Problem, Option<Tally>)> {
    let report = places::target().join("vitest.json");
    // An old report must not speak for a run that wrote none.
    let _ = fs::remove_file(&report);
    let mut run = shell::npm(&["test", "--silent", "--"]);
    run.args(["--reporter=default", "--reporter=json"]);
    let mut output = OsString::from("--outputFile.json=");
    output.push(&report);
    run.arg(output);
    let ended = shell::must(&mut run);
    let tally = fs::read_to_string(&report)
        .ok()
        .and_then(|text| tally::vitest(&text));
    match ended {
        Ok(()) if tally.is_none() => Err((
            format!("vitest left no counts in `{}`.", report.display()),
            None,
        )),
        Ok(()) => Ok(tally),
        Err(problem) => Err((problem, tally)),
    }
}

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
fn probe() -> Result<(), Problem> {
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
struct Home(PathBuf);

impl Home {
    fn new() -> Result<Self, Problem> {
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

fn rust_tests() -> Result<Option<Tally>, (Problem, Option<Tally>)> {
    let home = Home::new().map_err(|problem| (problem, None))?;
    let mut run = wrapper();
    run.args(["xvfb-run", "-a", "-s", SCREEN, "dbus-run-session", "--"]);
    run.args(["bash", "-euo", "pipefail", "-c", SESSION, "session"]);
    run.args([
        "cargo",
        "nextest",
        "run",
        "--workspace",
        "--all-targets",
        "--no-fail-fast",
    ]);
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
    let (ended, closing) = watched(&mut run).map_err(|problem| (problem, None))?;
    let tally = closing.as_deref().and_then(tally::nextest);
    if let Some(line) = &closing {
        println!("nextest: {}", tally::without_colour(line).trim());
    }
    match (ended, tally) {
        (Ok(()), None) => Err(("nextest ended without its closing summary.".into(), None)),
        (Ok(()), tally) => Ok(tally),
        (Err(problem), tally) => Err((problem, tally)),
    }
}

/// Runs `command`, passing its error output on line by line, and keeps the closing summary in it.
fn watched(command: &mut Command) -> Result<(Result<(), Problem>, Option<String>), Problem> {
    command.stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|error| shell::unstartable(command, &error))?;
    let mut closing = None;
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).split(b'\n') {
            let Ok(line) = line else { break };
            let line = String::from_utf8_lossy(&line);
            eprintln!("{line}");
            if tally::nextest(&line).is_some() {
                closing = Some(line.into_owned());
            }
        }
    }
    let status = child
        .wait()
        .map_err(|error| shell::unstartable(command, &error))?;
    let ended = if status.success() {
        Ok(())
    } else {
        Err(format!("The tests ended with {status}."))
    };
    Ok((ended, closing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_summary_is_found_among_the_rest() {
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "echo '  Summary [ 1s] 3 tests run: 2 passed, 1 failed, 0 skipped' >&2; echo x >&2; exit 4",
        ]);
        let (ended, closing) = watched(&mut command).unwrap();
        assert!(ended.unwrap_err().contains('4'), "the exit code is named");
        assert_eq!(tally::nextest(&closing.unwrap()).unwrap().failed, 1);
    }

    #[test]
    fn a_failed_step_without_counts_fails_the_whole() {
        let mut steps = Steps::default();
        assert!(steps.step("good", || Ok(())));
        assert!(!steps.step("bad", || Err("It broke.".into())));
        assert_eq!(
            format!("{:?}", steps.close()),
            format!("{:?}", ExitCode::FAILURE)
        );
    }

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
