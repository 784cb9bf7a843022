//! What a subcommand reads from and prints to, and how it ends.
//!
//! Much of what is printed was written by a model or lies in a project, and a terminal obeys what is
//! in it: a sequence of control characters can set its clipboard or write over what was said. So a
//! terminal is given none, except line ends and tabs; a program is given every byte.

use std::io::{ErrorKind, Read, Write};

/// How a subcommand ended. The numbers are the exit codes of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All of it was done.
    Done = 0,
    /// The input could not be understood or does not fit. Nothing was changed.
    Refused = 1,
    /// The arguments are wrong.
    Usage = 2,
    /// A file or folder could not be read or written. Nothing was changed.
    Failed = 3,
    /// Writing failed half way and could not be taken back.
    Broken = 4,
    /// The agent's turn failed. The project is unchanged.
    TurnFailed = 5,
    /// Done, but something was refused because nobody could be asked.
    NotAsked = 6,
    /// The turn was stopped. The project is unchanged.
    Stopped = 7,
    /// Not applied, because the project changed meanwhile.
    Conflict = 8,
}

/// Standard input, output and error.
pub(crate) struct Streams<'s> {
    pub(crate) input: &'s mut dyn Read,
    pub(crate) out: &'s mut dyn Write,
    pub(crate) err: &'s mut dyn Write,
    /// Whether standard output is a terminal.
    pub(crate) terminal: bool,
}

/// The text with its control characters made visible.
pub(crate) fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            // The pictures of the control characters lie in the same order.
            '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

impl Streams<'_> {
    /// Prints to standard output.
    pub(crate) fn print(&mut self, text: &str) -> Exit {
        match self.terminal {
            true => self.print_bytes(harmless(text).as_bytes()),
            false => self.print_bytes(text.as_bytes()),
        }
    }

    /// Prints to standard output. A reader that has gone away is not an error: it has what it
    /// wanted, as `head` has.
    pub(crate) fn print_bytes(&mut self, bytes: &[u8]) -> Exit {
        match self.out.write_all(bytes).and_then(|()| self.out.flush()) {
            Ok(()) => Exit::Done,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Exit::Done,
            Err(error) => {
                self.say(&format!("Cannot write to standard output: {error}."), "");
                Exit::Failed
            }
        }
    }

    /// Says on standard error what happened, and on a second line what to do.
    pub(crate) fn say(&mut self, sentence: &str, hint: &str) {
        let hint = if hint.is_empty() {
            String::new()
        } else {
            format!("{hint}\n")
        };
        // With standard error gone there is nobody left to tell; the exit code still says it.
        let text = harmless(&format!("{sentence}\n{hint}"));
        let _ = self.err.write_all(text.as_bytes());
    }

    /// Says what is wrong with the arguments, and how they should be.
    pub(crate) fn usage(&mut self, what: &str, help: &str) -> Exit {
        self.say(&format!("{what}."), &format!("\n{}", help.trim_end()));
        Exit::Usage
    }

    /// Flushes what was printed.
    pub(crate) fn close(&mut self, exit: Exit) -> Exit {
        match self.out.flush() {
            Err(error) if exit == Exit::Done && error.kind() != ErrorKind::BrokenPipe => {
                Exit::Failed
            }
            _ => exit,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Exit, Streams};

    pub(crate) struct Outcome {
        pub(crate) exit: Exit,
        pub(crate) out: String,
        pub(crate) err: String,
    }

    /// Runs a subcommand on `input` and keeps what it prints.
    pub(crate) fn call(input: &str, run: impl FnOnce(&mut Streams<'_>) -> Exit) -> Outcome {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut input = input.as_bytes();
        let exit = run(&mut Streams {
            input: &mut input,
            out: &mut out,
            err: &mut err,
            terminal: false,
        });
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        Outcome {
            exit,
            out: text(out),
            err: text(err),
        }
    }

    #[test]
    fn a_terminal_is_given_nothing_to_obey() {
        let text = "\u{1b}]52;c;eA==\u{7}a\tb\r\u{8}\u{9b}2J\u{7f}é\n";
        for (terminal, expect) in [
            (true, "␛]52;c;eA==␇a\tb␍␈\u{fffd}2J\u{fffd}é\n"),
            (false, text),
        ] {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let mut streams = Streams {
                input: &mut std::io::empty(),
                out: &mut out,
                err: &mut err,
                terminal,
            };
            streams.print(text);
            streams.say(text.trim_end(), "");
            assert_eq!(String::from_utf8(out).unwrap(), expect);
            let said = String::from_utf8(err).unwrap();
            assert!(!said.contains(['\u{1b}', '\u{9b}', '\r']), "{said:?}");
        }
    }
}
