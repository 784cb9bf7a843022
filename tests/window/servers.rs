//! Servers of several kinds in the real window: added by their kind, asked in the form they have.

use std::fs;

use fantoccini::key::Key;
use serde_json::json;
use support::keychain::NO_BUS;
use support::model::Model;
use support::model::chat;
use support::window::Window;

use crate::models::close_settings;
use crate::models::notes;
use crate::models::open_settings;
use crate::models::picture;
use crate::models::start;
use crate::person;
use crate::person::id;

#[tokio::test]
async fn a_local_server_is_added_by_its_kind_and_asked_in_the_form_that_it_has() {
    let project = notes();
    let model = Model::of_chat([
        chat().text("OK").completed(),
        chat().shell("echo Feed the cat >> todo.txt").completed(),
        chat().text("The cat is on the list.").completed(),
    ]);
    let launch = start(&project, NO_BUS);
    let window = Window::open(&launch).await;
    open_settings(&window).await;
    window.click(&id("provider-add")).await;
    window.click(&id("provider-kind")).await;
    window.click(&id("provider-kind-ollama")).await;
    window
        .wait_for_text(&id("provider-hint"), "Ollama's own default")
        .await;
    let value = "return document.querySelector(arguments[0]).value";
    let url = window.js(value, vec![json!(id("provider-url"))]).await;
    assert_eq!(url, "http://localhost:11434/v1");
    window.click(&id("provider-url")).await;
    window
        .keys(&format!("{}a{}", Key::Control, Key::Null))
        .await;
    window.keys(&model.base_url()).await;
    picture(&window, "settings-kind").await;
    window.click(&id("provider-save")).await;
    window.wait_for(&id("provider-ollama")).await;
    window.click(&id("provider-test")).await;
    let report = format!("{}[data-code=works]", id("provider-report"));
    window
        .wait_for_text(&report, "over Chat Completions.")
        .await;
    window.click(&id("provider-edit")).await;
    window
        .wait_for_text(&id("provider-spoken"), "Chat Completions")
        .await;
    window.click(&id("provider-wire")).await;
    window.wait_for(&id("provider-wire-chat")).await;
    picture(&window, "settings-wire").await;
    window.click(&id("provider-wire-chat")).await;
    window
        .wait_for_text(&id("provider-wire"), "Chat Completions")
        .await;
    window.click(&id("provider-save")).await;
    window.wait_until_gone(&id("provider-url")).await;
    close_settings(&window).await;
    person::ask(&window, "Put the cat on the list.").await;
    window
        .wait_for_text(&id("answer"), "The cat is on the list.")
        .await;
    assert_eq!(model.refused().len(), 1, "Responses was asked for once");
    let folder = launch.data();
    let folder = folder.parent().expect("the folders lie in one");
    let settings = fs::read_to_string(folder.join("config/greenlight/settings.toml"));
    let settings = settings.expect("the settings");
    assert!(
        settings.contains("kind = \"ollama\"") && settings.contains("wire = \"chat\""),
        "{settings}"
    );
    window.close().await;
    model.assert_finished();
}
