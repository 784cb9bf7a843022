//! Applies the hunks of one section to the bytes of one file.
//!
//! Hunks are placed from the top down and never above the hunk before; then the file is written
//! once. A context line comes out with the file's own bytes, however loosely it matched. A new
//! line takes the ending of the line it replaces, else of its neighbour. A last line without an
//! ending keeps that unless the hunk replaces it or puts a line below it.

use std::borrow::Cow;

use crate::error::{ApplyError, Mismatch, Nearest, shown};
use crate::guess::Words;
use crate::parse::{Hunk, HunkLine, LineKind};
use crate::seek::{Place, Seeker};
use crate::similarity::nearest;
use crate::text::{Ending, Text};

/// How many empty lines at the end of a hunk's old lines may turn out not to be in the file.
const SPARE_BLANKS: usize = 3;

/// The file after all hunks of a section.
pub(crate) fn edit(
    path: &str,
    section_line: usize,
    bytes: &[u8],
    hunks: &[Hunk],
) -> Result<Vec<u8>, ApplyError> {
    if hunks.is_empty() {
        return Ok(bytes.to_vec());
    }
    let text = Text::read(bytes, &words(hunks)).ok_or_else(|| ApplyError::NotText {
        path: path.to_owned(),
        line: section_line,
    })?;
    let seeker = Seeker::new(&text);
    let mut cursor = 0;
    let mut placed = Vec::with_capacity(hunks.len());
    for hunk in hunks {
        placed.push(place(path, &text, &seeker, hunk, &mut cursor)?);
    }
    // Lines for the end of the file may come from any hunk, and later hunks still lie above.
    placed.sort_by_key(|placed| placed.at);
    write(path, &text, &placed)
}

/// The lines that say something about the encoding of the file.
fn words(hunks: &[Hunk]) -> Words<'_> {
    let mut words = Words::default();
    for line in hunks
        .iter()
        .flat_map(|hunk| &hunk.lines)
        .filter(|line| !line.text.is_ascii())
    {
        match line.kind {
            LineKind::Add => words.new.push(&line.text),
            LineKind::Context | LineKind::Remove => words.old.push(&line.text),
        }
    }
    words
}

/// A hunk and the index of the first file line it speaks of.
struct Placed<'p> {
    hunk: &'p Hunk,
    lines: Cow<'p, [HunkLine]>,
    at: usize,
}

fn place<'p>(
    path: &str,
    text: &Text<'_>,
    seeker: &Seeker<'_>,
    hunk: &'p Hunk,
    cursor: &mut usize,
) -> Result<Placed<'p>, ApplyError> {
    let mut lines = hunk.lines.as_slice();
    if old(lines).all(|line| line.bare) {
        // Only new lines, and perhaps blank ones after them that separate this hunk from the next.
        let first = lines
            .iter()
            .position(|line| line.kind == LineKind::Add)
            .unwrap_or(0);
        let after = lines
            .iter()
            .rposition(|line| line.kind == LineKind::Add)
            .map_or(0, |n| n + 1);
        if first == 0 && after > 0 && old(&lines[..after]).next().is_none() {
            lines = &lines[..after];
        }
    }
    let insert_only = old(lines).next().is_none();

    let start = *cursor;
    let mut passed = None;
    for (index, (line, context)) in hunk.contexts.iter().enumerate() {
        let last = index + 1 == hunk.contexts.len();
        let find = |place| {
            let bare = context
                .strip_suffix("@@")
                .map(str::trim_end)
                .filter(|c| !c.is_empty());
            std::iter::once(context.as_str())
                .chain(bare)
                .find_map(|context| seeker.find(&[context], place))
        };
        if let Some(at) = find(Place::From(*cursor)) {
            passed = Some(at);
            *cursor = at + 1;
            continue;
        }
        // An outer context, or one that the hunk before has passed already, need not come again.
        let above = find(Place::From(0));
        if above.is_some() && !(last && insert_only) {
            continue;
        }
        let run = [(*line, context.as_str())];
        let mismatch = mismatch(path, text, hunk, &run, start, above);
        return Err(ApplyError::ContextNotFound(Box::new(mismatch)));
    }

    // Where new lines without old ones go: below the line they name, else to the end.
    let free = match passed {
        Some(_) if !hunk.end_of_file => *cursor,
        _ => end(text),
    };
    if insert_only {
        let lines = Cow::Borrowed(lines);
        return Ok(Placed {
            hunk,
            lines,
            at: free,
        });
    }

    let (at, lines) = seek(seeker, hunk, lines, start, *cursor, passed, free).ok_or_else(|| {
        let run: Vec<_> = old(lines)
            .map(|line| (line.line, line.text.as_str()))
            .collect();
        let texts: Vec<_> = run.iter().map(|(_, text)| *text).collect();
        let above = seeker.find(&texts, Place::From(0));
        ApplyError::LinesNotFound(Box::new(mismatch(path, text, hunk, &run, *cursor, above)))
    })?;
    let gone = old(&lines).count();
    if gone > 0 {
        *cursor = at + gone;
    }
    Ok(Placed { hunk, lines, at })
}

