//! A comparison as JSON. The help of `diff` says what each field is; they stay.

use review::{Diff, Hunk, Line, RowKind, Span, Whitespace, moves_across};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::pairs::{Blob, Change, Compared, Contents, FileDiff};

const VERSION: u32 = 1;

/// The whole of it, with a newline.
pub(super) fn of(compared: &Compared) -> Result<Vec<u8>, serde_json::Error> {
    let mut json = match compared {
        Compared::Files(contents) => serde_json::to_vec(&Files {
            version: VERSION,
            what: What::of(contents),
        })?,
        Compared::Folders(files) => serde_json::to_vec(&Folders::of(files))?,
    };
    json.push(b'\n');
    Ok(json)
}

#[derive(Serialize)]
struct Files {
    version: u32,
    #[serde(flatten)]
    what: What,
}

#[derive(Serialize)]
struct Folders {
    version: u32,
    added: u32,
    removed: u32,
    imprecise: bool,
    files: Vec<File>,
    moves: Vec<Across>,
}

#[derive(Serialize)]
struct File {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_path: Option<String>,
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    similarity: Option<f64>,
    #[serde(flatten)]
    what: What,
}

#[derive(Serialize)]
struct Across {
    from: Place,
    to: Place,
    exact: bool,
}

#[derive(Serialize)]
struct Place {
    path: String,
    lines: [u32; 2],
}

#[derive(Serialize)]
#[serde(untagged)]
enum What {
    Text(Box<Text>),
    Bytes { binary: Binary },
}

#[derive(Serialize)]
struct Binary {
    old: Option<Digested>,
    new: Option<Digested>,
}

#[derive(Serialize)]
struct Digested {
    size: usize,
    sha256: String,
}

#[derive(Serialize)]
struct Text {
    added: u32,
    removed: u32,
    imprecise: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    only: Option<OneKind>,
    words: Words,
    hunks: Vec<JsonHunk>,
    moves: Vec<Move>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct OneKind {
    kind: &'static str,
    sentence: String,
}

#[derive(Serialize, Default)]
struct Words {
    removed: usize,
    added: usize,
}

#[derive(Serialize)]
struct Move {
    old: [u32; 2],
    new: [u32; 2],
    exact: bool,
}

#[derive(Serialize)]
struct Row {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hunk: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    old_words: Vec<[u32; 2]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    new_words: Vec<[u32; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    only_space: Option<&'static str>,
}

#[derive(Serialize)]
struct JsonHunk {
    old: [u32; 2],
    new: [u32; 2],
    rows: [u32; 2],
    added: u32,
    removed: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    only_space: Option<&'static str>,
}

impl Folders {
    fn of(files: &[FileDiff]) -> Self {
        let texts: Vec<(&FileDiff, &Diff)> = files
            .iter()
            .filter_map(|file| match &file.contents {
                Contents::Text(diff) => Some((file, &**diff)),
                Contents::Bytes(_) => None,
            })
            .collect();
        let diffs: Vec<&Diff> = texts.iter().map(|(_, diff)| *diff).collect();
        let moves = moves_across(&diffs).into_iter().map(|found| {
            let (old, new) = (texts[found.from.0].0, texts[found.to.0].0);
            let old_path = old.old_path.as_ref().unwrap_or(&old.path);
            let place = |path: &String, lines: std::ops::Range<u32>| Place {
                path: path.clone(),
                lines: [lines.start, lines.end],
            };
            Across {
                from: place(old_path, found.from.1),
                to: place(&new.path, found.to.1),
                exact: found.exact,
            }
        });
        Self {
            version: VERSION,
            added: diffs.iter().map(|diff| diff.stat().added).sum(),
            removed: diffs.iter().map(|diff| diff.stat().removed).sum(),
            imprecise: diffs.iter().any(|diff| diff.imprecise()),
            moves: moves.collect(),
            files: files.iter().map(File::of).collect(),
        }
    }
}

impl File {
    fn of(file: &FileDiff) -> Self {
        Self {
            path: file.path.clone(),
            old_path: file.old_path.clone(),
            change: match file.change {
                Change::Added => "added",
                Change::Removed => "removed",
                Change::Changed => "changed",
                Change::Renamed => "renamed",
            },
            similarity: file.similarity,
            what: What::of(&file.contents),
        }
    }
}

impl What {
    fn of(contents: &Contents) -> Self {
        let digested = |blob: &Option<Blob>| {
            blob.as_ref().map(|blob| Digested {
                size: blob.bytes.len(),
                sha256: format!("{:x}", Sha256::digest(&blob.bytes)),
            })
        };
        match contents {
            Contents::Text(diff) => Self::Text(Box::new(Text::of(diff))),
            Contents::Bytes(bytes) => Self::Bytes {
                binary: Binary {
                    old: digested(&bytes.old),
                    new: digested(&bytes.new),
                },
            },
        }
    }
}

impl Text {
    fn of(diff: &Diff) -> Self {
        let rows: Vec<Row> = (0..diff.len()).map(|index| Row::of(diff, index)).collect();
        let words = rows.iter().fold(Words::default(), |sum, row| Words {
            removed: sum.removed + row.old_words.len(),
            added: sum.added + row.new_words.len(),
        });
        let moves = diff.moves().into_iter().map(|found| Move {
            old: [found.old.start, found.old.end],
            new: [found.new.start, found.new.end],
            exact: found.exact,
        });
        Self {
            added: diff.stat().added,
            removed: diff.stat().removed,
            imprecise: diff.imprecise(),
            only: diff.only().map(|only| OneKind {
                kind: only.kind(),
                sentence: only.to_string(),
            }),
            words,
            hunks: diff.hunks().iter().map(JsonHunk::of).collect(),
            moves: moves.collect(),
            rows,
        }
    }
}

impl JsonHunk {
    fn of(hunk: &Hunk) -> Self {
        Self {
            old: [hunk.old.start, hunk.old.end],
            new: [hunk.new.start, hunk.new.end],
            rows: [hunk.rows.start, hunk.rows.end],
            added: hunk.stat.added,
            removed: hunk.stat.removed,
            only_space: hunk.only_space.map(space),
        }
    }
}

impl Row {
    fn of(diff: &Diff, index: u32) -> Self {
        let row = diff.row(index);
        let words = diff.words(index);
        let text = diff.row_text(index);
        let whole = |line: Line<'_>| format!("{}{}", line.content, line.ending.as_str());
        let spans = |spans: &[Span]| -> Vec<[u32; 2]> {
            let spans = spans.iter();
            spans
                .map(|span| [span.bytes.start, span.bytes.end])
                .collect()
        };
        let side = |pick: fn(&review::Words) -> &[Span]| {
            words
                .as_ref()
                .map(|words| spans(pick(words)))
                .unwrap_or_default()
        };
        Self {
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
            old_words: side(|words| &words.old),
            new_words: side(|words| &words.new),
            only_space: row.only_space.map(space),
        }
    }
}

fn space(least: Whitespace) -> &'static str {
    match least {
        Whitespace::Exact => "none",
        Whitespace::IgnoreTrailing => "trailing",
        Whitespace::IgnoreAmount => "amount",
        Whitespace::IgnoreAll => "all",
    }
}
