//! Lists a whole tree with the stat of each entry, on all cores.
//!
//! Links are entries and are not followed, so a loop of links is nothing special. A folder that
//! cannot be listed is named, because its absence from the list must not look like a deletion; one
//! that vanishes while it is listed is simply not there.

use std::ffi::OsStr;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;

use rustix::fs::Dir;
use tokio_util::sync::CancellationToken;

use super::beneath;
use super::beneath::Root;
use super::path::RelPath;
use super::stat::Kind;
use super::stat::Stat;

/// What a tree holds. The root itself is not listed.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Everything found, in no order.
    pub(crate) entries: Vec<(RelPath, Stat)>,
    /// Folders that could not be listed.
    pub(crate) unreadable: Vec<RelPath>,
    /// Whether it was given up half-way.
    pub(crate) cancelled: bool,
}

/// Lists all below `root` except what lies in a folder for which `skip` says so.
pub(crate) fn scan(
    root: &Root,
    skip: &(dyn Fn(&RelPath) -> bool + Sync),
    cancel: &CancellationToken,
) -> io::Result<Scan> {
    let work = Work {
        queue: Mutex::default(),
        changed: Condvar::new(),
    };
    let mut first = Scan::default();
    let mut found = Vec::new();
    list(root, &RelPath::root(), skip, &mut first, &mut found)?;
    // Most projects have fewer folders than it is worth starting threads for.
    let workers = if found.is_empty() { 0 } else { workers() };
    work.lock().folders = found;
    let parts = thread::scope(|scope| {
        let handles: Vec<_> = (0..workers)
            .map(|_| scope.spawn(|| work.run(root, skip, cancel)))
            .collect();
        handles
            .into_iter()
            .map(|h| h.join().expect("listing does not panic"))
            .collect::<Vec<_>>()
    });
    for part in parts {
        first.entries.extend(part.entries);
        first.unreadable.extend(part.unreadable);
        first.cancelled |= part.cancelled;
    }
    Ok(first)
}

/// How many threads are worth having for reading and writing files.
pub(crate) fn workers() -> usize {
    thread::available_parallelism()
        .map_or(2, usize::from)
        .min(8)
}

struct Work {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    folders: Vec<RelPath>,
    busy: usize,
}

impl Work {
    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(
        &self,
        root: &Root,
        skip: &(dyn Fn(&RelPath) -> bool + Sync),
        cancel: &CancellationToken,
    ) -> Scan {
        let mut scan = Scan::default();
        while let Some(folder) = self.take() {
            let mut found = Vec::new();
            if cancel.is_cancelled() {
                scan.cancelled = true;
            } else if let Err(e) = list(root, &folder, skip, &mut scan, &mut found)
                && !beneath::is_absent(&e)
                && !beneath::is_link_refusal(&e)
            {
                scan.unreadable.push(folder);
            }
            let mut queue = self.lock();
            queue.folders.extend(found);
            queue.busy -= 1;
            drop(queue);
            self.changed.notify_all();
        }
        scan
    }

    fn take(&self) -> Option<RelPath> {
        let mut queue = self.lock();
        loop {
            if let Some(folder) = queue.folders.pop() {
                queue.busy += 1;
                return Some(folder);
            }
            if queue.busy == 0 {
                return None;
            }
            queue = self
                .changed
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn list(
    root: &Root,
    folder: &RelPath,
    skip: &(dyn Fn(&RelPath) -> bool + Sync),
    scan: &mut Scan,
    found: &mut Vec<RelPath>,
) -> io::Result<()> {
    let fd = root.folder(folder)?;
    let mut entries = Dir::read_from(&fd)?;
    while let Some(entry) = entries.read() {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name == "." || name == ".." {
            continue;
        }
        let Some(stat) = beneath::stat_at(fd.as_fd(), name)? else {
            continue;
        };
        let path = folder.join(name);
        if stat.kind == Kind::Folder && !skip(&path) {
            found.push(path.clone());
        }
        scan.entries.push((path, stat));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn everything_is_listed_once_and_links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let mut expect = BTreeSet::new();
        for i in 0..40 {
            fs::create_dir_all(dir.path().join(format!("d{i}/sub"))).unwrap();
            fs::write(dir.path().join(format!("d{i}/sub/f")), "x").unwrap();
            expect.extend([format!("d{i}"), format!("d{i}/sub"), format!("d{i}/sub/f")]);
        }
        symlink("..", dir.path().join("d0/up")).unwrap();
        symlink("self", dir.path().join("self")).unwrap();
        expect.extend(["d0/up".to_owned(), "self".to_owned()]);
        let root = Root::open(dir.path()).unwrap();
        let found = scan(&root, &|_| false, &CancellationToken::new()).unwrap();
        let paths: Vec<_> = found.entries.iter().map(|(p, _)| p.to_string()).collect();
        assert_eq!(paths.len(), expect.len(), "no entry twice");
        assert_eq!(paths.into_iter().collect::<BTreeSet<_>>(), expect);
    }

    #[test]
    fn a_skipped_folder_is_listed_and_its_content_is_not() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("target/debug")).unwrap();
        let root = Root::open(dir.path()).unwrap();
        let target = RelPath::new("target").unwrap();
        let found = scan(&root, &|p| *p == target, &CancellationToken::new()).unwrap();
        assert_eq!(found.entries.len(), 1);
    }

    #[test]
    fn cancelling_ends_it() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("a/b/c")).unwrap();
        let root = Root::open(dir.path()).unwrap();
        let cancel = CancellationToken::new();
        cancel.cancel();
        let found = scan(&root, &|_| false, &cancel).unwrap();
        assert!(found.cancelled);
        assert_eq!(
            found.entries.len(),
            1,
            "only what was listed before the threads began"
        );
    }
}
