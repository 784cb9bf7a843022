//! Everything about a tree of files that a change would show in.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use sha2::Digest;
use sha2::Sha256;

use crate::project;

/// A tree at one moment: names, kinds, modes, times, link targets and hashes.
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<PathBuf, Entry>);

#[derive(Clone, PartialEq, Eq)]
struct Entry {
    kind: &'static str,
    mode: u32,
    mtime: (i64, i64),
    /// The target of a link, the length and hash of a file.
    content: String,
}

/// Takes down the tree under `root`, which is itself the entry `.`.
///
/// # Panics
///
/// If something vanishes while it is looked at.
pub fn snapshot(root: &Path) -> Snapshot {
    let mut entries = BTreeMap::new();
    take(root, Path::new("."), &mut entries);
    Snapshot(entries)
}

impl Snapshot {
    /// What is different in `after`, one line per fact; empty if nothing is.
    pub fn diff(&self, after: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (path, was) in &self.0 {
            let path_shown = project::shown(path);
            let Some(is) = after.0.get(path) else {
                lines.push(format!("{path_shown}: gone (was a {})", was.kind));
                continue;
            };
            let mut differs = |what: &str, was: &dyn fmt::Display, is: &dyn fmt::Display| {
                let (was, is) = (was.to_string(), is.to_string());
                if was != is {
                    lines.push(format!("{path_shown}: {what} was {was}, is {is}"));
                }
            };
            let time = |(s, ns): (i64, i64)| format!("{s}.{ns:09}");
            differs("kind", &was.kind, &is.kind);
            differs(
                "mode",
                &format!("{:04o}", was.mode),
                &format!("{:04o}", is.mode),
            );
            differs("mtime", &time(was.mtime), &time(is.mtime));
            differs("content", &was.content, &is.content);
        }
        for (path, is) in &after.0 {
            if !self.0.contains_key(path) {
                lines.push(format!("{}: new {}", project::shown(path), is.kind));
            }
        }
        lines
    }

    /// The paths of everything but folders.
    pub fn files(&self) -> Vec<String> {
        let leaves = self.0.iter().filter(|(_, entry)| entry.kind != "folder");
        leaves.map(|(path, _)| project::shown(path)).collect()
    }

    /// Fails the test with the differences if the tree is not as it was.
    ///
    /// # Panics
    ///
    /// In that case.
    #[track_caller]
    pub fn assert_unchanged(&self, root: &Path) {
        let diff = self.diff(&snapshot(root));
        assert!(
            diff.is_empty(),
            "{} is not as it was:\n  {}",
            root.display(),
            diff.join("\n  ")
        );
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (path, entry) in &self.0 {
            let Entry {
                kind,
                mode,
                mtime: (s, ns),
                content,
            } = entry;
            writeln!(
                f,
                "{kind} {mode:04o} {s}.{ns:09} {} {content}",
                project::shown(path)
            )?;
        }
        Ok(())
    }
}

fn take(path: &Path, name: &Path, entries: &mut BTreeMap<PathBuf, Entry>) {
    let seen = |error: std::io::Error| panic!("{}: {error}", path.display());
    let found = fs::symlink_metadata(path).unwrap_or_else(seen);
    let kind = project::kind(&found);
    let content = match kind {
        "file" => format!("{} bytes, sha256 {}", found.len(), hash(path)),
        "link" => project::shown(&fs::read_link(path).unwrap_or_else(|error| {
            panic!("{}: {error}", path.display());
        })),
        _ => String::new(),
    };
    let mode = found.mode() & 0o7777;
    let mtime = (found.mtime(), found.mtime_nsec());
    entries.insert(
        name.to_owned(),
        Entry {
            kind,
            mode,
            mtime,
            content,
        },
    );
    if kind != "folder" {
        return;
    }
    // A folder that may not be read shows its own facts only, before and after.
    for entry in fs::read_dir(path).into_iter().flatten() {
        let entry = entry.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let below = match name == Path::new(".") {
            true => PathBuf::from(entry.file_name()),
            false => name.join(entry.file_name()),
        };
        take(&entry.path(), &below, entries);
    }
}

fn hash(path: &Path) -> String {
    let Ok(mut file) = fs::File::open(path) else {
        return "unreadable".to_owned();
    };
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file
            .read(&mut buffer)
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
