//! The pages of the web benches, bundled from the interface's own sources and the installed peers.

use std::path::PathBuf;

use super::peers;
use crate::places;
use crate::setup;
use crate::shell;
use crate::shell::Problem;

/// The folder with the built pages.
pub(crate) fn folder() -> PathBuf {
    places::target().join("bench-pages")
}

/// Builds the interface and the pages, with the interface's own tools.
pub(crate) fn build() -> Result<(), Problem> {
    setup::interface()?;
    let vite = places::root().join("ui/node_modules/vite/bin/vite.js");
    let mut build = shell::command("node");
    build
        .arg(vite)
        .args(["build", "--logLevel", "warn", "--config"])
        .arg(places::root().join("tests/bench/web/vite.config.js"))
        .env("GREENLIGHT_PEERS", peers::Set::WEB.folder())
        .env("GREENLIGHT_PAGES", folder());
    shell::must(&mut build)
}
