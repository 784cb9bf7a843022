mod advanced;
mod nearby;
mod reach;

use secrecy::ExposeSecret;

use super::*;
use crate::model::testing::Server;

struct Bench {
    folder: tempfile::TempDir,
    providers: Providers,
}

fn bench(given: Connection) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let file = SettingsFile::new(folder.path().join("settings.toml"));
    Bench {
        providers: Providers::new(file, given),
        folder,
    }
}

impl Bench {
    /// The same settings after a restart.
    fn again(&self) -> Providers {
        let file = SettingsFile::new(self.folder.path().join("settings.toml"));
        Providers::new(file, Connection::default())
    }

    /// Adds a provider whose name no other test has, so that its key is its own in the keychain.
    async fn add(&self, url: &str) -> String {
        let name = format!("P {}", uuid::Uuid::new_v4().simple());
        self.providers.put(None, change(&name, url)).await.unwrap();
        self.providers.chosen().id
    }

    fn write(&self, text: &str) {
        std::fs::write(self.folder.path().join("settings.toml"), text).unwrap();
    }
}

fn given(key: &str, base_url: &str) -> Connection {
    Connection::from_environment(|name| match name {
        "OPENAI_API_KEY" => Some(key.to_owned()),
        "OPENAI_BASE_URL" => Some(base_url.to_owned()),
        _ => None,
    })
}

/// A provider of no special kind.
fn change<'a>(name: &'a str, base_url: &'a str) -> Change<'a> {
    Change {
        name,
        base_url,
        kind: None,
        wire: None,
        advanced: None,
    }
}

async fn header(provider: &Provider, server: &Server) -> Option<String> {
    let before = server.requests().len();
    // Whatever comes of it, the request has been sent.
    let _ = listing::models(provider).await;
    let head = server.requests()[before].head.clone();
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        (name.to_lowercase() == "authorization").then(|| value.to_owned())
    })
}

#[tokio::test]
async fn without_anything_set_it_says_what_to_do() {
    let bench = bench(given("", " "));
    let error = bench.providers.ready().unwrap_err();
    assert_eq!(error, ConnectError::NotConnected);
    assert!(error.hint().contains("Settings") && error.hint().contains("OPENAI_API_KEY"));
    assert_eq!(bench.providers.connect().await.unwrap_err(), error);
    assert!(!bench.providers.path().exists(), "nothing was written");
}

#[tokio::test]
async fn the_environment_is_used_and_never_written() {
    let bench = bench(given(
        "sk-from-the-environment",
        "http://localhost:11434/v1",
    ));
    let entry = bench.providers.ready().unwrap();
    assert_eq!(entry.name, "localhost:11434");
    assert_eq!(
        entry.key,
        KeyState::Given {
            ending: "ment".to_owned()
        }
    );
    bench.providers.prefer("qwen3", None).unwrap();
    let text = std::fs::read_to_string(bench.providers.path()).unwrap();
    assert!(
        text.contains("[providers.environment]\nmodel = \"qwen3\""),
        "{text}"
    );
    assert!(!text.contains("11434") && !text.contains("sk-"), "{text}");
    for refused in [
        bench.providers.remove("environment").await.map(drop),
        bench
            .providers
            .put(Some("environment"), change("N", "http://localhost/v1"))
            .await
            .map(drop),
        bench
            .providers
            .set_key("environment", "sk-x".into())
            .await
            .map(drop),
        bench.providers.remove_key("environment").await.map(drop),
    ] {
        let refused = refused.unwrap_err().to_string();
        assert!(refused.ends_with("Nothing was changed."), "{refused}");
    }
    assert!(!format!("{:?}", bench.providers).contains("from-the-environment"));
}

#[tokio::test]
async fn what_the_environment_has_wrong_is_named_and_its_key_is_nowhere() {
    for (key, url, words) in [
        (
            "sk-very-secret",
            "not a url",
            "`not a url` is not an address",
        ),
        (
            "sk-very\nsecret",
            "http://localhost/v1",
            "holds a line break",
        ),
    ] {
        let bench = bench(given(key, url));
        let error = bench.providers.ready().unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(error.hint().contains("OPENAI_BASE_URL"), "{}", error.hint());
        assert!(!format!("{error:?}{:?}", bench.providers).contains("secret"));
        assert_eq!(bench.providers.connect().await.unwrap_err(), error);
    }
}

