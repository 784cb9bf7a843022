//! What is said of a conversation that was made shorter.

use engine::agent::item::Compacted;
use engine::attachments::grouped;

use crate::types::ItemKind;

pub(super) fn item(about: &Compacted) -> ItemKind {
    if about.after == 0 {
        return ItemKind::Compaction {
            text: "Making the conversation shorter for the model…".to_owned(),
            detail: String::new(),
        };
    }
    let text = format!(
        "Made the conversation shorter for the model: about {} tokens, {} before.",
        grouped(about.after),
        grouped(about.before)
    );
    ItemKind::Compaction {
        text,
        detail: detail(about),
    }
}

fn detail(about: &Compacted) -> String {
    let mut said = vec![format!(
        "Kept word for word: {} of yours.",
        counted(about.whole, "message")
    )];
    if about.cut > 0 {
        said.push(format!(
            "Cut in the middle: {}.",
            counted(about.cut, "message")
        ));
    }
    if about.left_out > 0 {
        said.push(format!(
            "Left out: {} of yours.",
            counted(about.left_out, "older message")
        ));
    }
    if about.pictures > 0 {
        said.push(format!(
            "Named and not sent again: {}.",
            counted(about.pictures, "picture")
        ));
    }
    said.push(format!(
        "Not sent again: {} of the agent's steps.",
        counted(about.steps, "result")
    ));
    match &about.without {
        Some(why) => said.push(format!(
            "There is no summary by the model, only what Greenlight knows itself: {why}"
        )),
        None if about.sealed => {
            said.push("The summary is the provider's own, and only it can read that.".to_owned());
        }
        None => {}
    }
    said.push("Nothing is lost here: all of it stays above.".to_owned());
    said.join(" ")
}

fn counted(number: u32, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        n => format!("{n} {thing}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(about: &Compacted) -> (String, String) {
        match item(about) {
            ItemKind::Compaction { text, detail } => (text, detail),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn it_is_said_in_numbers_what_was_kept_and_what_was_not() {
        let (text, detail) = said(&Compacted {
            before: 123_456,
            after: 7_890,
            whole: 1,
            cut: 2,
            left_out: 3,
            steps: 1,
            pictures: 1,
            sealed: true,
            without: None,
        });
        assert!(
            text.contains("about 7,890 tokens, 123,456 before"),
            "{text}"
        );
        for part in [
            "word for word: 1 message of you",
            "middle: 2 messages",
            "Left out: 3 older messages of you",
            "not sent again: 1 picture.",
            "1 result of the agent's",
            "only it can read",
        ] {
            assert!(detail.contains(part), "{part}: {detail}");
        }
        let (text, detail) = said(&Compacted::default());
        assert!(text.contains("Making") && detail.is_empty());
        let (_, detail) = said(&Compacted {
            after: 1,
            without: Some("`m` answered with nothing.".to_owned()),
            ..Compacted::default()
        });
        assert!(detail.contains("no summary by the model") && detail.contains("with nothing"));
    }
}
