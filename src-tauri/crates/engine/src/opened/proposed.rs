//! What fits of something too large, and is attached in its place when the person takes it.

use std::collections::VecDeque;

use super::OpenedProject;
use super::attach::Added;
use super::attach::Refused;
use crate::agent::session::room_for_a_message;
use crate::attachments::AttachError;
use crate::attachments::Wrong;
use crate::attachments::grouped;
use crate::attachments::parts;
use crate::attachments::parts::tokens_of;
use crate::attachments::parts::too_long;
use crate::model::Model;
use crate::store::index::IndexError;

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
pub(super) type Part = (String, String, Option<String>);

/// What proposals hold, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Proposed(VecDeque<(String, Vec<Part>)>);

/// Proposals that can still be taken.
const MOST_PROPOSED: usize = 8;

impl OpenedProject {
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

    pub(super) fn propose(&self, id: &str, parts: Vec<Part>) {
        let mut proposed = self.proposed();
        proposed.0.push_back((id.to_owned(), parts));
        while proposed.0.len() > MOST_PROPOSED {
            proposed.0.pop_front();
        }
    }
}

/// A file that is too long, with the lines of it that fit.
pub(super) fn lines_of(
    name: &str,
    text: &str,
    note: Option<String>,
    words: &str,
    left: u64,
) -> Refused {
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
pub(super) fn files_of(
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
        "holds {count} texts of about {} tokens, and there is room for {} in up to {places} files",
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
