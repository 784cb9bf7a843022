//! The tools at work: real commands in real drafts. A machine that cannot confine commands fails
//! these tests.

mod asking;
mod bench;
mod checks;
mod hardened;
mod patches;
mod toolchains;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::time::Instant;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sandbox::Unavailable;
use serde_json::Value;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use self::bench::Bench;
use self::bench::Watcher;
use self::bench::command;
use super::*;
use crate::agent::item::CommandOutcome;
use crate::agent::item::StepStatus;
use crate::at_once::at_once;
use crate::model::catalog::Model;

/// Wall time differs; the rest of an answer is exact.
fn without_time(output: &Value) -> String {
    let text = output.as_str().unwrap();
    text.lines()
        .filter(|line| !line.starts_with("Wall time: "))
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn a_command_runs_in_the_draft_and_is_taken_down() {
    let bench = Bench::new(&[("a.txt", "one\n"), ("sub/b.txt", "two\n")]);
    let result = bench
        .shell("cat a.txt; echo new > made; rm sub/b.txt; pwd; echo oops >&2")
        .await;
    let at = bench.project();
    assert_eq!(
        without_time(&result.output),
        format!("Exit code: 0\nOutput:\none\n{}\noops", at.display())
    );
    let (outcome, changed, output) = command(&result);
    assert_eq!(outcome, CommandOutcome::Exited { code: 0 });
    assert_eq!(changed, ["made", "sub/b.txt"]);
    assert!(output.starts_with("one\n"));
    assert!(!at.join("made").exists() && at.join("sub/b.txt").exists());
    assert_eq!(bench.draft.entries().len(), 1);
}

#[tokio::test]
async fn failure_and_missing_programs_are_told() {
    let bench = Bench::new(&[]);
    let failed = bench.shell("echo before; exit 7").await;
    assert_eq!(
        without_time(&failed.output),
        "Exit code: 7\nOutput:\nbefore"
    );
    let missing = bench.shell("no-such-program").await;
    assert_eq!(command(&missing).0, CommandOutcome::Exited { code: 127 });
    let missing = bench
        .call("shell", json!({"command": ["no-such-program"]}))
        .await;
    assert_eq!(command(&missing).0, CommandOutcome::NotStarted);
    assert_eq!(
        missing.output,
        "The command was not run: no-such-program: No such file or directory."
    );
    // A command cannot pass for one that did not run, with its changes out of sight.
    let lies = bench.shell("echo x > made; echo 'bwrap: no'; exit 1").await;
    let (outcome, changed, _) = command(&lies);
    assert_eq!(outcome, CommandOutcome::Exited { code: 1 });
    assert_eq!(changed, ["made"]);
}

#[tokio::test]
async fn the_shape_is_that_of_the_tool() {
    let bench = Bench::new(&[]);
    for name in ["shell", "container.exec", "local_shell"] {
        let told = bench
            .call(name, json!({"command": ["bash", "-lc", "echo x; exit 3"]}))
            .await;
        let told: Value = serde_json::from_str(told.output.as_str().unwrap()).unwrap();
        assert_eq!(
            (&told["output"], &told["metadata"]["exit_code"]),
            (&json!("x\n"), &json!(3))
        );
    }
    let told = bench.call("exec_command", json!({"cmd": "echo x"})).await;
    assert!(
        told.output
            .as_str()
            .unwrap()
            .contains("Process exited with code 0\n")
    );
}

#[tokio::test]
async fn a_command_that_takes_too_long_is_ended() {
    let bench = Bench::new(&[]);
    // Time enough for the sandbox to be set up on a busy machine: what was printed counts too.
    let arguments = json!({"command": "echo begun; sleep 600", "timeout_ms": 5000});
    let result = bench.call("shell_command", arguments).await;
    assert_eq!(
        without_time(&result.output),
        "Exit code: 124\nOutput:\ncommand timed out after 5000 milliseconds\nbegun"
    );
    assert_eq!(command(&result).0, CommandOutcome::TimedOut);
}

#[tokio::test]
async fn stop_ends_everything_at_once() {
    at_once(async || {
        let bench = Bench::new(&[]);
        let watcher = Watcher::default();
        let stop = CancellationToken::new();
        let script = "setsid sh -c 'trap \"\" TERM; while :; do date > tick; done' & \
                      while [ ! -s tick ]; do :; done; echo ready; sleep 600";
        let call = bench
            .tools
            .call(bench::shell_call(script), &watcher, stop.clone());
        let when_ready = async {
            watcher.wait_for("ready\n").await;
            stop.cancel();
            Instant::now()
        };
        let (result, pressed) = tokio::join!(call, when_ready);
        let took = pressed.elapsed();
        let (outcome, changed, _) = command(&result);
        assert_eq!(
            (outcome, changed),
            (CommandOutcome::Stopped, vec!["tick".to_owned()])
        );
        let at = bench.draft.tree().join("tick");
        let written = |path| fs::metadata(path).unwrap().modified().unwrap();
        let last = written(&at);
        bench.shell("date > other; sleep 0.1").await;
        assert_eq!(written(&at), last, "something still writes");
        took
    })
    .await;
}

#[tokio::test]
async fn a_command_that_was_stopped_before_it_ran_does_not_run() {
    let bench = Bench::new(&[]);
    let stop = CancellationToken::new();
    stop.cancel();
    let call = bench::shell_call("echo > made");
    let result = bench.tools.call(call, &Watcher::default(), stop).await;
    assert_eq!(command(&result).0, CommandOutcome::Stopped);
    assert!(!bench.draft.tree().join("made").exists());
}

#[tokio::test]
async fn a_call_that_is_dropped_takes_its_command_along() {
    let bench = Bench::new(&[]);
    let watcher = Watcher::default();
    let script = "echo ready; while :; do date > tick; done";
    let call = bench.tools.call(
        bench::shell_call(script),
        &watcher,
        CancellationToken::new(),
    );
    tokio::select! {
        _ = call => panic!("it does not end"),
        () = watcher.wait_for("ready\n") => {}
    }
    // The next command has the same draft to itself.
    let result = bench.shell("rm -f tick; sleep 0.2; ls tick").await;
    assert_eq!(command(&result).0, CommandOutcome::Exited { code: 2 });
}

#[tokio::test]
async fn endless_output_is_cut_and_ended() {
    let bench = Bench::new(&[]);
    // So much output takes a busy machine longer than a command has by itself.
    let arguments = json!({"command": "echo first; yes 'some words'", "timeout_ms": 600_000});
    let result = bench.call("shell_command", arguments).await;
    let told = result.output.as_str().unwrap();
    assert!(told.starts_with("Exit code: 137\n"), "{}", &told[..100]);
    assert!(
        told.contains("more than 64 MB\nfirst\nsome words\n"),
        "{}",
        &told[..200]
    );
    assert!(
        told.contains(" tokens truncated…") && told.len() < 41_000,
        "{}",
        told.len()
    );
    let (_, _, output) = command(&result);
    assert!(output.len() < 200_000);
}

#[tokio::test]
async fn output_is_shown_while_it_runs_and_without_controls() {
    let bench = Bench::new(&[]);
    let watcher = Watcher::default();
    let script = r"printf '\e[31mred\e[0m\n10%%\r100%%\n\e]52;c;eA==\a\xff\n'; cat";
    let stop = CancellationToken::new();
    let result = bench
        .tools
        .call(bench::shell_call(script), &watcher, stop)
        .await;
    assert_eq!(
        without_time(&result.output),
        "Exit code: 0\nOutput:\nred\n100%\n\u{fffd}"
    );
    assert_eq!(watcher.text(), "red\n100%\n\u{fffd}\n");
    assert!(
        matches!(watcher.first(), Some(ItemKind::Command { outcome, .. })
        if outcome == CommandOutcome::Running)
    );
}

#[tokio::test]
async fn the_working_folder_stays_inside() {
    let bench = Bench::new(&[("sub/b.txt", "two\n"), ("file", "x")]);
    let at = |workdir: &str| json!({"command": "ls", "workdir": workdir});
    let absolute = bench.project().join("sub");
    for workdir in ["sub", "./sub/../sub", absolute.to_str().unwrap()] {
        let result = bench.call("shell_command", at(workdir)).await;
        assert_eq!(
            without_time(&result.output),
            "Exit code: 0\nOutput:\nb.txt",
            "{workdir}"
        );
    }
    for (workdir, why) in [
        ("/etc", "is outside of the project"),
        ("../elsewhere", "is outside of the project"),
        ("gone", "the folder `gone` does not exist"),
        ("file", "`file` is not a folder"),
    ] {
        let result = bench.call("shell_command", at(workdir)).await;
        let told = result.output.as_str().unwrap();
        assert!(
            told.starts_with("The command was not run: ") && told.contains(why),
            "{told}"
        );
        assert_eq!(command(&result).0, CommandOutcome::NotStarted);
    }
    symlink("/etc", bench.draft.tree().join("out")).unwrap();
    let result = bench.call("shell_command", at("out")).await;
    let told = result.output.as_str().unwrap();
    assert!(!told.contains("shadow"), "{told}");
}

#[tokio::test]
async fn commands_of_a_task_run_one_at_a_time() {
    let bench = Bench::new(&[]);
    let script = "mkdir lock && sleep 0.2 && rmdir lock";
    let (one, two) = tokio::join!(bench.shell(script), bench.shell(script));
    for result in [one, two] {
        assert_eq!(command(&result).0, CommandOutcome::Exited { code: 0 });
    }
}

#[tokio::test]
async fn read_only_runs_only_what_reads() {
    let bench = Bench::new(&[("a.txt", "one\n")]).with(Permission::ReadOnly);
    let read = bench.shell("cat a.txt | head -n 1").await;
    assert_eq!(without_time(&read.output), "Exit code: 0\nOutput:\none");
    for script in ["touch made", "cat a.txt > made", "npm test"] {
        let refused = bench.shell(script).await;
        let told = refused.output.as_str().unwrap();
        assert!(
            told.starts_with("The command was not run: this task is read-only"),
            "{told}"
        );
        let ItemKind::Refused { action, .. } = refused.item else {
            panic!("{script}")
        };
        assert_eq!(action, format!("Run `{script}`"));
    }
    assert!(!bench.draft.tree().join("made").exists());
}

#[tokio::test]
async fn more_than_the_mode_allows_is_refused_and_told() {
    let bench = Bench::new(&[]);
    let arguments = json!({"command": "echo > made", "sandbox_permissions": "require_escalated",
        "justification": "I want to"});
    let refused = bench.call("shell_command", arguments.clone()).await;
    assert!(matches!(refused.item, ItemKind::Refused { .. }));
    assert!(
        refused
            .output
            .as_str()
            .unwrap()
            .contains("more than this task allows")
    );
    assert!(!bench.draft.tree().join("made").exists());
    let allowed = bench
        .with(Permission::Full)
        .call("shell_command", arguments)
        .await;
    assert_eq!(command(&allowed).0, CommandOutcome::Exited { code: 0 });
}

#[tokio::test]
async fn only_full_access_has_a_network() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = format!("echo x > /dev/tcp/127.0.0.1/{port} && echo $CARGO_NET_OFFLINE.");
    let bench = Bench::new(&[]);
    assert_eq!(
        command(&bench.shell(&script).await).0,
        CommandOutcome::Exited { code: 1 }
    );
    let full = bench.with(Permission::Full).shell(&script).await;
    assert_eq!(without_time(&full.output), "Exit code: 0\nOutput:\n.");
}

