//! What few people say of a provider: an authority, a proxy, a service tier.

use super::*;
use crate::model::testing::Reply;
use crate::model::testing::answer;
use crate::model::testing::complete;
use crate::model::tier::Tier;

fn with<'a>(name: &'a str, url: &'a str, advanced: &'a Advanced) -> Change<'a> {
    Change {
        advanced: Some(advanced),
        ..change(name, url)
    }
}

fn proxied(proxy: &str) -> Advanced {
    Advanced {
        proxy: Some(proxy.to_owned()),
        ..Advanced::default()
    }
}

const FILE: &str = "# mine\n[providers.a]\nname = \"A\" # its name\nbase_url = \"http://localhost:1/v1\"\n\
                    proxy = \"http://old.example:1\" # by the company\n";

#[tokio::test]
async fn what_is_set_is_in_the_file_and_its_comments_survive() {
    let bench = bench(Connection::default());
    bench.write(FILE);
    let all = Advanced {
        ca_file: None,
        proxy: Some("http://new.example:3128".to_owned()),
        tier: Some(Tier::Flex),
    };
    let put = |advanced: Advanced| {
        let providers = &bench.providers;
        async move {
            let change = with("A", "http://localhost:1/v1", &advanced);
            providers.put(Some("a"), change).await.unwrap();
            std::fs::read_to_string(providers.path()).unwrap()
        }
    };
    let text = put(all).await;
    let expected = FILE.replace("http://old.example:1", "http://new.example:3128");
    assert_eq!(text, expected + "service_tier = \"flex\"\n");
    let text = put(Advanced::default()).await;
    assert!(!text.contains("proxy") && !text.contains("tier"), "{text}");
    assert!(text.contains("# its name"), "{text}");
}

#[tokio::test]
async fn another_change_leaves_them_as_they_are() {
    let bench = bench(Connection::default());
    bench.write(&(FILE.to_owned() + "service_tier = \"priority\"\n"));
    let renamed = change("B", "http://localhost:1/v1");
    bench.providers.put(Some("a"), renamed).await.unwrap();
    bench.providers.choose("a").await.unwrap();
    bench.providers.prefer("m", None).unwrap();
    let entry = bench.providers.entry_of("a").unwrap();
    assert_eq!(
        entry.advanced.proxy.as_deref(),
        Some("http://old.example:1")
    );
    assert_eq!(entry.advanced.tier, Some(Tier::Priority));
}

#[tokio::test]
async fn what_cannot_be_used_is_named_and_nothing_is_changed() {
    let bench = bench(Connection::default());
    bench.write(FILE);
    let plain = bench.folder.path().join("hello.txt");
    std::fs::write(&plain, "hello").unwrap();
    let file = |path: &Path| Advanced {
        ca_file: Some(path.to_owned()),
        ..Advanced::default()
    };
    for (advanced, words) in [
        (file(&plain), "holds no certificate in PEM"),
        (file(&plain.with_extension("pem")), "cannot be read"),
        (file(Path::new("company.pem")), "is no path from the root"),
        (proxied("socks9://x.example"), "is no address of a proxy"),
        (proxied("http://me:hunter2@x.example"), "holds a password"),
    ] {
        let change = with("A", "http://localhost:1/v1", &advanced);
        let error = bench.providers.put(Some("a"), change).await.unwrap_err();
        let error = error.to_string();
        assert!(error.contains(words), "{error}");
        assert!(error.ends_with("Nothing was changed."), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
        let text = std::fs::read_to_string(bench.providers.path()).unwrap();
        assert_eq!(text, FILE);
    }
}

#[tokio::test]
async fn a_password_of_a_proxy_stays_when_its_address_is_given_back_as_shown() {
    let bench = bench(Connection::default());
    let file = FILE.replace("http://old.example:1", "http://me:hunter2@old.example:1");
    bench.write(&file);
    let entry = bench.providers.entry_of("a").unwrap();
    let shown = crate::model::way::shown(entry.advanced.proxy.as_deref().unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
    let advanced = proxied(&shown);
    let change = with("A", "http://localhost:1/v1", &advanced);
    bench.providers.put(Some("a"), change).await.unwrap();
    let text = std::fs::read_to_string(bench.providers.path()).unwrap();
    assert_eq!(text, file);
}

#[tokio::test]
async fn openai_itself_takes_these_and_keeps_its_name_and_address() {
    let bench = bench(Connection::default());
    let advanced = Advanced {
        tier: Some(Tier::Flex),
        ..Advanced::default()
    };
    let change = with("OpenAI", OPENAI, &advanced);
    bench.providers.put(Some(OPENAI_ID), change).await.unwrap();
    let entry = bench.providers.entry_of(OPENAI_ID).unwrap();
    assert_eq!(
        (entry.base_url.as_str(), entry.offers_tiers()),
        (OPENAI, true)
    );
    let text = std::fs::read_to_string(bench.providers.path()).unwrap();
    assert!(
        text.ends_with("[providers.openai]\nservice_tier = \"flex\"\n"),
        "{text}"
    );
    let change = with("Other", OPENAI, &advanced);
    let error = bench
        .providers
        .put(Some(OPENAI_ID), change)
        .await
        .unwrap_err();
    assert!(matches!(error, ChangeError::Fixed(_)), "{error}");
}

#[tokio::test]
async fn a_tier_is_asked_for_and_what_came_back_is_told() {
    let mut events = complete(&[answer("OK")]);
    let last = events.len() - 1;
    events[last]["response"]["service_tier"] = "default".into();
    let refusal =
        r#"{"error":{"message":"Unknown parameter: 'service_tier'.","code":"unknown_parameter"}}"#;
    let server = Server::start(vec![
        Reply::events(&events),
        Reply::status("400 Bad Request", &[], refusal),
        Reply::items(&[answer("OK")]),
        Reply::items(&[answer("OK")]),
    ]);
    let bench = bench(Connection::default());
    let id = bench.add(&server.url).await;
    bench.providers.prefer("gpt-5-codex", None).unwrap();
    let advanced = Advanced {
        tier: Some(Tier::Flex),
        ..Advanced::default()
    };
    let name = bench.providers.chosen().name;
    let change = with(&name, &server.url, &advanced);
    bench.providers.put(Some(&id), change).await.unwrap();
    let check = || async {
        let entry = bench.providers.chosen();
        bench.providers.check(&entry).await.unwrap().1.unwrap();
        bench.providers.chosen().tier_words().unwrap()
    };
    assert_eq!(check().await, "Asked for flex, answered as default.");
    let refused = check().await;
    assert!(
        refused.contains("takes no service tier, so it is asked without"),
        "{refused}"
    );
    check().await;
    let asked: Vec<_> = server
        .requests()
        .iter()
        .map(|sent| sent.body.get("service_tier").cloned())
        .collect();
    let flex = || Some(serde_json::json!("flex"));
    assert_eq!(
        asked,
        [flex(), flex(), None, None],
        "refused once, never asked again"
    );
    let learned = &bench.providers.chosen().learned;
    assert_eq!(
        (learned.tell_of_tiers(), learned.tell_of_tiers()),
        (true, false),
        "told once"
    );
}
