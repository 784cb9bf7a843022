//! The tool homes of the person, as the commands of a task see them.
//!
//! Cargo, npm, pip, Go, Maven and the language managers keep programs and downloaded packages in
//! the person's home. A command needs them to build and test without a network, but beside them lie
//! tokens. So [`Homes::find`] names the parts that hold programs (shown read-only) and the parts
//! that hold packages (shown with a private layer that takes all writes), each for itself, and never
//! a folder that has credentials in it. The rest of the home is a private folder of the task.
//!
//! The environment is put together the same way: a fixed list of names, in the person's values
//! where those lead to something the command can see, and settings that make package tools fail at
//! once where there is no network.

mod table;
#[cfg(test)]
mod tests;

use std::env;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use sandbox::Mount;
use sandbox::Overlay;
use sha2::Digest;
use sha2::Sha256;

use self::table::CREDENTIALS;
use self::table::OFFLINE;
use self::table::PASSED;
use self::table::QUIET;
use self::table::SYSTEM;
use self::table::TOOLS;

/// What commands see of the person's home, and the environment they get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Homes {
    /// The person's home, where commands see a private one.
    pub home: PathBuf,
    /// Files and folders shown read-only, at their own place.
    pub read_only: Vec<PathBuf>,
    /// Folders shown with a private layer, at their own place.
    pub layered: Vec<PathBuf>,
    /// Folders outside of the home that a tool writes in; shown as private folders.
    pub private: Vec<PathBuf>,
    /// What a command might miss, and why it is not shown.
    pub left_out: Vec<LeftOut>,
    env: Vec<(OsString, OsString)>,
}

/// Folders that no tool home may bring into sight.
#[derive(Clone, Copy)]
struct Apart<'a> {
    /// Its draft is shown in its place.
    project: &'a Path,
    /// The app's own.
    hidden: &'a [&'a Path],
}

impl<'a> Apart<'a> {
    fn all(self) -> impl Iterator<Item = &'a Path> {
        self.hidden.iter().copied().chain([self.project])
    }
}

/// A part of a tool home that is not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it is.
    pub path: PathBuf,
    /// Why, as the end of a sentence.
    pub why: String,
}

impl Homes {
    /// Looks for tool homes below `home` and where the variables of `env` say they are. `env` is
    /// the environment of the person's login shell. Nothing inside `project` or `hidden` (the app's
    /// own folders) is shown by this, nor a folder that holds one of them.
    pub fn find(
        home: &Path,
        env: &[(OsString, OsString)],
        project: &Path,
        hidden: &[&Path],
    ) -> Self {
        let mut found = Self {
            home: home.to_owned(),
            read_only: Vec::new(),
            layered: Vec::new(),
            private: Vec::new(),
            left_out: Vec::new(),
            env: Vec::new(),
        };
        let value = |name: &str| {
            env.iter()
                .find(|(n, _)| n == name)
                .map(|(_, v)| v.as_os_str())
        };
        let apart = Apart { project, hidden };
        for tool in TOOLS {
            let named = value(tool.var).and_then(|v| env::split_paths(v).next());
            let named = named.filter(|path| path.is_absolute());
            let Some(base) = named.or_else(|| tool.at.map(|at| home.join(at))) else {
                continue;
            };
            // A variable that names the home itself, or a folder above it, names no tool home.
            if home.starts_with(&base) {
                continue;
            }
            let shown = found.read_only.len() + found.layered.len();
            for part in tool.read_only {
                found.show(&join(&base, part), apart, false);
            }
            for part in tool.layered {
                found.show(&join(&base, part), apart, true);
            }
            let any = found.read_only.len() + found.layered.len() > shown;
            let whole = tool.read_only == [""] || tool.layered == [""];
            if any && !whole && !base.starts_with(home) && !system(&base) {
                found.private.push(base);
            }
        }
        let path = found.search_path(value("PATH").unwrap_or_default(), apart);
        found.env = found.fixed_env(path, value, project);
        found
    }

