//! Checks: none, found, running, failed, passed, not counted, repeated until green.

use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;

use crate::gallery::camera::Camera;
use crate::gallery::place::Place;
use crate::person;
use crate::person::id;

/// The selector of a part of one check's card.
fn of(command: &str, part: &str) -> String {
    format!(
        "{}[data-command={command:?}] {}",
        id("check-card"),
        id(part)
    )
}

pub(crate) async fn none(camera: &Camera) {
    let model = Model::start([Reply::text("Hello.")]);
    let place = Place::connected(&model);
    let folder = place.folder("Projects/notes", &[("todo.txt", "Water the plants\n")]);
    let window = place.open(&folder).await;
    window.click(&id("checks-tab")).await;
    window.wait_for(&id("check-none")).await;
    camera.take(&window, "checks-no-task").await;
    person::ask(&window, "Hello").await;
    person::state(&window, "Answered").await;
    camera.take(&window, "checks-none").await;
    let command =
        "echo 'looking at every file of the folder and of all that is below it'; sleep 86399.4";
    window.type_into(&id("check-command"), command).await;
    camera.take(&window, "checks-typed").await;
    window.click(&id("check-add")).await;
    window.click(&of(command, "check-run")).await;
    let output = format!("{}[data-command={command:?}] pre", id("check-card"));
    window.wait_for_text(&output, "looking at").await;
    camera.take(&window, "checks-running").await;
    window.click(&of(command, "check-stop")).await;
    window
        .wait_for_text(&of(command, "check-result"), "Stopped")
        .await;
    window.click(&of(command, "check-remove")).await;
    window.wait_for(&id("check-none")).await;
    window.type_into(&id("check-command"), "cat todo.txt").await;
    window.click(&id("check-add")).await;
    window.click(&of("cat todo.txt", "check-run")).await;
    window.wait_for(&of("cat todo.txt", "check-output")).await;
    window
        .wait_until("it has run", async |window| {
            let words = window
                .texts(&of("cat todo.txt", "check-result"))
                .await
                .concat();
            !words.contains("Running") && !words.contains("Not run")
        })
        .await;
    camera.take(&window, "checks-not-counted").await;
    window.close().await;
}

pub(crate) async fn found(camera: &Camera) {
    let gate = Gate::new();
    let fix = "*** Begin Patch\n*** Update File: till.js\n@@\n-exports.name = 'tilt';\n\
        +exports.name = 'till';\n*** End Patch\n";
    let model = Model::start([
        Reply::text("Hello."),
        stream().gate(&gate).patch(fix).completed(),
        Reply::text("It has its name."),
    ]);
    let place = Place::connected(&model);
    let tests = "const { test } = require('node:test');\nconst assert = require('node:assert');\n\
        const till = require('./till.js');\n\
        for (let n = 1; n <= 12; n++) test(`has its name, asked for the ${n}. time in a sentence that is \
        longer than the column in which the names of tests are shown`, \
        () => assert.strictEqual(till.name, 'till'));\n";
    let folder = place.folder(
        "Projects/till",
        &[
            (
                "package.json",
                r#"{"name":"till","private":true,"scripts":{"test":"node --test","lint":"node -e 0","build":"node -e 0"}}"#,
            ),
            ("till.js", "exports.name = 'tilt';\n"),
            ("till.test.js", tests),
            ("Cargo.toml", "[package]\nname = \"till\"\nversion = \"0.1.0\"\n"),
            ("src/lib.rs", "\n"),
        ],
    );
    let window = place.open(&folder).await;
    person::ask(&window, "Hello").await;
    person::state(&window, "Answered").await;
    window.click(&id("checks-tab")).await;
    window.wait_for(&of("npm test", "check-run")).await;
    camera.take(&window, "checks-found").await;
    window.click(&of("npm test", "check-run")).await;
    window.wait_for(&of("npm test", "check-send")).await;
    camera.take(&window, "checks-failed").await;
    window.click(&of("npm test", "check-until-green")).await;
    window
        .wait_for_text(
            &of("npm test", "check-rounds"),
            "the agent works on what fails",
        )
        .await;
    camera.take(&window, "checks-until-green").await;
    gate.release();
    window
        .wait_for_text(&of("npm test", "check-rounds"), "The check passes")
        .await;
    person::state(&window, "Ready to review").await;
    camera.take(&window, "checks-passed").await;
    window.close().await;
}
