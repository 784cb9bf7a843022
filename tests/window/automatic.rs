//! Automatic choice of the model, in the real window: what it would take, what it took and why, and
//! how the other one is taken by a click and by keys.

use fantoccini::key::Key;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::project::Project;
use support::window::Window;

use crate::models::focus;
use crate::models::pick_by_keys;
use crate::person;
use crate::person::id;

fn asked(model: &Model) -> Vec<String> {
    let requests = model.requests().into_iter();
    let of = |request: support::model::Request| request.json()["model"].to_string();
    requests.map(of).collect()
}

#[tokio::test]
async fn automatic_says_whom_it_asks_and_why_and_the_other_is_taken_by_click_and_by_keys() {
    let project = Project::named("notes").file("todo.txt", "Water the plants\n");
    let gate = Gate::new();
    let model = Model::start([
        Reply::text("Mended."),
        Reply::text("Mended again."),
        stream().gate(&gate).text("Mended once more.").completed(),
        Reply::text("Last."),
    ]);
    model.lists(&["gpt-5-codex", "gpt-5-codex-mini"]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::opened(&window, "notes").await;
    focus(&window, "composer-model").await;
    window.keys(&Key::Enter).await;
    pick_by_keys(&window, "composer-model-gpt-5-codex").await;
    window
        .wait_for_text(&id("composer-model"), "gpt-5-codex")
        .await;
    focus(&window, "composer-model").await;
    window.keys(&Key::Enter).await;
    pick_by_keys(&window, "composer-model-auto").await;

    // What is typed decides, as it is typed.
    window
        .wait_for_text(&id("composer-model"), "Automatic: gpt-5-codex-mini")
        .await;
    window
        .type_into(&id("composer-text"), "Review the whole project")
        .await;
    let full = "[aria-label='Model: Automatic: gpt-5-codex']";
    window
        .wait_for(&format!("{}{full}", id("composer-model")))
        .await;
    window.click(&id("composer-model")).await;
    window.click(&id("composer-model-rules")).await;
    window
        .wait_for_text(&id("how-automatic"), "because the request says “review”")
        .await;
    window.wait_for("[data-rule=wide].holds").await;
    window.keys(&Key::Escape).await;
    window.wait_until_gone(&id("how-automatic")).await;
    focus(&window, "composer-text").await;
    window
        .keys(&format!("{}a{}", Key::Control, Key::Null))
        .await;
    window.keys(&Key::Backspace).await;
    window
        .wait_for_text(&id("composer-model"), "Automatic: gpt-5-codex-mini")
        .await;

    person::ask(&window, "Mend todo.txt").await;
    let why = "Automatic: gpt-5-codex-mini, because the request is short and names one file.";
    window.wait_for_text(&id("automatic"), why).await;
    person::state(&window, "Answered").await;
    // By a click, and the same message again.
    window.click(&id("automatic-other")).await;
    window
        .wait_for_text(
            &id("automatic"),
            "gpt-5-codex answers from your next message on.",
        )
        .await;
    window
        .wait_for_text(&id("composer-model"), "gpt-5-codex")
        .await;
    window.click(&id("automatic-again")).await;
    window.wait_for_text(&id("answer"), "Mended again.").await;
    window.wait_until_gone(&id("automatic")).await;
    assert_eq!(asked(&model), [r#""gpt-5-codex-mini""#, r#""gpt-5-codex""#]);

    // By keys, while it works.
    window.click(&id("composer-model")).await;
    window.click(&id("composer-model-auto")).await;
    window
        .wait_for_text(&id("composer-model"), "Automatic: gpt-5-codex-mini")
        .await;
    person::ask(&window, "And the rest").await;
    gate.reached().await;
    window
        .wait_for_text(&id("automatic"), "because the request is short.")
        .await;
    focus(&window, "automatic-other").await;
    window.keys(&Key::Enter).await;
    window
        .wait_for_text(
            &id("automatic"),
            "gpt-5-codex answers from your next message on.",
        )
        .await;
    // The keys go on where one writes.
    window
        .wait_until("the message has the focus", async |window| {
            let script = "return document.activeElement.dataset.testid";
            window.js(script, Vec::new()).await == "composer-text"
        })
        .await;
    gate.open().await;
    person::state(&window, "Answered").await;
    person::ask(&window, "Go on").await;
    window.wait_for_text(&id("answer"), "Last.").await;
    let last = &asked(&model)[2..];
    assert_eq!(last, [r#""gpt-5-codex-mini""#, r#""gpt-5-codex""#]);
    model.assert_finished();
    window.close().await;
}
