use super::*;
use crate::model::Model;
use crate::model::catalog::Effort;

fn request(input: Vec<Value>) -> Request {
    Request {
        model: Model::named("qwen3-coder"),
        effort: None,
        instructions: "Work.".to_owned(),
        input,
        tools: Vec::new(),
        cache_key: "conversation".to_owned(),
    }
}

fn sent(input: Vec<Value>) -> Vec<Value> {
    let body = body(&request(input), Terms::default());
    body["messages"].as_array().unwrap()[1..].to_vec()
}

fn person(text: &str) -> Value {
    json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]})
}

fn said(text: &str) -> Value {
    json!({"type": "message", "role": "assistant",
        "content": [{"type": "output_text", "text": text}]})
}

fn call(id: &str) -> Value {
    json!({"type": "function_call", "call_id": id, "name": "ls", "arguments": "{}"})
}

fn result(id: &str, output: Value) -> Value {
    json!({"type": "function_call_output", "call_id": id, "output": output})
}

fn called(id: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": "ls", "arguments": "{}"}})
}

#[test]
fn a_request_has_exactly_these_fields() {
    assert_eq!(
        body(&request(vec![person("Hi")]), Terms::default()),
        json!({
            "model": "qwen3-coder",
            "messages": [
                {"role": "system", "content": "Work."},
                {"role": "user", "content": "Hi"},
            ],
            "stream": true,
            "stream_options": {"include_usage": true},
        })
    );
    let openai = Terms {
        openai: true,
        ..Terms::default()
    };
    let mut more = request(vec![person("Hi")]);
    more.effort = Some(Effort::High);
    more.tools = vec![
        json!({"type": "function", "name": "ls", "description": "Lists.",
        "strict": false, "parameters": {"type": "object"}}),
    ];
    let body = body(&more, openai);
    assert_eq!(body["reasoning_effort"], "high");
    assert_eq!(body["prompt_cache_key"], "conversation");
    assert_eq!(body["store"], false);
    assert_eq!(body["tool_choice"], "auto");
    assert_eq!(
        body["tools"],
        json!([{"type": "function", "function": {
            "name": "ls", "description": "Lists.", "parameters": {"type": "object"}}}])
    );
}

#[test]
fn one_answer_is_one_message_and_its_results_follow() {
    let thought = json!({"type": "reasoning", "summary": [],
        "content": [{"type": "reasoning_text", "text": "hm", FIELD: "reasoning"}]});
    let sealed = json!({"type": "reasoning", "summary": [], "encrypted_content": "xyz"});
    assert_eq!(
        sent(vec![
            person("Go"),
            thought.clone(),
            said("Looking."),
            call("a"),
            call("b"),
            result("a", json!("one")),
            result("b", json!("two")),
            sealed,
            call("c"),
            result("c", json!("three")),
            thought.clone(),
            said("Done."),
            person("Thanks"),
            thought,
            person("More"),
        ]),
        [
            json!({"role": "user", "content": "Go"}),
            json!({"role": "assistant", "reasoning": "hm", "content": "Looking.",
                "tool_calls": [called("a"), called("b")]}),
            json!({"role": "tool", "tool_call_id": "a", "content": "one"}),
            json!({"role": "tool", "tool_call_id": "b", "content": "two"}),
            json!({"role": "assistant", "content": null, "tool_calls": [called("c")]}),
            json!({"role": "tool", "tool_call_id": "c", "content": "three"}),
            json!({"role": "assistant", "reasoning": "hm", "content": "Done."}),
            json!({"role": "user", "content": "Thanks"}),
            json!({"role": "user", "content": "More"}),
        ]
    );
}

#[test]
fn pictures_are_parts_and_those_of_results_follow_the_last_result() {
    let picture = json!({"type": "input_image", "image_url": "data:x", "detail": "high"});
    let shown = json!({"type": "image_url", "image_url": {"url": "data:x", "detail": "high"}});
    let message = json!({"type": "message", "role": "user", "content": [
        {"type": "input_text", "text": "Like this"}, picture]});
    assert_eq!(
        sent(vec![
            message,
            call("a"),
            call("b"),
            result("a", json!([picture])),
            result("b", json!("two")),
            said("Seen."),
        ]),
        [
            json!({"role": "user", "content": [{"type": "text", "text": "Like this"}, shown]}),
            json!({"role": "assistant", "content": null,
                "tool_calls": [called("a"), called("b")]}),
            json!({"role": "tool", "tool_call_id": "a",
                "content": "The picture is in the next message."}),
            json!({"role": "tool", "tool_call_id": "b", "content": "two"}),
            json!({"role": "user", "content": [shown]}),
            json!({"role": "assistant", "content": "Seen."}),
        ]
    );
}

#[test]
fn tools_and_calls_of_other_kinds_become_functions() {
    let mut asked = request(vec![
        json!({"type": "custom_tool_call", "call_id": "p", "name": "apply_patch",
            "input": "*** \"x\""}),
        json!({"type": "custom_tool_call_output", "call_id": "p", "output": "ok"}),
        json!({"type": "local_shell_call", "call_id": "l", "status": "completed",
            "action": {"type": "exec", "command": ["ls"], "timeout_ms": null}}),
        result("l", json!("ok")),
    ]);
    asked.tools = vec![
        json!({"type": "custom", "name": "apply_patch", "description": "Edits.",
            "format": {"type": "grammar", "syntax": "lark", "definition": "start: x"}}),
        json!({"type": "local_shell"}),
    ];
    let body = body(&asked, Terms::default());
    let patch = &body["tools"][0]["function"];
    assert_eq!(patch["parameters"]["required"], json!(["input"]));
    assert_eq!(patch["parameters"]["properties"]["input"]["type"], "string");
    assert!(patch["description"].as_str().unwrap().ends_with("start: x"));
    assert_eq!(body["tools"][1]["function"]["name"], "local_shell");
    let arguments = |at: usize| {
        let call = &body["messages"][at]["tool_calls"][0]["function"];
        let arguments: Value = serde_json::from_str(call["arguments"].as_str().unwrap()).unwrap();
        (call["name"].clone(), arguments)
    };
    assert_eq!(
        arguments(1),
        (json!("apply_patch"), json!({"input": "*** \"x\""}))
    );
    assert_eq!(
        arguments(3),
        (json!("local_shell"), json!({"command": ["ls"]}))
    );
}

#[test]
fn a_longer_conversation_begins_with_a_shorter_one() {
    let thought = json!({"type": "reasoning", "summary": [],
        "content": [{"type": "reasoning_text", "text": "hm"}]});
    let picture = json!({"type": "input_image", "image_url": "data:x"});
    let steps = [
        vec![person("Go")],
        vec![
            thought.clone(),
            said("Looking."),
            call("a"),
            call("b"),
            result("a", json!([picture])),
            result("b", json!("two")),
        ],
        vec![call("c"), result("c", json!("three"))],
        vec![thought, said("Done."), person("And now?")],
        vec![said("Nothing."), person("Good.")],
    ];
    let mut items = Vec::new();
    let mut before: Vec<Value> = Vec::new();
    for step in steps {
        items.extend(step);
        let now = sent(items.clone());
        assert!(now.len() > before.len());
        assert_eq!(now[..before.len()], before[..]);
        before = now;
    }
}
