//! What runners of checks do: those of every toolchain, and those that misbehave.

use std::time::Duration;
use std::time::Instant;

use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::project::Project;

use crate::checks::answered;
use crate::checks::till;
use crate::world::World;

#[test]
fn whatever_a_runner_does_has_its_own_sentence() {
    let project = till();
    let model = Model::start([Reply::text("Hello.")]);
    let world = World::with_the_persons_path();
    let mut serve = world.serve(&model.base_url());
    let task = answered(&mut serve, &project);
    for (command, tests, seconds, result, sentence) in [
        (
            "no-such-runner --all",
            true,
            None,
            "missing",
            "`no-such-runner` was not found, so nothing was checked.",
        ),
        (
            "npm exec -c vitest-that-is-not-here",
            true,
            None,
            "missing",
            "`vitest-that-is-not-here` was not found",
        ),
        (
            "kill -SEGV $$",
            true,
            None,
            "crashed",
            "It crashed: it touched memory that is not its own (signal 11).",
        ),
        (
            "echo waiting; sleep 1000",
            true,
            Some(1),
            "timedOut",
            "It took longer than 1 second and was ended.",
        ),
        (
            "echo all tests passed",
            true,
            None,
            "uncounted",
            "It ended without an error, but no tests could be counted",
        ),
        (
            "echo fine",
            false,
            None,
            "passed",
            "It ended without an error.",
        ),
        (
            "exit 3",
            false,
            None,
            "failed",
            "It ended with exit code 3.",
        ),
        (
            "node --test nothing-*.js; echo '# tests 0'; echo '# pass 0'; echo '# fail 0'",
            true,
            None,
            "noTests",
            "No tests ran, so nothing is known to work.",
        ),
        (
            "echo '# pass 3'; echo '# fail 0'; exit 1",
            true,
            None,
            "failed",
            "3 tests pass, but it ended with exit code 1.",
        ),
    ] {
        let check = serve.typed(&task, command, tests);
        let run = serve.check(&task, &check, seconds);
        let said = run["sentence"].as_str().unwrap();
        assert!(said.starts_with(sentence), "{command}: {run:#}");
        assert_eq!(run["result"], result, "{command}: {run:#}");
    }
    assert_eq!(model.requests().len(), 1, "nothing was sent");
}

#[test]
fn a_hundred_megabytes_are_ended_and_nothing_else_waits_for_them() {
    let project = till();
    let model = Model::start([Reply::text("Hello.")]);
    let world = World::with_the_persons_path();
    let mut serve = world.serve(&model.base_url());
    let task = answered(&mut serve, &project);
    let flood = "echo first; yes 'a line that says nothing' | head -c 100000000; echo '# pass 1'; echo '# fail 0'";
    let check = serve.typed(&task, flood, true);
    serve.call(
        "check/run",
        json!({ "task": task, "check": check, "seconds": null }),
    );
    serve.event("the first output", |event| event["type"] == "itemDelta");
    let asked = Instant::now();
    serve.view(&task);
    let took = asked.elapsed();
    assert!(
        took < Duration::from_secs(2),
        "another question waited {took:?}"
    );
    let run = serve.check_ended();
    assert_eq!(run["result"], "tooMuchOutput", "{}", run["sentence"]);
    assert!(
        run["sentence"]
            .as_str()
            .unwrap()
            .starts_with("It printed more than 64 MB and was ended.")
    );
    let output = run["output"].as_str().unwrap();
    assert!(
        output.starts_with("first\n") && output.len() < 200_000,
        "{}",
        output.len()
    );
    let shown: usize = serve
        .events()
        .iter()
        .filter(|event| event["type"] == "itemDelta")
        .map(|event| event["text"].as_str().unwrap().len())
        .sum();
    assert!(
        shown > 1000 && shown < 40 << 20,
        "{shown} bytes were shown live"
    );
}

#[test]
fn checks_of_every_toolchain_are_found_run_and_read() {
    let cargo = Project::new()
        .file("Cargo.toml", "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n")
        .file("Cargo.lock", "version = 4\n\n[[package]]\nname = \"tiny\"\nversion = \"0.1.0\"\n")
        .file("src/lib.rs", "#[test]\nfn well() {}\n#[test]\nfn wrong() { panic!() }\n#[test]\n#[ignore]\nfn later() {}\n");
    let pytest = Project::new().file("pytest.ini", "[pytest]\n").file(
        "test_one.py",
        "def test_well():\n    pass\n\ndef test_wrong():\n    assert 1 == 2\n",
    );
    let unittest = Project::new().file(
        "test_one.py",
        "import unittest\n\nclass One(unittest.TestCase):\n    def test_well(self):\n        pass\n\n    def test_wrong(self):\n        self.fail()\n",
    );
    let go = Project::new()
        .file("go.mod", "module tiny\n\ngo 1.19\n")
        .file("one_test.go", "package tiny\n\nimport \"testing\"\n\nfunc TestWell(t *testing.T) {}\n\nfunc TestWrong(t *testing.T) { t.Fail() }\n");
    for (project, command, failing) in [
        (cargo, "cargo test --workspace", "wrong"),
        (
            pytest,
            "/usr/bin/python3 -m pytest -q",
            "test_one.py::test_wrong",
        ),
        (unittest, "python3 -m unittest", "test_wrong (test_one.One"),
        (go, "go test -v ./...", "TestWrong"),
    ] {
        let model = Model::start([Reply::text("Hello.")]);
        let world = World::at_home();
        let mut serve = world.serve(&model.base_url());
        let task = answered(&mut serve, &project);
        let check = match command.strip_prefix("/usr/bin/") {
            // The system's Python is the one whose packages bring pytest.
            Some(found) => {
                serve.check_named(&task, found);
                serve.typed(&task, command, true)
            }
            None => serve.check_named(&task, command),
        };
        let run = serve.check(&task, &check, None);
        assert_eq!(
            run["sentence"].as_str().map(|said| &said[..18]),
            Some("1 of 2 tests fail."),
            "{run:#}"
        );
        let name = run["failing"][0].as_str().unwrap_or_default();
        assert!(name.starts_with(failing), "{command}: {run:#}");
    }
}
