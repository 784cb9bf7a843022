//! Moves an insertion or a deletion to where a person would have made it.
//!
//! When the line before a block equals its last line, the block can move up one line without
//! changing what the script does, and down likewise. Of all such places the one is taken whose
//! two edges look most like a boundary: a little indentation, blank lines around. This is the
//! indent heuristic that git uses, with git's weights, which were fitted to thousands of
//! hand-marked diffs. A block that can be moved against its neighbour becomes one with it.

use std::ops::Range;

use crate::align::Block;
use crate::intern::Keys;
use crate::lines::Lines;

/// No block is moved by more lines than this. Runs of equal lines can be as long as the file.
const MAX_SLIDE: u32 = 100;
const MAX_INDENT: i32 = 200;
const MAX_BLANKS: i32 = 20;

pub(crate) fn slide(blocks: &mut Vec<Block>, keys: &Keys<'_>, old: &Lines, new: &Lines) {
    let mut done: Vec<Block> = Vec::with_capacity(blocks.len());
    let mut rest = std::mem::take(blocks).into_iter().peekable();
    let mut merged: Option<Block> = None;
    while let Some(block) = merged.take().or_else(|| rest.next()) {
        let insertion = block.old.is_empty();
        if insertion == block.new.is_empty() {
            done.push(block);
            continue;
        }
        let lines = if insertion { new } else { old };
        let equal = |a: u32, b: u32| match insertion {
            true => keys.new_key(a) == keys.new_key(b),
            false => keys.old_key(a) == keys.old_key(b),
        };
        let place = if insertion {
            block.new.clone()
        } else {
            block.old.clone()
        };
        let (start, end) = (place.start, place.end);
        let gap_before = block.old.start - done.last().map_or(0, |last| last.old.end);
        let next_old = rest.peek().map_or(old.count(), |next| next.old.start);
        let gap_after = next_old - block.old.end;

        let up = (0..gap_before.min(MAX_SLIDE))
            .take_while(|&n| equal(start - 1 - n, end - 1 - n))
            .count() as u32;
        if up == gap_before
            && let Some(last) = done.pop()
        {
            let moved = shifted(&block, -i64::from(up));
            merged = Some(Block {
                old: last.old.start..moved.old.end,
                new: last.new.start..moved.new.end,
            });
            continue;
        }
        let down = (0..gap_after.min(MAX_SLIDE))
            .take_while(|&n| equal(start + n, end + n))
            .count() as u32;
        if down == gap_after
            && let Some(next) = rest.next()
        {
            let moved = shifted(&block, i64::from(down));
            merged = Some(Block {
                old: moved.old.start..next.old.end,
                new: moved.new.start..next.new.end,
            });
            continue;
        }
        let best = best_shift(lines, &place, up, down);
        done.push(shifted(&block, best));
    }
    *blocks = done;
}

fn shifted(block: &Block, by: i64) -> Block {
    let moved = |n: u32| (i64::from(n) + by) as u32;
    Block {
        old: moved(block.old.start)..moved(block.old.end),
        new: moved(block.new.start)..moved(block.new.end),
    }
}

fn best_shift(lines: &Lines, place: &Range<u32>, up: u32, down: u32) -> i64 {
    let mut best = (0, None::<Score>);
    // Further up than its own length, a block only repeats itself.
    let top = (-i64::from(up)).max(i64::from(down) - place.len() as i64 - 1);
    for by in top..=i64::from(down) {
        let mut score = Score::default();
        score.add(&Edge::at(lines, i64::from(place.start) + by));
        score.add(&Edge::at(lines, i64::from(place.end) + by));
        // On a tie the lower place wins: new code is mostly written after what is there.
        if best
            .1
            .as_ref()
            .is_none_or(|least| score.worse_by(least) <= 0)
        {
            best = (by, Some(score));
        }
    }
    best.0
}

/// What the text looks like where it would be split, just before a line.
struct Edge {
    end_of_file: bool,
    /// Of the line after the split; none when it is blank.
    indent: Option<i32>,
    blanks_before: i32,
    /// Of the last line before that is not blank.
    indent_before: Option<i32>,
    blanks_after: i32,
    /// Of the next line after the one at the split that is not blank.
    indent_after: Option<i32>,
}

impl Edge {
    fn at(lines: &Lines, split: i64) -> Self {
        let count = i64::from(lines.count());
        let indent_of = |index: i64| indent(lines.content(index as u32));
        let (mut indent_before, mut blanks_before) = (None, 0);
        for index in (0..split).rev() {
            indent_before = indent_of(index);
            if indent_before.is_some() {
                break;
            }
            blanks_before += 1;
            if blanks_before == MAX_BLANKS {
                indent_before = Some(0);
                break;
            }
        }
        let (mut indent_after, mut blanks_after) = (None, 0);
        for index in split + 1..count {
            indent_after = indent_of(index);
            if indent_after.is_some() {
                break;
            }
            blanks_after += 1;
            if blanks_after == MAX_BLANKS {
                indent_after = Some(0);
                break;
            }
        }
        let end_of_file = split >= count;
        Self {
            end_of_file,
            indent: if end_of_file { None } else { indent_of(split) },
            blanks_before,
            indent_before,
            blanks_after,
            indent_after,
        }
    }
}

/// Columns of leading white space, tabs to multiples of eight; none for a blank line.
fn indent(line: &str) -> Option<i32> {
    let mut columns = 0;
    for byte in line.bytes() {
        match byte {
            b' ' => columns += 1,
            b'\t' => columns += 8 - columns % 8,
            b'\r' | 0x0b | 0x0c => {}
            _ => return Some(columns),
        }
        if columns >= MAX_INDENT {
            return Some(MAX_INDENT);
        }
    }
    None
}

/// How bad a place is; lower is better.
#[derive(Default)]
struct Score {
    indent: i32,
    penalty: i32,
}

impl Score {
    fn add(&mut self, edge: &Edge) {
        if edge.indent_before.is_none() && edge.blanks_before == 0 {
            self.penalty += 1;
        }
        if edge.end_of_file {
            self.penalty += 21;
        }
        let after = if edge.indent.is_none() {
            1 + edge.blanks_after
        } else {
            0
        };
        let blanks = edge.blanks_before + after;
        self.penalty += -30 * blanks + 6 * after;

        let indent = edge.indent.or(edge.indent_after);
        self.indent += indent.unwrap_or(-1);
        let (Some(indent), Some(before)) = (indent, edge.indent_before) else {
            return;
        };
        let blank = blanks != 0;
        self.penalty += match indent.cmp(&before) {
            std::cmp::Ordering::Greater => pick(blank, 10, -4),
            std::cmp::Ordering::Equal => 0,
            // Less indented than the line before: the end of an inner block if what follows is
            // indented again, else the end of an outer one.
            std::cmp::Ordering::Less if edge.indent_after.is_some_and(|next| next > indent) => {
                pick(blank, 17, 24)
            }
            std::cmp::Ordering::Less => pick(blank, 17, 23),
        };
    }

    fn worse_by(&self, other: &Self) -> i32 {
        60 * (self.indent - other.indent).signum() + (self.penalty - other.penalty)
    }
}

fn pick(condition: bool, yes: i32, no: i32) -> i32 {
    if condition { yes } else { no }
}
