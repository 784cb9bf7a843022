//! What compares two texts in node: one process for all of it, which times itself, warm.

use std::cell::RefCell;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;
use std::rc::Rc;

use serde_json::Value;
use serde_json::json;

use super::Files;
use super::Program;
use super::Reading;
use super::Said;
use super::pairs::Pair;
use crate::Places;
use crate::Problem;

const SCRIPT: &str = include_str!("node.mjs");

pub(crate) fn all(places: &Places) -> Result<Vec<Box<dyn Program>>, Problem> {
    let node = Rc::new(RefCell::new(Node::start(places)?));
    let program = |name, asked| -> Box<dyn Program> {
        let node = Rc::clone(&node);
        Box::new(InNode { name, asked, node })
    };
    Ok(vec![
        program("vscode-diff (node)", "vscode"),
        program("jsdiff (node)", "jsdiff"),
    ])
}

struct Node {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Node {
    fn start(places: &Places) -> Result<Self, Problem> {
        let mut child = Command::new("node")
            .args(["--input-type=module", "-e", SCRIPT])
            .arg(&places.peers)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("node could not be started: {error}."))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.ok_or("node has no pipes.")?;
        let output = BufReader::new(output);
        Ok(Self {
            child,
            input,
            output,
        })
    }

    fn ask(&mut self, question: &Value) -> Result<Value, Problem> {
        let cannot = |error: std::io::Error| format!("node does not answer: {error}.");
        writeln!(self.input, "{question}").map_err(cannot)?;
        let mut answer = String::new();
        self.output.read_line(&mut answer).map_err(cannot)?;
        serde_json::from_str(&answer).map_err(|_| "node ended; what it said is above.".to_owned())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It ends by itself when nothing more is asked; this is for when it hangs.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct InNode {
    name: &'static str,
    asked: &'static str,
    node: Rc<RefCell<Node>>,
}

impl Program for InNode {
    fn name(&self) -> &'static str {
        self.name
    }

    fn compare(&mut self, _: &Pair, files: &Files) -> Result<Option<Reading>, Problem> {
        let question = json!({ "program": self.asked, "old": files.old, "now": files.new });
        let answer = self.node.borrow_mut().ask(&question)?;
        let number = |name: &str| answer[name].as_u64().unwrap_or(0) as u32;
        Ok(answer["time"].as_f64().map(|time| Reading {
            time,
            said: Said {
                removed: number("removed"),
                added: number("added"),
                hunks: Some(number("hunks")),
                imprecise: answer["imprecise"] == true,
                right: answer["right"] == true,
            },
        }))
    }
}
