//! A client of `greenlight-cli serve`.
//!
//! [`Serve`] reads the lines of one `serve` on a thread, holds them to the promise that events are
//! numbered without a gap, and lets a test wait for a reply or an event with a deadline.

use std::collections::HashMap;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::process::Child;
use std::process::ChildStdin;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

/// How long anything may take before the test fails; far more than a busy machine needs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running `serve`; killed when dropped.
pub(crate) struct Serve {
    child: Child,
    input: Option<ChildStdin>,
    heard: Arc<Heard>,
    asked: u64,
    /// Events before this one have been waited for.
    cursor: usize,
}

#[derive(Default)]
struct Heard {
    lines: Mutex<Lines>,
    more: Condvar,
}

#[derive(Default)]
struct Lines {
    replies: HashMap<u64, Value>,
    events: Vec<Value>,
    wrong: Vec<String>,
    ended: bool,
}

impl Serve {
    /// Starts it.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = command.spawn().expect("serve starts");
        let output = BufReader::new(child.stdout.take().expect("a pipe was asked for"));
        let heard = Arc::new(Heard::default());
        let hearing = Arc::clone(&heard);
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                hearing.hear(&line);
            }
            hearing.lock().ended = true;
            hearing.more.notify_all();
        });
        Self {
            input: child.stdin.take(),
            child,
            heard,
            asked: 0,
            cursor: 0,
        }
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks, and answers with the number to wait for.
    pub(crate) fn ask(&mut self, name: &str, request: Value) -> u64 {
        self.asked += 1;
        let line = json!({ "id": self.asked, "name": name, "request": request });
        let input = self.input.as_mut().expect("standard input is open");
        writeln!(input, "{line}").expect("serve reads its input");
        self.asked
    }

    /// Waits for the answer to a request.
    #[track_caller]
    pub(crate) fn answer(&mut self, id: u64) -> Result<Value, Value> {
        let mut line = self.wait(&format!("the answer to request {id}"), |lines| {
            lines.replies.remove(&id)
        });
        match line["failure"].take() {
            Value::Null => Ok(line["reply"].take()),
            failure => Err(failure),
        }
    }

    /// Asks and waits; the failure is the caller's.
    #[track_caller]
    pub(crate) fn try_call(&mut self, name: &str, request: Value) -> Result<Value, Value> {
        let id = self.ask(name, request);
        self.answer(id)
    }

    /// Asks and waits.
    #[track_caller]
    pub(crate) fn call(&mut self, name: &str, request: Value) -> Value {
        match self.try_call(name, request) {
            Ok(reply) => reply,
            Err(failure) => panic!("{name}: {failure}"),
        }
    }

    /// Asks what must be refused, and answers with the failure.
    #[track_caller]
    pub(crate) fn refused(&mut self, name: &str, request: Value) -> Value {
        match self.try_call(name, request) {
            Ok(reply) => panic!("{name} was not refused: {reply}"),
            Err(failure) => failure,
        }
    }

    /// Opens a project and trusts it.
    #[track_caller]
    pub(crate) fn open(&mut self, project: &Path) -> Value {
        self.look(project);
        self.call("project/trust", json!({ "trusted": true }))
    }

    /// Opens a project without a word about trust.
    #[track_caller]
    pub(crate) fn look(&mut self, project: &Path) -> Value {
        let path = project.to_str().expect("the path is text");
        self.call("project/open", json!({ "path": path }))
    }

    /// Starts a task, and waits until its turn runs.
    #[track_caller]
    pub(crate) fn start(&mut self, text: &str, permission: &str) -> String {
        let start = json!({ "text": text, "model": null, "permission": permission });
        let task = self.call("task/start", start);
        let id = task["id"].as_str().expect("a task has an id").to_owned();
        self.turn(&id, |turn| turn == "running");
        id
    }

    /// Sends a message that starts a turn, and waits until it runs.
    #[track_caller]
    pub(crate) fn send(&mut self, task: &str, text: &str) {
        self.call("task/send", json!({ "task": task, "text": text }));
        self.turn(task, |turn| turn == "running");
    }

    /// Waits until the turn under way has ended, and answers with the task.
    #[track_caller]
    pub(crate) fn ended(&mut self, task: &str) -> Value {
        self.turn(task, |turn| turn != "running")
    }

    /// Waits until a turn that was just asked for has begun and ended.
    #[track_caller]
    pub(crate) fn ended_after_start(&mut self, task: &str) -> Value {
        self.turn(task, |turn| turn == "running");
        self.ended(task)
    }

    /// Starts a task and waits until its turn is done.
    #[track_caller]
    pub(crate) fn work(&mut self, text: &str, permission: &str) -> String {
        let id = self.start(text, permission);
        let task = self.ended(&id);
        assert_eq!(
            task["turn"],
            "done",
            "{task}\n{:#}",
            self.view(&id)["items"]
        );
        id
    }

    #[track_caller]
    fn turn(&mut self, id: &str, wanted: impl Fn(&str) -> bool) -> Value {
        self.event("the turn to begin or end", |event| {
            let task = &event["task"];
            event["type"] == "taskChanged"
                && task["id"] == id
                && wanted(task["turn"].as_str().unwrap_or_default())
        })["task"]
            .clone()
    }

    /// A task with everything said in it.
    #[track_caller]
    pub(crate) fn view(&mut self, task: &str) -> Value {
        self.call("task/get", json!({ "task": task }))
    }

    /// The items of one type of a task, in order.
    #[track_caller]
    pub(crate) fn items(&mut self, task: &str, kind: &str) -> Vec<Value> {
        let mut view = self.view(task);
        let items = view["items"].as_array_mut().expect("a task has items");
        let kinds = items.iter_mut().map(|item| item["kind"].take());
        kinds.filter(|item| item["type"] == kind).collect()
    }

    /// The change set of a task.
    #[track_caller]
    pub(crate) fn changes(&mut self, task: &str) -> Vec<Value> {
        let mut set = self.call("review/changes", json!({ "task": task }));
        match set["files"].take() {
            Value::Array(files) => files,
            other => panic!("the files of a change set are a list, not {other}"),
        }
    }

    /// One changed file.
    #[track_caller]
    pub(crate) fn change(&mut self, task: &str, path: &str) -> Value {
        let files = self.changes(task);
        let found = files.iter().find(|file| file["path"] == path);
        found
            .unwrap_or_else(|| panic!("{path} is not in {files:#?}"))
            .clone()
    }

    /// Marks one file as it is shown now.
    #[track_caller]
    pub(crate) fn mark(&mut self, task: &str, path: &str, mark: &str) {
        let file = shown(&self.change(task, path));
        self.call(
            "review/decide",
            json!({ "task": task, "files": [file], "mark": mark, "rest": false }),
        );
    }

    /// Applies what the preview names.
    #[track_caller]
    pub(crate) fn apply(&mut self, task: &str) -> Value {
        let preview = self.call("apply/preview", json!({ "task": task }));
        assert_eq!(preview["blocked"], Value::Null, "{preview}");
        let files: Vec<Value> = preview["files"]
            .as_array()
            .into_iter()
            .flatten()
            .map(shown)
            .collect();
        self.call("apply/commit", json!({ "task": task, "files": files }))
    }

    /// Waits for the next event that fits, from the last one waited for on.
    #[track_caller]
    pub(crate) fn event(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let cursor = self.cursor;
        let (at, event) = self.wait(what, |lines| {
            let later = lines.events.iter().enumerate().skip(cursor);
            later
                .map(|(at, event)| (at, event.clone()))
                .find(|(_, event)| fits(event))
        });
        self.cursor = at + 1;
        event
    }

    /// Everything that was told so far.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.heard.lock().events.clone()
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("serve can be killed");
        self.child.wait().expect("serve is a child");
    }

    /// Ends its input and waits until it has ended by itself.
    #[track_caller]
    pub(crate) fn close(mut self) {
        self.input = None;
        self.wait("the end of serve", |lines| lines.ended.then_some(()));
        let status = self.child.wait().expect("serve is a child");
        assert!(status.success(), "{status}");
    }

    #[track_caller]
    fn wait<T>(&self, what: &str, found: impl FnMut(&mut Lines) -> Option<T>) -> T {
        let mut found = found;
        let deadline = Instant::now() + PATIENCE;
        let mut lines = self.heard.lock();
        loop {
            assert_eq!(
                lines.wrong,
                Vec::<String>::new(),
                "serve broke its own rules"
            );
            if let Some(found) = found(&mut lines) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let over = left.is_zero() || lines.ended;
            let heard = &lines.events[lines.events.len().saturating_sub(12)..];
            assert!(!over, "waited for {what}; the last events were {heard:#?}");
            lines = match self.heard.more.wait_timeout(lines, left) {
                Ok((lines, _)) => lines,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Heard {
    fn hear(&self, line: &str) {
        let mut lines = self.lock();
        match serde_json::from_str::<Value>(line) {
            Ok(mut said) if said.get("event").is_some() => {
                let expected = lines.events.len() as u64 + 1;
                if said["seq"] != expected {
                    lines
                        .wrong
                        .push(format!("event {} instead of {expected}", said["seq"]));
                }
                lines.events.push(said["event"].take());
            }
            Ok(said) => match said["id"].as_u64() {
                Some(id) => drop(lines.replies.insert(id, said)),
                None => lines.wrong.push(format!("neither reply nor event: {line}")),
            },
            Err(error) => lines.wrong.push(format!("not JSON ({error}): {line}")),
        }
        self.more.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A changed file as a decision or an apply names it.
pub(crate) fn shown(file: &Value) -> Value {
    let id = if file["id"].is_null() {
        &file["file"]
    } else {
        &file["id"]
    };
    // Whole, for a decision, and with what it comes to, for an apply.
    json!({ "file": id, "shown": file["shown"], "parts": [], "result": file["result"] })
}
