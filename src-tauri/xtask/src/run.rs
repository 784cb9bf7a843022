//! `cargo xtask run`: builds the app and starts it, or plays the demo where there is no display.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::process::ExitCode;

use crate::places;
use crate::setup;
use crate::shell;
use crate::shell::Problem;
use crate::system::Purpose;

/// Sets up, builds and starts. The exit code is that of what was started.
pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode, Problem> {
    let project = project(arguments)?;
    setup::ready(Purpose::Run)?;
    setup::interface()?;
    // Always the whole workspace: another selection resolves other features, and rebuilds for them.
    shell::must(&mut shell::cargo(&["build", "--workspace"]))?;

    if has_display() {
        let mut app = Command::new(places::binary("greenlight"));
        if let Some(project) = project {
            app.arg("--project").arg(project);
        }
        return start(app);
    }
    println!(
        "\nThere is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can \
         open.\nThe same job runs in the terminal instead: the sample project, with scripted replies."
    );
    if let Some(project) = project {
        println!("`{}` is not used and not touched.", project.display());
    }
    println!();
    let mut demo = Command::new(places::binary("greenlight-cli"));
    demo.arg("demo");
    start(demo)
}

/// The folder to open, made absolute against where the person stands.
fn project(arguments: &[OsString]) -> Result<Option<PathBuf>, Problem> {
    let folder = match arguments {
        [] => return Ok(None),
        [flag, folder] if flag == "--project" => PathBuf::from(folder),
        [joined] => match joined
            .to_str()
            .and_then(|text| text.strip_prefix("--project="))
        {
            Some(folder) => PathBuf::from(folder),
            None => return Err(usage()),
        },
        _ => return Err(usage()),
    };
    match std::fs::canonicalize(&folder) {
        Ok(path) if path.is_dir() => Ok(Some(path)),
        Ok(_) => Err(format!(
            "`{}` is not a folder. Nothing was built.",
            folder.display()
        )),
        Err(error) => Err(format!(
            "`{}` cannot be opened: {error}. Nothing was built.",
            folder.display()
        )),
    }
}

fn usage() -> Problem {
    "Usage: cargo xtask run [--project DIR]".into()
}

fn has_display() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Starts `program` with the environment the person has, not with what cargo added for us: the app
/// hands its own to the commands it runs.
fn start(mut program: Command) -> Result<ExitCode, Problem> {
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name == "CARGO"
            || name == "RUSTUP_TOOLCHAIN"
            || name == "RUST_RECURSION_COUNT"
            || name.starts_with("CARGO_PKG_")
            || name.starts_with("CARGO_MANIFEST_")
        {
            program.env_remove(name);
        }
    }
    if let Some(folders) = env::var_os("LD_LIBRARY_PATH") {
        let own = |folder: &PathBuf| {
            folder.starts_with(places::target())
                || folder
                    .components()
                    .any(|part| part.as_os_str() == "toolchains")
        };
        let kept: Vec<_> = env::split_paths(&folders)
            .filter(|folder| !own(folder))
            .collect();
        match env::join_paths(&kept) {
            Ok(joined) if !kept.is_empty() => program.env("LD_LIBRARY_PATH", joined),
            _ => program.env_remove("LD_LIBRARY_PATH"),
        };
    }
    let status = program
        .status()
        .map_err(|error| shell::unstartable(&program, &error))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Option<PathBuf>, Problem> {
        project(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn takes_a_folder_in_both_spellings_and_makes_it_absolute() {
        let here = env::current_dir().unwrap().canonicalize().unwrap();
        assert_eq!(parse(&[]), Ok(None));
        assert_eq!(parse(&["--project", "."]), Ok(Some(here.clone())));
        assert_eq!(parse(&["--project=."]), Ok(Some(here)));
    }

    #[test]
    fn refuses_what_is_not_a_folder_by_name() {
        assert!(
            parse(&["--project", "Cargo.toml"])
                .unwrap_err()
                .contains("not a folder")
        );
        assert!(
            parse(&["--project", "no such"])
                .unwrap_err()
                .contains("`no such`")
        );
        assert_eq!(parse(&["--project"]), Err(usage()));
        assert_eq!(parse(&["here"]), Err(usage()));
    }
}
