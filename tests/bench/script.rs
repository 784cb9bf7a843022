//! The same hundred steps for every agent, in the words of its own tools.
//!
//! A step is an intention: read a file, list a folder, search, change a line. What it is called
//! depends on the tools that a request offers, which is how a model chooses too.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use serde_json::json;
use support::model::Reply;
use support::model::Request;
use support::model::stream;

use crate::project;

/// Calls before the last word.
pub(crate) const STEPS: usize = 100;

/// What a step does.
enum Step {
    /// The whole of a file.
    Read(usize),
    /// The names in a folder.
    List(usize),
    /// A word in all files.
    Search(usize),
    /// One line of a file, from one version to the next.
    Patch(usize, usize),
}

fn step(at: usize) -> Step {
    let round = at / 4;
    let file = round % project::FILES;
    match at % 4 {
        0 => Step::List(file),
        1 => Step::Search(file),
        2 => Step::Read(file),
        _ => Step::Patch(file, round / project::FILES),
    }
}

/// The answer to a request of any agent that works on [`project`].
pub(crate) fn reply(request: &Request, folder: &Path) -> Reply {
    let Some(tools) = Tools::of(request, folder) else {
        return Reply::text("Raise the limits");
    };
    let done = request.results().len();
    if done >= STEPS {
        return Reply::text("All limits are raised.");
    }
    match step(done) {
        Step::Read(file) => tools.read(&project::path(file)),
        Step::List(file) => tools.list(&format!("src/part{}", file % 4)),
        Step::Search(file) => tools.search(&format!("LIMIT_{file} ")),
        Step::Patch(file, version) => tools.change(
            &project::path(file),
            &project::changing(file, version),
            &project::changing(file, version + 1),
        ),
    }
}

/// What one request offers, and so in which words it is answered.
pub(crate) struct Tools<'a> {
    /// Each name with the first field it requires; empty for a custom tool.
    offered: BTreeMap<String, String>,
    folder: &'a Path,
}

impl<'a> Tools<'a> {
    /// None for a request without tools: titles and the like are asked for without.
    pub(crate) fn of(request: &Request, folder: &'a Path) -> Option<Self> {
        let offered = offered(&request.json());
        (!offered.is_empty()).then_some(Self { offered, folder })
    }

    fn has(&self, name: &str) -> bool {
        self.offered.contains_key(name)
    }

    fn at(&self, path: &str) -> String {
        self.folder.join(path).display().to_string()
    }

    fn call(name: &str, arguments: Value) -> Reply {
        stream().function_call(name, &arguments).completed()
    }

    fn shell(&self, script: String) -> Reply {
        if self.has("exec_command") {
            Self::call("exec_command", json!({ "cmd": script }))
        } else if self.has("shell_command") {
            Self::call("shell_command", json!({ "command": script }))
        } else if self.has("bash") {
            Self::call("bash", json!({ "command": script }))
        } else {
            Self::call("shell", json!({ "command": ["bash", "-lc", script] }))
        }
    }

    /// The whole of a file.
    pub(crate) fn read(&self, path: &str) -> Reply {
        match self.has("read") {
            true => Self::call("read", json!({ "filePath": self.at(path) })),
            false => self.shell(format!("cat {path}")),
        }
    }

    fn list(&self, folder: &str) -> Reply {
        match self.has("glob") {
            true => Self::call("glob", json!({ "pattern": format!("{folder}/*") })),
            false => self.shell(format!("ls {folder}")),
        }
    }

    fn search(&self, word: &str) -> Reply {
        match self.has("grep") {
            true => Self::call("grep", json!({ "pattern": word, "path": self.at("src") })),
            false => self.shell(format!("grep -rn '{word}' src")),
        }
    }

    fn change(&self, path: &str, old: &str, new: &str) -> Reply {
        let patch = format!(
            "*** Begin Patch\n*** Update File: {path}\n@@\n-{old}\n+{new}\n*** End Patch\n"
        );
        match self.offered.get("apply_patch").map(String::as_str) {
            Some("") => stream().custom_call("apply_patch", &patch).completed(),
            Some(field) => Self::call("apply_patch", json!({ field: patch })),
            None => Self::call(
                "edit",
                json!({ "filePath": self.at(path), "oldString": old, "newString": new }),
            ),
        }
    }
}

/// The names of the tools on offer, each with the first field it requires; empty for a custom tool.
fn offered(body: &Value) -> BTreeMap<String, String> {
    let tools = body["tools"].as_array().into_iter().flatten();
    let named = tools.filter_map(|tool| {
        let name = tool["name"].as_str()?.to_owned();
        let field = tool["parameters"]["required"][0].as_str().unwrap_or("");
        Some((name, field.to_owned()))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(tools: Value, results: usize) -> Request {
        let result = |at| json!({ "type": "function_call_output", "call_id": at, "output": "" });
        let input: Vec<Value> = (0..results).map(|at| result(at.to_string())).collect();
        Request {
            method: "POST".to_owned(),
            path: "/v1/responses".to_owned(),
            headers: Vec::new(),
            body: json!({ "tools": tools, "input": input }).to_string().into(),
        }
    }

    fn said(tools: &Value, results: usize) -> String {
        format!(
            "{:?}",
            reply(&request(tools.clone(), results), Path::new("/orders"))
        )
    }

    #[test]
    fn the_same_steps_are_asked_for_in_the_words_of_each() {
        let tool = |name: &str, field: &str| json!({ "type": "function", "name": name, "parameters": { "required": [field] } });
        let ours =
            json!([tool("shell_command", "command"), { "type": "custom", "name": "apply_patch" }]);
        let others = json!([
            tool("glob", "pattern"),
            tool("grep", "pattern"),
            tool("read", "filePath"),
            tool("apply_patch", "patchText"),
            tool("bash", "command"),
        ]);
        for (tools, words) in [
            (
                &ours,
                [
                    "shell_command",
                    "shell_command",
                    "shell_command",
                    "custom_tool_call",
                ],
            ),
            (&others, ["glob", "grep", "read", "patchText"]),
        ] {
            for (at, word) in words.into_iter().enumerate() {
                assert!(said(tools, at).contains(word), "{at}: {word}");
            }
            let last = said(tools, STEPS);
            assert!(last.contains("All limits"), "{last}");
        }
    }

    #[test]
    fn each_change_finds_what_the_one_before_left() {
        let mut lines = BTreeMap::new();
        for at in 0..STEPS {
            if let Step::Patch(file, version) = step(at) {
                let now = lines
                    .entry(file)
                    .or_insert_with(|| project::changing(file, 0));
                assert_eq!(*now, project::changing(file, version), "step {at}");
                *now = project::changing(file, version + 1);
            }
        }
        assert_eq!(lines.len(), project::FILES);
    }
}