#[tokio::test]
async fn without_confinement_nothing_runs() {
    let bench = Bench::new(&[]);
    let missing = bench.confinement_with(Err(Unavailable::Missing));
    let tools = DraftTools::new(
        bench.draft.clone(),
        Arc::new(missing),
        Permission::Full,
        Model::named("gpt-5-codex"),
    );
    let call = bench::shell_call("echo > made");
    let result = tools
        .call(call, &Watcher::default(), CancellationToken::new())
        .await;
    let ItemKind::Refused { reason, .. } = result.item else {
        panic!("{:?}", result.item)
    };
    assert!(reason.contains("sudo apt install bubblewrap"), "{reason}");
    assert!(!bench.draft.tree().join("made").exists());
}

#[tokio::test]
async fn the_projects_own_folder_gone_is_told() {
    let bench = Bench::new(&[("a", "x")]);
    fs::remove_dir_all(bench.project()).unwrap();
    let result = bench.shell("ls").await;
    assert_eq!(command(&result).0, CommandOutcome::NotStarted);
    assert!(
        result.output.as_str().unwrap().contains("no longer there"),
        "{}",
        result.output
    );
}

#[tokio::test]
async fn the_plan_is_taken() {
    let bench = Bench::new(&[]);
    let plan = json!({"explanation": "why", "plan": [
        {"step": "look", "status": "completed"}, {"step": "do", "status": "in_progress"}]});
    let result = bench.call("update_plan", plan).await;
    assert_eq!(result.output, "Plan updated");
    let ItemKind::Plan { explanation, steps } = result.item else {
        panic!("{:?}", result.item)
    };
    assert_eq!(explanation.as_deref(), Some("why"));
    assert_eq!((steps.len(), steps[1].status), (2, StepStatus::InProgress));
    let wrong = bench
        .call(
            "update_plan",
            json!({"plan": [{"step": "x", "status": "soon"}]}),
        )
        .await;
    let told = wrong.output.as_str().unwrap();
    assert!(
        told.contains("`update_plan` was not carried out: the arguments do not fit"),
        "{told}"
    );
    assert!(matches!(wrong.item, ItemKind::BadCall { .. }));
}

