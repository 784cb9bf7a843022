//! Pictures and files in the window: pasted from a real clipboard, dropped by a real drag, chosen in
//! the real dialog, looked at, taken off, sent.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use fantoccini::key::Key;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::picture;
use support::project::Project;
use support::screen;
use support::window::Launch;
use support::window::Window;

use crate::person;
use crate::person::id;

fn gallery() -> Project {
    Project::named("gallery").file("index.html", "<p>Pictures</p>\n")
}

/// A picture in a folder outside of the project.
fn shot(launch: &Launch, name: &str, width: u32, height: u32) -> PathBuf {
    let path = launch.data().with_file_name(name);
    fs::write(&path, picture::halves(width, height)).expect("a picture can be written");
    path
}

async fn names(window: &Window) -> Vec<String> {
    let script =
        "return [...document.querySelectorAll(arguments[0])].map(chip => chip.dataset.name)";
    let names = window.js(script, vec![json!(id("attachment"))]).await;
    let names = names.as_array().expect("a list").iter();
    names
        .map(|name| name.as_str().unwrap_or_default().to_owned())
        .collect()
}

async fn attached(window: &Window, expected: &[&str]) {
    window
        .wait_until(&format!("{expected:?} are attached"), async |window| {
            names(window).await == expected
        })
        .await;
}

/// Waits until every picture under `css` is painted, and gives their sizes.
async fn painted(window: &Window, css: &str) -> serde_json::Value {
    let script = "return [...document.querySelectorAll(arguments[0] + ' img')] \
        .map(img => img.complete ? [img.naturalWidth, img.naturalHeight] : [0, 0])";
    let sizes = async |window: &Window| window.js(script, vec![json!(css)]).await;
    window
        .wait_until(
            &format!("the pictures in {css} are painted"),
            async |window| {
                let sizes = sizes(window).await;
                let sizes = sizes.as_array().expect("a list");
                !sizes.is_empty() && sizes.iter().all(|size| size[0] != 0)
            },
        )
        .await;
    sizes(window).await
}

async fn paste(window: &Window) {
    window.wait_for(&id("composer-text")).await;
    window.click(&id("composer-text")).await;
    screen::press("Greenlight", "ctrl+v").await;
}

#[tokio::test]
async fn a_pasted_picture_is_a_chip_is_seen_and_is_sent() {
    let project = gallery();
    let model = Model::start([Reply::text("Half red, half blue.")]);
    let launch = person::connected(&model).project(project.path());
    let picture_file = shot(&launch, "clipboard.png", 320, 200);
    let window = Window::open(&launch).await;
    let _clipboard = screen::copy("image/png", &picture_file).await;
    paste(&window).await;
    attached(&window, &["Pasted picture.png"]).await;
    window.wait_for_text(&id("attachment"), "320 × 200").await;
    window.wait_for_text(&id("attachment"), "84 tokens").await;
    assert_eq!(
        painted(&window, &id("attachment")).await,
        json!([[256, 160]])
    );

    window
        .click(&format!("{} .chip-body", id("attachment")))
        .await;
    window.wait_for(&id("attachment-view")).await;
    assert_eq!(
        painted(&window, &id("attachment-view")).await,
        json!([[320, 200]])
    );
    window.screenshot("picture-view").await;
    window.click(&id("attachment-close")).await;
    window.wait_until_gone(&id("attachment-view")).await;

    person::ask(&window, "What is this?").await;
    window
        .wait_for_text(&id("answer"), "Half red, half blue.")
        .await;
    attached(&window, &[]).await;
    assert_eq!(painted(&window, &id("message")).await, json!([[256, 160]]));
    window.click(&id("sent-attachment")).await;
    window.wait_for(&id("attachment-view")).await;
    window.keys(&Key::Escape).await;
    window.wait_until_gone(&id("attachment-view")).await;

    let request = model.wait_request(1).await;
    let [sent] = &picture::sent(&request)[..] else {
        panic!("one picture is sent")
    };
    assert_eq!((sent.kind.as_str(), sent.size()), ("png", (320, 200)));
    let given = image::load_from_memory(&fs::read(&picture_file).expect("the picture is there"));
    let given = given.expect("it is a PNG").into_rgb8();
    assert!(sent.pixels == given, "every pixel is as it was copied");
    assert!(sent.bytes.starts_with(b"\x89PNG") && sent.bytes.len() < 20_000);
    model.assert_finished();
    window.close().await;
}

