//! A task driven through three compactions over each wire: no step that is done becomes open again, and
//! no constraint of the first message is lost from any later request.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::model::Request;
use support::model::Script;
use support::model::chat;
use support::model::stream;

use crate::compaction::CONSTRAINT;
use crate::compaction::SMALL;
use crate::compaction::STEPS;
use crate::compaction::archive;
use crate::compaction::counted;
use crate::compaction::is_for_a_summary;
use crate::compaction::said;
use crate::wires::add;
use crate::wires::serve;
use crate::world::World;

/// Where each part of the plan stands by the request itself: the newest word of it, in the app's note
/// or in a call that set the plan.
fn plan_of(request: &Request) -> BTreeMap<usize, String> {
    let mut plan = BTreeMap::new();
    let mut says = |step: &str, state: &str| {
        let number = step
            .strip_prefix("Read part ")
            .and_then(|rest| rest.strip_suffix('.'));
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            plan.insert(number, state.replace(' ', "_"));
        }
    };
    for item in request.input().into_iter().chain(request.messages()) {
        let parts = item["content"].as_array().into_iter().flatten();
        let texts = parts.filter_map(|part| part["text"].as_str());
        for line in texts.chain(item["content"].as_str()).flat_map(str::lines) {
            if let Some((state, step)) = line.strip_prefix("- [").and_then(|l| l.split_once("] ")) {
                says(step, state);
            }
        }
        let calls = item["tool_calls"].as_array().into_iter().flatten();
        let calls = calls.map(|call| &call["function"]["arguments"]);
        for arguments in calls.chain([&item["arguments"]]).filter_map(Value::as_str) {
            let arguments: Value = serde_json::from_str(arguments).unwrap_or_default();
            for step in arguments["plan"].as_array().into_iter().flatten() {
                let state = match step["status"].as_str().unwrap_or_default() {
                    "completed" => "done",
                    "pending" => "open",
                    other => other,
                };
                says(step["step"].as_str().unwrap_or_default(), state);
            }
        }
    }
    plan
}

/// The parts that are done by it.
fn done_by(request: &Request) -> Vec<usize> {
    let plan = plan_of(request).into_iter();
    plan.filter(|(_, state)| state == "done")
        .map(|(number, _)| number)
        .collect()
}

fn plan(done: usize) -> Value {
    let steps = (0..STEPS).map(|n| {
        let status = match n {
            n if n < done => "completed",
            n if n == done => "in_progress",
            _ => "pending",
        };
        json!({ "step": format!("Read part {n}."), "status": status })
    });
    json!({ "plan": steps.collect::<Vec<_>>() })
}

/// A model that reads one part after the other, setting the plan at each. How far it is it knows from
/// the request alone.
fn read_on(request: &Request, is_chat: bool) -> Reply {
    let usage = counted(request);
    let say = |text: &str| match is_chat {
        true => chat().text(text).completed_with(usage),
        false => stream().text(text).completed_with(usage),
    };
    if is_for_a_summary(request) {
        return say("I read some parts. I noted nothing else.");
    }
    let next = match plan_of(request).is_empty() {
        true => 0,
        false => done_by(request).len() + 1,
    };
    if next == STEPS {
        return say("Tout est lu.");
    }
    let command = format!("cat part{next}.txt");
    match is_chat {
        true => chat()
            .call("update_plan", &plan(next))
            .shell(&command)
            .completed_with(usage),
        false => {
            let planned = stream().function_call("update_plan", &plan(next));
            planned.shell(&command).completed_with(usage)
        }
    }
}

