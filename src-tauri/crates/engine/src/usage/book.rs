//! The book of what was spent: adds up, holds against the budgets, and says what is to be said.

use std::path::Path;
use std::sync::Arc;

use super::Answer;
use super::Day;
use super::OfDay;
use super::OfModel;
use super::OfTask;
use super::Sum;
use super::budget::Budget;
use super::budget::OFFER_AT;
use super::budget::Span;
use super::budget::Standing;
use super::budget::reached;
use crate::model::Failure;
use crate::model::rate_limit::Counts;
use crate::model::rate_limit::RateLimits;
use crate::model::rate_limit::Window;
use crate::providers::Providers;
use crate::store::index::Index;
use crate::store::index::IndexError;
use crate::store::log::Log;
use crate::store::log::LogError;
use crate::store::log::Record;

/// Days that the report goes back.
const REPORT_DAYS: u32 = 30;

/// A limit that is whole again sooner is over before the words about it are read.
const SHORT_WINDOW_MS: u64 = 60_000;

/// What the index calls the choice that the logs were read into it.
const COUNTED: &str = "usage counted";

/// What *Test connection* has cost has the place of a task of this name.
pub(crate) const TRIED: &str = "test-connection";

/// What was spent could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// In the index.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// In the log.
    #[error(
        "What trying the connection has cost could not be written to {}: {}.",
        .0.path.display(),
        .0.source
    )]
    Log(#[from] LogError),
}

/// Tells the time, in milliseconds since the epoch.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Something to tell the person once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// One sentence.
    pub message: String,
    /// The next step.
    pub hint: String,
}

/// What was spent in the last thirty days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Each day, the newest first.
    pub days: Vec<OfDay>,
    /// Each task, the newest first.
    pub tasks: Vec<OfTask>,
    /// Each model, the most first.
    pub models: Vec<OfModel>,
}

/// The book.
pub struct Book {
    index: Arc<Index>,
    providers: Arc<Providers>,
    clock: Clock,
}

impl Book {
    /// The book in an index, held against the budgets in the settings of `providers`.
    pub fn new(index: Arc<Index>, providers: Arc<Providers>, clock: Clock) -> Self {
        Self {
            index,
            providers,
            clock,
        }
    }

    /// Milliseconds since the epoch.
    pub fn now(&self) -> u64 {
        (self.clock)()
    }

    /// Takes in what the logs in `tasks`, and the one at `tried`, say, where the index is new and does not know it.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be kept. A log that cannot be read is passed over; its task
    /// says so when it is opened.
    pub fn catch_up(&self, tasks: &Path, tried: &Path) -> Result<(), IndexError> {
        if self.index.choice(COUNTED)? == Some(true) {
            return Ok(());
        }
        // Without a folder there are no tasks yet.
        for folder in std::fs::read_dir(tasks).into_iter().flatten().flatten() {
            let Ok(task) = folder.file_name().into_string() else {
                continue;
            };
            self.take_in(&task, &folder.path().join("log.jsonl"))?;
        }
        self.take_in(TRIED, tried)?;
        self.index.put_choice(COUNTED, true)
    }

    fn take_in(&self, task: &str, log: &Path) -> Result<(), IndexError> {
        let lines = Log::read(log).unwrap_or_default();
        for record in lines.into_iter().flatten() {
            if let Record::Spent { answer } = record {
                self.index.put_spent(task, &answer)?;
            }
        }
        Ok(())
    }

    /// Keeps what trying providers has cost since it was last kept, also in the log at `tried`.
    ///
    /// # Errors
    ///
    /// [`NotKept`] when it could not be; then it is counted until the app closes, if at all.
    pub fn keep_tried(&self, tried: &Path) -> Result<(), NotKept> {
        let spent = self.providers.tried().take();
        if spent.is_empty() {
            return Ok(());
        }
        let mut log = Log::open(tried);
        let mut kept = Ok(());
        // One that cannot be kept takes no other with it.
        for spent in spent {
            let answer = Answer::of(&spent, 0, self.now(), &self.providers.model(&spent.model));
            let counted = self.keep(TRIED, &answer).map_err(NotKept::from);
            let logged = match &mut log {
                Ok(log) => log.append(&Record::Spent { answer }).map_err(NotKept::from),
                Err(_) => Ok(()),
            };
            kept = kept.and(counted).and(logged);
        }
        log?;
        kept
    }

    /// Keeps what an answer has cost.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be kept.
    pub fn keep(&self, task: &str, answer: &Answer) -> Result<(), IndexError> {
        self.index.put_spent(task, answer)
    }

    /// Today, by the person's calendar.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be used.
    pub fn today(&self) -> Result<Day, IndexError> {
        let mut days = self.index.days(self.now(), 1)?;
        Ok(days.remove(0))
    }

