//! Where things are: the repository, the build output, the tools this command installed for itself.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

/// The repository's root, two levels above this package.
pub(crate) fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package
        .ancestors()
        .nth(2)
        .expect("src-tauri/xtask lies two levels below the root")
        .into()
}

/// The folder cargo builds into.
pub(crate) fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        // Cargo resolves a relative one against the folder it is started in; so do its children,
        // and they are all started in the root.
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The folder with the user interface.
pub(crate) fn ui() -> PathBuf {
    root().join("ui")
}

/// The folder with the check of requests against the official client's types.
pub(crate) fn schema() -> PathBuf {
    root().join("tests/schema")
}

/// Where `cargo install` puts the tools the tests need and the machine lacks.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// A binary of the debug build.
pub(crate) fn binary(name: &str) -> PathBuf {
    target()
        .join("debug")
        .join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// `PATH` with our own tools in front.
pub(crate) fn search_path() -> OsString {
    let current = env::var_os("PATH").unwrap_or_default();
    let own = std::iter::once(tools().join("bin"));
    env::join_paths(own.chain(env::split_paths(&current))).unwrap_or(current)
}

/// Whether `name` is a program that can be started from [`search_path`].
pub(crate) fn on_path(name: &str) -> bool {
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&search_path()).any(|folder| folder.join(&name).is_file())
}
