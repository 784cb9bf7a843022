//! Pictures and files, in a message that is written and in one that was sent.

use std::fs;
use std::path::Path;

use support::model::Model;
use support::model::Reply;
use support::picture;
use support::screen;

use crate::gallery::camera::Camera;
use crate::gallery::place::Place;
use crate::person;
use crate::person::id;

pub(crate) async fn written_and_sent(camera: &Camera) {
    let model = Model::start([Reply::text("The button is half red, half blue.")]);
    let place = Place::connected(&model);
    let outside = place.folder("Pictures", &[("orders.csv", "name,price\nPen,3\n")]);
    let damaged = outside.join("damaged.png");
    fs::write(&damaged, &picture::halves(64, 64)[..60]).expect("a file can be written");
    let names = [
        "Screenshot of the cart with everything that is wrong in it, taken on a Tuesday.png",
        "wide.png",
        "tall.png",
    ];
    for (name, (width, height)) in names.into_iter().zip([(640, 400), (900, 60), (60, 900)]) {
        let bytes = picture::halves(width, height);
        fs::write(outside.join(name), bytes).expect("a picture can be written");
    }
    let window = place.open(&place.shop()).await;
    let mut paths: Vec<_> = names.iter().map(|name| outside.join(name)).collect();
    paths.push(outside.join("orders.csv"));
    let paths: Vec<&Path> = paths.iter().map(AsRef::as_ref).collect();
    screen::drop_files(&paths, (640, 400)).await;
    window
        .wait_until("four things are attached", async |window| {
            window.texts(&id("attachment")).await.len() == 4
        })
        .await;
    camera.take(&window, "attachments").await;
    screen::drop_files(&[&damaged], (640, 400)).await;
    window.wait_for(&id("attachment-refused")).await;
    camera.take(&window, "attachment-refused").await;
    window
        .click(&format!("{} .chip-body", id("attachment")))
        .await;
    window.wait_for(&id("attachment-view")).await;
    camera.take(&window, "attachment-view").await;
    window.click(&id("attachment-close")).await;
    window.wait_until_gone(&id("attachment-view")).await;
    person::ask(&window, "Why does the button look like this?").await;
    person::state(&window, "Answered").await;
    camera.take(&window, "message-with-attachments").await;
    window.close().await;
}
