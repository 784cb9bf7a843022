//! `app/…` and `text/…`: the frame around a project.

use super::review::blocking;
use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

impl Desk {
    pub(crate) async fn app_state(&self, _: Nothing) -> Result<AppState, Failure> {
        let recent = self
            .engine
            .recent()
            .map_err(|error| convert::failed(&error))?;
        let demo = self
            .engine
            .opened()
            .is_some_and(|project| project.is_demo());
        let providers = self.engine.providers();
        let (models, effort, automatic) = if demo {
            (vec![sample::MODEL.to_owned()], None, false)
        } else {
            let (wanted, effort) = providers.preferred();
            (providers.known_models(), effort, wanted.automatic)
        };
        Ok(AppState {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            recent: recent
                .iter()
                .map(|row| convert::recent(row, &self.home))
                .collect(),
            project: self
                .engine
                .opened()
                .map(|project| self.project_as_shown(&project)),
            provider: if demo {
                demo_provider()
            } else {
                convert::provider_state(&providers.ready())
            },
            confinement: convert::confinement(self.engine.confinement()),
            automatic,
            effort: convert::effort(effort),
            efforts: if demo {
                Vec::new()
            } else {
                let first = models.first().map_or("", String::as_str);
                convert::efforts(&providers.model(first).traits.efforts)
            },
            models,
        })
    }

    pub(crate) async fn text_keep(&self, unsent: UnsentText) -> Result<Nothing, Failure> {
        let project = self.project()?;
        blocking(move || {
            project
                .keep_unsent(unsent.task.as_deref(), &unsent.text)
                .map_err(|error| convert::failed(&error))?;
            Ok(Nothing {})
        })
        .await
    }
}

fn demo_provider() -> ProviderState {
    ProviderState {
        name: "Demo: scripted replies".to_owned(),
        ready: true,
        hint: None,
    }
}
