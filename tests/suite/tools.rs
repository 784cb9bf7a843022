//! The tools people build with, offline, in a draft: they pass there as they pass in the folder.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::model::Model;
use support::model::Reply;
use support::project::Project;
use support::project::Recorder;
use support::project::snapshot;

use crate::world::World;

/// Runs a command in a draft of `project` and answers with what the model was told of it. The
/// folder must be as before.
fn in_draft(project: &Project, command: &str) -> (String, Value) {
    in_draft_of(&World::at_home(), project, command)
}

fn in_draft_of(world: &World, project: &Project, command: &str) -> (String, Value) {
    let before = project.snapshot();
    let mut recorder = project.record();
    let model = Model::start([Reply::shell(command), Reply::text("Done.")]);
    let got = world
        .run(&model.base_url(), project.path(), &["--json"], "Test it")
        .ended(0);
    before.assert_unchanged(project.path());
    recorder.assert_silent();
    let item = got.items("command").pop().expect("one command was run");
    (model.requests()[1].last_result(), item)
}

fn passes(project: &Project, command: &str) -> Value {
    let (told, item) = in_draft(project, command);
    assert!(told.starts_with("Exit code: 0\n"), "{command}: {told}");
    item
}

/// Runs what a test needs done before there is a draft.
#[track_caller]
fn prepared(command: &mut Command) {
    let program = command.get_program().to_owned();
    let output = command.output().unwrap_or_else(|error| {
        panic!("{program:?} cannot be started ({error}); `cargo xtask test` installs it")
    });
    assert!(
        output.status.success(),
        "{command:?} failed; `cargo xtask test` installs what it needs\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn crate_with(dependency: &str) -> Project {
    let uses = if dependency.is_empty() {
        "2 + 2"
    } else {
        "cfg_if_four()"
    };
    Project::new()
        .file(
            "Cargo.toml",
            format!(
                "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
                 [dependencies]\n{dependency}\n[workspace]\n"
            ),
        )
        .file(
            "src/lib.rs",
            format!(
                "{}#[test]\nfn adds_up() {{\n    assert_eq!({uses}, 4);\n}}\n",
                if dependency.is_empty() {
                    ""
                } else {
                    "cfg_if::cfg_if! {\n    if #[cfg(test)] {\n        \
                     fn cfg_if_four() -> u8 { 4 }\n    }\n}\n\n"
                }
            ),
        )
        .file(".gitignore", "/target\n")
}

#[test]
fn cargo_test_without_dependencies() {
    let item = passes(&crate_with(""), "cargo test");
    assert_eq!(item["tests"]["passed"], 1, "{item}");
    assert_eq!(item["outcome"], "exited");
}

#[test]
fn cargo_test_with_a_cached_dependency() {
    let project = crate_with("cfg-if = \"1\"");
    // Only what the person's own cargo can do offline is to be expected of the draft; cfg-if is a
    // dependency of this workspace, so it is there.
    assert!(
        cargo_offline(project.path()),
        "cfg-if is not in this machine's cargo registry"
    );
    let item = passes(&project, "cargo test");
    assert_eq!(item["tests"]["passed"], 1, "{item}");
}

fn cargo_offline(project: &Path) -> bool {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["generate-lockfile", "--offline"])
        .current_dir(project);
    cargo.output().is_ok_and(|output| output.status.success())
}

#[test]
fn npm_test_with_installed_packages() {
    let project = Project::new()
        .file(
            "package.json",
            r#"{ "name": "tiny", "type": "module", "scripts": { "test": "add-check && node --test" },
               "dependencies": { "add": "1.0.0" } }"#,
        )
        .file("node_modules/add/package.json", r#"{ "name": "add", "version": "1.0.0", "main": "i.js" }"#)
        .file("node_modules/add/i.js", "module.exports = (a, b) => a + b;\n")
        .file("node_modules/add/check.js", "#!/usr/bin/env node\nrequire('fs').writeFileSync(__dirname + '/cache', 'x');\n")
        .mode("node_modules/add/check.js", 0o755)
        .link("node_modules/.bin/add-check", "../add/check.js")
        .file(
            "add.test.js",
            "import test from 'node:test';\nimport assert from 'node:assert';\n\
             import add from 'add';\ntest('adds', () => assert.equal(add(2, 2), 4));\n",
        );
    let item = passes(&project, "npm test");
    assert_eq!(item["tests"]["passed"], 1, "{item}");
}

