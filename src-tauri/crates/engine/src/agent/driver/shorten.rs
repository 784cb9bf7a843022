//! The part of the driver that makes the conversation shorter once there is a summary.

use serde_json::Value;

use super::Driver;
use super::Update;
use crate::agent::effect::Shown;
use crate::agent::effect::Summary;
use crate::agent::history;
use crate::agent::history::Mark;
use crate::agent::history::room_of;
use crate::agent::item::Compacted;
use crate::agent::item::ItemKind;
use crate::agent::kept::kept;
use crate::agent::session::around;

impl Driver<'_> {
    // The addition is kept before it is shown as done, and carries what is shown of it, so that a
    // death in between leaves a compaction that can still be told.
    pub(super) fn compact(&mut self, summary: Summary) {
        let Summary {
            item,
            text,
            sealed,
            without,
        } = summary;
        let session = &mut *self.session;
        let mark = Mark {
            item: item.clone(),
            summary: text.clone(),
            facts: (session.knows.0)().text(),
            room: room_of(session.model.traits.window),
            sealed_by: session.provider.address().origin(),
            sealed,
        };
        let before = session.history.tokens(around(&session.model));
        let goes_on = kept(
            session.history.items(),
            &mark.to_item(&Value::Null),
            &mark.sealed_by,
        );
        let after =
            around(&session.model) + goes_on.items.iter().map(history::estimate).sum::<u64>();
        let about = Compacted {
            before,
            after,
            whole: goes_on.whole,
            cut: goes_on.cut,
            left_out: goes_on.uncounted,
            steps: goes_on.steps,
            pictures: goes_on.pictures,
            sealed: !mark.sealed.is_empty(),
            without,
        };
        let shown = serde_json::to_value(&about).unwrap_or_default();
        let added = mark.to_item(&shown);
        session.history.append([added.clone()]);
        let context_used = session.context_used();
        self.tell(Update::History(vec![added]));
        let summary = text;
        self.show(Shown::Completed(
            item,
            ItemKind::Compaction { summary, about },
        ));
        self.tell(Update::Context { context_used });
    }
}
