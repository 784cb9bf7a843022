//! A process that is really killed, at system calls that no point in the code names.
//!
//! The test starts itself as a child under strace, which kills it at the nth call of a kind, and
//! then does what the app does at its next start. Without strace the test fails and says what
//! installs it.

use std::process::Command;

use super::*;

const CHILD: &str = "GREENLIGHT_TEST_APPLY";

#[test]
fn a_kill_at_any_system_call_leaves_the_old_tree_or_the_new_one() {
    if let Some(dir) = std::env::var_os(CHILD) {
        let dir = PathBuf::from(dir);
        let approved = fs::read(dir.join("approved")).unwrap();
        let approved: Vec<Approved> = serde_json::from_slice(&approved).unwrap();
        let data = dir.join("data");
        let project = Project::open(&dir.join("project"), &data, Path::new("/nobody")).unwrap();
        let blobs = Blobs::open(&data.join("blobs")).unwrap();
        applied(
            Applier::open(&project, &data, blobs)
                .unwrap()
                .0
                .apply(TASK, &approved)
                .unwrap(),
        );
        return;
    }
    assert!(
        Command::new("strace").arg("-V").output().is_ok(),
        "strace is missing; `cargo xtask test` installs it"
    );
    let mut kills = 0;
    for (call, step) in [
        ("renameat2", 1),
        ("unlinkat", 2),
        ("mkdirat", 1),
        ("symlinkat", 1),
        ("fchmod", 2),
        ("fsync", 3),
        ("utimensat", 1),
        ("openat2", 29),
        ("write", 5),
    ] {
        for nth in (1..).step_by(step) {
            if !kill_at(call, nth) {
                break;
            }
            kills += 1;
        }
    }
    assert!(kills > 40, "only {kills} kills");
}

/// Whether the child was killed; it is not when it makes fewer such calls.
fn kill_at(call: &str, nth: usize) -> bool {
    let context = format!("killed at {call} number {nth}");
    let (m, draft) = every_kind();
    let before = entries(&m);
    let after = crate::project::fixture::look(draft.tree()).entries;
    fs::write(
        m.dir.path().join("approved"),
        serde_json::to_vec(&all(&draft)).unwrap(),
    )
    .unwrap();
    drop(draft);
    let this = std::thread::current().name().unwrap().to_owned();
    let output = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e"])
        .arg(format!("trace={call}"))
        .arg("-e")
        .arg(format!("inject={call}:signal=SIGKILL:when={nth}"))
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &this])
        .env(CHILD, m.dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let lived = output.status.success() && said.contains("1 passed");
    assert!(lived || !said.contains("FAILED"), "{context}: {said}");
    let (applier, recovered) = Applier::open(&m.project(), &m.data(), m.blobs()).unwrap();
    let tree = entries(&m);
    let committed = applier.history().unwrap().len() == 1;
    assert_eq!(
        tree,
        if committed { after } else { before },
        "{context}: {recovered:?}"
    );
    assert!(committed || !lived, "{context}: success was reported");
    !lived
}
