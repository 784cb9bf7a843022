//! The Files tab: found by a few letters, read, edited in the private copy, reviewed and applied.

use fantoccini::elements::Element;
use fantoccini::key::Key;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::project::Project;
use support::window::Window;

use crate::person;
use crate::person::Row;
use crate::person::id;

const CONTROL: char = '\u{e009}';
const NO_MODIFIER: char = '\u{e000}';

fn letters() -> Project {
    Project::named("letters")
        .file(
            "mail/draft/letter.js",
            "export const greeting = 'Dear';\r\nexport const end = 1;\r\n",
        )
        .file("mail/other.txt", "Nothing\n")
        .file(".gitignore", "spam\n")
        .file("spam/letter.js", "ignored\n")
}

/// Presses a key while Control is held.
async fn control(window: &Window, key: char) {
    window.keys(&format!("{CONTROL}{key}{NO_MODIFIER}")).await;
}

/// What stands in the editor.
async fn text(window: &Window) -> String {
    let script = "return [...document.querySelectorAll('.cm-content .cm-line')] \
                  .map(line => line.textContent).join('\\n')";
    let text = window.js(script, Vec::new()).await;
    text.as_str().unwrap_or_default().to_owned()
}

async fn reads(window: &Window, expect: &str) {
    window
        .wait_until(&format!("the editor reads {expect:?}"), async |window| {
            text(window).await == expect
        })
        .await;
}

/// Finds a file by Ctrl+P and opens it by Enter.
async fn find(window: &Window, letters: &str, path: &str) {
    window.wait_for(&id("files-tab")).await;
    control(window, 'p').await;
    window.wait_for(&id("finder-text")).await;
    window.keys(letters).await;
    window
        .wait_until(&format!("{path} is the best"), async |window| {
            let script = "return document.querySelector(arguments[0])?.dataset.path ?? ''";
            let css = format!("{}[aria-selected=true]", id("finder-hit"));
            window.js(script, vec![json!(css)]).await == path
        })
        .await;
    window.keys(&Key::Enter).await;
    window.wait_until_gone(&id("finder")).await;
    pane(window, path).await;
}

/// Waits until this file is open.
async fn pane(window: &Window, path: &str) {
    let css = format!("{}[data-path='{path}']", id("file-pane"));
    window.wait_for(&css).await;
}

async fn into_editor(window: &Window) -> Element {
    window.click(".cm-content").await;
    window.wait_for(".cm-content").await
}

/// Types at the end of the file.
async fn type_at_end(window: &Window, typed: &str) {
    into_editor(window).await;
    window
        .keys(&format!("{CONTROL}{}{NO_MODIFIER}", char::from(Key::End)))
        .await;
    window.keys(typed).await;
}

#[tokio::test]
async fn a_file_found_by_letters_is_edited_in_the_private_copy_reviewed_and_applied() {
    let project = letters();
    let original = project.snapshot();
    let model = Model::start(Vec::<Reply>::new());
    let window = Window::open(&person::connected(&model).project(project.path())).await;
    person::opened(&window, "letters").await;

    find(&window, "malet", "mail/draft/letter.js").await;
    let lines = "export const greeting = 'Dear';\nexport const end = 1;\n";
    reads(&window, lines).await;
    let styled = "return getComputedStyle(document.querySelector('.cm-editor')).display + ' ' + \
                  getComputedStyle(document.querySelector('.cm-scroller')).fontFamily";
    let styled = window.js(styled, Vec::new()).await.to_string();
    assert!(
        styled.contains("flex") && styled.contains("JetBrains"),
        "the editor's own rules are in force: {styled}"
    );
    window
        .wait_for(&format!("{}[data-side=project]", id("file-pane")))
        .await;

    // Without a task, editing begins one of its own.
    window.click(&id("file-edit")).await;
    window
        .wait_for(&format!("{}[data-side=draft]", id("file-pane")))
        .await;
    window.wait_for_page_text("Edits by you").await;
    reads(&window, lines).await;
    type_at_end(&window, "export const more = 2;").await;
    window.wait_for(&id("file-dirty")).await;
    control(&window, 's').await;
    window.wait_until_gone(&id("file-dirty")).await;
    assert_eq!(project.snapshot(), original, "the folder has not changed");
    let marked = format!("{}[data-name=mail]", id("tree-row"));
    window.wait_for_text(&marked, "1 ●").await;

    window.click(&id("changes-tab")).await;
    let added = Row::new("added", "", "export const more = 2;");
    person::row(&window, "mail/draft/letter.js", &added).await;
    let section = person::section("mail/draft/letter.js");
    window.wait_for_text(&section, "by you").await;
    assert_eq!(person::prepare(&window).await, ["mail/draft/letter.js"]);
    person::confirm(&window).await;
    assert_eq!(
        project.text("mail/draft/letter.js"),
        "export const greeting = 'Dear';\r\nexport const end = 1;\r\nexport const more = 2;"
    );
    window.click(&id("undo-apply")).await;
    window
        .wait_until("the folder is as it was", async |_| {
            project.bytes("mail/draft/letter.js")
                == b"export const greeting = 'Dear';\r\nexport const end = 1;\r\n"
        })
        .await;
    window.close().await;
}

