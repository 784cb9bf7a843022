//! Faults of the network and of servers, put in on purpose: no turn is lost, nothing runs twice.
//!
//! | fault                                              | where it is tried                                                  |
//! | -------------------------------------------------- | ------------------------------------------------------------------ |
//! | connection cut at each byte                        | `every_cut_of_an_answer_is_survived_and_runs_nothing` and, at each byte, `a_stream_cut_anywhere_ends_in_one_retryable_failure` of the engine |
//! | ended before it was complete                       | `what_never_completes_is_given_up_after_five_tries_and_goes_on_later` |
//! | silence, only pings, endless, one enormous line    | `silence_size_and_length_have_limits` of the engine                 |
//! | one byte at a time                                 | `an_answer_in_single_bytes_is_the_same_answer`                      |
//! | bytes that are no text, events that are no JSON    | `provider::events_that_make_no_sense_are_passed_over`               |
//! | hostile arguments of a call                        | `arguments_made_to_hurt_run_nothing_and_are_told_to_the_model`      |
//! | ten megabytes of arguments                         | `arguments_of_ten_megabytes_are_let_go_and_told_to_the_model`       |
//! | the same event or call twice                       | `a_call_that_comes_again_is_not_run_again`                          |
//! | events out of order, or for nothing that began     | `deltas_of_nothing_and_items_out_of_order_make_one_answer`          |
//! | a 200 that is a page, an error or nothing          | `provider::what_will_not_get_better_is_said_at_once`, `a_200_that_is_no_stream_is_told_with_its_beginning` of the engine |
//! | too long a conversation                            | `too_long_a_conversation_is_summarised_and_not_tried_again`         |
//! | a key refused in the middle of the work            | `a_key_refused_after_a_command_stops_and_keeps_the_work`            |
//! | 429 in each form of asking to wait                 | `each_form_of_a_wait_is_kept_and_one_too_long_is_told`              |
//! | a wait that is too long to be kept unasked         | `waits`, and `failures` of the window                               |
//! | 500, 502, 503, 504, 529                            | `a_server_in_trouble_is_asked_five_times_in_all`                    |
//! | a redirect                                         | `a_redirect_is_not_followed_and_the_key_goes_nowhere`               |
//! | local servers in their own ways                    | `wires::what_local_servers_do_their_own_way_works_all_the_same`, `a_server_that_counts_nothing_is_asked_without_it`, `a_model_that_only_chat_knows_is_found_there` |
//! | a first token that is slow                         | `connections::a_first_token_that_is_slow_is_waited_for`             |
//! | Azure                                              | `azure`                                                             |
//! | a proxy that dies in the middle, or refuses        | `connections::a_proxy_that_dies_in_the_middle_is_named_and_the_answer_asked_for_again`, `ways` |
//! | bodies packed small that are without end           | `connections::what_is_compressed_is_not_asked_for_and_not_taken`    |
//! | a computer that sleeps                             | `connections::a_computer_that_slept_while_the_connection_ended_goes_on_without_doing_anything_twice` |
//! | a network that goes and comes back                 | `connections::a_network_that_goes_away_and_comes_back_is_met_again` |
//! | certificates that are not to be trusted            | `ways`, `reach` of the engine's providers                           |
//! | output of a command: 100 MB, binary, endless       | `endless_output_is_cut_and_ended` of the engine, `connections::output_that_is_large_or_no_text_is_cut_and_the_turn_goes_on` |
//! | reasoning that cannot be read any more             | `connections::reasoning_that_the_server_cannot_read_any_more_is_left_out_and_the_turn_goes_on` |
//! | Stop while the server is silent                    | `driver` of the engine for the order; `cargo xtask bench stop` for the time |
//! | killed in the middle                               | `life::everything_survives_a_kill_in_the_middle_of_a_turn`, `a_call_of_before_a_kill_is_not_run_by_continue` |

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::Script;
use support::model::chat as said;
use support::model::stream;
use support::project::Project;

use crate::run::letter;
use crate::world::Ran;
use crate::world::World;

const ONCE: &str = "echo once >> count.txt";

