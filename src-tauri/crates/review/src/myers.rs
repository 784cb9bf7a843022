//! Myers' shortest script between two lists of numbers, in linear space and bounded time.
//!
//! The search meets itself in the middle and goes on in both halves. It is exact as long as the
//! work allowed for that lasts, which is counted, not timed; so the same texts give the same
//! script. From then on it takes the shortcuts that git takes: a long run of equal lines is a good
//! place to cut even if no shortest script goes through it, and a search that becomes too long is
//! cut where it has come furthest. The clock is the last resort: what is not done when it runs
//! out counts as changed.
//!
//! It is our own because [`similar`] does not say whether its deadline was hit, hashes numbers that are
//! dense already, and needs twice as long for it. Words are still aligned by [`similar`].

use std::ops::Range;
use std::time::Instant;

/// Steps that may be spent on being exact.
const EXACT_STEPS: u64 = 1_500_000;
/// A run of this many equal lines is worth a cut,
const LONG_RUN: isize = 20;
/// once the search has gone this deep,
const PATIENCE: isize = 256;
/// if it lies this much further ahead than the search is deep.
const AHEAD: isize = 4;
/// The clock is looked at after so many steps.
const STEPS_BETWEEN_LOOKS: u64 = 50_000;

/// A part of both lists, and whether it must be searched exactly.
struct Part {
    old: Range<isize>,
    new: Range<isize>,
    exact: bool,
}

/// Where a part is cut, and which halves are known to be crossed by a shortest script.
struct Cut {
    old: isize,
    new: isize,
    exact: (bool, bool),
}

/// A search through one part of two texts after the other, which share the time and the work that
/// are allowed.
pub(crate) struct Search {
    /// The lines that are in both texts, and where they are.
    old: Vec<u32>,
    new: Vec<u32>,
    old_places: Vec<u32>,
    new_places: Vec<u32>,
    /// Of all lines, which do not match.
    old_changed: Vec<bool>,
    new_changed: Vec<bool>,
    /// In which part, and on which sides of it, a number was last seen.
    seen: Vec<(u32, u8)>,
    part: u32,
    /// How far a path on each diagonal has come, from the start and from the end. Diagonals are
    /// counted from `-new.len() - 1`.
    forth: Vec<isize>,
    back: Vec<isize>,
    /// No search goes deeper than this.
    deepest: isize,
    exact_steps: u64,
    steps: u64,
    look_at: u64,
    deadline: Option<Instant>,
    late: bool,
}

const OLD: u8 = 1;
const NEW: u8 = 2;

impl Search {
    /// For lines whose numbers are all below `distinct`.
    pub(crate) fn new(distinct: usize, deadline: Option<Instant>) -> Self {
        Self {
            old: Vec::new(),
            new: Vec::new(),
            old_places: Vec::new(),
            new_places: Vec::new(),
            old_changed: Vec::new(),
            new_changed: Vec::new(),
            seen: vec![(0, 0); distinct],
            part: 0,
            forth: Vec::new(),
            back: Vec::new(),
            deepest: PATIENCE,
            exact_steps: EXACT_STEPS,
            steps: 0,
            look_at: 0,
            deadline,
            late: false,
        }
    }

    /// Which lines of the old text do not match in the last part. Those of both texts that do are
    /// equal and in the same order.
    pub(crate) fn old_changed(&self) -> &[bool] {
        &self.old_changed
    }

    /// Which lines of the new text do not match in the last part.
    pub(crate) fn new_changed(&self) -> &[bool] {
        &self.new_changed
    }

    /// Whether time ran out in any part.
    pub(crate) fn late(&self) -> bool {
        self.late
    }

    /// Finds a short script for a part. Equal lines have equal numbers.
    pub(crate) fn run(&mut self, old: &[u32], new: &[u32]) {
        refill(&mut self.old_changed, old.len(), true);
        refill(&mut self.new_changed, new.len(), true);
        if old.is_empty() || new.is_empty() {
            return;
        }
        self.keep_matchable(old, new);
        let diagonals = self.old.len() + self.new.len() + 3;
        self.deepest = PATIENCE.max((diagonals as f64).sqrt() as isize);
        if self.forth.len() < diagonals {
            self.forth.resize(diagonals, 0);
            self.back.resize(diagonals, 0);
        }
        self.search();
    }

    /// Lines that are in one text only are changed in any script; the others are what is searched.
    fn keep_matchable(&mut self, old: &[u32], new: &[u32]) {
        self.part += 1;
        let part = self.part;
        for (ids, side) in [(old, OLD), (new, NEW)] {
            for &id in ids {
                let seen = &mut self.seen[id as usize];
                *seen = match seen.0 == part {
                    true => (part, seen.1 | side),
                    false => (part, side),
                };
            }
        }
        let seen = &self.seen;
        let keep =
            |ids: &[u32], left: &mut Vec<u32>, places: &mut Vec<u32>, changed: &mut [bool]| {
                left.clear();
                places.clear();
                for (at, &id) in (0..).zip(ids) {
                    if seen[id as usize].1 == OLD | NEW {
                        left.push(id);
                        places.push(at);
                        changed[at as usize] = false;
                    }
                }
            };
        keep(
            old,
            &mut self.old,
            &mut self.old_places,
            &mut self.old_changed,
        );
        keep(
            new,
            &mut self.new,
            &mut self.new_places,
            &mut self.new_changed,
        );
    }

