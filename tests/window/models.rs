//! Settings in the real window: keys in a real keychain, providers, models, and what is wrong with
//! them.

use std::fs;
use std::path::Path;

use fantoccini::key::Key;
use serde_json::Value;
use serde_json::json;
use support::keychain::Keychain;
use support::keychain::NO_BUS;
use support::model::Model;
use support::model::Reply;
use support::project::Project;
use support::window::Launch;
use support::window::Window;

use crate::gallery;
use crate::person;
use crate::person::id;
use crate::unseen::reachable;

/// What the person types; it must never be seen again.
const TYPED: &str = "sk-typed-in-the-window-0815";

pub(crate) fn notes() -> Project {
    Project::named("notes").file("todo.txt", "Water the plants\n")
}

/// A first start without anything set, on this bus.
pub(crate) fn start(project: &Project, bus: &str) -> Launch {
    person::unconnected()
        .project(project.path())
        .env("DBUS_SESSION_BUS_ADDRESS", bus)
}

pub(crate) async fn open_settings(window: &Window) {
    window.wait_for(&id("composer-text")).await;
    window.click(&id("composer-text")).await;
    window.keys(&format!("{}{}", Key::Control, ",")).await;
    window.wait_for(&id("settings")).await;
}

pub(crate) async fn close_settings(window: &Window) {
    window.keys(&Key::Escape).await;
    window.wait_until_gone(&id("settings")).await;
}

async fn add_provider(window: &Window, url: &str) {
    window.click(&id("provider-add")).await;
    window.type_into(&id("provider-name"), "Mine").await;
    window.type_into(&id("provider-url"), url).await;
    window.click(&id("provider-save")).await;
    window.wait_for(&id("provider-mine")).await;
}

async fn type_key(window: &Window, state: &str) {
    window.type_into(&id("key-field"), TYPED).await;
    window.click(&id("key-save")).await;
    let there = format!("{}[data-state={state}]", id("key-state"));
    window.wait_for(&there).await;
}

/// Takes a picture of what is on the page now; the screen may be a frame behind it.
pub(crate) async fn picture(window: &Window, name: &str) {
    let script = "const done = arguments[arguments.length - 1]; \
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)));";
    let painted = window.client().execute_async(script, Vec::new()).await;
    painted.expect("a frame is painted");
    assert_eq!(gallery::cut(window).await, Vec::<String>::new(), "{name}");
    window.screenshot(name).await;
}

/// Files below `folder` that hold `words`, and how many were read.
fn holding(folder: &Path, words: &str) -> (Vec<String>, usize) {
    let (mut found, mut read) = (Vec::new(), 0);
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            let Ok(about) = path.symlink_metadata() else {
                continue;
            };
            if about.is_dir() {
                open.push(path);
            } else if about.is_file() {
                read += 1;
                let bytes = fs::read(&path).unwrap_or_default();
                if bytes
                    .windows(words.len())
                    .any(|each| each == words.as_bytes())
                {
                    found.push(path.display().to_string());
                }
            }
        }
    }
    (found, read)
}

