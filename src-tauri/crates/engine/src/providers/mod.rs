//! The providers that requests may go to: which there are, which one is chosen, and its key.
//!
//! They come from three places: OpenAI is always there, the environment may name one
//! ([`Connection`]), and the person adds others in Settings. What the environment says is used as
//! long as the person has chosen nothing else, and is never written anywhere.
//!
//! A turn looks its provider up when it begins ([`Providers::connect`]), so that a change in Settings
//! holds from the next turn on.

mod asked;
mod change;
mod entry;
mod given;
mod nearby;
mod preset;
mod refusal;
mod sibling;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;

use secrecy::SecretString;

pub(crate) use asked::Asked;
pub use change::Change;
pub use change::ChangeError;
pub use change::model_name;
pub use entry::Advanced;
pub use entry::Entry;
pub use given::Connection;
pub use nearby::Nearby;
pub use preset::Preset;
pub use preset::presets;
pub use refusal::ConnectError;
pub use refusal::Source;

use crate::credentials::Credentials;
use crate::credentials::KeyState;
use crate::credentials::Slot;
use crate::credentials::ending;
use crate::model::Failure;
use crate::model::Model;
use crate::model::Provider;
use crate::model::bill::Bill;
use crate::model::catalog;
use crate::model::catalog::Effort;
use crate::model::check;
use crate::model::check::Trial;
use crate::model::choice::Wanted;
use crate::model::listing;
use crate::model::listing::Listed;
use crate::model::provider;
use crate::model::provider::OPENAI;
use crate::model::provider::ProviderError;
use crate::model::rate_limit::RateLimits;
use crate::model::way::Way;
use crate::model::wire::Learned;
use crate::redact::Keys;
use crate::settings::AZURE_ENVIRONMENT_ID;
use crate::settings::ENVIRONMENT_ID;
use crate::settings::Kind;
use crate::settings::OPENAI_ID;
use crate::settings::Problem;
use crate::settings::ProviderSettings;
use crate::settings::SettingsFile;
use crate::settings::is_reserved;
use crate::usage::budget::Budget;

/// The models of the provider that is asked.
#[derive(Debug, Clone)]
pub struct Models {
    /// Names, those that suit best first.
    pub names: Vec<String>,
    /// Why the server's own list is not among them.
    pub failure: Option<Failure>,
}

/// All providers.
#[derive(Debug)]
pub struct Providers {
    file: SettingsFile,
    credentials: Credentials,
    given: Connection,
    /// What each server said it has.
    listed: Mutex<HashMap<Slot, Vec<Listed>>>,
    /// What servers have shown of themselves, by id and address.
    learned: Mutex<HashMap<(String, String), Learned>>,
    /// What trying them has cost.
    tried: Bill,
}

impl Providers {
    /// The providers of a settings file and of the environment. Asks nobody anything.
    pub fn new(file: SettingsFile, given: Connection) -> Self {
        let credentials = Credentials::default();
        for key in [&given.key, &given.azure_key].into_iter().flatten() {
            credentials.keys().learn(key);
        }
        Self {
            file,
            credentials,
            given,
            listed: Mutex::default(),
            learned: Mutex::default(),
            tried: Bill::default(),
        }
    }

    /// Where the settings are kept.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Whether the same question may be answered from an earlier answer.
    pub fn answer_cache(&self) -> bool {
        self.file.read().answer_cache.unwrap_or(true)
    }

    /// The keys that were loaded in this run.
    pub fn keys(&self) -> &Keys {
        self.credentials.keys()
    }

    /// All of them, the id of the chosen one, and what the settings file says that is not used.
    pub fn all(&self) -> (Vec<Entry>, String, Vec<Problem>) {
        let settings = self.file.read();
        let said = |id: &str| {
            let said = settings.provider(id).cloned();
            said.unwrap_or_else(|| ProviderSettings {
                id: id.to_owned(),
                ..ProviderSettings::default()
            })
        };
        let mut all = Vec::new();
        if self.given.is_any() {
            all.push(self.entry_given(&said(ENVIRONMENT_ID)));
        }
        if let Some(endpoint) = &self.given.azure_endpoint {
            all.push(self.entry_azure(endpoint, &said(AZURE_ENVIRONMENT_ID)));
        }
        all.push(self.entry(&said(OPENAI_ID)));
        let own = settings
            .providers
            .iter()
            .filter(|each| !is_reserved(&each.id));
        all.extend(own.map(|each| self.entry(each)));
        let there = |id: &String| all.iter().any(|entry| entry.id == *id);
        let chosen = settings.provider.clone().filter(there);
        let chosen = chosen.unwrap_or_else(|| all[0].id.clone());
        (all, chosen, settings.problems)
    }

    /// What is known of a model, the person's own settings first. Of a model that nothing is known
    /// about, the window is the one that its server told when it was last asked.
    pub fn model(&self, slug: &str) -> Model {
        let mut model = Model::of(slug, &self.file.read().models);
        if !model.is_known()
            && let Some(window) = self.listed_window(slug)
        {
            model.traits.window = window;
        }
        model
    }

