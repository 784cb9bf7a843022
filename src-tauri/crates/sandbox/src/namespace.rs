//! What happens between `fork` and bubblewrap.
//!
//! The child of the fork takes on a user and a mount namespace of its own, mounts the private
//! layers over the tool homes there, sets its limits, and asks the kernel to end it together with
//! its parent. Then it becomes bubblewrap, which sees those mounts and nobody else does. The layers
//! are mounted here because the bubblewrap of most distributions cannot mount any.
//!
//! Between `fork` and `exec` of a program with threads, only calls that take no lock and no memory
//! are allowed. So everything is made beforehand ([`Stage`]), and [`Stage::enter`] makes bare
//! system calls. This module and the one below it are the only ones with `unsafe` in them.

#![allow(unsafe_code)]

pub(crate) mod listener;

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Everything the child needs, made before the fork.
#[derive(Debug)]
pub(crate) struct Stage {
    /// The process that must stay alive for the child to live.
    pub(crate) parent: libc::pid_t,
    /// Present where a namespace of our own is wanted: the lines of `uid_map` and `gid_map`.
    pub(crate) maps: Option<(Vec<u8>, Vec<u8>)>,
    /// Layers to mount, in order. Needs `maps`.
    pub(crate) overlays: Vec<Layers>,
    /// Descriptors that bubblewrap reads; all others are closed.
    pub(crate) keep: Vec<OwnedFd>,
    /// Where a listener in a network of its own is sent. Needs `maps`.
    pub(crate) network: Option<OwnedFd>,
    /// `cgroup.procs` of the group that bounds the number of processes.
    pub(crate) group: Option<File>,
    /// At most so many processes; only counted apart from the person's own with `maps`.
    pub(crate) processes: Option<u64>,
    /// No file grows past so many bytes.
    pub(crate) file_size: Option<u64>,
}

/// The folders of one overlay mount.
#[derive(Debug)]
pub(crate) struct Layers {
    pub(crate) lower: CString,
    pub(crate) upper: CString,
    pub(crate) work: CString,
    pub(crate) merged: CString,
}

/// Makes `command` go through `stage` before it becomes the program.
pub(crate) fn enter_before_exec(command: &mut Command, stage: Stage) {
    // SAFETY: `enter` allocates nothing, takes no lock and touches only what it owns.
    unsafe {
        command.pre_exec(move || stage.enter());
    }
}

/// Ends a confined command and everything it started, at once.
///
/// `pid` is the process that was spawned from [`crate::Policy::command`] and has not been waited
/// for. Its process group is ended too, which covers the moment before bubblewrap has tied its
/// child to itself.
pub fn kill_tree(pid: u32) {
    let Ok(pid) = libc::pid_t::try_from(pid) else {
        return;
    };
    if pid <= 1 {
        return;
    }
    // SAFETY: plain system calls; a process that is gone already is not an error here.
    unsafe {
        libc::kill(-pid, libc::SIGKILL);
        libc::kill(pid, libc::SIGKILL);
    }
}

impl Stage {
    fn enter(&self) -> io::Result<()> {
        // SAFETY: bare system calls with pointers to memory that `self` or the stack owns.
        unsafe {
            close_others_on_exec()?;
            for descriptor in &self.keep {
                check(libc::fcntl(descriptor.as_raw_fd(), libc::F_SETFD, 0))?;
            }
            if let Some(group) = &self.group {
                write_all(group.as_raw_fd(), b"0")?;
            }
            if let Some((uids, gids)) = &self.maps {
                own_namespace(uids, gids)?;
                for layers in &self.overlays {
                    layers.mount()?;
                }
                if let Some(out) = &self.network {
                    listener::listen_in_own_network(out)?;
                }
            }
            limit(libc::RLIMIT_CORE, 0)?;
            if let Some(bytes) = self.file_size {
                limit(libc::RLIMIT_FSIZE, bytes)?;
            }
            if let Some(count) = self.processes {
                limit(libc::RLIMIT_NPROC, count)?;
            }
            check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0))?;
            // The parent may have died before the line above.
            if libc::getppid() != self.parent {
                return Err(io::Error::from_raw_os_error(libc::ESRCH));
            }
        }
        Ok(())
    }
}

