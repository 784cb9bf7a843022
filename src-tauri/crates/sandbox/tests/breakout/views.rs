//! What a command does see: tool homes, private layers, odd names, a read-only draft.

use std::fs;
use std::os::unix::ffi::OsStrExt;

use sandbox::Error;
use sandbox::Mount;
use sandbox::Overlay;
use sandbox::Policy;
use sandbox::Tier;

use crate::stage::Stage;
use crate::stage::tier;

const ODD: &str = "a b'c\"d\ne:f,g\\h=$(x)*é";

#[test]
fn names_may_hold_any_character() {
    let mut stage = Stage::named(ODD);
    stage.ok("echo changed > file && mkdir sub && pwd > sub/here");
    assert_eq!(
        fs::read(stage.path("task/draft/file")).unwrap(),
        b"changed\n"
    );
    let here = fs::read(stage.path("task/draft/sub/here")).unwrap();
    let mut expected = stage.project().as_os_str().as_bytes().to_vec();
    expected.push(b'\n');
    assert_eq!(here, expected);
    assert_eq!(fs::read(stage.project().join("file")).unwrap(), b"real\n");

    let tool = stage.path("home").join(format!(".tool{ODD}"));
    fs::create_dir_all(&tool).unwrap();
    fs::write(tool.join("kept"), "kept").unwrap();
    stage
        .policy
        .overlays
        .push(layer(&stage, &tool, &format!("layer{ODD}")));
    assert!(stage.policy.settle_overlays(tier()).unwrap().is_empty());
    stage.ok("cd ~/.tool* && test -f kept && echo x > made && rm kept");
    assert!(tool.join("kept").exists() && !tool.join("made").exists());
}

fn layer(stage: &Stage, lower: &std::path::Path, name: &str) -> Overlay {
    let folder = stage.path("task").join(name);
    Overlay {
        lower: lower.to_owned(),
        upper: folder.join("upper"),
        work: folder.join("work"),
        staging: folder.join("staging"),
        at: lower.to_owned(),
    }
}

#[test]
fn a_private_layer_takes_the_writes() {
    private_layer(&mut Stage::new());
}

pub fn private_layer(stage: &mut Stage) {
    let tool = stage.path("home/.cargo/registry");
    fs::create_dir_all(tool.join("cache")).unwrap();
    fs::write(tool.join("cache/crate"), "bytes").unwrap();
    fs::write(stage.path("home/.cargo/credentials.toml"), "token").unwrap();
    stage.policy.overlays.push(layer(stage, &tool, "layer"));
    assert_eq!(stage.policy.settle_overlays(tier()).unwrap().len(), 0);
    stage.ok(
        "cd ~/.cargo/registry && cat cache/crate && echo y > cache/crate && \
              rm -rf cache && mkdir cache && echo z > cache/new && echo l > ../lock",
    );
    assert_eq!(
        stage
            .ok("ls -A ~/.cargo ~/.cargo/registry/cache | grep -v :")
            .trim(),
        "lock\nregistry\n\nnew"
    );
    assert_eq!(fs::read(tool.join("cache/crate")).unwrap(), b"bytes");
    assert!(!stage.path("home/.cargo/lock").exists());
    stage.refused("cat ~/.cargo/credentials.toml");
}

#[test]
fn a_layer_that_cannot_be_mounted_becomes_read_only_and_is_reported() {
    let mut stage = Stage::new();
    let tool = stage.path("home/.tool");
    fs::create_dir_all(&tool).unwrap();
    fs::write(tool.join("kept"), "kept").unwrap();
    let mut broken = layer(&stage, &tool, "layer");
    // The kernel wants both on one file system.
    broken.work = std::path::PathBuf::from("/dev/shm").join(format!("w{}", std::process::id()));
    let work = broken.work.clone();
    stage.policy.overlays.push(broken);
    let refused = stage.policy.settle_overlays(tier()).unwrap();
    assert_eq!(refused[0].0, tool);
    assert_eq!(stage.ok("cat ~/.tool/kept"), "kept");
    stage.refused("echo x > ~/.tool/made");
    fs::remove_dir_all(work).unwrap();

    let mut stage = Stage::new();
    stage.policy.overlays.push(layer(&stage, &tool, "layer"));
    let without = Tier {
        overlay: false,
        ..tier().clone()
    };
    let refused = stage.policy.command(&without, &["true"]);
    assert!(matches!(refused, Err(Error::NoOverlay { path }) if path == tool));
    assert_eq!(stage.policy.settle_overlays(&without).unwrap().len(), 1);
    assert!(stage.policy.command(&without, &["true"]).is_ok());
}

