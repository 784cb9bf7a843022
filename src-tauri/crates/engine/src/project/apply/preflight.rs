//! Checks a whole transaction before anything is staged, and plans its steps.
//!
//! Every path is opened beneath the project's folder without following links and compared, by
//! hash, with what was shown. All files that moved on are reported together; any other obstacle
//! is a sentence. The bytes that will be replaced are put in the store here, so they exist
//! somewhere else before the first of them is touched.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::Access;
use rustix::fs::AtFlags;
use rustix::fs::Dir;

use super::Approved;
use super::Conflicting;
use super::Halt;
use super::journal::FileStep;
use super::journal::FolderStep;
use super::journal::How;
use super::journal::Plan;
use crate::project::beneath::Root;
use crate::project::copy::free_space;
use crate::project::copy::readable_size;
use crate::project::draft::KeepError;
use crate::project::draft::keep;
use crate::project::path::RelPath;
use crate::project::stat::Kind;
use crate::project::stat::Stat;
use crate::project::stat::Time;
use crate::project::stat::Version;
use crate::store::blobs::BlobError;
use crate::store::blobs::Blobs;

/// How our staged files are called; a watcher and a copy pass them over.
const STAGED: &str = ".greenlight-";

/// Whether a file is one of ours on its way into the project or out of it.
pub(crate) fn is_staged(name: &OsStr) -> bool {
    let number = name.as_bytes().strip_prefix(STAGED.as_bytes());
    number.is_some_and(|n| n.len() == 32 && n.iter().all(u8::is_ascii_hexdigit))
}

/// What an undo knows beyond the files' versions.
#[derive(Debug, Default)]
pub(super) struct Folders {
    /// Folders that the undone apply removed.
    pub(super) make: Vec<FolderStep>,
    /// Folders that it made.
    pub(super) prune: Vec<FolderStep>,
    /// When each file was last written before it.
    pub(super) mtimes: BTreeMap<RelPath, Option<Time>>,
}

/// Checks everything and says what will be done.
pub(super) fn check(
    root: &Root,
    approved: &[Approved],
    folders: &Folders,
    blobs: &Blobs,
    journal: &Path,
) -> Result<Plan, Halt> {
    let mut seen = BTreeSet::new();
    let mut conflicts = Vec::new();
    let mut files = Vec::new();
    for file in approved {
        if !seen.insert(&file.path) {
            return Err(Halt::refused(
                &file.path,
                "is approved twice",
                "Review it again.",
            ));
        }
        refuse_names(root, &file.path)?;
        match check_file(root, file, blobs)? {
            Checked::Step(step) => files.push(step),
            Checked::Already => {}
            Checked::Conflict(conflict) => conflicts.push(conflict),
        }
    }
    if !conflicts.is_empty() {
        return Err(Halt::Conflict(conflicts));
    }
    for step in &mut files {
        if let Some(mtime) = folders.mtimes.get(&step.path) {
            step.post_mtime = *mtime;
        }
    }
    let prune = folders_to_prune(root, approved, folders, &files)?;
    let make = folders_to_make(root, folders, &files)?;
    for step in &mut files {
        step.temp = place_for_temp(root, step, &prune)?;
    }
    check_rights(root, &files, &prune)?;
    check_space(root, &files, blobs, journal)?;
    blobs
        .sync()
        .map_err(|e| Halt::Failed(format!("{e}. Nothing was changed. Apply again.")))?;
    // What goes first makes room; new folders come before what is put in them.
    files.sort_by_key(|step| match step.how {
        How::Delete => 0,
        How::InPlace | How::Mode => 1,
        How::Swap => 2,
        How::Create => 3,
    });
    Ok(Plan { files, make, prune })
}

fn refuse_names(root: &Root, path: &RelPath) -> Result<(), Halt> {
    let next = "Apply without it.";
    if path.is_root() {
        return Err(Halt::refused(path, "is the project's own folder", next));
    }
    if path.is_git() {
        return Err(Halt::refused(
            path,
            "is git metadata, which is never written",
            next,
        ));
    }
    for above in path.ancestors() {
        let has = |name: &str| matches!(root.stat(&above.join(name.as_ref())), Ok(Some(_)));
        if has("HEAD") && has("objects") && has("refs") {
            return Err(Halt::refused(
                path,
                "lies in a git repository's own folder",
                next,
            ));
        }
    }
    Ok(())
}

enum Checked {
    Step(FileStep),
    /// The project has the result already.
    Already,
    Conflict(Conflicting),
}

