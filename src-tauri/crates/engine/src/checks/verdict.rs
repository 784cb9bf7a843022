//! What a run of a check came to, in words.
//!
//! | a check that runs tests | is |
//! | --- | --- |
//! | exit 0, some tests ran, none failed | passed |
//! | tests failed, or another exit code | failed |
//! | no test ran, whatever the exit code | no tests |
//! | exit 0 and nothing to count | uncounted |
//!
//! Any other check passed when its exit code is 0. A runner that is missing, crashes, hangs or
//! prints without end has a word of its own, because each wants another next step.

use serde::Deserialize;
use serde::Serialize;

use super::Counts;
use super::Purpose;
use super::reader::Said;

/// How a run ended, before it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself; 128 + n for signal n.
    Exited(i32),
    /// It could not be started; the output says why.
    NotStarted,
    /// It took longer than it may.
    TimedOut,
    /// By the person.
    Stopped,
    /// It printed more than it may.
    TooMuchOutput,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Verdict {
    /// It is under way.
    Running,
    /// Tests ran and none failed, or a check that runs none ended well.
    Passed,
    /// Tests failed, or it ended with an error.
    Failed {
        /// The exit code.
        code: i32,
    },
    /// It ran no test, so it says nothing.
    NoTests,
    /// It ended well, but no tests could be counted.
    Uncounted,
    /// A program it needs is not there.
    Missing {
        /// The program or module.
        program: String,
    },
    /// It ended by a signal.
    Crashed {
        /// The signal's number.
        signal: i32,
    },
    /// It was ended because it took too long.
    TimedOut {
        /// What it was given, in seconds.
        seconds: u64,
    },
    /// It was ended because it printed too much.
    TooMuchOutput,
    /// The person stopped it, or the app was closed.
    Stopped,
    /// It could not be started.
    NotStarted {
        /// Why, as a sentence.
        why: String,
    },
}

/// Signals that a program ends by when something is wrong with it.
const CRASHES: [i32; 9] = [4, 5, 6, 7, 8, 9, 11, 24, 31];

/// Judges a run that has ended. `seconds` is what it was given.
pub fn judge(purpose: Purpose, end: End, said: &Said, seconds: u64) -> Verdict {
    let code = match end {
        End::Stopped => return Verdict::Stopped,
        End::NotStarted => {
            return Verdict::NotStarted {
                why: "the system refused it.".to_owned(),
            };
        }
        End::TimedOut => return Verdict::TimedOut { seconds },
        End::TooMuchOutput => return Verdict::TooMuchOutput,
        End::Exited(code) => code,
    };
    let failed = said.counts.is_some_and(|counts| counts.failed > 0);
    if code != 0 && !failed {
        if let Some(program) = &said.missing {
            return Verdict::Missing {
                program: program.clone(),
            };
        }
        let signal = (code > 128).then(|| code - 128);
        let signal = signal.filter(|signal| CRASHES.contains(signal));
        if let Some(signal) = said.crashed.or(signal) {
            return Verdict::Crashed { signal };
        }
    }
    if purpose != Purpose::Test {
        return match code {
            0 => Verdict::Passed,
            code => Verdict::Failed { code },
        };
    }
    match said.counts {
        Some(counts) if failed || (code != 0 && counts.passed > 0) => Verdict::Failed { code },
        Some(counts) if counts.passed == 0 && (code == 0 || nothing_but_counts(code)) => {
            Verdict::NoTests
        }
        _ if code != 0 => Verdict::Failed { code },
        Some(_) => Verdict::Passed,
        None => Verdict::Uncounted,
    }
}

/// The exit codes with which runners say that there was no test: pytest, and most others.
fn nothing_but_counts(code: i32) -> bool {
    matches!(code, 1 | 4 | 5)
}

impl Verdict {
    /// Whether it says that all is well.
    pub fn is_green(&self) -> bool {
        *self == Self::Passed
    }

    /// Whether the agent can be asked to mend it.
    pub fn can_be_mended(&self) -> bool {
        matches!(
            self,
            Self::Failed { .. }
                | Self::Crashed { .. }
                | Self::TimedOut { .. }
                | Self::TooMuchOutput
        )
    }

