//! Runs the turns of a task: makes the draft, puts the conversation together, and keeps what comes
//! of it.
//!
//! A message is in the log and on the disk before anything is sent. Everything the driver tells is
//! written to the log in order and passed on; a text that is still growing is written once a second,
//! so that a `kill -9` costs at most that.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use base64::Engine as _;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::state::Happened;
use super::state::TurnState;
use super::task::Task;
use super::task::TaskError;
use super::task::end_item;
use crate::agent::driver;
use crate::agent::driver::Control;
use crate::agent::driver::ImageInput;
use crate::agent::driver::Message;
use crate::agent::driver::Session;
use crate::agent::driver::TurnEnd;
use crate::agent::driver::Update;
use crate::agent::history::History;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::agent::prompt::Context;
use crate::event::Event;
use crate::model::Model;
use crate::project::copy::CopyProgress;
use crate::project::draft::Draft;
use crate::project::path::RelPath;
use crate::store::log::Record;
use crate::tools::DraftTools;
use crate::tools::Permission;
use crate::tools::picture_kind;

/// How often a growing text is written to the log.
const FLUSH: Duration = Duration::from_secs(1);

/// Bytes of a running command's output that are kept for a window that opens meanwhile.
const LIVE_OUTPUT: usize = 64 << 10;

/// Bytes of the project's own instructions that are sent.
const AGENTS_MD: u64 = 32 << 10;

/// A turn under way.
pub(super) struct Running {
    control: UnboundedSender<Control>,
    copying: CancellationToken,
    /// Set when the app closes, so that the turn counts as interrupted and not as stopped.
    interrupted: Arc<AtomicBool>,
    ended: watch::Receiver<bool>,
}

impl Task {
    /// Whether a turn is under way.
    pub fn is_running(&self) -> bool {
        self.running().is_some()
    }

    /// Sends a message: a new turn, or a word to the agent while it works.
    ///
    /// # Errors
    ///
    /// [`TaskError`] when it could not be kept; then nothing was sent.
    pub fn send(
        self: &Arc<Self>,
        text: &str,
        pictures: Vec<(String, Vec<u8>)>,
    ) -> Result<(), TaskError> {
        if text.trim().is_empty() && pictures.is_empty() {
            return Err(TaskError::EmptyMessage);
        }
        let images = pictures
            .into_iter()
            .map(|(name, bytes)| self.image(name, &bytes))
            .collect::<Result<Vec<_>, _>>()?;
        let message = Message {
            text: text.to_owned(),
            images,
        };
        let steered = self.running().as_ref().is_some_and(|running| {
            running
                .control
                .send(Control::Steer(message.clone()))
                .is_ok()
        });
        if !steered {
            self.begin(message)?;
        }
        self.shared
            .index
            .keep_unsent(&self.shared.project_id, &self.id, "")?;
        Ok(())
    }

    /// Goes on after a turn that was stopped, failed or interrupted.
    ///
    /// # Errors
    ///
    /// [`TaskError`] when a turn is under way.
    pub fn resume(self: &Arc<Self>) -> Result<(), TaskError> {
        self.begin(Message::text("Continue."))
    }

    /// Stops the turn under way and waits until it has ended.
    pub async fn stop(&self) {
        let ended = self.running().as_ref().map(|running| {
            running.copying.cancel();
            // A turn that just ended hears nothing more, and need not.
            let _ = running.control.send(Control::Stop);
            running.ended.clone()
        });
        if let Some(mut ended) = ended {
            let _ = ended.wait_for(|ended| *ended).await;
        }
    }

