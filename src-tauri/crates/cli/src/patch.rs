//! `greenlight-cli patch --dir DIR`: applies the patch on standard input to a folder.
//!
//! Everything is worked out in memory first. Only when every hunk has found its place are the
//! files written, all of them or none.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;
use patch::{Action, ChangeKind, FileChange, Patch};

use crate::folder::{Error, Folder, Found};
use crate::streams::{Exit, Streams};
use crate::write::{Target, WriteError, write_all};

const HELP: &str = "\
Apply a patch in the V4A language to the files of a folder

Usage: greenlight-cli patch --dir DIR < PATCH

The patch runs from `*** Begin Patch` to `*** End Patch`. Its paths are those of files beneath
DIR; a path that leads out of it, also through a link, is refused. Either all of the patch is
applied or nothing is changed. For each file a line `A PATH`, `M PATH` or `D PATH` is printed:
added, modified (a moved file by its new path), deleted, in this order.

Options:
      --dir DIR   the folder
  -h, --help      print this

Exit codes:
  0  applied
  1  the patch could not be understood or does not fit; nothing was changed
  2  the arguments are wrong
  3  a file or folder could not be read or written; nothing was changed
  4  writing failed and what had been written could not be taken back; the message names it
";

/// The largest patch that is read.
const LARGEST: u64 = 64 << 20;

pub(crate) fn run(arguments: Vec<OsString>, streams: &mut Streams<'_>) -> Exit {
    let dir = match arguments_of(arguments) {
        Ok(Asked::Apply { dir }) => dir,
        Ok(Asked::Help) => return streams.print(HELP),
        Err(error) => return streams.usage(&error.to_string(), HELP),
    };
    let text = match read_patch(streams) {
        Ok(text) => text,
        Err((exit, what)) => {
            streams.say(&what, "Nothing was changed.");
            return exit;
        }
    };
    match apply(&dir, &text) {
        Ok(summary) => streams.print(&summary),
        Err(Failure { exit, what, hint }) => {
            streams.say(&what, &hint);
            exit
        }
    }
}

enum Asked {
    Help,
    Apply { dir: PathBuf },
}

fn arguments_of(arguments: Vec<OsString>) -> Result<Asked, lexopt::Error> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut dir = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Asked::Help),
            Long("dir") => dir = Some(PathBuf::from(parser.value()?)),
            other => return Err(other.unexpected()),
        }
    }
    let dir = dir.ok_or("`--dir DIR` is missing")?;
    Ok(Asked::Apply { dir })
}

fn read_patch(streams: &mut Streams<'_>) -> Result<String, (Exit, String)> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    (&mut *streams.input)
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| {
            (
                Exit::Failed,
                format!("Cannot read standard input: {error}."),
            )
        })?;
    if bytes.len() as u64 > LARGEST {
        let most = LARGEST >> 20;
        return Err((
            Exit::Refused,
            format!("The patch is larger than {most} MiB."),
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        (
            Exit::Refused,
            format!("The patch is not UTF-8 text: byte {at} is not a character."),
        )
    })
}

struct Failure {
    exit: Exit,
    what: String,
    hint: String,
}

impl From<patch::ParseError> for Failure {
    fn from(error: patch::ParseError) -> Self {
        Self {
            exit: Exit::Refused,
            what: error.to_string(),
            hint: error.hint().to_owned(),
        }
    }
}

impl From<patch::ApplyError> for Failure {
    fn from(error: patch::ApplyError) -> Self {
        Self {
            exit: Exit::Refused,
            what: error.to_string(),
            hint: error.hint().to_owned(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (exit, hint) = match error {
            Error::Outside { .. } => (
                Exit::Refused,
                "Nothing was changed. Use paths of files beneath the folder.",
            ),
            Error::NotAFile { .. } => (
                Exit::Refused,
                "Nothing was changed. Use the paths of ordinary files.",
            ),
            Error::Root { .. } | Error::Io { .. } => (Exit::Failed, "Nothing was changed."),
        };
        Self {
            exit,
            what: error.to_string(),
            hint: hint.to_owned(),
        }
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        let (exit, hint) = match error {
            WriteError::Folder(error) => return error.into(),
            WriteError::Changed { .. } => (Exit::Failed, "Nothing was changed. Try again."),
            WriteError::SameFile { .. } => (
                Exit::Refused,
                "Nothing was changed. Name each file by one path.",
            ),
            WriteError::Stuck { .. } => (
                Exit::Broken,
                "Old versions are beside these files as `.greenlight-*.tmp`.",
            ),
        };
        Self {
            exit,
            what: error.to_string(),
            hint: hint.to_owned(),
        }
    }
}

/// Applies the patch and answers with the summary.
fn apply(dir: &std::path::Path, text: &str) -> Result<String, Failure> {
    let patch = patch::parse(text)?;
    let folder = Folder::open(dir)?;
    let before = Before::read(&folder, &patch)?;
    let changes = patch::apply(&patch, |path| {
        before.files.get(path).map(|found| found.bytes.clone())
    })?;

    let mode_of = |path: &str| before.files.get(path).map(|found| found.mode);
    let targets: Vec<Target<'_>> = changes
        .iter()
        .filter(|change| change.before != change.after)
        .map(|change| Target {
            path: &change.path,
            before: change.before.as_deref(),
            after: change.after.as_deref(),
            mode: match &change.kind {
                ChangeKind::MovedHere { from } => mode_of(from),
                _ => None,
            },
            link: before.links.contains(&change.path),
        })
        .collect();
    write_all(&folder, &targets)?;
    Ok(summary(&changes))
}

/// The files of a patch as they are.
struct Before {
    files: HashMap<String, Found>,
    /// Those that are links, and are to be removed as such.
    links: HashSet<String>,
}

impl Before {
    fn read(folder: &Folder, patch: &Patch) -> Result<Self, Error> {
        let mut before = Self {
            files: HashMap::new(),
            links: HashSet::new(),
        };
        for path in patch.paths() {
            let sections = || patch.sections.iter().filter(|section| section.path == path);
            let written = patch.sections.iter().any(|section| match &section.action {
                Action::Delete => false,
                Action::Add { .. } => section.path == path,
                Action::Update { move_to, .. } => match move_to.as_deref() {
                    Some(to) => to == path,
                    None => section.path == path,
                },
            });
            let only_deleted = sections().all(|section| section.action == Action::Delete);
            if !written
                && let Some(spot) = folder.spot(path, false)?
                && let Some(link) = spot.link()
            {
                if !only_deleted {
                    return Err(Error::NotAFile {
                        path: path.to_owned(),
                        kind: "a link",
                    });
                }
                let mode = rustix::fs::Mode::empty();
                before
                    .files
                    .insert(path.to_owned(), Found { bytes: link, mode });
                before.links.insert(path.to_owned());
                continue;
            }
            if let Some(found) = folder.read(path)? {
                before.files.insert(path.to_owned(), found);
            }
        }
        Ok(before)
    }
}

/// `A`, then `M`, then `D` lines, each in the order of the patch.
fn summary(changes: &[FileChange]) -> String {
    ['A', 'M', 'D']
        .iter()
        .flat_map(|letter| {
            changes
                .iter()
                .filter(|change| change.kind.letter() == Some(*letter))
                .map(move |change| format!("{letter} {}\n", change.path))
        })
        .collect()
}

#[cfg(test)]
mod tests;
