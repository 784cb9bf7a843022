//! Changes: every kind of file, every mark, apply and undo, conflicts.

use std::fs;

use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::window::Window;

use crate::gallery::camera::Camera;
use crate::gallery::place;
use crate::gallery::place::Place;
use crate::person;
use crate::person::id;

const FIX: &str = "*** Begin Patch\n\
    *** Update File: src/cart.js\n@@\n-  let sum = 0;\n-  for (const item of items) {\n-    sum += item.price;\n-  }\n\
    +  const subtotal = items.reduce(\n+    (sum, item) => sum + item.price * item.quantity,\n+    0,\n+  );\n \n   if (coupon) {\n\
    -    sum = sum - coupon.amount;\n+    const discount = Math.min(coupon.amount, subtotal);\n+    return round(subtotal - discount);\n   }\n \n\
    -  return round(sum);\n+  return round(subtotal);\n\
    *** End Patch";

/// Makes changes of every kind: a long file, a deep path, bytes, a script, a file less.
const SCRIPT: &str = "sed -i 's/line 900 /line nine hundred /; s/line 2500 /LINE 2500 /' long.txt
deep=packages/checkout/src/components/summary/__tests__/fixtures
mkdir -p $deep
seq 1 8 | sed 's/.*/export const value& = &;/' > $deep/a-file-with-a-name-that-is-longer-than-its-column.generated.js
head -c 300 /dev/urandom > logo.png
printf '#!/bin/sh\\nset -e\\nnpm test\\n' > deploy.sh; chmod +x deploy.sh
rm old-notes.md
printf 'const wide = \"%s\";\\n' \"$(seq -s ' ' 1 120)\" > wide.js";

/// Scrolls a file's section to the top of the review.
async fn show(window: &Window, path: &str) {
    window.wait_for(&person::section(path)).await;
    let script = "document.querySelector(arguments[0]).scrollIntoView({ block: 'start' })";
    window.js(script, vec![json!(person::section(path))]).await;
}

async fn back_to_top(window: &Window) {
    let script = "document.querySelector(\"[aria-label='Changed lines']\").scrollTop = 0";
    window.js(script, vec![]).await;
}

async fn marked(window: &Window, path: &str, mark: &str) {
    let css = format!("{}[data-mark={mark}]", person::section(path));
    window.wait_for(&css).await;
}

pub(crate) async fn kinds(camera: &Camera) {
    let model = Model::start([
        stream().patch(FIX).shell(SCRIPT).completed(),
        Reply::text("The total is right now. I also made the files that you asked for."),
    ]);
    let place = Place::connected(&model);
    let shop = place.shop();
    let long: String = (1..=3000)
        .map(|n| format!("line {n} of a long file\n"))
        .collect();
    place::write(&shop.join("long.txt"), long);
    place::write(&shop.join("logo.png"), b"\x89PNG\r\n\x1a\n\0\0\0\0");
    place::write(
        &shop.join("old-notes.md"),
        "# Old notes\n\nNobody reads this.\n",
    );
    let window = place.open(&shop).await;
    person::ask(&window, "Make the total right, and the rest too.").await;
    person::state(&window, "Ready to review").await;
    window.wait_for(&person::section("src/cart.js")).await;
    camera.take(&window, "review-undecided").await;
    for (path, state) in [
        ("deploy.sh", "review-risk"),
        (
            "packages/checkout/src/components/summary/__tests__/fixtures/a-file-with-a-name-that-is-longer-than-its-column.generated.js",
            "review-added",
        ),
        ("long.txt", "review-big"),
        ("logo.png", "review-binary"),
        ("old-notes.md", "review-deleted"),
    ] {
        show(&window, path).await;
        camera.take(&window, state).await;
    }
    back_to_top(&window).await;
    window.press("Approve src/cart.js").await;
    marked(&window, "src/cart.js", "approved").await;
    window.press("Reject long.txt").await;
    marked(&window, "long.txt", "rejected").await;
    back_to_top(&window).await;
    camera.take(&window, "review-decided").await;
    show(&window, "long.txt").await;
    camera.take(&window, "review-rejected").await;
    back_to_top(&window).await;
    window.click(&id("whole-review")).await;
    camera.take(&window, "review-whole").await;
    window.click(&id("whole-review")).await;
    person::prepare(&window).await;
    camera.take(&window, "apply-dialog").await;
    person::confirm(&window).await;
    camera.take(&window, "applied").await;
    window.click(&id("undo-apply")).await;
    window.wait_for_text(&id("apply-result"), "Undone").await;
    camera.take(&window, "undone").await;
    window.close().await;
}

pub(crate) async fn conflicts(camera: &Camera) {
    let model = Model::start([Reply::patch(FIX), Reply::text("The total is right now.")]);
    let place = Place::connected(&model);
    let shop = place.shop();
    let window = place.open(&shop).await;
    let path = shop.join("src/cart.js");
    let before = fs::read_to_string(&path).expect("the sample has a cart");
    person::ask(&window, "Make the total right.").await;
    person::state(&window, "Ready to review").await;
    person::prepare(&window).await;
    person::confirm(&window).await;
    let applied = fs::read_to_string(&path).expect("the cart is still there");
    fs::write(
        &path,
        applied.replace("round(subtotal)", "round(subtotal) // in euros"),
    )
    .expect("the person edits it");
    window.click(&id("undo-apply")).await;
    window.wait_for(&id("conflict-dialog")).await;
    camera.take(&window, "conflict-dialog").await;
    window.click(&id("conflict-close")).await;
    fs::write(&path, applied).expect("the person takes it back");
    window.click(&id("undo-apply")).await;
    window.wait_for_text(&id("apply-result"), "Undone").await;
    fs::write(&path, before.replace("let sum = 0", "let sum = 0.0")).expect("another edit");
    window
        .wait_for(&format!("{} .conflict", person::section("src/cart.js")))
        .await;
    camera.take(&window, "review-conflict").await;
    person::prepare(&window).await;
    window
        .wait_for_text(&id("apply-dialog"), "Nothing can be applied now")
        .await;
    camera.take(&window, "apply-blocked").await;
    window.close().await;
}
