//! What *Test connection* costs is counted like everything else, with a line of its own.

use std::fs;

use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;

use crate::wires::add;
use crate::wires::check;
use crate::wires::serve;
use crate::world::World;

fn tokens(spent: &Value) -> u64 {
    let number = |name: &str| spent[name].as_u64().expect("a number of tokens");
    number("input") + number("output")
}

#[test]
fn a_test_of_the_connection_is_counted_and_one_that_was_refused_costs_nothing() {
    let world = World::new();
    let model = Model::start([Reply::unauthorized(), Reply::text("OK"), Reply::text("OK")]);
    let mut serve = serve(&world, &[]);
    let id = add(
        &mut serve,
        &model.base_url(),
        json!("custom"),
        json!("auto"),
    );
    let refused = check(&mut serve, &id, "gpt-5-codex");
    assert_eq!(refused["works"], false, "{refused}");
    let none = serve.call("usage/report", json!({}));
    assert_eq!(none["tasks"], json!([]), "{none}");

    let mut before = 0;
    for count in 1..=2 {
        let works = check(&mut serve, &id, "gpt-5-codex");
        assert_eq!(works["works"], true, "{works}");
        let report = serve.call("usage/report", json!({}));
        let line = &report["tasks"][0];
        assert_eq!(line["title"], "Test connection", "{report}");
        assert_eq!(line["spent"]["answers"], count, "{report}");
        assert!(tokens(&line["spent"]) > before, "{report}");
        before = tokens(&line["spent"]);
        assert_eq!(report["days"][0]["spent"], line["spent"], "{report}");
        assert_eq!(report["models"][0]["model"], "gpt-5-codex", "{report}");
        assert_eq!(report["models"][0]["spent"], line["spent"], "{report}");
        let now = serve.call("usage/get", json!({ "task": null }));
        assert_eq!(now["today"], line["spent"], "{now}");
    }
    let report = serve.call("usage/report", json!({}));
    serve.close();

    // It does not hang on the index.
    for file in fs::read_dir(world.data()).unwrap().map(Result::unwrap) {
        let name = file.file_name();
        if name.to_string_lossy().starts_with("index.sqlite") {
            fs::remove_file(file.path()).unwrap();
        }
    }
    let mut serve = crate::wires::serve(&world, &[]);
    assert_eq!(serve.call("usage/report", json!({})), report);
    model.assert_finished();
    serve.close();
}
