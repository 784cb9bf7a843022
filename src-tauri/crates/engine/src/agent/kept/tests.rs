use super::*;

fn user(text: &str) -> Value {
    prompt::note(text)
}

fn call(id: &str, name: &str, arguments: &Value) -> Value {
    json!({"type": "function_call", "call_id": id, "name": name, "arguments": arguments.to_string()})
}

fn output(id: &str, text: &str) -> Value {
    json!({"type": "function_call_output", "call_id": id, "output": text})
}

fn mark(room: u64) -> Value {
    json!({"summary": "Half done.", "facts": "\n# Checks that fail\n- `npm test`\n", "room": room})
}

/// The same, answered.
fn heard(before: &[Value]) -> Vec<Value> {
    let answer = json!({"type": "message", "role": "assistant",
        "content": [{"type": "output_text", "text": "Yes."}]});
    before.iter().cloned().chain([answer]).collect()
}

fn texts(kept: &Kept) -> Vec<&str> {
    let items = kept.items.iter();
    items
        .map(|item| item["content"][0]["text"].as_str().expect("it has text"))
        .collect()
}

#[test]
fn plan_facts_steps_and_summary_follow_the_persons_messages() {
    let plan = json!({"plan": [
        {"step": "Look", "status": "completed"}, {"step": "Change", "status": "in_progress"},
        {"step": "Test", "status": "pending"},
    ]});
    let broken = json!({"type": "function_call", "call_id": "q", "name": "update_plan",
        "arguments": "{\"plan\": ["});
    let before = [
        user("<environment_context>old"),
        user("first wish"),
        call("p", "update_plan", &plan),
        output("p", "Plan updated"),
        broken,
        user("<environment_context>new"),
        user("second wish"),
        call("a", "shell_command", &json!({"command": "ls"})),
        output("a", "Exit code: 0\nOutput:\na.txt"),
    ];
    let kept = kept(&before, &mark(1_000), "");
    let texts = texts(&kept);
    assert_eq!(
        texts[..3],
        ["<environment_context>new", "first wish", "second wish"]
    );
    assert_eq!(texts.len(), 4);
    assert_eq!((kept.whole, kept.cut, kept.steps), (2, 0, 2));
    let mut rest = texts[3];
    for part in [
        prompt::SUMMARY_START,
        "- [done] Look\n- [in progress] Change\n- [open] Test\n",
        "- `npm test`",
        "shell_command {\"command\":\"ls\"} -> Exit code: 0 Output: a.txt",
        "# Your own summary of the rest\nHalf done.",
        "</summary_of_earlier_work>",
    ] {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("{part} in {rest}"));
        rest = &rest[at + part.len()..];
    }
    assert_eq!(in_words(&kept), texts.join("\n\n"));
}

#[test]
fn a_second_compaction_does_not_take_the_note_of_the_first_for_a_wish() {
    let first = json!({"type": "greenlight_compaction", "summary": "The early part."});
    let before = [
        user("wish"),
        user("<summary_of_earlier_work>\nx"),
        first,
        user("more"),
    ];
    let kept = kept(&before, &json!({"summary": ""}), "");
    assert_eq!(texts(&kept)[..2], ["wish", "more"]);
    let note = texts(&kept)[2];
    assert!(
        note.contains("no summary of the rest") && note.contains("The early part."),
        "{note}"
    );
}

#[test]
fn within_the_room_messages_are_whole_and_the_others_say_what_is_missing() {
    let constraint = "Never touch the file legacy.txt.";
    let long = format!("begin {} end", "y".repeat(40_000));
    let before = [
        user(constraint),
        user(&long),
        user("x"),
        user(&"z".repeat(3_000)),
    ];
    let kept = kept(&heard(&before), &mark(1_000), "");
    let texts = texts(&kept);
    assert_eq!(texts[0], constraint);
    assert!(
        texts[1].starts_with("begin yy") && texts[1].ends_with("yy end"),
        "{}",
        texts[1]
    );
    assert!(
        texts[1].contains("tokens truncated") && texts[1].len() < 1_200,
        "{}",
        texts[1].len()
    );
    assert_eq!((texts[2], texts[3].len()), ("x", 3_000));
    assert_eq!((kept.whole, kept.cut), (3, 1));
}