    /// The environment of a command. With `network`, package tools may use it.
    pub fn environment(&self, network: bool) -> Vec<(OsString, OsString)> {
        let mut env = self.env.clone();
        if !network {
            env.extend(
                OFFLINE
                    .iter()
                    .map(|(name, value)| (name.into(), value.into())),
            );
        }
        env
    }

    /// The read-only parts as mounts.
    pub fn mounts(&self) -> Vec<Mount> {
        let mount = |path: &PathBuf| Mount {
            from: path.clone(),
            at: path.clone(),
        };
        self.read_only.iter().map(mount).collect()
    }

    /// The layered parts, with their private layers below `dir`.
    pub fn overlays(&self, dir: &Path) -> Vec<Overlay> {
        let overlay = |path: &PathBuf| {
            let own = dir.join(folder_name(path));
            Overlay {
                lower: path.clone(),
                upper: own.join("upper"),
                work: own.join("work"),
                staging: own.join("staging"),
                at: path.clone(),
            }
        };
        self.layered.iter().map(overlay).collect()
    }

    /// The private folders outside of the home, with their bytes below `dir`.
    pub fn binds(&self, dir: &Path) -> Vec<Mount> {
        let bind = |at: &PathBuf| Mount {
            from: dir.join(folder_name(at)),
            at: at.clone(),
        };
        self.private.iter().map(bind).collect()
    }

    fn show(&mut self, path: &Path, apart: Apart<'_>, layered: bool) {
        let Ok(meta) = fs::metadata(path) else { return };
        if self.sees(path) {
            return;
        }
        let real = real(path);
        if apart
            .all()
            .any(|root| path.starts_with(root) || real.starts_with(root))
        {
            return;
        }
        if let Some(why) = self.refusal(path, &real, &meta, apart) {
            self.left_out.push(LeftOut {
                path: path.to_owned(),
                why,
            });
            return;
        }
        // With a mount to be made inside of it, its content has to stay what it is.
        let holds_project = apart.project.starts_with(path);
        if layered && meta.is_dir() && !holds_project {
            self.layered.push(path.to_owned());
        } else {
            self.read_only.push(path.to_owned());
        }
    }

    /// `real` is where the path leads: a link shows what it points to, whatever it is called.
    fn refusal(
        &self,
        path: &Path,
        real: &Path,
        meta: &fs::Metadata,
        apart: Apart<'_>,
    ) -> Option<String> {
        if !meta.is_dir() {
            if !meta.is_file() {
                return Some("it is neither a file nor a folder".to_owned());
            }
            let text = fs::read_to_string(path)
                .unwrap_or_default()
                .to_ascii_lowercase();
            let secret = ["token", "password", "secret", "credential", "_auth"];
            return secret
                .iter()
                .find(|word| text.contains(*word))
                .map(|word| format!("it may hold a secret (it says `{word}`)"));
        }
        let holds = |inner: &Path| inner.starts_with(path) || self::real(inner).starts_with(real);
        if holds(&self.home) {
            return Some("it leads to your home folder".to_owned());
        }
        if apart.hidden.iter().any(|root| holds(root)) {
            return Some("it holds Greenlight's own data".to_owned());
        }
        // Under its own name the project is shown as the draft; under another it would be itself.
        if holds(apart.project) && !apart.project.starts_with(path) {
            return Some("it leads to a folder that holds the project".to_owned());
        }
        let credentials = CREDENTIALS.iter().map(|name| self.home.join(name));
        let inside = credentials
            .into_iter()
            .find(|secret| fs::symlink_metadata(secret).is_ok() && holds(secret));
        inside.map(|secret| format!("`{}` in it holds credentials", secret.display()))
    }

    /// Whether a command sees what lies at `path`, by what was found so far.
    fn sees(&self, path: &Path) -> bool {
        system(path)
            || self
                .read_only
                .iter()
                .chain(&self.layered)
                .any(|shown| path.starts_with(shown))
    }

