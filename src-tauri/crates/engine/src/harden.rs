//! Keeps what this process has in memory, keys among it, from other programs of the same person.

use rustix::process::DumpableBehavior;
use rustix::process::Resource;
use rustix::process::Rlimit;
use rustix::process::getrlimit;
use rustix::process::set_dumpable_behavior;
use rustix::process::setrlimit;

/// From here on this process leaves no core file and cannot be attached to, nor its memory and
/// environment be read, by other programs without more rights than it has.
///
/// Programs that it starts are as they would be: what the second forbids ends with the start of a
/// program, and of the first only the soft limit is theirs, which they may raise.
///
/// # Errors
///
/// The system's own error. What was done before it stays.
pub fn harden() -> std::io::Result<()> {
    let most = getrlimit(Resource::Core).maximum;
    let none = Rlimit {
        current: Some(0),
        maximum: most,
    };
    setrlimit(Resource::Core, none)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}
