//! What the scripted model does next, given what has happened.
//!
//! [`answer`] looks at the results in a request and returns the next step: read the two files,
//! add failing tests, see them fail, mend the function, run the tests again, say how it went.
//! There is no memory between requests; the id of a call names its step, and the history that
//! comes back with every request is the only state.
//!
//! A step follows only from a result that was read. A patch that did not apply, a command that
//! was refused, tests that still fail: each ends the turn with a sentence that says so, and the
//! plan keeps its open steps.

use serde_json::Value;
use serde_json::json;

use crate::edits;
use crate::edits::Cause;
use crate::edits::Fix;
use crate::edits::NEW_TESTS;
use crate::history::Call;
use crate::history::Ran;
use crate::history::Turn;
use crate::report::Report;

/// The name of the scripted model.
pub const MODEL: &str = "demo-scripted";

/// The one request the demo can work on, offered when the sample is opened.
pub const SUGGESTED_REQUEST: &str = "When a coupon is worth more than the cart, the total goes \
    below zero. It should stop at 0, and quantity seems to be ignored too. Please add a test.";

const PLAN: [&str; 4] = [
    "Reproduce with failing tests",
    "Use quantity in the sum",
    "Cap the coupon at the sum",
    "Run all tests",
];

const READ: &str = "read";
const ADD_TESTS: &str = "tests";
const RUN_BEFORE: &str = "before";
const FIX: &str = "fix";
const RUN_AFTER: &str = "after";
const CLOSE_PLAN: &str = "close";

/// One thing the model does in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// A summary of its reasoning.
    Think(String),
    /// Words to the person.
    Say(String),
    /// A call of a function tool.
    Function {
        id: String,
        name: &'static str,
        arguments: String,
    },
    /// A call of `apply_patch`.
    Patch { id: String, input: String },
}

/// The model's answer to the body of a request.
pub(crate) fn answer(body: &Value) -> Vec<Act> {
    let turn = Turn::read(body);
    let mut answer = Answer {
        acts: Vec::new(),
        calls: turn.calls_so_far,
    };
    if squeezed(&turn.request).contains(&squeezed(SUGGESTED_REQUEST)) {
        // A step is governed by its last call; the plan may be updated in the same answer.
        match turn
            .calls
            .iter()
            .rev()
            .find_map(|call| Some((step(call)?, call)))
        {
            None => answer.begin(),
            Some((step, call)) => match &call.output {
                Some(output) => answer.go_on(&turn, step, output),
                None => answer.say("My last step came back without a result, so I stop here."),
            },
        }
    } else {
        answer.say(&format!(
            "This is a demo: my replies are scripted, and there is one request I can work on:\n\n\
             > {SUGGESTED_REQUEST}\n\nI did nothing for this message. To have it done, connect a \
             model: open Settings, choose a provider and add its key. Then send it again.",
        ));
    }
    answer.acts
}

struct Answer {
    acts: Vec<Act>,
    calls: usize,
}

impl Answer {
    fn begin(&mut self) {
        self.think("**Finding the cause**\n\nThe total is computed in `src/cart.js`. I read it and its tests first.");
        self.plan(0, None);
        self.shell(READ, "cat src/cart.js test/cart.test.js");
    }

    fn go_on(&mut self, turn: &Turn, step: &str, output: &str) {
        match step {
            READ => self.after_reading(output),
            ADD_TESTS if patched(output) => self.shell(RUN_BEFORE, "npm test"),
            FIX if patched(output) => {
                self.plan(3, None);
                self.shell(RUN_AFTER, "npm test");
            }
            ADD_TESTS => self.not_patched("test/cart.test.js", output),
            FIX => self.not_patched("src/cart.js", output),
            RUN_BEFORE => self.after_first_run(turn, output),
            RUN_AFTER => self.after_last_run(output),
            _ => self.finish(turn),
        }
    }