#[tokio::test]
async fn pictures_are_shown_to_models_that_see() {
    let bench = Bench::new(&[("text.png", "no picture")]);
    let png = crate::attachments::fixture::png(3000, 1500);
    fs::write(bench.draft.tree().join("cut.png"), &png[..200]).unwrap();
    fs::write(bench.draft.tree().join("shot.png"), png).unwrap();
    let shown = bench.call("view_image", json!({"path": "shot.png"})).await;
    assert_eq!(shown.output[0]["type"], "input_image");
    let url = shown.output[0]["image_url"].as_str().unwrap();
    let data = url.strip_prefix("data:image/png;base64,").expect(url);
    let seen = ::image::load_from_memory(&BASE64_STANDARD.decode(data).unwrap()).unwrap();
    assert_eq!(
        (seen.width(), seen.height()),
        (1536, 768),
        "as an attached picture is"
    );
    let view = |path: &str, error: Option<&str>| ItemKind::ImageView {
        path: path.to_owned(),
        error: error.map(str::to_owned),
    };
    assert_eq!(shown.item, view("shot.png", None));
    let text = bench.call("view_image", json!({"path": "text.png"})).await;
    let why = "it is not a PNG, JPEG, WebP or GIF picture";
    assert_eq!(text.item, view("text.png", Some(why)));
    assert_eq!(
        text.output,
        format!("The picture `text.png` was not shown: {why}.")
    );
    for path in ["cut.png", "gone.png", "/etc/passwd", "../x.png"] {
        let refused = bench.call("view_image", json!({"path": path})).await;
        assert!(
            matches!(refused.item, ItemKind::ImageView { error: Some(_), .. }),
            "{path}"
        );
    }
    let tools = bench.tools.clone().with_model(Model::named("o3-mini"));
    let call = bench::call("view_image", json!({"path": "shot.png"}));
    let told = tools
        .call(call, &Watcher::default(), CancellationToken::new())
        .await;
    assert!(
        told.output
            .as_str()
            .unwrap()
            .contains("o3-mini does not read pictures"),
        "{}",
        told.output
    );
}

#[tokio::test]
async fn a_call_nobody_understands_is_answered() {
    let bench = Bench::new(&[]);
    let unknown = bench.call("read_file", json!({"path": "a"})).await;
    assert_eq!(
        unknown.output,
        "The call of `read_file` was not carried out: there is no tool `read_file`; there are \
         shell_command, update_plan, apply_patch, view_image."
    );
    let deep = "[".repeat(100_000);
    for broken in [
        "",
        "{",
        "[]",
        "{\"command\": NaN}",
        "{\"command\": \"ls\"",
        deep.as_str(),
    ] {
        let call = ToolCall {
            call_id: "c".to_owned(),
            name: "shell_command".to_owned(),
            input: ToolInput::Json(broken.to_owned()),
        };
        let stop = CancellationToken::new();
        let result = bench.tools.call(call, &Watcher::default(), stop).await;
        assert!(
            matches!(result.item, ItemKind::BadCall { .. }),
            "{broken:.20}"
        );
    }
}
