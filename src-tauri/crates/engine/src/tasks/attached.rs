//! What is attached to the messages of a task: whether it can be sent now, what of it is, and what is
//! shown of it.

use super::task::Task;
use super::task::TaskError;
use crate::agent::driver::Attached;
use crate::agent::item::ItemKind;
use crate::attachments;
use crate::attachments::Attachment;
use crate::model::Model;
use crate::store::blobs::BlobId;

impl Task {
    /// Why these cannot be sent in this task now, and what to do; `None` when they can.
    pub fn problem(&self, attachments: &[Attachment]) -> Option<String> {
        let at_work = self.running().as_ref().map(|running| running.model.clone());
        self.problem_with(attachments, at_work.as_ref())
    }

    /// The message may be heard by the model at work, and by the one that was chosen for the next
    /// turn when this one ends before.
    pub(super) fn problem_with(
        &self,
        attachments: &[Attachment],
        at_work: Option<&Model>,
    ) -> Option<String> {
        let chosen = self.model();
        attachments::problem(attachments, &chosen)
            .or_else(|| attachments::problem_at_work(attachments, at_work?))
    }

    /// An attachment with what is sent of it.
    pub(super) fn attached(&self, about: Attachment) -> Result<Attached, TaskError> {
        let bytes = match self.shared.blobs.get(&about.sent) {
            Ok(bytes) => bytes,
            Err(source) => {
                return Err(TaskError::AttachmentLost {
                    name: about.name,
                    source,
                });
            }
        };
        let content = if about.is_picture() {
            images::data_url(&bytes)
        } else {
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Ok(Attached { about, content })
    }

    /// Whether a message of the task shows this blob.
    pub(crate) fn shows(&self, blob: &BlobId) -> bool {
        self.lock().items.iter().any(|item| match &item.kind {
            ItemKind::Message { attachments, .. } => attachments.iter().any(|one| one.shows(blob)),
            _ => false,
        })
    }
}
