//! Providers as a person sets them: certificates, redirects, models, a settings file broken by hand,
//! and the login shell's environment.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;
use serde_json::json;
use support::keychain::NO_BUS;
use support::model::Model;
use support::model::Reply;
use support::tls::Authority;
use support::tls::Front;
use support::tls::Identity;

use crate::client::Serve;
use crate::run::letter;
use crate::world::World;

const TYPED: &str = "sk-typed-by-the-person-4711";

/// `serve` with nothing said by the environment but these.
fn serve(world: &World, more: &[(&str, &Path)]) -> Serve {
    let mut command = world.command("");
    command
        .arg("serve")
        .arg("--data")
        .arg(world.data())
        .env_remove("OPENAI_API_KEY")
        .env_remove("OPENAI_BASE_URL")
        .env("DBUS_SESSION_BUS_ADDRESS", NO_BUS);
    command.envs(more.iter().copied());
    Serve::spawn(&mut command)
}

fn add(serve: &mut Serve, name: &str, url: &str) -> Value {
    let put = json!({ "provider": null, "name": name, "baseUrl": url });
    serve.call("provider/put", put)["chosen"].clone()
}

/// Adds a provider with a key at `url` and tries it.
fn check(serve: &mut Serve, name: &str, url: &str) -> Value {
    let id = add(serve, name, url);
    serve.call("credential/set", json!({ "provider": id, "key": TYPED }));
    serve.call(
        "model/prefer",
        json!({ "model": "gpt-5-codex", "effort": "usual" }),
    );
    serve.call("provider/check", json!({ "provider": id }))
}

