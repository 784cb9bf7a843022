//! Checks in the window: run, sent to the agent, green; until green; stopped.

use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::project::Project;
use support::window::Window;

use crate::gallery;
use crate::person;
use crate::person::id;

const FIX_SUM: &str = "*** Begin Patch\n*** Update File: till.js\n@@\n\
    -exports.total = (a, b) => a - b;\n+exports.total = (a, b) => a + b;\n*** End Patch\n";
const FIX_NAME: &str = "*** Begin Patch\n*** Update File: till.js\n@@\n\
    -exports.name = 'tilt';\n+exports.name = 'till';\n*** End Patch\n";

/// A package whose two of three tests fail.
fn till() -> Project {
    Project::named("corner shop")
        .file(
            "package.json",
            r#"{"name":"till","private":true,"scripts":{"test":"node --test"}}"#,
        )
        .file(
            "till.js",
            "exports.total = (a, b) => a - b;\nexports.name = 'tilt';\n",
        )
        .file(
            "till.test.js",
            "const { test } = require('node:test');\n\
             const assert = require('node:assert');\n\
             const till = require('./till.js');\n\
             test('adds two prices', () => assert.strictEqual(till.total(2, 1), 3));\n\
             test('has its name', () => assert.strictEqual(till.name, 'till'));\n\
             test('is there', () => assert.ok(till));\n",
        )
}

/// The selector of a part of one check's card.
fn of(command: &str, part: &str) -> String {
    format!(
        "{}[data-command={command:?}] {}",
        id("check-card"),
        id(part)
    )
}

