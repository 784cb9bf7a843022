//! From matching lines to rows: which lines share a row, and which rows are one change.

use crate::align::Block;
use crate::align::Change;
use crate::align::SHORT_MATCH_LINES;
use crate::lines::Lines;
use crate::pairing::BUDGET;
use crate::pairing::MAX_BLOCK;
use crate::pairing::Pair;
use crate::pairing::pair;
use crate::rows::Hunk;
use crate::rows::Row;
use crate::rows::RowKind;
use crate::rows::Stat;
use crate::space::Whitespace;
use crate::space::needed;

/// Stands for "no line" and "no hunk".
const NONE: u32 = u32::MAX;

/// A [`Row`] in 16 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packed {
    old: u32,
    new: u32,
    hunk: u32,
    kind: RowKind,
    ending_differs: bool,
    only_space: Option<Whitespace>,
}

impl Packed {
    pub(crate) fn unpack(&self) -> Row {
        let some = |n: u32| (n != NONE).then_some(n);
        Row {
            old: some(self.old),
            new: some(self.new),
            kind: self.kind,
            hunk: some(self.hunk),
            ending_differs: self.ending_differs,
            only_space: self.only_space,
        }
    }
}

/// Lays lines out as rows, from top to bottom.
pub(crate) struct Layout<'a> {
    old: &'a Lines,
    new: &'a Lines,
    old_at: u32,
    new_at: u32,
    rows: Vec<Packed>,
    hunks: Vec<Hunk>,
    pairs: Vec<Pair>,
    budget: u64,
}

impl<'a> Layout<'a> {
    pub(crate) fn new(old: &'a Lines, new: &'a Lines) -> Self {
        Self {
            old,
            new,
            old_at: 0,
            new_at: 0,
            rows: Vec::with_capacity(old.count().max(new.count()) as usize),
            hunks: Vec::new(),
            pairs: Vec::new(),
            budget: BUDGET,
        }
    }

    pub(crate) fn equal_until(&mut self, old_end: u32, exact: bool) {
        if exact {
            let count = old_end - self.old_at;
            let (old, new) = (self.old_at, self.new_at);
            self.rows.extend((0..count).map(|n| Packed {
                old: old + n,
                new: new + n,
                hunk: NONE,
                kind: RowKind::Same,
                ending_differs: false,
                only_space: None,
            }));
            self.old_at += count;
            self.new_at += count;
            return;
        }
        while self.old_at < old_end {
            self.push((Some(self.old_at), Some(self.new_at)), false);
        }
    }

    pub(crate) fn change(&mut self, change: &Change) {
        let (first, last) = (&change[0], &change[change.len() - 1]);
        let whole = Block {
            old: first.old.start..last.old.end,
            new: first.new.start..last.new.end,
        };
        let small = whole.old.len().max(whole.new.len()) <= MAX_BLOCK as usize;
        let mut pairs = std::mem::take(&mut self.pairs);
        if small {
            pair(&whole, self.old, self.new, &mut self.budget, &mut pairs);
        } else {
            // Pairing by position would pull the equal lines inside apart.
            let (mut old_at, mut new_at) = (whole.old.start, whole.new.start);
            for block in change {
                let gap = (old_at..block.old.start).zip(new_at..block.new.start);
                pairs.extend(gap.map(|(old, new)| (Some(old), Some(new))));
                pair(block, self.old, self.new, &mut self.budget, &mut pairs);
                (old_at, new_at) = (block.old.end, block.new.end);
            }
        }
        // Pairing may have found longer matches than the script had. They separate changes too.
        let mut at = 0;
        while at < pairs.len() {
            let same = |pair: &&Pair| self.relation(**pair) == RowKind::Same;
            let run = pairs[at..].iter().take_while(same).count();
            let outer = at == 0 || at + run == pairs.len();
            let inside = !outer && run <= SHORT_MATCH_LINES as usize;
            for pair in &pairs[at..at + run] {
                self.push(*pair, inside);
            }
            at += run;
            if let Some(pair) = pairs.get(at) {
                self.push(*pair, true);
                at += 1;
            }
        }
        pairs.clear();
        self.pairs = pairs;
    }

    fn push(&mut self, pair: Pair, inside: bool) {
        let kind = self.relation(pair);
        let (mut ending_differs, mut only_space) = (false, None);
        if let (RowKind::Changed, Some(old), Some(new)) = (kind, pair.0, pair.1) {
            let (old, new) = (self.old.line(old), self.new.line(new));
            ending_differs = old.ending != new.ending;
            only_space = needed(old.content, new.content);
        }
        let hunk = if inside || kind != RowKind::Same {
            self.extend_hunk(pair, kind, only_space)
        } else {
            NONE
        };
        self.rows.push(Packed {
            old: pair.0.unwrap_or(NONE),
            new: pair.1.unwrap_or(NONE),
            hunk,
            kind,
            ending_differs,
            only_space,
        });
        self.old_at += u32::from(pair.0.is_some());
        self.new_at += u32::from(pair.1.is_some());
    }

    fn relation(&self, pair: Pair) -> RowKind {
        match pair {
            (Some(old), Some(new)) if self.old.full(old) == self.new.full(new) => RowKind::Same,
            (Some(_), Some(_)) => RowKind::Changed,
            (Some(_), None) => RowKind::Removed,
            (None, _) => RowKind::Added,
        }
    }

    /// Adds the row that is about to be pushed to the hunk above it, or starts one.
    fn extend_hunk(&mut self, pair: Pair, kind: RowKind, only_space: Option<Whitespace>) -> u32 {
        let row = self.rows.len() as u32;
        if self.hunks.last().is_none_or(|hunk| hunk.rows.end != row) {
            self.hunks.push(Hunk {
                old: self.old_at..self.old_at,
                new: self.new_at..self.new_at,
                rows: row..row,
                stat: Stat::default(),
                only_space: Some(Whitespace::Exact),
            });
        }
        let hunk = self.hunks.last_mut().expect("pushed when there was none");
        hunk.rows.end += 1;
        hunk.old.end += u32::from(pair.0.is_some());
        hunk.new.end += u32::from(pair.1.is_some());
        if kind != RowKind::Same {
            hunk.only_space = hunk.only_space.zip(only_space).map(|(a, b)| a.max(b));
            hunk.stat.removed += u32::from(pair.0.is_some());
            hunk.stat.added += u32::from(pair.1.is_some());
        }
        self.hunks.len() as u32 - 1
    }

    pub(crate) fn finish(self) -> (Vec<Packed>, Vec<Hunk>, Stat) {
        let stat = self.hunks.iter().fold(Stat::default(), |sum, hunk| Stat {
            added: sum.added + hunk.stat.added,
            removed: sum.removed + hunk.stat.removed,
        });
        (self.rows, self.hunks, stat)
    }
}
