//! Holds the rules about who may know whom, and the fixed shape of the repository.
//!
//! They are checked on what cargo resolved and on the sources themselves, so that breaking one fails
//! here, by name, before anyone has built on it.

mod sources;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use support::binaries::root;

use self::sources::code;
use self::sources::sources;
use self::sources::without_tests;

/// The visible top level, fixed by the product's owner.
const TOP_LEVEL: [&str; 8] = [
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "icons",
    "src-tauri",
    "tauri.conf.json",
    "tests",
    "ui",
];

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
                   img-src 'self' blob:; connect-src ipc:; form-action 'none'; base-uri 'none'; \
                   frame-ancestors 'none'; require-trusted-types-for 'script'; \
                   trusted-types svelte-trusted-html";

/// Libraries the product is to be built on, each a direct dependency that some source really names.
const IN_REAL_USE: [&str; 10] = [
    "tauri",
    "tokio",
    "serde",
    "serde_json",
    "reqwest",
    "notify",
    "image",
    "similar",
    "syntect",
    "keyring",
];

#[test]
fn the_visible_top_level_is_fixed() {
    let listing = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git starts");
    assert!(
        listing.status.success(),
        "{}",
        String::from_utf8_lossy(&listing.stderr)
    );
    let listing = String::from_utf8_lossy(&listing.stdout);
    let top: BTreeSet<_> = listing
        .lines()
        .filter_map(|path| path.trim_matches('"').split('/').next())
        .filter(|name| !name.starts_with('.'))
        .collect();
    assert_eq!(
        top,
        BTreeSet::from(TOP_LEVEL),
        "only the owner changes the top level"
    );
}

#[test]
fn pure_crates_depend_on_nothing_that_acts() {
    let graph = Graph::resolved();
    for package in ["review", "patch", "images"] {
        let reached = graph.reached_from(package);
        for acting in [
            "tokio", "reqwest", "hyper", "tauri", "notify", "rusqlite", "engine",
        ] {
            assert!(!reached.contains(acting), "`{package}` reaches `{acting}`");
        }
    }
}

#[test]
fn pure_crates_neither_read_nor_spawn_nor_wait() {
    for package in ["review", "patch"] {
        let acting = [
            "std::fs",
            "std::net",
            "std::process",
            "std::env",
            "std::io",
            "std::thread",
            "async fn",
            ".await",
        ];
        let sources = sources(&format!("src-tauri/crates/{package}/src"), &["rs"]);
        assert!(!sources.is_empty(), "`{package}` has sources");
        for (path, text) in sources {
            let text = without_tests(&path, &text);
            for word in acting {
                let line = text.lines().find(|line| code(line).contains(word));
                assert_eq!(line, None, "{}: `{word}` in a pure crate", path.display());
            }
        }
    }
}

#[test]
fn only_the_app_package_knows_tauri() {
    let graph = Graph::resolved();
    for package in &graph.members {
        if package == "greenlight" {
            continue;
        }
        for webview in ["tauri", "wry", "webkit2gtk", "gtk"] {
            let reaches = graph.reached_from(package).contains(webview);
            assert!(
                !reaches,
                "`{package}` reaches `{webview}`; only `greenlight` may"
            );
        }
    }
    assert!(
        graph.reached_from("greenlight").contains("tauri"),
        "the check sees the real graph"
    );
}

#[test]
fn the_engine_knows_neither_the_boundary_nor_the_terminal() {
    let graph = Graph::resolved();
    let reached = graph.reached_from("engine");
    for above in ["api", "cli", "greenlight", "sample"] {
        assert!(!reached.contains(above), "`engine` reaches `{above}`");
    }
    for (path, text) in sources("src-tauri/crates/engine/src", &["rs"]) {
        let text = without_tests(&path, &text);
        for word in [
            "println!",
            "eprintln!",
            "print!(",
            "std::io::stdin",
            "io::stdin()",
        ] {
            let line = text.lines().find(|line| code(line).contains(word));
            assert_eq!(line, None, "{}: the engine has no terminal", path.display());
        }
    }
}

