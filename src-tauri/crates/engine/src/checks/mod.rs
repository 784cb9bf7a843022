//! Checks: what a test run's output says it counted.
//!
//! Read from the text that runners print for people, because that is what a command of the agent
//! leaves behind. Output that names no count gives none: a run is never green by guess.

/// What a test run counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Tests that passed.
    pub passed: u32,
    /// Tests that failed.
    pub failed: u32,
    /// Tests that were not run.
    pub skipped: u32,
}

/// The counts of a test run's output, or none when it is not the output of a runner known here:
/// node's test runner, cargo test, nextest, pytest, Vitest, Jest and Mocha.
pub fn counts(output: &str) -> Option<Counts> {
    let mut found = Found::default();
    for line in output.lines() {
        found.read(line.trim());
    }
    found.total()
}

/// Summaries met so far. Runners that print one summary per binary are added up; of runners that
/// print one for all, the last one counts.
#[derive(Debug, Default)]
struct Found {
    node: [Option<u32>; 3],
    added: Option<Counts>,
    last: Option<Counts>,
}

impl Found {
    fn read(&mut self, line: &str) {
        let bare = line.trim_start_matches(['#', 'ℹ', '\u{2139}', '=', ' ']);
        for (slot, word) in ["pass ", "fail ", "skipped "].into_iter().enumerate() {
            let marked = line.starts_with('#') || line.starts_with('ℹ');
            let number = marked.then(|| bare.strip_prefix(word)).flatten();
            if let Some(number) = number.and_then(|number| number.trim().parse().ok()) {
                self.node[slot] = Some(number);
            }
        }
        if let Some(summary) = line.strip_prefix("test result: ") {
            let summary = named(summary, &["passed"], &["failed"], &["ignored"]);
            let sum = self.added.get_or_insert_default();
            sum.passed += summary.passed;
            sum.failed += summary.failed;
            sum.skipped += summary.skipped;
        } else if line.starts_with("Summary [")
            || bare.starts_with("Tests ")
            || line.starts_with("Tests:")
            || is_pytest(line, bare)
        {
            self.last = Some(named(
                bare,
                &["passed"],
                &["failed", "error", "errors"],
                &["skipped", "todo", "xfailed"],
            ));
        } else if let Some(number) = counted(line, "passing") {
            self.last.get_or_insert_default().passed = number;
        } else if let Some(number) = counted(line, "failing") {
            self.last.get_or_insert_default().failed = number;
        }
    }

    fn total(self) -> Option<Counts> {
        if let [Some(passed), Some(failed), skipped] = self.node {
            return Some(Counts {
                passed,
                failed,
                skipped: skipped.unwrap_or(0),
            });
        }
        self.added.or(self.last)
    }
}

/// `5 passed, 1 failed in 0.12s`, with or without a frame of equals signs.
fn is_pytest(line: &str, bare: &str) -> bool {
    let framed = line.starts_with("==") && line.ends_with("==");
    let quiet = bare.starts_with(|first: char| first.is_ascii_digit());
    (framed || quiet)
        && bare.contains(" in ")
        && (bare.contains(" passed") || bare.contains(" failed") || bare.contains(" error"))
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
        check("5 passed in 0.01s", Some((5, 0, 0)));
        check("===== 2 errors in 0.12s =====", Some((0, 2, 0)));
        check(
            " Test Files  1 passed (1)\n      Tests  2 failed | 9 passed (11)",
            Some((9, 2, 0)),
        );
        check("Tests:       1 failed, 2 passed, 3 total", Some((2, 1, 0)));
        check("  12 passing (30ms)\n  2 failing", Some((12, 2, 0)));
    }

    #[test]
    fn other_output_counts_nothing() {
        check("", None);
        check("hello\n5 files changed in 3 places\n", None);
        check("# pass the salt\n", None);
        check("all tests passed!", None);
        check("===== no tests ran in 0.01s =====", None);
    }
}
