//! Remembers what a step was last done for, so that the next run can skip it.
//!
//! A stamp is a file that holds a hash of the step's inputs (and, where they can be lost, of its
//! output). It lies inside `ui/node_modules`, so that deleting that folder forgets it too. The hash
//! only decides whether to skip a step on this machine; it protects nothing.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher;
use std::io;
use std::path::Path;
use std::path::PathBuf;

/// The names and contents of everything below `paths`, as one value. Missing paths count as absent.
pub(crate) fn of(paths: &[PathBuf], skip: &[&str]) -> io::Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        add(&mut hasher, path, skip)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Whether `stamp` holds `value`.
pub(crate) fn matches(stamp: &Path, value: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|held| held == value)
}

fn add(hasher: &mut DefaultHasher, path: &Path, skip: &[&str]) -> io::Result<()> {
    let Ok(about) = fs::metadata(path) else {
        return Ok(());
    };
    let name = path.file_name().unwrap_or_default();
    if skip.iter().any(|skipped| name == *skipped) {
        return Ok(());
    }
    add_part(hasher, name.as_encoded_bytes());
    if about.is_dir() {
        let mut inside = fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<Vec<_>>>()?;
        inside.sort();
        hasher.write_usize(inside.len());
        for path in inside {
            add(hasher, &path, skip)?;
        }
    } else {
        add_part(hasher, &fs::read(path)?);
    }
    Ok(())
}

fn add_part(hasher: &mut DefaultHasher, part: &[u8]) {
    // The length first, so that two parts cannot pass for two others with the border elsewhere.
    hasher.write_usize(part.len());
    hasher.write(part);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("inner")).unwrap();
        folder
    }

    #[test]
    fn changes_with_names_and_contents_but_not_with_what_is_skipped() {
        let folder = folder("stamp");
        fs::write(folder.join("inner/a"), "one").unwrap();
        let of = || of(std::slice::from_ref(&folder), &["dist"]).unwrap();
        let first = of();
        assert_eq!(of(), first, "the same tree gives the same stamp");

        fs::create_dir(folder.join("dist")).unwrap();
        fs::write(folder.join("inner/a"), "two").unwrap();
        let second = of();
        assert_ne!(second, first, "contents count");

        fs::rename(folder.join("inner/a"), folder.join("inner/b")).unwrap();
        assert_ne!(of(), second, "names count");

        fs::remove_file(folder.join("inner/b")).unwrap();
        fs::write(folder.join("inner/a"), "one").unwrap();
        fs::remove_dir(folder.join("dist")).unwrap();
        assert_eq!(of(), first, "the skipped folder left no trace");
        fs::remove_dir_all(&folder).unwrap();
    }
}
