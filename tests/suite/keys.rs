//! Keys and the keychain, as the engine without a window meets them: open, locked, and not there.

use std::process::Command;

use serde_json::Value;
use serde_json::json;
use support::keychain::Keychain;
use support::keychain::NO_BUS;
use support::model::Model;
use support::model::Reply;

use crate::client::Serve;
use crate::run::letter;
use crate::world::World;

const TYPED: &str = "sk-typed-by-the-person-4711";

/// `serve` with this bus, and with nothing said by the environment.
fn serve(world: &World, bus: &str) -> Serve {
    let mut command: Command = world.command("");
    command
        .arg("serve")
        .arg("--data")
        .arg(world.data())
        .env_remove("OPENAI_API_KEY")
        .env_remove("OPENAI_BASE_URL")
        .env("DBUS_SESSION_BUS_ADDRESS", bus);
    Serve::spawn(&mut command)
}

fn add(serve: &mut Serve, model: &Model) {
    let put = json!({ "provider": null, "name": "Mine", "baseUrl": model.base_url() });
    let settings = serve.call("provider/put", put);
    assert_eq!(settings["chosen"], "mine");
}

fn key_of(settings: &Value) -> Value {
    let providers = settings["providers"].as_array().expect("providers");
    let mine = providers.iter().find(|each| each["id"] == "mine");
    mine.expect("the added provider")["key"].clone()
}

/// Runs one task to its end, and gives its errors. The look into the keychain at the opening of a
/// folder may be over before the start, which is then refused with the words that the turn would say.
fn task(serve: &mut Serve, text: &str) -> Vec<Value> {
    let start = json!({ "text": text, "model": "gpt-5-codex", "permission": "auto" });
    let task = match serve.try_call("task/start", start) {
        Ok(task) => task,
        Err(refused) => return vec![refused],
    };
    let id = task["id"].as_str().expect("an id").to_owned();
    serve.ended(&id);
    let view = serve.call("task/get", json!({ "task": id }));
    let items = view["items"].as_array().expect("items").clone();
    items
        .into_iter()
        .map(|item| item["kind"].clone())
        .filter(|kind| kind["type"] == "error")
        .collect()
}

fn bearer(model: &Model, request: usize) -> Option<String> {
    let sent = &model.requests()[request];
    sent.header("authorization").map(str::to_owned)
}

#[test]
fn a_key_is_kept_in_the_keychain_and_used_after_a_restart() {
    let (world, keychain, project) = (World::new(), Keychain::unlocked(), letter());
    let model = Model::start([Reply::text("Hello."), Reply::text("Without.")]);
    let mut first = serve(&world, &keychain.address());
    add(&mut first, &model);
    let settings = first.call(
        "credential/set",
        json!({ "provider": "mine", "key": TYPED }),
    );
    assert_eq!(key_of(&settings)["state"], "saved");
    assert_eq!(key_of(&settings)["ending"], "4711");
    assert!(!settings.to_string().contains(TYPED));
    first.close();

    let mut second = serve(&world, &keychain.address());
    second.open(project.path());
    assert_eq!(task(&mut second, "Say hello."), Vec::<Value>::new());
    assert_eq!(bearer(&model, 0), Some(format!("Bearer {TYPED}")));

    let settings = second.call("credential/remove", json!({ "provider": "mine" }));
    assert_eq!(key_of(&settings)["state"], "missing");
    assert_eq!(task(&mut second, "And now?"), Vec::<Value>::new());
    assert_eq!(bearer(&model, 1), None, "from the next turn on");
    second.close();
    let settings = std::fs::read_to_string(world.data().join("settings.toml")).unwrap();
    assert!(!settings.contains("keychain\""), "{settings}");
}

