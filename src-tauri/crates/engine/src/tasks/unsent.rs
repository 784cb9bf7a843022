//! What was written to the agent and not sent, or sent and not heard: it waits for the next message.
//!
//! Pictures that were given back go with that message, before those attached to it since.

use super::shared::Shared;
use super::task::Task;
use super::task::TaskError;
use crate::agent::driver::ImageInput;
use crate::agent::driver::Message;
use crate::event::Event;

/// What becomes of the text that the person is typing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typed {
    /// It is what is sent now.
    Sent,
    /// Something else is sent; it stays as it is.
    Stays,
}

/// A message that is not in the hands of the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unsent {
    pub(super) text: String,
    /// Blob ids.
    pub(super) pictures: Vec<String>,
}

impl Unsent {
    pub(super) fn of(message: &Message) -> Self {
        Self {
            text: message.text.clone(),
            pictures: message
                .images
                .iter()
                .map(|image| image.name.clone())
                .collect(),
        }
    }
}

/// Puts messages that the agent did not hear before what the person is typing now.
pub(super) fn give_back(shared: &Shared, task: &str, messages: &[Unsent]) -> Result<(), TaskError> {
    let (index, project) = (&shared.index, &shared.project_id);
    let typed = index.unsent(project, task)?;
    let mut all: Vec<&str> = messages
        .iter()
        .map(|message| message.text.as_str())
        .filter(|text| !text.is_empty() && !typed.contains(text))
        .collect();
    if !typed.is_empty() {
        all.push(&typed);
    }
    let unsent = all.join("\n\n");
    if unsent != typed {
        index.keep_unsent(project, task, &unsent)?;
    }
    let there = index.unsent_pictures(project, task)?;
    let mut pictures: Vec<String> = Vec::new();
    let given = messages.iter().flat_map(|message| &message.pictures);
    for picture in given.chain(&there) {
        if !pictures.contains(picture) {
            pictures.push(picture.clone());
        }
    }
    if pictures != there {
        index.keep_unsent_pictures(project, task, &pictures)?;
    }
    Ok(())
}

impl Task {
    /// The pictures that were given back. One that cannot be read any more is said and left out,
    /// so that it does not hold up every message.
    pub(super) fn given_back(&self) -> Result<Vec<ImageInput>, TaskError> {
        let shared = &self.shared;
        let mut images = Vec::new();
        for name in shared.index.unsent_pictures(&shared.project_id, &self.id)? {
            let bytes = name.parse().ok().map(|id| shared.blobs.get(&id));
            let image = match bytes {
                Some(Ok(bytes)) => self.image(name, &bytes),
                Some(Err(error)) => Err(error.into()),
                None => Err(TaskError::NotAPicture { name }),
            };
            match image {
                Ok(image) => images.push(image),
                Err(error) => shared.tell(Event::Notice {
                    message: format!("A picture that was given back is not sent: {error}"),
                    hint: "Attach it again.".to_owned(),
                }),
            }
        }
        Ok(images)
    }

    /// What was typed is sent now. That it is kept as unsent too loses nothing.
    pub(super) fn forget_unsent(&self) {
        let (index, project) = (&self.shared.index, &self.shared.project_id);
        let forgotten = index
            .keep_unsent(project, &self.id, "")
            .and_then(|()| index.keep_unsent_pictures(project, &self.id, &[]));
        if let Err(error) = forgotten {
            self.not_kept(&error);
        }
    }
}