/// The end of the file for new lines: above an empty line that ends it.
fn end(text: &Text<'_>) -> usize {
    let blank = text.lines.last().is_some_and(|line| line.text.is_empty());
    text.lines.len() - usize::from(blank)
}

/// Finds the old lines of a hunk; the lines that come back may be fewer by empty old ones at the
/// end. Without any old line left, the hunk goes to `free`.
fn seek<'p>(
    seeker: &Seeker<'_>,
    hunk: &Hunk,
    lines: &'p [HunkLine],
    start: usize,
    cursor: usize,
    passed: Option<usize>,
    free: usize,
) -> Option<(usize, Cow<'p, [HunkLine]>)> {
    let mut places = Vec::with_capacity(3);
    if hunk.end_of_file {
        // The end is one place only, so a line after `@@` may lie inside of the hunk's own.
        places.extend([Place::End(start), Place::LastFrom(cursor)]);
    } else {
        places.push(Place::From(cursor));
    }
    // Some hunks repeat the line after `@@` as their first line.
    places.extend(passed.map(Place::From));

    let mut tried = vec![Cow::Borrowed(lines)];
    while tried.len() <= SPARE_BLANKS
        && let Some(fewer) = tried.last().and_then(|lines| without_last_blank(lines))
    {
        tried.push(Cow::Owned(fewer));
    }
    for place in places {
        for lines in &tried {
            let run: Vec<&str> = old(lines).map(|line| line.text.as_str()).collect();
            if !run.is_empty()
                && let Some(at) = seeker.find(&run, place)
            {
                return Some((at, lines.clone()));
            }
        }
    }
    let only_new = tried.pop().filter(|lines| old(lines).next().is_none());
    Some((free, only_new?))
}

/// The hunk without the last of its old lines, if that is empty. It stands for the end of the file,
/// or separates two hunks. With new lines below it, it is one of them.
fn without_last_blank(lines: &[HunkLine]) -> Option<Vec<HunkLine>> {
    let last = lines.iter().rposition(|line| line.kind != LineKind::Add)?;
    if !lines[last].text.is_empty() {
        return None;
    }
    let mut fewer = lines.to_vec();
    let news_below = last + 1 < lines.len();
    if lines[last].kind == LineKind::Context && news_below {
        fewer[last].kind = LineKind::Add;
    } else {
        fewer.remove(last);
    }
    // The same empty line, written once more as a new one.
    if news_below && lines.last().is_some_and(|line| line.text.is_empty()) {
        fewer.pop();
    }
    Some(fewer)
}

fn old(lines: &[HunkLine]) -> impl Iterator<Item = &HunkLine> {
    lines.iter().filter(|line| line.kind != LineKind::Add)
}

