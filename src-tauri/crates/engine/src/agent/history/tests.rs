use super::*;

fn user(text: &str) -> Value {
    prompt::note(text)
}

fn call(id: &str) -> Value {
    json!({"type": "function_call", "call_id": id, "name": "shell_command", "arguments": "{}"})
}

fn output(id: &str) -> Value {
    json!({"type": "function_call_output", "call_id": id, "output": "ok"})
}

fn aborted(id: &str) -> Value {
    json!({"type": "function_call_output", "call_id": id, "output": "aborted"})
}

fn sent(items: Vec<Value>) -> Vec<Value> {
    History::new(items).for_request(Purpose::Step, true)
}

#[test]
fn every_call_gets_one_answer_and_every_answer_had_one_call() {
    let custom =
        json!({"type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": ""});
    let local = json!({"type": "local_shell_call", "call_id": "l", "action": {}});
    assert_eq!(
        sent(vec![
            user("hi"),
            output("ghost"),
            call("a"),
            output("a"),
            output("a"),
            call("b"),
            custom.clone(),
            local.clone()
        ]),
        [
            user("hi"),
            call("a"),
            output("a"),
            call("b"),
            aborted("b"),
            custom,
            json!({"type": "custom_tool_call_output", "call_id": "c", "output": "aborted"}),
            local,
            json!({"type": "function_call_output", "call_id": "l", "output": "aborted"}),
        ]
    );
}

#[test]
fn a_history_that_is_whole_is_sent_as_it_is() {
    let items = vec![user("hi"), call("a"), call("b"), output("a"), output("b")];
    assert_eq!(sent(items.clone()), items);
}

#[test]
fn pictures_give_way_to_text_where_the_model_reads_none() {
    let picture = json!({"type": "input_image", "image_url": "data:"});
    let items = vec![
        json!({"type": "message", "role": "user", "content": [picture]}),
        call("a"),
        json!({"type": "function_call_output", "call_id": "a", "output": [picture]}),
    ];
    let history = History::new(items.clone());
    assert_eq!(history.for_request(Purpose::Step, true), items);
    let blind = history.for_request(Purpose::Step, false);
    assert!(
        !Value::from(blind.clone())
            .to_string()
            .contains("input_image")
    );
    assert_eq!(blind[0]["content"][0]["type"], "input_text");
    assert_eq!(blind[2]["output"][0]["type"], "input_text");
}

#[test]
fn a_summary_keeps_the_persons_messages_the_plan_and_the_surroundings() {
    let plan = json!({"type": "function_call", "call_id": "p", "name": "update_plan",
        "arguments": "{\"plan\":[]}"});
    let mut history = History::new(vec![
        user("<environment_context>old"),
        user("first wish"),
        plan,
        output("p"),
        user("<environment_context>new"),
        user("second wish"),
        call("a"),
        output("a"),
    ]);
    history.append([compaction("half done"), call("b"), output("b")]);
    let sent = history.for_request(Purpose::Step, true);
    assert_eq!(
        sent[..3],
        [
            user("<environment_context>new"),
            user("first wish"),
            user("second wish")
        ]
    );
    let summary = text_of(&sent[3]).unwrap();
    assert!(summary.starts_with(prompt::SUMMARY_START), "{summary}");
    assert!(
        summary.contains("half done") && summary.contains("{\"plan\":[]}"),
        "{summary}"
    );
    assert_eq!(sent[4..], [call("b"), output("b")]);
    assert_eq!(history.items().len(), 11, "nothing is taken out of the log");
}

#[test]
fn a_second_summary_does_not_take_the_first_for_a_wish() {
    let mut history = History::new(vec![user("wish"), compaction("one"), user("more")]);
    history.append([compaction("two")]);
    let sent = history.for_request(Purpose::Step, true);
    assert_eq!(sent[..2], [user("wish"), user("more")]);
    assert!(text_of(&sent[2]).unwrap().contains("two"));
    assert_eq!(sent.len(), 3);
}

