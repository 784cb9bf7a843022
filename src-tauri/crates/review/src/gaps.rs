//! Where two texts part and where they meet again, found by walking along both.
//!
//! Most of a changed text is the same for long stretches. Walking along two texts that are equal is
//! much cheaper than giving every line a number and searching for a script. Where they part, the nearest
//! place is looked for from which they are equal for a good while; what lies between is a gap, and
//! only gaps are searched. Where no such place is near, all that is left is one gap.

use crate::align::Block;

/// Two texts have met again when so many lines in a row are equal.
const MEET: u32 = 12;
/// So many lines are skipped at most, of both texts together, to meet again.
const MAX_SKIP: u32 = 256;

/// The gaps between lines that are equal one by one, in order. `equal` compares a line of the old text
/// with one of the new text.
pub(crate) fn gaps(olds: u32, news: u32, equal: impl Fn(u32, u32) -> bool) -> Vec<Block> {
    let mut gaps = Vec::new();
    let (mut old, mut new) = (0, 0);
    loop {
        while old < olds && new < news && equal(old, new) {
            old += 1;
            new += 1;
        }
        if old == olds && new == news {
            return gaps;
        }
        let meets = |old: u32, new: u32| {
            let run = MEET.min(olds - old).min(news - new);
            // A shorter run counts only where both texts end with it.
            let whole = run == MEET || (old + run == olds && new + run == news);
            whole && (0..run).all(|n| equal(old + n, new + n))
        };
        let met = (1..=MAX_SKIP).find_map(|skip| {
            let (most_old, most_new) = (skip.min(olds - old), skip.min(news - new));
            let splits =
                (skip - most_new.min(skip)..=most_old).map(|of_old| (of_old, skip - of_old));
            splits
                .map(|(of_old, of_new)| (old + of_old, new + of_new))
                .find(|&(old, new)| meets(old, new))
        });
        let Some((old_end, new_end)) = met else {
            let tail =
                (0..(olds - old).min(news - new)).take_while(|n| equal(olds - 1 - n, news - 1 - n));
            let tail = tail.count() as u32;
            gaps.push(Block {
                old: old..olds - tail,
                new: new..news - tail,
            });
            return gaps;
        };
        gaps.push(Block {
            old: old..old_end,
            new: new..new_end,
        });
        (old, new) = (old_end, new_end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str) -> Vec<(String, String)> {
        let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
        let equal = |a: u32, b: u32| old[a as usize] == new[b as usize];
        let gaps = gaps(old.len() as u32, new.len() as u32, equal);
        let (mut old_at, mut new_at) = (0, 0);
        for gap in &gaps {
            assert_eq!(
                old[old_at..gap.old.start as usize],
                new[new_at..gap.new.start as usize]
            );
            (old_at, new_at) = (gap.old.end as usize, gap.new.end as usize);
        }
        assert_eq!(old[old_at..], new[new_at..]);
        let text = |chars: &[char], range: &std::ops::Range<u32>| -> String {
            chars[range.start as usize..range.end as usize]
                .iter()
                .collect()
        };
        let gaps = gaps.iter();
        gaps.map(|gap| (text(&old, &gap.old), text(&new, &gap.new)))
            .collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let pairs = pairs.iter();
        pairs
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    }

    #[test]
    fn texts_meet_again_after_a_change() {
        let long = "abcdefghijklmnopqrstuvwxyz";
        assert_eq!(check(long, long), []);
        assert_eq!(check("", ""), []);
        assert_eq!(check("", "x"), pairs(&[("", "x")]));
        let text = format!("{long}1{long}22{long}");
        assert_eq!(
            check(&text, &format!("{long}9{long}{long}3")),
            pairs(&[("1", "9"), ("22", ""), ("", "3")])
        );
    }

    #[test]
    fn a_short_run_is_no_meeting_unless_both_end_with_it() {
        assert_eq!(check("1abc2xyz", "3abc4xyz"), pairs(&[("1abc2", "3abc4")]));
        assert_eq!(check("1abc", "2abcd"), pairs(&[("1abc", "2abcd")]));
    }

    #[test]
    fn what_does_not_meet_is_one_gap_up_to_the_equal_end() {
        let other: String = (0..300u32)
            .map(|n| char::from((n % 10) as u8 + b'0'))
            .collect();
        assert_eq!(check(&format!("ab{other}z"), "abz"), pairs(&[(&other, "")]));
    }
}
