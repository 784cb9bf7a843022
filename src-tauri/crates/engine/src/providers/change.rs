//! What a person changes in Settings: providers, which one is asked, keys, and the usual model.

use std::path::PathBuf;

use secrecy::ExposeSecret;
use secrecy::SecretString;

use super::Advanced;
use super::Entry;
use super::Providers;
use crate::credentials::KeyState;
use crate::credentials::KeychainError;
use crate::model::WireChoice;
use crate::model::catalog::Effort;
use crate::model::choice::AUTO;
use crate::model::provider;
use crate::model::provider::ProviderError;
use crate::model::way;
use crate::model::way::Way;
use crate::settings::Kind;
use crate::settings::MOST_DOLLARS;
use crate::settings::MOST_TOKENS;
use crate::settings::ModelChange;
use crate::settings::ProviderSettings;
use crate::settings::SettingsError;
use crate::settings::is_reserved;
use crate::usage::budget::Budget;

/// Longer than any name that fits on a line.
const LONGEST_NAME: usize = 60;

/// Why something in Settings was not changed. Everything is as before.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The file could not be written.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// There is no such provider.
    #[error("That provider is not there any more. Nothing was changed.")]
    Unknown,
    /// Only added providers have a name and an address that can be changed.
    #[error("{0} cannot be changed or removed here. Nothing was changed.")]
    Fixed(String),
    /// The name is empty or too long.
    #[error("A provider needs a name of 1 to {LONGEST_NAME} characters. Nothing was changed.")]
    Name,
    /// Two providers of one name cannot be told apart.
    #[error("There is a provider named {0} already. Nothing was changed.")]
    NameTaken(String),
    /// The address or the key cannot be used.
    #[error("{0} Nothing was changed.")]
    Unusable(#[from] ProviderError),
    /// The settings file can be read by others, so no password belongs in it.
    #[error(
        "The proxy's address holds a password, which would be kept in the settings file for \
         everyone to read. Nothing was changed."
    )]
    ProxyPassword,
    /// There is nothing in the field.
    #[error("The key is empty. Nothing was changed.")]
    EmptyKey,
    /// The key is still in the keychain.
    #[error("The key for {name} could not be removed, because {why}. Nothing was changed.")]
    Keychain {
        /// The provider.
        name: String,
        /// Why.
        why: KeychainError,
    },
    /// No model has such a window.
    #[error("A window is a number of tokens from 1,000 to 100,000,000. Nothing was changed.")]
    Window,
    /// An amount is nothing, or more than there is.
    #[error(
        "A budget is a number above nothing, at most a million dollars or a million million tokens. \
         Nothing was changed."
    )]
    Budget,
    /// No model has such a name.
    #[error("`{0}` cannot be the name of a model. Nothing was changed.")]
    Model(String),
}

/// What the person says of a provider.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where requests go.
    pub base_url: &'a str,
    /// What kind of server it is; `None` leaves that as it is.
    pub kind: Option<Kind>,
    /// The form of requests; `None` leaves that as it is.
    pub wire: Option<WireChoice>,
    /// The rest; `None` leaves that as it is.
    pub advanced: Option<&'a Advanced>,
}

impl Providers {
    /// Says something of a model, in place of what is known of it.
    ///
    /// # Errors
    ///
    /// [`ChangeError`] when nothing was changed.
    pub fn put_model(
        &self,
        slug: &str,
        change: &ModelChange,
    ) -> Result<Option<PathBuf>, ChangeError> {
        let slug = model_name(slug)?;
        let read = crate::model::catalog::WINDOWS;
        if change.window.is_some_and(|window| !read.contains(&window)) {
            return Err(ChangeError::Window);
        }
        Ok(self.file.put_model(&slug, change)?)
    }

    /// Forgets what the person said of a model; what is built in holds again.
    ///
    /// # Errors
    ///
    /// [`ChangeError`] when nothing was changed.
    pub fn forget_model(&self, slug: &str) -> Result<Option<PathBuf>, ChangeError> {
        Ok(self.file.forget_model(slug)?)
    }

    /// The models that the person said something of.
    pub fn said_of_models(&self) -> Vec<String> {
        let own = self.file.read().models.into_iter();
        own.map(|own| own.slug).collect()
    }

    /// Sets the budgets. Gives the place where a settings file that could not be understood was kept.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was changed.
    pub fn set_budget(&self, budget: &Budget) -> Result<Option<PathBuf>, ChangeError> {
        let amounts = [
            (budget.day_tokens, MOST_TOKENS),
            (budget.task_tokens, MOST_TOKENS),
            (budget.day_dollars, MOST_DOLLARS),
            (budget.task_dollars, MOST_DOLLARS),
        ];
        let fits = |(amount, most): (Option<u64>, u64)| {
            amount.is_none_or(|amount| (1..=most).contains(&amount))
        };
        if !amounts.into_iter().all(fits) {
            return Err(ChangeError::Budget);
        }
        Ok(self.file.put_budget(budget)?)
    }

