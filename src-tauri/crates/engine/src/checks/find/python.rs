//! pytest where the project names it, else unittest where there are tests, each run by the project's
//! own environment when there is one.

use super::Check;
use super::Purpose;
use super::files::Files;
use super::found;
use super::has_section;
use crate::project::path::RelPath;
use crate::project::stat::Kind;

pub(super) fn find(files: &Files, folder: &RelPath, checks: &mut Vec<Check>) {
    let inside_tests = matches!(folder.name().to_str(), Some("test" | "tests"));
    // They belong to the folder above, which is where the runner starts.
    if inside_tests && !files.has(folder, "pyproject.toml") {
        return;
    }
    let from = match pytest(files, folder) {
        Some(from) => Some(("pytest -q", from)),
        None if tests(files, folder)
            .iter()
            .any(|text| text.contains("unittest")) =>
        {
            Some(("unittest", "tests with unittest"))
        }
        None => None,
    };
    if let Some((module, from)) = from {
        let command = format!("{} -m {module}", python(files, folder));
        checks.push(found(folder, &command, Purpose::Test, from));
    }
}

/// What says that pytest runs the tests here.
fn pytest(files: &Files, folder: &RelPath) -> Option<&'static str> {
    let read = |name| files.read(folder, name);
    if files.has(folder, "pytest.ini") {
        return Some("pytest.ini");
    }
    if read("pyproject.toml").is_some_and(|text| {
        // Its settings, or its being needed for the tests.
        has_section(&text, "tool.pytest.ini_options") || text.contains("pytest")
    }) {
        return Some("pyproject.toml");
    }
    if read("setup.cfg").is_some_and(|text| has_section(&text, "tool:pytest")) {
        return Some("setup.cfg");
    }
    if read("tox.ini").is_some_and(|text| has_section(&text, "pytest")) {
        return Some("tox.ini");
    }
    if files.has(folder, "conftest.py") || files.has(folder, "tests/conftest.py") {
        return Some("conftest.py");
    }
    tests(files, folder)
        .iter()
        .any(|text| text.contains("pytest") || !text.contains("unittest"))
        .then_some("Python tests")
}

/// The texts of some test files, of the folder itself and of its `tests`.
fn tests(files: &Files, folder: &RelPath) -> Vec<String> {
    let below = ["tests", "test"].map(|name| folder.join(name.as_ref()));
    [folder.clone()]
        .into_iter()
        .chain(below)
        .flat_map(|at| {
            let mut names = files.list(&at, Kind::File);
            names.sort();
            names.retain(|name| {
                name.ends_with(".py") && (name.starts_with("test_") || name.ends_with("_test.py"))
            });
            names.truncate(5);
            names
                .into_iter()
                .filter_map(move |name| files.read(&at, &name))
        })
        .collect()
}

/// The interpreter of the project's own environment, here or above, else the system's.
fn python(files: &Files, folder: &RelPath) -> String {
    let mut here = Some(folder.clone());
    let mut up = String::new();
    while let Some(at) = here {
        for name in [".venv/bin/python", "venv/bin/python"] {
            if files.has(&at, name) {
                return format!("{up}{name}");
            }
        }
        up.push_str("../");
        here = at.parent();
    }
    "python3".to_owned()
}