    /// Stops the turn because the app closes.
    pub(crate) async fn interrupt(&self) {
        if let Some(running) = self.running().as_ref() {
            running.interrupted.store(true, Ordering::Relaxed);
        }
        self.stop().await;
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a picture and makes it ready to be sent.
    fn image(&self, name: String, bytes: &[u8]) -> Result<ImageInput, TaskError> {
        let kind =
            picture_kind(bytes).ok_or_else(|| TaskError::NotAPicture { name: name.clone() })?;
        let blob = self.shared.blobs.put(bytes)?;
        let data = base64::engine::general_purpose::STANDARD.encode(bytes);
        Ok(ImageInput {
            data_url: format!("data:image/{kind};base64,{data}"),
            name: blob.to_string(),
        })
    }

    /// Begins a turn. The message is on the disk when this returns.
    fn begin(self: &Arc<Self>, message: Message) -> Result<(), TaskError> {
        if self.shared.provider.is_none() {
            return Err(TaskError::NoProvider);
        }
        let mut slot = self.running();
        if slot.is_some() {
            return Err(TaskError::State(self.facts().state));
        }
        let started = super::now();
        let first = {
            let mut inner = self.lock();
            inner.state.after(Happened::Started)?;
            inner.turn += 1;
            let turn = inner.turn;
            // The driver shows the message too, under this very id.
            let item = Item {
                id: first_item(turn),
                turn,
                started_at: started,
                completed_at: Some(started),
                kind: ItemKind::Message {
                    text: message.text.clone(),
                    images: message
                        .images
                        .iter()
                        .map(|image| image.name.clone())
                        .collect(),
                },
            };
            inner
                .log
                .append(&Record::TurnStarted { turn, at: started })?;
            inner.log.append(&Record::Item { item: item.clone() })?;
            inner.log.sync()?;
            inner.put(item.clone());
            item
        };
        self.happened(Happened::Started, TurnState::Running)?;
        self.shared.tell(Event::ItemCompleted {
            task: self.id.clone(),
            item: first,
        });
        let (control, heard) = unbounded_channel();
        let (end, ended) = watch::channel(false);
        let copying = CancellationToken::new();
        let interrupted = Arc::new(AtomicBool::new(false));
        *slot = Some(Running {
            control,
            copying: copying.clone(),
            interrupted: interrupted.clone(),
            ended,
        });
        drop(slot);
        let task = self.clone();
        tokio::spawn(async move {
            let end_of_turn = task.clone().turn(message, heard, copying).await;
            task.settle().await;
            task.finish(end_of_turn, interrupted.load(Ordering::Relaxed));
            // Nobody waiting is the usual case.
            let _ = end.send(true);
        });
        Ok(())
    }

    /// One turn, from the draft to its end.
    async fn turn(
        self: Arc<Self>,
        message: Message,
        control: UnboundedReceiver<Control>,
        copying: CancellationToken,
    ) -> Ended {
        let draft = match self.clone().ready_draft(copying.clone()).await {
            Ok(draft) => draft,
            Err(_) if copying.is_cancelled() => return Ended::Stopped,
            Err(sentence) => {
                self.show_error(
                    "draft",
                    &sentence,
                    "Nothing was sent and nothing was changed.",
                );
                return Ended::Failed;
            }
        };
        let (slug, permission, wire, turn) = {
            let inner = self.lock();
            (
                inner.model.clone(),
                inner.permission,
                inner.wire.clone(),
                inner.turn,
            )
        };
        let Some(provider) = self.shared.provider.clone() else {
            return Ended::Failed;
        };
        let model = Model::named(&slug);
        let confinement = Arc::new(self.shared.confinement(&self.id));
        let tools = DraftTools::new(draft.clone(), confinement, permission, model.traits);
        let context = Context {
            cwd: draft.seen_at().to_string_lossy().into_owned(),
            permission_mode: super::task::permission_word(permission).to_owned(),
            network: permission == Permission::Full,
            shell: "bash".to_owned(),
            date: super::today(super::now()),
            agents_md: agents_md(&draft),
        };
        let mut session = Session::new(
            self.id.clone(),
            provider,
            model,
            context,
            History::new(wire),
            turn - 1,
        );
        let (tell, mut told) = unbounded_channel();
        let mut keeping = Keeping::new(self.clone());
        let end = {
            let running = driver::run(&mut session, message, &tools, tell, control);
            tokio::pin!(running);
            let mut tick = tokio::time::interval(FLUSH);
            loop {
                tokio::select! {
                    biased;
                    Some(update) = told.recv() => keeping.keep(update),
                    _ = tick.tick() => keeping.flush(),
                    end = &mut running => break end,
                }
            }
        };
        while let Ok(update) = told.try_recv() {
            keeping.keep(update);
        }
        match end {
            TurnEnd::Done => Ended::Done,
            TurnEnd::Stopped => Ended::Stopped,
            TurnEnd::Failed(failure) if failure.retry() != crate::model::failure::Retry::Never => {
                Ended::HeldUp
            }
            TurnEnd::Failed(_) => Ended::Failed,
        }
    }

    /// The task's draft, made when there is none yet, with what the person changed meanwhile.
    async fn ready_draft(self: Arc<Self>, copying: CancellationToken) -> Result<Draft, String> {
        let task = self.clone();
        let made = tokio::task::spawn_blocking(move || {
            if let Some(draft) = task.draft() {
                draft.refresh().map_err(|error| error.to_string())?;
                return Ok(draft);
            }
            let told = std::sync::Mutex::new(Instant::now());
            let progress = |progress: CopyProgress| {
                let mut last = told.lock().unwrap_or_else(PoisonError::into_inner);
                if last.elapsed() >= Duration::from_millis(100) {
                    *last = Instant::now();
                    task.waiting(&format!(
                        "Making a private copy: {} of {} files.",
                        progress.files, progress.of_files
                    ));
                }
            };
            let dir = task.dir().join("draft");
            if dir.exists() {
                // What a crash left of an unfinished copy; a whole draft would have been opened.
                std::fs::remove_dir_all(&dir).map_err(|error| error.to_string())?;
            }
            let blobs = task.shared.blobs.clone();
            let draft = Draft::create(&task.shared.project, &dir, blobs, &progress, &copying)
                .map_err(|error| error.to_string())?;
            *task.draft.lock().unwrap_or_else(PoisonError::into_inner) = Some(draft.clone());
            Ok(draft)
        })
        .await
        .unwrap_or_else(|error| Err(format!("The private copy could not be made: {error}.")));
        self.waiting("");
        made
    }

    /// Takes into the ledger what a tool changed that was stopped in the middle.
    async fn settle(&self) {
        let (Some(draft), turn) = (self.draft(), self.lock().turn) else {
            return;
        };
        let recorded =
            tokio::task::spawn_blocking(move || draft.record(&format!("turn {turn}"))).await;
        if let Ok(Err(error)) = recorded {
            self.not_kept(&error);
        }
    }

    /// Puts the end of a turn on the disk and tells of it.
    fn finish(&self, end: Ended, interrupted: bool) {
        let (happened, turn_state) = match end {
            Ended::Done => (Happened::Done, TurnState::Done),
            Ended::Stopped if interrupted => (Happened::Interrupted, TurnState::Interrupted),
            Ended::Stopped => (Happened::Stopped, TurnState::Stopped),
            Ended::HeldUp => (Happened::HeldUp, TurnState::Failed),
            Ended::Failed => (Happened::Failed, TurnState::Failed),
        };
        let open: Vec<Item> = {
            let mut inner = self.lock();
            let open = inner
                .items
                .iter_mut()
                .filter(|item| item.completed_at.is_none());
            open.map(|item| {
                end_item(item);
                item.clone()
            })
            .collect()
        };
        for item in open {
            self.keep_item(&item);
            self.shared.tell(Event::ItemCompleted {
                task: self.id.clone(),
                item,
            });
        }
        let kept = {
            let mut inner = self.lock();
            let turn = inner.turn;
            let ended = Record::TurnEnded {
                turn,
                state: turn_state.word().to_owned(),
                at: super::now(),
            };
            inner.log.append(&ended).and_then(|()| inner.log.sync())
        };
        if let Err(error) = kept {
            self.not_kept(&error);
        }
        if let Some(Err(error)) = self.draft().map(|draft| draft.sync()) {
            self.not_kept(&error);
        }
        *self.running() = None;
        self.recount();
        if let Err(error) = self.happened(happened, turn_state) {
            self.not_kept(&error);
        }
        self.shared.tell(Event::ChangesChanged {
            task: self.id.clone(),
        });
    }

    fn show_error(&self, code: &str, message: &str, hint: &str) {
        let now = super::now();
        let turn = self.lock().turn;
        let item = Item {
            id: format!("{turn}-error"),
            turn,
            started_at: now,
            completed_at: Some(now),
            kind: ItemKind::Error {
                code: code.to_owned(),
                message: message.to_owned(),
                hint: hint.to_owned(),
            },
        };
        self.keep_item(&item);
        self.shared.tell(Event::ItemCompleted {
            task: self.id.clone(),
            item,
        });
    }

    fn keep_item(&self, item: &Item) {
        if let Err(error) = self.put_item(item) {
            self.not_kept(&error);
        }
    }

    /// The disk refused. The person is told, because what they see is not safe.
    pub(super) fn not_kept(&self, error: &dyn std::error::Error) {
        self.shared.tell(Event::Notice {
            message: format!("This task is not being saved: {error}"),
            hint: "Make room on the disk; the task goes on.".to_owned(),
        });
    }

    fn waiting(&self, text: &str) {
        self.shared.tell(Event::Waiting {
            task: self.id.clone(),
            text: text.to_owned(),
        });
    }
}

/// The id of the message that a turn begins with.
fn first_item(turn: u32) -> String {
    format!("{turn}-1")
}

/// How a turn ended.
enum Ended {
    Done,
    Stopped,
    /// By a limit or the network, which time may mend.
    HeldUp,
    Failed,
}

/// Writes down what the driver tells and passes it on.
struct Keeping {
    task: Arc<Task>,
    /// The item whose text has grown since it was last written.
    grown: Option<String>,
    waiting: bool,
}

impl Keeping {
    fn new(task: Arc<Task>) -> Self {
        Self {
            task,
            grown: None,
            waiting: false,
        }
    }

