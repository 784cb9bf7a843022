//! Counts what the test runners report, from their own words.
//!
//! vitest writes a JSON report; nextest closes with a line such as
//! `Summary [ 1.2s] 14 tests run: 12 passed (1 slow), 1 failed, 1 timed out, 2 skipped`.

use std::fmt;
use std::ops::AddAssign;

use serde_json::Value;

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// The counts in vitest's JSON report. A file that could not even be loaded counts as one failure.
pub(crate) fn vitest(report: &str) -> Option<Tally> {
    let report: Value = serde_json::from_str(report).ok()?;
    let count = |name: &str| report.get(name).and_then(Value::as_u64);
    let unloaded = report
        .get("testResults")?
        .as_array()?
        .iter()
        .filter(|file| {
            file["status"] == "failed"
                && file["assertionResults"]
                    .as_array()
                    .is_none_or(Vec::is_empty)
        });
    Some(Tally {
        passed: count("numPassedTests")?,
        failed: count("numFailedTests")? + unloaded.count() as u64,
        skipped: count("numPendingTests")? + count("numTodoTests").unwrap_or(0),
    })
}

/// The counts in nextest's closing line; nothing when `line` is another one.
pub(crate) fn nextest(line: &str) -> Option<Tally> {
    let line = without_colour(line);
    let (_, counts) = line
        .trim_start()
        .strip_prefix("Summary")?
        .split_once(" run: ")?;
    let mut tally = Tally::default();
    for part in without_brackets(counts).split(',') {
        let (number, what) = part.trim().split_once(' ')?;
        let number: u64 = number.parse().ok()?;
        match what.trim() {
            "passed" => tally.passed += number,
            "skipped" => tally.skipped += number,
            // failed, timed out, exec failed, and whatever else is not a pass.
            _ => tally.failed += number,
        }
    }
    Some(tally)
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_usize;
    text.chars()
        .filter(|character| {
            match character {
                '(' => depth += 1,
                ')' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect()
}

/// `text` without terminal colour sequences (`ESC [ ... m`).
pub(crate) fn without_colour(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain += before;
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u64, failed: u64, skipped: u64) -> Option<Tally> {
        Some(Tally {
            passed,
            failed,
            skipped,
        })
    }

    #[test]
    fn reads_the_closing_line_of_nextest() {
        let check = |line, expected| assert_eq!(nextest(line), expected, "{line}");
        check(
            "     Summary [   0.250s] 14 tests run: 14 passed, 0 skipped",
            tally(14, 0, 0),
        );
        check(
            "Summary [1s] 1 test run: 1 passed (1 slow, 1 leaky), 2 skipped",
            tally(1, 0, 2),
        );
        check(
            "Summary [ 9s] 9/14 tests run: 5 passed, 2 failed, 1 timed out, 1 exec failed, 3 skipped",
            tally(5, 4, 3),
        );
        check(
            "\u{1b}[31;1m Summary\u{1b}[0m [ 1s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m2\u{1b}[0m \u{1b}[32mpassed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m \u{1b}[33mskipped\u{1b}[0m",
            tally(2, 0, 0),
        );
        check("        PASS [   0.010s] e2e::suite summary", None);
    }

    #[test]
    fn reads_the_report_of_vitest() {
        let report = r#"{"numPassedTests":7,"numFailedTests":1,"numPendingTests":2,"numTodoTests":1,
            "testResults":[{"status":"failed","assertionResults":[]},
                           {"status":"passed","assertionResults":[{}]}]}"#;
        assert_eq!(vitest(report), tally(7, 2, 3));
        assert_eq!(vitest("{}"), None, "no counts are not zero counts");
    }

    #[test]
    fn says_its_counts_in_the_closing_form() {
        let mut sum = Tally {
            passed: 1,
            failed: 0,
            skipped: 2,
        };
        sum += Tally {
            passed: 2,
            failed: 1,
            skipped: 0,
        };
        assert_eq!(sum.to_string(), "3 passed, 1 failed, 2 skipped");
    }
}
