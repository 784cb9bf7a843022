//! The part of the turn that hears the model out: shows what comes, and makes of a complete answer
//! what goes into the conversation and what is to be done.

use std::collections::HashSet;

use serde_json::Value;
use serde_json::json;

use super::Open;
use super::Turn;
use crate::agent::calls::Pending;
use crate::agent::calls::Stage;
use crate::agent::effect::Effect;
use crate::agent::effect::Shown;
use crate::agent::effect::TurnEnd;
use crate::agent::history;
use crate::agent::history::Purpose;
use crate::agent::item::ItemKind;
use crate::agent::wire;
use crate::agent::wire::Reply;
use crate::model::MOST_ARGUMENTS_WORDS;
use crate::model::failure::Failure;
use crate::model::stream::Usage;

impl Turn {
    pub(super) fn more(&mut self, purpose: Purpose, index: u64, thought: bool, text: &str) {
        if purpose != Purpose::Step || self.replies.contains_key(&index) || text.is_empty() {
            return;
        }
        if !self.open.contains_key(&index) {
            let id = self.new_item();
            self.show(Shown::Started(id.clone(), kind(thought, String::new())));
            self.open.insert(
                index,
                Open {
                    id,
                    thought,
                    text: String::new(),
                },
            );
        }
        if let Some(open) = self.open.get_mut(&index) {
            open.text.push_str(text);
            let shown = Shown::Text(open.id.clone(), text.to_owned());
            self.show(shown);
        }
    }

    pub(super) fn finished(&mut self, purpose: Purpose, index: u64, item: &Value) {
        let reply = wire::read(item);
        let open = self.open.remove(&index);
        let summary = matches!(purpose, Purpose::Summary { .. });
        if reply == Reply::Unknown || (matches!(reply, Reply::Sealed { .. }) && !summary) {
            self.effect(Effect::Skipped(1));
        }
        let shown = match &reply {
            Reply::Message { text, .. } => Some((false, text.clone())),
            Reply::Reasoning { text, .. } => Some((true, text.clone())),
            Reply::Call { .. } | Reply::Overlong { .. } | Reply::Sealed { .. } | Reply::Unknown => {
                None
            }
        };
        let shown = shown.filter(|(_, text)| purpose == Purpose::Step && !text.is_empty());
        let id = match (open, shown) {
            (open, Some((thought, text))) => {
                let id = open.map(|open| open.id).unwrap_or_else(|| {
                    let id = self.new_item();
                    self.show(Shown::Started(id.clone(), kind(thought, String::new())));
                    id
                });
                self.show(Shown::Completed(id.clone(), kind(thought, text)));
                Some(id)
            }
            (Some(open), None) => {
                self.show(Shown::Withdrawn(open.id));
                None
            }
            (None, None) => None,
        };
        self.replies.insert(index, (id, reply));
    }

    /// A call whose arguments go beyond every measure has ended the answer. The model is told; other
    /// calls of the answer are forgotten, since it is not complete.
    pub(super) fn overlong(&mut self, index: u64, item: &Value) {
        self.retries = 0;
        self.finished(Purpose::Step, index, item);
        self.replies
            .retain(|at, (_, reply)| *at == index || !matches!(reply, Reply::Call { .. }));
        if let Some((_, reply)) = self.replies.get_mut(&index)
            && let Reply::Call { wire, call } = reply
        {
            *reply = Reply::Overlong {
                wire: wire.clone(),
                call: call.clone(),
            };
        }
        self.answered(None);
    }