impl Layers {
    /// Names the folders by descriptor, so that no character of a path can end an option.
    unsafe fn mount(&self) -> io::Result<()> {
        unsafe {
            let lower = open_folder(&self.lower)?;
            let upper = open_folder(&self.upper)?;
            let work = open_folder(&self.work)?;
            let mut options = Text::<160>::new();
            options.push(b"userxattr,lowerdir=/proc/self/fd/");
            options.push_number(lower);
            options.push(b",upperdir=/proc/self/fd/");
            options.push_number(upper);
            options.push(b",workdir=/proc/self/fd/");
            options.push_number(work);
            options.push(b"\0");
            let mounted = check(libc::mount(
                c"overlay".as_ptr(),
                self.merged.as_ptr(),
                c"overlay".as_ptr(),
                libc::MS_NOSUID | libc::MS_NODEV,
                options.bytes.as_ptr().cast(),
            ));
            for descriptor in [lower, upper, work] {
                libc::close(descriptor);
            }
            mounted
        }
    }
}

unsafe fn own_namespace(uids: &[u8], gids: &[u8]) -> io::Result<()> {
    unsafe {
        // A process that cannot be traced cannot write its own map either. The program that
        // follows is traceable anyway, and not by what it confines.
        if libc::prctl(libc::PR_GET_DUMPABLE, 0, 0, 0, 0) != 1 {
            check(libc::prctl(libc::PR_SET_DUMPABLE, 1, 0, 0, 0))?;
        }
        check(libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS))?;
        write_file(c"/proc/self/setgroups", b"deny")?;
        write_file(c"/proc/self/uid_map", uids)?;
        write_file(c"/proc/self/gid_map", gids)?;
        check(libc::mount(
            c"none".as_ptr(),
            c"/".as_ptr(),
            std::ptr::null(),
            libc::MS_REC | libc::MS_PRIVATE,
            std::ptr::null(),
        ))
    }
}

/// Whatever this program has open, the command gets nothing but its standard three.
unsafe fn close_others_on_exec() -> io::Result<()> {
    unsafe {
        let flag = libc::CLOSE_RANGE_CLOEXEC as libc::c_int;
        if libc::close_range(3, libc::c_uint::MAX, flag) == 0 {
            return Ok(());
        }
        // Kernels before 5.11.
        let mut open = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        check(libc::getrlimit(libc::RLIMIT_NOFILE, &mut open))?;
        let end = libc::c_int::try_from(open.rlim_cur)
            .unwrap_or(1 << 20)
            .min(1 << 20);
        for descriptor in 3..end {
            libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC);
        }
        Ok(())
    }
}

unsafe fn limit(resource: libc::__rlimit_resource_t, value: u64) -> io::Result<()> {
    unsafe {
        let mut now = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        check(libc::getrlimit(resource, &mut now))?;
        let value = value.min(now.rlim_max);
        check(libc::setrlimit(
            resource,
            &libc::rlimit {
                rlim_cur: value,
                rlim_max: value,
            },
        ))
    }
}

unsafe fn open_folder(path: &CString) -> io::Result<libc::c_int> {
    unsafe {
        let descriptor = libc::open(
            path.as_ptr(),
            libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC,
        );
        check(descriptor)?;
        Ok(descriptor)
    }
}

unsafe fn write_file(path: &std::ffi::CStr, bytes: &[u8]) -> io::Result<()> {
    unsafe {
        let descriptor = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        check(descriptor)?;
        let written = write_all(descriptor, bytes);
        libc::close(descriptor);
        written
    }
}

/// One write: the kernel's control files take their value in one or not at all.
unsafe fn write_all(descriptor: libc::c_int, bytes: &[u8]) -> io::Result<()> {
    let written = unsafe { libc::write(descriptor, bytes.as_ptr().cast(), bytes.len()) };
    if written == bytes.len() as isize {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Text on the stack. What does not fit is cut, and the kernel then refuses it.
struct Text<const SIZE: usize> {
    bytes: [u8; SIZE],
    length: usize,
}

impl<const SIZE: usize> Text<SIZE> {
    fn new() -> Self {
        Self {
            bytes: [0; SIZE],
            length: 0,
        }
    }

    fn push(&mut self, text: &[u8]) {
        for &byte in text {
            if self.length + 1 < SIZE {
                self.bytes[self.length] = byte;
                self.length += 1;
            }
        }
    }

    fn push_number(&mut self, number: libc::c_int) {
        let mut digits = [0_u8; 10];
        let mut rest = number.max(0);
        let mut first = digits.len();
        loop {
            first -= 1;
            digits[first] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.push(&digits[first..]);
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn numbers_are_written_without_memory() {
        let mut text = Text::<32>::new();
        for number in [0, 7, 10, 2_147_483_647] {
            text.push_number(number);
            text.push(b" ");
        }
        assert_eq!(&text.bytes[..text.length], b"0 7 10 2147483647 ");
    }

    #[test]
    fn text_that_does_not_fit_stays_terminated() {
        let mut text = Text::<4>::new();
        text.push(b"abcdefgh");
        assert_eq!(&text.bytes, b"abc\0");
    }
}
