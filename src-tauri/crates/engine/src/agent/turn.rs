//! One turn of conversation with the model, as a machine without side effects.
//!
//! [`Turn::step`] takes something that happened ([`Event`]) and returns what to do about it
//! ([`Effect`]): send a request, run a tool, show some text, stop. It never does any of those
//! itself; `driver` does, and reports back with the next event. It has no clock, network or
//! runtime, so Stop is one more event to handle rather than a race to win.
//!
//! | state    | event                 | what happens                                   | then     |
//! | -------- | --------------------- | ---------------------------------------------- | -------- |
//! | Idle     | Begin                 | append context and message, request            | Asking   |
//! | Idle     | GoOn                  | append context, request                        | Asking   |
//! | Asking   | deltas                | show them                                      | Asking   |
//! | Asking   | ItemDone              | show it; keep it until the answer is complete  | Asking   |
//! | Asking   | Completed, calls      | append the answer, run the calls               | Acting   |
//! | Asking   | Overlong              | append the words, answer the call without a run | Asking  |
//! | Asking   | Completed, steered    | append the answer and the messages, request    | Asking   |
//! | Asking   | Completed, words only | append the answer                              | Ended    |
//! | Asking   | Completed, nothing    | fail, unless words were kept from a cut answer | Ended    |
//! | Asking   | Failed, worth a retry | append finished words, drop the rest, wait     | Waiting  |
//! | Asking   | Failed, otherwise     | the same, and tell                             | Ended    |
//! | Idle     | Compact               | request a summary                              | Asking   |
//! | Asking   | ContextFull           | request a summary                              | Asking   |
//! | Asking   | Failed, too long      | the same, once per step                        | Asking   |
//! | Asking   | Failed, no room left  | the same where it helps, once per step         | Asking   |
//! | Asking   | Completed, summary    | make the conversation shorter, request         | Asking   |
//! | Asking   | Failed, summary       | ask for less of it, another model, or go without | Asking |
//! | Waiting  | RetryDue              | request again                                  | Asking   |
//! | Acting   | ToolFinished          | append answers in call order, run the next     | Acting   |
//! | Acting   | ToolFinished, last    | append steered messages, request               | Asking   |
//! | Acting   | Stop                  | cancel the tools, answer the calls not begun   | Stopping |
//! | Stopping | ToolFinished, last    | append the answers                             | Ended    |
//! | Stopping | GraceOver             | answer what is still running as aborted        | Ended    |
//! | other    | Stop                  | append finished words                          | Ended    |
//! | any      | Steer                 | keep it for the next request, or give it back  | the same |
//!
//! Everything else is an event that came too late, and nothing happens. A tool runs only when the
//! answer that asked for it is complete, and once per call: a call that comes again with the same
//! id and the same argument is answered, not repeated.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use super::calls;
use super::calls::Pending;
use super::calls::Stage;
use super::calls::answered;
use super::effect::Effect;
use super::effect::Event;
use super::effect::Setup;
use super::effect::Shown;
use super::effect::Summary;
use super::effect::TurnEnd;
use super::effect::pause;
use super::history;
use super::history::MOST_CUT;
use super::history::Purpose;
use super::item::Compacted;
use super::item::ItemKind;
use super::message::Message;
use super::prompt;
use super::wire;
use super::wire::Reply;
use crate::model::failure::Failure;
use crate::model::stream::StreamEvent;
use crate::model::stream::Usage;
use crate::tools::ToolInput;

const NO_BUDGET: &str =
    "Nothing of it was lost. Raise the budget in Settings (Ctrl+,), then try again.";
const NO_BUDGET_TODAY: &str =
    "Nothing of it was lost. Raise the budget in Settings (Ctrl+,), or try again after midnight.";
const TEN_YEARS: Duration = Duration::from_secs(315_360_000);

#[derive(Debug, Clone, PartialEq)]
enum State {
    Idle,
    Asking(Purpose),
    Waiting(Purpose),
    Acting(Vec<Pending>),
    Stopping(Vec<Pending>),
    Ended,
}

// A message or reasoning of the answer under way, as far as it is shown.
#[derive(Debug)]
struct Open {
    id: String,
    thought: bool,
    text: String,
}