    /// What the run came to, as one sentence about `command`.
    pub fn sentence(&self, command: &str, counts: Option<Counts>) -> String {
        let skipped = counts.map_or(0, |counts| counts.skipped);
        let also = match skipped {
            0 => String::new(),
            n => format!(" {n} skipped."),
        };
        match self {
            Self::Running => "Running.".to_owned(),
            Self::Passed => match counts.filter(|counts| counts.passed > 0) {
                Some(Counts { passed: 1, .. }) => format!("1 test passes.{also}"),
                Some(Counts { passed, .. }) => format!("All {passed} tests pass.{also}"),
                None => "It ended without an error.".to_owned(),
            },
            Self::Failed { code } => match counts.filter(|counts| counts.failed > 0) {
                Some(counts) => format!(
                    "{} of {} fail{}.{also}",
                    counts.failed,
                    tests(counts.passed + counts.failed),
                    if counts.passed + counts.failed == 1 {
                        "s"
                    } else {
                        ""
                    }
                ),
                None => match counts.filter(|counts| counts.passed > 0) {
                    Some(counts) => format!(
                        "{} pass{}, but it ended with exit code {code}.{also}",
                        tests(counts.passed),
                        if counts.passed == 1 { "es" } else { "" }
                    ),
                    None => format!("It ended with exit code {code}."),
                },
            },
            Self::NoTests => format!("No tests ran, so nothing is known to work.{also}"),
            Self::Uncounted => {
                "It ended without an error, but no tests could be counted, so it is \
                                not taken for a pass."
                    .to_owned()
            }
            Self::Missing { program } => format!(
                "`{program}` was not found, so nothing was checked. Install it, or what the \
                 project needs, and run the check again."
            ),
            Self::Crashed { signal } => match name_of(*signal) {
                Some(name) => format!("It crashed: {name} (signal {signal})."),
                None => format!("It crashed (signal {signal})."),
            },
            Self::TimedOut { seconds } => format!(
                "It took longer than {} and was ended. It may be waiting for something.",
                time(*seconds)
            ),
            Self::TooMuchOutput => {
                "It printed more than 64 MB and was ended. The beginning and the end are kept."
                    .to_owned()
            }
            Self::Stopped => "Stopped before it had a result.".to_owned(),
            Self::NotStarted { why } => format!("`{command}` could not be started: {why}"),
        }
    }

    /// What counts alone say, in a few words: of a run that nobody asked the verdict of.
    pub fn words_of(counts: Counts) -> String {
        let verdict = match counts {
            Counts { failed: 1.., .. } => Self::Failed { code: 1 },
            Counts { passed: 1.., .. } => Self::Passed,
            _ => Self::NoTests,
        };
        verdict.words(Some(counts))
    }

    /// The same in a few words, for a list.
    pub fn words(&self, counts: Option<Counts>) -> String {
        match self {
            Self::Running => "running".to_owned(),
            Self::Passed => match counts.filter(|counts| counts.passed > 0) {
                Some(Counts { passed: 1, .. }) => "1 test passes".to_owned(),
                Some(counts) => format!("all {} pass", tests(counts.passed)),
                None => "passed".to_owned(),
            },
            Self::Failed { .. } => match counts.filter(|counts| counts.failed > 0) {
                Some(counts) => format!(
                    "{} of {} fail",
                    counts.failed,
                    tests(counts.failed + counts.passed)
                ),
                None => "the check fails".to_owned(),
            },
            Self::NoTests => "no tests ran".to_owned(),
            Self::Uncounted => "no tests counted".to_owned(),
            Self::Missing { program } => format!("{program} is missing"),
            Self::Crashed { .. } => "the check crashed".to_owned(),
            Self::TimedOut { .. } => "the check took too long".to_owned(),
            Self::TooMuchOutput => "the check printed too much".to_owned(),
            Self::Stopped => "the check was stopped".to_owned(),
            Self::NotStarted { .. } => "the check could not start".to_owned(),
        }
    }
}

fn tests(count: u32) -> String {
    match count {
        1 => "1 test".to_owned(),
        n => format!("{n} tests"),
    }
}

fn time(seconds: u64) -> String {
    match (seconds, seconds % 60) {
        (1, _) => "1 second".to_owned(),
        (60, _) => "1 minute".to_owned(),
        (seconds, 0) => format!("{} minutes", seconds / 60),
        (seconds, _) => format!("{seconds} seconds"),
    }
}

