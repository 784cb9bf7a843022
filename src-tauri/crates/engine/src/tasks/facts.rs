//! Puts together what a list of tasks shows of one.

use super::held::HeldUp;
use super::outcome;
use super::state::TaskState;
use super::task::Facts;
use super::task::Inner;
use super::task::Task;
use super::task::percent;
use crate::agent::item::ItemKind;
use crate::agent::item::StepStatus;

impl Task {
    pub(super) fn facts_of(&self, inner: &Inner) -> Facts {
        let plan = inner.items.iter().rev().find_map(|item| match &item.kind {
            ItemKind::Plan { steps, .. } if !steps.is_empty() => {
                let done = steps
                    .iter()
                    .filter(|step| step.status == StepStatus::Completed)
                    .count();
                let of = u32::try_from(steps.len()).unwrap_or(u32::MAX);
                Some((u32::try_from(done + 1).unwrap_or(of).min(of), of))
            }
            _ => None,
        });
        let model = self.shared.asked.model(&inner.model);
        let held_up = Self::held_up_by(inner);
        Facts {
            id: self.id.clone(),
            title: inner.title.clone(),
            state: if inner.shelf.archived {
                TaskState::Archived
            } else {
                inner.state
            },
            turn_state: inner.turn_state,
            model: inner.model.clone(),
            automatic: inner.automatic,
            effort: inner.effort,
            context_percent: percent(inner.context_used, self.answers_now(inner).usable_window()),
            efforts: model.traits.efforts,
            permission: inner.permission,
            created_at: inner.created_at,
            changed_at: inner.changed_at,
            files: inner.files,
            undo: inner
                .applied
                .iter()
                .rev()
                .find(|(_, undone)| !undone)
                .map(|(id, _)| id.clone()),
            context_used: inner.context_used,
            compacting: inner.compacting,
            plan,
            asks: self
                .approvals
                .waiting()
                .into_iter()
                .next()
                .map(|w| w.question.short),
            tests: outcome::tests(&inner.items, inner.changes),
            checking: outcome::checking(&inner.items),
            until_green: outcome::until_green(&inner.items),
            offer: inner.offer.clone(),
            over_budget: held_up == Some(HeldUp::Budget),
            waits_until: match held_up {
                Some(HeldUp::Until(due)) => Some(due),
                _ => None,
            },
            removed: inner.shelf.removed_at.is_some(),
        }
    }
}