#[tokio::test]
async fn a_key_typed_in_settings_works_after_a_restart_and_is_found_nowhere() {
    let (project, keychain) = (notes(), Keychain::unlocked());
    let look = "cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; env; echo LOOKED";
    let model = Model::start([
        Reply::text("OK"),
        Reply::shell(look),
        Reply::text("I looked around."),
    ]);
    let launch = start(&project, &keychain.address());
    let window = Window::open(&launch).await;
    open_settings(&window).await;
    add_provider(&window, &model.base_url()).await;
    type_key(&window, "saved").await;
    window
        .wait_for_text(&id("key-state"), "It ends in 0815.")
        .await;
    assert_eq!(reachable(&window, TYPED).await, Value::Null);
    window.click(&id("provider-test")).await;
    window
        .wait_for(&format!("{}[data-code=works]", id("provider-report")))
        .await;
    picture(&window, "settings-models").await;
    close_settings(&window).await;
    window.quit().await;

    let window = Window::open(&launch).await;
    person::opened(&window, "notes").await;
    window.wait_for_text(&id("provider-line"), "Mine").await;
    person::ask(&window, "Look around.").await;
    window
        .wait_for_text(&id("answer"), "I looked around.")
        .await;
    for request in model.requests() {
        let bearer = format!("Bearer {TYPED}");
        assert_eq!(request.header("authorization"), Some(bearer.as_str()));
    }
    let seen = model.requests()[2].last_result();
    assert!(seen.contains("LOOKED") && !seen.contains(TYPED), "{seen}");
    open_settings(&window).await;
    window
        .wait_for(&format!("{}[data-state=saved]", id("key-state")))
        .await;
    assert_eq!(reachable(&window, TYPED).await, Value::Null);
    for entry in fs::read_dir("/proc").expect("/proc is mounted").flatten() {
        let environ = fs::read(entry.path().join("environ")).unwrap_or_default();
        let held = environ
            .windows(TYPED.len())
            .any(|each| each == TYPED.as_bytes());
        assert!(!held, "{} has the key", entry.path().display());
    }
    close_settings(&window).await;
    window.quit().await;

    let home = launch.data();
    let home = home.parent().expect("the folders lie in one");
    for folder in [home, &keychain.files(), project.path()] {
        let (found, read) = holding(folder, TYPED);
        assert_eq!(found, Vec::<String>::new(), "the key is in a file");
        assert!(read > 0, "{} was looked through", folder.display());
    }
    let settings = fs::read_to_string(home.join("config/greenlight/settings.toml"));
    assert!(
        settings
            .expect("the settings")
            .contains("key = \"keychain\"")
    );
    model.assert_finished();
}

#[tokio::test]
async fn what_is_known_of_a_model_is_corrected_used_and_taken_back() {
    let (project, keychain) = (notes(), Keychain::unlocked());
    let model = Model::start([Reply::text("Hello.")]);
    let launch = start(&project, &keychain.address())
        .env("OPENAI_BASE_URL", model.base_url())
        .env("OPENAI_API_KEY", "sk-of-the-environment-0815");
    let window = Window::open(&launch).await;
    person::opened(&window, "notes").await;
    open_settings(&window).await;
    let row = id("known-gpt-5-codex");
    window.wait_for_text(&row, "272,000").await;
    let change = "[aria-label='Change what is known of gpt-5-codex']";
    window.click(change).await;
    for (field, typed) in [("model-window", "64000"), ("model-price-input", "2.5")] {
        window.click(&id(field)).await;
        window.keys(&format!("{}a", Key::Control)).await;
        window.keys(typed).await;
    }
    window.keys(&Key::Enter).await;
    window.wait_until_gone(&id("model-form")).await;
    window.wait_for_text(&row, "changed by you").await;
    window.wait_for_text(&row, "$2.50 · $0.125 · $10").await;
    let file = launch.data();
    let file = file.parent().expect("the folders lie in one");
    let file = file.join("config/greenlight/settings.toml");
    let settings = fs::read_to_string(&file).expect("the settings");
    for line in ["[models.gpt-5-codex]", "window = 64000"] {
        assert!(settings.contains(line), "{line} in {settings}");
    }

    window.click(change).await;
    window.click(&id("model-forget")).await;
    window.wait_until_gone(&id("model-form")).await;
    window.wait_for_text(&row, "272,000").await;
    let settings = fs::read_to_string(&file).expect("the settings");
    assert!(!settings.contains("window = 64000"), "{settings}");
    window.close().await;
}

#[tokio::test]
async fn a_locked_keychain_is_shown_and_a_key_is_kept_for_the_run() {
    let (project, keychain) = (notes(), Keychain::unlocked());
    let model = Model::start([Reply::text("Hello.")]);
    let launch = start(&project, &keychain.address());
    let window = Window::open(&launch).await;
    open_settings(&window).await;
    add_provider(&window, &model.base_url()).await;
    type_key(&window, "saved").await;
    window.quit().await;

    keychain.lock();
    let window = Window::open(&launch).await;
    person::opened(&window, "notes").await;
    window
        .wait_for_page_text("because the keychain of this computer is locked")
        .await;
    window.click(&id("settings-open")).await;
    window.wait_for_page_text("Keychain is locked").await;
    window
        .wait_for(&format!("{}[data-state=locked]", id("key-state")))
        .await;
    picture(&window, "settings-locked").await;
    type_key(&window, "session").await;
    window
        .wait_for_text(
            &id("key-state"),
            "The key is kept until Greenlight closes, because the keychain of this computer is locked.",
        )
        .await;
    close_settings(&window).await;
    person::ask(&window, "Say hello.").await;
    window.wait_for_text(&id("answer"), "Hello.").await;
    let bearer = format!("Bearer {TYPED}");
    assert_eq!(
        model.requests()[0].header("authorization"),
        Some(bearer.as_str())
    );
    window.close().await;
}

