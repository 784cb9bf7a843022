mod budget;
mod compacting;
mod retrying;

use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use super::*;
use crate::agent::effect::GRACE_MS;
use crate::model::testing::answer;
use crate::model::testing::call;

// What happens, in short.

fn begin() -> Event {
    Event::Begin {
        context: vec![],
        message: Message::text("go"),
    }
}

fn item(index: u64, item: Value) -> Event {
    Event::Stream(StreamEvent::ItemDone { index, item })
}

fn says(index: u64, text: &str) -> Event {
    item(index, answer(text))
}

fn calls(index: u64, id: &str) -> Event {
    item(index, call(id, "shell_command", "{}"))
}

fn thinks(index: u64) -> Event {
    let summary = json!([{"type": "summary_text", "text": "hm"}]);
    item(
        index,
        json!({"type": "reasoning", "summary": summary, "encrypted_content": "x"}),
    )
}

fn delta(index: u64, text: &str) -> Event {
    Event::Stream(StreamEvent::TextDelta {
        index,
        text: text.to_owned(),
    })
}

fn completed() -> Event {
    Event::Stream(StreamEvent::Completed { usage: None })
}

fn fails(failure: Failure) -> Event {
    Event::Stream(StreamEvent::Failed(failure))
}

fn cut() -> Event {
    fails(Failure::Cut {
        host: "h".to_owned(),
    })
}

fn too_long() -> Event {
    fails(Failure::ContextTooLong {
        model: "m".to_owned(),
    })
}

fn finished(id: &str) -> Event {
    Event::ToolFinished {
        call_id: id.to_owned(),
        output: json!("ok"),
    }
}

fn steer(text: &str) -> Event {
    Event::Steer(Message::text(text))
}

// What is done about it, in short.

fn digest(effect: &Effect) -> String {
    match effect {
        Effect::Request {
            purpose: Purpose::Summary { cut, earlier },
            ..
        } => match earlier {
            true => format!("ask the earlier model summary {cut}"),
            false => format!("ask summary {cut}"),
        },
        Effect::Request {
            may_summarise: true,
            ..
        } => "ask".to_owned(),
        Effect::Request {
            may_summarise: false,
            ..
        } => "ask as it is".to_owned(),
        Effect::Wait {
            attempt,
            of,
            reason,
            ..
        } => format!("wait {attempt}/{of} {}", reason.code()),
        Effect::RunTool { call, .. } => format!("run {}", call.call_id),
        Effect::RoomOut(failure) => format!("room out {}", failure.code()),
        Effect::Compact(summary) => match &summary.without {
            Some(_) => format!("compact {} without", summary.item),
            None => format!("compact {} {}", summary.item, summary.text),
        },
        Effect::CancelTools => "cancel".to_owned(),
        Effect::Emit(Shown::Started(id, kind)) => format!("+{id} {}", name(kind)),
        Effect::Emit(Shown::Text(id, text)) => format!("~{id} {text}"),
        Effect::Emit(Shown::Completed(id, kind)) => format!("={id} {}", name(kind)),
        Effect::Emit(Shown::Withdrawn(id)) => format!("-{id}"),
        Effect::Append(items) => items.iter().map(added).collect::<Vec<_>>().join(", "),
        Effect::Usage(_) => "usage".to_owned(),
        Effect::Spent(_) => "spent".to_owned(),
        Effect::Skipped(count) => format!("skipped {count}"),
        Effect::GiveBack(messages) => format!("give back {}", messages.len()),
        Effect::End(TurnEnd::Done) => "done".to_owned(),
        Effect::End(TurnEnd::Stopped) => "stopped".to_owned(),
        Effect::End(TurnEnd::Failed(failure)) => format!("failed {}", failure.code()),
    }
}

fn name(kind: &ItemKind) -> String {
    match kind {
        ItemKind::Answer { text } => format!("answer {text}"),
        other => serde_json::to_value(other).unwrap()["type"]
            .as_str()
            .unwrap()
            .to_owned(),
    }
}

fn added(item: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    match item["type"].as_str().unwrap() {
        "message" if item["role"] == "assistant" => {
            format!("said {}", text(&item["content"][0]["text"]))
        }
        "message" => {
            let words = text(&item["content"][0]["text"]);
            words
                .lines()
                .next()
                .map(|line| format!("user {line}"))
                .unwrap_or_default()
        }
        "reasoning" => "thought".to_owned(),
        "function_call_output" => format!("{} = {}", text(&item["call_id"]), text(&item["output"])),
        kind if kind.ends_with("_call") => format!("call {}", text(&item["call_id"])),
        other => other.to_owned(),
    }
}

fn machine(parallel: bool) -> Turn {
    Turn::new(Setup {
        number: 1,
        model: "m".to_owned(),
        parallel,
        ..Setup::default()
    })
}

