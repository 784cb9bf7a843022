//! `view_image`: shows the model a picture of the draft.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::BadCall;
use super::ToolInput;
use super::ToolResult;
use crate::agent::item::ItemKind;
use crate::project::draft::Draft;

/// The most that is sent, in bytes of the file.
const LARGEST: u64 = 10 << 20;

#[derive(Deserialize)]
struct Arguments {
    path: String,
    detail: Option<String>,
}

pub(super) fn view(draft: &Draft, vision: bool, input: &ToolInput) -> Result<ToolResult, BadCall> {
    let Arguments { path, detail } = input.arguments()?;
    let loaded = if vision {
        load(draft, &path)
    } else {
        Err("this model does not read pictures; describe what you need from it instead".to_owned())
    };
    Ok(match loaded {
        Ok((shown, url)) => {
            let mut part = json!({ "type": "input_image", "image_url": url });
            if detail.as_deref() == Some("high") {
                part["detail"] = "high".into();
            }
            let item = ItemKind::ImageView {
                path: shown,
                error: None,
            };
            ToolResult {
                output: json!([part]),
                item,
            }
        }
        Err(error) => ToolResult {
            output: format!("The picture `{path}` was not shown: {error}.").into(),
            item: ItemKind::ImageView {
                path,
                error: Some(error),
            },
        },
    })
}

fn load(draft: &Draft, path: &str) -> Result<(String, String), String> {
    let at = draft
        .inside(Path::new(""), Path::new(path))
        .map_err(|error| error.to_string())?;
    let bytes = draft
        .read_up_to(&at, LARGEST)
        .map_err(|error| error.to_string())?;
    let kind = picture_kind(&bytes).ok_or("it is not a PNG, JPEG, GIF or WebP picture")?;
    let url = format!(
        "data:image/{kind};base64,{}",
        BASE64_STANDARD.encode(&bytes)
    );
    Ok((at.to_string(), url))
}

/// The kind of a picture (`png`, `jpeg`, `gif`, `webp`), `None` for anything else.
///
/// By the first bytes; a name says nothing about the content.
pub fn picture_kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("gif"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some("webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::picture_kind;

    #[test]
    fn pictures_are_told_by_their_first_bytes() {
        assert_eq!(picture_kind(b"\x89PNG\r\n\x1a\n...."), Some("png"));
        assert_eq!(picture_kind(b"\xff\xd8\xff\xe0"), Some("jpeg"));
        assert_eq!(picture_kind(b"GIF89a"), Some("gif"));
        assert_eq!(picture_kind(b"RIFF\0\0\0\0WEBPVP8 "), Some("webp"));
        assert_eq!(picture_kind(b"RIFF\0\0\0\0WAVE"), None);
        assert_eq!(picture_kind(b"<svg xmlns="), None);
        assert_eq!(picture_kind(b""), None);
    }
}
