//! What a test run says about itself.
//!
//! `node --test` prints TAP when nobody watches (Node 20 and 22) and its own format otherwise
//! (from Node 23 on always); both end in lines such as `# pass 12` or `ℹ pass 12`. Counts are
//! taken from there and never from the exit code, and a run without counts is no run.

/// The counts of a test run, and the names of the tests that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) total: u32,
    pub(crate) passed: u32,
    pub(crate) failing: Vec<String>,
}

impl Report {
    /// Reads the output of `node --test`; `None` if it holds no counts.
    pub(crate) fn read(output: &str) -> Option<Self> {
        let count = |name: &str| {
            output.lines().rev().find_map(|line| {
                let rest = line
                    .strip_prefix("# ")
                    .or_else(|| line.strip_prefix("ℹ "))?;
                rest.strip_prefix(name)?
                    .strip_prefix(' ')?
                    .trim()
                    .parse::<u32>()
                    .ok()
            })
        };
        let mut failing: Vec<String> = Vec::new();
        for name in output.lines().filter_map(failed) {
            if !failing.iter().any(|known| known == name) {
                failing.push(name.to_owned());
            }
        }
        Some(Self {
            total: count("tests")?,
            passed: count("pass")?,
            failing,
        })
    }

    /// Tests that did not pass, whatever the reason: failed, cancelled, skipped.
    pub(crate) fn not_passed(&self) -> u32 {
        self.total.saturating_sub(self.passed)
    }

    /// Whether every test ran and passed, and there was one.
    pub(crate) fn is_green(&self) -> bool {
        self.total > 0 && self.not_passed() == 0 && self.failing.is_empty()
    }
}

/// The name of the test that this line says has failed.
fn failed(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if let Some(rest) = line.strip_prefix("not ok ") {
        let (_, name) = rest.split_once(" - ")?;
        let todo = name.contains(" # TODO") || name.contains(" # SKIP");
        return (!todo).then_some(name.trim());
    }
    let name = line.strip_prefix("✖ ")?;
    if name == "failing tests:" {
        return None;
    }
    // The duration behind the name: `✖ adds up (1.2ms)`.
    let bare = name
        .rsplit_once(" (")
        .filter(|(_, rest)| rest.ends_with("ms)"));
    Some(bare.map_or(name, |(name, _)| name).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_tap() {
        let output = "TAP version 13\nok 1 - adds\nnot ok 2 - stops at zero\n  ---\n  ...\n\
                      1..2\n# tests 2\n# suites 0\n# pass 1\n# fail 1\n";
        let report = Report::read(output).unwrap();
        assert_eq!((report.total, report.passed), (2, 1));
        assert_eq!(report.failing, ["stops at zero"]);
        assert!(!report.is_green());
    }

    #[test]
    fn reads_the_format_of_newer_versions_and_names_a_test_once() {
        let output = "✔ adds (0.5ms)\n✖ stops at zero (1.2ms)\nℹ tests 2\nℹ pass 1\nℹ fail 1\n\
                      \n✖ failing tests:\n\n✖ stops at zero (1.2ms)\n";
        let report = Report::read(output).unwrap();
        assert_eq!(report.failing, ["stops at zero"]);
        assert_eq!(report.not_passed(), 1);
    }

    #[test]
    fn no_tests_are_not_green_and_no_counts_are_no_report() {
        assert!(!Report::read("# tests 0\n# pass 0\n").unwrap().is_green());
        assert_eq!(Report::read("sh: 1: node: not found\n"), None);
        assert!(
            !Report::read("# tests 2\n# pass 1\n# skipped 1\n")
                .unwrap()
                .is_green()
        );
    }
}
