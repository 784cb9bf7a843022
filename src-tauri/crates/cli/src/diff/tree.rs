//! The files beneath a folder, by their paths in it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What could not be read.
#[derive(Debug, thiserror::Error)]
#[error("Cannot read `{}`: {source}.", path.display())]
pub(super) struct Unreadable {
    path: PathBuf,
    source: io::Error,
}

impl Unreadable {
    pub(super) fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        Self { path, source }
    }
}

/// All files and links beneath `root`, in order. Links are not followed; sockets, pipes and devices
/// have no content and are left out.
pub(super) fn list(root: &Path) -> Result<BTreeMap<String, PathBuf>, Unreadable> {
    let mut files = BTreeMap::new();
    let mut folders = vec![(String::new(), root.to_owned())];
    while let Some((prefix, folder)) = folders.pop() {
        let failed = |source| Unreadable::new(&folder, source);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if kind.is_dir() {
                folders.push((format!("{name}/"), entry.path()));
            } else if kind.is_file() || kind.is_symlink() {
                files.insert(name, entry.path());
            }
        }
    }
    Ok(files)
}

/// The bytes of a file, or where a link leads.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Unreadable> {
    let failed = |source| Unreadable::new(path, source);
    let kind = fs::symlink_metadata(path).map_err(failed)?.file_type();
    match kind.is_symlink() {
        true => {
            let target = fs::read_link(path).map_err(failed)?;
            Ok(target.into_os_string().into_encoded_bytes())
        }
        false => fs::read(path).map_err(failed),
    }
}