#[test]
fn python_tests_in_a_venv() {
    let project = Project::new()
        .file("tiny.py", "def add(a, b):\n    return a + b\n")
        .file(
            "test_tiny.py",
            "import unittest\nimport tiny\nimport helped\n\nclass Adds(unittest.TestCase):\n    \
             def test_adds(self):\n        self.assertEqual(tiny.add(2, 2), helped.FOUR)\n",
        );
    // The system's packages are the ones that bring pytest.
    let venv = "-m venv --system-site-packages --without-pip .venv";
    prepared(
        Command::new("/usr/bin/python3")
            .args(venv.split(' '))
            .current_dir(project.path()),
    );
    prepared(Command::new(project.at(".venv/bin/python")).args(["-c", "import pytest"]));
    let packages = std::fs::read_dir(project.at(".venv/lib"))
        .unwrap()
        .flatten()
        .next()
        .unwrap();
    std::fs::write(
        packages.path().join("site-packages/helped.py"),
        "FOUR = 4\n",
    )
    .unwrap();
    passes(
        &project,
        ". .venv/bin/activate && python -m unittest -v && python -c 'import sys; print(sys.prefix)'",
    );
    let item = passes(&project, ".venv/bin/python -m pytest -q");
    assert_eq!(item["tests"]["passed"], 1, "{item}");
    assert_eq!(item["tests"]["failed"], 0, "{item}");
}

/// Lays out a module as a Go proxy serves it, so that it can be had without a network.
fn module_proxy(at: &Path) {
    let versions = at.join("example.com/tiny/@v");
    std::fs::create_dir_all(&versions).expect("folders can be made");
    for (name, text) in [
        ("list", "v1.0.0\n"),
        (
            "v1.0.0.info",
            r#"{"Version":"v1.0.0","Time":"2024-01-01T00:00:00Z"}"#,
        ),
        ("v1.0.0.mod", "module example.com/tiny\n\ngo 1.19\n"),
    ] {
        std::fs::write(versions.join(name), text).expect("the new folder takes files");
    }
    let zip = "import zipfile\n\
               with zipfile.ZipFile('v1.0.0.zip', 'w') as zip:\n    \
               at = 'example.com/tiny@v1.0.0/'\n    \
               zip.write('v1.0.0.mod', at + 'go.mod')\n    \
               zip.writestr(at + 'tiny.go', 'package tiny\\n\\nfunc Four() int { return 4 }\\n')\n";
    prepared(
        Command::new("/usr/bin/python3")
            .args(["-c", zip])
            .current_dir(&versions),
    );
}

/// `go` as the person runs it, in the home of `world`, with modules from a folder.
fn go_of_the_person(world: &World, proxy: &Path, project: &Project, words: &[&str]) {
    let mut go = Command::new("go");
    for moved in ["GOPATH", "GOMODCACHE", "GOCACHE", "XDG_CACHE_HOME"] {
        go.env_remove(moved);
    }
    prepared(
        go.args(words)
            .env("HOME", world.home())
            .env("GOENV", "off")
            .env("GOFLAGS", "-mod=mod")
            .env("GOPROXY", format!("file://{}", proxy.display()))
            .env("GOSUMDB", "off")
            .current_dir(project.path()),
    );
}

