//! Everything typed, marked and said survives the end of the app, in order or not.

use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::project::Project;
use support::window::Launch;
use support::window::Window;

use crate::person;
use crate::person::Row;
use crate::person::id;

const PATCH: &str = "*** Begin Patch\n\
    *** Update File: poem.txt\n@@\n-Roses are red\n+Roses are green\n\
    *** Add File: second.txt\n+Another line.\n\
    *** End Patch";

fn poems() -> Project {
    Project::named("poems").file("poem.txt", "Roses are red\nViolets are blue\n")
}

/// Task, messages, changes and marks are as they were left.
async fn as_it_was(window: &Window, unsent: &str) {
    person::state(window, "Ready to review").await;
    window
        .wait_for_text(&id("message"), "Make the roses green.")
        .await;
    window
        .wait_for_text(&id("answer"), "The roses are green.")
        .await;
    let changed = Row::new("changed", "Roses are red", "Roses are green");
    person::row(window, "poem.txt", &changed).await;
    let second = Row::new("added", "", "Another line.");
    person::row(window, "second.txt", &second).await;
    for (path, mark) in [("poem.txt", "approved"), ("second.txt", "rejected")] {
        window
            .wait_for(&format!("{}[data-mark={mark}]", person::section(path)))
            .await;
    }
    window
        .wait_until("the unsent text is in the composer", async |window| {
            person::composer(window).await == unsent
        })
        .await;
}

#[tokio::test]
async fn task_changes_marks_and_typed_text_survive_a_kill_and_a_quit() {
    let project = poems();
    let before = project.snapshot();
    let model = Model::start([
        Reply::patch(PATCH),
        Reply::text("The roses are green."),
        Reply::text("Gladly."),
    ]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Make the roses green.").await;
    person::state(&window, "Ready to review").await;
    window.press("Approve poem.txt").await;
    window.press("Reject second.txt").await;
    window.wait_for_page_text("2 of 2 changes decided").await;
    window
        .type_into(&id("composer-text"), "And the violets?")
        .await;
    person::kept(&window, &launch, "And the violets?").await;
    window.kill9().await;

    let launch = launch.without_arguments();
    let window = Window::open(&launch).await;
    window
        .wait_for_text(&id("recent-poems"), "1 ready to review")
        .await;
    person::reopen(&window, "poems").await;
    as_it_was(&window, "And the violets?").await;
    before.assert_unchanged(project.path());
    window.type_into(&id("composer-text"), " Leave them.").await;
    person::kept(&window, &launch, "And the violets? Leave them.").await;
    window.quit().await;

    let window = Window::open(&launch).await;
    person::reopen(&window, "poems").await;
    as_it_was(&window, "And the violets? Leave them.").await;

    // It is no picture of a task: it can be applied and it goes on.
    assert_eq!(person::prepare(&window).await, ["poem.txt"]);
    person::confirm(&window).await;
    assert_eq!(
        project.text("poem.txt"),
        "Roses are green\nViolets are blue\n"
    );
    window.click(&id("composer-send")).await;
    window.wait_for_text(&id("answer"), "Gladly.").await;
    assert_eq!(person::composer(&window).await, "");
    window.quit().await;

    // And what was applied before the last start can still be undone.
    let window = Window::open(&launch).await;
    person::reopen(&window, "poems").await;
    window.click(&id("undo-apply")).await;
    window.wait_for_text(&id("apply-result"), "Undone").await;
    assert_eq!(
        project.text("poem.txt"),
        "Roses are red\nViolets are blue\n"
    );
    model.assert_finished();
    window.close().await;
}

#[tokio::test]
async fn text_for_a_new_task_survives_a_kill() {
    let project = poems();
    let model = Model::start(Vec::new());
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    window
        .type_into(&id("composer-text"), "A third poem about tea")
        .await;
    person::kept(&window, &launch, "A third poem about tea").await;
    window.kill9().await;
    let window = Window::open(&launch.without_arguments()).await;
    person::reopen(&window, "poems").await;
    window
        .wait_until("the text is there", async |window| {
            person::composer(window).await == "A third poem about tea"
        })
        .await;
    window.close().await;
}

/// Runs until the app is gone, then opens it again and continues.
async fn interrupted(end: impl AsyncFnOnce(Window, &Launch)) {
    let project = poems();
    let seconds = person::rare_sleep();
    let model = Model::start([
        stream()
            .text("First I look around.")
            .shell(&format!("echo looking; sleep {seconds}"))
            .completed(),
        Reply::text("I went on."),
    ]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Write a poem.").await;
    person::toggle_line(&window, "Ran echo looking").await;
    window.wait_for_text(&id("item-output"), "looking").await;
    window
        .wait_until("the command runs", async |_| person::runs(&seconds))
        .await;
    end(window, &launch).await;

    let window = Window::open(&launch.without_arguments()).await;
    person::ended(&window, &seconds).await;
    person::reopen(&window, "poems").await;
    person::state(&window, "Stopped").await;
    window.wait_for_text(&id("task-item"), "Interrupted").await;
    window
        .wait_for_page_text("Greenlight was closed while this was under way.")
        .await;
    window
        .wait_for_text(&id("answer"), "First I look around.")
        .await;
    person::line_says(&window, "stopped").await;
    window.click(&id("go-on")).await;
    window.wait_for_text(&id("answer"), "I went on.").await;
    person::state(&window, "Answered").await;

    let second = model.wait_request(2).await;
    let said = second.json().to_string();
    assert!(
        said.contains("Write a poem."),
        "the model is reminded: {said}"
    );
    let answered: Vec<String> = second.results().into_iter().map(|(id, _)| id).collect();
    for item in second.input() {
        if item["type"] == "function_call" {
            let call = item["call_id"].as_str().expect("a call has an id");
            assert!(
                answered.iter().any(|id| id == call),
                "a call without its result is refused by every provider: {said}"
            );
        }
    }
    model.assert_finished();
    window.close().await;
}

#[tokio::test]
async fn a_turn_cut_by_a_kill_is_shown_as_interrupted_and_continues() {
    interrupted(async |window, _| window.kill9().await).await;
}

#[tokio::test]
async fn a_turn_cut_by_quitting_is_shown_as_interrupted_and_continues() {
    interrupted(async |window, _| window.quit().await).await;
}

#[tokio::test]
async fn words_that_were_streaming_at_the_kill_are_kept() {
    let project = poems();
    let gate = Gate::new();
    let model = Model::start([stream()
        .text_around("The first half", &gate, " and the second")
        .completed()]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Say it slowly.").await;
    window.wait_for_text(&id("answer"), "The first half").await;
    let log = async |_: &Window| {
        let tasks = launch.data().join("greenlight");
        logs(&tasks).iter().any(|log| {
            std::fs::read_to_string(log).is_ok_and(|text| text.contains("The first half"))
        })
    };
    window
        .wait_until("the half is in the task's log", log)
        .await;
    window.kill9().await;
    let window = Window::open(&launch.clone().without_arguments()).await;
    person::reopen(&window, "poems").await;
    window.wait_for_text(&id("answer"), "The first half").await;
    person::state(&window, "Stopped").await;
    window.close().await;
    gate.release();
}

fn logs(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(logs(&path));
        } else if path.ends_with("log.jsonl") {
            found.push(path);
        }
    }
    found
}
