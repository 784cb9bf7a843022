//! Whom the tasks of a project ask.

use std::sync::Arc;

use super::ConnectError;
use super::Providers;
use crate::model::Model;
use crate::model::Provider;
use crate::model::choice::Sibling;
use crate::model::rate_limit::RateLimits;
use crate::redact::Keys;

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

    /// What is known of a model.
    pub(crate) fn model(&self, slug: &str) -> Model {
        match self {
            Self::Always(_) => Model::named(slug),
            Self::Chosen(providers) => providers.model(slug),
        }
    }

    /// The cheaper sibling of a model, as far as it can be asked.
    pub(crate) fn sibling(&self, model: &Model) -> Sibling {
        match self {
            // What is scripted is played by one.
            Self::Always(_) => Sibling::None,
            Self::Chosen(providers) => providers.sibling(model),
        }
    }

    /// Whether the same question may be answered from an earlier answer.
    pub(crate) fn answer_cache(&self) -> bool {
        match self {
            // What is scripted is played each time.
            Self::Always(_) => false,
            Self::Chosen(providers) => providers.answer_cache(),
        }
    }

    /// What the provider last said of its rate limits.
    pub(crate) fn rate_limits(&self) -> Option<RateLimits> {
        match self {
            Self::Always(provider) => provider.rate_limits(),
            Self::Chosen(providers) => providers.rate_limits(),
        }
    }

    /// What the person has to be told of service tiers, once: that the provider takes none.
    pub(crate) fn refused_tier(&self) -> Option<String> {
        let Self::Chosen(providers) = self else {
            return None;
        };
        let entry = providers.chosen();
        let told = entry.advanced.tier.is_some() && entry.learned.tell_of_tiers();
        entry.tier_words().filter(|_| told)
    }

    /// Whether it is Azure OpenAI, where models have the names of their deployments.
    pub(crate) fn is_azure(&self) -> bool {
        match self {
            Self::Always(provider) => provider.address().is_azure(),
            Self::Chosen(providers) => providers.chosen().is_azure(),
        }
    }

    /// The keys of this run.
    pub(crate) fn keys(&self) -> &Keys {
        match self {
            Self::Always(provider) => provider.keys(),
            Self::Chosen(providers) => providers.keys(),
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
