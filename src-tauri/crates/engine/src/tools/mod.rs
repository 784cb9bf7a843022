//! The tools the model may call, one file each.
//!
//! A tool call comes from a completed item of the stream, never from a partial one. [`Tools`] is
//! what the driver calls; it performs the call in the task's draft, reports progress, stops within
//! 200 ms of being told to, and always answers with text for the model, whatever went wrong.

mod apply_patch;
mod arguments;
pub mod check;
mod confine;
mod consent;
mod gate;
mod image;
mod in_draft;
mod intercept;
mod once;
mod output;
mod permission;
mod plan;
mod reading;
mod run;
mod screen;
mod shell;
mod spawn;
mod specs;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

pub use self::confine::ConfineError;
pub use self::confine::Confinement;
pub use self::in_draft::DraftTools;
use self::once::Once;
pub use self::permission::Permission;
pub use self::reading::Look;
pub use self::reading::Watched;
pub use self::specs::specs;
use crate::agent::item::ItemKind;

/// One call of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    /// The wire's call id; answers carry it back.
    pub call_id: String,
    /// The tool's name as the model gave it.
    pub name: String,
    /// What it was called with.
    pub input: ToolInput,
}

/// The argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum ToolInput {
    /// A function call's arguments: a JSON text that may be broken.
    Json(String),
    /// A custom tool's free text.
    Text(String),
    /// The action of a `local_shell_call`.
    LocalShell(Value),
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolResult {
    /// The `output` field for the model: a string, or content parts for pictures.
    pub output: Value,
    /// The completed item for the person.
    pub item: ItemKind,
}

/// Takes the item's newest state while a call is under way (its kind as it is shown at the start,
/// then pieces of output).
pub trait Progress: Send + Sync {
    /// The item's first state, before anything has run.
    fn started(&self, item: ItemKind);
    /// A piece of the command's output, sanitised, in order.
    fn output(&self, chunk: &str);
}

/// Performs tool calls for one task.
pub trait Tools: Send + Sync {
    /// The tool specifications sent to the model, in a stable order.
    fn specs(&self) -> Vec<Value>;

    /// Performs one call. Never fails: what went wrong is in the result, in words for the model.
    fn call<'a>(
        &'a self,
        call: ToolCall,
        progress: &'a dyn Progress,
        stop: CancellationToken,
    ) -> Pin<Box<dyn Future<Output = ToolResult> + Send + 'a>>;
}

/// A call that cannot be carried out as it stands, with what is wrong as the end of a sentence.
#[derive(Debug, PartialEq, Eq)]
struct BadCall(String);

impl ToolInput {
    /// The arguments of a function call.
    fn arguments<T: DeserializeOwned>(&self) -> Result<T, BadCall> {
        let parsed = match self {
            Self::Json(text) | Self::Text(text) => {
                serde_json::from_str::<Once>(text).and_then(|_| serde_json::from_str(text))
            }
            Self::LocalShell(action) => serde_json::from_value(action.clone()),
        };
        parsed.map_err(|error| {
            let what = match error.is_data() {
                true => "the arguments do not fit",
                false => "the arguments are not valid JSON",
            };
            BadCall(format!("{what} ({error})"))
        })
    }
}

/// Does work that waits for the disk off the threads that must not wait.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}
