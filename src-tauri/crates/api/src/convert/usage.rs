//! What was spent and the budgets, on their way to the window and back.

use engine::model::rate_limit::Counts;
use engine::model::rate_limit::Window;
use engine::settings::billionths;
use engine::tasks::purse as inside;
use engine::usage::Sum;
use engine::usage::book::Report;
use engine::usage::budget::BILLION;
use engine::usage::budget::Budget as InsideBudget;
use engine::usage::budget::Span;
use engine::usage::budget::Standing;

use crate::failure::Failure;
use crate::types::*;

pub(crate) fn spending(sum: &Sum) -> Spending {
    let nothing_priced = sum.unpriced > 0 && sum.unpriced == sum.tokens();
    Spending {
        answers: sum.answers,
        input: sum.input,
        cached: sum.cached,
        output: sum.output,
        reasoning: sum.reasoning,
        dollars: (!nothing_priced).then(|| dollars(sum.cost)),
        unpriced: sum.unpriced,
        about: sum.about,
    }
}

pub(crate) fn standing(standing: &Standing) -> BudgetStanding {
    BudgetStanding {
        daily: standing.span == Span::Day,
        words: standing.words(),
        percent: standing.percent().min(100),
    }
}

pub(crate) fn rate_limit(window: &Window) -> RateLimit {
    RateLimit {
        counts: match window.counts {
            Counts::Requests => RateLimitKind::Requests,
            Counts::Tokens => RateLimitKind::Tokens,
            Counts::Primary => RateLimitKind::Primary,
            Counts::Secondary => RateLimitKind::Secondary,
        },
        limit: window.limit,
        remaining: window.remaining,
        used_percent: window.used_percent,
        resets_at: window.resets_at,
    }
}

pub(crate) fn usage_report(report: Report) -> UsageReport {
    let days = report.days.into_iter().map(|of| DayUsage {
        spent: spending(&of.sum),
        date: of.day.date,
    });
    let tasks = report.tasks.into_iter().map(|of| TaskUsage {
        spent: spending(&of.sum),
        task: of.task,
        title: of.title,
    });
    let models = report.models.into_iter().map(|of| ModelUsage {
        spent: spending(&of.sum),
        model: of.model,
        provider: of.provider,
    });
    UsageReport {
        days: days.collect(),
        tasks: tasks.collect(),
        models: models.collect(),
    }
}

pub(crate) fn budget(budget: &InsideBudget) -> Budget {
    Budget {
        day_tokens: budget.day_tokens,
        day_dollars: budget.day_dollars.map(dollars),
        task_tokens: budget.task_tokens,
        task_dollars: budget.task_dollars.map(dollars),
        offer_cheaper: !budget.offers_nothing,
    }
}

pub(crate) fn budget_inside(budget: &Budget) -> Result<InsideBudget, Failure> {
    let amount = |dollars: Option<f64>| {
        let Some(dollars) = dollars else {
            return Ok(None);
        };
        billionths(dollars).map(Some).ok_or_else(|| {
            Failure::failed(
                "A budget is an amount above nothing, at most a million dollars. Nothing was \
                 changed.",
                "Leave the field empty for no budget.",
            )
        })
    };
    Ok(InsideBudget {
        day_tokens: budget.day_tokens,
        day_dollars: amount(budget.day_dollars)?,
        task_tokens: budget.task_tokens,
        task_dollars: amount(budget.task_dollars)?,
        offers_nothing: !budget.offer_cheaper,
    })
}

pub(crate) fn offer_answer(answer: OfferAnswer) -> inside::OfferAnswer {
    match answer {
        OfferAnswer::Switch => inside::OfferAnswer::Switch,
        OfferAnswer::Keep => inside::OfferAnswer::Keep,
        OfferAnswer::Never => inside::OfferAnswer::Never,
    }
}

fn dollars(billionths: u64) -> f64 {
    billionths as f64 / BILLION as f64
}
