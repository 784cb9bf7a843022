//! Copies one file or link, as it is, to a place where nothing is yet.

use std::fs;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use rustix::fs::AtFlags;
use rustix::fs::Timespec;
use rustix::fs::Timestamps;

use super::WhySkipped;
use crate::project::beneath;
use crate::project::beneath::Root;
use crate::project::manifest::Pair;
use crate::project::path::RelPath;
use crate::project::stat::Kind;
use crate::project::stat::Stat;
use crate::project::stat::Time;

/// One entry that was copied.
pub(crate) struct Copied {
    pub(crate) pair: Pair,
    pub(super) shared: bool,
}

/// Why one entry was not.
#[derive(Debug)]
pub(crate) enum EntryError {
    Read(WhySkipped),
    Write(io::Error),
}

/// Copies one file or link to a place where nothing is yet.
pub(crate) fn copy_entry(
    from: &Root,
    path: &RelPath,
    to: &Root,
    place: &RelPath,
    cannot_share: Option<&AtomicBool>,
) -> Result<Copied, EntryError> {
    let read = |e: io::Error| EntryError::Read(why(&e));
    let stat = from
        .stat(path)
        .map_err(read)?
        .ok_or(EntryError::Read(WhySkipped::Vanished))?;
    match stat.kind {
        Kind::Link => {
            let target = from.link(path).map_err(read)?;
            let (folder, name) = to.parent(place).map_err(EntryError::Write)?;
            rustix::fs::symlinkat(std::ffi::OsStr::from_bytes(&target), &folder, name)
                .map_err(|e| EntryError::Write(e.into()))?;
            set_times(to, place, stat.mtime).map_err(EntryError::Write)?;
            let tree = to.stat(place).map_err(EntryError::Write)?;
            let pair = Pair {
                project: Some(stat),
                tree,
                target: Some(target.into()),
                ..Pair::default()
            };
            Ok(Copied {
                pair,
                shared: false,
            })
        }
        Kind::File => copy_file(from, path, to, place, cannot_share),
        Kind::Folder | Kind::Special => Err(EntryError::Read(WhySkipped::Vanished)),
    }
}

fn copy_file(
    from: &Root,
    path: &RelPath,
    to: &Root,
    place: &RelPath,
    cannot_share: Option<&AtomicBool>,
) -> Result<Copied, EntryError> {
    let read = |e: io::Error| EntryError::Read(why(&e));
    let (folder, name) = to.parent(place).map_err(EntryError::Write)?;
    let flags = rustix::fs::OFlags::WRONLY
        | rustix::fs::OFlags::CREATE
        | rustix::fs::OFlags::EXCL
        | rustix::fs::OFlags::NOFOLLOW
        | rustix::fs::OFlags::CLOEXEC;
    let mut source = from.file(path).map_err(read)?;
    let out = rustix::fs::openat(&folder, name, flags, rustix::fs::Mode::from_raw_mode(0o600))
        .map_err(|e| EntryError::Write(e.into()))?;
    let mut out = File::from(out);
    let give_up = |error: EntryError| {
        let _ = rustix::fs::unlinkat(&folder, name, AtFlags::empty());
        error
    };
    let stat_of = |file: &File| -> io::Result<Stat> { Ok(Stat::of(&rustix::fs::fstat(file)?)) };
    let mut before = stat_of(&source).map_err(|e| give_up(read(e)))?;
    if before.kind != Kind::File {
        return Err(give_up(EntryError::Read(WhySkipped::Vanished)));
    }
    let mut shared = false;
    // A file that is being written is copied again, a few times; the stat of before the last
    // reading is kept, so a later look sees that it moved on.
    for attempt in 0..3 {
        shared = try_share(&source, &out, cannot_share);
        if !shared {
            copy_bytes(&mut source, &mut out).map_err(&give_up)?;
        }
        let after = stat_of(&source).map_err(|e| give_up(read(e)))?;
        if after.is_untouched_since(&before) || attempt == 2 {
            break;
        }
        before = after;
        io::Seek::rewind(&mut source).map_err(|e| give_up(read(e)))?;
        out.set_len(0)
            .and_then(|()| io::Seek::rewind(&mut out))
            .map_err(|e| give_up(EntryError::Write(e)))?;
    }
    let finish = || -> io::Result<Stat> {
        out.set_permissions(fs::Permissions::from_mode(before.mode))?;
        rustix::fs::futimens(&out, &times(before.mtime))?;
        stat_of(&out)
    };
    let tree = finish().map_err(|e| give_up(EntryError::Write(e)))?;
    let pair = Pair {
        project: Some(before),
        tree: Some(tree),
        ..Pair::default()
    };
    Ok(Copied { pair, shared })
}

fn try_share(source: &File, out: &File, cannot_share: Option<&AtomicBool>) -> bool {
    if cannot_share.is_some_and(|c| c.load(Ordering::Relaxed)) {
        return false;
    }
    let shared = rustix::fs::ioctl_ficlone(out, source).is_ok();
    if !shared && let Some(cannot) = cannot_share {
        cannot.store(true, Ordering::Relaxed);
    }
    shared
}

/// `io::copy` says that it failed, but not on which side.
fn copy_bytes(source: &mut File, out: &mut File) -> Result<(), EntryError> {
    match io::copy(source, out) {
        Ok(_) => Ok(()),
        Err(e) if matches!(e.raw_os_error(), Some(EIO)) => {
            Err(EntryError::Read(WhySkipped::Broken))
        }
        Err(e) => Err(EntryError::Write(e)),
    }
}

const EIO: i32 = rustix::io::Errno::IO.raw_os_error();

fn why(error: &io::Error) -> WhySkipped {
    if beneath::is_absent(error) || beneath::is_link_refusal(error) {
        return WhySkipped::Vanished;
    }
    match error.kind() {
        io::ErrorKind::PermissionDenied => WhySkipped::Unreadable,
        _ => WhySkipped::Broken,
    }
}

fn times(mtime: Time) -> Timestamps {
    let omit = Timespec {
        tv_sec: 0,
        tv_nsec: rustix::fs::UTIME_OMIT,
    };
    Timestamps {
        last_access: omit,
        last_modification: Timespec {
            tv_sec: mtime.0,
            tv_nsec: i64::from(mtime.1),
        },
    }
}

/// Sets when an entry was last written; of a link, the link's own.
pub(crate) fn set_times(root: &Root, path: &RelPath, mtime: Time) -> io::Result<()> {
    let (folder, name) = root.parent(path)?;
    rustix::fs::utimensat(
        folder.as_fd(),
        name,
        &times(mtime),
        AtFlags::SYMLINK_NOFOLLOW,
    )?;
    Ok(())
}

/// Removes a folder with all that it holds, also where a mode forbids it.
pub(crate) fn remove_tree(dir: &Path) -> io::Result<()> {
    let first = fs::remove_dir_all(dir);
    let Err(error) = first else { return Ok(()) };
    if error.kind() != io::ErrorKind::PermissionDenied {
        return Err(error);
    }
    open_up(dir);
    fs::remove_dir_all(dir)
}

fn open_up(dir: &Path) {
    let Ok(meta) = fs::symlink_metadata(dir) else {
        return;
    };
    if !meta.is_dir() {
        return;
    }
    let _ = fs::set_permissions(dir, fs::Permissions::from_mode(0o700));
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        open_up(&entry.path());
    }
}
