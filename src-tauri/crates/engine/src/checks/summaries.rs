//! The last lines of the runners that a person may type a command for.
//!
//! Each says its counts on lines of one of four forms: `Name: number` pairs, `number name` pairs, one
//! outcome a line, or a sentence of its own.

use super::Counts;

/// What one line sums up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Summary {
    /// The whole run, or all of it so far.
    OfAll(Counts),
    /// One module or program of several.
    OfPart(Counts),
    /// How many tests ended in one way; other lines say the rest.
    One(Outcome, u32),
}

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Failed,
    Skipped,
}

/// What `line` sums up, if it is one of: Maven, .NET, PHPUnit; RSpec, minitest, `ExUnit`, Jasmine;
/// Bun, AVA, Playwright, `GoogleTest`; Deno, `XCTest`, `CTest`, node-tap, Dart.
pub(super) fn read(line: &str) -> Option<Summary> {
    named(line)
        .or_else(|| counted(line))
        .or_else(|| single(line))
        .or_else(|| sentence(line))
}

fn of(ran: u32, failed: u32, skipped: u32) -> Counts {
    Counts {
        passed: ran.saturating_sub(failed + skipped),
        failed,
        skipped,
    }
}

/// `[INFO] Tests run: 5, Failures: 1, Errors: 0, Skipped: 1`, `Passed!  - Failed: 0, Passed: 5,
/// Skipped: 0, Total: 5`, `Tests: 5, Assertions: 9, Failures: 1.`.
fn named(line: &str) -> Option<Summary> {
    let bare = ["[INFO] ", "[ERROR] ", "[WARNING] "]
        .iter()
        .find_map(|level| line.strip_prefix(level))
        .unwrap_or(line);
    let (pairs, part) = if bare.starts_with("Tests run: ") {
        // Each class says it too, with its time; the sum of a module has none.
        if bare.contains("Time elapsed") {
            return None;
        }
        (bare, true)
    } else if bare.starts_with("Tests: ") && bare.contains("Assertions: ") {
        (bare, false)
    } else {
        let rest = bare
            .strip_prefix("Passed!")
            .or_else(|| bare.strip_prefix("Failed!"))?;
        (rest.trim_start().strip_prefix("- ")?, true)
    };
    let number = |names: &[&str]| -> Option<u32> {
        let of = pairs.split(',').filter_map(|pair| {
            let (name, number) = pair.trim().trim_end_matches('.').split_once(':')?;
            names
                .contains(&name)
                .then(|| number.trim().parse::<u32>().ok())?
        });
        of.reduce(|sum, more| sum + more)
    };
    let counts = of(
        number(&["Tests run", "Tests", "Total"])?,
        number(&["Failures", "Errors", "Failed"]).unwrap_or(0),
        number(&["Skipped", "Incomplete"]).unwrap_or(0),
    );
    Some(match part {
        true => Summary::OfPart(counts),
        false => Summary::OfAll(counts),
    })
}

/// `5 examples, 1 failure, 2 pending`, `5 runs, 8 assertions, 0 failures, 0 errors, 1 skips`,
/// `OK (5 tests, 9 assertions)`.
fn counted(line: &str) -> Option<Summary> {
    let inner = line.strip_prefix("OK (").and_then(|l| l.strip_suffix(')'));
    let (mut ran, mut failed, mut skipped) = (None, None, 0);
    for pair in inner.unwrap_or(line).split(", ") {
        let (number, word) = pair.trim_end_matches('.').split_once(' ')?;
        let number: u32 = number.parse().ok()?;
        match word {
            "example" | "examples" | "run" | "runs" | "test" | "tests" | "doctest" | "doctests"
            | "property" | "properties" | "spec" | "specs" => *ran.get_or_insert(0) += number,
            "failure" | "failures" | "error" | "errors" => *failed.get_or_insert(0) += number,
            "skip" | "skips" | "skipped" | "pending" | "excluded" | "pending spec"
            | "pending specs" => skipped += number,
            "assertion" | "assertions" if inner.is_some() => failed = Some(0),
            "assertion" | "assertions" => {}
            "error occurred outside of examples" | "errors occurred outside of examples" => {
                *failed.get_or_insert(0) += number;
            }
            _ => return None,
        }
    }
    Some(Summary::OfAll(of(ran?, failed?, skipped)))
}

/// ` 5 pass`, `5 tests passed`, `5 passed (3.2s)`, `[  PASSED  ] 5 tests.`
fn single(line: &str) -> Option<Summary> {
    for (mark, outcome) in [
        ("[  PASSED  ] ", Outcome::Passed),
        ("[  FAILED  ] ", Outcome::Failed),
        ("[  SKIPPED ] ", Outcome::Skipped),
    ] {
        if let Some(rest) = line.strip_prefix(mark) {
            let (number, rest) = rest.split_once(' ')?;
            let sums = rest.starts_with("test") && (rest.contains("listed") || rest.ends_with('.'));
            return number
                .parse()
                .ok()
                .filter(|_| sums)
                .map(|n| Summary::One(outcome, n));
        }
    }
    let (number, rest) = line.split_once(' ')?;
    let number = number.parse().ok()?;
    let rest = rest.split_once(" (").map_or(rest, |(word, _)| word);
    let outcome = match rest {
        "pass" | "passed" | "test passed" | "tests passed" => Outcome::Passed,
        "fail" | "failed" | "test failed" | "tests failed" => Outcome::Failed,
        "skip" | "skipped" | "test skipped" | "tests skipped" | "did not run" => Outcome::Skipped,
        _ => return None,
    };
    Some(Summary::One(outcome, number))
}

