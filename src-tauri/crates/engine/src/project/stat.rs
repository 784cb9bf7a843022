//! What a folder says of an entry, and what an entry holds.
//!
//! A [`Stat`] is cheap and tells whether something was written since: any write moves the change
//! time, which no program can set. A [`Version`] is exact: the bytes by their hash.

use serde::Deserialize;
use serde::Serialize;

use crate::store::blobs::BlobId;

/// What kind of thing a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A folder.
    Folder,
    /// A FIFO, socket or device.
    Special,
}

/// A time as the file system keeps it: seconds and nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(pub i64, pub u32);

/// What `lstat` says of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// Permission bits, with set-id and sticky.
    pub mode: u32,
    /// Bytes.
    pub size: u64,
    /// When it was last written, as programs may set it.
    pub mtime: Time,
    /// When it was last changed in any way; cannot be set.
    pub ctime: Time,
    /// Its number in the file system.
    pub ino: u64,
    /// How many names it has.
    pub links: u64,
}

impl Stat {
    /// What no entry looks like, so that the next look at one finds it changed.
    pub(crate) const UNLIKE_ANY: Self = Self {
        kind: Kind::Special,
        mode: 0,
        size: 0,
        mtime: Time(0, 0),
        ctime: Time(0, 0),
        ino: 0,
        links: 0,
    };

    /// From the system's own shape.
    pub(crate) fn of(stat: &rustix::fs::Stat) -> Self {
        use rustix::fs::FileType;
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Symlink => Kind::Link,
            FileType::Directory => Kind::Folder,
            _ => Kind::Special,
        };
        Self {
            kind,
            mode: stat.st_mode & 0o7777,
            size: stat.st_size.cast_unsigned(),
            mtime: Time(stat.st_mtime, stat.st_mtime_nsec as u32),
            ctime: Time(stat.st_ctime, stat.st_ctime_nsec as u32),
            ino: stat.st_ino,
            links: stat.st_nlink,
        }
    }

    /// Whether nothing was written between the two. A folder's own times move with its entries
    /// and say nothing; for it only kind and mode count.
    pub fn is_untouched_since(&self, earlier: &Self) -> bool {
        if self.kind == Kind::Folder {
            return earlier.kind == Kind::Folder && self.mode == earlier.mode;
        }
        // A further name for the same bytes changes the count and the change time only.
        self.kind == earlier.kind
            && self.mode == earlier.mode
            && self.size == earlier.size
            && self.mtime == earlier.mtime
            && self.ctime == earlier.ctime
            && self.ino == earlier.ino
    }
}

/// The exact content of a file or a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The bytes; for a link, where it points.
    pub blob: BlobId,
    /// File or link.
    pub kind: Kind,
    /// The permission bits (0o777); 0o777 for a link.
    pub mode: u32,
    /// Bytes.
    pub size: u64,
}

impl Version {
    /// Whether both hold the same bytes in the same kind of entry; the mode may differ.
    pub fn has_bytes_of(&self, other: &Self) -> bool {
        self.blob == other.blob && self.kind == other.kind
    }
}
