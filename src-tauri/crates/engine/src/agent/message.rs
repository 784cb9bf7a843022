//! What a person sends: words and pictures.

use serde_json::Value;
use serde_json::json;

/// A message of the person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// What was typed.
    pub text: String,
    /// The attached pictures in order.
    pub images: Vec<ImageInput>,
}

/// One attached picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageInput {
    /// The picture itself, as a `data:` URL.
    pub data_url: String,
    /// What it is called: the blob id under which the caller keeps it, or a file name. The item
    /// that shows the message lists these.
    pub name: String,
}

impl Message {
    /// A message without pictures.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            images: Vec::new(),
        }
    }

    /// The message as the model reads it: the words, then each picture between two tags that
    /// give it a number to be referred to by.
    pub fn to_wire(&self) -> Value {
        let mut content = Vec::new();
        if !self.text.is_empty() {
            content.push(json!({"type": "input_text", "text": self.text}));
        }
        for (number, image) in (1..).zip(&self.images) {
            let name: String = image
                .name
                .chars()
                .filter(|c| !c.is_control() && !"\"<>".contains(*c))
                .collect();
            let open = format!("<image name=[Image #{number}] path=\"{name}\">");
            content.push(json!({"type": "input_text", "text": open}));
            content.push(json!({"type": "input_image", "image_url": image.data_url}));
            content.push(json!({"type": "input_text", "text": "</image>"}));
        }
        json!({"type": "message", "role": "user", "content": content})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_follow_the_words_between_numbered_tags() {
        let image = |name: &str| ImageInput {
            data_url: "data:image/png;base64,AA==".to_owned(),
            name: name.to_owned(),
        };
        let message = Message {
            text: "Like this".to_owned(),
            images: vec![image("a.png"), image("b\"><\n")],
        };
        assert_eq!(
            message.to_wire(),
            json!({"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": "Like this"},
                {"type": "input_text", "text": "<image name=[Image #1] path=\"a.png\">"},
                {"type": "input_image", "image_url": "data:image/png;base64,AA=="},
                {"type": "input_text", "text": "</image>"},
                {"type": "input_text", "text": "<image name=[Image #2] path=\"b\">"},
                {"type": "input_image", "image_url": "data:image/png;base64,AA=="},
                {"type": "input_text", "text": "</image>"},
            ]})
        );
    }
}
