//! Which lines of two texts are the same line.
//!
//! `gaps` finds where the texts part, `myers` a short script for each gap, over numbered lines and
//! bounded in time. It is then made readable:
//! `slider` moves insertions and deletions to where a person would have made them, and changes
//! that only a lone `}` or a blank line keeps apart are joined, because nobody reads that as two
//! changes. Joining keeps the inner pieces, so that a large block still has its fixed points.

use std::ops::Range;
use std::time::Instant;

use crate::gaps::gaps;
use crate::intern::Keys;
use crate::intern::intern;
use crate::lines::Lines;
use crate::myers::Search;
use crate::rows::Options;
use crate::slider::slide;
use crate::space::Whitespace;
use crate::space::without;

/// A match of at most this many visible characters does not separate two changes,
const SHORT_MATCH: usize = 4;
/// nor may it be longer than this in lines,
pub(crate) const SHORT_MATCH_LINES: u32 = 5;
/// if one of the changes has more lines than this.
const LONG_CHANGE: u32 = 5;
/// Joining makes changes longer, so that more can be joined; it is repeated this often at most.
const PASSES: usize = 10;

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

pub(crate) fn align(old: &Lines, new: &Lines, options: &Options) -> Alignment {
    let exact = options.whitespace == Whitespace::Exact && !converted(old, new);
    let deadline = Instant::now().checked_add(options.timeout);
    if options.whitespace == Whitespace::Exact {
        let endings = exact;
        return aligned(&Keys { old, new, endings }, old, new, exact, deadline);
    }
    let (bare_old, bare_new) = (
        without(old, options.whitespace),
        without(new, options.whitespace),
    );
    let keys = Keys {
        old: &bare_old,
        new: &bare_new,
        endings: true,
    };
    aligned(&keys, old, new, exact, deadline)
}

fn aligned(
    keys: &Keys<'_>,
    old: &Lines,
    new: &Lines,
    exact: bool,
    deadline: Option<Instant>,
) -> Alignment {
    let gaps = gaps(old.count(), new.count(), |a, b| {
        keys.old_key(a) == keys.new_key(b)
    });
    let ids = intern(keys, &gaps);
    let mut search = Search::new(ids.distinct, deadline);
    let mut blocks = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    for gap in &gaps {
        let (old_end, new_end) = (old_at + gap.old.len(), new_at + gap.new.len());
        search.run(&ids.old[old_at..old_end], &ids.new[new_at..new_end]);
        (old_at, new_at) = (old_end, new_end);
        add_blocks(&search, gap, &mut blocks);
    }
    slide(&mut blocks, keys, old, new);
    Alignment {
        changes: join(blocks, old),
        exact,
        imprecise: search.late(),
    }
}

/// Whether the line endings were converted between the two texts, so that comparing them along
/// with the lines would match nothing.
fn converted(old: &Lines, new: &Lines) -> bool {
    let share = |lines: &Lines| f64::from(lines.crlf_count()) / f64::from(lines.count().max(1));
    old.count() > 0 && new.count() > 0 && (share(old) - share(new)).abs() > 0.1
}

/// Adds the runs of lines in a gap that do not match.
fn add_blocks(search: &Search, gap: &Block, blocks: &mut Vec<Block>) {
    let run = |changed: &[bool], from: usize| {
        let run = changed[from..].iter().take_while(|changed| **changed);
        from + run.count()
    };
    let (olds, news) = (search.old_changed(), search.new_changed());
    let (mut old, mut new) = (0, 0);
    while old < olds.len() || new < news.len() {
        let (old_end, new_end) = (run(olds, old), run(news, new));
        if old_end > old || new_end > new {
            blocks.push(Block {
                old: gap.old.start + old as u32..gap.old.start + old_end as u32,
                new: gap.new.start + new as u32..gap.new.start + new_end as u32,
            });
        }
        // And one line that matches.
        (old, new) = (old_end + 1, new_end + 1);
    }
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