    fn search(&mut self) {
        let mut parts = vec![Part {
            old: 0..self.old.len() as isize,
            new: 0..self.new.len() as isize,
            exact: false,
        }];
        // A stack of its own, because an unlucky text cuts off little each time.
        while let Some(part) = parts.pop() {
            let Part { old, new, exact } = self.trimmed(part);
            if old.is_empty() || new.is_empty() || self.late {
                self.changed(&old, &new);
                continue;
            }
            let Some(cut) = self.cut(&old, &new, exact) else {
                self.late = true;
                self.changed(&old, &new);
                continue;
            };
            parts.push(Part {
                old: cut.old..old.end,
                new: cut.new..new.end,
                exact: cut.exact.1,
            });
            parts.push(Part {
                old: old.start..cut.old,
                new: new.start..cut.new,
                exact: cut.exact.0,
            });
        }
    }

    fn changed(&mut self, old: &Range<isize>, new: &Range<isize>) {
        for &place in &self.old_places[old.start as usize..old.end as usize] {
            self.old_changed[place as usize] = true;
        }
        for &place in &self.new_places[new.start as usize..new.end as usize] {
            self.new_changed[place as usize] = true;
        }
    }

    /// Without the equal lines at both ends.
    fn trimmed(&self, mut part: Part) -> Part {
        let (old, new) = (&mut part.old, &mut part.new);
        while old.start < old.end && new.start < new.end && self.equal(old.start, new.start) {
            old.start += 1;
            new.start += 1;
        }
        while old.start < old.end && new.start < new.end && self.equal(old.end - 1, new.end - 1) {
            old.end -= 1;
            new.end -= 1;
        }
        part
    }

    fn equal(&self, old: isize, new: isize) -> bool {
        self.old[old as usize] == self.new[new as usize]
    }

    /// Counts steps; false when time has run out.
    fn walk(&mut self, steps: isize) -> bool {
        self.steps += steps as u64;
        if self.steps < self.look_at {
            return true;
        }
        self.look_at = self.steps + STEPS_BETWEEN_LOOKS;
        self.deadline
            .is_none_or(|deadline| Instant::now() < deadline)
    }

    /// Where a shortest script crosses the middle, or a good place near it. None when time has run
    /// out.
    fn cut(&mut self, old: &Range<isize>, new: &Range<isize>, exact: bool) -> Option<Cut> {
        let shift = self.new.len() as isize + 1;
        let at = |diagonal: isize| (diagonal + shift) as usize;
        let (lowest, highest) = (old.start - new.end, old.end - new.start);
        let (first, last) = (old.start - new.start, old.end - new.end);
        let odd = (first - last) % 2 != 0;
        let (mut forth, mut back) = (first..=first, last..=last);
        self.forth[at(first)] = old.start;
        self.back[at(last)] = old.end;
        let mut depth = 0;
        loop {
            depth += 1;
            let (olds, news) = (&self.old[..], &self.new[..]);
            let mut long = false;
            let reached = &mut self.forth[..];
            forth = widened(&forth, lowest, highest, |new| reached[at(new)] = -1);
            let mut above = reached[at(*forth.end() + 1)];
            for diagonal in forth.clone().rev().step_by(2) {
                let below = reached[at(diagonal - 1)];
                let start = if below >= above { below + 1 } else { above };
                above = below;
                let room = (old.end - start).min(new.end - (start - diagonal)).max(0);
                let run = run(
                    ahead(olds, start, room),
                    ahead(news, start - diagonal, room),
                );
                let x = start + run;
                long |= run > LONG_RUN;
                reached[at(diagonal)] = x;
                if odd && back.contains(&diagonal) && self.back[at(diagonal)] <= x {
                    return Some(Cut::exactly(x, diagonal));
                }
            }
            let reached = &mut self.back[..];
            back = widened(&back, lowest, highest, |new| reached[at(new)] = isize::MAX);
            let mut above = reached[at(*back.end() + 1)];
            for diagonal in back.clone().rev().step_by(2) {
                let below = reached[at(diagonal - 1)];
                let start = if below < above { below } else { above - 1 };
                above = below;
                let room = (start - old.start).min(start - diagonal - new.start).max(0);
                let run = run_back(
                    behind(olds, start, room),
                    behind(news, start - diagonal, room),
                );
                let x = start - run;
                long |= run > LONG_RUN;
                reached[at(diagonal)] = x;
                if !odd && forth.contains(&diagonal) && x <= self.forth[at(diagonal)] {
                    return Some(Cut::exactly(x, diagonal));
                }
            }
            if !self.walk(2 * depth) {
                return None;
            }
            if self.exact_steps > 0 {
                self.exact_steps = self.exact_steps.saturating_sub(2 * depth as u64);
                continue;
            }
            if exact {
                continue;
            }
            if long && depth > PATIENCE {
                let found = self.long_run(old, new, &forth, &back, depth);
                if found.is_some() {
                    return found;
                }
            }
            if depth >= self.deepest {
                return Some(self.furthest(old, new, &forth, &back));
            }
        }
    }

