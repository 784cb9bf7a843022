//! How much one message may carry.

use super::Attachment;

/// Attachments of one message.
pub const MOST: usize = 20;
/// Tokens of all of them, estimated: beyond it there is no room left to work in.
pub const MOST_TOKENS: u64 = 60_000;
/// Bytes of all of them: with what encoding adds, about half of what providers take in a request.
pub const MOST_BYTES: u64 = 20_000_000;

/// Why `one` more does not go with `others`, as the end of a sentence; `None` when it does.
pub fn no_room(others: &[Attachment], one: &Attachment) -> Option<String> {
    if others.len() >= MOST {
        return Some(format!(
            "is one too many: a message takes {MOST} attachments"
        ));
    }
    let tokens: u64 = others.iter().map(|other| other.tokens).sum();
    if tokens + one.tokens > MOST_TOKENS {
        return Some(format!(
            "would bring the attachments to about {} tokens, and a message takes {}",
            grouped(tokens + one.tokens),
            grouped(MOST_TOKENS)
        ));
    }
    let bytes: u64 = others.iter().map(|other| other.bytes).sum();
    (bytes + one.bytes > MOST_BYTES).then(|| {
        format!(
            "would bring the attachments to {}, and a message takes {}",
            size(bytes + one.bytes),
            size(MOST_BYTES)
        )
    })
}

/// Bytes for a person.
pub fn size(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// A number for a person: `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_people() {
        assert_eq!(
            [7, 1_234, 60_000, 1_234_567].map(grouped),
            ["7", "1,234", "60,000", "1,234,567"]
        );
        let sizes = [1, 999, 1_001, 20_000_000, 61_230_000].map(size);
        assert_eq!(sizes, ["1 byte", "999 bytes", "2 kB", "20.0 MB", "61.2 MB"]);
    }
}
