//! What a turn is told while it runs, and what it tells.

use serde_json::Value;

use crate::agent::item::Item;
use crate::agent::message::Message;
use crate::model::Failure;
use crate::model::stream::Usage;

/// What the person may do while a turn runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// End the turn now.
    Stop,
    /// Say something to the agent while it works; it hears it at its next step.
    Steer(Message),
    /// Do not wait any longer for the next try of a request. Nothing where nothing waits.
    TryNow,
}

/// What happens in a turn, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// A new item.
    ItemStarted(Item),
    /// More text of an answer or of reasoning.
    TextDelta {
        /// The item's id.
        item: String,
        /// The piece.
        text: String,
    },
    /// More output of a command.
    OutputDelta {
        /// The item's id.
        item: String,
        /// The piece.
        chunk: String,
    },
    /// An item in its final form.
    ItemCompleted(Item),
    /// A started item that never became one; it is said again from the start.
    ItemWithdrawn {
        /// The item's id.
        item: String,
    },
    /// Additions to the conversation, to be kept in this order and handed back after a restart.
    History(Vec<Value>),
    /// What the last answer cost.
    Usage {
        /// Its tokens.
        usage: Usage,
        /// Tokens the conversation takes now.
        context_used: u64,
    },
    /// What the conversation takes since something else than an answer changed it.
    Context {
        /// Tokens the conversation takes now.
        context_used: u64,
    },
    /// The last request failed and will be sent again.
    Retrying {
        /// Which retry this is, from 1.
        attempt: u32,
        /// How many there are at most.
        of: u32,
        /// How long until then.
        wait_ms: u64,
        /// What went wrong.
        reason: Failure,
    },
    /// So many events of the answer could not be read.
    SkippedEvents(u32),
    /// Messages that the agent has not heard, because the turn ended before.
    GivenBack(Vec<Message>),
}
