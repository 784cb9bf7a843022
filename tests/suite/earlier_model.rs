//! A model with less room than the one before: that one sums the conversation up, where it can.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::model::Request;
use support::model::Script;
use support::model::stream;

use crate::client::Serve;
use crate::compaction::CONSTRAINT;
use crate::compaction::SMALL;
use crate::compaction::archive;
use crate::compaction::compact;
use crate::compaction::counted;
use crate::compaction::is_for_a_summary;
use crate::wires::serve;
use crate::world::World;

const LARGE: &str = "gpt-5.1";
/// Parts that the large model reads, which is more than the small one can take.
const PARTS: usize = 8;

/// A model that reads in its large form, and only says something in its small one.
fn reader(request: &Request) -> Reply {
    let read = request.results().len();
    match (is_for_a_summary(request), read) {
        (true, _) => stream().text("Summed up.").completed_with(counted(request)),
        (false, n) if n < PARTS && request.json()["model"] != SMALL => {
            let command = format!("cat part{n}.txt");
            stream().shell(&command).completed_with(counted(request))
        }
        _ => stream().text("Lu.").completed_with(counted(request)),
    }
}

fn choose(serve: &mut Serve, task: &str, model: &str) {
    let change = json!({ "task": task, "model": model, "effort": null, "permission": null });
    serve.call("task/configure", change);
}

/// Adds a provider and chooses it.
fn add(serve: &mut Serve, name: &str, url: &str) {
    let put = json!({ "provider": null, "name": name, "baseUrl": url, "kind": "custom",
        "wire": "auto" });
    let id = serve.call("provider/put", put)["chosen"].clone();
    serve.call("provider/choose", json!({ "provider": id }));
}

fn models(requests: &[Request]) -> Vec<Value> {
    let models = requests
        .iter()
        .map(|request| request.json()["model"].clone());
    models.collect()
}

#[test]
fn another_provider_is_not_asked_under_the_name_of_the_model_before() {
    let (world, project) = (World::new(), archive());
    let (one, two) = (
        Model::start(Script::each(reader)),
        Model::start(Script::each(reader)),
    );
    let mut serve = serve(&world, &[]);
    add(&mut serve, "One", &one.base_url());
    serve.call("model/prefer", json!({ "model": LARGE, "effort": "usual" }));
    serve.open(project.path());
    let task = serve.work(CONSTRAINT, "auto");
    let asked = one.requests().len();
    add(&mut serve, "Two", &two.base_url());
    choose(&mut serve, &task, SMALL);
    serve.send(&task, "Et maintenant ?");
    assert_eq!(serve.ended(&task)["turn"], "done");
    assert_eq!(serve.items(&task, "compaction").len(), 1);
    assert_eq!(models(&two.requests()), [SMALL, SMALL]);
    assert_eq!(
        one.requests().len(),
        asked,
        "it has nothing to do with it any more"
    );
    serve.close();
}

#[test]
fn a_compaction_that_failed_leaves_the_summary_to_the_model_before_also_after_a_restart() {
    let (world, project) = (World::new(), archive());
    let refuses = Arc::new(AtomicBool::new(true));
    let now = refuses.clone();
    let model = Model::start(Script::each(move |request| {
        match is_for_a_summary(request) && now.load(Ordering::Relaxed) {
            true => Reply::unauthorized(),
            false => reader(request),
        }
    }));
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    serve.call("model/prefer", json!({ "model": LARGE, "effort": "usual" }));
    let task = serve.work(CONSTRAINT, "auto");
    choose(&mut serve, &task, SMALL);
    for restarts in [false, true] {
        let asked = model.requests().len();
        compact(&mut serve, &task);
        assert_eq!(models(&model.requests()[asked..]), [LARGE, SMALL]);
        assert_eq!(serve.items(&task, "compaction"), Vec::<Value>::new());
        if restarts {
            serve.close();
            serve = world.serve(&model.base_url());
            serve.open(project.path());
        }
    }
    refuses.store(false, Ordering::Relaxed);
    let asked = model.requests().len();
    compact(&mut serve, &task);
    assert_eq!(models(&model.requests()[asked..]), [LARGE]);
    assert_eq!(serve.items(&task, "compaction").len(), 1);
    serve.close();
}

#[test]
fn a_summary_of_the_model_before_is_booked_under_that_model() {
    let (world, project) = (World::new(), archive());
    let model = Model::start(Script::each(reader));
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    serve.call("model/prefer", json!({ "model": LARGE, "effort": "usual" }));
    let task = serve.work(CONSTRAINT, "auto");
    choose(&mut serve, &task, SMALL);
    serve.send(&task, "Et maintenant ?");
    serve.ended(&task);
    let requests = model.requests();
    assert_eq!(models(&requests[PARTS + 1..]), [LARGE, SMALL]);
    let report = serve.call("usage/report", json!({}));
    let booked = |name: &str| {
        let models = report["models"].as_array().unwrap();
        let of = models.iter().find(|of| of["model"] == name).unwrap();
        of["spent"].clone()
    };
    // What each request took is what the server counted of it.
    let input = |of: &str| -> u64 {
        let asked = requests
            .iter()
            .filter(|request| request.json()["model"] == of);
        asked.map(|request| counted(request).input).sum()
    };
    for (name, answers) in [(LARGE, PARTS + 2), (SMALL, 1)] {
        let spent = booked(name);
        assert_eq!(spent["answers"], answers, "{name}: {spent}");
        assert_eq!(spent["input"], input(name), "{name}: {spent}");
    }
    serve.close();
}
