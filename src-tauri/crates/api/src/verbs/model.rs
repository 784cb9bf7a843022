//! `model/…`: which models there are, what is known of them, and the one of new tasks.

use engine::model::choice::RULES;
use engine::settings::ModelChange;

use super::review::blocking;
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

    pub(crate) async fn model_known(&self, _: Nothing) -> Result<Vec<ModelEntry>, Failure> {
        let providers = self.engine.providers();
        let own = providers.said_of_models();
        let names = providers.known_models();
        // What the person said of a model is to be found, whichever provider is chosen.
        let others = own.iter().filter(|slug| !names.contains(slug));
        Ok(names
            .iter()
            .chain(others)
            .map(|slug| convert::model_entry(&providers.model(slug), own.contains(slug)))
            .collect())
    }

    pub(crate) async fn model_put(&self, put: ModelPut) -> Result<Settings, Failure> {
        let providers = self.engine.providers();
        let known = providers.model(&put.model);
        let Some(change) = convert::model_change(&known, &put.traits) else {
            return Err(Failure::refused(
                "A price is a number of dollars from 0 to 10,000. Nothing was changed.",
                "",
            ));
        };
        let changed = providers.put_model(&put.model, &change);
        self.changed(changed).await
    }

    pub(crate) async fn model_describe(&self, model: ModelName) -> Result<Settings, Failure> {
        let providers = self.engine.providers();
        let change = ModelChange {
            window: Some(providers.model(&model.model).traits.window),
            ..ModelChange::default()
        };
        let changed = providers.put_model(&model.model, &change);
        self.changed(changed).await
    }

    pub(crate) async fn model_forget(&self, model: ModelName) -> Result<Settings, Failure> {
        let changed = self.engine.providers().forget_model(&model.model);
        self.changed(changed).await
    }

    pub(crate) async fn model_rules(&self, _: Nothing) -> Result<Vec<ModelRule>, Failure> {
        Ok(RULES.iter().map(convert::model_rule).collect())
    }

    pub(crate) async fn model_would(&self, of: ModelFor) -> Result<ModelChosen, Failure> {
        let project = self.project()?;
        let task = self.task_or_none(of.task.as_deref())?;
        let slug = match &task {
            Some(task) => task.facts().model,
            None => self.for_a_new_task(None, &project)?.0.model,
        };
        // What is attached is read from the disk, and the project may have to be counted.
        blocking(move || {
            let model = project.model(&slug);
            project
                .would_ask(task.as_deref(), &model, &of.text)
                .map(|chosen| convert::model_chosen(&chosen))
                .map_err(|error| convert::failed(&error))
        })
        .await
    }

    pub(crate) async fn model_prefer(&self, prefer: ModelPrefer) -> Result<Settings, Failure> {
        let effort = convert::effort_inside(prefer.effort);
        let changed = self.engine.providers().prefer(&prefer.model, effort);
        self.changed(changed).await
    }
}
