//! Blocks of lines that were moved: taken away in one place and brought in another.
//!
//! Three removed lines in a row that were also added somewhere, without regard to indentation, are
//! where a moved block is found; it reaches as far up and down as the lines go on being equal or
//! alike. A block that was edited all over when it was moved has no such three lines; blocks that
//! are left are compared as wholes, and are a move if nearly all words are the same. Blocks in the
//! same file come first, then blocks that went from one file to another.
//!
//! A move is a hint for the reader and changes nothing: the lines stay removed here and added
//! there, and are decided about apart.

use std::collections::HashMap;
use std::ops::Range;

use crate::moves::spots::Likeness;
use crate::moves::spots::Spots;
use crate::rows::Diff;

mod spots;

/// No move is shorter, in lines,
const MIN_LINES: usize = 3;
/// or in visible characters,
const MIN_VISIBLE: usize = 15;
/// or has fewer lines that are more than braces and blanks.
const MIN_REAL: usize = 2;
/// With more lines than this on one side nothing is looked for.
const MAX_LINES: usize = 50_000;
/// Three lines that occur more often than this are not looked up; they say little.
const MAX_SEEN: usize = 16;
/// How many blocks may be compared as wholes.
const MAX_COMPARED: usize = 20_000;

/// A block that was moved within a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Where it was, lines of the old text.
    pub old: Range<u32>,
    /// Where it is, lines of the new text.
    pub new: Range<u32>,
    /// Whether all its lines are equal but for white space at their ends.
    pub exact: bool,
}

/// A block that was moved from one file to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveAcross {
    /// The diff it left, counted from 0, and its lines in that diff's old text.
    pub from: (usize, Range<u32>),
    /// The diff it came to, and its lines in that diff's new text.
    pub to: (usize, Range<u32>),
    /// Whether all its lines are equal but for white space at their ends.
    pub exact: bool,
}

/// The blocks that were moved within one file, in the order of where they are now.
pub(crate) fn within(diff: &Diff) -> Vec<Move> {
    let moves = found(&[diff], false).into_iter();
    let moves = moves.map(|MoveAcross { from, to, exact }| Move {
        old: from.1,
        new: to.1,
        exact,
    });
    moves.collect()
}

/// The blocks that were moved from one file to another, in the order of where they are now. What
/// was moved within a file is left out.
pub fn moves_across(diffs: &[&Diff]) -> Vec<MoveAcross> {
    found(diffs, true)
}

fn found(diffs: &[&Diff], across: bool) -> Vec<MoveAcross> {
    let (old, new) = Spots::of(diffs);
    if old.len() > MAX_LINES || new.len() > MAX_LINES {
        return Vec::new();
    }
    let mut search = Search {
        free_old: vec![true; old.len()],
        free_new: vec![true; new.len()],
        old,
        new,
        likeness: Likeness::new(),
    };
    let inside = search.moves(|from, to| from == to);
    let mut moves = match across {
        true => search.moves(|from, to| from != to),
        false => inside,
    };
    moves.sort_by_key(|found| (found.to.0, found.to.1.start));
    moves
}

struct Search<'a> {
    old: Spots<'a>,
    new: Spots<'a>,
    /// Whether a line is not yet part of a move.
    free_old: Vec<bool>,
    free_new: Vec<bool>,
    likeness: Likeness,
}

/// Lines from here on, on both sides, and how many.
#[derive(Clone, Copy)]
struct Match {
    old: usize,
    new: usize,
    len: usize,
}

