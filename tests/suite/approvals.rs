//! What a task has to ask: asked, answered, told to the model, and never done without an answer.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::Mutex;

use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::project::Project;

use crate::client::Serve;
use crate::traces::processes;
use crate::traces::wait_end;
use crate::world::World;

/// A server on this computer that says what it is for.
struct Server {
    site: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(line: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let site = listener
            .local_addr()
            .expect("a bound socket has an address");
        let site = site.to_string();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = asked.clone();
        std::thread::spawn(move || {
            for met in listener.incoming() {
                let mut met = met.expect("someone connects");
                let mut buffer = [0; 4096];
                let count = met.read(&mut buffer).unwrap_or(0);
                let request = String::from_utf8_lossy(&buffer[..count]).into_owned();
                let first = request.lines().next().unwrap_or_default().to_owned();
                heard.lock().expect("nobody panics here").push(first);
                let _ = write!(
                    met,
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{line}",
                    line.len()
                );
            }
        });
        Self { site, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics here").clone()
    }

    /// A command that fetches from it by way of the proxy.
    fn fetch(&self) -> String {
        format!("curl -sS --noproxy '' http://{}/list", self.site)
    }
}

fn shop() -> Project {
    Project::new()
        .file("notes.txt", "nothing here\n")
        .file("web/index.html", "<p>\n")
}

/// A call that asks for more than the mode allows.
fn escalated(command: &str) -> Reply {
    in_folder(command, "")
}

fn in_folder(command: &str, workdir: &str) -> Reply {
    let call = json!({ "command": command, "workdir": workdir,
        "sandbox_permissions": "require_escalated", "justification": "The list is needed." });
    stream().function_call("shell_command", &call).completed()
}

/// Waits for the next question of a task.
#[track_caller]
fn asked(serve: &mut Serve, task: &str) -> Value {
    let event = serve.event("a question", |event| {
        event["type"] == "approvalsChanged"
            && event["task"] == task
            && event["approvals"]
                .as_array()
                .is_some_and(|all| !all.is_empty())
    });
    event["approvals"][0].clone()
}

fn answer(task: &str, approval: &Value, decision: &Value) -> Value {
    json!({ "task": task, "nonce": approval["nonce"], "decision": decision })
}

fn allow(scope: &str) -> Value {
    json!({ "type": "allow", "scope": scope, "command": null })
}

fn deny(note: &str) -> Value {
    json!({ "type": "deny", "note": note })
}

#[test]
fn a_command_asks_for_the_internet_and_reaches_what_was_allowed() {
    let (server, other) = (Server::start("the list\n"), Server::start("more\n"));
    let project = shop();
    let before = project.snapshot();
    let port = server.site.rsplit(':').next().unwrap().to_owned();
    let script = format!(
        "{}; P={}; curl -sS --noproxy '' http://127.0.0.1:$P/more; \
         (echo x > /dev/tcp/127.0.0.1/{port}) 2>/dev/null || echo no way around; \
         getent hosts localhost.example || echo no names",
        server.fetch(),
        other.site.rsplit(':').next().unwrap()
    );
    let model = Model::start([escalated(&script), Reply::text("Done.")]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Fetch the list", "auto");

    let first = asked(&mut serve, &task);
    assert_eq!(first["kind"], "command");
    assert_eq!(first["exact"], script.as_str());
    assert_eq!(first["reason"], "The list is needed.");
    assert!(
        first["text"]
            .as_str()
            .unwrap()
            .contains("is your own computer"),
        "{first}"
    );
    let reach = &first["facts"][1];
    assert_eq!(reach["label"], "Can reach");
    assert!(
        reach["text"].as_str().unwrap().starts_with(&server.site),
        "{reach}"
    );
    let view = serve.view(&task);
    assert_eq!(
        view["approvals"],
        json!([first]),
        "a window that opens now shows it too"
    );
    assert_eq!(view["task"]["state"], "needsYou");
    assert_eq!(view["task"]["turn"], "running");
    assert_eq!(view["task"]["detail"], "Asks to use the internet");
    assert_eq!(
        serve.items(&task, "command"),
        Vec::<Value>::new(),
        "nothing has begun"
    );
    let task_now = serve.call("approval/answer", answer(&task, &first, &allow("once")));
    assert_eq!(task_now["turn"], "running");

    let second = asked(&mut serve, &task);
    assert_eq!(second["kind"], "site");
    assert!(
        second["title"].as_str().unwrap().contains(&other.site),
        "{second}"
    );
    assert_eq!(serve.view(&task)["task"]["state"], "needsYou");
    let again = serve.refused("approval/answer", answer(&task, &first, &allow("once")));
    assert!(
        again["message"]
            .as_str()
            .unwrap()
            .contains("no longer open"),
        "{again}"
    );
    serve.call(
        "approval/answer",
        answer(&task, &second, &deny("not that one")),
    );

    let ended = serve.ended(&task);
    assert_eq!(
        (&ended["turn"], &ended["state"]),
        (&json!("done"), &json!("answered"))
    );
    let told = model.requests()[1].last_result();
    for part in [
        "the list\n",
        "was not reached: the person did not allow it and says: not that one",
        "no way around\n",
        "no names",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(server.asked(), ["GET /list HTTP/1.1"]);
    assert_eq!(other.asked(), Vec::<String>::new());
    assert_eq!(serve.view(&task)["approvals"], json!([]));
    before.assert_unchanged(project.path());
    serve.close();
}

#[test]
fn what_is_denied_or_changed_is_told_to_the_model() {
    let project = shop();
    let model = Model::start([
        escalated("rm notes.txt"),
        escalated("rm notes.txt"),
        Reply::text("Done."),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Tidy up", "auto");
    let first = asked(&mut serve, &task);
    serve.call(
        "approval/answer",
        answer(&task, &first, &deny("Keep the notes")),
    );
    let second = asked(&mut serve, &task);
    let hidden = json!({ "type": "allow", "scope": "once", "command": "ls\u{202e}" });
    let refused = serve.refused("approval/answer", answer(&task, &second, &hidden));
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("cannot be seen"),
        "{refused}"
    );
    let wider = json!({ "type": "allow", "scope": "always", "command": "cat notes.txt" });
    let refused = serve.refused("approval/answer", answer(&task, &second, &wider));
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("Allow it once"),
        "{refused}"
    );
    let edited = json!({ "type": "allow", "scope": "once", "command": "cat notes.txt" });
    serve.call("approval/answer", answer(&task, &second, &edited));
    serve.ended(&task);
    let requests = model.requests();
    assert!(requests[1].last_result().contains("says: Keep the notes"));
    let told = requests[2].last_result();
    assert!(
        told.contains("what ran instead is: cat notes.txt\nnothing here"),
        "{told}"
    );
    let refused = serve.items(&task, "refused");
    assert_eq!(refused[0]["action"], "Run `rm notes.txt`");
    assert_eq!(serve.items(&task, "command")[0]["command"], "cat notes.txt");
    assert_eq!(serve.changes(&task), Vec::<Value>::new());
    serve.close();
}

#[test]
fn stop_ends_a_task_that_asks_and_a_command_that_waits() {
    let mark = format!("asking-{}", std::process::id());
    let server = Server::start("the list\n");
    let project = shop();
    let waits = format!(
        "bash -c 'exec -a {mark} sleep 1000' & P={}; curl -sS --noproxy '' http://127.0.0.1:$P/; echo > made",
        server.site.rsplit(':').next().unwrap()
    );
    let model = Model::start([escalated("echo > made"), escalated(&waits)]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Make it", "auto");
    let first = asked(&mut serve, &task);
    let stopped = serve.call("task/stop", json!({ "task": task }));
    assert_eq!(
        (&stopped["turn"], &stopped["state"]),
        (&json!("stopped"), &json!("stopped"))
    );
    let gone = serve.refused("approval/answer", answer(&task, &first, &allow("once")));
    assert!(
        gone["message"]
            .as_str()
            .unwrap()
            .contains("nothing was allowed"),
        "{gone}"
    );
    assert_eq!(serve.view(&task)["approvals"], json!([]));
    serve.ended(&task);

    serve.send(&task, "Again");
    let command = asked(&mut serve, &task);
    serve.call("approval/answer", answer(&task, &command, &allow("once")));
    let site = asked(&mut serve, &task);
    assert_eq!(site["kind"], "site", "{site}");
    serve.call("task/stop", json!({ "task": task }));
    assert_eq!(processes(&mark), Vec::<u32>::new());
    assert_eq!(serve.view(&task)["approvals"], json!([]));
    assert_eq!(server.asked(), Vec::<String>::new());
    assert_eq!(serve.changes(&task), Vec::<Value>::new());
    serve.close();
}

#[test]
fn a_kill_while_it_asks_leaves_an_interrupted_turn_and_runs_nothing() {
    let mark = format!("asked-and-killed-{}", std::process::id());
    let server = Server::start("the list\n");
    let project = shop();
    let waits = format!(
        "bash -c 'exec -a {mark} sleep 1000' & P={}; curl -sS --noproxy '' http://127.0.0.1:$P/ && echo > made",
        server.site.rsplit(':').next().unwrap()
    );
    let model = Model::start([escalated("echo > made")]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Make it", "auto");
    let old = asked(&mut serve, &task);
    serve.kill();

    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let view = serve.view(&task);
    assert_eq!(
        (
            &view["task"]["turn"],
            &view["task"]["state"],
            &view["approvals"]
        ),
        (&json!("interrupted"), &json!("stopped"), &json!([]))
    );
    let gone = serve.refused("approval/answer", answer(&task, &old, &allow("once")));
    assert!(
        gone["message"]
            .as_str()
            .unwrap()
            .contains("nothing was allowed"),
        "{gone}"
    );

    // It goes on and asks anew; this time it dies with a command that waits.
    model.push(escalated(&waits));
    serve.call("task/continue", json!({ "task": task }));
    let command = asked(&mut serve, &task);
    serve.call("approval/answer", answer(&task, &command, &allow("once")));
    assert_eq!(asked(&mut serve, &task)["kind"], "site");
    let running = processes(&mark);
    assert!(!running.is_empty(), "it waits");
    serve.kill();
    running.into_iter().for_each(wait_end);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(serve.view(&task)["task"]["turn"], "interrupted");
    assert_eq!(serve.changes(&task), Vec::<Value>::new());
    assert_eq!(server.asked(), Vec::<String>::new());
    serve.close();
}

#[test]
fn always_exactly_this_survives_and_is_exactly_this() {
    let server = Server::start("the list\n");
    let project = shop();
    let fetch = server.fetch();
    let model = Model::start([escalated(&fetch), Reply::text("Done.")]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Fetch", "auto");
    let first = asked(&mut serve, &task);
    assert!(
        first["always"].is_string() && first["forTask"].is_string(),
        "{first}"
    );
    serve.call("approval/answer", answer(&task, &first, &allow("always")));
    serve.ended(&task);
    serve.close();

    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let listed = serve.call("approval/always", json!({}));
    let [entry] = listed["entries"].as_array().unwrap().as_slice() else {
        panic!("{listed}")
    };
    assert_eq!(
        (&entry["command"][0]["text"], &entry["folder"]),
        (&json!(fetch), &json!(""))
    );
    assert!(
        entry["may"].as_str().unwrap().contains(&server.site),
        "{entry}"
    );
    // Exactly this is not asked; in another folder, or with one more blank, it is.
    for reply in [
        escalated(&fetch),
        in_folder(&fetch, "web"),
        escalated(&format!("{fetch} ")),
        Reply::text("Done."),
    ] {
        model.push(reply);
    }
    let task = serve.start("Fetch", "auto");
    let elsewhere = asked(&mut serve, &task);
    assert_eq!(elsewhere["facts"][0]["text"], "web in the private copy");
    assert_eq!(server.asked().len(), 2);
    serve.call("approval/answer", answer(&task, &elsewhere, &deny("")));
    let longer = asked(&mut serve, &task);
    assert_eq!(longer["exact"], format!("{fetch} "));
    serve.call("approval/answer", answer(&task, &longer, &deny("")));
    serve.ended(&task);
    assert_eq!(server.asked().len(), 2);

    // Taken away, it is asked about again.
    let left = serve.call("approval/forget", json!({ "id": entry["id"] }));
    assert_eq!(left, json!({ "entries": [] }));
    model.push(escalated(&fetch));
    serve.start("Fetch", "auto");
    let event = serve.event("a question", |event| {
        event["type"] == "approvalsChanged" && event["approvals"][0]["exact"] == fetch.as_str()
    });
    assert_eq!(event["approvals"][0]["kind"], "command");
    serve.close();
}

#[test]
fn read_only_asks_before_an_edit_and_before_a_command() {
    let project = shop();
    let patch = "*** Begin Patch\n*** Update File: notes.txt\n@@\n-nothing here\n+something\n*** End Patch\n";
    let model = Model::start([
        Reply::shell("cat notes.txt"),
        Reply::patch(patch),
        Reply::shell("touch made"),
        Reply::text("Done."),
    ]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Write something", "readOnly");
    let edit = asked(&mut serve, &task);
    assert_eq!(
        (&edit["kind"], &edit["exact"]),
        (&json!("edit"), &json!(patch))
    );
    assert_eq!(
        (&edit["editable"], &edit["always"]),
        (&json!(false), &Value::Null)
    );
    assert!(
        edit["text"].as_str().unwrap().contains("notes.txt"),
        "{edit}"
    );
    assert_eq!(serve.view(&task)["task"]["detail"], "Asks to edit 1 file");
    serve.call("approval/answer", answer(&task, &edit, &allow("once")));
    let command = asked(&mut serve, &task);
    assert_eq!(command["title"], "May this command be run?");
    serve.call(
        "approval/answer",
        answer(&task, &command, &deny("no new files")),
    );
    serve.ended(&task);
    let changed: Vec<Value> = serve
        .changes(&task)
        .into_iter()
        .map(|mut f| f["path"].take())
        .collect();
    assert_eq!(changed, ["notes.txt"]);
    assert!(
        model.requests()[3]
            .last_result()
            .contains("says: no new files")
    );
    assert_eq!(project.text("notes.txt"), "nothing here\n");
    serve.close();
}
