//! The one window: what it may load, and what happens to it.

use std::sync::Arc;

use api::Desk;
use tauri::AppHandle;
use tauri::DragDropEvent;
use tauri::Manager;
use tauri::Url;
use tauri::WebviewUrl;
use tauri::WebviewWindow;
use tauri::WebviewWindowBuilder;
use tauri::Window;
use tauri::WindowEvent;
use tauri::webview::NewWindowResponse;
use tauri::webview::PageLoadEvent;

/// The window's label, which the capability names.
pub(crate) const MAIN: &str = "main";

/// Opens the window. It appears with its page, so that no empty one flashes first.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<WebviewWindow> {
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App("index.html".into()))
        .title("Greenlight")
        .inner_size(1280.0, 800.0)
        .min_inner_size(900.0, 600.0)
        .visible(false)
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_page_load(|window, load| {
            if matches!(load.event(), PageLoadEvent::Finished) {
                let _ = window.show();
            }
        })
        .build()?;
    compose_in_place(&window);
    Ok(window)
}

/// Whether `url` is a page of the app: on Windows a web address that only the app answers, elsewhere
/// a scheme of its own.
fn is_ours(url: &Url) -> bool {
    let (scheme, host) = if cfg!(any(windows, target_os = "android")) {
        ("http", "tauri.localhost")
    } else {
        ("tauri", "localhost")
    };
    url.scheme() == scheme && url.host_str() == Some(host)
}

/// Hands dropped folders and files to the desk, and says when something is held over the window.
pub(crate) fn on_event(window: &Window, event: &WindowEvent) {
    let WindowEvent::DragDrop(event) = event else {
        return;
    };
    let Some(desk) = window.try_state::<Arc<Desk>>() else {
        return;
    };
    match event {
        DragDropEvent::Enter { .. } => desk.dragging(true),
        DragDropEvent::Leave => desk.dragging(false),
        DragDropEvent::Drop { paths, .. } => {
            desk.dragging(false);
            desk.dropped(window.label(), paths.clone());
        }
        _ => {}
    }
}

/// Lets an input method compose inside the text field. The webview turns this off by default, and
/// Chinese, Japanese and Korean then appear in a separate box.
#[cfg(target_os = "linux")]
fn compose_in_place(window: &WebviewWindow) {
    use webkit2gtk::InputMethodContextExt;
    use webkit2gtk::WebViewExt;

    let _ = window.with_webview(|webview| {
        if let Some(context) = webview.inner().input_method_context() {
            context.set_enable_preedit(true);
        }
    });
}

#[cfg(not(target_os = "linux"))]
fn compose_in_place(_window: &WebviewWindow) {}
