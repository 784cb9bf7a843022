//! `greenlight-cli run`: one task, from a request to a diff.
//!
//! The same engine as in the window, in the same private draft. Nobody is there to be asked, so
//! what the agent would have to ask for is refused, the model is told, and the exit code says so.

use std::ffi::OsString;
use std::path::PathBuf;

use api::Failure;
use api::types::ItemKind;
use api::types::TurnState;
use serde_json::Value;
use serde_json::json;

use crate::print;
use crate::session::Session;
use crate::session::own_folder;
use crate::streams::Exit;
use crate::streams::Streams;

pub(crate) const HELP: &str = "\
Usage: greenlight-cli run [OPTIONS] PROMPT

Works on PROMPT in a private copy of the project and prints the answer and the diff.
Running it trusts the project: its files go to the model and its commands run, confined.
The key and the address come from OPENAI_API_KEY and OPENAI_BASE_URL, or without these from
AZURE_OPENAI_KEY and AZURE_OPENAI_ENDPOINT.

Options:
  --project DIR          the project (default: the current folder)
  --model M              the model; `auto` asks its cheaper sibling what is small, and says why
  --base-url URL         in place of OPENAI_BASE_URL
  --permission MODE      read-only, auto (default) or full
  --image FILE           attach a picture (PNG, JPEG, WebP or GIF); may be repeated
  --apply                write all changes into the project at the end
  --json                 print the items as JSON lines, then one line with the diff
  -h, --help             print this

Exit codes:
  0  the turn was done
  2  the arguments are wrong
  3  the project or a file could not be used, or no model is connected; nothing was changed
  5  the turn failed; nothing was changed in the project
  6  the turn was done, but an action was refused because nobody could be asked
  7  the turn was stopped; nothing was changed in the project
  8  --apply wrote nothing, because the project changed meanwhile
";

/// What was asked for.
#[derive(Debug, PartialEq)]
struct Arguments {
    project: PathBuf,
    model: Option<String>,
    base_url: Option<String>,
    permission: String,
    images: Vec<PathBuf>,
    apply: bool,
    json: bool,
    prompt: String,
}

pub(crate) fn run(arguments: Vec<OsString>, streams: &mut Streams<'_>) -> Exit {
    let arguments = match parse(arguments) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => return streams.print(HELP),
        Err(what) => return streams.usage(&what, HELP),
    };
    match carry_out(&arguments, streams) {
        Ok(exit) => exit,
        Err(failure) => {
            streams.say(&failure.message, &failure.hint);
            Exit::Failed
        }
    }
}

fn parse(arguments: Vec<OsString>) -> Result<Option<Arguments>, String> {
    use lexopt::prelude::*;
    let mut parsed = Arguments {
        project: PathBuf::from("."),
        model: None,
        base_url: None,
        permission: "auto".to_owned(),
        images: Vec::new(),
        apply: false,
        json: false,
        prompt: String::new(),
    };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("model") => parsed.model = Some(text(&mut parser)?),
            Long("base-url") => parsed.base_url = Some(text(&mut parser)?),
            Long("permission") => {
                parsed.permission = text(&mut parser)?;
                if !["read-only", "auto", "full"].contains(&parsed.permission.as_str()) {
                    return Err(format!("`{}` is not a permission mode", parsed.permission));
                }
            }
            Long("project") => {
                parsed.project = parser.value().map_err(|error| error.to_string())?.into();
            }
            Long("image") => {
                parsed
                    .images
                    .push(parser.value().map_err(|error| error.to_string())?.into());
            }
            Long("apply") => parsed.apply = true,
            Long("json") => parsed.json = true,
            Value(value) if parsed.prompt.is_empty() => {
                parsed.prompt = value.string().map_err(|error| error.to_string())?;
            }
            other => return Err(other.unexpected().to_string()),
        }
    }
    if parsed.prompt.trim().is_empty() {
        return Err("the prompt is missing".to_owned());
    }
    Ok(Some(parsed))
}

fn text(parser: &mut lexopt::Parser) -> Result<String, String> {
    use lexopt::ValueExt as _;
    parser
        .value()
        .and_then(|value| value.string())
        .map_err(|error| error.to_string())
}

fn carry_out(arguments: &Arguments, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
    let keep = arguments.apply.then(own_folder);
    let session = Session::open(keep, arguments.base_url.clone())?;
    let ended = in_session(&session, arguments, streams);
    session.close();
    ended
}

