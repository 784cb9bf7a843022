//! The conversation: at work, answered, stopped, failed.

use fantoccini::key::Key;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;

use crate::gallery::camera::Camera;
use crate::gallery::place::Place;
use crate::person;
use crate::person::id;

const LONG: &str = "## What I found\n\n\
    The total is computed in **three** places, and they do not agree:\n\n\
    1. `src/cart.js` sums the items and forgets `quantity`\n\
    2. `src/receipt/print/with/a/path/that/is/much/longer/than/the/column/it/is/shown/in/receipt.js` rounds too early\n\
    3. the server, which is right\n\n\
    | place | today | should be | who uses it |\n| --- | --- | --- | --- |\n\
    | `cartTotal` | sum of prices | sum of price times quantity | the page, the receipt, the mail to the customer |\n\
    | `receiptTotal` | rounded per line | rounded once | accounting |\n\n\
    ```js\nexport const total = (items) => round(items.reduce((sum, { price, quantity }) => sum + price * quantity, 0)); // once, at the end\n```\n\n\
    > Nothing was changed yet.\n\n\
    - [ ] decide how to round\n- [x] find all places\n\n\
    See [the notes](https://example.com/notes/about/rounding?with=a&very=long&query=string) for more. \
    ANameWithoutAnyPlaceToBreakItThatGoesOnAndOnUntilItIsWiderThanTheColumnOfTheConversation.";

pub(crate) async fn working(camera: &Camera) {
    let gates = [Gate::new(), Gate::new()];
    let model = Model::start([
        stream()
            .reasoning("**Looking at the cart**\n\nThe total goes below zero with a large coupon.")
            .plan(&[
                ("Reproduce with failing tests", "completed"),
                (
                    "Use quantity in the sum, in the cart and on the receipt and in the mail that \
                     goes to the customer after the order",
                    "in_progress",
                ),
                ("Cap the coupon at the sum", "pending"),
                ("Run all tests", "pending"),
            ])
            .shell("cat src/cart.js test/cart.test.js")
            .completed(),
        stream()
            .text("The sum is in `src/cart.js`. I look at how it is used, ")
            .gate(&gates[0])
            .text("then change it.")
            .shell(
                "for n in $(seq 1 400); do echo \"line $n of a long report about everything that \
                 was looked at, with a tail that is wider than the conversation\"; done",
            )
            .shell("echo serving on http://localhost:5173; sleep 86399.5")
            .completed(),
    ]);
    let place = Place::connected(&model);
    let window = place.open(&place.shop()).await;
    let request = "When a coupon is worth more than the cart, the total goes below zero. It should \
                   stop at 0, and quantity seems to be ignored too. Please add a test.";
    person::ask(&window, request).await;
    window.wait_for_text(&id("answer"), "how it is used").await;
    camera.take(&window, "working-plan").await;
    gates[0].release();
    person::toggle_line(&window, "Ran echo serving").await;
    window.wait_for_text(&id("item-output"), "localhost").await;
    camera.take(&window, "working-command").await;
    person::toggle_line(&window, "Ran for n in").await;
    window.wait_for_text(&id("item-output"), "line 400").await;
    camera.take(&window, "working-output").await;
    window.keys(&Key::Escape).await;
    person::state(&window, "Stopped").await;
    window.wait_for_page_text("Stopped by you.").await;
    camera.take(&window, "stopped").await;
    window.close().await;
}

pub(crate) async fn answered(camera: &Camera) {
    let model = Model::start([Reply::text("In `src/cart.js`, line 4."), Reply::text(LONG)]);
    let place = Place::connected(&model);
    let window = place.open(&place.shop()).await;
    person::ask(&window, "Where is the total computed?").await;
    person::state(&window, "Answered").await;
    camera.take(&window, "answered").await;
    person::ask(
        &window,
        &"Say more about it, with everything you know. ".repeat(12),
    )
    .await;
    window.wait_for_text(&id("answer"), "ANameWithout").await;
    person::state(&window, "Answered").await;
    camera.take(&window, "answered-long").await;
    window.close().await;
}

pub(crate) async fn failed(camera: &Camera) {
    let patch =
        "*** Begin Patch\n*** Update File: src/cart.js\n@@\n-nowhere\n+somewhere\n*** End Patch";
    let model = Model::start([
        Reply::unauthorized(),
        Reply::patch(patch),
        Reply::text("There is no such line."),
        Reply::model_not_found("gpt-5-codex"),
    ]);
    let place = Place::connected(&model);
    let window = place.open(&place.shop()).await;
    person::ask(&window, "Make the total right.").await;
    window
        .wait_for(&format!("{}[data-code=key_rejected]", id("error-card")))
        .await;
    person::state(&window, "Failed").await;
    camera.take(&window, "failed-key").await;
    window.press("Try again").await;
    person::toggle_line(&window, "An edit did not fit").await;
    window.wait_for_text(&id("answer"), "no such line").await;
    window.wait_for(&id("item-output")).await;
    person::state(&window, "Answered").await;
    camera.take(&window, "edit-did-not-fit").await;
    person::ask(&window, "And now?").await;
    window
        .wait_for(&format!("{}[data-code=model_not_found]", id("error-card")))
        .await;
    person::state(&window, "Failed").await;
    camera.take(&window, "failed-model").await;
    window.close().await;
}

pub(crate) async fn said_again(camera: &Camera) {
    let model = Model::start([
        Reply::shell("echo '# Shop' > NOTES.md"),
        Reply::text("There are notes now."),
    ]);
    let place = Place::connected(&model);
    let window = place.open(&place.shop()).await;
    person::ask(
        &window,
        "Begin a file with notes, and say in it what the shop is for.",
    )
    .await;
    person::state(&window, "Ready to review").await;
    window.click(&id("edit-message")).await;
    window.wait_for(&id("edit-text")).await;
    camera.take(&window, "message-edit").await;
    window.keys(&Key::Escape).await;
    window.wait_until_gone(&id("edit-text")).await;
    window.click(&id("try-again")).await;
    window.wait_for(&id("again-cancel")).await;
    camera.take(&window, "again-dialog").await;
    window.close().await;
}
