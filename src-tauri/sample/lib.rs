//! The sample project, and the scripted model that works on it without a key.
//!
//! [`write_project`] puts a fresh copy of Paper Shop into an empty folder: a small shop page with
//! tests that pass and two bugs they do not see. [`Demo`] is a server that speaks the same HTTP
//! and the same event stream as a provider, and answers [`SUGGESTED_REQUEST`] by computing each
//! step from the results of the tools that really ran.
//!
//! The demo holds no result. It does not know whether a test passes; it reads the count in the
//! output of the command, and says so when it is not what it hoped for.

mod demo;
mod edits;
mod history;
mod project;
mod report;
#[cfg(unix)]
mod server;
pub mod wire;

#[cfg(test)]
#[cfg(unix)]
mod tests;

pub use demo::MODEL;
pub use demo::SUGGESTED_REQUEST;
pub use project::FILES;
pub use project::NAME;
pub use project::write_project;
#[cfg(unix)]
pub use server::Demo;
