//! `settings/…`, `provider/…` and `credential/…`: what the person sets, and where it stands.

use std::path::PathBuf;
use std::sync::Arc;

use engine::credentials::KeyState;
use engine::providers::Change;
use engine::providers::ChangeError;
use engine::providers::presets;

use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::AnswerCache;
use crate::types::ConnectionReport;
use crate::types::Event;
use crate::types::KeySet;
use crate::types::NearbyServer;
use crate::types::Nothing;
use crate::types::ProviderId;
use crate::types::ProviderPut;
use crate::types::Settings;

impl Desk {
    /// Says what the settings file has that is not used, and looks for the key, in the background.
    pub(crate) fn begin_with_settings(self: &Arc<Self>) {
        let (.., problems) = self.engine.providers().all();
        if let Some((first, others)) = problems.split_first() {
            let more = match others.len() {
                0 => String::new(),
                1 => " There is one more such line.".to_owned(),
                n => format!(" There are {n} more such lines."),
            };
            let file = convert::place(self.engine.providers().path(), &self.home);
            self.notice(
                format!("Your settings are not all used. {first}{more}"),
                format!("They are in {file}. Settings (Ctrl+,) lists all that is wrong."),
            );
        }
        if self.engine.providers().chosen().key != KeyState::Unread {
            return;
        }
        let desk = self.clone();
        self.runtime.spawn(async move {
            desk.engine.providers().look().await;
            desk.settings_changed();
        });
    }

    pub(super) fn settings_changed(&self) {
        self.events.push(Event::SettingsChanged {});
    }

    pub(crate) async fn settings_get(&self, _: Nothing) -> Result<Settings, Failure> {
        let (entries, chosen, problems) = self.engine.providers().all();
        Ok(Settings {
            answer_cache: self.engine.providers().answer_cache(),
            file: convert::place(self.engine.providers().path(), &self.home),
            problems: problems.iter().map(ToString::to_string).collect(),
            chosen,
            providers: entries.iter().map(convert::provider_entry).collect(),
            presets: presets().iter().map(convert::preset).collect(),
        })
    }

    pub(crate) async fn settings_look(&self, nothing: Nothing) -> Result<Settings, Failure> {
        self.engine.providers().look_at_all().await;
        self.settings_changed();
        self.settings_get(nothing).await
    }

    pub(crate) async fn settings_answer_cache(
        &self,
        cache: AnswerCache,
    ) -> Result<Settings, Failure> {
        let changed = self.engine.providers().set_answer_cache(cache.on);
        if changed.is_ok() && !cache.on {
            self.engine
                .forget_answers()
                .map_err(|error| convert::failed(&error))?;
        }
        self.changed(changed).await
    }

    pub(crate) async fn provider_put(&self, put: ProviderPut) -> Result<Settings, Failure> {
        let providers = self.engine.providers();
        let id = put.provider.as_deref();
        let advanced = put.advanced.as_ref().map(convert::advanced_inside);
        let change = Change {
            name: &put.name,
            base_url: &put.base_url,
            kind: put.kind.map(convert::kind_inside),
            wire: put.wire.map(convert::wire_inside),
            advanced: advanced.as_ref(),
        };
        let changed = providers.put(id, change).await;
        self.changed(changed).await
    }

    pub(crate) async fn provider_remove(&self, id: ProviderId) -> Result<Settings, Failure> {
        let changed = self.engine.providers().remove(&id.provider).await;
        self.changed(changed).await
    }

    pub(crate) async fn provider_choose(&self, id: ProviderId) -> Result<Settings, Failure> {
        let changed = self.engine.providers().choose(&id.provider).await;
        self.changed(changed).await
    }

    pub(crate) async fn provider_nearby(&self, _: Nothing) -> Result<Vec<NearbyServer>, Failure> {
        let found = self.engine.providers().nearby().await;
        Ok(found.into_iter().map(convert::nearby).collect())
    }

    pub(crate) async fn provider_check(&self, id: ProviderId) -> Result<ConnectionReport, Failure> {
        let providers = self.engine.providers();
        let Some(entry) = providers.entry_of(&id.provider) else {
            return Err(convert::failed(&ChangeError::Unknown));
        };
        let failed = |code: &str, message: String, hint: &str| ConnectionReport {
            works: false,
            wire: None,
            code: code.to_owned(),
            message,
            hint: hint.to_owned(),
            speed: String::new(),
            slow: None,
            tier: None,
        };
        let checked = providers.check(&entry).await;
        if let Err(error) = self.engine.book_tried() {
            self.notice(
                error.to_string(),
                "It is missing in Usage. Make room on the disk, then test again.",
            );
        }
        // What was found out about key and models is shown elsewhere too.
        self.settings_changed();
        Ok(match checked {
            Err(error) => failed("no_provider", error.to_string(), error.hint()),
            Ok((_, Err(failure))) => failed(failure.code(), failure.to_string(), failure.hint()),
            Ok((model, Ok(trial))) => ConnectionReport {
                works: true,
                wire: Some(convert::wire(trial.wire)),
                code: "works".to_owned(),
                message: format!(
                    "{} works: `{model}` began to answer after {}, over {}.",
                    entry.name,
                    convert::short_time(trial.speed.first_word),
                    trial.wire.name()
                ),
                hint: match trial.blind {
                    true => "This model does not read pictures.".to_owned(),
                    false => String::new(),
                },
                speed: trial.speed.words(),
                slow: trial.speed.slow(),
                tier: providers
                    .entry_of(&entry.id)
                    .and_then(|entry| entry.tier_words()),
            },
        })
    }

    pub(crate) async fn credential_set(&self, set: KeySet) -> Result<Settings, Failure> {
        let changed = self
            .engine
            .providers()
            .set_key(&set.provider, set.key.0)
            .await;
        self.changed(changed.map(|(_, kept)| kept)).await
    }

    pub(crate) async fn credential_remove(&self, id: ProviderId) -> Result<Settings, Failure> {
        let changed = self.engine.providers().remove_key(&id.provider).await;
        self.changed(changed).await
    }

    /// The settings after a change, and where an older file was kept.
    pub(super) async fn changed(
        &self,
        changed: Result<Option<PathBuf>, ChangeError>,
    ) -> Result<Settings, Failure> {
        if let Some(aside) = changed.map_err(|error| convert::not_changed(&error))? {
            self.notice(
                format!(
                    "Your settings file had lines that could not be understood. As it was, it is \
                     kept in {}.",
                    convert::place(&aside, &self.home)
                ),
                "What you still want from it can be copied back by hand.",
            );
        }
        self.settings_changed();
        self.settings_get(Nothing {}).await
    }
}
