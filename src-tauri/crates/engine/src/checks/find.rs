//! Finds the checks of a project by reading its files. Nothing is run.
//!
//! Looked at are the root and folders up to two levels below it, without dependencies, build output
//! and hidden folders. A package that its workspace tests already is not listed once more.

mod files;
mod javascript;
mod python;

use std::path::Path;

use self::files::Files;
use super::Check;
use super::Purpose;
use crate::project::path::RelPath;

/// Folders that are looked at.
const MOST_FOLDERS: usize = 200;
/// Checks that are listed.
const MOST_CHECKS: usize = 40;
/// Levels below the root.
const DEEPEST: usize = 2;

/// The checks of the project, or the draft, whose files are in `root`. Tests come first, and the
/// root before what is nested in it.
pub fn find(root: &Path) -> Vec<Check> {
    let Some(files) = Files::open(root) else {
        return Vec::new();
    };
    let mut checks = Vec::new();
    let mut covered: Vec<RelPath> = Vec::new();
    for folder in files.folders(DEEPEST, MOST_FOLDERS) {
        javascript::find(&files, &folder, &mut checks);
        if let Some(text) = files.read(&folder, "Cargo.toml") {
            let workspace = has_section(&text, "workspace");
            if !covered.iter().any(|above| folder.is_within(above)) {
                let command = match workspace {
                    true => "cargo test --workspace",
                    false => "cargo test",
                };
                checks.push(found(&folder, command, Purpose::Test, "Cargo.toml"));
            }
            if workspace {
                covered.push(folder.clone());
            }
        }
        python::find(&files, &folder, &mut checks);
        if files.has(&folder, "go.mod") {
            // With `-v`, because otherwise it does not say how many tests ran.
            checks.push(found(&folder, "go test -v ./...", Purpose::Test, "go.mod"));
        }
    }
    checks.sort_by_key(|check| {
        (
            check.purpose != Purpose::Test,
            check.folder.matches('/').count(),
        )
    });
    checks.truncate(MOST_CHECKS);
    checks
}

/// A check that was found.
fn found(folder: &RelPath, command: &str, purpose: Purpose, from: &str) -> Check {
    let folder = folder.to_string();
    let folder = if folder == "." { String::new() } else { folder };
    Check {
        id: format!("found:{folder}:{command}"),
        command: command.to_owned(),
        folder,
        purpose,
        own: false,
        from: from.to_owned(),
    }
}

/// Whether a TOML or INI text has a section of this name.
fn has_section(text: &str, name: &str) -> bool {
    text.lines().any(|line| {
        let line = line.split('#').next().unwrap_or_default().trim();
        line.strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
            .is_some_and(|section| section.trim() == name)
    })
}

#[cfg(test)]
mod tests;
