//! What was spent, and the budgets.

use serde::Deserialize;
use serde::Serialize;

/// Answers added up.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Spending {
    /// How many answers there are.
    pub answers: u64,
    /// Tokens read, with what was cached.
    pub input: u64,
    /// Of them, read from the provider's cache.
    pub cached: u64,
    /// Tokens written, with the reasoning.
    pub output: u64,
    /// Of them, spent on reasoning.
    pub reasoning: u64,
    /// US dollars by list prices; null where no price is known for any of it.
    pub dollars: Option<f64>,
    /// Tokens that no price is known for.
    pub unpriced: u64,
    /// Whether some of the tokens are estimated.
    pub about: bool,
}

/// Whose usage is asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UsageOf {
    /// The task on screen, if one is.
    pub task: Option<String>,
}

/// What the context meter tells.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UsageNow {
    /// Tokens that the conversation takes and can take; null before the first answer.
    pub context: Option<ContextUse>,
    /// What the newest turn has spent; null without a task.
    pub turn: Option<Spending>,
    /// What the task has spent; null without one.
    pub task: Option<Spending>,
    /// What all tasks have spent today.
    pub today: Spending,
    /// The budgets that there are.
    pub budgets: Vec<BudgetStanding>,
    /// What the provider last said of its rate limits.
    pub limits: Vec<RateLimit>,
    /// What to know of the service tiers of the chosen provider, if anything.
    pub tier: Option<String>,
}

/// The room of a conversation.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ContextUse {
    /// Tokens it takes.
    pub used: u64,
    /// Tokens it can take.
    pub window: u64,
}

/// One budget and what was used of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BudgetStanding {
    /// Whether it is one of the day; else of the task.
    pub daily: bool,
    /// What was used and how much there is: "81,000 of 90,000 tokens".
    pub words: String,
    /// How much is used, 0 to 100.
    pub percent: u32,
}

/// A rate limit of the provider.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RateLimit {
    /// What it counts.
    pub counts: RateLimitKind,
    /// How many there are in all.
    pub limit: Option<u64>,
    /// How many are left.
    pub remaining: Option<u64>,
    /// How much is used, 0 to 100.
    pub used_percent: Option<u32>,
    /// When it is whole again.
    pub resets_at: Option<u64>,
}

/// What a rate limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum RateLimitKind {
    /// Requests.
    Requests,
    /// Tokens.
    Tokens,
    /// A short window, told as a share.
    Primary,
    /// A long window, told as a share.
    Secondary,
}

/// The last thirty days.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UsageReport {
    /// Each day, the newest first.
    pub days: Vec<DayUsage>,
    /// Each task, the newest first.
    pub tasks: Vec<TaskUsage>,
    /// Each model, the most first.
    pub models: Vec<ModelUsage>,
}

/// What was spent on a day.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DayUsage {
    /// The day of the person's calendar, as YYYY-MM-DD.
    pub date: String,
    /// What was spent.
    pub spent: Spending,
}

/// What a task has spent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TaskUsage {
    /// The task.
    pub task: String,
    /// What it is called; null when it was deleted.
    pub title: Option<String>,
    /// What was spent.
    pub spent: Spending,
}

/// What was spent with a model.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelUsage {
    /// The model.
    pub model: String,
    /// Who runs it.
    pub provider: String,
    /// What was spent.
    pub spent: Spending,
}

/// The budgets. What is null is without one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Budget {
    /// Tokens of a day.
    pub day_tokens: Option<u64>,
    /// US dollars of a day.
    pub day_dollars: Option<f64>,
    /// Tokens of a task.
    pub task_tokens: Option<u64>,
    /// US dollars of a task.
    pub task_dollars: Option<f64>,
    /// Whether a cheaper model is offered when a budget goes to its end.
    pub offer_cheaper: bool,
}

/// Answers the offer of a cheaper model.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OfferReply {
    /// The task.
    pub task: String,
    /// The answer.
    pub answer: OfferAnswer,
}

/// An answer to the offer of a cheaper model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum OfferAnswer {
    /// Ask the cheaper model from the next turn on.
    Switch,
    /// Go on with the model there is.
    Keep,
    /// The same, and offer nothing any more.
    Never,
}
