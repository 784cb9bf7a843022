//! Copies a project into a draft, on all cores, by reference where the file system can.
//!
//! First everything is listed, so that the size is known before a byte is written; then folders,
//! then files, then the folders' own modes and times. Modes, times and links come out as they are;
//! files that share their bytes under several names get bytes of their own. What cannot be
//! copied (FIFOs, devices, files the person may not read, files that vanish meanwhile) is noted and
//! does not stop the rest.
//!
//! The project is only read. A copy that fails is of no use; whoever asked removes it.

mod entry;
mod error;

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use serde::Deserialize;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

pub(crate) use self::entry::EntryError;
pub(crate) use self::entry::copy_entry;
pub(crate) use self::entry::remove_tree;
pub(crate) use self::entry::set_times;
pub use self::error::CopyError;
use self::error::failed;
use super::apply::is_staged;
use super::beneath::Root;
use super::ignored::Class;
use super::ignored::Rules;
use super::manifest::Manifest;
use super::manifest::Pair;
use super::open::Identity;
use super::open::Project;
use super::path::RelPath;
use super::scan::scan;
use super::scan::workers;
use super::stat::Kind;
use super::stat::Stat;
use super::stat::Version;
use crate::store::blobs::BlobError;
use crate::store::blobs::Blobs;

/// A rebuildable cache bigger than this is left out.
const BIGGEST_CACHE: u64 = 256 << 20;

/// Free space that is left to others.
const SPARE: u64 = 16 << 20;

/// File systems keep times in steps of up to ten milliseconds; a file written this shortly before
/// it is copied may be written again without its times showing it.
const TOO_FRESH: Duration = Duration::from_millis(100);

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CopyProgress {
    /// Files copied.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// All files; 0 while they are being counted.
    pub of_files: u64,
    /// All bytes.
    pub of_bytes: u64,
}

/// What a copy came to, and what is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CopyNotes {
    /// How many files and links were copied.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Whether the file system shares the bytes until one side writes.
    pub shared: bool,
    /// Folders left out, with their size.
    pub left_out: Vec<LeftOut>,
    /// Entries that could not be copied.
    pub skipped: Vec<Skipped>,
}

/// A rebuildable folder that was too big to copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The folder.
    pub path: RelPath,
    /// What it holds, in bytes.
    pub bytes: u64,
}

/// An entry that is not in the draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Where.
    pub path: RelPath,
    /// Why.
    pub why: WhySkipped,
}

/// Why an entry is not in the draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhySkipped {
    /// A FIFO, socket or device.
    Special,
    /// The person may not read it.
    Unreadable,
    /// It was deleted or replaced while the copy was made.
    Vanished,
    /// The disk could not read it.
    Broken,
}

impl CopyNotes {
    /// One sentence per thing that is not in the draft.
    pub fn sentences(&self) -> Vec<String> {
        let left_out = self.left_out.iter().map(|l| {
            format!(
                "Left out: {} ({}), which can be rebuilt.",
                l.path,
                readable_size(l.bytes)
            )
        });
        let skipped = self.skipped.iter().map(|s| {
            let why = match s.why {
                WhySkipped::Special => "it is no regular file",
                WhySkipped::Unreadable => "you may not read it",
                WhySkipped::Vanished => "it was deleted while the copy was made",
                WhySkipped::Broken => "the disk could not read it",
            };
            format!("Not copied: {}, because {why}.", s.path)
        });
        left_out.chain(skipped).collect()
    }
}

/// A size as a person reads it.
pub fn readable_size(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < units.len() {
        size /= 1000.0;
        unit += 1;
    }
    if unit == 0 || size >= 10.0 {
        format!("{size:.0} {}", units[unit])
    } else {
        format!("{size:.1} {}", units[unit])
    }
}

/// Copies all of `project` into the empty folder `tree`.
pub(crate) fn copy(
    project: &Project,
    tree: &Path,
    blobs: &Blobs,
    on_progress: &(dyn Fn(CopyProgress) + Sync),
    cancel: &CancellationToken,
) -> Result<(Manifest, CopyNotes), CopyError> {
    let gone = |_| CopyError::ProjectGone {
        project: project.root().to_owned(),
    };
    let root = Root::open(project.root()).map_err(gone)?;
    if Identity::of(&root).map_err(gone)? != project.identity() {
        return Err(gone(io::Error::other("another folder")));
    }
    let mut found = scan(&root, &|_| false, cancel).map_err(gone)?;
    if found.cancelled {
        return Err(CopyError::Cancelled {
            project: project.root().to_owned(),
        });
    }
    found.entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let mut rules = Rules::of(project.root()).map_err(gone)?;
    let (plan, mut notes) = plan(&found.entries, &mut rules);
    for path in found.unreadable {
        notes.skipped.push(Skipped {
            path,
            why: WhySkipped::Unreadable,
        });
    }
    let job = Job {
        project,
        root,
        out: Root::open(tree).map_err(|e| failed(project, e))?,
        tree,
        blobs,
        on_progress,
        cancel,
        total: CopyProgress {
            of_files: plan.files.len() as u64,
            of_bytes: plan.files.iter().map(|e| e.stat.size).sum(),
            ..CopyProgress::default()
        },
        files: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
        next: AtomicUsize::new(0),
        cannot_share: AtomicBool::new(false),
        shared: AtomicBool::new(false),
    };
    job.preflight(&plan)?;
    let (manifest, skipped) = job.run(&plan)?;
    notes.skipped.extend(skipped);
    notes.skipped.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    notes.files = job.files.into_inner();
    notes.bytes = job.bytes.into_inner();
    notes.shared = job.shared.into_inner();
    Ok((manifest, notes))
}

