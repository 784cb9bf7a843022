//! Carries a planned transaction out.
//!
//! A step puts the new file at the path and what was there at the step's temporary name, in one
//! move of the file system, and then looks at what came out. If that is not what was shown, someone
//! wrote in the last moment: the step fails, and everything goes back, theirs included.

use std::fs;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use rustix::io::Errno;

use super::Conflicting;
use super::Halt;
use super::fault;
use super::journal;
use super::journal::FileStep;
use super::journal::How;
use super::journal::Journal;
use super::journal::Record;
use super::moves::MANY;
use super::moves::create;
use super::moves::is_unsupported;
use super::moves::keep_for_good;
use super::moves::make_folder;
use super::moves::open_writable;
use super::moves::pour;
use super::moves::remove_folder;
use super::moves::set_mode;
use super::moves::swap;
use super::moves::sync;
use super::moves::take_name;
use super::moves::unlink;
use super::moves::version;
use crate::project::beneath;
use crate::project::beneath::Root;
use crate::project::copy::set_times;
use crate::project::draft::KeepError;
use crate::project::draft::keep;
use crate::project::path::RelPath;
use crate::project::stat::Kind;
use crate::project::stat::Version;
use crate::store::blobs::BlobId;
use crate::store::blobs::Blobs;

/// Stages, prepares, exchanges and commits.
pub(super) fn run(root: &Root, journal: &mut Journal, blobs: &Blobs) -> Result<(), Halt> {
    let own = |dir: &std::path::Path| {
        let dir = dir.to_owned();
        move |e: io::Error| Halt::journal(&dir, &e)
    };
    let record = &journal.record;
    fault::point("begun").map_err(own(&journal.dir))?;
    for step in &record.plan.files {
        stage(root, step, blobs, record.plan.files.len() <= MANY)?;
        fault::point("staged").map_err(|e| Halt::file(&step.path, &e))?;
    }
    sync(root, record).map_err(own(&journal.dir))?;
    journal.mark(journal::PREPARED).map_err(own(&journal.dir))?;
    fault::point("prepared").map_err(own(&journal.dir))?;
    perform(root, record, blobs)?;
    sync(root, record).map_err(own(&journal.dir))?;
    fault::point("performed").map_err(own(&journal.dir))?;
    journal
        .mark(journal::COMMITTED)
        .map_err(own(&journal.dir))?;
    // From here on it is applied; what is left over is taken away now or at the next start.
    if fault::point("committed").is_ok() {
        let _ = finish(root, journal, blobs);
    }
    Ok(())
}

fn perform(root: &Root, record: &Record, blobs: &Blobs) -> Result<(), Halt> {
    let plan = &record.plan;
    let point = |step: &FileStep| fault::point("exchanged").map_err(|e| Halt::file(&step.path, &e));
    let (creates, others): (Vec<_>, Vec<_>) = plan.files.iter().partition(|s| s.how == How::Create);
    for step in others.iter().filter(|s| s.how == How::Delete) {
        exchange(root, step, blobs)?;
        point(step)?;
    }
    for folder in &plan.prune {
        // Someone put a file there meanwhile: then it stays, with their file.
        let _ = remove_folder(root, &folder.path);
        fault::point("pruned").map_err(|e| Halt::file(&folder.path, &e))?;
    }
    for step in others.iter().filter(|s| s.how != How::Delete) {
        exchange(root, step, blobs)?;
        point(step)?;
    }
    for folder in &plan.make {
        make_folder(root, folder).map_err(|e| Halt::file(&folder.path, &e))?;
        fault::point("made").map_err(|e| Halt::file(&folder.path, &e))?;
    }
    for step in creates {
        exchange(root, step, blobs)?;
        point(step)?;
    }
    for folder in plan.make.iter().rev() {
        if let Some(mtime) = folder.mtime {
            let _ = set_times(root, &folder.path, mtime);
        }
    }
    Ok(())
}

fn exchange(root: &Root, step: &FileStep, blobs: &Blobs) -> Result<(), Halt> {
    let failed = |e: io::Error| Halt::file(&step.path, &e);
    fault::point("exchanging").map_err(failed)?;
    let expected = match step.how {
        How::Create => {
            return match take_name(root, &step.temp, &step.path) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                    Err(conflict(root, step, &step.path, blobs))
                }
                other => other.map_err(failed),
            };
        }
        How::Mode => return change_mode(root, step, step.pre, step.post, blobs),
        How::InPlace => return overwrite(root, step, blobs),
        How::Delete => match take_name(root, &step.path, &step.temp) {
            Ok(()) => step.pre,
            Err(e) if beneath::is_absent(&e) => {
                return Err(conflict(root, step, &step.path, blobs));
            }
            Err(e) => return Err(failed(e)),
        },
        How::Swap => match swap(root, &step.temp, &step.path) {
            Ok(()) => step.pre,
            Err(e) if beneath::is_absent(&e) => {
                return Err(conflict(root, step, &step.path, blobs));
            }
            // A file system without exchange, such as FAT.
            Err(e) if is_unsupported(&e) => return overwrite(root, step, blobs),
            Err(e) => return Err(failed(e)),
        },
    };
    fault::point("came out").map_err(failed)?;
    let came_out = version(root, &step.temp).map_err(failed)?;
    match (came_out, expected) {
        (Some(out), Some(expected)) if out.has_bytes_of(&expected) => Ok(()),
        _ => Err(conflict(root, step, &step.temp, blobs)),
    }
}

