//! `cargo xtask bench`: Greenlight against its peers, in ratios of one run.
//!
//! Builds the release of `greenlight-cli` and of the measuring program (tests/bench), installs the
//! peers into the build folder, and starts the measuring program without any network but the
//! machine's own, so that no peer can report, update or fetch anything.

use std::ffi::OsString;
use std::process::Command;
use std::process::ExitCode;

use crate::places;
use crate::setup;
use crate::shell;
use crate::shell::Problem;
use crate::system;
use crate::system::Purpose;

mod pages;
mod peers;

const USAGE: &str =
    "Usage: cargo xtask bench [requests|parser|memory|stop|diff|surface|changeset|highlight]...";

/// All benches, in the order they run.
const BENCHES: [&str; 8] = [
    "requests",
    "parser",
    "memory",
    "stop",
    "diff",
    "surface",
    "changeset",
    "highlight",
];

/// Those with peers of the web.
const WEB: [&str; 3] = ["surface", "changeset", "highlight"];

/// Those that show pages: they need the pages built, and a screen.
const PAGES: [&str; 2] = ["surface", "changeset"];

/// Holds the window of a page with room around it.
const SCREEN: &str = "-screen 0 1600x1200x24 -nolisten tcp";

/// In a network of its own: brings the loopback device up, then becomes the rest.
const ALONE: &str = r#"ip link set lo up && exec "$@""#;

/// Runs the benches that are named, or all. Fails when a row that has to be won is lost.
pub(crate) fn bench(arguments: &[OsString]) -> Result<ExitCode, Problem> {
    let wanted = parse(arguments)?;
    setup::ready(Purpose::Test)?;
    if wanted.iter().any(|name| !WEB.contains(name)) {
        peers::Set::PROGRAMS.ensure()?;
    }
    if wanted.iter().any(|name| WEB.contains(name)) {
        peers::Set::WEB.ensure()?;
    }
    if wanted.iter().any(|name| PAGES.contains(name)) {
        pages::build()?;
    }
    build()?;
    let mut lost = Vec::new();
    for name in wanted {
        let mut measure = alone();
        if PAGES.contains(&name) {
            measure.args(["xvfb-run", "-a", "-s", SCREEN]);
        }
        measure
            .arg(places::target().join("release/examples/bench"))
            .arg(name)
            .arg("--peers")
            .arg(peers::Set::PROGRAMS.folder())
            .arg("--web-peers")
            .arg(peers::Set::WEB.folder())
            .arg("--pages")
            .arg(pages::folder());
        if let Err(problem) = shell::must(&mut measure) {
            eprintln!("{problem}");
            lost.push(name);
        }
    }
    if lost.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(format!("Not won: {}.", lost.join(", ")))
}

/// Builds the release of `greenlight-cli` and of the measuring program.
pub(crate) fn build() -> Result<(), Problem> {
    shell::must(&mut shell::cargo(&[
        "build",
        "--release",
        "--package",
        "cli",
        "--package",
        "e2e",
        "--bin",
        "greenlight-cli",
        "--example",
        "bench",
    ]))
}

fn parse(arguments: &[OsString]) -> Result<Vec<&'static str>, Problem> {
    if arguments.is_empty() {
        return Ok(BENCHES.to_vec());
    }
    let known = |word: &OsString| BENCHES.into_iter().find(|name| word == name);
    let named = arguments.iter().map(|word| known(word).ok_or(USAGE.into()));
    named.collect()
}

/// What follows runs where nothing is reached but this machine.
pub(crate) fn alone() -> Command {
    let mut command = shell::command("unshare");
    if !system::is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--net", "sh", "-c", ALONE, "alone"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Result<Vec<&'static str>, Problem> {
        parse(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn takes_some_of_the_benches_or_all() {
        assert_eq!(of(&[]), Ok(BENCHES.to_vec()));
        assert_eq!(of(&["parser"]), Ok(vec!["parser"]));
        assert_eq!(of(&["parser", "speed"]), Err(USAGE.into()));
    }

    #[test]
    fn what_is_measured_reaches_this_machine_and_nothing_else() {
        let output = alone().args(["ip", "-brief", "link"]).output().unwrap();
        let devices = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{output:?}");
        assert!(devices.starts_with("lo "), "{devices}");
        assert_eq!(devices.lines().count(), 1, "{devices}");
    }
}
