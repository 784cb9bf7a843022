//! Scripts of `package.json`, run by the package manager whose lock file is there.

use serde_json::Value;

use super::Check;
use super::Purpose;
use super::files::Files;
use super::found;
use crate::project::path::RelPath;

/// Scripts that are taken for a check, and what for.
const SCRIPTS: [(&str, Purpose); 6] = [
    ("test", Purpose::Test),
    ("lint", Purpose::Lint),
    ("typecheck", Purpose::Lint),
    ("type-check", Purpose::Lint),
    ("check", Purpose::Lint),
    ("build", Purpose::Build),
];

const LOCKS: [(&str, &str); 6] = [
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
];

pub(super) fn find(files: &Files, folder: &RelPath, checks: &mut Vec<Check>) {
    let Some(package) = files.read(folder, "package.json") else {
        return;
    };
    let Ok(package) = serde_json::from_str::<Value>(&package) else {
        return;
    };
    let manager = manager(files, folder, &package);
    for (script, purpose) in SCRIPTS {
        let Some(text) = package["scripts"][script].as_str() else {
            continue;
        };
        // What `npm init` writes where there are no tests.
        if text.trim().is_empty() || text.contains("no test specified") {
            continue;
        }
        let command = match (manager, script) {
            ("npm" | "yarn" | "pnpm", "test") => format!("{manager} test"),
            // `bun test` is bun's own runner and not the script.
            _ => format!("{manager} run {script}"),
        };
        let from = format!("{script} script of package.json");
        checks.push(found(folder, &command, purpose, &from));
    }
}

/// By the lock file here or above, else by what the package names, else npm.
fn manager(files: &Files, folder: &RelPath, package: &Value) -> &'static str {
    let mut here = Some(folder.clone());
    while let Some(at) = here {
        if let Some((_, manager)) = LOCKS.iter().find(|(lock, _)| files.has(&at, lock)) {
            return manager;
        }
        here = at.parent();
    }
    let named = package["packageManager"].as_str().unwrap_or_default();
    let named = named.split('@').next().unwrap_or_default();
    ["pnpm", "yarn", "bun"]
        .into_iter()
        .find(|manager| *manager == named)
        .unwrap_or("npm")
}
