//! Performs what a turn decides: requests, tool calls, waits.
//!
//! [`run`] feeds the machine of [`super::turn`] with what happens and carries out the effects it
//! answers with, until the turn is over. What the person may see goes out as [`Update`]s in order;
//! what has to be kept for the next turn goes out as [`Update::History`] and is in the session.
//!
//! Stop is heard before anything else. It drops the connection, tells the tools to end and gives
//! them [`GRACE_MS`]; a tool that is not done by then is dropped in the middle.
//!
//! The driver decides nothing. It does not retry, reorder or filter.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use futures_util::stream::FuturesUnordered;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::effect::Effect;
use super::effect::Event;
use super::effect::GRACE_MS;
use super::effect::Setup;
use super::effect::Shown;
use super::history;
use super::history::Purpose;
use super::item::Item;
use super::progress::ToolProgress;
use super::prompt;
use super::session::around;
use super::turn::Turn;
use super::withheld;
use crate::model::Model;
use crate::model::compact;
use crate::model::meter::Meter;
use crate::model::meter::Spent;
use crate::model::request::Request;
use crate::model::stream;
use crate::model::stream::StreamEvent;
use crate::model::stream::Usage;
use crate::tools::ToolCall;
use crate::tools::ToolResult;
use crate::tools::Tools;

pub use self::told::Control;
pub use self::told::Update;
pub use super::effect::TurnEnd;
pub use super::message::Attached;
pub use super::message::Message;
pub use super::session::Session;

/// Runs one turn: from `message` to the agent's last word, Stop, or a failure.
///
/// A failure has been shown as an item before it is returned. When the sender of `control` is
/// dropped the turn goes on.
pub async fn run(
    session: &mut Session,
    message: Message,
    tools: &dyn Tools,
    updates: UnboundedSender<Update>,
    control: UnboundedReceiver<Control>,
) -> TurnEnd {
    let context = session.history.news(session.context.to_wire());
    let turn = Turn::new(session.next_turn(message == Message::go_on()));
    let begins = Event::Begin { context, message };
    drive(turn, begins, session, tools, updates, control).await
}

/// Makes the conversation shorter, and does nothing else. What it shows has ids that begin with
/// `prefix`.
pub async fn compact(
    session: &mut Session,
    prefix: String,
    tools: &dyn Tools,
    updates: UnboundedSender<Update>,
    control: UnboundedReceiver<Control>,
) -> TurnEnd {
    let turn = Turn::new(session.after_turn(prefix));
    drive(turn, Event::Compact, session, tools, updates, control).await
}

/// Goes on with a turn that was held up before a request, as if nothing had been between. `items` is
/// how many items it has already.
pub async fn go_on(
    session: &mut Session,
    items: u32,
    tools: &dyn Tools,
    updates: UnboundedSender<Update>,
    control: UnboundedReceiver<Control>,
) -> TurnEnd {
    let context = session.history.news(session.context.to_wire());
    let turn = Turn::new(Setup {
        items,
        ..session.next_turn(true)
    });
    drive(
        turn,
        Event::GoOn { context },
        session,
        tools,
        updates,
        control,
    )
    .await
}

async fn drive(
    mut turn: Turn,
    begins: Event,
    session: &mut Session,
    tools: &dyn Tools,
    updates: UnboundedSender<Update>,
    mut control: UnboundedReceiver<Control>,
) -> TurnEnd {
    session
        .history
        .set_reader(session.provider.address().origin());
    let mut driver = Driver {
        instructions: prompt::instructions(&session.model),
        session,
        tools,
        updates,
        queue: VecDeque::from([begins]),
        answer: None,
        meter: Meter::default(),
        asks: String::new(),
        alarm: None,
        running: FuturesUnordered::new(),
        shown: HashMap::new(),
        stop: CancellationToken::new(),
    };
    let mut listening = true;
    loop {
        while let Some(event) = driver.queue.pop_front() {
            for effect in turn.step(event) {
                if let Some(end) = driver.perform(effect) {
                    control.close();
                    driver.give_back(&mut control);
                    return end;
                }
            }
        }
        let event = tokio::select! {
            biased;
            heard = control.recv(), if listening => match heard {
                Some(Control::Stop) => Event::Stop,
                Some(Control::Steer(message)) => Event::Steer(message),
                Some(Control::TryNow) => match driver.alarm.take_if(|(_, event)| *event == Event::RetryDue) {
                    Some((_, due)) => due,
                    None => continue,
                },
                None => {
                    listening = false;
                    continue;
                }
            },
            Some(done) = driver.running.next(), if !driver.running.is_empty() => driver.done(done),
            () = sleep(driver.alarm.as_ref()), if driver.alarm.is_some() => match driver.alarm.take() {
                Some((_, event)) => event,
                None => continue,
            },
            heard = next(driver.answer.as_mut()), if driver.answer.is_some() => match heard {
                Some(event) => {
                    let cost = driver.meter.hear(&event);
                    driver.pay(cost);
                    Event::Stream(event)
                }
                None => {
                    driver.drop_answer();
                    continue;
                }
            },
        };
        driver.queue.push_back(event);
    }
}

