//! A project on a real disk, a data folder beside it, and a look at everything a person could
//! notice about a tree.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::apply::Applier;
use super::draft::Change;
use super::draft::Draft;
use super::draft::Edit;
use super::open::Project;
use super::path::RelPath;
use crate::store::blobs::Blobs;

pub(crate) struct Machine {
    pub(crate) dir: tempfile::TempDir,
}

pub(crate) fn rel(path: &str) -> RelPath {
    RelPath::new(path).unwrap()
}

impl Machine {
    pub(crate) fn new(files: &[(&str, &[u8])]) -> Self {
        Self::in_dir(tempfile::tempdir().unwrap(), files)
    }

    /// In memory where there is such a disk, for a test that syncs thousands of times.
    pub(crate) fn quick(files: &[(&str, &[u8])]) -> Self {
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Self::in_dir(dir.unwrap(), files)
    }

    pub(crate) fn in_dir(dir: tempfile::TempDir, files: &[(&str, &[u8])]) -> Self {
        fs::create_dir(dir.path().join("project")).unwrap();
        let machine = Self { dir };
        for (path, bytes) in files {
            machine.write(path, bytes);
        }
        machine
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join("project")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        write(&self.at(path), bytes);
    }

    pub(crate) fn project(&self) -> Project {
        Project::open(&self.root(), &self.data(), Path::new("/nobody's home")).unwrap()
    }

    pub(crate) fn blobs(&self) -> Blobs {
        Blobs::open(&self.data().join("blobs")).unwrap()
    }

    pub(crate) fn draft(&self) -> Draft {
        self.try_draft().unwrap()
    }

    pub(crate) fn try_draft(&self) -> Result<Draft, super::draft::DraftError> {
        let dir = self
            .data()
            .join("drafts")
            .join(uuid::Uuid::new_v4().to_string());
        let cancel = CancellationToken::new();
        Draft::create(&self.project(), &dir, self.blobs(), &|_| {}, &cancel)
    }

    pub(crate) fn applier(&self) -> Applier {
        Applier::open(&self.project(), &self.data(), self.blobs())
            .unwrap()
            .0
    }

    pub(crate) fn tree(&self) -> Tree {
        look(&self.root())
    }
}

pub(crate) fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

pub(crate) fn put(path: &str, bytes: &[u8]) -> Edit {
    Edit {
        path: rel(path),
        change: Change::Write {
            bytes: bytes.to_vec(),
            mode: None,
        },
    }
}

pub(crate) fn delete(path: &str) -> Edit {
    Edit {
        path: rel(path),
        change: Change::Delete,
    }
}

/// Names, kinds, modes, times, link targets and bytes. Of folders, the times are in `times` only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tree {
    pub(crate) entries: BTreeMap<PathBuf, (u32, Vec<u8>)>,
    pub(crate) times: BTreeMap<PathBuf, (i64, i64)>,
}

pub(crate) fn look(root: &Path) -> Tree {
    let mut tree = Tree::default();
    let mut next = vec![root.to_owned()];
    while let Some(folder) = next.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            let bytes = if meta.is_symlink() {
                fs::read_link(&path)
                    .unwrap()
                    .as_os_str()
                    .as_bytes()
                    .to_vec()
            } else if meta.is_file() {
                fs::read(&path).unwrap_or_else(|_| b"<unreadable>".to_vec())
            } else {
                Vec::new()
            };
            if meta.is_dir() {
                next.push(path.clone());
            }
            let below = path.strip_prefix(root).unwrap().to_owned();
            tree.times
                .insert(below.clone(), (meta.mtime(), meta.mtime_nsec()));
            tree.entries.insert(below, (meta.mode(), bytes));
        }
    }
    tree
}

/// Runs a test as someone to whom rights apply. Root first gives up its power over other people's
/// rights, which only a new process can, so the test runs in a child then.
pub(crate) fn as_an_ordinary_person(test: impl FnOnce()) {
    const WITHOUT_POWER: &str = "GREENLIGHT_TEST_WITHOUT_POWER";
    let root = rustix::process::geteuid().is_root();
    if !root || std::env::var_os(WITHOUT_POWER).is_some() {
        test();
        return;
    }
    let this = std::thread::current().name().unwrap().to_owned();
    let output = std::process::Command::new("setpriv")
        .args(["--bounding-set", "-dac_override,-dac_read_search", "--"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &this])
        .env(WITHOUT_POWER, "1")
        .output()
        .expect("setpriv is part of every Debian");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Runs a test on a file system of one megabyte and 150 files, in a child that may mount one. `name` is unique.
/// A system that lets nobody mount fails the test.
pub(crate) fn on_a_small_disk(name: &str, test: impl FnOnce(&Path)) {
    const DISK: &str = "GREENLIGHT_TEST_SMALL_DISK";
    if let Some(disk) = std::env::var_os(DISK) {
        test(Path::new(&disk));
        return;
    }
    let disk = tempfile::Builder::new().prefix(name).tempdir().unwrap();
    let this = std::thread::current().name().unwrap().to_owned();
    let script = "mount -t tmpfs -o size=1m,nr_inodes=150 small \"$1\" || exit 99; exec \"$2\" --exact \"$3\"";
    let root = rustix::process::geteuid().is_root();
    let output = std::process::Command::new("unshare")
        .args(if root { "-m" } else { "-Urm" }.split(' '))
        .args(["sh", "-c", script, "sh"])
        .arg(disk.path())
        .arg(std::env::current_exe().unwrap())
        .arg(&this)
        .env(DISK, disk.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains("1 passed"), "the child ran the test: {text}");
}
