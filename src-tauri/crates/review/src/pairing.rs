//! Which removed line became which added line, inside one change.
//!
//! Lines resemble each other by the words they share, or by how much of their start and end is
//! equal. The pairs are chosen so that, in order, they share as many characters as possible; what
//! is left between two pairs is put side by side by position. The work is counted, not timed, so
//! that the same texts always give the same rows: past the budget, or in a block that is longer
//! than anyone would compare by eye, lines are paired by position alone.

use std::cmp::Ordering;
use std::ops::Range;

use crate::align::Block;
use crate::lines::Lines;
use crate::words::tokens;

/// Blocks with more lines than this on one side are paired by position.
pub(crate) const MAX_BLOCK: u32 = 200;
/// Lines that share less than this, in percent, are not alike.
const ALIKE: u32 = 40;
/// Only the start of a line is looked at.
const MAX_BYTES: usize = 400;
/// How many pairs of lines one diff may compare.
pub(crate) const BUDGET: u64 = 200_000;

/// A line of the old text, of the new text, or both.
pub(crate) type Pair = (Option<u32>, Option<u32>);

/// Puts the lines of `block` side by side, in order, and takes the work from `budget`.
pub(crate) fn pair(block: &Block, old: &Lines, new: &Lines, budget: &mut u64, out: &mut Vec<Pair>) {
    let (olds, news) = (block.old.len(), block.new.len());
    let work = (olds * news) as u64;
    if work <= 1 || olds.max(news) > MAX_BLOCK as usize || work > *budget {
        by_position(block.old.clone(), block.new.clone(), out);
        return;
    }
    *budget -= work;
    let (old_bags, new_bags) = (bags(old, &block.old), bags(new, &block.new));

    // weight[i][j]: what pairing these two lines is worth; best[i][j]: what is to be had from
    // lines i.. and j.. on.
    let width = news + 1;
    let mut weight = vec![0u32; olds * news];
    let mut best = vec![0u32; (olds + 1) * width];
    for i in (0..olds).rev() {
        for j in (0..news).rev() {
            let worth = old_bags[i].worth(&new_bags[j]);
            weight[i * news + j] = worth;
            let apart = best[(i + 1) * width + j].max(best[i * width + j + 1]);
            let together = if worth == 0 {
                0
            } else {
                worth + best[(i + 1) * width + j + 1]
            };
            best[i * width + j] = apart.max(together);
        }
    }

    let (mut i, mut j) = (0, 0);
    let (mut old_from, mut new_from) = (block.old.start, block.new.start);
    while i < olds && j < news {
        let here = best[i * width + j];
        let worth = weight[i * news + j];
        if worth > 0 && here == worth + best[(i + 1) * width + j + 1] {
            let (old_at, new_at) = (block.old.start + i as u32, block.new.start + j as u32);
            by_position(old_from..old_at, new_from..new_at, out);
            out.push((Some(old_at), Some(new_at)));
            (old_from, new_from) = (old_at + 1, new_at + 1);
            i += 1;
            j += 1;
        } else if here == best[(i + 1) * width + j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    by_position(old_from..block.old.end, new_from..block.new.end, out);
}

fn bags<'a>(lines: &'a Lines, range: &Range<u32>) -> Vec<Bag<'a>> {
    range
        .clone()
        .map(|index| Bag::new(lines.content(index)))
        .collect()
}

fn by_position(old: Range<u32>, new: Range<u32>, out: &mut Vec<Pair>) {
    let (olds, news) = (old.len() as u32, new.len() as u32);
    out.extend((0..olds.max(news)).map(|n| {
        (
            (n < olds).then_some(old.start + n),
            (n < news).then_some(new.start + n),
        )
    }));
}

/// The words of a line, without regard to their order.
struct Bag<'a> {
    line: &'a str,
    /// A number for each, sorted, with its length in the lowest byte. Two words may have the same;
    /// then two lines look a little more alike than they are.
    words: Vec<u64>,
    /// Bytes in words.
    size: u32,
}

impl<'a> Bag<'a> {
    fn new(content: &'a str) -> Self {
        let mut end = content.len().min(MAX_BYTES);
        while !content.is_char_boundary(end) {
            end -= 1;
        }
        let line = content[..end].trim();
        let mut words: Vec<u64> = tokens(line)
            .map(|word| &line[word])
            .filter(|word| !word.trim().is_empty())
            .map(number)
            .collect();
        words.sort_unstable();
        let size = words.iter().map(|word| length(*word)).sum();
        Self { line, words, size }
    }

    /// What it is worth to show these two lines side by side: 0 if they are not alike, else about
    /// the number of characters they share.
    fn worth(&self, other: &Self) -> u32 {
        if self.line == other.line {
            // A blank line or a lone brace is no reason to pull a block apart.
            return 1 + 4 * self.size;
        }
        let both = self.size + other.size;
        if 2 * self.size.min(other.size) * 100 < ALIKE * both {
            return 0;
        }
        let shared = (2 * self.shared_words(other)).max(2 * self.shared_ends(other));
        if both == 0 || shared * 100 < ALIKE * both {
            0
        } else {
            2 * shared
        }
    }

    fn shared_words(&self, other: &Self) -> u32 {
        let (mut left, mut right) = (self.words.iter(), other.words.iter());
        let (mut a, mut b) = (left.next(), right.next());
        let mut shared = 0;
        while let (Some(x), Some(y)) = (a, b) {
            match x.cmp(y) {
                Ordering::Less => a = left.next(),
                Ordering::Greater => b = right.next(),
                Ordering::Equal => {
                    shared += length(*x);
                    (a, b) = (left.next(), right.next());
                }
            }
        }
        shared
    }

    /// For lines that are one word, such as a renamed item of a list.
    fn shared_ends(&self, other: &Self) -> u32 {
        if self.words.len() > 3 || other.words.len() > 3 {
            return 0;
        }
        let (a, b) = (self.line.as_bytes(), other.line.as_bytes());
        let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
        let end = a[start..].iter().rev().zip(b[start..].iter().rev());
        let shared = start + end.take_while(|(x, y)| x == y).count();
        shared as u32
    }
}

fn number(word: &str) -> u64 {
    let mixed = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    mixed << 8 | word.len().min(255) as u64
}

fn length(number: u64) -> u32 {
    (number & 255) as u32
}
