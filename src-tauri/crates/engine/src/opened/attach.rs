//! What is attached to messages that are not sent yet.
//!
//! Things to attach come in two steps. They are *offered*: their bytes are taken at once, while the
//! file or the clipboard still has them. Then the composer that is on screen *accepts* the offer, and
//! they are made ready for the model that is chosen there. So neither a path nor a choice of the
//! wrong composer can come between.
//!
//! What was accepted is in the index, beside the unsent text, and survives the app.

use std::path::Path;
use std::path::PathBuf;

use super::OpenedProject;
use super::proposed::Part;
use super::proposed::Proposal;
use super::proposed::files_of;
use super::proposed::lines_of;
use crate::attachments;
use crate::attachments::AttachError;
use crate::attachments::Attachment;
use crate::attachments::MOST;
use crate::attachments::MOST_TOKENS;
use crate::attachments::Wrong;
use crate::attachments::folder;
use crate::attachments::folder::Texts;
use crate::attachments::no_room;
use crate::attachments::parts::tokens_of;
use crate::model::Model;
use crate::store::blobs::BlobId;
use crate::store::index::IndexError;
use crate::tasks::task::TaskError;

/// Things offered and not accepted yet.
#[derive(Debug, Default)]
pub(super) struct Offer {
    /// In the order in which they were given.
    given: Vec<Result<Given, AttachError>>,
    /// How many more were given than a message takes.
    left_out: usize,
}

/// One thing that was offered.
#[derive(Debug)]
enum Given {
    File(String, BlobId),
    Folder(String, Texts),
}

/// Why something was not attached as it is.
pub(super) enum Refused {
    Wrong(AttachError),
    TooLarge(Box<Proposal>, Vec<Part>),
}

impl From<AttachError> for Refused {
    fn from(error: AttachError) -> Self {
        Self::Wrong(error)
    }
}

/// What came of an offer.
#[derive(Debug)]
pub struct Added {
    /// Everything attached to the message now.
    pub attachments: Vec<Attachment>,
    /// A sentence for each thing that was not attached.
    pub refused: Vec<String>,
    /// What fits of each thing that is too large.
    pub proposals: Vec<Proposal>,
}

impl OpenedProject {
    /// Takes the bytes of files that the person chose, dropped or pasted. Gives the offer's id.
    pub fn offer_files(&self, paths: &[PathBuf]) -> String {
        let given = paths.iter().take(MOST).map(|path| {
            if path.is_dir() {
                return folder_of(path);
            }
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
        let mut proposals = Vec::new();
        let words = self
            .shared
            .index
            .unsent(self.id(), task.unwrap_or_default())?;
        let room = self
            .room(task, model)
            .saturating_sub(tokens_of(&words))
            .min(MOST_TOKENS);
        let mut left_out = offer.left_out;
        for given in offer.given {
            if there.len() >= MOST {
                left_out += 1;
                continue;
            }
            let taken: u64 = there.iter().map(|one| one.tokens).sum();
            let left = room.saturating_sub(taken);
            let ready = match given {
                Ok(Given::File(name, blob)) => self
                    .ready(&name, &blob, &there, model, (&words, left))
                    .map(|one| vec![one]),
                Ok(Given::Folder(name, texts)) => {
                    self.ready_folder(&name, texts, &there, model, (&words, left))
                }
                Err(error) => Err(error.into()),
            };
            match ready {
                Ok(ready) => {
                    for attachment in ready {
                        self.keep_attached(task, &attachment)?;
                        there.push(attachment);
                    }
                }
                Err(Refused::Wrong(error)) => refused.push(error.to_string()),
                Err(Refused::TooLarge(proposal, parts)) => {
                    self.propose(&proposal.id, parts);
                    proposals.push(*proposal);
                }
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
            proposals,
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

    fn take(&self, name: String, bytes: &[u8]) -> Result<Given, AttachError> {
        match self.shared.blobs.put(bytes) {
            Ok(blob) => Ok(Given::File(name, blob)),
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
        (words, left): (&str, u64),
    ) -> Result<Attachment, Refused> {
        let failed = |wrong| AttachError {
            name: name.to_owned(),
            wrong,
        };
        let bytes = self
            .shared
            .blobs
            .get(blob)
            .map_err(|error| failed(error.into()))?;
        if !attachments::is_picture(&bytes)
            && let Ok((text, note)) = attachments::as_text(&bytes)
            && tokens_of(&text) > left
        {
            return Err(lines_of(name, &text, note, words, left));
        }
        let made = attachments::attach(&self.shared.blobs, name, &bytes, model.traits.pictures)?;
        match no_room(others, &made) {
            Some(why) => Err(failed(Wrong::NoRoom(why)).into()),
            None => Ok(made),
        }
    }

    /// All texts of a folder, or what fits of them.
    fn ready_folder(
        &self,
        name: &str,
        texts: Texts,
        others: &[Attachment],
        model: &Model,
        (words, left): (&str, u64),
    ) -> Result<Vec<Attachment>, Refused> {
        let files = texts.files;
        let total: u64 = files.iter().map(|(_, text)| tokens_of(text)).sum();
        let places = MOST.saturating_sub(others.len());
        if total > left || files.len() > places {
            return Err(files_of(name, files, (words, left), places));
        }
        let mut made: Vec<Attachment> = Vec::new();
        for (name, text) in files {
            let before: Vec<Attachment> = others.iter().chain(&made).cloned().collect();
            made.push(self.part(&name, &text, None, &before, model)?);
        }
        Ok(made)
    }

    pub(super) fn part(
        &self,
        name: &str,
        text: &str,
        note: Option<String>,
        others: &[Attachment],
        model: &Model,
    ) -> Result<Attachment, AttachError> {
        let blobs = &self.shared.blobs;
        let mut made = attachments::attach(blobs, name, text.as_bytes(), model.traits.pictures)?;
        if note.is_some() {
            made.note = note;
        }
        match no_room(others, &made) {
            Some(why) => Err(AttachError {
                name: name.to_owned(),
                wrong: Wrong::NoRoom(why),
            }),
            None => Ok(made),
        }
    }

    pub(super) fn keep_attached(
        &self,
        task: Option<&str>,
        attachment: &Attachment,
    ) -> Result<(), IndexError> {
        self.shared.index.attach(
            self.id(),
            task.unwrap_or_default(),
            std::slice::from_ref(attachment),
        )
    }
}

fn folder_of(path: &Path) -> Result<Given, AttachError> {
    let name = path.file_name().unwrap_or(path.as_os_str());
    let name = name.to_string_lossy().into_owned();
    match folder::read(path) {
        Ok(texts) => Ok(Given::Folder(name, texts)),
        Err(wrong) => Err(AttachError { name, wrong }),
    }
}
