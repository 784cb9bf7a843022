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
    // Another model may make pictures dearer than they were when they were attached.
    (1..attachments.len()).find_map(|at| {
        let (before, one) = (&attachments[..at], &attachments[at]);
        let why = no_room(before, one)?;
        Some(format!("{} {why}. Take some off the message.", one.name))
    })
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

fn unseen(attachments: &[Attachment], model: &Model) -> bool {
    !model.traits.vision && attachments.iter().any(Attachment::is_picture)
}
