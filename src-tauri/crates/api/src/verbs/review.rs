//! `review/…`: the change set and its rows, by window.

use engine::tasks::review::ReviewedFile;
use engine::tasks::review::Shown;
use engine::tasks::task::Task as LiveTask;

use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

/// Rows in one answer.
const MOST_ROWS: u32 = 512;

/// Characters of a line that cross; the rest is cut, because no one reads it sideways.
const LONGEST_LINE: usize = 10_000;

impl Desk {
    pub(crate) async fn review_changes(&self, id: TaskId) -> Result<ChangeSet, Failure> {
        self.changes_of(&id.task).await
    }

    pub(crate) async fn review_open(&self, open: ReviewOpen) -> Result<FileDiff, Failure> {
        let task = self.task(&open.task)?;
        blocking(move || {
            let shown = task
                .open_diff(&open.file)
                .map_err(|error| convert::review_failed(&error))?;
            Ok(layout(&open, &shown))
        })
        .await
    }

    pub(crate) async fn review_rows(&self, ask: ReviewRows) -> Result<RowPage, Failure> {
        let task = self.task(&ask.task)?;
        blocking(move || {
            let shown = task
                .diff_as_shown(&ask.file, &ask.shown)
                .map_err(|error| convert::review_failed(&error))?;
            Ok(page(&task, &shown, &ask))
        })
        .await
    }

    pub(crate) async fn review_decide(&self, decide: ReviewDecide) -> Result<ChangeSet, Failure> {
        let task = self.task(&decide.task)?;
        let files: Vec<_> = decide.files.into_iter().map(convert::subject).collect();
        let mark = convert::mark_inside(decide.mark);
        let rest = decide.rest;
        blocking(move || {
            task.decide(&files, mark, rest)
                .map_err(|error| convert::review_failed(&error))
        })
        .await?;
        self.changes_of(&decide.task).await
    }

    pub(crate) async fn review_take_back(&self, id: TaskId) -> Result<ChangeSet, Failure> {
        let task = self.task(&id.task)?;
        blocking(move || {
            task.take_decision_back()
                .map_err(|error| convert::review_failed(&error))
        })
        .await?;
        self.changes_of(&id.task).await
    }

    async fn changes_of(&self, id: &str) -> Result<ChangeSet, Failure> {
        let task = self.task(id)?;
        let project = self.project()?;
        let id = id.to_owned();
        blocking(move || {
            let reviewed = task
                .review()
                .map_err(|error| convert::review_failed(&error))?;
            let files = reviewed
                .files
                .iter()
                .map(|file| Ok(convert::changed_file(file, parts_of(&task, file)?)))
                .collect::<Result<_, Failure>>()?;
            Ok(ChangeSet {
                folder: project.folder_sentence(&task),
                files,
                can_take_back: task.has_decided(),
                ignored: u32::try_from(reviewed.ignored).unwrap_or(u32::MAX),
                task: id,
            })
        })
        .await
    }
}

fn parts_of(task: &LiveTask, file: &ReviewedFile) -> Result<Option<Parts>, Failure> {
    let Some(decisions) = &file.marked.decisions else {
        return Ok(None);
    };
    let shown = task
        .diff_as_shown(&file.id, &file.shown)
        .map_err(|error| convert::review_failed(&error))?;
    Ok(Some(convert::parts(decisions, &shown.diff)))
}

/// Runs work that reads files away from the threads that answer.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| {
            Err(Failure::broken(format!(
                "This could not be finished: {error}."
            )))
        })
}

fn layout(open: &ReviewOpen, shown: &Shown) -> FileDiff {
    let diff = &shown.diff;
    let count = |rows: &std::ops::Range<u32>| rows.end - rows.start;
    let segments = match open.context {
        Some(context) => diff
            .view(context)
            .into_iter()
            .map(|segment| Segment {
                from: segment.rows.start,
                count: count(&segment.rows),
                folded: segment.folded,
            })
            .collect(),
        None => vec![Segment {
            from: 0,
            count: diff.len(),
            folded: false,
        }],
    };
    FileDiff {
        file: open.file.clone(),
        shown: shown.shown.clone(),
        rows: diff.len(),
        segments,
        hunks: diff
            .hunks()
            .iter()
            .map(|hunk| Hunk {
                from: hunk.rows.start,
                count: count(&hunk.rows),
                added: hunk.stat.added,
                removed: hunk.stat.removed,
            })
            .collect(),
        widest: diff
            .old_lines()
            .widest()
            .max(diff.new_lines().widest())
            .min(LONGEST_LINE as u32),
    }
}

