//! Reads what a run prints, as it comes, however much that is.
//!
//! Only what is needed for the verdict is kept, so that a summary is found also where the output
//! itself was cut in the middle.

use super::Counts;
use super::counts::Found;
use super::counts::go_event;
use super::failing::Failing;

/// How the lines begin that may say something. Most lines do not, and a program may print millions.
const SAYING: [&str; 35] = [
    "#",
    "ℹ",
    "=",
    "✖",
    "●",
    "×",
    "{",
    "-",
    "?",
    "/",
    ".",
    "Test",
    "test",
    "Summary",
    "no ",
    "No ",
    "NO ",
    "not ok",
    "Ran ",
    "OK",
    "FAIL",
    "ERROR",
    "SIG",
    "TIMEOUT",
    "bash: ",
    "sh: ",
    "python",
    "error: no such",
    "ok ",
    "signal: ",
    "process didn't",
    "[",
    "Passed!",
    "Failed!",
    "Executed ",
];

/// Characters of a line that are looked at.
const LONGEST_LINE: usize = 4096;

/// See the module.
#[derive(Debug, Default)]
pub struct Reader {
    partial: String,
    counts: Found,
    failing: Failing,
    missing: Option<String>,
    crashed: Option<i32>,
}

/// What a run's output says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// What it counted.
    pub counts: Option<Counts>,
    /// Tests that failed, by name.
    pub failing: Vec<String>,
    /// A program or module that was not there.
    pub missing: Option<String>,
    /// The signal by which a test program ended.
    pub crashed: Option<i32>,
}

impl Reader {
    /// Takes a piece of output; pieces may end anywhere.
    pub fn push(&mut self, text: &str) {
        let mut rest = text;
        while let Some((line, after)) = rest.split_once('\n') {
            rest = after;
            if self.partial.is_empty() {
                self.line(line);
            } else {
                self.grow(line);
                let line = std::mem::take(&mut self.partial);
                self.line(&line);
            }
        }
        self.grow(rest);
    }

    /// What all of it says.
    pub fn finish(mut self) -> Said {
        let line = std::mem::take(&mut self.partial);
        self.line(&line);
        Said {
            counts: self.counts.total(),
            failing: self.failing.names(),
            missing: self.missing,
            crashed: self.crashed,
        }
    }

    fn grow(&mut self, text: &str) {
        let room = LONGEST_LINE.saturating_sub(self.partial.len());
        self.partial
            .push_str(&text[..text.floor_char_boundary(room)]);
    }

    fn line(&mut self, line: &str) {
        let line = &line[..line.floor_char_boundary(LONGEST_LINE)];
        let begin = line.trim_start();
        let numbered = begin.as_bytes().first().is_some_and(u8::is_ascii_digit);
        if !numbered && !SAYING.iter().any(|word| begin.starts_with(word)) {
            return;
        }
        self.counts.read(line);
        self.failing.read(line);
        if let Some(missing) = missing(line) {
            self.missing = Some(missing.to_owned());
        }
        if let Some(signal) = crashed(line) {
            self.crashed = Some(signal);
        }
        // Go wraps what a test prints; a crash is said in there.
        if let Some(output) = go_event(line).and_then(|event| event.output)
            && let Some(signal) = crashed(&output)
        {
            self.crashed = Some(signal);
        }
    }
}

/// `bash: line 1: npm: command not found`, `sh: 1: vitest: not found`, `No module named pytest`,
/// ``no such command: `nextest` ``.
fn missing(line: &str) -> Option<&str> {
    let line = line.trim();
    let shell = ["bash: ", "/bin/bash: ", "sh: ", "/bin/sh: "];
    if shell.iter().any(|word| line.starts_with(word)) {
        let name = line
            .strip_suffix(": command not found")
            .or_else(|| line.strip_suffix(": not found"))
            .or_else(|| line.strip_suffix(": No such file or directory"))?;
        return name.rsplit(": ").next();
    }
    if let Some((_, module)) = line.split_once(": No module named ") {
        // Of the interpreter itself, for `python -m`; an import in a test is a failure of the test.
        let of_the_interpreter = !line.contains("Error: No module named");
        return of_the_interpreter.then(|| module.trim_matches('\''));
    }
    let (_, rest) = line.split_once("error: no such command: `")?;
    rest.split('`').next()
}

/// Cargo's `(signal: 11, SIGSEGV: …)` behind a test program that ended by a signal.
fn crashed(line: &str) -> Option<i32> {
    if !line.contains("process didn't exit successfully") && !line.starts_with("signal: ") {
        return None;
    }
    let (_, rest) = line.split_once("signal: ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pieces: &[&str]) -> Said {
        let mut reader = Reader::default();
        for piece in pieces {
            reader.push(piece);
        }
        reader.finish()
    }

    #[test]
    fn a_summary_is_found_wherever_the_output_is_cut() {
        let output = "not ok 1 - stops at zero\n# pass 1\n# fail 1\n";
        for at in 0..output.len() {
            let said = said(&[&output[..at], &output[at..]]);
            assert_eq!(said.counts.map(|counts| counts.failed), Some(1), "{at}");
            assert_eq!(said.failing, ["stops at zero"], "{at}");
        }
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let mut reader = Reader::default();
        for _ in 0..1000 {
            reader.push(&"x".repeat(10_000));
        }
        assert!(reader.partial.len() <= LONGEST_LINE);
        reader.push("\n# pass 2\n# fail 0\n");
        assert_eq!(reader.finish().counts.unwrap().passed, 2);
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = |text: &str| said(&[text]).missing;
        let named = |name: &str| Some(name.to_owned());
        assert_eq!(
            missing("/bin/bash: line 1: npm: command not found\n"),
            named("npm")
        );
        assert_eq!(missing("sh: 1: vitest: not found"), named("vitest"));
        assert_eq!(
            missing("/bin/bash: line 1: .venv/bin/python: No such file or directory"),
            named(".venv/bin/python")
        );
        assert_eq!(
            missing("/usr/bin/python3: No module named pytest\n"),
            named("pytest")
        );
        assert_eq!(
            missing("error: no such command: `nextest`\n"),
            named("nextest")
        );
        assert_eq!(
            missing("ModuleNotFoundError: No module named 'cart'\n"),
            None
        );
        assert_eq!(missing("page not found\n"), None);
    }

    #[test]
    fn a_test_program_that_crashes_is_noticed() {
        let line = "  process didn't exit successfully: `/x/tiny-1` (signal: 6, SIGABRT: process abort signal)";
        assert_eq!(said(&[line]).crashed, Some(6));
        assert_eq!(said(&["traffic signal: 3\n"]).crashed, None);
    }
}
