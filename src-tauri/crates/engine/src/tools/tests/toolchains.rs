//! The package tools of this machine, without a network, in a draft.

use std::fs;
use std::process::Command;

use super::bench::Bench;
use super::bench::command;
use crate::agent::item::CommandOutcome;
use crate::checks;
use crate::tools::ToolResult;

#[track_caller]
fn passed(result: &ToolResult) -> String {
    let (outcome, _, output) = command(result);
    assert_eq!(outcome, CommandOutcome::Exited { code: 0 }, "{output}");
    output
}

#[tokio::test]
async fn cargo_tests_with_a_cached_crate() {
    let bench = Bench::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
             [dependencies]\ncfg-if = \"1\"\n[workspace]\n",
        ),
        (
            "src/lib.rs",
            "cfg_if::cfg_if! { if #[cfg(unix)] { pub fn one() -> u8 { 1 } } }\n\
             #[test]\nfn is_one() { assert_eq!(one(), 1); }\n",
        ),
    ]);
    let told = passed(&bench.shell("cargo test 2>&1").await);
    assert!(told.contains("test is_one ... ok"), "{told}");
    assert!(!bench.project().join("target").exists());
}

#[tokio::test]
async fn a_crate_that_is_not_cached_fails_at_once() {
    let bench = Bench::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\n\
             [dependencies]\ngreenlight-no-such-crate = \"1\"\n[workspace]\n",
        ),
        ("src/lib.rs", ""),
    ]);
    let (outcome, _, told) = command(&bench.shell("cargo build").await);
    assert_eq!(outcome, CommandOutcome::Exited { code: 101 });
    assert!(told.contains("offline"), "{told}");
}

#[tokio::test]
async fn npm_tests_with_installed_modules() {
    let bench = Bench::new(&[
        (
            "package.json",
            "{\"name\":\"tiny\",\"scripts\":{\"test\":\"node --test\"}}",
        ),
        ("node_modules/one/index.js", "module.exports = 1;"),
        (
            "node_modules/one/package.json",
            "{\"name\":\"one\",\"version\":\"1.0.0\"}",
        ),
        (
            "one.test.js",
            "const { test } = require('node:test');\n\
             const http = require('node:http');\n\
             test('one', () => require('node:assert').strictEqual(require('one'), 1));\n\
             test('serves', async () => {\n\
               const server = http.createServer((q, r) => r.end('ok'));\n\
               await new Promise((up) => server.listen(0, '127.0.0.1', up));\n\
               const got = await fetch(`http://127.0.0.1:${server.address().port}`);\n\
               require('node:assert').strictEqual(await got.text(), 'ok');\n\
               server.close(); server.closeAllConnections();\n\
             });\n",
        ),
    ]);
    let told = passed(&bench.shell("npm test").await);
    assert!(
        told.contains("# pass 2") || told.contains("pass 2"),
        "{told}"
    );
}

#[tokio::test]
async fn pytest_runs_from_a_venv_of_the_project() {
    let bench = Bench::prepared(|project| {
        // The system's Python is the one whose packages bring pytest.
        let made = Command::new("/usr/bin/python3")
            .args("-m venv --system-site-packages --without-pip .venv".split(' '))
            .current_dir(project)
            .status();
        assert!(
            made.is_ok_and(|status| status.success()),
            "`/usr/bin/python3 -m venv` does not work here; `cargo xtask test` installs it"
        );
        let found = Command::new(project.join(".venv/bin/python"))
            .args(["-c", "import pytest"])
            .status();
        assert!(
            found.is_ok_and(|status| status.success()),
            "/usr/bin/python3 has no pytest; `cargo xtask test` installs it"
        );
        let test = "def test_one():\n    assert 1 + 1 == 2\n\n\
                    def test_two():\n    assert 'draft'.startswith('d')\n";
        fs::write(project.join("test_one.py"), test).unwrap();
    });
    let told = passed(&bench.shell(".venv/bin/python -m pytest -q").await);
    let counted = checks::counts(&told).map(|counts| (counts.passed, counts.failed));
    assert_eq!(counted, Some((2, 0)), "{told}");
    assert!(!bench.project().join(".pytest_cache").exists());
}

#[tokio::test]
async fn go_tests_pass_and_a_module_that_is_not_cached_fails_at_once() {
    assert!(
        Command::new("go").arg("version").output().is_ok(),
        "there is no `go` here; `cargo xtask test` installs it"
    );
    let bench = Bench::new(&[
        ("go.mod", "module tiny\n\ngo 1.19\n"),
        (
            "one_test.go",
            "package tiny\n\nimport \"testing\"\n\nfunc TestOne(t *testing.T) {}\n",
        ),
    ]);
    let told = passed(&bench.shell("go test -v ./...").await);
    assert!(told.contains("--- PASS: TestOne"), "{told}");
    let result = bench
        .shell("go get example.com/greenlight-none@v1.0.0")
        .await;
    let (outcome, _, told) = command(&result);
    assert_eq!(outcome, CommandOutcome::Exited { code: 1 }, "{told}");
    assert!(told.contains("GOPROXY=off"), "{told}");
}

#[tokio::test]
async fn commands_have_the_persons_path_and_a_plain_environment() {
    let bench = Bench::new(&[]);
    let told = passed(&bench.shell("env; command -v cargo; command -v node").await);
    for line in [
        "NO_COLOR=1",
        "TERM=dumb",
        "LANG=C.UTF-8",
        "GIT_PAGER=cat",
        "GOPROXY=off",
    ] {
        assert!(told.lines().any(|seen| seen == line), "{line}: {told}");
    }
    for name in [
        "CI=",
        "RUSTUP_TOOLCHAIN=",
        "LD_LIBRARY_PATH=",
        "CARGO_MANIFEST_DIR=",
        "SSH_",
    ] {
        assert!(
            !told.lines().any(|seen| seen.starts_with(name)),
            "{name}: {told}"
        );
    }
    let home = std::env::var("HOME").unwrap();
    assert!(
        told.lines().any(|line| line == format!("HOME={home}")),
        "{told}"
    );
}
