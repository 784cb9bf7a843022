//! `greenlight-cli run`: output, exit codes, the key, and everything a model's side does wrong.

use std::io::BufRead;
use std::io::BufReader;
use std::process::Stdio;

use serde_json::Value;
use serde_json::json;
use support::model::Gate;
use support::model::Model;
use support::model::Reply;
use support::model::stream;
use support::project::Project;

use crate::traces::files_with;
use crate::traces::processes;
use crate::traces::wait_end;
use crate::world::KEY;
use crate::world::Ran;
use crate::world::World;

/// One pixel.
const PIXEL: &[u8] = include_bytes!("../fixtures/pixel.png");

/// A letter to Bob.
pub(crate) fn letter() -> Project {
    Project::new().file("letter.txt", "Dear Bob,\nthe total is 12.\n")
}

fn edit() -> [Reply; 3] {
    [
        stream()
            .plan(&[("Change the name", "in_progress")])
            .completed(),
        Reply::shell("sed -i s/Bob/Ann/ letter.txt"),
        Reply::text("It says Ann now."),
    ]
}

#[test]
fn the_answer_then_the_diff() {
    let project = letter();
    let before = project.snapshot();
    let model = Model::start(edit());
    let world = World::new();
    let got = world
        .run(&model.base_url(), project.path(), &[], "Write to Ann")
        .ended(0);
    let places: Vec<usize> = [
        "Plan\n  [>] Change the name\n",
        "Ran sed -i s/Bob/Ann/ letter.txt: done",
        "It says Ann now.",
        "--- a/letter.txt\n+++ b/letter.txt\n",
        "-Dear Bob,\n+Dear Ann,\n the total is 12.\n",
    ]
    .iter()
    .map(|part| {
        got.out
            .find(part)
            .unwrap_or_else(|| panic!("{part:?} is not in {}", got.out))
    })
    .collect();
    assert!(places.is_sorted(), "{}", got.out);
    assert_eq!(got.err, "");
    before.assert_unchanged(project.path());
    model.assert_finished();
}

