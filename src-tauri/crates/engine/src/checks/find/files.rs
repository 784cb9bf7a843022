//! The few files that say which checks there are, read below one root and never through a link that
//! leads out of it.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;

use crate::project::beneath::Root;
use crate::project::path::RelPath;
use crate::project::stat::Kind;

/// Bytes of a file that are read; a manifest that is longer is not one that a person wrote.
const MOST_BYTES: u64 = 1 << 20;

/// Folders that hold other people's code or what was built.
const NOT_OURS: [&str; 12] = [
    "node_modules",
    "target",
    "vendor",
    "dist",
    "build",
    "out",
    "venv",
    "env",
    "site-packages",
    "coverage",
    "testdata",
    "fixtures",
];

/// See the module.
pub(super) struct Files {
    root: Root,
}

impl Files {
    pub(super) fn open(root: &Path) -> Option<Self> {
        Some(Self {
            root: Root::open(root).ok()?,
        })
    }

    /// The root and the folders below it, level by level and by name.
    pub(super) fn folders(&self, deepest: usize, most: usize) -> Vec<RelPath> {
        let mut all = vec![RelPath::root()];
        let mut level = all.clone();
        for _ in 0..deepest {
            let mut next: Vec<RelPath> = level.iter().flat_map(|at| self.below(at)).collect();
            next.sort();
            next.truncate(most.saturating_sub(all.len()));
            all.extend(next.iter().cloned());
            level = next;
        }
        all
    }

    fn below(&self, folder: &RelPath) -> Vec<RelPath> {
        let ours = |name: &str| !name.starts_with('.') && !NOT_OURS.contains(&name);
        self.list(folder, Kind::Folder)
            .into_iter()
            .filter(|name| ours(name))
            .map(|name| folder.join(OsStr::new(&name)))
            .collect()
    }

    /// The names of the entries of one kind in a folder; those that are not text are left out.
    pub(super) fn list(&self, folder: &RelPath, kind: Kind) -> Vec<String> {
        let Ok(fd) = self.root.folder(folder) else {
            return Vec::new();
        };
        let Ok(entries) = rustix::fs::Dir::read_from(&fd) else {
            return Vec::new();
        };
        entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str().ok().map(str::to_owned))
            .filter(|name| name != "." && name != "..")
            .filter(|name| {
                let stat = self.root.stat(&folder.join(OsStr::new(name)));
                matches!(stat, Ok(Some(stat)) if stat.kind == kind)
            })
            .collect()
    }

    /// The text of a file; none when it is not there or is not what a manifest looks like.
    pub(super) fn read(&self, folder: &RelPath, name: &str) -> Option<String> {
        let path = folder.resolve(Path::new(name))?;
        let file = self.root.file_through_links(&path).ok()?;
        let mut text = String::new();
        let read = file.take(MOST_BYTES + 1).read_to_string(&mut text).ok()?;
        (read as u64 <= MOST_BYTES).then_some(text)
    }

    /// Whether something stands at a path, a link to wherever included.
    pub(super) fn has(&self, folder: &RelPath, name: &str) -> bool {
        let path = folder.resolve(Path::new(name));
        path.is_some_and(|path| matches!(self.root.stat(&path), Ok(Some(_))))
    }
}
