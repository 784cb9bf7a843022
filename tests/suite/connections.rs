//! Connections that break, stand still, or bring what nobody asked for; a computer that sleeps.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::process::Command;
use std::process::Stdio;
use std::time::Instant;

use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::kill_process;
use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;

use crate::client::PATIENCE;
use crate::client::Serve;
use crate::run::letter;
use crate::world::World;

const ONCE: &str = "echo once >> count.txt";

/// The turn is done, [`ONCE`] ran once, and the last request goes on behind its result.
#[track_caller]
fn once(serve: &mut Serve, task: &str, model: &Model) {
    let view = serve.view(task);
    assert_eq!(view["task"]["turn"], "done", "{view:#}");
    let count = |kind: &str| {
        let items = view["items"].as_array().expect("a task has items");
        items
            .iter()
            .filter(|item| item["kind"]["type"] == kind)
            .count()
    };
    assert_eq!((count("message"), count("command")), (1, 1), "{view:#}");
    let last = model.requests().pop().expect("a request");
    assert_eq!(last.results().len(), 1);
    let sent = last.json();
    let newest = sent["input"].as_array().and_then(|input| input.last());
    // Finished words of half an answer count; of the person it hears nothing new.
    assert_ne!(newest.expect("an item")["role"], "user", "{sent}");
}

#[test]
fn a_proxy_that_dies_in_the_middle_is_named_and_the_answer_asked_for_again() {
    let (world, project) = (World::new(), letter());
    let proxy = Model::start([
        Reply::shell(ONCE),
        stream().text("Half of").cut(),
        Reply::text("Done."),
    ]);
    let through = format!("http://{}", proxy.address());
    let mut command = world.command("http://models.invalid/v1");
    command
        .arg("serve")
        .arg("--data")
        .arg(world.data())
        .env("http_proxy", &through);
    let mut serve = Serve::spawn(&mut command);
    serve.open(project.path());
    let task = serve.start("Count", "auto");
    let waiting = serve.event("the wait", |event| {
        event["type"] == "waiting" && event["text"] != ""
    });
    assert_eq!(
        waiting["text"],
        format!(
            "The connection to models.invalid by way of the proxy {} was cut before the answer was \
             complete. Trying again, 1 of 5.",
            proxy.address()
        )
    );
    serve.ended(&task);
    once(&mut serve, &task, &proxy);
    proxy.assert_finished();
    serve.close();
}

/// A gigabyte of nothing, in a megabyte.
fn gzip() -> Vec<u8> {
    let mut packing = Command::new("gzip")
        .arg("-c")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("there is gzip");
    let mut input = packing.stdin.take().expect("a pipe was asked for");
    let writing = std::thread::spawn(move || input.write_all(&vec![0; 8 << 20]));
    let packed = packing.wait_with_output().expect("it ends").stdout;
    let written = writing.join().expect("nothing panics there");
    written.expect("it reads");
    // Members one after the other are one text.
    packed.repeat(128)
}

/// The same as zstd writes it: a frame of blocks that each say one byte 128 K times.
fn zstd() -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    for block in 1..=8192_u32 {
        let header = (128 << 10) << 3 | 1 << 1 | u32::from(block == 8192);
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.push(0);
    }
    frame
}

#[test]
fn what_is_compressed_is_not_asked_for_and_not_taken() {
    for (name, bomb) in [("gzip", gzip()), ("zstd", zstd())] {
        let gate = Gate::new();
        // The rest is never sent, and nobody waits for it.
        let reply = stream().bytes(bomb).gate(&gate).unfinished();
        let model = Model::start([reply.header("content-encoding", name)]);
        let (world, project) = (World::new(), letter());
        let got = world
            .run(&model.base_url(), project.path(), &["--json"], "Hello")
            .ended(5);
        model.wait_hang_up_blocking(1);
        let error = got.items("error").pop().expect("it is told");
        assert_eq!(error["code"], "not_a_stream", "{error}");
        let message = error["message"].as_str().expect("a sentence");
        assert!(
            message.contains(&format!(
                "it is compressed ({name}), which was not asked for"
            )),
            "{message}"
        );
        let asked = &model.requests()[0];
        let accepts = asked.header("accept-encoding");
        assert!(
            accepts.is_none_or(|accepts| accepts == "identity"),
            "{accepts:?}"
        );
        model.assert_finished();
        gate.release();
    }
}

#[test]
fn a_first_token_that_is_slow_is_waited_for() {
    let (world, project) = (World::new(), letter());
    for silent in [true, false] {
        let gate = Gate::new();
        let reply = match silent {
            // Not even a status.
            true => Reply::text("At last.").hold(&gate),
            // The server says that it is there, as local ones do while they read.
            false => stream()
                .bytes(": reading\n\n")
                .gate(&gate)
                .text("At last.")
                .completed(),
        };
        let model = Model::start([reply]);
        let mut serve = world.serve(&model.base_url());
        serve.open(project.path());
        let task = serve.start("Hello", "auto");
        gate.reached_blocking();
        let view = serve.view(&task);
        assert_eq!(view["task"]["state"], "working", "{view}");
        assert_eq!(view["waiting"], Value::Null, "nothing is tried again");
        gate.release();
        assert_eq!(serve.ended(&task)["turn"], "done");
        assert_eq!(serve.items(&task, "answer")[0]["text"], "At last.");
        model.assert_finished();
        serve.close();
    }
}

