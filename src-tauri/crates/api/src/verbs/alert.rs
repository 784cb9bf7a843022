//! `alert/…`: whether the person is told outside of the window.

use super::review::blocking;
use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

impl Desk {
    pub(crate) async fn alert_get(&self, _: Nothing) -> Result<Alerts, Failure> {
        let on = self
            .engine
            .alerts()
            .map_err(|error| convert::failed(&error))?;
        Ok(Alerts { on })
    }

    pub(crate) async fn alert_set(&self, alerts: Alerts) -> Result<Alerts, Failure> {
        let engine = self.engine.clone();
        blocking(move || {
            engine
                .set_alerts(alerts.on)
                .map_err(|error| convert::failed(&error))?;
            Ok(alerts)
        })
        .await
    }
}
