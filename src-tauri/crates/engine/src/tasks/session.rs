//! Puts the conversation of a task together, for a turn or for a compaction.

use std::sync::Arc;

use super::pictures;
use super::ready::agents_md;
use super::task::Task;
use super::task::TaskError;
use crate::agent::driver::Message;
use crate::agent::driver::Session;
use crate::agent::history::History;
use crate::agent::prompt::Context;
use crate::agent::session::AnsweredBy;
use crate::agent::session::Knows;
use crate::agent::session::room_for_a_message;
use crate::attachments::grouped;
use crate::attachments::parts::tokens_of;
use crate::attachments::parts::too_long;
use crate::model::Model;
use crate::model::Provider;
use crate::model::catalog::Effort;
use crate::project::draft::Draft;
use crate::tools::Permission;

impl Task {
    /// Looks whether a message has room in the window. Nothing of one is ever cut silently.
    pub(super) fn fits(&self, message: &Message) -> Result<(), TaskError> {
        let (model, in_use) = {
            let inner = self.lock();
            (self.shared.asked.model(&inner.model), inner.context_used)
        };
        let attached: u64 = message.attached.iter().map(|one| one.about.tokens).sum();
        let room = room_for_a_message(&model, in_use);
        let all = attached + tokens_of(&message.text);
        if attached > 0 && all > room {
            let sentence = format!(
                "The message takes about {} tokens with what is attached, and there is room for {}. \
                 Take some off, make it shorter, or choose a model with a larger window.",
                grouped(all),
                grouped(room)
            );
            let fits = false;
            return Err(TaskError::TooLong { sentence, fits });
        }
        match too_long(&message.text, room) {
            Some((sentence, fits)) => Err(TaskError::TooLong {
                sentence,
                fits: fits.is_some(),
            }),
            None => Ok(()),
        }
    }

    /// Where and how the task works.
    pub(super) fn context(&self, permission: Permission, draft: Option<&Draft>) -> Context {
        let root = self.shared.project.root();
        let seen_at = draft.map_or(root, Draft::seen_at);
        Context {
            cwd: seen_at.to_string_lossy().into_owned(),
            permission_mode: super::task::permission_word(permission).to_owned(),
            network: permission == Permission::Full,
            shell: "bash".to_owned(),
            date: super::today(super::now()),
            agents_md: draft.and_then(agents_md),
        }
    }

    /// The task's conversation as it is now, with all its turns.
    pub(super) fn session(
        self: &Arc<Self>,
        provider: Provider,
        (model, effort): (Model, Option<Effort>),
        context: Context,
    ) -> Session {
        let asks = AnsweredBy::of(&provider, &model);
        let (wire, turns, used, at, before) = {
            let mut inner = self.lock();
            let before = inner.answered_by.clone();
            // Nobody else knows the model by that name, or may have the conversation.
            let before = before.filter(|before| before.server == asks.server);
            inner.asks = Some(asks);
            let (used, at) = (inner.context_used, inner.context_at);
            (inner.wire.clone(), inner.turn, used, at, before)
        };
        let mut history = History::new(pictures::expanded(wire, &self.shared.blobs));
        if used > 0 {
            history.measure_at(used, at);
        }
        let id = self.id.clone();
        let before = before.map(|before| self.shared.asked.model(&before.model));
        let earlier = before.filter(|before| before.traits.window > model.traits.window);
        let mut session = Session::new(id, provider, model, context, history, turns);
        session.effort = effort;
        session.earlier = earlier;
        let task = self.clone();
        session.knows = Knows(Arc::new(move || task.standing()));
        session
    }
}
