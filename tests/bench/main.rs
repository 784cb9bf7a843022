//! `cargo xtask bench`: how Greenlight compares with its peers, side by side in one run.
//!
//! Each bench is a file that gives a [`table::Table`] of ratios, or prints one. A row that has to be won and is not
//! makes the run fail; times are compared only with times of the same run, on the same machine.

mod agents;
mod browser;
mod changeset;
mod corpus;
mod diff;
mod highlight;
mod memory;
mod pairs;
mod parser;
mod project;
mod requests;
mod reviewed;
mod script;
mod serving;
mod stop;
mod surface;
mod table;

use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use table::Table;

const USAGE: &str = "Usage: bench requests|parser|memory|stop|diff|pairs|surface|changeset|highlight --peers DIR --web-peers DIR --pages DIR";

/// Where the measured programs are.
pub(crate) struct Places {
    /// `greenlight-cli`, beside this program.
    pub(crate) greenlight: PathBuf,
    /// The folder with the peers' `node_modules`.
    pub(crate) peers: PathBuf,
    /// The folder with the `node_modules` of the web's peers.
    pub(crate) web_peers: PathBuf,
    /// The folder with the built pages of the web benches.
    pub(crate) pages: PathBuf,
    /// The folder with the built interface of the app.
    pub(crate) interface: PathBuf,
}

type Problem = String;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("\nA row that has to be won is lost.");
            ExitCode::FAILURE
        }
        Err(problem) => {
            eprintln!("\n{problem}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, Problem> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["colour", who, file] = words[..] {
        highlight::colour(who, file.as_ref())?;
        return Ok(true);
    }
    if let ["pairs", "--peers", folder] = words[..] {
        return pairs::check(Path::new(folder));
    }
    let [
        name,
        "--peers",
        peers,
        "--web-peers",
        web_peers,
        "--pages",
        pages,
    ] = words[..]
    else {
        return Err(USAGE.to_owned());
    };
    let places = Places {
        greenlight: beside("greenlight-cli")?,
        peers: PathBuf::from(peers),
        web_peers: PathBuf::from(web_peers),
        pages: PathBuf::from(pages),
        interface: support::binaries::root().join("ui/dist"),
    };
    let table: Table = match name {
        "requests" => requests::measure(&places)?,
        "parser" => parser::measure(&places)?,
        "memory" => memory::measure(&places)?,
        "stop" => stop::measure(&places)?,
        // A table of its own: it has more to say of each program than one number.
        "diff" => return diff::measure(&places),
        "changeset" => changeset::measure(&places)?,
        "highlight" => highlight::measure(&places)?,
        "surface" => surface::measure(&places)?,
        _ => return Err(USAGE.to_owned()),
    };
    print!("{table}");
    Ok(table.is_won())
}

/// A program of the same build.
fn beside(name: &str) -> Result<PathBuf, Problem> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let profile = own.ancestors().nth(2);
    let program = profile.map(|folder| folder.join(name));
    program
        .filter(|program| program.is_file())
        .ok_or_else(|| format!("`{name}` is not built; run `cargo xtask bench`."))
}
