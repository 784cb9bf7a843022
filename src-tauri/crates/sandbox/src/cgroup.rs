//! A bound on the number of processes where the kernel's per-user bound does not hold: for root.
//!
//! One control group per run of this program, made next to the root of the `pids` hierarchy and
//! shared by all its commands. A group left by a run that is gone is removed on the way. On a
//! machine where none can be made (an unprivileged container) [`join`] fails, and the tier says
//! that processes are not bounded.

use std::fs;
use std::fs::File;
use std::io;
use std::path::Path;
use std::path::PathBuf;

const PREFIX: &str = "greenlight-";

/// Opens the file through which a process joins this program's group, with room for `processes`.
///
/// # Errors
///
/// What the system said when the group could not be made.
pub fn join(processes: u64) -> io::Result<File> {
    let mut last = io::Error::from(io::ErrorKind::Unsupported);
    for hierarchy in [
        "/sys/fs/cgroup/pids",
        "/sys/fs/cgroup",
        "/sys/fs/cgroup/unified",
    ] {
        match join_below(Path::new(hierarchy), processes) {
            Ok(file) => return Ok(file),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn join_below(hierarchy: &Path, processes: u64) -> io::Result<File> {
    if !hierarchy.join("cgroup.procs").exists() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    remove_left_over(hierarchy);
    let group = hierarchy.join(format!("{PREFIX}{}", std::process::id()));
    let made = match fs::create_dir(&group) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
        Err(error) => return Err(error),
    };
    let opened = fs::write(group.join("pids.max"), processes.to_string())
        .and_then(|()| File::options().write(true).open(group.join("cgroup.procs")));
    if opened.is_err() && made {
        // Removes nothing but the empty group made above; failing is no worse than leaving it.
        fs::remove_dir(&group).ok();
    }
    opened
}

fn remove_left_over(hierarchy: &Path) {
    let groups: Vec<PathBuf> = fs::read_dir(hierarchy)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    for group in groups {
        let name = group.file_name().unwrap_or_default().to_string_lossy();
        let Some(owner) = name
            .strip_prefix(PREFIX)
            .and_then(|id| id.parse::<u32>().ok())
        else {
            continue;
        };
        if !Path::new("/proc").join(owner.to_string()).exists() {
            // The kernel refuses while a process is left in it.
            fs::remove_dir(&group).ok();
        }
    }
}
