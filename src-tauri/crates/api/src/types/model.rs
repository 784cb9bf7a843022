//! What is known of models, and what the person says of one.

use serde::Deserialize;
use serde::Serialize;

use super::Effort;

/// What is known of one model.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelEntry {
    /// Its name.
    pub model: String,
    /// What it can do.
    pub traits: ModelTraits,
    /// The model that does small things for less, when there is one.
    pub cheaper: Option<String>,
    /// Whether anything is known about its name.
    pub known: bool,
    /// Whether the settings file says something of it.
    pub own: bool,
}

/// What a model can do, as far as a person can correct it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelTraits {
    /// Tokens that fit into one request and its answer.
    #[cfg_attr(test, ts(type = "number"))]
    pub window: u64,
    /// The efforts it takes; none when it does not reason.
    pub efforts: Vec<Effort>,
    /// How it hands over patches.
    pub patch: PatchWay,
    /// Whether it reads pictures.
    pub pictures: bool,
    /// What its tokens cost; null where nobody knows.
    pub price: Option<ModelPrice>,
}

/// How a model hands over patches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum PatchWay {
    /// With the custom tool that it was trained with.
    Custom,
    /// With an ordinary function, which every server of tools knows.
    Function,
    /// Through the shell.
    Shell,
}

/// Prices in US dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelPrice {
    /// Tokens read.
    pub input: f64,
    /// Tokens read from the cache.
    pub cached: f64,
    /// Tokens written.
    pub output: f64,
}

/// What the person says of a model. What equals what is known is not written down.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelPut {
    /// Its name.
    pub model: String,
    /// What it can do.
    pub traits: ModelTraits,
}

/// A model by name.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelName {
    /// Its name.
    pub model: String,
}

/// Asks whom the rules would choose for a message.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelFor {
    /// The task; null for a new one.
    pub task: Option<String>,
    /// What is typed. What is attached is known.
    pub text: String,
}

/// A choice between a model and its cheaper sibling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelChosen {
    /// Who answers.
    pub model: String,
    /// Who could answer in its place; null where there is nobody.
    pub other: Option<String>,
    /// The rule that decided.
    pub rule: String,
    /// Why, as the end of a sentence.
    pub because: String,
}

/// A rule of the automatic choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelRule {
    /// Names it.
    pub rule: String,
    /// The rule in a sentence.
    pub words: String,
    /// What it says.
    pub then: ModelThen,
}

/// What a rule of the automatic choice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ModelThen {
    /// The cheaper sibling answers.
    Small,
    /// The chosen model answers.
    Full,
    /// Who had the last turn answers.
    Stay,
}
