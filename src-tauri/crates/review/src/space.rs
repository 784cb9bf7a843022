//! White space: what of it can be ignored, and whether two lines differ in it alone.
//!
//! Ignoring white space changes which lines are put side by side and which changes are pointed
//! out. It never changes a text: the rows hold every byte, and lines that differ in white space
//! only are told apart as [`RowKind::Changed`] with [`Row::only_space`].
//!
//! [`RowKind::Changed`]: crate::RowKind::Changed
//! [`Row::only_space`]: crate::Row::only_space

use crate::lines::Lines;

/// Which differences in white space do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Whitespace {
    /// All of them count.
    #[default]
    Exact,
    /// At the end of a line, line endings included.
    IgnoreTrailing,
    /// At the end of a line, and how much of it is in a place where both have some.
    IgnoreAmount,
    /// None of them counts.
    IgnoreAll,
}

/// The least that must be ignored for two lines, given without their terminators, to be equal;
/// none if they differ in more than white space.
pub(crate) fn needed(old: &str, new: &str) -> Option<Whitespace> {
    let common = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b);
    let mut from = common.count();
    while !(old.is_char_boundary(from) && new.is_char_boundary(from)) {
        from -= 1;
    }
    // Where they part, at least one of them has white space, or there is nothing to look for.
    let (old_rest, new_rest) = (&old[from..], &new[from..]);
    let starts_blank = |text: &str| text.chars().next().is_none_or(char::is_whitespace);
    if !starts_blank(old_rest) && !starts_blank(new_rest) {
        return None;
    }
    let visible = |text| str::chars(text).filter(|c: &char| !c.is_whitespace());
    if !visible(old_rest).eq(visible(new_rest)) {
        return None;
    }
    let same = |mode| reduced(old, mode).eq(reduced(new, mode));
    if old.trim_end() == new.trim_end() {
        Some(Whitespace::IgnoreTrailing)
    } else if same(Whitespace::IgnoreAmount) {
        Some(Whitespace::IgnoreAmount)
    } else {
        Some(Whitespace::IgnoreAll)
    }
}

/// The characters of a line that count.
fn reduced(line: &str, mode: Whitespace) -> impl Iterator<Item = char> {
    let line = match mode {
        Whitespace::Exact => line,
        _ => line.trim_end(),
    };
    let mut blank = false;
    line.chars().filter_map(move |c| match mode {
        Whitespace::Exact | Whitespace::IgnoreTrailing => Some(c),
        Whitespace::IgnoreAll => (!c.is_whitespace()).then_some(c),
        Whitespace::IgnoreAmount => {
            let again = std::mem::replace(&mut blank, c.is_whitespace());
            match blank {
                true => (!again).then_some(' '),
                false => Some(c),
            }
        }
    })
}

/// The same number of lines, with only what counts; all end alike.
pub(crate) fn without(lines: &Lines, mode: Whitespace) -> Lines {
    let mut text = String::with_capacity(lines.text().len());
    for index in 0..lines.count() {
        text.extend(reduced(lines.content(index), mode));
        text.push('\n');
    }
    Lines::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_that_must_be_ignored() {
        use Whitespace::{IgnoreAll, IgnoreAmount, IgnoreTrailing};
        for (old, new, expect) in [
            ("a b", "a b  ", Some(IgnoreTrailing)),
            ("a b\t", "a b", Some(IgnoreTrailing)),
            ("a b", "a   b ", Some(IgnoreAmount)),
            ("  a", "\ta", Some(IgnoreAmount)),
            ("a", "  a", Some(IgnoreAll)),
            ("f(a,b)", "f( a, b )", Some(IgnoreAll)),
            ("", "   ", Some(IgnoreTrailing)),
            ("é\u{a0}x", "é x", Some(IgnoreAmount)),
            ("a b", "a c", None),
            ("a b", "ab c", None),
            ("é", "è", None),
            ("a", "", None),
        ] {
            assert_eq!(needed(old, new), expect, "{old:?} {new:?}");
            assert_eq!(needed(new, old), expect, "{new:?} {old:?}");
        }
    }

    #[test]
    fn what_counts_keeps_its_lines() {
        let lines = Lines::new("  a  b \r\n\n \tc");
        let text = |mode| without(&lines, mode).text().to_owned();
        assert_eq!(text(Whitespace::IgnoreTrailing), "  a  b\n\n \tc\n");
        assert_eq!(text(Whitespace::IgnoreAmount), " a b\n\n c\n");
        assert_eq!(text(Whitespace::IgnoreAll), "ab\n\nc\n");
        assert_eq!(without(&lines, Whitespace::IgnoreAll).count(), 3);
        assert_eq!(without(&Lines::new(""), Whitespace::IgnoreAll).count(), 0);
    }
}
