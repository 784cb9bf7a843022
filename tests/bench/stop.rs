//! How long Stop takes: from the person's word to the end of the turn, as a client of the engine is
//! told it, with a server that says nothing and with a command that does not want to end.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;

use crate::Places;
use crate::Problem;
use crate::table::Better;
use crate::table::Row;
use crate::table::Table;

/// What a person does not notice, in milliseconds.
const TARGET: f64 = 200.0;

/// How often each is measured. The one in the middle counts, so that a machine that is busy for a
/// moment does not; the longest is shown.
const TIMES: usize = 9;

/// A command that hears no signal that can be ignored, and keeps the machine busy.
const STUBBORN: &str = "trap '' TERM INT HUP; (trap '' TERM; while :; do :; done) & echo READY; while :; do sleep 1; done";

/// Who holds the turn up.
#[derive(Debug, Clone, Copy)]
enum Holds {
    /// The server has the request and says nothing.
    SilentServer,
    /// The server is in the middle of its answer.
    HalfAnAnswer,
    /// A command ignores every signal that it can.
    StubbornCommand,
}

/// Stops each several times.
pub(crate) fn measure(places: &Places) -> Result<Table, Problem> {
    let all = [
        (Holds::SilentServer, "a server that says nothing"),
        (Holds::HalfAnAnswer, "a server in the middle"),
        (Holds::StubbornCommand, "a command that ignores signals"),
    ];
    let mut rows = Vec::new();
    for (holds, what) in all {
        eprintln!("Stop: {what} …");
        let mut took = Vec::new();
        for _ in 0..TIMES {
            took.push(once(places, holds)?);
        }
        took.sort_by(f64::total_cmp);
        let row = |unit: &str, must_win, ms| Row {
            what: format!("{what}, {unit}"),
            better: Better::Less,
            must_win,
            values: vec![Some(ms), Some(TARGET)],
        };
        rows.push(row("ms", true, took[TIMES / 2]));
        rows.push(row("longest", false, took[TIMES - 1]));
    }
    Ok(Table {
        title: format!("From Stop to the end of the turn, {TIMES} times each (less is better)"),
        columns: ["Greenlight", "target"].map(str::to_owned).into(),
        rows,
    })
}

/// Milliseconds of one Stop.
fn once(places: &Places, holds: Holds) -> Result<f64, Problem> {
    let around = tempfile::tempdir().map_err(|error| error.to_string())?;
    let project = around.path().join("project");
    let made = fs::create_dir(&project).and_then(|()| fs::write(project.join("a.txt"), "one\n"));
    made.map_err(|error| format!("The project could not be made: {error}."))?;
    let gate = Gate::new();
    let reply = match holds {
        Holds::SilentServer => Reply::text("Never.").hold(&gate),
        Holds::HalfAnAnswer => stream().text("Half of").gate(&gate).completed(),
        Holds::StubbornCommand => Reply::shell(STUBBORN),
    };
    let model = Model::start([reply]);
    let mut serve = Serve::start(places, around.path(), &model.base_url())?;
    serve.call("project/open", json!({ "path": project }))?;
    serve.call("project/trust", json!({ "trusted": true }))?;
    let start = json!({ "text": "Go on.", "model": "gpt-5-codex", "permission": "auto" });
    let task = serve.call("task/start", start)?["id"].clone();
    match holds {
        Holds::SilentServer => gate.reached_blocking(),
        Holds::HalfAnAnswer => drop(serve.event(|event| event["type"] == "itemDelta")?),
        Holds::StubbornCommand => drop(serve.event(|event| {
            let text = event["text"].as_str();
            event["type"] == "itemDelta" && text.is_some_and(|text| text.contains("READY"))
        })?),
    }
    let asked = Instant::now();
    serve.say("task/stop", json!({ "task": task }))?;
    serve.event(|event| event["type"] == "taskChanged" && event["task"]["turn"] == "stopped")?;
    let took = asked.elapsed();
    gate.release();
    Ok(took.as_secs_f64() * 1000.0)
}

/// `greenlight-cli serve`, spoken with in lines; ended when dropped.
struct Serve {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    asked: u64,
}

impl Serve {
    fn start(places: &Places, around: &Path, base_url: &str) -> Result<Self, Problem> {
        let mut child = Command::new(&places.greenlight)
            .arg("serve")
            .arg("--data")
            .arg(around.join("data"))
            .env_clear()
            .env("HOME", around)
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("OPENAI_API_KEY", "sk-bench")
            .env("OPENAI_BASE_URL", base_url)
            .current_dir(around)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", places.greenlight.display()))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        match (input, output) {
            (Some(input), Some(output)) => Ok(Self {
                child,
                input,
                output: BufReader::new(output),
                asked: 0,
            }),
            _ => Err("`serve` has no pipes.".to_owned()),
        }
    }

    fn say(&mut self, name: &str, request: Value) -> Result<u64, Problem> {
        self.asked += 1;
        let line = json!({ "id": self.asked, "name": name, "request": request });
        writeln!(self.input, "{line}").map_err(|error| format!("{name}: {error}"))?;
        Ok(self.asked)
    }

    fn call(&mut self, name: &str, request: Value) -> Result<Value, Problem> {
        let id = self.say(name, request)?;
        let mut line = self.line(|line| line["id"] == id)?;
        match line["failure"].take() {
            Value::Null => Ok(line["reply"].take()),
            failure => Err(format!("{name}: {failure}")),
        }
    }

    fn event(&mut self, fits: impl Fn(&Value) -> bool) -> Result<Value, Problem> {
        self.line(|line| line.get("event").is_some_and(&fits))
    }

    fn line(&mut self, fits: impl Fn(&Value) -> bool) -> Result<Value, Problem> {
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line);
            if read.map_err(|error| error.to_string())? == 0 {
                return Err("`serve` ended before it was stopped.".to_owned());
            }
            let line: Value = serde_json::from_str(&line).map_err(|error| error.to_string())?;
            if fits(&line) {
                return Ok(line);
            }
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