    fn listed_window(&self, slug: &str) -> Option<u64> {
        let slot = self.chosen().slot()?;
        let listed = self.listed();
        listed
            .get(&slot)?
            .iter()
            .find(|each| each.name == slug)?
            .window
    }

    /// The chosen one.
    pub fn chosen(&self) -> Entry {
        let (mut all, chosen, _) = self.all();
        let at = all.iter().position(|entry| entry.id == chosen).unwrap_or(0);
        all.swap_remove(at)
    }

    /// One by id.
    pub fn entry_of(&self, id: &str) -> Option<Entry> {
        self.all().0.into_iter().find(|entry| entry.id == id)
    }

    /// Looks into the keychain for the chosen provider's key, so that what is shown of it is true.
    /// A keychain that is locked may ask the person to unlock it.
    pub async fn look(&self) {
        let entry = self.chosen();
        // What came of it is in the state of the key.
        let _ = self.key_of(&entry).await;
    }

    /// The same for every provider whose key was saved. A keychain that does not give one key is not
    /// asked for the next, so that it asks the person once.
    pub async fn look_at_all(&self) {
        for entry in self.all().0.iter().filter(|entry| entry.key_saved) {
            if let Err(ConnectError::Keychain { .. }) = self.key_of(entry).await {
                return;
            }
        }
    }

    /// The chosen provider, ready to be asked.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] says why it cannot be.
    pub async fn connect(&self) -> Result<Provider, ConnectError> {
        self.connect_to(&self.chosen()).await
    }

    /// A provider, ready to be asked.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] says why it cannot be.
    pub async fn connect_to(&self, entry: &Entry) -> Result<Provider, ConnectError> {
        let key = self.key_of(entry).await?;
        if key.is_none() {
            entry.without_key()?;
        }
        entry
            .provider(key)
            .map_err(|error| ConnectError::Unusable(error.to_string(), entry.source()))
    }

    /// Whether the chosen provider can be asked, as far as is known without asking the keychain.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] says why it cannot be.
    pub fn ready(&self) -> Result<Entry, ConnectError> {
        let entry = self.chosen();
        if let Err(why) = &entry.origin {
            return Err(ConnectError::Unusable(why.clone(), entry.source()));
        }
        match &entry.key {
            KeyState::Missing => entry.without_key()?,
            KeyState::Kept(why) => return Err(entry.keychain(why.clone())),
            KeyState::Given { .. } => {
                // The environment's key was never looked at by anybody.
                entry.provider(self.given_key(&entry)).map_err(|error| {
                    ConnectError::Unusable(error.to_string(), Source::Environment)
                })?;
            }
            KeyState::Unread | KeyState::Saved { .. } | KeyState::Session { .. } => {}
        }
        Ok(entry)
    }

    /// Who is to answer in a new task, and how hard it thinks.
    pub fn preferred(&self) -> (Wanted, Option<Effort>) {
        let entry = self.chosen();
        let model = entry.model.clone();
        let model = model.unwrap_or_else(|| self.names(&entry).swap_remove(0));
        let automatic = entry.automatic;
        (Wanted { model, automatic }, entry.effort)
    }

    /// What the chosen provider last said of its rate limits, in an answer since the app was started.
    pub fn rate_limits(&self) -> Option<RateLimits> {
        self.chosen().learned.limits()
    }

    /// The budgets of the person.
    pub fn budget(&self) -> Budget {
        self.file.read().budget
    }

    /// Names of models to choose from, without asking the server.
    pub fn known_models(&self) -> Vec<String> {
        self.names(&self.chosen())
    }

    /// Asks the chosen provider's server which models it has.
    pub async fn list_models(&self) -> Models {
        let entry = self.chosen();
        let failure = match self.connect_to(&entry).await {
            // That nothing is connected is said elsewhere.
            Err(_) => None,
            // Azure lists what could be deployed, which says nothing of what is.
            Ok(provider) if provider.address().is_azure() => None,
            Ok(provider) => match listing::models(&provider).await {
                Ok(names) => {
                    if let Some(slot) = entry.slot() {
                        self.listed().insert(slot, names);
                    }
                    None
                }
                Err(failure) => Some(failure),
            },
        };
        Models {
            names: self.names(&entry),
            failure,
        }
    }

    /// Tries a provider with the smallest real request. Gives the model that was asked, and what came
    /// of it.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] when nothing could be sent.
    pub async fn check(
        &self,
        entry: &Entry,
    ) -> Result<(String, Result<Trial, Failure>), ConnectError> {
        let provider = self.connect_to(entry).await?.billed(&self.tried);
        // The server's own list helps to choose a model that is there; without it a usual one is asked.
        if entry.model.is_none()
            && !provider.address().is_azure()
            && let (Some(slot), Ok(names)) = (entry.slot(), listing::models(&provider).await)
        {
            self.listed().insert(slot, names);
        }
        let model = entry.model.clone();
        let model = model.unwrap_or_else(|| self.names(entry).swap_remove(0));
        let outcome = check::check(&provider, &self.model(&model), entry.effort).await;
        Ok((model, outcome))
    }

