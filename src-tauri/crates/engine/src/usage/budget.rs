//! Budgets: how much may be spent in a day or by a task, in tokens or in money. Pure.

use super::Sum;
use crate::attachments::grouped;

/// Where the person is told that a budget, or a rate limit, goes to its end, in percent.
pub const STEPS: [u32; 3] = [75, 90, 95];

/// Where a cheaper model is offered, in percent.
pub const OFFER_AT: u32 = 90;

/// Billionths in one.
pub const BILLION: u64 = 1_000_000_000;

/// The budgets of the person; any mix of the four, or none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Budget {
    /// Tokens of a day.
    pub day_tokens: Option<u64>,
    /// Money of a day, in billionths of a US dollar.
    pub day_dollars: Option<u64>,
    /// Tokens of a task.
    pub task_tokens: Option<u64>,
    /// Money of a task, in billionths of a US dollar.
    pub task_dollars: Option<u64>,
    /// Whether no cheaper model is to be offered.
    pub offers_nothing: bool,
}

/// What a budget is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// All tasks on one day of the person's calendar.
    Day,
    /// One task, for as long as there is one.
    Task,
}

/// What a budget counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Tokens.
    Tokens,
    /// Billionths of a US dollar.
    Dollars,
}

/// One budget and what was used of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What it is for.
    pub span: Span,
    /// What it counts.
    pub unit: Unit,
    /// How much there is.
    pub amount: u64,
    /// How much was used.
    pub used: u64,
}

impl Budget {
    /// How its limits stand, when so much was spent today and by the task.
    pub fn standings(&self, today: &Sum, task: Option<&Sum>) -> Vec<Standing> {
        let of = |span, sum: &Sum, tokens: Option<u64>, dollars: Option<u64>| {
            let tokens = tokens.map(|amount| (Unit::Tokens, amount, sum.tokens()));
            let dollars = dollars.map(|amount| (Unit::Dollars, amount, sum.cost));
            [tokens, dollars]
                .into_iter()
                .flatten()
                .map(move |(unit, amount, used)| Standing {
                    span,
                    unit,
                    amount,
                    used,
                })
        };
        let mut all: Vec<Standing> =
            of(Span::Day, today, self.day_tokens, self.day_dollars).collect();
        if let Some(task) = task {
            all.extend(of(Span::Task, task, self.task_tokens, self.task_dollars));
        }
        all
    }
}

impl Standing {
    /// How much is used, rounded down, so that 100 means used up.
    pub fn percent(&self) -> u32 {
        let percent = u128::from(self.used) * 100 / u128::from(self.amount.max(1));
        u32::try_from(percent).unwrap_or(u32::MAX)
    }

    /// Whether nothing is left.
    pub fn is_used_up(&self) -> bool {
        self.used >= self.amount
    }

    /// "today's budget", or that of a task.
    pub fn name(&self) -> &'static str {
        match self.span {
            Span::Day => "today's budget",
            Span::Task => "this task's budget",
        }
    }

    /// "81,000 of 90,000 tokens", "about $4.50 of $5.00".
    pub fn words(&self) -> String {
        match self.unit {
            Unit::Tokens => format!("{} of {} tokens", grouped(self.used), grouped(self.amount)),
            Unit::Dollars => {
                let about = if self.used < LEAST { "" } else { "about " };
                format!("{about}{} of {}", money(self.used), money(self.amount))
            }
        }
    }

    /// What it is called among the things the person was told of. Another amount is another budget.
    pub fn scope(&self, task: &str) -> String {
        let unit = match self.unit {
            Unit::Tokens => "tokens",
            Unit::Dollars => "dollars",
        };
        match self.span {
            Span::Day => format!("day:{unit}:{}", self.amount),
            Span::Task => format!("task:{task}:{unit}:{}", self.amount),
        }
    }
}

/// The steps that so much has reached.
pub fn reached(percent: u32) -> impl Iterator<Item = u32> {
    STEPS.into_iter().filter(move |step| *step <= percent)
}

/// The least that is said as an amount: half a cent.
const LEAST: u64 = 5_000_000;

/// Money in dollars and cents; less than a cent is not nothing.
pub fn money(billionths: u64) -> String {
    let cents = billionths.saturating_add(LEAST) / 10_000_000;
    if (1..LEAST).contains(&billionths) {
        return "less than $0.01".to_owned();
    }
    format!("${}.{:02}", grouped(cents / 100), cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(used: u64, amount: u64) -> Standing {
        Standing {
            span: Span::Day,
            unit: Unit::Tokens,
            amount,
            used,
        }
    }

    #[test]
    fn steps_are_reached_exactly_and_a_hundred_means_used_up() {
        for (used, percent, steps, over) in [
            (749, 74, &[][..], false),
            (750, 75, &[75], false),
            (899, 89, &[75], false),
            (900, 90, &[75, 90], false),
            (950, 95, &[75, 90, 95], false),
            (999, 99, &[75, 90, 95], false),
            (1000, 100, &[75, 90, 95], true),
            (1500, 150, &[75, 90, 95], true),
        ] {
            let standing = standing(used, 1000);
            assert_eq!(standing.percent(), percent, "{used}");
            assert_eq!(reached(percent).collect::<Vec<_>>(), steps, "{used}");
            assert_eq!(standing.is_used_up(), over, "{used}");
        }
        assert_eq!(standing(u64::MAX, 1).percent(), u32::MAX);
    }

    #[test]
    fn any_mix_of_the_four_stands_for_itself() {
        let sum = |input, cost| Sum {
            input,
            cost,
            ..Sum::default()
        };
        let budget = Budget {
            day_dollars: Some(10),
            task_tokens: Some(20),
            ..Budget::default()
        };
        let all = budget.standings(&sum(5, 7), Some(&sum(3, 4)));
        let seen: Vec<_> = all.iter().map(|s| (s.span, s.unit, s.used)).collect();
        assert_eq!(
            seen,
            [(Span::Day, Unit::Dollars, 7), (Span::Task, Unit::Tokens, 3)]
        );
        assert_eq!(Budget::default().standings(&sum(5, 7), None), []);
    }

    #[test]
    fn amounts_are_said_as_people_say_them() {
        assert_eq!(
            standing(81_000, 1_200_000).words(),
            "81,000 of 1,200,000 tokens"
        );
        let dollars = Standing {
            unit: Unit::Dollars,
            ..standing(4_500_000_000, 5 * BILLION)
        };
        assert_eq!(dollars.words(), "about $4.50 of $5.00");
        let cheap = Standing { used: 1, ..dollars };
        assert_eq!(cheap.words(), "less than $0.01 of $5.00");
        assert_eq!(
            (money(0), money(1)),
            ("$0.00".to_owned(), "less than $0.01".to_owned())
        );
    }
}
