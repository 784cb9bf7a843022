//! The person's own edits of a draft: one file at a time, as their change, never over another's.
//!
//! An edit names the version that it starts from. When the draft's file holds another one by now,
//! nothing is written and both are there. While a command of the agent runs, nothing is written
//! either, because what the command changed could not be told from it.
//!
//! What is typed and not saved is kept beside the unsent text of the composer.

use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::sync::PoisonError;

use tokio_util::sync::CancellationToken;

use super::state::Happened;
use super::task::Task;
use super::task::TaskError;
use crate::event::Event;
use crate::project::draft::Change;
use crate::project::draft::DraftError;
use crate::project::draft::Edit;
use crate::project::files::text;
use crate::project::files::text::Unwritable;
use crate::project::ledger::Entry;
use crate::project::path::RelPath;
use crate::store::blobs::BlobId;
use crate::store::index::unsaved::UnsavedRow;
use crate::store::log::Record;

/// What a task is called that began with an edit and not with a message.
pub const EDITS_BY_YOU: &str = "Edits by you";

/// Begins the ledger's name of each edit of the person.
const BY_YOU: &str = "you:";

/// Whether a ledger entry is the person's own doing.
pub fn is_by_you(entry: &Entry) -> bool {
    entry.call_id.starts_with(BY_YOU)
}

/// How saving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// The draft holds the text, in this version.
    Written(BlobId),
    /// The draft's file is another one by now. Nothing was written; the text is still kept.
    Moved,
}

