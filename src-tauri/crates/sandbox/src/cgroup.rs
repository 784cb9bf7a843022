//! A bound on the number of processes where the kernel's per-user bound does not hold: for root.
//!
//! One control group per run of this program, made next to the root of the `pids` hierarchy and
//! shared by all its commands. A group left by a run that is gone is removed on the way, if that run
//! was in the same process namespace. On a
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
    let prefix = prefix()?;
    remove_left_over(hierarchy, &prefix);
    let group = hierarchy.join(format!("{prefix}{}", std::process::id()));
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

/// How the groups of this process namespace are called. The number of a process means something
/// else, or nothing, in another one, and containers may share one hierarchy.
fn prefix() -> io::Result<String> {
    let namespace = fs::read_link("/proc/self/ns/pid")?;
    let number: String = namespace
        .to_string_lossy()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    Ok(format!("{PREFIX}{number}-"))
}

fn remove_left_over(hierarchy: &Path, prefix: &str) {
    let groups: Vec<PathBuf> = fs::read_dir(hierarchy)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    for group in groups {
        let name = group.file_name().unwrap_or_default().to_string_lossy();
        let Some(owner) = name
            .strip_prefix(prefix)
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
