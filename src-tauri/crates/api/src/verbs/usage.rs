//! `usage/…` and `budget/…`: what was spent, how much may be, and what happens at the end of it.

use engine::tasks::purse::OfferAnswer as Inside;
use engine::usage::budget::Budget as InsideBudget;

use super::review::blocking;
use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

impl Desk {
    pub(crate) async fn usage_get(&self, of: UsageOf) -> Result<UsageNow, Failure> {
        let task = of.task.as_deref().map(|id| self.task(id)).transpose()?;
        let engine = self.engine.clone();
        blocking(move || {
            let book = engine.book();
            let usage = task.as_ref().map(|task| task.usage()).transpose();
            let usage = usage.map_err(|error| convert::task_failed(&error))?;
            let today = book
                .spent_today()
                .map_err(|error| convert::failed(&error))?;
            let standings = book
                .standings(task.as_ref().map(|task| task.id()))
                .map_err(|error| convert::failed(&error))?;
            let limits = engine.providers().rate_limits();
            let windows = limits.iter().flat_map(|limits| &limits.windows);
            Ok(UsageNow {
                context: usage.and_then(|usage| {
                    let (used, window) = usage.context?;
                    Some(ContextUse { used, window })
                }),
                turn: usage.map(|usage| convert::spending(&usage.turn)),
                task: usage.map(|usage| convert::spending(&usage.task)),
                today: convert::spending(&today),
                budgets: standings.iter().map(convert::standing).collect(),
                limits: windows.map(convert::rate_limit).collect(),
                tier: engine.providers().chosen().tier_words(),
            })
        })
        .await
    }

    pub(crate) async fn usage_report(&self, _: Nothing) -> Result<UsageReport, Failure> {
        let engine = self.engine.clone();
        blocking(move || {
            let report = engine.book().report();
            let report = report.map_err(|error| convert::failed(&error))?;
            Ok(convert::usage_report(report))
        })
        .await
    }

    pub(crate) async fn budget_get(&self, _: Nothing) -> Result<Budget, Failure> {
        Ok(convert::budget(&self.engine.book().budget()))
    }

    pub(crate) async fn budget_set(&self, budget: Budget) -> Result<Budget, Failure> {
        let budget = convert::budget_inside(&budget)?;
        let changed = self.engine.providers().set_budget(&budget);
        self.changed(changed).await?;
        self.budget_get(Nothing {}).await
    }

    pub(crate) async fn budget_answer(&self, reply: OfferReply) -> Result<Task, Failure> {
        let task = self.task(&reply.task)?;
        let answer = convert::offer_answer(reply.answer);
        if answer == Inside::Never {
            let never = InsideBudget {
                offers_nothing: true,
                ..self.engine.book().budget()
            };
            self.changed(self.engine.providers().set_budget(&never))
                .await?;
        }
        blocking(move || {
            let facts = task
                .answer_offer(answer)
                .map_err(|error| convert::task_failed(&error))?;
            Ok(convert::task(&facts))
        })
        .await
    }

    pub(crate) async fn budget_pass(&self, id: TaskId) -> Result<Task, Failure> {
        let task = self.task(&id.task)?;
        blocking(move || {
            task.go_on_once()
                .map_err(|error| convert::task_failed(&error))?;
            Ok(convert::task(&task.facts()))
        })
        .await
    }
}
