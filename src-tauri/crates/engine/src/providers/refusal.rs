//! Why a request cannot be sent.

use crate::credentials::KeychainError;

/// Why a request cannot be sent. Nothing was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// OpenAI is asked and there is no key for it.
    #[error("No model is connected, so nothing was sent.")]
    NotConnected,
    /// A key was saved, and the keychain has none any more.
    #[error("The key for {name} is not in the keychain any more, so nothing was sent.")]
    KeyGone {
        /// The provider.
        name: String,
    },
    /// The keychain does not give the key.
    #[error("The key for {name} cannot be read, because {why}. Nothing was sent.")]
    Keychain {
        /// The provider.
        name: String,
        /// Why.
        why: KeychainError,
    },
    /// The address or the key cannot be used.
    #[error("{0} Nothing was sent.")]
    Unusable(String, Source),
}

/// Where what cannot be used was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// By the environment.
    Environment,
    /// In Settings.
    Settings,
}

impl ConnectError {
    /// The next step for the person.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotConnected => {
                "Add a key or another provider in Settings (Ctrl+,), or start Greenlight with \
                 OPENAI_API_KEY, OPENAI_BASE_URL or AZURE_OPENAI_ENDPOINT set."
            }
            Self::KeyGone { .. } => "Enter it again in Settings (Ctrl+,).",
            Self::Keychain { why, .. } => why.hint(),
            Self::Unusable(_, Source::Environment) => {
                "Correct OPENAI_BASE_URL and OPENAI_API_KEY, or AZURE_OPENAI_ENDPOINT and \
                 AZURE_OPENAI_KEY, and start Greenlight again, or choose another provider in Settings \
                 (Ctrl+,)."
            }
            Self::Unusable(_, Source::Settings) => "Correct it in Settings (Ctrl+,).",
        }
    }
}
