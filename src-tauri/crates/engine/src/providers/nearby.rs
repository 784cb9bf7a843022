//! Servers of models on this computer, found at the ports where they usually are.
//!
//! Nobody is asked before the person wants it, and nothing but the loopback address is. Each is asked
//! for its list of models, without a key: other programs use these ports as well, and one that has no
//! such list is none.

use std::time::Duration;

use futures_util::future::join_all;

use super::Preset;
use super::Providers;
use super::presets;
use crate::model::Failure;
use crate::model::Provider;
use crate::model::listing;
use crate::model::provider::Manner;
use crate::settings::Kind;

/// Longer than a server on the same machine takes for a list.
const PATIENCE: Duration = Duration::from_secs(2);

/// A server on this computer that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearby {
    /// What usually is at this port.
    pub kind: Kind,
    /// What that is called.
    pub name: String,
    /// Where it is.
    pub base_url: String,
    /// Its models, by name; none when it wants a key first.
    pub models: Vec<String>,
    /// Whether it wants a key.
    pub wants_key: bool,
}

impl Providers {
    /// Looks for servers on this computer that are not among the providers yet.
    pub async fn nearby(&self) -> Vec<Nearby> {
        let (known, ..) = self.all();
        let is_known = |preset: &Preset| {
            let origin = origin(preset.base_url);
            known
                .iter()
                .any(|entry| entry.origin.as_ref().ok() == origin.as_ref())
        };
        let usual = presets()
            .into_iter()
            .filter(|preset| preset.base_url.starts_with("http://localhost:") && !is_known(preset));
        let places = usual.map(|preset| (preset.kind, preset.name, preset.base_url.to_owned()));
        find(places.collect()).await
    }
}

/// Those that answer at these places, in their order.
pub(super) async fn find(places: Vec<(Kind, &str, String)>) -> Vec<Nearby> {
    let asked = places.into_iter().map(|(kind, name, base_url)| async move {
        let manner = Manner::default();
        let provider = Provider::in_manner(name, &base_url, None, manner).ok()?;
        if !provider.address().is_this_machine() {
            return None;
        }
        let listed = tokio::time::timeout(PATIENCE, listing::models(&provider)).await;
        let (models, wants_key) = match listed.ok()? {
            Ok(models) => (models.into_iter().map(|each| each.name).collect(), false),
            Err(Failure::NoKey { .. }) => (Vec::new(), true),
            Err(_) => return None,
        };
        Some(Nearby {
            kind,
            name: name.to_owned(),
            base_url,
            models,
            wants_key,
        })
    });
    join_all(asked).await.into_iter().flatten().collect()
}

fn origin(base_url: &str) -> Option<String> {
    let provider = Provider::in_manner("", base_url, None, Manner::default()).ok()?;
    Some(provider.address().origin())
}
