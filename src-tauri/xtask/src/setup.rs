//! Everything that must be there before a build: system packages, Rust and Node in a version that
//! works, the cargo tools, the user interface's packages and its bundle.
//!
//! Each part looks first and acts only when something is missing, so a second run takes seconds.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::places;
use crate::shell;
use crate::shell::Problem;
use crate::stamp;
use crate::system;
use crate::system::Purpose;

const NODE: u32 = 20;

/// A program from crates.io that the tests use.
struct Tool {
    /// The crate, and the program it installs.
    name: &'static str,
    version: &'static str,
}

const TOOLS: [Tool; 2] = [
    Tool {
        name: "cargo-nextest",
        version: "0.9.143",
    },
    Tool {
        name: "tauri-driver",
        version: "2.1.0",
    },
];

/// Brings the machine to where the workspace can be built.
pub(crate) fn ready(purpose: Purpose) -> Result<(), Problem> {
    rust()?;
    node()?;
    system::ensure(purpose)?;
    if purpose == Purpose::Test {
        components()?;
        for tool in &TOOLS {
            install(tool)?;
        }
        packages(&places::schema(), "the official client's types")?;
    }
    packages(&places::ui(), "the user interface's packages")
}

fn rust() -> Result<(), Problem> {
    let wanted = env!("CARGO_PKG_RUST_VERSION");
    let found = shell::ask(shell::command("rustc").arg("--version")).unwrap_or_default();
    let found = found.split_whitespace().nth(1).unwrap_or("none");
    if numbers(found) >= numbers(wanted) {
        return Ok(());
    }
    Err(format!(
        "Greenlight needs Rust {wanted} or newer, and this machine has {found}. Nothing was built. \
         Run `rustup update stable`, or install Rust from rustup.rs."
    ))
}

fn node() -> Result<(), Problem> {
    let found = shell::ask(shell::command("node").arg("--version"));
    let hint = if cfg!(target_os = "macos") {
        ", for example with `brew install node`"
    } else {
        ""
    };
    let Some(found) = found else {
        return Err(format!(
            "Greenlight needs Node.js {NODE} or newer, and there is no `node` on the path. Nothing \
             was built. Install it{hint}, then run this again."
        ));
    };
    if numbers(found.trim_start_matches('v')) < vec![NODE] {
        return Err(format!(
            "Greenlight needs Node.js {NODE} or newer, and this machine has {found}. Nothing was \
             built. Update it{hint}, then run this again."
        ));
    }
    if shell::ask(&mut shell::npm(&["--version"])).is_none() {
        return Err(
            "Node.js is here, but `npm` is not. Nothing was built. Install npm (on Debian \
             the package is called npm), then run this again."
                .into(),
        );
    }
    Ok(())
}

/// The leading numbers of a version: `1.95.0-nightly` gives 1, 95, 0.
fn numbers(version: &str) -> Vec<u32> {
    version
        .split(['.', '-', '+'])
        .map_while(|part| part.parse().ok())
        .collect()
}

/// rustfmt and clippy, which a minimal Rust leaves out.
fn components() -> Result<(), Problem> {
    for (command, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if shell::ask(&mut shell::cargo(&[command, "--version"])).is_some() {
            continue;
        }
        if !places::on_path("rustup") {
            return Err(format!(
                "This Rust has no {component}, and there is no rustup to add it. Nothing was run. \
                 Install your system's package for {component}."
            ));
        }
        let mut add = shell::command("rustup");
        add.args(["component", "add", component]);
        println!("Rust lacks a component. Running:\n  {}", shell::shown(&add));
        shell::must(&mut add)?;
    }
    Ok(())
}

fn install(tool: &Tool) -> Result<(), Problem> {
    if places::on_path(tool.name) {
        return Ok(());
    }
    // Unoptimised: they are small, and the time saved is the first run's.
    let mut install = shell::cargo(&["install", "--locked", "--debug", tool.name]);
    install
        .args(["--version", tool.version, "--root"])
        .arg(places::tools());
    let build = places::tools().join("build");
    install.arg("--target-dir").arg(&build);
    println!(
        "{} is missing. Running:\n  {}",
        tool.name,
        shell::shown(&install)
    );
    shell::must(&mut install)?;
    // The objects are of no use once the program stands; failing to remove them costs only space.
    let _ = fs::remove_dir_all(build);
    Ok(())
}

/// `npm ci` in a folder, unless what is installed is what its lock names.
fn packages(folder: &Path, what: &str) -> Result<(), Problem> {
    let mark = folder.join("node_modules/.greenlight-installed");
    let lock = [
        folder.join("package-lock.json"),
        folder.join("package.json"),
    ];
    let value = hash(&lock, &[])?;
    if stamp::matches(&mark, &value) {
        return Ok(());
    }
    println!("Installing {what} (npm ci)");
    let mut install = shell::npm(&["ci", "--no-audit", "--no-fund"]);
    shell::must(install.current_dir(folder))?;
    record(&mark, &value)
}

/// `npm run build`, unless the bundle is the one that these sources gave.
pub(crate) fn interface() -> Result<(), Problem> {
    let ui = places::ui();
    let mark = ui.join("node_modules/.greenlight-built");
    // The bundle counts too: someone may have deleted it, and the app's build then puts a page there
    // that only says so.
    let value = || {
        let sources = hash(std::slice::from_ref(&ui), &["node_modules", "dist"])?;
        Ok::<_, Problem>(sources + &hash(&[ui.join("dist")], &[])?)
    };
    if stamp::matches(&mark, &value()?) {
        println!("The user interface is unchanged since its last build");
        return Ok(());
    }
    shell::must(&mut shell::npm(&["run", "build"]))?;
    record(&mark, &value()?)
}

fn hash(paths: &[PathBuf], skip: &[&str]) -> Result<String, Problem> {
    stamp::of(paths, skip)
        .map_err(|error| format!("The files of a package cannot be read: {error}."))
}

fn record(mark: &PathBuf, value: &str) -> Result<(), Problem> {
    fs::write(mark, value).map_err(|error| format!("Cannot write `{}`: {error}.", mark.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(numbers("1.100.0") > numbers("1.95"), "not by letter");
        assert!(numbers("1.95.0-nightly") >= numbers("1.95"));
        assert!(
            numbers("none") < numbers("1.95"),
            "an absent Rust is an old Rust"
        );
        assert!(numbers("20.20.2") >= vec![NODE] && numbers("18.19.0") < vec![NODE]);
    }
}