#[test]
fn a_summary_keeps_the_newest_messages_within_its_room() {
    let long = "x".repeat(KEPT_TOKENS as usize * 4 - 2_000);
    let mut history = History::new(vec![user("oldest"), user(&"y".repeat(40_000)), user(&long)]);
    history.append([compaction("s")]);
    let sent = history.for_request(Purpose::Step, true);
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[1], user(&long));
    let cut = text_of(&sent[0]).unwrap();
    assert!(
        cut.starts_with("yyy") && cut.contains("tokens truncated") && cut.len() < 2_500,
        "{cut}"
    );
}

#[test]
fn a_request_for_a_summary_can_leave_out_the_oldest_part() {
    let items: Vec<Value> = (0..8)
        .flat_map(|n| [call(&n.to_string()), output(&n.to_string())])
        .collect();
    let history = History::new(items);
    let whole = history.for_request(Purpose::Summary { cut: 0 }, true);
    assert_eq!(whole.len(), 17);
    assert_eq!(whole[16], user(prompt::COMPACT));
    let part = history.for_request(Purpose::Summary { cut: 4 }, true);
    assert!(part.len() < 14, "{}", part.len());
    assert_eq!(part[part.len() - 2], output("7"));
    assert!(
        part[0]["type"] == "function_call",
        "no answer without its call: {}",
        part[0]
    );
}

#[test]
fn reasoning_before_the_mark_is_not_sent_any_more() {
    let reasoning = json!({"type": "reasoning", "summary": [], "encrypted_content": "x"});
    let items = vec![
        user("hi"),
        reasoning.clone(),
        reasoning_lost(),
        reasoning.clone(),
    ];
    assert_eq!(sent(items), [user("hi"), reasoning]);
}

#[test]
fn the_surroundings_are_said_again_only_when_they_differ() {
    let (one, two) = (
        user("<environment_context>1"),
        user("<environment_context>2"),
    );
    let agents = user("# AGENTS.md instructions for /p");
    let history = History::new(vec![agents.clone(), one.clone(), user("hi")]);
    assert_eq!(
        history.news(vec![agents.clone(), one.clone()]),
        Vec::<Value>::new()
    );
    assert_eq!(history.news(vec![agents, two.clone()]), [two]);
    assert_eq!(History::default().news(vec![one.clone()]), [one]);
}

#[test]
fn tokens_are_what_was_counted_and_an_estimate_of_the_rest() {
    let mut history = History::new(vec![user(&"x".repeat(4_000))]);
    let estimated = history.tokens(&"i".repeat(400));
    assert!((1_100..1_140).contains(&estimated), "{estimated}");
    history.measure(5_000);
    assert_eq!(history.tokens("ignored"), 5_000);
    history.append([user(&"x".repeat(400))]);
    assert!(
        (5_100..5_140).contains(&history.tokens("")),
        "{}",
        history.tokens("")
    );
    history.append([compaction("short")]);
    assert!(history.tokens("") < 2_000, "{}", history.tokens(""));
    let picture = json!({"type": "input_image", "image_url": "x".repeat(1_000_000)});
    assert!(
        (1_800..1_900).contains(&estimate(&picture)),
        "{}",
        estimate(&picture)
    );
    let thought = json!({"type": "reasoning", "encrypted_content": "x".repeat(4_000)});
    assert!(
        (580..620).contains(&estimate(&thought)),
        "{}",
        estimate(&thought)
    );
}

#[test]
fn a_long_text_keeps_its_beginning_and_its_end() {
    let cut = cut_middle(&format!("a{}z", "é".repeat(100_000)), 48_000);
    assert!(
        cut.starts_with("aé") && cut.ends_with("éz"),
        "{}",
        &cut[..10]
    );
    assert!(
        cut.len() < 48_100 && cut.contains("…38001 tokens truncated…"),
        "{}",
        cut.len()
    );
    assert_eq!(cut_middle("short", 48_000), "short");
}
