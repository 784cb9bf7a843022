//! A folder that is new, and one that is only looked at.

use support::model::Model;
use support::window::Window;

use crate::gallery::camera::Camera;
use crate::gallery::place::Place;
use crate::person::id;

pub(crate) async fn question(camera: &Camera) {
    let model = Model::start(Vec::new());
    let place = Place::connected(&model);
    let name = "Projects/a-shop-whose-folder-has-a-name-that-nobody-would-type-twice-in-a-day";
    let folder = place.folder(name, &[("index.html", "<p>Shop</p>\n")]);
    let launch = place.launch.clone().project(&folder).unanswered();
    let window = Window::open(&launch).await;
    window.wait_for(&id("trust-question")).await;
    camera.take(&window, "trust-question").await;
    window.click(&id("trust-look")).await;
    window.wait_for(&id("look-only")).await;
    camera.take(&window, "trust-look-only").await;
    window.close().await;
}
