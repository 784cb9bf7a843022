//! What a person does and sees in the window, in the words of the product.

use std::fs;
use std::path::Path;

use fantoccini::elements::Element;
use fantoccini::key::Key;
use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::window::Launch;
use support::window::Window;

/// A key that must never be seen anywhere.
pub(crate) const KEY: &str = "sk-window-test-never-shown";

/// A first start that is connected to `model`.
pub(crate) fn connected(model: &Model) -> Launch {
    Launch::new()
        .env("OPENAI_BASE_URL", model.base_url())
        .env("OPENAI_API_KEY", KEY)
}

/// A first start without a model, whatever the tests themselves were started with.
pub(crate) fn unconnected() -> Launch {
    Launch::new()
        .env("OPENAI_BASE_URL", "")
        .env("OPENAI_API_KEY", "")
        .env("AZURE_OPENAI_ENDPOINT", "")
}

/// The selector of what carries a test id.
pub(crate) fn id(testid: &str) -> String {
    format!("[data-testid='{testid}']")
}

/// The selector of a file's section under Changes.
pub(crate) fn section(path: &str) -> String {
    format!("{}[data-path='{path}']", id("file-section"))
}

/// Types into the composer and sends with Enter.
pub(crate) async fn ask(window: &Window, text: &str) {
    window.type_into(&id("composer-text"), text).await;
    window.keys(&Key::Enter).await;
}

/// Waits until the task on screen is in this state, in the words of its header.
pub(crate) async fn state(window: &Window, words: &str) {
    window.wait_for_text(&id("task-state"), words).await;
}

/// Waits until the line below the review says this of the person's folder.
pub(crate) async fn folder_says(window: &Window, sentence: &str) {
    window.wait_for_text(&id("status-line"), sentence).await;
}

/// Waits until the task list, header and changes are those of a project.
pub(crate) async fn opened(window: &Window, name: &str) {
    window.wait_for_text(&id("project-menu"), name).await;
}

/// Opens a project from the list of recent ones.
pub(crate) async fn reopen(window: &Window, name: &str) {
    window.click(&id(&format!("recent-{name}"))).await;
    opened(window, name).await;
}

/// Opens or closes the newest quiet line that contains `words`, once it is there.
pub(crate) async fn toggle_line(window: &Window, words: &str) {
    let script = "const lines = [...document.querySelectorAll(arguments[0])]; return lines \
        .findLast(line => line.innerText.replace(/\\s+/g, ' ').includes(arguments[1])) ?? null";
    window
        .wait_until(
            &format!("a line that says `{words}` is clicked"),
            async |window| {
                let line = window
                    .js(script, vec![json!(id("item-line")), json!(words)])
                    .await;
                let Some(line) = element_id(&line) else {
                    return false;
                };
                let line = Element::from_element_id(window.client().clone(), line.into());
                // One that was drawn again meanwhile is found again.
                line.click().await.is_ok()
            },
        )
        .await;
}

/// Waits until a quiet line contains `words`.
pub(crate) async fn line_says(window: &Window, words: &str) {
    window
        .wait_until(&format!("a line says `{words}`"), async |window| {
            let lines = window.texts(&id("item-line")).await;
            lines.iter().any(|line| flat(line).contains(words))
        })
        .await;
}

/// WebDriver's name of an element, if a script returned one.
fn element_id(value: &Value) -> Option<String> {
    let id = value.as_object()?.values().next()?;
    id.as_str().map(str::to_owned)
}

/// Text as it is read: any white space is one space.
pub(crate) fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stands in the composer.
pub(crate) async fn composer(window: &Window) -> String {
    window.wait_for(&id("composer-text")).await;
    let script = "return document.querySelector(arguments[0]).value";
    let text = window.js(script, vec![json!(id("composer-text"))]).await;
    text.as_str().unwrap_or_default().to_owned()
}

/// One painted row of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) kind: String,
    pub(crate) old: String,
    pub(crate) new: String,
}

impl Row {
    pub(crate) fn new(kind: &str, old: &str, new: &str) -> Self {
        let [kind, old, new] = [kind, old, new].map(str::to_owned);
        Self { kind, old, new }
    }
}

/// The rows of a file's diff that are painted now, from the top; without line numbers, and without
/// the words that only a screen reader hears.
pub(crate) async fn rows(window: &Window, path: &str) -> Vec<Row> {
    let script = "const code = (row, side) => [...row.querySelector(side + ' .code').childNodes] \
          .filter(part => !part.classList?.contains('spoken') && !part.classList?.contains('ending')) \
          .map(part => part.textContent).join(''); \
        return [...document.querySelectorAll(arguments[0] + ' .row')] \
          .sort((a, b) => a.ariaRowIndex - b.ariaRowIndex || \
             a.getAttribute('aria-rowindex') - b.getAttribute('aria-rowindex')) \
          .map(row => [row.className.replace('row', '').trim(), code(row, '.old'), code(row, '.new')])";
    let rows = window.js(script, vec![json!(section(path))]).await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    rows.as_array()
        .expect("a list of rows")
        .iter()
        .map(|row| Row {
            kind: text(&row[0]),
            old: text(&row[1]),
            new: text(&row[2]),
        })
        .collect()
}

/// Waits until this row is painted.
pub(crate) async fn row(window: &Window, path: &str, row: &Row) {
    let what = format!("{path} shows {row:?}");
    window
        .wait_until(&what, async |window| rows(window, path).await.contains(row))
        .await;
}

/// Opens the summary of Apply and gives the paths that it would write.
pub(crate) async fn prepare(window: &Window) -> Vec<String> {
    window.click(&id("apply")).await;
    window.wait_for(&id("apply-dialog")).await;
    window
        .texts(&format!("{} .files code", id("apply-dialog")))
        .await
}

/// Confirms the summary and waits until what was applied is said.
pub(crate) async fn confirm(window: &Window) {
    window.click(&id("apply-confirm")).await;
    window.wait_for_text(&id("apply-result"), "Applied").await;
}

/// Waits until `text` is on the disk somewhere in the app's own index.
pub(crate) async fn kept(window: &Window, launch: &Launch, text: &str) {
    let folder = launch.data().join("greenlight");
    let what = format!("`{text}` is kept in {}", folder.display());
    window
        .wait_until(&what, async |_| {
            ["index.sqlite", "index.sqlite-wal"]
                .iter()
                .any(|name| holds(&folder.join(name), text))
        })
        .await;
}

fn holds(file: &Path, text: &str) -> bool {
    let bytes = fs::read(file).unwrap_or_default();
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// Seconds for a `sleep` that no other process on this machine has asked for.
pub(crate) fn rare_sleep() -> String {
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970")
        .subsec_nanos();
    format!("86399.{nanos:09}")
}

/// Whether a process whose arguments contain `words` runs now.
pub(crate) fn runs(words: &str) -> bool {
    let own = std::process::id().to_string();
    let entries = fs::read_dir("/proc").expect("/proc is mounted");
    entries.filter_map(Result::ok).any(|entry| {
        entry.file_name().to_str() != Some(own.as_str())
            && holds(&entry.path().join("cmdline"), words)
    })
}

/// Waits until no such process is left.
pub(crate) async fn ended(window: &Window, words: &str) {
    window
        .wait_until(&format!("no process runs `{words}`"), async |_| {
            !runs(words)
        })
        .await;
}
