//! A conversation made shorter, a message that is too long, and an answer given again, in the window.

use std::fmt::Write;
use std::fs;

use fantoccini::key::Key;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::Usage;
use support::model::stream;
use support::project::Project;
use support::screen;
use support::window::Launch;
use support::window::Window;

use crate::person;
use crate::person::id;

/// A model with a window of 16,385 tokens.
const SMALL: &str = "gpt-3.5-turbo";

fn shop() -> Project {
    let line = "the quick brown fox jumps over the lazy dog once more\n";
    Project::named("shop")
        .file("long.txt", line.repeat(300))
        .file("price.js", "export const price = 1;\n")
}

/// Starts with a model of little room.
fn little_room(model: &Model, project: &Project) -> Launch {
    let launch = person::connected(model).project(project.path());
    let folder = launch.data().with_file_name("config").join("greenlight");
    fs::create_dir_all(&folder).expect("a folder can be made");
    let settings = format!("[providers.environment]\nmodel = \"{SMALL}\"\n");
    fs::write(folder.join("settings.toml"), settings).expect("settings can be written");
    launch
}

fn costs(reply: support::model::Stream, input: u64) -> Reply {
    reply.completed_with(Usage {
        input,
        cached: 0,
        output: 60,
        reasoning: 0,
    })
}

/// How full the meter says that the conversation's room is.
async fn meter(window: &Window) -> u64 {
    let text = window.texts(&id("usage-meter")).await.concat();
    text.trim()
        .trim_end_matches('%')
        .trim()
        .parse()
        .unwrap_or(0)
}

#[tokio::test]
async fn the_person_makes_a_conversation_shorter_and_reads_what_is_kept() {
    let (project, gate) = (shop(), Gate::new());
    let model = Model::start([
        costs(stream().shell("cat long.txt"), 3_000),
        costs(stream().text("It is about a fox."), 9_000),
        stream()
            .text("The fox was read about.")
            .gate(&gate)
            .completed(),
        costs(stream().shell("cat long.txt"), 3_000),
        costs(stream().text("Still a fox."), 9_500),
        Reply::text("The fox was read about twice."),
    ]);
    let window = Window::open(&little_room(&model, &project)).await;
    person::ask(&window, "Read long.txt, and never touch price.js.").await;
    person::state(&window, "Answered").await;
    let before = meter(&window).await;
    assert!((50..70).contains(&before), "{before}");

    // From the meter's menu.
    window.click(&id("usage-meter")).await;
    window
        .wait_for_text(&id("context-words"), "About 9,060 tokens are in use")
        .await;
    window.click(&id("compact")).await;
    gate.reached().await;
    person::line_says(&window, "Making the conversation shorter").await;
    window.wait_for_page_text("What you type stays here.").await;
    window.wait_for(&id("composer-stop")).await;
    gate.open().await;
    person::line_says(
        &window,
        "Made the conversation shorter for the model: about",
    )
    .await;
    window
        .wait_until("the meter has fallen", async |window| {
            meter(window).await < before / 2
        })
        .await;
    person::toggle_line(&window, "Made the conversation shorter").await;
    window
        .wait_for_text(&id("kept"), "never touch price.js")
        .await;
    window
        .wait_for_text(&id("kept"), "The fox was read about.")
        .await;
    window
        .wait_for_page_text("Kept word for word: 1 message of yours.")
        .await;
    window.screenshot("compaction").await;

    // By a word in the composer, which is not sent.
    person::ask(&window, "Read it again.").await;
    window
        .wait_until("it was read again", async |window| {
            window
                .texts(&id("answer"))
                .await
                .concat()
                .contains("Still a fox.")
        })
        .await;
    person::state(&window, "Answered").await;
    person::ask(&window, "/compact").await;
    window
        .wait_until("it was made shorter again", async |window| {
            let lines = window.texts(&id("item-line")).await;
            lines
                .iter()
                .filter(|line| line.contains("Made the conversation"))
                .count()
                == 2
        })
        .await;
    assert_eq!(person::composer(&window).await, "");
    assert_eq!(window.texts(&id("message")).await.len(), 2);

    // There is nothing more to gain, and that is said.
    person::ask(&window, "/compact").await;
    window
        .wait_for_page_text("This conversation is short already")
        .await;
    assert_eq!(person::composer(&window).await, "/compact");
    model.assert_finished();
    window.close().await;
}

