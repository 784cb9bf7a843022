//! Prepares what the app embeds: its page, and the list of commands its page may be allowed to call.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Every command of the app. Naming them here makes each one need a permission.
const COMMANDS: &[&str] = &[
    "call",
    "bytes",
    "drain",
    "pick_folder",
    "pick_files",
    "pick_certificates",
    "paste",
    "save_conversation",
];

/// What the window shows when the app was built before its interface was.
const PLACEHOLDER: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Greenlight</title>\
<p>This build of Greenlight has no interface. Run <code>cargo xtask run</code>, which builds it.";

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let scratch = PathBuf::from(env::var("OUT_DIR")?).join("acl");
    page(&root.join("ui/dist"))?;

    // tauri-build writes its permission files into the current folder and reads ./Cargo.toml there.
    // That folder would be the visible top level of the repository.
    fs::create_dir_all(&scratch)?;
    fs::copy(root.join("Cargo.toml"), scratch.join("Cargo.toml"))?;
    env::set_current_dir(&scratch)?;

    for path in ["src-tauri/build.rs", "Cargo.toml", "ui/dist", "icons"] {
        println!("cargo:rerun-if-changed={}", root.join(path).display());
    }
    // Without a pattern it asks cargo to watch a relative folder that does not exist, and cargo then
    // rebuilds the app every time.
    let manifest = tauri_build::AppManifest::new()
        .commands(COMMANDS)
        .permissions_path_pattern("./extra/*.toml");
    let attributes = tauri_build::Attributes::new()
        .config_path(root.join("tauri.conf.json"))
        .app_manifest(manifest);
    tauri_build::try_build(attributes)?;
    Ok(())
}

/// Makes sure there is a page: without the folder the app would not compile at all.
fn page(dist: &Path) -> Result<(), Box<dyn Error>> {
    let index = dist.join("index.html");
    if !index.exists() {
        fs::create_dir_all(dist)?;
        fs::write(index, PLACEHOLDER)?;
    }
    Ok(())
}
