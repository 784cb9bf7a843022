//! Names the files that can run code elsewhere, so that a review marks them in red.
//!
//! A build script, an editor's settings or a CI file runs on the person's machine or a server
//! after the apply, outside of any sandbox. The mark comes from the path alone, lower-cased, except
//! for `package.json`, where only its scripts run. A mark never forbids anything; it keeps a file
//! out of "approve all".

use std::path::Path;

use serde_json::Value;

use super::path::RelPath;

/// Why a change of this file needs a look of its own; `None` when it does not.
pub fn risk(path: &RelPath) -> Option<&'static str> {
    let text = path.as_path().to_string_lossy().to_lowercase();
    let parts: Vec<&str> = text.split('/').collect();
    let name = parts.last().copied().unwrap_or_default();
    let under = |folder: &str| parts[..parts.len() - 1].contains(&folder);
    let below = |folder: &str| text.starts_with(folder) || text.contains(&format!("/{folder}"));
    let extension = Path::new(name)
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();

    if under(".vscode")
        || under(".idea")
        || under(".zed")
        || under(".fleet")
        || under(".vs")
        || under(".devcontainer")
        || name.ends_with(".code-workspace")
        || matches!(
            name,
            ".devcontainer.json"
                | ".vimrc"
                | ".exrc"
                | ".nvimrc"
                | ".nvim.lua"
                | ".dir-locals.el"
                | ".gdbinit"
                | ".lldbinit"
        )
    {
        return Some("editor settings can run commands when the folder is opened");
    }
    if under(".cursor")
        || under(".claude")
        || under(".codex")
        || under(".agents")
        || under(".gemini")
        || matches!(name, ".mcp.json" | "mcp.json" | ".cursorrules")
    {
        return Some("settings of coding agents can start programs");
    }
    if matches!(
        name,
        "agents.md" | "claude.md" | "gemini.md" | ".windsurfrules"
    ) || below(".github/copilot")
    {
        return Some("coding agents follow what it says");
    }
    if below(".github/workflows/")
        || below(".github/actions/")
        || below(".circleci/")
        || below(".buildkite/")
        || below(".woodpecker/")
        || below(".forgejo/")
        || below(".gitea/")
        || matches!(
            name,
            ".gitlab-ci.yml"
                | ".travis.yml"
                | "jenkinsfile"
                | "azure-pipelines.yml"
                | "bitbucket-pipelines.yml"
                | "appveyor.yml"
                | ".drone.yml"
                | "cloudbuild.yaml"
        )
    {
        return Some("CI runs it on a server, often with secrets");
    }
    if under(".husky")
        || under(".githooks")
        || under("hooks") && under(".git")
        || matches!(
            name,
            ".pre-commit-config.yaml" | "lefthook.yml" | ".lefthook.yml" | ".overcommit.yml"
        )
    {
        return Some("git hooks run at every commit");
    }
    if matches!(
        name,
        ".gitmodules" | ".gitattributes" | ".gitconfig" | ".lfsconfig"
    ) {
        return Some("git may fetch or run what it names");
    }
    if matches!(
        name,
        ".envrc"
            | ".mise.toml"
            | "mise.toml"
            | ".tool-versions"
            | ".bashrc"
            | ".zshrc"
            | ".profile"
            | ".bash_profile"
            | ".zprofile"
            | ".zshenv"
    ) {
        return Some("a shell runs it when you enter the folder or log in");
    }
    if matches!(
        name,
        ".npmrc" | ".yarnrc" | ".yarnrc.yml" | ".pnpmfile.cjs" | "pip.conf" | ".pypirc"
    ) || below(".cargo/config")
        || below(".yarn/plugins/")
        || below(".yarn/releases/")
    {
        return Some("package managers follow it when they download and build");
    }
    if matches!(
        name,
        "makefile"
            | "gnumakefile"
            | "justfile"
            | ".justfile"
            | "build.rs"
            | "setup.py"
            | "conftest.py"
            | "noxfile.py"
            | "tasks.py"
            | "fabfile.py"
            | "rakefile"
            | "gemfile"
            | "gruntfile.js"
            | "gulpfile.js"
            | "cmakelists.txt"
            | "build.gradle"
            | "build.gradle.kts"
            | "settings.gradle"
            | "settings.gradle.kts"
            | "gradlew"
            | "gradlew.bat"
            | "mvnw"
            | "mvnw.cmd"
            | "pom.xml"
            | "build.zig"
            | "meson.build"
            | "sconstruct"
            | "build.sbt"
            | "mix.exs"
            | "package.swift"
            | "dockerfile"
            | "vagrantfile"
            | "procfile"
            | "flake.nix"
            | "shell.nix"
            | "default.nix"
            | "tox.ini"
            | ".eslintrc.js"
            | ".eslintrc.cjs"
            | ".babelrc.js"
            | ".mocharc.js"
            | ".mocharc.cjs"
            | "sitecustomize.py"
            | "usercustomize.py"
            | "binding.gyp"
            | "taskfile.yml"
            | "taskfile.yaml"
            | "directory.build.props"
            | "directory.build.targets"
    ) || matches!(
        extension,
        "mk" | "cmake" | "pth" | "gemspec" | "csproj" | "vcxproj" | "podspec"
    ) || name.starts_with("dockerfile.")
        || name.starts_with("docker-compose")
        || name.starts_with("compose.y")
        || is_script_of_settings(name)
    {
        return Some("building or testing runs it");
    }
    if matches!(
        extension,
        "desktop" | "command" | "bat" | "cmd" | "ps1" | "lnk" | "scpt"
    ) {
        return Some("a double-click runs it");
    }
    None
}

