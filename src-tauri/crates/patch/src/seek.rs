//! Finds a run of lines in a file, forgiving more from pass to pass.
//!
//! Each pass reduces a line to a key: the line itself, the line without white space at its end,
//! then at both ends, then with dashes, quotes and spaces of typography as plain ones. A file
//! that is neither UTF-8 nor UTF-16 has a last pass, in which every byte that is not UTF-8 is
//! the replacement character: that is how its lines look in the output of a command.
//!
//! Keys become numbers once per file and pass, and runs of numbers are searched without looking
//! back, so that a file of ten thousand equal lines costs no more than any other.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;

use crate::text::{Encoding, Text};

#[derive(Debug, Clone, Copy)]
enum Pass {
    Exact,
    TrimEnd,
    Trim,
    Plain,
    Lossy,
}

const PASSES: [Pass; 5] = [
    Pass::Exact,
    Pass::TrimEnd,
    Pass::Trim,
    Pass::Plain,
    Pass::Lossy,
];

impl Pass {
    fn key(self, line: &str) -> Cow<'_, str> {
        match self {
            Self::Exact => Cow::Borrowed(line),
            Self::TrimEnd => Cow::Borrowed(line.trim_end()),
            Self::Trim => Cow::Borrowed(line.trim()),
            Self::Plain | Self::Lossy => plain(line.trim()),
        }
    }
}

/// The line with characters of typography as the keys of a keyboard.
fn plain(line: &str) -> Cow<'_, str> {
    if line.is_ascii() {
        return Cow::Borrowed(line);
    }
    let typed = line.chars().map(|c| match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{2018}'..='\u{201b}' => '\'',
        '\u{201c}'..='\u{201f}' => '"',
        '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        other => other,
    });
    Cow::Owned(typed.collect::<String>().trim().to_owned())
}

#[derive(Debug)]
struct Keys<'t> {
    numbers: HashMap<Cow<'t, str>, u32>,
    lines: Vec<u32>,
}

/// Where in the file a run may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The first one at or after this line.
    From(usize),
    /// The last one at or after this line.
    LastFrom(usize),
    /// The last lines of the file, none of them before this line.
    End(usize),
}

/// The lines of one file, ready to be searched.
#[derive(Debug)]
pub(crate) struct Seeker<'t> {
    text: &'t Text<'t>,
    keys: [OnceCell<Keys<'t>>; 5],
}

impl<'t> Seeker<'t> {
    pub(crate) fn new(text: &'t Text<'t>) -> Self {
        Self {
            text,
            keys: Default::default(),
        }
    }

    /// The index of the first line of the run, by the strictest pass that finds it.
    pub(crate) fn find(&self, run: &[&str], place: Place) -> Option<usize> {
        PASSES
            .into_iter()
            .find_map(|pass| self.find_in(pass, run, place))
    }

    fn find_in(&self, pass: Pass, run: &[&str], place: Place) -> Option<usize> {
        if matches!(pass, Pass::Lossy) && !matches!(self.text.encoding, Encoding::Other { .. }) {
            return None;
        }
        let (Place::From(from) | Place::LastFrom(from) | Place::End(from)) = place;
        let last = self
            .text
            .lines
            .len()
            .checked_sub(run.len())
            .filter(|last| *last >= from)?;
        let keys = self.keys(pass);
        let run: Vec<u32> = run
            .iter()
            .map(|line| keys.numbers.get(&pass.key(line)).copied())
            .collect::<Option<_>>()?;
        match place {
            Place::From(_) => search(&keys.lines[from..], &run, false).map(|at| from + at),
            Place::LastFrom(_) => search(&keys.lines[from..], &run, true).map(|at| from + at),
            Place::End(_) => (keys.lines[last..] == run[..]).then_some(last),
        }
    }

    fn keys(&self, pass: Pass) -> &Keys<'t> {
        self.keys[pass as usize].get_or_init(|| {
            let mut numbers = HashMap::new();
            let mut lines = Vec::with_capacity(self.text.lines.len());
            for line in &self.text.lines {
                let key = match pass {
                    Pass::Lossy => {
                        Cow::Owned(pass.key(&String::from_utf8_lossy(line.bytes)).into_owned())
                    }
                    _ => pass.key(&line.text),
                };
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                lines.push(*numbers.entry(key).or_insert(next));
            }
            Keys { numbers, lines }
        })
    }
}

/// Where `run` first (or last) begins in `lines`, by Knuth, Morris and Pratt.
fn search(lines: &[u32], run: &[u32], last: bool) -> Option<usize> {
    if run.is_empty() {
        return Some(if last { lines.len() } else { 0 });
    }
    let mut back = vec![0usize; run.len()];
    let mut matched = 0;
    for index in 1..run.len() {
        while matched > 0 && run[index] != run[matched] {
            matched = back[matched - 1];
        }
        if run[index] == run[matched] {
            matched += 1;
        }
        back[index] = matched;
    }
    let mut found = None;
    matched = 0;
    for (index, line) in lines.iter().enumerate() {
        while matched > 0 && *line != run[matched] {
            matched = back[matched - 1];
        }
        if *line == run[matched] {
            matched += 1;
        }
        if matched == run.len() {
            found = Some(index + 1 - run.len());
            if !last {
                return found;
            }
            matched = back[matched - 1];
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guess::Words;

    fn find(file: &str, run: &[&str], place: Place) -> Option<usize> {
        let text = Text::read(file.as_bytes(), &Words::default()).expect("text");
        Seeker::new(&text).find(run, place)
    }

    #[test]
    fn an_exact_match_below_wins_over_a_loose_one_above() {
        assert_eq!(find("  a\na\n", &["a"], Place::From(0)), Some(1));
        assert_eq!(find("  a\n b\n", &["a", "b"], Place::From(0)), Some(0));
    }

    #[test]
    fn typography_is_forgiven() {
        let file = "say \u{201c}hi\u{201d}\u{a0}\u{2013} it\u{2019}s\n";
        assert_eq!(find(file, &["say \"hi\" - it's"], Place::From(0)), Some(0));
    }

    #[test]
    fn places() {
        let file = "x\ny\nx\nz\n";
        assert_eq!(find(file, &["x"], Place::From(1)), Some(2));
        assert_eq!(find(file, &["x"], Place::LastFrom(0)), Some(2));
        assert_eq!(find(file, &["x"], Place::End(0)), None);
        assert_eq!(find(file, &["z"], Place::End(0)), Some(3));
        assert_eq!(find(file, &["x", "z"], Place::End(3)), None);
        assert_eq!(find("", &["x"], Place::From(0)), None);
    }

    #[test]
    fn overlapping_beginnings() {
        assert_eq!(
            search(&[1, 1, 2, 1, 1, 1, 2], &[1, 1, 1, 2], false),
            Some(3)
        );
        assert_eq!(search(&[1, 1, 1], &[1, 1], true), Some(1));
    }
}
