//! Who answers a turn, where the rules of [`crate::model::choice`] choose: puts together what they
//! look at, and reads back from the conversation what they chose.
//!
//! It is decided once, when a turn begins with a message. What goes on with a turn, and what makes
//! the conversation shorter, asks the one who had it.

use super::shared::Shared;
use super::state::TaskState;
use super::state::TurnState;
use super::task::Inner;
use super::task::Task;
use crate::agent::driver::Message;
use crate::agent::item::Chosen;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::attachments::Attachment;
use crate::attachments::parts::tokens_of;
use crate::checks::message::is_for_agent;
use crate::checks::verdict::Verdict;
use crate::model::Model;
use crate::model::choice::Facts;
use crate::model::choice::Size;
use crate::model::choice::Speaker;
use crate::model::choice::decide;
use crate::model::choice::read;
use crate::project::files::find::files_of;
use crate::project::files::project_root;
use crate::project::ignored::Rules;

impl Shared {
    /// What is known of a message that begins a task, for the rules.
    pub(super) fn facts_of(&self, model: &Model, text: &str, attached: &[Attachment]) -> Facts {
        let said = read(text);
        let tokens: u64 = attached.iter().map(|one| one.tokens).sum();
        let pictures = attached.iter().filter(|one| one.is_picture()).count();
        Facts {
            model: model.slug.clone(),
            sibling: self.asked.sibling(model),
            speaker: match text {
                text if text == Message::go_on().text => Speaker::GoesOn,
                text if is_for_agent(text) => Speaker::Check,
                _ => Speaker::Person,
            },
            // Counted where a rule looks at it.
            project: said.files.is_empty().then(|| self.files_in_all()).flatten(),
            said,
            attachments: count(attached.len()),
            pictures: count(pictures),
            conversation: 0,
            tokens: tokens + tokens_of(text),
            last: None,
            last_failed: false,
            failing: 0,
            until_green: false,
            touched: 0,
        }
    }

    /// Whom the rules would ask for a message that begins a task.
    pub(crate) fn would_ask(&self, model: &Model, text: &str, attached: &[Attachment]) -> Chosen {
        chosen(&self.facts_of(model, text, attached))
    }

    /// Files of the project, counted once; none where they cannot be.
    fn files_in_all(&self) -> Option<u32> {
        *self.size.get_or_init(|| {
            let rules = Rules::of(self.project.root()).ok()?;
            let files = files_of(&project_root(&self.project).ok()?, rules).ok()?;
            Some(count(files.len()))
        })
    }
}

impl Task {
    /// Whom the rules would ask for a message now.
    pub fn would_ask(&self, model: &Model, text: &str, attached: &[Attachment]) -> Chosen {
        let first = self.shared.facts_of(model, text, attached);
        chosen(&self.lock().and_so_far(first))
    }

    /// Who answers the turn that begins with this message, and how the rules chose; none where the
    /// person chose the model.
    pub(super) fn choose(&self, text: &str, attached: &[Attachment]) -> (Model, Option<Chosen>) {
        let (model, automatic) = {
            let inner = self.lock();
            (inner.model.clone(), inner.automatic)
        };
        let model = self.shared.asked.model(&model);
        if !automatic {
            return (model, None);
        }
        let chosen = self.would_ask(&model, text, attached);
        (self.shared.asked.model(&chosen.model), Some(chosen))
    }

    /// Who goes on with the newest turn.
    pub(super) fn answers_now(&self, inner: &Inner) -> Model {
        let by_rule = inner.chosen_in(inner.turn).filter(|_| inner.automatic);
        let slug = by_rule.map_or(&inner.model, |chosen| &chosen.model);
        self.shared.asked.model(slug)
    }
}

impl Inner {
    /// How the rules chose who answers a turn; none where they did not.
    fn chosen_in(&self, turn: u32) -> Option<&Chosen> {
        let of_turn = self.items.iter().rev().filter(|item| item.turn == turn);
        of_turn.into_iter().find_map(by_rule)
    }

    /// Adds what the task has come to.
    fn and_so_far(&self, message: Facts) -> Facts {
        let shown = |item: &Item| match &item.kind {
            ItemKind::Message { attachments, .. } => {
                attachments.iter().filter(|one| one.is_picture()).count()
            }
            ItemKind::ImageView { error: None, .. } => 1,
            _ => 0,
        };
        let small = message.sibling.slug();
        let by = match self.chosen_in(self.turn) {
            Some(chosen) => chosen.model.as_str(),
            None => self.answered_by.as_ref().map_or("", |by| &by.model),
        };
        let size = match Some(by) == small {
            true => Size::Small,
            false => Size::Full,
        };
        Facts {
            pictures: message.pictures + count(self.items.iter().map(shown).sum()),
            conversation: self.context_used,
            tokens: message.tokens + self.context_used,
            last: (self.turn > 0).then_some(size),
            // The network and budgets hold a turn up whoever answers.
            last_failed: self.turn_state == TurnState::Failed && self.state != TaskState::Paused,
            failing: small.map_or(0, |small| self.failing_after(small)),
            until_green: self.items.iter().any(|item| match &item.kind {
                ItemKind::UntilGreen(rounds) => rounds.ending.is_none(),
                _ => false,
            }),
            touched: self.files,
            ..message
        }
    }

    /// Turns of this model in a row after which the check that ran last has failed. What others did
    /// meanwhile ends no row; that it passes does.
    fn failing_after(&self, model: &str) -> u32 {
        let runs = self.items.iter().rev().filter_map(|item| match &item.kind {
            ItemKind::CheckRun(run) => Some((item.turn, run)),
            _ => None,
        });
        let mut check = None;
        let mut turns = Vec::new();
        for (turn, run) in runs {
            let failed = match run.verdict {
                Verdict::Passed => false,
                Verdict::Failed { .. } | Verdict::Crashed { .. } | Verdict::TimedOut { .. } => true,
                // It says nothing of what was done.
                _ => continue,
            };
            if *check.get_or_insert(&run.check.id) != &run.check.id {
                continue;
            }
            if !failed {
                break;
            }
            let by_it = self
                .chosen_in(turn)
                .is_some_and(|chosen| chosen.model == model);
            if by_it && !turns.contains(&turn) {
                turns.push(turn);
            }
        }
        count(turns.len())
    }
}

fn by_rule(item: &Item) -> Option<&Chosen> {
    match &item.kind {
        ItemKind::Automatic(chosen) => Some(chosen),
        _ => None,
    }
}

/// What the rules say of the facts, with names.
fn chosen(facts: &Facts) -> Chosen {
    let decided = decide(facts);
    let small = facts.sibling.slug();
    let (model, other) = match (decided.size, small) {
        (Size::Small, Some(small)) => (small, Some(facts.model.as_str())),
        _ => (facts.model.as_str(), small),
    };
    Chosen {
        model: model.to_owned(),
        other: other.map(str::to_owned),
        rule: decided.rule.to_owned(),
        because: decided.because,
    }
}

/// The item that shows a choice, right after the message of its turn.
pub(super) fn item_of(chosen: Chosen, turn: u32, at: u64) -> Item {
    Item {
        id: format!("{turn}-automatic"),
        turn,
        started_at: at,
        completed_at: Some(at),
        kind: ItemKind::Automatic(chosen),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
