//! What goes wrong with a model is said calmly, and the task goes on.

use fantoccini::key::Key;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::project::Project;
use support::window::Window;

use crate::person;
use crate::person::id;

fn notes() -> Project {
    Project::named("notes").file("todo.txt", "Water the plants\n")
}

#[tokio::test]
async fn a_rejected_key_is_a_calm_card_and_the_next_message_works() {
    let project = notes();
    let model = Model::start([Reply::unauthorized(), Reply::text("Now I hear you.")]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Sort my notes.").await;
    let card = format!("{}[data-code=key_rejected]", id("error-card"));
    window.wait_for(&card).await;
    window
        .wait_for_text(&card, "Replace the API key and send the message again.")
        .await;
    person::state(&window, "Failed").await;
    window
        .wait_for_text(&id("task-item"), "Ended by an error")
        .await;
    person::folder_says(&window, "Nothing in your folder has changed yet.").await;
    let page = window.page_text().await;
    assert!(!page.contains(person::KEY), "the key is on the page");
    assert!(
        !page.contains("401"),
        "a status code is not for people: {page}"
    );

    person::ask(&window, "And now?").await;
    window.wait_for_text(&id("answer"), "Now I hear you.").await;
    person::state(&window, "Answered").await;
    window.wait_for(&card).await;
    let sent = model.wait_request(2).await;
    let bearer = format!("Bearer {}", person::KEY);
    assert_eq!(sent.header("authorization"), Some(bearer.as_str()));
    model.assert_finished();
    window.close().await;
}

#[tokio::test]
async fn a_failed_turn_can_be_tried_again_by_a_click() {
    let project = notes();
    let model = Model::start([
        Reply::model_not_found("gpt-5-codex"),
        Reply::text("Second time lucky."),
    ]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Sort my notes.").await;
    window
        .wait_for(&format!("{}[data-code=model_not_found]", id("error-card")))
        .await;
    window.press("Try again").await;
    window
        .wait_for_text(&id("answer"), "Second time lucky.")
        .await;
    window.close().await;
}

#[tokio::test]
async fn a_patch_that_does_not_fit_is_one_line_and_the_turn_goes_on() {
    let project = notes();
    let model = Model::start([
        Reply::patch(
            "*** Begin Patch\n*** Update File: todo.txt\n@@\n-Feed the cat\n+Feed the dog\n*** End Patch",
        ),
        Reply::text("There is no cat."),
    ]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Feed the dog instead.").await;
    window
        .wait_for_text(&id("answer"), "There is no cat.")
        .await;
    person::toggle_line(&window, "An edit did not fit").await;
    window.wait_for_text(&id("item-output"), "todo.txt").await;
    window.wait_for(&id("no-changes")).await;
    window.close().await;
}

#[tokio::test]
async fn without_a_key_nothing_can_be_sent_and_the_reason_is_there() {
    let project = notes();
    let launch = person::unconnected().project(project.path());
    let window = Window::open(&launch).await;
    person::opened(&window, "notes").await;
    window.wait_for_page_text("No model is connected").await;
    window.wait_for_page_text("OPENAI_API_KEY").await;
    person::ask(&window, "Sort my notes.").await;
    let disabled = "return document.querySelector(arguments[0]).disabled";
    assert_eq!(
        window.js(disabled, vec![json!(id("composer-send"))]).await,
        true
    );
    assert_eq!(
        person::composer(&window).await,
        "Sort my notes.",
        "nothing typed is lost"
    );
    assert!(window.texts(&id("task-item")).await.is_empty());
    window.keys(&Key::Tab).await;
    person::kept(&window, &launch, "Sort my notes.").await;
    window.close().await;
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_said_on_the_welcome_screen() {
    let project = notes();
    let missing = project.at("nowhere");
    let window = Window::open(&person::unconnected().project(&missing)).await;
    window.wait_for(&id("welcome")).await;
    window.wait_for_text(&id("notice"), "nowhere").await;
    window.close().await;
}

#[tokio::test]
async fn a_limit_is_counted_down_and_try_now_ends_the_wait() {
    let project = notes();
    let model = Model::start([
        Reply::rate_limited("50"),
        Reply::rate_limited("50"),
        Reply::text("Now I hear you."),
    ]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Sort my notes.").await;
    window
        .wait_for_text(&id("countdown"), "Next try in 4")
        .await;
    window
        .wait_for_page_text("is limiting how fast it is asked")
        .await;
    // It goes on in a window that is loaded anew, not from its beginning.
    window.js("location.reload()", Vec::new()).await;
    window.wait_for_text(&id("countdown"), "Next try in").await;
    window
        .wait_for_page_text("is limiting how fast it is asked")
        .await;
    window.press("Try now").await;
    model.wait_request(2).await;
    // The next wait has a count of its own.
    window.wait_for_page_text("Trying again, 2 of 4.").await;
    window.wait_for(&id("countdown")).await;
    window.press("Try now").await;
    window.wait_for_text(&id("answer"), "Now I hear you.").await;
    person::state(&window, "Answered").await;
    model.assert_finished();
    window.close().await;
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_asked_about_and_goes_on_where_it_was() {
    let project = notes();
    let model = Model::start([
        Reply::shell("echo Feed the cat >> todo.txt"),
        Reply::rate_limited("7200"),
        Reply::text("The cat is on the list."),
    ]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Put the cat on the list.").await;
    let card = format!("{}[data-code=rate_limited]", id("error-card"));
    window.wait_for_text(&card, "asks to wait 2 hours").await;
    window
        .wait_for_text(&card, "Everything so far is kept")
        .await;
    person::state(&window, "Paused").await;
    window.quit().await;

    // Also after the app was closed.
    let window = Window::open(&launch).await;
    window.wait_for(&card).await;
    window.wait_for_text(&id("wait-until"), "Wait until").await;
    window.click(&id("wait-until")).await;
    window.wait_for_text(&id("countdown"), "Next try at ").await;
    assert_eq!(model.requests().len(), 2, "nothing is asked meanwhile");
    window.press("Try now").await;
    window
        .wait_for_text(&id("answer"), "The cat is on the list.")
        .await;
    person::state(&window, "Ready to review").await;
    model.assert_finished();
    window.close().await;
}

#[tokio::test]
async fn a_slow_first_token_is_waited_for_and_the_window_says_that_it_works() {
    let project = notes();
    let gate = Gate::new();
    let model = Model::start([Reply::text("At last.").hold(&gate)]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Sort my notes.").await;
    gate.reached().await;
    window.wait_for_page_text("Working…").await;
    assert!(window.texts(&id("error-card")).await.is_empty());
    gate.release();
    window.wait_for_text(&id("answer"), "At last.").await;
    person::state(&window, "Answered").await;
    model.assert_finished();
    window.close().await;
}