    // The answer is complete: only now does it count.
    pub(super) fn answered(&mut self, usage: Option<Usage>) {
        self.summarised = false;
        self.close_open(false);
        let replies = std::mem::take(&mut self.replies);
        let mut answer = Vec::new();
        let mut calls: Vec<Pending> = Vec::new();
        let mut declined = None;
        let mut words = false;
        let mut here = HashSet::new();
        let mut repeated = Vec::new();
        for (_, reply) in replies.into_values() {
            match reply {
                Reply::Message {
                    refusal: Some(refusal),
                    ..
                } => declined = Some(refusal),
                Reply::Message { wire, text, .. } if !text.is_empty() => {
                    words = true;
                    answer.push(wire);
                }
                Reply::Reasoning { wire, .. } => answer.push(wire),
                Reply::Call { mut wire, mut call } => {
                    if !here.insert(call.call_id.clone()) {
                        continue;
                    }
                    let same = self
                        .made
                        .get(&call.call_id)
                        .is_some_and(|(name, input)| (name, input) == (&call.name, &call.input));
                    let wanted = call.call_id.clone();
                    if self.setup.taken.contains(&wanted) {
                        let free = self.free_id(&wanted);
                        wire::rename(&mut wire, &mut call, free);
                    }
                    self.setup.taken.insert(call.call_id.clone());
                    answer.push(wire.clone());
                    if same {
                        // Once: a model that insists on it means it.
                        self.made.remove(&wanted);
                        let text = "This call has been carried out already and was not repeated.";
                        repeated.extend(history::answer_to(&wire, json!(text)));
                        continue;
                    }
                    self.made
                        .insert(wanted, (call.name.clone(), call.input.clone()));
                    let item = self.new_item();
                    calls.push(Pending {
                        item,
                        call,
                        wire,
                        stage: Stage::Queued,
                    });
                }
                Reply::Overlong { mut wire, mut call } => {
                    if self.setup.taken.contains(&call.call_id) {
                        let free = self.free_id(&call.call_id);
                        wire::rename(&mut wire, &mut call, free);
                    }
                    self.setup.taken.insert(call.call_id.clone());
                    answer.push(wire.clone());
                    let error = format!(
                        "its arguments are longer than {MOST_ARGUMENTS_WORDS}, so they were dropped and \
                         nothing was run"
                    );
                    let text = format!("{} failed: {error}. Make smaller calls.", call.name);
                    repeated.extend(history::answer_to(&wire, json!(text)));
                    let (id, tool) = (self.new_item(), call.name);
                    let kind = ItemKind::BadCall { tool, error };
                    self.show(Shown::Started(id.clone(), kind.clone()));
                    self.show(Shown::Completed(id, kind));
                }
                Reply::Message { .. } | Reply::Sealed { .. } | Reply::Unknown => {}
            }
        }
        let acts = !calls.is_empty() || !repeated.is_empty();
        let model = self.setup.model.clone();
        if let Some(detail) = declined {
            return self.over(TurnEnd::Failed(Failure::Declined { model, detail }));
        }
        if !words && !acts && !self.said {
            return self.over(TurnEnd::Failed(Failure::Empty { model }));
        }
        // Reasoning that led to nothing would be refused when sent back.
        if words || acts {
            self.append(answer);
        }
        self.said = words && !acts;
        if let Some(usage) = usage {
            self.effect(Effect::Usage(usage));
        }
        self.append(repeated);
        if acts {
            self.act(calls);
        } else if self.inject() {
            self.request(Purpose::Step);
        } else {
            self.over(TurnEnd::Done);
        }
    }

    // An answer that was not completed: finished words count, and what led to them. A call does
    // not, since nothing may be done on the word of half an answer.
    pub(super) fn keep_words(&mut self, again: bool) {
        if self.summary_item.is_some() {
            self.replies.clear();
            return;
        }
        self.close_open(!again);
        let replies: Vec<_> = std::mem::take(&mut self.replies).into_values().collect();
        let is_words = |reply: &Reply| matches!(reply, Reply::Message { text, refusal: None, .. } if !text.is_empty());
        let count = replies
            .iter()
            .rposition(|(_, reply)| is_words(reply))
            .map_or(0, |last| last + 1);
        let mut kept = Vec::new();
        for (place, (id, reply)) in replies.into_iter().enumerate() {
            match reply {
                Reply::Message {
                    wire,
                    text,
                    refusal: None,
                } if place < count && !text.is_empty() => {
                    kept.push(wire);
                }
                Reply::Reasoning { wire, .. } if place < count => kept.push(wire),
                _ if again => {
                    if let Some(id) = id {
                        self.show(Shown::Withdrawn(id));
                    }
                }
                _ => {}
            }
        }
        self.said |= !kept.is_empty();
        self.append(kept);
    }

    pub(super) fn close_open(&mut self, keep: bool) {
        for open in std::mem::take(&mut self.open).into_values() {
            let kind = kind(open.thought, open.text);
            self.show(if keep {
                Shown::Completed(open.id, kind)
            } else {
                Shown::Withdrawn(open.id)
            });
        }
    }

    fn free_id(&self, wanted: &str) -> String {
        (2u64..)
            .map(|n| format!("{wanted}_{n}"))
            .find(|id| !self.setup.taken.contains(id))
            .expect("one of the numbers is free")
    }
}

fn kind(thought: bool, text: String) -> ItemKind {
    if thought {
        ItemKind::Reasoning { text }
    } else {
        ItemKind::Answer { text }
    }
}
