//! Where a key must not get, whatever kind of provider it is for: files, requests and exports.

use std::path::Path;
use std::path::PathBuf;

use base64::Engine as _;
use serde_json::json;
use support::keychain::Keychain;
use support::model::Model;
use support::model::Reply;
use support::model::chat as said;
use support::model::stream;

use crate::client::Serve;
use crate::run::letter;
use crate::world::World;

const TYPED: &str = "sk-typed-by-the-person-4711";

/// Kinds of providers, and whether they are asked by Chat Completions.
const KINDS: [(&str, bool); 8] = [
    ("gateway", false),
    ("openAi", false),
    ("azure", false),
    ("ollama", true),
    ("lmStudio", true),
    ("llamaCpp", true),
    ("vllm", true),
    ("custom", true),
];

/// Prints the key in all its forms. The words of the command do not have it, as little as a command
/// of the agent could: it was never told.
fn printing() -> String {
    let (start, end) = TYPED.split_at(9);
    format!(
        "K={start}; K=${{K}}{end}; printf '%s\\n' $K; printf 'x%s' $K | base64; printf '%s' $K | rev; echo; \
         printf '%s' $K | od -An -tx1; printf '%s' ${{K%????}}; sleep 0.2; printf '%s\\n' ${{K#${{K%????}}}}; \
         env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; echo LOOKED"
    )
}

/// What a server says when it refuses, with the key in its words.
fn refusing() -> Reply {
    Reply::error(
        400,
        "invalid_request_error",
        &format!("No: {TYPED} asks too much."),
    )
}

/// Has the agent print the key and the server repeat it, and exports the conversation.
fn a_task(serve: &mut Serve, model: &Model, project: &Path, export: &Path) {
    serve.open(project);
    let start = json!({ "text": "Look around.", "model": "gpt-5-codex", "permission": "auto" });
    let task = serve.call("task/start", start);
    let id = task["id"].as_str().expect("an id").to_owned();
    serve.ended(&id);
    let result = model.requests()[1].last_result();
    assert!(
        result.contains("LOOKED") && result.contains("[key]"),
        "{result}"
    );
    for form in forms() {
        assert!(!compact(&result).contains(&form), "{form} in {result}");
    }
    let view = serve.call("task/get", json!({ "task": id })).to_string();
    assert!(!view.contains(TYPED), "{view}");
    assert!(
        view.contains("5 places with a key that Greenlight uses in the result of a tool"),
        "{view}"
    );
    assert!(view.contains("No: [key] asks too much."), "{view}");
    let asked = json!({ "task": id, "path": export });
    let exported = serve.call("task/export", asked);
    let taken = exported["takenOut"].as_str().expect("a sentence");
    assert!(
        taken.contains("No key") || taken.contains("Taken out"),
        "{taken}"
    );
    let text = std::fs::read_to_string(export).expect("it was written");
    assert!(
        text.contains("## You\n\nLook around.") && text.contains("LOOKED"),
        "{text}"
    );
}