fn mismatch(
    path: &str,
    text: &Text<'_>,
    hunk: &Hunk,
    run: &[(usize, &str)],
    cursor: usize,
    above: Option<usize>,
) -> Mismatch {
    let above = above.filter(|at| *at < cursor).map(|at| at + 1);
    let near = if above.is_none() {
        find_nearest(text, run, cursor)
    } else {
        None
    };
    let meaningful = || {
        run.iter()
            .position(|(_, line)| !line.trim().is_empty())
            .unwrap_or(0)
    };
    let (index, nearest) = near.map_or_else(|| (meaningful(), None), |(i, near)| (i, Some(near)));
    Mismatch {
        path: path.to_owned(),
        hunk: hunk.number,
        line: hunk.line,
        expected: shown(run[index].1),
        expected_line: run[index].0,
        nearest,
        above,
    }
}

/// The nearest text from the cursor on, else in the whole file.
fn find_nearest(text: &Text<'_>, run: &[(usize, &str)], cursor: usize) -> Option<(usize, Nearest)> {
    let file: Vec<&str> = text.lines.iter().map(|line| &*line.text).collect();
    let run: Vec<&str> = run.iter().map(|(_, line)| *line).collect();
    let below = nearest(file.get(cursor..).unwrap_or_default(), &run).map(|(index, near)| {
        (
            index,
            Nearest {
                line: near.line + cursor,
                ..near
            },
        )
    });
    below.or_else(|| nearest(&file, &run))
}

/// One line of the result.
enum Piece<'p> {
    Kept(usize),
    New {
        line: &'p HunkLine,
        hunk: usize,
        ending: Ending,
    },
}

fn write(path: &str, text: &Text<'_>, placed: &[Placed<'_>]) -> Result<Vec<u8>, ApplyError> {
    let mut pieces = Vec::with_capacity(text.lines.len());
    let mut next = 0;
    for placed in placed {
        pieces.extend((next..placed.at).map(Piece::Kept));
        // Lines for the end of the file may find it taken by a hunk that speaks of its last line.
        next = next.max(placed.at);
        for run in placed
            .lines
            .chunk_by(|a, b| (a.kind == LineKind::Context) == (b.kind == LineKind::Context))
        {
            let gone = run.iter().filter(|line| line.kind != LineKind::Add).count();
            let replaced = next..next + gone;
            next += gone;
            if run[0].kind == LineKind::Context {
                pieces.extend(replaced.map(Piece::Kept));
                continue;
            }
            let near = text.ending_near(replaced.start);
            let news = run.iter().filter(|line| line.kind == LineKind::Add);
            for (nth, line) in news.enumerate() {
                let model = replaced.clone().nth(nth).or(replaced.clone().last());
                let ending = model.and_then(|at| text.lines[at].ending).unwrap_or(near);
                pieces.push(Piece::New {
                    line,
                    hunk: placed.hunk.number,
                    ending,
                });
            }
        }
    }
    pieces.extend((next..text.lines.len()).map(Piece::Kept));

    let mut bytes = text.mark.to_vec();
    for (index, piece) in pieces.iter().enumerate() {
        let last = index + 1 == pieces.len();
        match piece {
            Piece::Kept(at) => {
                bytes.extend_from_slice(text.lines[*at].bytes);
                // A line that was the last and no longer is needs an ending now.
                let ending = text.lines[*at].ending;
                let ending = ending.or_else(|| (!last).then(|| text.ending_near(*at)));
                if let Some(ending) = ending {
                    bytes.extend_from_slice(text.encoding.ending(ending));
                }
            }
            Piece::New { line, hunk, ending } => {
                let encoded =
                    text.encoding
                        .encode(&line.text)
                        .ok_or_else(|| ApplyError::Unencodable {
                            path: path.to_owned(),
                            hunk: *hunk,
                            line: line.line,
                            text: shown(&line.text),
                            encoding: text.encoding.name().to_owned(),
                        })?;
                bytes.extend_from_slice(&encoded);
                bytes.extend_from_slice(text.encoding.ending(*ending));
            }
        }
    }
    Ok(bytes)
}
