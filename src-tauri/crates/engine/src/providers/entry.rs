//! One provider: what is said of it, and the way to it.

use std::path::PathBuf;

use secrecy::SecretString;

use super::ConnectError;
use super::Source;
use crate::credentials::KeyState;
use crate::credentials::KeychainError;
use crate::credentials::Slot;
use crate::model::Provider;
use crate::model::Wire;
use crate::model::WireChoice;
use crate::model::catalog::Effort;
use crate::model::provider::Manner;
use crate::model::provider::ProviderError;
use crate::model::tier;
use crate::model::tier::Tier;
use crate::model::way::Way;
use crate::model::wire::Learned;
use crate::redact::Keys;
use crate::settings::AZURE_ENVIRONMENT_ID;
use crate::settings::ENVIRONMENT_ID;
use crate::settings::Kind;
use crate::settings::OPENAI_ID;

/// What few people need to say of a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advanced {
    /// A file with certificates that are trusted for it besides those of this computer.
    pub ca_file: Option<PathBuf>,
    /// The proxy on the way to it, or `none`.
    pub proxy: Option<String>,
    /// The service tier that is asked for.
    pub tier: Option<Tier>,
}

/// One provider, as Settings shows it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Names it.
    pub id: String,
    /// Shown to the person.
    pub name: String,
    /// Where requests go.
    pub base_url: String,
    /// Scheme, host and port of it, or what is wrong with the base URL.
    pub origin: Result<String, String>,
    /// What kind of server it is.
    pub kind: Kind,
    /// The form of requests that the person chose.
    pub wire: WireChoice,
    /// The form in which it has answered.
    pub spoken: Option<Wire>,
    /// Where its key is.
    pub key: KeyState,
    /// The model of a new task, when the person chose one.
    pub model: Option<String>,
    /// How hard it thinks, when the person chose that.
    pub effort: Option<Effort>,
    /// What the person says of the way to it alone, and the service tier.
    pub advanced: Advanced,
    /// Whether a new task may be answered by the model's cheaper sibling, by the rules.
    pub automatic: bool,
    /// Whether its name and address can be changed.
    pub editable: bool,
    pub(super) key_saved: bool,
    pub(super) learned: Learned,
    pub(super) keys: Keys,
    pub(super) way: Way,
}

impl Entry {
    /// What its key belongs to; none while its address is no address.
    pub(super) fn slot(&self) -> Option<Slot> {
        Some(Slot {
            provider: self.id.clone(),
            origin: self.origin.clone().ok()?,
        })
    }

    pub(super) fn source(&self) -> Source {
        if self.is_given() {
            Source::Environment
        } else {
            Source::Settings
        }
    }

    /// OpenAI itself takes no request without a key; others may.
    pub(super) fn without_key(&self) -> Result<(), ConnectError> {
        if self.key_saved {
            return Err(ConnectError::KeyGone {
                name: self.name.clone(),
            });
        }
        if self.origin.as_deref() == Ok("https://api.openai.com") && self.id == OPENAI_ID {
            return Err(ConnectError::NotConnected);
        }
        Ok(())
    }

    pub(super) fn keychain(&self, why: KeychainError) -> ConnectError {
        ConnectError::Keychain {
            name: self.name.clone(),
            why,
        }
    }

    /// The way to it, with this key.
    pub(super) fn provider(&self, key: Option<SecretString>) -> Result<Provider, ProviderError> {
        let manner = Manner {
            azure: self.kind == Kind::Azure,
            wire: self.wire,
            learned: self.learned.clone(),
            keys: self.keys.clone(),
            way: self.way.clone(),
            tier: self.advanced.tier,
            ..Manner::default()
        };
        Provider::in_manner(&self.name, &self.base_url, key, manner)
    }

    /// Whether service tiers are offered: at OpenAI itself, and where one is set.
    pub fn offers_tiers(&self) -> bool {
        let openai = || self.origin.as_deref() == Ok("https://api.openai.com");
        self.kind == Kind::OpenAi || self.advanced.tier.is_some() || openai()
    }

    /// What the person should know of its service tiers.
    pub fn tier_words(&self) -> Option<String> {
        let answered = self.learned.tier();
        let refused = self.learned.refuses_tiers();
        tier::words(&self.name, self.advanced.tier, refused, answered.as_deref())
    }

    /// Whether the environment says it, key included.
    pub fn is_given(&self) -> bool {
        [ENVIRONMENT_ID, AZURE_ENVIRONMENT_ID].contains(&self.id.as_str())
    }

    /// Whether it is Azure OpenAI, where models have the names of their deployments.
    pub(super) fn is_azure(&self) -> bool {
        self.kind == Kind::Azure
            || self
                .provider(None)
                .is_ok_and(|provider| provider.address().is_azure())
    }

    /// Whether its key would cross a network unencrypted.
    pub fn sends_key_in_clear(&self) -> bool {
        self.provider(Some(SecretString::from("any")))
            .is_ok_and(|provider| provider.sends_key_in_clear())
    }
}
