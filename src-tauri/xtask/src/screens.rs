//! `cargo xtask screens`: a picture of every screen and state of the app, in light and dark and in two
//! sizes, taken of the real window; and a list of what is cut off, clipped or covered in it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::places;
use crate::setup;
use crate::shell;
use crate::shell::Problem;
use crate::system::Purpose;
use crate::wrapped;
use crate::wrapped::Home;

/// Holds the larger of the two windows, and leaves room around it.
const SCREEN: &str = "-screen 0 2100x1200x24 -nolisten tcp";

const USAGE: &str = "Usage: cargo xtask screens [--out DIR] [--only WORD]";

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wish {
    /// Where the pictures go.
    out: Option<PathBuf>,
    /// Only scenes with this in their name or the name of a state.
    only: OsString,
}

/// Sets up, builds, and takes the pictures. Fails when a state was not reached, or when something in
/// one cannot be read or pressed.
pub(crate) fn screens(arguments: &[OsString]) -> Result<ExitCode, Problem> {
    let wish = parse(arguments)?;
    let here =
        env::current_dir().map_err(|error| format!("There is no current folder: {error}."))?;
    let out = match wish.out {
        Some(folder) => here.join(folder),
        None => places::target().join("screens"),
    };
    fs::create_dir_all(&out).map_err(|error| {
        format!(
            "Cannot make `{}`: {error}. Nothing was built.",
            out.display()
        )
    })?;
    setup::ready(Purpose::Test)?;
    setup::interface()?;
    // All targets, as for the tests, so that the one does not rebuild what the other has built.
    shell::must(&mut shell::cargo(&[
        "build",
        "--workspace",
        "--all-targets",
    ]))?;
    wrapped::probe()?;
    let home = Home::new()?;
    let filter = "binary(window) & test(nothing_is_cut_off_on_any_screen)";
    let mut run = wrapped::nextest(&home, SCREEN, &["--no-capture", "-E", filter]);
    run.env("GREENLIGHT_SCREENS", &out)
        .env("GREENLIGHT_SCREENS_ONLY", wish.only);
    let ended = shell::must(&mut run);
    println!("\nThe pictures are in {}", out.display());
    ended.map(|()| ExitCode::SUCCESS)
}

fn parse(arguments: &[OsString]) -> Result<Wish, Problem> {
    let mut wish = Wish::default();
    let mut rest = arguments.iter();
    while let Some(flag) = rest.next() {
        let value = rest.next().ok_or(USAGE)?;
        match flag.to_str() {
            Some("--out") => wish.out = Some(value.into()),
            Some("--only") => wish.only.clone_from(value),
            _ => return Err(USAGE.into()),
        }
    }
    Ok(wish)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Result<Wish, Problem> {
        parse(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn takes_a_folder_and_a_word_and_refuses_the_rest() {
        assert_eq!(of(&[]), Ok(Wish::default()));
        let wish = of(&["--only", "review", "--out", "here"]).unwrap();
        assert_eq!(
            (wish.out, wish.only),
            (Some("here".into()), "review".into())
        );
        for wrong in [&["--out"][..], &["here"], &["--size", "1x1"]] {
            assert_eq!(of(wrong), Err(USAGE.into()), "{wrong:?}");
        }
    }
}
