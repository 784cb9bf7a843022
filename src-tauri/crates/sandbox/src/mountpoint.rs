//! Places for mounts inside folders that a confined command can write.
//!
//! A command may replace a folder of its private home by a link that points anywhere, and the next
//! command's mounts would be made through it, with empty files and folders created at its target.
//! So every mount point that lies in such a folder is made here first, one name at a time and never
//! through a link: what stands in the way is the command's own and is removed.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Component;
use std::path::Path;

use rustix::fs::AtFlags;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::io::Errno;

/// What is to be mounted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Folder,
    File,
}

/// Makes sure that `inside` below `root` is a real folder or file, reached through real folders.
pub(crate) fn prepare(root: &Path, inside: &Path, kind: Kind) -> io::Result<()> {
    let folder = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut at = rustix::fs::open(root, folder, Mode::empty())?;
    let names: Vec<_> = inside
        .components()
        .map(|part| match part {
            Component::Normal(name) => Ok(name),
            _ => Err(io::Error::from(io::ErrorKind::InvalidInput)),
        })
        .collect::<Result<_, _>>()?;
    let Some((last, parents)) = names.split_last() else {
        return Ok(());
    };
    for name in parents {
        at = enter(&at, Path::new(name), folder)?;
    }
    match kind {
        Kind::Folder => enter(&at, Path::new(last), folder).map(drop),
        Kind::File => place_file(&at, Path::new(last)),
    }
}

fn enter(at: &OwnedFd, name: &Path, folder: OFlags) -> io::Result<OwnedFd> {
    match rustix::fs::openat(at, name, folder, Mode::empty()) {
        Ok(found) => return Ok(found),
        Err(Errno::NOENT) => {}
        // A file, or a link to anything.
        Err(Errno::NOTDIR | Errno::LOOP) => rustix::fs::unlinkat(at, name, AtFlags::empty())?,
        Err(other) => return Err(other.into()),
    }
    rustix::fs::mkdirat(at, name, Mode::RWXU)?;
    Ok(rustix::fs::openat(at, name, folder, Mode::empty())?)
}

fn place_file(at: &OwnedFd, name: &Path) -> io::Result<()> {
    let file = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match rustix::fs::statat(at, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(found) if rustix::fs::FileType::from_raw_mode(found.st_mode).is_file() => Ok(()),
        Ok(found) => {
            let kind = rustix::fs::FileType::from_raw_mode(found.st_mode);
            let how = if kind.is_dir() {
                AtFlags::REMOVEDIR
            } else {
                AtFlags::empty()
            };
            rustix::fs::unlinkat(at, name, how)?;
            rustix::fs::openat(at, name, file, Mode::RUSR | Mode::WUSR)?;
            Ok(())
        }
        Err(Errno::NOENT) => {
            rustix::fs::openat(at, name, file, Mode::RUSR | Mode::WUSR)?;
            Ok(())
        }
        Err(other) => Err(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn folders_and_files_are_made() {
        let root = tempfile::tempdir().unwrap();
        prepare(root.path(), Path::new("a/b/c"), Kind::Folder).unwrap();
        prepare(root.path(), Path::new("a/b/config.toml"), Kind::File).unwrap();
        assert!(root.path().join("a/b/c").is_dir());
        assert!(root.path().join("a/b/config.toml").is_file());
    }

    #[test]
    fn a_link_in_the_way_is_removed_and_its_target_untouched() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        symlink(outside.path(), root.path().join("a")).unwrap();
        prepare(root.path(), Path::new("a/b"), Kind::Folder).unwrap();
        assert!(root.path().join("a").symlink_metadata().unwrap().is_dir());
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);

        symlink(outside.path().join("made"), root.path().join("f")).unwrap();
        prepare(root.path(), Path::new("f"), Kind::File).unwrap();
        assert!(root.path().join("f").symlink_metadata().unwrap().is_file());
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_in_the_way_of_a_folder_is_removed() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a"), "x").unwrap();
        prepare(root.path(), Path::new("a/b"), Kind::Folder).unwrap();
        assert!(root.path().join("a/b").is_dir());
    }

    #[test]
    fn parents_of_the_root_are_refused() {
        let root = tempfile::tempdir().unwrap();
        assert!(prepare(root.path(), Path::new("../x"), Kind::Folder).is_err());
    }
}
