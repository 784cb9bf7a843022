//! The main job: from a request to an applied change and back, in a folder of one's own.

use fantoccini::key::Key;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::project::Project;
use support::window::Window;

use crate::person;
use crate::person::Row;
use crate::person::id;

const PRICE: &str = "export function price(item) {\n  return item.amount;\n}\n";
const PRICE_CHANGED: &str =
    "export function price(item) {\n  return item.amount * item.quantity;\n}\n";
/// Line ends of Windows and no final newline: what is written must be what was there.
const LABEL: &str = "export const label = 'Pay';\r\nexport const hint = 'Total';";
const LABEL_CHANGED: &str = "export const label = 'Pay now';\r\nexport const hint = 'Total';";

const PATCH: &str = "*** Begin Patch\n\
    *** Update File: src/price.js\n@@\n-  return item.amount;\n+  return item.amount * item.quantity;\n\
    *** Update File: src/label.js\n@@\n-export const label = 'Pay';\n+export const label = 'Pay now';\n\
    *** End Patch";

const UNTOUCHED: &str = "Nothing in your folder has changed yet.";

fn shop() -> Project {
    Project::named("corner shop")
        .file("src/price.js", PRICE)
        .file("src/label.js", LABEL)
        .file(
            "check.sh",
            "echo checking the prices\ngrep -c amount src/price.js\n",
        )
}

fn plan(done: usize) -> Vec<(&'static str, &'static str)> {
    let steps = [
        "Look at the prices",
        "Count every piece",
        "Say what the button does",
    ];
    let status = |at: usize| match at {
        _ if at < done => "completed",
        _ if at == done => "in_progress",
        _ => "pending",
    };
    steps
        .into_iter()
        .enumerate()
        .map(|(at, step)| (step, status(at)))
        .collect()
}

