//! The tree, the person's own edits and the way to the desktop, through `serve`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::project::Project;

use crate::client::PATIENCE;
use crate::client::Serve;
use crate::task::PATCH;
use crate::task::shop;
use crate::world::World;

/// Puts a file into the private copy as a command of the agent would.
fn put_in_draft(world: &World, task: &str, path: &str) {
    let tree = world.data().join("tasks").join(task).join("draft/tree");
    fs::write(tree.join(path), "").expect("the draft can be written");
}

/// A file as `files/find` names it.
#[track_caller]
pub(crate) fn named(serve: &mut Serve, task: Option<&str>, path: &str) -> String {
    let found = serve.call("files/find", json!({ "task": task, "text": path }));
    let files = found["files"].as_array().expect("a list");
    let file = files.iter().find(|file| file["path"] == path);
    let file = file.unwrap_or_else(|| panic!("{path} is not in {files:#?}"));
    file["id"].as_str().expect("a name").to_owned()
}

#[track_caller]
pub(crate) fn opened(serve: &mut Serve, task: Option<&str>, file: &str, side: &str) -> Value {
    serve.call(
        "file/open",
        json!({ "task": task, "file": file, "side": side }),
    )
}

pub(crate) fn save(view: &Value, task: &str, text: &str) -> Value {
    json!({ "task": task, "file": view["file"], "version": view["version"], "text": text })
}

/// The names of a folder with their marks.
#[track_caller]
fn folder(serve: &mut Serve, task: Option<&str>, folder: Option<&str>) -> Vec<(String, Value)> {
    let ask = json!({ "task": task, "folders": [{ "folder": folder, "most": 1000 }] });
    let folders = serve.call("files/list", ask);
    let entries = folders[0]["entries"].as_array().expect("a list");
    let entry = |entry: &Value| {
        (
            entry["name"].as_str().expect("a name").to_owned(),
            entry["change"].clone(),
        )
    };
    entries.iter().map(entry).collect()
}

