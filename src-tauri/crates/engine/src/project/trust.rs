//! Whether the person trusts a folder: what may be run from it and sent to a model.
//!
//! An answer belongs to one folder, not to its name: it counts only while the same folder (by its
//! number and the time of its birth) stands at the same path. Device numbers are left out, because
//! they need not survive a reboot. A folder that was moved, or another one at its place, is asked
//! about anew.

use std::path::Path;

use rustix::fs::AtFlags;
use rustix::fs::StatxFlags;

use super::beneath::Root;

/// What the person answered when the folder was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Nothing yet. It is treated as [`Trust::LookOnly`].
    Unasked,
    /// Nothing of it is run or sent; it can be looked at.
    LookOnly,
    /// Tasks may be started in it.
    Trusted,
}

/// Names the folder at `root`, whatever it is called; none when it cannot be looked at.
pub(crate) fn folder_mark(root: &Path) -> Option<String> {
    let folder = Root::open(root).ok()?;
    let wanted = StatxFlags::INO | StatxFlags::BTIME;
    let about = rustix::fs::statx(&folder, "", AtFlags::EMPTY_PATH, wanted).ok()?;
    let born = if about.stx_mask & StatxFlags::BTIME.bits() != 0 {
        format!("{}.{:09}", about.stx_btime.tv_sec, about.stx_btime.tv_nsec)
    } else {
        "unknown".to_owned()
    };
    Some(format!("{}@{born}", about.stx_ino))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_folder_of_the_same_name_is_another_one() {
        let around = tempfile::tempdir().unwrap();
        let place = around.path().join("shop");
        std::fs::create_dir(&place).unwrap();
        let first = folder_mark(&place).unwrap();
        assert_eq!(folder_mark(&place).unwrap(), first);
        std::fs::write(place.join("new.txt"), "x").unwrap();
        assert_eq!(folder_mark(&place).unwrap(), first, "work in it is no news");
        std::fs::rename(&place, around.path().join("old")).unwrap();
        std::fs::create_dir(&place).unwrap();
        assert_ne!(folder_mark(&place).unwrap(), first);
        assert_eq!(folder_mark(&around.path().join("missing")), None);
    }
}
