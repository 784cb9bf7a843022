//! `environment/…`: the person's environment, which commands are given parts of.

use std::sync::Arc;

use engine::environment::Origin;

use super::review::blocking;
use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

impl Desk {
    /// Reads the environment of the person's login shell, in the background. A reason why that did
    /// not work is said once.
    pub fn read_environment(self: &Arc<Self>) {
        let desk = self.clone();
        let reading = self.engine.environment().read();
        self.runtime.spawn(async move {
            reading.await;
            if let (_, Origin::Fallback { why }) = desk.engine.environment().state() {
                desk.notice(
                    format!(
                        "The environment of your terminal could not be read, because {why}. \
                         Commands use the one that Greenlight was started with."
                    ),
                    "Tools may be missing from commands. Settings (Ctrl+,) shows the environment.",
                );
            }
            desk.settings_changed();
        });
    }

    pub(crate) async fn environment_get(&self, _: Nothing) -> Result<Environment, Failure> {
        let (variables, origin) = self.engine.environment().state();
        let (engine, home) = (self.engine.clone(), self.home.clone());
        blocking(move || {
            let homes = engine.homes();
            Ok(convert::environment(&variables, &origin, &homes, &home))
        })
        .await
    }

    pub(crate) async fn environment_read(&self, nothing: Nothing) -> Result<Environment, Failure> {
        self.engine.environment().read().await;
        self.environment_get(nothing).await
    }
}
