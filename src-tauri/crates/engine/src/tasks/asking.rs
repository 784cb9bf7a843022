//! The questions of a task: who is asked, what a list of tasks says meanwhile, and the answers.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::state::Happened;
use super::task::Task;
use crate::approvals::Answer;
use crate::approvals::AnswerError;
use crate::approvals::Asker;
use crate::approvals::Waiting;
use crate::event::Event;

impl Task {
    /// The questions that wait for the person, the oldest first.
    pub fn waiting_questions(&self) -> Vec<Waiting> {
        self.approvals.waiting()
    }

    /// Answers a question.
    ///
    /// # Errors
    ///
    /// [`AnswerError`]; then nothing was allowed.
    pub fn answer(&self, nonce: &str, answer: Answer) -> Result<(), AnswerError> {
        self.approvals.answer(nonce, answer)?;
        self.questions_changed();
        Ok(())
    }

    /// Whom the tools of a turn ask; `None` where nobody is there.
    pub(super) fn asker(self: &Arc<Self>) -> Option<Asker> {
        if self.shared.nobody_to_ask.load(Ordering::Relaxed) {
            return None;
        }
        let task = Arc::downgrade(self);
        let changed = move || {
            if let Some(task) = task.upgrade() {
                task.questions_changed();
            }
        };
        Some(Asker::new(Arc::clone(&self.approvals), Arc::new(changed)))
    }

    /// Takes all questions back at the end of a turn.
    pub(super) fn take_back_questions(&self) {
        if !self.approvals.waiting().is_empty() {
            self.approvals.take_back_all();
            self.questions_changed();
        }
    }

    /// Moves the task between working and needing the person, and tells what waits now.
    fn questions_changed(&self) {
        let _telling = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = self.approvals.waiting();
        let happened = if waiting.is_empty() {
            Happened::Replied
        } else {
            Happened::Asked
        };
        let mut inner = self.lock();
        // Not a step when it already is where it belongs, or its turn has ended meanwhile.
        let moved = inner.state.after(happened).ok();
        if let Some(state) = moved {
            inner.state = state;
            inner.changed_at = super::now();
        }
        let kept = moved.map_or(Ok(()), |_| self.save(&inner));
        let facts = self.facts_of(&inner);
        drop(inner);
        self.shared.tell(Event::TaskChanged(facts));
        self.shared.tell(Event::QuestionsChanged {
            task: self.id.clone(),
            waiting,
        });
        if let Err(error) = kept {
            self.not_kept(&error);
        }
    }
}