struct Plan {
    folders: Vec<Planned>,
    files: Vec<Planned>,
}

struct Planned {
    path: RelPath,
    stat: Stat,
    source: bool,
}

/// Decides what is copied. `entries` is sorted, so a folder comes before what it holds.
fn plan(entries: &[(RelPath, Stat)], rules: &mut Rules) -> (Plan, CopyNotes) {
    let mut notes = CopyNotes::default();
    let mut caches: Vec<LeftOut> = Vec::new();
    for (path, stat) in entries {
        let inside = caches.last().is_some_and(|c| path.is_within(&c.path));
        if inside && stat.kind == Kind::File {
            caches.last_mut().expect("just looked at").bytes += stat.size;
        } else if !inside && stat.kind == Kind::Folder && rules.class(path, true) == Class::Cache {
            caches.push(LeftOut {
                path: path.clone(),
                bytes: 0,
            });
        }
    }
    notes.left_out = caches
        .into_iter()
        .filter(|c| c.bytes > BIGGEST_CACHE)
        .collect();
    let mut plan = Plan {
        folders: Vec::new(),
        files: Vec::new(),
    };
    for (path, stat) in entries {
        let left_out = notes.left_out.iter().any(|l| path.is_within(&l.path));
        if left_out || is_staged(path.name()) {
            continue;
        }
        let is_folder = stat.kind == Kind::Folder;
        let source = rules.class(path, is_folder) == Class::Source;
        let planned = Planned {
            path: path.clone(),
            stat: *stat,
            source,
        };
        match stat.kind {
            Kind::Folder => plan.folders.push(planned),
            Kind::File | Kind::Link => plan.files.push(planned),
            Kind::Special => {
                notes.skipped.push(Skipped {
                    path: path.clone(),
                    why: WhySkipped::Special,
                });
            }
        }
    }
    (plan, notes)
}

struct Job<'a> {
    project: &'a Project,
    root: Root,
    out: Root,
    tree: &'a Path,
    blobs: &'a Blobs,
    on_progress: &'a (dyn Fn(CopyProgress) + Sync),
    cancel: &'a CancellationToken,
    total: CopyProgress,
    files: AtomicU64,
    bytes: AtomicU64,
    next: AtomicUsize,
    cannot_share: AtomicBool,
    shared: AtomicBool,
}

/// What stops the whole copy, as opposed to one entry.
enum Stop {
    Cancelled,
    Write(io::Error),
    Blobs(BlobError),
}

