//! Starts a program of the person's own in a session of its own: not confined, only kept apart.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::Signal;

/// Makes the program the first of a new session. It has no terminal then, so it can neither stop and
/// wait for one nor take ours. It is ended when the thread that starts it ends.
#[allow(unsafe_code)]
pub fn in_own_session(command: &mut Command) {
    let enter = || -> io::Result<()> {
        rustix::process::setsid()?;
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        Ok(())
    };
    // SAFETY: between fork and exec only two system calls are made; they allocate nothing and take
    // no lock.
    unsafe {
        command.pre_exec(enter);
    }
}
