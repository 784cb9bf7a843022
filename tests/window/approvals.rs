//! A question of the agent is answered by somebody who means it, and by nothing else.

use fantoccini::key::Key;
use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::project::Project;
use support::screen;
use support::window::Window;

use crate::gallery;
use crate::person;
use crate::person::id;

const COMMAND: &str = "echo fetched > made.txt";

fn notes() -> Project {
    Project::named("notes").file("todo.txt", "Water the plants\n")
}

/// A call that asks for more than the mode allows.
fn asks(command: &str) -> Reply {
    let call = json!({ "command": command, "sandbox_permissions": "require_escalated",
        "justification": "The list is not here." });
    stream().function_call("shell_command", &call).completed()
}

/// Waits until the card has been on screen long enough to be answered.
async fn ready(window: &Window) {
    window
        .wait_for(&format!("{}[data-stage=ready]", id("approval")))
        .await;
}

async fn focused(window: &Window) -> String {
    let script = "return document.activeElement.dataset.testid ?? ''";
    let found = window.js(script, vec![]).await;
    found.as_str().unwrap_or_default().to_owned()
}

async fn focus_is_on(window: &Window, testid: &str) {
    let what = format!("the focus is on `{testid}`");
    window
        .wait_until(&what, async |window| focused(window).await == testid)
        .await;
}

#[tokio::test]
async fn a_command_is_allowed_by_keyboard() {
    let project = notes();
    let model = Model::start([asks(COMMAND), Reply::text("It is fetched.")]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::opened(&window, "notes").await;
    person::ask(&window, "Fetch the list.").await;
    person::state(&window, "Needs you").await;
    window
        .wait_for_text(&id("task-item"), "Asks to use the internet")
        .await;
    window.wait_for_text(&id("approval-exact"), COMMAND).await;
    let card = window.texts(&id("approval")).await.concat();
    for part in [
        "May this command use the internet?",
        "The agent says: The list is not here.",
        "this task's private copy only",
        "unchanged until you apply",
    ] {
        assert!(person::flat(&card).contains(part), "{part}: {card}");
    }
    focus_is_on(&window, "approval-deny").await;
    ready(&window).await;
    assert_eq!(gallery::cut(&window).await, Vec::<String>::new());
    for next in ["approval-task", "approval-once"] {
        window.keys(&Key::Tab).await;
        focus_is_on(&window, next).await;
    }
    window.keys(&Key::Enter).await;
    window.wait_for_text(&id("answer"), "It is fetched.").await;
    person::state(&window, "Ready to review").await;
    window.wait_until_gone(&id("approval")).await;
    window.wait_for(&person::section("made.txt")).await;
    person::folder_says(&window, "Nothing in your folder has changed yet.").await;
    model.assert_finished();
    window.close().await;
}

#[tokio::test]
async fn a_held_enter_and_a_double_click_allow_nothing() {
    let project = notes();
    let model = Model::start([asks(COMMAND), Reply::text("Then not.")]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::opened(&window, "notes").await;
    let script = "window.repeats = 0; \
        addEventListener('keydown', event => { window.repeats += event.repeat }, true)";
    window.js(script, vec![]).await;

    // The very Enter that sends the message is held until the card has long been ready.
    window
        .type_into(&id("composer-text"), "Fetch the list.")
        .await;
    let held = screen::hold("Greenlight", "Return").await;
    ready(&window).await;
    focus_is_on(&window, "approval-deny").await;
    repeated(&window).await;
    let allow = json!(id("approval-once"));
    let focus = "document.querySelector(arguments[0]).focus()";
    window.js(focus, vec![allow.clone()]).await;
    repeated(&window).await;
    drop(held);
    person::state(&window, "Needs you").await;

    // One that begins on the button and is held there.
    let held = screen::hold("Greenlight", "Return").await;
    repeated(&window).await;
    drop(held);

    // Twice in a row, as quickly as one clicks on a desktop.
    let stages = "window.stages = []; new MutationObserver(all => { \
        for (const each of all) window.stages.push(each.target.dataset.stage) }) \
        .observe(document.querySelector(arguments[0]), { attributeFilter: ['data-stage'] })";
    window.js(stages, vec![json!(id("approval"))]).await;
    let middle = "const at = document.querySelector(arguments[0]).getBoundingClientRect(); \
        return [at.left + at.width / 2, at.top + at.height / 2]";
    let at = window.js(middle, vec![allow]).await;
    screen::double_click("Greenlight", (pixel(&at[0]), pixel(&at[1]))).await;
    window
        .wait_until("both clicks were seen", async |window| {
            window.js("return window.stages", vec![]).await == json!(["clicked", "ready"])
        })
        .await;
    person::state(&window, "Needs you").await;

    // Had anything been allowed, the command would have run; this answer is the first one.
    window
        .type_into(&id("approval-note"), "Use the old list")
        .await;
    window.keys(&Key::Enter).await;
    window.wait_for_text(&id("answer"), "Then not.").await;
    let told = model.requests()[1].last_result();
    assert_eq!(
        told,
        "The command was not run: the person did not allow it and says: Use the old list"
    );
    window.wait_for(&id("no-changes")).await;
    person::line_says(&window, "Not allowed").await;
    model.assert_finished();
    window.close().await;
}

/// Waits for a few more repeats of a key that is held.
async fn repeated(window: &Window) {
    window.js("window.repeats = 0", vec![]).await;
    window
        .wait_until("the key that is held repeats", async |window| {
            let repeats = window.js("return window.repeats", vec![]).await;
            repeats.as_u64().is_some_and(|count| count >= 3)
        })
        .await;
}

fn pixel(value: &Value) -> i32 {
    value.as_f64().expect("a position") as i32
}

#[tokio::test]
async fn always_exactly_this_is_in_the_menu_is_listed_and_can_be_taken_back() {
    let project = notes();
    let model = Model::start([
        asks(COMMAND),
        asks(COMMAND),
        Reply::text("Twice."),
        asks(COMMAND),
    ]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::opened(&window, "notes").await;
    person::ask(&window, "Fetch the list twice.").await;
    ready(&window).await;
    window.click(&id("approval-task")).await;
    window
        .wait_for_text(
            &id("approval-always"),
            "Exactly this command in this folder",
        )
        .await;
    // The menu takes a choice once it has been open for a moment; until then it stays.
    window
        .wait_until("the choice is taken", async |window| {
            let item = window
                .client()
                .find(fantoccini::Locator::Css(&id("approval-always")))
                .await;
            match item {
                Ok(item) => item.click().await.is_err(),
                Err(_) => true,
            }
        })
        .await;
    window.wait_for_text(&id("answer"), "Twice.").await;
    window.click(&id("project-menu")).await;
    window.click(&id("always-menu")).await;
    window.wait_for_text(&id("always-dialog"), COMMAND).await;
    window.click(&id("always-forget")).await;
    window
        .wait_for_text(&id("always-dialog"), "Nothing yet.")
        .await;
    window.press("Close").await;
    person::ask(&window, "And again.").await;
    person::state(&window, "Needs you").await;
    window.wait_for(&id("approval")).await;
    // Escape stops the turn here as everywhere, and the question is gone with it.
    window.keys(&Key::Escape).await;
    person::state(&window, "Stopped").await;
    window.wait_until_gone(&id("approval")).await;
    model.assert_finished();
    window.close().await;
}
