//! Everything the model and its server do wrong: it is named, the task goes on, nothing is lost.

use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::model::stream;

use crate::world::Ran;
use crate::world::World;

use crate::run::letter;

/// Runs one request against replies, and answers with what was printed.
fn against(replies: Vec<Reply>, code: i32) -> (Ran, Model) {
    let project = letter();
    let before = project.snapshot();
    let mut recorder = project.record();
    let world = World::new();
    let model = Model::start(replies);
    let got = world
        .run(
            &model.base_url(),
            project.path(),
            &["--json", "--model", "gpt-5-codex"],
            "Write to Ann",
        )
        .ended(code);
    before.assert_unchanged(project.path());
    recorder.assert_silent();
    (got, model)
}

#[test]
fn what_will_not_get_better_is_said_at_once() {
    let declined = json!({
        "type": "message", "role": "assistant",
        "content": [{ "type": "refusal", "refusal": "I will not write to Ann." }],
    });
    let declined = stream()
        .event(
            "response.output_item.done",
            json!({ "output_index": 0, "item": declined }),
        )
        .completed();
    for (reply, code, named) in [
        (
            Reply::unauthorized(),
            "key_rejected",
            "rejected the API key",
        ),
        (
            Reply::model_not_found("gpt-5-codex"),
            "model_not_found",
            "`gpt-5-codex`",
        ),
        (
            Reply::error(403, "forbidden", "Not from here."),
            "forbidden",
            "Not from here.",
        ),
        (
            Reply::error(429, "insufficient_quota", "You exceeded your quota."),
            "no_credit",
            "credit",
        ),
        (Reply::rate_limited("86400"), "rate_limited", "24 hours"),
        (Reply::html(), "not_a_stream", "not a model's answer"),
        (declined, "declined", "I will not write to Ann."),
        (
            stream().incomplete("max_output_tokens"),
            "cut_short",
            "max_output_tokens",
        ),
        (stream().completed(), "empty", "answered with nothing"),
    ] {
        let (got, model) = against(vec![reply], 5);
        let errors = got.items("error");
        let error = errors
            .last()
            .unwrap_or_else(|| panic!("{named}: {}", got.out));
        assert_eq!(error["code"], code, "{error}");
        let sentence = error["message"].as_str().unwrap();
        assert!(sentence.contains(named), "{named}: {sentence}");
        assert!(!error["hint"].as_str().unwrap().is_empty(), "{error}");
        assert!(
            got.err.starts_with(sentence),
            "a person reads it too: {}",
            got.err
        );
        model.assert_finished();
    }
}

#[test]
fn what_may_get_better_is_tried_again() {
    let half = Reply::text("It says Ann now.");
    for first in [
        Reply::rate_limited("0"),
        Reply::server_error(),
        Reply::error(503, "overloaded", "Overloaded."),
        half.clone().cut_after(400),
        stream().text("Half of").cut(),
        stream().text("Half of").unfinished(),
        Reply::empty(),
        stream().failed("server_is_sad", "Too sad to go on."),
    ] {
        let said = format!("{first:?}");
        let (got, model) = against(vec![first, half.clone()], 0);
        let answers = got.items("answer");
        let newest = answers
            .last()
            .unwrap_or_else(|| panic!("{said}: {}", got.out));
        assert_eq!(newest["text"], "It says Ann now.", "{said}");
        let [before, after] = [0, 1].map(|request| model.requests()[request].input());
        assert_eq!(after[..before.len()], before[..], "{said}");
        assert_eq!(got.items("error"), Vec::<Value>::new(), "{said}");
        model.assert_finished();
    }
}

#[test]
fn a_server_that_is_down_is_named_and_the_turn_fails() {
    let project = letter();
    let world = World::new();
    let down = Model::down();
    let url = down.base_url();
    let host = url
        .trim_start_matches("http://")
        .trim_end_matches("/v1")
        .to_owned();
    let got = world.run(url, project.path(), &[], "Hello").ended(5);
    assert!(
        got.err.contains(&format!("Nothing answers at {host}.")),
        "{}",
        got.err
    );
    assert!(
        got.err.contains("Check that the server runs"),
        "{}",
        got.err
    );
}