/// The machine; see the module.
#[derive(Debug)]
pub struct Turn {
    setup: Setup,
    state: State,
    items: u32,
    open: BTreeMap<u64, Open>,
    replies: BTreeMap<u64, (Option<String>, Reply)>,
    made: HashMap<String, (String, ToolInput)>,
    steered: Vec<Message>,
    summary_item: Option<String>,
    retries: u32,
    summarised: bool,
    /// A compaction is all that is wanted.
    only_compacts: bool,
    reasoning_dropped: bool,
    said: bool,
    effects: Vec<Effect>,
}

impl Turn {
    /// A turn that has not begun.
    pub fn new(mut setup: Setup) -> Self {
        Self {
            items: setup.items,
            made: std::mem::take(&mut setup.made),
            said: setup.said,
            setup,
            state: State::Idle,
            open: BTreeMap::new(),
            replies: BTreeMap::new(),
            steered: Vec::new(),
            summary_item: None,
            retries: 0,
            summarised: false,
            only_compacts: false,
            reasoning_dropped: false,
            effects: Vec::new(),
        }
    }

    /// Takes what happened, returns what to do, in order.
    pub fn step(&mut self, event: Event) -> Vec<Effect> {
        match (std::mem::replace(&mut self.state, State::Ended), event) {
            (State::Idle, Event::Begin { context, message }) => {
                self.append(context);
                self.say(&message);
                self.request(Purpose::Step);
            }
            (State::Idle, Event::Compact) => {
                self.only_compacts = true;
                self.begin_summary();
            }
            (State::Idle, Event::GoOn { context }) => {
                self.append(context);
                self.request(Purpose::Step);
            }
            (State::Ended, Event::Steer(message)) => self.effect(Effect::GiveBack(vec![message])),
            (state, Event::Steer(message)) => {
                self.steered.push(message);
                self.state = state;
            }
            (state @ State::Asking(purpose), Event::Stream(event)) => {
                self.state = state;
                self.hear(purpose, event);
            }
            (State::Asking(Purpose::Step), Event::ContextFull) => self.begin_summary(),
            (State::Asking(Purpose::Step), Event::NoRoom(failure)) => {
                self.over(TurnEnd::Failed(failure));
            }
            (State::Waiting(purpose), Event::RetryDue) => {
                if purpose == Purpose::Step {
                    self.inject();
                }
                self.request(purpose);
            }
            (State::Acting(calls), Event::ToolFinished { call_id, output }) => {
                self.act(answered(calls, &call_id, output));
            }
            (State::Stopping(calls), Event::ToolFinished { call_id, output }) => {
                self.wind_down(answered(calls, &call_id, output));
            }
            (State::Stopping(calls), Event::GraceOver) => {
                let calls = calls
                    .into_iter()
                    .map(|call| call.aborted_if(Stage::Running))
                    .collect();
                self.wind_down(calls);
            }
            (State::Acting(calls), Event::Stop) => {
                self.effect(Effect::CancelTools);
                let calls = calls
                    .into_iter()
                    .map(|call| call.aborted_if(Stage::Queued))
                    .collect();
                self.wind_down(calls);
            }
            (State::Idle | State::Asking(_) | State::Waiting(_), Event::Stop) => self.stopped(),
            (state, _) => self.state = state,
        }
        std::mem::take(&mut self.effects)
    }

    fn hear(&mut self, purpose: Purpose, event: StreamEvent) {
        match event {
            StreamEvent::ItemDone { index, item } => self.finished(purpose, index, &item),
            StreamEvent::TextDelta { index, text } => self.more(purpose, index, false, &text),
            StreamEvent::ReasoningDelta { index, text } => self.more(purpose, index, true, &text),
            StreamEvent::Skipped(count) => self.effect(Effect::Skipped(count)),
            StreamEvent::Failed(failure) => self.failed(purpose, failure),
            StreamEvent::Overlong { index, item } => match purpose {
                Purpose::Step => self.overlong(index, &item),
                // A summary calls nothing.
                Purpose::Summary { .. } => self.summed_up(purpose, None),
            },
            StreamEvent::Completed { usage } => {
                self.retries = 0;
                match purpose {
                    Purpose::Step => self.answered(usage),
                    Purpose::Summary { .. } => self.summed_up(purpose, usage),
                }
            }
            // The driver counts it.
            StreamEvent::Spent(_)
            | StreamEvent::Created
            | StreamEvent::ItemAdded { .. }
            | StreamEvent::CustomInputDelta { .. } => {}
        }
    }

