//! What WebDriver cannot do: real keys through the X server, the clipboard, and files dragged in
//! from another program. There is one of each per screen, so these tests run one at a time.

use std::ffi::OsStr;
use std::io::BufRead;
use std::io::BufReader;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Pid;
use rustix::process::Signal;

use crate::driver::within;
use crate::window::PATIENCE;

/// A popup (which needs no window manager) that offers the given paths to whoever drags from it. It
/// says on its output when the drag has begun, when what is under the pointer would take them, when
/// they were dropped there, and when it is over.
const DRAG_SOURCE: &str = r#"
import sys, gi
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk, Gdk, GLib
uris = [GLib.filename_to_uri(p, None) for p in sys.argv[1:]]
say = lambda word: print(word, flush=True)
w = Gtk.Window(type=Gtk.WindowType.POPUP)
w.set_default_size(80, 80)
w.move(1350, 20)
b = Gtk.EventBox()
b.set_size_request(80, 80)
b.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [Gtk.TargetEntry.new("text/uri-list", 0, 0)], Gdk.DragAction.COPY)
def begun(_w, c):
    c.connect("action-changed", lambda _c, action: action and say("accepted"))
    c.connect("drop-performed", lambda *_: say("dropped"))
    say("begun")
b.connect("drag-begin", begun)
b.connect("drag-data-get", lambda _w, _c, d, _i, _t: d.set_uris(uris))
b.connect("drag-end", lambda *_: say("ended"))
w.connect("map-event", lambda *_: say("shown"))
w.add(b)
w.show_all()
Gtk.main()
"#;

/// The time between two motions of a dragging hand.
const PACE: Duration = Duration::from_millis(40);

/// The middle of the popup above.
const SOURCE: (i32, i32) = (1390, 60);

/// The id of the window titled `title`, as soon as there is one.
pub async fn window(title: &str) -> String {
    within(PATIENCE, async || find(title))
        .await
        .unwrap_or_else(|| panic!("no window is titled `{title}`"))
}

fn find(title: &str) -> Option<String> {
    let found = xdotool(["search", "--onlyvisible", "--name", &format!("^{title}$")])?;
    found.lines().last().map(str::to_owned)
}

/// Presses `keys` (xdotool's names, such as `ctrl+v`) with the window titled `title` in focus.
pub async fn press(title: &str, keys: &str) {
    let window = window(title).await;
    must(["windowfocus", "--sync", &window]);
    must(["key", "--clearmodifiers", keys]);
}

/// A key that is down; dropped, it goes up.
#[derive(Debug)]
pub struct Held(String);

impl Drop for Held {
    fn drop(&mut self) {
        must(["keyup", &self.0]);
    }
}

/// Holds `key` down with the window titled `title` in focus, for as long as the result lives. The X
/// server repeats it as it does for a hand.
pub async fn hold(title: &str, key: &str) -> Held {
    let window = window(title).await;
    must(["windowfocus", "--sync", &window]);
    must(["keydown", key]);
    Held(key.to_owned())
}

/// Clicks twice in a row at `(x, y)` of the window titled `title`.
pub async fn double_click(title: &str, (x, y): (i32, i32)) {
    let window = window(title).await;
    let (x, y) = (x.to_string(), y.to_string());
    must(["mousemove", "--window", &window, "--sync", &x, &y]);
    must(["click", "--repeat", "2", "--delay", "80", "1"]);
}

/// Presses `keys` in the dialog titled `title` until it has closed. GTK's file dialog ignores Return
/// while it reads the folder of the name that was typed, and does not say when it has.
pub async fn close_by(title: &str, keys: &str) {
    const BEFORE_AGAIN: Duration = Duration::from_secs(1);
    let closed = async || find(title).is_none().then_some(());
    for _ in 0..PATIENCE.as_secs() {
        press(title, keys).await;
        if within(BEFORE_AGAIN, closed).await.is_some() {
            return;
        }
    }
    panic!("the dialog `{title}` does not close");
}

/// Gives the window titled `title` the focus.
pub async fn focus(title: &str) {
    let window = window(title).await;
    must(["windowfocus", "--sync", &window]);
}

/// Gives the focus back to whatever is under the pointer, and the pointer to the windows, when it is
/// dropped: the screen is for the next test too.
#[derive(Debug)]
pub struct FocusBack(());

impl Drop for FocusBack {
    fn drop(&mut self) {
        must(["mousemove", "640", "400"]);
        // What X calls the window of the pointer.
        must(["windowfocus", "1"]);
    }
}

