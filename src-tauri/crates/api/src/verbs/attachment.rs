//! `attachment/…`: what goes with a message besides its words.

use std::path::PathBuf;
use std::sync::Arc;

use engine::attachments::Attachment as Kept;
use engine::model::Model;
use engine::opened::OpenedProject;

use super::review::blocking;
use crate::convert;
use crate::desk::Desk;
use crate::desk::authorise;
use crate::failure::Failure;
use crate::table::Right;
use crate::types::*;

impl Desk {
    pub(crate) async fn attachment_list(&self, of: Writing) -> Result<Attachments, Failure> {
        let (project, model) = self.writing(&of)?;
        blocking(move || {
            let there = project
                .attachments(of.task.as_deref(), &model)
                .map_err(|error| convert::failed(&error))?;
            Ok(shown(&there, &model, Vec::new()))
        })
        .await
    }

    pub(crate) async fn attachment_accept(
        &self,
        accept: AttachmentAccept,
    ) -> Result<Attachments, Failure> {
        let AttachmentAccept { to, offer } = accept;
        let (project, model) = self.writing(&to)?;
        blocking(move || {
            let added = project
                .accept(&offer, to.task.as_deref(), &model)
                .map_err(|error| convert::failed(&error))?;
            Ok(shown(&added.attachments, &model, added.refused))
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
        let (project, _) = self.writing(&from)?;
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

    /// The open project and the model that will read the message.
    fn writing(&self, of: &Writing) -> Result<(Arc<OpenedProject>, Model), Failure> {
        let project = self.project()?;
        let slug = match &of.task {
            Some(task) => self.task(task)?.facts().model,
            None => self.model_or_default(of.model.clone(), &project),
        };
        Ok((project, Model::named(&slug)))
    }

    /// The model of a new task.
    pub(crate) fn model_or_default(
        &self,
        chosen: Option<String>,
        project: &OpenedProject,
    ) -> String {
        chosen.unwrap_or_else(|| {
            if project.is_demo() {
                sample::MODEL.to_owned()
            } else {
                self.engine.default_model()
            }
        })
    }
}

fn shown(attachments: &[Kept], model: &Model, refused: Vec<String>) -> Attachments {
    Attachments {
        problem: engine::opened::problem(attachments, model),
        attachments: attachments.iter().map(convert::attachment).collect(),
        refused,
    }
}
