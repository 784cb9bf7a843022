use std::sync::Mutex;

use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;

use super::*;
use crate::agent::history::History;
use crate::agent::item::CommandOutcome;
use crate::agent::item::ItemKind;
use crate::agent::kept::Standing;
use crate::agent::prompt::Context;
use crate::model::Failure;
use crate::model::Model;
use crate::model::testing::KEY;
use crate::model::testing::Reply;
use crate::model::testing::Server;
use crate::model::testing::answer;
use crate::model::testing::call;
use crate::model::testing::complete;
use crate::model::testing::sse;
use crate::tools::Progress;

mod control;
mod retrying;

// Tools that answer at once, or not before they are told to stop, or never.
#[derive(Default)]
struct Bench {
    calls: Mutex<Vec<ToolCall>>,
}

impl Bench {
    fn calls(&self) -> Vec<ToolCall> {
        self.calls.lock().unwrap().clone()
    }
}

fn command(output: &str, outcome: CommandOutcome) -> ItemKind {
    ItemKind::Command {
        command: "run".to_owned(),
        cwd: "/p".to_owned(),
        output: output.to_owned(),
        outcome,
        duration_ms: 0,
        changed: vec![],
    }
}

impl Tools for Bench {
    fn specs(&self) -> Vec<Value> {
        vec![json!({"type": "function", "name": "run"})]
    }

    fn call<'a>(
        &'a self,
        call: ToolCall,
        progress: &'a dyn Progress,
        stop: CancellationToken,
    ) -> Pin<Box<dyn Future<Output = ToolResult> + Send + 'a>> {
        self.calls.lock().unwrap().push(call.clone());
        Box::pin(async move {
            if call.name == "unknown" {
                let item = ItemKind::BadCall {
                    tool: call.name,
                    error: "no such tool".to_owned(),
                };
                return ToolResult {
                    output: json!("no such tool"),
                    item,
                };
            }
            progress.started(command("", CommandOutcome::Running));
            progress.output("tick");
            let outcome = match call.name.as_str() {
                "until_stop" => {
                    stop.cancelled().await;
                    CommandOutcome::Stopped
                }
                "deaf" => std::future::pending().await,
                _ => CommandOutcome::Exited { code: 0 },
            };
            ToolResult {
                output: json!("tick"),
                item: command("tick", outcome),
            }
        })
    }
}

fn session(server: &Server) -> Session {
    let context = Context {
        cwd: "/p".to_owned(),
        permission_mode: "auto".to_owned(),
        network: false,
        shell: "bash".to_owned(),
        date: "2026-01-31".to_owned(),
        agents_md: Some("Be kind.".to_owned()),
    };
    let model = Model::named("gpt-5-codex");
    Session::new(
        "conversation",
        server.provider(),
        model,
        context,
        History::default(),
        0,
    )
}

struct Played {
    end: TurnEnd,
    updates: Vec<Update>,
    calls: Vec<ToolCall>,
}

impl Played {
    fn texts(&self) -> Vec<String> {
        let done = self.updates.iter().filter_map(|update| match update {
            Update::ItemCompleted(item) => Some(&item.kind),
            _ => None,
        });
        done.filter_map(|kind| match kind {
            ItemKind::Answer { text } => Some(text.clone()),
            _ => None,
        })
        .collect()
    }

    fn retries(&self) -> Vec<(&'static str, u64)> {
        let retries = self.updates.iter().filter_map(|update| match update {
            Update::Retrying {
                reason, wait_ms, ..
            } => Some((reason.code(), *wait_ms)),
            _ => None,
        });
        retries.collect()
    }

    fn failure(&self) -> &Failure {
        match &self.end {
            TurnEnd::Failed(failure) => failure,
            other => panic!("expected a failure, found {other:?}"),
        }
    }
}

async fn play(session: &mut Session) -> Played {
    let bench = Bench::default();
    let (tell, mut hear) = unbounded_channel();
    let (_control, listen) = unbounded_channel();
    let end = run(session, Message::text("go"), &bench, tell, listen).await;
    let updates = std::iter::from_fn(|| hear.try_recv().ok()).collect();
    Played {
        end,
        updates,
        calls: bench.calls(),
    }
}

