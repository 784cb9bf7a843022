//! How much each agent sends to a model for the same work: one message and a hundred calls.
//!
//! What is sent is what is paid for, and what fills the model's window. The bytes are those of the
//! bodies as they arrive; the tokens are of the same bodies, counted with the tokenizer `o200k_base`
//! of the models at hand. Everything counts that an agent asks a model for the one message, titles
//! included.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicU32;

use serde_json::Value;
use support::model::Model;
use support::model::Request;
use support::model::Script;

use crate::Places;
use crate::Problem;
use crate::agents::Agent;
use crate::project;
use crate::script;
use crate::table::Better;
use crate::table::Row;
use crate::table::Table;

const MESSAGE: &str =
    "Raise every LIMIT constant in src by one, file by file. Look before you change.";

/// Counts tokens of what it is given, in `node` with the peers' packages.
const COUNT: &str = r#"
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const require = createRequire(process.argv[1] + "/");
const { countTokens } = require("gpt-tokenizer/encoding/o200k_base");
const bodies = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(bodies.map((body) => countTokens(body, { allowedSpecial: "all" }))));
"#;

/// What one agent sent.
struct Sent {
    requests: usize,
    first: usize,
    all: usize,
    first_tokens: Option<f64>,
    all_tokens: Option<f64>,
}

/// Has each agent do the work, and compares.
pub(crate) fn measure(places: &Places) -> Result<Table, Problem> {
    let agents = [Agent::Greenlight, Agent::Codex, Agent::OpenCode];
    let mut sent = Vec::new();
    for agent in agents {
        eprintln!("{}: {} calls …", agent.name(), script::STEPS);
        sent.push(sent_by(agent, places)?);
    }
    let row = |what: &str, must_win: bool, value: &dyn Fn(&Sent) -> Option<f64>| Row {
        what: what.to_owned(),
        better: Better::Less,
        must_win,
        values: sent.iter().map(value).collect(),
    };
    let rows = vec![
        row("first request, bytes", true, &|sent| {
            Some(sent.first as f64)
        }),
        row("first request, tokens (bytes / 4)", true, &|sent| {
            Some(sent.first as f64 / 4.0)
        }),
        row("first request, tokens (o200k)", true, &|sent| {
            sent.first_tokens
        }),
        row("all requests, bytes", true, &|sent| Some(sent.all as f64)),
        row("all requests, tokens (bytes / 4)", true, &|sent| {
            Some(sent.all as f64 / 4.0)
        }),
        row("all requests, tokens (o200k)", true, &|sent| {
            sent.all_tokens
        }),
        row("requests", false, &|sent| Some(sent.requests as f64)),
    ];
    Ok(Table {
        title: format!(
            "What is sent to the model for one message and {} calls (less is better)",
            script::STEPS
        ),
        columns: agents.map(|agent| agent.name().to_owned()).into(),
        rows,
    })
}

fn sent_by(agent: Agent, places: &Places) -> Result<Sent, Problem> {
    let around = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (folder, home) = (around.path().join("orders"), around.path().join("home"));
    let made = fs::create_dir_all(&home).and_then(|()| project::write(&folder));
    made.map_err(|error| format!("The project could not be made: {error}."))?;
    let seen_at = folder.clone();
    let model = Model::start(Script::each(move |request| {
        script::reply(request, &seen_at)
    }));
    let url = model.base_url();
    agent.work(places, &url, &folder, &home, MESSAGE, &AtomicU32::new(0))?;
    let requests = model.requests();
    let steps = requests.iter().map(|request| request.results().len());
    let steps = steps.max().unwrap_or(0);
    if steps != script::STEPS {
        return Err(format!(
            "{} ended after {steps} of {} calls, so its numbers would mean nothing.",
            agent.name(),
            script::STEPS
        ));
    }
    checked(agent, &requests)?;
    let tokens = tokens(&requests, &places.peers)?;
    // The first with tools is the first of the work.
    let first = requests
        .iter()
        .position(|request| request.json()["tools"].is_array());
    let first = first.ok_or("no request had tools")?;
    Ok(Sent {
        requests: requests.len(),
        first: requests[first].body.len(),
        all: requests.iter().map(|request| request.body.len()).sum(),
        first_tokens: tokens.get(first).copied(),
        all_tokens: Some(tokens.iter().sum()),
    })
}

/// Fails when the calls did not do what they say: an agent whose calls fail sends less.
fn checked(agent: Agent, requests: &[Request]) -> Result<(), Problem> {
    let results = requests.iter().map(Request::results);
    let results = results.max_by_key(Vec::len).unwrap_or_default();
    let read = results
        .iter()
        .filter(|(_, text)| text.contains("kept.reduce"));
    let found = results
        .iter()
        .filter(|(_, text)| text.contains("= 10;") || text.contains("= 11;"));
    let (read, found) = (read.count(), found.count());
    let quarter = script::STEPS / 4;
    if read < quarter || found < quarter {
        let last = &results[results.len().saturating_sub(4)..];
        return Err(format!(
            "{} read {read} files and found {found} lines of {quarter}; its last results were {last:#?}",
            agent.name()
        ));
    }
    Ok(())
}

fn tokens(requests: &[Request], peers: &Path) -> Result<Vec<f64>, Problem> {
    use std::io::Write as _;
    let bodies = requests.iter();
    let bodies = bodies.map(|request| String::from_utf8_lossy(&request.body).into_owned());
    let bodies: Value = bodies.collect();
    let mut child = Command::new("node")
        .args(["--input-type=module", "-e", COUNT])
        .arg(peers)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .map_err(|error| format!("node could not be started: {error}."))?;
    if let Some(mut input) = child.stdin.take() {
        let written = input.write_all(bodies.to_string().as_bytes());
        written.map_err(|error| format!("The counter of tokens read nothing: {error}."))?;
    }
    let output = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("The counter of tokens gave no numbers: {error}."))
}
