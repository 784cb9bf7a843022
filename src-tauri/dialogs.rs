//! Native dialogs. They are opened here and answered here: the page asks for one and learns what the
//! person chose only as text to show.

use std::sync::Arc;

use api::Desk;
use api::Exported;
use api::Failure;
use tauri::AppHandle;
use tauri::Manager;
use tauri::State;
use tauri::WebviewWindow;
use tauri_plugin_dialog::DialogExt;
use tauri_plugin_dialog::FilePath;
use tauri_plugin_dialog::MessageDialogKind;
use tokio::sync::oneshot;

/// Lets the person choose a folder and opens it. Gives the folder's name to show, or nothing when the
/// dialog was dismissed.
#[tauri::command]
pub(crate) async fn pick_folder(
    window: WebviewWindow,
    desk: State<'_, Arc<Desk>>,
) -> Result<Option<String>, Failure> {
    let (answer, answered) = oneshot::channel();
    let mut dialog = window
        .dialog()
        .file()
        .set_title("Open a folder")
        .set_parent(&window);
    // GTK would otherwise begin with recent files, among which no folder can be typed or chosen.
    if let Ok(home) = window.path().home_dir() {
        dialog = dialog.set_directory(home);
    }
    dialog.pick_folder(move |folder| {
        let _ = answer.send(folder);
    });
    let Ok(Some(FilePath::Path(folder))) = answered.await else {
        return Ok(None);
    };
    desk.open_folder(&folder).await?;
    Ok(Some(folder.display().to_string()))
}

/// Lets the person choose files and takes their bytes for the message on screen. Gives the offer that
/// the page accepts, or nothing when the dialog was dismissed.
#[tauri::command]
pub(crate) async fn pick_files(
    window: WebviewWindow,
    desk: State<'_, Arc<Desk>>,
) -> Result<Option<String>, Failure> {
    let (answer, answered) = oneshot::channel();
    let mut dialog = window
        .dialog()
        .file()
        .set_title("Attach files")
        .set_parent(&window);
    if let Ok(home) = window.path().home_dir() {
        dialog = dialog.set_directory(home);
    }
    dialog.pick_files(move |files| {
        let _ = answer.send(files);
    });
    let Ok(Some(files)) = answered.await else {
        return Ok(None);
    };
    let paths = files.into_iter().filter_map(|file| match file {
        FilePath::Path(path) => Some(path),
        FilePath::Url(_) => None,
    });
    desk.offer_files(window.label(), paths.collect())
        .await
        .map(Some)
}

/// Lets the person choose a file of certificates. Gives its path as text for the field, or nothing when
/// the dialog was dismissed; the file is read when the form is saved.
#[tauri::command]
pub(crate) async fn pick_certificates(window: WebviewWindow) -> Result<Option<String>, Failure> {
    let (answer, answered) = oneshot::channel();
    let mut dialog = window
        .dialog()
        .file()
        .set_title("Choose a file of certificates")
        .add_filter("Certificates", &["pem", "crt", "cer"])
        .add_filter("All files", &["*"])
        .set_parent(&window);
    if let Ok(home) = window.path().home_dir() {
        dialog = dialog.set_directory(home);
    }
    dialog.pick_file(move |file| {
        let _ = answer.send(file);
    });
    let Ok(Some(FilePath::Path(file))) = answered.await else {
        return Ok(None);
    };
    // A name that is no text could not be kept in the settings file.
    match file.to_str() {
        Some(file) => Ok(Some(file.to_owned())),
        None => Err(Failure::failed(
            "The name of that file is not text, so it cannot be kept in the settings. Nothing was \
             changed.",
            "Give the file another name.",
        )),
    }
}

/// Lets the person choose a file and saves a task's conversation there. Gives where it is and what was
/// taken out of it, or nothing when the dialog was dismissed.
#[tauri::command]
pub(crate) async fn save_conversation(
    window: WebviewWindow,
    desk: State<'_, Arc<Desk>>,
    task: String,
) -> Result<Option<Exported>, Failure> {
    let (answer, answered) = oneshot::channel();
    let mut dialog = window
        .dialog()
        .file()
        .set_title("Export conversation")
        .set_file_name(desk.export_name(&task)?)
        .add_filter("Markdown", &["md"])
        .set_parent(&window);
    if let Ok(home) = window.path().home_dir() {
        dialog = dialog.set_directory(home);
    }
    dialog.save_file(move |file| {
        let _ = answer.send(file);
    });
    let Ok(Some(FilePath::Path(path))) = answered.await else {
        return Ok(None);
    };
    desk.export(window.label(), &task, path).await.map(Some)
}

/// Says why the app cannot run, and ends it when that was read.
pub(crate) fn give_up(app: &AppHandle, failure: &Failure) {
    eprintln!("{failure}");
    let app_to_end = app.clone();
    app.dialog()
        .message(failure.to_string())
        .title("Greenlight cannot start")
        .kind(MessageDialogKind::Error)
        .show(move |_| app_to_end.exit(1));
}