    /// What [`Self::check`] has cost and nobody has booked yet.
    pub fn tried(&self) -> &Bill {
        &self.tried
    }

    async fn key_of(&self, entry: &Entry) -> Result<Option<SecretString>, ConnectError> {
        if entry.is_given() {
            return Ok(self.given_key(entry));
        }
        let Some(slot) = entry.slot() else {
            return Ok(None);
        };
        let found = self.credentials.read(&slot, entry.key_saved).await;
        match found {
            Ok(None) if entry.key_saved => Err(ConnectError::KeyGone {
                name: entry.name.clone(),
            }),
            Ok(key) => Ok(key),
            Err(why) => Err(entry.keychain(why)),
        }
    }

    fn given_key(&self, entry: &Entry) -> Option<SecretString> {
        match entry.id == AZURE_ENVIRONMENT_ID {
            true => self.given.azure_key.clone(),
            false => self.given.key.clone(),
        }
    }

    /// The person's model, those that they said something of, then known ones that the server has, then its others.
    fn names(&self, entry: &Entry) -> Vec<String> {
        let listed = self.listed();
        let listed = entry.slot().and_then(|slot| listed.get(&slot));
        let listed = listed.filter(|names| !names.is_empty());
        let own = self.file.read().models.into_iter().map(|own| own.slug);
        let mut names: Vec<String> = entry.model.iter().cloned().collect();
        match listed {
            Some(listed) => {
                let own = own.filter(|own| listed.iter().any(|each| each.name == *own));
                names.extend(own);
                let known =
                    catalog::known().filter(|known| listed.iter().any(|each| each.name == *known));
                names.extend(known.map(str::to_owned));
                names.extend(listed.iter().map(|each| each.name.clone()));
            }
            None => {
                names.extend(own);
                names.extend(catalog::known().map(str::to_owned));
            }
        }
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }

    fn listed(&self) -> std::sync::MutexGuard<'_, HashMap<Slot, Vec<Listed>>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entry_given(&self, said: &ProviderSettings) -> Entry {
        let base_url = self.given.base_url.clone();
        let base_url = base_url.unwrap_or_else(|| OPENAI.to_owned());
        let name = match &self.given.base_url {
            None => "OpenAI".to_owned(),
            Some(url) => provider::host("", url).unwrap_or_else(|_| url.clone()),
        };
        let key = given_state(self.given.key.as_ref());
        Entry {
            key,
            ..self.entry_at(name, base_url, said)
        }
    }

    fn entry_azure(&self, endpoint: &str, said: &ProviderSettings) -> Entry {
        let key = given_state(self.given.azure_key.as_ref());
        Entry {
            key,
            kind: Kind::Azure,
            ..self.entry_at("Azure OpenAI".to_owned(), endpoint.to_owned(), said)
        }
    }

    fn entry(&self, said: &ProviderSettings) -> Entry {
        let openai = said.id == OPENAI_ID;
        let default = if openai { ("OpenAI", OPENAI) } else { ("", "") };
        let name = said.name.clone().unwrap_or_else(|| match default.0 {
            "" => said.id.clone(),
            name => name.to_owned(),
        });
        let base_url = said.base_url.clone();
        let base_url = base_url.unwrap_or_else(|| default.1.to_owned());
        let mut entry = self.entry_at(name, base_url, said);
        entry.key_saved = said.key_saved;
        entry.editable = !openai;
        if let Some(slot) = entry.slot() {
            entry.key = self.credentials.state(&slot, said.key_saved);
        }
        entry
    }

    /// What a provider's own settings say of the way to it, else what holds for all.
    fn way(&self, said: &ProviderSettings) -> Way {
        let settings = self.file.read();
        Way {
            ca_file: said.ca_file.clone().or(settings.ca_file),
            proxy: said.proxy.clone().or(settings.proxy),
            given: self.given.proxies.clone(),
        }
    }

    /// What is the same wherever a provider was named.
    fn entry_at(&self, name: String, base_url: String, said: &ProviderSettings) -> Entry {
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let learned = learned
            .entry((said.id.clone(), base_url.clone()))
            .or_default()
            .clone();
        Entry {
            id: said.id.clone(),
            origin: origin_or_words(&name, &base_url),
            name,
            base_url,
            kind: said.kind,
            wire: said.wire,
            spoken: learned.wire(),
            key: KeyState::Missing,
            model: said.model.clone(),
            effort: said.effort,
            advanced: Advanced {
                ca_file: said.ca_file.clone(),
                proxy: said.proxy.clone(),
                tier: said.service_tier,
            },
            automatic: said.automatic,
            editable: false,
            key_saved: false,
            learned,
            keys: self.credentials.keys().clone(),
            way: self.way(said),
        }
    }
}

fn given_state(key: Option<&SecretString>) -> KeyState {
    match key {
        Some(key) => KeyState::Given {
            ending: ending(key),
        },
        None => KeyState::Missing,
    }
}

fn origin_or_words(name: &str, base_url: &str) -> Result<String, String> {
    provider::origin(name, base_url).map_err(|error: ProviderError| error.to_string())
}

#[cfg(test)]
mod tests;
