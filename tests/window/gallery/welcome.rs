//! The first screen.

use std::fs;

use support::window::Window;

use crate::gallery::camera::Camera;
use crate::gallery::place::Place;
use crate::person::id;

pub(crate) async fn first_start(camera: &Camera) {
    let place = Place::unconnected();
    let window = Window::open(&place.launch).await;
    window.wait_for(&id("welcome")).await;
    camera.take(&window, "welcome-empty").await;
    window.close().await;
}

pub(crate) async fn many_projects(camera: &Camera) {
    let place = Place::unconnected();
    let mut names = vec![
        "Projects/gone".to_owned(),
        format!("Projects/{}", "a-name-that-nobody-would-type-twice-".repeat(4)),
        "Documents/Customers/2026/Quarterly reports/Templates and what was made from them/Northern \
         region/invoices"
            .to_owned(),
    ];
    names.extend((1..=9).map(|at| format!("Projects/website-{at}")));
    names.push("Projects/花屋のサイト".to_owned());
    names.push("Projects/paper-shop".to_owned());
    let folders: Vec<_> = names.iter().map(|name| place.folder(name, &[])).collect();
    place.opened_before(&folders);
    fs::remove_dir(&folders[0]).expect("a folder can be removed");
    let window = Window::open(&place.launch).await;
    window.wait_for(&id("recent-paper-shop")).await;
    camera.take(&window, "welcome-recent").await;
    let end =
        "const list = document.querySelector('section ul'); list.scrollTop = list.scrollHeight";
    window.js(end, vec![]).await;
    camera.take(&window, "welcome-missing").await;
    window.close().await;
}
