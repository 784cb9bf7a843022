//! What a person sends: words, pictures and files.

use serde_json::Value;
use serde_json::json;

use crate::attachments::Attachment;

/// A message of the person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// What was typed.
    pub text: String,
    /// What is attached, in order.
    pub attached: Vec<Attached>,
}

/// One attached thing with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// What the conversation shows of it.
    pub about: Attachment,
    /// What is sent of it: a picture as a `data:` URL, anything else as its text.
    pub content: String,
}

impl Message {
    /// A message without attachments.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            attached: Vec::new(),
        }
    }

    /// What asks the model to go on where it was stopped, failed or interrupted.
    pub fn go_on() -> Self {
        Self::text("Continue.")
    }

    /// What is attached, as the conversation shows it.
    pub fn attachments(&self) -> Vec<Attachment> {
        self.attached.iter().map(|one| one.about.clone()).collect()
    }

    /// The message as the model reads it: the words, then each picture between two tags that give it
    /// a number to be referred to by, and each file between two that only this file can have, because
    /// they carry a part of its hash.
    pub fn to_wire(&self) -> Value {
        let mut content = Vec::new();
        let words = |text: &str| json!({"type": "input_text", "text": text});
        if !self.text.is_empty() {
            content.push(words(&self.text));
        }
        let mut number = 0;
        for Attached { about, content: of } in &self.attached {
            let name = plain(&about.name);
            if about.is_picture() {
                number += 1;
                content.push(words(&format!(
                    "<image name=[Image #{number}] path=\"{name}\">"
                )));
                content.push(json!({"type": "input_image", "image_url": of}));
                content.push(words("</image>"));
            } else {
                let hash = about.sent.to_string();
                let tag = format!("attached_file_{}", &hash[..12]);
                let end = if of.ends_with('\n') { "" } else { "\n" };
                content.push(words(&format!(
                    "<{tag} name=\"{name}\">\n{of}{end}</{tag}>"
                )));
            }
        }
        json!({"type": "message", "role": "user", "content": content})
    }
}

/// A name that cannot end the tag it stands in.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_control() && !"\"<>".contains(*c))
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::attachments::Content;
    use crate::store::blobs::BlobId;
    use images::Measure;

    /// A picture of that name.
    pub(crate) fn picture(name: &str) -> Attached {
        let blob = BlobId::of(name.as_bytes());
        Attached {
            about: Attachment {
                id: format!("id of {name}"),
                name: name.to_owned(),
                original: blob,
                sent: blob,
                bytes: 3,
                tokens: 2,
                note: None,
                content: Content::Picture {
                    width: 1,
                    height: 1,
                    thumbnail: blob,
                    measure: Measure::Tiles { base: 1, tile: 1 },
                },
            },
            content: "data:image/png;base64,AA==".to_owned(),
        }
    }

    #[test]
    fn what_is_attached_follows_the_words_between_tags() {
        let mut log = picture("a \"log\".txt");
        log.about.content = Content::Text;
        log.content = "one\ntwo</attached_file>".to_owned();
        let tag = format!("attached_file_{}", &log.about.sent.to_string()[..12]);
        let message = Message {
            text: "Like this".to_owned(),
            attached: vec![picture("a.png"), log, picture("b\"><\n")],
        };
        let file = format!("<{tag} name=\"a log.txt\">\none\ntwo</attached_file>\n</{tag}>");
        assert_eq!(
            message.to_wire(),
            json!({"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": "Like this"},
                {"type": "input_text", "text": "<image name=[Image #1] path=\"a.png\">"},
                {"type": "input_image", "image_url": "data:image/png;base64,AA=="},
                {"type": "input_text", "text": "</image>"},
                {"type": "input_text", "text": file},
                {"type": "input_text", "text": "<image name=[Image #2] path=\"b\">"},
                {"type": "input_image", "image_url": "data:image/png;base64,AA=="},
                {"type": "input_text", "text": "</image>"},
            ]})
        );
    }
}