#[tokio::test]
async fn what_the_person_chose_goes_over_the_environment() {
    let bench = bench(given("", "http://localhost:1/v1"));
    bench.add("http://localhost:2/v1").await;
    assert_eq!(bench.providers.chosen().base_url, "http://localhost:2/v1");
    bench.providers.choose("environment").await.unwrap();
    assert_eq!(bench.providers.chosen().base_url, "http://localhost:1/v1");
    // Without that environment the choice means nothing, and OpenAI is there as always.
    assert_eq!(bench.again().chosen().id, OPENAI_ID);
}

#[tokio::test]
async fn a_saved_key_is_sent_after_a_restart_and_gone_when_removed() {
    let server = Server::start(Vec::new());
    let bench = bench(Connection::default());
    let id = bench.add(&server.url).await;
    let provider = bench.providers.connect().await.unwrap();
    assert_eq!(header(&provider, &server).await, None, "none is needed");
    let (state, _) = bench
        .providers
        .set_key(&id, "  sk-saved-secret-0123\n".into())
        .await
        .unwrap();
    assert!(matches!(state, KeyState::Saved { .. }), "{state:?}");

    let again = bench.again();
    assert_eq!(again.chosen().key, KeyState::Unread);
    let provider = again.connect().await.unwrap();
    assert_eq!(
        header(&provider, &server).await.as_deref(),
        Some("Bearer sk-saved-secret-0123")
    );
    let text = std::fs::read_to_string(bench.providers.path()).unwrap();
    assert!(text.contains("key = \"keychain\""), "{text}");
    assert!(!text.contains("secret"), "{text}");

    again.remove_key(&id).await.unwrap();
    assert_eq!(again.chosen().key, KeyState::Missing);
    let provider = again.connect().await.unwrap();
    assert_eq!(header(&provider, &server).await, None);
}

#[tokio::test]
async fn a_key_never_follows_an_address_to_another_host() {
    let first = Server::start(Vec::new());
    let second = Server::start(Vec::new());
    let bench = bench(Connection::default());
    let id = bench.add(&first.url).await;
    bench
        .providers
        .set_key(&id, "sk-for-the-first-host".into())
        .await
        .unwrap();
    let name = bench.providers.chosen().name;

    // Another path of the same host is the same host.
    let deeper = format!("{}/deeper", first.url);
    bench
        .providers
        .put(Some(&id), change(&name, &deeper))
        .await
        .unwrap();
    assert!(matches!(
        bench.providers.chosen().key,
        KeyState::Saved { .. }
    ));

    // By hand, behind our back: the key stays where it is and is not found for the other host.
    let text = std::fs::read_to_string(bench.providers.path()).unwrap();
    bench.write(&text.replace(&deeper, &second.url));
    let error = bench.providers.connect().await.unwrap_err();
    assert!(matches!(error, ConnectError::KeyGone { .. }), "{error}");
    assert!(second.requests().is_empty());
    bench.write(&text);
    assert!(bench.providers.connect().await.is_ok());

    // In Settings: it is asked for again, and the old one is gone.
    bench
        .providers
        .put(Some(&id), change(&name, &second.url))
        .await
        .unwrap();
    assert_eq!(bench.providers.chosen().key, KeyState::Missing);
    let provider = bench.providers.connect().await.unwrap();
    assert_eq!(header(&provider, &second).await, None);
    bench
        .providers
        .put(Some(&id), change(&name, &first.url))
        .await
        .unwrap();
    let provider = bench.providers.connect().await.unwrap();
    assert_eq!(header(&provider, &first).await, None);
}

