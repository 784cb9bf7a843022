//! Deciding about a change set at every grain: files, changes, lines; by pointer and by keys.

use fantoccini::key::Key;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::project::Project;
use support::window::Window;

use crate::person;
use crate::person::id;

/// The word of a key's code in WebDriver.
const F7: &str = "\u{e037}";
const F8: &str = "\u{e038}";

fn poem(changes: &[(usize, &str)]) -> String {
    (1..=60)
        .map(|line| match changes.iter().find(|(at, _)| *at == line) {
            Some((_, text)) => format!("{text}\n"),
            None => format!("Line {line} of the poem\n"),
        })
        .collect()
}

/// Changes lines 10 and 40 of the poem, and adds three to the end of the list.
fn reply() -> Reply {
    Reply::patch(
        "*** Begin Patch\n*** Update File: poem.txt\n@@\n-Line 10 of the poem\n+The tenth\n@@\n-Line \
         40 of the poem\n+The fortieth\n*** Update File: list.txt\n@@\n bread\n+milk\n+honey\n+figs\n\
         *** End Patch",
    )
}

async fn reviewed(replies: Vec<Reply>) -> (Project, Window, Model) {
    let project = Project::named("songs")
        .file("poem.txt", poem(&[]))
        .file("list.txt", "bread\n");
    let model = Model::start(replies);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Make it better.").await;
    person::state(&window, "Ready to review").await;
    window.wait_for_page_text("0 of 3 changes decided").await;
    (project, window, model)
}

async fn apply(window: &Window, words: &str) {
    window.wait_for_text(&id("apply"), words).await;
    window.click(&id("apply")).await;
    window.click(&id("apply-confirm")).await;
    window.wait_until_gone(&id("apply-dialog")).await;
}

/// Clicks a button of the bar above a change of a file.
async fn bar(window: &Window, path: &str, hunk: u32, mark: &str) {
    let css = format!(
        "{} .bar[data-hunk='{hunk}'] [data-decide={mark}]",
        person::section(path)
    );
    window.click(&css).await;
}

#[tokio::test]
async fn one_change_is_applied_and_the_other_stays_to_be_decided() {
    let (project, window, _model) = reviewed(vec![reply(), Reply::text("Better.")]).await;
    bar(&window, "poem.txt", 0, "approved").await;
    window.wait_for_page_text("1 of 3 changes decided").await;
    bar(&window, "poem.txt", 1, "rejected").await;
    window.wait_for_page_text("2 of 3 changes decided").await;
    window
        .wait_for(&format!("{}[data-mark=mixed]", person::section("poem.txt")))
        .await;

    // The newest decision is taken back, and made again.
    window.click(&id("take-back")).await;
    window.wait_for_page_text("1 of 3 changes decided").await;
    bar(&window, "poem.txt", 1, "rejected").await;
    window.wait_for_page_text("2 of 3 changes decided").await;

    apply(&window, "Apply 1 change…").await;
    person::state(&window, "Partly applied").await;
    assert_eq!(project.text("poem.txt"), poem(&[(10, "The tenth")]));
    assert_eq!(project.text("list.txt"), "bread\n");
    window.wait_for_page_text("1 of 2 changes decided").await;

    window.press("Undo the mark on poem.txt").await;
    window.wait_for_page_text("0 of 2 changes decided").await;
    apply(&window, "Approve all and apply…").await;
    let both = poem(&[(10, "The tenth"), (40, "The fortieth")]);
    assert_eq!(project.text("poem.txt"), both);
    assert_eq!(project.text("list.txt"), "bread\nmilk\nhoney\nfigs\n");
    window.close().await;
}

