//! Lists that are full and words that are long.

use fantoccini::key::Key;
use support::model::Model;
use support::model::Reply;
use support::model::Script;

use crate::gallery::camera::Camera;
use crate::gallery::place::Place;
use crate::person;
use crate::person::id;

pub(crate) async fn many_tasks(camera: &Camera) {
    let model = Model::start(Script::each(|_| Reply::text("That is how it is.")));
    let place = Place::connected(&model);
    let window = place.open(&place.shop()).await;
    let titles = [
        "Translate the cart into French, Italian, Portuguese, Dutch and Swedish, with all the mails \
         that go to customers and every word on the receipt",
        "ANameWithoutASingleSpaceInItThatGoesOnForMuchLongerThanTheListIsWideAndThenSomeMore",
        "翻译购物车页面中的所有文字，并检查每一封发给顾客的邮件以及收据上的每一个词",
    ];
    let short = (1..=16).map(|n| format!("Small thing number {n}"));
    let all = short.chain(titles.map(str::to_owned));
    for title in all {
        window.click(&id("new-task")).await;
        person::ask(&window, &title).await;
        person::state(&window, "Answered").await;
    }
    camera.take(&window, "tasks-many").await;
    window
        .click(&format!("li:nth-child(3) {}", id("task-item")))
        .await;
    window.wait_for_text(&id("message"), "Portuguese").await;
    camera.take(&window, "tasks-long-title").await;
    window.close().await;
}

pub(crate) async fn put_away(camera: &Camera) {
    let model = Model::start(Script::each(|_| Reply::text("That is how it is.")));
    let place = Place::connected(&model);
    let window = place.open(&place.shop()).await;
    for title in [
        "What does the cart do?",
        "And what does the receipt say, in all its lines?",
    ] {
        window.click(&id("new-task")).await;
        person::ask(&window, title).await;
        person::state(&window, "Answered").await;
    }
    window.click(&id("task-menu")).await;
    window.wait_for(&id("task-rename")).await;
    camera.take(&window, "task-menu").await;
    window.click(&id("task-rename")).await;
    window.wait_for(&id("task-name")).await;
    camera.take(&window, "task-rename").await;
    window.keys(&Key::Escape).await;
    window.wait_until_gone(&id("task-name")).await;
    window.click(&id("task-menu")).await;
    window.click(&id("task-archive")).await;
    window.click(&id("archived")).await;
    person::state(&window, "Archived").await;
    camera.take(&window, "tasks-archived").await;
    window.click(&id("task-menu")).await;
    window.click(&id("task-remove")).await;
    window.click(&id("removed")).await;
    window.wait_for(&id("removed-task")).await;
    camera.take(&window, "removed-dialog").await;
    window.click(&id("removed-delete")).await;
    window.wait_for(&id("removed-sure")).await;
    camera.take(&window, "removed-sure").await;
    window.close().await;
}
