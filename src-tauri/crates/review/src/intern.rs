//! Lines turned into numbers, so that a line is hashed once and compared as a number from then on.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::hash::Hasher;

use crate::align::Block;
use crate::lines::Lines;

/// By what lines of two texts are compared.
pub(crate) struct Keys<'a> {
    pub(crate) old: &'a Lines,
    pub(crate) new: &'a Lines,
    /// Whether lines that differ in their terminator are different.
    pub(crate) endings: bool,
}

impl<'a> Keys<'a> {
    pub(crate) fn old_key(&self, index: u32) -> &'a str {
        self.key(self.old, index)
    }

    pub(crate) fn new_key(&self, index: u32) -> &'a str {
        self.key(self.new, index)
    }

    fn key(&self, lines: &'a Lines, index: u32) -> &'a str {
        match self.endings {
            true => lines.full(index),
            false => lines.content(index),
        }
    }
}

/// A number for each line of some blocks, one block after the other; equal lines of both texts have
/// equal numbers.
pub(crate) struct Ids {
    pub(crate) old: Vec<u32>,
    pub(crate) new: Vec<u32>,
    /// How many numbers there are; all are below this.
    pub(crate) distinct: usize,
}

/// Numbers the lines of `blocks`.
pub(crate) fn intern(keys: &Keys<'_>, blocks: &[Block]) -> Ids {
    let olds: usize = blocks.iter().map(|block| block.old.len()).sum();
    let news: usize = blocks.iter().map(|block| block.new.len()).sum();
    let mut numbers: HashMap<&str, u32, LineHash> =
        HashMap::with_capacity_and_hasher(olds, LineHash::new());
    // Where each number was first seen among the lines of the old text.
    let mut first: Vec<u32> = Vec::new();
    let mut old_ids = Vec::with_capacity(olds);
    let old_lines: Vec<u32> = blocks.iter().flat_map(|block| block.old.clone()).collect();
    for (at, &line) in (0..).zip(&old_lines) {
        let next = first.len() as u32;
        let id = *numbers.entry(keys.old_key(line)).or_insert(next);
        if id == next {
            first.push(at);
        }
        old_ids.push(id);
    }

    // Most lines of the new text follow the same line as in the old one. Looking there first
    // reads memory in order, where the table would not.
    let mut new_ids = Vec::with_capacity(news);
    let mut likely = 0;
    for line in blocks.iter().flat_map(|block| block.new.clone()) {
        let key = keys.new_key(line);
        let mut guesses = (likely..old_lines.len()).take(2);
        if let Some(at) = guesses.find(|&at| keys.old_key(old_lines[at]) == key) {
            new_ids.push(old_ids[at]);
            likely = at + 1;
            continue;
        }
        let next = numbers.len() as u32;
        let id = *numbers.entry(key).or_insert(next);
        if let Some(&at) = first.get(id as usize)
            && at as usize >= likely
        {
            likely = at as usize + 1;
        }
        new_ids.push(id);
    }
    Ids {
        old: old_ids,
        new: new_ids,
        distinct: numbers.len(),
    }
}

/// Hashes lines a word at a time, by folded multiplication.
///
/// The seed is random, so that a file cannot be written to make its lines collide. It has no
/// influence on the numbers handed out.
#[derive(Clone)]
struct LineHash(u64);

impl LineHash {
    fn new() -> Self {
        Self(RandomState::new().hash_one(0) | 1)
    }
}

impl BuildHasher for LineHash {
    type Hasher = FoldedHash;

    fn build_hasher(&self) -> FoldedHash {
        FoldedHash {
            state: self.0,
            seed: self.0.rotate_left(32) | 1,
        }
    }
}

struct FoldedHash {
    state: u64,
    seed: u64,
}

impl FoldedHash {
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(self.seed ^ 0x9e37_79b9_7f4a_7c15);
        self.state = (product as u64) ^ ((product >> 64) as u64).wrapping_add(self.seed);
    }
}

impl Hasher for FoldedHash {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.mix(u64::from_le_bytes(
                word.try_into().expect("chunks of eight bytes"),
            ));
        }
        let rest = words.remainder();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.mix(u64::from_le_bytes(last));
        self.mix(bytes.len() as u64);
    }

    fn write_u8(&mut self, _: u8) {
        // The end mark of a `str`; its length is in the hash already.
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lines_get_equal_numbers() {
        let (old, new) = (Lines::new("a\nb\r\na"), Lines::new("b\na\n"));
        let ids = |endings, blocks: &[Block]| {
            let (old, new) = (&old, &new);
            let ids = intern(&Keys { old, new, endings }, blocks);
            (ids.old, ids.new, ids.distinct)
        };
        let block = |old, new| Block { old, new };
        let all = [block(0..3, 0..2)];
        assert_eq!(ids(true, &all), (vec![0, 1, 2], vec![3, 0], 4));
        assert_eq!(ids(false, &all), (vec![0, 1, 0], vec![1, 0], 2));
        let some = [block(0..1, 0..1), block(2..3, 1..2)];
        assert_eq!(ids(false, &some), (vec![0, 0], vec![1, 0], 2));
    }
}
