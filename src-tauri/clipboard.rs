//! What is on the clipboard besides text. WebKitGTK hands none of it to the page, so the page asks
//! here when it is told to paste and has nothing to paste.
//!
//! The clipboard answers when its owner does, which may be another program that is busy: it is asked
//! on a thread that may wait.

use std::sync::Arc;

use api::Desk;
use api::Failure;
use arboard::Clipboard;
use arboard::Error;
use tauri::State;
use tauri::WebviewWindow;
use tokio::task::spawn_blocking;

/// What a pasted picture is called; it has no name of its own.
const NAME: &str = "Pasted picture.png";

/// What was found.
enum Found {
    Files(Vec<std::path::PathBuf>),
    Picture(Vec<u8>),
    Nothing,
}

/// Takes files or a picture from the clipboard for the message on screen. Gives the offer that the
/// page accepts, or nothing when the clipboard holds neither.
#[tauri::command]
pub(crate) async fn paste(
    window: WebviewWindow,
    desk: State<'_, Arc<Desk>>,
) -> Result<Option<String>, Failure> {
    let looked = spawn_blocking(look).await;
    let unread = |why: &dyn std::fmt::Display| {
        Failure::failed(
            format!("The clipboard could not be read: {why}. Nothing was attached."),
            "Save the picture to a file and attach that.",
        )
    };
    // The decoder of the clipboard's library may panic on a picture that is made to hurt.
    match looked.map_err(|_| unread(&"its picture is damaged"))? {
        Ok(Found::Files(paths)) => desk.offer_files(window.label(), paths).await.map(Some),
        Ok(Found::Picture(png)) => desk
            .offer_picture(window.label(), NAME, png)
            .await
            .map(Some),
        Ok(Found::Nothing) => Ok(None),
        Err(Error::ConversionFailure) => Err(unread(&"its picture is damaged or too big")),
        Err(error) => Err(unread(&error.to_string().trim_end_matches('.'))),
    }
}

/// Whether the clipboard simply holds no picture. Some programs answer every question with what they
/// have, whatever was asked for, and then the answer has the wrong type.
fn has_none(error: &Error) -> bool {
    match error {
        Error::ContentNotAvailable => true,
        Error::Unknown { description } => description.contains("incorrect type"),
        _ => false,
    }
}

fn look() -> Result<Found, Error> {
    let mut clipboard = Clipboard::new()?;
    // A picture follows, if there is one; no file is no error.
    if let Ok(paths) = clipboard.get().file_list()
        && !paths.is_empty()
    {
        return Ok(Found::Files(paths));
    }
    let image = match clipboard.get_image() {
        Ok(image) => image,
        Err(error) if has_none(&error) => return Ok(Found::Nothing),
        Err(error) => return Err(error),
    };
    let side = |length: usize| u32::try_from(length).ok();
    side(image.width)
        .zip(side(image.height))
        .and_then(|(width, height)| images::png(width, height, image.bytes.into_owned()))
        .map(Found::Picture)
        .ok_or(Error::ConversionFailure)
}
