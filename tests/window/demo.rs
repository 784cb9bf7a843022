//! The first minute of someone who has neither an account nor a key.

use std::process::Command;

use support::project::Project;
use support::window::Launch;
use support::window::Window;

use crate::person;
use crate::person::Row;
use crate::person::id;

/// Where the app puts the sample project.
fn sample_folder(launch: &Launch) -> std::path::PathBuf {
    launch.data().join("greenlight-sample").join(sample::NAME)
}

/// Opens the sample from the welcome screen.
async fn sample_opened(launch: &Launch) -> Window {
    let window = Window::open(launch).await;
    window
        .wait_for_text(&id("welcome"), "What shall we change today?")
        .await;
    window.click(&id("welcome-sample")).await;
    window
        .wait_for_text(&id("demo-label"), "Demo: scripted replies")
        .await;
    window
}

#[tokio::test]
async fn the_demo_goes_from_welcome_to_applied_and_green() {
    let launch = person::unconnected();
    let window = sample_opened(&launch).await;
    window.click(&id("suggestion")).await;
    window
        .wait_for_text(&id("message"), sample::SUGGESTED_REQUEST)
        .await;
    window
        .wait_for_text(&id("plan"), "Reproduce with failing tests")
        .await;
    person::state(&window, "Ready to review").await;
    window.wait_for_text(&id("plan"), "4 of 4").await;
    let lines = window.texts(&id("item-line")).await;
    let lines: Vec<String> = lines.iter().map(|line| person::flat(line)).collect();
    let said = |words: &str| {
        lines
            .iter()
            .any(|line| line.starts_with("Ran the tests npm test") && line.contains(words))
    };
    assert!(said("2 of 14 failed"), "{lines:?}");
    assert!(said("14 passed"), "{lines:?}");
    window
        .wait_for_text(&id("answer"), "All 14 tests pass.")
        .await;
    window
        .wait_for_text(&id("task-item"), "2 files · all 14 tests pass")
        .await;
    let fixed = Row::new(
        "changed",
        "    sum += item.price;",
        "    sum += item.price * item.quantity;",
    );
    person::row(&window, "src/cart.js", &fixed).await;

    let cart = sample_folder(&launch).join("src/cart.js");
    let text = || std::fs::read_to_string(&cart).expect("the sample is there");
    assert!(!text().contains("item.quantity;"), "nothing is applied yet");
    person::folder_says(&window, "Nothing in your folder has changed yet.").await;
    let mut files = person::prepare(&window).await;
    files.sort();
    assert_eq!(files, ["src/cart.js", "test/cart.test.js"]);
    person::confirm(&window).await;
    person::state(&window, "Applied").await;
    assert!(text().contains("    sum += item.price * item.quantity;\n"));
    let tests = Command::new("npm")
        .arg("test")
        .current_dir(sample_folder(&launch))
        .output()
        .expect("npm starts");
    let said = String::from_utf8_lossy(&tests.stdout);
    assert!(tests.status.success() && said.contains("pass 14"), "{said}");
    assert!(
        window
            .texts(&id("provider-line"))
            .await
            .iter()
            .any(|line| line.contains("Demo: scripted replies")),
        "the label stays"
    );
    window.close().await;
}

#[tokio::test]
async fn a_sample_that_is_broken_elsewhere_turns_the_demo_red() {
    let launch = person::unconnected();
    let window = sample_opened(&launch).await;
    let test = sample_folder(&launch).join("test/format.test.js");
    let text = std::fs::read_to_string(&test).expect("the sample is there");
    let broken = text.replace("euros(4.8), '€4.80'", "euros(4.8), '€5.00'");
    assert_ne!(broken, text, "the sample's test is the one that is edited");
    std::fs::write(&test, broken).expect("the sample can be edited");

    window.click(&id("suggestion")).await;
    person::state(&window, "Ready to review").await;
    window
        .wait_for_text(
            &id("answer"),
            "1 of 14 tests still fail, so this is not done.",
        )
        .await;
    window
        .wait_for_text(&id("answer"), "shows euros with two decimals")
        .await;
    window.wait_for_text(&id("plan"), "3 of 4").await;
    window
        .wait_for_text(&id("task-item"), "1 of 14 tests fail")
        .await;
    let colours = "const seen = [...document.querySelectorAll(arguments[0])] \
        .filter(line => line.innerText.includes('of 14 failed')); \
        return seen.map(line => line.querySelector('.result.stop') !== null)";
    let red = window
        .js(colours, vec![serde_json::json!(id("item-line"))])
        .await;
    assert_eq!(
        red,
        serde_json::json!([true, true]),
        "both runs are shown as failed"
    );
    window.close().await;
}

#[tokio::test]
async fn the_sample_is_opened_as_it_was_left() {
    let launch = person::unconnected();
    let window = sample_opened(&launch).await;
    let readme = sample_folder(&launch).join("README.md");
    std::fs::write(&readme, "mine").expect("the sample can be edited");
    window.quit().await;
    let window = sample_opened(&launch).await;
    assert_eq!(
        std::fs::read(&readme).expect("it is still there"),
        b"mine",
        "an edit of the person's own survives a second visit"
    );
    let fresh = Project::sample();
    assert_eq!(
        std::fs::read(sample_folder(&launch).join("package.json")).expect("it is there"),
        fresh.bytes("package.json")
    );
    window.close().await;
}