/// Drives the task over one wire, and answers with all requests for a step.
fn through_three_compactions(form: &str) {
    let is_chat = form == "chat";
    let script = Script::each(move |request| read_on(request, is_chat));
    let model = match is_chat {
        true => Model::of_chat(script),
        false => Model::start(script),
    };
    let sealed = |n: usize| {
        json!({ "type": "compaction", "id": format!("cmp_{n}"),
        "encrypted_content": "c2VhbGVk".repeat(40) })
    };
    if form == "sealed" {
        let count = Mutex::new(0);
        model.compacts(move |request| {
            let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
            *count += 1;
            let mut output: Vec<Value> = request
                .input()
                .into_iter()
                .filter(|item| item["role"] == "user")
                .collect();
            output.push(sealed(*count));
            let body = json!({ "object": "response.compaction", "output": output });
            Reply::raw(200, body.to_string()).header("content-type", "application/json")
        });
    }
    let (world, project) = (World::new(), archive());
    let url = match form {
        "azure" => model.base_url().replace("/v1", ""),
        _ => model.base_url(),
    };
    let mut serve = serve(&world, &[]);
    let kind = match form {
        "azure" => "azure",
        _ => "custom",
    };
    let wire = if is_chat { "chat" } else { "auto" };
    let id = add(&mut serve, &url, json!(kind), json!(wire));
    serve.call(
        "credential/set",
        json!({ "provider": id, "key": "sk-a", "url": url }),
    );
    serve.open(project.path());
    serve.call("model/prefer", json!({ "model": SMALL, "effort": "usual" }));
    let first = format!("Read all {STEPS} parts. {CONSTRAINT}");
    let task = serve.work(&first, "auto");

    let told = serve.items(&task, "compaction");
    assert!(told.len() >= 3, "{form}: {} compactions", told.len());
    let requests = model.requests();
    let for_steps: Vec<&Request> = requests.iter().filter(|r| !is_for_a_summary(r)).collect();
    assert_eq!(for_steps.len(), STEPS + 1, "{form}");
    for (at, request) in for_steps.iter().enumerate() {
        let text = said(request);
        assert!(
            text.contains(CONSTRAINT),
            "{form}: request {at} lost the constraint"
        );
        assert!(
            text.len() < 16_385 * 4,
            "{form}: request {at} takes {} bytes",
            text.len()
        );
        let done: Vec<usize> = (0..at.saturating_sub(1)).collect();
        assert_eq!(
            done_by(request),
            done,
            "{form}: request {at}, what was done stays done"
        );
    }

    match form {
        "sealed" => {
            let last = for_steps.last().expect("steps were asked for").input();
            let found: Vec<&Value> = last
                .iter()
                .filter(|item| item["type"] == "compaction")
                .collect();
            assert_eq!(
                found,
                [&sealed(told.len())],
                "only the newest, to the letter"
            );
            assert_eq!(model.compact_requests().len(), told.len());
            let asked = model.compact_requests()[0].json();
            let mut names: Vec<&String> =
                asked.as_object().expect("it is an object").keys().collect();
            names.sort();
            let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
            assert_eq!(
                names,
                [
                    "input",
                    "instructions",
                    "model",
                    "parallel_tool_calls",
                    "prompt_cache_key",
                    "tools"
                ]
            );
        }
        "chat" => assert_eq!(model.compact_requests().len(), 0),
        _ => assert_eq!(model.compact_requests().len(), 1, "{form}: not asked again"),
    }
    if form == "azure" {
        let path = &model.compact_requests()[0].path;
        assert_eq!(path, "/openai/v1/responses/compact");
    }
    // Within an epoch each request begins with the bytes of the one before.
    let mut epochs = 0;
    for pair in for_steps.windows(2) {
        let [before, after] = [&pair[0], &pair[1]].map(|request| request.around_conversation().0);
        epochs += usize::from(!after.starts_with(&before));
    }
    assert_eq!(epochs, told.len(), "{form}: only a compaction begins anew");
    serve.close();
}

#[test]
fn three_compactions_over_responses_lose_no_step_and_no_constraint() {
    through_three_compactions("responses");
}

#[test]
fn three_compactions_by_the_server_itself_lose_no_step_and_no_constraint() {
    through_three_compactions("sealed");
}

#[test]
fn three_compactions_over_chat_completions_lose_no_step_and_no_constraint() {
    through_three_compactions("chat");
}

#[test]
fn three_compactions_over_azure_lose_no_step_and_no_constraint() {
    through_three_compactions("azure");
}
