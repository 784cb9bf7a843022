//! One task: what was said in it, where it stands, its draft.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use super::checking::Checking;
pub use super::error::TaskError;
use super::held::Waits;
pub(super) use super::inner::Inner;
use super::review::Reading;
use super::run::Running;
use super::shared::Shared;
use super::state::Happened;
use super::state::TaskState;
use super::state::TurnState;
use super::title::title;
use super::until_green::Repeating;
use crate::agent::item::CommandOutcome;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::approvals::Approvals;
use crate::checks::until_green::Ending;
use crate::checks::verdict::Verdict;
use crate::event::Event;
use crate::model::Model;
use crate::model::catalog::Effort;
use crate::model::choice::Wanted;
use crate::project::draft::Draft;
use crate::store::index::IndexError;
use crate::store::index::Shelf;
use crate::store::index::TaskRow;
use crate::store::log::Log;
use crate::store::log::LogError;
use crate::store::log::Record;
use crate::tools::Confinement;
pub use crate::tools::Permission;

/// The word the index keeps of a permission mode.
pub fn permission_word(mode: Permission) -> &'static str {
    match mode {
        Permission::ReadOnly => "read-only",
        Permission::Auto => "auto",
        Permission::Full => "full",
    }
}

/// The word the index keeps of a reasoning effort; empty where the model decides.
fn effort_word(effort: Option<Effort>) -> String {
    effort.map_or("", Effort::as_str).to_owned()
}

/// The mode of a word; an unknown word is the narrowest mode.
pub(super) fn permission_of(word: &str) -> Permission {
    match word {
        "auto" => Permission::Auto,
        "full" => Permission::Full,
        _ => Permission::ReadOnly,
    }
}

/// What a list of tasks shows of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Names the task.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Where it stands.
    pub state: TaskState,
    /// How its newest turn stands.
    pub turn_state: TurnState,
    /// The model.
    pub model: String,
    /// Whether the rules may ask its cheaper sibling in its place.
    pub automatic: bool,
    /// How hard it thinks; `None` for the model's own.
    pub effort: Option<Effort>,
    /// The efforts that the model takes.
    pub efforts: Vec<Effort>,
    /// The permission mode.
    pub permission: Permission,
    /// Milliseconds since the epoch.
    pub created_at: u64,
    /// Milliseconds since the epoch.
    pub changed_at: u64,
    /// Files in the change set.
    pub files: u32,
    /// The newest apply of the task that is not undone.
    pub undo: Option<String>,
    /// Tokens that the conversation takes, of the window of the model that answers next, 0 to 100.
    pub context_percent: u32,
    /// Tokens that the conversation takes.
    pub context_used: u64,
    /// Whether the conversation is being made shorter.
    pub compacting: bool,
    /// The step being worked on and the number of steps.
    pub plan: Option<(u32, u32)>,
    /// What the newest test run came to, in a few words.
    pub tests: Option<String>,
    /// What the oldest question asks, in a few words.
    pub asks: Option<String>,
    /// The command of the check that runs.
    pub checking: Option<String>,
    /// The round of until green under way, and how many there are at most.
    pub until_green: Option<(u32, u32)>,
    /// A cheaper model that is offered.
    pub offer: Option<String>,
    /// Whether the last turn waits for a budget.
    pub over_budget: bool,
    /// When the provider lets itself be asked again, in milliseconds since the epoch; only where the
    /// last turn waits for the person's word about it.
    pub waits_until: Option<u64>,
    /// Whether it was removed.
    pub removed: bool,
}

/// A task of the open project.
pub struct Task {
    pub(super) shared: Arc<Shared>,
    pub(super) id: String,
    pub(super) inner: Mutex<Inner>,
    pub(super) draft: Mutex<Option<Draft>>,
    pub(super) running: Mutex<Option<Running>>,
    /// Taken after `running`.
    pub(super) checking: Mutex<Option<Checking>>,
    /// Taken before all others.
    pub(super) repeating: Mutex<Option<Repeating>>,
    pub(super) reading: Mutex<Reading>,
    /// Held while the project is written for this task, while its draft follows the project, and
    /// while a turn begins: each of them moves what the others look at. Taken before `running`.
    pub(super) moving: Mutex<()>,
    /// See [`Task::decide`].
    pub(super) deciding: Mutex<()>,
    /// Held while the change set is counted and told of, so that of two counts that cross, the one
    /// that looked first is not the one that stays. Taken after `moving`.
    pub(super) counting: Mutex<()>,
    /// What waits for the person, and what the person allowed for the task.
    pub(super) approvals: Arc<Approvals>,
    /// Held while it is told that other questions wait, so that the newest word is the last.
    pub(super) telling: Mutex<()>,
    /// What the commands of the newest turn are started with, to know when one is under way.
    pub(super) commands: Mutex<Option<Arc<Confinement>>>,
    /// What it waits for now. Held for a moment only, and nothing is taken meanwhile.
    pub(super) waits: Mutex<Option<Waits>>,
}

