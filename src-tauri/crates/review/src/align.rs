//! Which lines of two texts are the same line.
//!
//! Myers over interned lines, bounded in time, gives a short script. It is then made readable:
//! `slider` moves insertions and deletions to where a person would have made them, and changes
//! that only a lone `}` or a blank line keeps apart are joined, because nobody reads that as two
//! changes. Joining keeps the inner pieces, so that a large block still has its fixed points.

use std::ops::Range;
use std::time::Duration;
use std::time::Instant;

use similar::Algorithm;
use similar::DiffOp;

use crate::lines::Lines;
use crate::lines::intern;
use crate::slider::slide;

/// A match of at most this many visible characters does not separate two changes,
const SHORT_MATCH: usize = 4;
/// nor may it be longer than this in lines,
pub(crate) const SHORT_MATCH_LINES: u32 = 5;
/// if one of the changes has more lines than this.
const LONG_CHANGE: u32 = 5;
/// Joining makes changes longer, so that more can be joined; it is repeated this often at most.
const PASSES: usize = 10;

/// With more changed lines than this, the exact script would take too long,
const EXACT_CHANGED: usize = 3000;
/// and if fewer than one line in this many changed, it would hardly differ.
const EXACT_DENSITY: usize = 20;

/// Lines of both texts that do not match; one side may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) old: Range<u32>,
    pub(crate) new: Range<u32>,
}

impl Block {
    fn len(&self) -> u32 {
        (self.old.end - self.old.start) + (self.new.end - self.new.start)
    }
}

/// Blocks read as one change, in order, with the matching lines between them.
pub(crate) type Change = Vec<Block>;

pub(crate) struct Alignment {
    /// In order; the lines between them are equal, in content at least.
    pub(crate) changes: Vec<Change>,
    /// Whether the lines between the changes are equal in their terminators too.
    pub(crate) exact: bool,
    pub(crate) imprecise: bool,
}

pub(crate) fn align(old: &Lines, new: &Lines, timeout: Duration) -> Alignment {
    let exact = !converted(old, new);
    let (old_ids, new_ids) = intern(old, new, exact);
    let prefix = old_ids
        .iter()
        .zip(&new_ids)
        .take_while(|(a, b)| a == b)
        .count();
    let (old_rest, new_rest) = (&old_ids[prefix..], &new_ids[prefix..]);
    let suffix = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let old_rest = &old_rest[..old_rest.len() - suffix];
    let new_rest = &new_rest[..new_rest.len() - suffix];

    let (ops, imprecise) = script(old_rest, new_rest, timeout);
    let mut blocks = blocks(&ops, prefix);
    slide(&mut blocks, &old_ids, &new_ids, old, new);
    Alignment {
        changes: join(blocks, old),
        exact,
        imprecise,
    }
}

/// The changes between two lists of lines, and whether time ran out.
fn script(old: &[u32], new: &[u32], timeout: Duration) -> (Vec<DiffOp>, bool) {
    if old.is_empty() && new.is_empty() {
        return (Vec::new(), false);
    }
    let started = Instant::now();
    let deadline = started.checked_add(timeout);
    // `similar` does not say whether it gave up at the deadline and returned a coarse script, so
    // the clock is asked.
    let diff = |algorithm| {
        let ops = similar::capture_diff_slices_deadline(algorithm, old, new, deadline);
        (ops, started.elapsed() >= timeout)
    };
    let (quick, late) = diff(Algorithm::Myers);
    let changed = changed_lines(&quick);
    if late || changed > EXACT_CHANGED || changed * EXACT_DENSITY < old.len() + new.len() {
        return (quick, late);
    }
    // Where much of a short text changed, the shortcuts that make Myers quick call lines changed
    // that are not, up to a quarter more. The exact script costs the square of what changed.
    let (exact, late) = diff(Algorithm::RawMyers);
    if !late && changed_lines(&exact) < changed {
        (exact, false)
    } else {
        (quick, late)
    }
}

fn changed_lines(ops: &[DiffOp]) -> usize {
    let changes = ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    changes
        .map(|op| op.old_range().len() + op.new_range().len())
        .sum()
}

/// Whether the line endings were converted between the two texts, so that comparing them along
/// with the lines would match nothing.
fn converted(old: &Lines, new: &Lines) -> bool {
    let share = |lines: &Lines| f64::from(lines.crlf_count()) / f64::from(lines.count().max(1));
    old.count() > 0 && new.count() > 0 && (share(old) - share(new)).abs() > 0.1
}

fn blocks(ops: &[DiffOp], prefix: usize) -> Vec<Block> {
    let shift = |range: Range<usize>| (range.start + prefix) as u32..(range.end + prefix) as u32;
    let mut blocks: Vec<Block> = Vec::new();
    for op in ops {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let (old, new) = (shift(op.old_range()), shift(op.new_range()));
        match blocks.last_mut() {
            Some(last) if last.old.end == old.start && last.new.end == new.start => {
                last.old.end = old.end;
                last.new.end = new.end;
            }
            _ => blocks.push(Block { old, new }),
        }
    }
    blocks
}

fn join(blocks: Vec<Block>, old: &Lines) -> Vec<Change> {
    let mut changes: Vec<Change> = blocks.into_iter().map(|block| vec![block]).collect();
    for _ in 0..PASSES {
        let before = changes.len();
        let mut joined: Vec<Change> = Vec::with_capacity(before);
        for change in changes {
            match joined.last_mut() {
                Some(last) if belong_together(last, &change, old) => last.extend(change),
                _ => joined.push(change),
            }
        }
        changes = joined;
        if changes.len() == before {
            break;
        }
    }
    changes
}

fn belong_together(left: &[Block], right: &[Block], old: &Lines) -> bool {
    let (Some(last), Some(first)) = (left.last(), right.first()) else {
        return false;
    };
    let gap = last.old.end..first.old.start;
    let changed = |change: &[Block]| change.iter().map(Block::len).sum::<u32>();
    if gap.end - gap.start > SHORT_MATCH_LINES || changed(left).max(changed(right)) <= LONG_CHANGE {
        return false;
    }
    let visible = old
        .span(gap)
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(SHORT_MATCH + 1);
    visible.count() <= SHORT_MATCH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rewrite_keeps_what_did_not_change() {
        let mut seed = 7u32;
        let mut random = |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % below
        };
        let old: Vec<u32> = (0..1200).map(|_| random(30)).collect();
        let new: Vec<u32> = old
            .iter()
            .map(|&id| if random(2) == 0 { 100 + random(9) } else { id })
            .collect();
        let replaced = new.iter().filter(|&&id| id >= 100).count();

        // The other work of the machine only adds to a time, so one of a few tries must do.
        let timeout = crate::Options::default().timeout;
        let (ops, _) = (0..10)
            .map(|_| script(&old, &new, timeout))
            .find(|(_, late)| !late)
            .expect("the exact script is found in time");
        let changed = changed_lines(&ops);
        assert!(
            changed <= 2 * replaced,
            "{changed} for {replaced} replaced lines"
        );
        let quick = similar::capture_diff_slices(Algorithm::Myers, &old, &new);
        assert!(
            changed_lines(&quick) > changed,
            "the case no longer needs the exact script"
        );
    }
}
