//! The person's settings: which providers there are, which one is asked, with which model, and what
//! is known of models.
//!
//! They are in one file that people may read and edit by hand ([`SettingsFile`]). It never holds a
//! key: `key = "keychain"` only says that one was saved there. What cannot be understood in it is
//! named by line, together with what is used instead ([`Problem`]), and is kept in a copy before
//! the file is written again.

mod budget;
mod file;
mod kind;
mod model;
mod read;

use std::fmt;
use std::path::PathBuf;

pub use budget::billionths;
pub use file::SettingsError;
pub use file::SettingsFile;
pub use kind::Kind;
pub use model::ModelChange;

use crate::model::WireChoice;
use crate::model::catalog::Effort;
use crate::model::catalog::Entry;
use crate::model::tier::Tier;
use crate::usage::budget::BILLION;
use crate::usage::budget::Budget;

/// The largest budget in tokens.
pub const MOST_TOKENS: u64 = 1_000_000_000_000;

/// The largest budget in money, in billionths of a US dollar.
pub const MOST_DOLLARS: u64 = 1_000_000 * BILLION;

/// The id of OpenAI itself, which is always there.
pub const OPENAI_ID: &str = "openai";

/// The id of what the environment says, when it says something.
pub const ENVIRONMENT_ID: &str = "environment";

/// The id of what the environment says of Azure, when it says something.
pub const AZURE_ENVIRONMENT_ID: &str = "azure-environment";

/// Whether a provider is made by the app or by the environment and not by the person.
pub fn is_reserved(id: &str) -> bool {
    [OPENAI_ID, ENVIRONMENT_ID, AZURE_ENVIRONMENT_ID].contains(&id)
}

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The id of the provider that the person chose.
    pub provider: Option<String>,
    /// Whether the same question may be answered from an earlier answer; none where it says nothing,
    /// and then it may.
    pub answer_cache: Option<bool>,
    /// The budgets.
    pub budget: Budget,
    /// The providers in the file's order.
    pub providers: Vec<ProviderSettings>,
    /// What the person says of models.
    pub models: Vec<Entry>,
    /// A file with certificates that are trusted besides those of this computer.
    pub ca_file: Option<PathBuf>,
    /// The proxy on the way to every provider, or `none`.
    pub proxy: Option<String>,
    /// What could not be understood.
    pub problems: Vec<Problem>,
}

/// One provider in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProviderSettings {
    /// Names it in the file; stays when its name changes.
    pub id: String,
    /// Shown to the person.
    pub name: Option<String>,
    /// Where requests go.
    pub base_url: Option<String>,
    /// What kind of server it is.
    pub kind: Kind,
    /// The form of requests.
    pub wire: WireChoice,
    /// Whether a key for it was saved in the keychain.
    pub key_saved: bool,
    /// The model of a new task.
    pub model: Option<String>,
    /// How hard the model of a new task thinks.
    pub effort: Option<Effort>,
    /// Whether the rules choose between the model and its cheaper sibling.
    pub automatic: bool,
    /// As [`Settings::ca_file`], for this provider alone.
    pub ca_file: Option<PathBuf>,
    /// As [`Settings::proxy`], for this provider alone.
    pub proxy: Option<String>,
    /// The service tier that is asked for.
    pub service_tier: Option<Tier>,
}

impl Settings {
    /// What the file says of a provider.
    pub fn provider(&self, id: &str) -> Option<&ProviderSettings> {
        self.providers.iter().find(|provider| provider.id == id)
    }
}

/// Something in the file that is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Counted from 1; none when the file as a whole is meant.
    pub line: Option<usize>,
    /// What is wrong, as the middle of a sentence.
    pub what: String,
    /// What is used instead, as the end of a sentence.
    pub instead: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "Line {line}: {}; {}.", self.what, self.instead),
            None => write!(f, "{}; {}.", self.what, self.instead),
        }
    }
}

#[cfg(test)]
mod tests;