    fn act(&mut self, mut calls: Vec<Pending>) {
        self.append(calls::answers(&mut calls));
        if calls.iter().all(|call| call.stage == Stage::Appended) {
            self.said = false;
            self.inject();
            return self.request(Purpose::Step);
        }
        for call in &mut calls {
            if call.stage == Stage::Queued {
                call.stage = Stage::Running;
                let (item, call) = (call.item.clone(), call.call.clone());
                self.effects.push(Effect::RunTool { item, call });
            }
            if call.stage == Stage::Running && !self.setup.parallel {
                break;
            }
        }
        self.state = State::Acting(calls);
    }

    fn wind_down(&mut self, mut calls: Vec<Pending>) {
        if calls.iter().any(|call| call.stage == Stage::Running) {
            self.state = State::Stopping(calls);
            return;
        }
        self.append(calls::answers(&mut calls));
        self.stopped();
    }

    fn failed(&mut self, purpose: Purpose, failure: Failure) {
        let attempt = self.retries + 1;
        let of = failure.retries();
        let wait = pause(&mut self.setup.seed, failure.retry(), attempt).filter(|_| attempt <= of);
        let too_long = matches!(failure, Failure::ContextTooLong { .. });
        let stale = matches!(failure, Failure::StaleReasoning { .. });
        let no_room = failure.found_no_room() && purpose == Purpose::Step && !self.summarised;
        let again = wait.is_some()
            || no_room
            || (too_long && !self.summarised)
            || (stale && !self.reasoning_dropped);
        self.keep_words(again);
        match (wait, purpose) {
            (Some(ms), _) => {
                self.retries = attempt;
                self.effect(Effect::Wait {
                    ms,
                    attempt,
                    of,
                    reason: failure,
                });
                self.state = State::Waiting(purpose);
            }
            (None, _) if stale && !self.reasoning_dropped => {
                self.reasoning_dropped = true;
                self.append(vec![history::reasoning_lost()]);
                self.request(purpose);
            }
            (None, Purpose::Step) if too_long && !self.summarised => self.begin_summary(),
            (None, Purpose::Step) if no_room => {
                self.effect(Effect::RoomOut(failure));
                self.state = State::Asking(purpose);
            }
            (None, Purpose::Summary { cut, earlier }) if too_long && cut < MOST_CUT => {
                self.summarise(cut + 1, earlier);
            }
            (None, Purpose::Summary { earlier: true, .. }) => self.summarise(0, false),
            (None, Purpose::Summary { .. }) if failure.is_about_the_answer() => {
                self.compacted(String::new(), Vec::new(), Some(failure.to_string()));
            }
            (None, _) => self.over(TurnEnd::Failed(failure)),
        }
    }

    fn begin_summary(&mut self) {
        let earlier = std::mem::take(&mut self.setup.earlier);
        self.summarise(0, earlier);
    }

    fn summarise(&mut self, cut: u8, earlier: bool) {
        if self.summary_item.is_none() {
            let id = self.new_item();
            let kind = ItemKind::Compaction {
                summary: String::new(),
                about: Compacted::default(),
            };
            self.show(Shown::Started(id.clone(), kind));
            self.summary_item = Some(id);
        }
        self.retries = 0;
        self.request(Purpose::Summary { cut, earlier });
    }

    fn summed_up(&mut self, purpose: Purpose, usage: Option<Usage>) {
        let replies = std::mem::take(&mut self.replies);
        let mut summary = String::new();
        let mut sealed = Vec::new();
        for (_, reply) in replies.into_values() {
            match reply {
                Reply::Message { text, .. } => summary.push_str(&text),
                Reply::Sealed { wire } => sealed.push(wire),
                _ => {}
            }
        }
        if summary.trim().is_empty() && sealed.is_empty() {
            let model = self.setup.model.clone();
            return self.failed(purpose, Failure::Empty { model });
        }
        if let Some(usage) = usage {
            self.effect(Effect::Spent(usage));
        }
        self.compacted(summary, sealed, None);
    }

