//! Plays the demo to its end over a real socket, with commands that really run.

use std::fs;
use std::io::Read;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use crate::Demo;
use crate::MODEL;
use crate::SUGGESTED_REQUEST;
use crate::write_project;

/// A person with the app, reduced to what the demo can see of them.
struct Stage {
    dir: tempfile::TempDir,
    demo: Demo,
    input: Vec<Value>,
    refuse: fn(&str) -> Option<String>,
}

impl Stage {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        write_project(&dir.path().join("shop")).unwrap();
        let socket = dir.path().join("private/demo.sock");
        let demo = Demo::start_with_pace(&socket, Duration::ZERO).unwrap();
        Self {
            dir,
            demo,
            input: Vec::new(),
            refuse: |_| None,
        }
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.file(path);
        assert!(text.contains(from), "{path} has no {from}");
        fs::write(
            self.dir.path().join("shop").join(path),
            text.replace(from, to),
        )
        .unwrap();
    }

    fn file(&self, path: &str) -> String {
        fs::read_to_string(self.dir.path().join("shop").join(path)).unwrap()
    }

    /// Sends a message and carries out calls until there are none; returns the last words.
    fn ask(&mut self, text: &str) -> String {
        self.input.push(json!({
            "type": "message", "role": "user", "content": [{ "type": "input_text", "text": text }],
        }));
        loop {
            let body = json!({ "model": MODEL, "stream": true, "input": self.input });
            let (status, answer) = post(self.demo.socket(), "/v1/responses", &body.to_string());
            assert_eq!(status, 200, "{answer}");
            let items = completed(&answer)["output"].as_array().unwrap().clone();
            let mut results = Vec::new();
            let mut said = String::new();
            for item in &items {
                let name = item["name"].as_str().unwrap_or_default();
                let result = match item["type"].as_str().unwrap() {
                    "function_call" => "function_call_output",
                    "custom_tool_call" => "custom_tool_call_output",
                    "message" => {
                        said.push_str(item["content"][0]["text"].as_str().unwrap());
                        continue;
                    }
                    _ => continue,
                };
                let output = (self.refuse)(name).unwrap_or_else(|| self.carry_out(item));
                results
                    .push(json!({ "type": result, "call_id": item["call_id"], "output": output }));
            }
            self.input.extend(items);
            if results.is_empty() {
                return said;
            }
            self.input.extend(results);
        }
    }

    fn carry_out(&self, call: &Value) -> String {
        let shop = self.dir.path().join("shop");
        if call["type"] == "custom_tool_call" {
            return apply(&shop, call["input"].as_str().unwrap());
        }
        if call["name"] == "update_plan" {
            return "Plan updated".to_owned();
        }
        let arguments: Value = serde_json::from_str(call["arguments"].as_str().unwrap()).unwrap();
        let ran = Command::new("sh")
            .args(["-c", arguments["command"].as_str().unwrap()])
            .current_dir(shop)
            // Under a test runner that is itself `node --test` the child would report upwards.
            .env_remove("NODE_TEST_CONTEXT")
            .output()
            .unwrap();
        format!(
            "Exit code: {}\nWall time: 0.1 seconds\nOutput:\n{}{}",
            ran.status.code().unwrap(),
            String::from_utf8(ran.stdout).unwrap(),
            String::from_utf8(ran.stderr).unwrap()
        )
    }

    /// The inputs of all calls of a tool, in order.
    fn calls(&self, name: &str) -> Vec<String> {
        let text = |item: &Value| match &item["arguments"] {
            Value::String(arguments) => arguments.clone(),
            _ => item["input"].as_str().unwrap().to_owned(),
        };
        self.input
            .iter()
            .filter(|item| item["name"] == name)
            .map(text)
            .collect()
    }

    fn last_plan(&self) -> Vec<String> {
        let plan: Value = serde_json::from_str(self.calls("update_plan").last().unwrap()).unwrap();
        let steps = plan["plan"].as_array().unwrap();
        steps
            .iter()
            .map(|step| step["status"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// Applies a patch as `apply_patch` does, and answers in its words.
fn apply(dir: &Path, input: &str) -> String {
    let patch = patch::parse(input).unwrap();
    let changes = match patch::apply(&patch, |path| fs::read(dir.join(path)).ok()) {
        Ok(changes) => changes,
        Err(error) => return format!("Exit code: 1\nWall time: 0 seconds\nOutput:\n{error}\n"),
    };
    let mut result = "Exit code: 0\nWall time: 0 seconds\nOutput:\n\
                      Success. Updated the following files:\n"
        .to_owned();
    for change in changes {
        fs::write(dir.join(&change.path), change.after.unwrap()).unwrap();
        result.push_str(&format!("M {}\n", change.path));
    }
    result
}

/// One request on a connection of its own: status and body.
fn post(socket: &Path, path: &str, body: &str) -> (u16, String) {
    let mut connection = UnixStream::connect(socket).unwrap();
    let length = body.len();
    write!(
        connection,
        "POST {path} HTTP/1.1\r\nHost: demo.invalid\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let (head, mut rest) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    if !head
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked")
    {
        return (status, rest.to_owned());
    }
    let mut whole = String::new();
    loop {
        let (size, more) = rest.split_once("\r\n").unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return (status, whole);
        }
        whole.push_str(&more[..size]);
        rest = more[size..].strip_prefix("\r\n").unwrap();
    }
}

/// The response in the last event, after checking that deltas add up to what is done.
fn completed(stream: &str) -> Value {
    let mut grown = String::new();
    let mut last = Value::Null;
    for event in stream.split_terminator("\n\n") {
        let (name, data) = event.split_once("\ndata: ").unwrap();
        last = serde_json::from_str(data).unwrap();
        assert_eq!(name, format!("event: {}", last["type"].as_str().unwrap()));
        if name.ends_with("output_text.delta") || name.ends_with("custom_tool_call_input.delta") {
            grown.push_str(last["delta"].as_str().unwrap());
        }
    }
    assert_eq!(last["type"], "response.completed");
    let output = last["response"]["output"].as_array().unwrap();
    let done: String = output
        .iter()
        .filter_map(|item| {
            item["input"]
                .as_str()
                .or(item["content"][0]["text"].as_str())
        })
        .collect();
    assert_eq!(grown, done);
    assert!(last["response"]["usage"]["total_tokens"].as_u64().unwrap() > 0);
    last["response"].clone()
}

#[test]
fn the_suggested_request_ends_green() {
    let mut stage = Stage::new();
    let said = stage.ask(SUGGESTED_REQUEST);
    assert!(said.contains("**All 14 tests pass.**"), "{said}");
    assert!(said.contains("Two causes, both in `cartTotal`"), "{said}");
    assert!(
        said.contains("The 2 new tests in `test/cart.test.js` failed before"),
        "{said}"
    );
    assert_eq!(stage.last_plan(), ["completed"; 4]);
    assert_eq!(stage.calls("apply_patch").len(), 2);
    assert_eq!(stage.calls("shell_command").len(), 3);
    assert!(
        stage
            .file("src/cart.js")
            .contains("item.price * item.quantity")
    );
    assert!(
        stage
            .file("test/cart.test.js")
            .contains("never goes below zero with a coupon")
    );

    // The same words again: it is done already, and the tests that really ran say so.
    let said = stage.ask(&format!("  {}\n", SUGGESTED_REQUEST.replace(' ', "  ")));
    assert!(said.contains("I could not reproduce it"), "{said}");
    assert_eq!(stage.calls("apply_patch").len(), 2);
    let ids: Vec<&str> = stage
        .input
        .iter()
        .filter(|i| i["name"].is_string())
        .filter_map(|i| i["call_id"].as_str())
        .collect();
    let unique: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
}

#[test]
fn a_broken_sample_ends_red() {
    let mut stage = Stage::new();
    stage.edit(
        "src/format.js",
        "return Math.round(",
        "return 1 + Math.round(",
    );
    let said = stage.ask(SUGGESTED_REQUEST);
    assert!(
        said.contains("tests still fail**, so this is not done"),
        "{said}"
    );
    assert!(said.contains("\n- rounds to whole cents"), "{said}");
    assert!(!said.contains("pass"), "{said}");
    assert_eq!(
        stage.last_plan(),
        ["completed", "completed", "completed", "in_progress"]
    );
}

#[test]
fn an_edited_sample_keeps_what_the_person_wrote() {
    let mut stage = Stage::new();
    stage.edit("src/cart.js", "let sum = 0;", "// Mine.\n  let due = 0;");
    stage.edit(
        "src/cart.js",
        "sum += item.price;",
        "due += item.price; // for one",
    );
    stage.edit(
        "src/cart.js",
        "sum = sum - coupon.amount;",
        "due -= coupon.amount;",
    );
    stage.edit("src/cart.js", "round(sum)", "round(due)");
    stage.edit(
        "test/cart.test.js",
        "takes a coupon off",
        "takes my coupon off",
    );
    let said = stage.ask(SUGGESTED_REQUEST);
    assert!(said.contains("**All 14 tests pass.**"), "{said}");
    let cart = stage.file("src/cart.js");
    assert!(cart.contains("// Mine.\n"), "{cart}");
    assert!(
        cart.contains("due += item.price * item.quantity; // for one"),
        "{cart}"
    );
    assert!(
        cart.contains("due -= Math.min(coupon.amount, due);"),
        "{cart}"
    );
}

#[test]
fn a_sample_with_other_line_endings_keeps_them() {
    let mut stage = Stage::new();
    for path in ["src/cart.js", "test/cart.test.js"] {
        stage.edit(path, "\n", "\r\n");
    }
    let said = stage.ask(SUGGESTED_REQUEST);
    assert!(said.contains("**All 14 tests pass.**"), "{said}");
    for path in ["src/cart.js", "test/cart.test.js"] {
        let text = stage.file(path);
        assert_eq!(
            text.matches('\n').count(),
            text.matches("\r\n").count(),
            "{path}: {text:?}"
        );
    }
}

#[test]
fn a_file_that_changed_after_it_was_read_is_not_forced() {
    let mut stage = Stage::new();
    stage.edit(
        "package.json",
        "node --test",
        "sed -i s/item.price/item.cost/ src/cart.js; node --test",
    );
    let said = stage.ask(SUGGESTED_REQUEST);
    assert!(
        said.contains("My edit of `src/cart.js` was not made"),
        "{said}"
    );
    assert!(!stage.file("src/cart.js").contains("Math.min"));
}

#[test]
fn without_the_function_it_stops_before_any_edit() {
    let mut stage = Stage::new();
    stage.edit("src/cart.js", "cartTotal", "priceOfAll");
    let said = stage.ask(SUGGESTED_REQUEST);
    assert!(
        said.contains("`cartTotal` in `src/cart.js` and it is not there"),
        "{said}"
    );
    assert_eq!(stage.calls("apply_patch").len(), 0);
    assert_eq!(stage.last_plan()[0], "in_progress");
}

#[test]
fn a_missing_file_is_told() {
    let mut stage = Stage::new();
    fs::remove_file(stage.dir.path().join("shop/test/cart.test.js")).unwrap();
    let said = stage.ask(SUGGESTED_REQUEST);
    assert!(
        said.contains("I could not read") && said.contains("No such file"),
        "{said}"
    );
}

#[test]
fn a_refused_patch_ends_the_turn() {
    let mut stage = Stage::new();
    stage.refuse = |name| (name == "apply_patch").then(|| "The person said no.".to_owned());
    let said = stage.ask(SUGGESTED_REQUEST);
    assert!(
        said.contains("My edit of `test/cart.test.js` was not made"),
        "{said}"
    );
    assert!(said.contains("The person said no."), "{said}");
    assert_eq!(stage.calls("shell_command").len(), 1);
}

#[test]
fn a_failed_patch_ends_the_turn() {
    let mut stage = Stage::new();
    stage.refuse = |name| {
        let text = "Exit code: 1\nWall time: 0 seconds\nOutput:\nHunk 1 does not match.\n";
        (name == "apply_patch").then(|| text.to_owned())
    };
    let said = stage.ask(SUGGESTED_REQUEST);
    assert!(
        said.contains("was not made") && said.contains("Hunk 1 does not match."),
        "{said}"
    );
}

#[test]
fn a_command_that_cannot_run_makes_no_claim() {
    let mut stage = Stage::new();
    stage.edit("package.json", "node --test", "no-such-node-here --test");
    let said = stage.ask(SUGGESTED_REQUEST);
    assert!(said.contains("gave me no test result"), "{said}");
    assert!(said.contains("install Node.js 20 or newer"), "{said}");
    assert_eq!(stage.calls("apply_patch").len(), 1);

    let mut stage = Stage::new();
    stage.refuse = |name| (name == "shell_command").then(|| "Stopped by the person.".to_owned());
    let said = stage.ask(SUGGESTED_REQUEST);
    assert!(
        said.contains("I could not read") && said.contains("Stopped by"),
        "{said}"
    );
}

#[test]
fn another_request_gets_an_honest_answer() {
    let mut stage = Stage::new();
    let said = stage.ask("Translate the shop into French");
    assert!(
        said.starts_with("This is a demo: my replies are scripted"),
        "{said}"
    );
    assert!(
        said.contains(SUGGESTED_REQUEST) && said.contains("Settings"),
        "{said}"
    );
    assert_eq!(
        stage
            .input
            .iter()
            .filter(|item| item["name"].is_string())
            .count(),
        0
    );
}

#[test]
fn requests_that_make_no_sense_are_refused_in_words() {
    let stage = Stage::new();
    let (status, body) = post(stage.demo.socket(), "/v1/responses", "{\"input\":");
    assert_eq!(status, 400);
    assert!(body.contains("not JSON"), "{body}");
    let (status, body) = post(stage.demo.socket(), "/v1/chat/completions", "{}");
    assert_eq!(status, 404);
    assert!(body.contains("/v1/chat/completions"), "{body}");
}

#[test]
fn a_refused_request_is_read_to_its_end() {
    let stage = Stage::new();
    // More than any socket buffer: whoever answers without reading breaks the pipe.
    let body = "x".repeat(8 << 20);
    let (status, answer) = post(stage.demo.socket(), "/v1/chat/completions", &body);
    assert_eq!(status, 404);
    assert!(answer.contains("/v1/chat/completions"), "{answer}");
}
