//! A conversation made shorter, an answer given again, and what is too large for a message.

use std::fs;
use std::path::Path;

use fantoccini::key::Key;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::Usage;
use support::model::stream;
use support::screen;
use support::window::Window;

use crate::gallery::camera::Camera;
use crate::gallery::place;
use crate::gallery::place::Place;
use crate::person;
use crate::person::id;

fn costs(reply: support::model::Stream, input: u64) -> Reply {
    reply.completed_with(Usage {
        input,
        cached: 0,
        output: 60,
        reasoning: 0,
    })
}

/// With a model of little room.
async fn open(place: &Place) -> Window {
    let config = place.launch.data().with_file_name("config");
    let settings = "[providers.environment]\nmodel = \"gpt-3.5-turbo\"\n";
    place::write(&config.join("greenlight/settings.toml"), settings);
    place.open(&place.shop()).await
}

pub(crate) async fn conversation(camera: &Camera) {
    let gate = Gate::new();
    let model = Model::start([
        costs(
            stream().shell("for n in 1 2 3 4 5 6 7 8; do cat src/cart.js; done"),
            3_000,
        ),
        costs(stream().text("The sum is in `src/cart.js`."), 9_000),
        stream().text("I read the cart.").gate(&gate).completed(),
        Reply::shell("cat src/cart.js"),
        Reply::text("In `src/cart.js`, line 4."),
    ]);
    let place = Place::connected(&model);
    let window = open(&place).await;
    person::ask(&window, "Where is the sum? Never touch the receipt.").await;
    person::state(&window, "Answered").await;
    window.click(&id("usage-meter")).await;
    window.wait_for(&id("compact")).await;
    camera.take(&window, "context-menu").await;
    window.keys(&Key::Escape).await;
    window.wait_until_gone(&id("context-words")).await;
    window.click(&id("usage-meter")).await;
    window.click(&id("compact")).await;
    gate.reached().await;
    person::line_says(&window, "Making the conversation shorter").await;
    window.wait_until_gone(&id("context-words")).await;
    camera.take(&window, "compaction-under-way").await;
    gate.open().await;
    person::line_says(&window, "Made the conversation shorter").await;
    person::toggle_line(&window, "Made the conversation shorter").await;
    window.wait_for(&id("kept")).await;
    camera.take(&window, "compaction").await;

    let question = "Where is the price of a cart computed, and by whom is it used?";
    window.click(&id("new-task")).await;
    person::ask(&window, question).await;
    window.wait_for_text(&id("answer"), "line 4").await;
    person::state(&window, "Answered").await;
    window.click(&id("new-task")).await;
    person::ask(&window, question).await;
    window.wait_for(&id("earlier")).await;
    person::state(&window, "Answered").await;
    camera.take(&window, "earlier-answer").await;
    window.close().await;
}

pub(crate) async fn too_large(camera: &Camera) {
    let model = Model::start(Vec::new());
    let place = Place::connected(&model);
    let line = "a line of notes about the shop that goes on and on\n";
    let long = line.repeat(4_000);
    let outside = place.folder("Documents", &[("notes.md", &long)]);
    for name in [
        "prices.md",
        "orders of the last quarter with a long name.md",
        "big.md",
    ] {
        let bytes = if name == "big.md" { 4_000 } else { 200 };
        place::write(&outside.join("quarter").join(name), line.repeat(bytes));
    }
    let window = open(&place).await;
    let words = place.launch.data().with_file_name("words.txt");
    fs::write(&words, line.repeat(1_500)).expect("a file can be written");
    let clipboard = screen::copy("UTF8_STRING", &words).await;
    window.click(&id("composer-text")).await;
    screen::press("Greenlight", "ctrl+v").await;
    window
        .wait_until("the words are pasted", async |window| {
            person::composer(window).await.len() > 60_000
        })
        .await;
    drop(clipboard);
    window.click(&id("composer-send")).await;
    window.wait_for(&id("take-fit")).await;
    camera.take(&window, "too-large-message").await;
    window.click(&id("take-fit")).await;
    window.wait_until_gone(&id("error-card")).await;
    window.click(&id("composer-text")).await;
    let empty = "const field = document.activeElement; field.select(); \
                 document.execCommand('delete')";
    window.js(empty, Vec::new()).await;
    let (file, folder) = (outside.join("notes.md"), outside.join("quarter"));
    let paths: [&Path; 2] = [&file, &folder];
    screen::drop_files(&paths, (640, 400)).await;
    window
        .wait_until("both have a proposal", async |window| {
            window.texts(&id("take-proposal")).await.len() == 2
        })
        .await;
    camera.take(&window, "too-large-files").await;
    window.close().await;
}
