//! What changes in a task.

use serde_json::Value;

use super::rewind::TurnStart;
use super::state::TaskState;
use super::state::TurnState;
use super::task::permission_of;
use crate::agent::item::Item;
use crate::agent::session::AnsweredBy;
use crate::model::catalog::Effort;
use crate::store::index::Shelf;
use crate::store::index::TaskRow;
use crate::store::log::Log;
use crate::tools::Permission;

/// What changes in a task.
pub(super) struct Inner {
    pub(super) title: String,
    pub(super) state: TaskState,
    pub(super) turn_state: TurnState,
    pub(super) turn: u32,
    /// The chosen model.
    pub(super) model: String,
    /// Whether the rules may ask its cheaper sibling in its place.
    pub(super) automatic: bool,
    pub(super) effort: Option<Effort>,
    pub(super) permission: Permission,
    pub(super) created_at: u64,
    pub(super) changed_at: u64,
    pub(super) items: Vec<Item>,
    pub(super) wire: Vec<Value>,
    /// Applies of this task, oldest first, and whether each is undone.
    pub(super) applied: Vec<(String, bool)>,
    pub(super) files: u32,
    /// How many changes were made in the draft.
    pub(super) changes: u32,
    /// What the last answer counted, or an estimate of what stands since.
    pub(super) context_used: u64,
    /// How much of the history that counts.
    pub(super) context_at: usize,
    /// Who is asked by the turn or compaction under way.
    pub(super) asks: Option<AnsweredBy>,
    /// Whose words the newest of the conversation are.
    pub(super) answered_by: Option<AnsweredBy>,
    pub(super) compacting: bool,
    /// The next turn is not answered from an earlier answer.
    pub(super) asks_anew: bool,
    /// A cheaper model that is offered.
    pub(super) offer: Option<String>,
    pub(super) shelf: Shelf,
    /// What each turn found when it began, oldest first.
    pub(super) starts: Vec<TurnStart>,
    pub(super) log: Log,
}

impl Inner {
    /// What the index has of a task, before anything is read back.
    pub(super) fn new(row: TaskRow, shelf: Shelf, log: Log) -> Self {
        Self {
            title: row.title,
            state: TaskState::from_word(&row.state),
            turn_state: TurnState::from_word(&row.turn_state),
            turn: row.turn,
            model: row.model,
            automatic: false,
            effort: Effort::parse(&row.effort),
            permission: permission_of(&row.permission),
            created_at: row.created_at,
            changed_at: row.changed_at,
            items: Vec::new(),
            wire: Vec::new(),
            applied: Vec::new(),
            files: 0,
            changes: 0,
            context_used: 0,
            context_at: 0,
            asks: None,
            answered_by: None,
            compacting: false,
            asks_anew: false,
            offer: None,
            shelf,
            starts: Vec::new(),
            log,
        }
    }

    /// Puts an item after the others, or in the place of the one with its id.
    pub(super) fn put(&mut self, item: Item) {
        match self
            .items
            .iter_mut()
            .rev()
            .find(|there| there.id == item.id)
        {
            Some(there) => *there = item,
            None => self.items.push(item),
        }
    }

    /// Notes what the conversation takes now.
    pub(super) fn measured(&mut self, used: u64) {
        self.context_used = used;
        self.context_at = self.wire.len();
    }

    /// Notes an apply of this task, or that it was taken back.
    pub(super) fn note_applied(&mut self, apply: &str, undone: bool) {
        match self.applied.iter_mut().find(|(id, _)| id == apply) {
            Some((_, state)) => *state = undone,
            None => self.applied.push((apply.to_owned(), undone)),
        }
    }
}