#[test]
fn tool_homes_are_read_only_at_their_place() {
    let mut stage = Stage::new();
    let tool = stage.path("home/.tool/bin");
    fs::create_dir_all(&tool).unwrap();
    fs::write(stage.path("home/.tool/token"), "token").unwrap();
    fs::write(tool.join("run"), "#!/bin/sh\necho ran\n").unwrap();
    stage.policy.read_only.push(Mount {
        from: tool.clone(),
        at: tool,
    });
    assert_eq!(stage.ok("sh ~/.tool/bin/run"), "ran\n");
    stage.refused("echo x > ~/.tool/bin/run");
    stage.refused("cat ~/.tool/token");
}

#[test]
fn a_read_only_draft_takes_no_writes() {
    let mut stage = Stage::new();
    stage.policy.read_only_draft = true;
    stage.ok("cat file");
    stage.refused("echo x > file");
    stage.refused("touch made");
    stage.refused("rm file");
    stage.refused("chmod 777 file");
}

#[test]
fn the_private_home_and_tmp_stay_between_commands() {
    let stage = Stage::new();
    stage.ok("echo 1 > ~/.note; echo 2 > /tmp/note; echo 3 > /var/tmp/third");
    assert_eq!(stage.ok("cat ~/.note /tmp/note /tmp/third"), "1\n2\n3\n");
    assert!(!stage.path("home/.note").exists());
}

#[test]
fn the_usual_places_are_there() {
    let stage = Stage::new();
    stage.ok("test -c /dev/null && test -d /dev/shm && test -r /proc/self/status && test -d /run");
    stage.ok(
        "date >/dev/null && getent hosts localhost && getent passwd $(id -u) && bash --version",
    );
    assert_eq!(stage.ok("hostname").trim(), "localhost");
}

#[test]
fn what_cannot_be_prepared_is_named() {
    fn error(change: impl FnOnce(&mut Policy), argv: &[&str]) -> Error {
        let mut stage = Stage::new();
        change(&mut stage.policy);
        stage.policy.command(tier(), argv).unwrap_err()
    }
    assert!(matches!(error(|_| {}, &[]), Error::NoCommand));
    assert!(matches!(error(|_| {}, &["a\0b"]), Error::ZeroByte { .. }));
    let relative = error(|policy| policy.cwd = "sub".into(), &["true"]);
    assert_eq!(relative.to_string(), "\"sub\" is not an absolute path");
    let gone = error(|policy| policy.draft = "/nowhere/draft".into(), &["true"]);
    assert!(
        gone.to_string()
            .starts_with("cannot use \"/nowhere/draft\""),
        "{gone}"
    );
    let value = error(
        |policy| policy.env.push(("A".into(), "x\0".into())),
        &["true"],
    );
    assert_eq!(value.to_string(), "the variable A holds a zero byte");
    let missing = Mount {
        from: "/nowhere/tool".into(),
        at: "/tmp/tool".into(),
    };
    let missing = error(|policy| policy.read_only.push(missing), &["true"]);
    assert!(matches!(missing, Error::Folder { path, .. } if path.ends_with("nowhere/tool")));
}

#[test]
fn a_project_may_lie_where_temporary_files_do() {
    for at in ["/tmp/a/b", "/var/tmp/a/b", "/dev/shm/a", "/run/media/a/b"] {
        let mut stage = Stage::new();
        stage.policy.project_at = at.into();
        stage.policy.cwd = at.into();
        assert_eq!(
            stage.ok("pwd; cat file; echo x > made"),
            format!("{at}\nreal\n")
        );
        assert!(stage.path("task/draft/made").exists(), "{at}");
    }
    let stage = Stage::new();
    stage.ok("echo x > /tmp/one && cat /var/tmp/one && echo x > /var/tmp/two && cat /tmp/two");
}