async fn play_script(script: Vec<Reply>) -> (Played, Server) {
    let server = Server::start(script);
    let played = play(&mut session(&server)).await;
    (played, server)
}

fn user(text: &str) -> Value {
    prompt::note(text)
}

#[tokio::test]
async fn a_turn_sends_exactly_the_conversation_and_nothing_else() {
    let reasoning = json!({
        "type": "reasoning", "id": "rs_1", "encrypted_content": "sealed",
        "summary": [{"type": "summary_text", "text": "Look first."}],
    });
    let server = Server::start(vec![
        Reply::items(&[reasoning, call("c1", "run", "{\"a\":1}")]),
        Reply::items(&[answer("Done.")]).in_pieces(5),
        Reply::items(&[answer("Again.")]),
    ]);
    let mut session = session(&server);
    let played = play(&mut session).await;
    assert_eq!(played.end, TurnEnd::Done);
    assert_eq!(played.texts(), ["Done."]);

    let before = [
        user("# AGENTS.md instructions for /p\n\n<INSTRUCTIONS>\nBe kind.\n</INSTRUCTIONS>"),
        session.context.to_wire()[1].clone(),
        user("go"),
    ];
    let first = [
        json!({"type": "reasoning", "encrypted_content": "sealed",
            "summary": [{"type": "summary_text", "text": "Look first."}]}),
        json!({"type": "function_call", "call_id": "c1", "name": "run", "arguments": "{\"a\":1}"}),
        json!({"type": "function_call_output", "call_id": "c1", "output": "tick"}),
    ];
    let body = |input: Vec<Value>| {
        json!({
            "model": "gpt-5-codex",
            "instructions": prompt::instructions(&session.model),
            "input": input,
            "tools": [{"type": "function", "name": "run"}],
            "tool_choice": "auto",
            "parallel_tool_calls": false,
            "reasoning": {"effort": "medium", "summary": "auto"},
            "store": false,
            "stream": true,
            "include": ["reasoning.encrypted_content"],
            "prompt_cache_key": "conversation",
        })
    };
    let second: Vec<Value> = before.iter().chain(&first).cloned().collect();
    let requests = server.requests();
    assert_eq!(requests[0].body, body(before.to_vec()));
    assert_eq!(requests[1].body, body(second.clone()));

    // What was told to be kept is the whole conversation, and a restart goes on from it.
    let kept: Vec<Value> = played
        .updates
        .iter()
        .filter_map(|update| match update {
            Update::History(items) => Some(items.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    assert_eq!(kept, session.history.items());
    let mut third = second;
    third.push(
        json!({"type": "message", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": "Done.", "annotations": []}]}),
    );
    third.push(user("go"));
    let expected = body(third);
    session.history = History::new(kept);
    assert_eq!(play(&mut session).await.end, TurnEnd::Done);
    assert_eq!(server.requests()[2].body, expected);
    assert_eq!(session.turns, 2);
}

#[tokio::test]
async fn what_is_shown_starts_grows_and_completes_in_order() {
    let mut events = complete(&[answer("Hello")]);
    events.insert(
        1,
        json!({"type": "response.output_text.delta", "output_index": 0, "delta": "Hel"}),
    );
    let (played, _) = play_script(vec![
        Reply::items(&[call("c", "run", "{}")]),
        Reply::events(&events),
    ])
    .await;
    let shown: Vec<String> = played
        .updates
        .iter()
        .map(|update| match update {
            Update::ItemStarted(item) => format!("+{}", item.id),
            Update::TextDelta { item, text } | Update::OutputDelta { item, chunk: text } => {
                format!("~{item} {text}")
            }
            Update::ItemCompleted(item) => {
                assert!(
                    item.completed_at >= Some(item.started_at) && item.turn == 1,
                    "{item:?}"
                );
                format!("={}", item.id)
            }
            Update::Usage {
                usage,
                context_used,
            } => {
                format!("usage {} {}", usage.total, *context_used >= 120)
            }
            Update::History(items) => format!("history {}", items.len()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "history 2",
            "+1-1",
            "=1-1",
            "history 1",
            "history 1",
            "usage 120 true",
            "+1-2",
            "~1-2 tick",
            "=1-2",
            "history 1",
            "+1-3",
            "~1-3 Hel",
            "=1-3",
            "history 1",
            "usage 120 true",
        ]
    );
}

#[tokio::test]
async fn no_words_and_a_refusal_are_told() {
    let refusal =
        json!({"type": "message", "content": [{"type": "refusal", "refusal": "I won't."}]});
    let (played, _) = play_script(vec![Reply::items(&[refusal])]).await;
    assert_eq!(
        played.failure().to_string(),
        "`gpt-5-codex` declined: I won't."
    );
    let (played, _) = play_script(vec![Reply::items(&[])]).await;
    assert_eq!(
        played.failure().to_string(),
        "`gpt-5-codex` answered with nothing."
    );
}

#[tokio::test]
async fn events_that_cannot_be_read_are_told_and_an_unknown_tool_is_answered() {
    let text = format!(
        "data: {{\n\n{}",
        sse(&complete(&[call("c", "unknown", "{")]))
    );
    let (played, server) =
        play_script(vec![Reply::raw_sse(text), Reply::items(&[answer("ok")])]).await;
    assert_eq!(played.end, TurnEnd::Done);
    assert!(played.updates.contains(&Update::SkippedEvents(1)));
    let input = server.requests()[1].body["input"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(
        input.last(),
        Some(&json!({"type": "function_call_output", "call_id": "c", "output": "no such tool"}))
    );
}

#[tokio::test]
async fn a_local_shell_call_is_answered_as_a_function() {
    let action = json!({"type": "exec", "command": ["ls"]});
    let item = json!({"type": "local_shell_call", "id": "lsh_1", "call_id": "l", "status": "completed", "action": action});
    let (played, server) =
        play_script(vec![Reply::items(&[item]), Reply::items(&[answer("ok")])]).await;
    assert_eq!(
        played.calls[0].input,
        crate::tools::ToolInput::LocalShell(action.clone())
    );
    let input = server.requests()[1].body["input"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(
        input[input.len() - 2..],
        [
            json!({"type": "local_shell_call", "call_id": "l", "status": "completed", "action": action}),
            json!({"type": "function_call_output", "call_id": "l", "output": "tick"}),
        ]
    );
}

#[tokio::test]
async fn a_conversation_near_the_window_is_summarised_and_goes_on() {
    let server = Server::start(vec![
        Reply::status("404 Not Found", &[], "404 page not found"),
        Reply::items(&[answer("the summary")]),
        Reply::items(&[answer("ok")]),
    ]);
    let mut session = session(&server);
    session.model.traits.window = 1_000;
    session.knows = crate::agent::session::Knows(std::sync::Arc::new(|| Standing {
        files: vec!["a.txt: modified".to_owned()],
        ..Standing::default()
    }));
    session.history.append([
        user("an old wish"),
        json!({"type": "message", "role": "assistant",
        "content": [{"type": "output_text", "text": "x".repeat(8_000)}]}),
    ]);
    let played = play(&mut session).await;
    assert_eq!(played.end, TurnEnd::Done);
    let requests = server.requests();
    assert!(
        requests[0].head.contains("/responses/compact "),
        "{}",
        requests[0].head
    );
    assert_eq!(requests[0].body.get("stream"), None);
    assert_eq!(requests[1].body["tools"], json!([]));
    let asked = requests[1].body["input"].as_array().unwrap().clone();
    assert_eq!(asked.last(), Some(&user(prompt::COMPACT)));
    let input = requests[2].body["input"].as_array().unwrap().clone();
    assert_eq!(input[2..4], [user("an old wish"), user("go")]);
    let note = input[4]["content"][0]["text"].as_str().unwrap();
    assert!(
        note.contains("the summary") && note.contains("a.txt: modified"),
        "{note}"
    );
    assert_eq!(input.len(), 5);
    let about = played.updates.iter().find_map(|update| match update {
        Update::ItemCompleted(Item {
            kind: ItemKind::Compaction { summary, about },
            ..
        }) => {
            assert_eq!(summary, "the summary");
            Some(about.clone())
        }
        _ => None,
    });
    let about = about.expect("it is shown");
    assert_eq!((about.whole, about.cut, &about.without), (2, 0, &None));
    assert!(about.before > about.after + 1_500, "{about:?}");
    let told = played.updates.iter().find_map(|update| match update {
        Update::Context { context_used } => Some(*context_used),
        _ => None,
    });
    assert_eq!(told, Some(about.after));
}
