//! What a program printed, as plain text.
//!
//! Programs move the cursor, paint, set the window's title and talk to the terminal. [`Screen`]
//! reads all of that and keeps what would be left to read: control sequences are dropped, `\r` and
//! `\b` move back and are written over, and a line is given out when it is complete. It is a state
//! machine over characters, so it does not matter where the output was cut into pieces.
//!
//! Nothing it gives out holds a control character other than newline and tab, so its text can be
//! shown and sent to a model as it is.

use encoding_rs::Decoder;
use encoding_rs::UTF_8;

/// A line longer than this is given out in parts.
const LONGEST_LINE: usize = 16 * 1024;
/// A string for the terminal that does not end within this is taken for a broken one.
const LONGEST_STRING: usize = 4096;

/// Takes bytes, gives text. See the module.
pub(super) struct Screen {
    decoder: Decoder,
    state: State,
    line: Vec<char>,
    column: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    /// After ESC.
    Escape,
    /// After ESC and an intermediate character, which announces one more.
    EscapeMore,
    /// In a control sequence, with its parameter as far as it matters.
    Control {
        parameter: Option<u32>,
    },
    /// In a string for the terminal (title, clipboard, link, device), which ends by ST or BEL.
    String {
        length: usize,
        escape: bool,
    },
}

impl Screen {
    pub(super) fn new() -> Self {
        Self {
            decoder: UTF_8.new_decoder_without_bom_handling(),
            state: State::Text,
            line: Vec::new(),
            column: 0,
        }
    }

    /// Takes a piece of output and returns the lines it completed.
    pub(super) fn push(&mut self, bytes: &[u8]) -> String {
        self.decode(bytes, false)
    }

    /// Returns what is left when there is no more output.
    pub(super) fn finish(&mut self) -> String {
        let mut out = self.decode(&[], true);
        out.extend(self.line.drain(..));
        self.column = 0;
        out
    }

    fn decode(&mut self, bytes: &[u8], last: bool) -> String {
        let room = self
            .decoder
            .max_utf8_buffer_length(bytes.len())
            .unwrap_or(bytes.len() * 3 + 4);
        let mut text = String::with_capacity(room);
        let _ = self.decoder.decode_to_string(bytes, &mut text, last);
        let mut out = String::with_capacity(text.len());
        for character in text.chars() {
            self.character(character, &mut out);
        }
        out
    }

    fn character(&mut self, c: char, out: &mut String) {
        self.state = match (self.state, c) {
            // A newline ends anything: output is not lost to a sequence that never ends.
            (_, '\n') => {
                out.extend(self.line.drain(..));
                out.push('\n');
                self.column = 0;
                State::Text
            }
            // These two cancel a sequence in every terminal.
            (_, '\u{18}' | '\u{1a}') => State::Text,
            (State::String { escape: true, .. }, '\\') => State::Text,
            (State::String { .. }, '\u{7}' | '\u{9c}') => State::Text,
            (State::String { length, .. }, _) if length >= LONGEST_STRING => State::Text,
            (State::String { length, .. }, _) => State::String {
                length: length + 1,
                escape: c == '\u{1b}',
            },
            (_, '\u{1b}') => State::Escape,
            (_, '\u{9b}') => State::Control { parameter: None },
            (_, '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}') => State::String {
                length: 0,
                escape: false,
            },
            (State::Escape, '[') => State::Control { parameter: None },
            (State::Escape, ']' | 'P' | 'X' | '^' | '_') => State::String {
                length: 0,
                escape: false,
            },
            (State::Escape | State::EscapeMore, ' '..='/') => State::EscapeMore,
            (State::Escape | State::EscapeMore, _) => State::Text,
            (State::Control { parameter }, '0'..='9') => {
                let digit = c as u32 - '0' as u32;
                let parameter = parameter
                    .unwrap_or(0)
                    .saturating_mul(10)
                    .saturating_add(digit);
                State::Control {
                    parameter: Some(parameter),
                }
            }
            (State::Control { parameter }, ' '..='?') => State::Control { parameter },
            (State::Control { parameter }, '@'..='~') => {
                self.control(c, parameter);
                State::Text
            }
            (State::Control { .. }, _) => State::Text,
            (State::Text, _) => {
                self.text(c, out);
                State::Text
            }
        };
    }

