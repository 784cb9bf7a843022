//! Cuts the bytes of an event stream into whole events, with a limit on everything.
//!
//! Bytes arrive in pieces that respect nothing: half a character, half a line end. They are
//! gathered into lines, lines into events, and only whole events are handed on, as text with `\n`
//! line ends. The parser behind it would otherwise hold a line of any length and read it again
//! with every piece.
//!
//! Bytes that are not UTF-8 become U+FFFD. A line that the connection cut off is dropped.

use std::collections::VecDeque;

use super::stream::Limits;

/// The limit of one line, in words.
pub(super) const ONE_LINE: &str = "one line";

const BOM: &[u8] = "\u{feff}".as_bytes();

/// The part of a stream that has not made a whole event yet.
#[derive(Debug)]
pub(super) struct Framer {
    limits: Limits,
    total: usize,
    line: Vec<u8>,
    event: String,
    first_line: bool,
    after_cr: bool,
    events: VecDeque<String>,
}

impl Framer {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            total: 0,
            line: Vec::new(),
            event: String::new(),
            first_line: true,
            after_cr: false,
            events: VecDeque::new(),
        }
    }

    /// Takes bytes as they come; says which limit they break, if any.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        self.total = self.total.saturating_add(bytes.len());
        if self.total > self.limits.response {
            return Err("the whole response");
        }
        let mut rest = bytes;
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.extend(&rest[..end])?;
            self.end_line();
            let cr = rest[end] == b'\r';
            rest = &rest[end + 1..];
            if cr {
                self.after_cr = rest.is_empty();
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
            }
        }
        self.extend(rest)
    }

    /// The next whole event.
    pub(super) fn pop(&mut self) -> Option<String> {
        self.events.pop_front()
    }

    /// The stream has ended: what has whole lines is an event even without the empty line.
    pub(super) fn end(&mut self) {
        self.line.clear();
        self.end_event();
    }

    fn extend(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        if self.line.len() + bytes.len() > self.limits.line {
            return Err(ONE_LINE);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self) {
        let mut line = self.line.as_slice();
        if std::mem::take(&mut self.first_line) {
            line = line.strip_prefix(BOM).unwrap_or(line);
        }
        if line.is_empty() {
            self.end_event();
        } else if line[0] != b':' {
            self.event.push_str(&String::from_utf8_lossy(line));
            self.event.push('\n');
        }
        self.line.clear();
    }

    fn end_event(&mut self) {
        if !self.event.is_empty() {
            self.event.push('\n');
            self.events.push_back(std::mem::take(&mut self.event));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(chunks: &[&[u8]]) -> Vec<String> {
        let mut framer = Framer::new(Limits::default());
        let mut out = Vec::new();
        for chunk in chunks {
            framer.push(chunk).unwrap();
            out.extend(std::iter::from_fn(|| framer.pop()));
        }
        framer.end();
        out.extend(std::iter::from_fn(|| framer.pop()));
        out
    }

    #[test]
    fn any_cut_of_the_bytes_gives_the_same_events() {
        let text =
            "\u{feff}event: a\r\ndata: é€😀\r\n\r\n: ping\r\rdata: x\rdata: y\n\n\ndata: z\n";
        let whole = frames(&[text.as_bytes()]);
        assert_eq!(
            whole,
            [
                "event: a\ndata: é€😀\n\n",
                "data: x\ndata: y\n\n",
                "data: z\n\n"
            ]
        );
        for size in 1..text.len() {
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            assert_eq!(frames(&pieces), whole, "pieces of {size}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_a_cut_line_is_dropped() {
        assert_eq!(
            frames(&[b"data: \xff\xc3\n\ndata: {\"half"]),
            ["data: \u{fffd}\u{fffd}\n\n"]
        );
    }

    #[test]
    fn a_line_or_a_response_beyond_its_limit_is_refused() {
        let limits = Limits {
            line: 10,
            response: 25,
            ..Limits::default()
        };
        let mut framer = Framer::new(limits);
        assert_eq!(framer.push(b"data: 1234\n"), Ok(()));
        assert_eq!(framer.push(b"data: "), Ok(()));
        assert_eq!(framer.push(b"12345"), Err("one line"));
        let mut framer = Framer::new(limits);
        assert_eq!(
            framer.push(b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\n"),
            Err("the whole response")
        );
    }
}