/// Why an edit was not saved. The draft is unchanged and the text is kept as it was typed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The person does not trust the folder, or has not been asked yet.
    #[error(
        "You only look in this folder, so no file was changed. What you typed is kept; trust the \
         folder first, then try again."
    )]
    NotTrusted,
    /// A command of the agent is under way.
    #[error(
        "The agent is running a command in this private copy, so nothing was saved. Your text is \
         kept; save again when the command has ended."
    )]
    CommandRunning,
    /// There is no draft yet.
    #[error(
        "This task has no private copy yet, so there is nothing to edit. Your text is kept; try \
         again when the copy is made."
    )]
    NoDraft,
    /// The private copy could not be made.
    #[error("{0} Nothing was changed.")]
    NoCopy(String),
    /// The encoding has no such letter.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// The draft refused.
    #[error("The text was not saved: {0}. It is kept as you typed it; try again.")]
    Draft(#[from] DraftError),
    /// The task cannot be edited, or could not be kept.
    #[error(transparent)]
    Task(#[from] TaskError),
}

impl Task {
    /// Puts a text into a file of the draft, as the person's own change. `version` is what the
    /// file held when the person began.
    ///
    /// # Errors
    ///
    /// [`EditError`]; then nothing was written.
    pub fn save_text(
        &self,
        path: &RelPath,
        version: &BlobId,
        edited: &str,
    ) -> Result<Saved, EditError> {
        // An apply or undo would otherwise find other bytes than it just looked at.
        let _moving = self.moving();
        if self.shared.is_closed() {
            return Err(TaskError::Closed.into());
        }
        if !self.shared.is_trusted() {
            return Err(EditError::NotTrusted);
        }
        if self.is_checking() {
            return Err(TaskError::Checking.into());
        }
        let commands = self.commands();
        let _between = match &commands {
            Some(commands) => Some(
                commands
                    .between_commands()
                    .ok_or(EditError::CommandRunning)?,
            ),
            None => None,
        };
        self.lock()
            .state
            .after(Happened::Edited)
            .map_err(TaskError::from)?;
        let draft = self.draft().ok_or(EditError::NoDraft)?;
        let before = match draft.read_up_to(path, text::LARGEST) {
            Ok(before) if BlobId::of(&before) == *version => before,
            Ok(_) | Err(DraftError::NotFound { .. }) => return Ok(Saved::Moved),
            Err(error) => return Err(error.into()),
        };
        let bytes = text::to_bytes(&before, edited)?;
        let after = BlobId::of(&bytes);
        if bytes != before {
            let call = format!("{BY_YOU}{}", uuid::Uuid::now_v7());
            let change = Change::Write { bytes, mode: None };
            let edit = Edit {
                path: path.clone(),
                change,
            };
            match draft.edit_from(&call, &[edit], Some(version)) {
                Ok(_) => {}
                Err(DraftError::Moved { .. }) => return Ok(Saved::Moved),
                Err(error) => return Err(error.into()),
            }
            self.edited(call, path);
        }
        if let Err(error) = self.keep_unsaved(path, None) {
            // Kept once too often loses nothing.
            self.not_kept(&error);
        }
        drop(_between);
        drop(_moving);
        self.recount();
        self.shared.tell(Event::ChangesChanged {
            task: self.id.clone(),
        });
        Ok(Saved::Written(after))
    }

    /// Follows an edit that is in the draft; what fails from here on is told and no error of it.
    fn edited(&self, call: String, path: &RelPath) {
        let kept = {
            let mut inner = self.lock();
            let record = Record::Edited {
                call,
                path: path.clone(),
                at: super::now(),
            };
            inner
                .log
                .append_or_hold(&record)
                .and_then(|()| inner.log.sync())
        };
        if let Err(error) = kept {
            self.not_kept(&error);
        }
        if let Some(Err(error)) = self.draft().map(|draft| draft.sync()) {
            self.not_kept(&error);
        }
        let turn = self.lock().turn_state;
        if let Err(error) = self.happened(Happened::Edited, turn) {
            self.not_kept(&error);
        }
    }

    /// Makes the private copy of a task that begins with an edit.
    pub(crate) async fn ready_for_edits(self: &Arc<Self>) -> Result<(), EditError> {
        let made = self.clone().ready_draft(CancellationToken::new()).await;
        made.map_err(EditError::NoCopy)?;
        let turn = self.lock().turn_state;
        self.happened(Happened::BegunByEdit, turn)?;
        Ok(())
    }

    /// Whether it began with an edit and nothing was said in it yet.
    pub(crate) fn is_for_edits(&self) -> bool {
        let inner = self.lock();
        inner.turn == 0 && inner.title == EDITS_BY_YOU && self.draft().is_some()
    }

    /// Text typed into a file and not saved.
    ///
    /// # Errors
    ///
    /// [`TaskError::Index`] when the index could not be read.
    pub fn unsaved(&self, path: &RelPath) -> Result<Option<UnsavedRow>, TaskError> {
        let (index, project) = (&self.shared.index, &self.shared.project_id);
        Ok(index.unsaved(project, &self.id, path.as_bytes())?)
    }

    /// The files that hold text typed and not saved.
    ///
    /// # Errors
    ///
    /// [`TaskError::Index`] when the index could not be read.
    pub fn unsaved_paths(&self) -> Result<Vec<RelPath>, TaskError> {
        let (index, project) = (&self.shared.index, &self.shared.project_id);
        let paths = index.unsaved_paths(project, &self.id)?;
        Ok(paths
            .iter()
            .filter_map(|bytes| RelPath::new(std::ffi::OsStr::from_bytes(bytes)))
            .collect())
    }

    /// Keeps text typed into a file and not saved; `None` gives it up.
    ///
    /// # Errors
    ///
    /// [`TaskError::Index`] when it could not be kept.
    pub fn keep_unsaved(
        &self,
        path: &RelPath,
        unsaved: Option<&UnsavedRow>,
    ) -> Result<(), TaskError> {
        let (index, project) = (&self.shared.index, &self.shared.project_id);
        index.keep_unsaved(project, &self.id, path.as_bytes(), unsaved)?;
        Ok(())
    }

    fn commands(&self) -> Option<Arc<crate::tools::Confinement>> {
        self.commands
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
