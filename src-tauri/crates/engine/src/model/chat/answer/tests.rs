use super::*;
use crate::model::answer::Answer as _;
use crate::model::provider::Provider;
use crate::model::provider::Transport;
use crate::model::wire::Wire;

fn peer() -> Peer {
    let provider = Provider::new("P", "http://localhost/v1", None, Transport::Tcp, &[]).unwrap();
    provider.peer(Wire::Chat, "m")
}

fn read(events: &[&str]) -> Vec<StreamEvent> {
    let mut answer = Answer::new(peer());
    for event in events {
        answer.take("", event);
    }
    answer.end(Failure::Cut {
        host: "localhost".to_owned(),
    });
    answer.ready().drain(..).collect()
}

fn failure(events: &[&str]) -> &'static str {
    match read(events).pop() {
        Some(StreamEvent::Failed(failure)) => failure.code(),
        other => panic!("expected a failure at the end, found {other:?}"),
    }
}

fn items(events: &[StreamEvent]) -> Vec<Value> {
    let item = |event: &StreamEvent| match event {
        StreamEvent::ItemDone { item, .. } => Some(item.clone()),
        _ => None,
    };
    events.iter().filter_map(item).collect()
}

const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const CALLS: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#;
const HI: &str = r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"}}]}"#;
const CALL: &str = r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"ls","arguments":"{}"}}]}}]}"#;
const USAGE: &str = r#"{"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,"prompt_tokens_details":{"cached_tokens":40},"completion_tokens_details":{"reasoning_tokens":5}}}"#;

#[test]
fn words_calls_and_usage_become_items_at_the_end() {
    let events = read(&[
        r#"{"choices":[],"prompt_filter_results":[]}"#,
        HI,
        r#"{"choices":[{"index":0,"delta":{"content":" there"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"ls","arguments":"{\"x"}}]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\":1}"}}]}}]}"#,
        CALLS,
        USAGE,
        "[DONE]",
        HI,
    ]);
    let text = |text: &str| StreamEvent::TextDelta {
        index: 1,
        text: text.to_owned(),
    };
    assert_eq!(
        events,
        [
            StreamEvent::Created,
            text("Hi"),
            text(" there"),
            StreamEvent::ItemAdded {
                index: 2,
                item: json!({"type": "function_call", "name": "ls"}),
            },
            StreamEvent::ItemDone {
                index: 1,
                item: json!({"type": "message", "role": "assistant",
                    "content": [{"type": "output_text", "text": "Hi there"}]}),
            },
            StreamEvent::ItemDone {
                index: 2,
                item: json!({"type": "function_call", "call_id": "a", "name": "ls",
                    "arguments": "{\"x\":1}"}),
            },
            StreamEvent::Completed {
                usage: Some(Usage {
                    input: 100,
                    cached: 40,
                    output: 20,
                    reasoning: 5,
                    total: 120,
                }),
            },
        ]
    );
}

#[test]
fn reasoning_is_read_from_each_of_its_fields_and_from_one_only() {
    for (delta, field) in [
        (
            r#"{"reasoning_content":"hm","reasoning":"hm"}"#,
            "reasoning_content",
        ),
        (r#"{"reasoning":"hm"}"#, "reasoning"),
        (r#"{"reasoning":{"text":"hm"}}"#, "reasoning"),
        (r#"{"reasoning":{"content":"hm"}}"#, "reasoning"),
    ] {
        let thought = format!(r#"{{"choices":[{{"delta":{delta}}}]}}"#);
        let events = read(&[&thought, &thought, HI, STOP]);
        let heard: String = events
            .iter()
            .filter_map(|event| match event {
                StreamEvent::ReasoningDelta { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(heard, "hmhm", "{delta}");
        assert_eq!(
            items(&events)[0],
            json!({"type": "reasoning", "summary": [],
                "content": [{"type": "reasoning_text", "text": "hmhm", FIELD: field}]})
        );
    }
}

#[test]
fn an_answer_ends_by_its_reason_and_no_call_counts_without_one() {
    let done = |events: &[&str]| {
        let events = read(events);
        let last = events.last();
        assert!(
            matches!(last, Some(StreamEvent::Completed { usage: None })),
            "{events:?}"
        );
        items(&events).len()
    };
    assert_eq!(done(&[HI, STOP]), 1, "the end of the stream will do");
    assert_eq!(
        done(&[HI, "[DONE]"]),
        1,
        "so will the mark alone, for words"
    );
    assert_eq!(
        done(&[CALL, STOP, "[DONE]"]),
        1,
        "stop with a call is a call"
    );
    assert_eq!(failure(&[HI]), "cut");
    assert_eq!(failure(&[CALL]), "cut");
    assert_eq!(failure(&[CALL, "[DONE]"]), "cut");
    assert_eq!(failure(&[]), "cut");
    for events in [&[CALL][..], &[CALL, "[DONE]"], &[HI, CALL]] {
        assert_eq!(items(&read(events)), Vec::<Value>::new(), "{events:?}");
    }
}

#[test]
fn other_reasons_and_errors_are_failures_without_items() {
    let reason =
        |reason: &str| format!(r#"{{"choices":[{{"delta":{{}},"finish_reason":"{reason}"}}]}}"#);
    let [length, filter, error] = ["length", "content_filter", "error"].map(reason);
    let quota = r#"{"error":{"message":"x","code":"insufficient_quota"}}"#;
    let busy = r#"{"error":{"message":"Server busy","code":503}}"#;
    let long = r#"{"error":"the request exceeds the available context size"}"#;
    for (events, code) in [
        (vec![HI, CALL, length.as_str()], "cut_short"),
        (vec![CALL, &filter], "blocked"),
        (vec![CALL, &error], "provider_unavailable"),
        (vec![HI, quota], "no_credit"),
        (vec![CALL, busy, CALLS, "[DONE]"], "provider_unavailable"),
        (vec![long], "context_too_long"),
    ] {
        assert_eq!(failure(&events), code, "{events:?}");
        assert_eq!(items(&read(&events)), Vec::<Value>::new(), "{events:?}");
    }
}

#[test]
fn a_lost_piece_fails_the_answer_and_what_is_none_does_not() {
    assert_eq!(
        failure(&[CALL, r#"{"choices":[{"del"#, CALLS, "[DONE]"]),
        "unreadable"
    );
    let events = read(&["7", HI, r#"{"type":"ping"}"#, STOP, "[DONE]"]);
    assert_eq!(items(&events).len(), 1);
    assert_eq!(events[0], StreamEvent::Skipped(1));
}

#[test]
fn a_refusal_is_told_apart_from_words() {
    let refusal = r#"{"choices":[{"delta":{"refusal":"I will not."}}]}"#;
    assert_eq!(
        items(&read(&[refusal, STOP])),
        [json!({"type": "message", "role": "assistant",
            "content": [{"type": "refusal", "refusal": "I will not."}]})]
    );
}
