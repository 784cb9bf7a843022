//! What it costs, in the real window: the meter, the notices, the pause and going on.

use fantoccini::key::Key;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::project::Project;
use support::window::Window;

use crate::gallery;
use crate::models::close_settings;
use crate::models::open_settings;
use crate::person;
use crate::person::id;

async fn set_day_budget(window: &Window, tokens: &str) {
    open_settings(window).await;
    window.click(&id("settings-usage")).await;
    window.wait_for(&id("budget-day-tokens")).await;
    window.type_into(&id("budget-day-tokens"), tokens).await;
    window.click(&id("budget-save")).await;
    // Saved once there is nothing more to save.
    window
        .wait_for(&format!("{}:disabled", id("budget-save")))
        .await;
}

async fn resize(window: &Window, width: u32, height: u32) {
    window.resize(width, height).await;
    window
        .wait_until("the page has the size of the window", async |window| {
            let size = window.js("return [innerWidth, innerHeight]", vec![]).await;
            size == json!([width, height])
        })
        .await;
}

#[tokio::test]
async fn the_meter_tells_a_notice_warns_and_a_used_up_budget_pauses_until_it_is_let_through() {
    let project = Project::named("notes").file("todo.txt", "Water the plants\n");
    let model = Model::start([
        Reply::text("First.")
            .header("x-ratelimit-limit-requests", "500")
            .header("x-ratelimit-remaining-requests", "420")
            .header("x-ratelimit-reset-requests", "20s"),
        Reply::shell("echo more >> todo.txt"),
    ]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    window.wait_for(&id("composer-text")).await;
    set_day_budget(&window, "2,000").await;
    window.wait_for(&id("usage-empty")).await;
    close_settings(&window).await;

    person::ask(&window, "Sort my notes.").await;
    person::state(&window, "Answered").await;
    window.click(&id("usage-meter")).await;
    let popover = id("usage-popover");
    for words in [
        "1,280 tokens",
        "1,200 read (1,000 from cache), 80 written (30 reasoning)",
        "1,280 of 2,000 tokens",
        "420 of 500 left",
    ] {
        window.wait_for_text(&popover, words).await;
    }
    window.keys(&Key::Escape).await;
    window.wait_until_gone(&popover).await;
    resize(&window, 960, 640).await;
    window.click(&id("usage-meter")).await;
    window.wait_for_text(&popover, "420 of 500 left").await;
    assert_eq!(gallery::cut(&window).await, Vec::<String>::new());
    window.keys(&Key::Escape).await;
    window.wait_until_gone(&popover).await;
    resize(&window, 1280, 800).await;

    person::ask(&window, "Add a line.").await;
    window
        .wait_for_text(
            &id("notice"),
            "100 % of today's budget is used: 2,560 of 2,000 tokens.",
        )
        .await;
    let card = format!("{}[data-code=over_budget]", id("error-card"));
    window
        .wait_for_text(&card, "Today's budget is used up: 2,560 of 2,000 tokens.")
        .await;
    person::state(&window, "Paused").await;
    assert_eq!(model.requests().len(), 2);
    // What it did until then can be read, and the cheaper model is offered.
    window.wait_for(&person::section("todo.txt")).await;
    window.wait_for(&id("offer")).await;
    window.click(&id("offer-keep")).await;
    window.wait_until_gone(&id("offer")).await;

    model.push(Reply::text("Added."));
    window.click(&id("budget-pass")).await;
    person::state(&window, "Ready to review").await;
    window.wait_for_text(&id("answer"), "Added.").await;
    window.wait_until_gone(&id("budget-pass")).await;
    assert_eq!(model.requests().len(), 3);

    open_settings(&window).await;
    window.click(&id("settings-usage")).await;
    window.wait_for_text(&id("usage-days"), "Today").await;
    window.wait_for_text(&id("usage-days"), "3,840").await;
    window
        .wait_for_text(&id("usage-tasks"), "Sort my notes")
        .await;
    resize(&window, 960, 640).await;
    assert_eq!(gallery::cut(&window).await, Vec::<String>::new());
    close_settings(&window).await;
    model.assert_finished();
    window.close().await;
}
