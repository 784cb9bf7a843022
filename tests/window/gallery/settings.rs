//! Settings: models, keys with and without a keychain, what is wrong, the environment.

use std::fs;

use fantoccini::key::Key;
use support::keychain::Keychain;
use support::keychain::NO_BUS;
use support::model::Model;
use support::model::Reply;
use support::window::Window;

use crate::gallery::camera::Camera;
use crate::gallery::place;
use crate::gallery::place::Place;
use crate::person;
use crate::person::id;

const TYPED: &str = "sk-typed-in-the-window-0815";

/// A first start without anything set, on this bus.
fn start(bus: &str) -> Place {
    let mut place = Place::unconnected();
    place.launch = place
        .launch
        .env("DBUS_SESSION_BUS_ADDRESS", bus)
        .env("SHELL", "/bin/bash");
    place
}

async fn open(place: &Place) -> Window {
    let window = place.open(&place.shop()).await;
    window.wait_for(&id("composer-text")).await;
    window.click(&id("provider-line")).await;
    window.keys(&format!("{},", Key::Control)).await;
    window.wait_for(&id("settings")).await;
    window
}

async fn add(window: &Window, name: &str, url: &str) {
    window.click(&id("provider-add")).await;
    window.type_into(&id("provider-name"), name).await;
    window.type_into(&id("provider-url"), url).await;
}

async fn key(window: &Window, state: &str) {
    window.type_into(&id("key-field"), TYPED).await;
    window.click(&id("key-save")).await;
    let there = format!("{}[data-state={state}]", id("key-state"));
    window.wait_for(&there).await;
}

/// Tests the connection and waits for what comes of it.
async fn report(window: &Window, code: &str) {
    window.click(&id("provider-test")).await;
    window
        .wait_for(&format!("{}[data-code={code}]", id("provider-report")))
        .await;
}

pub(crate) async fn from_nothing(camera: &Camera) {
    let keychain = Keychain::unlocked();
    let model = Model::start([
        Reply::text("OK"),
        Reply::error(401, "invalid_api_key", "Incorrect API key provided."),
    ]);
    model.lists(&["gpt-5-codex", "gpt-5.2-codex"]);
    let place = start(&keychain.address());
    let window = open(&place).await;
    camera.take(&window, "settings-empty").await;
    window
        .click("[aria-label='Change what is known of gpt-5.2-codex']")
        .await;
    window.click(&id("model-pictures")).await;
    camera.take(&window, "settings-known").await;
    window.keys(&Key::Escape).await;
    window.wait_until_gone(&id("model-form")).await;
    add(
        &window,
        "The gateway of our company with quite a long name",
        &model.base_url(),
    )
    .await;
    camera.take(&window, "settings-form").await;
    window.click(&id("advanced-toggle")).await;
    window
        .type_into(&id("ca-file"), "/etc/ssl/a-company-that-is-not-there.pem")
        .await;
    window
        .type_into(&id("proxy"), "http://proxy.example:3128")
        .await;
    window.keys(&Key::Enter).await;
    window.wait_for(&id("ca-file-fault")).await;
    camera.take(&window, "settings-advanced").await;
    window.click(&id("ca-file")).await;
    window.keys(&format!("{}a", Key::Control)).await;
    window.keys(&Key::Delete).await;
    window.keys(&Key::Enter).await;
    key(&window, "saved").await;
    camera.take(&window, "settings-key-saved").await;
    report(&window, "works").await;
    camera.take(&window, "settings-works").await;
    report(&window, "key_rejected").await;
    camera.take(&window, "settings-rejected").await;
    drop(model);
    window.click(&id("provider-test")).await;
    window
        .wait_until("nobody answers", async |window| {
            let script = "return document.querySelector(arguments[0])?.dataset.code ?? ''";
            let code = window.js(script, vec![id("provider-report").into()]).await;
            !matches!(code.as_str(), Some("works" | "key_rejected" | ""))
        })
        .await;
    camera.take(&window, "settings-unreachable").await;
    window.click(&id("settings-environment")).await;
    window.wait_for(&id("environment-path")).await;
    camera.take(&window, "settings-environment").await;
    window.close().await;
}

pub(crate) async fn locked(camera: &Camera) {
    let keychain = Keychain::unlocked();
    let place = start(&keychain.address());
    let window = open(&place).await;
    add(&window, "Mine", "http://127.0.0.1:9/v1").await;
    window.click(&id("provider-save")).await;
    key(&window, "saved").await;
    window.quit().await;
    keychain.lock();
    let window = Window::open(
        &place
            .launch
            .clone()
            .project(&place.folder("Projects/paper-shop", &[])),
    )
    .await;
    person::opened(&window, "paper-shop").await;
    window.click(&id("settings-open")).await;
    window
        .wait_for(&format!("{}[data-state=locked]", id("key-state")))
        .await;
    camera.take(&window, "settings-locked").await;
    window.close().await;
}

pub(crate) async fn absent(camera: &Camera) {
    let place = start(NO_BUS);
    let broken = "[providers.openai]\neffort = \"most\"\ntimeout = \"soon\"\n";
    let config = place.launch.data().with_file_name("config");
    place::write(&config.join("greenlight/settings.toml"), broken);
    let window = place.open(&place.shop()).await;
    window.wait_for(&id("notice")).await;
    camera.take(&window, "notices").await;
    window.keys(&format!("{},", Key::Control)).await;
    window.wait_for(&id("settings-problems")).await;
    camera.take(&window, "settings-problems").await;
    fs::write(config.join("greenlight/settings.toml"), "").expect("it can be mended");
    add(&window, "Mine", "http://127.0.0.1:9/v1").await;
    window.click(&id("provider-save")).await;
    key(&window, "session").await;
    camera.take(&window, "settings-absent").await;
    window.close().await;
}
