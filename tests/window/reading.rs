//! Finding one's way in long texts: what was asked for is where the eye is.

use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::project::Project;
use support::window::Window;

use crate::person;
use crate::person::id;

const SCROLLER: &str = "[aria-label='Changed lines']";

/// A project in which the agent changes what `script` changes, with the window at the review.
async fn under_review(project: &Project, script: &str) -> Window {
    let model = Model::start([Reply::shell(script), Reply::text("Done.")]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Change it.").await;
    person::state(&window, "Ready to review").await;
    window.wait_for(&id("file-section")).await;
    window
}

/// How far the top of a file's section lies below the top of the review, in pixels.
async fn top(window: &Window, path: &str) -> f64 {
    let script = "const top = css => document.querySelector(css).getBoundingClientRect().top; \
        return top(arguments[0]) - top(arguments[1])";
    let arguments = vec![json!(person::section(path)), json!(SCROLLER)];
    window
        .js(script, arguments)
        .await
        .as_f64()
        .expect("a number")
}

/// Whether all rows of this file that are on screen have come.
async fn painted(window: &Window, path: &str) -> bool {
    let rows = person::rows(window, path).await;
    !rows.is_empty() && rows.iter().all(|row| row.kind != "loading")
}

#[tokio::test]
async fn a_file_far_down_is_where_it_was_asked_for_when_the_diffs_above_have_come() {
    let mut project = Project::named("forty");
    for at in 0..40 {
        let text: String = (0..60).map(|line| format!("line {line}\n")).collect();
        project = project.file(&format!("file{at:02}.txt"), text);
    }
    let window = under_review(&project, "sed -i 's/^line 3$/line three/' *.txt").await;
    window
        .click(&format!("{}[data-path='file30.txt']", id("file-entry")))
        .await;
    for path in ["file29.txt", "file30.txt", "file31.txt"] {
        window
            .wait_until(&format!("{path} is painted"), async |window| {
                painted(window, path).await
            })
            .await;
    }
    let distance = top(&window, "file30.txt").await;
    assert!(distance.abs() < 4.0, "file30.txt lies {distance} px away");

    // A file that is folded from its middle stays at the top, and the next one follows it.
    let down = "document.querySelector(arguments[0]).scrollTop += 100";
    window.js(down, vec![json!(SCROLLER)]).await;
    window
        .click(&format!("{} .name", person::section("file30.txt")))
        .await;
    window
        .wait_until("the folded file is at the top", async |window| {
            top(window, "file30.txt").await.abs() < 4.0
        })
        .await;
    let next = top(&window, "file31.txt").await;
    assert!(
        (30.0..60.0).contains(&next),
        "the next file is {next} px down"
    );
    window.close().await;
}

#[tokio::test]
async fn nothing_moves_when_a_diff_comes() {
    let project = Project::named("four")
        .file("a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n")
        .file("b.txt", format!("{}\n", "wide ".repeat(60)))
        .file("c.bin", [0, 1, 2])
        .file("d.txt", "1\r\n2\r\n");
    let model = Model::start([
        Reply::shell(
            "sed -i 's/9/nine/' a.txt; sed -i 's/wide/broad/' b.txt; printf '\\0' > c.bin; \
             printf '1\\n2\\n' > d.txt; seq 1 40 > e.txt",
        ),
        Reply::text("Done."),
    ]);
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    let watch = "window.tops = {}; \
        const look = () => { \
          for (const section of document.querySelectorAll(arguments[0])) { \
            const all = (window.tops[section.dataset.path] ??= []); \
            const top = section.getBoundingClientRect().top; \
            if (all.at(-1) !== top) all.push(top); \
          } \
          requestAnimationFrame(look); \
        }; \
        look();";
    window.js(watch, vec![json!(id("file-section"))]).await;
    person::ask(&window, "Change all of it.").await;
    person::state(&window, "Ready to review").await;
    for path in ["a.txt", "b.txt", "d.txt", "e.txt"] {
        window
            .wait_until(&format!("{path} is painted"), async |window| {
                painted(window, path).await
            })
            .await;
    }
    let tops = window.js("return window.tops", vec![]).await;
    let tops = tops.as_object().expect("the page has looked");
    assert_eq!(tops.len(), 5);
    for (path, seen) in tops {
        let seen = seen.as_array().expect("a list of places");
        assert_eq!(seen.len(), 1, "{path} was at {seen:?}");
    }
    window.close().await;
}

#[tokio::test]
async fn code_far_down_gets_its_colours_without_another_scroll() {
    let line = "export const total = (items: Item[]): number => items.length; // how many\n";
    let project = Project::named("long").file("cart.ts", line.repeat(3_000));
    let window = under_review(&project, "sed -i 's/length/size/' cart.ts").await;
    window
        .wait_until("the first rows are there", async |window| {
            painted(window, "cart.ts").await
        })
        .await;
    let end = "const box = document.querySelector(arguments[0]); box.scrollTop = box.scrollHeight";
    window.js(end, vec![json!(SCROLLER)]).await;
    window
        .wait_until("the last rows are there", async |window| {
            painted(window, "cart.ts").await
                && window.texts(".row .number").await.contains(&"3000".into())
        })
        .await;
    window
        .wait_until("the last rows have their colours", async |window| {
            let script = "return [...document.querySelectorAll('.surface .row')].every(row => \
                row.querySelector('.new .code-keyword') && row.querySelector('.old .code-comment'))";
            window.js(script, vec![]).await == true
        })
        .await;
    window.close().await;
}

#[tokio::test]
async fn what_is_opened_in_the_conversation_stays_where_it_was_clicked() {
    let mut replies: Vec<_> = (0..12)
        .map(|at| Reply::shell(&format!("seq {at}00 {at}99; sh -c 'exit 3'")))
        .collect();
    replies.push(Reply::text("That was all."));
    let model = Model::start(replies);
    let project = Project::named("lines").file("a.txt", "a\n");
    let launch = person::connected(&model).project(project.path());
    let window = Window::open(&launch).await;
    person::ask(&window, "Count.").await;
    window.wait_for_text(&id("answer"), "That was all.").await;
    // With enough of them open, the conversation is longer than the screen.
    person::toggle_line(&window, "seq 1000 1099").await;
    person::toggle_line(&window, "seq 1100 1199").await;
    let line = "const line = [...document.querySelectorAll(arguments[0])] \
        .find(line => line.innerText.includes('seq 900')); ";
    let place = async || {
        let script = format!("{line} return line.getBoundingClientRect().top");
        let top = window.js(&script, vec![json!(id("item-line"))]).await;
        top.as_f64().expect("a number")
    };
    let script = format!("{line} line.scrollIntoView({{ block: 'center' }})");
    window.js(&script, vec![json!(id("item-line"))]).await;
    let before = place().await;
    person::toggle_line(&window, "seq 900 999").await;
    window
        .wait_until("the line is open", async |window| {
            window.texts(&id("item-output")).await.len() == 3
        })
        .await;
    let moved = place().await - before;
    assert!(moved.abs() < 60.0, "the line moved by {moved} px");
    window.close().await;
}
