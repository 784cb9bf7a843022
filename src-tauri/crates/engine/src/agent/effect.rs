//! The words between the turn and its driver: what happened, and what to do.

use std::collections::HashMap;
use std::collections::HashSet;

use serde_json::Value;

use super::history::Purpose;
use super::item::ItemKind;
use super::message::Message;
use crate::model::failure::Failure;
use crate::model::failure::Retry;
use crate::model::stream::StreamEvent;
use crate::model::stream::Usage;
use crate::tools::ToolCall;
use crate::tools::ToolInput;

/// How long running tools have to end after Stop.
pub const GRACE_MS: u64 = 120;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The person sent a message; `context` is what the model has to be told before it.
    Begin {
        /// Notes to append first.
        context: Vec<Value>,
        /// The message.
        message: Message,
    },
    /// A turn that was held up before a request goes on with it; `context` is what the model has to
    /// be told before.
    GoOn {
        /// Notes to append first.
        context: Vec<Value>,
    },
    /// Part of the answer to the last request.
    Stream(StreamEvent),
    /// The person wants the conversation made shorter, and nothing else.
    Compact,
    /// The request was not sent, because the conversation nears the model's window; or an answer
    /// found no room in it.
    ContextFull,
    /// An answer found no room, and the conversation cannot be made shorter.
    NoRoom(Failure),
    /// A tool has answered.
    ToolFinished {
        /// Which call.
        call_id: String,
        /// What the model is told.
        output: Value,
    },
    /// The wait is over.
    RetryDue,
    /// The tools had [`GRACE_MS`] to end.
    GraceOver,
    /// The person sent another message while the agent works.
    Steer(Message),
    /// The person pressed Stop.
    Stop,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send the conversation. A request under way is dropped first.
    Request {
        /// What for.
        purpose: Purpose,
        /// Answer [`Event::ContextFull`] instead when the conversation has grown too long.
        may_summarise: bool,
    },
    /// An answer was cut because it had no room: come back with [`Event::ContextFull`] where a
    /// compaction makes some, else with [`Event::NoRoom`].
    RoomOut(Failure),
    /// Make the conversation shorter, and keep that.
    Compact(Summary),
    /// Drop the request under way; come back with [`Event::RetryDue`].
    Wait {
        /// How long.
        ms: u64,
        /// Which retry this is, from 1.
        attempt: u32,
        /// How many there are at most.
        of: u32,
        /// What went wrong.
        reason: Failure,
    },
    /// Carry a call out; come back with [`Event::ToolFinished`].
    RunTool {
        /// The id of the item that shows it.
        item: String,
        /// The call.
        call: ToolCall,
    },
    /// Tell all running tools to end; come back with [`Event::GraceOver`] after [`GRACE_MS`].
    CancelTools,
    /// Show something.
    Emit(Shown),
    /// Add to the conversation, and keep it.
    Append(Vec<Value>),
    /// What the last answer cost, all appended before this included.
    Usage(Usage),
    /// What a summary cost; it says nothing of what the conversation takes.
    Spent(Usage),
    /// So many events could not be read.
    Skipped(u32),
    /// Messages that were not sent any more.
    GiveBack(Vec<Message>),
    /// The turn is over.
    End(TurnEnd),
}

/// What the model gave for a compaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The id of the item that shows it.
    pub item: String,
    /// Its own words; may be empty.
    pub text: String,
    /// What only its provider can read.
    pub sealed: Vec<Value>,
    /// Why there is neither; one sentence.
    pub without: Option<String>,
}

/// A change of what the person sees.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// A new item.
    Started(String, ItemKind),
    /// More text of an item.
    Text(String, String),
    /// An item in its final form.
    Completed(String, ItemKind),
    /// An item that will be said again from the start.
    Withdrawn(String),
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq)]
pub enum TurnEnd {
    /// The agent has said its last word.
    Done,
    /// The person pressed Stop.
    Stopped,
    /// It could not go on; the task stays usable.
    Failed(Failure),
}

/// What a turn has to know beforehand.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The turn's number within the task.
    pub number: u32,
    /// How many items it has from before it was held up.
    pub items: u32,
    /// The model's name, for messages.
    pub model: String,
    /// Whether several calls run at once.
    pub parallel: bool,
    /// Call ids of earlier turns.
    pub taken: HashSet<String>,
    /// Calls that were carried out in the work this turn goes on with: id, tool and argument.
    pub made: HashMap<String, (String, ToolInput)>,
    /// Whether words of the model, kept from an answer that was cut, are what it goes on with.
    pub said: bool,
    /// Where the jitter of the waits begins.
    pub seed: u64,
    /// What the ids of items begin with; the turn's number when it is empty.
    pub prefix: String,
    /// Whether a summary is first asked of the model that was asked before.
    pub earlier: bool,
}

/// How long to wait before a retry, with some jitter from `seed`; `None` when it is not worth one.
pub(super) fn pause(seed: &mut u64, retry: Retry, attempt: u32) -> Option<u64> {
    // A splitmix step; the jitter keeps many clients from coming back at the same moment.
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let percent = (mixed >> 33) % 21;
    let growing = |base: u64| base * (1 << (attempt - 1).min(6)) * (90 + percent) / 100;
    match retry {
        Retry::Never => None,
        Retry::Backoff => Some(growing(200)),
        Retry::Slowly => Some(growing(1_000)),
        // Never earlier than asked.
        Retry::After(wait) => {
            let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            Some(ms + ms.min(1_000) * percent / 200)
        }
    }
}
