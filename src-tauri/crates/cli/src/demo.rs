//! `greenlight-cli demo`: the sample project, from the suggested request to green tests.
//!
//! The replies are scripted and say so; everything else is real: the draft, the commands, the
//! patches, the tests.

use std::ffi::OsString;

use api::Failure;
use api::types::ItemKind;
use api::types::TestCounts;
use api::types::TurnState;
use serde_json::json;

use crate::print;
use crate::session::Session;
use crate::streams::Exit;
use crate::streams::Streams;

pub(crate) const HELP: &str = "\
Usage: greenlight-cli demo

Plays the sample project with scripted replies and prints the plan, the diff and the
result of its tests. Nothing outside of Greenlight's own folder is touched.

Exit codes:
  0  the tests pass at the end
  1  tests fail at the end
  3  the sample could not be opened
  5  the turn failed
";

pub(crate) fn run(arguments: Vec<OsString>, streams: &mut Streams<'_>) -> Exit {
    match arguments.first().and_then(|argument| argument.to_str()) {
        None => {}
        Some("-h" | "--help") => return streams.print(HELP),
        Some(other) => return streams.usage(&format!("`{other}` is not an option"), HELP),
    }
    let played = Session::open(None, None).and_then(|session| {
        let played = play(&session, streams);
        session.close();
        played
    });
    played.unwrap_or_else(|failure| {
        streams.say(&failure.message, &failure.hint);
        Exit::Failed
    })
}

fn play(session: &Session, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
    session.desk().ask_nobody();
    let project = session.call("project/sample", json!({}))?;
    let request = project["suggestion"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    streams.print(&format!("Demo: scripted replies\n\n{request}\n\n"));
    let start = json!({ "text": request, "model": null, "permission": "auto" });
    let task = session.call("task/start", start)?;
    let task = task["id"].as_str().unwrap_or_default().to_owned();
    let mut newest: Option<TestCounts> = None;
    let ended = session.follow(&task, |item| {
        if item.completed_at.is_none() {
            return;
        }
        if let ItemKind::Command {
            tests: Some(counts),
            ..
        } = &item.kind
        {
            newest = Some(*counts);
        }
        streams.print(&print::item(item));
    })?;
    streams.print(&format!("\n{}", session.desk().unified_diff(&task)?));
    if ended.turn != TurnState::Done {
        return Ok(Exit::TurnFailed);
    }
    let (line, exit) = match newest {
        Some(counts) if counts.failed == 0 && counts.passed > 0 => (
            format!("\nCheck: {} tests pass.\n", counts.passed),
            Exit::Done,
        ),
        Some(counts) => (
            format!("\nCheck: {} tests fail.\n", counts.failed),
            Exit::Refused,
        ),
        None => ("\nCheck: no tests were run.\n".to_owned(), Exit::Refused),
    };
    streams.print(&line);
    Ok(exit)
}
