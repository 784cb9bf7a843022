//! The agent asks for what is outside of its mode.

use std::net::TcpListener;

use fantoccini::key::Key;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::window::Window;

use crate::gallery::camera::Camera;
use crate::gallery::place::Place;
use crate::person;
use crate::person::id;

fn escalated(command: &str, reason: &str) -> Reply {
    let call = json!({ "command": command, "sandbox_permissions": "require_escalated",
        "justification": reason });
    stream().function_call("shell_command", &call).completed()
}

/// Waits until the question can be answered.
async fn ready(window: &Window, kind: &str) {
    person::state(window, "Needs you").await;
    let card = format!("{}[data-kind={kind}][data-stage=ready]", id("approval"));
    window.wait_for(&card).await;
}

pub(crate) async fn command_and_site(camera: &Camera) {
    let server = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let port = server.local_addr().expect("an address").port();
    let hidden = format!(
        "P={port}; curl -sS --noproxy '' --retry 3 --max-time 5 --output list-of-everything.json \
         http://127.0.0.1:$P/api/v2/exchange-rates/latest?base=EUR\\&symbols=USD,GBP,CHF,SEK,NOK"
    );
    let model = Model::start([
        escalated(
            &hidden,
            "The rates are not in the project, and the receipt needs the ones of today to say what \
             a customer abroad pays.",
        ),
        Reply::text("Then the receipt says euros only."),
    ]);
    let place = Place::connected(&model);
    let window = place.open(&place.shop()).await;
    person::ask(&window, "Show prices in other currencies too.").await;
    ready(&window, "command").await;
    camera.take(&window, "approval-command").await;
    window.click(&id("approval-edit")).await;
    window.wait_for(&id("approval-command")).await;
    camera.take(&window, "approval-change").await;
    window.press("Leave it as it was").await;
    window.click(&id("approval-task")).await;
    window.wait_for("[role=menu]").await;
    camera.take(&window, "approval-for-task").await;
    window.keys(&Key::Escape).await;
    window.wait_until_gone("[role=menu]").await;
    window.click(&id("approval-task")).await;
    window.wait_for(&id("approval-always")).await;
    allow_always(&window).await;
    ready(&window, "site").await;
    camera.take(&window, "approval-site").await;
    window.click(&id("approval-deny")).await;
    window.wait_until_gone(&id("approval")).await;
    window.click(&id("project-menu")).await;
    window.click(&id("always-menu")).await;
    window.wait_for(&id("always-forget")).await;
    camera.take(&window, "always-dialog").await;
    window.close().await;
}

/// The menu takes a choice once it has been open for a moment; until then it stays.
async fn allow_always(window: &Window) {
    window
        .wait_until("the choice is taken", async |window| {
            let css = id("approval-always");
            let item = window.client().find(fantoccini::Locator::Css(&css)).await;
            match item {
                Ok(item) => item.click().await.is_err(),
                Err(_) => true,
            }
        })
        .await;
}

pub(crate) async fn install(camera: &Camera) {
    let model = Model::start([escalated(
        "npm install --save-dev vitest@4 @testing-library/dom jsdom",
        "The tests need them.",
    )]);
    let place = Place::connected(&model);
    let window = place.open(&place.shop()).await;
    person::ask(&window, "Test the page too.").await;
    person::state(&window, "Needs you").await;
    window
        .wait_for(&format!("{}[data-stage=ready]", id("approval")))
        .await;
    camera.take(&window, "approval-install").await;
    window.keys(&Key::Escape).await;
    person::state(&window, "Stopped").await;
    window.close().await;
}

pub(crate) async fn edit(camera: &Camera) {
    let patch = "*** Begin Patch\n*** Update File: src/cart.js\n@@\n-  let sum = 0;\n+  let sum = 1;\n*** End Patch";
    let model = Model::start([Reply::patch(patch)]);
    let place = Place::connected(&model);
    let window = place.open(&place.shop()).await;
    window.click(&id("composer-permission")).await;
    window.click(&id("composer-permission-readOnly")).await;
    window.wait_until_gone("[role=menu]").await;
    person::ask(&window, "Start the sum at one.").await;
    ready(&window, "edit").await;
    camera.take(&window, "approval-edit").await;
    window.keys(&Key::Escape).await;
    person::state(&window, "Stopped").await;
    window.close().await;
}