// Plays events; each but the first (always `begin`) with everything that is to be done about it.
fn check_on(mut turn: Turn, script: &[(Event, &str)]) {
    let begun: Vec<_> = turn.step(begin()).iter().map(digest).collect();
    assert_eq!(begun.join("; "), "+1-1 message; =1-1 message; user go; ask");
    for (place, (event, expected)) in script.iter().enumerate() {
        let done: Vec<_> = turn.step(event.clone()).iter().map(digest).collect();
        assert_eq!(done.join("; "), *expected, "step {place}: {event:?}");
    }
}

fn check(script: &[(Event, &str)]) {
    check_on(machine(false), script);
}

#[test]
fn words_end_the_turn() {
    check(&[
        (delta(0, "he"), "+1-2 answer ; ~1-2 he"),
        (delta(0, "y"), "~1-2 y"),
        (says(0, "hey!"), "=1-2 answer hey!"),
        (delta(0, "late"), ""),
        (completed(), "said hey!; done"),
        (completed(), ""),
    ]);
}

#[test]
fn a_call_runs_only_when_the_answer_is_complete() {
    check(&[
        (thinks(0), "+1-2 reasoning; =1-2 reasoning"),
        (says(1, "look"), "+1-3 answer ; =1-3 answer look"),
        (calls(2, "a"), ""),
        (completed(), "thought, said look, call a; run a"),
        (finished("a"), "a = ok; ask"),
        (says(0, "ok"), "+1-5 answer ; =1-5 answer ok"),
        (completed(), "said ok; done"),
    ]);
}

#[test]
fn calls_run_one_by_one_unless_the_model_makes_several_at_once() {
    check(&[
        (calls(0, "a"), ""),
        (calls(1, "b"), ""),
        (completed(), "call a, call b; run a"),
        (finished("b"), ""),
        (finished("a"), "a = ok; run b"),
        (finished("a"), ""),
        (finished("b"), "b = ok; ask"),
    ]);
    check_on(
        machine(true),
        &[
            (calls(0, "a"), ""),
            (calls(1, "b"), ""),
            (calls(2, "c"), ""),
            (completed(), "call a, call b, call c; run a; run b; run c"),
            (finished("b"), ""),
            (finished("a"), "a = ok, b = ok"),
            (finished("c"), "c = ok; ask"),
        ],
    );
}

#[test]
fn items_are_appended_in_the_order_of_the_answer_however_they_arrive() {
    check(&[
        (calls(2, "b"), ""),
        (says(0, "first"), "+1-2 answer ; =1-2 answer first"),
        (calls(1, "a"), ""),
        (completed(), "said first, call a, call b; run a"),
    ]);
}

#[test]
fn the_same_call_is_carried_out_once() {
    check(&[
        (calls(0, "a"), ""),
        (calls(1, "a"), ""),
        (completed(), "call a; run a"),
        (finished("a"), "a = ok; ask"),
        (calls(0, "a"), ""),
        (
            completed(),
            "call a_2; a_2 = This call has been carried out already and was not repeated.; ask",
        ),
        (
            item(0, call("a", "shell_command", "{\"command\":\"ls\"}")),
            "",
        ),
        (completed(), "call a_3; run a_3"),
        (finished("a_3"), "a_3 = ok; ask"),
    ]);
    // Insisted on, it is wanted.
    check(&[
        (calls(0, "a"), ""),
        (completed(), "call a; run a"),
        (finished("a"), "a = ok; ask"),
        (calls(0, "a"), ""),
        (
            completed(),
            "call a_2; a_2 = This call has been carried out already and was not repeated.; ask",
        ),
        (calls(0, "a"), ""),
        (completed(), "call a_3; run a_3"),
    ]);
}

#[test]
fn a_call_id_of_an_earlier_turn_is_made_unique() {
    let taken = ["a".to_owned()].into();
    let turn = Turn::new(Setup {
        number: 1,
        model: "m".to_owned(),
        taken,
        ..Setup::default()
    });
    check_on(
        turn,
        &[(calls(0, "a"), ""), (completed(), "call a_2; run a_2")],
    );
}

#[test]
fn a_cut_answer_keeps_its_words_and_runs_nothing() {
    check(&[
        (thinks(0), "+1-2 reasoning; =1-2 reasoning"),
        (says(1, "kept"), "+1-3 answer ; =1-3 answer kept"),
        (thinks(2), "+1-4 reasoning; =1-4 reasoning"),
        (calls(3, "a"), ""),
        (delta(4, "half"), "+1-5 answer ; ~1-5 half"),
        (cut(), "-1-5; -1-4; thought, said kept; wait 1/5 cut"),
        (says(0, "stray"), ""),
        (Event::RetryDue, "ask"),
        (calls(0, "a"), ""),
        (completed(), "call a; run a"),
        (finished("a"), "a = ok; ask"),
    ]);
}