impl Job<'_> {
    fn preflight(&self, plan: &Plan) -> Result<(), CopyError> {
        let free = free_space(self.tree);
        let needed = self.total.of_bytes + SPARE.min(self.total.of_bytes / 16);
        if needed <= free {
            return Ok(());
        }
        // Shared bytes take no room; whether they can be shared is known by trying.
        let sample = plan
            .files
            .iter()
            .find(|e| e.stat.kind == Kind::File && e.stat.size > 0);
        let shares = sample.is_some_and(|sample| {
            let Ok(from) = self.root.file(&sample.path) else {
                return false;
            };
            tempfile::tempfile_in(self.tree)
                .is_ok_and(|to| rustix::fs::ioctl_ficlone(&to, &from).is_ok())
        });
        if shares {
            return Ok(());
        }
        Err(CopyError::NoRoom {
            project: self.project.root().to_owned(),
            needed,
            free,
        })
    }

    fn run(&self, plan: &Plan) -> Result<(Manifest, Vec<Skipped>), CopyError> {
        let stopped = |stop| match stop {
            Stop::Cancelled => CopyError::Cancelled {
                project: self.project.root().to_owned(),
            },
            Stop::Write(e) => failed(self.project, e),
            Stop::Blobs(e) => e.into(),
        };
        for folder in &plan.folders {
            fs::DirBuilder::new()
                .mode(0o700)
                .create(self.tree.join(&folder.path))
                .map_err(|e| stopped(Stop::Write(e)))?;
        }
        let stop: Mutex<Option<Stop>> = Mutex::default();
        let parts = thread::scope(|scope| {
            let worker = || {
                let mut done = Vec::new();
                while let Some(entry) = plan.files.get(self.next.fetch_add(1, Ordering::Relaxed)) {
                    match self.one(entry) {
                        Ok(result) => done.push((entry, result)),
                        Err(why) => {
                            self.next.store(plan.files.len(), Ordering::Relaxed);
                            let mut stop = stop.lock().unwrap_or_else(PoisonError::into_inner);
                            stop.get_or_insert(why);
                            break;
                        }
                    }
                }
                done
            };
            let count = workers().min(plan.files.len().div_ceil(32));
            let handles: Vec<_> = (0..count).map(|_| scope.spawn(worker)).collect();
            handles
                .into_iter()
                .flat_map(|h| h.join().expect("copying does not panic"))
                .collect::<Vec<_>>()
        });
        if let Some(stop) = stop.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(stopped(stop));
        }
        let mut manifest = Manifest::default();
        let mut skipped = Vec::new();
        for (entry, result) in parts {
            match result {
                Ok(pair) => _ = manifest.pairs.insert(entry.path.clone(), pair),
                Err(why) => skipped.push(Skipped {
                    path: entry.path.clone(),
                    why,
                }),
            }
        }
        // Deepest first: finishing a folder moves the times of the one that holds it.
        for folder in plan.folders.iter().rev() {
            let tree = self
                .finish_folder(folder)
                .map_err(|e| stopped(Stop::Write(e)))?;
            let pair = Pair {
                project: Some(folder.stat),
                tree: Some(tree),
                source: folder.source,
                ..Pair::default()
            };
            manifest.pairs.insert(folder.path.clone(), pair);
        }
        Ok((manifest, skipped))
    }

    fn one(&self, entry: &Planned) -> Result<Result<Pair, WhySkipped>, Stop> {
        if self.cancel.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        let copied = copy_entry(
            &self.root,
            &entry.path,
            &self.out,
            &entry.path,
            Some(&self.cannot_share),
        );
        let copied = match copied {
            Ok(copied) => copied,
            Err(EntryError::Read(why)) => return Ok(Err(why)),
            Err(EntryError::Write(e)) => return Err(Stop::Write(e)),
        };
        if copied.shared {
            self.shared.store(true, Ordering::Relaxed);
        }
        let mut pair = copied.pair;
        pair.source = entry.source;
        if entry.source && pair.project.as_ref().is_some_and(is_too_fresh) {
            pair.kept = keep_fresh(&self.out, &entry.path, &pair, self.blobs)?;
        }
        let files = self.files.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = self.bytes.fetch_add(entry.stat.size, Ordering::Relaxed) + entry.stat.size;
        if files.is_multiple_of(64) || files == self.total.of_files || entry.stat.size > 1 << 22 {
            (self.on_progress)(CopyProgress {
                files,
                bytes,
                ..self.total
            });
        }
        Ok(Ok(pair))
    }

    fn finish_folder(&self, folder: &Planned) -> io::Result<Stat> {
        let path = self.tree.join(&folder.path);
        fs::set_permissions(&path, fs::Permissions::from_mode(folder.stat.mode))?;
        set_times(&self.out, &folder.path, folder.stat.mtime)?;
        self.out
            .stat(&folder.path)?
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn keep_fresh(
    out: &Root,
    path: &RelPath,
    pair: &Pair,
    blobs: &Blobs,
) -> Result<Option<Version>, Stop> {
    let Some(stat) = pair.tree else {
        return Ok(None);
    };
    let (blob, size) = match &pair.target {
        Some(target) => (blobs.put_reader_later(&mut &**target), target.len() as u64),
        None => {
            let mut file = out.file(path).map_err(Stop::Write)?;
            (blobs.put_reader_later(&mut file), stat.size)
        }
    };
    let (blob, _) = blob.map_err(Stop::Blobs)?;
    Ok(Some(Version {
        blob,
        kind: stat.kind,
        mode: stat.mode & 0o777,
        size,
    }))
}

fn is_too_fresh(stat: &Stat) -> bool {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let written = Duration::new(u64::try_from(stat.ctime.0).unwrap_or(0), stat.ctime.1);
    now.saturating_sub(TOO_FRESH) < written
}

pub(crate) fn free_space(folder: &Path) -> u64 {
    rustix::fs::statvfs(folder).map_or(u64::MAX, |s| s.f_bavail.saturating_mul(s.f_frsize))
}

#[cfg(test)]
mod tests;