#[tokio::test]
async fn without_a_keychain_the_window_says_how_long_a_key_is_kept() {
    let project = notes();
    let model = Model::start([Reply::text("Hello.")]);
    let launch = start(&project, NO_BUS);
    let window = Window::open(&launch).await;
    open_settings(&window).await;
    add_provider(&window, &model.base_url()).await;
    type_key(&window, "session").await;
    window
        .wait_for_text(
            &id("key-state"),
            "because this computer has no keychain that Greenlight can reach",
        )
        .await;
    window
        .wait_for_page_text("Key until Greenlight closes")
        .await;
    close_settings(&window).await;
    person::ask(&window, "Say hello.").await;
    window.wait_for_text(&id("answer"), "Hello.").await;
    window.quit().await;

    let window = Window::open(&launch).await;
    open_settings(&window).await;
    window
        .wait_for(&format!("{}[data-state=missing]", id("key-state")))
        .await;
    window.close().await;
}

#[tokio::test]
async fn a_rejected_key_leads_to_settings_where_it_is_replaced() {
    let (project, keychain) = (notes(), Keychain::unlocked());
    let model = Model::start([
        Reply::error(401, "invalid_api_key", "This API key has expired."),
        Reply::error(401, "invalid_api_key", "Incorrect API key provided."),
        Reply::text("Now I hear you."),
    ]);
    let launch = start(&project, &keychain.address());
    let window = Window::open(&launch).await;
    open_settings(&window).await;
    add_provider(&window, &model.base_url()).await;
    type_key(&window, "saved").await;
    close_settings(&window).await;
    person::ask(&window, "Sort my notes.").await;
    let card = format!("{}[data-code=key_rejected]", id("error-card"));
    window
        .wait_for_text(&card, "rejected the API key, because it has expired")
        .await;
    window
        .click(&format!("{card} {}", id("settings-open")))
        .await;
    window.wait_for(&id("settings")).await;
    window.click(&id("provider-test")).await;
    let report = format!("{}[data-code=key_rejected]", id("provider-report"));
    window
        .wait_for_text(&report, "Mine rejected the API key.")
        .await;
    window
        .type_into(&id("key-field"), "sk-the-right-one-4242")
        .await;
    window.click(&id("key-save")).await;
    window
        .wait_for_text(&id("key-state"), "It ends in 4242.")
        .await;
    close_settings(&window).await;
    window.press("Try again").await;
    window.wait_for_text(&id("answer"), "Now I hear you.").await;
    assert_eq!(
        model.requests()[2].header("authorization"),
        Some("Bearer sk-the-right-one-4242")
    );
    window.close().await;
}

