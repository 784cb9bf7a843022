//! Files: the tree, the editor with both versions, find a file.

use std::fs;

use fantoccini::key::Key;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::window::Window;

use crate::gallery::camera::Camera;
use crate::gallery::place;
use crate::gallery::place::Place;
use crate::person;
use crate::person::id;

const LONG: &str =
    "a-file-with-a-name-that-nobody-can-read-to-its-end-in-a-narrow-column.config.js";

async fn control(window: &Window, key: char) {
    window
        .keys(&format!("{}{key}{}", Key::Control, '\u{e000}'))
        .await;
}

async fn row(window: &Window, name: &str) {
    let css = format!("{}[data-name='{name}']", id("tree-row"));
    window.click(&css).await;
}

pub(crate) async fn reading(camera: &Camera) {
    let script =
        "echo '// more' >> src/cart.js; echo 'new' > src/new.js; rm index.html; echo 1 > debug.log";
    let model = Model::start([
        stream().shell(script).completed(),
        Reply::text("Three files have changed."),
    ]);
    let place = Place::connected(&model);
    let shop = place.shop();
    place::write(&shop.join(LONG), "export default {};\n");
    place::write(&shop.join("logo.png"), b"\x89PNG\r\n\x1a\n\0\0\0\0");
    place::write(&shop.join(".gitignore"), "node_modules\n*.log\n");
    for at in 0..60 {
        place::write(&shop.join(format!("assets/icons/{at:02}.svg")), "<svg/>\n");
    }
    let window = place.open(&shop).await;
    window.click(&id("files-tab")).await;
    window.wait_for(&id("no-file")).await;
    row(&window, "assets").await;
    row(&window, "icons").await;
    window
        .wait_for(&format!("{}[data-name='05.svg']", id("tree-row")))
        .await;
    camera.take(&window, "files-tree").await;
    row(&window, "icons").await;
    row(&window, "assets").await;
    person::ask(&window, "Change three files.").await;
    person::state(&window, "Ready to review").await;
    row(&window, "src").await;
    row(&window, "cart.js").await;
    window.wait_for(".cm-content").await;
    window.click(&id("file-side-project")).await;
    window
        .wait_for(&format!("{}[data-side=project]", id("file-pane")))
        .await;
    camera.take(&window, "files-project").await;
    control(&window, 'p').await;
    window.wait_for(&id("finder-hit")).await;
    window.keys("s").await;
    window.wait_for(&format!("{} b", id("finder-hit"))).await;
    camera.take(&window, "files-finder").await;
    window.keys("xqzxqz").await;
    window.wait_until_gone(&id("finder-hit")).await;
    camera.take(&window, "files-nothing-found").await;
    window.keys(&Key::Escape).await;
    window.wait_until_gone(&id("finder")).await;
    window.click(&id("file-menu")).await;
    window.wait_for("[role=menu]").await;
    camera.take(&window, "files-menu").await;
    window.keys(&Key::Escape).await;
    window.wait_until_gone("[role=menu]").await;
    row(&window, "logo.png").await;
    window.wait_for(&id("file-instead")).await;
    camera.take(&window, "files-binary").await;
    window.close().await;
}

pub(crate) async fn editing(camera: &Camera) {
    let model = Model::start([Reply::text("Hello.")]);
    let place = Place::connected(&model);
    let shop = place.shop();
    place::write(&shop.join(LONG), "export default {};\n");
    let window = place.open(&shop).await;
    person::ask(&window, "Hello").await;
    person::state(&window, "Answered").await;
    window.click(&id("files-tab")).await;
    row(&window, LONG).await;
    window.wait_for(".cm-content").await;
    camera.take(&window, "files-draft").await;
    window.click(".cm-content").await;
    window.keys("// typed by a person, with a line that goes on for longer than the editor is wide, to see what happens then; and more of it\n").await;
    window.wait_for(&id("file-dirty")).await;
    camera.take(&window, "files-unsaved").await;
    fs::write(shop.join(LONG), "export default { fresh: true };\n").expect("an edit outside");
    window.wait_for(&id("file-meanwhile")).await;
    camera.take(&window, "files-meanwhile").await;
    window.click(&id("file-keep-mine")).await;
    window.wait_until_gone(&id("file-dirty")).await;
    row(&window, "package.json").await;
    window
        .wait_for(&format!("{}[data-path='package.json']", id("file-pane")))
        .await;
    window.click(".cm-content").await;
    control(&window, 'f').await;
    window.wait_for(".cm-search input").await;
    window.keys("test").await;
    camera.take(&window, "files-find").await;
    fs::remove_file(shop.join("package.json")).expect("it can be removed");
    window.wait_for(&id("file-failure")).await;
    camera.take(&window, "files-gone").await;
    window.close().await;
}
