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
                self.connection.state()
            },
            confinement: convert::confinement(self.engine.confinement()),
            models: if demo {
                vec![sample::MODEL.to_owned()]
            } else {
                engine::model::catalog::known().map(str::to_owned).collect()
            },
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
