//! Automatic choice of the model: in the composer, at the turn, and its rules.

use fantoccini::key::Key;
use support::model::Model;
use support::model::Reply;

use crate::gallery::camera::Camera;
use crate::gallery::place::Place;
use crate::person;
use crate::person::id;

pub(crate) async fn chosen(camera: &Camera) {
    let model = Model::start([Reply::text("It is in line 4 of cart.js.")]);
    model.lists(&["gpt-5-codex", "gpt-5-codex-mini"]);
    let place = Place::connected(&model);
    let window = place.open(&place.shop()).await;
    for choice in ["composer-model-gpt-5-codex", "composer-model-auto"] {
        window.click(&id("composer-model")).await;
        window.click(&id(choice)).await;
        window.wait_until_gone("[role=menu]").await;
    }
    window
        .wait_for_text(&id("composer-model"), "Automatic: gpt-5-codex-mini")
        .await;
    camera.take(&window, "automatic-composer").await;
    window.click(&id("composer-model")).await;
    window.click(&id("composer-model-rules")).await;
    window.wait_for("[data-rule=small].holds").await;
    camera.take(&window, "automatic-rules").await;
    window.keys(&Key::Escape).await;
    window.wait_until_gone(&id("how-automatic")).await;
    person::ask(&window, "Where is the price computed in cart.js?").await;
    person::state(&window, "Answered").await;
    window.wait_for(&id("automatic-other")).await;
    camera.take(&window, "automatic-turn").await;
    window.click(&id("automatic-other")).await;
    window.wait_for(&id("automatic-again")).await;
    camera.take(&window, "automatic-taken").await;
    window.close().await;
}
