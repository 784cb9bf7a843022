//! Takes a transaction back, from wherever it stopped.
//!
//! It looks only at what is there, and of how far the run came only whether it was prepared, so it
//! serves a failed run and a crash alike and may be repeated. Bytes that are neither the old nor the new ones belong to
//! someone else: they are left alone, or kept in the store when they have to make way.

use std::fs;
use std::io;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use rustix::io::Errno;

use super::fault;
use super::journal;
use super::journal::FileStep;
use super::journal::How;
use super::journal::Journal;
use super::moves::create;
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
use crate::project::path::RelPath;
use crate::project::stat::Kind;
use crate::project::stat::Version;
use crate::store::blobs::Blobs;

/// A file whose bytes were neither the old nor the new ones; they were left as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeftAlone {
    pub(super) path: RelPath,
    pub(super) project: Option<Version>,
    pub(super) pre: Option<Version>,
}

/// Brings the old tree back, from wherever the transaction stopped.
pub(super) fn roll_back(
    root: &Root,
    journal: &Journal,
    blobs: &Blobs,
) -> io::Result<Vec<LeftAlone>> {
    let mut left = Vec::new();
    let record = &journal.record;
    let plan = &record.plan;
    if !journal.has(journal::PREPARED) {
        // Nothing was exchanged, so whatever stands at a path is the person's, also when it is
        // what the transaction was going to write.
        for step in &plan.files {
            or_left(step, unlink(root, &step.temp).map(|()| None))?;
            fault::point("rolled back")?;
        }
        return Ok(left);
    }
    let (creates, others): (Vec<_>, Vec<_>) = plan.files.iter().partition(|s| s.how == How::Create);
    for step in creates.iter().rev() {
        left.extend(or_left(step, uncreate(root, step, blobs))?);
        fault::point("rolled back")?;
    }
    for folder in plan.make.iter().rev() {
        match remove_folder(root, &folder.path) {
            // What someone else put there keeps its folder.
            Ok(()) => {}
            Err(e) => match Errno::from_io_error(&e) {
                Some(
                    Errno::NOTEMPTY | Errno::EXIST | Errno::NOENT | Errno::NOTDIR | Errno::LOOP,
                ) => {}
                _ => return Err(e),
            },
        }
    }
    for step in others.iter().rev().filter(|s| s.how != How::Delete) {
        left.extend(or_left(step, unchange(root, step, blobs))?);
        fault::point("rolled back")?;
    }
    for folder in plan.prune.iter().rev() {
        let made = match root.stat(&folder.path) {
            Ok(None) => make_folder(root, folder),
            other => other.map(|_| ()),
        };
        match made {
            // Someone took away what held it, or put a link there.
            Err(e) if beneath::is_absent(&e) || beneath::is_link_refusal(&e) => {}
            other => other?,
        }
    }
    for step in others.iter().rev().filter(|s| s.how == How::Delete) {
        left.extend(or_left(step, undelete(root, step, blobs))?);
        fault::point("rolled back")?;
    }
    for folder in &plan.prune {
        if let Some(mtime) = folder.mtime {
            let _ = set_times(root, &folder.path, mtime);
        }
    }
    sync(root, record)?;
    Ok(left)
}

/// A path that lies behind a link by now is out of reach, and its version from before is kept.
fn or_left(
    step: &FileStep,
    result: io::Result<Option<LeftAlone>>,
) -> io::Result<Option<LeftAlone>> {
    match result {
        Err(e) if beneath::is_link_refusal(&e) => Ok(Some(LeftAlone {
            path: step.path.clone(),
            project: None,
            pre: step.pre,
        })),
        other => other,
    }
}

fn same(a: Option<Version>, b: Option<Version>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.has_bytes_of(&b),
        (None, None) => true,
        _ => false,
    }
}