fn on(project: &Project, model: &Model, code: i32) -> Ran {
    World::new()
        .run(
            &model.base_url(),
            project.path(),
            &["--json", "--model", "gpt-5-codex"],
            "Count",
        )
        .ended(code)
}

fn against(replies: Vec<Reply>, code: i32) -> (Ran, Model) {
    let (project, model) = (letter(), Model::start(replies));
    let got = on(&project, &model, code);
    model.assert_finished();
    (got, model)
}

fn code_of(got: &Ran) -> Value {
    let errors = got.items("error");
    errors.last().expect("an error is told")["code"].clone()
}

/// What the draft did to the file that each run of [`ONCE`] makes longer.
fn runs(got: &Ran) -> usize {
    let diff = got.lines().last().expect("there is output")["diff"].clone();
    diff.as_str()
        .expect("the diff is text")
        .matches("+once")
        .count()
}

#[test]
fn every_cut_of_an_answer_is_survived_and_runs_nothing() {
    // Each run is a process of its own, so only every so many bytes here.
    for bytes in (1..1400).step_by(97) {
        let (got, _) = against(
            vec![
                stream()
                    .text("First this.")
                    .shell(ONCE)
                    .completed()
                    .cut_after(bytes),
                Reply::text("Done."),
            ],
            0,
        );
        assert_eq!(got.items("command"), Vec::<Value>::new(), "cut at {bytes}");
        assert_eq!(got.items("error"), Vec::<Value>::new(), "cut at {bytes}");
        assert_eq!(
            got.items("answer").last().unwrap()["text"],
            "Done.",
            "cut at {bytes}"
        );
    }
}

#[test]
fn what_never_completes_is_given_up_after_five_tries_and_goes_on_later() {
    let model = Model::start(
        std::iter::once(Reply::shell(ONCE))
            .chain(std::iter::repeat_with(|| stream().text("Half").unfinished()).take(6))
            .collect::<Vec<_>>(),
    );
    let (world, project) = (World::new(), letter());
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Count", "auto");
    let held_up = serve.ended(&task);
    assert_eq!(
        (&held_up["turn"], &held_up["state"]),
        (&json!("failed"), &json!("paused"))
    );
    model.assert_finished();
    model.push(Reply::text("Here I am again."));
    serve.call("task/continue", json!({ "task": task }));
    assert_eq!(serve.ended_after_start(&task)["turn"], "done");
    let last = model.requests().pop().unwrap();
    assert_eq!(last.results().len(), 1, "the command ran once");
    serve.close();
}

#[test]
fn an_answer_in_single_bytes_is_the_same_answer() {
    let words = "Grüße, 日本 and 🌱.";
    let whole = sse(&[
        json!({ "type": "response.output_item.done", "output_index": 0, "item": {
            "type": "message", "role": "assistant",
            "content": [{ "type": "output_text", "text": words }] } }),
        json!({ "type": "response.completed", "response": { "id": "r" } }),
    ])
    .replace('\n', "\r\n");
    let mut bytes = stream();
    for byte in whole.into_bytes() {
        bytes = bytes.bytes(vec![byte]);
    }
    let (got, _) = against(vec![bytes.unfinished()], 0);
    assert_eq!(got.items("answer").last().unwrap()["text"], words);
}

#[test]
fn arguments_made_to_hurt_run_nothing_and_are_told_to_the_model() {
    let deep = format!(
        "{{\"command\": {}{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let hurtful = [
        "{\"command\": \"echo once >> count.txt".to_owned(),
        deep,
        "{\"command\": \"echo once >> count.txt\", \"timeout_ms\": NaN}".to_owned(),
        "{\"command\": \"true\", \"command\": \"echo once >> count.txt\"}".to_owned(),
    ];
    let mut replies: Vec<Reply> = hurtful
        .iter()
        .enumerate()
        .map(|(at, arguments)| {
            stream()
                .function_call_as(&format!("bad_{at}"), "shell_command", arguments)
                .completed()
        })
        .collect();
    replies.push(Reply::text("I give up."));
    let (got, model) = against(replies, 0);
    assert_eq!(got.items("command"), Vec::<Value>::new(), "{}", got.out);
    assert_eq!(got.items("badCall").len(), hurtful.len(), "{}", got.out);
    assert_eq!(runs(&got), 0);
    assert_eq!(
        model.requests().last().unwrap().results().len(),
        hurtful.len(),
        "each is answered"
    );
}

