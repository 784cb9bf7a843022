//! Lists that are full and words that are long.

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
