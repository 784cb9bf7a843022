//! What must hold for any decisions about any two texts.

use std::collections::HashSet;

use proptest::prelude::*;

use super::texts::line;
use super::texts::options;
use super::texts::texts;
use crate::Decisions;
use crate::Diff;
use crate::Mark;
use crate::Options;
use crate::RowKind;
use crate::Side;
use crate::carry;
use crate::compose;

/// What [`compose`] is meant to do, line by line and without any care for speed.
fn plainly(diff: &Diff, approved: &HashSet<(Side, u32)>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for row in diff.rebuild() {
        let text = |line: crate::Line<'_>| format!("{}{}", line.content, line.ending.as_str());
        let wanted = |side, line: &crate::Line<'_>| approved.contains(&(side, line.number - 1));
        match (row.kind, row.old, row.new) {
            (RowKind::Same, Some(line), _) => lines.push(text(line)),
            (_, old, new) => {
                lines.extend(old.filter(|line| !wanted(Side::Old, line)).map(text));
                lines.extend(new.filter(|line| wanted(Side::New, line)).map(text));
            }
        }
    }
    let mut out = String::new();
    for line in &lines {
        if !out.is_empty() && !out.ends_with('\n') {
            let ended = out.split_inclusive('\n').rfind(|line| line.ends_with('\n'));
            let like = ended.unwrap_or(line);
            let ending = if like.ends_with("\r\n") { "\r\n" } else { "\n" };
            out.push_str(ending);
        }
        out.push_str(line);
    }
    out
}

/// The lines that differ.
fn differing(diff: &Diff) -> Vec<(Side, u32)> {
    let rows = diff.rows().filter(|row| row.kind != RowKind::Same);
    rows.flat_map(|row| {
        let old = row.old.map(|line| (Side::Old, line));
        old.into_iter().chain(row.new.map(|line| (Side::New, line)))
    })
    .collect()
}

fn mark() -> impl Strategy<Value = Mark> {
    prop::sample::select(vec![Mark::Open, Mark::Approved, Mark::Rejected])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_subset_gives_exactly_that_text(
        (old, new) in texts(),
        options in options(),
        picks in prop::collection::vec(any::<bool>(), 100),
    ) {
        let diff = Diff::new(&*old, &*new, &options);
        let all = differing(&diff);
        let approved: HashSet<_> =
            all.iter().zip(picks.iter().cycle()).filter(|(_, pick)| **pick).map(|(line, _)| *line).collect();
        let mut asked = Vec::new();
        let text = compose(&diff, |side, line| {
            asked.push((side, line));
            approved.contains(&(side, line))
        });
        prop_assert_eq!(&text, &plainly(&diff, &approved));
        prop_assert_eq!(asked, all);

        // The same by marks.
        let mut decisions = Decisions::open(&diff);
        for (side, line) in &approved {
            prop_assert!(decisions.decide_line(&diff, *side, *line, Mark::Approved));
        }
        prop_assert_eq!(decisions.compose(&diff), text);
    }

    #[test]
    fn marks_are_what_was_last_decided(
        (old, new) in texts(),
        steps in prop::collection::vec((any::<prop::sample::Index>(), mark(), any::<bool>()), 0..30),
    ) {
        let diff = Diff::new(&*old, &*new, &Options::default());
        let all = differing(&diff);
        prop_assume!(!all.is_empty());
        let mut expect: std::collections::BTreeMap<(Side, u32), Mark> =
            all.iter().map(|line| (*line, Mark::Open)).collect();
        let mut decisions = Decisions::open(&diff);
        for (pick, mark, whole) in steps {
            if whole {
                let hunk = pick.index(diff.hunks().len());
                decisions.decide_hunk(hunk as u32, mark);
                for ((side, line), value) in &mut expect {
                    if diff.hunks()[hunk].lines(*side).contains(line) {
                        *value = mark;
                    }
                }
            } else {
                let (side, line) = all[pick.index(all.len())];
                prop_assert!(decisions.decide_line(&diff, side, line, mark));
                expect.insert((side, line), mark);
            }
        }
        let mut sums = [0; 3];
        for ((side, line), mark) in &expect {
            prop_assert_eq!(decisions.of_line(&diff, *side, *line), *mark);
            sums[*mark as usize] += 1;
        }
        let tally = decisions.tally(&diff);
        let sum = |stat: crate::Stat| stat.added + stat.removed;
        prop_assert_eq!([tally.open, tally.approved, tally.rejected].map(sum), sums);
        for (number, hunk) in (0..).zip(diff.hunks()) {
            let marks: HashSet<Mark> = expect
                .iter()
                .filter(|((side, line), _)| hunk.lines(*side).contains(line))
                .map(|(_, mark)| *mark)
                .collect();
            let one = (marks.len() == 1).then(|| *marks.iter().next().unwrap());
            prop_assert_eq!(decisions.of_hunk(number), one);
        }
        // The same diff again keeps all.
        prop_assert_eq!(carry(decisions.hunks(), &diff), decisions);
    }

    #[test]
    fn a_line_that_does_not_differ_is_not_decided((old, new) in texts(), line in 0..60u32) {
        let diff = Diff::new(&*old, &*new, &Options::default());
        let all = differing(&diff);
        let mut decisions = Decisions::open(&diff);
        for side in [Side::Old, Side::New] {
            let differs = all.contains(&(side, line));
            prop_assert_eq!(decisions.decide_line(&diff, side, line, Mark::Approved), differs);
        }
    }

    #[test]
    fn no_mark_reaches_a_change_that_was_not_marked(
        (old, new) in texts(),
        other in line(),
        at in any::<prop::sample::Index>(),
        mark in mark(),
    ) {
        // The new text is changed somewhere. A mark is carried only to a hunk whose removed and
        // added text was marked so.
        let before = Diff::new(&*old, &*new, &Options::default());
        let mut decisions = Decisions::open(&before);
        for hunk in (0..before.hunks().len()).step_by(2) {
            decisions.decide_hunk(hunk as u32, mark);
        }
        let mut lines: Vec<String> = new.split_inclusive('\n').map(str::to_owned).collect();
        lines.insert(at.index(lines.len() + 1), format!("{other}\n"));
        let after = Diff::new(&*old, lines.concat(), &Options::default());
        let text = |diff: &Diff, hunk: usize| {
            let hunk = &diff.hunks()[hunk];
            (diff.old_lines().span(hunk.old.clone()).to_owned(), diff.new_lines().span(hunk.new.clone()).to_owned())
        };
        let carried = carry(decisions.hunks(), &after);
        for hunk in 0..after.hunks().len() {
            let now = carried.of_hunk(hunk as u32);
            prop_assert!(now == Some(Mark::Open) || (0..before.hunks().len()).any(|earlier|
                decisions.of_hunk(earlier as u32) == now && text(&before, earlier) == text(&after, hunk)
            ));
        }
    }
}