fn check_file(root: &Root, file: &Approved, blobs: &Blobs) -> Result<Checked, Halt> {
    let path = &file.path;
    let failed = |e: io::Error| Halt::file(path, &e);
    let stat = root.stat(path).map_err(failed)?;
    match stat.map(|s| s.kind) {
        Some(Kind::Folder) if file.result.is_some() && file.base.is_none() => {
            // It may be on its way out in the same transaction; if not, the exchange will say so.
        }
        Some(Kind::Folder | Kind::Special) => {
            let next = "Look at the folder, then review the change again.";
            return Err(Halt::refused(
                path,
                "is no longer a file in your folder",
                next,
            ));
        }
        _ => {}
    }
    let found = keep_whole(root, path, blobs)?;
    let project = found.map(|(version, _)| version);
    let same_bytes = |a: Option<Version>, b: Option<Version>| match (a, b) {
        (Some(a), Some(b)) => a.has_bytes_of(&b),
        (None, None) => true,
        _ => false,
    };
    // With the bytes already there, only a mode that the change sets can be left to do.
    let sets_mode = match (file.base, file.result) {
        (Some(base), Some(result)) => base.mode != result.mode && result.kind == Kind::File,
        _ => false,
    };
    if same_bytes(project, file.result)
        && (!sets_mode || project.map(|p| p.mode) == file.result.map(|r| r.mode))
    {
        return Ok(Checked::Already);
    }
    if !same_bytes(project, file.base) && !same_bytes(project, file.result) {
        return Ok(Checked::Conflict(Conflicting {
            path: path.clone(),
            shown: file.base,
            project,
            result: file.result,
        }));
    }
    let stat = found.map(|(_, stat)| stat);
    let post = file.result.map(|result| Version {
        mode: match (project, file.base) {
            (Some(project), Some(base)) if base.mode == result.mode => project.mode,
            _ => result.mode,
        },
        ..result
    });
    let how = how(stat, project, post);
    Ok(Checked::Step(FileStep {
        path: path.clone(),
        pre: project,
        post,
        pre_mtime: stat.map(|s| s.mtime),
        post_mtime: None,
        temp: RelPath::root(),
        how,
    }))
}

/// Keeps what stands at a path for an undo. What is in the store already is read, because an undo
/// must not be the first to find that the disk has damaged it.
fn keep_whole(root: &Root, path: &RelPath, blobs: &Blobs) -> Result<Option<(Version, Stat)>, Halt> {
    let not_kept = |e: BlobError| {
        Halt::Failed(format!(
            "`{path}` cannot be kept for an undo: {e}. Nothing was changed. Free some space, then \
             apply again."
        ))
    };
    let keep = || {
        keep(root, path, blobs).map_err(|e| match e {
            KeepError::Io(e) => Halt::file(path, &e),
            KeepError::Blobs(e) => not_kept(e),
        })
    };
    let found = keep()?;
    let Some((version, _)) = found else {
        return Ok(found);
    };
    match blobs.copy_to(&version.blob, &mut io::sink()) {
        Ok(_) => Ok(found),
        Err(BlobError::Damaged { id }) => {
            blobs.put_aside(&id).map_err(not_kept)?;
            keep()
        }
        Err(e) => Err(not_kept(e)),
    }
}

fn how(stat: Option<Stat>, pre: Option<Version>, post: Option<Version>) -> How {
    match (pre, post) {
        (None, _) => How::Create,
        (Some(_), None) => How::Delete,
        (Some(pre), Some(post)) if pre.has_bytes_of(&post) => How::Mode,
        (Some(pre), Some(post)) => {
            let files = pre.kind == Kind::File && post.kind == Kind::File;
            let many_names = stat.is_some_and(|s| s.links > 1);
            if files && many_names {
                How::InPlace
            } else {
                How::Swap
            }
        }
    }
}

/// Folders that will be empty, innermost first.
fn folders_to_prune(
    root: &Root,
    approved: &[Approved],
    folders: &Folders,
    files: &[FileStep],
) -> Result<Vec<FolderStep>, Halt> {
    let gone: BTreeSet<&RelPath> = files
        .iter()
        .filter(|s| s.how == How::Delete)
        .map(|s| &s.path)
        .collect();
    let mut candidates = BTreeSet::new();
    for step in files.iter().filter(|s| s.how == How::Delete) {
        let prune = approved.iter().any(|a| a.path == step.path && a.prune);
        if prune {
            candidates.extend(step.path.ancestors());
        }
    }
    candidates.extend(folders.prune.iter().map(|f| f.path.clone()));
    // A folder that something is put into stays.
    candidates.retain(|folder| {
        !files
            .iter()
            .any(|s| s.post.is_some() && s.path != *folder && s.path.is_within(folder))
    });
    let mut pruned: Vec<FolderStep> = Vec::new();
    // Reverse order has what is inside before what holds it.
    for folder in candidates.into_iter().rev() {
        let Ok(fd) = root.folder(&folder) else {
            continue;
        };
        let failed = |e: io::Error| Halt::file(&folder, &e);
        let mut entries = Dir::read_from(&fd).map_err(|e| failed(e.into()))?;
        let mut empty = true;
        while let Some(entry) = entries.read() {
            let entry = entry.map_err(|e| failed(e.into()))?;
            let name = std::ffi::OsStr::from_bytes(entry.file_name().to_bytes());
            let path = folder.join(name);
            if name != "."
                && name != ".."
                && !gone.contains(&path)
                && !pruned.iter().any(|p| p.path == path)
            {
                empty = false;
            }
        }
        if empty {
            let stat = Stat::of(&rustix::fs::fstat(&fd).map_err(|e| failed(e.into()))?);
            pruned.push(FolderStep {
                path: folder,
                mode: Some(stat.mode),
                mtime: Some(stat.mtime),
            });
        }
    }
    Ok(pruned)
}

