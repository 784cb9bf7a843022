//! Parts the tests share: real programs, real windows, a real screen.

pub mod binaries;
mod chat;
pub mod desktop;
mod driver;
pub mod keychain;
pub mod model;
pub mod picture;
pub mod project;
mod recorder;
mod reply;
mod request;
pub mod schema;
pub mod screen;
mod snapshot;
pub mod tls;
pub mod window;
