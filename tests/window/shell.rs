//! What the shell promises whatever the page does: its guards, its exits, and what reaches it from
//! outside.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Signal;
use serde_json::Value;
use serde_json::json;
use support::binaries;
use support::screen;
use support::window::Launch;
use support::window::Window;

/// Calls a command as hostile script in the page would and gives `"resolved"` or the refusal.
async fn invoke(window: &Window, command: &str, arguments: Value) -> String {
    let script = "const [command, given, done] = arguments; \
                  window.__TAURI_INTERNALS__.invoke(command, given) \
                    .then(() => done('resolved'), error => done(String(error.message ?? error)));";
    let answer = window
        .client()
        .execute_async(script, vec![json!(command), arguments])
        .await;
    answer
        .expect("the script ran")
        .as_str()
        .expect("it gives text")
        .to_owned()
}

#[tokio::test]
async fn the_page_may_call_nothing_of_tauris_own() {
    let window = Window::open(&Launch::new()).await;
    for (command, arguments) in [
        (
            "plugin:dialog|open",
            json!({ "options": { "directory": true } }),
        ),
        ("plugin:event|emit", json!({ "event": "x", "payload": 1 })),
        ("plugin:window|close", json!({ "label": "main" })),
        (
            "plugin:webview|create_webview_window",
            json!({ "options": { "label": "other" } }),
        ),
        ("plugin:path|resolve_directory", json!({ "directory": 1 })),
        ("no_such_command", json!({})),
    ] {
        let answer = invoke(&window, command, arguments).await;
        let refused = answer.contains("not allowed") || answer.contains("not found");
        assert!(refused, "{command} answered: {answer}");
    }
    window.close().await;
}

#[tokio::test]
async fn the_page_may_not_open_a_folder_by_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let window = Window::open(&Launch::new()).await;
    let request = json!({ "path": folder.path() });
    let answer = invoke(
        &window,
        "call",
        json!({ "name": "project/open", "request": request }),
    )
    .await;
    assert_ne!(
        answer, "resolved",
        "a path comes from a dialog, a drop or the command line only"
    );
    window.close().await;
}

#[tokio::test]
async fn the_page_can_neither_leave_nor_open_another_window() {
    let window = Window::open(&Launch::new()).await;
    let before = window.client().current_url().await.expect("a page");
    let opened = window
        .js(
            "return window.open('https://example.org/') === null",
            vec![],
        )
        .await;
    assert_eq!(opened, true, "window.open gives nothing");
    window
        .js("location.href = 'https://example.org/'", vec![])
        .await;
    // Asked after the navigation, so answered after it was decided.
    let alive = window
        .js("return document.body.innerText.trim() !== ''", vec![])
        .await;
    assert_eq!(alive, true, "the page is still there");
    assert_eq!(window.client().current_url().await.expect("a page"), before);
    assert_eq!(window.client().windows().await.expect("a list").len(), 1);
    window.close().await;
}

#[tokio::test]
async fn the_policy_stops_foreign_requests() {
    let window = Window::open(&Launch::new()).await;
    let script = "const done = arguments[0]; \
        document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective)); \
        fetch('http://127.0.0.1:9/').catch(() => {});";
    let stopped = window
        .client()
        .execute_async(script, vec![])
        .await
        .expect("the script ran");
    assert_eq!(stopped, "connect-src");
    window.close().await;
}

#[tokio::test]
async fn text_can_become_neither_script_nor_markup() {
    let window = Window::open(&Launch::new()).await;
    // An inline script runs while it is inserted, so afterwards it has run or never will.
    let script = "const script = document.createElement('script'); \
        script.append('window.ran = 1'); document.head.append(script); \
        const refusals = []; \
        const attempt = work => { try { work() } catch (error) { refusals.push(error.name) } }; \
        attempt(() => { document.createElement('script').text = '1' }); \
        attempt(() => { document.createElement('p').innerHTML = '<b>' }); \
        attempt(() => { window.ran = eval('1') }); \
        return [window.ran ?? null, ...refusals]";
    let outcome = window.js(script, vec![]).await;
    let [ran, refusals @ ..] = outcome.as_array().expect("a list").as_slice() else {
        panic!("nothing came back")
    };
    assert_eq!(*ran, Value::Null, "an inline script or eval ran: {outcome}");
    assert_eq!(
        refusals.len(),
        3,
        "script text, markup and eval are each refused: {outcome}"
    );
    window.close().await;
}

#[tokio::test]
async fn the_window_has_its_title_and_size() {
    let window = Window::open(&Launch::new()).await;
    screen::window("Greenlight").await;
    let size = window.js("return [innerWidth, innerHeight]", vec![]).await;
    assert_eq!(size, json!([1280, 800]));
    window.close().await;
}

/// A folder with a name that cannot be on the page for another reason.
fn folder(name: &str) -> (tempfile::TempDir, PathBuf) {
    let around = tempfile::tempdir().expect("a folder");
    let path = around.path().join(name);
    fs::create_dir(&path).expect("a folder in it");
    (around, path)
}

#[tokio::test]
async fn a_folder_on_the_command_line_is_open_at_start() {
    let (_around, path) = folder("named-at-start");
    let window = Window::open(&Launch::new().project(&path)).await;
    window.wait_for_page_text("named-at-start").await;
    window.close().await;
}

#[tokio::test]
async fn a_dropped_folder_is_opened() {
    let (_around, path) = folder("dropped-on-it");
    let window = Window::open(&Launch::new()).await;
    screen::drop_files(&[&path], (640, 400)).await;
    window.wait_for_page_text("dropped-on-it").await;
    window.close().await;
}

#[tokio::test]
async fn a_folder_chosen_in_the_dialog_is_opened() {
    let (_around, path) = folder("chosen-by-hand");
    let window = Window::open(&Launch::new()).await;
    window
        .js("window.__TAURI_INTERNALS__.invoke('pick_folder')", vec![])
        .await;
    screen::press("Open a folder", "ctrl+l").await;
    screen::type_text("Open a folder", path.to_str().expect("a plain path")).await;
    screen::press("Open a folder", "Return").await;
    window.wait_for_page_text("chosen-by-hand").await;
    window.close().await;
}

#[tokio::test]
async fn closing_the_window_ends_the_app() {
    Window::open(&Launch::new()).await.quit().await;
}

#[tokio::test]
async fn a_signal_ends_the_app_in_order() {
    let window = Window::open(&Launch::new()).await;
    let app = window.pid();
    rustix::process::kill_process(app, Signal::TERM).expect("the app is there");
    window.wait_until_ended().await;
}

#[tokio::test]
async fn the_app_survives_being_killed_and_opens_again() {
    let launch = Launch::new();
    let window = Window::open(&launch).await;
    let first = window.pid();
    window.kill9().await;
    let window = Window::open(&launch).await;
    assert_ne!(window.pid(), first, "it is another process");
    window.close().await;
}

#[test]
fn arguments_it_does_not_know_are_refused_before_anything_starts() {
    for words in [vec!["--projekt", "."], vec!["--project"]] {
        let output = Command::new(binaries::greenlight())
            .args(&words)
            .stdin(Stdio::null())
            .output()
            .expect("the app starts");
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("Usage: greenlight [--project DIR]"), "{said}");
    }
}

#[test]
fn a_missing_display_is_an_error_and_not_a_hang() {
    let started = Instant::now();
    let status = Command::new(binaries::greenlight())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the app starts");
    assert!(!status.success(), "there was nowhere to open a window");
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "and it said so at once"
    );
}
