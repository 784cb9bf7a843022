//! Connects to a site that was allowed.
//!
//! A name is looked up once, and the connection goes to what came of it. A name that leads into the
//! person's own network, or to their own computer, is refused as a whole: whoever owns the name
//! could point it at a router or at a program that listens for nobody else.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::site::Site;
use super::site::is_inside;

/// How long a connection may take to be made.
const PATIENCE: Duration = Duration::from_secs(20);

/// Connects to sites.
pub trait Dial: Send + Sync + fmt::Debug {
    /// A connection to a port of the site.
    fn dial<'a>(&'a self, site: &'a Site, port: u16) -> BoxFuture<'a, Result<TcpStream, NoWay>>;
}

/// Why there is no connection, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoWay {
    /// It could not be made; another time it may.
    Failed(String),
    /// It must not be made, and trying again changes nothing.
    Refused(String),
}

/// Looks names up.
pub trait Names: Send + Sync + fmt::Debug {
    /// The addresses of a name.
    fn look_up<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The machine's own way to look names up.
#[derive(Debug, Clone, Copy)]
pub struct System;

/// Connects from this machine.
#[derive(Debug, Clone)]
pub struct Direct<N> {
    names: N,
}

impl<N> Direct<N> {
    /// Connects to what `names` finds.
    pub fn new(names: N) -> Self {
        Self { names }
    }
}

impl Names for System {
    fn look_up<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            // With its dot at the end it is not tried inside of the machine's own domain.
            let found = tokio::net::lookup_host((format!("{name}."), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

impl<N: Names> Dial for Direct<N> {
    fn dial<'a>(&'a self, site: &'a Site, port: u16) -> BoxFuture<'a, Result<TcpStream, NoWay>> {
        Box::pin(async move {
            let addresses = match site.name() {
                None => site.addresses(),
                Some(name) => {
                    let found = timeout(PATIENCE, self.names.look_up(name)).await;
                    let found = found.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
                    let found = found.map_err(|error| {
                        NoWay::Failed(format!("{site} could not be looked up: {error}."))
                    })?;
                    if let Some(inside) = found.iter().find(|address| is_inside(**address)) {
                        return Err(NoWay::Refused(format!(
                            "{site} was not reached: its name leads to {inside}, which is not on \
                             the internet."
                        )));
                    }
                    found
                }
            };
            let mut last = None;
            for address in addresses {
                let made = timeout(PATIENCE, TcpStream::connect(SocketAddr::new(address, port)));
                match made.await {
                    Ok(Ok(stream)) => return Ok(stream),
                    Ok(Err(error)) => last = Some(error),
                    Err(_) => last = Some(io::ErrorKind::TimedOut.into()),
                }
            }
            Err(NoWay::Failed(match last {
                Some(error) => format!("{site} could not be reached: {error}."),
                None => format!("{site} could not be reached: its name has no address."),
            }))
        })
    }
}
