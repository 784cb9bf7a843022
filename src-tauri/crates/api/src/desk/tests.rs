//! Who may ask what, and what is answered to nonsense.

use serde_json::json;

use super::*;
use crate::failure::Code;

struct Fixture {
    desk: Arc<Desk>,
    folder: tempfile::TempDir,
    _data: tempfile::TempDir,
}

fn fixture() -> Fixture {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let places = Places {
        data: data.path().join("greenlight"),
        settings: data.path().join("config/settings.toml"),
        home: data.path().join("home"),
        environment: Vec::new(),
    };
    let desk = Desk::open(places, Connection::default()).unwrap();
    Fixture {
        desk,
        folder,
        _data: data,
    }
}

#[tokio::test]
async fn a_path_never_comes_from_script() {
    let Fixture { desk, folder, .. } = &fixture();
    let open = json!({ "path": folder.path() });
    for window in [MAIN_WINDOW, "other", ""] {
        let refused = desk
            .call(window, "project/open", open.clone())
            .await
            .unwrap_err();
        assert_eq!(refused.code, Code::Refused, "{window}: {refused}");
    }
    let opened = desk.call(SHELL, "project/open", open).await.unwrap();
    assert_eq!(opened["gone"], false);
}

#[tokio::test]
async fn a_window_that_is_not_the_main_one_may_ask_nothing() {
    let Fixture { desk, .. } = &fixture();
    for (name, _) in commands() {
        let refused = desk.call("other", name, json!({})).await.unwrap_err();
        assert_eq!(refused.code, Code::Refused, "{name}: {refused}");
        assert!(refused.message.contains(name), "{refused}");
    }
    assert_eq!(
        desk.bytes("other", "review/rows", json!({}))
            .await
            .unwrap_err()
            .code,
        Code::Refused
    );
    assert_eq!(
        desk.bytes("other", "attachment/bytes", json!({}))
            .await
            .unwrap_err()
            .code,
        Code::Refused
    );
    for refused in [
        desk.offer_files("other", Vec::new()).await,
        desk.offer_picture("other", "x.png", Vec::new()).await,
    ] {
        assert_eq!(refused.unwrap_err().code, Code::Refused);
    }
    desk.notice("secret news", "");
    let heard = String::from_utf8(desk.drain("other", 0).await).unwrap();
    assert!(!heard.contains("secret news"), "{heard}");
}

#[tokio::test]
async fn nonsense_is_answered_and_not_acted_upon() {
    let Fixture { desk, .. } = &fixture();
    let unknown = desk
        .call(MAIN_WINDOW, "task/explode", json!({}))
        .await
        .unwrap_err();
    assert_eq!(unknown.code, Code::Broken);
    assert!(unknown.message.contains("task/explode"), "{unknown}");
    let wrong = desk
        .call(MAIN_WINDOW, "task/start", json!({ "text": 5 }))
        .await
        .unwrap_err();
    assert_eq!(wrong.code, Code::Broken);
    let nothing_open = json!({ "text": "x", "model": null, "permission": "auto" });
    let refused = desk
        .call(MAIN_WINDOW, "task/start", nothing_open)
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::Refused, "{refused}");
    let no_such = desk
        .call(MAIN_WINDOW, "task/get", json!({ "task": "x" }))
        .await
        .unwrap_err();
    assert_eq!(no_such.code, Code::Refused, "{no_such}");
}

#[tokio::test]
async fn without_a_provider_nothing_is_started() {
    let Fixture { desk, folder, .. } = &fixture();
    desk.open_folder(folder.path()).await.unwrap();
    let trusted = json!({ "trusted": true });
    desk.call(MAIN_WINDOW, "project/trust", trusted)
        .await
        .unwrap();
    let start = json!({ "text": "x", "model": null, "permission": "auto" });
    let refused = desk
        .call(MAIN_WINDOW, "task/start", start)
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::NoProvider);
    assert!(refused.hint.contains("OPENAI_API_KEY"), "{refused}");
    let snapshot = desk
        .call(MAIN_WINDOW, "project/snapshot", json!({}))
        .await
        .unwrap();
    assert_eq!(snapshot["tasks"], json!([]));
}

#[tokio::test]
async fn a_desk_that_is_being_closed_is_waited_for() {
    let data = tempfile::tempdir().unwrap();
    let places = || Places {
        data: data.path().join("greenlight"),
        settings: data.path().join("config/settings.toml"),
        home: data.path().join("home"),
        environment: Vec::new(),
    };
    let first = Desk::open(places(), Connection::default()).unwrap();
    let second = std::thread::scope(|scope| {
        let runtime = tokio::runtime::Handle::current();
        let places = places();
        let second = scope.spawn(move || {
            let _entered = runtime.enter();
            Desk::open(places, Connection::default())
        });
        drop(first);
        second.join().unwrap()
    });
    assert!(second.is_ok(), "{:?}", second.err());
}

#[tokio::test]
async fn a_second_desk_on_the_same_folder_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let places = || Places {
        data: data.path().join("greenlight"),
        settings: data.path().join("config/settings.toml"),
        home: data.path().join("home"),
        environment: Vec::new(),
    };
    let first = Desk::open(places(), Connection::default()).unwrap();
    let Err(refused) = Desk::open(places(), Connection::default()) else {
        panic!("two desks on one folder");
    };
    assert!(refused.message.contains("already running"), "{refused}");
    drop(first);
    assert!(
        Desk::open(places(), Connection::default()).is_ok(),
        "the lock went with the desk"
    );
}