#[test]
fn go_test_with_a_cached_module() {
    let project = Project::new()
        .file("go.mod", "module example.org/sums\n\ngo 1.19\n")
        .file(
            "sums_test.go",
            "package sums\n\nimport (\n\t\"testing\"\n\n\t\"example.com/tiny\"\n)\n\n\
             func TestAdd(t *testing.T) {\n\tif 2+2 != tiny.Four() {\n\t\tt.Fatal(\"no\")\n\t}\n}\n",
        );
    let world = World::with_the_persons_path();
    let proxy = world.folder().join("proxy");
    module_proxy(&proxy);
    let get = ["get", "example.com/tiny@v1.0.0"];
    go_of_the_person(&world, &proxy, &project, &get);
    let cache = world.home().join("go/pkg/mod");
    assert!(cache.join("example.com/tiny@v1.0.0/tiny.go").is_file());
    assert!(project.text("go.sum").contains("example.com/tiny v1.0.0"));
    // From here on, there is the cache alone.
    std::fs::remove_dir_all(&proxy).unwrap();
    let before = snapshot(&cache);
    let mut recorder = Recorder::start(&cache);

    let (told, _) = in_draft_of(&world, &project, "go test -v ./...");
    assert!(told.starts_with("Exit code: 0\n"), "{told}");
    assert!(told.contains("--- PASS: TestAdd"), "{told}");

    let (told, _) = in_draft_of(
        &world,
        &project,
        "cd \"$(go env GOMODCACHE)\" && pwd && chmod -R u+w example.com && rm -r example.com && \
         mkdir -p made && echo x > made/file && ls",
    );
    assert!(told.starts_with("Exit code: 0\n"), "{told}");
    assert!(told.contains(&format!("{}\n", cache.display())), "{told}");

    let (told, _) = in_draft_of(&world, &project, "go get example.com/other@v1.0.0");
    assert!(told.contains("GOPROXY=off"), "{told}");
    assert!(!told.starts_with("Exit code: 0\n"), "{told}");

    before.assert_unchanged(&cache);
    recorder.assert_silent();
    // Its folders are read-only, and the temporary folder could not be removed with them.
    go_of_the_person(&world, &proxy, &project, &["clean", "-modcache"]);
}

#[test]
fn the_sample_is_mended_and_its_tests_are_counted() {
    let project = Project::sample();
    let (told, item) = in_draft(&project, "npm test");
    assert!(
        item["tests"]["passed"]
            .as_u64()
            .is_some_and(|passed| passed > 0),
        "{told}"
    );
}

#[test]
fn there_is_no_network_in_auto() {
    let project = Project::new().file("a.txt", "a\n");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, _) = in_draft(
        &project,
        &format!(
            "(exec 3<>/dev/tcp/127.0.0.1/{port}) && echo connected; cat /proc/net/dev; env | grep -i proxy"
        ),
    );
    assert!(
        !told.contains("connected") && !told.contains("eth0"),
        "{told}"
    );
    assert!(listener.accept().is_err(), "nobody came");
}

#[test]
fn credentials_beside_the_tools_are_not_seen() {
    let project = Project::new().file("a.txt", "a\n");
    let before = project.snapshot();
    let world = World::new();
    for (path, text) in [
        (
            ".cargo/credentials.toml",
            "[registry]\ntoken = \"TOKEN-1\"\n",
        ),
        (".npmrc", "//registry/:_authToken=TOKEN-2\n"),
        (".ssh/id_ed25519", "TOKEN-3\n"),
        (".config/gh/hosts.yml", "oauth_token: TOKEN-4\n"),
        (".aws/credentials", "TOKEN-5\n"),
        (".bash_history", "TOKEN-6\n"),
        (".netrc", "TOKEN-7\n"),
        (".m2/settings.xml", "<password>TOKEN-8</password>\n"),
    ] {
        let path = world.home().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    for folder in [
        ".cargo/registry",
        ".cargo/bin",
        ".npm/_cacache",
        ".m2/repository",
    ] {
        std::fs::create_dir_all(world.home().join(folder)).unwrap();
    }
    for permission in ["auto", "full"] {
        let model = Model::start([
            Reply::shell(
                "cd ~ && grep -rs 'TOKEN-[0-9]' . /root /home /tmp; echo looked in $HOME; echo x > ~/.bashrc",
            ),
            Reply::text("Done."),
        ]);
        let options = ["--permission", permission];
        world
            .run(&model.base_url(), project.path(), &options, "Look")
            .ended(0);
        let told = model.requests()[1].last_result();
        assert!(
            told.contains(&format!("looked in {}", world.home().display())),
            "{told}"
        );
        assert!(!told.contains("TOKEN-"), "{told}");
        assert!(!world.home().join(".bashrc").exists());
    }
    before.assert_unchanged(project.path());
}