/// Approves all hunks of `old` to `new`, one line of the first excepted; then how each hunk of `old`
/// to `then` is marked.
fn carried(old: &str, new: &str, then: &str) -> Vec<Option<Mark>> {
    let before = Diff::new(old, new, &Options::default());
    let mut decisions = Decisions::open(&before);
    decisions.decide_all(Mark::Approved);
    let first = before.hunks()[0].new.start;
    decisions.decide_line(&before, Side::New, first, Mark::Rejected);
    let after = Diff::new(old, then, &Options::default());
    let carried = carry(decisions.hunks(), &after);
    (0..after.hunks().len() as u32)
        .map(|hunk| carried.of_hunk(hunk))
        .collect()
}

#[test]
fn only_what_was_touched_is_open_again() {
    let old = "a\n1\n2\n3\n4\nb\n5\n6\n7\n8\nc\n";
    let new = "A\nAA\n1\n2\n3\n4\nB\n5\n6\n7\n8\nC\n";
    let open = Some(Mark::Open);
    let approved = Some(Mark::Approved);
    assert_eq!(carried(old, new, new), [None, approved, approved]);
    // Another hunk in between, and lines moved by it.
    let then = new.replace("2\n3\n", "2\nmore\nand\n3\n");
    assert_eq!(carried(old, new, &then), [None, open, approved, approved]);
    // The middle one grew.
    let then = new.replace("B\n", "B\nBB\n");
    assert_eq!(carried(old, new, &then), [None, open, approved]);
    // The middle one is gone, and the first is another.
    let then = new.replace("B\n", "b\n").replace("AA\n", "aa\n");
    assert_eq!(carried(old, new, &then), [open, approved]);
}

#[test]
fn a_mark_follows_its_change_when_the_lines_above_were_applied() {
    let (old, new) = ("a\n1\n2\n3\nd\n", "A\n1\n2\n3\nD\n");
    let before = Diff::new(old, new, &Options::default());
    let mut decisions = Decisions::open(&before);
    assert_eq!(decisions.hunks().len(), 2);
    decisions.decide_hunk(1, Mark::Rejected);
    let after = Diff::new("A\n1\n2\n3\nd\n", new, &Options::default());
    assert_eq!(
        carry(decisions.hunks(), &after).of_hunk(0),
        Some(Mark::Rejected)
    );
}

#[test]
fn of_equal_changes_none_gets_the_mark_of_another() {
    let old = "x\nx\nx\na\n".repeat(3) + "x\nx\nx\n";
    let before = Diff::new(&*old, old.replace('a', "b"), &Options::default());
    let mut decisions = Decisions::open(&before);
    decisions.decide_hunk(1, Mark::Approved);
    let same = carry(decisions.hunks(), &before);
    assert_eq!(same, decisions, "as many as before: the order tells");
    let then = old.replacen('a', "b", 2);
    let after = Diff::new(&*old, &*then, &Options::default());
    let carried = carry(decisions.hunks(), &after);
    assert_eq!(
        [carried.of_hunk(0), carried.of_hunk(1)],
        [Some(Mark::Open); 2]
    );
    decisions.decide_all(Mark::Approved);
    // One more of them than the person has seen.
    let mut fewer = Decisions::open(&after);
    fewer.decide_all(Mark::Approved);
    let grown = carry(fewer.hunks(), &before);
    assert!((0..3).all(|hunk| grown.of_hunk(hunk) == Some(Mark::Open)));
    let carried = carry(decisions.hunks(), &after);
    assert_eq!(
        [carried.of_hunk(0), carried.of_hunk(1)],
        [Some(Mark::Approved); 2]
    );
}