/// An answer that says a word and calls [`ONCE`], and then calls with ten megabytes of arguments, in
/// pieces or in one line; in either form of requests.
fn ten_megabytes(chat: bool, pieces: bool, gate: &Gate) -> Reply {
    let piece = "x".repeat(64 << 10);
    let whole = piece.repeat(160);
    if chat {
        let event = |delta: Value| {
            let choices = json!([{ "index": 0, "delta": delta, "finish_reason": null }]);
            format!("data: {}\n\n", json!({ "id": "c", "choices": choices }))
        };
        let call = |at: u64, id: &str, name: &str, arguments: &str| {
            let function = json!({ "name": name, "arguments": arguments });
            event(json!({ "tool_calls": [{ "index": at, "id": id, "function": function }] }))
        };
        let more = |arguments: &str| {
            let function = json!({ "arguments": arguments });
            event(json!({ "tool_calls": [{ "index": 1, "function": function }] }))
        };
        let once = json!({ "command": ONCE }).to_string();
        let mut body = event(json!({ "content": "Now." }))
            + &call(0, "small", "shell_command", &once)
            + &call(1, "huge", "shell_command", "{\"command\": \"");
        match pieces {
            true => (0..160).for_each(|_| body.push_str(&more(&piece))),
            false => body.push_str(&more(&whole)),
        }
        return in_pieces(&body, gate);
    }
    let item = |id: &str, arguments: &str| {
        json!({ "type": "function_call", "id": format!("fc_{id}"), "call_id": id,
            "name": "shell_command", "arguments": arguments })
    };
    let event = |name: &str, at: u64, more: Value| {
        let mut event = json!({ "type": name, "output_index": at });
        let more = more.as_object().expect("an object").clone();
        event.as_object_mut().expect("an object").extend(more);
        event
    };
    let added = "response.output_item.added";
    let done = "response.output_item.done";
    let once = json!({ "command": ONCE }).to_string();
    let message = json!({ "type": "message", "role": "assistant",
        "content": [{ "type": "output_text", "text": "Now." }] });
    let mut events = vec![
        event(done, 0, json!({ "item": message })),
        event(added, 1, json!({ "item": item("small", "") })),
        event(done, 1, json!({ "item": item("small", &once) })),
        event(added, 2, json!({ "item": item("huge", "") })),
    ];
    let delta = "response.function_call_arguments.delta";
    match pieces {
        true => events.extend((0..160).map(|_| event(delta, 2, json!({ "delta": piece })))),
        false => events.push(event(done, 2, json!({ "item": item("huge", &whole) }))),
    }
    in_pieces(&sse(&events), gate)
}

/// A stream of these bytes, which ends only when the gate is opened.
fn in_pieces(body: &str, gate: &Gate) -> Reply {
    let pieces = body.as_bytes().chunks(64 << 10);
    pieces
        .fold(stream(), |stream, piece| stream.bytes(piece.to_vec()))
        .gate(gate)
        .unfinished()
}

#[test]
fn arguments_of_ten_megabytes_are_let_go_and_told_to_the_model() {
    for (chat, pieces) in [(false, true), (false, false), (true, true), (true, false)] {
        let gate = Gate::new();
        let replies = [ten_megabytes(chat, pieces, &gate)];
        let model = match chat {
            true => Model::of_chat(replies),
            false => Model::start(replies),
        };
        model.push(match chat {
            true => said().text("Smaller.").completed(),
            false => Reply::text("Smaller."),
        });
        let got = on(&letter(), &model, 0);
        let tried = format!("chat {chat}, in pieces {pieces}: {}", got.out);
        // It is let go of before its end, which never comes.
        model.wait_hang_up_blocking(1);
        model.assert_finished();
        assert_eq!(got.items("command"), Vec::<Value>::new(), "{tried}");
        assert_eq!(got.items("badCall").len(), 1, "{tried}");
        assert_eq!(got.items("error"), Vec::<Value>::new(), "{tried}");
        assert_eq!(runs(&got), 0, "{tried}");
        let again = model.requests()[1].json().to_string();
        assert!(again.contains("longer than 1 MB"), "{again}");
        assert!(again.len() < 100 << 10, "{} bytes", again.len());
        assert!(again.contains("Now."), "what was said stays: {again}");
        assert!(!again.contains("\"small\""), "half an answer calls nothing");
    }
}

