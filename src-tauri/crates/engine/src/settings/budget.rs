//! The budgets in the settings file: `[budget]` with any of its four amounts.

use toml_edit::Item;
use toml_edit::TableLike;
use toml_edit::Value;

use super::MOST_DOLLARS;
use super::MOST_TOKENS;
use super::read::Reader;
use crate::usage::budget::BILLION;
use crate::usage::budget::Budget;

impl Reader<'_> {
    /// What the table says.
    pub(super) fn budget(&mut self, table: &dyn TableLike) -> Budget {
        let mut budget = Budget::default();
        for (name, item) in table.iter() {
            let line = self.line(table.key(name).and_then(toml_edit::Key::span), item);
            let amount = match name {
                "day_tokens" => &mut budget.day_tokens,
                "task_tokens" => &mut budget.task_tokens,
                "day_dollars" => &mut budget.day_dollars,
                "task_dollars" => &mut budget.task_dollars,
                "offer_cheaper" => {
                    match item.as_bool() {
                        Some(offers) => budget.offers_nothing = !offers,
                        None => self.problem(
                            line,
                            "`offer_cheaper` is neither true nor false",
                            "cheaper models are offered",
                        ),
                    }
                    continue;
                }
                _ => {
                    self.unknown(line, name);
                    continue;
                }
            };
            let (read, what) = match name.ends_with("tokens") {
                true => (tokens(item), "no whole number of tokens above 0"),
                false => (dollars(item), "no amount of dollars above 0"),
            };
            *amount = read;
            if read.is_none() {
                self.problem(
                    line,
                    &format!("`{name}` is {what}"),
                    "there is no such budget",
                );
            }
        }
        budget
    }
}

fn tokens(item: &Item) -> Option<u64> {
    let tokens = u64::try_from(item.as_integer()?).ok()?;
    (1..=MOST_TOKENS).contains(&tokens).then_some(tokens)
}

fn dollars(item: &Item) -> Option<u64> {
    let whole = item.as_integer().map(|dollars| dollars as f64);
    billionths(item.as_float().or(whole)?)
}

/// An amount of dollars in billionths; none for what can be no budget.
pub fn billionths(dollars: f64) -> Option<u64> {
    let amount = (dollars * BILLION as f64).round();
    if !(1.0..=MOST_DOLLARS as f64).contains(&amount) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Some(amount as u64)
}

/// What the file says of each setting; none for what it need not say.
pub(super) fn values(budget: &Budget) -> [(&'static str, Option<Value>); 5] {
    let tokens = |amount: Option<u64>| amount.map(|amount| Value::from(amount as i64));
    let dollars =
        |amount: Option<u64>| amount.map(|amount| Value::from(amount as f64 / BILLION as f64));
    [
        ("day_tokens", tokens(budget.day_tokens)),
        ("day_dollars", dollars(budget.day_dollars)),
        ("task_tokens", tokens(budget.task_tokens)),
        ("task_dollars", dollars(budget.task_dollars)),
        (
            "offer_cheaper",
            budget.offers_nothing.then(|| Value::from(false)),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use crate::settings::SettingsFile;
    use crate::usage::budget::BILLION;
    use crate::usage::budget::Budget;

    #[test]
    fn amounts_are_read_and_bad_ones_are_named_by_line() {
        let dir = tempfile::tempdir().unwrap();
        let file = SettingsFile::new(dir.path().join("settings.toml"));
        let bad = "[budget]\nday_tokens = 0\nday_dollars = \"5\"\ntask_tokens = 1.5\n\
                   task_dollars = 2\nweek_tokens = 3\noffer_cheaper = 1\n";
        std::fs::write(file.path(), bad).unwrap();
        let settings = file.read();
        let lines: Vec<_> = settings
            .problems
            .iter()
            .map(|problem| problem.line)
            .collect();
        assert_eq!(lines, [2, 3, 4, 6, 7].map(Some));
        let expect = Budget {
            task_dollars: Some(2 * BILLION),
            ..Budget::default()
        };
        assert_eq!(settings.budget, expect);
        std::fs::write(file.path(), "budget = 5\n").unwrap();
        assert_eq!(file.read().problems.len(), 1);
    }

    #[test]
    fn what_is_written_is_read_again_and_comments_stay() {
        let dir = tempfile::tempdir().unwrap();
        let file = SettingsFile::new(dir.path().join("settings.toml"));
        let before = "provider = \"openai\"\n\n# Mine.\n[budget]\nday_tokens = 1000 # enough\n";
        std::fs::write(file.path(), before).unwrap();
        let budget = Budget {
            day_tokens: Some(2_000),
            day_dollars: Some(2_500_000_000),
            task_dollars: Some(5 * BILLION),
            offers_nothing: true,
            ..Budget::default()
        };
        assert_eq!(file.put_budget(&budget).unwrap(), None);
        let settings = file.read();
        assert_eq!((settings.budget, settings.problems.len()), (budget, 0));
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert!(
            text.contains("# Mine.") && text.contains("day_tokens = 2000 # enough"),
            "{text}"
        );
        assert!(text.contains("day_dollars = 2.5"), "{text}");
        file.put_budget(&Budget::default()).unwrap();
        assert_eq!(file.read().budget, Budget::default());
    }
}