fn uncreate(root: &Root, step: &FileStep, blobs: &Blobs) -> io::Result<Option<LeftAlone>> {
    if root.stat(&step.temp)?.is_some() {
        // Never put in place, or taken out below before a crash; either way it is looked at.
        if same(version(root, &step.temp)?, step.post) || root.stat(&step.path)?.is_some() {
            keep_for_good(root, &step.temp, blobs)?;
            unlink(root, &step.temp)?;
            return Ok(None);
        }
        // Half staged: its bytes are ours alone, and the path was never taken.
        unlink(root, &step.temp)?;
        return Ok(None);
    }
    if !same(version(root, &step.path)?, step.post) {
        return Ok(left_alone(root, step)?.filter(|left| left.project.is_some()));
    }
    // Out of the way first, so that what is removed is what was looked at.
    take_name(root, &step.path, &step.temp)?;
    if same(version(root, &step.temp)?, step.post) {
        unlink(root, &step.temp)?;
        return Ok(None);
    }
    take_name(root, &step.temp, &step.path)?;
    left_alone(root, step)
}

fn undelete(root: &Root, step: &FileStep, blobs: &Blobs) -> io::Result<Option<LeftAlone>> {
    if root.stat(&step.temp)?.is_none() {
        // Never moved aside. When it is not at its path either, someone else deleted it.
        return Ok(None);
    }
    match take_name(root, &step.temp, &step.path) {
        Ok(()) => Ok(None),
        // Something else stands there, or there is no folder for it any more.
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists || beneath::is_absent(&e) => {
            keep_for_good(root, &step.temp, blobs)?;
            unlink(root, &step.temp)?;
            left_alone(root, step)
        }
        Err(e) => Err(e),
    }
}

fn unchange(root: &Root, step: &FileStep, blobs: &Blobs) -> io::Result<Option<LeftAlone>> {
    let here = version(root, &step.path)?;
    let aside = version(root, &step.temp)?;
    if step.how == How::Mode {
        if same(here, step.post) && here.map(|v| v.mode) == step.post.map(|v| v.mode) {
            set_mode(root, &step.path, step.pre.map_or(0o644, |v| v.mode))?;
        }
        return Ok(None);
    }
    if same(here, step.pre) {
        // Not exchanged, or back already. What is aside is ours, whole or half staged, unless
        // someone's bytes came out: those are kept.
        if aside.is_some() {
            if !same(aside, step.post) {
                keep_for_good(root, &step.temp, blobs)?;
            }
            unlink(root, &step.temp)?;
        }
        restore_mode(root, step, here)?;
        return Ok(None);
    }
    if same(here, step.post) {
        match aside {
            // What came out goes back, whether it is the old file or a newer one of the person.
            Some(_) if !same(aside, step.post) => swap(root, &step.temp, &step.path)?,
            _ => restore(root, step, blobs)?,
        }
        unlink(root, &step.temp)?;
        return Ok(None);
    }
    if is_torn(root, step, blobs)? {
        // A person's bytes can look like that too.
        keep_for_good(root, &step.path, blobs)?;
        restore(root, step, blobs)?;
        unlink(root, &step.temp)?;
        return Ok(None);
    }
    let swapped = aside.is_some() && !same(aside, step.post);
    if swapped {
        keep_for_good(root, &step.temp, blobs)?;
    }
    unlink(root, &step.temp)?;
    if swapped || step.how == How::InPlace {
        left_alone(root, step)
    } else {
        Ok(None)
    }
}

fn restore_mode(root: &Root, step: &FileStep, here: Option<Version>) -> io::Result<()> {
    let (Some(here), Some(pre)) = (here, step.pre) else {
        return Ok(());
    };
    let ours = step
        .post
        .is_some_and(|post| post.mode == here.mode && post.mode != pre.mode);
    if step.how == How::InPlace && ours {
        set_mode(root, &step.path, pre.mode)
    } else {
        Ok(())
    }
}

