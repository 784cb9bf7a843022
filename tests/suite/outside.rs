//! Files opened in other programs of the desktop.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::project::Project;

use crate::client::Serve;
use crate::files::named;
use crate::task::PATCH;
use crate::task::shop;
use crate::world::World;

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