#[test]
fn words_kept_from_a_cut_answer_are_answer_enough() {
    check(&[
        (says(0, "all done"), "+1-2 answer ; =1-2 answer all done"),
        (cut(), "said all done; wait 1/5 cut"),
        (Event::RetryDue, "ask"),
        (completed(), "done"),
    ]);
}

#[test]
fn nothing_and_a_refusal_are_failures() {
    check(&[(completed(), "+1-2 error; =1-2 error; failed empty")]);
    check(&[
        (thinks(0), "+1-2 reasoning; =1-2 reasoning"),
        (completed(), "+1-3 error; =1-3 error; failed empty"),
    ]);
    let refusal = json!({"type": "message", "content": [{"type": "refusal", "refusal": "No."}]});
    check(&[
        (item(0, refusal), ""),
        (completed(), "+1-2 error; =1-2 error; failed declined"),
    ]);
}

#[test]
fn items_nobody_knows_are_counted() {
    check(&[
        (item(0, json!({"type": "web_search_call"})), "skipped 1"),
        (Event::Stream(StreamEvent::Skipped(2)), "skipped 2"),
        (says(1, "x"), "+1-2 answer ; =1-2 answer x"),
        (completed(), "said x; done"),
    ]);
}

#[test]
fn stop_in_every_state_leaves_a_whole_conversation() {
    const NOTE: &str = "user <turn_stopped>; stopped";
    check(&[(Event::Stop, NOTE), (Event::Stop, "")]);
    let partial = format!("=1-2 answer ha; said ha; {NOTE}");
    check(&[
        (delta(0, "ha"), "+1-2 answer ; ~1-2 ha"),
        (Event::Stop, &partial),
    ]);
    check(&[(calls(0, "a"), ""), (Event::Stop, NOTE), (completed(), "")]);
    check(&[
        (cut(), "wait 1/5 cut"),
        (Event::Stop, NOTE),
        (Event::RetryDue, ""),
    ]);
    let late = format!("a = ok, b = aborted by the person; {NOTE}");
    check(&[
        (calls(0, "a"), ""),
        (calls(1, "b"), ""),
        (completed(), "call a, call b; run a"),
        (Event::Stop, "cancel"),
        (Event::Stop, ""),
        (finished("a"), &late),
        (Event::GraceOver, ""),
    ]);
    let never = format!("a = aborted by the person, b = ok; {NOTE}");
    check_on(
        machine(true),
        &[
            (calls(0, "a"), ""),
            (calls(1, "b"), ""),
            (completed(), "call a, call b; run a; run b"),
            (Event::Stop, "cancel"),
            (finished("b"), ""),
            (Event::GraceOver, &never),
            (finished("a"), ""),
        ],
    );
    let summary = format!("{}; -1-2; stopped", "user <turn_stopped>");
    check(&[
        (Event::ContextFull, "+1-2 compaction; ask summary 0"),
        (Event::Stop, &summary),
    ]);
    const { assert!(GRACE_MS < 200) };
    let mut idle = machine(false);
    assert_eq!(
        idle.step(Event::Stop).last(),
        Some(&Effect::End(TurnEnd::Stopped))
    );
}

#[test]
fn a_message_sent_meanwhile_is_heard_at_the_next_step() {
    check(&[
        (calls(0, "a"), ""),
        (steer("one"), ""),
        (completed(), "call a; run a"),
        (steer("two"), ""),
        (
            finished("a"),
            "a = ok; +1-3 message; =1-3 message; user one; +1-4 message; =1-4 message; user two; ask",
        ),
        (steer("three"), ""),
        (says(0, "x"), "+1-5 answer ; =1-5 answer x"),
        (
            completed(),
            "said x; +1-6 message; =1-6 message; user three; ask",
        ),
    ]);
    check(&[
        (cut(), "wait 1/5 cut"),
        (steer("now"), ""),
        (Event::RetryDue, "+1-2 message; =1-2 message; user now; ask"),
    ]);
}

#[test]
fn a_message_that_was_not_heard_is_given_back() {
    check(&[
        (steer("one"), ""),
        (Event::Stop, "user <turn_stopped>; give back 1; stopped"),
        (steer("two"), "give back 1"),
    ]);
}

#[test]
fn the_persons_message_carries_what_is_attached() {
    let mut turn = machine(false);
    let picture = crate::agent::message::tests::picture("a.png");
    let message = Message {
        text: "see".to_owned(),
        attached: vec![picture.clone()],
    };
    let effects = turn.step(Event::Begin {
        context: vec![json!({"n": 1})],
        message,
    });
    assert_eq!(effects[0], Effect::Append(vec![json!({"n": 1})]));
    let kind = ItemKind::Message {
        text: "see".to_owned(),
        attachments: vec![picture.about],
    };
    assert_eq!(
        effects[1],
        Effect::Emit(Shown::Started("1-1".to_owned(), kind))
    );
}
