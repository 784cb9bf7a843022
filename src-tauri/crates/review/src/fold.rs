//! Which rows are shown, and which are folded into "24 unchanged lines".

use std::ops::Range;

use crate::rows::Hunk;

/// A fold takes up a row itself, so it must hide more than one.
const MIN_FOLD: u32 = 2;

/// A run of rows that is shown or folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The rows.
    pub rows: Range<u32>,
    /// Whether they are folded away; then they are all unchanged, or differ in white space only
    /// that was asked to be ignored.
    pub folded: bool,
}

pub(crate) fn fold<'a>(
    hunks: impl Iterator<Item = &'a Hunk>,
    rows: u32,
    context: u32,
) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut put = |rows: Range<u32>, folded: bool| match segments.last_mut() {
        _ if rows.is_empty() => {}
        Some(last) if last.folded == folded => last.rows.end = rows.end,
        _ => segments.push(Segment { rows, folded }),
    };
    let mut at = 0;
    for shown in around(hunks, rows, context) {
        put(at..shown.start, shown.start - at >= MIN_FOLD);
        put(shown.clone(), false);
        at = shown.end;
    }
    put(at..rows, context != u32::MAX && rows - at >= MIN_FOLD);
    segments
}

/// The hunks with `context` rows around each, joined where they touch.
pub(crate) fn around<'a>(
    hunks: impl Iterator<Item = &'a Hunk>,
    rows: u32,
    context: u32,
) -> Vec<Range<u32>> {
    let mut ranges: Vec<Range<u32>> = Vec::new();
    for hunk in hunks {
        let from = hunk.rows.start.saturating_sub(context);
        let to = hunk.rows.end.saturating_add(context).min(rows);
        match ranges.last_mut() {
            Some(last) if last.end >= from => last.end = to,
            _ => ranges.push(from..to),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Diff;
    use crate::Options;

    /// Shown rows as `a-b`, folded ones as `(a-b)`.
    fn check(old: &str, new: &str, context: u32, expect: &str) {
        let diff = Diff::new(
            old.replace(' ', "\n"),
            new.replace(' ', "\n"),
            &Options::default(),
        );
        let picture: Vec<String> = diff
            .view(context)
            .iter()
            .map(|Segment { rows, folded }| match folded {
                true => format!("({}-{})", rows.start, rows.end),
                false => format!("{}-{}", rows.start, rows.end),
            })
            .collect();
        assert_eq!(picture.join(" "), expect);
    }

    #[test]
    fn folds_what_is_far_from_a_change() {
        check(
            "1 2 3 4 5 6 7 8 9",
            "1 2 3 4 X 6 7 8 9",
            1,
            "(0-3) 3-6 (6-9)",
        );
        check("1 2 3 4 5 6 7 8 9", "A 2 3 4 5 6 7 8 B", 1, "0-2 (2-7) 7-9");
    }

    #[test]
    fn does_not_fold_a_single_row() {
        check("1 2 3 4 5 6", "A 2 3 4 5 B", 1, "0-2 (2-4) 4-6");
        check("1 2 3 4 5", "A 2 3 4 B", 1, "0-5");
        check("1 2 3", "1 2 X", 1, "0-3");
    }

    #[test]
    fn everything_or_nothing() {
        check("1 2 3 4 5 6 7 8 9", "1 2 3 4 X 6 7 8 9", u32::MAX, "0-9");
        check("1 2 3", "1 2 3", 3, "(0-3)");
        check("1 2 3", "1 2 3", u32::MAX, "0-3");
        check("", "", 3, "");
    }
}
