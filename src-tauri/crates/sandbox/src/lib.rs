//! Runs one command confined, so that the worst it can do is spoil its own scratch copy.
//!
//! A [`Policy`] says what the command sees: the draft at the project's real path, a private home
//! and `/tmp`, a read-only system, the tool homes its caller mounts, and nothing else of the
//! machine. [`Policy::command`] turns it into an ordinary [`std::process::Command`] that starts
//! bubblewrap. The command gets a network of its own with only a loopback in it, unless the policy
//! says otherwise, and a system-call filter (see [`mod@filter`]) that closes what a namespace
//! leaves open. [`probe`] says beforehand whether this machine can do that, and if not, exactly
//! what is missing.
//!
//! Every process of the command lives in one process namespace, whose first process dies with
//! bubblewrap, and bubblewrap dies with the thread that started it. So ending one process id ends
//! everything, also what called `setsid` or forked twice, and also when this program is killed
//! with SIGKILL. The price is that the starting *thread* must live as long as the command: start
//! commands from a thread that stays.
//!
//! Nothing here falls back to running a command without confinement. What cannot be set up is an
//! error, and the command has not run.

pub mod cgroup;
mod ending;
mod error;
pub mod filter;
mod mountpoint;
mod namespace;
mod network;
mod policy;
mod probe;
mod session;
mod view;

pub use ending::Ending;
pub use error::Error;
pub use namespace::kill_tree;
pub use namespace::listener::Listening;
pub use namespace::listener::PORT as LISTENER_PORT;
pub use network::Network;
pub use policy::Confined;
pub use policy::Home;
pub use policy::Limits;
pub use policy::Mount;
pub use policy::Overlay;
pub use policy::Policy;
pub use probe::ProcessLimit;
pub use probe::Tier;
pub use probe::Unavailable;
pub use probe::probe;
pub use session::in_own_session;