/// The project has something else than was shown; it is kept, so that it can be shown.
fn conflict(root: &Root, step: &FileStep, at: &RelPath, blobs: &Blobs) -> Halt {
    let project = match keep(root, at, blobs) {
        Ok(kept) => kept.map(|(version, _)| version),
        Err(KeepError::Io(e)) => return Halt::file(&step.path, &e),
        Err(KeepError::Blobs(e)) => return Halt::blob(&step.path, &e),
    };
    Halt::Conflict(vec![Conflicting {
        path: step.path.clone(),
        shown: step.pre,
        project,
        result: step.post,
    }])
}

fn stage(root: &Root, step: &FileStep, blobs: &Blobs, durably: bool) -> Result<(), Halt> {
    let Some(post) = step.post else { return Ok(()) };
    if matches!(step.how, How::Mode) {
        return Ok(());
    }
    let failed = |e: io::Error| Halt::file(&step.path, &e);
    let (folder, name) = root.parent(&step.temp).map_err(failed)?;
    if post.kind == Kind::Link {
        let target = blobs
            .get(&post.blob)
            .map_err(|e| Halt::blob(&step.path, &e))?;
        rustix::fs::symlinkat(std::ffi::OsStr::from_bytes(&target), &folder, name)
            .map_err(|e| failed(e.into()))?;
    } else {
        let mut file = create(&folder, name).map_err(failed)?;
        blobs.copy_to(&post.blob, &mut file).map_err(|e| match e {
            crate::store::blobs::BlobError::DiskFull { .. } => {
                Halt::file(&step.path, &Errno::NOSPC.into())
            }
            e => Halt::blob(&step.path, &e),
        })?;
        if step.how == How::Swap {
            copy_attributes(root, &step.path, &file);
        }
        file.set_permissions(fs::Permissions::from_mode(post.mode & 0o777))
            .map_err(failed)?;
        if durably {
            file.sync_all().map_err(failed)?;
        }
    }
    if let Some(mtime) = step.post_mtime {
        set_times(root, &step.temp, mtime).map_err(failed)?;
    }
    Ok(())
}

/// Owner and extended attributes, as far as the person may set them.
fn copy_attributes(root: &Root, from: &RelPath, to: &File) {
    let Ok(old) = root.file(from) else { return };
    if let (Ok(old), Ok(new)) = (rustix::fs::fstat(&old), rustix::fs::fstat(to))
        && (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid)
    {
        let owner = rustix::fs::Uid::from_raw(old.st_uid);
        let group = rustix::fs::Gid::from_raw(old.st_gid);
        if rustix::fs::fchown(to, Some(owner), Some(group)).is_err() {
            let _ = rustix::fs::fchown(to, None, Some(group));
        }
    }
    let mut names = vec![0; 64 * 1024];
    let Ok(length) = rustix::fs::flistxattr(&old, &mut names) else {
        return;
    };
    let mut value = vec![0; 64 * 1024];
    for name in names[..length].split(|b| *b == 0).filter(|n| !n.is_empty()) {
        if let Ok(length) = rustix::fs::fgetxattr(&old, name, &mut value) {
            let flags = rustix::fs::XattrFlags::empty();
            let _ = rustix::fs::fsetxattr(to, name, &value[..length], flags);
        }
    }
}

/// Writes into the file itself, which keeps its other names.
fn overwrite(root: &Root, step: &FileStep, blobs: &Blobs) -> Result<(), Halt> {
    let failed = |e: io::Error| Halt::file(&step.path, &e);
    let (Some(pre), Some(post)) = (step.pre, step.post) else {
        return Err(failed(Errno::OPNOTSUPP.into()));
    };
    if pre.kind != Kind::File || post.kind != Kind::File {
        return Err(failed(Errno::OPNOTSUPP.into()));
    }
    let mut file = open_writable(root, &step.path).map_err(failed)?;
    let (found, _) = BlobId::of_reader(&mut file).map_err(failed)?;
    if found == post.blob {
        // Written already, under another of its names.
        return change_mode(root, step, Some(pre), Some(post), blobs);
    }
    if found != pre.blob {
        return Err(conflict(root, step, &step.path, blobs));
    }
    let mut staged = root.file(&step.temp).map_err(failed)?;
    pour(&mut staged, &mut file, post.size, "overwriting").map_err(failed)?;
    change_mode(root, step, Some(pre), Some(post), blobs)
}

fn change_mode(
    root: &Root,
    step: &FileStep,
    from: Option<Version>,
    to: Option<Version>,
    blobs: &Blobs,
) -> Result<(), Halt> {
    let (Some(from), Some(to)) = (from, to) else {
        return Ok(());
    };
    if from.mode == to.mode || to.kind != Kind::File {
        return Ok(());
    }
    let failed = |e: io::Error| Halt::file(&step.path, &e);
    if step.how == How::Mode {
        let found = version(root, &step.path).map_err(failed)?;
        if !found.is_some_and(|found| found.has_bytes_of(&to)) {
            return Err(conflict(root, step, &step.path, blobs));
        }
    }
    set_mode(root, &step.path, to.mode).map_err(failed)
}

/// Takes away what a committed transaction left beside the new files.
pub(super) fn finish(root: &Root, journal: &Journal, blobs: &Blobs) -> io::Result<()> {
    for step in &journal.record.plan.files {
        if let Some(stat) = root.stat(&step.temp)? {
            let as_checked = step.pre.is_some_and(|pre| pre.size == stat.size)
                && step.pre_mtime == Some(stat.mtime);
            // A program that still had the old file open has written to it: keep that too.
            if step.how != How::Create && !as_checked {
                keep_for_good(root, &step.temp, blobs)?;
            }
            unlink(root, &step.temp)?;
        }
        fault::point("cleaned")?;
    }
    // Or a power cut could bring one back that nobody looks for any more.
    sync(root, &journal.record)?;
    journal.mark(journal::DONE)
}
