//! A stand-in for the desktop's notification service, on the session bus of the tests.
//!
//! It takes the service's own name, answers as the service does, and keeps what it was asked to
//! show. Ending it gives the name back.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::Child;
use std::process::ChildStdin;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde_json::Value;

use crate::driver::within;
use crate::window::PATIENCE;

/// Says each notification as a line of JSON; a line with a number on its input is a click on it.
const SERVICE: &str = r#"
import json, sys, threading
from gi.repository import Gio, GLib
XML = """<node><interface name="org.freedesktop.Notifications">
<method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/>
<arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
<arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
<arg type="u" direction="out"/></method>
<signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
</interface></node>"""
NAME, PLACE = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
say = lambda what: print(json.dumps(what), flush=True)
newest = 0
def call(bus, sender, path, interface, method, parameters, invocation):
    global newest
    app, replaces, icon, summary, body, actions, hints, timeout = parameters.unpack()
    newest += 1
    number = replaces or newest
    say({"id": number, "app": app, "summary": summary, "body": body, "actions": actions})
    invocation.return_value(GLib.Variant("(u)", (number,)))
def have_bus(bus, name):
    bus.register_object(PLACE, Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0], call, None, None)
    def clicks():
        for line in sys.stdin:
            said = GLib.Variant("(us)", (int(line), "default"))
            GLib.idle_add(lambda: bus.emit_signal(None, PLACE, NAME, "ActionInvoked", said) and False)
    threading.Thread(target=clicks, daemon=True).start()
Gio.bus_own_name(Gio.BusType.SESSION, NAME, Gio.BusNameOwnerFlags.NONE,
    have_bus, lambda *_: say({"ready": True}), lambda *_: say({"lost": True}))
GLib.MainLoop().run()
"#;

/// The running service.
pub struct Desktop {
    child: Child,
    clicks: ChildStdin,
    said: Arc<Mutex<Vec<Value>>>,
}

impl Desktop {
    /// Starts it and waits until it has the name.
    pub async fn start() -> Self {
        // The distribution's own Python: another one on the path would not have the bindings.
        let mut command = Command::new("/usr/bin/python3");
        command
            .args(["-c", SERVICE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0);
        let mut child = command.spawn().expect("python3 starts");
        let output = child.stdout.take().expect("its output is piped");
        let clicks = child.stdin.take().expect("its input is piped");
        let said = Arc::<Mutex<Vec<Value>>>::default();
        let hearing = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).expect("every line is JSON");
                hearing
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            }
        });
        let desktop = Self {
            child,
            clicks,
            said,
        };
        let ready = async || {
            desktop
                .all()
                .iter()
                .any(|line| line["ready"] == true)
                .then_some(())
        };
        assert!(
            within(PATIENCE, ready).await.is_some(),
            "the service did not get its name: {:?}",
            desktop.all()
        );
        desktop
    }

    /// What was shown so far, oldest first.
    pub fn shown(&self) -> Vec<Value> {
        let shown = self.all().into_iter();
        shown.filter(|line| line.get("summary").is_some()).collect()
    }

    /// The notification number `n`, counted from 1, as soon as it is shown.
    pub async fn wait_shown(&self, n: usize) -> Value {
        let found = within(PATIENCE, async || self.shown().get(n - 1).cloned()).await;
        found.unwrap_or_else(|| panic!("only {:?} was shown", self.shown()))
    }

    /// Clicks on a notification.
    pub fn click(&mut self, shown: &Value) {
        writeln!(self.clicks, "{}", shown["id"]).expect("the service reads its input");
    }

    fn all(&self) -> Vec<Value> {
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