fn page(task: &LiveTask, shown: &Shown, ask: &ReviewRows) -> RowPage {
    let diff = &shown.diff;
    let from = ask.from.min(diff.len());
    let count = ask.count.min(MOST_ROWS);
    let to = from.saturating_add(count).min(diff.len());
    let old_lines = span_of((from..to).filter_map(|row| diff.row(row).old));
    let new_lines = span_of((from..to).filter_map(|row| diff.row(row).new));
    let colours = |side, lines: &std::ops::Range<u32>| match ask.plain {
        true => review::Painted {
            lines: Vec::new(),
            complete: false,
        },
        false => task.colours(shown, side, lines.clone()),
    };
    let old = colours(review::Side::Old, &old_lines);
    let new = colours(review::Side::New, &new_lines);
    let coloured = old.complete && new.complete;
    let (old, new) = (old.lines, new.lines);
    let rows = (from..to)
        .map(|index| {
            let row = diff.row(index);
            let text = diff.row_text(index);
            let words = diff.words(index);
            let (old_words, new_words) = words.map(|w| (w.old, w.new)).unwrap_or_default();
            let side = |line: Option<review::Line<'_>>,
                        number: Option<u32>,
                        words,
                        colours: &Vec<_>,
                        first: u32| {
                let (line, number) = (line?, number?);
                let spans = colours
                    .get((number - first) as usize)
                    .cloned()
                    .unwrap_or_default();
                Some(one_line(&line, spans, words))
            };
            let same = row.kind == review::RowKind::Same;
            let right = side(text.new, row.new, new_words, &new, new_lines.start);
            Row {
                kind: match row.kind {
                    review::RowKind::Same => RowKind::Same,
                    review::RowKind::Changed => RowKind::Changed,
                    review::RowKind::Removed => RowKind::Removed,
                    review::RowKind::Added => RowKind::Added,
                },
                old: side(text.old, row.old, old_words, &old, old_lines.start),
                new_number: same
                    .then(|| right.as_ref().map(|line| line.number))
                    .flatten(),
                new: if same { None } else { right },
            }
        })
        .collect();
    RowPage {
        from,
        rows,
        coloured,
    }
}

fn span_of(mut lines: impl Iterator<Item = u32>) -> std::ops::Range<u32> {
    let Some(first) = lines.next() else {
        return 0..0;
    };
    first..lines.last().unwrap_or(first) + 1
}

fn one_line(
    line: &review::Line<'_>,
    spans: Vec<review::ClassSpan>,
    words: Vec<review::Span>,
) -> Line {
    let (text, shown) = match line.content.char_indices().nth(LONGEST_LINE) {
        Some((cut, _)) => {
            let shown = line.content[..cut].encode_utf16().count() as u32;
            (format!("{}…", &line.content[..cut]), shown)
        }
        None => (line.content.to_owned(), u32::MAX),
    };
    let ending = match line.ending {
        review::Ending::Lf => None,
        review::Ending::CrLf => Some("CRLF".to_owned()),
        review::Ending::None => Some("none".to_owned()),
    };
    Line {
        number: line.number,
        hidden: review::hidden(&text)
            .into_iter()
            .map(|found| {
                let at = found.span.utf16;
                (at.start, at.end - at.start, found.name)
            })
            .collect(),
        text,
        syntax: spans
            .into_iter()
            .map(|span| (span.start, span.len, span.class.name().to_owned()))
            .collect(),
        words: review::clip(&words, 0..shown)
            .into_iter()
            .map(|part| (part.start, part.end - part.start))
            .collect(),
        ending,
    }
}
