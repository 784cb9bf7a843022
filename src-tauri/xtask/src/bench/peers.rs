//! The programs that Greenlight is measured against, installed where a clean build removes them.

use std::fs;
use std::path::PathBuf;

use crate::places;
use crate::shell;
use crate::shell::Problem;
use crate::stamp;

const FILES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// The folder with their `node_modules`.
pub(crate) fn folder() -> PathBuf {
    places::target().join("peers")
}

/// Installs them in the versions that tests/bench names, unless that is what is there. None of their
/// own install scripts is run.
pub(crate) fn ensure() -> Result<(), Problem> {
    let named = places::root().join("tests/bench");
    let files: Vec<PathBuf> = FILES.iter().map(|name| named.join(name)).collect();
    let cannot = |error| format!("The peers cannot be installed: {error}.");
    let value = stamp::of(&files, &[]).map_err(cannot)?;
    let mark = folder().join("node_modules/.greenlight-installed");
    if stamp::matches(&mark, &value) {
        return Ok(());
    }
    fs::create_dir_all(folder()).map_err(cannot)?;
    for name in FILES {
        fs::copy(named.join(name), folder().join(name)).map_err(cannot)?;
    }
    println!("Installing the peers into {} (npm)", folder().display());
    // Not `ci`: the lock holds only this platform's package of some of them.
    let mut install = shell::npm(&["install", "--ignore-scripts", "--no-audit", "--no-fund"]);
    shell::must(install.current_dir(folder()))?;
    fs::write(&mark, value).map_err(cannot)
}
