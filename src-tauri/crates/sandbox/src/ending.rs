//! Knows when everything a command started is gone.
//!
//! Bubblewrap returns as soon as the command itself does; what the command left running is killed
//! a moment later, and could still write in that moment. The first process of the namespace is the
//! last one the kernel reports as ended, after all others, so that is the one to wait for. It is
//! killed once more, because bubblewrap ties it to itself only when the command is almost running.

use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::os::fd::OwnedFd;
use std::time::Duration;
use std::time::Instant;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::io::Errno;
use rustix::process::Pid;
use rustix::process::PidfdFlags;
use rustix::process::Signal;

/// The end of one command's processes.
#[derive(Debug)]
pub struct Ending {
    /// Bubblewrap writes the first process's id there, and how the command ended. A file in memory,
    /// because a pipe would end bubblewrap halfway into its set-up if nobody held the other end.
    info: File,
}

impl Ending {
    pub(crate) fn new(info: File) -> Self {
        Self { info }
    }

    /// Ends what is left of the command and waits until no process of it is. To be called when
    /// bubblewrap itself has been waited for.
    ///
    /// Answers whether the command was started and ended by itself. `false` is bubblewrap ended
    /// before that, or one that could not start the command and said why on standard error. What is
    /// written there cannot tell the two apart, because the command writes there too.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::TimedOut`] when processes are left after `limit` (they are being killed but
    /// sit in the kernel, on a dead network disk say), and what the system said otherwise.
    pub fn wait(mut self, limit: Duration) -> io::Result<bool> {
        let until = Instant::now() + limit;
        let mut info = String::new();
        self.info.rewind()?;
        self.info.read_to_string(&mut info)?;
        let Some(pid) = first_process(&info) else {
            return Ok(false);
        };
        let ended = info.contains("\"exit-code\"");
        let process: OwnedFd = match rustix::process::pidfd_open(pid, PidfdFlags::empty()) {
            Ok(process) => process,
            Err(Errno::SRCH) => return Ok(ended),
            Err(error) => return Err(error.into()),
        };
        // What bubblewrap had not tied to itself yet when it was ended would live on.
        if is_first_of_its_namespace(pid) {
            match rustix::process::pidfd_send_signal(&process, Signal::KILL) {
                Ok(()) | Err(Errno::SRCH) => {}
                Err(error) => return Err(error.into()),
            }
        }
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).map_err(io::Error::other)?;
            let mut gone = [PollFd::new(&process, PollFlags::IN)];
            match rustix::event::poll(&mut gone, Some(&left)) {
                Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
                Ok(_) => return Ok(ended),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Whether it really is what bubblewrap made, and not a stranger that got its number since: the
/// first process of a namespace has a number of its own in there, which is 1.
fn is_first_of_its_namespace(pid: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero()));
    let status = status.unwrap_or_default();
    let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    let numbers: Vec<&str> = numbers.unwrap_or_default().split_whitespace().collect();
    numbers.len() > 1 && numbers.last() == Some(&"1")
}

fn first_process(info: &str) -> Option<Pid> {
    let (_, rest) = info.split_once("\"child-pid\"")?;
    let digits = rest.trim_start_matches([' ', ':', '\n']);
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    Pid::from_raw(digits[..end].parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::first_process;

    #[test]
    fn the_process_is_read_from_what_bubblewrap_writes() {
        let pid = |info| first_process(info).map(|pid| pid.as_raw_nonzero().get());
        assert_eq!(
            pid("{\n    \"child-pid\": 4711,\n    \"net-namespace\": 1\n}\n"),
            Some(4711)
        );
        assert_eq!(pid("{\"child-pid\":12}"), Some(12));
        assert_eq!(pid(""), None);
    }
}
