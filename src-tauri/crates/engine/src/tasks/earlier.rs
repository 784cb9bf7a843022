//! Answers a message from an earlier answer, where that is certain to be what it would be again.
//!
//! The rules:
//!
//! - The key is all that the first request of the turn says: who is asked, which model and effort,
//!   the instructions, the tools, and the conversation to the byte, so with every word and picture of
//!   the message, the permission mode, the day and the project's own instructions.
//! - The answer names each file and folder that the turn read, and what these held. It counts only
//!   while all of them hold the same, which is looked at right before it is given.
//! - It is kept only from a turn that ended well, of one message, that did nothing but plainly read
//!   ([`crate::tools::Watched`]) and left the draft as it was. A turn with a patch, with any other
//!   command, with something allowed by the person or with a compaction is not.
//! - A message that is run again is asked again. The old answer is forgotten right then, so that a
//!   turn that is paused or fails leaves none; the new one takes its place once it is whole.
//! - The person can turn it off, and then nothing is kept.
//!
//! What is given again is the whole of what the model said and read then, so that the conversation
//! goes on as if it had been asked.

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use super::keep::Keeping;
use super::task::Task;
use crate::agent::driver::Message;
use crate::agent::driver::Session;
use crate::agent::driver::Update;
use crate::agent::history::Purpose;
use crate::agent::history::is_compaction;
use crate::agent::history::is_message_of_person;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::agent::prompt;
use crate::project::draft::Draft;
use crate::redact::Reach;
use crate::store::blobs::BlobId;
use crate::tools::Look;
use crate::tools::specs;

/// A message that may have been answered before.
pub(super) struct Asked {
    key: String,
    /// What the message adds to the conversation.
    said: Vec<Value>,
    /// How long the conversation was before.
    from: usize,
    /// Changes of the draft before.
    entries: usize,
}

/// An answer that can be given again.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Earlier {
    /// When it was given, in milliseconds since the epoch.
    at: u64,
    looks: Vec<Look>,
    /// What followed the message in the conversation.
    wire: Vec<Value>,
    /// The last words.
    text: String,
}

impl Asked {
    pub(super) fn new(session: &Session, message: &Message, draft: &Draft) -> Self {
        let mut said = session.history.news(session.context.to_wire());
        said.push(message.to_wire());
        let mut history = session.history.clone();
        let from = history.items().len();
        history.append(said.iter().cloned());
        let (model, traits) = (&session.model, &session.model.traits);
        let request = json!({
            "asked": session.provider.address().origin(),
            "at": session.provider.address().endpoint(session.provider.wire(), &model.slug).path(),
            "model": model.slug,
            "effort": model.effort(session.effort).map(crate::model::catalog::Effort::as_str),
            "instructions": prompt::instructions(model),
            "tools": specs(traits),
            "input": history.for_request(Purpose::Step, traits.vision),
        });
        Self {
            key: BlobId::of(request.to_string().as_bytes()).to_string(),
            said,
            from,
            entries: draft.entry_count(),
        }
    }

    /// What is to be kept of a turn that ended well; none where it must not be given again.
    fn answered(&self, session: &Session, draft: &Draft, looks: Vec<Look>) -> Option<Earlier> {
        let added = session.history.items().get(self.from..)?;
        let wire = added.strip_prefix(self.said.as_slice())?;
        let spoiled = |item: &Value| is_message_of_person(item) || is_compaction(item);
        if wire.iter().any(spoiled) || draft.entry_count() != self.entries {
            return None;
        }
        let last = wire.last().filter(|item| item["role"] == "assistant")?;
        let text = last["content"][0]["text"].as_str()?.to_owned();
        Some(Earlier {
            at: super::now(),
            looks,
            wire: wire.to_vec(),
            text,
        })
    }
}

impl Task {
    /// The answer that was given to this before, if it holds still.
    pub(super) async fn earlier_answer(&self, asked: &Asked, draft: &Draft) -> Option<Earlier> {
        if std::mem::take(&mut self.lock().asks_anew) {
            // The person does not want the old one, however this turn ends.
            let _ = self.shared.index.forget_answer(&asked.key);
            return None;
        }
        if !self.shared.asked.answer_cache() {
            return None;
        }
        // What cannot be read is asked.
        let entry = self.shared.index.answer(&asked.key).ok()??;
        // A key that was learned since must not come back with it.
        if !self
            .shared
            .asked
            .keys()
            .strike(&entry, Reach::Certain)
            .found
            .is_empty()
        {
            return None;
        }
        let earlier: Earlier = serde_json::from_str(&entry).ok()?;
        let tree = draft.tree().to_owned();
        let looked = tokio::task::spawn_blocking(move || {
            let holds = earlier.looks.iter().all(|look| look.is_unchanged(&tree));
            holds.then_some(earlier)
        });
        looked.await.ok()?
    }

    /// Gives an earlier answer.
    pub(super) fn answer_again(
        &self,
        keeping: &mut Keeping,
        session: &mut Session,
        asked: &Asked,
        earlier: Earlier,
    ) {
        let turn = session.turns + 1;
        let now = super::now();
        let show = |place: u32, kind| {
            Update::ItemCompleted(Item {
                id: format!("{turn}-{place}"),
                turn,
                started_at: now,
                completed_at: Some(now),
                kind,
            })
        };
        let mut added = asked.said.clone();
        added.extend(earlier.wire);
        session.history.append(added.iter().cloned());
        let context_used = session.context_used();
        let (at, text) = (earlier.at, earlier.text);
        for update in [
            Update::History(added),
            show(2, ItemKind::Earlier { at }),
            show(3, ItemKind::Answer { text }),
            Update::Context { context_used },
        ] {
            keeping.keep(update);
        }
    }

    /// Keeps what a turn answered, or forgets what is not true any more. What cannot be kept is
    /// asked again.
    pub(super) fn keep_answer(
        &self,
        asked: &Asked,
        session: &Session,
        draft: &Draft,
        looks: Option<Vec<Look>>,
    ) {
        if !self.shared.asked.answer_cache() {
            return;
        }
        let index = &self.shared.index;
        let earlier = looks.and_then(|looks| asked.answered(session, draft, looks));
        let entry =
            earlier.and_then(|earlier| Some((earlier.at, serde_json::to_string(&earlier).ok()?)));
        let _ = match entry {
            Some((at, entry)) => index.put_answer(&asked.key, at, &entry),
            None => index.forget_answer(&asked.key),
        };
    }
}
