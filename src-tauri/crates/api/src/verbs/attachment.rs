//! `attachment/…`: what goes with a message besides its words.

use std::path::PathBuf;
use std::sync::Arc;

use engine::attachments::Attachment as Kept;
use engine::attachments::problem;
use engine::model::Model;
use engine::opened::OpenedProject;
use engine::opened::Proposal;
use engine::tasks::task::Task as LiveTask;

use super::review::blocking;
use crate::convert;
use crate::desk::Desk;
use crate::desk::authorise;
use crate::failure::Failure;
use crate::table::Right;
use crate::types::*;

impl Desk {
    pub(crate) async fn attachment_list(&self, of: Writing) -> Result<Attachments, Failure> {
        let message = self.writing(of)?;
        blocking(move || {
            let there = message
                .project
                .attachments(message.id(), &message.model)
                .map_err(|error| convert::failed(&error))?;
            Ok(message.shown(&there, Vec::new(), &[]))
        })
        .await
    }

    pub(crate) async fn attachment_accept(
        &self,
        accept: AttachmentAccept,
    ) -> Result<Attachments, Failure> {
        let message = self.writing(accept.to)?;
        blocking(move || {
            let added = message
                .project
                .accept(&accept.offer, message.id(), &message.model)
                .map_err(|error| convert::failed(&error))?;
            Ok(message.shown(&added.attachments, added.refused, &added.proposals))
        })
        .await
    }

    pub(crate) async fn attachment_take(
        &self,
        take: AttachmentTake,
    ) -> Result<Attachments, Failure> {
        let message = self.writing(take.to)?;
        blocking(move || {
            let added = message
                .project
                .take_proposal(&take.proposal, message.id(), &message.model)
                .map_err(|error| convert::failed(&error))?;
            Ok(message.shown(&added.attachments, added.refused, &[]))
        })
        .await
    }

    pub(crate) async fn text_fit(&self, fit: TextFit) -> Result<TextFitted, Failure> {
        let message = self.writing(fit.of)?;
        blocking(move || {
            let text = message
                .project
                .words_that_fit(message.id(), &message.model, fit.text.trim())
                .map_err(|error| convert::failed(&error))?;
            Ok(TextFitted { text })
        })
        .await
    }

    pub(crate) async fn attachment_add(&self, add: AttachmentAdd) -> Result<Attachments, Failure> {
        let AttachmentAdd { to, paths } = add;
        let project = self.project()?;
        let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
        let offer = blocking(move || Ok(project.offer_files(&paths))).await?;
        self.attachment_accept(AttachmentAccept { to, offer }).await
    }

    pub(crate) async fn attachment_remove(
        &self,
        remove: AttachmentRemove,
    ) -> Result<Attachments, Failure> {
        let AttachmentRemove { from, attachment } = remove;
        let project = self.project()?;
        let task = from.task.clone();
        blocking(move || {
            project
                .detach(task.as_deref(), &attachment)
                .map_err(|error| convert::failed(&error))
        })
        .await?;
        self.attachment_list(from).await
    }

    pub(crate) async fn attachment_bytes(&self, of: AttachmentBytes) -> Result<Vec<u8>, Failure> {
        let project = self.project()?;
        blocking(move || {
            project.attached_bytes(&of.content).ok_or_else(|| {
                Failure::failed(
                    "That attachment is not in Greenlight's store any more.",
                    "Attach it again to see it.",
                )
            })
        })
        .await
    }

    /// Takes the bytes of files that the person chose or pasted, for the message that is on screen.
    /// Gives the offer that the page accepts.
    ///
    /// # Errors
    ///
    /// A [`Failure`] when no folder is open or the window may not ask.
    pub async fn offer_files(&self, window: &str, paths: Vec<PathBuf>) -> Result<String, Failure> {
        authorise(window, "attaching files", Right::Window)?;
        let project = self.project()?;
        blocking(move || Ok(project.offer_files(&paths))).await
    }

    /// The same for a picture that is no file, as it comes from a clipboard.
    ///
    /// # Errors
    ///
    /// A [`Failure`] when no folder is open or the window may not ask.
    pub async fn offer_picture(
        &self,
        window: &str,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<String, Failure> {
        authorise(window, "attaching a picture", Right::Window)?;
        let project = self.project()?;
        let name = name.to_owned();
        blocking(move || Ok(project.offer_picture(&name, &bytes))).await
    }

    fn writing(&self, of: Writing) -> Result<Message, Failure> {
        let project = self.project()?;
        let task = of.task.as_deref().map(|id| self.task(id)).transpose()?;
        let slug = match &task {
            Some(task) => task.facts().model,
            None => self.for_a_new_task(of.model.as_deref(), &project)?.0.model,
        };
        let model = project.model(&slug);
        Ok(Message {
            project,
            task,
            model,
        })
    }
}

/// A message that is being written.
struct Message {
    project: Arc<OpenedProject>,
    /// None for a new task.
    task: Option<Arc<LiveTask>>,
    /// What is attached is made ready for it.
    model: Model,
}

impl Message {
    fn id(&self) -> Option<&str> {
        self.task.as_ref().map(|task| task.id())
    }

    fn shown(
        &self,
        attachments: &[Kept],
        refused: Vec<String>,
        proposals: &[Proposal],
    ) -> Attachments {
        Attachments {
            problem: match &self.task {
                Some(task) => task.problem(attachments),
                None => problem(attachments, &self.model),
            },
            attachments: attachments.iter().map(convert::attachment).collect(),
            refused,
            proposals: proposals.iter().map(convert::proposal).collect(),
        }
    }
}