#[tokio::test]
async fn model_and_effort_are_chosen_by_keys_and_change_in_mid_task() {
    let project = notes();
    let model = Model::start([Reply::text("One."), Reply::text("Two.")]);
    model.lists(&["gpt-5-codex", "gpt-5.2-codex", "qwen3-coder"]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::opened(&window, "notes").await;
    focus(&window, "composer-model").await;
    window.keys(&Key::Enter).await;
    window.wait_for(&id("composer-model-qwen3-coder")).await;
    pick_by_keys(&window, "composer-model-gpt-5-codex").await;
    window
        .wait_for_text(&id("composer-model"), "gpt-5-codex")
        .await;
    focus(&window, "composer-effort").await;
    window.keys(&Key::Enter).await;
    window.wait_for(&id("composer-effort-high")).await;
    pick_by_keys(&window, "composer-effort-high").await;
    window.wait_for_text(&id("composer-effort"), "High").await;
    person::ask(&window, "Say one.").await;
    window.wait_for_text(&id("answer"), "One.").await;
    let sent = model.requests()[0].json();
    assert_eq!(sent["model"], "gpt-5-codex");
    assert_eq!(sent["reasoning"]["effort"], "high");

    window.click(&id("composer-model")).await;
    window.click(&id("composer-model-more")).await;
    window.wait_for(&id("another-model")).await;
    window.keys("my-own-model").await;
    window.keys(&Key::Enter).await;
    window
        .wait_for_text(&id("composer-model"), "my-own-model")
        .await;
    person::ask(&window, "Say two.").await;
    window.wait_for_text(&id("answer"), "Two.").await;
    assert_eq!(model.requests()[1].json()["model"], "my-own-model");
    window.quit().await;

    let window = Window::open(&launch).await;
    person::opened(&window, "notes").await;
    window.click(&id("new-task")).await;
    window
        .wait_for_text(&id("composer-model"), "gpt-5-codex")
        .await;
    window.wait_for_text(&id("composer-effort"), "High").await;
    window.close().await;
}

/// Goes down an open menu by keys until this item has the focus, and takes it.
pub(crate) async fn pick_by_keys(window: &Window, testid: &str) {
    // An opened menu takes the focus a moment later; a key before that goes to its button.
    window
        .wait_until("the menu has the focus", async |window| {
            let script = "return document.activeElement.closest('[role=menu]') !== null";
            window.js(script, Vec::new()).await == true
        })
        .await;
    window
        .wait_until(&format!("`{testid}` has the focus"), async |window| {
            let script = "return document.activeElement.dataset.testid";
            if window.js(script, Vec::new()).await == testid {
                return true;
            }
            window.keys(&Key::Down).await;
            false
        })
        .await;
    window.keys(&Key::Enter).await;
    // A menu that closes gives the focus back a moment later, wherever it is by then.
    window
        .wait_until("the focus is back on the button", async |window| {
            let script = "return document.activeElement.getAttribute('aria-haspopup') === 'menu'";
            window.js(script, Vec::new()).await == true
        })
        .await;
}

pub(crate) async fn focus(window: &Window, testid: &str) {
    window.wait_for(&id(testid)).await;
    let script = "document.querySelector(arguments[0]).focus()";
    window.js(script, vec![json!(id(testid))]).await;
}

#[tokio::test]
async fn a_settings_file_broken_by_hand_and_the_environment_are_shown() {
    let project = notes();
    let launch = start(&project, NO_BUS).env("SHELL", "/bin/bash");
    let home = launch.data();
    let folder = home
        .parent()
        .expect("the folders lie in one")
        .join("config/greenlight");
    fs::create_dir_all(&folder).expect("a folder for the settings");
    let broken = "[providers.openai]\neffort = \"most\"\n";
    fs::write(folder.join("settings.toml"), broken).expect("a file can be written");
    let window = Window::open(&launch).await;
    window
        .wait_for_text(&id("notice"), "Your settings are not all used. Line 2:")
        .await;
    open_settings(&window).await;
    window
        .wait_for_text(&id("settings-problems"), "the model's own effort is used")
        .await;
    window.click(&id("settings-environment")).await;
    let source = format!("{}[data-source=shell]", id("environment-source"));
    window.wait_for(&source).await;
    window
        .wait_for_text(&id("environment-path"), "/usr/bin")
        .await;
    picture(&window, "settings-environment").await;
    window.click(&id("environment-read")).await;
    window
        .wait_for_text(&id("environment-read"), "Read again")
        .await;
    window.wait_for(&source).await;
    close_settings(&window).await;
    assert_eq!(
        fs::read_to_string(folder.join("settings.toml")).expect("the settings"),
        broken
    );
    window.close().await;
}

#[tokio::test]
async fn a_login_shell_that_fails_is_said_once_after_the_launch() {
    let project = notes();
    let launch = start(&project, NO_BUS).env("SHELL", "/bin/bash");
    let home = launch.data().with_file_name("home");
    fs::create_dir(&home).expect("a home can be made");
    fs::write(home.join(".bash_profile"), "echo noise\nexit 3\n").expect("a start-up file");
    let window = Window::open(&launch.env("HOME", &home)).await;
    window
        .wait_for_text(
            &id("notice"),
            "because /bin/bash ended (exit code 3) without an answer",
        )
        .await;
    open_settings(&window).await;
    window.wait_until_gone(&id("notice")).await;
    window.click(&id("settings-environment")).await;
    window
        .wait_for_text(
            &format!("{}[data-source=app]", id("environment-source")),
            "Correct the start-up files of your shell",
        )
        .await;
    window.close().await;
}