impl Task {
    /// Makes a new task. Nothing runs yet.
    pub(crate) fn create(
        shared: Arc<Shared>,
        text: &str,
        wanted: Wanted,
        effort: Option<Effort>,
        permission: Permission,
    ) -> Result<Self, TaskError> {
        let id = uuid::Uuid::now_v7().to_string();
        let now = super::now();
        let dir = shared.task_dir(&id);
        std::fs::create_dir_all(&dir).map_err(|source| LogError {
            path: dir.clone(),
            doing: "written",
            source,
        })?;
        let log = Log::open(&dir.join("log.jsonl"))?;
        let row = TaskRow {
            id: id.clone(),
            project: shared.project_id.clone(),
            title: title(text),
            state: TaskState::Queued.word().to_owned(),
            turn_state: TurnState::Done.word().to_owned(),
            turn: 0,
            model: wanted.model,
            effort: effort_word(effort),
            permission: permission_word(permission).to_owned(),
            created_at: now,
            changed_at: now,
        };
        let task = Self {
            approvals: shared.approvals(),
            telling: Mutex::default(),
            shared,
            id,
            draft: Mutex::new(None),
            running: Mutex::new(None),
            checking: Mutex::new(None),
            repeating: Mutex::new(None),
            reading: Mutex::default(),
            moving: Mutex::default(),
            deciding: Mutex::default(),
            counting: Mutex::default(),
            commands: Mutex::default(),
            waits: Mutex::default(),
            inner: Mutex::new(Inner {
                automatic: wanted.automatic,
                ..Inner::new(row, Shelf::default(), log)
            }),
        };
        task.describe(&mut task.lock())?;
        task.save(&task.lock())?;
        Ok(task)
    }

    /// Tells the log what the index has of the task.
    pub(super) fn describe(&self, inner: &mut Inner) -> Result<(), LogError> {
        inner.log.append(&Record::Task {
            project: self.shared.project.root().to_owned(),
            title: inner.title.clone(),
            model: inner.model.clone(),
            permission: permission_word(inner.permission).to_owned(),
            effort: effort_word(inner.effort),
            automatic: inner.automatic,
            at: inner.created_at,
        })
    }

    /// Names the task.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What a list shows of it.
    pub fn facts(&self) -> Facts {
        self.facts_of(&self.lock())
    }

    /// What is known of its chosen model now.
    pub fn model(&self) -> Model {
        let slug = self.lock().model.clone();
        self.shared.asked.model(&slug)
    }

    /// All items in order.
    pub fn items(&self) -> Vec<Item> {
        self.lock().items.clone()
    }

