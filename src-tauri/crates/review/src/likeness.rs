//! How much of one text is in another, for finding out that a file was renamed.

use crate::lines::Lines;

/// A text's lines as numbers, in which two texts are compared quickly.
#[derive(Debug, Clone)]
pub struct Fingerprint {
    /// A number for each line, with its length, sorted.
    lines: Vec<(u64, u32)>,
    /// Bytes.
    size: u64,
}

impl Fingerprint {
    /// Takes it of a text.
    pub fn of(text: &str) -> Self {
        let cut = Lines::new(text);
        let number = |line: &str| {
            line.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
        };
        // Line ends are no reason to take it for another file.
        let lines = (0..cut.count()).map(|at| cut.content(at));
        let mut lines: Vec<_> = lines
            .map(|line| (number(line), line.len() as u32 + 1))
            .collect();
        lines.sort_unstable();
        let size = lines.iter().map(|(_, size)| u64::from(*size)).sum();
        Self { lines, size }
    }

    /// The share of the larger text that is in both, from 0 to 1, in lines that are equal.
    pub fn similarity(&self, other: &Self) -> f64 {
        let most = self.size.max(other.size);
        if most == 0 {
            return 1.0;
        }
        let (mut a, mut b, mut shared) = (0, 0, 0);
        while let (Some(x), Some(y)) = (self.lines.get(a), other.lines.get(b)) {
            match x.cmp(y) {
                std::cmp::Ordering::Less => a += 1,
                std::cmp::Ordering::Greater => b += 1,
                std::cmp::Ordering::Equal => {
                    shared += u64::from(x.1);
                    a += 1;
                    b += 1;
                }
            }
        }
        shared as f64 / most as f64
    }

    /// The most that [`similarity`](Self::similarity) can be, by size alone.
    pub fn most(&self, other: &Self) -> f64 {
        let (less, most) = (self.size.min(other.size), self.size.max(other.size));
        if most == 0 {
            1.0
        } else {
            less as f64 / most as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_counts_by_its_size() {
        let of = |a: &str, b: &str| Fingerprint::of(a).similarity(&Fingerprint::of(b));
        assert_eq!(of("", ""), 1.0);
        assert_eq!(of("a\n", ""), 0.0);
        assert_eq!(of("a\nb\n", "b\r\na\r\n"), 1.0);
        assert_eq!(of("a\na\n", "a\nb\n"), 0.5);
        assert_eq!(of("abc\nx\n", "abc\ny\n"), 4.0 / 6.0);
        let (a, b) = (Fingerprint::of("a\nb\n"), Fingerprint::of("a\n"));
        assert_eq!((a.most(&b), b.most(&a)), (0.5, 0.5));
    }
}
