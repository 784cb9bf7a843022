//! Texts to compare, of the kinds that make trouble: equal lines, blank lines, both line ends and
//! none, characters of every width.

use std::time::Duration;

use proptest::prelude::*;

use crate::Options;
use crate::Whitespace;

pub(super) fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![
            "", "}", "  }", "\t", "return x;", "let a = 1;", "let a = 2;", "foo(bar, baz)",
            "foo(bar)", "größe 😀 = 日本語", "größe 😀 = 日本", "a\rb", "\u{202e}x",
        ])
        .prop_map(str::to_owned),
        1 => "[ a-c😀é\\r]{0,12}",
    ]
}

pub(super) fn text() -> impl Strategy<Value = String> {
    let ending = prop_oneof![4 => Just("\n"), 1 => Just("\r\n")];
    let lines = prop::collection::vec((line(), ending), 0..40);
    (lines, line(), any::<bool>()).prop_map(|(lines, last, open)| {
        let mut text: String = lines
            .into_iter()
            .flat_map(|(line, end)| [line, end.to_owned()])
            .collect();
        if open {
            text.push_str(&last);
        }
        text
    })
}

/// Two texts, independent or one edited from the other.
pub(super) fn texts() -> impl Strategy<Value = (String, String)> {
    let edited = (
        text(),
        prop::collection::vec((any::<prop::sample::Index>(), line(), 0..4u8), 0..8),
    )
        .prop_map(|(old, edits)| {
            let mut lines: Vec<String> = old.split_inclusive('\n').map(str::to_owned).collect();
            for (at, line, what) in edits {
                let at = at.index(lines.len() + 1);
                match what {
                    0 => lines.insert(at, format!("{line}\n")),
                    _ if at == lines.len() => {}
                    1 => drop(lines.remove(at)),
                    2 => lines[at] = format!("{line}\r\n"),
                    _ => lines.insert(at, lines[at].clone()),
                }
            }
            (old, lines.concat())
        });
    prop_oneof![1 => (text(), text()), 2 => edited]
}

pub(super) fn whitespace() -> impl Strategy<Value = Whitespace> {
    prop::sample::select(vec![
        Whitespace::Exact,
        Whitespace::IgnoreTrailing,
        Whitespace::IgnoreAmount,
        Whitespace::IgnoreAll,
    ])
}

pub(super) fn options() -> impl Strategy<Value = Options> {
    let timeout = prop_oneof![Just(Options::default().timeout), Just(Duration::ZERO)];
    (timeout, whitespace()).prop_map(|(timeout, whitespace)| Options {
        timeout,
        whitespace,
    })
}
