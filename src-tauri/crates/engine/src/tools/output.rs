//! A command's output, bounded, and as the model reads it.
//!
//! A program may print without end. Of what it prints, the beginning and the end are kept; the
//! model gets less of it still, cut in the middle with a mark that says how much is missing.

use serde_json::json;

/// How much is kept of what a command prints, in bytes.
const KEPT: usize = 1 << 20;

/// The beginning and the end of a text.
#[derive(Debug, Default)]
pub(super) struct Kept {
    head: String,
    tail: String,
    /// Bytes between the two that were dropped.
    dropped: usize,
    lines: usize,
}

impl Kept {
    pub(super) fn push(&mut self, text: &str) {
        self.lines += text.bytes().filter(|byte| *byte == b'\n').count();
        let mut rest = text;
        if self.tail.is_empty() && self.head.len() < KEPT / 2 {
            let end = floor(rest, KEPT / 2 - self.head.len());
            self.head.push_str(&rest[..end]);
            rest = &rest[end..];
        }
        self.tail.push_str(rest);
        // Cut rarely, so that a long output is not moved for every piece.
        if self.tail.len() > KEPT {
            let cut = ceil(&self.tail, self.tail.len() - KEPT / 2);
            self.dropped += cut;
            self.tail.drain(..cut);
        }
    }

    /// Head, tail and, where something is missing, a line that says so; at most about `limit`
    /// bytes.
    pub(super) fn shortened(&self, limit: usize, unit: Unit) -> String {
        let whole = self.head.len() + self.tail.len();
        if self.dropped == 0 && whole <= limit {
            return format!("{}{}", self.head, self.tail);
        }
        let half = limit / 2;
        let head = &self.head[..floor(&self.head, half)];
        let (head, tail) = if self.tail.is_empty() {
            let from = ceil(
                &self.head,
                self.head.len() - half.min(self.head.len() - head.len()),
            );
            (head, &self.head[from..])
        } else {
            (
                head,
                &self.tail[ceil(&self.tail, self.tail.len().saturating_sub(half))..],
            )
        };
        let missing = whole + self.dropped - head.len() - tail.len();
        let mark = match unit {
            Unit::Tokens => format!("…{} tokens truncated…", missing.div_ceil(4)),
            Unit::Bytes => format!("…{missing} chars truncated…"),
        };
        format!("{head}{mark}{tail}")
    }

    /// How much the person's side of the conversation keeps.
    pub(super) fn for_person(&self) -> String {
        self.shortened(128 * 1024, Unit::Bytes)
    }

    fn is_shortened_at(&self, limit: usize) -> bool {
        self.dropped > 0 || self.head.len() + self.tail.len() > limit
    }
}

/// What a cut is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Four bytes each.
    Tokens,
    /// Bytes.
    Bytes,
}

/// How much of one tool's output the model is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    /// In bytes.
    pub bytes: usize,
    /// What the mark of a cut counts.
    pub unit: Unit,
}

/// The shape in which the model expects a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Lines, for `shell_command` and `apply_patch`.
    Lines,
    /// JSON, for `shell`, `container.exec` and `local_shell`.
    Json,
    /// Lines of another kind, for `exec_command`.
    Session,
}

/// What the model is told of a command that ran; `note` comes before its output.
pub(super) fn report(
    shape: Shape,
    kept: &Kept,
    exit_code: i32,
    seconds: f64,
    note: &str,
    limit: Limit,
) -> String {
    let text = format!("{note}{}", kept.shortened(limit.bytes, limit.unit));
    let shortened = kept.is_shortened_at(limit.bytes);
    match shape {
        Shape::Lines => {
            let lines = match shortened {
                true => format!("Total output lines: {}\n", kept.lines),
                false => String::new(),
            };
            format!(
                "Exit code: {exit_code}\nWall time: {seconds:.1} seconds\n{lines}Output:\n{text}"
            )
        }
        Shape::Json => {
            let lines = match shortened {
                true => format!("Total output lines: {}\n\n", kept.lines),
                false => String::new(),
            };
            let seconds = (seconds * 10.0).round() / 10.0;
            json!({
                "output": format!("{lines}{text}"),
                "metadata": { "exit_code": exit_code, "duration_seconds": seconds },
            })
            .to_string()
        }
        Shape::Session => {
            let bytes = kept.head.len() + kept.dropped + kept.tail.len();
            format!(
                "Wall time: {seconds:.4} seconds\nProcess exited with code {exit_code}\n\
                 Original token count: {}\nOutput:\n{text}",
                bytes.div_ceil(4)
            )
        }
    }
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENS: Limit = Limit {
        bytes: 40,
        unit: Unit::Tokens,
    };

    fn kept(text: &str) -> Kept {
        let mut kept = Kept::default();
        kept.push(text);
        kept
    }

    #[test]
    fn a_short_output_is_whole() {
        let told = report(Shape::Lines, &kept("a\nb\n"), 3, 0.26, "", TOKENS);
        assert_eq!(
            told,
            "Exit code: 3\nWall time: 0.3 seconds\nOutput:\na\nb\n"
        );
    }

    #[test]
    fn a_long_output_is_cut_in_the_middle() {
        let text: String = (10..40).map(|n| format!("{n}\n")).collect();
        let told = report(Shape::Lines, &kept(&text), 0, 1.0, "", TOKENS);
        assert_eq!(
            told,
            "Exit code: 0\nWall time: 1.0 seconds\nTotal output lines: 30\nOutput:\n\
             10\n11\n12\n13\n14\n15\n16…13 tokens truncated…3\n34\n35\n36\n37\n38\n39\n"
        );
        let bytes = Limit {
            bytes: 40,
            unit: Unit::Bytes,
        };
        let told = report(Shape::Lines, &kept(&text), 0, 1.0, "", bytes);
        assert!(told.contains("16…50 chars truncated…3\n34"), "{told}");
    }

    #[test]
    fn characters_are_not_cut() {
        let cut = kept(&"ä→😀".repeat(100)).shortened(41, Unit::Tokens);
        assert!(cut.starts_with("ä→😀ä→😀") && cut.ends_with("→😀"), "{cut}");
    }

    #[test]
    fn the_other_shapes() {
        let told = report(Shape::Json, &kept("x\n"), 1, 0.123, "", TOKENS);
        let value: serde_json::Value = serde_json::from_str(&told).unwrap();
        let expected =
            json!({"output": "x\n", "metadata": {"exit_code": 1, "duration_seconds": 0.1}});
        assert_eq!(value, expected);
        let told = report(Shape::Session, &kept("12345678"), 0, 0.5, "note ", TOKENS);
        assert_eq!(
            told,
            "Wall time: 0.5000 seconds\nProcess exited with code 0\n\
             Original token count: 2\nOutput:\nnote 12345678"
        );
    }

    #[test]
    fn memory_is_bounded_and_the_end_is_kept() {
        let mut kept = Kept::default();
        for number in 0..400_000 {
            kept.push(&format!("line {number:07}\n"));
        }
        assert!(kept.head.len() + kept.tail.len() <= 2 * KEPT);
        let told = kept.shortened(60, Unit::Tokens);
        assert!(told.starts_with("line 0000000\nline 0000001\n"), "{told}");
        assert!(told.ends_with("line 0399998\nline 0399999\n"), "{told}");
        assert_eq!(kept.lines, 400_000);
    }
}