#[tokio::test]
async fn a_clipboard_without_a_picture_pastes_its_text_or_says_that_there_is_nothing() {
    let project = gallery();
    let model = Model::start(Vec::new());
    let launch = person::connected(&model).project(project.path());
    let words = launch.data().with_file_name("words.txt");
    fs::write(&words, "pasted words").expect("a file can be written");
    let window = Window::open(&launch).await;
    {
        let _clipboard = screen::copy("UTF8_STRING", &words).await;
        paste(&window).await;
        window
            .wait_until("the words are pasted", async |window| {
                person::composer(window).await == "pasted words"
            })
            .await;
    }
    let other = screen::copy("application/x-nothing", &words).await;
    paste(&window).await;
    window
        .wait_for_text(
            &id("attachment-refused"),
            "There is neither a picture nor a file to paste.",
        )
        .await;
    drop(other);
    assert_eq!(person::composer(&window).await, "pasted words");
    assert_eq!(names(&window).await, Vec::<String>::new());

    let bad = launch.data().with_file_name("bad.png");
    fs::write(&bad, &picture::halves(64, 64)[..60]).expect("a file can be written");
    let _clipboard = screen::copy("image/png", &bad).await;
    paste(&window).await;
    window
        .wait_for_text(
            &id("attachment-refused"),
            "its picture is damaged or too big. Nothing was attached.",
        )
        .await;
    window.close().await;
}

#[tokio::test]
async fn copied_files_are_attached_and_not_pasted_as_their_paths() {
    let project = gallery();
    let model = Model::start(Vec::new());
    let launch = person::connected(&model).project(project.path());
    let photo = shot(&launch, "copied in a file manager.png", 64, 64);
    let list = launch.data().with_file_name("list.txt");
    let uri = format!("file://{}\r\n", photo.display()).replace(' ', "%20");
    fs::write(&list, uri).expect("a file can be written");
    let window = Window::open(&launch).await;
    let _clipboard = screen::copy("text/uri-list", &list).await;
    paste(&window).await;
    attached(&window, &["copied in a file manager.png"]).await;
    assert_eq!(person::composer(&window).await, "");
    window.close().await;
}

async fn drop_on_window(paths: &[&Path]) {
    screen::drop_files(paths, (640, 400)).await;
}

#[tokio::test]
async fn dropped_files_are_attached_sent_and_a_folder_still_opens() {
    let project = gallery();
    let model = Model::start([Reply::text("Seen."), Reply::text("Read.")]);
    let launch = person::connected(&model).project(project.path());
    let photo = shot(&launch, "dropped.png", 640, 480);
    let notes = launch.data().with_file_name("notes.csv");
    fs::write(&notes, "name,age\nAnn,3\n").expect("a file can be written");
    let window = Window::open(&launch).await;
    window.wait_for(&id("composer-text")).await;
    drop_on_window(&[&photo, &notes]).await;
    attached(&window, &["dropped.png", "notes.csv"]).await;
    fs::remove_file(&photo).expect("the bytes are ours now");
    person::ask(&window, "Look").await;
    window.wait_for_text(&id("answer"), "Seen.").await;
    let request = model.wait_request(1).await;
    assert_eq!(picture::sent(&request)[0].size(), (640, 480));
    let words = picture::words(&request).concat();
    assert!(words.contains("name,age\nAnn,3\n"), "{words}");
    assert!(
        !window
            .texts(&id("message"))
            .await
            .concat()
            .contains("Ann,3")
    );

    // Into the task that is on screen now, by its name only.
    drop_on_window(&[&notes]).await;
    attached(&window, &["notes.csv"]).await;
    window.click(&id("composer-send")).await;
    window.wait_for_text(&id("answer"), "Read.").await;

    let around = tempfile::tempdir().expect("a folder");
    let other = around.path().join("another-project");
    fs::create_dir(&other).expect("a folder in it");
    drop_on_window(&[&other]).await;
    window
        .wait_for_text(&id("trust-question"), "another-project")
        .await;
    model.assert_finished();
    window.close().await;
}