impl Search<'_> {
    fn moves(&mut self, between: impl Fn(usize, usize) -> bool) -> Vec<MoveAcross> {
        let mut moves = self.by_lines(&between);
        moves.extend(self.by_wholes(&between));
        moves
    }

    /// Blocks around three equal lines.
    fn by_lines(&mut self, between: &impl Fn(usize, usize) -> bool) -> Vec<MoveAcross> {
        let mut seen: HashMap<[u32; MIN_LINES], Vec<usize>> = HashMap::new();
        for at in 0..self.old.len() {
            if let Some(window) = self.old.window(at) {
                seen.entry(window).or_default().push(at);
            }
        }
        let mut moves = Vec::new();
        let mut at = 0;
        while at < self.new.len() {
            let candidates = self.new.window(at).and_then(|window| seen.get(&window));
            let candidates = candidates.map_or(&[][..], Vec::as_slice);
            let candidates: Vec<usize> = candidates
                .iter()
                .copied()
                .take(MAX_SEEN)
                .filter(|&old| between(self.old.file(old), self.new.file(at)))
                .filter(|&old| !self.beside(old, at))
                .collect();
            let longest = candidates
                .into_iter()
                .map(|old| self.reach(old, at))
                .max_by_key(|found| found.len);
            match longest.filter(|found| self.is_worth_it(found)) {
                Some(found) => {
                    at = found.new + found.len;
                    moves.push(self.take(found));
                }
                None => at += 1,
            }
        }
        moves
    }

    /// Whether two lines share a row: then they stand beside each other, and nothing was moved.
    fn beside(&self, old: usize, new: usize) -> bool {
        self.old.place(old) == self.new.place(new)
    }

    fn free(&self, old: usize, new: usize) -> bool {
        self.free_old[old] && self.free_new[new]
    }

    /// How far up and down from these lines a block reaches.
    fn reach(&mut self, old: usize, new: usize) -> Match {
        let (mut down, mut up) = (0, 0);
        let fits = |search: &mut Self, old: usize, new: usize| {
            search.free(old, new)
                && !search.beside(old, new)
                && search.likeness.alike(&search.old, old, &search.new, new)
        };
        while self.old.follows(old, down)
            && self.new.follows(new, down)
            && fits(self, old + down, new + down)
        {
            down += 1;
        }
        while self.old.precedes(old, up + 1)
            && self.new.precedes(new, up + 1)
            && fits(self, old - up - 1, new - up - 1)
        {
            up += 1;
        }
        let mut found = Match {
            old: old - up,
            new: new - up,
            len: up + down,
        };
        // A block does not end with lines that say nothing, or that are only alike.
        while found.len > 0 && !self.equal_and_real(&found, found.len - 1) {
            found.len -= 1;
        }
        while found.len > 0 && !self.equal_and_real(&found, 0) {
            found.old += 1;
            found.new += 1;
            found.len -= 1;
        }
        // Except for the braces and blanks that close it.
        while self.old.follows(found.old, found.len)
            && self.new.follows(found.new, found.len)
            && self.free(found.old + found.len, found.new + found.len)
            && self.old.id(found.old + found.len) == self.new.id(found.new + found.len)
        {
            found.len += 1;
        }
        found
    }

    fn equal_and_real(&self, found: &Match, n: usize) -> bool {
        let (old, new) = (found.old + n, found.new + n);
        self.old.id(old) == self.new.id(new) && self.old.is_real(old)
    }

    fn is_worth_it(&self, found: &Match) -> bool {
        let lines = found.old..found.old + found.len;
        let real = lines.clone().filter(|&at| self.old.is_real(at)).count();
        let visible: usize = lines.map(|at| self.old.visible(at)).sum();
        found.len >= MIN_LINES && real >= MIN_REAL && visible >= MIN_VISIBLE
    }

    fn take(&mut self, found: Match) -> MoveAcross {
        let (old, new) = (
            found.old..found.old + found.len,
            found.new..found.new + found.len,
        );
        self.free_old[old.clone()].fill(false);
        self.free_new[new.clone()].fill(false);
        self.told(old, new)
    }

    fn told(&self, old: Range<usize>, new: Range<usize>) -> MoveAcross {
        let exact = old.len() == new.len()
            && old
                .clone()
                .zip(new.clone())
                .all(|(old, new)| self.old.text(old).trim_end() == self.new.text(new).trim_end());
        MoveAcross {
            from: (self.old.file(old.start), self.old.lines(old)),
            to: (self.new.file(new.start), self.new.lines(new)),
            exact,
        }
    }

    /// Blocks that have nearly all words in common.
    fn by_wholes(&mut self, between: &impl Fn(usize, usize) -> bool) -> Vec<MoveAcross> {
        let olds = self.old.blocks(&self.free_old, MIN_LINES);
        let news = self.new.blocks(&self.free_new, MIN_LINES);
        let bags: Vec<_> = olds.iter().map(|block| self.old.bag(block)).collect();
        let mut budget = MAX_COMPARED;
        let mut moves = Vec::new();
        let mut taken = vec![false; olds.len()];
        for new in news {
            let bag = self.new.bag(&new);
            let mut best = None;
            for (number, old) in olds.iter().enumerate() {
                let possible = !taken[number]
                    && between(self.old.file(old.start), self.new.file(new.start))
                    && !self.beside(old.start, new.start)
                    && bags[number].size_fits(&bag);
                if !possible || budget == 0 {
                    continue;
                }
                budget -= 1;
                let shared = bags[number].shared(&bag);
                if bags[number].nearly_all(&bag, shared)
                    && best.is_none_or(|(most, _)| shared > most)
                {
                    best = Some((shared, number));
                }
            }
            if let Some((_, number)) = best {
                let old = olds[number].clone();
                let found = Match {
                    old: old.start,
                    new: new.start,
                    len: old.len(),
                };
                if self.is_worth_it(&found) {
                    taken[number] = true;
                    self.free_old[old.clone()].fill(false);
                    self.free_new[new.clone()].fill(false);
                    moves.push(self.told(old, new));
                }
            }
        }
        moves
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    const BLOCK: &str = "fn total(prices: &[u32]) -> u32 {\n    let sum = prices.iter().sum();\n    \
                         log(sum);\n    sum\n}\n";

    fn body(name: &str) -> String {
        (0..12)
            .map(|n| format!("{name} line number {n};\n"))
            .collect()
    }

    fn diff(old: &str, new: &str) -> Diff {
        Diff::new(old, new, &Options::default())
    }

    /// The text of each move on both sides.
    fn texts(diff: &Diff) -> Vec<(String, String, bool)> {
        let texts = diff.moves().into_iter().map(|found| {
            (
                diff.old_lines().span(found.old).to_owned(),
                diff.new_lines().span(found.new).to_owned(),
                found.exact,
            )
        });
        texts.collect()
    }

    #[test]
    fn a_function_that_was_moved_down() {
        let (a, b) = (body("first"), body("second"));
        let moved = diff(&format!("{a}{BLOCK}{b}"), &format!("{a}{b}{BLOCK}"));
        assert_eq!(texts(&moved), [(BLOCK.to_owned(), BLOCK.to_owned(), true)]);
    }

    #[test]
    fn moved_and_indented_and_edited() {
        let (a, b) = (body("first"), body("second"));
        let edited: String = BLOCK.lines().map(|line| format!("  {line}\n")).collect();
        let edited = edited.replace("log(sum)", "log(&sum)");
        let moved = diff(&format!("{a}{BLOCK}{b}"), &format!("{a}{b}{edited}"));
        let found = texts(&moved);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0], (BLOCK.to_owned(), edited, false));
    }

    #[test]
    fn edited_all_over_and_moved() {
        let (a, b) = (body("first"), body("second"));
        let long = |mark: &str| -> String {
            (0..9)
                .map(|n| format!("one two three four five six seven eight nine {n} {mark}\n"))
                .collect()
        };
        let moved = diff(
            &format!("{a}{}{b}", long("x")),
            &format!("{a}{b}{}", long("y")),
        );
        let found = texts(&moved);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0], (long("x"), long("y"), false));
    }

    #[test]
    fn what_is_new_or_says_nothing_was_not_moved() {
        let (a, b) = (body("first"), body("second"));
        for (old, new) in [
            (format!("{a}{b}"), format!("{a}{BLOCK}{b}")),
            (format!("{a}}}\n\n}}\n{b}"), format!("{a}{b}}}\n\n}}\n")),
            (format!("{a}x\ny\nz\n{b}"), format!("{a}{b}x\ny\nz\n")),
            (a.clone(), a.replace("first", "  first")),
        ] {
            assert_eq!(diff(&old, &new).moves(), [], "{old}\n{new}");
        }
    }

    #[test]
    fn a_block_goes_from_one_file_to_another() {
        let (a, b) = (body("first"), body("second"));
        let left = diff(&format!("{a}{BLOCK}"), &a);
        let came = diff(&b, &format!("{BLOCK}{b}"));
        let inside = diff(&format!("{a}{b}{BLOCK}"), &format!("{a}{BLOCK}{b}"));
        let found = moves_across(&[&left, &came]);
        assert_eq!(
            found,
            [MoveAcross {
                from: (0, 12..17),
                to: (1, 0..5),
                exact: true
            }]
        );
        assert_eq!(moves_across(&[&inside]), []);
        assert_eq!(moves_across(&[]), []);
    }

    #[test]
    fn too_much_is_not_searched() {
        let many: String = (0..MAX_LINES + 1).map(|n| format!("line {n}\n")).collect();
        let moved = diff(&format!("{many}{BLOCK}"), BLOCK);
        assert_eq!(moved.moves(), []);
    }
}
