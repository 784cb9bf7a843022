//! What it costs: the meter, a pause, and the page of Settings, empty and full.

use fantoccini::key::Key;
use support::model::Model;
use support::model::Reply;

use crate::gallery::camera::Camera;
use crate::gallery::place::Place;
use crate::models::close_settings;
use crate::models::open_settings;
use crate::person;
use crate::person::id;

pub(crate) async fn spent_and_paused(camera: &Camera) {
    let model = Model::start([
        Reply::text("There are three places.")
            .header("x-ratelimit-limit-tokens", "200000")
            .header("x-ratelimit-remaining-tokens", "14250")
            .header("x-ratelimit-reset-tokens", "41s"),
        Reply::shell("echo '# Shop' > NOTES.md"),
    ]);
    let place = Place::connected(&model);
    let window = place.open(&place.shop()).await;
    window.wait_for(&id("composer-text")).await;
    open_settings(&window).await;
    window.click(&id("settings-usage")).await;
    window.wait_for(&id("usage-empty")).await;
    camera.take(&window, "usage-empty").await;
    window.type_into(&id("budget-day-tokens"), "2,000").await;
    window.type_into(&id("budget-task-dollars"), "0.50").await;
    window.click(&id("budget-save")).await;
    window
        .wait_for(&format!("{}:disabled", id("budget-save")))
        .await;
    close_settings(&window).await;
    person::ask(&window, "Where is the total computed?").await;
    person::state(&window, "Answered").await;
    window.click(&id("usage-meter")).await;
    window
        .wait_for_text(&id("usage-popover"), "14,250 of 200,000 left")
        .await;
    camera.take(&window, "usage-meter").await;
    window.keys(&Key::Escape).await;
    window.wait_until_gone(&id("usage-popover")).await;
    person::ask(&window, "Begin a file with notes.").await;
    person::state(&window, "Paused").await;
    window.wait_for(&id("offer")).await;
    window.wait_for(&id("budget-pass")).await;
    camera.take(&window, "usage-paused").await;
    open_settings(&window).await;
    window.click(&id("settings-usage")).await;
    window.wait_for(&id("usage-tasks")).await;
    camera.take(&window, "usage-full").await;
    window.close().await;
}
