//! The sources of the project, as text to look at.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use support::binaries::root;

/// Every file below `folder` with one of these endings, with its text.
pub(super) fn sources(folder: &str, endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if path.is_dir() {
                let skipped = ["target", "node_modules", "dist", "fixtures"].contains(&name);
                if !skipped && !name.starts_with('.') {
                    open.push(path);
                }
            } else if path
                .extension()
                .and_then(|end| end.to_str())
                .is_some_and(|end| endings.contains(&end))
            {
                let text = fs::read_to_string(&path).expect("a source is text");
                // This file names what it looks for.
                if !path.ends_with("tests/suite/invariants.rs") {
                    found.push((path, text));
                }
            }
        }
    }
    found.sort();
    found
}

/// The text up to its unit tests; nothing when the whole file is tests or serves only them.
pub(super) fn without_tests<'a>(path: &Path, text: &'a str) -> &'a str {
    if path.ends_with("tests.rs") || path.iter().any(|part| part == "tests") {
        return "";
    }
    let name = path
        .file_stem()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let declared = format!("#[cfg(test)]\nmod {name};");
    let parents = [path.with_file_name("mod.rs"), path.with_file_name("lib.rs")];
    if parents
        .iter()
        .any(|parent| fs::read_to_string(parent).is_ok_and(|t| t.contains(&declared)))
    {
        return "";
    }
    text.split_once("#[cfg(test)]\nmod tests {")
        .map_or(text, |(code, _)| code)
}

/// The part of a line before a comment.
pub(super) fn code(line: &str) -> &str {
    let line = line.trim_start();
    if line.starts_with("//") || line.starts_with('*') {
        return "";
    }
    line.split_once(" // ").map_or(line, |(code, _)| code)
}
