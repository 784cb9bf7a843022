//! What must hold for any two texts, checked on one pair of them.

use std::collections::HashSet;

use review::Diff;
use review::RowKind;
use review::Side;
use review::compose;

/// Everything that does not hold.
pub(crate) fn broken(diff: &Diff, old: &str, new: &str) -> impl Iterator<Item = &'static str> {
    let checks = [
        (
            diff.rebuilt(Side::Old) == old,
            "the left column is not the old text",
        ),
        (
            diff.rebuilt(Side::New) == new,
            "the right column is not the new text",
        ),
        (
            compose(diff, |_, _| true) == new,
            "all approved is not the new text",
        ),
        (
            compose(diff, |_, _| false) == old,
            "none approved is not the old text",
        ),
        (rows_are_right(diff), "a row is wrong"),
        (moves_are_right(diff), "a move is wrong"),
        (
            random_subsets(diff),
            "some approved is not what was approved",
        ),
    ];
    checks
        .into_iter()
        .filter(|(holds, _)| !holds)
        .map(|(_, what)| what)
}

/// Same rows are equal in every byte and others are not; both columns are in order and whole.
fn rows_are_right(diff: &Diff) -> bool {
    let (mut old_at, mut new_at) = (0, 0);
    let rows = diff.rows().all(|row| {
        let old = row.old.map(|line| diff.old_lines().full(line));
        let new = row.new.map(|line| diff.new_lines().full(line));
        let in_order =
            row.old.is_none_or(|line| line == old_at) && row.new.is_none_or(|line| line == new_at);
        old_at += u32::from(row.old.is_some());
        new_at += u32::from(row.new.is_some());
        let kind = match (old, new) {
            (Some(old), Some(new)) if old == new => RowKind::Same,
            (Some(_), Some(_)) => RowKind::Changed,
            (Some(_), None) => RowKind::Removed,
            (None, _) => RowKind::Added,
        };
        in_order && kind == row.kind && (row.hunk.is_some() || kind == RowKind::Same)
    });
    rows && old_at == diff.old_lines().count() && new_at == diff.new_lines().count()
}

/// Moves are of lines that differ, and no line is in two.
fn moves_are_right(diff: &Diff) -> bool {
    let rows = diff.rows().filter(|row| row.kind != RowKind::Same);
    let mut differing: HashSet<(Side, u32)> = rows
        .flat_map(|row| {
            let old = row.old.map(|line| (Side::Old, line));
            old.into_iter().chain(row.new.map(|line| (Side::New, line)))
        })
        .collect();
    diff.moves().into_iter().all(|found| {
        let old = found.old.map(|line| (Side::Old, line));
        let new = found.new.map(|line| (Side::New, line));
        old.chain(new).all(|line| differing.remove(&line))
    })
}

/// Some lines approved, by chance but always the same: the rows say which text that is.
fn random_subsets(diff: &Diff) -> bool {
    (1..4u64).all(|seed| {
        let approved = |side: Side, line: u32| {
            let mixed = (u64::from(line) * 2 + side as u64 + seed * 7919)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
            mixed >> 62 != 0
        };
        let mut text = String::new();
        let mut push = |line: &str| {
            if !text.is_empty() && !text.ends_with('\n') {
                let before = text.trim_end_matches(|c| c != '\n');
                let like = if before.is_empty() { line } else { before };
                let ending = if like.ends_with("\r\n") { "\r\n" } else { "\n" };
                text.push_str(ending);
            }
            text.push_str(line);
        };
        for row in diff.rows() {
            let old = row.old.map(|line| (line, diff.old_lines().full(line)));
            let new = row.new.map(|line| (line, diff.new_lines().full(line)));
            match row.kind {
                RowKind::Same => push(old.map_or("", |(_, text)| text)),
                _ => {
                    old.into_iter()
                        .filter(|(line, _)| !approved(Side::Old, *line))
                        .chain(
                            new.into_iter()
                                .filter(|(line, _)| approved(Side::New, *line)),
                        )
                        .for_each(|(_, text)| push(text));
                }
            }
        }
        compose(diff, approved) == text
    })
}