#[tokio::test]
async fn a_failing_check_goes_to_the_agent_and_comes_back_green() {
    let project = till();
    let before = project.snapshot();
    let model = Model::start([
        Reply::text("Hello."),
        stream().patch(FIX_SUM).patch(FIX_NAME).completed(),
        Reply::text("Both are mended."),
    ]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::opened(&window, "corner shop").await;
    window.click(&id("checks-tab")).await;
    window
        .wait_for_text(&id("checks"), "Start a task, then run them here.")
        .await;
    person::ask(&window, "Hello").await;
    person::state(&window, "Answered").await;

    window.click(&of("npm test", "check-run")).await;
    window
        .wait_for_text(&of("npm test", "check-result"), "Failed")
        .await;
    let card = format!("{}[data-command='npm test']", id("check-card"));
    window.wait_for_text(&card, "2 of 3 tests fail.").await;
    window
        .wait_for_text(
            &of("npm test", "check-failing"),
            "adds two prices\nhas its name",
        )
        .await;
    window
        .wait_for_text(&id("task-item"), "2 of 3 tests fail")
        .await;
    window.wait_for_text(&id("checks-tab"), "2").await;
    person::line_says(&window, "Ran the check npm test 2 of 3 failed").await;
    assert_eq!(gallery::cut(&window).await, Vec::<String>::new());

    window.click(&of("npm test", "check-send")).await;
    window.wait_for_text(&id("message"), "- has its name").await;
    window
        .wait_for_text(&id("answer"), "Both are mended.")
        .await;
    person::state(&window, "Ready to review").await;
    window
        .wait_for_text(&of("npm test", "check-stale"), "has changed since")
        .await;

    window.click(&of("npm test", "check-run")).await;
    window
        .wait_for_text(&of("npm test", "check-result"), "Passed")
        .await;
    window.wait_for_text(&card, "All 3 tests pass.").await;
    window.wait_for_text(&card, "as of change 2").await;
    window.wait_until_gone(&of("npm test", "check-stale")).await;
    window
        .click(&format!("{} summary", of("npm test", "check-history")))
        .await;
    window.wait_for_text(&card, "after turn 1").await;
    window
        .wait_for_text(&id("task-item"), "1 file · all 3 tests pass")
        .await;
    before.assert_unchanged(project.path());
    model.assert_finished();
    window.close().await;
}

#[tokio::test]
async fn until_green_says_each_round_and_stops_at_once() {
    let project = till();
    let gate = Gate::new();
    let held = Gate::new();
    let model = Model::start([
        Reply::text("Hello."),
        stream().gate(&gate).patch(FIX_SUM).completed(),
        Reply::text("One is mended."),
        stream().patch(FIX_NAME).completed(),
        Reply::text("So is the other."),
        stream()
            .text("Let me ")
            .gate(&held)
            .text("see.")
            .completed(),
    ]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Hello").await;
    person::state(&window, "Answered").await;
    window.click(&id("checks-tab")).await;
    window.click(&of("npm test", "check-run")).await;
    window.click(&of("npm test", "check-until-green")).await;
    let rounds = of("npm test", "check-rounds");
    window.wait_for_text(&rounds, "Until green: 1 of 5").await;
    window
        .wait_for_text(&rounds, "the agent works on what fails")
        .await;
    window
        .wait_for_text(&id("task-item"), "Until green: round 1 of 5")
        .await;
    gate.release();
    window
        .wait_for_text(&rounds, "The check passes after 2 rounds.")
        .await;
    person::line_says(&window, "Until green npm test passes").await;

    // The person breaks it again, outside; it is the private copy that is checked.
    project.write(
        "till.test.js",
        "require('node:test').test('never', () => { throw 1 });\n",
    );
    window
        .wait_for_text(&of("npm test", "check-stale"), "has changed since")
        .await;
    window.click(&of("npm test", "check-run")).await;
    window
        .wait_for_text(&of("npm test", "check-failing"), "never")
        .await;
    window.click(&of("npm test", "check-until-green")).await;
    window
        .wait_for_text(&rounds, "the agent works on what fails")
        .await;
    model.wait_request(6).await;
    window.click(&of("npm test", "check-stop")).await;
    window
        .wait_for_text(&rounds, "Stopped by you after 1 round.")
        .await;
    person::state(&window, "Stopped").await;
    model.wait_hang_up(1).await;
    held.release();
    window.close().await;
}

#[tokio::test]
async fn a_typed_check_hangs_and_is_stopped() {
    let project = Project::named("corner shop").file("notes.txt", "nothing to run here\n");
    let model = Model::start([Reply::text("Hello.")]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Hello").await;
    person::state(&window, "Answered").await;
    window.click(&id("checks-tab")).await;
    window
        .wait_for_text(
            &id("check-none"),
            "No test command was found in this folder",
        )
        .await;
    let seconds = person::rare_sleep();
    let command = format!("echo waiting; sleep {seconds}");
    window.type_into(&id("check-command"), &command).await;
    window.click(&id("check-add")).await;
    window.click(&of(&command, "check-run")).await;
    let output = format!("{}[data-command={command:?}] pre", id("check-card"));
    window.wait_for_text(&output, "waiting").await;
    window
        .wait_until("the command runs", async |_| person::runs(&seconds))
        .await;
    window.click(&of(&command, "check-stop")).await;
    window
        .wait_for_text(&of(&command, "check-result"), "Stopped")
        .await;
    person::ended(&window, &seconds).await;
    window.click(&of(&command, "check-remove")).await;
    window.wait_for(&id("check-none")).await;
    window.close().await;
}

#[tokio::test]
async fn the_window_answers_at_once_while_a_check_prints_without_end() {
    let project = Project::named("corner shop").file("notes.txt", "nothing to run here\n");
    let model = Model::start([Reply::text("Hello.")]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Hello").await;
    person::state(&window, "Answered").await;
    window.click(&id("checks-tab")).await;
    // Some megabytes a second: what prints faster has reached the limit before it was measured.
    let command = "while yes 'a line that says nothing' | head -c 100000; do sleep 0.02; done";
    window.type_into(&id("check-command"), command).await;
    window.click(&id("check-add")).await;
    window.wait_for(&of(command, "check-run")).await;
    let quiet = waits(&window).await;
    window.click(&of(command, "check-run")).await;
    let output = format!("{}[data-command={command:?}] pre", id("check-card"));
    window
        .wait_for_text(&output, "a line that says nothing")
        .await;
    let busy = waits(&window).await;
    println!("a click waited {quiet:.0} ms, and {busy:.0} ms beside the output");
    // What the machine itself makes wait is in both.
    assert!(
        busy < quiet * 4.0 + 300.0,
        "a click waited {quiet:.0} ms, and {busy:.0} ms beside the output"
    );
    let kept = window
        .js(
            "return document.querySelector(arguments[0]).textContent.length",
            vec![serde_json::json!(output)],
        )
        .await;
    assert!(kept.as_u64().is_some_and(|kept| kept < 100_000), "{kept}");
    window.click(&of(command, "check-stop")).await;
    window
        .wait_for_text(&of(command, "check-result"), "Stopped")
        .await;
    window.close().await;
}

/// How long a click waits for the next frame: the middle of eleven, from tab to tab. In milliseconds.
async fn waits(window: &Window) -> f64 {
    let script = "const tabs = [...document.querySelectorAll('[role=tab]')].slice(0, 2); \
        window.waited = []; const next = at => { const from = performance.now(); \
          tabs[at % 2].click(); requestAnimationFrame(() => setTimeout(() => { \
            window.waited.push(performance.now() - from); if (at < 11) next(at + 1) })) }; next(0)";
    window.js(script, Vec::new()).await;
    window
        .wait_until("the tabs were changed", async |window| {
            window.js("return window.waited.length", Vec::new()).await == 12
        })
        .await;
    let middle = "return window.waited.slice(1).sort((a, b) => a - b)[5]";
    let middle = window.js(middle, Vec::new()).await;
    middle.as_f64().expect("the page measured")
}
