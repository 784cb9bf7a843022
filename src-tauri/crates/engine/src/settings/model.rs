//! What the person says of a model, written into the settings file.

use std::path::PathBuf;

use toml_edit::Array;
use toml_edit::InlineTable;
use toml_edit::Item;
use toml_edit::Value;

use super::SettingsError;
use super::SettingsFile;
use super::file::fields_of;
use super::file::put;
use crate::model::catalog::Effort;
use crate::model::catalog::PatchTool;
use crate::model::price::Price;

/// What of a model is said anew; `None` is left as it is in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelChange {
    /// Tokens that fit into one request and its answer.
    pub window: Option<u64>,
    /// The efforts it takes.
    pub efforts: Option<Vec<Effort>>,
    /// How it hands over patches.
    pub patch: Option<PatchTool>,
    /// Whether it reads pictures.
    pub vision: Option<bool>,
    /// What its tokens cost; none where nobody knows.
    pub price: Option<Option<Price>>,
}

impl SettingsFile {
    /// Says something of a model. What else the file says of it stays.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] when nothing was changed.
    pub fn put_model(
        &self,
        slug: &str,
        change: &ModelChange,
    ) -> Result<Option<PathBuf>, SettingsError> {
        let values: Vec<(&str, Value)> = [
            ("window", change.window.map(|tokens| (tokens as i64).into())),
            ("efforts", change.efforts.as_deref().map(words)),
            ("patch", change.patch.map(|patch| patch.as_str().into())),
            ("pictures", change.vision.map(Value::from)),
            (
                "price",
                change
                    .price
                    .map(|price| price.map_or(false.into(), dollars)),
            ),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
        self.change(|document| {
            if values.is_empty() {
                return String::new();
            }
            let fields = fields_of(document, "models", slug);
            for (name, value) in values {
                put(fields, name, value);
            }
            String::new()
        })
    }

    /// Takes out all that the file says of a model.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] when nothing was changed.
    pub fn forget_model(&self, slug: &str) -> Result<Option<PathBuf>, SettingsError> {
        self.change(|document| {
            let all = document.get_mut("models");
            if let Some(all) = all.and_then(Item::as_table_like_mut) {
                all.remove(slug);
            }
            String::new()
        })
    }
}

fn words(efforts: &[Effort]) -> Value {
    efforts
        .iter()
        .map(|effort| effort.as_str())
        .collect::<Array>()
        .into()
}

fn dollars(price: Price) -> Value {
    let mut fields = InlineTable::new();
    for (name, millionths) in [
        ("input", price.input),
        ("cached", price.cached),
        ("output", price.output),
    ] {
        fields.insert(name, (millionths as f64 / 1e6).into());
    }
    fields.into()
}