    /// Adds a provider, or changes one. OpenAI itself and what the environment says keep their name and
    /// address; only the rest of them can be changed. A key that was saved for another host
    /// is removed: it is never sent to this one. An added provider is the chosen one from then on.
    /// Gives the place where a settings file that could not be understood was kept.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was changed.
    pub async fn put(
        &self,
        id: Option<&str>,
        change: Change<'_>,
    ) -> Result<Option<PathBuf>, ChangeError> {
        let (all, ..) = self.all();
        if let Some(fixed) = all
            .iter()
            .find(|each| Some(each.id.as_str()) == id && !each.editable)
        {
            return self.put_fixed(fixed, change);
        }
        let name = change.name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(ChangeError::Name);
        }
        let same = |entry: &&Entry| {
            Some(entry.id.as_str()) != id && entry.name.to_lowercase() == name.to_lowercase()
        };
        if let Some(taken) = all.iter().find(same) {
            return Err(ChangeError::NameTaken(taken.name.clone()));
        }
        let base_url = change.base_url.trim();
        let origin = provider::origin(name, base_url)?;
        let mut said = ProviderSettings {
            name: Some(name.to_owned()),
            base_url: Some(base_url.to_owned()),
            kind: change.kind.unwrap_or_default(),
            wire: change.wire.unwrap_or_default(),
            ..ProviderSettings::default()
        };
        said_of_way(&mut said, &Advanced::default(), change.advanced)?;
        let Some(id) = id else {
            said.id = new_id(name, &all);
            let kept = self.file.put_provider(&said)?;
            return Ok(self.file.choose(&said.id)?.or(kept));
        };
        let entry = self.changeable(id)?;
        said.id = entry.id.clone();
        said.kind = change.kind.unwrap_or(entry.kind);
        said.wire = change.wire.unwrap_or(entry.wire);
        said.model = entry.model.clone();
        said.effort = entry.effort;
        said_of_way(&mut said, &entry.advanced, change.advanced)?;
        said.automatic = entry.automatic;
        said.key_saved = entry.key_saved;
        if entry.origin.as_ref() != Ok(&origin) {
            self.forget_key(&entry).await?;
            said.key_saved = false;
        }
        Ok(self.file.put_provider(&said)?)
    }

    /// Takes a provider and its key away.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was changed.
    pub async fn remove(&self, id: &str) -> Result<Option<PathBuf>, ChangeError> {
        let entry = self.changeable(id)?;
        self.forget_key(&entry).await?;
        Ok(self.file.remove_provider(id)?)
    }

    /// Asks this provider from the next turn on.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was changed.
    pub async fn choose(&self, id: &str) -> Result<Option<PathBuf>, ChangeError> {
        let entry = self.entry_of(id).ok_or(ChangeError::Unknown)?;
        let kept = self.file.choose(&entry.id)?;
        self.look().await;
        Ok(kept)
    }

    /// Keeps whether the same question may be answered from an earlier answer.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was changed.
    pub fn set_answer_cache(&self, on: bool) -> Result<Option<PathBuf>, ChangeError> {
        Ok(self.file.put_answer_cache(on)?)
    }

    /// Saves a key for a provider at its address. Gives where the key is, and where a settings file
    /// that could not be understood was kept. When no provider can be asked yet, this one is chosen.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was changed.
    pub async fn set_key(
        &self,
        id: &str,
        key: SecretString,
    ) -> Result<(KeyState, Option<PathBuf>), ChangeError> {
        let entry = self.keyed(id)?;
        if key.expose_secret().trim().is_empty() {
            return Err(ChangeError::EmptyKey);
        }
        // A key that no header can carry is told now and not at the first message.
        entry.provider(Some(key.clone()))?;
        let Some(slot) = entry.slot() else {
            return Err(ChangeError::Unknown);
        };
        let nobody_ready = self.ready().is_err();
        let key = SecretString::from(key.expose_secret().trim());
        let state = self.credentials.save(&slot, key).await;
        let mut kept = None;
        if matches!(state, KeyState::Saved { .. }) && !entry.key_saved {
            let noted = self.file.put_provider(&ProviderSettings {
                key_saved: true,
                ..self.said(&entry.id)
            });
            match noted {
                Ok(aside) => kept = aside,
                Err(error) => {
                    // Without the note nobody would look for it, so it must not stay behind.
                    let _ = self.credentials.remove(&slot, true).await;
                    return Err(error.into());
                }
            }
        }
        if nobody_ready && self.chosen().id != entry.id {
            kept = self.file.choose(&entry.id)?.or(kept);
        }
        Ok((state, kept))
    }

    /// Takes a provider's key away.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was changed.
    pub async fn remove_key(&self, id: &str) -> Result<Option<PathBuf>, ChangeError> {
        let entry = self.keyed(id)?;
        self.forget_key(&entry).await?;
        if !entry.key_saved {
            return Ok(None);
        }
        Ok(self.file.put_provider(&ProviderSettings {
            key_saved: false,
            ..self.said(&entry.id)
        })?)
    }

    /// The model of new tasks with the chosen provider, and how hard it thinks. [`AUTO`] leaves the
    /// model and has the rules choose between it and its cheaper sibling.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing was changed.
    pub fn prefer(
        &self,
        model: &str,
        effort: Option<Effort>,
    ) -> Result<Option<PathBuf>, ChangeError> {
        let name = model_name(model)?;
        let entry = self.chosen();
        let automatic = name == AUTO;
        let model = if automatic { entry.model } else { Some(name) };
        Ok(self.file.put_provider(&ProviderSettings {
            model,
            effort,
            automatic,
            ..self.said(&entry.id)
        })?)
    }

    async fn forget_key(&self, entry: &Entry) -> Result<(), ChangeError> {
        let Some(slot) = entry.slot() else {
            return Ok(());
        };
        self.credentials
            .remove(&slot, entry.key_saved)
            .await
            .map_err(|why| ChangeError::Keychain {
                name: entry.name.clone(),
                why,
            })
    }

    fn put_fixed(&self, entry: &Entry, change: Change<'_>) -> Result<Option<PathBuf>, ChangeError> {
        if change.name.trim() != entry.name || change.base_url.trim() != entry.base_url {
            return Err(ChangeError::Fixed(entry.name.clone()));
        }
        let mut said = self.said(&entry.id);
        said.wire = change.wire.unwrap_or(entry.wire);
        said_of_way(&mut said, &entry.advanced, change.advanced)?;
        Ok(self.file.put_provider(&said)?)
    }

    fn said(&self, id: &str) -> ProviderSettings {
        let said = self.file.read().provider(id).cloned();
        said.unwrap_or_else(|| ProviderSettings {
            id: id.to_owned(),
            ..ProviderSettings::default()
        })
    }

    /// One whose name and address may change.
    fn changeable(&self, id: &str) -> Result<Entry, ChangeError> {
        let entry = self.entry_of(id).ok_or(ChangeError::Unknown)?;
        if entry.editable {
            Ok(entry)
        } else {
            Err(ChangeError::Fixed(entry.name))
        }
    }

    /// One whose key is ours to keep.
    fn keyed(&self, id: &str) -> Result<Entry, ChangeError> {
        let entry = self.entry_of(id).ok_or(ChangeError::Unknown)?;
        if entry.is_given() {
            return Err(ChangeError::Fixed(entry.name));
        }
        Ok(entry)
    }
}

