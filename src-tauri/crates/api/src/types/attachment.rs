//! What is attached to messages.

use serde::Deserialize;
use serde::Serialize;

/// One attached thing.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Attachment {
    /// Names it in requests.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Names what is sent of it, for `attachment/bytes`: a picture, or text in UTF-8.
    pub content: String,
    /// How much that is, in bytes.
    pub bytes: u64,
    /// What it costs, estimated, in tokens.
    pub tokens: u64,
    /// What the person should know of it.
    pub note: Option<String>,
    /// Set for a picture; null for text.
    pub picture: Option<AttachedPicture>,
}

/// What is particular to a picture.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AttachedPicture {
    /// In pixels, as it is sent.
    pub width: u32,
    /// In pixels, as it is sent.
    pub height: u32,
    /// Names a small picture of it, for `attachment/bytes`.
    pub thumbnail: String,
}

/// Names the message that is being written.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Writing {
    /// The task it is for; null for a new task.
    pub task: Option<String>,
    /// The model chosen for a new task; null for the default. A task has its own.
    pub model: Option<String>,
}

/// Attaches what was offered.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AttachmentAccept {
    /// To which message.
    pub to: Writing,
    /// The offer, as an event or the shell named it.
    pub offer: String,
}

/// Attaches files by path. Only the shell may ask this: a path never comes from script.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AttachmentAdd {
    /// To which message.
    pub to: Writing,
    /// The files, as the operating system named them.
    pub paths: Vec<String>,
}

/// Takes one off.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AttachmentRemove {
    /// Off which message.
    pub from: Writing,
    /// Which one.
    pub attachment: String,
}

/// What is attached to the message that is being written.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Attachments {
    /// In order.
    pub attachments: Vec<Attachment>,
    /// Why they cannot be sent as they are, and what to do.
    pub problem: Option<String>,
    /// A sentence for each thing that was not attached now.
    pub refused: Vec<String>,
    /// What fits of each thing that is too large.
    pub proposals: Vec<AttachmentProposal>,
}

/// What fits of something too large.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AttachmentProposal {
    /// Names it in requests, once.
    pub id: String,
    /// How large the thing is, the room there is, and what fits.
    pub sentence: String,
    /// What taking it does, for a button.
    pub takes: String,
}

/// Attaches what was proposed.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AttachmentTake {
    /// To which message.
    pub to: Writing,
    /// The proposal.
    pub proposal: String,
}

/// Words that are too long for a message.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TextFit {
    /// Of which message.
    pub of: Writing,
    /// The words.
    pub text: String,
}

/// What fits of them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TextFitted {
    /// Null when they fit as they are, or nothing of them does.
    pub text: Option<String>,
}

/// Asks for the bytes of something attached. They cross raw.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AttachmentBytes {
    /// As [`Attachment::content`] or [`AttachedPicture::thumbnail`] names them.
    pub content: String,
}