    fn after_reading(&mut self, output: &str) {
        let ran = Ran::read(output).filter(|ran| ran.code == 0);
        let Some(read) = ran.map(|ran| ran.output) else {
            return self.say(&format!(
                "I could not read `src/cart.js` and `test/cart.test.js`, so I changed nothing. \
                 This is what came back:\n\n{}",
                quoted(output)
            ));
        };
        if edits::has_new_tests(&read) {
            return self.shell(RUN_BEFORE, "npm test");
        }
        match edits::add_tests(&read) {
            Ok(patch) => {
                self.think(
                    "**Reproducing it**\n\nNo test has more than one piece of an item, and none has a \
                     coupon larger than the cart. I add both; they should fail.",
                );
                self.patch(ADD_TESTS, patch);
            }
            Err(why) => self.say(&format!("{why} I stop here and changed nothing.")),
        }
    }

    fn after_first_run(&mut self, turn: &Turn, output: &str) {
        let Some(report) = reported(output) else {
            return self.no_report(output);
        };
        if report.is_green() {
            return self.say(&format!(
                "I could not reproduce it: with the new tests in `test/cart.test.js`, {} pass. \
                 `cartTotal` already counts quantities and stops at 0, so I left it as it is.",
                all(report.total)
            ));
        }
        match the_fix(turn) {
            Ok(fix) => {
                self.think(&format!(
                    "**Mending the total**\n\n{} of {} tests fail. {}",
                    report.not_passed(),
                    report.total,
                    causes(&fix.causes)
                ));
                self.plan(1, Some("The failing tests show the bug"));
                self.patch(FIX, fix.patch);
            }
            Err(why) => self.say(&format!(
                "{why} {} of {} tests fail now. I added the tests and stop here.\n{}",
                report.not_passed(),
                report.total,
                names(&report.failing)
            )),
        }
    }

    fn after_last_run(&mut self, output: &str) {
        match reported(output) {
            None => self.no_report(output),
            Some(report) if report.is_green() => {
                self.plan(PLAN.len(), Some("All tests pass"));
            }
            Some(report) => self.say(&format!(
                "**{} of {} tests still fail**, so this is not done.\n{}\nMy changes to \
                 `src/cart.js` and `test/cart.test.js` are in the draft, but something else is \
                 wrong that I do not know about. Please look at the failing tests before you apply \
                 anything; the last step of the plan stays open.",
                report.not_passed(),
                report.total,
                names(&report.failing)
            )),
        }
    }

    /// The last words. The plan is closed only after a green run, so the run is there to be read.
    fn finish(&mut self, turn: &Turn) {
        let before = result(turn, RUN_BEFORE).and_then(reported);
        let after = result(turn, RUN_AFTER).and_then(reported);
        let (Some(before), Some(after), Ok(fix)) = (before, after, the_fix(turn)) else {
            return self.say("I lost track of the test runs, so I make no claim about them.");
        };
        let proven = NEW_TESTS
            .iter()
            .filter(|(name, _)| before.failing.iter().any(|f| f == name));
        let proof = match proven.count() {
            0 => "The new tests are in `test/cart.test.js`.".to_owned(),
            1 => "One new test in `test/cart.test.js` failed before and passes now.".to_owned(),
            n => format!("The {n} new tests in `test/cart.test.js` failed before and pass now."),
        };
        self.say(&format!(
            "{} {proof}\n\n**All {} tests pass.**",
            causes(&fix.causes),
            after.total
        ));
    }

    fn not_patched(&mut self, path: &str, output: &str) {
        self.say(&format!(
            "My edit of `{path}` was not made, so I stop here. This is what came back:\n\n{}",
            quoted(output)
        ));
    }

    fn no_report(&mut self, output: &str) {
        let hint = match Ran::read(output) {
            Some(Ran { code: 127, .. }) => {
                " The command was not found: install Node.js 20 or newer, then send the request \
                 again."
            }
            _ => "",
        };
        self.say(&format!(
            "`npm test` gave me no test result, so I cannot say whether the change works.{hint} \
             This is what came back:\n\n{}",
            quoted(output)
        ));
    }

