//! The person goes on working in the folder while a task is under review.

use std::time::Instant;

use support::model::Model;
use support::model::Reply;
use support::project::Project;
use support::window::Window;

use crate::person;
use crate::person::Row;
use crate::person::id;

const MENU: &str = "Soup\nBread\n";
const MINE: &str = "Soup of the day\nBread\n";
const PATCH: &str = "*** Begin Patch\n\
    *** Update File: menu.txt\n@@\n-Soup\n+Tomato soup\n\
    *** Update File: wine.txt\n@@\n-Red\n+Red, dry\n\
    *** End Patch";

fn inn() -> Project {
    Project::named("inn")
        .file("menu.txt", MENU)
        .file("wine.txt", "Red\n")
        .file("hours.txt", "Open daily\n")
}

async fn under_review(project: &Project, model: &Model) -> Window {
    let launch = person::connected(model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Say which soup and which wine.").await;
    person::state(&window, "Ready to review").await;
    let changed = Row::new("changed", "Soup", "Tomato soup");
    person::row(&window, "menu.txt", &changed).await;
    window
}

fn conflict() -> String {
    format!("{} .conflict", person::section("menu.txt"))
}

#[tokio::test]
async fn an_edit_of_a_file_under_review_is_a_visible_conflict_and_never_overwritten() {
    let project = inn();
    let model = Model::start([Reply::patch(PATCH), Reply::text("Both say it now.")]);
    let window = under_review(&project, &model).await;

    project.write("menu.txt", MINE);
    let written = Instant::now();
    window.wait_for(&conflict()).await;
    println!("the conflict showed after {:?}", written.elapsed());
    window
        .wait_for_text(
            &person::section("menu.txt"),
            "You changed this file in your folder too.",
        )
        .await;

    assert_eq!(blocked(&window).await, Vec::<String>::new());
    window.press("Approve menu.txt").await;
    window
        .wait_for(&format!(
            "{}[data-mark=approved]",
            person::section("menu.txt")
        ))
        .await;
    assert_eq!(blocked(&window).await, Vec::<String>::new());
    assert_eq!(project.text("menu.txt"), MINE);

    // The rest can go in; the person's own version stays.
    window.press("Undo the mark on menu.txt").await;
    window.press("Reject menu.txt").await;
    window
        .wait_for(&format!(
            "{}[data-mark=rejected]",
            person::section("menu.txt")
        ))
        .await;
    window.press("Approve wine.txt").await;
    window.wait_for_page_text("2 of 2 changes decided").await;
    assert_eq!(person::prepare(&window).await, ["wine.txt"]);
    person::confirm(&window).await;
    assert_eq!(project.text("wine.txt"), "Red, dry\n");
    assert_eq!(project.text("menu.txt"), MINE);
    window.close().await;
}

/// Asks for Apply, is told that it is not possible, and closes the dialog. Gives what it would have
/// written.
async fn blocked(window: &Window) -> Vec<String> {
    let files = person::prepare(window).await;
    window
        .wait_for_text(&id("apply-dialog"), "Nothing can be applied now")
        .await;
    window
        .wait_for_text(&id("apply-dialog"), "in your folder meanwhile")
        .await;
    window.click(&id("apply-cancel")).await;
    window.wait_until_gone(&id("apply-dialog")).await;
    files
}

#[tokio::test]
async fn an_edit_made_while_the_summary_is_open_is_not_overwritten() {
    let project = inn();
    let model = Model::start([Reply::patch(PATCH), Reply::text("Both say it now.")]);
    let window = under_review(&project, &model).await;
    person::prepare(&window).await;
    project.write("menu.txt", MINE);
    window.click(&id("apply-confirm")).await;
    window.wait_until_gone(&id("apply-dialog")).await;
    window
        .wait_until("the refusal is said", async |window| {
            let dialog = window.texts(&id("conflict-dialog")).await;
            let notice = window.texts(&id("notice")).await;
            dialog
                .iter()
                .chain(&notice)
                .any(|text| text.contains("menu.txt"))
        })
        .await;
    assert_eq!(project.text("menu.txt"), MINE);
    assert_eq!(
        project.text("wine.txt"),
        "Red\n",
        "an apply is all or nothing"
    );
    window
        .wait_until("the conflict is shown", async |window| {
            !window.texts(&conflict()).await.is_empty()
        })
        .await;
    window.close().await;
}

#[tokio::test]
async fn an_undo_does_not_overwrite_what_was_edited_since() {
    let project = inn();
    let model = Model::start([Reply::patch(PATCH), Reply::text("Both say it now.")]);
    let window = under_review(&project, &model).await;
    person::prepare(&window).await;
    person::confirm(&window).await;
    project.write("menu.txt", "Tomato soup, fresh\nBread\n");
    window.click(&id("undo-apply")).await;
    window.wait_for(&id("conflict-dialog")).await;
    let shown = window.texts(&id("conflict-dialog")).await.concat();
    assert!(
        shown.contains("Tomato soup, fresh") && shown.contains("What the undo would write"),
        "{shown}"
    );
    window.click(&id("conflict-close")).await;
    assert_eq!(project.text("menu.txt"), "Tomato soup, fresh\nBread\n");
    assert_eq!(
        project.text("wine.txt"),
        "Red, dry\n",
        "an undo is all or nothing"
    );
    window.close().await;
}

#[tokio::test]
async fn an_edit_of_another_file_reaches_the_draft_and_is_no_change_of_the_task() {
    let project = inn();
    let model = Model::start([
        Reply::patch(PATCH),
        Reply::text("Both say it now."),
        Reply::shell("cat hours.txt cellar.txt"),
        Reply::text("Closed on Mondays."),
    ]);
    let window = under_review(&project, &model).await;
    project.write("hours.txt", "Closed on Mondays\n");
    project.write("cellar.txt", "Mind the step\n");
    person::ask(&window, "When are we open?").await;
    window
        .wait_for_text(&id("answer"), "Closed on Mondays.")
        .await;
    let seen = model.wait_request(4).await.last_result();
    assert!(
        seen.contains("Closed on Mondays\nMind the step"),
        "the command saw: {seen}"
    );
    let mut listed = window.texts(&format!("{} .path", id("file-entry"))).await;
    listed.sort();
    assert_eq!(listed, ["menu.txt", "wine.txt"]);
    window.close().await;
}
