use std::path::Path;

use super::find;
use crate::checks::Purpose;

/// Command, folder and source of each check of a folder with these files.
fn found(files: &[(&str, &str)]) -> Vec<(String, String, String)> {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let at = dir.path().join(path);
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        std::fs::write(at, text).unwrap();
    }
    let checks = find(dir.path());
    let ids: std::collections::BTreeSet<_> = checks.iter().map(|check| &check.id).collect();
    assert_eq!(ids.len(), checks.len(), "each has a name of its own");
    checks
        .into_iter()
        .map(|check| (check.command, check.folder, check.from))
        .collect()
}

fn commands(files: &[(&str, &str)]) -> Vec<String> {
    let found = found(files);
    found.into_iter().map(|(command, _, _)| command).collect()
}

const SCRIPTS: &str =
    r#"{"scripts":{"test":"vitest run","lint":"eslint .","start":"node x","build":"vite build"}}"#;

#[test]
fn scripts_of_a_package_by_its_lock_file() {
    let of = |lock: &str| commands(&[("package.json", SCRIPTS), (lock, "")]);
    assert_eq!(of("x"), ["npm test", "npm run lint", "npm run build"]);
    assert_eq!(of("package-lock.json")[0], "npm test");
    assert_eq!(
        of("yarn.lock"),
        ["yarn test", "yarn run lint", "yarn run build"]
    );
    assert_eq!(of("pnpm-lock.yaml")[0], "pnpm test");
    assert_eq!(of("bun.lock")[0], "bun run test");
    let named = r#"{"packageManager":"pnpm@9.1.0","scripts":{"test":"x"}}"#;
    assert_eq!(commands(&[("package.json", named)]), ["pnpm test"]);
}

#[test]
fn what_npm_writes_where_there_are_no_tests_is_no_check() {
    let none = r#"{"scripts":{"test":"echo \"Error: no test specified\" && exit 1"}}"#;
    assert_eq!(commands(&[("package.json", none)]), Vec::<String>::new());
}

#[test]
fn cargo_tests_a_workspace_once() {
    let found = found(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n"),
        ("a/Cargo.toml", "[package]\nname = \"a\"\n"),
        ("tools/own/Cargo.toml", "[package]\nname = \"own\"\n"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "cargo test --workspace");
    assert_eq!(commands(&[("Cargo.toml", "[package]\n")]), ["cargo test"]);
}

#[test]
fn pytest_and_unittest_with_the_projects_own_python() {
    for (name, text) in [
        ("pytest.ini", ""),
        ("pyproject.toml", "[tool.pytest.ini_options]\n"),
        (
            "pyproject.toml",
            "[project]\n[dependency-groups]\ndev = [\"pytest>=8\"]\n",
        ),
        ("setup.cfg", "[tool:pytest]\n"),
        ("tests/conftest.py", ""),
        ("tests/test_a.py", "def test_a():\n    assert True\n"),
        ("test_a.py", "import pytest\n"),
    ] {
        assert_eq!(
            commands(&[(name, text)]),
            ["python3 -m pytest -q"],
            "{name}"
        );
        let with_own = commands(&[(name, text), (".venv/bin/python", "")]);
        assert_eq!(with_own, [".venv/bin/python -m pytest -q"], "{name}");
    }
    assert_eq!(
        commands(&[("tests/test_a.py", "import unittest\n")]),
        ["python3 -m unittest"]
    );
    let plain = [
        ("pyproject.toml", "[project]\nname = \"x\"\n"),
        ("x.py", ""),
    ];
    assert_eq!(commands(&plain), Vec::<String>::new());
}

#[test]
fn packages_in_packages_are_found_near_the_root() {
    let found = found(&[
        ("package-lock.json", ""),
        ("web/package.json", SCRIPTS),
        ("web/node_modules/x/package.json", SCRIPTS),
        ("server/api/go.mod", "module api\n"),
        ("server/api/deep/er/go.mod", "module deep\n"),
        (".hidden/go.mod", "module hidden\n"),
        ("py/test_one.py", "def test_one(): pass\n"),
        (".venv/bin/python", ""),
    ]);
    let tests: Vec<(&str, &str)> = found
        .iter()
        .map(|(command, folder, _)| (command.as_str(), folder.as_str()))
        .take(3)
        .collect();
    assert_eq!(
        tests,
        [
            ("../.venv/bin/python -m pytest -q", "py"),
            ("npm test", "web"),
            ("go test -v ./...", "server/api"),
        ]
    );
    assert_eq!(
        found.len(),
        5,
        "lint and build of web come after: {found:?}"
    );
}

#[test]
fn tests_come_first_and_say_where_they_come_from() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("package.json"), SCRIPTS).unwrap();
    std::fs::write(dir.path().join("go.mod"), "module x\n").unwrap();
    let checks = find(dir.path());
    let purposes: Vec<Purpose> = checks.iter().map(|check| check.purpose).collect();
    use Purpose::*;
    assert_eq!(purposes, [Test, Test, Lint, Build]);
    assert_eq!(checks[0].from, "test script of package.json");
}

#[test]
fn broken_large_and_missing_files_are_no_check() {
    let large = format!("{{\"scripts\":{{\"test\":\"{}\"}}}}", "x".repeat(2 << 20));
    for text in ["{", "[]", "{\"scripts\":{\"test\":3}}", &large] {
        assert_eq!(commands(&[("package.json", text)]), Vec::<String>::new());
    }
    assert!(find(Path::new("/nothing/here")).is_empty());
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("package.json"), SCRIPTS).unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(
        outside.path().join("package.json"),
        dir.path().join("package.json"),
    )
    .unwrap();
    std::os::unix::fs::symlink(outside.path(), dir.path().join("linked")).unwrap();
    assert!(
        find(dir.path()).is_empty(),
        "a link out of the folder is not followed"
    );
}
