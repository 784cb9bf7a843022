//! `greenlight-cli diff OLD NEW`: compares two files or two folders.
//!
//! Prints a unified diff, or with `--stat` how many lines differ, or with `--json` the rows as the
//! review shows them, each with the whole of its lines, so that both files can be put together again
//! from the output.

mod json;
mod pairs;
mod stat;
mod tree;

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;
use review::{Options, Whitespace};

use crate::streams::{Exit, Streams};
use pairs::{Change, Compared, Contents};

const HELP: &str = "\
Compare two files or two folders

Usage: greenlight-cli diff OLD NEW [--json | --stat] [OPTIONS]

Prints a unified diff; nothing when both are equal. In folders, links are compared by where they
lead, and a removed and an added file that share most of their lines are a rename. Files that are
not UTF-8 text are compared by their bytes.

Options:
      --json       print everything as one JSON object, see below
      --stat       print only how many lines were added and removed; for folders a line per file
      --exit-code  end with 1 when there is a difference
  -b               ignore how much white space there is, and white space at line ends
  -w               ignore all white space
      --ignore-space-at-eol
                   ignore white space at line ends
      --full       take two seconds for a file instead of a quarter of one before the result may be
                   coarse
  -h, --help       print this

A change in ignored white space alone is not counted by --stat, and not shown in the unified diff
unless it lies beside another; the JSON has all rows.

The JSON of two files:
  version          1; fields may be added, none goes or changes its meaning
  added, removed   lines that differ
  imprecise        time ran out: the rows are right, but coarser than they could be
  only             when all of the change is of one kind: {kind, sentence}; kind is `endings`, `final
                   newline`, `line ends`, `indentation`, `white space` or `blank lines`
  rows             each {kind, old_line, new_line, old, new, hunk, old_words, new_words, only_space};
                   kind is `same`, `changed`, `removed` or `added`; lines are counted from 1; `old` and
                   `new` are the lines with their endings and joined are the two files; words are
                   byte ranges; only_space is `trailing`, `amount` or `all`, what would have to be
                   ignored for the row to be the same
  hunks            each {old, new, rows, added, removed, only_space}; half-open ranges from 0
  words            {removed, added}: how many words differ in rows with both sides
  moves            each {old, new, exact}; half-open ranges of lines from 0
  binary           in place of all but `version`: {old, new}, each {size, sha256} or null
The JSON of two folders:
  version, added, removed, imprecise
  files            each {path, old_path, change, similarity} and what is above without `version`;
                   change is `added`, `removed`, `changed` or `renamed`; `old_path` and `similarity`
                   (0 to 1) are there for a rename
  moves            blocks that went from one file to another: {from, to, exact}, both ends {path, lines}

Exit codes:
  0  compared, equal or not
  1  a file is not UTF-8 text and a unified diff was asked for; with --exit-code also: they differ
  2  the arguments are wrong
  3  a file or folder could not be read
";

/// Lines around a change in a unified diff.
const CONTEXT: u32 = 3;

pub(crate) fn run(arguments: Vec<OsString>, streams: &mut Streams<'_>) -> Exit {
    let asked = match arguments_of(arguments) {
        Ok(Some(asked)) => asked,
        Ok(None) => return streams.print(HELP),
        Err(error) => return streams.usage(&error.to_string(), HELP),
    };
    let compared = match pairs::compare(&asked.old, &asked.new, &asked.options) {
        Ok(compared) => compared,
        Err(error) => {
            streams.say(&error.to_string(), "");
            return Exit::Failed;
        }
    };
    let exit = match asked.form {
        Form::Unified => unified(&asked, &compared, streams),
        Form::Stat => streams.print(&stat::of(&compared)),
        Form::Json => match json::of(&compared) {
            Ok(json) => streams.print_bytes(&json),
            Err(error) => {
                let what = format!("Cannot write the comparison as JSON: {error}.");
                streams.say(&what, "");
                Exit::Failed
            }
        },
    };
    let differ = compared.differ();
    // The process ends here; giving all of it back piece by piece would take longer than to compare
    // a short file.
    std::mem::forget(compared);
    match exit {
        Exit::Done if asked.exit_code && differ => Exit::Refused,
        exit => exit,
    }
}

fn unified(asked: &Asked, compared: &Compared, streams: &mut Streams<'_>) -> Exit {
    let mut out = String::new();
    let shown = |path: &std::path::Path| path.display().to_string();
    match compared {
        Compared::Files(Contents::Text(diff)) => {
            out = review::unified(diff, &shown(&asked.old), &shown(&asked.new), CONTEXT);
        }
        Compared::Files(Contents::Bytes(bytes)) => {
            let not_text = bytes.old.as_ref().is_some_and(|bytes| !bytes.is_text);
            let path = if not_text { &asked.old } else { &asked.new };
            let what = format!("`{}` is not UTF-8 text.", path.display());
            let hint = "Use `--stat` or `--json`, which compare bytes, or convert it first.";
            streams.say(&what, hint);
            return Exit::Refused;
        }
        Compared::Folders(files) => {
            for file in files {
                let old_path = file.old_path.as_ref().unwrap_or(&file.path);
                let label = |side: &str, path: &str| format!("{side}/{path}");
                let (mut old, mut new) = (label("a", old_path), label("b", &file.path));
                match file.change {
                    Change::Added => old = "/dev/null".to_owned(),
                    Change::Removed => new = "/dev/null".to_owned(),
                    Change::Renamed => {
                        out.push_str(&format!(
                            "rename from {old_path}\nrename to {}\n",
                            file.path
                        ));
                    }
                    Change::Changed => {}
                }
                match &file.contents {
                    Contents::Text(diff) => {
                        out.push_str(&review::unified(diff, &old, &new, CONTEXT));
                    }
                    Contents::Bytes(_) => {
                        out.push_str(&format!("Binary files {old} and {new} differ\n"));
                    }
                }
            }
        }
    }
    streams.print(&out)
}

enum Form {
    Unified,
    Json,
    Stat,
}

struct Asked {
    old: PathBuf,
    new: PathBuf,
    form: Form,
    exit_code: bool,
    options: Options,
}

/// What is asked for; `None` is the help.
fn arguments_of(arguments: Vec<OsString>) -> Result<Option<Asked>, lexopt::Error> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut paths = Vec::new();
    let mut form = None;
    let mut exit_code = false;
    let mut options = Options::default();
    while let Some(argument) = parser.next()? {
        let chosen = match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("json") => Form::Json,
            Long("stat") => Form::Stat,
            Long("exit-code") => {
                exit_code = true;
                continue;
            }
            Short('b') => {
                options.whitespace = options.whitespace.max(Whitespace::IgnoreAmount);
                continue;
            }
            Short('w') => {
                options.whitespace = Whitespace::IgnoreAll;
                continue;
            }
            Long("ignore-space-at-eol") => {
                options.whitespace = options.whitespace.max(Whitespace::IgnoreTrailing);
                continue;
            }
            Long("full") => {
                options.timeout = Options::in_full().timeout;
                continue;
            }
            Value(path) if paths.len() < 2 => {
                paths.push(PathBuf::from(path));
                continue;
            }
            other => return Err(other.unexpected()),
        };
        if form.replace(chosen).is_some() {
            return Err("only one of `--json` and `--stat` can be given".into());
        }
    }
    let (Some(new), Some(old)) = (paths.pop(), paths.pop()) else {
        return Err("two files or two folders are needed, OLD and NEW".into());
    };
    Ok(Some(Asked {
        old,
        new,
        form: form.unwrap_or(Form::Unified),
        exit_code,
        options,
    }))
}

#[cfg(test)]
mod tests;
