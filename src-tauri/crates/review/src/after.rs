//! What stays decided about a file once the approved part of it is in the project.
//!
//! The diff is made again between the text that was written and the new text. What was approved is
//! no difference any more; what was rejected or left open still is, and keeps what was decided.
//! Lines are followed from one diff to the other, not recognised by what they say: a written text
//! is made of lines of the two texts, so each of its lines has an origin.

use std::collections::HashMap;

use crate::decisions::Decisions;
use crate::decisions::Mark;
use crate::rows::Diff;
use crate::rows::RowKind;
use crate::rows::Side;

/// The decisions about `left`, which compares what `decided` composes of `diff` with the same new
/// text.
pub fn after_apply(decided: &Decisions, diff: &Diff, left: &Diff) -> Decisions {
    let origins = origins(decided, diff);
    let (gone, come) = marks(decided, diff);
    let mut after = Decisions::open(left);
    for hunk in left.hunks() {
        for row in left.window(hunk.rows.start, hunk.rows.len() as u32) {
            if row.kind == RowKind::Same {
                continue;
            }
            let goes = row.old.map(|line| {
                let origin = origins.get(line as usize).copied().flatten();
                let mark = origin.and_then(|old| gone.get(&old));
                (Side::Old, mark.copied().unwrap_or_default())
            });
            let comes = row
                .new
                .map(|line| (Side::New, come.get(&line).copied().unwrap_or_default()));
            for (side, mark) in goes.into_iter().chain(comes) {
                // An approved line that the new diff shows again as changed is decided anew.
                if mark == Mark::Rejected {
                    after.decide_row(left, &row, side, mark);
                }
            }
        }
    }
    after
}

/// The mark of every line that differs, of the old text and of the new one.
fn marks(decided: &Decisions, diff: &Diff) -> (HashMap<u32, Mark>, HashMap<u32, Mark>) {
    let (mut gone, mut come) = (HashMap::new(), HashMap::new());
    for hunk in diff.hunks() {
        for row in diff.window(hunk.rows.start, hunk.rows.len() as u32) {
            if let Some(line) = row.old {
                gone.insert(line, decided.of_row(diff, &row, Side::Old));
            }
            if let Some(line) = row.new {
                come.insert(line, decided.of_row(diff, &row, Side::New));
            }
        }
    }
    (gone, come)
}

/// For each line of the composed text, the line of the old text it is; none for one that came.
fn origins(decided: &Decisions, diff: &Diff) -> Vec<Option<u32>> {
    let mut origins = Vec::new();
    let mut at = 0;
    for (number, hunk) in (0..).zip(diff.hunks()) {
        origins.extend((at..hunk.old.start).map(Some));
        let uniform = decided.of_hunk(number);
        for row in diff.window(hunk.rows.start, hunk.rows.len() as u32) {
            let same = row.kind == RowKind::Same;
            let taken = |side| {
                uniform.unwrap_or_else(|| decided.of_row(diff, &row, side)) == Mark::Approved
            };
            if let Some(line) = row.old
                && (same || !taken(Side::Old))
            {
                origins.push(Some(line));
            }
            if row.new.is_some() && !same && taken(Side::New) {
                origins.push(None);
            }
        }
        at = hunk.old.end;
    }
    origins.extend((at..diff.old_lines().count()).map(Some));
    origins
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Options;

    fn of(old: &str, new: &str) -> Diff {
        Diff::new(old, new, &Options::default())
    }

    #[test]
    fn what_was_rejected_stays_rejected_and_the_rest_is_open() {
        let old = "a\n1\n2\n3\n4\n5\n6\n7\nb\n1\n2\n3\n4\n5\n6\n7\nc\n";
        let new = old.replace('a', "A").replace('b', "B").replace('c', "C");
        let diff = of(old, &new);
        let mut decided = Decisions::open(&diff);
        decided.decide_hunk(0, Mark::Approved);
        decided.decide_hunk(1, Mark::Rejected);
        let written = decided.compose(&diff);
        let left = of(&written, &new);
        let after = after_apply(&decided, &diff, &left);
        let marks: Vec<_> = (0..2).map(|hunk| after.of_hunk(hunk)).collect();
        assert_eq!(marks, [Some(Mark::Rejected), Some(Mark::Open)]);
    }

    #[test]
    fn half_of_a_hunk_leaves_the_other_half() {
        let diff = of("1\n2\n", "1\nx\ny\n2\n");
        let mut decided = Decisions::open(&diff);
        assert!(decided.decide_line(&diff, Side::New, 1, Mark::Approved));
        assert!(decided.decide_line(&diff, Side::New, 2, Mark::Rejected));
        let left = of(&decided.compose(&diff), "1\nx\ny\n2\n");
        let after = after_apply(&decided, &diff, &left);
        assert_eq!(left.hunks().len(), 1);
        assert_eq!(after.of_hunk(0), Some(Mark::Rejected));
    }

    proptest! {
        #[test]
        fn every_line_of_what_is_written_has_its_origin(
            old in "([ab]\n){0,12}", new in "([abc]\n){0,12}", marks in prop::collection::vec(0..3_u8, 32),
        ) {
            let diff = of(&old, &new);
            let mut decided = Decisions::open(&diff);
            let mark = |n: usize| [Mark::Open, Mark::Approved, Mark::Rejected][marks[n % 32] as usize];
            for line in 0..diff.old_lines().count() {
                decided.decide_line(&diff, Side::Old, line, mark(line as usize));
            }
            for line in 0..diff.new_lines().count() {
                decided.decide_line(&diff, Side::New, line, mark(16 + line as usize));
            }
            let written = decided.compose(&diff);
            let lines: Vec<&str> = written.split_inclusive('\n').collect();
            let origins = origins(&decided, &diff);
            prop_assert_eq!(lines.len(), origins.len());
            for (line, origin) in lines.iter().zip(&origins) {
                if let Some(origin) = origin {
                    prop_assert_eq!(*line, diff.old_lines().full(*origin));
                }
            }
            let left = of(&written, &new);
            let tally = after_apply(&decided, &diff, &left).tally(&left);
            prop_assert_eq!(tally.approved.added + tally.approved.removed, 0);
        }
    }
}
