//! Checks as the tools run them.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use sandbox::Unavailable;

use super::bench::Bench;
use super::bench::tier;
use crate::checks::Check;
use crate::checks::Purpose;
use crate::checks::verdict::End;
use crate::tools::check::Ran;
use crate::tools::check::run_check;

const LIMIT: Duration = Duration::from_secs(60);

fn check(command: &str, folder: &str) -> Check {
    Check {
        id: "c".to_owned(),
        command: command.to_owned(),
        folder: folder.to_owned(),
        purpose: Purpose::Test,
        own: true,
        from: String::new(),
    }
}

async fn run(bench: &Bench, check: Check) -> Result<Ran, String> {
    let scratch = bench.draft.dir().join("../scratch");
    let confinement = Arc::new(bench.confinement_with(Ok(tier(&scratch))));
    let stop = CancellationToken::new();
    let at = ("check-1", &check);
    run_check(
        &bench.draft,
        confinement,
        at,
        (LIMIT, false),
        &|_| {},
        &stop,
    )
    .await
}

#[tokio::test]
async fn a_check_runs_in_its_folder_of_the_draft_and_is_taken_down() {
    let bench = Bench::new(&[("app/a.txt", "one\n")]);
    let command = "cat a.txt; echo new > made; echo 'not ok 1 - adds'; echo '# pass 1'; \
                   echo '# fail 1'; exit 1";
    let ran = run(&bench, check(command, "app")).await.unwrap();
    assert_eq!(ran.end, End::Exited(1));
    assert_eq!(ran.said.counts.unwrap().failed, 1);
    assert_eq!(ran.said.failing, ["adds"]);
    assert!(ran.output.starts_with("one\n"), "{}", ran.output);
    assert_eq!(ran.changed, ["app/made"]);
    assert_eq!(bench.draft.entries()[0].call_id, "check-1");
    assert!(!bench.project().join("app/made").exists());
}

#[tokio::test]
async fn what_cannot_be_started_is_said_and_changes_nothing() {
    let bench = Bench::new(&[("a.txt", "one\n")]);
    let gone = run(&bench, check("true", "app")).await.unwrap_err();
    assert_eq!(gone, "the folder `app` is not in the private copy.");
    let file = run(&bench, check("true", "a.txt")).await.unwrap_err();
    assert!(
        file.contains("`a.txt` is not in the private copy"),
        "{file}"
    );
    let outside = run(&bench, check("true", "..")).await.unwrap_err();
    assert!(outside.contains("outside of the project"), "{outside}");

    let confinement = Arc::new(bench.confinement_with(Err(Unavailable::Missing)));
    let check = check("echo > made", "");
    let at = ("check-1", &check);
    let stop = CancellationToken::new();
    let refused = run_check(
        &bench.draft,
        confinement,
        at,
        (LIMIT, false),
        &|_| {},
        &stop,
    )
    .await;
    let refused = refused.unwrap_err();
    assert!(
        refused.starts_with("commands cannot be confined on this computer"),
        "{refused}"
    );
    assert!(bench.draft.entries().is_empty());
}

#[tokio::test]
async fn stop_ends_a_check_and_everything_it_started_within_200_ms() {
    let bench = Bench::new(&[]);
    let scratch = bench.draft.dir().join("../scratch");
    let confinement = Arc::new(bench.confinement_with(Ok(tier(&scratch))));
    let (text, more) = (Mutex::new(String::new()), Notify::new());
    let shown = |chunk: &str| {
        text.lock().unwrap().push_str(chunk);
        more.notify_one();
    };
    let stop = CancellationToken::new();
    let command = "setsid sh -c 'trap \"\" TERM; while :; do date > tick; done' & \
                   while [ ! -s tick ]; do :; done; echo ready; sleep 600";
    let check = check(command, "");
    let at = ("check-1", &check);
    let running = run_check(&bench.draft, confinement, at, (LIMIT, false), &shown, &stop);
    let when_ready = async {
        while !text.lock().unwrap().contains("ready\n") {
            more.notified().await;
        }
        stop.cancel();
        Instant::now()
    };
    let (ran, pressed) = tokio::join!(running, when_ready);
    let took = pressed.elapsed();
    assert!(took < Duration::from_millis(200), "{took:?}");
    let ran = ran.unwrap();
    assert_eq!(
        (ran.end, ran.changed),
        (End::Stopped, vec!["tick".to_owned()])
    );
}