    /// What was spent today by all tasks.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn spent_today(&self) -> Result<Sum, IndexError> {
        self.index.spent(None, self.today()?.begins)
    }

    /// What a task has spent from `since` on.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn spent_by(&self, task: &str, since: u64) -> Result<Sum, IndexError> {
        self.index.spent(Some(task), since)
    }

    /// The last thirty days.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn report(&self) -> Result<Report, IndexError> {
        let days = self.index.days(self.now(), REPORT_DAYS)?;
        let since = days.last().map_or(0, |day| day.begins);
        Ok(Report {
            days: self.index.spent_by_day(days)?,
            tasks: self.index.spent_by_task(since)?,
            models: self.index.spent_by_model(since)?,
        })
    }

    /// The budgets as the settings have them now.
    pub fn budget(&self) -> Budget {
        self.providers.budget()
    }

    /// How the budgets stand, those of a task among them.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn standings(&self, task: Option<&str>) -> Result<Vec<Standing>, IndexError> {
        let budget = self.budget();
        let of_task = task.map(|task| self.spent_by(task, 0)).transpose()?;
        Ok(budget.standings(&self.spent_today()?, of_task.as_ref()))
    }

    /// Whether a task may send its next request.
    ///
    /// # Errors
    ///
    /// [`Failure::OverBudget`] when a budget is used up. When the book cannot be read nothing is
    /// held back, because nothing is known to be used up.
    pub fn may_ask(&self, task: &str) -> Result<(), Failure> {
        let standings = self.standings(Some(task)).unwrap_or_default();
        // One that stays used up tomorrow says more than one that does not.
        let over = standings.iter().filter(|standing| standing.is_used_up());
        match over.max_by_key(|standing| standing.span == Span::Task) {
            None => Ok(()),
            Some(standing) => Err(Failure::OverBudget {
                what: format!(
                    "{} is used up: {}.",
                    capitalised(standing.name()),
                    standing.words()
                ),
                daily: standing.span == Span::Day,
            }),
        }
    }

    /// What is to be said after an answer: each step of each budget and of each rate limit once.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be used.
    pub fn news(
        &self,
        (task, title): (&str, &str),
        (provider, limits): (&str, Option<&RateLimits>),
    ) -> Result<Vec<News>, IndexError> {
        let now = self.now();
        let today = self.today()?;
        let mut news = Vec::new();
        for standing in self.standings(Some(task))? {
            let until = match standing.span {
                Span::Day => today.ends,
                Span::Task => u64::MAX,
            };
            if self.step(&standing.scope(task), standing.percent(), until, now)? {
                let of = match standing.span {
                    Span::Day => standing.name().to_owned(),
                    Span::Task => format!("the budget of the task \"{title}\""),
                };
                news.push(News {
                    message: format!(
                        "{} % of {of} is used: {}.",
                        standing.percent().min(100),
                        standing.words()
                    ),
                    hint: match standing.is_used_up() {
                        true => "A task pauses before its next request. Settings (Ctrl+,) has the budgets.",
                        false => "When it is used up, tasks pause. Settings (Ctrl+,) has the budgets.",
                    }
                    .to_owned(),
                });
            }
        }
        for window in limits.map_or(&[][..], |limits| &limits.windows) {
            let Some(percent) = window.used_percent else {
                continue;
            };
            // What does not say when it is whole again is looked at anew tomorrow.
            let until = window.resets_at.unwrap_or(today.ends);
            if until < now.saturating_add(SHORT_WINDOW_MS) {
                continue;
            }
            let (scope, what) = named(window);
            if self.step(&format!("limit:{provider}:{scope}"), percent, until, now)? {
                news.push(News {
                    message: format!("{percent} % of {what} at {provider} is used."),
                    hint: match window.resets_at {
                        Some(at) => format!(
                            "It is whole again in {}. Requests may be refused until then.",
                            rough(at.saturating_sub(now))
                        ),
                        None => "Requests may be refused when it is used up.".to_owned(),
                    },
                });
            }
        }
        Ok(news)
    }

    /// Whether a cheaper model is to be offered to a task now: once in the period of a budget.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be used.
    pub fn offers(&self, task: &str) -> Result<bool, IndexError> {
        if self.budget().offers_nothing {
            return Ok(false);
        }
        let (now, today) = (self.now(), self.today()?);
        let mut offers = false;
        for standing in self.standings(Some(task))? {
            let until = match standing.span {
                Span::Day => today.ends,
                Span::Task => u64::MAX,
            };
            let scope = format!("offer:{task}:{}", standing.scope(task));
            if standing.percent() >= OFFER_AT {
                offers |= self.index.tell_once(&scope, OFFER_AT, until, now)?;
            }
        }
        Ok(offers)
    }

    /// Whether a step is new. Steps that were passed at once are told as one.
    fn step(&self, scope: &str, percent: u32, until: u64, now: u64) -> Result<bool, IndexError> {
        let mut new = false;
        for step in reached(percent) {
            new |= self.index.tell_once(scope, step, until, now)?;
        }
        Ok(new)
    }
}

fn named(window: &Window) -> (&'static str, &'static str) {
    match window.counts {
        Counts::Requests => ("requests", "the limit of requests"),
        Counts::Tokens => ("tokens", "the limit of tokens"),
        Counts::Primary => ("primary", "the short-term limit"),
        Counts::Secondary => ("secondary", "the long-term limit"),
    }
}

/// A time to wait, roughly.
fn rough(ms: u64) -> String {
    match ms.div_ceil(60_000) {
        minutes @ 0..120 => format!("{} minutes", minutes.max(1)),
        minutes @ 120..2880 => format!("{} hours", minutes.div_ceil(60)),
        minutes => format!("{} days", minutes.div_ceil(1440)),
    }
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests;
