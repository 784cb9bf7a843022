//! Projects in temporary folders, pictures of them, and a witness of every write.
//!
//! [`Project`] makes a folder with what a test needs in it: files, modes, links, FIFOs, times.
//! [`snapshot`] takes down everything of a tree that an apply or a command could have changed,
//! and compares by entry, so that a failure names the file. [`Recorder`] asks the kernel instead:
//! a file that was written and put back the way it was looks the same and still left an event.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::SystemTime;

pub use crate::recorder::Recorder;
pub use crate::snapshot::Snapshot;
pub use crate::snapshot::snapshot;

/// A project of a test; gone when dropped.
#[derive(Debug)]
pub struct Project {
    root: PathBuf,
    // After `root` is made usable again by `drop`, this removes everything.
    _around: tempfile::TempDir,
}

impl Project {
    /// An empty project.
    pub fn new() -> Self {
        Self::named("project")
    }

    /// An empty project in a folder of this name; spaces, quotes, `:` and newlines included.
    ///
    /// # Panics
    ///
    /// As all methods here, if the file system does not do what the test asks for.
    pub fn named(name: &str) -> Self {
        let around = tempfile::tempdir().expect("a temporary folder can be made");
        // macOS and some CI machines have links in the path of their temporary folder.
        let root = around
            .path()
            .canonicalize()
            .expect("a new folder exists")
            .join(name);
        fs::create_dir(&root).expect("the project's folder can be made");
        Self {
            root,
            _around: around,
        }
    }

    /// A fresh copy of the sample project.
    pub fn sample() -> Self {
        let project = Self::named("paper-shop");
        sample::write_project(&project.root).expect("the sample fits into an empty folder");
        project
    }

    /// The project's folder.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The whole path of something in the project.
    pub fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    /// With a file; folders on the way are made.
    pub fn file(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.write(path, bytes);
        self
    }

    /// With a folder.
    pub fn folder(self, path: &str) -> Self {
        named(path, fs::create_dir_all(self.at(path)));
        self
    }

    /// With a symbolic link.
    pub fn link(self, path: &str, target: &str) -> Self {
        self.make_room(path);
        named(path, std::os::unix::fs::symlink(target, self.at(path)));
        self
    }

    /// With a second name for a file.
    pub fn hard_link(self, path: &str, existing: &str) -> Self {
        self.make_room(path);
        named(path, fs::hard_link(self.at(existing), self.at(path)));
        self
    }

    /// With a FIFO.
    pub fn fifo(self, path: &str) -> Self {
        self.make_room(path);
        let made = rustix::fs::mknodat(
            rustix::fs::CWD,
            self.at(path),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o644),
            0,
        );
        named(path, made.map_err(Into::into));
        self
    }

    /// With these permission bits on something that exists.
    pub fn mode(self, path: &str, mode: u32) -> Self {
        named(
            path,
            fs::set_permissions(self.at(path), fs::Permissions::from_mode(mode)),
        );
        self
    }

    /// With this time of the last change, seconds and nanoseconds since 1970, on a file or folder.
    pub fn mtime(self, path: &str, seconds: u64, nanoseconds: u32) -> Self {
        let time = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds);
        let set = fs::File::open(self.at(path)).and_then(|file| file.set_modified(time));
        named(path, set);
        self
    }

    /// Writes a file, as a person with an editor would: in place.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        self.make_room(path);
        named(path, fs::write(self.at(path), bytes));
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) {
        named(path, fs::remove_file(self.at(path)));
    }

    /// The bytes of a file.
    pub fn bytes(&self, path: &str) -> Vec<u8> {
        named(path, fs::read(self.at(path)))
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> String {
        named(path, fs::read_to_string(self.at(path)))
    }

    /// Everything about the tree as it is now.
    pub fn snapshot(&self) -> Snapshot {
        snapshot(&self.root)
    }

    /// Records every write into the tree from now on.
    pub fn record(&self) -> Recorder {
        Recorder::start(&self.root)
    }

    fn make_room(&self, path: &str) {
        let path = self.at(path);
        let parent = path.parent().expect("a path in the project has a parent");
        fs::create_dir_all(parent).expect("folders can be made in the project");
    }
}

impl Default for Project {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        open_folders(&self.root);
    }
}

/// Folders that a test has closed cannot be removed with what is in them.
fn open_folders(folder: &Path) {
    let Ok(found) = fs::symlink_metadata(folder) else {
        return;
    };
    if found.is_dir() && found.mode() & 0o700 != 0o700 {
        drop(fs::set_permissions(
            folder,
            fs::Permissions::from_mode(0o700),
        ));
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_folders(&entry.path());
        }
    }
}

fn named<T>(path: &str, result: std::io::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What kind of thing a metadata speaks of, in one word.
pub(crate) fn kind(found: &fs::Metadata) -> &'static str {
    let kind = found.file_type();
    match () {
        () if kind.is_dir() => "folder",
        () if kind.is_file() => "file",
        () if kind.is_symlink() => "link",
        () if kind.is_fifo() => "fifo",
        () if kind.is_socket() => "socket",
        () => "device",
    }
}

/// A path for a person to read: invalid UTF-8 and control characters are escaped.
pub(crate) fn shown(path: &Path) -> String {
    path.as_os_str().as_bytes().escape_ascii().to_string()
}

#[cfg(test)]
mod tests;
