//! `model/…`: which models there are, and the one of new tasks.

use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

impl Desk {
    pub(crate) async fn model_list(&self, _: Nothing) -> Result<ModelList, Failure> {
        let models = self.engine.providers().list_models().await;
        Ok(ModelList {
            models: models.names,
            note: models.failure.map(|failure| {
                format!("The server's own list of models could not be had: {failure}")
            }),
        })
    }

    pub(crate) async fn model_prefer(&self, prefer: ModelPrefer) -> Result<Settings, Failure> {
        let effort = convert::effort_inside(prefer.effort);
        let changed = self.engine.providers().prefer(&prefer.model, effort);
        self.changed(changed).await
    }
}
