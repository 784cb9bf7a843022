//! `cargo xtask test`: every check and every test, once.
//!
//! The Rust tests run [`wrapped`]. Where the wrapper or the sandbox cannot run, the tests fail. They
//! are not skipped, because what they would have shown is then not known.
//!
//! A step that fails does not stop the later ones that do not need it: one run says all there is to
//! say. A failed step that counts no tests counts as one failure in the closing line.

use std::ffi::OsString;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
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
use crate::system::Purpose;
use crate::tally;
use crate::tally::Tally;
use crate::wrapped;
use crate::wrapped::Home;

/// Wide enough to leave room beside the window, where a test drags files from.
const SCREEN: &str = "-screen 0 1440x900x24 -nolisten tcp";

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
    let wrapped = steps.step("Test wrapper", wrapped::probe);
    if built && wrapped {
        steps.counted("Rust and window tests", rust_tests);
        steps.step("Requests against the published schema", requests);
    } else {
        steps.step("Rust and window tests", || {
            Err("Not run, because of the failure above.".into())
        });
    }
    Ok(steps.close())
}

/// Where the tests leave the shape of each request that the app sent.
fn sent() -> PathBuf {
    places::target().join("requests")
}

/// Holds every request of the whole run to the types of the official client.
fn requests() -> Result<(), Problem> {
    let mut check = shell::command("node");
    check.arg(places::schema().join("check.mjs")).arg(sent());
    shell::must(&mut check)
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

fn rust_tests() -> Result<Option<Tally>, (Problem, Option<Tally>)> {
    let home = Home::new().map_err(|problem| (problem, None))?;
    // Requests of an earlier run must not speak for this one.
    let _ = fs::remove_dir_all(sent());
    fs::create_dir_all(sent()).map_err(|error| {
        (
            format!("Cannot make `{}`: {error}.", sent().display()),
            None,
        )
    })?;
    let mut run = wrapped::nextest(&home, SCREEN, &["--no-fail-fast"]);
    run.env("GREENLIGHT_REQUESTS", sent());
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
}
