//! What is attached to messages that are not sent yet.
//!
//! Things to attach come in two steps. They are *offered*: their bytes are taken at once, while the
//! file or the clipboard still has them. Then the composer that is on screen *accepts* the offer, and
//! they are made ready for the model that is chosen there. So neither a path nor a choice of the
//! wrong composer can come between.
//!
//! What was accepted is in the index, beside the unsent text, and survives the app.

use std::collections::VecDeque;
use std::path::Path;
use std::path::PathBuf;

use super::OpenedProject;
use crate::agent::session::room_for_a_message;
use crate::attachments;
use crate::attachments::AttachError;
use crate::attachments::Attachment;
use crate::attachments::MOST;
use crate::attachments::MOST_TOKENS;
use crate::attachments::Wrong;
use crate::attachments::folder;
use crate::attachments::folder::Texts;
use crate::attachments::grouped;
use crate::attachments::no_room;
use crate::attachments::parts;
use crate::attachments::parts::tokens_of;
use crate::attachments::parts::too_long;
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

/// What fits of something too large, and can be attached instead.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Names it, once.
    pub id: String,
    /// What was refused: its size, the room there is, and what fits.
    pub sentence: String,
    /// What taking it does, in a few words.
    pub takes: String,
}

/// A text to attach: its name, the text, and what to know of it.
type Part = (String, String, Option<String>);

/// What proposals hold, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Proposed(VecDeque<(String, Vec<Part>)>);

/// Proposals that can still be taken.
const MOST_PROPOSED: usize = 8;

/// Why something was not attached as it is.
enum Refused {
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

    /// Attaches what was proposed. A proposal can be taken once.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index fails; what was attached by then stays.
    pub fn take_proposal(
        &self,
        proposal: &str,
        task: Option<&str>,
        model: &Model,
    ) -> Result<Added, IndexError> {
        let parts = {
            let mut proposed = self.proposed();
            let at = proposed.0.iter().position(|(id, _)| id == proposal);
            at.and_then(|at| proposed.0.remove(at))
        };
        let _one = self.attaching();
        let mut there = self.attachments(task, model)?;
        let mut refused = Vec::new();
        if parts.is_none() {
            refused.push("That proposal is gone. Attach the file again.".to_owned());
        }
        for (name, text, note) in parts.map(|(_, parts)| parts).unwrap_or_default() {
            match self.part(&name, &text, note, &there, model) {
                Ok(attachment) => {
                    self.keep_attached(task, &attachment)?;
                    there.push(attachment);
                }
                Err(error) => refused.push(error.to_string()),
            }
        }
        Ok(Added {
            attachments: there,
            refused,
            proposals: Vec::new(),
        })
    }

    /// Tokens that a message in a task, or for a new one, may take.
    pub fn room(&self, task: Option<&str>, model: &Model) -> u64 {
        let task = task.and_then(|id| self.task(id));
        let in_use = task.map_or(0, |task| task.facts().context_used);
        room_for_a_message(model, in_use)
    }

    /// What fits of words that are too long for a message, with what is attached to it; `None` when
    /// they fit, or when nothing of them does.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index fails.
    pub fn words_that_fit(
        &self,
        task: Option<&str>,
        model: &Model,
        text: &str,
    ) -> Result<Option<String>, IndexError> {
        let attached = self.attachments(task, model)?;
        let taken: u64 = attached.iter().map(|one| one.tokens).sum();
        let room = self.room(task, model).saturating_sub(taken);
        Ok(too_long(text, room).and_then(|(_, fits)| fits))
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

    fn part(
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

    fn propose(&self, id: &str, parts: Vec<Part>) {
        let mut proposed = self.proposed();
        proposed.0.push_back((id.to_owned(), parts));
        while proposed.0.len() > MOST_PROPOSED {
            proposed.0.pop_front();
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

fn folder_of(path: &Path) -> Result<Given, AttachError> {
    let name = path.file_name().unwrap_or(path.as_os_str());
    let name = name.to_string_lossy().into_owned();
    match folder::read(path) {
        Ok(texts) => Ok(Given::Folder(name, texts)),
        Err(wrong) => Err(AttachError { name, wrong }),
    }
}

/// A file that is too long, with the lines of it that fit.
fn lines_of(name: &str, text: &str, note: Option<String>, words: &str, left: u64) -> Refused {
    let fits = parts::lines_that_fit(text, words, left);
    let size = format!(
        "{name} holds about {} tokens of text, and there is room for {}.",
        grouped(tokens_of(text)),
        grouped(left)
    );
    if fits.is_empty() {
        let wrong = Wrong::NoRoom(format!(
            "holds about {} tokens of text, and there is room for {}, in which no part of it fits; cut \
             it, or put it into the folder and let the agent search it",
            grouped(tokens_of(text)),
            grouped(left)
        ));
        return Refused::Wrong(AttachError {
            name: name.to_owned(),
            wrong,
        });
    }
    let body = parts::joined(text, &fits);
    let lines = parts::in_words(&fits, text.lines().count());
    let proposal = Proposal {
        id: uuid::Uuid::new_v4().to_string(),
        sentence: format!(
            "{size} Of it, {lines} fit: about {} tokens.",
            grouped(tokens_of(&body))
        ),
        takes: "Attach these lines".to_owned(),
    };
    let note = match note {
        Some(note) => format!("Only {lines}. {note}"),
        None => format!("Only {lines}."),
    };
    Refused::TooLarge(
        Box::new(proposal),
        vec![(name.to_owned(), body, Some(note))],
    )
}

/// A folder that is too large, with the files of it that fit.
fn files_of(
    name: &str,
    files: Vec<(String, String)>,
    (words, left): (&str, u64),
    places: usize,
) -> Refused {
    const NAMED: usize = 6;
    let total: u64 = files.iter().map(|(_, text)| tokens_of(text)).sum();
    let fits = parts::files_that_fit(&files, words, left, places);
    let count = files.len();
    let size = format!(
        "holds {count} texts of about {} tokens, and there is room for {places} files of {}",
        grouped(total),
        grouped(left)
    );
    if fits.is_empty() {
        let wrong = Wrong::NoRoom(format!(
            "{size}, in which none of them fits; name it in your message and let the agent search it"
        ));
        return Refused::Wrong(AttachError {
            name: name.to_owned(),
            wrong,
        });
    }
    let chosen: Vec<Part> = files
        .into_iter()
        .enumerate()
        .filter(|(at, _)| fits.contains(at))
        .map(|(_, (name, text))| (name, text, None))
        .collect();
    let tokens: u64 = chosen.iter().map(|(_, text, _)| tokens_of(text)).sum();
    let mut named: Vec<String> = chosen
        .iter()
        .take(NAMED)
        .map(|(name, ..)| name.clone())
        .collect();
    if chosen.len() > NAMED {
        named.push(format!("and {} more", chosen.len() - NAMED));
    }
    let proposal = Proposal {
        id: uuid::Uuid::new_v4().to_string(),
        sentence: format!(
            "{name} {size}. Of these, {} fit, about {} tokens: {}.",
            chosen.len(),
            grouped(tokens),
            named.join(", ")
        ),
        takes: match chosen.len() {
            1 => "Attach this file".to_owned(),
            n => format!("Attach these {n} files"),
        },
    };
    Refused::TooLarge(Box::new(proposal), chosen)
}