/// Lines of about ten tokens, one of them about coupons.
fn long(lines: usize) -> String {
    let mut text = String::new();
    for n in 1..=lines {
        let _ = match n == lines / 2 {
            true => writeln!(text, "the coupon is worth more than the cart here"),
            false => writeln!(text, "line {n} of a text that goes on and on."),
        };
    }
    text
}

#[tokio::test]
async fn what_is_too_large_is_refused_with_what_fits_and_taken_by_a_click() {
    let project = shop();
    let model = Model::start([Reply::text("It is about coupons.")]);
    let launch = little_room(&model, &project);
    let file = launch.data().with_file_name("notes.md");
    fs::write(&file, long(4_000)).expect("a file can be written");
    let list = launch.data().with_file_name("list.txt");
    fs::write(&list, format!("file://{}\r\n", file.display())).expect("a file can be written");
    let words = launch.data().with_file_name("words.txt");
    let pasted = format!("What about the coupon?\n\n{}", long(1_700));
    fs::write(&words, &pasted).expect("a file can be written");

    let window = Window::open(&launch).await;
    let paste = async || {
        window.wait_for(&id("composer-text")).await;
        window.click(&id("composer-text")).await;
        screen::press("Greenlight", "ctrl+v").await;
    };
    {
        let _clipboard = screen::copy("text/uri-list", &list).await;
        paste().await;
        window
            .wait_for_text(&id("attachment-refused"), "notes.md holds about 40,")
            .await;
        window
            .wait_for_text(&id("attachment-refused"), "there is room for")
            .await;
    }
    window.screenshot("too-large-file").await;
    window.click(&id("take-proposal")).await;
    window
        .wait_for_text(&id("attachment"), "Only lines 1 to")
        .await;
    window.wait_until_gone(&id("attachment-refused")).await;
    window.click(&id("attachment-remove")).await;
    window.wait_until_gone(&id("attachment")).await;

    let _clipboard = screen::copy("UTF8_STRING", &words).await;
    paste().await;
    window
        .wait_until("the words are pasted", async |window| {
            person::composer(window).await.len() > 60_000
        })
        .await;
    window.click(&id("composer-send")).await;
    window
        .wait_for_text(&id("error-card"), "The message takes about")
        .await;
    window
        .wait_for_text(&id("error-card"), "Nothing was sent.")
        .await;
    assert_eq!(model.requests().len(), 0);
    window.screenshot("too-large-message").await;
    window.click(&id("take-fit")).await;
    window.wait_until_gone(&id("error-card")).await;
    let kept = person::composer(&window).await;
    assert!(
        kept.contains("the coupon is worth") && kept.contains("are left out]"),
        "{kept}"
    );
    window.click(&id("composer-send")).await;
    person::state(&window, "Answered").await;
    let sent = model.wait_request(1).await;
    assert!(String::from_utf8_lossy(&sent.body).contains("the coupon is worth"));
    model.assert_finished();
    window.close().await;
}

#[tokio::test]
async fn an_earlier_answer_says_so_and_is_asked_again_by_a_click() {
    let project = shop();
    let model = Model::start([Reply::shell("cat price.js"), Reply::text("It is one.")]);
    let window = Window::open(&person::connected(&model).project(project.path())).await;
    person::ask(&window, "What is the price?").await;
    person::state(&window, "Answered").await;
    window.click(&id("new-task")).await;
    person::ask(&window, "What is the price?").await;
    window
        .wait_for_text(&id("earlier"), "From an earlier answer, just now")
        .await;
    person::state(&window, "Answered").await;
    window.wait_for_text(&id("answer"), "It is one.").await;
    assert_eq!(model.requests().len(), 2);
    window.screenshot("earlier-answer").await;

    model.push(Reply::text("Still one."));
    window.click(&id("ask-again")).await;
    window.wait_for_text(&id("answer"), "Still one.").await;
    window.wait_until_gone(&id("earlier")).await;

    // Turned off in Settings, the same is asked each time.
    window.keys(&format!("{}{}", Key::Control, ",")).await;
    window.click(&id("answer-cache")).await;
    window
        .wait_until("it is off", async |window| {
            let script = "return document.querySelector(arguments[0])?.checked === false";
            window.js(script, vec![json!(id("answer-cache"))]).await == json!(true)
        })
        .await;
    window.screenshot("answer-cache-setting").await;
    window.click(&id("settings-close")).await;
    model.push(Reply::text("One, I said."));
    window.click(&id("new-task")).await;
    person::ask(&window, "What is the price?").await;
    window.wait_for_text(&id("answer"), "One, I said.").await;
    model.assert_finished();
    window.close().await;
}
