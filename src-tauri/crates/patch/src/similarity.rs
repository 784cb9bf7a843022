//! Which lines of a file look most like some other lines.
//!
//! A line is reduced to a set of hashed pairs of characters, 512 bits wide, and two lines are as
//! alike as the share of bits they have in common. That is coarse, and constant work for a pair
//! of lines, which is what lets an error message look through the whole file.

use crate::error::{Nearest, shown};

/// Lines of the file that are looked at.
const FILE_LINES: usize = 50_000;
/// Lines of the hunk that are looked at.
const RUN_LINES: usize = 6;
/// Characters of a line that are looked at.
const CHARS: usize = 160;
/// Below this share nothing is called similar.
const ALIKE: f32 = 0.5;

type Bits = [u64; 8];

/// The place in `lines` most like `run`: the first line of the run that differs there, and the
/// line that stands in its place. `None` if nothing is much like it.
pub(crate) fn nearest(lines: &[&str], run: &[&str]) -> Option<(usize, Nearest)> {
    // Blank lines look like every other blank line, so they must not lead.
    let skip = run.iter().take_while(|line| line.trim().is_empty()).count();
    let run = &run[skip..];
    let wanted: Vec<Bits> = run.iter().take(RUN_LINES).map(|line| bits(line)).collect();
    let lines = &lines[..lines.len().min(FILE_LINES)];
    let have: Vec<Bits> = lines.iter().map(|line| bits(line)).collect();

    let mut best = (ALIKE, None);
    for start in 0..have.len() {
        let sum: f32 = wanted
            .iter()
            .zip(&have[start..])
            .map(|(a, b)| alike(a, b))
            .sum();
        let share = sum / wanted.len() as f32;
        if share > best.0 {
            best = (share, Some(start));
        }
    }
    let start = best.1?;
    let differs = run
        .iter()
        .zip(&lines[start..])
        .position(|(want, have)| want.trim() != have.trim())
        .or((run.len() > lines.len() - start).then_some(lines.len() - start - 1))
        .unwrap_or(0);
    let line = start + differs;
    Some((
        skip + differs,
        Nearest {
            line: line + 1,
            text: shown(lines[line]),
        },
    ))
}

fn bits(line: &str) -> Bits {
    let mut bits = [0; 8];
    let mut before = 0u32;
    for c in line.trim().chars().take(CHARS) {
        let hash = (before.wrapping_mul(31).wrapping_add(c as u32)).wrapping_mul(0x9e37_79b1) >> 23;
        bits[(hash >> 6) as usize] |= 1 << (hash & 63);
        before = c as u32;
    }
    bits
}

fn alike(a: &Bits, b: &Bits) -> f32 {
    let count = |bits: &Bits| bits.iter().map(|word| word.count_ones()).sum::<u32>();
    let common: u32 = a.iter().zip(b).map(|(a, b)| (a & b).count_ones()).sum();
    match count(a) + count(b) {
        0 => 1.0,
        total => 2.0 * common as f32 / total as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_differing_line_is_named() {
        let file = [
            "fn a() {",
            "    one();",
            "}",
            "fn b() {",
            "    two(1);",
            "}",
        ];
        let (index, near) = nearest(&file, &["fn b() {", "    two(2);", "}"]).expect("near");
        assert_eq!(
            (index, near.line, near.text.as_str()),
            (1, 5, "    two(1);")
        );
    }

    #[test]
    fn unlike_text_has_no_neighbour() {
        assert_eq!(nearest(&["alpha beta", "gamma"], &["0x1234567"]), None);
        assert_eq!(nearest(&[], &["x"]), None);
        assert_eq!(nearest(&["x"], &[""]), None);
    }
}
