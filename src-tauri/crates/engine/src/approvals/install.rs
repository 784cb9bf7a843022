//! Finds the steps of a command that install packages, and where those packages come from.
//!
//! Only plain words are understood, as in [`crate::tools`]: a script with a substitution or a
//! redirection in it installs nothing as far as this is concerned, and is asked about as the
//! command that it is. The managers and the hosts of their public registries are in
//! `registries.json`; a registry of one's own is asked about when it is reached.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::network::site::Site;

/// One package manager.
#[derive(Debug, Deserialize)]
struct Manager {
    /// How it is called; several words where it is a module of another program.
    programs: Vec<String>,
    /// What makes it install, as the words after the program.
    verbs: Vec<Vec<String>>,
    /// Whether it installs when it is called without a word.
    alone: bool,
    packages: String,
    registry: String,
    hosts: Vec<String>,
}

/// A step that installs packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Install {
    /// "JavaScript packages".
    pub packages: &'static str,
    /// "the npm registry".
    pub registry: &'static str,
    /// What the person calls the step by: `npm ci`.
    pub step: String,
    /// The registry's hosts.
    pub sites: BTreeSet<Site>,
}

static MANAGERS: LazyLock<Vec<Manager>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("registries.json")).expect("a test reads this file")
});

/// Looks at one command's words.
pub fn install(command: &[String]) -> Option<Install> {
    let (program, rest) = command.split_first()?;
    let program = program.rsplit('/').next().unwrap_or(program);
    MANAGERS.iter().find_map(|manager| {
        manager.programs.iter().find_map(|known| {
            let mut known_words = known.split(' ');
            let after = (known_words.next() == Some(program)).then_some(rest)?;
            let module: Vec<&str> = known_words.collect();
            let (before, after) = after.split_at_checked(module.len())?;
            if before != module {
                return None;
            }
            let verb = manager.verb(after)?;
            let hosts = manager.hosts.iter();
            Some(Install {
                packages: &manager.packages,
                registry: &manager.registry,
                step: format!("{known} {verb}").trim_end().to_owned(),
                sites: hosts.filter_map(|host| Site::new(host, 443).ok()).collect(),
            })
        })
    })
}

impl Manager {
    /// The words that make it install; flags before them may stand in between.
    fn verb(&self, words: &[String]) -> Option<String> {
        let mut plain = words
            .iter()
            .map(String::as_str)
            .filter(|word| !word.starts_with('-'))
            .peekable();
        if plain.peek().is_none() {
            let asks_only =
                |word: &String| ["-v", "-V", "-h", "--version", "--help"].contains(&word.as_str());
            return (self.alone && !words.iter().any(asks_only)).then(String::new);
        }
        let plain: Vec<&str> = plain.collect();
        let verb = self
            .verbs
            .iter()
            .find(|verb| plain.len() >= verb.len() && verb.iter().zip(&plain).all(|(a, b)| a == b));
        verb.map(|verb| verb.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(command: &str) -> Option<String> {
        let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
        install(&words).map(|install| install.step)
    }

    #[test]
    fn steps_that_install() {
        for (command, expected) in [
            ("npm ci", "npm ci"),
            ("npm --silent install left-pad", "npm install"),
            ("/usr/bin/npm i", "npm i"),
            ("pnpm add -D vite", "pnpm add"),
            ("yarn", "yarn"),
            ("yarn --frozen-lockfile", "yarn"),
            ("yarn add x", "yarn add"),
            ("pip install -r requirements.txt", "pip install"),
            ("python3 -m pip install x", "python3 -m pip install"),
            ("cargo add serde", "cargo add"),
            ("go mod tidy", "go mod tidy"),
            ("go get ./...", "go get"),
        ] {
            assert_eq!(step(command).as_deref(), Some(expected), "{command}");
        }
    }

    #[test]
    fn steps_that_do_not() {
        for command in [
            "npm",
            "npm test",
            "npm run install",
            "yarn test",
            "yarn --version",
            "pip list",
            "python3 -m venv .venv",
            "python3 setup.py install",
            "cargo build",
            "go mod why",
            "go test ./...",
            "echo npm ci",
            "npx install",
        ] {
            assert_eq!(step(command), None, "{command}");
        }
    }

    #[test]
    fn every_manager_of_the_file_names_hosts() {
        assert_eq!(MANAGERS.len(), 6);
        for manager in MANAGERS.iter() {
            assert!(!manager.hosts.is_empty() && !manager.verbs.is_empty());
            for host in &manager.hosts {
                assert_eq!(Site::new(host, 443).unwrap().to_string(), *host);
            }
        }
    }
}
