//! `cargo xtask servers`: the engine against servers that others wrote, the LiteLLM proxy and
//! llama.cpp's, on this machine.
//!
//! Not part of the tests: the servers are large, and one of them is compiled. They are installed into
//! the build folder, and tests/servers starts them, talks to each through `greenlight-cli`, and ends
//! them.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use crate::places;
use crate::setup;
use crate::shell;
use crate::shell::Problem;
use crate::stamp;
use crate::system::Purpose;

/// Each with a Python environment of its own, because what they need does not go together.
const SERVERS: [&str; 2] = ["litellm", "llama"];

/// Sets up, builds, installs the servers and runs the checks. Fails when one of them fails.
pub(crate) fn servers(arguments: &[OsString]) -> Result<ExitCode, Problem> {
    if !arguments.is_empty() {
        return Err("Usage: cargo xtask servers. It takes no arguments.".into());
    }
    setup::ready(Purpose::Test)?;
    // The whole workspace's features, so that nothing is built twice, and one program of it.
    shell::must(&mut shell::cargo(&[
        "build",
        "--workspace",
        "--bin",
        "greenlight-cli",
    ]))?;
    let folder = places::target().join("servers");
    for name in SERVERS {
        environment(name, &folder)?;
    }
    let mut checks = shell::command("python3");
    checks
        .arg(places::root().join("tests/servers/run.py"))
        .arg(places::binary("greenlight-cli"))
        .arg(&folder)
        // Nothing is left beside the sources.
        .env("PYTHONDONTWRITEBYTECODE", "1");
    shell::must(&mut checks).map(|()| ExitCode::SUCCESS)
}

/// A Python environment with what tests/servers/NAME.txt names, unless that is what is there.
fn environment(name: &str, folder: &Path) -> Result<(), Problem> {
    let wanted = places::root()
        .join("tests/servers")
        .join(format!("{name}.txt"));
    let cannot = |error| format!("The server {name} cannot be installed: {error}.");
    let value = stamp::of(std::slice::from_ref(&wanted), &[]).map_err(cannot)?;
    let environment = folder.join(name);
    let mark = environment.join(".greenlight-installed");
    if stamp::matches(&mark, &value) {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(cannot)?;
    println!("Installing {name} into {}", environment.display());
    let mut make = shell::command("python3");
    shell::must(make.args(["-m", "venv", "--clear"]).arg(&environment))?;
    let mut install = shell::command(environment.join("bin/pip"));
    install
        .args(["install", "--quiet", "--requirement"])
        .arg(&wanted)
        // For every processor of its kind, and without what only graphics cards and pictures need.
        .env("CMAKE_ARGS", "-DGGML_NATIVE=OFF -DLLAVA_BUILD=OFF");
    shell::must(&mut install)?;
    fs::write(&mark, value).map_err(cannot)
}
