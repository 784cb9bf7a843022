//! The programs that compare two texts in this process.

use std::ops::Range;
use std::time::Duration;
use std::time::Instant;

use imara_diff::InternedInput;
use similar::DiffOp;

use super::Files;
use super::Program;
use super::Reading;
use super::Said;
use super::pairs::Pair;
use crate::Problem;

/// Lines of the old text, and what stands in their place in the new one.
pub(crate) type Changed = (Range<usize>, Range<usize>);

pub(crate) fn all() -> Vec<Box<dyn Program>> {
    vec![
        Box::new(InProcess("Greenlight", greenlight)),
        Box::new(InProcess("similar (Myers)", similar)),
        Box::new(InProcess("imara-diff (Myers)", |pair| {
            // It has no time limit, and this one takes half a minute.
            (pair.name != "100k of 10 distinct").then(|| imara(pair, imara_diff::Algorithm::Myers))
        })),
        Box::new(InProcess("imara-diff (Histogram)", |pair| {
            (pair.name != "100k of 10 distinct")
                .then(|| imara(pair, imara_diff::Algorithm::Histogram))
        })),
    ]
}

/// What was measured: milliseconds, changes, and whether time ran out.
type Measured = (f64, Vec<Changed>, bool);

struct InProcess(&'static str, fn(&Pair) -> Option<Measured>);

impl Program for InProcess {
    fn name(&self) -> &'static str {
        self.0
    }

    fn compare(&mut self, pair: &Pair, _: &Files) -> Result<Option<Reading>, Problem> {
        Ok(self.1(pair).map(|(time, changes, imprecise)| Reading {
            time,
            said: said(pair, &changes, imprecise),
        }))
    }
}

fn greenlight(pair: &Pair) -> Option<Measured> {
    let start = Instant::now();
    let diff = review::Diff::new(&*pair.old, &*pair.new, &review::Options::default());
    let time = milliseconds(start);
    let range = |lines: Range<u32>| lines.start as usize..lines.end as usize;
    let mut changes: Vec<Changed> = Vec::new();
    // By rows, because a hunk may hold lines that are the same.
    let (mut old_at, mut new_at) = (0, 0);
    for row in diff.rows() {
        let old = old_at..old_at + u32::from(row.old.is_some());
        let new = new_at..new_at + u32::from(row.new.is_some());
        (old_at, new_at) = (old.end, new.end);
        if row.kind == review::RowKind::Same {
            continue;
        }
        let (old, new) = (range(old), range(new));
        match changes.last_mut() {
            Some(last) if last.0.end == old.start && last.1.end == new.start => {
                (last.0.end, last.1.end) = (old.end, new.end);
            }
            _ => changes.push((old, new)),
        }
    }
    let late = diff.imprecise();
    let whole = diff.rebuilt(review::Side::Old) == pair.old;
    let composed = review::compose(&diff, |_, _| true) == pair.new;
    // A wrong row is a wrong answer too.
    (whole && composed).then_some((time, changes, late))
}

fn similar(pair: &Pair) -> Option<Measured> {
    let start = Instant::now();
    let limit = Duration::from_millis(1000);
    let diff = similar::TextDiff::configure()
        .algorithm(similar::Algorithm::Myers)
        .timeout(limit)
        .diff_lines(&*pair.old, &*pair.new);
    let time = milliseconds(start);
    let ops = diff.ops().iter();
    let changes = ops.filter(|op| !matches!(op, DiffOp::Equal { .. }));
    let changes = changes.map(|op| (op.old_range(), op.new_range())).collect();
    Some((time, changes, time >= limit.as_secs_f64() * 1000.0))
}

fn imara(pair: &Pair, algorithm: imara_diff::Algorithm) -> Measured {
    let start = Instant::now();
    let input = InternedInput::new(&*pair.old, &*pair.new);
    let mut diff = imara_diff::Diff::compute(algorithm, &input);
    diff.postprocess_lines(&input);
    let time = milliseconds(start);
    let range = |lines: Range<u32>| lines.start as usize..lines.end as usize;
    let hunks = diff.hunks();
    let changes = hunks.map(|hunk| (range(hunk.before), range(hunk.after)));
    (time, changes.collect(), false)
}

pub(crate) fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}

/// Counts changes, and applies them.
pub(crate) fn said(pair: &Pair, changes: &[Changed], imprecise: bool) -> Said {
    let lines = |text| str::split_inclusive(text, '\n').collect::<Vec<_>>();
    let (old, new) = (lines(&pair.old), lines(&pair.new));
    let mut text = String::with_capacity(pair.new.len());
    let mut at = 0;
    let mut fits = true;
    for (gone, come) in changes {
        fits &= at <= gone.start && gone.end <= old.len() && come.end <= new.len();
        if !fits {
            break;
        }
        old[at..gone.start]
            .iter()
            .for_each(|line| text.push_str(line));
        new[come.clone()]
            .iter()
            .for_each(|line| text.push_str(line));
        at = gone.end;
    }
    old[at.min(old.len())..]
        .iter()
        .for_each(|line| text.push_str(line));
    Said {
        removed: changes.iter().map(|(gone, _)| gone.len() as u32).sum(),
        added: changes.iter().map(|(_, come)| come.len() as u32).sum(),
        hunks: Some(changes.len() as u32),
        imprecise,
        right: fits && text == pair.new,
    }
}