    /// The draft, once there is one.
    pub fn draft(&self) -> Option<Draft> {
        self.draft
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether an apply came from this task.
    pub(crate) fn made(&self, apply: &str) -> bool {
        self.lock().applied.iter().any(|(id, _)| id == apply)
    }

    /// Where the task's own files are.
    pub(super) fn dir(&self) -> PathBuf {
        self.shared.task_dir(&self.id)
    }

    /// Changes model, effort or permission mode from the next turn on; what is `None` stays. What the agent may do is not
    /// changed under a turn that runs, so that it is never wider than what the window says.
    ///
    /// # Errors
    ///
    /// [`TaskError::AtWork`] for a permission mode while a turn runs, [`TaskError::NotTrusted`] in a
    /// folder that is only looked at, [`TaskError::Index`] or [`TaskError::Log`] when it could not
    /// be kept.
    pub fn configure(
        &self,
        wanted: Option<Wanted>,
        effort: Option<Option<Effort>>,
        permission: Option<Permission>,
    ) -> Result<Facts, TaskError> {
        if !self.shared.is_trusted() {
            return Err(TaskError::NotTrusted);
        }
        let running = self.is_running();
        let mut inner = self.lock();
        if running && permission.is_some_and(|permission| permission != inner.permission) {
            return Err(TaskError::AtWork);
        }
        if let Some(Wanted { model, automatic }) = wanted {
            (inner.model, inner.automatic) = (model, automatic);
        }
        if let Some(effort) = effort {
            inner.effort = effort;
        }
        if let Some(permission) = permission {
            inner.permission = permission;
        }
        self.save(&inner)?;
        self.describe(&mut inner)?;
        let facts = self.facts_of(&inner);
        drop(inner);
        self.shared.tell(Event::TaskChanged(facts.clone()));
        Ok(facts)
    }

    /// Moves the task on and tells of it.
    ///
    /// # Errors
    ///
    /// [`TaskError::State`] when that cannot happen to it now.
    pub(super) fn happened(&self, happened: Happened, turn: TurnState) -> Result<(), TaskError> {
        let mut inner = self.lock();
        inner.state = inner.state.after(happened)?;
        inner.turn_state = turn;
        inner.changed_at = super::now();
        let saved = self.save(&inner);
        let facts = self.facts_of(&inner);
        drop(inner);
        // It has happened, whether the disk took it or not.
        self.shared.tell(Event::TaskChanged(facts));
        if let Err(error) = saved {
            self.not_kept(&error);
        }
        Ok(())
    }

    /// Takes away a task whose first message could not be kept. Nothing else is in it.
    pub(crate) fn discard(&self) {
        // What stays behind is a task that was never started and says so.
        if self.items().is_empty() && self.shared.index.remove_task(&self.id).is_ok() {
            let _ = std::fs::remove_dir_all(self.dir());
        }
    }

    /// Held while the draft or the project moves under the task.
    pub(crate) fn moving(&self) -> MutexGuard<'_, ()> {
        self.moving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an item in its place in memory and in the log.
    pub(super) fn put_item(&self, item: &Item) -> Result<(), TaskError> {
        let mut inner = self.lock();
        inner.put(item.clone());
        inner.changed_at = super::now();
        inner
            .log
            .append_or_hold(&Record::Item { item: item.clone() })?;
        Ok(())
    }

    /// Counts the files of the change set again and tells of it when the number is new.
    pub(crate) fn recount(&self) {
        let _counting = self.counting.lock().unwrap_or_else(PoisonError::into_inner);
        let draft = self.draft();
        let changes = draft.as_ref().map_or(0, Draft::changes_made);
        let files = draft.map_or(0, |draft| {
            draft.changes().map_or(0, |changes| {
                u32::try_from(changes.files.len()).unwrap_or(u32::MAX)
            })
        });
        let mut inner = self.lock();
        if (inner.files, inner.changes) != (files, changes) {
            (inner.files, inner.changes) = (files, changes);
            // Someone else than the agent changed the draft of a task that only had an answer.
            if files > 0
                && inner.state == TaskState::Answered
                && let Ok(state) = inner.state.after(Happened::Edited)
            {
                inner.state = state;
                if let Err(error) = self.save(&inner) {
                    self.not_kept(&error);
                }
            }
            let facts = self.facts_of(&inner);
            drop(inner);
            self.shared.tell(Event::TaskChanged(facts));
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn save(&self, inner: &Inner) -> Result<(), IndexError> {
        self.shared.index.put_task(&TaskRow {
            id: self.id.clone(),
            project: self.shared.project_id.clone(),
            title: inner.title.clone(),
            state: inner.state.word().to_owned(),
            turn_state: inner.turn_state.word().to_owned(),
            turn: inner.turn,
            model: inner.model.clone(),
            effort: effort_word(inner.effort),
            permission: permission_word(inner.permission).to_owned(),
            created_at: inner.created_at,
            changed_at: inner.changed_at,
        })
    }
}

/// How much of the model's window is taken, 0 to 100.
pub(super) fn percent(context_used: u64, window: u64) -> u32 {
    let percent = context_used.saturating_mul(100) / window.max(1);
    u32::try_from(percent).unwrap_or(100).min(100)
}

/// Ends an item that was under way when the app or the turn ended.
pub(super) fn end_item(item: &mut Item) {
    if item.completed_at.is_some() {
        return;
    }
    item.completed_at = Some(item.started_at);
    match &mut item.kind {
        ItemKind::Command {
            outcome: outcome @ CommandOutcome::Running,
            ..
        } => *outcome = CommandOutcome::Stopped,
        ItemKind::CheckRun(run) => run.verdict = Verdict::Stopped,
        ItemKind::UntilGreen(rounds) => rounds.ending = Some(Ending::Interrupted),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_come_back_and_an_unknown_one_is_the_narrowest() {
        for mode in [Permission::ReadOnly, Permission::Auto, Permission::Full] {
            assert_eq!(permission_of(permission_word(mode)), mode);
        }
        assert_eq!(permission_of("yolo"), Permission::ReadOnly);
    }
}
