//! `greenlight-cli`: Greenlight without its window, for CI, scripts and benchmarks.
//!
//! Each subcommand is one file. It gets its arguments and the three streams, and answers with an
//! [`Exit`]; what goes to standard output is for programs, what goes to standard error is a
//! sentence and a hint for a person.

mod demo;
mod diff;
mod folder;
mod patch;
mod print;
mod run;
mod serve;
mod session;
mod streams;
mod write;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;

use streams::{Exit, Streams};

const HELP: &str = "\
greenlight-cli: Greenlight without its window

Usage: greenlight-cli COMMAND [ARGUMENTS]

Commands:
  run PROMPT                work on a request in a private copy of a project
  demo                      play the sample project with scripted replies
  serve                     speak the command table as JSON lines
  patch --dir DIR           apply the patch on standard input to the files beneath DIR
  diff OLD NEW              compare two files or two folders

Options:
  -h, --help                print this, or the help of a command
  -V, --version             print the version

Exit codes:
  0  done
  1  refused: the input could not be understood or does not fit; nothing was changed.
     With `diff --exit-code`: the two differ
  2  the arguments are wrong
  3  a file or folder could not be read or written; nothing was changed
  4  writing failed and what had been written could not be taken back; the message names it
  5  the agent's turn failed; nothing was changed in the project
  6  the turn was done, but an action was refused because nobody could be asked
  7  the turn was stopped; nothing was changed in the project
  8  nothing was applied, because the project changed meanwhile
";

fn main() -> ExitCode {
    // Before a key is read: from here on its memory is not for other programs of the same person.
    if let Err(error) = api::harden() {
        eprintln!("The memory of Greenlight could not be closed to other programs: {error}.");
    }
    // Not locked: `serve` reads it on threads of its own.
    let mut input = std::io::stdin();
    let terminal = std::io::stdout().is_terminal();
    let mut out = std::io::stdout();
    let mut err = std::io::stderr().lock();
    let mut streams = Streams {
        input: &mut input,
        out: &mut out,
        err: &mut err,
        terminal,
    };
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let exit = dispatch(arguments, &mut streams);
    ExitCode::from(streams.close(exit) as u8)
}

fn dispatch(arguments: Vec<OsString>, streams: &mut Streams<'_>) -> Exit {
    let mut arguments = arguments.into_iter();
    let Some(first) = arguments.next() else {
        return streams.usage("a command is missing", HELP);
    };
    let rest: Vec<OsString> = arguments.collect();
    match first.to_str() {
        Some("patch") => patch::run(rest, streams),
        Some("run") => run::run(rest, streams),
        Some("demo") => demo::run(rest, streams),
        Some("serve") => serve::run(rest, streams),
        Some("diff") => diff::run(rest, streams),
        Some("-h" | "--help" | "help") => streams.print(HELP),
        Some("-V" | "--version") => {
            streams.print(concat!("greenlight-cli ", env!("CARGO_PKG_VERSION"), "\n"))
        }
        _ => streams.usage(&format!("`{}` is not a command", first.display()), HELP),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::tests::{Outcome, call};

    fn run(arguments: &[&str]) -> Outcome {
        call("", |streams| {
            dispatch(arguments.iter().map(OsString::from).collect(), streams)
        })
    }

    #[test]
    fn help_and_version_go_to_standard_output() {
        let help = run(&["--help"]);
        assert_eq!((help.exit, help.out.as_str()), (Exit::Done, HELP));
        for code in ["0  done", "1  refused", "2  ", "3  ", "4  "] {
            assert!(HELP.contains(code), "{code} is documented");
        }
        let version = run(&["-V"]);
        assert_eq!(
            version.out,
            format!("greenlight-cli {}\n", env!("CARGO_PKG_VERSION"))
        );
    }

    #[test]
    fn unknown_commands_are_wrong_usage() {
        for arguments in [&[][..], &["frobnicate"], &["--nope"]] {
            let got = run(arguments);
            assert_eq!((got.exit, got.out.as_str()), (Exit::Usage, ""));
            assert!(got.err.contains("Usage:"), "{}", got.err);
        }
        assert!(
            run(&["frobnicate"])
                .err
                .starts_with("`frobnicate` is not a command.")
        );
    }
}
