//! The commands the page may call. Each leads to the desk, which knows by the window's name what that
//! window may ask.

use std::sync::Arc;

use api::Desk;
use api::Failure;
use serde_json::Value;
use tauri::State;
use tauri::WebviewWindow;
use tauri::ipc::Response;

/// Answers one verb of the command table.
#[tauri::command]
pub(crate) async fn call(
    window: WebviewWindow,
    desk: State<'_, Arc<Desk>>,
    name: String,
    request: Value,
) -> Result<Value, Failure> {
    desk.call(window.label(), &name, request).await
}

/// Answers one verb whose reply is large, as raw bytes.
#[tauri::command]
pub(crate) async fn bytes(
    window: WebviewWindow,
    desk: State<'_, Arc<Desk>>,
    name: String,
    request: Value,
) -> Result<Response, Failure> {
    desk.bytes(window.label(), &name, request)
        .await
        .map(Response::new)
}

/// Gives the events after `cursor`, as soon as there is one.
#[tauri::command]
pub(crate) async fn drain(
    window: WebviewWindow,
    desk: State<'_, Arc<Desk>>,
    cursor: u64,
) -> Result<Response, Failure> {
    Ok(Response::new(desk.drain(window.label(), cursor).await))
}