/// Waits until the other side has ended every connection of this machine to `server`, and whoever
/// made them has not noticed.
#[track_caller]
fn ended_unnoticed(server: SocketAddr) {
    const CLOSE_WAIT: &str = "08";
    let port = format!(":{:04X}", server.port());
    let deadline = Instant::now() + PATIENCE;
    loop {
        let table = fs::read_to_string("/proc/net/tcp").expect("there is /proc");
        let states: Vec<&str> = table
            .lines()
            .filter_map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                let (to, state) = (words.get(2)?, words.get(3)?);
                to.ends_with(&port).then_some(*state)
            })
            .collect();
        // One that was reset is not listed any more.
        if states.iter().all(|state| *state == CLOSE_WAIT) {
            return;
        }
        assert!(Instant::now() < deadline, "{states:?}");
        std::thread::yield_now();
    }
}

/// Waits until each thread of a process stands still.
#[track_caller]
fn stopped(pid: u32) {
    let deadline = Instant::now() + PATIENCE;
    let still = |thread: fs::DirEntry| {
        let status = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        status.contains("State:\tT")
    };
    loop {
        let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("it lives");
        if threads.flatten().all(still) {
            return;
        }
        assert!(Instant::now() < deadline, "it does not stop");
        std::thread::yield_now();
    }
}

#[test]
fn a_computer_that_slept_while_the_connection_ended_goes_on_without_doing_anything_twice() {
    let (world, project, gate) = (World::new(), letter(), Gate::new());
    let model = Model::start([
        Reply::shell(ONCE),
        stream().text("Half of").gate(&gate).cut(),
        Reply::text("Done."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Count", "auto");
    gate.reached_blocking();
    serve.event("half of the answer", |event| {
        event["type"] == "itemDelta" && event["text"] != ""
    });
    let pid = i32::try_from(serve.pid()).ok().and_then(Pid::from_raw);
    let pid = pid.expect("a process has a number");
    kill_process(pid, Signal::STOP).expect("it can be stopped");
    stopped(serve.pid());
    gate.release();
    ended_unnoticed(model.address());
    assert_eq!(model.requests().len(), 2);
    kill_process(pid, Signal::CONT).expect("it can go on");
    assert_eq!(serve.ended(&task)["turn"], "done");
    once(&mut serve, &task, &model);
    model.assert_finished();
    serve.close();
}

#[test]
fn a_network_that_goes_away_and_comes_back_is_met_again() {
    let (world, project, gate) = (World::new(), letter(), Gate::new());
    let before = Model::start([
        Reply::shell(ONCE),
        stream().text("Half of").gate(&gate).completed(),
    ]);
    let mut serve = world.serve(&before.base_url());
    serve.open(project.path());
    let task = serve.start("Count", "auto");
    gate.reached_blocking();
    let address = before.address();
    drop(before);
    serve.event("a try while nobody is there", |event| {
        let text = event["text"].as_str().unwrap_or_default();
        event["type"] == "waiting" && text.contains("Nothing answers")
    });
    let after = Model::start_at(address, [Reply::text("Done.")]);
    assert_eq!(serve.ended(&task)["turn"], "done");
    once(&mut serve, &task, &after);
    after.assert_finished();
    serve.close();
}

#[test]
fn output_that_is_large_or_no_text_is_cut_and_the_turn_goes_on() {
    let (world, project) = (World::new(), letter());
    let call = |id: &str, command: &str| {
        let arguments = json!({ "command": command, "timeout_ms": 600_000 });
        stream()
            .function_call_as(id, "shell_command", &arguments.to_string())
            .completed()
    };
    let model = Model::start([
        call(
            "large",
            "echo BEGIN; head -c 4000000 /dev/zero | tr '\\0' a | fold; echo; echo END",
        ),
        call(
            "binary",
            "echo BEGIN; head -c 1000000 /dev/urandom | tr -d '\\033'; echo; echo END",
        ),
        Reply::text("Enough."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Print", "auto");
    for request in &model.requests()[1..] {
        let told = request.last_result();
        assert!(told.len() < 64 << 10, "{} bytes", told.len());
        assert!(
            !told.contains('\0') && told.contains("BEGIN"),
            "{}",
            &told[..99]
        );
        let end = told.trim_end();
        assert!(
            end.ends_with("END"),
            "its end is kept: {:?}",
            end.get(end.len() - 99..)
        );
    }
    for command in serve.items(&task, "command") {
        let shown = command["output"].as_str().expect("it printed");
        assert!(shown.len() < 200_000, "{} bytes are shown", shown.len());
    }
    model.assert_finished();
    serve.close();
}

#[test]
fn reasoning_that_the_server_cannot_read_any_more_is_left_out_and_the_turn_goes_on() {
    let (world, project) = (World::new(), letter());
    let model = Model::start([
        stream().reasoning("I count.").shell(ONCE).completed(),
        Reply::error(
            400,
            "invalid_encrypted_content",
            "The encrypted content could not be verified.",
        ),
        Reply::text("Done."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("Count", "auto");
    let reasoning = |request: usize| {
        let input = model.requests()[request].input();
        input
            .iter()
            .filter(|item| item["type"] == "reasoning")
            .count()
    };
    assert_eq!((reasoning(1), reasoning(2)), (1, 0));
    assert_eq!(serve.items(&task, "error"), Vec::<Value>::new());
    once(&mut serve, &task, &model);
    model.assert_finished();
    serve.close();
}