fn name_of(signal: i32) -> Option<&'static str> {
    Some(match signal {
        4 => "illegal instruction",
        6 => "it aborted itself",
        7 => "bus error",
        8 => "arithmetic error",
        9 => "it was killed, often because memory ran out",
        11 => "it touched memory that is not its own",
        31 => "it asked the system for something that is not allowed here",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(counts: Option<(u32, u32, u32)>) -> Said {
        Said {
            counts: counts.map(|(passed, failed, skipped)| Counts {
                passed,
                failed,
                skipped,
            }),
            ..Said::default()
        }
    }

    fn of_tests(code: i32, counts: Option<(u32, u32, u32)>) -> Verdict {
        judge(Purpose::Test, End::Exited(code), &said(counts), 60)
    }

    #[test]
    fn only_counted_tests_are_green() {
        let failed = |code| Verdict::Failed { code };
        for (code, counts, verdict) in [
            (0, Some((3, 0, 0)), Verdict::Passed),
            (0, Some((3, 0, 2)), Verdict::Passed),
            (0, Some((3, 1, 0)), failed(0)),
            (1, Some((3, 1, 0)), failed(1)),
            (101, Some((3, 0, 0)), failed(101)),
            (0, Some((0, 0, 0)), Verdict::NoTests),
            (0, Some((0, 0, 5)), Verdict::NoTests),
            (5, Some((0, 0, 0)), Verdict::NoTests),
            (101, Some((0, 0, 0)), failed(101)),
            (0, None, Verdict::Uncounted),
            (2, None, failed(2)),
        ] {
            let found = of_tests(code, counts);
            assert_eq!(found, verdict, "{code} {counts:?}");
            assert_eq!(found.is_green(), verdict == Verdict::Passed);
        }
    }

    #[test]
    fn other_checks_are_judged_by_their_exit_code() {
        let lint = |code| judge(Purpose::Lint, End::Exited(code), &said(None), 60);
        assert_eq!(lint(0), Verdict::Passed);
        assert_eq!(lint(1), Verdict::Failed { code: 1 });
    }

    #[test]
    fn what_went_wrong_otherwise_has_its_own_word() {
        let missing = Said {
            missing: Some("vitest".to_owned()),
            ..Said::default()
        };
        assert_eq!(
            judge(Purpose::Test, End::Exited(127), &missing, 60),
            Verdict::Missing {
                program: "vitest".to_owned()
            }
        );
        assert_eq!(of_tests(139, None), Verdict::Crashed { signal: 11 });
        // A program may end with any code; only signals of a crash are one.
        assert_eq!(of_tests(255, None), Verdict::Failed { code: 255 });
        // Tests that failed are what the person wants to know.
        let both = Said {
            missing: Some("helper".to_owned()),
            ..said(Some((1, 1, 0)))
        };
        assert_eq!(
            judge(Purpose::Test, End::Exited(1), &both, 60),
            Verdict::Failed { code: 1 }
        );
        for (end, verdict) in [
            (End::Stopped, Verdict::Stopped),
            (End::TimedOut, Verdict::TimedOut { seconds: 60 }),
            (End::TooMuchOutput, Verdict::TooMuchOutput),
        ] {
            assert_eq!(
                judge(Purpose::Test, end, &said(Some((9, 0, 0))), 60),
                verdict
            );
        }
    }

    #[test]
    fn every_verdict_has_a_sentence() {
        let sentence = |verdict: Verdict, counts| verdict.sentence("npm test", said(counts).counts);
        for (verdict, counts, expect) in [
            (Verdict::Passed, Some((14, 0, 0)), "All 14 tests pass."),
            (
                Verdict::Passed,
                Some((1, 0, 2)),
                "1 test passes. 2 skipped.",
            ),
            (Verdict::Passed, None, "It ended without an error."),
            (
                Verdict::Failed { code: 1 },
                Some((12, 2, 0)),
                "2 of 14 tests fail.",
            ),
            (
                Verdict::Failed { code: 1 },
                Some((0, 1, 0)),
                "1 of 1 test fails.",
            ),
            (
                Verdict::Failed { code: 101 },
                Some((3, 0, 0)),
                "3 tests pass, but it ended with exit code 101.",
            ),
            (
                Verdict::Failed { code: 101 },
                None,
                "It ended with exit code 101.",
            ),
            (
                Verdict::NoTests,
                Some((0, 0, 3)),
                "No tests ran, so nothing is known to work. 3 skipped.",
            ),
            (
                Verdict::TimedOut { seconds: 600 },
                None,
                "It took longer than 10 minutes and was ended. It may be waiting for something.",
            ),
            (
                Verdict::Crashed { signal: 11 },
                None,
                "It crashed: it touched memory that is not its own (signal 11).",
            ),
        ] {
            assert_eq!(sentence(verdict, counts), expect);
        }
        let missing = Verdict::Missing {
            program: "vitest".to_owned(),
        };
        assert!(sentence(missing, None).starts_with("`vitest` was not found, so nothing"));
        assert!(sentence(Verdict::TooMuchOutput, None).contains("more than 64 MB"));
        assert!(sentence(Verdict::Uncounted, None).contains("not taken for a pass"));
        assert!(sentence(Verdict::Stopped, None).starts_with("Stopped"));
        let refused = Verdict::NotStarted {
            why: "no bubblewrap.".to_owned(),
        };
        assert_eq!(
            sentence(refused, None),
            "`npm test` could not be started: no bubblewrap."
        );
    }
}
