//! What is attached to messages that are not sent yet.
//!
//! Things to attach come in two steps. They are *offered*: their bytes are taken at once, while the
//! file or the clipboard still has them. Then the composer that is on screen *accepts* the offer, and
//! they are made ready for the model that is chosen there. So neither a path nor a choice of the
//! wrong composer can come between.
//!
//! What was accepted is in the index, beside the unsent text, and survives the app.

use std::path::PathBuf;

use super::OpenedProject;
use crate::attachments;
use crate::attachments::AttachError;
use crate::attachments::Attachment;
use crate::attachments::MOST;
use crate::attachments::Wrong;
use crate::attachments::no_room;
use crate::model::Model;
use crate::store::blobs::BlobId;
use crate::store::index::IndexError;
use crate::tasks::task::TaskError;

/// Things offered and not accepted yet.
#[derive(Debug, Default)]
pub(super) struct Offer {
    /// In the order in which they were given.
    given: Vec<Result<(String, BlobId), AttachError>>,
    /// How many more were given than a message takes.
    left_out: usize,
}

/// What came of an offer.
#[derive(Debug)]
pub struct Added {
    /// Everything attached to the message now.
    pub attachments: Vec<Attachment>,
    /// A sentence for each thing that was not attached.
    pub refused: Vec<String>,
}

impl OpenedProject {
    /// Takes the bytes of files that the person chose, dropped or pasted. Gives the offer's id.
    pub fn offer_files(&self, paths: &[PathBuf]) -> String {
        let given = paths.iter().take(MOST).map(|path| {
            let (name, bytes) = attachments::read_file(path)?;
            self.take(name, &bytes)
        });
        self.keep_offer(Offer {
            given: given.collect(),
            left_out: paths.len().saturating_sub(MOST),
        })
    }

    /// Takes a picture that is no file, as it comes from a clipboard. Gives the offer's id.
    pub fn offer_picture(&self, name: &str, bytes: &[u8]) -> String {
        self.keep_offer(Offer {
            given: vec![self.take(name.to_owned(), bytes)],
            left_out: 0,
        })
    }

    /// Attaches what was offered to the message that is being written in a task, or for a new one.
    /// An offer can be accepted once.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index fails; what was attached by then stays.
    pub fn accept(
        &self,
        offer: &str,
        task: Option<&str>,
        model: &Model,
    ) -> Result<Added, IndexError> {
        let offer = self.offers().remove(offer).unwrap_or_default();
        let _one = self.attaching();
        let mut there = self.attachments(task, model)?;
        let mut refused = Vec::new();
        let mut left_out = offer.left_out;
        for given in offer.given {
            if there.len() >= MOST {
                left_out += 1;
                continue;
            }
            match given.and_then(|(name, blob)| self.ready(&name, &blob, &there, model)) {
                Ok(attachment) => {
                    self.keep_attached(task, &attachment)?;
                    there.push(attachment);
                }
                Err(error) => refused.push(error.to_string()),
            }
        }
        if left_out > 0 {
            let were = if left_out == 1 {
                "1 was"
            } else {
                &format!("{left_out} were")
            };
            refused.push(format!(
                "A message takes {MOST} attachments, so {were} left out."
            ));
        }
        Ok(Added {
            attachments: there,
            refused,
        })
    }

    /// What is attached to the message that is being written, made ready for this model.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index fails.
    pub fn attachments(
        &self,
        task: Option<&str>,
        model: &Model,
    ) -> Result<Vec<Attachment>, IndexError> {
        let mut there = Vec::new();
        for kept in self
            .shared
            .index
            .attached(self.id(), task.unwrap_or_default())?
        {
            let before = kept.clone();
            let measure = model.traits.pictures;
            let fitted = attachments::fitted(&self.shared.blobs, kept, measure);
            // One that cannot be made again is sent as it was made before.
            let fitted = fitted.unwrap_or_else(|_| before.clone());
            if fitted != before {
                self.keep_attached(task, &fitted)?;
            }
            there.push(fitted);
        }
        Ok(there)
    }

    /// Takes one off the message.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index fails.
    pub fn detach(&self, task: Option<&str>, id: &str) -> Result<(), IndexError> {
        let _one = self.attaching();
        self.shared
            .index
            .detach(self.id(), task.unwrap_or_default(), &[id.to_owned()])
    }

    /// The attachments of these ids, in this order, made ready for this model. Whether it takes them
    /// is looked at when they are sent.
    ///
    /// # Errors
    ///
    /// [`TaskError`] when one is gone.
    pub fn to_send(
        &self,
        task: Option<&str>,
        ids: &[String],
        model: &Model,
    ) -> Result<Vec<Attachment>, TaskError> {
        let there = self.attachments(task, model)?;
        ids.iter()
            .map(|id| there.iter().find(|one| one.id == *id).cloned())
            .collect::<Option<Vec<_>>>()
            .ok_or(TaskError::AttachmentGone)
    }

    /// Makes a picture ready that goes with the first message of a task. Nothing of it stays with
    /// the message that the person is writing.
    ///
    /// # Errors
    ///
    /// [`AttachError`] names the picture and what is wrong with it.
    pub fn picture(
        &self,
        name: &str,
        bytes: &[u8],
        model: &Model,
    ) -> Result<Attachment, AttachError> {
        attachments::attach_picture(&self.shared.blobs, name, bytes, model.traits.pictures)
    }

    /// The bytes of a picture or text that a message of this project shows; `None` for any other
    /// blob.
    pub fn attached_bytes(&self, blob: &str) -> Option<Vec<u8>> {
        let id: BlobId = blob.parse().ok()?;
        let unsent = self.shared.index.attached_anywhere(self.id()).ok()?;
        let shown = unsent.iter().any(|one| one.shows(&id))
            || self.tasks().iter().any(|task| task.shows(&id));
        shown.then(|| self.shared.blobs.get(&id).ok())?
    }

    fn take(&self, name: String, bytes: &[u8]) -> Result<(String, BlobId), AttachError> {
        match self.shared.blobs.put(bytes) {
            Ok(blob) => Ok((name, blob)),
            Err(error) => Err(AttachError {
                name,
                wrong: Wrong::Store(error),
            }),
        }
    }

    fn keep_offer(&self, offer: Offer) -> String {
        let id = uuid::Uuid::new_v4().to_string();
        self.offers().insert(id.clone(), offer);
        id
    }

    fn ready(
        &self,
        name: &str,
        blob: &BlobId,
        others: &[Attachment],
        model: &Model,
    ) -> Result<Attachment, AttachError> {
        let failed = |wrong| AttachError {
            name: name.to_owned(),
            wrong,
        };
        let bytes = self
            .shared
            .blobs
            .get(blob)
            .map_err(|error| failed(error.into()))?;
        let made = attachments::attach(&self.shared.blobs, name, &bytes, model.traits.pictures)?;
        match no_room(others, &made) {
            Some(why) => Err(failed(Wrong::NoRoom(why))),
            None => Ok(made),
        }
    }

    fn keep_attached(&self, task: Option<&str>, attachment: &Attachment) -> Result<(), IndexError> {
        self.shared.index.attach(
            self.id(),
            task.unwrap_or_default(),
            std::slice::from_ref(attachment),
        )
    }
}
