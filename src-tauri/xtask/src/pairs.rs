//! `cargo xtask pairs`: the review's diff over releases of real packages in many languages.
//!
//! Not part of the tests: it fetches packages from npm, PyPI and crates.io, through their own
//! clients, into the build folder. tests/bench/pairs.txt names them; the measuring program (tests/bench)
//! compares each pair of releases file by file, holds the result to what must hold for any two texts,
//! counts along with git, and prints a table by language. Nothing that was fetched is run.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::process::Stdio;

use crate::bench;
use crate::places;
use crate::setup;
use crate::shell;
use crate::shell::Problem;
use crate::system::Purpose;

/// Sets up, fetches what is missing, and checks all of it. Fails when anything does not hold.
pub(crate) fn pairs(arguments: &[OsString]) -> Result<ExitCode, Problem> {
    if !arguments.is_empty() {
        return Err("Usage: cargo xtask pairs. It takes no arguments.".into());
    }
    setup::ready(Purpose::Test)?;
    let list = places::root().join("tests/bench/pairs.txt");
    let list = fs::read_to_string(&list)
        .map_err(|error| format!("`{}` cannot be read: {error}.", list.display()))?;
    let folder = places::target().join("pairs");
    for package in parse(&list)? {
        for version in [&package.old, &package.new] {
            fetch(&package, version, &folder)?;
        }
    }
    bench::build()?;
    let mut check = bench::alone();
    check
        .arg(places::target().join("release/examples/bench"))
        .args(["pairs", "--peers"])
        .arg(&folder);
    shell::must(&mut check).map(|()| ExitCode::SUCCESS)
}

#[derive(Debug, PartialEq, Eq)]
struct Package {
    registry: String,
    name: String,
    old: String,
    new: String,
}

fn parse(list: &str) -> Result<Vec<Package>, Problem> {
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(
            |line| match line.split_whitespace().collect::<Vec<_>>()[..] {
                [registry, name, old, new] if ["npm", "pypi", "crates"].contains(&registry) => {
                    Ok(Package {
                        registry: registry.to_owned(),
                        name: name.to_owned(),
                        old: old.to_owned(),
                        new: new.to_owned(),
                    })
                }
                _ => Err(format!("`{line}` in tests/bench/pairs.txt is not a pair.")),
            },
        )
        .collect()
}

/// Puts the files of one release into `folder/REGISTRY-NAME/VERSION`, unless they are there.
fn fetch(package: &Package, version: &str, folder: &Path) -> Result<(), Problem> {
    let Package { registry, name, .. } = package;
    let cannot = |error| format!("{name} {version} cannot be fetched: {error}.");
    let place = folder.join(format!("{registry}-{name}")).join(version);
    if place.is_dir() {
        return Ok(());
    }
    println!("Fetching {name} {version} ({registry})");
    // Whole or not at all: it gets its name when it is complete.
    let scratch = folder.join("scratch");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).map_err(cannot)?;
    }
    let files = scratch.join("files");
    fs::create_dir_all(&files).map_err(cannot)?;
    match registry.as_str() {
        "npm" => {
            let named = format!("{name}@{version}");
            let mut pack = shell::npm(&["pack", "--silent", "--ignore-scripts", &named]);
            pack.arg("--pack-destination").arg(&scratch);
            // It prints the file's name, which is none of what is reported here.
            shell::must(pack.current_dir(&scratch).stdout(Stdio::null()))?;
            let mut unpack = shell::command("tar");
            unpack.arg("-xzf").arg(only_file(&scratch)?);
            unpack.args(["--strip-components=1", "--no-same-owner", "-C"]);
            shell::must(unpack.arg(&files))?;
        }
        "pypi" => {
            let mut download = shell::command(pip(folder)?);
            download.args(["download", "--quiet", "--no-deps", "--only-binary=:all:"]);
            download
                .arg(format!("{name}=={version}"))
                .arg("--dest")
                .arg(&scratch);
            shell::must(&mut download)?;
            let mut unpack = shell::command("python3");
            unpack
                .args(["-m", "zipfile", "-e"])
                .arg(only_file(&scratch)?);
            shell::must(unpack.arg(&files))?;
        }
        _ => {
            let manifest = scratch.join("Cargo.toml");
            let text = format!(
                "[package]\nname = \"pair\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
                 [lib]\npath = \"lib.rs\"\n[workspace]\n[dependencies]\n{name} = \"={version}\"\n"
            );
            fs::write(&manifest, text).map_err(cannot)?;
            fs::write(scratch.join("lib.rs"), "").map_err(cannot)?;
            let mut vendor = shell::cargo(&["vendor", "--quiet", "--versioned-dirs"]);
            vendor
                .arg("--manifest-path")
                .arg(&manifest)
                .arg(scratch.join("vendor"));
            shell::must(vendor.stdout(Stdio::null()))?;
            fs::remove_dir(&files).map_err(cannot)?;
            let unpacked = scratch.join("vendor").join(format!("{name}-{version}"));
            fs::rename(unpacked, &files).map_err(cannot)?;
        }
    }
    fs::create_dir_all(place.parent().unwrap_or(folder)).map_err(cannot)?;
    fs::rename(&files, &place).map_err(cannot)?;
    fs::remove_dir_all(&scratch).map_err(cannot)
}

/// The one file in a folder.
fn only_file(folder: &Path) -> Result<PathBuf, Problem> {
    let nothing = || format!("There is nothing in `{}`.", folder.display());
    let entries = fs::read_dir(folder).map_err(|_| nothing())?;
    let mut files = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file());
    files.next().ok_or_else(nothing)
}

/// The client of PyPI, in an environment of its own.
fn pip(folder: &Path) -> Result<PathBuf, Problem> {
    let environment = folder.join("python");
    let pip = environment.join("bin/pip");
    if !pip.is_file() {
        let mut make = shell::command("python3");
        shell::must(make.args(["-m", "venv", "--clear"]).arg(&environment))?;
    }
    Ok(pip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_a_pair() {
        let list = fs::read_to_string(places::root().join("tests/bench/pairs.txt")).unwrap();
        let packages = parse(&list).unwrap();
        assert!(packages.len() > 10);
        assert!(packages.iter().all(|package| package.old != package.new));
        assert_eq!(
            parse("npm left-pad 1.0.0\n"),
            Err("`npm left-pad 1.0.0` in tests/bench/pairs.txt is not a pair.".to_owned())
        );
        assert!(parse("gems rails 1 2\n").is_err());
    }
}