#[test]
fn a_locked_keychain_is_said_and_a_key_is_kept_for_the_run_only() {
    let (world, mut keychain, project) = (World::new(), Keychain::unlocked(), letter());
    let model = Model::start([Reply::text("Hello."), Reply::text("Again.")]);
    let mut first = serve(&world, &keychain.address());
    first.open(project.path());
    add(&mut first, &model);
    first.call(
        "credential/set",
        json!({ "provider": "mine", "key": "sk-the-older-key-0000" }),
    );
    first.close();

    keychain.lock();
    let mut second = serve(&world, &keychain.address());
    second.open(project.path());
    let settings = second.call("settings/look", json!({}));
    let key = key_of(&settings);
    assert_eq!(key["state"], "locked");
    assert_eq!(
        key["sentence"],
        "A key was saved and cannot be read, because the keychain of this computer is locked."
    );
    assert!(
        key["hint"]
            .as_str()
            .unwrap()
            .starts_with("Unlock it when it asks"),
        "{key}"
    );
    let state = second.call("app/state", json!({}));
    assert_eq!(state["provider"]["ready"], false);
    let errors = task(&mut second, "Say hello.");
    assert_eq!(errors[0]["code"], "no_provider", "{errors:?}");
    let sentence = errors[0]["message"].as_str().unwrap();
    assert_eq!(
        sentence,
        "The key for Mine cannot be read, because the keychain of this computer is locked. Nothing \
         was sent."
    );
    assert!(model.requests().is_empty());

    let settings = second.call(
        "credential/set",
        json!({ "provider": "mine", "key": TYPED }),
    );
    let key = key_of(&settings);
    assert_eq!(key["state"], "session");
    assert_eq!(
        key["sentence"],
        "The key is kept until Greenlight closes, because the keychain of this computer is locked."
    );
    assert_eq!(task(&mut second, "Say hello."), Vec::<Value>::new());
    assert_eq!(bearer(&model, 0), Some(format!("Bearer {TYPED}")));
    let refused = second.refused("provider/remove", json!({ "provider": "mine" }));
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .ends_with("Nothing was changed."),
        "a key that cannot be removed is not left behind: {refused}"
    );
    second.close();

    keychain.start();
    let mut third = serve(&world, &keychain.address());
    third.open(project.path());
    assert_eq!(task(&mut third, "And now?"), Vec::<Value>::new());
    assert_eq!(
        bearer(&model, 1).as_deref(),
        Some("Bearer sk-the-older-key-0000"),
        "what was kept for one run is gone with it"
    );
    third.close();
}

#[test]
fn without_a_keychain_a_key_is_kept_for_the_run_only() {
    let bus = Keychain::absent();
    for address in [NO_BUS.to_owned(), bus.address()] {
        let (world, project) = (World::new(), letter());
        let model = Model::start([Reply::text("Hello.")]);
        let mut first = serve(&world, &address);
        first.open(project.path());
        add(&mut first, &model);
        let settings = first.call(
            "credential/set",
            json!({ "provider": "mine", "key": TYPED }),
        );
        let key = key_of(&settings);
        assert_eq!(key["state"], "session", "{address}");
        assert_eq!(
            key["sentence"],
            "The key is kept until Greenlight closes, because this computer has no keychain that \
             Greenlight can reach."
        );
        assert_eq!(task(&mut first, "Say hello."), Vec::<Value>::new());
        assert_eq!(bearer(&model, 0), Some(format!("Bearer {TYPED}")));
        first.close();
        let mut second = serve(&world, &address);
        let settings = second.call("settings/look", json!({}));
        assert_eq!(key_of(&settings)["state"], "missing");
        second.close();
        assert!(!holds(&world.data(), TYPED), "{address}");
    }
}

#[test]
fn a_key_that_was_saved_where_there_is_no_keychain_now_is_said() {
    let (world, keychain, project) = (World::new(), Keychain::unlocked(), letter());
    let model = Model::start(Vec::new());
    let mut first = serve(&world, &keychain.address());
    add(&mut first, &model);
    first.call(
        "credential/set",
        json!({ "provider": "mine", "key": TYPED }),
    );
    first.close();
    let mut second = serve(&world, NO_BUS);
    second.open(project.path());
    let settings = second.call("settings/look", json!({}));
    assert_eq!(key_of(&settings)["state"], "noKeychain");
    let errors = task(&mut second, "Say hello.");
    assert!(
        errors[0]["hint"]
            .as_str()
            .unwrap()
            .contains("GNOME Keyring"),
        "{errors:?}"
    );
    second.close();
    assert!(model.requests().is_empty());
}

#[test]
fn a_key_taken_out_of_the_keychain_by_somebody_else_is_asked_for_again() {
    let (world, keychain, project) = (World::new(), Keychain::unlocked(), letter());
    let model = Model::start(Vec::new());
    let mut first = serve(&world, &keychain.address());
    add(&mut first, &model);
    first.call(
        "credential/set",
        json!({ "provider": "mine", "key": TYPED }),
    );
    first.close();
    // Another keychain, as after the person has emptied theirs.
    let emptied = Keychain::unlocked();
    let mut second = serve(&world, &emptied.address());
    second.open(project.path());
    let errors = task(&mut second, "Say hello.");
    assert_eq!(
        errors[0]["message"],
        "The key for Mine is not in the keychain any more, so nothing was sent."
    );
    second.close();
}

