//! A conversation leaves the app as a file, and the app's own memory does not.

use std::fs;

use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::project::Project;
use support::screen;
use support::window::Window;

use crate::person;
use crate::person::id;

#[tokio::test]
async fn a_conversation_is_exported_without_the_key() {
    let project = Project::named("inn").file("menu.txt", "Soup\n");
    let (start, end) = person::KEY.split_at(9);
    let model = Model::start([
        Reply::shell(&format!("K={start}; echo ${{K}}{end}")),
        stream().text("I looked.").completed(),
    ]);
    let launch = person::connected(&model).project(project.path());
    let target = launch.data().join("talk.md");
    let window = Window::open(&launch).await;
    person::ask(&window, "Look at the menu.").await;
    window.wait_for_page_text("I looked.").await;
    window
        .wait_for_page_text(
            "A key that Greenlight uses in the result of a tool went neither to the model",
        )
        .await;
    window.screenshot("key-withheld").await;

    window.click(&id("task-menu")).await;
    window.click(&id("task-export")).await;
    screen::press("Export conversation", "ctrl+a").await;
    screen::type_text(
        "Export conversation",
        target.to_str().expect("a plain path"),
    )
    .await;
    screen::close_by("Export conversation", "Return").await;
    window.wait_for_text(&id("notice"), "was saved as").await;
    window.screenshot("conversation-exported").await;
    let text = fs::read_to_string(&target).expect("it was saved");
    assert!(text.contains("## You\n\nLook at the menu."), "{text}");
    assert!(
        text.contains("[key]") && !text.contains(person::KEY),
        "{text}"
    );
    window.close().await;
}

#[tokio::test]
async fn the_app_leaves_no_core_file() {
    let project = Project::named("inn").file("menu.txt", "Soup\n");
    let model = Model::start(Vec::new());
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    let limits = format!("/proc/{}/limits", window.pid().as_raw_nonzero());
    let limits = fs::read_to_string(limits).expect("the limits of the app");
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let soft = core.and_then(|line| line.split_whitespace().nth(4));
    assert_eq!(soft, Some("0"), "{limits}");
    window.close().await;
}