#[tokio::test]
async fn chosen_files_are_attached_and_a_chip_is_taken_off_by_keyboard() {
    let project = gallery();
    let model = Model::start(Vec::new());
    let launch = person::connected(&model).project(project.path());
    let photo = shot(&launch, "chosen.png", 64, 64);
    let window = Window::open(&launch).await;
    window.click(&id("attach")).await;
    screen::press("Attach files", "ctrl+l").await;
    screen::type_text("Attach files", photo.to_str().expect("a plain path")).await;
    screen::close_by("Attach files", "Return").await;
    attached(&window, &["chosen.png"]).await;
    window.click(&id("composer-text")).await;
    // From the text back over the button that takes it off to the chip itself.
    screen::press("Greenlight", "shift+Tab").await;
    screen::press("Greenlight", "shift+Tab").await;
    screen::press("Greenlight", "Delete").await;
    attached(&window, &[]).await;
    window
        .wait_until("the text has the focus", async |window| {
            let script = "return document.activeElement?.dataset.testid ?? ''";
            window.js(script, vec![]).await == "composer-text"
        })
        .await;
    window.close().await;
}

#[tokio::test]
async fn chips_survive_a_kill() {
    let project = gallery();
    let model = Model::start(Vec::new());
    let launch = person::connected(&model).project(project.path());
    let picture_file = shot(&launch, "kept.png", 320, 200);
    let window = Window::open(&launch).await;
    window.wait_for(&id("composer-text")).await;
    drop_on_window(&[&picture_file]).await;
    attached(&window, &["kept.png"]).await;
    window.type_into(&id("composer-text"), "With words").await;
    person::kept(&window, &launch, "With words").await;
    window.kill9().await;
    fs::remove_file(&picture_file).expect("the bytes are ours now");
    let window = Window::open(&launch.without_arguments()).await;
    person::reopen(&window, "gallery").await;
    attached(&window, &["kept.png"]).await;
    assert_eq!(person::composer(&window).await, "With words");
    assert_eq!(
        painted(&window, &id("attachment")).await,
        json!([[256, 160]])
    );
    window.close().await;
}

#[tokio::test]
async fn more_than_a_message_takes_is_said_and_the_composer_keeps_its_place() {
    let project = gallery();
    let model = Model::start(Vec::new());
    let launch = person::connected(&model).project(project.path());
    let many: Vec<PathBuf> = (0..24)
        .map(|at| {
            shot(
                &launch,
                &format!("a picture with a rather long name {at}.png"),
                64,
                64,
            )
        })
        .collect();
    let many: Vec<&Path> = many.iter().map(PathBuf::as_path).collect();
    let window = Window::open(&launch).await;
    window.wait_for(&id("composer-text")).await;
    drop_on_window(&many).await;
    window
        .wait_for_text(
            &id("attachment-refused"),
            "A message takes 20 attachments, so 4 were left out.",
        )
        .await;
    assert_eq!(names(&window).await.len(), 20);
    let script = "const box = document.querySelector(arguments[0]).getBoundingClientRect(); \
        return box.top > 0 && box.bottom <= innerHeight && box.width > 200 && \
            document.documentElement.scrollWidth <= innerWidth";
    let holds = window.js(script, vec![json!(id("composer-text"))]).await;
    window.screenshot("many-attachments").await;
    assert_eq!(holds, true, "the text stays in view");
    // Nothing below it is cut: no button, and no word of a choice.
    let script = "return arguments[0].filter(css => { \
        const part = document.querySelector(css), word = part.querySelector('.cut') ?? part; \
        const at = part.getBoundingClientRect(); \
        const column = part.closest('section').getBoundingClientRect(); \
        return at.width === 0 || at.left < column.left || at.right > column.right || \
            at.bottom > innerHeight || word.scrollWidth > word.clientWidth; })";
    let parts = [
        "attach",
        "composer-model",
        "composer-effort",
        "composer-permission",
        "composer-send",
    ];
    let cut = window.js(script, vec![json!(parts.map(id))]).await;
    assert_eq!(cut, json!([]));
    window.close().await;
}
