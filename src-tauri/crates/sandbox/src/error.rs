//! Why a command could not be prepared.

use std::io;
use std::path::PathBuf;

/// Why a command could not be prepared. It has not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The argument list is empty.
    #[error("there is no command to run")]
    NoCommand,
    /// A path that must be absolute is not.
    #[error("{path:?} is not an absolute path")]
    Relative {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A path, argument or variable holds a zero byte, which no command can receive.
    #[error("{what} holds a zero byte")]
    ZeroByte {
        /// What holds it.
        what: String,
    },
    /// A folder that the command needs is not there or not usable.
    #[error("cannot use {path:?} for the confined command: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An overlay was asked for where this machine can mount none.
    #[error("cannot mount a private layer over {path:?} on this machine")]
    NoOverlay {
        /// Where the layer was to be mounted.
        path: PathBuf,
    },
    /// A listener was asked for where no namespace of our own can be made for it.
    #[error("this machine cannot give a command single addresses of the internet")]
    NoListener,
    /// The socket pair for the listener could not be made.
    #[error("cannot make a socket pair for the command's network: {source}")]
    Pair {
        /// What the system said.
        source: io::Error,
    },
    /// A file that exists only in memory could not be made.
    #[error("cannot make a file in memory for {what}: {source}")]
    Memory {
        /// What the file is for.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The group that bounds the number of processes could not be made, though it could before.
    #[error("cannot bound the number of processes of the command: {source}")]
    Group {
        /// What the system said.
        source: io::Error,
    },
    /// The system-call filter cannot be built for this processor.
    #[error("no system-call filter can be built for this processor: {reason}")]
    Filter {
        /// What the filter's compiler said.
        reason: String,
    },
}
