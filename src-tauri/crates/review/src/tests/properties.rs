//! What must hold for any two texts.

use proptest::prelude::*;

use super::texts::options;
use super::texts::text;
use super::texts::texts;
use crate::Decisions;
use crate::Diff;
use crate::Ending;
use crate::Mark;
use crate::Options;
use crate::RowKind;
use crate::Side;
use crate::Whitespace;
use crate::compose;
use crate::unified;

/// Applies a unified diff strictly: every header and every line must fit.
fn patched(old: &str, patch: &str) -> String {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let mut out = String::new();
    let mut at = 0;
    let mut lines = patch.split_inclusive('\n').skip(2).peekable();
    while let Some(line) = lines.next() {
        if let Some(header) = line.strip_prefix("@@ -") {
            let range = header.split(' ').next().unwrap();
            let (start, count) = range.split_once(',').unwrap_or((range, "1"));
            let (start, count): (usize, usize) = (start.parse().unwrap(), count.parse().unwrap());
            let start = if count == 0 { start } else { start - 1 };
            out.push_str(&old[at..start].concat());
            at = start;
            continue;
        }
        let open = lines.next_if(|next| next.starts_with('\\')).is_some();
        let body = if open {
            line[1..].strip_suffix('\n').unwrap()
        } else {
            &line[1..]
        };
        if !line.starts_with('+') {
            assert_eq!(old[at], body);
            at += 1;
        }
        if !line.starts_with('-') {
            out.push_str(body);
        }
    }
    out.push_str(&old[at..].concat());
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn rows_hold_both_texts((old, new) in texts(), options in options()) {
        let diff = Diff::new(&*old, &*new, &options);
        prop_assert_eq!(diff.rebuilt(Side::Old), &*old);
        prop_assert_eq!(diff.rebuilt(Side::New), &*new);
    }

    #[test]
    fn every_line_is_in_one_row_and_in_order((old, new) in texts(), options in options()) {
        let diff = Diff::new(&*old, &*new, &options);
        let olds: Vec<u32> = diff.rows().filter_map(|row| row.old).collect();
        let news: Vec<u32> = diff.rows().filter_map(|row| row.new).collect();
        prop_assert_eq!(olds, (0..diff.old_lines().count()).collect::<Vec<_>>());
        prop_assert_eq!(news, (0..diff.new_lines().count()).collect::<Vec<_>>());
    }

    #[test]
    fn kinds_say_what_the_lines_say((old, new) in texts(), options in options()) {
        let diff = Diff::new(old, new, &options);
        for row in diff.rows() {
            let full = (row.old.map(|n| diff.old_lines().full(n)), row.new.map(|n| diff.new_lines().full(n)));
            let expect = match full {
                (Some(old), Some(new)) if old == new => RowKind::Same,
                (Some(_), Some(_)) => RowKind::Changed,
                (Some(_), None) => RowKind::Removed,
                (None, Some(_)) => RowKind::Added,
                (None, None) => return Err(TestCaseError::fail("a row without lines")),
            };
            prop_assert_eq!(row.kind, expect);
            prop_assert!(row.kind == RowKind::Same || row.hunk.is_some());
        }
    }

    #[test]
    fn hunks_cover_what_differs((old, new) in texts(), options in options()) {
        let diff = Diff::new(old, new, &options);
        let mut end = None;
        for (number, hunk) in (0..).zip(diff.hunks()) {
            prop_assert!(end.is_none_or(|end| hunk.rows.start > end), "hunks touch");
            end = Some(hunk.rows.end);
            let rows: Vec<_> = diff.window(hunk.rows.start, hunk.rows.len() as u32).collect();
            prop_assert!(rows.iter().all(|row| row.hunk == Some(number)));
            let ends = [rows.first(), rows.last()];
            prop_assert!(ends.iter().all(|row| row.unwrap().kind != RowKind::Same));
            let olds: Vec<u32> = rows.iter().filter_map(|row| row.old).collect();
            let news: Vec<u32> = rows.iter().filter_map(|row| row.new).collect();
            prop_assert_eq!(olds, hunk.old.clone().collect::<Vec<_>>());
            prop_assert_eq!(news, hunk.new.clone().collect::<Vec<_>>());
        }
        let inside = diff.rows().filter(|row| row.hunk.is_some()).count();
        prop_assert_eq!(inside, diff.hunks().iter().map(|hunk| hunk.rows.len()).sum::<usize>());
    }

    #[test]
    fn white_space_is_told_apart((old, new) in texts(), options in options()) {
        let diff = Diff::new(&*old, &*new, &options);
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        for index in 0..diff.len() {
            let (row, text) = (diff.row(index), diff.row_text(index));
            let equal = match (row.kind, text.old, text.new) {
                (RowKind::Changed, Some(old), Some(new)) => bare(old.content) == bare(new.content),
                _ => false,
            };
            prop_assert_eq!(row.only_space.is_some(), equal);
        }
        // What is not shown differs in nothing but what was to be ignored.
        for segment in diff.view(0).into_iter().filter(|segment| segment.folded) {
            for row in diff.window(segment.rows.start, segment.rows.len() as u32) {
                prop_assert!(row.kind == RowKind::Same || row.only_space.is_some_and(|least| least <= options.whitespace));
            }
        }
        // And two texts that differ in nothing else have nothing to show.
        if options.whitespace == Whitespace::IgnoreAll
            && old.lines().map(bare).eq(new.lines().map(bare))
        {
            prop_assert!(diff.hunks().iter().all(|hunk| diff.is_ignored(hunk)));
        }
    }

    #[test]
    fn windows_are_slices((old, new) in texts(), from in 0..60u32, count in 0..60u32) {
        let diff = Diff::new(old, new, &Options::default());
        let all: Vec<_> = diff.rows().collect();
        let window: Vec<_> = diff.window(from, count).collect();
        let slice: Vec<_> =
            all.into_iter().skip(from as usize).take(count as usize).collect();
        prop_assert_eq!(window, slice);
    }

    #[test]
    fn a_view_covers_all_rows_and_folds_no_change(
        (old, new) in texts(),
        context in prop_oneof![0..6u32, Just(u32::MAX)],
    ) {
        let diff = Diff::new(old, new, &Options::default());
        let mut at = 0;
        for segment in diff.view(context) {
            prop_assert_eq!(segment.rows.start, at);
            prop_assert!(!segment.rows.is_empty());
            at = segment.rows.end;
            if segment.folded {
                let mut rows = diff.window(segment.rows.start, segment.rows.len() as u32);
                prop_assert!(rows.all(|row| row.kind == RowKind::Same));
            }
        }
        prop_assert_eq!(at, diff.len());
    }

    #[test]
    fn all_approved_is_new_and_none_is_old((old, new) in texts(), options in options()) {
        let diff = Diff::new(&*old, &*new, &options);
        prop_assert_eq!(compose(&diff, |_, _| true), new);
        prop_assert_eq!(compose(&diff, |_, _| false), old);
    }

    #[test]
    fn whole_hunks_are_replaced((old, new) in texts(), pick in any::<u64>()) {
        // Replacing the picked hunks by hand, from the last to the first, gives the same text.
        let diff = Diff::new(&*old, &*new, &Options::default());
        let approved = |hunk: u32| pick >> (hunk % 64) & 1 == 1;
        let mut lines: Vec<&str> = old.split_inclusive('\n').collect();
        let news: Vec<&str> = new.split_inclusive('\n').collect();
        let mut decisions = Decisions::open(&diff);
        for (number, hunk) in diff.hunks().iter().enumerate().rev() {
            if approved(number as u32) {
                decisions.decide_hunk(number as u32, Mark::Approved);
                let range = |r: &std::ops::Range<u32>| r.start as usize..r.end as usize;
                lines.splice(range(&hunk.old), news[range(&hunk.new)].iter().copied());
            }
        }
        prop_assert_eq!(decisions.compose(&diff), lines.concat());
    }

    #[test]
    fn word_changes_lie_on_characters_and_explain_the_difference((old, new) in texts()) {
        let diff = Diff::new(old, new, &Options::default());
        for index in 0..diff.len() {
            let Some(words) = diff.words(index) else { continue };
            let row = diff.row_text(index);
            let (old, new) = (row.old.unwrap().content, row.new.unwrap().content);
            let unchanged = |line: &str, spans: &[crate::Span]| {
                let (mut rest, mut at) = (String::new(), 0);
                for span in spans {
                    let (start, end) = (span.bytes.start as usize, span.bytes.end as usize);
                    assert!(at <= start && start < end, "in order, apart and not empty");
                    rest.push_str(&line[at..start]);
                    at = end;
                    let units = |text: &str| text.encode_utf16().count() as u32;
                    assert_eq!(span.utf16, units(&line[..start])..units(&line[..end]));
                }
                rest + &line[at..]
            };
            prop_assert_eq!(unchanged(old, &words.old), unchanged(new, &words.new));
        }
    }

    #[test]
    fn moves_are_of_lines_that_differ_and_apart((old, new) in texts()) {
        let diff = Diff::new(old, new, &Options::default());
        let mut taken = std::collections::HashSet::new();
        let differs = |side, line| {
            diff.rows().any(|row| row.kind != RowKind::Same && line == match side {
                Side::Old => row.old,
                Side::New => row.new,
            })
        };
        for found in diff.moves() {
            prop_assert!(found.old.len() >= 3 && found.new.len() >= 3);
            for (side, lines) in [(Side::Old, found.old), (Side::New, found.new)] {
                for line in lines {
                    prop_assert!(differs(side, Some(line)));
                    prop_assert!(taken.insert((side, line)));
                }
            }
        }
    }

    #[test]
    fn a_unified_diff_applies((old, new) in texts(), context in 0..4u32) {
        let diff = Diff::new(&*old, &*new, &Options::default());
        prop_assert_eq!(patched(&old, &unified(&diff, "a", "b", context)), new);
    }

    #[test]
    fn converting_endings_is_seen_as_that(text in text()) {
        let lf = text.replace('\r', "");
        let crlf = lf.replace('\n', "\r\n");
        let diff = Diff::new(&*crlf, &*lf, &Options::default());
        prop_assert_eq!(diff.line_endings_only(), crlf != lf);
    }

    #[test]
    fn endings_are_flagged_exactly((old, new) in texts()) {
        let diff = Diff::new(old, new, &Options::default());
        for index in 0..diff.len() {
            let text = diff.row_text(index);
            let differ = match (text.old, text.new) {
                (Some(old), Some(new)) => old.ending != new.ending,
                _ => false,
            };
            prop_assert_eq!(diff.row(index).ending_differs, differ);
            let last = text.old.is_some_and(|line| line.ending == Ending::None);
            prop_assert!(!last || diff.row(index).old == Some(diff.old_lines().count() - 1));
        }
    }
}