#[test]
fn an_edit_of_the_persons_is_a_change_like_any_other_with_their_name() {
    let project = shop();
    let original = project.snapshot();
    let model = Model::start([Reply::patch(PATCH), Reply::text("Raised.")]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Raise the price", "auto");

    let file = named(&mut serve, Some(&task), "src/price.js");
    let view = opened(&mut serve, Some(&task), &file, "draft");
    assert_eq!(view["text"], "export const price = 2;\n");
    assert_eq!(view["kept"], "UTF-8 · CRLF");
    let theirs = opened(&mut serve, Some(&task), &file, "project");
    assert_eq!(theirs["text"], "export const price = 1;\n");
    let saved = serve.call("file/save", save(&view, &task, "export const price = 3;\n"));
    assert_eq!(saved["type"], "saved");
    let notes = named(&mut serve, Some(&task), "notes.txt");
    let view = opened(&mut serve, Some(&task), &notes, "draft");
    serve.call("file/save", save(&view, &task, "something\n"));

    assert_eq!(project.snapshot(), original, "nothing is in the folder yet");
    let author = |serve: &mut Serve, path: &str| serve.change(&task, path)["author"].clone();
    assert_eq!(author(&mut serve, "src/price.js"), "both");
    assert_eq!(author(&mut serve, "notes.txt"), "you");
    let marks = folder(&mut serve, Some(&task), None);
    assert!(
        marks.contains(&("notes.txt".to_owned(), json!("modified"))),
        "{marks:?}"
    );

    let applied = serve.apply(&task);
    assert_eq!(applied["type"], "done", "{applied}");
    assert_eq!(
        project.bytes("src/price.js"),
        b"export const price = 3;\r\n"
    );
    assert_eq!(project.text("notes.txt"), "something\n");
    serve.call("apply/undo", json!({ "apply": applied["apply"]["id"] }));
    assert_eq!(
        project.bytes("src/price.js"),
        b"export const price = 1;\r\n"
    );
    assert_eq!(project.text("notes.txt"), "nothing here\n");
    serve.close();
}

#[test]
fn while_a_command_runs_nothing_is_saved_and_afterwards_it_is() {
    let project = shop();
    let wait = "touch begun; while [ ! -e go ]; do sleep 0.02; done; rm begun go";
    let model = Model::start([Reply::shell(wait), Reply::text("Waited.")]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Wait", "auto");
    let begun = world
        .data()
        .join("tasks")
        .join(&task)
        .join("draft/tree/begun");
    let deadline = Instant::now() + PATIENCE;
    while !begun.exists() {
        assert!(Instant::now() < deadline, "the command began");
        std::thread::yield_now();
    }
    let file = named(&mut serve, Some(&task), "notes.txt");
    let view = opened(&mut serve, Some(&task), &file, "draft");
    let refused = serve.refused("file/save", save(&view, &task, "mine\n"));
    assert_eq!(refused["code"], "refused");
    assert_eq!(
        refused["message"],
        "The agent is running a command in this private copy, so nothing was saved. Your text is \
         kept; save again when the command has ended."
    );
    put_in_draft(&world, &task, "go");
    serve.ended(&task);
    let saved = serve.call("file/save", save(&view, &task, "mine\n"));
    assert_eq!(saved["type"], "saved");
    assert_eq!(serve.change(&task, "notes.txt")["author"], "you");
    serve.close();
}

#[test]
fn a_file_that_changed_underneath_is_not_overwritten() {
    let project = shop();
    let model = Model::start([Reply::text("Hello.")]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Hello", "auto");
    let file = named(&mut serve, Some(&task), "notes.txt");
    let view = opened(&mut serve, Some(&task), &file, "draft");
    project.write("notes.txt", "written outside\n");
    serve.event("the folder to be looked at", |event| {
        event["type"] == "filesChanged" && event["files"].to_string().contains(&file)
    });
    serve.event("the draft to follow", |event| {
        event["type"] == "changesChanged"
    });
    let saved = serve.call("file/save", save(&view, &task, "typed\n"));
    assert_eq!(saved, json!({ "type": "moved" }));
    let now = opened(&mut serve, Some(&task), &file, "draft");
    assert_eq!(now["text"], "written outside\n", "nothing was written");
    // Having seen it, the person lets theirs hold.
    let saved = serve.call("file/save", save(&now, &task, "typed\n"));
    assert_eq!(saved["type"], "saved");
    assert_eq!(project.text("notes.txt"), "written outside\n");
    serve.close();
}

#[test]
fn typed_text_survives_a_kill_and_so_does_a_task_for_edits() {
    let project = shop();
    let model = Model::start(Vec::<Reply>::new());
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let (first, second) = (
        serve.ask("file/edit", json!({})),
        serve.ask("file/edit", json!({})),
    );
    let task = serve.answer(first).expect("a task for edits");
    assert_eq!(task["title"], "Edits by you");
    assert_eq!(task["state"], "readyToReview");
    let task = task["id"].as_str().expect("a task has an id").to_owned();
    let again = serve.answer(second).expect("a task for edits");
    assert_eq!(again["id"], task.as_str(), "there is one task for edits");
    let file = named(&mut serve, Some(&task), "notes.txt");
    let view = opened(&mut serve, Some(&task), &file, "draft");
    serve.call("file/save", save(&view, &task, "saved\n"));
    let view = opened(&mut serve, Some(&task), &file, "draft");
    let mut keep = save(&view, &task, "typed and not saved");
    serve.call("file/keep", keep.clone());
    serve.kill();

    // The index is lost too: the log knows that the person edited.
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let unsaved = serve.call("file/unsaved", json!({ "task": task }));
    assert_eq!(unsaved, json!([{ "file": file, "path": "notes.txt" }]));
    let view = opened(&mut serve, Some(&task), &file, "draft");
    assert_eq!(view["text"], "saved\n");
    assert_eq!(view["unsaved"]["text"], "typed and not saved");
    assert_eq!(view["unsaved"]["version"], view["version"]);
    keep["text"] = Value::Null;
    serve.call("file/keep", keep);
    assert_eq!(
        serve.call("file/unsaved", json!({ "task": task })),
        json!([])
    );
    serve.kill();
    for name in ["index.sqlite", "index.sqlite-wal", "index.sqlite-shm"] {
        // Only the first is always there.
        let _ = fs::remove_file(world.data().join(name));
    }
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    assert_eq!(serve.change(&task, "notes.txt")["author"], "you");
    let applied = serve.apply(&task);
    assert_eq!(applied["type"], "done", "{applied}");
    assert_eq!(project.text("notes.txt"), "saved\n");
    serve.close();
}

#[test]
fn a_name_that_was_never_told_leads_nowhere() {
    let project = shop();
    let model = Model::start(Vec::<Reply>::new());
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    for file in [
        "../../etc/passwd",
        "src/price.js",
        "",
        "0123456789abcdef0123",
    ] {
        let named = json!({ "task": null, "file": file });
        let open = json!({ "task": null, "file": file, "side": "project" });
        for (verb, request) in [
            ("file/open", &open),
            ("file/reveal", &named),
            ("file/outside", &named),
        ] {
            let refused = serve.refused(verb, request.clone());
            assert_eq!(
                refused["message"],
                "That file is not in the list any more. Nothing was changed. Choose it again.",
                "{verb} {file}"
            );
        }
    }
    serve.close();
}

#[test]
fn a_letter_that_the_encoding_lacks_is_named_and_nothing_is_saved() {
    let project = shop().file("latin.txt", b"na\xefve caf\xe9 \xfcber stra\xdfe\n");
    let model = Model::start(Vec::<Reply>::new());
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.call("file/edit", json!({}))["id"].clone();
    let task = task.as_str().expect("an id");
    let file = named(&mut serve, Some(task), "latin.txt");
    let view = opened(&mut serve, Some(task), &file, "draft");
    assert_eq!(view["kept"], "windows-1252 · LF");
    let refused = serve.refused("file/save", save(&view, task, "caf\u{e9} \u{2713}\n"));
    let message = refused["message"].as_str().unwrap_or_default();
    assert!(
        message.starts_with("\"\u{2713}\" cannot be written in windows-1252"),
        "{message}"
    );
    assert_eq!(serve.changes(task), Vec::<Value>::new());
    let typed = "na\u{ef}ve caf\u{e9} \u{fc}ber \u{e4}lles\n";
    serve.call("file/save", save(&view, task, typed));
    serve.apply(task);
    assert_eq!(
        project.bytes("latin.txt"),
        b"na\xefve caf\xe9 \xfcber \xe4lles\n"
    );
    serve.close();
}

/// A desktop of the test's own: a session bus, and an `xdg-open` that writes down what it is given.
struct Desktop {
    bus: std::process::Child,
    address: String,
    tools: PathBuf,
    given: PathBuf,
}

impl Desktop {
    fn start(folder: &Path) -> Self {
        use std::io::BufRead;
        let mut bus = std::process::Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("dbus-daemon starts");
        let mut address = String::new();
        let output = bus.stdout.take().expect("a pipe was asked for");
        std::io::BufReader::new(output)
            .read_line(&mut address)
            .expect("it says its address");
        let tools = folder.join("desktop");
        let given = folder.join("given");
        fs::create_dir(&tools).expect("a folder can be made");
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$1\" >> '{}'\n",
            given.display()
        );
        fs::write(tools.join("xdg-open"), script).expect("a script can be written");
        fs::set_permissions(tools.join("xdg-open"), fs::Permissions::from_mode(0o755))
            .expect("it can be made a program");
        Self {
            bus,
            address: address.trim().to_owned(),
            tools,
            given,
        }
    }

    fn serve(&self, world: &World, base_url: &str) -> Serve {
        let mut command = world.command(base_url);
        let path = format!("{}:/usr/bin:/bin", self.tools.display());
        command
            .arg("serve")
            .arg("--data")
            .arg(world.data())
            .env("PATH", path)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        Serve::spawn(&mut command)
    }

    fn given(&self) -> String {
        fs::read_to_string(&self.given).unwrap_or_default()
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        drop(self.bus.kill());
        drop(self.bus.wait());
    }
}

#[test]
fn the_projects_own_version_is_opened_outside_and_that_is_said() {
    let project = shop();
    let model = Model::start([
        Reply::patch(PATCH),
        Reply::shell("echo new > added.txt"),
        Reply::text("Raised."),
    ]);
    let world = World::new();
    let desktop = Desktop::start(world.folder());
    let mut serve = desktop.serve(&world, &model.base_url());
    serve.open(project.path());
    let task = serve.work("Raise the price", "auto");
    let ask = |serve: &mut Serve, path: &str| {
        let file = named(serve, Some(&task), path);
        serve.try_call("file/outside", json!({ "task": task, "file": file }))
    };
    let opened = ask(&mut serve, "notes.txt").expect("it is opened");
    assert_eq!(opened["sentence"], "Opened your folder's version.");
    let opened = ask(&mut serve, "src/price.js").expect("it is opened");
    assert_eq!(
        opened["sentence"],
        "Opened your folder's version. What this task changed in it is in the private copy only, \
         so it is not in there."
    );
    let at = |path: &str| project.at(path).display().to_string();
    assert_eq!(
        desktop.given(),
        format!("{}\n{}\n", at("notes.txt"), at("src/price.js"))
    );
    for (path, why) in [
        (
            "run.sh",
            "can be run as a program, so your desktop may run it",
        ),
        (
            "added.txt",
            "It is in the private copy only; apply it first.",
        ),
    ] {
        let refused = ask(&mut serve, path).expect_err("it is refused");
        let message = refused["message"].as_str().unwrap_or_default();
        assert!(message.contains(why), "{message}");
    }
    assert_eq!(
        desktop.given().lines().count(),
        2,
        "nothing else was opened"
    );

    // No file manager answers on this bus, so the folder is opened instead.
    let file = named(&mut serve, Some(&task), "src/price.js");
    serve.call("file/reveal", json!({ "task": task, "file": file }));
    assert_eq!(desktop.given().lines().last(), Some(&*at("src")));
    fs::remove_file(desktop.tools.join("xdg-open")).expect("it was there");
    serve.close();
}

#[test]
fn the_file_manager_is_asked_over_the_bus() {
    let project = Project::named("a b").file("c#.txt", "1\n");
    let model = Model::start(Vec::<Reply>::new());
    let world = World::new();
    let desktop = Desktop::start(world.folder());
    let asked = world.folder().join("asked");
    let script = r#"
import sys, gi
from gi.repository import Gio, GLib
loop = GLib.MainLoop()
node = Gio.DBusNodeInfo.new_for_xml("""<node><interface name="org.freedesktop.FileManager1">
<method name="ShowItems"><arg type="as" direction="in"/><arg type="s" direction="in"/></method>
</interface></node>""")
def called(connection, sender, path, interface, method, arguments, invocation):
    open(sys.argv[1], "w").write("\n".join(arguments.unpack()[0]))
    invocation.return_value(None)
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[2],
    Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
bus.register_object("/org/freedesktop/FileManager1", node.interfaces[0], called)
Gio.bus_own_name_on_connection(bus, "org.freedesktop.FileManager1", 0,
    lambda *_: print("ready", flush=True), None)
loop.run()
"#;
    let mut manager = std::process::Command::new("/usr/bin/python3")
        .args(["-c", script])
        .arg(&asked)
        .arg(&desktop.address)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut ready = [0; 6];
    let output = manager.stdout.as_mut().expect("a pipe was asked for");
    std::io::Read::read_exact(output, &mut ready).expect("the file manager is on the bus");
    let mut serve = desktop.serve(&world, &model.base_url());
    serve.open(project.path());
    let file = named(&mut serve, None, "c#.txt");
    serve.call("file/reveal", json!({ "task": null, "file": file }));
    let uri = fs::read_to_string(&asked).expect("it was asked");
    assert!(
        uri.starts_with("file:///") && uri.ends_with("/a%20b/c%23.txt"),
        "{uri}"
    );
    assert_eq!(desktop.given(), "", "nothing else was started");
    drop(manager.kill());
    drop(manager.wait());
    serve.close();
}

#[test]
fn a_dropped_folder_of_fifty_thousand_files_is_in_the_tree_and_in_the_draft() {
    let project = shop();
    let model = Model::start([Reply::text("Hello.")]);
    let world = World::new();
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Hello", "auto");
    let outside = tempfile::tempdir_in(project.path().parent().expect("a folder around"))
        .expect("a folder can be made");
    for part in 0..50 {
        let folder = outside.path().join(format!("dropped/part{part}"));
        fs::create_dir_all(&folder).expect("a folder can be made");
        for file in 0..1000 {
            fs::write(folder.join(format!("file{file}.txt")), "x").expect("a file can be written");
        }
    }
    let began = Instant::now();
    fs::rename(outside.path().join("dropped"), project.at("dropped")).expect("it can be moved in");
    serve.event("the tree to be listed again", |event| {
        event["type"] == "filesChanged"
    });
    let seen = began.elapsed();
    let top = folder(&mut serve, None, None);
    assert!(top.iter().any(|(name, _)| name == "dropped"), "{top:?}");
    let found = serve.call(
        "files/find",
        json!({ "task": null, "text": "part49file999" }),
    );
    assert_eq!(found["files"][0]["path"], "dropped/part49/file999.txt");
    assert_eq!(found["all"], 50_003);
    let looked = began.elapsed();
    serve.event("the draft to follow", |event| {
        event["type"] == "changesChanged"
    });
    println!(
        "seen {seen:?}, looked {looked:?}, in the draft {:?}",
        began.elapsed()
    );
    assert_eq!(
        serve.changes(&task),
        Vec::<Value>::new(),
        "it is no change of the task"
    );
    assert!(looked < Duration::from_secs(60), "{looked:?}");
    let file = named(&mut serve, Some(&task), "dropped/part49/file999.txt");
    let view = opened(&mut serve, Some(&task), &file, "draft");
    assert_eq!(view["text"], "x", "the private copy has it");
    serve.close();
}
