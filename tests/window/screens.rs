//! The pictures of the README, taken of the real window while it does real work.
//!
//! They are written to `target/screens` in every run. With `UPDATE_SCREENS` set they are also written
//! to `tests/fixtures/screens`, from where the README shows them.

use std::fs;
use std::path::Path;

use fantoccini::key::Key;
use support::binaries;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::window::Window;

use crate::gallery;
use crate::person;
use crate::person::id;

const REQUEST: &str = "When a coupon is worth more than the cart, the total goes below zero. It \
    should stop at 0, and quantity seems to be ignored too. Please add a test.";

const TESTS: &str = "*** Begin Patch\n\
    *** Update File: test/cart.test.js\n@@\n   assert.equal(cartTotal([{ ...ink, quantity: 1 }], coupon), 7.5);\n });\n\
    +\n+test('counts every piece of an item', () => {\n+  assert.equal(cartTotal([{ ...notebook, quantity: 3 }]), 42);\n+});\n\
    +\n+test('never goes below zero with a coupon', () => {\n+  const coupon = { code: 'WELCOME', amount: 50 };\n\
    +  assert.equal(cartTotal([{ ...ink, quantity: 1 }], coupon), 0);\n+});\n\
    *** End Patch";

const FIX: &str = "*** Begin Patch\n\
    *** Update File: src/cart.js\n@@\n-  let sum = 0;\n-  for (const item of items) {\n-    sum += item.price;\n-  }\n\
    +  const subtotal = items.reduce(\n+    (sum, item) => sum + item.price * item.quantity,\n+    0,\n+  );\n \n   if (coupon) {\n\
    -    sum = sum - coupon.amount;\n+    const discount = Math.min(coupon.amount, subtotal);\n+    return round(subtotal - discount);\n   }\n \n\
    -  return round(sum);\n+  return round(subtotal);\n\
    *** End Patch";

const STEPS: [&str; 4] = [
    "Reproduce with failing tests",
    "Use quantity in the sum",
    "Cap the coupon at the sum",
    "Run all tests",
];

fn plan(done: usize) -> Vec<(&'static str, &'static str)> {
    let status = |at: usize| match at {
        _ if at < done => "completed",
        _ if at == done => "in_progress",
        _ => "pending",
    };
    STEPS
        .into_iter()
        .enumerate()
        .map(|(at, step)| (step, status(at)))
        .collect()
}

#[tokio::test]
async fn the_pictures_of_the_readme() {
    let model = Model::start([
        stream()
            .plan(&plan(0))
            .shell("cat src/cart.js test/cart.test.js")
            .completed(),
        stream().patch(TESTS).completed(),
        stream().shell("npm test").completed(),
        stream().plan(&plan(1)).patch(FIX).completed(),
        stream().plan(&plan(3)).shell("npm test").completed(),
        stream().plan(&plan(4)).completed(),
        Reply::text(
            "Two causes, both in `cartTotal`: the sum skipped `quantity`, and the coupon was taken \
             off without a floor. The two new tests failed before and pass now.\n\n\
             **All 14 tests pass.**",
        ),
        stream()
            .plan(&[
                ("Start the shop", "in_progress"),
                ("Find every text of the cart", "pending"),
                ("Move the texts to one place", "pending"),
                ("Add the French ones", "pending"),
            ])
            .shell("grep -n cart index.html src/shop.js")
            .completed(),
        stream()
            .text(
                "The texts are in `index.html` and `src/shop.js`. I start the shop once, to see \
                 where each of them is on the page.",
            )
            .shell("npm start")
            .completed(),
    ]);
    let launch = person::connected(&model);
    // A home of one's own, so that the pictures say `~/Projects` and not where the tests run.
    let home = launch.data().with_file_name("home");
    let project = home.join("Projects/paper-shop");
    fs::create_dir_all(&project).expect("a folder for the project");
    sample::write_project(&project).expect("the sample fits into an empty folder");
    let launch = launch.env("HOME", &home);
    let window = Window::open(&launch.clone().project(&project)).await;
    person::opened(&window, "paper-shop").await;
    theme(&window, "light").await;

    person::ask(&window, REQUEST).await;
    person::state(&window, "Ready to review").await;
    window
        .wait_for_text(&id("answer"), "All 14 tests pass.")
        .await;
    window.click(&id("new-task")).await;
    person::ask(&window, "Translate the cart into French").await;
    person::toggle_line(&window, "Ran npm start").await;
    window
        .wait_for_text(&id("item-output"), "http://localhost")
        .await;
    window.wait_for_text(&id("answer"), "on the page.").await;
    for look in ["dark", "light"] {
        theme(&window, look).await;
        picture(&window, &format!("working-{look}")).await;
    }
    window.keys(&Key::Escape).await;
    person::state(&window, "Stopped").await;

    let first = format!("{}[data-state=readyToReview]", id("task-item"));
    window.click(&first).await;
    person::state(&window, "Ready to review").await;
    window.press("Approve test/cart.test.js").await;
    window.wait_for_page_text("1 of 4 changes decided").await;
    for look in ["light", "dark"] {
        theme(&window, look).await;
        window
            .wait_until("the diff is painted", async |window| {
                let rows = person::rows(window, "src/cart.js").await;
                rows.iter().any(|row| row.kind == "changed")
                    && rows.iter().all(|row| row.kind != "loading")
            })
            .await;
        picture(&window, &format!("review-{look}")).await;
    }
    for look in ["dark", "light"] {
        theme(&window, look).await;
        window.click(&id("project-menu")).await;
        window.click(&id("project-close")).await;
        window.wait_for(&id("recent-paper-shop")).await;
        picture(&window, &format!("welcome-{look}")).await;
        if look == "dark" {
            window.click(&id("recent-paper-shop")).await;
            person::opened(&window, "paper-shop").await;
        }
    }
    window.close().await;
}

/// Chooses how the window looks from the project's menu.
async fn theme(window: &Window, look: &str) {
    window.click(&id("project-menu")).await;
    window.click(&id(&format!("theme-{look}"))).await;
    window.wait_until_gone("[role=menu]").await;
}

async fn picture(window: &Window, name: &str) {
    window
        .wait_until("fonts and animations are settled", async |window| {
            let script = "return document.fonts.status === 'loaded' && \
                document.getAnimations().every(each => each.playState !== 'running')";
            window.js(script, vec![]).await == true
        })
        .await;
    assert_eq!(gallery::cut(window).await, Vec::<String>::new(), "{name}");
    let path = window.screenshot(name).await;
    let bytes = fs::read(&path).expect("the picture is there");
    let (width, height) = size(&bytes);
    assert_eq!((width, height), (1280, 800), "{name} has the window's size");
    assert!(bytes.len() < 300_000, "{name} is {} bytes", bytes.len());
    if std::env::var_os("UPDATE_SCREENS").is_some() {
        let folder = binaries::root().join("tests/fixtures/screens");
        fs::create_dir_all(&folder).expect("a folder for the pictures");
        keep(&path, &folder.join(format!("{name}.png")));
    }
}

fn keep(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", to.display()));
}

/// Width and height, which a PNG says right after its signature.
fn size(png: &[u8]) -> (u32, u32) {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    (number(16), number(20))
}