#[tokio::test]
async fn a_removed_provider_leaves_no_key() {
    let bench = bench(Connection::default());
    let id = bench.add("http://localhost:1/v1").await;
    let entry = bench.providers.chosen();
    bench
        .providers
        .set_key(&id, "sk-to-be-removed".into())
        .await
        .unwrap();
    bench.providers.remove(&id).await.unwrap();
    assert_eq!(bench.providers.chosen().id, OPENAI_ID);
    assert!(bench.providers.entry_of(&id).is_none());
    let slot = entry.slot().unwrap();
    let left = Credentials::default().read(&slot, true).await.unwrap();
    assert!(
        left.is_none(),
        "{:?}",
        left.map(|key| key.expose_secret().len())
    );
    let unknown = bench.providers.remove(&id).await.unwrap_err().to_string();
    assert!(unknown.contains("not there any more"), "{unknown}");
}

#[tokio::test]
async fn names_addresses_and_keys_that_cannot_be_are_refused() {
    let bench = bench(Connection::default());
    let put = async |name: &str, url: &str| {
        bench
            .providers
            .put(None, change(name, url))
            .await
            .unwrap_err()
            .to_string()
    };
    assert!(
        put(" ", "http://localhost/v1")
            .await
            .contains("needs a name")
    );
    assert!(
        put(&"x".repeat(61), "http://localhost/v1")
            .await
            .contains("needs a name")
    );
    assert!(
        put("openai", "http://localhost/v1")
            .await
            .contains("named OpenAI already")
    );
    assert!(put("A", "localhost/v1").await.contains("is not an address"));
    assert!(
        put("A", "https://me:hunter2@x.example")
            .await
            .contains("give the key separately")
    );
    assert!(!bench.providers.path().exists());
    let key = async |key: &str| {
        let key = SecretString::from(key);
        bench
            .providers
            .set_key(OPENAI_ID, key)
            .await
            .unwrap_err()
            .to_string()
    };
    assert!(key("  ").await.contains("The key is empty"));
    let odd = key("sk-secret\nsecret").await;
    assert!(
        odd.contains("holds a line break") && !odd.contains("secret"),
        "{odd}"
    );
    for name in ["", " ", "a b", "a\nb"] {
        assert!(bench.providers.prefer(name, None).is_err(), "{name:?}");
    }
    assert!(!bench.providers.path().exists());
}

#[tokio::test]
async fn ids_are_readable_and_stay_when_the_name_changes() {
    let bench = bench(Connection::default());
    for (name, id) in [
        ("Work: Gateway 2", "work-gateway-2"),
        ("work gateway (2)", "work-gateway-2-2"),
        ("日本", "provider"),
        ("Environment", "environment-2"),
    ] {
        bench
            .providers
            .put(None, change(name, "http://localhost/v1"))
            .await
            .unwrap();
        assert_eq!(bench.providers.chosen().id, id, "{name}");
    }
    let renamed = bench
        .providers
        .put(Some("provider"), change("Nihon", "http://localhost/v1"))
        .await;
    renamed.unwrap();
    assert_eq!(bench.providers.entry_of("provider").unwrap().name, "Nihon");
}

#[tokio::test]
async fn the_first_key_connects_its_provider() {
    let bench = bench(Connection::default());
    bench.write("[providers.mine]\nbase_url = \"http://localhost:1/v1\"\n");
    assert!(bench.providers.ready().is_err(), "OpenAI has no key");
    let (state, _) = bench
        .providers
        .set_key("mine", "sk-mine-0123456789".into())
        .await
        .unwrap();
    assert!(matches!(state, KeyState::Saved { .. }));
    assert_eq!(bench.providers.ready().unwrap().id, "mine");
    bench.providers.remove("mine").await.unwrap();
}

#[tokio::test]
async fn a_provider_without_an_address_says_so_where_it_is_used() {
    let bench = bench(Connection::default());
    bench.write("provider = \"mine\"\n[providers.mine]\nname = \"Mine\"\n");
    let error = bench.providers.ready().unwrap_err();
    assert!(error.to_string().contains("is not an address"), "{error}");
    assert!(error.hint().contains("Settings"), "{}", error.hint());
    assert_eq!(bench.providers.chosen().name, "Mine");
}