#[test]
fn a_line_of_ten_megabytes_that_belongs_to_no_call_is_not_taken() {
    let text = json!({ "type": "response.output_text.delta", "delta": "x".repeat(10 << 20) });
    let (got, _) = against(vec![Reply::sse(sse(&[text]))], 5);
    assert_eq!(code_of(&got), "too_large");
}

#[test]
fn a_call_that_comes_again_is_not_run_again() {
    let arguments = json!({ "command": ONCE }).to_string();
    let call = || {
        stream()
            .function_call_as("call_1", "shell_command", &arguments)
            .function_call_as("call_1", "shell_command", &arguments)
            .completed()
    };
    let cut = stream()
        .function_call_as("call_1", "shell_command", &arguments)
        .cut();
    let (got, model) = against(vec![cut, call(), call(), Reply::text("Once.")], 0);
    assert_eq!(runs(&got), 1, "{}", got.out);
    assert_eq!(got.items("command").len(), 1, "{}", got.out);
    assert!(
        model.requests()[3]
            .last_result()
            .contains("carried out already")
    );
}

#[test]
fn deltas_of_nothing_and_items_out_of_order_make_one_answer() {
    let message = |text: &str| {
        json!({ "type": "message", "role": "assistant",
            "content": [{ "type": "output_text", "text": text }] })
    };
    let done = |index: u64, text: &str| {
        json!({ "type": "response.output_item.done", "output_index": index,
            "item": message(text) })
    };
    let body = sse(&[
        json!({ "type": "response.output_text.delta", "output_index": 7, "delta": "nowhere" }),
        done(1, "second"),
        done(0, "first"),
        json!({ "type": "response.completed", "response": { "id": "r" } }),
    ]);
    let (got, _) = against(vec![Reply::sse(body)], 0);
    let mut texts: Vec<Value> = got
        .items("answer")
        .iter()
        .map(|answer| answer["text"].clone())
        .collect();
    texts.sort_by_key(Value::to_string);
    assert_eq!(texts, ["first", "second"], "{}", got.out);
}

fn sse(events: &[Value]) -> String {
    events
        .iter()
        .map(|event| {
            let name = event["type"].as_str().expect("an event has a type");
            format!("event: {name}\ndata: {event}\n\n")
        })
        .collect()
}

#[test]
fn too_long_a_conversation_is_summarised_and_not_tried_again() {
    let (got, model) = against(
        vec![
            Reply::error(400, "context_length_exceeded", "Too long."),
            Reply::text("The person wants a count."),
            Reply::text("Done."),
        ],
        0,
    );
    assert_eq!(got.items("compaction").len(), 1, "{}", got.out);
    assert_eq!(model.requests().len(), 3);
    let again = || Reply::error(400, "context_length_exceeded", "Too long.");
    let (got, _) = against(vec![again(), Reply::text("A summary."), again()], 5);
    assert_eq!(code_of(&got), "context_too_long");
}

#[test]
fn a_key_refused_after_a_command_stops_and_keeps_the_work() {
    for refusal in [Reply::unauthorized(), Reply::error(403, "no", "Not you.")] {
        let (got, model) = against(vec![Reply::shell(ONCE), refusal], 5);
        assert_eq!(runs(&got), 1, "{}", got.out);
        let sent = model.requests()[0]
            .header("authorization")
            .unwrap()
            .to_owned();
        let key = sent.trim_start_matches("Bearer ");
        assert!(!got.out.contains(key) && !got.err.contains(key));
    }
}

