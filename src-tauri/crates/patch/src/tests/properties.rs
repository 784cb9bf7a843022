//! Patches nobody would think of.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Files, after, update_bytes};
use crate::{apply, parse, preview};

/// Lines that look like pieces of a patch, so that random text gets past the first line.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("*** Begin Patch".to_owned()),
        Just("*** End Patch".to_owned()),
        Just("*** End of File".to_owned()),
        Just("*** Environment ID: x".to_owned()),
        Just("@@".to_owned()),
        Just("<<EOF".to_owned()),
        Just(String::new()),
        "\\*\\*\\* (Add|Delete|Update) File: [ab./]{0,3}",
        "\\*\\*\\* Move to: [ab./]{0,3}",
        "@@ [abé ]{0,3}( @@)?",
        "[ +-][abé\u{2019}' \r]{0,3}",
        ".{0,8}",
    ]
}

/// A diff of equal length on both sides is enough: each line stays, goes, or is joined by others.
#[derive(Debug, Clone)]
struct Edit {
    keep: bool,
    news: Vec<String>,
}

fn edits() -> impl Strategy<Value = Vec<(String, &'static str, Edit)>> {
    let line = "[a-e]{0,2}[ é]?[a-e]";
    let ending = prop_oneof![Just("\n"), Just("\r\n")];
    let edit = (any::<bool>(), prop::collection::vec(line, 0..3))
        .prop_map(|(keep, news)| Edit { keep, news });
    prop::collection::vec((line, ending, edit), 1..20)
}

proptest! {
    #[test]
    fn random_text_never_panics(lines in prop::collection::vec(piece(), 0..24), file in ".{0,12}") {
        let text = lines.join("\n");
        preview(&text);
        for text in [text.clone(), format!("*** Begin Patch\n{text}\n*** End Patch")] {
            if let Ok(patch) = parse(&text)
                && let Err(error) = apply(&patch, |_| Some(file.clone().into_bytes()))
            {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }

    #[test]
    fn random_bytes_never_panic(file in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = update_bytes(&file, "@@ a\n-b\n+é");
        if let Ok(after) = update_bytes(&file, "@@\n+x") {
            // New lines go above an empty line that ends the file, and all of it stays.
            let blank = [&b"\n\r\n"[..], b"\n\n"].iter().any(|end| file.ends_with(end));
            let only = file == b"\n" || file == b"\r\n";
            let below = match blank || only {
                true => 1 + usize::from(file.ends_with(b"\r\n")),
                false => 0,
            };
            let (head, tail) = file.split_at(file.len() - below);
            let grown = after.len() > file.len();
            prop_assert!(grown && after.starts_with(head) && after.ends_with(tail), "what was there stays");
        }
    }

    #[test]
    fn a_diff_over_the_whole_file_gives_the_other_file(edits in edits(), crlf in any::<bool>()) {
        let mut before = String::new();
        let mut expect = String::new();
        let mut hunk = String::from("@@");
        for (line, ending, edit) in &edits {
            let ending = if crlf { "\r\n" } else { *ending };
            before.push_str(&format!("{line}{ending}"));
            hunk.push_str(&format!("\n{}{line}", if edit.keep { ' ' } else { '-' }));
            if edit.keep {
                expect.push_str(&format!("{line}{ending}"));
            }
            for new in &edit.news {
                hunk.push_str(&format!("\n+{new}"));
                expect.push_str(&format!("{new}\r\n"));
            }
        }
        let got = String::from_utf8(update_bytes(before.as_bytes(), &hunk).expect("fits")).expect("text");
        if crlf {
            prop_assert_eq!(&got, &expect);
        }
        // With mixed endings the choice for new lines is tested elsewhere; the texts must agree.
        prop_assert_eq!(got.replace("\r\n", "\n"), expect.replace("\r\n", "\n"));
    }
}

/// Writes edits of a file of distinct lines as hunks with a line of context: as a context line, as
/// text after `@@`, or loosely.
fn hunks_of(edits: &[(Edit, u8)]) -> (String, String, String) {
    let (mut before, mut expect, mut hunks) = (String::new(), String::new(), String::new());
    let mut context = None;
    let mut open = false;
    for (index, (edit, style)) in edits.iter().enumerate() {
        let line = format!("\tline {index};");
        before.push_str(&format!("{line}\r\n"));
        if edit.keep {
            expect.push_str(&format!("{line}\r\n"));
            context = Some(line.clone());
            open = false;
        }
        if edit.keep && edit.news.is_empty() {
            continue;
        }
        if !open {
            let above = context.take().filter(|_| !edit.keep);
            hunks.push_str(&match (style % 3, above) {
                (_, None) => "@@\n".to_owned(),
                (0, Some(above)) => format!("@@ {above}\n"),
                (1, Some(above)) => format!("@@\n {above}\n"),
                (_, Some(above)) => format!("@@\n     {}  \n", above.trim()),
            });
        }
        open = !edit.keep;
        hunks.push_str(&format!("{}{line}\n", if edit.keep { ' ' } else { '-' }));
        for new in &edit.news {
            hunks.push_str(&format!("+{new}\n"));
            expect.push_str(&format!("{new}\r\n"));
        }
        if edit.keep {
            context = None;
        }
    }
    (before, expect, hunks)
}

proptest! {
    #[test]
    fn small_hunks_in_order_give_the_other_file(
        edits in prop::collection::vec((any::<bool>(), prop::collection::vec("[a-e ]{0,3}", 0..3), any::<u8>()), 1..40),
    ) {
        let edits: Vec<_> =
            edits.into_iter().map(|(keep, news, style)| (Edit { keep, news }, style)).collect();
        let (before, expect, hunks) = hunks_of(&edits);
        prop_assume!(!hunks.is_empty());
        let got = update_bytes(before.as_bytes(), hunks.trim_end_matches('\n'));
        prop_assert_eq!(got.map(String::from_utf8), Ok(Ok(expect)), "{}", hunks);
    }
}

/// Far above what the work takes, far below what quadratic work would take.
const LIMIT: Duration = Duration::from_secs(10);

#[test]
fn ten_thousand_lines_are_quick() {
    let start = Instant::now();
    let file = "x\n".repeat(20_000);
    let same = format!("@@{}\n-y", "\n x".repeat(10_000));
    assert!(update_bytes(file.as_bytes(), &same).is_err());
    let many = "@@\n-x\n+y\n".repeat(10_000);
    let got = update_bytes(file.as_bytes(), many.trim_end()).expect("fits");
    assert_eq!(got.iter().filter(|byte| **byte == b'y').count(), 10_000);
    let blanks = format!("@@\n-x\n+y{}", "\n".repeat(10_000));
    assert!(update_bytes(file.as_bytes(), &blanks).is_err());
    let sections = "*** Update File: f\n@@\n-x\n+x\n".repeat(300);
    let text = format!("*** Begin Patch\n{sections}*** End Patch");
    assert!(after(&Files::from([("f".to_owned(), b"x\n".to_vec())]), &text).is_ok());
    assert!(start.elapsed() < LIMIT, "took {:?}", start.elapsed());
}
