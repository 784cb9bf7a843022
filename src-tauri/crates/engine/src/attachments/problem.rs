//! Whether a model takes what is attached.

use super::Attachment;
use super::no_room;
use crate::model::Model;

/// Why these cannot be sent to this model, and what to do; `None` when they can.
pub fn problem(attachments: &[Attachment], model: &Model) -> Option<String> {
    if unseen(attachments, model) {
        return Some(format!(
            "{} does not read pictures. Choose another model, or take the pictures off the message.",
            model.slug
        ));
    }
    let (name, why) = crowded(attachments)?;
    Some(format!("{name} {why}. Take some off the message."))
}

/// The same for the messages of a turn that would be run again as one: nothing can be taken off them.
pub fn problem_again(attachments: &[Attachment], model: &Model) -> Option<String> {
    if unseen(attachments, model) {
        return Some(format!(
            "{} does not read pictures, and there are some in what would be run again. Choose another \
             model, or go on with a new message.",
            model.slug
        ));
    }
    let (name, why) = crowded(attachments)?;
    Some(format!(
        "All that was attached in this turn would be one message now, and {name} {why}. Go on with a \
         new message."
    ))
}

/// The same for a model that is at work and hears the message in the middle of it. A model that was
/// chosen meanwhile comes in at the next message.
pub fn problem_at_work(attachments: &[Attachment], model: &Model) -> Option<String> {
    unseen(attachments, model).then(|| {
        format!(
            "{} is at work until this turn ends, and does not read pictures. Wait or press Stop, or \
             take the pictures off the message.",
            model.slug
        )
    })
}

/// The first that has no room beside those before it, and why, as the end of a sentence. Another
/// model may make pictures dearer than they were when they were attached.
fn crowded(attachments: &[Attachment]) -> Option<(&str, String)> {
    (1..attachments.len()).find_map(|at| {
        let (before, one) = (&attachments[..at], &attachments[at]);
        Some((one.name.as_str(), no_room(before, one)?))
    })
}

fn unseen(attachments: &[Attachment], model: &Model) -> bool {
    !model.traits.vision && attachments.iter().any(Attachment::is_picture)
}