/// `vite.config.ts`, `jest.config.js` and the like: settings that are programs.
fn is_script_of_settings(name: &str) -> bool {
    let stem = ["js", "cjs", "mjs", "ts", "cts", "mts"]
        .iter()
        .find_map(|extension| name.strip_suffix(extension)?.strip_suffix('.'));
    stem.is_some_and(|stem| stem.ends_with(".config"))
}

/// The same for `package.json`, whose scripts run and whose other fields do not.
pub fn package_json_risk(path: &RelPath, old: Option<&[u8]>, new: &[u8]) -> Option<&'static str> {
    if path.name() != "package.json" {
        return None;
    }
    let what_runs = |bytes: &[u8]| {
        let value: Option<Value> = serde_json::from_slice(bytes).ok();
        value.map(|v| ["scripts", "bin", "husky", "gypfile"].map(|key| v.get(key).cloned()))
    };
    let new = what_runs(new);
    let same = match old {
        Some(old) => new.is_some() && what_runs(old) == new,
        None => new
            .as_ref()
            .is_some_and(|fields| fields.iter().all(Option::is_none)),
    };
    (!same).then_some("installing or testing runs its scripts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_run_elsewhere_are_marked() {
        for path in [
            ".vscode/tasks.json",
            "sub/.VSCode/settings.json",
            ".github/workflows/ci.yml",
            "Makefile",
            "crates/a/build.rs",
            ".husky/pre-commit",
            "AGENTS.md",
            ".mcp.json",
            ".envrc",
            ".npmrc",
            ".cargo/config.toml",
            "tests/conftest.py",
            "a/rules.mk",
            "x.desktop",
            ".gitattributes",
            "Dockerfile",
            ".devcontainer/devcontainer.json",
            ".dir-locals.el",
            "web/vite.config.ts",
            "jest.config.js",
            "flake.nix",
            "Dockerfile.dev",
        ] {
            assert!(risk(&RelPath::new(path).unwrap()).is_some(), "{path}");
        }
        for path in [
            "src/main.rs",
            "README.md",
            "index.html",
            "build/readme.txt",
            "hooks/use.ts",
            "src/config.ts",
            "app.config.json",
        ] {
            assert_eq!(risk(&RelPath::new(path).unwrap()), None, "{path}");
        }
    }

    #[test]
    fn package_json_counts_when_what_it_runs_changes() {
        let path = RelPath::new("web/package.json").unwrap();
        let check = |old: Option<&str>, new: &str| {
            package_json_risk(&path, old.map(str::as_bytes), new.as_bytes()).is_some()
        };
        let plain = r#"{"name":"a"}"#;
        let scripts = r#"{"name":"a","scripts":{"postinstall":"x"}}"#;
        assert!(check(Some(plain), scripts));
        assert!(check(None, scripts));
        assert!(check(Some(scripts), "not json"));
        assert!(!check(Some(plain), r#"{"name":"b"}"#));
        assert!(!check(None, plain));
        assert!(!check(Some(scripts), &scripts.replace("\"a\"", "\"b\"")));
    }
}
