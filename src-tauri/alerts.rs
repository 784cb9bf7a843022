//! Tells the person through the desktop when a task wants attention and the window is not in front.
//!
//! It speaks to the desktop's own notification service over the session bus, with the GLib that the
//! window runs on. A click brings the window to the front with that task. A session without such a
//! service is no error: the window says the same.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use api::Attention;
use api::Desk;
use gio::prelude::ToVariant;
use tauri::AppHandle;
use tauri::Manager;
use tauri::async_runtime;
use tokio::sync::broadcast::error::RecvError;

use crate::window;

const SERVICE: &str = "org.freedesktop.Notifications";
const PLACE: &str = "/org/freedesktop/Notifications";

/// Milliseconds that the service may take to answer.
const PATIENCE: i32 = 3000;

/// The notifications that may still be on the screen: which is of which task.
type Shown = Arc<Mutex<HashMap<u32, String>>>;

/// Listens from now on. Called on the main thread, where clicks are then heard.
pub(crate) fn start(app: &AppHandle, desk: &Arc<Desk>) {
    let Ok(bus) = gio::bus_get_sync(gio::BusType::Session, gio::Cancellable::NONE) else {
        return;
    };
    let shown = Shown::default();
    hear_clicks(&bus, app.clone(), Arc::clone(&shown));
    let (app, desk) = (app.clone(), Arc::clone(desk));
    let mut heard = desk.attention();
    async_runtime::spawn(async move {
        loop {
            let wanted = match heard.recv().await {
                Ok(wanted) => wanted,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            let Some(folder) = desk.wants_alerts() else {
                continue;
            };
            if in_front(&app) {
                continue;
            }
            let (bus, shown) = (bus.clone(), Arc::clone(&shown));
            async_runtime::spawn_blocking(move || show(&bus, &shown, &folder, &wanted));
        }
    });
}

fn in_front(app: &AppHandle) -> bool {
    app.get_webview_window(window::MAIN)
        .is_some_and(|window| window.is_focused().unwrap_or(false))
}

/// Shows a notification in the place of an older one of the same task.
fn show(bus: &gio::DBusConnection, shown: &Shown, folder: &str, wanted: &Attention) {
    let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
    let older = shown.iter().find(|(_, task)| **task == wanted.task);
    let older = older.map_or(0, |(id, _)| *id);
    let hints: HashMap<&str, gio::glib::Variant> =
        HashMap::from([("desktop-entry", "greenlight".to_variant())]);
    let asked = (
        "Greenlight",
        older,
        "",
        // The title is plain text; a body may be read as markup, and this one holds no name.
        format!("Greenlight: {folder}"),
        wanted.why.sentence(),
        vec!["default", "Show"],
        hints,
        -1_i32,
    );
    let answer = bus.call_sync(
        Some(SERVICE),
        PLACE,
        SERVICE,
        "Notify",
        Some(&asked.to_variant()),
        None,
        gio::DBusCallFlags::NONE,
        PATIENCE,
        gio::Cancellable::NONE,
    );
    // Without a service there is nothing to show it.
    if let Some((id,)) = answer.ok().and_then(|answer| answer.get::<(u32,)>()) {
        shown.remove(&older);
        shown.insert(id, wanted.task.clone());
    }
}

fn hear_clicks(bus: &gio::DBusConnection, app: AppHandle, shown: Shown) {
    // It stays as long as the connection, which is as long as the app.
    let _ = bus.signal_subscribe(
        Some(SERVICE),
        Some(SERVICE),
        Some("ActionInvoked"),
        Some(PLACE),
        None,
        gio::DBusSignalFlags::NONE,
        move |_, _, _, _, _, said| {
            let Some((id, _)) = said.get::<(u32, String)>() else {
                return;
            };
            let task = shown
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&id);
            // Another program's notification has a number of its own.
            if let Some(task) = task {
                bring_forward(&app, &task);
            }
        },
    );
}

fn bring_forward(app: &AppHandle, task: &str) {
    if let Some(desk) = app.try_state::<Arc<Desk>>() {
        desk.show_task(task);
    }
    if let Some(window) = app.get_webview_window(window::MAIN) {
        // A desktop may refuse to give the focus away; the task is then found on top.
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
    }
}