#[test]
fn each_form_of_a_wait_is_kept_and_one_too_long_is_told() {
    let limited = || Reply::error(429, "rate_limit_exceeded", "Slower.");
    for (name, value) in [
        ("retry-after", "0"),
        ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("retry-after-ms", "20"),
        ("x-ratelimit-reset-requests", "120ms"),
        ("x-unknown", ""),
    ] {
        let (got, model) = against(vec![limited().header(name, value), Reply::text("Done.")], 0);
        assert_eq!(model.requests().len(), 2, "{name}: {value}");
        assert_eq!(got.items("error"), Vec::<Value>::new(), "{name}: {value}");
    }
    for (name, value) in [
        ("retry-after", "86400"),
        ("retry-after-ms", "61000"),
        ("x-ratelimit-reset-tokens", "6m0s"),
        ("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT"),
    ] {
        let (got, _) = against(vec![limited().header(name, value)], 5);
        assert_eq!(code_of(&got), "rate_limited", "{name}: {value}");
        assert!(got.err.contains("asks to wait"), "{name}: {}", got.err);
    }
}

#[test]
fn a_server_in_trouble_is_asked_five_times_in_all() {
    for status in [500, 502, 503, 504, 529] {
        let trouble = || Reply::error(status, "trouble", "In trouble.");
        let (got, _) = against(std::iter::repeat_with(trouble).take(5).collect(), 5);
        assert_eq!(code_of(&got), "provider_unavailable", "{status}");
    }
}

#[test]
fn a_redirect_is_not_followed_and_the_key_goes_nowhere() {
    let elsewhere = Model::start([]);
    let to = format!("{}/responses", elsewhere.base_url());
    for status in [301, 302, 307, 308] {
        let (got, _) = against(vec![Reply::raw(status, "").header("location", &to)], 5);
        assert_eq!(code_of(&got), "redirected", "{status}");
    }
    assert!(elsewhere.requests().is_empty());
    elsewhere.assert_finished();
}

#[test]
fn a_server_that_counts_nothing_is_asked_without_it() {
    let model = Model::of_chat([
        Reply::error(400, "invalid", "Unknown parameter: 'stream_options'."),
        said().shell(ONCE).completed(),
        said().text("Done.").completed(),
    ]);
    let got = on(&letter(), &model, 0);
    model.assert_finished();
    assert_eq!(runs(&got), 1, "{}", got.out);
    let asked: Vec<bool> = model
        .requests()
        .iter()
        .map(|request| request.json()["stream_options"].is_object())
        .collect();
    assert_eq!(asked, [true, false, false], "and it is remembered");
}

#[test]
fn a_model_that_only_chat_knows_is_found_there() {
    let model = Model::of_both(Script::each(|request| {
        match request.path.ends_with("/responses") {
            true => Reply::error(
                404,
                "not_found",
                "The model gpt-5-codex is not served here.",
            ),
            false => said().text("Hello.").completed(),
        }
    }));
    let got = on(&letter(), &model, 0);
    assert_eq!(got.items("answer")[0]["text"], "Hello.");
}

#[test]
fn a_call_of_before_a_kill_is_not_run_by_continue() {
    let arguments = json!({ "command": ONCE }).to_string();
    let call = || {
        stream()
            .function_call_as("call_1", "shell_command", &arguments)
            .completed()
    };
    let gate = Gate::new();
    let model = Model::start([call(), stream().text("I ha").gate(&gate).completed()]);
    let (world, project) = (World::new(), letter());
    let mut serve = world.serve(&model.base_url());
    let opened = serve.open(project.path());
    let task = serve.start("Count", "auto");
    gate.reached_blocking();
    serve.kill();
    let mut serve = world.serve(&model.base_url());
    serve.call("project/reopen", json!({ "project": opened["id"] }));
    model.push(call());
    model.push(Reply::text("Once."));
    serve.call("task/continue", json!({ "task": task }));
    assert_eq!(serve.ended_after_start(&task)["turn"], "done");
    let commands = serve.view(&task)["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["kind"]["type"] == "command")
        .count();
    assert_eq!(commands, 1, "the same call of the next turn is not run");
    serve.close();
}
