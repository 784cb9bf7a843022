//! `view_image`: shows the model a picture of the draft.

use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use super::BadCall;
use super::ToolInput;
use super::ToolResult;
use crate::agent::item::ItemKind;
use crate::model::Model;
use crate::project::draft::Draft;
use images::LARGEST_FILE;

#[derive(Deserialize)]
struct Arguments {
    path: String,
    detail: Option<String>,
}

pub(super) fn view(draft: &Draft, model: &Model, input: &ToolInput) -> Result<ToolResult, BadCall> {
    let Arguments { path, detail } = input.arguments()?;
    let loaded = if model.traits.vision {
        load(draft, &path, model)
    } else {
        Err(format!(
            "{} does not read pictures; work from the files that make it, or say that another model \
             is needed",
            model.slug
        ))
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

fn load(draft: &Draft, path: &str, model: &Model) -> Result<(String, String), String> {
    let at = draft
        .inside(Path::new(""), Path::new(path))
        .map_err(|error| error.to_string())?;
    let bytes = draft
        .read_up_to(&at, LARGEST_FILE)
        .map_err(|error| error.to_string())?;
    let picture = images::prepare(path, &bytes, model.traits.pictures)
        .map_err(|error| format!("it {error}"))?;
    Ok((at.to_string(), images::data_url(&picture.bytes)))
}