/// Gives the focus to the desktop behind all windows, until it is dropped or another window gets
/// it. The pointer leaves them too, because without a window manager the window under it would go
/// on taking keys.
#[must_use]
pub fn focus_desktop() -> FocusBack {
    must(["mousemove", "1430", "890"]);
    let root = xdotool(["search", "--maxdepth", "0", ".*"]).expect("there is a desktop");
    must(["windowfocus", root.trim()]);
    FocusBack(())
}

/// Types `text` with the window titled `title` in focus.
pub async fn type_text(title: &str, text: &str) {
    let window = window(title).await;
    must(["windowfocus", "--sync", &window]);
    must(["type", "--clearmodifiers", text]);
}

/// Drags `paths` from another program and drops them at `(x, y)` on the screen.
pub async fn drop_files(paths: &[&Path], (x, y): (i32, i32)) {
    // The distribution's own Python: another one on the path would not have the GTK bindings.
    let mut command = Command::new("/usr/bin/python3");
    command
        .args(["-c", DRAG_SOURCE])
        .args(paths)
        .env("GDK_BACKEND", "x11");
    let mut source = Running::start(command.stdout(Stdio::piped()));
    let output = source.0.stdout.take().expect("its output is piped");
    let (tell, said) = mpsc::channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        // Nobody listens any more when the drag is over.
        lines.into_iter().try_for_each(|line| tell.send(line))
    });
    let expect = |word: &str| {
        while said
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|_| panic!("the drag source never said `{word}`"))
            != word
        {}
    };
    expect("shown");
    let move_to = |x: i32, y: i32| must(["mousemove", "--sync", &x.to_string(), &y.to_string()]);
    let (from_x, from_y) = SOURCE;
    move_to(from_x, from_y);
    must(["mousedown", "1"]);
    // GTK begins a drag once the pointer has moved a little with the button down.
    for step in 1..=4 {
        move_to(from_x - 8 * step, from_y);
    }
    expect("begun");
    // The target answers motions in its own time, and the drop counts only after it has said yes.
    let began = Instant::now();
    for step in 0.. {
        move_to(x + step % 2, y);
        match said.recv_timeout(PACE) {
            Ok(word) if word == "accepted" => break,
            _ => assert!(
                began.elapsed() < PATIENCE,
                "no window takes what is dragged"
            ),
        }
    }
    must(["mouseup", "1"]);
    expect("dropped");
    expect("ended");
}

/// Offers the bytes of `file` on the clipboard as `mime`, for as long as the result lives.
pub async fn copy(mime: &str, file: &Path) -> Running {
    let mut command = Command::new("xclip");
    command
        .args([
            "-selection",
            "clipboard",
            "-t",
            mime,
            "-loops",
            "0",
            "-quiet",
            "-i",
        ])
        .arg(file);
    let owner = Running::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    let offered = async || {
        let mut ask = Command::new("xclip");
        ask.args(["-selection", "clipboard", "-t", "TARGETS", "-o"])
            .stderr(Stdio::null());
        let targets = ask.output().ok()?.stdout;
        String::from_utf8_lossy(&targets)
            .lines()
            .any(|target| target == mime)
            .then_some(())
    };
    assert!(
        within(PATIENCE, offered).await.is_some(),
        "xclip does not offer {mime}"
    );
    owner
}

/// Waits until the clipboard of the screen holds exactly `text`, as another program reads it.
pub async fn wait_for_clipboard(text: &str) {
    let read = async || {
        let mut ask = Command::new("xclip");
        ask.args(["-selection", "clipboard", "-o"])
            .stderr(Stdio::null());
        let held = ask.output().ok()?.stdout;
        (held == text.as_bytes()).then_some(())
    };
    assert!(
        within(PATIENCE, read).await.is_some(),
        "the clipboard does not hold {text:?}"
    );
}

/// A program of ours that ends when this is dropped.
pub struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command.stdin(Stdio::null()).process_group(0).spawn();
        Self(child.unwrap_or_else(|error| panic!("`{program}` does not start: {error}")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.wait();
    }
}

fn must<const N: usize>(arguments: [&str; N]) {
    assert!(
        xdotool(arguments).is_some(),
        "`xdotool {}` failed",
        arguments.join(" ")
    );
}

fn xdotool<const N: usize>(arguments: [&str; N]) -> Option<String> {
    let mut command = Command::new("xdotool");
    let output = command
        .args(arguments.map(OsStr::new))
        .output()
        .expect("xdotool starts");
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