    fn think(&mut self, summary: &str) {
        self.acts.push(Act::Think(summary.to_owned()));
    }

    fn say(&mut self, text: &str) {
        self.acts.push(Act::Say(text.to_owned()));
    }

    fn plan(&mut self, done: usize, explanation: Option<&str>) {
        let status = |at: usize| match at.cmp(&done) {
            std::cmp::Ordering::Less => "completed",
            std::cmp::Ordering::Equal => "in_progress",
            std::cmp::Ordering::Greater => "pending",
        };
        let steps: Vec<Value> = PLAN
            .iter()
            .enumerate()
            .map(|(at, step)| json!({ "step": step, "status": status(at) }))
            .collect();
        let mut arguments = json!({ "plan": steps });
        if let Some(explanation) = explanation {
            arguments["explanation"] = json!(explanation);
        }
        let id = self.id(if done == PLAN.len() {
            CLOSE_PLAN
        } else {
            "plan"
        });
        self.acts.push(Act::Function {
            id,
            name: "update_plan",
            arguments: arguments.to_string(),
        });
    }

    fn shell(&mut self, step: &str, command: &str) {
        let arguments = json!({ "command": command, "timeout_ms": 120_000 }).to_string();
        let id = self.id(step);
        self.acts.push(Act::Function {
            id,
            name: "shell_command",
            arguments,
        });
    }

    fn patch(&mut self, step: &str, input: String) {
        let id = self.id(step);
        self.acts.push(Act::Patch { id, input });
    }

    /// An id that is new in the conversation and names the step.
    fn id(&mut self, step: &str) -> String {
        self.calls += 1;
        format!("call_demo_{}_{step}", self.calls)
    }
}

/// The step a call was made for; `None` for the plan, which governs nothing.
fn step(call: &Call) -> Option<&str> {
    let (_, step) = call.id.strip_prefix("call_demo_")?.split_once('_')?;
    (step != "plan").then_some(step)
}

fn result<'a>(turn: &'a Turn, wanted: &str) -> Option<&'a str> {
    let call = turn
        .calls
        .iter()
        .rev()
        .find(|call| step(call) == Some(wanted))?;
    call.output.as_deref()
}

fn the_fix(turn: &Turn) -> Result<Fix, String> {
    let read = result(turn, READ).and_then(Ran::read).map(|ran| ran.output);
    edits::fix(&read.unwrap_or_default())
}

fn reported(output: &str) -> Option<Report> {
    Ran::read(output).and_then(|ran| Report::read(&ran.output))
}

fn patched(output: &str) -> bool {
    output.contains("Success. Updated the following files:")
        && Ran::read(output).is_none_or(|ran| ran.code == 0)
}

fn causes(causes: &[Cause]) -> String {
    let text = |cause: &Cause| match cause {
        Cause::Quantity => "the sum skipped `quantity`",
        Cause::Coupon => "the coupon was taken off without a floor",
    };
    match causes {
        [one] => format!("The cause is in `cartTotal`: {}.", text(one)),
        many => {
            let texts: Vec<&str> = many.iter().map(text).collect();
            format!("Two causes, both in `cartTotal`: {}.", texts.join(", and "))
        }
    }
}

fn all(total: u32) -> String {
    format!("all {total} tests")
}

fn names(failing: &[String]) -> String {
    failing
        .iter()
        .map(|name| format!("\n- {name}"))
        .chain(["\n".to_owned()])
        .collect()
}

/// The last lines of a tool's result, as a block of code.
fn quoted(output: &str) -> String {
    const LINES: usize = 8;
    let lines: Vec<&str> = output.trim_end().lines().collect();
    let shown = &lines[lines.len().saturating_sub(LINES)..];
    format!("````\n{}\n````", shown.join("\n"))
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