/// Whether a file is an overwriting, or the restoring of one, that stopped half-way.
fn is_torn(root: &Root, step: &FileStep, blobs: &Blobs) -> io::Result<bool> {
    let (Some(pre), Some(post)) = (step.pre, step.post) else {
        return Ok(false);
    };
    let file = pre.kind == Kind::File && post.kind == Kind::File;
    if !file || root.stat(&step.path)?.is_none_or(|s| s.kind != Kind::File) {
        return Ok(false);
    }
    let mut here = Vec::new();
    root.file(&step.path)?.read_to_end(&mut here)?;
    let old = blobs.get(&pre.blob).map_err(io::Error::other)?;
    let new = blobs.get(&post.blob).map_err(io::Error::other)?;
    Ok(is_half_way(&here, &old, &new) || is_half_way(&here, &new, &old))
}

/// Whether `here` is `from` overwritten by `to` up to some point.
fn is_half_way(here: &[u8], from: &[u8], to: &[u8]) -> bool {
    let written = here.iter().zip(to).take_while(|(a, b)| a == b).count();
    if here.len() > from.len() {
        return written == here.len();
    }
    let kept = here
        .iter()
        .rev()
        .zip(from.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    here.len() == from.len() && here.len() - kept <= written
}

/// Writes the old bytes again, from the store.
fn restore(root: &Root, step: &FileStep, blobs: &Blobs) -> io::Result<()> {
    let Some(pre) = step.pre else { return Ok(()) };
    unlink(root, &step.temp)?;
    let there = root.stat(&step.path)?;
    let (folder, name) = root.parent(&step.temp)?;
    if pre.kind == Kind::Link {
        let target = blobs.get(&pre.blob).map_err(io::Error::other)?;
        rustix::fs::symlinkat(std::ffi::OsStr::from_bytes(&target), &folder, name)?;
    } else {
        let mut file = create(&folder, name)?;
        blobs
            .copy_to(&pre.blob, &mut file)
            .map_err(io::Error::other)?;
        file.set_permissions(fs::Permissions::from_mode(pre.mode))?;
        file.sync_all()?;
    }
    if there.is_some_and(|s| s.links > 1 && s.kind == Kind::File) {
        let mut file = open_writable(root, &step.path)?;
        pour(
            &mut root.file(&step.temp)?,
            &mut file,
            pre.size,
            "restoring",
        )?;
        set_mode(root, &step.path, pre.mode)?;
        unlink(root, &step.temp)?;
    } else if there.is_some() {
        let (to, to_name) = root.parent(&step.path)?;
        rustix::fs::renameat(&folder, name, &to, to_name)?;
    } else {
        take_name(root, &step.temp, &step.path)?;
    }
    if let Some(mtime) = step.pre_mtime {
        set_times(root, &step.path, mtime)?;
    }
    Ok(())
}

fn left_alone(root: &Root, step: &FileStep) -> io::Result<Option<LeftAlone>> {
    let project = version(root, &step.path)?;
    Ok(Some(LeftAlone {
        path: step.path.clone(),
        project,
        pre: step.pre,
    }))
}

#[cfg(test)]
mod tests {
    use super::is_half_way;

    #[test]
    fn every_half_way_state_is_known_and_nothing_else() {
        for (from, to) in [
            ("abcdef", "xyz"),
            ("abc", "uvwxyz"),
            ("abc", "xyz"),
            ("", "x"),
        ] {
            let mut here = from.as_bytes().to_vec();
            for (i, byte) in to.bytes().enumerate() {
                assert!(
                    is_half_way(&here, from.as_bytes(), to.as_bytes()),
                    "{here:?}"
                );
                if i < here.len() {
                    here[i] = byte;
                } else {
                    here.push(byte);
                }
            }
        }
        assert!(!is_half_way(b"xbz", b"abc", b"xyz"));
        assert!(!is_half_way(b"person", b"abcdef", b"xyz"));
        assert!(!is_half_way(b"ab", b"abcdef", b"xyz"));
    }
}