/// `ok | 5 passed | 0 failed (10ms)`, `Executed 5 tests, with 1 failure (0 unexpected) in 0.1 s`,
/// `80% tests passed, 1 tests failed out of 5`, `# { total: 4, pass: 3, fail: 1 }`,
/// `00:01 +5 ~1 -1: Some tests failed.`.
fn sentence(line: &str) -> Option<Summary> {
    let number = |text: &str| -> Option<u32> {
        let digits = text.trim_start();
        let end = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        digits[..end].parse().ok()
    };
    let after = |text: &str, word: &str| number(text.split_once(word)?.1);
    if line.starts_with("ok | ") || line.starts_with("FAILED | ") {
        let before = |word: &str| -> u32 {
            let part = line.split(" | ").find(|part| part.contains(word));
            part.and_then(number).unwrap_or(0)
        };
        return Some(Summary::OfAll(Counts {
            passed: before(" passed"),
            failed: before(" failed"),
            skipped: before(" ignored"),
        }));
    }
    if let Some(rest) = line.strip_prefix("Executed ") {
        let ran = number(rest)?;
        let failed = after(rest, ", with ")
            .or_else(|| after(rest, " and "))
            .unwrap_or(0);
        let skipped = rest.contains(" skipped");
        let skipped = skipped.then(|| after(rest, " with ")).flatten();
        return rest.contains(" test").then(|| {
            let failed = match skipped {
                Some(_) => after(rest, " and ").unwrap_or(0),
                None => failed,
            };
            Summary::OfAll(of(ran, failed, skipped.unwrap_or(0)))
        });
    }
    if let Some((_, rest)) = line.split_once("% tests passed, ") {
        return Some(Summary::OfAll(of(
            after(rest, " out of ")?,
            number(rest)?,
            0,
        )));
    }
    if line.starts_with("# { total: ") {
        let field = |name: &str| after(line, name).unwrap_or(0);
        return Some(Summary::OfAll(Counts {
            passed: field(" pass: "),
            failed: field(" fail: "),
            skipped: field(" skip: ") + field(" todo: "),
        }));
    }
    let (head, end) = line.split_once(": ")?;
    let ended = [
        "All tests passed!",
        "Some tests failed.",
        "All tests skipped.",
    ];
    if !ended.contains(&end) {
        return None;
    }
    let field = |mark: char| {
        let word = head.split(' ').find_map(|word| word.strip_prefix(mark));
        word.and_then(number).unwrap_or(0)
    };
    Some(Summary::OfAll(Counts {
        passed: field('+'),
        failed: field('-'),
        skipped: field('~'),
    }))
}

#[cfg(test)]
mod tests {
    use super::super::counts;

    #[track_caller]
    fn check(output: &str, expect: Option<(u32, u32, u32)>) {
        let found = counts(output).map(|c| (c.passed, c.failed, c.skipped));
        assert_eq!(found, expect, "{output}");
    }

    #[test]
    fn named_numbers() {
        check(
            "[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1 s - in AT\n\
             [INFO] \n[ERROR] Tests run: 5, Failures: 1, Errors: 1, Skipped: 1\n\
             [INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 0\n",
            Some((4, 2, 1)),
        );
        check(
            "Passed!  - Failed:     0, Passed:     5, Skipped:     1, Total:     6, Duration: 7 ms\n",
            Some((5, 0, 1)),
        );
        check(
            "Tests: 5, Assertions: 9, Failures: 1, Errors: 1, Skipped: 1.\n",
            Some((2, 2, 1)),
        );
    }

    #[test]
    fn counted_names() {
        check("5 examples, 1 failure, 2 pending\n", Some((2, 1, 2)));
        check(
            "0 examples, 0 failures, 1 error occurred outside of examples\n",
            Some((0, 1, 0)),
        );
        check(
            "5 runs, 8 assertions, 1 failures, 1 errors, 1 skips\n",
            Some((2, 2, 1)),
        );
        check("2 doctests, 5 tests, 1 failure\n", Some((6, 1, 0)));
        check("5 specs, 0 failures, 1 pending spec\n", Some((4, 0, 1)));
        check("OK (5 tests, 9 assertions)\n", Some((5, 0, 0)));
        check("3 files, 2 errors\n", None);
        check("3 tests, 2 files\n", None);
    }

    #[test]
    fn an_outcome_a_line() {
        check(
            " 5 pass\n 1 fail\nRan 6 tests across 2 files.\n",
            Some((5, 1, 0)),
        );
        check("  4 tests passed\n  1 test failed\n", Some((4, 1, 0)));
        check(
            "  1 failed\n  2 skipped\n  5 passed (3.2s)\n",
            Some((5, 1, 2)),
        );
        check(
            "[  PASSED  ] 5 tests.\n[  FAILED  ] 2 tests, listed below:\n[  FAILED  ] A.b\n",
            Some((5, 2, 0)),
        );
    }

    #[test]
    fn sentences() {
        check("ok | 5 passed | 0 failed (10ms)\n", Some((5, 0, 0)));
        check("FAILED | 1 passed | 2 failed (10ms)\n", Some((1, 2, 0)));
        check(
            "Executed 5 tests, with 1 failure (0 unexpected) in 0.1 (0.1) seconds\n",
            Some((4, 1, 0)),
        );
        check(
            "Executed 5 tests, with 2 tests skipped and 1 failure (0 unexpected) in 0.1 seconds\n",
            Some((2, 1, 2)),
        );
        check(
            "80% tests passed, 1 tests failed out of 5\n",
            Some((4, 1, 0)),
        );
        check("# { total: 4, pass: 3, fail: 1 }\n", Some((3, 1, 0)));
        check("00:01 +5 ~1 -2: Some tests failed.\n", Some((5, 2, 1)));
        check("00:00 +5: loading a.dart\n", None);
    }
}