    /// A path far ahead that ends in a long run of equal lines.
    fn long_run(
        &self,
        old: &Range<isize>,
        new: &Range<isize>,
        forth: &Diagonals,
        back: &Diagonals,
        depth: isize,
    ) -> Option<Cut> {
        let shift = self.new.len() as isize + 1;
        let first = old.start - new.start;
        let mut best = (AHEAD * depth, None);
        for diagonal in forth.clone().rev().step_by(2) {
            let x = self.forth[(diagonal + shift) as usize];
            let y = x - diagonal;
            let ahead = (x - old.start) + (y - new.start) - (diagonal - first).abs();
            let inside = old.start + LONG_RUN <= x
                && x < old.end
                && new.start + LONG_RUN <= y
                && y < new.end;
            if ahead > best.0 && inside && (1..=LONG_RUN).all(|n| self.equal(x - n, y - n)) {
                best = (ahead, Some((x, y)));
            }
        }
        if let Some((old, new)) = best.1 {
            let exact = (true, false);
            return Some(Cut { old, new, exact });
        }
        let last = old.end - new.end;
        for diagonal in back.clone().rev().step_by(2) {
            let x = self.back[(diagonal + shift) as usize];
            let y = x - diagonal;
            let ahead = (old.end - x) + (new.end - y) - (diagonal - last).abs();
            let inside = old.start < x
                && x <= old.end - LONG_RUN
                && new.start < y
                && y <= new.end - LONG_RUN;
            if ahead > best.0 && inside && (0..LONG_RUN).all(|n| self.equal(x + n, y + n)) {
                best = (ahead, Some((x, y)));
            }
        }
        let exact = (false, true);
        best.1.map(|(old, new)| Cut { old, new, exact })
    }

    /// The path that has come furthest, from the start or from the end.
    fn furthest(
        &self,
        old: &Range<isize>,
        new: &Range<isize>,
        forth: &Diagonals,
        back: &Diagonals,
    ) -> Cut {
        let shift = self.new.len() as isize + 1;
        let place = |x: isize, diagonal: isize| (x + x - diagonal, x);
        let start = forth.clone().rev().step_by(2).map(|diagonal| {
            let x = self.forth[(diagonal + shift) as usize].min(old.end);
            place(x.min(new.end + diagonal), diagonal)
        });
        let end = back.clone().rev().step_by(2).map(|diagonal| {
            let x = self.back[(diagonal + shift) as usize].max(old.start);
            place(x.max(new.start + diagonal), diagonal)
        });
        let start = start.max().unwrap_or((old.start + new.start, old.start));
        let end = end.min().unwrap_or((old.end + new.end, old.end));
        let ((sum, old), exact) = if old.end + new.end - end.0 < start.0 - (old.start + new.start) {
            (start, (true, false))
        } else {
            (end, (false, true))
        };
        Cut {
            old,
            new: sum - old,
            exact,
        }
    }
}

fn refill(list: &mut Vec<bool>, len: usize, value: bool) {
    list.clear();
    list.resize(len, value);
}

/// Up to `room` lines from `at` on; none where a path has left the part.
fn ahead(ids: &[u32], at: isize, room: isize) -> &[u32] {
    match room {
        0 => &[],
        _ => &ids[at as usize..(at + room) as usize],
    }
}

/// Up to `room` lines before `at`.
fn behind(ids: &[u32], at: isize, room: isize) -> &[u32] {
    match room {
        0 => &[],
        _ => &ids[(at - room) as usize..at as usize],
    }
}

/// How many lines are equal from the start on.
fn run(old: &[u32], new: &[u32]) -> isize {
    let pairs = old.iter().zip(new);
    pairs.take_while(|(a, b)| a == b).count() as isize
}

/// How many lines are equal from the end back.
fn run_back(old: &[u32], new: &[u32]) -> isize {
    let pairs = old.iter().rev().zip(new.iter().rev());
    pairs.take_while(|(a, b)| a == b).count() as isize
}

impl Cut {
    fn exactly(old: isize, diagonal: isize) -> Self {
        Self {
            old,
            new: old - diagonal,
            exact: (true, true),
        }
    }
}

type Diagonals = std::ops::RangeInclusive<isize>;

/// One diagonal more on each side, or one less where that would leave the part. The diagonals
/// beyond a new one were not reached by any path, which `unreached` writes down.
fn widened(
    diagonals: &Diagonals,
    lowest: isize,
    highest: isize,
    mut unreached: impl FnMut(isize),
) -> Diagonals {
    let (mut start, mut end) = (*diagonals.start(), *diagonals.end());
    if start > lowest {
        start -= 1;
        unreached(start - 1);
    } else {
        start += 1;
    }
    if end < highest {
        end += 1;
        unreached(end + 1);
    } else {
        end -= 1;
    }
    start..=end
}

#[cfg(test)]
mod tests;
