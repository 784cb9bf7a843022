//! Whom the tasks of a project ask.

use std::sync::Arc;

use super::ConnectError;
use super::Providers;
use crate::model::Provider;
use crate::model::rate_limit::RateLimits;

/// Whom the tasks of a project ask.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    /// This one, whatever the person chooses.
    Always(Box<Provider>),
    /// The one that is chosen when a turn begins.
    Chosen(Arc<Providers>),
}

impl Asked {
    /// Whether a turn is worth beginning, without asking the keychain. One that was locked may have
    /// been unlocked since, so the turn itself finds that out.
    pub(crate) fn ready(&self) -> Result<(), ConnectError> {
        match self {
            Self::Always(_) => Ok(()),
            Self::Chosen(providers) => match providers.ready() {
                Ok(_) | Err(ConnectError::Keychain { .. }) => Ok(()),
                Err(error) => Err(error),
            },
        }
    }

    /// What the provider last said of its rate limits.
    pub(crate) fn rate_limits(&self) -> Option<RateLimits> {
        match self {
            Self::Always(provider) => provider.rate_limits(),
            Self::Chosen(providers) => providers.rate_limits(),
        }
    }

    /// Whether it is Azure OpenAI, where models have the names of their deployments.
    pub(crate) fn is_azure(&self) -> bool {
        match self {
            Self::Always(provider) => provider.address().is_azure(),
            Self::Chosen(providers) => providers.chosen().is_azure(),
        }
    }

    /// The provider, with its key.
    pub(crate) async fn connect(&self) -> Result<Provider, ConnectError> {
        match self {
            Self::Always(provider) => Ok(provider.as_ref().clone()),
            Self::Chosen(providers) => providers.connect().await,
        }
    }
}
