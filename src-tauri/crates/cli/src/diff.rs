//! `greenlight-cli diff OLD NEW`: compares two files.
//!
//! Prints a unified diff, or with `--json` the rows as the review shows them, each with the whole
//! of its lines, so that both files can be put together again from the output.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use lexopt::prelude::*;
use review::{Diff, Hunk, Line, Options, RowKind, Span};
use serde::Serialize;

use crate::streams::{Exit, Streams};

const HELP: &str = "\
Compare two files

Usage: greenlight-cli diff OLD NEW [--json | --stat]

Prints a unified diff; nothing when the files are equal. Both must be UTF-8 text.

Options:
      --json   print the rows, hunks and changed words as one JSON object; a row's `old` and `new`
               hold the lines with their endings, and joined they are the two files
      --stat   print only how many lines were added and removed
  -h, --help   print this

Exit codes:
  0  compared, equal or not
  1  a file is not UTF-8 text
  2  the arguments are wrong
  3  a file could not be read
";

/// Lines around a change in a unified diff.
const CONTEXT: u32 = 3;

pub(crate) fn run(arguments: Vec<OsString>, streams: &mut Streams<'_>) -> Exit {
    let asked = match arguments_of(arguments) {
        Ok(Some(asked)) => asked,
        Ok(None) => return streams.print(HELP),
        Err(error) => return streams.usage(&error.to_string(), HELP),
    };
    let mut texts = Vec::with_capacity(2);
    for path in [&asked.old, &asked.new] {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                streams.say(&format!("Cannot read `{}`: {error}.", path.display()), "");
                return Exit::Failed;
            }
        };
        match String::from_utf8(bytes) {
            Ok(text) => texts.push(text),
            Err(_) => {
                let what = format!("`{}` is not UTF-8 text.", path.display());
                streams.say(
                    &what,
                    "Convert it first, or compare it with a tool for binary files.",
                );
                return Exit::Refused;
            }
        }
    }
    let (new, old) = (
        texts.pop().unwrap_or_default(),
        texts.pop().unwrap_or_default(),
    );
    let diff = Diff::new(old, new, &Options::default());
    match asked.form {
        Form::Unified => {
            let text = review::unified(&diff, &label(&asked.old), &label(&asked.new), CONTEXT);
            streams.print(&text)
        }
        Form::Stat => {
            let stat = diff.stat();
            streams.print(&format!("+{} -{}\n", stat.added, stat.removed))
        }
        Form::Json => match serde_json::to_vec(&Json::of(&diff)) {
            Ok(mut json) => {
                json.push(b'\n');
                streams.print_bytes(&json)
            }
            Err(error) => {
                streams.say(
                    &format!("Cannot write the comparison as JSON: {error}."),
                    "",
                );
                Exit::Failed
            }
        },
    }
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
}

/// What is asked for; `None` is the help.
fn arguments_of(arguments: Vec<OsString>) -> Result<Option<Asked>, lexopt::Error> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut paths = Vec::new();
    let mut form = None;
    while let Some(argument) = parser.next()? {
        let chosen = match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("json") => Form::Json,
            Long("stat") => Form::Stat,
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
        return Err("two files are needed, OLD and NEW".into());
    };
    Ok(Some(Asked {
        old,
        new,
        form: form.unwrap_or(Form::Unified),
    }))
}

fn label(path: &Path) -> String {
    path.display().to_string()
}

/// A comparison as it is printed.
#[derive(Serialize)]
struct Json {
    version: u32,
    added: u32,
    removed: u32,
    /// Time ran out; the rows are correct but coarser than they could be.
    imprecise: bool,
    rows: Vec<JsonRow>,
    hunks: Vec<JsonHunk>,
}

#[derive(Serialize)]
struct JsonRow {
    kind: &'static str,
    /// Line numbers are counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_line: Option<u32>,
    /// The line with its ending.
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hunk: Option<u32>,
    /// Byte ranges of the words that changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    old_words: Vec<[u32; 2]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    new_words: Vec<[u32; 2]>,
}

/// A change: half-open ranges of lines and rows, counted from 0.
#[derive(Serialize)]
struct JsonHunk {
    old: [u32; 2],
    new: [u32; 2],
    rows: [u32; 2],
    added: u32,
    removed: u32,
}

impl Json {
    fn of(diff: &Diff) -> Self {
        let rows = diff.rows().zip(0..).map(|(row, index)| {
            let words = diff.words(index);
            let text = diff.row_text(index);
            let whole = |line: Line<'_>| format!("{}{}", line.content, line.ending.as_str());
            let spans = |spans: &[Span]| {
                spans
                    .iter()
                    .map(|span| [span.bytes.start, span.bytes.end])
                    .collect::<Vec<_>>()
            };
            JsonRow {
                kind: match row.kind {
                    RowKind::Same => "same",
                    RowKind::Changed => "changed",
                    RowKind::Removed => "removed",
                    RowKind::Added => "added",
                },
                old_line: row.old.map(|line| line + 1),
                new_line: row.new.map(|line| line + 1),
                old: text.old.map(whole),
                new: text.new.map(whole),
                hunk: row.hunk,
                old_words: words
                    .as_ref()
                    .map(|words| spans(&words.old))
                    .unwrap_or_default(),
                new_words: words
                    .as_ref()
                    .map(|words| spans(&words.new))
                    .unwrap_or_default(),
            }
        });
        let hunks = diff.hunks().iter().map(
            |Hunk {
                 old,
                 new,
                 rows,
                 stat,
             }| JsonHunk {
                old: [old.start, old.end],
                new: [new.start, new.end],
                rows: [rows.start, rows.end],
                added: stat.added,
                removed: stat.removed,
            },
        );
        Self {
            version: 1,
            added: diff.stat().added,
            removed: diff.stat().removed,
            imprecise: diff.imprecise(),
            rows: rows.collect(),
            hunks: hunks.collect(),
        }
    }
}

#[cfg(test)]
mod tests;
