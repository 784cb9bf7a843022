//! The advanced part of a provider's form: what is wrong is told at its field, what is right is in the
//! settings file, and requests go that way.

use std::fs;

use fantoccini::key::Key;
use serde_json::Value;
use serde_json::json;
use support::keychain::NO_BUS;
use support::model::Model;
use support::model::Reply;
use support::tls::Authority;
use support::window::Window;

use crate::models::close_settings;
use crate::models::notes;
use crate::models::open_settings;
use crate::models::start;
use crate::person::id;

/// Puts `text` in the place of what a field holds.
async fn replace(window: &Window, field: &str, text: &str) {
    window.click(&id(field)).await;
    window.keys(&format!("{}{}", Key::Control, "a")).await;
    window.keys(&Key::Delete).await;
    window.type_into(&id(field), text).await;
}

#[tokio::test]
async fn certificates_and_a_proxy_are_set_in_the_form_and_requests_go_that_way() {
    let (project, company) = (notes(), Authority::new("Company"));
    // It answers what it is asked for any host, as a proxy does.
    let numbers: String = (1..=40).map(|number| format!("{number} ")).collect();
    let proxy = Model::start([Reply::text(&numbers).header("x-ms-region", "Sweden Central")]);
    let launch = start(&project, NO_BUS);
    let file = launch
        .data()
        .with_file_name("config")
        .join("greenlight/settings.toml");
    let window = Window::open(&launch).await;
    open_settings(&window).await;
    window.click(&id("provider-add")).await;
    window.type_into(&id("provider-name"), "Mine").await;
    window
        .type_into(&id("provider-url"), "http://models.invalid/v1")
        .await;
    window.click(&id("provider-save")).await;
    window.wait_for(&id("provider-mine")).await;
    let mine = fs::read_to_string(&file).expect("there are settings");
    fs::write(
        &file,
        mine.replace("name = \"Mine\"", "name = \"Mine\" # by me"),
    )
    .expect("a comment");

    window.click(&id("provider-edit")).await;
    window.click(&id("advanced-toggle")).await;
    let plain = project.path().join("todo.txt");
    replace(&window, "ca-file", plain.to_str().expect("text")).await;
    window.keys(&Key::Enter).await;
    window
        .wait_for_text(&id("ca-file-fault"), "holds no certificate in PEM")
        .await;
    let certificates = company.file();
    replace(&window, "ca-file", certificates.to_str().expect("text")).await;
    replace(&window, "proxy", "ftp://proxy.example").await;
    window.keys(&Key::Enter).await;
    window
        .wait_for_text(&id("proxy-fault"), "is no address of a proxy")
        .await;
    let address = format!("http://{}", proxy.address());
    replace(&window, "proxy", &address).await;
    window
        .wait_for_text(&id("proxy-reads"), "the proxy can read")
        .await;
    window.keys(&Key::Enter).await;
    window.wait_until_gone(&id("advanced")).await;
    let settings = fs::read_to_string(&file).expect("there are settings");
    for line in [
        "name = \"Mine\" # by me".to_owned(),
        format!("ca_file = \"{}\"", certificates.display()),
        format!("proxy = \"{address}\""),
    ] {
        assert!(settings.contains(&line), "{line}\n{settings}");
    }

    window.click(&id("provider-test")).await;
    window
        .wait_for(&format!("{}[data-code=works]", id("provider-report")))
        .await;
    let words = format!("Through the proxy {} (set in Settings).", proxy.address());
    window.wait_for_text(&id("provider-speed"), &words).await;
    window
        .wait_for_text(&id("provider-speed"), "Azure region Sweden Central.")
        .await;
    let asked = &proxy.requests()[0];
    let host = asked.headers.iter().find(|(name, _)| name == "host");
    assert_eq!(host.map(|(_, host)| host.as_str()), Some("models.invalid"));

    // What was set is there when the form is opened again, and can be taken out.
    window.click(&id("provider-edit")).await;
    let script = "return document.querySelector(arguments[0]).value";
    let shown: Value = window.js(script, vec![json!(id("proxy"))]).await;
    assert_eq!(shown, json!(address));
    for field in ["proxy", "ca-file"] {
        window.click(&id(field)).await;
        window.keys(&format!("{}{}", Key::Control, "a")).await;
        window.keys(&Key::Delete).await;
    }
    window.keys(&Key::Enter).await;
    window.wait_until_gone(&id("advanced")).await;
    let settings = fs::read_to_string(&file).expect("there are settings");
    assert!(
        !settings.contains("proxy")
            && !settings.contains("ca_file")
            && settings.contains("# by me"),
        "{settings}"
    );
    close_settings(&window).await;
    window.close().await;
}
