//! The way to a provider: an authority of the person's own, and proxies.

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
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
use crate::world::World;

const TYPED: &str = "sk-typed-by-the-person-4711";

/// Adds a provider with a key at `url`.
fn add(serve: &mut Serve, name: &str, url: &str) -> Value {
    let put = json!({ "provider": null, "name": name, "baseUrl": url });
    let id = serve.call("provider/put", put)["chosen"].clone();
    serve.call("credential/set", json!({ "provider": id, "key": TYPED }));
    serve.call(
        "model/prefer",
        json!({ "model": "gpt-5-codex", "effort": "usual" }),
    );
    id
}

fn check(serve: &mut Serve, id: &Value) -> Value {
    serve.call("provider/check", json!({ "provider": id }))
}

/// Puts lines in front of everything in the settings file.
fn say(world: &World, lines: &str) {
    let path = world.data().join("settings.toml");
    let before = fs::read_to_string(&path).unwrap_or_default();
    fs::write(path, format!("{lines}\n{before}")).expect("the settings can be written");
}

/// Puts lines into the table of one provider.
fn say_of(world: &World, id: &Value, lines: &str) {
    let path = world.data().join("settings.toml");
    let before = fs::read_to_string(&path).expect("there are settings");
    let head = format!("[providers.{}]\n", id.as_str().expect("an id"));
    assert!(before.contains(&head), "{before}");
    fs::write(path, before.replace(&head, &format!("{head}{lines}\n")))
        .expect("the settings can be written");
}

fn ca_file(path: &Path) -> String {
    format!("ca_file = \"{}\"", path.display())
}

#[test]
fn an_authority_of_the_persons_own_is_trusted_and_nothing_else_with_it() {
    let (world, company) = (World::new(), Authority::new("Company"));
    let model = Model::start([Reply::text("OK"), Reply::text("OK")]);
    let mut serve = world.serve_on(NO_BUS, &[]);
    let good = Front::start(company.good("localhost"), model.address());
    let mine = add(&mut serve, "Mine", &good.base_url("localhost"));
    assert_eq!(check(&mut serve, &mine)["code"], "untrusted");

    say_of(&world, &mine, &ca_file(&company.file()));
    let report = check(&mut serve, &mine);
    assert_eq!(report["works"], true, "{report}");
    let other = add(&mut serve, "Other", &good.base_url("localhost"));
    let report = check(&mut serve, &other);
    assert_eq!(
        report["code"], "untrusted",
        "it is trusted for one alone: {report}"
    );
    say(&world, &ca_file(&company.file()));
    let report = check(&mut serve, &other);
    assert_eq!(report["works"], true, "and now for all: {report}");

    for (name, identity) in [
        ("A", Identity::self_signed("localhost")),
        ("B", Authority::new("Stranger").good("localhost")),
        ("C", company.good("other.example")),
        ("D", company.expired("localhost")),
    ] {
        let front = Front::start(identity, model.address());
        let id = add(&mut serve, name, &front.base_url("localhost"));
        let report = check(&mut serve, &id);
        assert_eq!(report["code"], "untrusted", "{name}: {report}");
    }
    assert_eq!(model.requests().len(), 2, "no key went to any of them");
    serve.close();
}

#[test]
fn a_bad_file_of_certificates_is_said_and_nothing_is_sent() {
    let (world, model) = (World::new(), Model::start(Vec::new()));
    let mut serve = world.serve_on(NO_BUS, &[]);
    let mine = add(&mut serve, "Mine", &model.base_url());
    let file = world.folder().join("company.pem");
    say(&world, &ca_file(&file));
    for (content, words) in [
        (None, "cannot be read"),
        (Some("hello"), "holds no certificate in PEM"),
        (
            Some("-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"),
            "holds a certificate that cannot be used",
        ),
    ] {
        if let Some(content) = content {
            fs::write(&file, content).unwrap();
        }
        let report = check(&mut serve, &mine);
        assert_eq!(report["code"], "no_provider", "{report}");
        let message = report["message"].as_str().unwrap();
        assert!(
            message.contains("company.pem")
                && message.contains(words)
                && message.contains("Nothing was sent."),
            "{message}"
        );
    }
    assert!(model.requests().is_empty());
    serve.close();
}

#[test]
fn a_proxy_is_used_for_other_hosts_and_never_for_this_machine() {
    let world = World::new();
    // It answers what it is asked for any host, as a proxy does.
    let proxy = Model::start([Reply::text("OK"), Reply::text("OK")]);
    let near = Model::start([Reply::text("OK")]);
    let through = format!("http://{}", proxy.address());
    let more = [
        ("http_proxy", through.as_str()),
        ("NO_PROXY", "inside.invalid"),
    ];
    let mut serve = world.serve_on(NO_BUS, &more);
    let far = add(&mut serve, "Far", "http://models.invalid/v1");
    let report = check(&mut serve, &far);
    assert_eq!(report["works"], true, "{report}");
    let here = add(&mut serve, "Here", &near.base_url());
    let report = check(&mut serve, &here);
    assert_eq!(report["works"], true, "{report}");
    assert_eq!((proxy.requests().len(), near.requests().len()), (1, 1));
    let inside = add(&mut serve, "Inside", "http://inside.invalid/v1");
    assert_eq!(check(&mut serve, &inside)["code"], "unknown_host");
    // The settings say otherwise for one.
    say_of(&world, &far, "proxy = \"none\"");
    assert_eq!(check(&mut serve, &far)["code"], "unknown_host");
    assert_eq!(proxy.requests().len(), 1);
    serve.close();
}

#[test]
fn a_proxy_that_refuses_or_is_not_there_is_named() {
    let world = World::new();
    let asks = Model::start([Reply::raw(407, "")]);
    let mut serve = world.serve_on(NO_BUS, &[]);
    let plain = add(&mut serve, "Plain", "http://models.invalid/v1");
    let tls = add(&mut serve, "Secure", "https://models.invalid/v1");

    say_of(&world, &plain, &format!("proxy = \"{}\"", asks.address()));
    named(&check(&mut serve, &plain), &asks.address().to_string());

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
    let address = listener.local_addr().unwrap();
    say_of(
        &world,
        &tls,
        &format!("proxy = \"http://me:hunter2@{address}\""),
    );
    let answering = std::thread::spawn(move || {
        let (mut asked, _) = listener.accept().expect("somebody asks");
        let mut head = [0; 4096];
        let read = asked.read(&mut head).expect("a request");
        asked
            .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            .expect("it listens");
        String::from_utf8_lossy(&head[..read]).into_owned()
    });
    let report = check(&mut serve, &tls);
    named(&report, &address.to_string());
    assert!(!report.to_string().contains("hunter2"), "{report}");
    let asked = answering.join().unwrap();
    assert!(asked.starts_with("CONNECT models.invalid:443 "), "{asked}");
    assert!(!asked.contains(TYPED), "{asked}");
    // Now nobody listens there.
    named(&check(&mut serve, &tls), &address.to_string());
    serve.close();
}

fn named(report: &Value, proxy: &str) {
    assert_eq!(report["code"], "proxy", "{report}");
    let message = report["message"].as_str().expect("a sentence");
    assert!(
        message.starts_with(&format!("The proxy {proxy} on the way to models.invalid")),
        "{message}"
    );
}
