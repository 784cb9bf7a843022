//! Texts to review, made from a seed: the same bytes in every run and for everyone that is measured.

use std::fmt::Write as _;

/// In a line of the first screen, so that a page can tell when it is there. Never edited away.
pub(crate) const MARKER: &str = "marker_of_the_first_screen";

/// The line with the marker, counted from 0.
const MARKED: usize = 30;

/// A small generator of numbers that are random enough to choose lines with.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 16) % end as u64) as usize
    }
}

/// A text before and after.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) old: String,
    pub(crate) new: String,
}

/// A TypeScript file of `lines` lines in which `edits` places are changed. No line is empty.
pub(crate) fn edited(lines: usize, edits: usize, seed: u64) -> Pair {
    let mut dice = Dice::new(seed);
    let old: Vec<String> = (0..lines).map(|at| line(at, &mut dice)).collect();
    let mut change = vec![0_u8; lines];
    for _ in 0..edits {
        change[dice.below(lines)] = 1 + dice.below(5) as u8;
    }
    let mut new = String::new();
    for (at, text) in old.iter().enumerate() {
        match if at == MARKED { 0 } else { change[at] } {
            // Two in five lose or win lines, the rest change a word.
            1 => {}
            2 => {
                let _ = writeln!(new, "{text}");
                let more = format!(
                    "    audit.note(\"added after {at}\", {});",
                    dice.below(9_999)
                );
                let _ = writeln!(new, "{more}\n    audit.flush({at});");
            }
            0 => {
                let _ = writeln!(new, "{text}");
            }
            _ => {
                let _ = writeln!(new, "{}", text.replacen("order", "invoice", 1) + " // seen");
            }
        }
    }
    Pair {
        old: old.join("\n") + "\n",
        new,
    }
}

fn line(at: usize, dice: &mut Dice) -> String {
    if at == MARKED {
        return format!("const {MARKER} = {at};");
    }
    let number = dice.below(10_000);
    match at % 8 {
        0 => format!("// The order of part {number} is kept."),
        1 => format!("export function order{at}(items: Item[]): number {{"),
        2 => format!("  const order = items[{number}] ?? \"none\";"),
        3 => format!("  if (order.total > {number}) return {number};"),
        4 => "  for (const item of items) order.add(item);".to_owned(),
        5 => format!("  const text = `order ${{order.name}} of {at}`;"),
        6 => format!("  return order.sum(text, {number}, true);"),
        _ => "}".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_the_same_each_time_and_differs_in_as_many_places_as_asked() {
        let pair = edited(10_000, 500, 7);
        let again = edited(10_000, 500, 7);
        assert_eq!((&pair.old, &pair.new), (&again.old, &again.new));
        assert_ne!(pair.old, edited(10_000, 500, 8).old);
        assert_eq!(pair.old.lines().count(), 10_000);
        let diff = review::Diff::new(pair.old, pair.new, &review::Options::default());
        let hunks = diff.hunks().len();
        assert!((400..=500).contains(&hunks), "{hunks} hunks");
        for side in [diff.old_lines(), diff.new_lines()] {
            assert!(side.text().lines().all(|line| !line.trim().is_empty()));
            let marked = side.text().lines().position(|line| line.contains(MARKER));
            assert!(marked.is_some_and(|at| at < 35), "{marked:?}");
        }
    }
}
