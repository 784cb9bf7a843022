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

fn compaction(summary: &str) -> Value {
    let mark = Mark {
        summary: summary.to_owned(),
        room: KEPT_TOKENS,
        ..Mark::default()
    };
    mark.to_item(&Value::Null)
}

fn summary(cut: u8) -> Purpose {
    Purpose::Summary {
        cut,
        earlier: false,
    }
}

#[test]
fn a_compaction_begins_a_new_prefix_that_later_additions_leave_as_it_is() {
    let mut history = History::new(vec![user("wish"), call("a"), output("a")]);
    history.append([compaction("half done"), call("b"), output("b")]);
    let sent = history.for_request(Purpose::Step, true);
    assert_eq!(sent[0], user("wish"));
    assert_eq!(sent[2..], [call("b"), output("b")]);
    assert_eq!(history.items().len(), 6, "nothing is taken out of the log");
    history.append([user("more"), call("c"), output("c")]);
    let later = history.for_request(Purpose::Step, true);
    let bytes = |items: &[Value]| Value::from(items.to_vec()).to_string();
    assert!(bytes(&later).starts_with(bytes(&sent).trim_end_matches(']')));
    let again = History::new(history.items().to_vec());
    assert_eq!(again.for_request(Purpose::Step, true), later);
}

#[test]
fn a_request_for_a_summary_leaves_out_the_oldest_outputs_first() {
    let items: Vec<Value> = (0..8)
        .flat_map(|n| [call(&n.to_string()), output(&n.to_string())])
        .collect();
    let history = History::new(items);
    let whole = history.for_request(summary(0), true);
    assert_eq!(whole.len(), 17);
    assert_eq!(whole[16], user(prompt::COMPACT));
    let half = history.for_request(summary(2), true);
    assert_eq!(half.len(), 17, "every call keeps its answer");
    let made_room = |item: &&Value| item["output"] == MADE_ROOM;
    assert_eq!(half.iter().filter(made_room).count(), 4);
    assert_eq!(
        (&half[1]["output"], &half[15]),
        (&json!(MADE_ROOM), &output("7"))
    );
    assert_eq!(history.for_compaction(2, true), half[..16]);
    let most = history.for_request(summary(MOST_CUT), true);
    assert!((3..9).contains(&most.len()), "{}", most.len());
    assert_eq!(
        most[0]["type"], "function_call",
        "no answer without its call"
    );
}

#[test]
fn as_much_is_left_out_as_a_request_needs_to_fit() {
    let long = |id: &str| {
        json!({"type": "function_call_output", "call_id": id,
        "output": "x".repeat(8_000)})
    };
    let items = ["a", "b", "c", "d"]
        .iter()
        .flat_map(|id| [call(id), long(id)]);
    let history = History::new(items.collect());
    assert_eq!(history.cut_that_fits(20_000), 0);
    assert_eq!(history.cut_that_fits(5_000), 2);
    assert_eq!(history.cut_that_fits(1), MOST_CUT);
}

#[test]
fn only_what_would_become_much_shorter_is_worth_it() {
    let words = user(&"x".repeat(8_000));
    let long = json!({"type": "function_call_output", "call_id": "a", "output": "x".repeat(8_000)});
    let worth = |items: Vec<Value>| History::new(items).is_worth_compacting();
    assert!(!worth(vec![words.clone(), call("a"), output("a")]));
    assert!(worth(vec![words.clone(), call("a"), long.clone()]));
    let mut history = History::new(vec![words, call("a"), long]);
    history.append([compaction(&"s".repeat(4_000))]);
    assert!(!history.is_worth_compacting(), "it was just done");
}

#[test]
fn what_a_server_sealed_is_sent_to_that_server_only() {
    let sealed = json!({"type": "compaction", "id": "cmp_1", "encrypted_content": "xyz"});
    let mark = Mark {
        sealed: vec![sealed.clone()],
        sealed_by: "https://a".to_owned(),
        ..Mark::default()
    };
    let mut history = History::new(vec![user("wish"), call("a"), mark.to_item(&Value::Null)]);
    let sent = |history: &History| history.for_request(Purpose::Step, true).contains(&sealed);
    assert!(!sent(&history));
    history.set_reader("https://a".to_owned());
    assert!(sent(&history));
    history.append([reasoning_lost()]);
    assert!(!sent(&history), "it could not be read");
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
    let estimated = history.tokens(100);
    assert!((1_100..1_140).contains(&estimated), "{estimated}");
    history.measure(5_000);
    assert_eq!(history.tokens(7), 5_000);
    history.append([user(&"x".repeat(400))]);
    assert!(
        (5_100..5_140).contains(&history.tokens(0)),
        "{}",
        history.tokens(0)
    );
    history.append([compaction("short")]);
    assert!(history.tokens(0) < 2_000, "{}", history.tokens(0));
    history.measure_at(9_000, 1);
    assert!(history.tokens(0) < 2_000, "counted before the compaction");
    history.measure_at(9_000, 3);
    assert_eq!(history.tokens(0), 9_000);
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