#[test]
fn a_command_is_not_run_again_when_the_answer_after_it_is_cut() {
    let project = letter();
    let world = World::new();
    let model = Model::start([
        Reply::shell("echo once >> count.txt"),
        stream().text("I have").cut(),
        stream()
            .reasoning("Hm.")
            .shell("echo never >> count.txt")
            .cut(),
        Reply::shell("cat count.txt"),
        Reply::text("Once."),
    ]);
    let got = world
        .run(&model.base_url(), project.path(), &["--json"], "Count")
        .ended(0);
    model.assert_finished();
    let counted = model.requests()[4].last_result();
    assert!(
        counted.ends_with("Output:\nonce\n") || counted.ends_with("Output:\nonce"),
        "{counted}"
    );
    assert_eq!(got.items("command").len(), 2, "{}", got.out);
}

#[test]
fn events_that_make_no_sense_are_passed_over() {
    let broken = stream()
        .bytes("data: {not json\n\n")
        .bytes(": a comment\n\nevent: response.unheard_of\ndata: {\"type\":\"response.unheard_of\"}\n\n")
        .bytes([b'd', b'a', b't', b'a', b':', b' ', 0xff, 0xfe, b'\n', b'\n'].to_vec())
        .text("It says Ann now.")
        .completed();
    let (got, _) = against(vec![broken], 0);
    assert_eq!(got.items("answer")[0]["text"], "It says Ann now.");

    // Only nonsense is no answer, however often it comes.
    let nonsense = || Reply::sse("data: {not json\n\ndata: [1]\n\n");
    let (got, _) = against(std::iter::repeat_with(nonsense).take(6).collect(), 5);
    assert_eq!(got.items("error").len(), 1, "{}", got.out);
}

#[test]
fn a_call_that_cannot_be_carried_out_is_told_to_the_model_and_the_turn_goes_on() {
    let (got, model) = against(
        vec![
            stream()
                .function_call("no_such_tool", &json!({ "a": 1 }))
                .completed(),
            stream()
                .function_call_as("broken", "shell_command", "{\"command\": \"ls")
                .completed(),
            stream()
                .function_call_as("missing", "shell_command", "{\"cmd\": 1}")
                .completed(),
            Reply::patch(
                "*** Begin Patch\n*** Update File: letter.txt\n@@\n-the total is 13.\n\
                 +the total is 14.\n*** End Patch\n",
            ),
            Reply::patch("no patch at all"),
            Reply::text("I give up."),
        ],
        0,
    );
    let results: Vec<String> = model.requests()[1..]
        .iter()
        .map(|request| request.last_result())
        .collect();
    assert!(results[0].contains("no_such_tool"), "{}", results[0]);
    assert!(results[1].to_lowercase().contains("json"), "{}", results[1]);
    assert!(results[2].contains("command"), "{}", results[2]);
    assert!(results[3].contains("letter.txt"), "{}", results[3]);
    assert!(
        results[3].contains("the total is 12."),
        "the nearest text: {}",
        results[3]
    );
    assert!(results[4].contains("*** Begin Patch"), "{}", results[4]);
    let bad: Vec<Value> = got
        .items("badCall")
        .into_iter()
        .map(|mut call| call["tool"].take())
        .collect();
    assert_eq!(bad, ["no_such_tool", "shell_command", "shell_command"]);
    let patches = got.items("patch");
    assert_eq!(patches.len(), 2, "{}", got.out);
    assert!(
        patches[0]["error"].as_str().unwrap().contains("letter.txt"),
        "{}",
        patches[0]
    );
    assert_eq!(got.lines().last().unwrap()["diff"], "");
}

#[test]
fn a_patch_inside_the_shell_is_our_patch() {
    let body =
        "*** Begin Patch\n*** Update File: letter.txt\n@@\n-Dear Bob,\n+Dear Ann,\n*** End Patch\n";
    let project = letter().file("sub/letter.txt", "Dear Bob,\n");
    let world = World::new();
    let model = Model::start([
        Reply::shell(&format!("apply_patch <<'EOF'\n{body}EOF\n")),
        Reply::shell(&format!("cd sub && apply_patch <<'EOF'\n{body}EOF\n")),
        Reply::text("Both."),
    ]);
    let got = world
        .run(&model.base_url(), project.path(), &["--json"], "Ann")
        .ended(0);
    assert_eq!(got.items("patch").len(), 2, "{}", got.out);
    assert_eq!(got.items("command"), Vec::<Value>::new());
    let diff = got.lines().last().unwrap()["diff"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        diff.contains("+++ b/letter.txt") && diff.contains("+++ b/sub/letter.txt"),
        "{diff}"
    );
}
