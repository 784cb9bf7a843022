//! Whether the cheaper sibling of a model can be asked at the chosen provider.

use super::Entry;
use super::Providers;
use crate::model::Model;
use crate::model::choice::Sibling;

impl Providers {
    /// The cheaper sibling of a model, as far as the chosen provider has it. A provider that was not
    /// asked for its list is taken to have it. Azure OpenAI lists no deployments, so that there the
    /// person's own settings have to name it.
    pub fn sibling(&self, model: &Model) -> Sibling {
        let Some(slug) = model.traits.cheaper.clone() else {
            return Sibling::None;
        };
        let entry = self.chosen();
        let offered = match entry.is_azure() {
            true => self.said_of_models().contains(&slug),
            false => self.has(&entry, &slug),
        };
        if !offered {
            return Sibling::NotOffered { slug };
        }
        there(&self.model(&slug), model)
    }

    /// Whether a provider has a model, as far as it said.
    fn has(&self, entry: &Entry, slug: &str) -> bool {
        let Some(slot) = entry.slot() else {
            return true;
        };
        let listed = self.listed();
        let listed = listed.get(&slot).filter(|listed| !listed.is_empty());
        listed.is_none_or(|listed| listed.iter().any(|each| each.name == slug))
    }
}

fn there(small: &Model, full: &Model) -> Sibling {
    // Where the chosen model has no more room either, going up would help nothing.
    let less = small.traits.window < full.traits.window;
    Sibling::There {
        slug: small.slug.clone(),
        pictures: small.traits.vision,
        // What is left of it is for the turn's own work.
        room: less.then(|| small.compact_at() * 8 / 10),
    }
}