    /// The person's search path in the person's order, without what a command cannot see.
    fn search_path(&mut self, path: &OsStr, apart: Apart<'_>) -> OsString {
        let mut kept: Vec<PathBuf> = Vec::new();
        for entry in env::split_paths(path).filter(|entry| entry.is_absolute()) {
            let inside = entry.starts_with(apart.project);
            let entry = if inside || self.sees(&entry) {
                entry
            } else {
                // Managers put links of a session there (`/run/user/…/fnm_multishells`).
                let Ok(real) = fs::canonicalize(&entry) else {
                    continue;
                };
                let at = if self.sees(&real) || !self.home_holds(&entry) {
                    real
                } else {
                    entry
                };
                if !self.sees(&at) {
                    self.show_programs(&at, apart);
                }
                if !self.sees(&at) {
                    continue;
                }
                at
            };
            if !kept.contains(&entry) {
                kept.push(entry);
            }
        }
        for usual in ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from) {
            if !kept.contains(&usual) {
                kept.push(usual);
            }
        }
        env::join_paths(kept).expect("each entry was split from a search path")
    }

    fn home_holds(&self, path: &Path) -> bool {
        path.starts_with(&self.home)
    }

    /// A folder of programs that no tool of the table owns. Where it is the `bin` of a prefix, its
    /// programs need what lies beside it.
    fn show_programs(&mut self, folder: &Path, apart: Apart<'_>) {
        let too_wide = |path: &Path| {
            self.home.starts_with(path)
                || path == self.home.join(".local")
                || path == self.home.join(".config")
                || path.components().count() < 3
                || apart.all().any(|root| root.starts_with(path))
        };
        let prefix = folder.parent().filter(|prefix| {
            folder.file_name() == Some(OsStr::new("bin"))
                && ["lib", "libexec", "include"]
                    .iter()
                    .any(|name| prefix.join(name).is_dir())
                && !too_wide(prefix)
        });
        if let Some(prefix) = prefix.map(Path::to_owned) {
            self.show(&prefix, apart, false);
        } else if !too_wide(folder) {
            self.show(folder, apart, false);
        }
    }

    fn fixed_env<'a>(
        &self,
        path: OsString,
        value: impl Fn(&str) -> Option<&'a OsStr>,
        project: &Path,
    ) -> Vec<(OsString, OsString)> {
        let mut env: Vec<(OsString, OsString)> = vec![
            ("PATH".into(), path),
            ("HOME".into(), self.home.clone().into()),
        ];
        for name in ["USER", "LOGNAME", "TZ"] {
            if let Some(value) = value(name) {
                env.push((name.into(), value.to_owned()));
            }
        }
        for name in PASSED {
            let Some(value) = value(name) else { continue };
            let at = Path::new(value);
            let private = || self.private.iter().any(|folder| at.starts_with(folder));
            let seen = self.sees(at) || at.starts_with(&self.home) || private();
            if at.is_absolute() && (seen || at.starts_with(project)) {
                env.push((name.into(), value.to_owned()));
            }
        }
        env.extend(
            QUIET
                .iter()
                .map(|(name, value)| (name.into(), value.into())),
        );
        env
    }
}

/// The path without links and detours, as far as it can be followed.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn join(base: &Path, part: &str) -> PathBuf {
    if part.is_empty() {
        base.to_owned()
    } else {
        base.join(part)
    }
}

fn system(path: &Path) -> bool {
    SYSTEM.iter().any(|root| path.starts_with(root))
}

/// A name for the private side of a path: readable, and unlike that of any other path.
fn folder_name(path: &Path) -> String {
    let hash = Sha256::digest(path.as_os_str().as_encoded_bytes());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let plain: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .take(24)
        .collect();
    let hex: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{plain}-{hex}")
}
