//! The pictures of a conversation: kept once in the blob store, and named in the log.
//!
//! A log that held them would be megabytes a message, to be read whole at each start. They come back
//! in when a turn begins, because every request carries the conversation anew.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use serde_json::json;

use crate::store::blobs::BlobId;
use crate::store::blobs::Blobs;

/// What a picture's place in the log begins with, before its blob's id.
const REFERENCE: &str = "greenlight-blob:";

/// The items with each picture in the store and its name in its place. One that the store does not
/// take stays where it is.
pub(super) fn by_reference(mut items: Vec<Value>, blobs: &Blobs) -> Vec<Value> {
    each_picture(&mut items, &|part| {
        let url = part["image_url"].as_str()?;
        let (_, data) = url.split_once(";base64,")?;
        let id = blobs.put(&BASE64_STANDARD.decode(data).ok()?).ok()?;
        part["image_url"] = format!("{REFERENCE}{id}").into();
        Some(())
    });
    items
}

/// The items with each picture in its place. One that the store does not have any more gives way to
/// words, because a request with a broken picture is refused as a whole.
pub(super) fn expanded(mut items: Vec<Value>, blobs: &Blobs) -> Vec<Value> {
    each_picture(&mut items, &|part| {
        let id = part["image_url"].as_str()?.strip_prefix(REFERENCE)?;
        let bytes = id.parse::<BlobId>().ok().and_then(|id| blobs.get(&id).ok());
        match bytes {
            Some(bytes) => part["image_url"] = images::data_url(&bytes).into(),
            None => {
                let text = "[A picture was here; it is not in the store any more.]";
                *part = json!({"type": "input_text", "text": text});
            }
        }
        Some(())
    });
    items
}

fn each_picture(items: &mut [Value], work: &dyn Fn(&mut Value) -> Option<()>) {
    for item in items {
        for field in ["content", "output"] {
            let parts = item.get_mut(field).and_then(Value::as_array_mut);
            for part in parts.into_iter().flatten() {
                if part["type"] == "input_image" {
                    // What cannot be changed stays as it is.
                    let _ = work(part);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_leave_the_log_and_come_back_to_the_letter() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path()).unwrap();
        let png = crate::attachments::fixture::png(8, 8);
        let url = images::data_url(&png);
        let items = vec![
            json!({"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": "see"},
                {"type": "input_image", "image_url": url, "detail": "high"},
            ]}),
            json!({"type": "function_call_output", "call_id": "c", "output": "words"}),
            json!({"type": "function_call_output", "call_id": "d",
                "output": [{"type": "input_image", "image_url": url}]}),
        ];
        let kept = by_reference(items.clone(), &blobs);
        let text = serde_json::to_string(&kept).unwrap();
        assert!(!text.contains("base64") && text.len() < 600, "{text}");
        assert_eq!(by_reference(kept.clone(), &blobs), kept);
        assert_eq!(expanded(kept.clone(), &blobs), items);

        let empty = Blobs::open(&dir.path().join("other")).unwrap();
        let without = expanded(kept, &empty);
        assert_eq!(without[0]["content"][1]["type"], "input_text");
        assert_eq!(without[2]["output"][0]["type"], "input_text");
    }
}
