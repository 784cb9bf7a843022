//! What a test run counted.
//!
//! Read from the text that runners print for people, because that is what a command leaves behind.
//! Output that names no count gives none: a run is never green by guess.

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::summaries;
use super::summaries::Outcome;
use super::summaries::Summary;

/// What a test run counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Tests that passed.
    pub passed: u32,
    /// Tests that failed.
    pub failed: u32,
    /// Tests that were not run.
    pub skipped: u32,
}

/// The counts of a test run's output, or none when it is not the output of a runner known here:
/// node's test runner and others that print TAP, cargo test, nextest, pytest, unittest, Go (`-v` or
/// `-json`), Vitest, Jest, Mocha, and the runners of [`super::summaries`].
pub fn counts(output: &str) -> Option<Counts> {
    let mut found = Found::default();
    for line in output.lines() {
        found.read(line);
    }
    found.total()
}

/// Summaries met so far, fed line by line. Runners that print one summary per binary are added up;
/// of runners that print one for all, the last one counts.
#[derive(Debug, Default)]
pub(super) struct Found {
    tap: [Option<u32>; 4],
    added: Option<Counts>,
    last: Option<Counts>,
    go: Option<Counts>,
    /// Tests that unittest says it ran; its next line says how they went.
    ran: Option<u32>,
}

impl Found {
    pub(super) fn read(&mut self, raw: &str) {
        let line = raw.trim();
        if self.read_go(raw) || self.read_unittest(line) {
            return;
        }
        let bare = line.trim_start_matches(['#', 'ℹ', '\u{2139}', '=', ' ']);
        let words = ["pass ", "fail ", "skipped ", "tests "];
        for (slot, word) in words.into_iter().enumerate() {
            let marked = line.starts_with('#') || line.starts_with('ℹ');
            let number = marked.then(|| bare.strip_prefix(word)).flatten();
            if let Some(number) = number.and_then(|number| number.trim().parse().ok()) {
                self.tap[slot] = Some(number);
            }
        }
        if let Some(summary) = summaries::read(line) {
            self.sum_up(summary);
        } else if let Some(summary) = line.strip_prefix("test result: ") {
            let summary = named(summary, &["passed"], &["failed"], &["ignored"]);
            add(self.added.get_or_insert_default(), summary);
        } else if line.starts_with("Summary [")
            || bare.starts_with("Tests ")
            || line.starts_with("Tests:")
            || is_pytest(line, bare)
        {
            self.last = Some(named(
                bare,
                &["passed", "xpassed"],
                &["failed", "error", "errors"],
                &["skipped", "todo", "xfailed", "pending"],
            ));
        } else if bare.starts_with("no tests ran in ")
            || line.starts_with("No test files found, exiting")
            || line.starts_with("No tests found, exiting")
        {
            self.last = Some(Counts::default());
        } else if let Some(number) = counted(line, "passing") {
            // Mocha begins its summary with this, also when nothing passed.
            self.last = Some(Counts {
                passed: number,
                ..Counts::default()
            });
        } else if let Some(number) = counted(line, "failing") {
            self.last.get_or_insert_default().failed = number;
        } else if let Some(number) = counted(line, "pending") {
            self.last.get_or_insert_default().skipped = number;
        }
    }

    fn sum_up(&mut self, summary: Summary) {
        match summary {
            Summary::OfAll(counts) => self.last = Some(counts),
            Summary::OfPart(counts) => add(self.added.get_or_insert_default(), counts),
            Summary::One(outcome, number) => {
                let counts = self.last.get_or_insert_default();
                match outcome {
                    Outcome::Passed => counts.passed = number,
                    Outcome::Failed => counts.failed = number,
                    Outcome::Skipped => counts.skipped = number,
                }
            }
        }
    }

    /// Go's own lines: of `-v`, only those of whole tests, which stand at the margin.
    fn read_go(&mut self, raw: &str) -> bool {
        let word = if let Some(rest) = raw.strip_prefix("--- ") {
            match rest.split_once(": ") {
                Some((word, _)) => word.to_owned(),
                None => return false,
            }
        } else if let Some(event) = go_event(raw) {
            // An event of a package has no test; a subtest is part of its test.
            match event.test {
                Some(test) if !test.contains('/') => event.action.to_uppercase(),
                _ => return true,
            }
        } else {
            if raw.contains("[no test files]") || raw.contains("[no tests to run]") {
                self.go.get_or_insert_default();
            }
            return false;
        };
        let slot = |counts: &mut Counts| match word.as_str() {
            "PASS" => counts.passed += 1,
            "FAIL" => counts.failed += 1,
            "SKIP" => counts.skipped += 1,
            _ => {}
        };
        slot(self.go.get_or_insert_default());
        true
    }