#[test]
fn a_key_asked_wrongly_is_not_repeated() {
    let world = World::new();
    let mut serve = serve(&world, NO_BUS);
    for request in [
        json!({ "provider": "openai", "key": ["sk-very-secret"] }),
        json!({ "provider": "openai", "key": { "sk-very-secret": 1 } }),
        json!({ "provider": "openai", "key": "sk-very\nsecret" }),
        json!({ "provider": "nobody", "key": "sk-very-secret" }),
    ] {
        let refused = serve.refused("credential/set", request);
        assert!(!refused.to_string().contains("secret"), "{refused}");
    }
    serve.close();
}

#[test]
fn the_key_is_in_no_environment_of_a_command_and_in_no_file() {
    let (world, keychain, project) = (World::new(), Keychain::unlocked(), letter());
    let script = "cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; env; echo LOOKED";
    let model = Model::start([Reply::shell(script), Reply::text("Done.")]);
    let mut serve = serve(&world, &keychain.address());
    serve.open(project.path());
    add(&mut serve, &model);
    serve.call(
        "credential/set",
        json!({ "provider": "mine", "key": TYPED }),
    );
    assert_eq!(task(&mut serve, "Look around."), Vec::<Value>::new());
    let result = model.requests()[1].last_result();
    assert!(result.contains("LOOKED"), "{result}");
    assert!(
        !result.contains(TYPED) && !result.contains("DBUS_SESSION"),
        "{result}"
    );
    serve.close();
    assert!(!holds(world.folder(), TYPED));
    assert!(
        !holds(&keychain.files(), TYPED),
        "GNOME Keyring encrypts it"
    );
}

#[test]
fn its_memory_is_closed_to_other_programs_of_the_same_person() {
    const NOBODY: &str = "65534";
    let model = Model::start(Vec::new());
    let around = tempfile::tempdir().expect("a temporary folder can be made");
    // Root may read everything, so it is tried as somebody else.
    let as_person = |program: &std::path::Path| {
        if !rustix::process::getuid().is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"])
            .args(["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"])
            .arg(program);
        command
    };
    let opened = |path: &str| {
        let reading = as_person("head".as_ref())
            .args(["-c", "1", path])
            .output()
            .expect("head runs");
        String::from_utf8_lossy(&reading.stderr).into_owned()
    };
    // Where nobody may go, and a copy of the program that they may start.
    std::fs::set_permissions(
        around.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o777),
    )
    .expect("it is ours");
    let program = around.path().join("greenlight-cli");
    std::fs::hard_link(support::binaries::greenlight_cli(), &program)
        .or_else(|_| std::fs::copy(support::binaries::greenlight_cli(), &program).map(drop))
        .expect("it can be had there");
    let mut command = as_person(&program);
    command
        .arg("serve")
        .arg("--data")
        .arg(around.path().join("data"))
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", around.path())
        .env("OPENAI_API_KEY", TYPED)
        .env("OPENAI_BASE_URL", model.base_url())
        .current_dir(around.path());
    let mut serve = Serve::spawn(&mut command);
    serve.call("app/state", json!({}));
    let pid = serve.pid();
    for what in ["mem", "environ", "maps"] {
        let refused = opened(&format!("/proc/{pid}/{what}"));
        assert!(refused.contains("Permission denied"), "{what}: {refused}");
    }
    // A program that does not close itself can be read, so it is not the test that is refused.
    let mut other = as_person("sleep".as_ref()).arg("60").spawn().unwrap();
    // It is somebody else's from its start in the program on.
    let environ = format!("/proc/{}/environ", other.id());
    let deadline = std::time::Instant::now() + crate::client::PATIENCE;
    while !opened(&environ).is_empty() {
        assert!(std::time::Instant::now() < deadline, "{}", opened(&environ));
    }
    other.kill().and_then(|()| other.wait()).expect("it ends");
    serve.close();
}

/// Whether a file below `folder` holds `words`.
fn holds(folder: &std::path::Path, words: &str) -> bool {
    let mut open = vec![folder.to_owned()];
    let mut seen = 0;
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
            let bytes = std::fs::read(&path).unwrap_or_default();
            seen += 1;
            if bytes
                .windows(words.len())
                .any(|window| window == words.as_bytes())
            {
                return true;
            }
        }
    }
    assert!(seen > 0, "there is something to look through");
    false
}
