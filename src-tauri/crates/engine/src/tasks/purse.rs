//! A task pays for its answers: each is in its log and in the book before the next request, and
//! what is to be said of the budgets is said.

use std::sync::Arc;

use super::run::first_item;
use super::task::Facts;
use super::task::Task;
use super::task::TaskError;
use crate::agent::purse::Pays;
use crate::event::Event;
use crate::model::Failure;
use crate::model::meter::Spent;
use crate::store::log::Record;
use crate::usage::Answer;
use crate::usage::Sum;
use crate::usage::book::Book;

/// What the person answers to the offer of a cheaper model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferAnswer {
    /// The cheaper model answers from the next turn on.
    Switch,
    /// The model stays; another budget offers again.
    Keep,
    /// The model stays, and nothing is offered any more.
    Never,
}

/// What a task has spent, for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskUsage {
    /// Tokens that the conversation takes, and that it can take with the model that answers next; none before the first answer.
    pub context: Option<(u64, u64)>,
    /// What the newest turn has spent.
    pub turn: Sum,
    /// What all of it has.
    pub task: Sum,
}

/// Pays for one turn.
pub(super) struct TurnPays {
    pub(super) task: Arc<Task>,
    pub(super) turn: u32,
    /// The person lets this turn go on, whatever was used.
    pub(super) once: bool,
}

impl Pays for TurnPays {
    fn spent(&self, spent: &Spent) {
        self.task.pay(self.turn, spent);
    }

    fn may_ask(&self) -> Result<(), Failure> {
        match self.once {
            true => Ok(()),
            false => self.book().may_ask(&self.task.id),
        }
    }
}

impl TurnPays {
    fn book(&self) -> &Book {
        &self.task.shared.book
    }
}

impl Task {
    fn pay(&self, turn: u32, spent: &Spent) {
        let book = &self.shared.book;
        let model = self.shared.asked.model(&spent.model);
        let answer = Answer::of(spent, turn, book.now(), &model);
        let line = Record::Spent {
            answer: answer.clone(),
        };
        let title = {
            let mut inner = self.lock();
            if let Err(error) = inner.log.append_or_hold(&line) {
                self.not_kept(&error);
            }
            inner.title.clone()
        };
        let limits = self.shared.asked.rate_limits();
        let about = (spent.provider.as_str(), limits.as_ref());
        let told = book
            .keep(&self.id, &answer)
            .and_then(|()| book.news((&self.id, &title), about));
        match told {
            Ok(news) => {
                for news in news {
                    self.shared.tell(Event::Notice {
                        message: news.message,
                        hint: news.hint,
                    });
                }
            }
            Err(error) => self.not_kept(&error),
        }
        self.offer_cheaper();
    }

    /// Offers the cheaper sibling of the model, where a budget goes to its end.
    fn offer_cheaper(&self) {
        let (model, asked) = {
            let inner = self.lock();
            let asked = inner.asks.as_ref().or(inner.answered_by.as_ref());
            (inner.model.clone(), asked.map(|asked| asked.model.clone()))
        };
        let Some(cheaper) = self.shared.asked.model(&model).traits.cheaper else {
            return;
        };
        // Where the rules ask it already, there is nothing to save.
        if asked.as_ref() == Some(&cheaper) {
            return;
        }
        // What is deployed under which name there is not known here.
        if self.shared.asked.is_azure() {
            return;
        }
        match self.shared.book.offers(&self.id) {
            Ok(true) => self.put_offer(Some(cheaper)),
            Ok(false) => {}
            Err(error) => self.not_kept(&error),
        }
    }

    fn put_offer(&self, offer: Option<String>) {
        let kept = self
            .shared
            .index
            .put_choice(&offer_key(&self.id), offer.is_some());
        let facts = {
            let mut inner = self.lock();
            inner.offer = offer;
            self.facts_of(&inner)
        };
        self.shared.tell(Event::TaskChanged(facts));
        if let Err(error) = kept {
            self.not_kept(&error);
        }
    }

    /// Answers the offer of a cheaper model.
    ///
    /// # Errors
    ///
    /// [`TaskError`] when the model could not be changed; the offer stays.
    pub fn answer_offer(&self, answer: OfferAnswer) -> Result<Facts, TaskError> {
        let offer = self.lock().offer.clone();
        if let (OfferAnswer::Switch, Some(cheaper)) = (answer, offer) {
            let model = self.shared.asked.model(&cheaper);
            let effort = self.lock().effort;
            let fits = effort.is_none_or(|effort| model.traits.efforts.contains(&effort));
            self.configure(Some(cheaper.into()), (!fits).then_some(None), None)?;
        }
        self.put_offer(None);
        Ok(self.facts())
    }

    /// What the task has spent.
    ///
    /// # Errors
    ///
    /// [`TaskError::Index`] when the index could not be read.
    pub fn usage(&self) -> Result<TaskUsage, TaskError> {
        let (context, since) = {
            let inner = self.lock();
            let first = first_item(inner.turn);
            let began = inner.items.iter().rev().find(|item| item.id == first);
            let window = self.shared.asked.model(&inner.model).usable_window();
            let context = (inner.context_used > 0).then_some((inner.context_used, window));
            (context, began.map_or(0, |item| item.started_at))
        };
        let book = &self.shared.book;
        Ok(TaskUsage {
            context,
            turn: book.spent_by(&self.id, since)?,
            task: book.spent_by(&self.id, 0)?,
        })
    }
}

/// What the index calls the choice that a cheaper model is offered.
pub(super) fn offer_key(task: &str) -> String {
    format!("offer:{task}")
}
