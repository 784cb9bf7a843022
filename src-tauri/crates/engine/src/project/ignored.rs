//! Tells the person's own files from what the project ignores, and the ignored kinds apart.
//!
//! The rules are those of git, read from `.gitignore` files and `.git/info/exclude`, and need no
//! git: a plain folder may have them too. A plain folder that has none gets the few names that are
//! never written by hand. Rules are read when a folder is first asked about.
//!
//! Being ignored decides what is offered for apply, not what a draft holds. Git's own files are a
//! class of their own and are never offered.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use ignore::Match;
use ignore::gitignore::Gitignore;
use ignore::gitignore::GitignoreBuilder;

use super::beneath::Root;
use super::path::RelPath;
use super::path::is_git_name;

/// What a path is to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Written by a person; changes are offered for apply.
    Source,
    /// Installed packages (`node_modules`, `.venv`, …).
    Dependency,
    /// Can be made again by building (`target`, `.next`, `__pycache__`, …).
    Cache,
    /// Ignored for a reason we do not know (`.env`, logs, …).
    Ignored,
    /// Git metadata.
    Git,
}

const DEPENDENCIES: &[&str] = &[
    "node_modules",
    "bower_components",
    ".venv",
    "venv",
    "env",
    "vendor",
    ".yarn",
    ".pnpm-store",
    ".bundle",
    "Pods",
    "site-packages",
    "deps",
    ".cargo",
    "elm-stuff",
];

const CACHES: &[&str] = &[
    "target",
    ".next",
    ".nuxt",
    ".svelte-kit",
    ".turbo",
    ".parcel-cache",
    ".cache",
    ".vite",
    "dist",
    "build",
    "out",
    "_build",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".tox",
    ".nox",
    ".gradle",
    "obj",
    "bin",
    "coverage",
    "htmlcov",
    ".nyc_output",
    ".angular",
    "DerivedData",
    "cmake-build-debug",
    "cmake-build-release",
    ".dart_tool",
    "zig-cache",
    ".zig-cache",
    "zig-out",
    "storybook-static",
];

/// Folders that are never written by hand, whatever the project says or does not say.
const MADE_BY_TOOLS: &[&str] = &[
    "node_modules",
    ".venv",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".tox",
    ".nox",
    ".nyc_output",
    ".gradle",
];

/// Names that a tool writes where its own file lies beside them, and that a person may use elsewhere.
const MADE_BESIDE: &[(&str, &str)] = &[
    ("target", "Cargo.toml"),
    ("target", "pom.xml"),
    ("coverage", "package.json"),
    ("htmlcov", "pyproject.toml"),
    ("htmlcov", "setup.py"),
    (".coverage", "pyproject.toml"),
    (".coverage", "setup.py"),
    ("build", "build.gradle"),
    ("build", "build.gradle.kts"),
];

const MOST_RULES: u64 = 1 << 20;

/// The ignore rules of one tree.
#[derive(Debug)]
pub struct Rules {
    root: Root,
    plain: bool,
    files: HashMap<RelPath, Gitignore>,
    exclude: Gitignore,
    folders: HashMap<RelPath, Class>,
}

impl Rules {
    /// The rules of the tree at `root`.
    pub fn of(root: &Path) -> std::io::Result<Self> {
        let root = Root::open(root)?;
        let known = |path: &str| {
            RelPath::new(path).is_some_and(|path| matches!(root.stat(&path), Ok(Some(_))))
        };
        let plain = !known(".git") && !known(".gitignore");
        let exclude = read(
            &root,
            &RelPath::new(".git/info/exclude").unwrap_or_default(),
        );
        Ok(Self {
            root,
            plain,
            files: HashMap::new(),
            exclude,
            folders: HashMap::new(),
        })
    }

    /// What `path` is. Whether it exists does not matter.
    pub fn class(&mut self, path: &RelPath, is_folder: bool) -> Class {
        if is_folder && let Some(class) = self.folders.get(path) {
            return *class;
        }
        let Some(parent) = path.parent() else {
            return Class::Source;
        };
        let class = match self.class(&parent, true) {
            Class::Source => self.own_class(path, is_folder),
            above => above,
        };
        if is_folder {
            self.folders.insert(path.clone(), class);
        }
        class
    }

    /// Whether changes of `path` are offered for apply.
    pub fn is_source(&mut self, path: &RelPath) -> bool {
        self.class(path, false) == Class::Source
    }

    fn own_class(&mut self, path: &RelPath, is_folder: bool) -> Class {
        let name = path.name();
        if is_git_name(name) {
            return Class::Git;
        }
        let is = |names: &[&str]| name.to_str().is_some_and(|name| names.contains(&name));
        let ignored = match self.matched(path, is_folder) {
            Match::Ignore(()) => true,
            Match::Whitelist(()) => false,
            Match::None => {
                self.plain && (is_folder && is(MADE_BY_TOOLS) || self.is_made_beside(path))
            }
        };
        match ignored {
            false => Class::Source,
            true if is_folder && is(DEPENDENCIES) => Class::Dependency,
            true if is_folder && is(CACHES) => Class::Cache,
            true => Class::Ignored,
        }
    }

