//! What a hunk is known by when the diff is made again.
//!
//! A person's mark must outlive a change elsewhere in the file and must not outlive a change of
//! what was marked. So a hunk is known by what it removes and adds, every byte of it, and by the
//! lines around it in the old text; not by its number or its lines' numbers, which other hunks
//! move. The hash is SHA-256, because what a mark stands for was written by someone else: nobody can
//! make a different change that has the key of an approved one.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use sha2::Digest as _;
use sha2::Sha256;

use crate::rows::Diff;

/// Lines of the old text that are looked at on either side of a hunk.
const CONTEXT: u32 = 3;

/// Bytes kept of a hash.
const SIZE: usize = 16;

type Hash = [u8; SIZE];

/// What a hunk is known by. Written as text it can be kept and read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HunkKey {
    /// What is removed and what is added.
    pub(crate) content: Hash,
    /// The lines before it.
    pub(crate) before: Hash,
    /// The lines after it.
    pub(crate) after: Hash,
    /// Which it is, from the top, of the hunks that are equal in all of this. Counted from 0.
    pub(crate) nth: u32,
}

/// The keys of all hunks, in order.
pub(crate) fn keys(diff: &Diff) -> Vec<HunkKey> {
    let (old, new) = (diff.old_lines(), diff.new_lines());
    let mut seen = HashMap::new();
    let hunks = diff.hunks().iter();
    hunks
        .map(|hunk| {
            let before = hunk.old.start.saturating_sub(CONTEXT)..hunk.old.start;
            let after = hunk.old.end..hunk.old.end.saturating_add(CONTEXT);
            let content = hash(&[old.span(hunk.old.clone()), new.span(hunk.new.clone())]);
            let (before, after) = (hash(&[old.span(before)]), hash(&[old.span(after)]));
            let count = seen.entry((content, before, after)).or_insert(0);
            let nth = *count;
            *count += 1;
            HunkKey {
                content,
                before,
                after,
                nth,
            }
        })
        .collect()
}

fn hash(parts: &[&str]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        // With their lengths, so that no byte can wander from one part into the other.
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut short = Hash::default();
    short.copy_from_slice(&hasher.finalize()[..SIZE]);
    short
}

impl fmt::Display for HunkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [self.content, self.before, self.after] {
            part.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        }
        write!(f, ".{}", self.nth)
    }
}

/// A text is not a [`HunkKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoKey;

impl fmt::Display for NoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("This is not the key of a change.")
    }
}

impl std::error::Error for NoKey {}

impl FromStr for HunkKey {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let (digits, nth) = text.split_once('.').ok_or(NoKey)?;
        if digits.len() != 6 * SIZE || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NoKey);
        }
        let part = |number: usize| {
            let mut hash = Hash::default();
            for (at, byte) in hash.iter_mut().enumerate() {
                let from = 2 * (number * SIZE + at);
                *byte = u8::from_str_radix(&digits[from..from + 2], 16).map_err(|_| NoKey)?;
            }
            Ok(hash)
        };
        Ok(Self {
            content: part(0)?,
            before: part(1)?,
            after: part(2)?,
            nth: nth.parse().map_err(|_| NoKey)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    fn of(old: &str, new: &str) -> Vec<HunkKey> {
        keys(&Diff::new(old, new, &Options::default()))
    }

    #[test]
    fn equal_hunks_are_told_apart_by_their_order() {
        let old = "x\nx\nx\na\n".repeat(3) + "x\nx\nx\n";
        let found = of(&old, &old.replace('a', "b"));
        let nth: Vec<u32> = found.iter().map(|key| key.nth).collect();
        assert_eq!(nth, [0, 1, 2]);
        let old = "a\nx\nx\nx\na\n";
        let found = of(old, &old.replace('a', "b"));
        let nth: Vec<u32> = found.iter().map(|key| key.nth).collect();
        assert_eq!(nth, [0, 0], "the ends of a text are a context too");
    }

    #[test]
    fn what_moves_between_the_sides_is_another_change() {
        assert_ne!(of("", "a\n")[0].content, of("a\n", "")[0].content);
        assert_ne!(of("", "a\n")[0].content, of("", "a\r\n")[0].content);
    }

    #[test]
    fn a_key_is_kept_as_text() {
        let key = of("a\nb\n", "a\nc\n")[0];
        assert_eq!(key.to_string().parse(), Ok(key));
        for wrong in ["", "x", ".0", &format!("{key}z"), &key.to_string()[1..]] {
            assert_eq!(wrong.parse::<HunkKey>(), Err(NoKey), "{wrong:?}");
        }
    }
}