/// Says what is advanced of a provider, once it was tried. A proxy that is given back as it is shown
/// stays as it is.
fn said_of_way(
    said: &mut ProviderSettings,
    before: &Advanced,
    change: Option<&Advanced>,
) -> Result<(), ChangeError> {
    let mut wanted = change.unwrap_or(before).clone();
    let shown = before.proxy.as_deref().map(way::shown);
    if wanted.proxy == shown {
        wanted.proxy.clone_from(&before.proxy);
    } else if wanted.proxy.as_deref().is_some_and(way::holds_password) {
        return Err(ChangeError::ProxyPassword);
    }
    // What was wrong before and is left as it is does not stand in the way of another change.
    let changed = Way {
        ca_file: wanted
            .ca_file
            .clone()
            .filter(|_| wanted.ca_file != before.ca_file),
        proxy: wanted
            .proxy
            .clone()
            .filter(|_| wanted.proxy != before.proxy),
        ..Way::default()
    };
    changed.check()?;
    said.ca_file = wanted.ca_file;
    said.proxy = wanted.proxy;
    said.service_tier = wanted.tier;
    Ok(())
}

/// A name that a model can have.
///
/// # Errors
///
/// [`ChangeError::Model`].
pub fn model_name(name: &str) -> Result<String, ChangeError> {
    let name = name.trim();
    let plain = !name.is_empty()
        && name.chars().count() <= 200
        && !name.chars().any(|c| c.is_control() || c.is_whitespace());
    if plain {
        Ok(name.to_owned())
    } else {
        Err(ChangeError::Model(name.chars().take(40).collect()))
    }
}

/// An id that can be read in the file and that nobody has yet.
fn new_id(name: &str, all: &[Entry]) -> String {
    let words: String = name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let words = words.split_whitespace().collect::<Vec<_>>().join("-");
    let base = if words.is_empty() { "provider" } else { &words };
    let taken = |id: &str| is_reserved(id) || all.iter().any(|entry| entry.id == id);
    if !taken(base) {
        return base.to_owned();
    }
    (2..)
        .map(|number| format!("{base}-{number}"))
        .find(|id| !taken(id))
        .unwrap_or_default()
}