#[test]
fn certificates_are_checked_and_what_is_wrong_with_one_is_said() {
    let (world, authority) = (World::new(), Authority::new("Trusted"));
    let model = Model::start([Reply::text("OK")]);
    let mut serve = serve(&world, &[("SSL_CERT_FILE", &authority.file())]);
    let stranger = Authority::new("Stranger");
    for (number, (identity, words)) in [
        (
            Identity::self_signed("localhost"),
            "nobody that this computer trusts vouches for its certificate",
        ),
        (
            stranger.good("localhost"),
            "nobody that this computer trusts vouches for its certificate",
        ),
        (
            authority.good("other.example"),
            "its certificate was made for another host",
        ),
        (
            authority.expired("localhost"),
            "its certificate has expired",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let front = Front::start(identity, model.address());
        let url = front.base_url("localhost");
        let report = check(&mut serve, &format!("P{number}"), &url);
        assert_eq!(report["works"], false, "{report}");
        assert_eq!(report["code"], "untrusted", "{report}");
        let message = report["message"].as_str().unwrap();
        assert!(
            message.starts_with("The connection to localhost:") && message.contains(words),
            "{message}"
        );
    }
    assert!(model.requests().is_empty(), "no key went through");

    let front = Front::start(authority.good("localhost"), model.address());
    let report = check(&mut serve, "Good", &front.base_url("localhost"));
    assert_eq!(report["works"], true, "{report}");
    assert_eq!(
        model.requests()[0].header("authorization"),
        Some(format!("Bearer {TYPED}").as_str())
    );
    serve.close();
}

#[test]
fn a_server_without_tls_behind_https_is_told_from_a_wrong_certificate() {
    let (world, model) = (World::new(), Model::start(Vec::new()));
    let mut serve = serve(&world, &[]);
    let url = model.base_url().replace("http://", "https://");
    let report = check(&mut serve, "Plain", &url);
    assert_eq!(report["code"], "untrusted", "{report}");
    assert!(
        report["message"]
            .as_str()
            .unwrap()
            .contains("does not speak TLS"),
        "{report}"
    );
    serve.close();
}

#[test]
fn a_redirect_is_refused_and_takes_the_key_nowhere() {
    let (world, elsewhere) = (World::new(), Model::start(Vec::new()));
    let to = format!("{}/responses", elsewhere.base_url());
    let model = Model::start([Reply::raw(308, "").header("location", &to)]);
    let mut serve = serve(&world, &[]);
    let report = check(&mut serve, "Moved", &model.base_url());
    assert_eq!(report["code"], "redirected", "{report}");
    assert!(
        report["message"].as_str().unwrap().contains(&to),
        "{report}"
    );
    assert!(elsewhere.requests().is_empty() && elsewhere.list_requests().is_empty());
    serve.close();
}

#[test]
fn another_provider_holds_from_the_next_turn_and_its_key_stays_with_it() {
    let (world, project) = (World::new(), letter());
    let first = Model::start([Reply::text("I am the first.")]);
    let second = Model::start([Reply::text("I am the second.")]);
    let mut serve = serve(&world, &[]);
    serve.open(project.path());
    let one = add(&mut serve, "One", &first.base_url());
    serve.call("credential/set", json!({ "provider": one, "key": TYPED }));
    let task = serve.work("Say who you are.", "auto");
    add(&mut serve, "Two", &second.base_url());
    serve.send(&task, "And now?");
    serve.ended(&task);
    assert_eq!(serve.items(&task, "answer")[1]["text"], "I am the second.");
    assert_eq!(
        first.requests()[0].header("authorization"),
        Some(format!("Bearer {TYPED}").as_str())
    );
    assert_eq!(second.requests()[0].header("authorization"), None);
    serve.close();
}

#[test]
fn model_and_effort_can_change_in_mid_task_and_survive_a_restart() {
    let (world, project) = (World::new(), letter());
    let model = Model::start([
        Reply::text("One."),
        Reply::text("Two."),
        Reply::text("Three."),
    ]);
    let mut first = serve(&world, &[]);
    first.open(project.path());
    add(&mut first, "Mine", &model.base_url());
    first.call(
        "model/prefer",
        json!({ "model": "gpt-5.2-codex", "effort": "extraHigh" }),
    );
    let task = first.work("Say one.", "auto");
    let sent = model.requests()[0].json();
    assert_eq!(sent["model"], "gpt-5.2-codex", "the remembered one");
    assert_eq!(sent["reasoning"]["effort"], "xhigh");

    let change =
        json!({ "task": task, "model": "gpt-5-codex", "effort": "low", "permission": null });
    let changed = first.call("task/configure", change);
    assert_eq!(changed["effort"], "low");
    assert_eq!(changed["efforts"], json!(["low", "medium", "high"]));
    first.send(&task, "Say two.");
    first.ended(&task);
    let sent = model.requests()[1].json();
    assert_eq!(sent["model"], "gpt-5-codex");
    assert_eq!(sent["reasoning"]["effort"], "low");
    first.close();

    let mut second = serve(&world, &[]);
    second.open(project.path());
    second.send(&task, "Say three.");
    second.ended(&task);
    let sent = model.requests()[2].json();
    assert_eq!(sent["reasoning"]["effort"], "low");
    let state = second.call("app/state", json!({}));
    assert_eq!(state["models"][0], "gpt-5.2-codex", "new tasks keep theirs");
    assert_eq!(state["effort"], "extraHigh");
    let odd = json!({ "task": task, "model": "two words", "effort": null, "permission": null });
    let refused = second.refused("task/configure", odd);
    assert!(
        refused["message"].as_str().unwrap().contains("`two words`"),
        "{refused}"
    );
    second.close();
}

#[test]
fn the_list_is_the_servers_own_and_is_asked_for_only_when_wanted() {
    let (world, project) = (World::new(), letter());
    let model = Model::start([Reply::text("Hello.")]);
    model.lists(&["qwen3-coder", "gpt-5-codex"]);
    let mut serve = serve(&world, &[]);
    serve.open(project.path());
    add(&mut serve, "Mine", &model.base_url());
    serve.call("app/state", json!({}));
    assert!(model.list_requests().is_empty(), "nobody asked");
    let list = serve.call("model/list", json!({}));
    assert_eq!(list["models"], json!(["gpt-5-codex", "qwen3-coder"]));
    assert_eq!(list["note"], Value::Null);
    let task = serve.work("Say hello.", "auto");
    assert_eq!(serve.view(&task)["task"]["model"], "gpt-5-codex");

    model.lists(&[]);
    let list = serve.call("model/list", json!({}));
    let note = list["note"].as_str().unwrap();
    assert!(
        note.starts_with("The server's own list of models could not be had: "),
        "{note}"
    );
    serve.close();
}

#[test]
fn a_settings_file_broken_by_hand_is_said_and_kept() {
    let (world, project) = (World::new(), letter());
    let broken = "provider = \"mine\"\n\n[providers.mine\nbase_url = \"http://127.0.0.1:1/v1\"\n";
    fs::create_dir_all(world.data()).unwrap();
    fs::write(world.data().join("settings.toml"), broken).unwrap();
    let mut serve = serve(&world, &[]);
    let notice = serve.event("a notice", |event| event["type"] == "notice");
    let message = notice["message"].as_str().unwrap();
    assert!(
        message.starts_with("Your settings are not all used. Line 3: the file cannot be read"),
        "{message}"
    );
    assert!(
        notice["hint"].as_str().unwrap().contains("settings.toml"),
        "{notice}"
    );
    let settings = serve.call("settings/get", json!({}));
    assert_eq!(settings["problems"].as_array().unwrap().len(), 1);
    assert_eq!(settings["chosen"], "openai", "what is used instead");
    serve.open(project.path());
    let start = json!({ "text": "Hello", "model": null, "permission": "auto" });
    let refused = serve.refused("task/start", start);
    assert_eq!(refused["code"], "noProvider");
    let text = || fs::read_to_string(world.data().join("settings.toml")).unwrap();
    assert_eq!(
        text(),
        broken,
        "nothing is written before something is to be kept"
    );

    add(&mut serve, "Mine", "http://127.0.0.1:2/v1");
    let kept = serve.event("a second notice", |event| event["type"] == "notice");
    assert!(
        kept["message"]
            .as_str()
            .unwrap()
            .contains("settings.kept-1.toml"),
        "{kept}"
    );
    let aside = world.data().join("settings.kept-1.toml");
    assert_eq!(fs::read_to_string(aside).unwrap(), broken);
    assert_eq!(serve.call("settings/get", json!({}))["problems"], json!([]));
    assert!(text().contains("http://127.0.0.1:2/v1"), "{}", text());
    serve.close();
}

/// A home whose login shell sets these up.
fn with_profile(world: &World, profile: &str) {
    fs::write(world.home().join(".bash_profile"), profile).expect("a start-up file can be written");
}

#[test]
fn commands_find_what_the_login_shell_puts_on_the_path() {
    let (world, project) = (World::new(), letter());
    let bin = world.home().join(".nvm/versions/node/v1/bin");
    fs::create_dir_all(&bin).unwrap();
    let tool = bin.join("only-in-a-terminal");
    fs::write(&tool, "#!/bin/sh\necho found me\n").unwrap();
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
    with_profile(
        &world,
        "echo noise\nexport PATH=\"$HOME/.nvm/versions/node/v1/bin:$PATH\"\nexport MY_TOKEN=hunter2\n\
         pwd > \"$HOME/began\"\n",
    );
    let model = Model::start([
        Reply::shell("only-in-a-terminal || echo not there; env"),
        Reply::text("Not there."),
        Reply::shell("only-in-a-terminal; env"),
        Reply::text("There."),
    ]);
    let mut serve = serve(&world, &[("SHELL", Path::new("/bin/bash"))]);
    serve.open(project.path());
    add(&mut serve, "Mine", &model.base_url());
    let task = serve.work("Look for the tool.", "auto");
    assert!(model.requests()[1].last_result().contains("not there"));
    assert_eq!(serve.call("environment/get", json!({}))["source"], "app");

    // A turn that begins while the shell is asked waits for it.
    let read = serve.ask("environment/read", json!({}));
    serve.send(&task, "Look again.");
    serve.ended(&task);
    let result = model.requests()[3].last_result();
    assert!(result.contains("found me"), "{result}");
    assert!(!result.contains("hunter2"), "{result}");
    let environment = serve.answer(read).unwrap();
    assert_eq!(environment["source"], "shell", "{environment}");
    let path = &environment["path"][0];
    assert_eq!(path["folder"], "~/.nvm/versions/node/v1/bin");
    assert_eq!(path["seen"], true);
    let kept = environment["keptBack"].as_array().unwrap();
    assert!(kept.contains(&json!("MY_TOKEN")), "{environment}");
    assert!(
        !environment.to_string().contains("hunter2"),
        "{environment}"
    );
    let began = fs::read_to_string(world.home().join("began")).unwrap();
    assert_eq!(
        Path::new(began.trim()),
        fs::canonicalize(world.home()).unwrap()
    );
    serve.close();
}

#[test]
fn a_login_shell_that_fails_leaves_what_there_is_and_says_why() {
    let world = World::new();
    with_profile(&world, "exit 4\n");
    let mut serve = serve(&world, &[("SHELL", Path::new("/bin/bash"))]);
    let environment = serve.call("environment/read", json!({}));
    assert_eq!(environment["source"], "app");
    assert_eq!(
        environment["sentence"],
        "Commands use the environment that Greenlight was started with, because /bin/bash ended \
         (exit code 4) without an answer."
    );
    assert!(!environment["hint"].as_str().unwrap().is_empty());
    with_profile(&world, "export FIXED=1\n");
    let environment = serve.call("environment/read", json!({}));
    assert_eq!(environment["source"], "shell", "it can be read again");
    serve.close();
}
