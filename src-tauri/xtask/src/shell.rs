//! Starting other programs: always from the root, always with our tools on the path, and with a
//! sentence instead of a number when one fails.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use crate::places;

/// What went wrong, as the sentence that is shown.
pub(crate) type Problem = String;

/// A command that starts in the repository's root.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(places::root())
        .env("PATH", places::search_path());
    command
}

/// `npm ARGUMENTS` in ui/.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut command = command(program);
    command.current_dir(places::ui()).args(arguments);
    command
}

/// `cargo ARGUMENTS` in the root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = command("cargo");
    command.args(arguments);
    // `cargo run` has set these for us; left in place they would look like the tests' own.
    for name in [
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_PKG_NAME",
    ] {
        command.env_remove(name);
    }
    command
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let mut line = display(command.get_program());
    for argument in command.get_args() {
        let _ = write!(line, " {}", display(argument));
    }
    line
}

fn display(word: &OsStr) -> String {
    let text = word.to_string_lossy();
    if text.contains([' ', '"', '$', '*']) {
        format!("'{text}'")
    } else {
        text.into_owned()
    }
}

/// Runs `command` to its end with its output on ours.
pub(crate) fn must(command: &mut Command) -> Result<(), Problem> {
    let status = command
        .status()
        .map_err(|error| unstartable(command, &error))?;
    if status.success() {
        return Ok(());
    }
    let end = match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => format!("was ended by the system ({status})"),
    };
    Err(format!("`{}` {end}.", shown(command)))
}

/// What `command` prints, trimmed; nothing when it cannot start or fails.
pub(crate) fn ask(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The sentence for a program that could not be started at all.
pub(crate) fn unstartable(command: &Command, error: &io::Error) -> Problem {
    let program = Path::new(command.get_program()).display();
    format!("`{program}` could not be started: {error}.")
}