type Running<'a> = Pin<Box<dyn Future<Output = Finished> + Send + 'a>>;

struct Finished {
    call_id: String,
    progress: Arc<ToolProgress>,
    result: ToolResult,
}

struct Driver<'a> {
    session: &'a mut Session,
    instructions: String,
    tools: &'a dyn Tools,
    updates: UnboundedSender<Update>,
    queue: VecDeque<Event>,
    answer: Option<BoxStream<'static, StreamEvent>>,
    meter: Meter,
    /// The model of the request under way.
    asks: String,
    alarm: Option<(Instant, Event)>,
    running: FuturesUnordered<Running<'a>>,
    shown: HashMap<String, Shows>,
    stop: CancellationToken,
}

// What is shown and not completed.
enum Shows {
    Since(u64),
    Tool(Arc<ToolProgress>),
}

impl Driver<'_> {
    fn perform(&mut self, effect: Effect) -> Option<TurnEnd> {
        match effect {
            Effect::Request {
                purpose,
                may_summarise,
            } => self.request(purpose, may_summarise),
            Effect::RoomOut(failure) => {
                let event = match self.session.history.is_worth_compacting() {
                    true => Event::ContextFull,
                    false => Event::NoRoom(failure),
                };
                self.queue.push_back(event);
            }
            Effect::Compact(summary) => self.compact(summary),
            Effect::Wait {
                ms,
                attempt,
                of,
                reason,
            } => {
                self.drop_answer();
                self.ring(ms, Event::RetryDue);
                self.tell(Update::Retrying {
                    attempt,
                    of,
                    wait_ms: ms,
                    reason,
                });
            }
            Effect::RunTool { item, call } => self.start(item, call),
            Effect::CancelTools => {
                self.stop.cancel();
                self.ring(GRACE_MS, Event::GraceOver);
            }
            Effect::Emit(shown) => self.show(shown),
            Effect::Append(items) => {
                self.session.history.append(items.iter().cloned());
                self.tell(Update::History(items));
            }
            Effect::Usage(usage) => {
                if usage.total > 0 {
                    self.session.history.measure(usage.total);
                }
                self.cost(usage);
            }
            Effect::Spent(usage) => self.cost(usage),
            Effect::Skipped(count) => self.tell(Update::SkippedEvents(count)),
            Effect::GiveBack(messages) => self.tell(Update::GivenBack(messages)),
            Effect::End(end) => {
                self.drop_answer();
                self.abandon();
                return Some(end);
            }
        }
        None
    }

    fn request(&mut self, purpose: Purpose, may_summarise: bool) {
        self.drop_answer();
        let session = &*self.session;
        let history = &session.history;
        let tokens = history.tokens(around(&session.model));
        let full = tokens >= session.model.compact_at();
        if may_summarise && full && history.is_worth_compacting() {
            return self.queue.push_back(Event::ContextFull);
        }
        if let Some(Err(failure)) = session.purse.as_ref().map(|purse| purse.may_ask()) {
            let refused = StreamEvent::Failed(failure);
            return self.queue.push_back(Event::Stream(refused));
        }
        let request = |model: &Model, input, tools| Request {
            model: model.clone(),
            effort: session.effort,
            instructions: self.instructions.clone(),
            input,
            tools,
            cache_key: session.id.clone(),
        };
        let mut asks = session.model.slug.clone();
        let answer = match purpose {
            Purpose::Step => {
                let input = history.for_request(purpose, session.model.traits.vision);
                let request = request(&session.model, input, self.tools.specs());
                stream::ask(&session.provider, request, session.limits)
            }
            Purpose::Summary { cut, earlier } => {
                let before = session.earlier.as_ref().filter(|_| earlier);
                let model = before.unwrap_or(&session.model);
                asks.clone_from(&model.slug);
                let fits = model.usable_window().saturating_sub(around(model));
                let cut = (history.cut_that_fits(fits) + cut).min(history::MOST_CUT);
                let vision = model.traits.vision;
                let whole = history.for_compaction(cut, vision);
                let own = history.for_request(Purpose::Summary { cut, earlier }, vision);
                let whole = request(model, whole, self.tools.specs());
                let own = request(model, own, Vec::new());
                compact::ask(&session.provider, whole, own, session.limits)
            }
        };
        self.answer = Some(answer);
        self.asks = asks;
        self.meter.ask(tokens);
    }

    /// Ends the request under way. What came of it until now is paid for.
    fn drop_answer(&mut self) {
        self.answer = None;
        let cost = self.meter.drop();
        self.pay(cost);
    }

    fn pay(&self, cost: Option<(Usage, bool)>) {
        if let (Some(purse), Some((usage, about))) = (&self.session.purse, cost) {
            purse.spent(&Spent {
                model: self.asks.clone(),
                provider: self.session.provider.name().to_owned(),
                usage,
                about,
            });
        }
    }

    fn cost(&self, usage: Usage) {
        let context_used = self.session.context_used();
        self.tell(Update::Usage {
            usage,
            context_used,
        });
    }

    fn start(&mut self, item: String, call: ToolCall) {
        let turn = self.session.turns;
        let progress = Arc::new(ToolProgress::new(
            item.clone(),
            turn,
            self.updates.clone(),
            self.session.provider.keys(),
        ));
        self.shown.insert(item, Shows::Tool(Arc::clone(&progress)));
        let (tools, stop) = (self.tools, self.stop.child_token());
        self.running.push(Box::pin(async move {
            let call_id = call.call_id.clone();
            let result = tools.call(call, progress.as_ref(), stop).await;
            Finished {
                call_id,
                progress,
                result,
            }
        }));
    }

    fn done(&mut self, done: Finished) -> Event {
        self.shown.remove(done.progress.id());
        let (result, withheld) = withheld::strike(self.session.provider.keys(), done.result);
        done.progress.completed(result.item);
        if let Some(told) = withheld {
            self.show(Shown::Completed(withheld::id(done.progress.id()), told));
        }
        let limit = self.session.model.traits.output_limit.bytes();
        let output = match result.output {
            // Tools keep to the limit themselves; this is for what they wrap around it.
            Value::String(text) => Value::String(history::cut_middle(&text, limit * 6 / 5)),
            other => other,
        };
        Event::ToolFinished {
            call_id: done.call_id,
            output,
        }
    }

    fn show(&mut self, shown: Shown) {
        let turn = self.session.turns;
        match shown {
            Shown::Started(id, kind) => {
                let started_at = now();
                self.shown.insert(id.clone(), Shows::Since(started_at));
                let item = Item {
                    id,
                    turn,
                    started_at,
                    completed_at: None,
                    kind,
                };
                self.tell(Update::ItemStarted(item));
            }
            Shown::Text(item, text) => self.tell(Update::TextDelta { item, text }),
            Shown::Completed(id, kind) => {
                let completed_at = now();
                let started_at = match self.shown.remove(&id) {
                    Some(Shows::Since(started_at)) => started_at,
                    _ => completed_at,
                };
                let completed_at = Some(completed_at);
                self.tell(Update::ItemCompleted(Item {
                    id,
                    turn,
                    started_at,
                    completed_at,
                    kind,
                }));
            }
            Shown::Withdrawn(item) => {
                self.shown.remove(&item);
                self.tell(Update::ItemWithdrawn { item });
            }
        }
    }

    // Tools that did not end in time; what they have shown gets an end all the same.
    fn abandon(&mut self) {
        self.running = FuturesUnordered::new();
        for shows in std::mem::take(&mut self.shown).into_values() {
            if let Shows::Tool(progress) = shows {
                progress.abandoned();
            }
        }
    }

    // A message that crossed with the end of the turn is not lost.
    fn give_back(&self, control: &mut UnboundedReceiver<Control>) {
        let mut unheard = Vec::new();
        while let Ok(control) = control.try_recv() {
            if let Control::Steer(message) = control {
                unheard.push(message);
            }
        }
        if !unheard.is_empty() {
            self.tell(Update::GivenBack(unheard));
        }
    }

    fn ring(&mut self, ms: u64, event: Event) {
        self.alarm = Some((Instant::now() + Duration::from_millis(ms), event));
    }

    fn tell(&self, update: Update) {
        // Nobody listening is no reason to leave a turn half done.
        let _ = self.updates.send(update);
    }
}

async fn next(answer: Option<&mut BoxStream<'static, StreamEvent>>) -> Option<StreamEvent> {
    answer?.next().await
}

async fn sleep(alarm: Option<&(Instant, Event)>) {
    if let Some((at, _)) = alarm {
        tokio::time::sleep_until(*at).await;
    }
}

pub(super) fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

mod shorten;
mod told;

#[cfg(test)]
mod tests;