    fn is_made_beside(&self, path: &RelPath) -> bool {
        let Some(folder) = path.parent() else {
            return false;
        };
        MADE_BESIDE.iter().any(|(name, sibling)| {
            path.name() == *name
                && matches!(self.root.stat(&folder.join(sibling.as_ref())), Ok(Some(_)))
        })
    }

    /// The nearest file with an opinion decides; within it the last line, as in git.
    fn matched(&mut self, path: &RelPath, is_folder: bool) -> Match<()> {
        let mut folder = path.parent();
        while let Some(at) = folder {
            let rules = self
                .files
                .entry(at.clone())
                .or_insert_with(|| read(&self.root, &at.join(".gitignore".as_ref())));
            if !rules.is_empty() {
                let below = path
                    .as_path()
                    .strip_prefix(at.as_path())
                    .unwrap_or(path.as_path());
                match rules.matched(below, is_folder) {
                    Match::Ignore(_) => return Match::Ignore(()),
                    Match::Whitelist(_) => return Match::Whitelist(()),
                    Match::None => {}
                }
            }
            folder = at.parent();
        }
        self.exclude.matched(path.as_path(), is_folder).map(|_| ())
    }
}

/// The rules in a file; none when it cannot be read. A line that is no rule is passed over, as git
/// does.
fn read(root: &Root, path: &RelPath) -> Gitignore {
    let mut text = Vec::new();
    if let Ok(file) = root.file(path)
        && file.metadata().is_ok_and(|m| m.is_file())
    {
        let _ = file.take(MOST_RULES).read_to_end(&mut text);
    }
    if text.is_empty() {
        return Gitignore::empty();
    }
    let text = String::from_utf8_lossy(&text);
    let mut rules = GitignoreBuilder::new("");
    for line in text.trim_start_matches('\u{feff}').lines() {
        let _ = rules.add_line(None, line);
    }
    rules.build().unwrap_or_else(|_| Gitignore::empty())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[track_caller]
    fn check(files: &[(&str, &str)], expect: &[(&str, Class)]) {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut rules = Rules::of(dir.path()).unwrap();
        for (path, class) in expect {
            let is_folder = path.ends_with('/');
            let found = rules.class(&RelPath::new(path).unwrap(), is_folder);
            assert_eq!(found, *class, "{path}");
        }
    }

    #[test]
    fn nested_rules_and_exceptions_work_as_in_git() {
        check(
            &[
                (
                    ".gitignore",
                    "\u{feff}*.log\r\n/build/\n!keep.log\ndoc/**/*.tmp\n",
                ),
                ("sub/.gitignore", "!*.log\nlocal\n"),
                (".git/info/exclude", "secret.txt\n"),
                ("build/.gitignore", "!*\n"),
            ],
            &[
                ("a.log", Class::Ignored),
                ("keep.log", Class::Source),
                ("sub/a.log", Class::Source),
                ("sub/local", Class::Ignored),
                ("local", Class::Source),
                ("build/", Class::Cache),
                ("build/deep/x.rs", Class::Cache),
                ("sub/build/x", Class::Source),
                ("doc/a/b/c.tmp", Class::Ignored),
                ("x/secret.txt", Class::Ignored),
                ("src/main.rs", Class::Source),
            ],
        );
    }

    #[test]
    fn kinds_of_ignored_folders_are_told_apart() {
        check(
            &[(".gitignore", "node_modules\ntarget\n.venv\nprivate\n")],
            &[
                ("node_modules/a/index.js", Class::Dependency),
                ("web/node_modules/", Class::Dependency),
                ("target/debug/x", Class::Cache),
                (".venv/bin/python", Class::Dependency),
                ("private/target/", Class::Ignored),
                ("vendor/lib.go", Class::Source),
                (".git/config", Class::Git),
                ("sub/.GIT/hooks/x", Class::Git),
            ],
        );
    }

    #[test]
    fn a_plain_folder_without_rules_has_a_few() {
        check(
            &[("index.js", "")],
            &[
                ("node_modules/a.js", Class::Dependency),
                ("a/__pycache__/x.pyc", Class::Cache),
                ("target/readme.md", Class::Source),
                ("dist/site.css", Class::Source),
                ("coverage/index.html", Class::Source),
                (".nyc_output/1.json", Class::Cache),
            ],
        );
        check(
            &[
                ("package.json", "{}"),
                ("tool/Cargo.toml", ""),
                ("api/pyproject.toml", ""),
            ],
            &[
                ("coverage/index.html", Class::Cache),
                ("tool/target/debug/x", Class::Cache),
                ("target/readme.md", Class::Source),
                ("tool/coverage/index.html", Class::Source),
                ("api/.coverage", Class::Ignored),
            ],
        );
        check(
            &[(".gitignore", "*.o\n")],
            &[("node_modules/a.js", Class::Source)],
        );
    }
}
