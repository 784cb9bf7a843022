//! A failed check as a message to the agent: what fails, and the end of what it printed.
//!
//! Bounded whatever the runner printed. The output stands in a fence that it cannot close, so that
//! it reads as what it is.

use super::run::Run;

/// Names that are listed.
const MOST_NAMES: usize = 40;
/// Bytes of output that are sent.
const MOST_OUTPUT: usize = 8 << 10;

/// What each message ends with.
const END: &str = "Find the cause and mend it. Do not weaken or remove a test to make it pass.";

/// The message for a run that failed.
pub fn for_agent(run: &Run) -> String {
    let Run {
        check,
        verdict,
        counts,
        failing,
        output,
        ..
    } = run;
    let place = match check.folder.as_str() {
        "" => String::new(),
        folder => format!(" in `{folder}`"),
    };
    let mut text = format!(
        "The check `{}`{place} does not pass. {}\n",
        check.command,
        verdict.sentence(&check.command, *counts)
    );
    if !failing.is_empty() {
        text.push_str("\nFailing:\n");
        for name in failing.iter().take(MOST_NAMES) {
            text.push_str(&format!("- {name}\n"));
        }
        if failing.len() > MOST_NAMES {
            text.push_str(&format!("- and {} more\n", failing.len() - MOST_NAMES));
        }
    }
    let tail = tail(output.trim_end());
    if !tail.is_empty() {
        let fence = fence(tail);
        let whole = tail.len() == output.trim_end().len();
        let which = if whole {
            "What it printed"
        } else {
            "The end of what it printed"
        };
        text.push_str(&format!("\n{which}:\n\n{fence}text\n{tail}\n{fence}\n"));
    }
    text.push('\n');
    text.push_str(END);
    text
}

/// Whether a message is one of these.
pub fn is_for_agent(text: &str) -> bool {
    text.starts_with("The check `") && text.ends_with(END)
}

/// The last lines that fit.
fn tail(output: &str) -> &str {
    if output.len() <= MOST_OUTPUT {
        return output;
    }
    let from = output.ceil_char_boundary(output.len() - MOST_OUTPUT);
    let tail = &output[from..];
    tail.split_once('\n').map_or(tail, |(_, rest)| rest)
}

/// A fence longer than any run of backticks in the text.
fn fence(text: &str) -> String {
    let mut longest = 2;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(longest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Check;
    use crate::checks::Counts;
    use crate::checks::Purpose;
    use crate::checks::verdict::Verdict;

    fn message(failing: &[String], output: &str) -> String {
        let check = Check {
            id: "c".to_owned(),
            command: "npm test".to_owned(),
            folder: "app".to_owned(),
            purpose: Purpose::Test,
            own: false,
            from: String::new(),
        };
        for_agent(&Run {
            verdict: Verdict::Failed { code: 1 },
            counts: Some(Counts {
                passed: 12,
                failed: 2,
                skipped: 0,
            }),
            failing: failing.to_vec(),
            output: output.to_owned(),
            ..Run::begun(check)
        })
    }

    #[test]
    fn it_names_what_fails_and_shows_the_end() {
        let text = message(&["stops at zero".to_owned()], "ok 1\nnot ok 2\n");
        assert_eq!(
            text,
            "The check `npm test` in `app` does not pass. 2 of 14 tests fail.\n\
             \nFailing:\n- stops at zero\n\
             \nWhat it printed:\n\n```text\nok 1\nnot ok 2\n```\n\
             \nFind the cause and mend it. Do not weaken or remove a test to make it pass."
        );
    }

    #[test]
    fn it_is_bounded_and_its_fence_cannot_be_closed() {
        let names: Vec<String> = (0..500).map(|n| format!("test {n}")).collect();
        let output = format!("{}\n````\nlast line", "ä line of output\n".repeat(100_000));
        let text = message(&names, &output);
        assert!(text.len() < MOST_OUTPUT + 4096, "{}", text.len());
        assert!(text.contains("- and 460 more\n"), "{text}");
        assert!(
            text.contains("The end of what it printed:\n\n`````text\nä line"),
            "{text}"
        );
        assert!(text.contains("last line\n`````\n"), "{text}");
    }
}
