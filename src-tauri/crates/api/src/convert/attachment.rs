//! What is attached to messages.

use engine::attachments as inside;
use engine::opened::Proposal;

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

pub(crate) fn proposal(made: &Proposal) -> AttachmentProposal {
    AttachmentProposal {
        id: made.id.clone(),
        sentence: made.sentence.clone(),
        takes: made.takes.clone(),
    }
}