#[tokio::test]
async fn text_that_was_not_saved_survives_a_kill_and_an_edit_outside_overwrites_nothing() {
    let project = letters();
    let model = Model::start([Reply::text("Hello.")]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Hello").await;
    person::state(&window, "Answered").await;
    find(&window, "other", "mail/other.txt").await;
    window
        .wait_for(&format!("{}[data-side=draft]", id("file-pane")))
        .await;
    reads(&window, "Nothing\n").await;
    type_at_end(&window, "typed and kept").await;
    person::kept(&window, &launch, "typed and kept").await;
    window.kill9().await;

    let window = Window::open(&launch).await;
    window.click(&id("files-tab")).await;
    window
        .wait_for_text(&id("unsaved-file"), "mail/other.txt")
        .await;
    window.click(&id("unsaved-file")).await;
    reads(&window, "Nothing\ntyped and kept").await;
    window.wait_for(&id("file-dirty")).await;

    project.write("mail/other.txt", "Written outside\n");
    window.wait_for(&id("file-meanwhile")).await;
    reads(&window, "Nothing\ntyped and kept").await;
    window.click(&id("file-look")).await;
    reads(&window, "Written outside\n").await;
    window.click(&id("file-look")).await;
    reads(&window, "Nothing\ntyped and kept").await;
    window.click(&id("file-keep-mine")).await;
    window.wait_until_gone(&id("file-dirty")).await;
    assert_eq!(project.text("mail/other.txt"), "Written outside\n");
    window.click(&id("changes-tab")).await;
    let changed = Row::new("changed", "Written outside", "Nothing");
    person::row(&window, "mail/other.txt", &changed).await;
    assert_eq!(person::prepare(&window).await, ["mail/other.txt"]);
    person::confirm(&window).await;
    assert_eq!(project.text("mail/other.txt"), "Nothing\ntyped and kept");
    window.close().await;
}

#[tokio::test]
async fn the_tree_follows_the_folder_and_the_keyboard_and_find_and_go_to_line_work() {
    let project = letters();
    let model = Model::start(Vec::<Reply>::new());
    let window = Window::open(&person::connected(&model).project(project.path())).await;
    window.click(&id("files-tab")).await;
    let row = |name: &str| format!("{}[data-name='{name}']", id("tree-row"));
    window.wait_for(&row("mail")).await;
    let spam = window.wait_for(&row("spam")).await;
    assert_eq!(
        spam.attr("aria-label").await.expect("an attribute"),
        Some("spam, ignored by this project".to_owned())
    );
    window.click(&row("mail")).await;
    window.wait_for(&row("other.txt")).await;
    project.write(
        "mail/fresh.txt",
        (1..=200).map(|n| format!("line {n}\n")).collect::<String>(),
    );
    window.wait_for(&row("fresh.txt")).await;
    window.keys("f").await;
    window.keys(&Key::Enter).await;
    pane(&window, "mail/fresh.txt").await;
    window.wait_for(".cm-editor.cm-focused").await;
    control(&window, 'g').await;
    window.wait_for(".cm-panel input").await;
    window.keys("150").await;
    window.keys(&Key::Enter).await;
    window.wait_for_text(".cm-activeLine", "line 150").await;
    control(&window, 'f').await;
    window.wait_for(".cm-search input").await;
    window.keys("line 77").await;
    window.keys(&Key::Enter).await;
    window
        .wait_for_text(".cm-searchMatch-selected", "line 77")
        .await;
    project.remove("mail/fresh.txt");
    window.wait_until_gone(&row("fresh.txt")).await;
    window
        .wait_for_text(&id("file-failure"), "is not in your folder")
        .await;
    window.screenshot("files-gone").await;
    window.close().await;
}
