//! What a person decided about a diff: a mark per hunk, and the lines that are an exception to it.
//!
//! Decisions belong to one diff. When a text changes and the diff is made again, [`carry`] takes
//! them over: a hunk that is the same keeps its marks, one that was touched is open again as a
//! whole, because a change that grew by a line is not the change that was approved.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::HashMap;

use crate::decide::compose;
use crate::keys::HunkKey;
use crate::keys::keys;
use crate::rows::Diff;
use crate::rows::Row;
use crate::rows::RowKind;
use crate::rows::Side;
use crate::rows::Stat;

/// What was decided about a line or a hunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Mark {
    /// Nothing yet; it is left as it was.
    #[default]
    Open,
    /// It is taken.
    Approved,
    /// It is left as it was.
    Rejected,
}

/// A line of a hunk: its side, and its number counted from the hunk's first line of that side.
pub type InHunk = (Side, u32);

/// What was decided about one hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Which hunk.
    pub key: HunkKey,
    /// What holds for its lines,
    pub mark: Mark,
    /// except these.
    pub except: BTreeMap<InHunk, Mark>,
}

impl Decided {
    fn open(key: HunkKey) -> Self {
        Self {
            key,
            mark: Mark::Open,
            except: BTreeMap::new(),
        }
    }

    fn is_open(&self) -> bool {
        self.mark == Mark::Open && self.except.is_empty()
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.mark == other.mark && self.except == other.except
    }
}

/// How many lines have which mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Not decided.
    pub open: Stat,
    /// Taken.
    pub approved: Stat,
    /// Left as they were.
    pub rejected: Stat,
}

/// What was decided about every hunk of one diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decisions {
    hunks: Vec<Decided>,
}

impl Decisions {
    /// Nothing is decided.
    pub fn open(diff: &Diff) -> Self {
        Self {
            hunks: keys(diff).into_iter().map(Decided::open).collect(),
        }
    }

    /// What was decided, hunk by hunk, as it is kept.
    pub fn hunks(&self) -> &[Decided] {
        &self.hunks
    }

    /// Decides about hunk `hunk`, with all of its lines. Nothing happens if there is no such hunk.
    pub fn decide_hunk(&mut self, hunk: u32, mark: Mark) {
        if let Some(decided) = self.hunks.get_mut(hunk as usize) {
            decided.mark = mark;
            decided.except.clear();
        }
    }

    /// Decides about all hunks.
    pub fn decide_all(&mut self, mark: Mark) {
        for hunk in 0..self.hunks.len() as u32 {
            self.decide_hunk(hunk, mark);
        }
    }

    /// Decides about one line, counted from 0 in its text. False, and nothing happens, if that
    /// line does not differ. It is looked for in its hunk; who walks the rows takes
    /// [`Self::decide_row`].
    pub fn decide_line(&mut self, diff: &Diff, side: Side, line: u32, mark: Mark) -> bool {
        match place(diff, side, line) {
            Some((hunk, at)) => self.decide_at(diff, hunk, (side, at), mark),
            None => false,
        }
    }

    /// Decides about one side of a row. False, and nothing happens, if nothing differs there.
    pub fn decide_row(&mut self, diff: &Diff, row: &Row, side: Side, mark: Mark) -> bool {
        match in_hunk(diff, row, side) {
            Some((hunk, at)) => self.decide_at(diff, hunk, (side, at), mark),
            None => false,
        }
    }

    fn decide_at(&mut self, diff: &Diff, hunk: u32, (side, at): InHunk, mark: Mark) -> bool {
        let Some(decided) = self.hunks.get_mut(hunk as usize) else {
            return false;
        };
        if mark == decided.mark {
            decided.except.remove(&(side, at));
        } else {
            decided.except.insert((side, at), mark);
        }
        // When every line is an exception of the same kind, that is what holds for the hunk.
        let stat = diff.hunks()[hunk as usize].stat;
        if decided.except.len() as u32 == stat.added + stat.removed
            && decided.except.values().all(|other| *other == mark)
        {
            decided.mark = mark;
            decided.except.clear();
        }
        true
    }

    /// What was decided about a line; open if it does not differ.
    pub fn of_line(&self, diff: &Diff, side: Side, line: u32) -> Mark {
        place(diff, side, line).map_or(Mark::Open, |(hunk, at)| self.of(hunk, side, at))
    }

    /// What was decided about one side of a row; open if nothing differs there.
    pub fn of_row(&self, diff: &Diff, row: &Row, side: Side) -> Mark {
        in_hunk(diff, row, side).map_or(Mark::Open, |(hunk, at)| self.of(hunk, side, at))
    }

    /// What was decided about a hunk; none if its lines are decided differently, or there is no
    /// such hunk.
    pub fn of_hunk(&self, hunk: u32) -> Option<Mark> {
        let decided = self.hunks.get(hunk as usize)?;
        decided.except.is_empty().then_some(decided.mark)
    }

    fn of(&self, hunk: u32, side: Side, at: u32) -> Mark {
        self.hunks.get(hunk as usize).map_or(Mark::Open, |decided| {
            let exception = decided.except.get(&(side, at));
            exception.copied().unwrap_or(decided.mark)
        })
    }