fn compact(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The key, and what it looks like in other dress.
fn forms() -> Vec<String> {
    let hex: String = TYPED.bytes().map(|byte| format!("{byte:02x}")).collect();
    let base64 = base64::engine::general_purpose::STANDARD_NO_PAD.encode(format!("x{TYPED}"));
    vec![
        TYPED.to_owned(),
        TYPED.chars().rev().collect(),
        hex,
        // Its ends hold bits of what is beside it.
        base64[2..base64.len() - 1].to_owned(),
    ]
}

fn script(chat: bool) -> Model {
    match chat {
        true => Model::of_chat([said().shell(&printing()).completed(), refusing()]),
        false => Model::start([Reply::shell(&printing()), refusing()]),
    }
}

#[test]
fn a_key_of_any_kind_of_provider_is_in_no_file_no_request_and_no_export() {
    let (keychain, project) = (Keychain::unlocked(), letter());
    for (kind, chat) in KINDS {
        let (world, model) = (World::new(), script(chat));
        let mut serve = world.serve_on(&keychain.address(), &[]);
        let url = match kind {
            "azure" => format!("{}/openai/v1", model.base_url().trim_end_matches("/v1")),
            _ => model.base_url(),
        };
        let wire = if chat { "chat" } else { "responses" };
        let put = json!({
            "provider": null, "name": format!("Mine {kind}"), "baseUrl": url, "kind": kind,
            "wire": wire,
        });
        let chosen = serve.call("provider/put", put)["chosen"].clone();
        serve.call(
            "credential/set",
            json!({ "provider": chosen, "key": TYPED }),
        );
        let export = world.folder().join("export.md");
        a_task(&mut serve, &model, project.path(), &export);
        serve.close();
        let sent = &model.requests()[0];
        let given = sent.header("authorization").or(sent.header("api-key"));
        assert!(given.is_some_and(|given| given.ends_with(TYPED)), "{kind}");
        assert_eq!(holding(world.folder()), Vec::<PathBuf>::new(), "{kind}");
    }
}

#[test]
fn a_key_of_the_environment_is_in_no_file_no_request_and_no_export() {
    let project = letter();
    let (world, model) = (World::new(), script(false));
    let url = model.base_url();
    let given = [("OPENAI_API_KEY", TYPED), ("OPENAI_BASE_URL", &url)];
    let mut serve = world.serve_on(support::keychain::NO_BUS, &given);
    let export = world.folder().join("export.md");
    a_task(&mut serve, &model, project.path(), &export);
    serve.close();
    assert_eq!(holding(world.folder()), Vec::<PathBuf>::new());
}

#[test]
fn a_conversation_that_cannot_be_saved_is_said() {
    let project = letter();
    let (world, model) = (
        World::new(),
        Model::start([stream().text("Hi.").completed()]),
    );
    let url = model.base_url();
    let mut serve = world.serve_on(support::keychain::NO_BUS, &[("OPENAI_BASE_URL", &url)]);
    serve.open(project.path());
    let start = json!({ "text": "Hello.", "model": "gpt-5-codex", "permission": "auto" });
    let id = serve.call("task/start", start)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    serve.ended(&id);
    let refused = serve.refused(
        "task/export",
        json!({ "task": id, "path": "/no/such/folder/a.md" }),
    );
    let message = refused["message"].as_str().unwrap();
    assert!(
        message.starts_with("The conversation could not be saved as /no/such/folder/a.md")
            && message.ends_with("Nothing was written."),
        "{message}"
    );
    serve.close();
}

/// Files below `folder` with the key in any form.
fn holding(folder: &Path) -> Vec<PathBuf> {
    let forms = forms();
    let (mut found, mut read) = (Vec::new(), 0);
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder can be read") {
            let path = entry.expect("an entry").path();
            if path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                open.push(path);
                continue;
            }
            read += 1;
            let bytes = std::fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            if forms.iter().any(|form| text.contains(form)) {
                found.push(path);
            }
        }
    }
    assert!(read > 5, "only {read} files were looked through");
    found
}

/// A test script that prints the key by itself, in the name of a test, in base64, and in two pieces a
/// line end and a while apart. Its words do not have the key.
fn printing_check() -> String {
    let (start, end) = TYPED.split_at(9);
    format!(
        "K={start}; K=${{K}}{end}; echo \"the key is $K.\"; \
         printf x%s \"$K\" | base64; printf %s \"${{K%????????}}\"; sleep 0.3; \
         printf '%s\\n' \"${{K#\"${{K%????????}}\"}}\"; \
         echo TAP version 13; echo \"not ok 1 - opens with $K\"; echo '# tests 1'; \
         echo '# pass 0'; echo '# fail 1'; exit 1"
    )
}

#[test]
fn a_key_that_a_check_prints_is_in_no_file_no_event_and_no_request() {
    let (keychain, project) = (Keychain::unlocked(), letter());
    let (world, model) = (
        World::new(),
        Model::start([Reply::text("Hello."), Reply::text("I cannot mend that.")]),
    );
    let mut serve = world.serve_on(&keychain.address(), &[]);
    let put = json!({
        "provider": null, "name": "Mine", "baseUrl": model.base_url(), "kind": "gateway",
        "wire": "responses",
    });
    let chosen = serve.call("provider/put", put)["chosen"].clone();
    serve.call(
        "credential/set",
        json!({ "provider": chosen, "key": TYPED }),
    );
    serve.open(project.path());
    let task = serve.work("Hello", "auto");
    let check = serve.typed(&task, &printing_check(), true);
    let ran = serve.check(&task, &check, None);
    assert_eq!(ran["failing"], json!(["opens with [key]"]), "{ran}");
    let output = ran["output"].as_str().expect("it printed");
    assert!(output.contains("the key is [key]."), "{output}");
    serve.call("check/send", json!({ "task": task, "check": check }));
    serve.ended_after_start(&task);
    let asked = json!(model.requests()[1].input()).to_string();
    assert!(asked.contains("opens with [key]"), "{asked}");
    let live: String = serve
        .events()
        .iter()
        .filter(|event| event["type"] == "itemDelta")
        .filter_map(|event| event["text"].as_str())
        .collect();
    assert!(live.contains("the key is [key]."), "shown live: {live}");
    let told = json!([serve.events(), serve.view(&task), live]).to_string();
    for form in forms() {
        assert!(!compact(&asked).contains(&form), "{form} in {asked}");
        assert!(!compact(&told).contains(&form), "{form} in {told}");
    }
    serve.close();
    assert_eq!(holding(world.folder()), Vec::<PathBuf>::new());
}