#[test]
fn a_first_message_larger_than_the_room_leaves_some_to_the_newest() {
    let before = [user(&"a".repeat(40_000)), user(&"b".repeat(40_000))];
    let kept = kept(&heard(&before), &mark(4_000), "");
    let lengths: Vec<usize> = texts(&kept).iter().map(|text| text.len()).collect();
    assert!((10_000..12_100).contains(&lengths[0]), "{lengths:?}");
    assert!((3_000..4_100).contains(&lengths[1]), "{lengths:?}");
}

#[test]
fn of_very_many_messages_the_number_of_those_left_out_is_said() {
    let before: Vec<Value> = (0..200)
        .map(|n| user(&format!("{n} {}", "w".repeat(400))))
        .collect();
    let kept = kept(&heard(&before), &mark(1_000), "");
    let all = texts(&kept);
    assert!(
        all[0].starts_with("0 w") && all[all.len() - 2].starts_with("199 w"),
        "{all:?}"
    );
    assert!(kept.uncounted > 100, "{}", kept.uncounted);
    let said = format!("{} older messages", kept.uncounted);
    assert!(all[1].contains(&said), "{}", all[1]);
    assert_eq!(kept.whole + kept.cut + kept.uncounted, 200);
}

#[test]
fn pictures_are_named_and_not_sent_again() {
    let before = [json!({"type": "message", "role": "user", "content": [
        {"type": "input_text", "text": "like this"},
        {"type": "input_text", "text": "<image name=[Image #1] path=\"plan.png\">"},
        {"type": "input_image", "image_url": "data:image/png;base64,AAAA"},
        {"type": "input_text", "text": "</image>"},
    ]})];
    let kept = kept(&before, &mark(1_000), "");
    assert_eq!(kept.pictures, 1);
    let sent = Value::from(kept.items.clone()).to_string();
    assert!(
        sent.contains("plan.png") && !sent.contains("base64"),
        "{sent}"
    );
    assert!(in_words(&kept).contains("[This picture was sent before and is not sent again.]"));
}

#[test]
fn the_last_steps_are_told_in_a_line_each() {
    let before: Vec<Value> = (0..30)
        .flat_map(|n| {
            let id = n.to_string();
            let with = json!({"command": format!("run {n}")});
            [
                call(&id, "shell_command", &with),
                output(&id, &"o".repeat(5_000)),
            ]
        })
        .collect();
    let kept = kept(&before, &mark(1_000), "");
    let note = texts(&kept)[0];
    assert!(
        note.contains("The last 12 steps, after 18 earlier ones"),
        "{note}"
    );
    assert!(note.contains("run 18\"") && note.contains("run 29\"") && !note.contains("run 17\""));
    assert!(note.len() < 6_000, "{}", note.len());
}

#[test]
fn lists_are_bounded() {
    let standing = Standing {
        files: (0..500)
            .map(|n| format!("{n} {}", "f".repeat(1_000)))
            .collect(),
        ..Standing::default()
    };
    let text = standing.text();
    assert!(
        text.contains("and 380 more") && text.len() < 60_000,
        "{}",
        text.len()
    );
    assert_eq!(Standing::default().text(), "");
}

#[test]
fn what_the_model_has_not_answered_stays_whole() {
    let long = format!("begin {} end", "y".repeat(40_000));
    let mut before = heard(&[user("a wish"), user(&long)]);
    before.extend([
        user(&long),
        user("<environment_context>new"),
        user("and this"),
    ]);
    let kept = kept(&before, &mark(1_000), "");
    let texts = texts(&kept);
    assert_eq!(
        (texts[1], texts[3], texts[4]),
        ("a wish", &*long, "and this")
    );
    assert!(texts[2].contains("tokens truncated"));
}
