//! A project that was just opened, and the menus around it.

use fantoccini::key::Key;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::window::Window;

use crate::gallery::camera::Camera;
use crate::gallery::place::Place;
use crate::person::id;

/// Opens a menu, takes it and closes it.
async fn menu(camera: &Camera, window: &Window, button: &str, state: &str) {
    window.click(&id(button)).await;
    window.wait_for("[role=menu]").await;
    camera.take(window, state).await;
    window.keys(&Key::Escape).await;
    window.wait_until_gone("[role=menu]").await;
}

pub(crate) async fn new_task(camera: &Camera) {
    let model = Model::start(Vec::<Reply>::new());
    model.lists(&[
        "gpt-5-codex",
        "gpt-5.2-codex",
        "gpt-5-codex-mini",
        "qwen3-coder-480b-a35b-instruct-with-a-name-that-does-not-end-2026-11-25",
        "qwen3-coder",
    ]);
    let place = Place::connected(&model);
    place.opened_before(&[
        place.folder(
            "Documents/Customers/2026/Quarterly reports/Northern region/invoices",
            &[],
        ),
        place.folder(&format!("Projects/{}", "long-name-".repeat(9)), &[]),
        place.folder("Projects/website", &[]),
    ]);
    let window = place.open(&place.shop()).await;
    window.wait_for(&id("composer-model")).await;
    camera.take(&window, "project-new").await;
    menu(camera, &window, "project-menu", "project-menu").await;
    window.click(&id("composer-model")).await;
    window.wait_for(&id("composer-model-qwen3-coder")).await;
    camera.take(&window, "models-menu").await;
    window.keys(&Key::Escape).await;
    window.wait_until_gone("[role=menu]").await;
    menu(camera, &window, "composer-effort", "effort-menu").await;
    menu(camera, &window, "composer-permission", "permission-menu").await;

    window.click(&id("composer-permission")).await;
    window.click(&id("composer-permission-full")).await;
    window.wait_for(&id("full-confirm")).await;
    camera.take(&window, "full-access-dialog").await;
    window.keys(&Key::Escape).await;
    window.wait_until_gone("[role=dialog]").await;

    window.click(&id("composer-model")).await;
    window.click(&id("composer-model-more")).await;
    window.wait_for(&id("another-model")).await;
    camera.take(&window, "other-model-dialog").await;
    window.keys(&Key::Escape).await;
    window.wait_until_gone("[role=dialog]").await;

    window.click(&id("project-menu")).await;
    window.click(&id("always-menu")).await;
    window
        .wait_for_text(&id("always-dialog"), "Nothing yet.")
        .await;
    camera.take(&window, "always-dialog-empty").await;
    window.close().await;
}

pub(crate) async fn without_a_model(camera: &Camera) {
    let place = Place::unconnected();
    let folder = place.folder("Projects/nothing-in-it-yet", &[]);
    let window = place.open(&folder).await;
    window.wait_for_page_text("No model is connected").await;
    window
        .type_into(
            &id("composer-text"),
            &"Something long to ask for. ".repeat(40),
        )
        .await;
    camera.take(&window, "project-unconnected").await;
    window.click(&id("files-tab")).await;
    window.wait_for(&id("no-file")).await;
    window
        .wait_until("the tree has come", async |window| {
            let script = "return document.querySelector(arguments[0]) === null";
            let tree = json!(id("file-tree"));
            window.js(script, vec![tree]).await == true
        })
        .await;
    camera.take(&window, "project-empty-files").await;
    window.close().await;
}
