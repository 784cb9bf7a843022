//! What is compared with what, and the result.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use review::{Diff, Fingerprint, Options};

use super::tree::{self, Unreadable};

/// From here on two files are the same under another name.
const RENAMED: f64 = 0.5;
/// With more removed or added files than this, only those with equal content are renames.
const MAX_COMPARED: usize = 1000;

/// Two files or two folders.
pub(super) enum Compared {
    Files(Contents),
    /// Only what differs, by path.
    Folders(Vec<FileDiff>),
}

impl Compared {
    pub(super) fn differ(&self) -> bool {
        match self {
            Self::Files(contents) => contents.differ(),
            Self::Folders(files) => files
                .iter()
                .any(|file| file.change != Change::Changed || file.contents.differ()),
        }
    }
}

/// Two contents.
pub(super) enum Contents {
    Text(Box<Diff>),
    Bytes(Bytes),
}

impl Contents {
    fn differ(&self) -> bool {
        match self {
            Self::Text(diff) => diff.hunks().iter().any(|hunk| !diff.is_ignored(hunk)),
            Self::Bytes(Bytes { old, new }) => old != new,
        }
    }
}

/// Contents of which one at least is no text; none for a file that is not there.
pub(super) struct Bytes {
    pub(super) old: Option<Blob>,
    pub(super) new: Option<Blob>,
}

#[derive(PartialEq, Eq)]
pub(super) struct Blob {
    pub(super) bytes: Vec<u8>,
    pub(super) is_text: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Added,
    Removed,
    Changed,
    Renamed,
}

/// One file of two folders.
pub(super) struct FileDiff {
    /// In the new folder, or in the old one if it was removed.
    pub(super) path: String,
    /// Of a renamed file.
    pub(super) old_path: Option<String>,
    pub(super) change: Change,
    /// Of a renamed file, from 0 to 1.
    pub(super) similarity: Option<f64>,
    pub(super) contents: Contents,
}

/// Compares two files or two folders.
pub(super) fn compare(old: &Path, new: &Path, options: &Options) -> Result<Compared, Unreadable> {
    let is_folder = |path: &Path| fs::metadata(path).map(|found| found.is_dir());
    let old_is = is_folder(old).map_err(|error| Unreadable::new(old, error))?;
    let new_is = is_folder(new).map_err(|error| Unreadable::new(new, error))?;
    if old_is && new_is {
        return folders(old, new, options).map(Compared::Folders);
    }
    // One of each fails below, at the one that is no file.
    let read = |path: &Path| fs::read(path).map_err(|error| Unreadable::new(path, error));
    let contents = contents(Some(read(old)?), Some(read(new)?), options);
    Ok(Compared::Files(contents))
}

fn contents(old: Option<Vec<u8>>, new: Option<Vec<u8>>, options: &Options) -> Contents {
    let text = |bytes: Option<Vec<u8>>| -> Result<String, Option<Blob>> {
        String::from_utf8(bytes.unwrap_or_default()).map_err(|error| {
            let bytes = error.into_bytes();
            Some(Blob {
                bytes,
                is_text: false,
            })
        })
    };
    let (had_old, had_new) = (old.is_some(), new.is_some());
    let blob = |text: Result<String, Option<Blob>>, there: bool| match text {
        Ok(text) if there => Some(Blob {
            bytes: text.into_bytes(),
            is_text: true,
        }),
        Ok(_) => None,
        Err(blob) => blob,
    };
    match (text(old), text(new)) {
        (Ok(old), Ok(new)) => Contents::Text(Box::new(Diff::new(old, new, options))),
        (old, new) => Contents::Bytes(Bytes {
            old: blob(old, had_old),
            new: blob(new, had_new),
        }),
    }
}