#[test]
fn json_lines_hold_the_items_and_the_diff() {
    let project = letter();
    let model = Model::start(edit());
    let world = World::new();
    let got = world
        .run(
            &model.base_url(),
            project.path(),
            &["--json"],
            "Write to Ann",
        )
        .ended(0);
    let lines = got.lines();
    let (last, items) = lines.split_last().unwrap();
    assert_eq!(last["type"], "diff");
    assert!(
        last["diff"].as_str().unwrap().contains("+Dear Ann,"),
        "{last}"
    );
    let kinds: Vec<&str> = items
        .iter()
        .map(|item| item["kind"]["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["message", "plan", "command", "answer"]);
    for item in items {
        assert!(item["completedAt"].is_u64() && item["turn"] == 1, "{item}");
    }
}

#[test]
fn apply_writes_all_of_it_and_says_so() {
    let project = letter().file("package.json", "{}\n");
    let model = Model::start([
        Reply::shell("sed -i s/Bob/Ann/ letter.txt; echo '{\"scripts\":{}}' > package.json"),
        Reply::text("Done."),
    ]);
    let world = World::new();
    let got = world
        .run(&model.base_url(), project.path(), &["--apply"], "Ann")
        .ended(0);
    assert!(got.out.ends_with("\nApplied 2 files.\n"), "{}", got.out);
    assert_eq!(project.text("letter.txt"), "Dear Ann,\nthe total is 12.\n");
    assert_eq!(project.text("package.json"), "{\"scripts\":{}}\n");
}

#[test]
fn an_apply_over_a_change_of_the_person_writes_nothing() {
    let project = letter();
    let gate = Gate::new();
    let model = Model::start([
        Reply::shell("sed -i s/Bob/Ann/ letter.txt"),
        stream()
            .text_around("It says", &gate, " Ann now.")
            .completed(),
    ]);
    let world = World::new();
    let url = model.base_url();
    let ran = std::thread::scope(|scope| {
        let run = scope.spawn(|| world.run(&url, project.path(), &["--apply"], "Ann"));
        gate.reached_blocking();
        project.write("letter.txt", "Dear Carl,\n");
        gate.open_blocking();
        run.join().expect("the run ends")
    });
    let got = ran.ended(8);
    assert!(
        got.err.contains("letter.txt changed in your folder"),
        "{}",
        got.err
    );
    assert_eq!(project.text("letter.txt"), "Dear Carl,\n");
}

#[test]
fn wrong_arguments_and_missing_things_are_named() {
    let project = letter();
    let world = World::new();
    let model = Model::start(Vec::new());
    let url = model.base_url();
    let run = |options: &[&str], prompt: &str| world.run(&url, project.path(), options, prompt);
    let usage = run(&["--permission", "root"], "Hello").ended(2);
    assert!(
        usage.err.contains("`root`") && usage.err.contains("Usage:"),
        "{}",
        usage.err
    );
    assert!(run(&[], "  ").ended(2).err.contains("prompt"));
    assert!(
        run(&["--frobnicate"], "Hello")
            .ended(2)
            .err
            .contains("--frobnicate")
    );
    let picture = run(&["--image", "no-such.png"], "Hello").ended(3);
    assert!(picture.err.contains("no-such.png") && picture.err.contains("Nothing was sent"));
    let text = project.at("letter.txt");
    let picture = run(&["--image", text.to_str().unwrap()], "Hello").ended(3);
    assert!(
        picture.err.contains("letter.txt is not a PNG"),
        "{}",
        picture.err
    );
    let folder = world
        .run(&url, &project.at("missing"), &[], "Hello")
        .ended(3);
    assert!(
        folder.err.contains("missing` is not there"),
        "{}",
        folder.err
    );
    assert_eq!(model.requests().len(), 0, "nothing of this asked the model");
}

#[test]
fn without_a_key_and_an_address_nothing_is_sent() {
    let project = letter();
    let world = World::new();
    let mut command = world.command("");
    command
        .env_remove("OPENAI_API_KEY")
        .env_remove("OPENAI_BASE_URL");
    command
        .arg("run")
        .arg("--project")
        .arg(project.path())
        .arg("Hello");
    let got = Ran::of(&mut command).ended(3);
    assert!(
        got.err
            .contains("No model is connected, so nothing was sent."),
        "{}",
        got.err
    );
    assert!(got.err.contains("OPENAI_API_KEY"), "{}", got.err);

    let mut command = world.command("not a url");
    command
        .arg("run")
        .arg("--project")
        .arg(project.path())
        .arg("Hello");
    let got = Ran::of(&mut command).ended(3);
    assert!(got.err.contains("OPENAI_BASE_URL"), "{}", got.err);
    assert!(!got.err.contains(KEY), "{}", got.err);
}

#[test]
fn the_address_can_be_given_and_the_model_named() {
    let project = letter();
    let world = World::new();
    let model = Model::start(Reply::text("Hello."));
    let url = model.base_url();
    let options = ["--base-url", &url, "--model", "gpt-5.2-codex"];
    let down = Model::down();
    world
        .run(down.base_url(), project.path(), &options, "Hello")
        .ended(0);
    let body = model.requests()[0].json();
    assert_eq!(
        (&body["model"], &body["parallel_tool_calls"]),
        (&json!("gpt-5.2-codex"), &json!(true))
    );
}

#[test]
fn the_key_goes_to_the_server_and_nowhere_else() {
    let project = letter();
    let world = World::new();
    let model = Model::start([
        Reply::shell(
            "env; cat /proc/*/environ | tr '\\0' '\\n'; cat /proc/*/cmdline | tr '\\0' '\\n'; \
             set; echo end of list",
        ),
        stream()
            .function_call("no_such_tool", &json!({}))
            .completed(),
        Reply::unauthorized(),
    ]);
    let options = ["--json", "--permission", "full"];
    let got = world
        .run(&model.base_url(), project.path(), &options, "Show me")
        .ended(5);
    for request in model.requests() {
        assert_eq!(
            request.header("authorization"),
            Some(format!("Bearer {KEY}").as_str())
        );
        assert!(!String::from_utf8_lossy(&request.body).contains(KEY));
    }
    let result = model.requests()[1].last_result();
    assert!(
        result.contains("end of list") && result.contains("PATH="),
        "{result}"
    );
    assert!(!result.contains("OPENAI_API_KEY"), "{result}");
    assert!(!got.out.contains(KEY) && !got.err.contains(KEY));
    assert_eq!(
        files_with(world.folder(), KEY),
        Vec::<std::path::PathBuf>::new()
    );

    // The same for what `serve` keeps.
    model.push(Reply::shell("env"));
    model.push(Reply::unauthorized());
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.start("Again", "auto");
    serve.ended(&task);
    let all = format!("{}{:?}", serve.view(&task), serve.events());
    assert!(!all.contains(KEY));
    serve.close();
    assert_eq!(
        files_with(world.folder(), KEY),
        Vec::<std::path::PathBuf>::new()
    );
}

#[test]
fn pictures_are_sent_as_pictures() {
    let project = letter();
    let world = World::new();
    let picture = world.folder().join("a pixel.png");
    std::fs::write(&picture, PIXEL).unwrap();
    let model = Model::start(Reply::text("A pixel."));
    let options = ["--image", picture.to_str().unwrap()];
    world
        .run(&model.base_url(), project.path(), &options, "What is it?")
        .ended(0);
    let input = model.requests()[0].input();
    let message = input.last().unwrap();
    let parts = message["content"].as_array().unwrap();
    assert_eq!(
        parts[0],
        json!({ "type": "input_text", "text": "What is it?" })
    );
    let image = parts
        .iter()
        .find(|part| part["type"] == "input_image")
        .unwrap();
    let url = image["image_url"].as_str().unwrap();
    assert!(
        url.starts_with("data:image/png;base64,iVBORw0KGgo"),
        "{url}"
    );
}

#[test]
fn a_picture_of_the_project_is_looked_at() {
    let project = letter()
        .file("pixel.png", PIXEL)
        .file("fake.png", "not a picture");
    let world = World::new();
    let model = Model::start([
        stream().view_image("pixel.png").completed(),
        stream().view_image("fake.png").completed(),
        stream().view_image("../../etc/passwd").completed(),
        Reply::text("A pixel."),
    ]);
    let got = world
        .run(&model.base_url(), project.path(), &["--json"], "Look")
        .ended(0);
    let requests = model.requests();
    let seen = requests[1].last_result();
    assert!(
        seen.contains("input_image") && seen.contains("data:image/png;base64,"),
        "{seen}"
    );
    assert!(
        requests[2].last_result().contains("fake.png"),
        "{}",
        requests[2].last_result()
    );
    assert!(
        !requests[3].last_result().contains("root:"),
        "{}",
        requests[3].last_result()
    );
    let views = got.items("imageView");
    assert_eq!(
        views[0],
        json!({ "type": "imageView", "path": "pixel.png", "error": null })
    );
    assert!(
        views[1]["error"].is_string() && views[2]["error"].is_string(),
        "{views:?}"
    );
}

#[test]
fn what_would_have_to_be_asked_is_refused_told_and_has_its_own_code() {
    let project = letter();
    let before = project.snapshot();
    let world = World::new();
    let model = Model::start([
        Reply::shell("cat letter.txt"),
        Reply::shell("sed -i s/Bob/Ann/ letter.txt"),
        Reply::patch("*** Begin Patch\n*** Add File: new.txt\n+x\n*** End Patch\n"),
        Reply::text("I may only read."),
    ]);
    let options = ["--permission", "read-only", "--json"];
    let got = world
        .run(&model.base_url(), project.path(), &options, "Write to Ann")
        .ended(6);
    let requests = model.requests();
    assert!(
        requests[1].last_result().contains("Dear Bob"),
        "plain reading is allowed"
    );
    for request in [2, 3] {
        let told = requests[request].last_result().to_lowercase();
        assert!(
            told.contains("read-only") || told.contains("read only"),
            "{told}"
        );
    }
    let refused = got.items("refused");
    assert_eq!(refused.len(), 2, "{}", got.out);
    assert_eq!(
        got.lines().last().unwrap()["diff"],
        "",
        "the draft is unchanged too"
    );
    before.assert_unchanged(project.path());
}

#[test]
fn ctrl_c_stops_the_turn_and_ends_with_its_own_code() {
    let mark = format!("ctrl-c-{}", std::process::id());
    let project = letter();
    let before = project.snapshot();
    let world = World::new();
    let model = Model::start([
        Reply::shell("sed -i s/Bob/Ann/ letter.txt"),
        Reply::shell(&format!("bash -c 'exec -a {mark} sleep 1000'")),
    ]);
    let mut command = world.command(&model.base_url());
    command
        .arg("run")
        .arg("--project")
        .arg(project.path())
        .args(["--json", "Sleep"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    lines
        .find(|line| line.contains("sed -i"))
        .expect("the first command is told");
    model.wait_request_blocking(2);
    let pid = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
        .unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let rest: Vec<String> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(7), "{rest:?}");
    let last: Value = serde_json::from_str(rest.last().unwrap()).unwrap();
    assert!(
        last["diff"].as_str().unwrap().contains("+Dear Ann,"),
        "what was done is shown: {last}"
    );
    assert_eq!(processes(&mark), Vec::<u32>::new());
    before.assert_unchanged(project.path());
}

#[test]
fn a_killed_run_leaves_no_process() {
    let mark = format!("killed-{}", std::process::id());
    let project = letter();
    let world = World::new();
    let model = Model::start(Reply::shell(&format!(
        "setsid bash -c 'exec -a {mark} sleep 1000' & echo begun; wait"
    )));
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    serve.start("Sleep", "auto");
    serve.event("output", |event| {
        event["type"] == "itemDelta" && event["text"].as_str().unwrap().contains("begun")
    });
    let running = processes(&mark);
    serve.kill();
    running.into_iter().for_each(wait_end);
    assert_eq!(processes(&mark), Vec::<u32>::new());
}
