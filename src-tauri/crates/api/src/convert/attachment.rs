//! What is attached to messages.

use engine::attachments as inside;

use crate::types::*;

pub(crate) fn attachment(kept: &inside::Attachment) -> Attachment {
    Attachment {
        id: kept.id.clone(),
        name: kept.name.clone(),
        content: kept.sent.to_string(),
        bytes: kept.bytes,
        tokens: kept.tokens,
        note: kept.note.clone(),
        picture: match &kept.content {
            inside::Content::Picture {
                width,
                height,
                thumbnail,
                measure: _,
            } => Some(AttachedPicture {
                width: *width,
                height: *height,
                thumbnail: thumbnail.to_string(),
            }),
            inside::Content::Text => None,
        },
    }
}
