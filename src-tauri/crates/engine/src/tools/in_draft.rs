//! The tools of one task, over its draft.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::BadCall;
use super::Confinement;
use super::Permission;
use super::Progress;
use super::ToolCall;
use super::ToolInput;
use super::ToolResult;
use super::Tools;
use super::apply_patch;
use super::arguments::ShellCall;
use super::consent;
use super::consent::Consent;
use super::image;
use super::output::Kept;
use super::output::Limit;
use super::output::Shape;
use super::output::Unit;
use super::output::report;
use super::plan;
use super::shell;
use super::specs::specs;
use crate::agent::item::ItemKind;
use crate::approvals::Asker;
use crate::model::Model;
use crate::model::catalog::OutputLimit;
use crate::network::dial::Dial;
use crate::network::dial::Direct;
use crate::network::dial::System;
use crate::project::draft::Draft;

/// The tools of one task. Cheap to make; made anew when the model or the mode changes.
#[derive(Debug, Clone)]
pub struct DraftTools {
    pub(super) draft: Draft,
    pub(super) confinement: Arc<Confinement>,
    pub(super) permission: Permission,
    /// Whom to ask; `None` where nobody is there.
    pub(super) asker: Option<Asker>,
    pub(super) dial: Arc<dyn Dial>,
    model: Model,
}

impl DraftTools {
    /// `confinement` is shared by all tools of a task: it lets one command run at a time.
    pub fn new(
        draft: Draft,
        confinement: Arc<Confinement>,
        permission: Permission,
        model: Model,
    ) -> Self {
        Self {
            draft,
            confinement,
            permission,
            asker: None,
            dial: Arc::new(Direct::new(System)),
            model,
        }
    }

    /// The same tools with somebody to ask about what is outside of the mode.
    pub fn asking(self, asker: Asker) -> Self {
        Self {
            asker: Some(asker),
            ..self
        }
    }

    /// The same tools for another model.
    pub fn with_model(self, model: Model) -> Self {
        Self { model, ..self }
    }

    pub(super) fn output_limit(&self) -> Limit {
        let unit = match self.model.traits.output_limit {
            OutputLimit::Tokens(_) => Unit::Tokens,
            OutputLimit::Bytes(_) => Unit::Bytes,
        };
        Limit {
            bytes: self.model.traits.output_limit.bytes(),
            unit,
        }
    }

    /// Applies a patch, whichever way it was handed over.
    pub(super) async fn patch(
        &self,
        call_id: &str,
        folder: PathBuf,
        text: String,
        shape: Shape,
        stop: &CancellationToken,
    ) -> ToolResult {
        let paths: Vec<String> = patch::parse(&text)
            .map(|patch| patch.paths().into_iter().map(str::to_owned).collect())
            .unwrap_or_default();
        let refused = match consent::edit(self, &text, &paths, stop).await {
            Consent::Given(()) => None,
            Consent::Refused(refusal) => Some((refusal.to_model, refusal.to_person)),
            Consent::Stopped => {
                let sentence = "the turn was stopped before it was allowed.".to_owned();
                Some((sentence.clone(), sentence))
            }
        };
        if let Some((told, reason)) = refused {
            let action = match paths.as_slice() {
                [] => "Edit files".to_owned(),
                paths => format!("Edit {}", paths.join(", ")),
            };
            return ToolResult {
                output: format!("The patch was not applied: {told}").into(),
                item: ItemKind::Refused { action, reason },
            };
        }
        let started = Instant::now();
        let draft = self.draft.clone();
        let call_id = call_id.to_owned();
        // A command under way could be reading or writing the same files.
        let turn = self.confinement.turn.lock().await;
        let applied = super::blocking(move || {
            draft
                .refresh()
                .map_err(|error| format!("{error} The patch was not applied."))?;
            apply_patch::apply(&draft, &call_id, &folder, &text)
        })
        .await;
        drop(turn);
        let (code, told, item) = match applied {
            Ok(done) => (
                0,
                done.summary,
                ItemKind::Patch {
                    files: done.files,
                    error: None,
                },
            ),
            Err(error) => (
                1,
                error.clone(),
                ItemKind::Patch {
                    files: Vec::new(),
                    error: Some(error),
                },
            ),
        };
        let mut output = Kept::default();
        output.push(&told);
        let seconds = started.elapsed().as_secs_f64();
        let told = report(shape, &output, code, seconds, "", self.output_limit());
        ToolResult {
            output: told.into(),
            item,
        }
    }

    async fn perform(
        &self,
        call: &ToolCall,
        progress: &dyn Progress,
        stop: &CancellationToken,
    ) -> Result<ToolResult, BadCall> {
        let id = &call.call_id;
        match call.name.as_str() {
            "shell_command" | "shell" | "container.exec" | "local_shell" | "exec_command" => {
                let shell = ShellCall::parse(&call.name, &call.input)?;
                Ok(shell::run(self, id, shell, progress, stop).await)
            }
            "apply_patch" => {
                let text = match &call.input {
                    ToolInput::Text(text) => text.clone(),
                    other => {
                        let fields: serde_json::Map<String, Value> = other.arguments()?;
                        let text = fields.get("input").or_else(|| fields.get("patch"));
                        let text = text.and_then(Value::as_str);
                        text.ok_or_else(|| BadCall("`input` is missing".to_owned()))?
                            .to_owned()
                    }
                };
                let folder = PathBuf::new();
                Ok(self.patch(id, folder, text, Shape::Lines, stop).await)
            }
            "update_plan" => plan::update(&call.input),
            "view_image" => {
                let (draft, model) = (self.draft.clone(), self.model.clone());
                let input = call.input.clone();
                super::blocking(move || image::view(&draft, &model, &input)).await
            }
            name => Err(BadCall(format!(
                "there is no tool `{name}`; there are {}",
                self.names().join(", ")
            ))),
        }
    }

    fn names(&self) -> Vec<String> {
        let named =
            |spec: &Value| Some(spec.get("name").or(spec.get("type"))?.as_str()?.to_owned());
        self.specs().iter().filter_map(named).collect()
    }
}

impl Tools for DraftTools {
    fn specs(&self) -> Vec<Value> {
        specs(&self.model.traits)
    }

    fn call<'a>(
        &'a self,
        call: ToolCall,
        progress: &'a dyn Progress,
        stop: CancellationToken,
    ) -> Pin<Box<dyn Future<Output = ToolResult> + Send + 'a>> {
        Box::pin(async move {
            let performed = self.perform(&call, progress, &stop).await;
            performed.unwrap_or_else(|BadCall(error)| ToolResult {
                output: format!("The call of `{}` was not carried out: {error}.", call.name).into(),
                item: ItemKind::BadCall {
                    tool: call.name,
                    error,
                },
            })
        })
    }
}
