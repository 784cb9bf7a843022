//! The names of the tests that failed, as the runner printed them.
//!
//! A runner that prints no names gives none; counts are never taken from here.

use super::counts::go_event;

/// Names that are kept; a run that fails more says how many in its counts.
const MOST_NAMES: usize = 200;
/// Characters of a name that are kept.
const LONGEST_NAME: usize = 300;

/// Names met so far, each once, in the order in which they were printed.
#[derive(Debug, Default)]
pub(super) struct Failing {
    names: Vec<String>,
    /// Mocha lists a failure twice; after its summary it prints the group first.
    summed_up: bool,
}

impl Failing {
    pub(super) fn read(&mut self, raw: &str) {
        let line = raw.trim();
        if line.contains(" passing (") {
            self.summed_up = true;
        }
        let name = node(line)
            .or_else(|| rust(line))
            .or_else(|| python(line))
            .or_else(|| javascript(line, self.summed_up))
            .map(str::to_owned)
            .or_else(|| go(line));
        if let Some(name) = name {
            self.add(&name);
        }
    }

    fn add(&mut self, name: &str) {
        let name: String = name.trim().chars().take(LONGEST_NAME).collect();
        if !name.is_empty() && self.names.len() < MOST_NAMES && !self.names.contains(&name) {
            self.names.push(name);
        }
    }

    pub(super) fn names(self) -> Vec<String> {
        self.names
    }
}

/// `not ok 2 - name`, or `✖ name (1.2ms)`.
fn node(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix("not ok ") {
        let (_, name) = rest.split_once(" - ")?;
        let meant = name.contains(" # TODO") || name.contains(" # SKIP");
        return (!meant).then_some(name);
    }
    let name = line.strip_prefix("✖ ")?;
    // The second is ESLint's last line, with which a test script may begin.
    let other = name == "failing tests:" || is_eslint(name);
    (!other).then(|| without_time(name))
}

/// `53 problems (0 errors, 53 warnings)`.
fn is_eslint(line: &str) -> bool {
    let words: Vec<&str> = line.split(' ').collect();
    matches!(words[..], [number, "problem" | "problems", ..] if number.parse::<u32>().is_ok())
}

/// `test name ... FAILED`, or nextest's `FAIL [   0.005s] (1/2) package name`.
fn rust(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix("test ") {
        return rest.strip_suffix(" ... FAILED");
    }
    let ended = ["FAIL [", "SIGABRT [", "SIGSEGV [", "TIMEOUT ["];
    let rest = ended.iter().find_map(|word| line.strip_prefix(word))?;
    let (_, name) = rest.split_once("] ")?;
    let name = name.trim_start();
    match name.strip_prefix('(') {
        Some(numbered) => Some(numbered.split_once(") ")?.1),
        None => Some(name),
    }
}

/// `FAILED path::test - message` or `FAIL: test (module.Class)`; errors alike.
fn python(line: &str) -> Option<&str> {
    for word in ["FAILED ", "ERROR "] {
        if let Some(rest) = line.strip_prefix(word) {
            let name = rest.split_once(" - ").map_or(rest, |(name, _)| name);
            return (name.contains(".py") && !name.contains(": ")).then_some(name);
        }
    }
    ["FAIL: ", "ERROR: "]
        .iter()
        .find_map(|word| line.strip_prefix(word))
        .filter(|name| name.ends_with(')') && name.contains(" ("))
}

/// Vitest's `FAIL  file > group > test` and `× test 2ms`, Jest's `● group › test`, Mocha's `1) test`.
fn javascript(line: &str, summed_up: bool) -> Option<&str> {
    if let Some(rest) = line.strip_prefix("FAIL  ") {
        return rest.contains(" > ").then_some(rest);
    }
    if let Some(rest) = line.strip_prefix("● ") {
        return rest.contains(" › ").then_some(rest);
    }
    let (number, name) = line.split_once(") ")?;
    let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (numbered && !summed_up).then_some(name)
}

/// `--- FAIL: TestOne (0.00s)`, or an event of `-json`.
fn go(line: &str) -> Option<String> {
    if let Some(rest) = line.strip_prefix("--- FAIL: ") {
        return Some(without_time(rest).to_owned());
    }
    let event = go_event(line).filter(|event| event.action == "fail")?;
    Some(format!("{}: {}", event.package, event.test?))
}

/// A name without the duration behind it.
fn without_time(name: &str) -> &str {
    match name.rsplit_once(" (") {
        Some((bare, time)) if time.ends_with("s)") => bare,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(output: &str) -> Vec<String> {
        let mut failing = Failing::default();
        for line in output.lines() {
            failing.read(line);
        }
        failing.names()
    }

    #[test]
    fn names_of_each_runner_once() {
        assert_eq!(
            names(
                "ok 1 - adds\nnot ok 2 - stops at zero\nnot ok 3 - later # TODO\n\
                 ✖ stops at zero (1.2ms)\n✖ failing tests:\n\
                 ✖ 53 problems (0 errors, 53 warnings)\n"
            ),
            ["stops at zero"]
        );
        assert_eq!(
            names("test cart::adds ... ok\ntest cart::stops ... FAILED\n"),
            ["cart::stops"]
        );
        assert_eq!(
            names(
                "        FAIL [   0.005s] tiny tests::one\n        FAIL [   0.005s] (2/2) tiny two\n"
            ),
            ["tiny tests::one", "tiny two"]
        );
        assert_eq!(
            names("FAILED test_a.py::test_one - assert 1 == 2\nERROR test_b.py - ImportError\n"),
            ["test_a.py::test_one", "test_b.py"]
        );
        assert_eq!(
            names("FAIL: test_one (test_a.Cart.test_one)\n"),
            ["test_one (test_a.Cart.test_one)"]
        );
        assert_eq!(
            names(" FAIL  src/a.test.ts > cart > stops\n"),
            ["src/a.test.ts > cart > stops"]
        );
        assert_eq!(
            names("  ● cart › stops at zero\n"),
            ["cart › stops at zero"]
        );
        assert_eq!(
            names("    1) stops at zero\n\n  1 passing (3ms)\n  1 failing\n\n  1) cart\n"),
            ["stops at zero"]
        );
        assert_eq!(
            names("--- FAIL: TestOne (0.00s)\n    --- FAIL: TestOne/sub (0.00s)\n"),
            ["TestOne", "TestOne/sub"]
        );
        assert_eq!(
            names("{\"Action\":\"fail\",\"Package\":\"tiny\",\"Test\":\"TestOne\"}\n"),
            ["tiny: TestOne"]
        );
    }

    #[test]
    fn ordinary_output_names_no_test() {
        let output = "FAIL\nFAILED (failures=1)\nERROR could not connect\nerror: test failed\n\
                      test result: FAILED. 1 passed\nERROR: x\nPoint 1) is fine\n";
        assert_eq!(names(output), Vec::<String>::new());
    }

    #[test]
    fn names_are_bounded() {
        let many: String = (0..1000).map(|n| format!("not ok {n} - t{n}\n")).collect();
        assert_eq!(names(&many).len(), MOST_NAMES);
        let long = names(&format!("not ok 1 - {}\n", "ä".repeat(9000)));
        assert_eq!(long[0].chars().count(), LONGEST_NAME);
    }
}
