//! Usage: every token accounted for, and the budgets that hold it within bounds.
//!
//! Each answer is kept at once: as a line in its task's log, which is the truth, and in the index,
//! which adds up. [`book::Book`] is the one place that both writes and asks. Money is an estimate by
//! list prices; what no price is known for is counted in tokens and named as such.

pub mod book;
pub mod budget;

use serde::Deserialize;
use serde::Serialize;

use crate::model::Model;
use crate::model::meter::Spent;
use crate::model::stream::Usage;

/// One answer and what it cost, as the log and the index keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Names it, so that it counts once.
    pub id: String,
    /// The turn of its task, counted from 1.
    pub turn: u32,
    /// Milliseconds since the epoch.
    pub at: u64,
    /// The model that was asked.
    pub model: String,
    /// The provider that was asked.
    pub provider: String,
    /// Its tokens.
    pub usage: Usage,
    /// Whether they are estimated, because the server did not say.
    #[serde(default)]
    pub about: bool,
    /// Billionths of a US dollar by the list price of that day; none where no price was known.
    #[serde(default)]
    pub cost: Option<u64>,
}

impl Answer {
    /// What was just spent in a turn, at the list price of its model.
    pub fn of(spent: &Spent, turn: u32, at: u64, model: &Model) -> Self {
        Self {
            id: uuid::Uuid::now_v7().to_string(),
            turn,
            at,
            model: spent.model.clone(),
            provider: spent.provider.clone(),
            usage: spent.usage,
            about: spent.about,
            cost: model.traits.price.map(|price| price.cost(&spent.usage)),
        }
    }
}

/// Answers added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many there are.
    pub answers: u64,
    /// Tokens read, with what was cached.
    pub input: u64,
    /// Of them, read from the provider's cache.
    pub cached: u64,
    /// Tokens written, with the reasoning.
    pub output: u64,
    /// Of them, spent on reasoning.
    pub reasoning: u64,
    /// Billionths of a US dollar, of what has a price.
    pub cost: u64,
    /// Tokens that no price is known for.
    pub unpriced: u64,
    /// Whether some of it is estimated.
    pub about: bool,
}

impl Sum {
    /// All tokens.
    pub fn tokens(&self) -> u64 {
        self.input.saturating_add(self.output)
    }
}

/// A day of the person's calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// As YYYY-MM-DD.
    pub date: String,
    /// Its first moment, in milliseconds since the epoch.
    pub begins: u64,
    /// The first moment of the next day.
    pub ends: u64,
}

/// What was spent on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfDay {
    /// The day.
    pub day: Day,
    /// What was spent.
    pub sum: Sum,
}

/// What a task has spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfTask {
    /// The task, or what else has its place.
    pub task: String,
    /// What it is called; none when it was deleted.
    pub title: Option<String>,
    /// What was spent.
    pub sum: Sum,
}

/// What was spent with a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfModel {
    /// The model.
    pub model: String,
    /// Who runs it.
    pub provider: String,
    /// What was spent.
    pub sum: Sum,
}