#[tokio::test]
async fn a_request_becomes_an_applied_change_and_can_be_undone() {
    let project = shop();
    let before = project.snapshot();
    let gate = Gate::new();
    let model = Model::start([
        stream().plan(&plan(0)).shell("sh check.sh").completed(),
        stream().gate(&gate).patch(PATCH).completed(),
        stream().plan(&plan(3)).completed(),
        Reply::text("Prices count **every piece**, and the button says what it does."),
    ]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::opened(&window, "corner shop").await;

    person::ask(&window, "Count every piece, and name the button.").await;
    window
        .wait_for_text(&id("message"), "Count every piece, and name the button.")
        .await;
    window
        .wait_for_text(&id("plan"), "Say what the button does")
        .await;
    window.wait_for_text(&id("plan"), "0 of 3").await;
    person::state(&window, "Working").await;
    person::folder_says(&window, UNTOUCHED).await;
    person::toggle_line(&window, "Ran sh check.sh").await;
    window
        .wait_for_text(&id("item-output"), "checking the prices\n1")
        .await;

    gate.release();
    person::state(&window, "Ready to review").await;
    window.wait_for_text(&id("plan"), "3 of 3").await;
    window
        .wait_for_text(
            &id("answer"),
            "Prices count every piece, and the button says what it does.",
        )
        .await;
    let changed = Row::new(
        "changed",
        "  return item.amount;",
        "  return item.amount * item.quantity;",
    );
    person::row(&window, "src/price.js", &changed).await;
    assert_eq!(
        person::rows(&window, "src/price.js").await,
        [
            Row::new(
                "same",
                "export function price(item) {",
                "export function price(item) {"
            ),
            changed,
            Row::new("same", "}", "}"),
        ]
    );
    let changed = Row::new(
        "changed",
        "export const label = 'Pay';",
        "export const label = 'Pay now';",
    );
    person::row(&window, "src/label.js", &changed).await;
    person::folder_says(&window, UNTOUCHED).await;
    before.assert_unchanged(project.path());

    window.press("Approve src/label.js").await;
    window
        .wait_for(&format!(
            "{}[data-mark=approved]",
            person::section("src/label.js")
        ))
        .await;
    window.press("Reject src/price.js").await;
    window
        .wait_for(&format!(
            "{}[data-mark=rejected]",
            person::section("src/price.js")
        ))
        .await;
    window.wait_for_page_text("2 of 2 changes decided").await;
    assert_eq!(person::prepare(&window).await, ["src/label.js"]);
    window
        .wait_for_text(&id("apply-dialog"), "Write 1 file to")
        .await;
    before.assert_unchanged(project.path());
    person::confirm(&window).await;
    assert_eq!(project.text("src/label.js"), LABEL_CHANGED);
    assert_eq!(project.text("src/price.js"), PRICE);
    person::folder_says(&window, "1 file in your folder was changed by this task.").await;

    window.click(&id("undo-apply")).await;
    window.wait_for_text(&id("apply-result"), "Undone").await;
    assert_eq!(project.text("src/label.js"), LABEL);
    assert_eq!(project.text("src/price.js"), PRICE);
    person::folder_says(&window, UNTOUCHED).await;

    window.click(&id("redo-apply")).await;
    window.wait_for_text(&id("apply-result"), "Applied").await;
    assert_eq!(project.text("src/label.js"), LABEL_CHANGED);
    model.assert_finished();
    window.close().await;
}

#[tokio::test]
async fn with_nothing_marked_one_button_approves_and_applies_all() {
    let project = shop();
    let model = Model::start([
        Reply::patch(PATCH),
        Reply::text("Done."),
        Reply::shell("cat src/price.js src/label.js"),
        Reply::text("Both are in."),
    ]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Count every piece, and name the button.").await;
    person::state(&window, "Ready to review").await;
    window
        .wait_for_text(&id("apply"), "Approve all and apply")
        .await;
    let mut files = person::prepare(&window).await;
    files.sort();
    assert_eq!(files, ["src/label.js", "src/price.js"]);
    // The safe button has the focus, so that a second Enter writes nothing.
    window.keys(&Key::Enter).await;
    window.wait_until_gone(&id("apply-dialog")).await;
    assert_eq!(project.text("src/price.js"), PRICE);

    person::prepare(&window).await;
    person::confirm(&window).await;
    assert_eq!(project.text("src/price.js"), PRICE_CHANGED);
    assert_eq!(project.text("src/label.js"), LABEL_CHANGED);
    person::state(&window, "Applied").await;
    person::folder_says(&window, "2 files in your folder were changed by this task.").await;

    // A message after the apply works on what was applied.
    person::ask(&window, "Show me both.").await;
    window.wait_for_text(&id("answer"), "Both are in.").await;
    let seen = model.wait_request(4).await.last_result();
    assert!(
        seen.contains("item.amount * item.quantity") && seen.contains("Pay now"),
        "{seen}"
    );
    window.close().await;
}

#[tokio::test]
async fn the_keyboard_alone_starts_a_task_and_stops_it() {
    let project = shop();
    let seconds = person::rare_sleep();
    let model = Model::start([
        Reply::shell(&format!("echo waiting for nothing; sleep {seconds}")),
        Reply::text("Then I leave it."),
    ]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::opened(&window, "corner shop").await;
    focused(&window, "composer-text").await;
    window.keys("Wait for it").await;
    window.keys(&Key::Enter).await;
    person::line_says(&window, "running").await;
    // The conversation's own composer takes over; the line above it is a few steps back.
    focused(&window, "composer-text").await;
    walk(&window, &(Key::Shift + &Key::Tab), "item-line").await;
    window.keys(&Key::Enter).await;
    window
        .wait_for_text(&id("item-output"), "waiting for nothing")
        .await;
    window
        .wait_until("the command runs", async |_| person::runs(&seconds))
        .await;

    let watch = "window.stopped = null; const from = performance.now(); \
        const state = () => document.querySelector(arguments[0])?.innerText ?? ''; \
        addEventListener('keydown', () => { const pressed = performance.now(); \
          new MutationObserver(() => { \
            if (state().includes('Stopped')) window.stopped ??= performance.now() - pressed \
          }).observe(document.body, { childList: true, subtree: true, characterData: true }) }, \
          { once: true, capture: true })";
    window
        .js(watch, vec![serde_json::json!(id("task-state"))])
        .await;
    window.keys(&Key::Escape).await;
    person::state(&window, "Stopped").await;
    person::ended(&window, &seconds).await;
    let took = window.js("return window.stopped", vec![]).await;
    let took = took.as_f64().expect("the page saw the task stop");
    println!("stopped after {took:.0} ms");
    assert!(took < 2_000.0, "Stop took {took:.0} ms");
    window.wait_for_page_text("Stopped by you.").await;
    person::line_says(&window, "stopped").await;

    // The task goes on with the next message, from the keyboard as well.
    walk(&window, &Key::Tab, "composer-text").await;
    window.keys("Leave it").await;
    window.keys(&Key::Enter).await;
    window
        .wait_for_text(&id("answer"), "Then I leave it.")
        .await;
    model.assert_finished();
    window.close().await;
}

const FOCUS: &str = "return document.activeElement?.dataset.testid ?? ''";

async fn focused(window: &Window, testid: &str) {
    window
        .wait_until(&format!("{testid} has the focus"), async |window| {
            window.js(FOCUS, vec![]).await == testid
        })
        .await;
}

/// Presses `key` until `testid` has the focus.
async fn walk(window: &Window, key: &str, testid: &str) {
    for _ in 0..20 {
        if window.js(FOCUS, vec![]).await == testid {
            return;
        }
        window.keys(key).await;
    }
    panic!("`{testid}` is not within twenty steps of the keyboard");
}
