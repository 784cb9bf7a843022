//! What each answer has cost, and what the person was told of it.
//!
//! The logs of the tasks are the truth; each line here has the id of its line there, so that a log
//! can be taken in any number of times.

use rusqlite::Row;
use rusqlite::params;

use super::Index;
use super::IndexError;
use crate::usage::Answer;
use crate::usage::Day;
use crate::usage::OfDay;
use crate::usage::OfModel;
use crate::usage::OfTask;
use crate::usage::Sum;
use crate::usage::book::TRIED;

pub(super) const CREATE: &str = "
    CREATE TABLE IF NOT EXISTS spent (
        id TEXT PRIMARY KEY, task TEXT NOT NULL, turn INTEGER NOT NULL, at INTEGER NOT NULL,
        model TEXT NOT NULL, provider TEXT NOT NULL, input INTEGER NOT NULL,
        cached INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
        cost INTEGER, about INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS spent_at ON spent(at);
    CREATE INDEX IF NOT EXISTS spent_of_task ON spent(task, at);
    CREATE TABLE IF NOT EXISTS told (
        scope TEXT NOT NULL, step INTEGER NOT NULL, until INTEGER NOT NULL,
        PRIMARY KEY (scope, step)
    ) STRICT;
";

const SUMS: &str = "COUNT(*), COALESCE(SUM(input), 0), COALESCE(SUM(cached), 0),
    COALESCE(SUM(output), 0), COALESCE(SUM(reasoning), 0), COALESCE(SUM(cost), 0),
    COALESCE(SUM(CASE WHEN cost IS NULL THEN input + output ELSE 0 END), 0),
    COALESCE(MAX(about), 0)";

/// More than any answer takes or costs; a sum of many stays within the numbers of SQLite.
const MOST: u64 = 1_000_000_000_000_000;

impl Index {
    /// Keeps what an answer has cost. One that is there already stays as it is.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be kept.
    pub fn put_spent(&self, task: &str, answer: &Answer) -> Result<(), IndexError> {
        let number = |number: u64| number.min(MOST) as i64;
        let usage = &answer.usage;
        self.run(|db| {
            db.execute(
                "INSERT OR IGNORE INTO spent (id, task, turn, at, model, provider, input, cached,
                     output, reasoning, cost, about)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                params![
                    answer.id,
                    task,
                    answer.turn,
                    number(answer.at),
                    answer.model,
                    answer.provider,
                    number(usage.input),
                    number(usage.cached),
                    number(usage.output),
                    number(usage.reasoning),
                    answer.cost.map(number),
                    answer.about,
                ],
            )
        })?;
        Ok(())
    }

    /// What was spent from `since` on, by one task or by all.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn spent(&self, task: Option<&str>, since: u64) -> Result<Sum, IndexError> {
        self.run(|db| {
            db.query_row(
                &format!("SELECT {SUMS} FROM spent WHERE at >= ?1 AND (?2 IS NULL OR task = ?2)"),
                params![since as i64, task],
                |row| sum(row, 0),
            )
        })
    }

    /// The days of the person's calendar up to that of `now`, the newest first.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be used.
    pub fn days(&self, now: u64, count: u32) -> Result<Vec<Day>, IndexError> {
        self.run(|db| {
            db.prepare(
                "WITH RECURSIVE back(days) AS (
                     SELECT 0 UNION ALL SELECT days + 1 FROM back WHERE days + 1 < ?2
                 )
                 SELECT date(?1, 'unixepoch', 'localtime', '-' || days || ' day'),
                     CAST(strftime('%s', date(?1, 'unixepoch', 'localtime',
                         '-' || days || ' day'), 'utc') AS INTEGER) * 1000,
                     CAST(strftime('%s', date(?1, 'unixepoch', 'localtime',
                         '-' || days || ' day', '+1 day'), 'utc') AS INTEGER) * 1000
                 FROM back ORDER BY days",
            )?
            .query_map(params![(now / 1000) as i64, count], |row| {
                Ok(Day {
                    date: row.get(0)?,
                    begins: row.get::<_, i64>(1)? as u64,
                    ends: row.get::<_, i64>(2)? as u64,
                })
            })?
            .collect()
        })
    }

    /// What was spent on each of some days, in their order.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn spent_by_day(&self, days: Vec<Day>) -> Result<Vec<OfDay>, IndexError> {
        self.run(|db| {
            let mut of_day = db.prepare(&format!(
                "SELECT {SUMS} FROM spent WHERE at >= ?1 AND at < ?2"
            ))?;
            let mut all = Vec::new();
            for day in days {
                let within = params![day.begins as i64, day.ends as i64];
                let sum = of_day.query_row(within, |row| sum(row, 0))?;
                all.push(OfDay { day, sum });
            }
            Ok(all)
        })
    }

    /// What tasks have spent from `since` on, the newest first.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn spent_by_task(&self, since: u64) -> Result<Vec<OfTask>, IndexError> {
        self.run(|db| {
            db.prepare(&format!(
                "SELECT spent.task, CASE spent.task WHEN '{TRIED}' THEN 'Test connection'
                     ELSE (SELECT title FROM task WHERE task.id = spent.task) END, {SUMS}
                 FROM spent WHERE at >= ?1 GROUP BY spent.task ORDER BY MAX(at) DESC LIMIT 200"
            ))?
            .query_map(params![since as i64], |row| {
                Ok(OfTask {
                    task: row.get(0)?,
                    title: row.get(1)?,
                    sum: sum(row, 2)?,
                })
            })?
            .collect()
        })
    }

    /// What was spent with each model from `since` on, the most first.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index could not be read.
    pub fn spent_by_model(&self, since: u64) -> Result<Vec<OfModel>, IndexError> {
        self.run(|db| {
            db.prepare(&format!(
                "SELECT model, provider, {SUMS} FROM spent WHERE at >= ?1
                 GROUP BY model, provider ORDER BY SUM(input + output) DESC, model"
            ))?
            .query_map(params![since as i64], |row| {
                Ok(OfModel {
                    model: row.get(0)?,
                    provider: row.get(1)?,
                    sum: sum(row, 2)?,
                })
            })?
            .collect()
        })
    }

    /// Whether the person is to be told something now: once, until `until` has passed.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it could not be noted.
    pub fn tell_once(
        &self,
        scope: &str,
        step: u32,
        until: u64,
        now: u64,
    ) -> Result<bool, IndexError> {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let told = self.run(|db| {
            db.execute(
                "INSERT INTO told (scope, step, until) VALUES (?1, ?2, ?3)
                 ON CONFLICT (scope, step) DO UPDATE SET until = ?3 WHERE until <= ?4",
                params![scope, step, number(until), number(now)],
            )
        })?;
        Ok(told > 0)
    }
}

fn sum(row: &Row<'_>, from: usize) -> Result<Sum, rusqlite::Error> {
    let number = |at: usize| row.get::<_, i64>(from + at).map(|number| number as u64);
    Ok(Sum {
        answers: number(0)?,
        input: number(1)?,
        cached: number(2)?,
        output: number(3)?,
        reasoning: number(4)?,
        cost: number(5)?,
        unpriced: number(6)?,
        about: row.get(from + 7)?,
    })
}