#[tokio::test]
async fn lines_chosen_by_their_numbers_are_applied_alone() {
    let (project, window, _model) = reviewed(vec![reply(), Reply::text("Better.")]).await;
    // Press on the number of the first of the two lines, and with Shift on that of the second.
    let script = "const numbers = [...document.querySelectorAll(arguments[0] + ' .row.added \
        .number.new')]; const act = (text, shift) => { const found = numbers.find(each => \
        each.textContent === text); for (const type of ['mousedown', 'mouseup']) \
        found.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true, shiftKey: shift \
        })); }; if (numbers.length < 3) return false; act(arguments[1], false); act(arguments[2], true); \
        return true";
    let section = person::section("list.txt");
    window
        .wait_until("two lines are chosen", async |window| {
            let arguments = vec![json!(section), json!("3"), json!("4")];
            window.js(script, arguments).await == json!(true)
        })
        .await;
    window
        .wait_for_text(&format!("{section} .tools"), "Approve 2 lines")
        .await;
    window
        .click(&format!("{section} .tools .decide.approved"))
        .await;
    window
        .wait_for(&format!("{section}[data-mark=mixed]"))
        .await;
    apply(&window, "Apply 1 change…").await;
    assert_eq!(project.text("list.txt"), "bread\nhoney\nfigs\n");
    assert_eq!(project.text("poem.txt"), poem(&[]));
    window.close().await;
}

#[tokio::test]
async fn a_review_from_open_to_approve_needs_no_pointer() {
    let (project, window, _model) = reviewed(vec![reply(), Reply::text("Better.")]).await;
    window.keys(F7).await;
    window.wait_for(".bar[data-hunk='0'] .decide:focus").await;
    // Of the list only its last line: down to it from the bar.
    window.keys(&Key::Down).await;
    window.wait_for(".row .chosen").await;
    window.keys(&Key::Down).await;
    window.keys(&Key::Down).await;
    window.keys("a").await;
    window.wait_for_text(&id("apply"), "Apply 1 change…").await;
    // To the next one that is not decided, wherever it is.
    window.keys(F8).await;
    window.keys("a").await;
    window.wait_for_page_text("1 of 3 changes decided").await;
    window.keys(F8).await;
    window.keys("r").await;
    window.wait_for_page_text("2 of 3 changes decided").await;
    window
        .keys(&format!("{}z{}", Key::Control, Key::Null))
        .await;
    window.wait_for_page_text("1 of 3 changes decided").await;
    // The bar has the focus still.
    window.keys("a").await;
    window.wait_for_page_text("2 of 3 changes decided").await;
    window.wait_for_text(&id("apply"), "Apply 3 changes…").await;
    let script = "document.querySelector(arguments[0]).focus(); return true";
    window.js(script, vec![json!(id("apply"))]).await;
    window.keys(&Key::Enter).await;
    let confirm = id("apply-confirm");
    window.wait_for(&confirm).await;
    window.js(script, vec![json!(confirm)]).await;
    window.keys(&Key::Enter).await;
    person::state(&window, "Partly applied").await;
    assert!(project.text("list.txt").ends_with("figs\n"));
    assert!(!project.text("list.txt").contains("milk"));
    window.close().await;
}

#[tokio::test]
async fn a_mark_stays_when_the_agent_goes_on_elsewhere() {
    let second = Reply::patch(
        "*** Begin Patch\n*** Update File: poem.txt\n@@\n-The fortieth\n+The last but twenty\n\
         *** End Patch",
    );
    let replies = vec![
        reply(),
        Reply::text("Better."),
        second,
        Reply::text("Best."),
    ];
    let (project, window, _model) = reviewed(replies).await;
    window.press("Approve poem.txt").await;
    window.wait_for_page_text("2 of 3 changes decided").await;
    person::ask(&window, "Another word for the fortieth.").await;
    window.wait_for_page_text("Best.").await;
    person::state(&window, "Ready to review").await;
    window.wait_for_page_text("1 of 3 changes decided").await;
    window
        .wait_for_page_text("The agent changed this file again after you had marked it.")
        .await;
    apply(&window, "Apply 1 change…").await;
    assert_eq!(project.text("poem.txt"), poem(&[(10, "The tenth")]));
    window.close().await;
}