    fn keep(&mut self, update: Update) {
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
                task.lock().items.retain(|there| there.id != item);
                task.shared.tell(Event::ItemWithdrawn { task: id(), item });
            }
            Update::History(items) => {
                let mut inner = task.lock();
                inner.wire.extend(items.iter().cloned());
                let kept = inner.log.append(&Record::Wire { items });
                drop(inner);
                if let Err(error) = kept {
                    task.not_kept(&error);
                }
            }
            Update::Usage {
                context_used,
                window,
                ..
            } => {
                let percent = context_used.saturating_mul(100) / window.max(1);
                task.lock().context_percent = u32::try_from(percent).unwrap_or(100).min(100);
                task.shared.tell(Event::TaskChanged(task.facts()));
            }
            Update::Retrying {
                attempt,
                of,
                reason,
                ..
            } => {
                self.waiting = true;
                task.waiting(&format!("{reason} Trying again, {attempt} of {of}."));
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
                let text: Vec<String> = messages.into_iter().map(|message| message.text).collect();
                let unsent = text.join("\n\n");
                let index = &task.shared.index;
                if let Err(error) = index.keep_unsent(&task.shared.project_id, &task.id, &unsent) {
                    task.not_kept(&error);
                }
                task.shared.tell(Event::MessageGivenBack {
                    task: id(),
                    text: unsent,
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
    fn flush(&mut self) {
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

/// The project's own instructions for agents, from the draft.
fn agents_md(draft: &Draft) -> Option<String> {
    let path = RelPath::new("AGENTS.md")?;
    let bytes = draft.read_up_to(&path, AGENTS_MD).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