#[test]
fn the_named_libraries_are_direct_dependencies_in_real_use() {
    let graph = Graph::resolved();
    for library in IN_REAL_USE {
        let mut using = Vec::new();
        for package in &graph.members {
            if package == "e2e" || package == "xtask" || !graph.direct(package).contains(library) {
                continue;
            }
            let named = graph.sources_of(package).into_iter().any(|(path, text)| {
                let text = without_tests(&path, &text);
                text.lines()
                    .any(|line| code(line).contains(&format!("{library}::")))
            });
            if named {
                using.push(package);
            }
        }
        assert!(
            !using.is_empty(),
            "no product crate both depends on `{library}` and names it"
        );
    }
}

#[test]
fn unsafe_code_lives_in_the_sandbox_only() {
    for (path, text) in sources(".", &["rs"]) {
        if path.starts_with(root().join("src-tauri/crates/sandbox")) {
            continue;
        }
        for line in text.lines().map(code) {
            let words = [
                concat!("unsafe", " {"),
                concat!("unsafe", " fn"),
                concat!("unsafe", " impl"),
            ];
            let found = words.iter().any(|word| line.contains(word))
                || line.contains(concat!("allow(", "unsafe"));
            assert!(!found, "{}: {line}", path.display());
        }
    }
}

#[test]
fn one_module_of_the_window_imports_the_host() {
    for (path, text) in sources("ui/src", &["ts", "svelte", "js"]) {
        if path.ends_with("ui/src/host/tauri.ts") {
            continue;
        }
        assert!(
            !text.contains("@tauri-apps/"),
            "{} imports the host",
            path.display()
        );
        // Whether there is a host at all may be asked anywhere; it calls nothing.
        let text = text.replace("\"__TAURI_INTERNALS__\" in window", "");
        assert!(
            !text.contains("__TAURI"),
            "{} reaches around the host's door",
            path.display()
        );
    }
}

#[test]
fn the_window_never_parses_text_as_html() {
    let sources = sources("ui/src", &["ts", "svelte", "js"]);
    assert!(!sources.is_empty(), "the window has sources");
    for (path, text) in sources {
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "{@html",
            "document.write",
        ] {
            let line = text.lines().find(|line| code(line).contains(word));
            assert_eq!(
                line,
                None,
                "{}: text from a model must stay text",
                path.display()
            );
        }
    }
}

#[test]
fn only_apply_writes_files_of_a_project() {
    // A module outside these that can write a file at all must be argued for here, by what it writes.
    const WRITERS: [(&str, &str); 3] = [
        ("copy/entry.rs", "the draft that is being made"),
        ("draft.rs", "the draft's own folder"),
        ("draft/edit.rs", "files of the draft"),
    ];
    let folder = root().join("src-tauri/crates/engine/src/project");
    let writing = [
        "fs::write(",
        "fs::rename(",
        "fs::remove_",
        "File::create(",
        "create_dir",
    ];
    for (path, text) in sources("src-tauri/crates/engine/src/project", &["rs"]) {
        let name = path
            .strip_prefix(&folder)
            .expect("below the folder")
            .display()
            .to_string();
        let is_apply = name == "apply.rs" || name.starts_with("apply/");
        if is_apply || WRITERS.iter().any(|(writer, _)| *writer == name) {
            continue;
        }
        let text = without_tests(&path, &text);
        let line = text
            .lines()
            .find(|line| writing.iter().any(|word| code(line).contains(word)));
        assert_eq!(
            line, None,
            "engine/project/{name} writes; only apply may write a project"
        );
    }
}

#[test]
fn no_test_file_is_forgotten() {
    for binary in ["suite", "window"] {
        let folder = root().join("tests").join(binary);
        let main = fs::read_to_string(folder.join("main.rs")).expect("a main.rs");
        let declared: BTreeSet<_> = main
            .lines()
            .filter_map(|line| line.trim().strip_prefix("mod ")?.strip_suffix(';'))
            .map(str::to_owned)
            .collect();
        let present: BTreeSet<_> = fs::read_dir(&folder)
            .expect("a folder of tests")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.is_dir() || path.extension().is_some_and(|end| end == "rs"))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .filter(|name| name != "main")
            .collect();
        assert_eq!(
            declared, present,
            "tests/{binary}/main.rs must name each file beside it"
        );
    }
}

