//! What ends with a command, and what bounds it.

use std::env;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use sandbox::Confined;

use crate::role;
use crate::stage::PATIENCE;
use crate::stage::SLEEPING;
use crate::stage::Stage;
use crate::stage::tier;

/// A number of seconds nobody else sleeps, so that its sleepers can be found.
fn marker(test: u32) -> String {
    format!("{}.{test}", 1_000_000 + std::process::id())
}

fn sleepers(marker: &str) -> usize {
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            line.starts_with(b"sleep\0") && String::from_utf8_lossy(&line).contains(marker)
        })
        .count()
}

#[track_caller]
fn wait_until_gone(marker: &str) {
    let start = Instant::now();
    while sleepers(marker) > 0 {
        assert!(start.elapsed() < PATIENCE, "{} survive", sleepers(marker));
        thread::yield_now();
    }
}

#[test]
fn everything_ends_at_once_whatever_it_did() {
    // The other work of the machine only adds to a time: the quickest says how long it takes.
    let took: Vec<Duration> = (0..3).map(|_| ends_everything()).collect();
    let quickest = took.iter().min().unwrap();
    assert!(*quickest < Duration::from_millis(200), "{took:?}");
}

/// Ends a command that does all it can to stay; gives how long it took.
fn ends_everything() -> Duration {
    let stage = Stage::new();
    let marker = marker(1);
    let script = format!(
        "{SLEEPING} setsid sleep {marker} >/dev/null 2>&1 & (setsid sh -c 'sleep {marker} & ' &) ; \
         trap '' TERM INT HUP; nohup sleep {marker} >/dev/null 2>&1 & \
         while [ $(sleeping) -lt 3 ]; do :; done; echo ready; sleep {marker}"
    );
    let Confined {
        mut command,
        ending,
        ..
    } = stage
        .policy
        .command(tier(), &["/bin/bash", "-c", &script])
        .unwrap();
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0; 6]).unwrap();
    assert!(sleepers(&marker) >= 3);
    let start = Instant::now();
    sandbox::kill_tree(child.id());
    child.wait().unwrap();
    ending.wait(PATIENCE).unwrap();
    let took = start.elapsed();
    assert_eq!(sleepers(&marker), 0);
    out.read_to_end(&mut Vec::new()).unwrap();
    took
}

#[test]
fn what_a_finished_command_left_running_ends_with_it() {
    let stage = Stage::new();
    let marker = marker(2);
    stage.ok(&format!(
        "setsid sleep {marker} >/dev/null 2>&1 & echo started"
    ));
    wait_until_gone(&marker);
}

#[test]
fn everything_ends_when_the_app_is_killed() {
    let marker = marker(3);
    // What the app does not come to remove goes with this.
    let folder = tempfile::tempdir_in(crate::stage::below()).unwrap();
    let mut app = Command::new(env::current_exe().unwrap())
        .args(["role::play", "--exact", "--nocapture"])
        .env(role::NAME, "app-waits")
        .env(crate::stage::BELOW, folder.path())
        .env("MARKER", &marker)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(app.stdout.take().unwrap()).lines();
    lines
        .map_while(Result::ok)
        .find(|line| line.ends_with("ready"))
        .expect("the app is ready");
    assert!(sleepers(&marker) > 0);
    app.kill().unwrap();
    app.wait().unwrap();
    wait_until_gone(&marker);
}

#[test]
fn standard_input_is_empty() {
    let stage = Stage::new();
    assert_eq!(stage.ok("cat; read -r answer; echo \"end $?\""), "end 1\n");
    assert_eq!(stage.ok("tty || true").trim(), "not a tty");
}

#[test]
fn processes_are_bounded() {
    let output = Command::new(env::current_exe().unwrap())
        .args(["role::play", "--exact", "--nocapture"])
        .env(role::NAME, "app-many")
        .output()
        .unwrap();
    check_bounded(&String::from_utf8_lossy(&output.stdout));
}

#[track_caller]
fn check_bounded(told: &str) {
    let refused = told
        .lines()
        .find_map(|line| line.split_once("refused after "));
    let (_, rest) = refused.unwrap_or_else(|| panic!("never refused: {told}"));
    let count: u32 = rest.split(':').next().unwrap().parse().unwrap();
    assert!((10..64).contains(&count), "{told}");
}

#[test]
fn a_file_cannot_fill_the_disk() {
    let mut stage = Stage::new();
    stage.policy.limits.file_size = 1 << 20;
    stage.refused("head -c 3000000 /dev/zero > big");
    assert_eq!(
        fs::metadata(stage.path("task/draft/big")).unwrap().len(),
        1 << 20
    );
}

/// Root has rights that hide mistakes; the same must hold for an ordinary person.
#[test]
fn it_works_for_an_ordinary_user() {
    // Where such a person can go, which the build folder need not be.
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let program = folder.path().join("program");
    fs::copy(env::current_exe().unwrap(), &program).unwrap();
    let mut app = Command::new(program);
    app.args(["role::play", "--exact", "--nocapture"])
        .env(role::NAME, "app-user");
    app.env("TMPDIR", folder.path())
        .env(crate::stage::BELOW, folder.path());
    if unsafe { libc::getuid() } == 0 {
        std::os::unix::fs::chown(folder.path(), Some(4321), Some(4321)).unwrap();
        app.uid(4321).gid(4321);
    }
    let output = app.current_dir("/").output().unwrap();
    let [told, err] = [&output.stdout, &output.stderr].map(|b| String::from_utf8_lossy(b));
    assert!(output.status.success(), "{told}\n{err}");
    assert!(!told.contains("uid 0\n"));
    check_bounded(&told);
    crate::escape::check_calls(&told);
}

#[test]
fn what_was_not_started_is_told_from_what_says_so() {
    let stage = Stage::new();
    let ended = |argv: &[&str]| {
        let Confined {
            mut command,
            ending,
            ..
        } = stage.policy.command(tier(), argv).unwrap();
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.starts_with("bwrap: execvp missing"), "{said}");
        ending.wait(Duration::from_secs(5)).unwrap()
    };
    assert!(!ended(&["missing"]));
    let lies = "echo 'bwrap: execvp missing: No such file or directory' >&2; exit 1";
    assert!(ended(&["/bin/sh", "-c", lies]));
}
