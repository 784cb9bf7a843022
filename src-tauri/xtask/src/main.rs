//! `cargo xtask run`, `test`, `screens`, `bench`, `pairs` and `servers`: the commands a clone is used with.
//!
//! Each does all of its own set-up first (see [`setup`]): it finds what the machine lacks, says what
//! it will run, runs it, and skips what is already there. None asks anything, so all work in CI.
//!
//! It refuses to go on after a failed set-up, and it never reports success for something it did not
//! run: a missing sandbox or a missing display driver fails the tests instead of skipping them.

use std::process::ExitCode;

mod bench;
mod pairs;
mod places;
mod run;
mod screens;
mod servers;
mod setup;
mod shell;
mod stamp;
mod system;
mod tally;
mod test;
mod wrapped;

const HELP: &str = "\
Usage: cargo xtask COMMAND

Commands:
  run [--project DIR]  Sets up, builds and starts Greenlight, with DIR open. Without a display it
                       plays the sample project in the terminal instead.
  test                 Sets up, then checks format, lint and types and runs every test. Takes no
                       arguments; closes with `N passed, N failed, N skipped`.
  screens [--out DIR] [--only WORD]
                       Sets up, then takes a picture of every screen and state in light and dark and
                       in two sizes, into target/screens or DIR; with WORD only the scenes and states
                       that are called so. Fails when something in them is cut off or covered.
  bench [requests|parser|memory|stop|diff|surface|changeset|highlight]...
                       Sets up, installs the peers into target/peers, and prints how Greenlight compares
                       with them: what it sends to a model, how fast it reads an answer, what memory a
                       long conversation takes, how soon Stop stops, how fast and how well it compares
                       two texts, how soon they are painted, scrolled and coloured. Fails when it is behind where it has to be ahead.
  pairs                Sets up, fetches releases of real packages in many languages into target/pairs,
                       and compares them file by file. Fails when anything that must hold does not.
  servers              Sets up, installs the LiteLLM proxy and llama.cpp's server into target/servers,
                       and runs the engine against both on this machine. Prints what worked.
  help                 Shows this.
";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let command = arguments
        .first()
        .and_then(|name| name.to_str())
        .unwrap_or("help");
    let rest = arguments.get(1..).unwrap_or_default();
    let outcome = match command {
        "run" => run::run(rest),
        "test" => test::test(rest),
        "screens" => screens::screens(rest),
        "bench" => bench::bench(rest),
        "pairs" => pairs::pairs(rest),
        "servers" => servers::servers(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        other => {
            eprint!("There is no command `{other}`.\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    outcome.unwrap_or_else(|problem| {
        eprintln!("\n{problem}");
        ExitCode::FAILURE
    })
}
