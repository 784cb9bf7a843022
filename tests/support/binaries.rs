//! Finds the programs under test, which another package builds.
//!
//! Cargo names a program's path only to tests of its own package, and these tests are a package of
//! their own so that none of them links the webview. The programs lie two folders above the test
//! executable: `target/debug/deps/window-…` beside `target/debug/greenlight`.

use std::env;
use std::path::Path;
use std::path::PathBuf;

/// The app.
pub fn greenlight() -> PathBuf {
    binary("greenlight")
}

/// The engine without a window.
pub fn greenlight_cli() -> PathBuf {
    binary("greenlight-cli")
}

/// The folder cargo builds into.
pub fn target() -> PathBuf {
    profile()
        .parent()
        .expect("a profile's folder lies in the target folder")
        .to_owned()
}

/// The repository's root.
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package
        .parent()
        .expect("the package of the tests lies in the root")
        .to_owned()
}

/// A program that is neither ours nor always on the path: what `cargo xtask test` installed.
///
/// # Panics
/// When it is nowhere to be found.
pub fn tool(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let own = [target().join("tools/bin"), root().join("target/tools/bin")];
    own.into_iter()
        .chain(env::split_paths(&path))
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .unwrap_or_else(|| {
            panic!("there is no `{name}`: run `cargo xtask test`, which installs it")
        })
}

fn binary(name: &str) -> PathBuf {
    let path = profile().join(format!("{name}{}", env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "`{}` is missing: run `cargo build --workspace`",
        path.display()
    );
    path
}

fn profile() -> PathBuf {
    let test = env::current_exe().expect("a running test has an executable");
    let deps = test.parent().expect("an executable lies in a folder");
    deps.parent()
        .expect("cargo puts test executables two levels deep")
        .to_owned()
}
