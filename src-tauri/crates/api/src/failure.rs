//! The only shape of an error that the window sees.

use serde::Serialize;

/// What went wrong: a code for the program, a sentence for the person, the next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[error("{message} {hint}")]
pub struct Failure {
    /// What the window matches on.
    pub code: Code,
    /// One sentence that names the thing and says what is unchanged.
    pub message: String,
    /// The next step; may be empty.
    pub hint: String,
}

/// The classes of failure. A variant exists only where the window acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Code {
    /// The present state does not allow it. Shown quietly.
    Refused,
    /// It was tried and did not work. Says what is unchanged.
    Failed,
    /// What was shown is no longer what is there: ask again.
    Stale,
    /// A request cannot be sent before a model is connected.
    NoProvider,
    /// A message is too long for the model; what fits of it can be asked for.
    TooLong,
    /// The file of certificates of a provider cannot be used; told at its field.
    CaFile,
    /// The address of a proxy cannot be used; told at its field.
    Proxy,
    /// A fault of the program.
    Broken,
}

impl Failure {
    /// A refusal: the state does not allow it.
    pub fn refused(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code: Code::Refused,
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// Something was tried and did not work.
    pub fn failed(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code: Code::Failed,
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// The version asked about is no longer there.
    pub fn stale(message: impl Into<String>) -> Self {
        Self {
            code: Code::Stale,
            message: message.into(),
            hint: "Look at the newest version and decide again.".into(),
        }
    }

    /// A fault of the program.
    pub fn broken(message: impl Into<String>) -> Self {
        Self {
            code: Code::Broken,
            message: message.into(),
            hint: "Nothing in your folder was changed. Restart Greenlight if it happens again."
                .into(),
        }
    }
}
