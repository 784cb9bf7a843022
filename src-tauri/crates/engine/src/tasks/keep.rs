//! Writes down what a running turn tells, and passes it on.
//!
//! Everything goes to the log in order; a text that is still growing is written once a second.

use std::sync::Arc;
use std::time::Duration;

use super::pictures;
use super::run::first_item;
use super::task::Task;
use super::unsent::Unsent;
use crate::agent::driver::Update;
use crate::agent::history::is_of_model;
use crate::agent::item::ItemKind;
use crate::event::Event;
use crate::store::log::Record;

/// How often a growing text is written to the log.
pub(super) const FLUSH: Duration = Duration::from_secs(1);

/// Bytes of a running command's output that are kept for a window that opens meanwhile.
const LIVE_OUTPUT: usize = 64 << 10;

/// Writes down what the driver tells and passes it on.
pub(super) struct Keeping {
    task: Arc<Task>,
    /// The item whose text has grown since it was last written.
    grown: Option<String>,
    waiting: bool,
}

impl Keeping {
    pub(super) fn new(task: Arc<Task>) -> Self {
        Self {
            task,
            grown: None,
            waiting: false,
        }
    }

    pub(super) fn keep(&mut self, update: Update) {
        let task = self.task.clone();
        let id = || task.id.clone();
        if self.waiting && !matches!(update, Update::Retrying { .. }) {
            self.waiting = false;
            task.waiting("");
        }
        match update {
            // It is kept and was told before the turn began.
            Update::ItemStarted(item) | Update::ItemCompleted(item)
                if item.id == first_item(item.turn) => {}
            Update::ItemStarted(item) => {
                task.keep_item(&item);
                task.shared.tell(Event::ItemStarted { task: id(), item });
            }
            Update::TextDelta { item, text } | Update::OutputDelta { item, chunk: text } => {
                self.grow(&item, &text);
                task.shared.tell(Event::ItemDelta {
                    task: id(),
                    item,
                    text,
                });
            }
            Update::ItemCompleted(item) => {
                task.keep_item(&item);
                let changes = matches!(
                    item.kind,
                    ItemKind::Command { .. } | ItemKind::Patch { error: None, .. }
                );
                let plan = matches!(item.kind, ItemKind::Plan { .. });
                task.shared.tell(Event::ItemCompleted { task: id(), item });
                if changes {
                    let task = task.clone();
                    tokio::task::spawn_blocking(move || {
                        task.recount();
                        task.shared.tell(Event::ChangesChanged {
                            task: task.id.clone(),
                        });
                    });
                } else if plan {
                    task.shared.tell(Event::TaskChanged(task.facts()));
                }
            }
            Update::ItemWithdrawn { item } => {
                let mut inner = task.lock();
                inner.items.retain(|there| there.id != item);
                let kept = inner
                    .log
                    .append_or_hold(&Record::ItemWithdrawn { item: item.clone() });
                drop(inner);
                if let Err(error) = kept {
                    task.not_kept(&error);
                }
                task.shared.tell(Event::ItemWithdrawn { task: id(), item });
            }
            Update::History(items) => {
                let items = pictures::by_reference(items, &task.shared.blobs);
                let answers = items.iter().any(is_of_model);
                let mut inner = task.lock();
                inner.wire.extend(items.iter().cloned());
                let mut lines = vec![Record::Wire { items }];
                if answers && inner.answered_by != inner.asks {
                    inner.answered_by = inner.asks.clone();
                    let by = inner.asks.clone();
                    lines.extend(by.map(|by| Record::AnsweredBy { by }));
                }
                let mut lines = lines.iter();
                let kept = lines.try_for_each(|line| inner.log.append_or_hold(line));
                drop(inner);
                if let Err(error) = kept {
                    task.not_kept(&error);
                }
            }
            Update::Usage { context_used, .. } | Update::Context { context_used } => {
                let mut inner = task.lock();
                inner.measured(context_used);
                let kept = inner.log.append_or_hold(&Record::Usage { context_used });
                drop(inner);
                if let Err(error) = kept {
                    task.not_kept(&error);
                }
                if let Some(message) = task.shared.asked.refused_tier() {
                    let hint = "Take it out in Settings, under Advanced.".to_owned();
                    task.shared.tell(Event::Notice { message, hint });
                }
                task.shared.tell(Event::TaskChanged(task.facts()));
            }
            Update::Retrying {
                attempt,
                of,
                wait_ms,
                reason,
            } => {
                self.waiting = true;
                let words = format!("{reason} Trying again, {attempt} of {of}.");
                task.waiting_for(&words, wait_ms);
            }
            Update::SkippedEvents(count) => {
                let pieces = if count == 1 {
                    "1 piece"
                } else {
                    &format!("{count} pieces")
                };
                task.shared.tell(Event::Notice {
                    message: format!("{pieces} of the model's answer could not be read."),
                    hint: "The rest is shown as it came.".to_owned(),
                });
            }
            Update::GivenBack(messages) => {
                let unheard: Vec<Unsent> = messages.iter().map(Unsent::of).collect();
                if let Err(error) = task.give_back(&unheard) {
                    task.not_kept(&error);
                }
                let texts: Vec<&str> = unheard
                    .iter()
                    .map(|message| message.text.as_str())
                    .filter(|text| !text.is_empty())
                    .collect();
                task.shared.tell(Event::MessageGivenBack {
                    task: id(),
                    text: texts.join("\n\n"),
                });
            }
        }
    }

    /// Adds text to an item in memory. The log has it within a second.
    fn grow(&mut self, id: &str, more: &str) {
        let mut inner = self.task.lock();
        let Some(item) = inner.items.iter_mut().rev().find(|item| item.id == id) else {
            return;
        };
        match &mut item.kind {
            ItemKind::Answer { text } | ItemKind::Reasoning { text } => text.push_str(more),
            ItemKind::Command { output, .. } => {
                output.push_str(more);
                if output.len() > LIVE_OUTPUT {
                    let cut = output.len() - LIVE_OUTPUT / 2;
                    let cut = (cut..output.len()).find(|at| output.is_char_boundary(*at));
                    output.replace_range(..cut.unwrap_or(0), "…\n");
                }
                return;
            }
            _ => return,
        }
        self.grown = Some(id.to_owned());
    }

    /// Writes a text that is still growing to the log.
    pub(super) fn flush(&mut self) {
        let Some(id) = self.grown.take() else { return };
        let mut inner = self.task.lock();
        let Some(item) = inner.items.iter().rev().find(|item| item.id == id) else {
            return;
        };
        if item.completed_at.is_some() {
            return;
        }
        let record = Record::Item { item: item.clone() };
        let kept = inner.log.append(&record);
        drop(inner);
        if let Err(error) = kept {
            self.task.not_kept(&error);
        }
    }
}