    /// `Ran 5 tests in 0.001s`, then `OK` or `FAILED (failures=1, errors=1)`.
    fn read_unittest(&mut self, line: &str) -> bool {
        let ran = line.strip_prefix("Ran ").and_then(|rest| {
            let (number, rest) = rest.split_once(' ')?;
            let of_tests = rest.starts_with("test in ") || rest.starts_with("tests in ");
            of_tests.then(|| number.parse().ok()).flatten()
        });
        if let Some(ran) = ran {
            self.ran = Some(ran);
            return true;
        }
        let Some(ran) = self.ran.filter(|_| !line.is_empty()) else {
            return false;
        };
        let ended = ["OK", "FAILED", "NO TESTS RAN"];
        if !ended.iter().any(|word| line.starts_with(word)) {
            return false;
        }
        self.ran = None;
        let number = |name: &str| {
            line.split(['(', ')', ',', ' '])
                .find_map(|part| part.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
                .unwrap_or(0_u32)
        };
        let failed = number("failures") + number("errors") + number("unexpected successes");
        let skipped = number("skipped") + number("expected failures");
        self.last = Some(Counts {
            passed: ran.saturating_sub(failed + skipped),
            failed,
            skipped,
        });
        true
    }

    pub(super) fn total(&self) -> Option<Counts> {
        if let [Some(passed), failed, skipped, tests] = self.tap
            && (failed.is_some() || tests.is_some())
        {
            let skipped = skipped.unwrap_or(0);
            // tape says nothing of failures where there are none.
            let rest = || tests.unwrap_or(0).saturating_sub(passed + skipped);
            return Some(Counts {
                passed,
                failed: failed.unwrap_or_else(rest),
                skipped,
            });
        }
        self.added.or(self.last).or(self.go)
    }
}

/// One line of `go test -json`.
pub(super) struct GoEvent {
    pub(super) action: String,
    pub(super) test: Option<String>,
    pub(super) package: String,
    pub(super) output: Option<String>,
}

pub(super) fn go_event(line: &str) -> Option<GoEvent> {
    if !line.starts_with('{') || !line.contains("\"Action\"") {
        return None;
    }
    let event: Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| event[name].as_str().map(str::to_owned);
    Some(GoEvent {
        action: text("Action")?,
        test: text("Test"),
        package: text("Package")?,
        output: text("Output"),
    })
}

fn add(sum: &mut Counts, more: Counts) {
    sum.passed += more.passed;
    sum.failed += more.failed;
    sum.skipped += more.skipped;
}

/// `5 passed, 1 failed in 0.12s`, with or without a frame of equals signs.
fn is_pytest(line: &str, bare: &str) -> bool {
    let framed = line.starts_with("==") && line.ends_with("==");
    let quiet = bare.starts_with(|first: char| first.is_ascii_digit());
    let words = [" passed", " failed", " error", " skipped", " deselected"];
    (framed || quiet) && bare.contains(" in ") && words.iter().any(|word| bare.contains(word))
}

/// Mocha's `12 passing (30ms)`.
fn counted(line: &str, word: &str) -> Option<u32> {
    let (number, rest) = line.split_once(' ')?;
    let rest = rest.strip_prefix(word)?;
    (rest.is_empty() || rest.starts_with(" ("))
        .then(|| number.parse().ok())
        .flatten()
}

/// Numbers that stand before one of the words.
fn named(summary: &str, passed: &[&str], failed: &[&str], skipped: &[&str]) -> Counts {
    let words: Vec<&str> = summary
        .split([' ', ',', ';', '|', ':'])
        .filter(|word| !word.is_empty())
        .collect();
    let before = |names: &[&str]| {
        words
            .windows(2)
            .filter(|pair| names.contains(&pair[1]))
            .filter_map(|pair| pair[0].parse::<u32>().ok())
            .sum()
    };
    Counts {
        passed: before(passed),
        failed: before(failed),
        skipped: before(skipped),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, expect: Option<(u32, u32, u32)>) {
        let expect = expect.map(|(passed, failed, skipped)| Counts {
            passed,
            failed,
            skipped,
        });
        assert_eq!(counts(output), expect, "{output}");
    }

    #[test]
    fn counts_of_runners() {
        check(
            "# tests 14\n# pass 13\n# fail 1\n# cancelled 0\n# skipped 0\n",
            Some((13, 1, 0)),
        );
        check(
            "ℹ tests 3\nℹ pass 2\nℹ fail 0\nℹ skipped 1\n",
            Some((2, 0, 1)),
        );
        check(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
             test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n",
            Some((5, 1, 1)),
        );
        check(
            "Summary [   0.25s] 14 tests run: 13 passed, 1 failed, 2 skipped",
            Some((13, 1, 2)),
        );
        check(
            "===== 1 failed, 4 passed, 2 skipped in 0.12s =====",
            Some((4, 1, 2)),
        );
        check("1..3\n# tests 3\n# pass  3\n\n# ok\n", Some((3, 0, 0)));
        check("1..3\n# tests 3\n# pass  1\n# fail  2\n", Some((1, 2, 0)));
        check("5 passed in 0.01s", Some((5, 0, 0)));
        check("===== 2 errors in 0.12s =====", Some((0, 2, 0)));
        check(
            " Test Files  1 passed (1)\n      Tests  2 failed | 9 passed (11)",
            Some((9, 2, 0)),
        );
        check("Tests:       1 failed, 2 passed, 3 total", Some((2, 1, 0)));
        check("  12 passing (30ms)\n  2 failing", Some((12, 2, 0)));
        check("  0 passing (1ms)\n  1 pending\n", Some((0, 0, 1)));
    }

    #[test]
    fn counts_of_unittest() {
        check("Ran 5 tests in 0.001s\n\nOK\n", Some((5, 0, 0)));
        check(
            "Ran 6 tests in 0.001s\n\nFAILED (failures=1, errors=2, skipped=1)\n",
            Some((2, 3, 1)),
        );
        check("Ran 1 test in 0.000s\n\nOK (skipped=1)\n", Some((0, 0, 1)));
        check("Ran 0 tests in 0.000s\n\nNO TESTS RAN\n", Some((0, 0, 0)));
        check("OK\n", None);
    }

    #[test]
    fn counts_of_go_are_whole_tests() {
        check(
            "=== RUN   TestOne\n=== RUN   TestOne/sub\n--- FAIL: TestOne (0.00s)\n    \
             --- FAIL: TestOne/sub (0.00s)\n--- PASS: TestTwo (0.00s)\n--- SKIP: TestThree (0.00s)\n\
             FAIL\nFAIL\ttiny\t0.002s\n",
            Some((1, 1, 1)),
        );
        let event = |action: &str, test: &str| {
            format!("{{\"Action\":\"{action}\",\"Package\":\"tiny\"{test},\"Elapsed\":0}}\n")
        };
        let output = [
            event("run", ",\"Test\":\"TestOne\""),
            event("pass", ",\"Test\":\"TestOne/sub\""),
            event("pass", ",\"Test\":\"TestOne\""),
            event("fail", ",\"Test\":\"TestTwo\""),
            event("fail", ""),
        ];
        check(&output.concat(), Some((1, 1, 0)));
        check("?   \ttiny\t[no test files]\n", Some((0, 0, 0)));
        // Without `-v` it says that a package is well, not how many tests ran.
        check("ok  \ttiny\t0.002s\n", None);
    }

    #[test]
    fn runs_without_a_test_count_nothing() {
        check("# tests 0\n# pass 0\n# fail 0\n", Some((0, 0, 0)));
        check(
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n",
            Some((0, 0, 0)),
        );
        check("===== no tests ran in 0.01s =====", Some((0, 0, 0)));
        check("no tests ran in 0.01s", Some((0, 0, 0)));
        check("===== 3 deselected in 0.01s =====", Some((0, 0, 0)));
        check("No test files found, exiting\n", Some((0, 0, 0)));
    }

    #[test]
    fn other_output_counts_nothing() {
        check("", None);
        check("hello\n5 files changed in 3 places\n", None);
        check("# pass the salt\n", None);
        check("all tests passed!", None);
        check("{\"Action\":\"stand\"}", None);
    }
}