#[test]
fn the_window_is_configured_closed() {
    let text = fs::read_to_string(root().join("tauri.conf.json")).expect("tauri.conf.json");
    let config: Value = serde_json::from_str(&text).expect("tauri.conf.json is JSON");
    let app = &config["app"];
    let security = &app["security"];
    assert_eq!(security["csp"], CSP, "the content security policy");
    assert_ne!(
        app["withGlobalTauri"], true,
        "page script gets no global Tauri"
    );
    assert_eq!(security["freezePrototype"], true);
    assert_ne!(security["dangerousDisableAssetCspModification"], true);
    assert_eq!(
        security["assetProtocol"],
        Value::Null,
        "images cross as bytes"
    );
    assert_eq!(security["devCsp"], Value::Null, "there is one policy");
    assert_eq!(
        config["build"]["devUrl"],
        Value::Null,
        "with it a plain build shows an empty page"
    );
    assert_eq!(
        config["plugins"],
        Value::Null,
        "no plugin is opened to the page"
    );
    assert_eq!(
        app["windows"],
        serde_json::json!([]),
        "windows are made in Rust, with their guards"
    );

    let capabilities = security["capabilities"]
        .as_array()
        .expect("capabilities are written inline");
    let [main] = capabilities.as_slice() else {
        panic!("one capability, not {capabilities:?}")
    };
    assert_eq!(main["windows"], serde_json::json!(["main"]));
    assert_eq!(
        main["remote"],
        Value::Null,
        "no remote page may call anything"
    );
    assert_eq!(
        main["permissions"],
        serde_json::json!([
            "allow-call",
            "allow-bytes",
            "allow-drain",
            "allow-pick-folder",
            "allow-pick-files",
            "allow-pick-certificates",
            "allow-paste",
            "allow-save-conversation"
        ]),
        "the page may call these commands and nothing of Tauri's own"
    );
    let folder = root().join("src-tauri/capabilities");
    assert!(
        !folder.exists(),
        "a capability in a file would be added to the one above"
    );
}

/// What cargo resolved for this machine: normal dependencies only, by package name.
struct Graph {
    members: BTreeSet<String>,
    folders: BTreeMap<String, PathBuf>,
    edges: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    fn resolved() -> Self {
        let about = Command::new("rustc")
            .arg("-vV")
            .output()
            .expect("rustc starts")
            .stdout;
        let about = String::from_utf8_lossy(&about).into_owned();
        let host = about
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .expect("a host");
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args([
                "metadata",
                "--format-version",
                "1",
                "--offline",
                "--filter-platform",
                host,
            ])
            .current_dir(root())
            .output()
            .expect("cargo starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let data: Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");

        let mut names = BTreeMap::new();
        let mut folders = BTreeMap::new();
        for package in list(&data["packages"]) {
            let name = string(&package["name"]).to_owned();
            let manifest = Path::new(string(&package["manifest_path"]));
            folders.insert(
                name.clone(),
                manifest.parent().expect("a folder").to_owned(),
            );
            names.insert(string(&package["id"]), name);
        }
        let members = list(&data["workspace_members"])
            .iter()
            .map(|id| names[string(id)].clone());
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in list(&data["resolve"]["nodes"]) {
            let from = edges.entry(names[string(&node["id"])].clone()).or_default();
            for dependency in list(&node["deps"]) {
                let kinds = list(&dependency["dep_kinds"]);
                if kinds.iter().any(|kind| kind["kind"].is_null()) {
                    from.insert(names[string(&dependency["pkg"])].clone());
                }
            }
        }
        Self {
            members: members.collect(),
            folders,
            edges,
        }
    }

    fn direct(&self, package: &str) -> &BTreeSet<String> {
        self.edges
            .get(package)
            .unwrap_or_else(|| panic!("`{package}` is in the workspace"))
    }

    fn reached_from(&self, package: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&str> = self.direct(package).iter().map(String::as_str).collect();
        while let Some(next) = open.pop() {
            if reached.insert(next) {
                open.extend(self.direct(next).iter().map(String::as_str));
            }
        }
        reached
    }

    /// The package's own sources.
    fn sources_of(&self, package: &str) -> Vec<(PathBuf, String)> {
        if package == "greenlight" {
            // Its folder is the root, which holds everyone else's sources too.
            let shell = root().join("src-tauri");
            let mut sources = sources("src-tauri", &["rs"]);
            sources.retain(|(path, _)| path.parent() == Some(&shell));
            return sources;
        }
        let folder = self.folders[package]
            .strip_prefix(root())
            .expect("below the root");
        sources(folder.to_str().expect("our own paths are text"), &["rs"])
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn string(value: &Value) -> &str {
    value.as_str().expect("a string in cargo's metadata")
}