    /// The text that these decisions stand for: see [`compose`].
    pub fn compose(&self, diff: &Diff) -> String {
        let mut hunk = 0;
        compose(diff, |side, line| {
            // Asked from top to bottom, so the hunk is this one or a later one.
            let lines = |hunk: usize| diff.hunks()[hunk].lines(side);
            while line >= lines(hunk).end {
                hunk += 1;
            }
            self.of(hunk as u32, side, line - lines(hunk).start) == Mark::Approved
        })
    }

    /// How many lines have which mark.
    pub fn tally(&self, diff: &Diff) -> Tally {
        let mut tally = Tally::default();
        for (decided, hunk) in self.hunks.iter().zip(diff.hunks()) {
            tally.of(decided.mark).added += hunk.stat.added;
            tally.of(decided.mark).removed += hunk.stat.removed;
            for ((side, _), mark) in &decided.except {
                let counted = count(tally.of(decided.mark), *side);
                *counted = counted.saturating_sub(1);
                *count(tally.of(*mark), *side) += 1;
            }
        }
        tally
    }
}

impl Tally {
    fn of(&mut self, mark: Mark) -> &mut Stat {
        match mark {
            Mark::Open => &mut self.open,
            Mark::Approved => &mut self.approved,
            Mark::Rejected => &mut self.rejected,
        }
    }
}

fn count(stat: &mut Stat, side: Side) -> &mut u32 {
    match side {
        Side::Old => &mut stat.removed,
        Side::New => &mut stat.added,
    }
}

/// The hunk of a row's line that differs, and the line's number in it.
fn in_hunk(diff: &Diff, row: &Row, side: Side) -> Option<(u32, u32)> {
    let line = match side {
        Side::Old => row.old,
        Side::New => row.new,
    }?;
    let hunk = row.hunk.filter(|_| row.kind != RowKind::Same)?;
    let start = diff.hunks().get(hunk as usize)?.lines(side).start;
    Some((hunk, line.checked_sub(start)?))
}

/// The hunk of a line that differs, and the line's number in it.
fn place(diff: &Diff, side: Side, line: u32) -> Option<(u32, u32)> {
    let hunks = diff.hunks();
    let number = hunks.partition_point(|hunk| hunk.lines(side).end <= line);
    let hunk = hunks.get(number)?;
    let at = line.checked_sub(hunk.lines(side).start)?;
    let mut rows = diff.window(hunk.rows.start, hunk.rows.len() as u32);
    let row = rows.find(|row| match side {
        Side::Old => row.old == Some(line),
        Side::New => row.new == Some(line),
    })?;
    (row.kind != RowKind::Same).then_some((number as u32, at))
}

/// The decisions about `diff`, as far as they were made about an earlier one.
///
/// `earlier` is what was decided about all of its hunks, as [`Decisions::hunks`] gives it. A hunk
/// keeps its marks if it removes and adds the same bytes between the same lines. If the lines
/// around are no longer the same on one side, it keeps them if no other hunk of either diff makes
/// the same change. All other hunks are open.
pub fn carry(earlier: &[Decided], diff: &Diff) -> Decisions {
    let mut now = Decisions::open(diff);
    let mut taken = vec![false; earlier.len()];
    let mut settled = vec![false; now.hunks.len()];

    // Equal in everything. Of several that are, the order tells which is which, as long as there
    // are as many as before. Of fewer, the marks hold only if all are alike; of more, some were never
    // looked at.
    let mut groups: HashMap<_, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for (index, decided) in earlier.iter().enumerate() {
        groups.entry(whole(&decided.key)).or_default().0.push(index);
    }
    for (index, decided) in now.hunks.iter().enumerate() {
        groups.entry(whole(&decided.key)).or_default().1.push(index);
    }
    for (before, after) in groups.values() {
        let Some(first) = before.first() else {
            continue;
        };
        let alike = |index: &usize| earlier[*index].says_the_same(&earlier[*first]);
        let hold = match after.len().cmp(&before.len()) {
            Ordering::Equal => true,
            Ordering::Less => before.iter().all(alike),
            Ordering::Greater => false,
        };
        if !hold {
            // They are not matched one by one below either.
            after.iter().for_each(|&index| settled[index] = true);
            before.iter().for_each(|&index| taken[index] = true);
            continue;
        }
        for (order, &index) in after.iter().enumerate() {
            let from = before.get(order).unwrap_or(first);
            take(&earlier[*from], &mut now.hunks[index]);
            settled[index] = true;
        }
        before.iter().for_each(|&index| taken[index] = true);
    }

    // The same change, and the same lines on one side of it.
    let mut rest: HashMap<_, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for (index, decided) in earlier.iter().enumerate().filter(|(at, _)| !taken[*at]) {
        rest.entry(decided.key.content).or_default().0.push(index);
    }
    for (index, decided) in now.hunks.iter().enumerate().filter(|(at, _)| !settled[*at]) {
        rest.entry(decided.key.content).or_default().1.push(index);
    }
    for (before, after) in rest.values() {
        let ([from], [to]) = (&before[..], &after[..]) else {
            continue;
        };
        let (was, is) = (&earlier[*from].key, &now.hunks[*to].key);
        if was.before == is.before || was.after == is.after {
            take(&earlier[*from], &mut now.hunks[*to]);
        }
    }
    now
}

fn whole(key: &HunkKey) -> [[u8; 16]; 3] {
    [key.content, key.before, key.after]
}

fn take(from: &Decided, to: &mut Decided) {
    if !from.is_open() {
        to.mark = from.mark;
        to.except.clone_from(&from.except);
    }
}
