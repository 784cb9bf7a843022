//! What a subcommand reads from and prints to, and how it ends.

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
}

impl Streams<'_> {
    /// Prints to standard output.
    pub(crate) fn print(&mut self, text: &str) -> Exit {
        self.print_bytes(text.as_bytes())
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
        let _ = self.err.write_all(format!("{sentence}\n{hint}").as_bytes());
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
        });
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        Outcome {
            exit,
            out: text(out),
            err: text(err),
        }
    }
}
