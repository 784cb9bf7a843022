//! A witness of every write into a tree, by the kernel's own account.
//!
//! Every folder of the tree is watched for what changes something: create, write, change of
//! mode or times, removal, move, and the close of a file that was open for writing. Reading
//! leaves no trace here. The kernel queues events as they happen, so nothing runs in the
//! background and [`Recorder::events`] holds all that happened before it was called.
//!
//! A folder made later is watched from the moment its creation is read; that creation is an
//! event, so a tree that must stay silent cannot be written unseen.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::path::PathBuf;

use rustix::fs::inotify;
use rustix::fs::inotify::CreateFlags;
use rustix::fs::inotify::ReadFlags;
use rustix::fs::inotify::WatchFlags;
use rustix::io::Errno;

use crate::project::shown;

const WRITES: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::MODIFY)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::CLOSE_WRITE)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::ONLYDIR)
    .union(WatchFlags::DONT_FOLLOW);

const NAMES: [(ReadFlags, &str); 10] = [
    (ReadFlags::CREATE, "created"),
    (ReadFlags::MODIFY, "written"),
    (ReadFlags::ATTRIB, "attributes changed"),
    (ReadFlags::CLOSE_WRITE, "closed after writing"),
    (ReadFlags::DELETE, "deleted"),
    (ReadFlags::DELETE_SELF, "deleted itself"),
    (ReadFlags::MOVED_FROM, "moved away"),
    (ReadFlags::MOVED_TO, "moved here"),
    (ReadFlags::MOVE_SELF, "moved itself"),
    (ReadFlags::QUEUE_OVERFLOW, "too many events to keep"),
];

/// Watches a tree until dropped.
#[derive(Debug)]
pub struct Recorder {
    inotify: OwnedFd,
    root: PathBuf,
    watched: HashMap<i32, PathBuf>,
    events: Vec<String>,
}

impl Recorder {
    /// Watches every folder under `root`, and `root`.
    ///
    /// # Panics
    ///
    /// If the kernel refuses a watch.
    pub fn start(root: &Path) -> Self {
        let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)
            .expect("the kernel has inotify instances left");
        let mut recorder = Self {
            inotify,
            root: root.to_owned(),
            watched: HashMap::new(),
            events: Vec::new(),
        };
        recorder.watch(root);
        recorder
    }

    /// What has happened so far: `path: what`, in order.
    pub fn events(&mut self) -> Vec<String> {
        while let Some(made) = self.drain() {
            for folder in made {
                self.watch(&folder);
            }
        }
        self.events.clone()
    }

    /// Fails the test if anything was written.
    ///
    /// # Panics
    ///
    /// In that case, with the events.
    #[track_caller]
    pub fn assert_silent(&mut self) {
        let events = self.events();
        let root = self.root.display();
        assert!(
            events.is_empty(),
            "{root} was written to:\n  {}",
            events.join("\n  ")
        );
    }

    fn watch(&mut self, folder: &Path) {
        match inotify::add_watch(&self.inotify, folder, WRITES) {
            Ok(watch) => self.watched.insert(watch, folder.to_owned()),
            // Made and removed again before it was looked at.
            Err(Errno::NOENT | Errno::NOTDIR) => return,
            Err(error) => panic!("cannot watch {}: {error}", folder.display()),
        };
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.watch(&entry.path());
            }
        }
    }

    /// Reads what is queued and returns the folders that were made; `None` if nothing was queued.
    fn drain(&mut self) -> Option<Vec<PathBuf>> {
        let mut buffer = [MaybeUninit::uninit(); 16 << 10];
        let mut reader = inotify::Reader::new(&self.inotify, &mut buffer);
        let mut made = Vec::new();
        let mut read = false;
        loop {
            let event = match reader.next() {
                Ok(event) => event,
                Err(Errno::WOULDBLOCK) => return read.then_some(made),
                Err(Errno::INTR) => continue,
                Err(error) => panic!("cannot read events: {error}"),
            };
            read = true;
            let flags = event.events();
            let mut path = self.watched.get(&event.wd()).cloned().unwrap_or_default();
            if let Some(name) = event.file_name() {
                path.push(OsStr::from_bytes(name.to_bytes()));
            }
            let below = path.strip_prefix(&self.root).unwrap_or(&path);
            let below = if below.as_os_str().is_empty() {
                Path::new(".")
            } else {
                below
            };
            for (_, what) in NAMES.iter().filter(|(flag, _)| flags.contains(*flag)) {
                self.events.push(format!("{}: {what}", shown(below)));
            }
            let appeared = flags.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO);
            if appeared && flags.contains(ReadFlags::ISDIR) {
                made.push(path);
            }
        }
    }
}