fn in_session(
    session: &Session,
    arguments: &Arguments,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let desk = session.desk();
    desk.ask_nobody();
    session
        .runtime()
        .block_on(desk.open_folder(&arguments.project))?;
    // Whoever names the folder and says what to do there has answered the question.
    session.call("project/trust", json!({ "trusted": true }))?;
    let permission = match arguments.permission.as_str() {
        "read-only" => "readOnly",
        other => other,
    };
    let start = json!({
        "text": arguments.prompt, "model": arguments.model, "permission": permission,
    });
    let task = session
        .runtime()
        .block_on(desk.start_with_pictures(start, arguments.images.clone()))?
        .id;
    let mut refused = false;
    let mut last_error = None;
    let ended = session.follow(&task, |item| {
        if item.completed_at.is_none() {
            return;
        }
        refused |= matches!(item.kind, ItemKind::Refused { .. });
        if let ItemKind::Error { message, hint, .. } = &item.kind {
            last_error = Some((message.clone(), hint.clone()));
        }
        let line = if arguments.json {
            serde_json::to_string(item)
                .map(|line| line + "\n")
                .unwrap_or_default()
        } else if matches!(item.kind, ItemKind::Error { .. }) {
            String::new()
        } else {
            print::item(item)
        };
        streams.print(&line);
    })?;
    let diff = desk.unified_diff(&task)?;
    if arguments.json {
        streams.print(&format!("{}\n", json!({ "type": "diff", "diff": diff })));
    } else if !diff.is_empty() {
        streams.print(&format!("\n{diff}"));
    }
    if let Some((message, hint)) = last_error {
        streams.say(&message, &hint);
    }
    let exit = match ended.turn {
        TurnState::Done if refused => Exit::NotAsked,
        TurnState::Done => Exit::Done,
        TurnState::Failed => Exit::TurnFailed,
        TurnState::Running | TurnState::Stopped | TurnState::Interrupted => Exit::Stopped,
    };
    if arguments.apply && ended.turn == TurnState::Done && !diff.is_empty() {
        return apply(session, &task, streams, arguments.json, exit);
    }
    Ok(exit)
}

/// Applies every change of the task, risky files too: `--apply` was the person's word.
fn apply(
    session: &Session,
    task: &str,
    streams: &mut Streams<'_>,
    as_json: bool,
    exit: Exit,
) -> Result<Exit, Failure> {
    let changes = session.call("review/changes", json!({ "task": task }))?;
    let files: Vec<Value> = changes["files"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|file| {
            let (id, shown, result) = (&file["id"], &file["shown"], &file["result"]);
            json!({ "file": id, "shown": shown, "parts": [], "result": result })
        })
        .collect();
    session.call(
        "review/decide",
        json!({ "task": task, "files": files, "mark": "approved", "rest": false }),
    )?;
    let outcome = session.call("apply/commit", json!({ "task": task, "files": files }))?;
    if as_json {
        streams.print(&format!(
            "{}\n",
            json!({ "type": "apply", "outcome": outcome })
        ));
    }
    if outcome["type"] == "done" {
        if !as_json {
            let count = files.len();
            let noun = if count == 1 { "file" } else { "files" };
            streams.print(&format!("\nApplied {count} {noun}.\n"));
        }
        return Ok(exit);
    }
    streams.say(
        outcome["message"].as_str().unwrap_or_default(),
        "Nothing was written.",
    );
    Ok(Exit::Conflict)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Option<Arguments>, String> {
        parse(arguments.iter().map(OsString::from).collect())
    }

    #[test]
    fn arguments_in_any_order() {
        let got = parsed(&[
            "--apply",
            "Fix it",
            "--image",
            "a.png",
            "--permission",
            "full",
        ]);
        let got = got.unwrap().unwrap();
        assert!(got.apply && !got.json);
        assert_eq!(
            (got.prompt.as_str(), got.permission.as_str()),
            ("Fix it", "full")
        );
        assert_eq!(got.images, [PathBuf::from("a.png")]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (arguments, named) in [
            (&[][..], "prompt is missing"),
            (&["  "], "prompt is missing"),
            (&["a", "b"], "unexpected argument"),
            (&["a", "--permission", "root"], "`root`"),
            (&["a", "--model"], "--model"),
        ] {
            let error = parsed(arguments).unwrap_err();
            assert!(error.contains(named), "{arguments:?}: {error}");
        }
    }

    #[test]
    fn the_help_names_every_exit_code() {
        for code in [
            Exit::TurnFailed,
            Exit::NotAsked,
            Exit::Stopped,
            Exit::Conflict,
        ] {
            assert!(HELP.contains(&format!("\n  {}  ", code as u8)), "{code:?}");
        }
    }
}