    fn control(&mut self, c: char, parameter: Option<u32>) {
        match (c, parameter.unwrap_or(0)) {
            ('K', 0) => self.line.truncate(self.column),
            ('K', 2) => self.line.clear(),
            ('G', column) => self.column = (column.max(1) as usize - 1).min(LONGEST_LINE),
            _ => {}
        }
    }

    fn text(&mut self, c: char, out: &mut String) {
        match c {
            '\r' => self.column = 0,
            '\u{8}' => self.column = self.column.saturating_sub(1),
            '\t' => self.put(c, out),
            c if c.is_control() => {}
            c => self.put(c, out),
        }
    }

    fn put(&mut self, c: char, out: &mut String) {
        if self.line.len() < self.column {
            self.line.resize(self.column, ' ');
        }
        match self.line.get_mut(self.column) {
            Some(place) => *place = c,
            None => self.line.push(c),
        }
        self.column += 1;
        if self.line.len() >= LONGEST_LINE {
            out.extend(self.line.drain(..));
            self.column = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(bytes: &[u8]) -> String {
        let mut screen = Screen::new();
        let mut text = screen.push(bytes);
        text.push_str(&screen.finish());
        text
    }

    #[test]
    fn what_is_left_to_read() {
        for (printed, left) in [
            ("plain\ttext\n", "plain\ttext\n"),
            ("\u{1b}[1;31mred\u{1b}[0m\n", "red\n"),
            ("10%\r50%\r100%\n", "100%\n"),
            ("downloading\rdone\u{1b}[K\n", "done\n"),
            ("abc\u{8}\u{8}XY\n", "aXY\n"),
            ("one\r\ntwo\r\n", "one\ntwo\n"),
            ("\u{1b}]0;title\u{7}x\n", "x\n"),
            ("\u{1b}]52;c;c2VjcmV0\u{1b}\\x\n", "x\n"),
            (
                "\u{1b}]8;;http://evil\u{1b}\\link\u{1b}]8;;\u{1b}\\\n",
                "link\n",
            ),
            ("\u{1b}P+q544e\u{1b}\\x\n", "x\n"),
            ("\u{9b}31mx\u{9d}0;t\u{9c}y\n", "xy\n"),
            ("\u{1b}(Bx\u{1b}=y\n", "xy\n"),
            ("a\u{7}\u{0}b\u{7f}\n", "ab\n"),
            ("\u{1b}[2Kno newline", "no newline"),
            ("\u{1b}]0;never ends\nvisible\n", "\nvisible\n"),
            ("ä → 😀\n", "ä → 😀\n"),
        ] {
            assert_eq!(shown(printed.as_bytes()), left, "{printed:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_marked() {
        assert_eq!(shown(b"a\xff\xfeb\n"), "a\u{fffd}\u{fffd}b\n");
    }

    #[test]
    fn a_line_without_end_is_given_out() {
        let mut screen = Screen::new();
        let given: usize = (0..100).map(|_| screen.push(&[b'x'; 1000]).len()).sum();
        assert!(given > 90_000, "{given}");
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter_and_no_control_is_left(
            bytes in prop::collection::vec(
                prop_oneof![any::<u8>(), Just(0x1b), Just(b'['), Just(b']'), Just(b'\n')], 0..300),
            cut in 1_usize..20,
        ) {
            let whole = shown(&bytes);
            let mut screen = Screen::new();
            let mut parts: String = bytes.chunks(cut).map(|part| screen.push(part)).collect();
            parts.push_str(&screen.finish());
            prop_assert_eq!(&whole, &parts);
            prop_assert!(whole.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'));
            prop_assert_eq!(shown(whole.as_bytes()), whole);
        }
    }
}
