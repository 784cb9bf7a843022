//! How fast answers are read: bytes of a stream per second, from the socket to typed events.
//!
//! All read the same bytes from the same server on this machine: the engine's reader; the stream of
//! the official client in node; and a loop of `reqwest`, `eventsource-stream` and `serde_json` that
//! does nothing but parse, which is what the engine's reader is made of, so it shows what the typed
//! events, the limits and the checks cost on top.

use std::process::Command;
use std::time::Instant;

use engine::model::Model as Named;
use engine::model::Provider;
use engine::model::Wire;
use engine::model::WireChoice;
use engine::model::provider::Manner;
use engine::model::request::Request;
use engine::model::stream::Limits;
use engine::model::stream::StreamEvent;
use engine::model::stream::ask;
use eventsource_stream::Eventsource as _;
use futures_util::StreamExt as _;
use serde_json::Value;
use support::model::Model;
use support::model::Reply;
use support::model::Script;
use support::model::block_on;
use support::model::chat;
use support::model::stream;

use crate::Places;
use crate::Problem;
use crate::table::Better;
use crate::table::Row;
use crate::table::Table;

/// Letters of the answer, about; its events are some twenty times as many bytes.
const LETTERS: usize = 1_200_000;

/// The best of so many readings counts; the first warms up.
const ROUNDS: usize = 4;

/// Reads both forms with everyone, and compares.
pub(crate) fn measure(places: &Places) -> Result<Table, Problem> {
    let words = "A sentence about orders. ".repeat(LETTERS / 25);
    let mut rows = Vec::new();
    for wire in [Wire::Responses, Wire::Chat] {
        let reply = match wire {
            Wire::Responses => stream().text(&words).completed(),
            Wire::Chat => chat().text(&words).completed(),
        };
        let size = reply.size();
        let rate = |seconds: f64| size as f64 / seconds / 1e6;
        let server = server(wire, reply);
        eprintln!("{}: {} MB …", wire.name(), size / 1_000_000);
        let ours = best(|| ours(&server, wire, words.len()))?;
        let sdk = best(|| sdk(&server, wire, words.len(), places))?;
        let naive = best(|| naive(&server, wire, words.len()))?;
        rows.push(Row {
            what: format!("{}, MB/s against the client", wire.name()),
            better: Better::More,
            must_win: true,
            values: vec![Some(rate(ours)), Some(rate(sdk)), None],
        });
        rows.push(Row {
            what: format!("{}, MB/s against parsing alone", wire.name()),
            better: Better::More,
            must_win: false,
            values: vec![Some(rate(ours)), None, Some(rate(naive))],
        });
    }
    Ok(Table {
        title: "How fast an answer is read (more is better)".to_owned(),
        columns: ["Greenlight", "openai (node)", "parsing alone"]
            .map(str::to_owned)
            .into(),
        rows,
    })
}

fn server(wire: Wire, reply: Reply) -> Model {
    let script = Script::each(move |_| reply.clone());
    match wire {
        Wire::Responses => Model::start(script),
        Wire::Chat => Model::of_chat(script),
    }
}

/// The shortest time, in seconds.
fn best(mut read: impl FnMut() -> Result<f64, Problem>) -> Result<f64, Problem> {
    let times: Result<Vec<f64>, Problem> = (0..ROUNDS).map(|_| read()).collect();
    Ok(times?.into_iter().fold(f64::INFINITY, f64::min))
}

fn complete(who: &str, letters: usize, wanted: usize) -> Result<(), Problem> {
    match letters == wanted {
        true => Ok(()),
        false => Err(format!("{who} read {letters} letters of {wanted}.")),
    }
}

fn ours(server: &Model, wire: Wire, letters: usize) -> Result<f64, Problem> {
    let manner = Manner {
        wire: WireChoice::Only(wire),
        ..Manner::default()
    };
    let provider = Provider::in_manner("Bench", &server.base_url(), None, manner);
    let provider = provider.map_err(|error| error.to_string())?;
    let request = Request {
        model: Named::named("gpt-5-codex"),
        effort: None,
        instructions: String::new(),
        input: Vec::new(),
        tools: Vec::new(),
        cache_key: String::new(),
    };
    let limits = Limits {
        response: usize::MAX,
        ..Limits::default()
    };
    block_on(async {
        let start = Instant::now();
        let (mut read, mut end) = (0, None);
        let mut events = ask(&provider, request, limits);
        while let Some(event) = events.next().await {
            match event {
                StreamEvent::TextDelta { text, .. } => read += text.len(),
                StreamEvent::Completed { .. } => end = Some(start.elapsed()),
                StreamEvent::Failed(failure) => return Err(format!("{failure:?}")),
                _ => {}
            }
        }
        complete("Greenlight", read, letters)?;
        end.map(|took| took.as_secs_f64())
            .ok_or_else(|| "Greenlight saw no end.".to_owned())
    })
}

fn path(wire: Wire) -> &'static str {
    match wire {
        Wire::Responses => "responses",
        Wire::Chat => "chat/completions",
    }
}

fn naive(server: &Model, wire: Wire, letters: usize) -> Result<f64, Problem> {
    let url = format!("{}/{}", server.base_url(), path(wire));
    let client = reqwest::Client::builder().no_proxy().build();
    let client = client.map_err(|error| error.to_string())?;
    block_on(async {
        let start = Instant::now();
        let answer = client.post(url).body("{}").send().await;
        let answer = answer.map_err(|error| error.to_string())?;
        let mut events = answer.bytes_stream().eventsource();
        let mut read = 0;
        while let Some(event) = events.next().await {
            let event = event.map_err(|error| error.to_string())?;
            if event.data == "[DONE]" {
                break;
            }
            let event: Value =
                serde_json::from_str(&event.data).map_err(|error| error.to_string())?;
            read += match wire {
                Wire::Responses if event["type"] == "response.output_text.delta" => &event["delta"],
                Wire::Responses => &Value::Null,
                Wire::Chat => &event["choices"][0]["delta"]["content"],
            }
            .as_str()
            .map_or(0, str::len);
        }
        let took = start.elapsed().as_secs_f64();
        complete("Parsing alone", read, letters)?;
        Ok(took)
    })
}

/// Reads in node, which times itself, so that its start does not count.
fn sdk(server: &Model, wire: Wire, letters: usize, places: &Places) -> Result<f64, Problem> {
    const READ: &str = r#"
import { createRequire } from "node:module";
const [peers, baseURL, path] = process.argv.slice(1);
const { OpenAI } = createRequire(peers + "/")("openai");
const client = new OpenAI({ baseURL, apiKey: "sk-bench", maxRetries: 0 });
const start = performance.now();
let read = 0;
if (path === "responses") {
  const events = await client.responses.create({ model: "m", input: "x", stream: true });
  for await (const event of events) {
    if (event.type === "response.output_text.delta") read += event.delta.length;
  }
} else {
  const messages = [{ role: "user", content: "x" }];
  const chunks = await client.chat.completions.create({ model: "m", messages, stream: true });
  for await (const chunk of chunks) read += chunk.choices[0]?.delta?.content?.length ?? 0;
}
console.log(JSON.stringify([(performance.now() - start) / 1000, read]));
"#;
    let output = Command::new("node")
        .args(["--input-type=module", "-e", READ])
        .arg(&places.peers)
        .args([&server.base_url(), path(wire)])
        .output()
        .map_err(|error| format!("node could not be started: {error}."))?;
    let (took, read): (f64, usize) = serde_json::from_slice(&output.stdout).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr);
        format!("The official client failed: {said}")
    })?;
    complete("The official client", read, letters)?;
    Ok(took)
}
