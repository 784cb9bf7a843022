//! The one way from a command to the internet: a proxy of the app, a site at a time.
//!
//! A confined command has a network of its own with one listener in it, which this side accepts
//! from ([`sandbox::Network::Listener`]). [`proxy`] reads what is asked for, as a [`site::Site`] in
//! one canonical form, and asks a [`Gate`] whether the command may reach it; while a person is
//! asked, the connection waits. Nothing is looked up before it is allowed, because a name that is
//! looked up is told to whoever owns it. [`dial`] then connects, and never to a machine inside of
//! the person's own network unless exactly that was allowed.

pub mod dial;
mod hello;
pub mod proxy;
pub mod site;
#[cfg(test)]
mod tests;

use futures_util::future::BoxFuture;

use self::site::Site;

/// Decides what one command may reach.
pub trait Gate: Send + Sync {
    /// Whether the command may reach this site. May take as long as a person takes to answer. The
    /// error is a sentence for whoever reads the command's output.
    fn may<'a>(&'a self, site: &'a Site) -> BoxFuture<'a, Result<(), String>>;
}
