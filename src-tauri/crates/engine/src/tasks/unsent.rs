//! What was written to the agent and not sent, or sent and not heard: it waits for the next message.
//!
//! What was attached to a message that is given back is attached again, before what was attached since.

use super::shared::Shared;
use super::task::Task;
use super::task::TaskError;
use crate::agent::driver::Message;
use crate::attachments::Attachment;
use crate::store::log::Log;
use crate::store::log::Record;

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
    pub(super) attachments: Vec<Attachment>,
}

impl Unsent {
    pub(super) fn of(message: &Message) -> Self {
        Self {
            text: message.text.clone(),
            attachments: message.attachments(),
        }
    }
}

/// Puts messages that the agent did not hear before what the person is writing now, and notes it in
/// the task's log, so that no start gives them back once more.
pub(super) fn give_back(
    shared: &Shared,
    task: &str,
    log: &mut Log,
    messages: &[Unsent],
) -> Result<(), TaskError> {
    let (index, project) = (&shared.index, &shared.project_id);
    let attachments: Vec<Attachment> = messages
        .iter()
        .flat_map(|message| message.attachments.iter().cloned())
        .collect();
    index.attach_before(project, task, &attachments)?;
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
    for Unsent { text, attachments } in messages.iter().cloned() {
        log.append_or_hold(&Record::GivenBack { text, attachments })?;
    }
    Ok(log.sync()?)
}

impl Task {
    /// Makes messages that the agent did not hear unsent text again.
    ///
    /// # Errors
    ///
    /// [`TaskError`] when it could not be kept. The log still has them then, and the next start gives
    /// them back.
    pub(super) fn give_back(&self, messages: &[Unsent]) -> Result<(), TaskError> {
        give_back(&self.shared, &self.id, &mut self.lock().log, messages)
    }

    /// What was typed and attached is sent now. That it is kept as unsent too loses nothing.
    pub(super) fn forget_unsent(&self, message: &Message) {
        let (index, project) = (&self.shared.index, &self.shared.project_id);
        let attached = message.attached.iter();
        let ids: Vec<String> = attached.map(|one| one.about.id.clone()).collect();
        let forgotten = index
            .keep_unsent(project, &self.id, "")
            .and_then(|()| index.detach(project, &self.id, &ids));
        if let Err(error) = forgotten {
            self.not_kept(&error);
        }
    }
}