fn folders(old: &Path, new: &Path, options: &Options) -> Result<Vec<FileDiff>, Unreadable> {
    let (mut removed, mut added) = (tree::list(old)?, tree::list(new)?);
    let mut files = Vec::new();
    let both: Vec<String> = removed
        .keys()
        .filter(|path| added.contains_key(*path))
        .cloned()
        .collect();
    for path in both {
        let (Some(old), Some(new)) = (removed.remove(&path), added.remove(&path)) else {
            continue;
        };
        let (old, new) = (tree::read(&old)?, tree::read(&new)?);
        if old != new {
            files.push(FileDiff {
                path,
                old_path: None,
                change: Change::Changed,
                similarity: None,
                contents: contents(Some(old), Some(new), options),
            });
        }
    }
    let read = |files: BTreeMap<String, PathBuf>| -> Result<Vec<Left>, Unreadable> {
        let files = files
            .into_iter()
            .map(|(path, place)| Left::read(path, &place));
        files.collect()
    };
    let (mut removed, mut added) = (read(removed)?, read(added)?);
    for (old, new, similarity) in renames(&removed, &added) {
        files.push(FileDiff {
            path: std::mem::take(&mut added[new].path),
            old_path: Some(std::mem::take(&mut removed[old].path)),
            change: Change::Renamed,
            similarity: Some(similarity),
            contents: contents(removed[old].bytes.take(), added[new].bytes.take(), options),
        });
    }
    let alone = |left: Left, change| {
        left.bytes.map(|bytes| FileDiff {
            path: left.path,
            old_path: None,
            change,
            similarity: None,
            contents: match change {
                Change::Added => contents(None, Some(bytes), options),
                _ => contents(Some(bytes), None, options),
            },
        })
    };
    files.extend(
        removed
            .into_iter()
            .filter_map(|left| alone(left, Change::Removed)),
    );
    files.extend(
        added
            .into_iter()
            .filter_map(|left| alone(left, Change::Added)),
    );
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// A file that is in one folder only.
struct Left {
    path: String,
    /// None once it was taken.
    bytes: Option<Vec<u8>>,
    /// None for what is no text.
    fingerprint: Option<Fingerprint>,
}

impl Left {
    fn read(path: String, place: &Path) -> Result<Self, Unreadable> {
        let bytes = tree::read(place)?;
        let text = std::str::from_utf8(&bytes).ok();
        let fingerprint = text.map(Fingerprint::of);
        Ok(Self {
            path,
            bytes: Some(bytes),
            fingerprint,
        })
    }
}

/// Which removed file is which added one, and how similar they are; the most similar first.
fn renames(removed: &[Left], added: &[Left]) -> Vec<(usize, usize, f64)> {
    let mut possible = Vec::new();
    let few = removed.len() <= MAX_COMPARED && added.len() <= MAX_COMPARED;
    for (new, to) in added.iter().enumerate() {
        for (old, from) in removed.iter().enumerate() {
            // Empty files are all equal and say nothing.
            if to.bytes.as_ref().is_none_or(Vec::is_empty) {
                continue;
            }
            if from.bytes == to.bytes {
                possible.push((old, new, 1.0));
            } else if few
                && let (Some(a), Some(b)) = (&from.fingerprint, &to.fingerprint)
                && a.most(b) >= RENAMED
            {
                // Nothing but the same bytes is the whole.
                let similarity = a.similarity(b).min(0.99);
                if similarity >= RENAMED {
                    possible.push((old, new, similarity));
                }
            }
        }
    }
    let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
    let same_name =
        |&(old, new, _): &(usize, usize, f64)| name(&removed[old].path) == name(&added[new].path);
    possible.sort_by(|a, b| {
        let by_likeness = b.2.total_cmp(&a.2);
        by_likeness.then_with(|| same_name(b).cmp(&same_name(a)))
    });
    let (mut old_taken, mut new_taken) = (vec![false; removed.len()], vec![false; added.len()]);
    possible.retain(|&(old, new, _)| {
        let free = !old_taken[old] && !new_taken[new];
        if free {
            (old_taken[old], new_taken[new]) = (true, true);
        }
        free
    });
    possible
}