/// Folders that are missing, outermost first.
fn folders_to_make(
    root: &Root,
    folders: &Folders,
    files: &[FileStep],
) -> Result<Vec<FolderStep>, Halt> {
    let mut make = BTreeMap::new();
    let wanted = files
        .iter()
        .filter(|s| s.how == How::Create)
        .flat_map(|s| s.path.ancestors())
        .chain(folders.make.iter().map(|f| f.path.clone()));
    for folder in wanted {
        let stat = root.stat(&folder).map_err(|e| Halt::file(&folder, &e))?;
        let file_that_goes = files
            .iter()
            .any(|s| s.path == folder && s.how == How::Delete);
        match stat.map(|s| s.kind) {
            Some(Kind::Folder) => continue,
            Some(_) if !file_that_goes => {
                let next = "Rename it, then apply again.";
                return Err(Halt::refused(&folder, "is not a folder", next));
            }
            _ => {}
        }
        let known = folders.make.iter().find(|f| f.path == folder).cloned();
        let step = known.unwrap_or(FolderStep {
            path: folder.clone(),
            mode: None,
            mtime: None,
        });
        make.insert(folder, step);
    }
    Ok(make.into_values().collect())
}

/// A fresh name in the nearest folder that exists now and still does afterwards.
fn place_for_temp(root: &Root, step: &FileStep, prune: &[FolderStep]) -> Result<RelPath, Halt> {
    let name = OsString::from(format!("{STAGED}{}", uuid::Uuid::new_v4().simple()));
    for folder in step.path.ancestors() {
        if prune.iter().any(|p| p.path == folder) {
            continue;
        }
        let stat = root.stat(&folder).map_err(|e| Halt::file(&step.path, &e))?;
        if stat.is_some_and(|s| s.kind == Kind::Folder) {
            return Ok(folder.join(&name));
        }
    }
    Ok(RelPath::root().join(&name))
}

fn check_rights(root: &Root, files: &[FileStep], prune: &[FolderStep]) -> Result<(), Halt> {
    let mut folders = BTreeMap::new();
    for step in files {
        for place in [&step.path, &step.temp] {
            if let Some(parent) = place.parent() {
                folders.insert(parent, &step.path);
            }
        }
    }
    for pruned in prune {
        if let Some(parent) = pruned.path.parent() {
            folders.insert(parent, &pruned.path);
        }
    }
    for (folder, path) in folders {
        let fd = match root.folder(&folder) {
            Ok(fd) => fd,
            // To be made.
            Err(e) if crate::project::beneath::is_absent(&e) => continue,
            Err(e) => return Err(Halt::file(path, &e)),
        };
        rustix::fs::accessat(
            fd.as_fd(),
            ".",
            Access::WRITE_OK | Access::EXEC_OK,
            AtFlags::EACCESS,
        )
        .map_err(|e| Halt::file(path, &e.into()))?;
    }
    Ok(())
}

fn check_space(root: &Root, files: &[FileStep], blobs: &Blobs, journal: &Path) -> Result<(), Halt> {
    let mut needed = 64 * 1024;
    for step in files {
        let Some(post) = step.post else { continue };
        let size = blobs
            .size(&post.blob)
            .map_err(|e| Halt::blob(&step.path, &e))?;
        needed += size.next_multiple_of(4096);
    }
    let project =
        rustix::fs::fstatvfs(root).map_or(u64::MAX, |s| s.f_bavail.saturating_mul(s.f_frsize));
    let own = free_space(journal);
    if needed > project || own < 64 * 1024 {
        return Err(Halt::Failed(format!(
            "The disk is full: applying needs {}, and {} are free. Nothing was changed. Free some \
             space, then apply again.",
            readable_size(needed),
            readable_size(project.min(own))
        )));
    }
    Ok(())
}