    fn compacted(&mut self, text: String, sealed: Vec<Value>, without: Option<String>) {
        self.summarised = true;
        if let Some(item) = self.summary_item.take() {
            self.effect(Effect::Compact(Summary {
                item,
                text,
                sealed,
                without,
            }));
        }
        if self.only_compacts {
            return self.over(TurnEnd::Done);
        }
        self.inject();
        self.request(Purpose::Step);
    }

    fn stopped(&mut self) {
        let partial: String = self
            .open
            .values()
            .filter(|open| !open.thought)
            .map(|open| open.text.as_str())
            .collect();
        self.keep_words(false);
        if !partial.is_empty() {
            self.append(vec![wire::said(&partial)]);
        }
        if !self.only_compacts {
            self.append(vec![prompt::stopped()]);
        }
        self.over(TurnEnd::Stopped);
    }

    fn over(&mut self, end: TurnEnd) {
        let summing_up = self.summary_item.take();
        if let Some(id) = summing_up.clone() {
            self.show(Shown::Withdrawn(id));
        }
        if let TurnEnd::Failed(failure) = &end {
            let id = self.new_item();
            let hint = failure.hint();
            // More than that is no time that anybody waits for, and no number that a window can hold.
            let wait_ms = failure
                .long_wait()
                .filter(|_| summing_up.is_none())
                .map(|wait| wait.min(TEN_YEARS).as_millis() as u64);
            let (message, hint) = match (failure, summing_up) {
                (_, None) => (failure.to_string(), hint.to_owned()),
                // No turn is under way that would be paused by it.
                (Failure::OverBudget { what, daily }, Some(_)) if self.only_compacts => (
                    format!("The conversation could not be made shorter. {what} Nothing was sent."),
                    match daily {
                        true => NO_BUDGET_TODAY.to_owned(),
                        false => NO_BUDGET.to_owned(),
                    },
                ),
                (_, Some(_)) => (
                    format!("The conversation could not be made shorter. {failure}"),
                    format!("Nothing of it was lost, and the task can go on. {hint}"),
                ),
            };
            let kind = ItemKind::Error {
                code: failure.code().to_owned(),
                message,
                hint,
                wait_ms,
            };
            self.show(Shown::Started(id.clone(), kind.clone()));
            self.show(Shown::Completed(id, kind));
        }
        if !self.steered.is_empty() {
            let unsent = std::mem::take(&mut self.steered);
            self.effect(Effect::GiveBack(unsent));
        }
        self.effect(Effect::End(end));
        self.state = State::Ended;
    }

    fn request(&mut self, purpose: Purpose) {
        let may_summarise = purpose == Purpose::Step && !self.summarised;
        self.effect(Effect::Request {
            purpose,
            may_summarise,
        });
        self.state = State::Asking(purpose);
    }

    fn inject(&mut self) -> bool {
        let messages = std::mem::take(&mut self.steered);
        for message in &messages {
            self.say(message);
        }
        !messages.is_empty()
    }

    fn say(&mut self, message: &Message) {
        let id = self.new_item();
        let kind = ItemKind::Message {
            text: message.text.clone(),
            attachments: message.attachments(),
        };
        self.show(Shown::Started(id.clone(), kind.clone()));
        self.show(Shown::Completed(id, kind));
        self.append(vec![message.to_wire()]);
        self.said = false;
    }

    fn append(&mut self, items: Vec<Value>) {
        if !items.is_empty() {
            self.effect(Effect::Append(items));
        }
    }

    fn show(&mut self, shown: Shown) {
        self.effect(Effect::Emit(shown));
    }

    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn new_item(&mut self) -> String {
        self.items += 1;
        match self.setup.prefix.as_str() {
            "" => format!("{}-{}", self.setup.number, self.items),
            prefix => format!("{prefix}-{}", self.items),
        }
    }
}

mod hearing;

#[cfg(test)]
mod tests;
