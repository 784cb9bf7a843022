//! How fast code gets its colours: the first screen of a text that nobody has seen yet, a screen in
//! its middle once it is known, all of it, and the memory that takes. Each in a process of its own.
//!
//! Against the same grammars without what the engine keeps, against Shiki with both of its engines,
//! and, in rows of its own, against the parsers of CodeMirror, which are not grammars of expressions.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use review::Highlighter;
use review::Limits;
use review::Lines;
use serde_json::Value;
use serde_json::json;
use support::binaries;
use syntect::parsing::ParseState;
use syntect::parsing::ScopeStack;

use crate::Places;
use crate::Problem;
use crate::table::Better;
use crate::table::Row;
use crate::table::Table;

/// Lines of a screen.
const SCREEN: u32 = 60;

/// How often everything is measured; the median counts.
const ROUNDS: usize = 5;

/// Endings of the texts, each with its language as Shiki calls it.
const LANGUAGES: [(&str, &str); 6] = [
    ("rs", "rust"),
    ("ts", "typescript"),
    ("tsx", "tsx"),
    ("json", "json"),
    ("md", "markdown"),
    ("min.js", "javascript"),
];

/// Everyone, in the order of the columns.
const WHO: [&str; 5] = ["ours", "naive", "shiki-js", "shiki-wasm", "lezer"];

/// Colours everything with everyone, in turns, and compares.
pub(crate) fn measure(places: &Places) -> Result<Table, Problem> {
    let around = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut rows = Vec::new();
    for (ending, language) in LANGUAGES {
        let file = around.path().join(format!("text.{ending}"));
        fs::write(&file, text(ending)?).map_err(|error| error.to_string())?;
        eprintln!("{ending} …");
        let mut seen: [Vec<Value>; WHO.len()] = Default::default();
        for _ in 0..ROUNDS {
            for (who, seen) in WHO.iter().zip(&mut seen) {
                seen.push(coloured(who, language, &file, places)?);
            }
        }
        for (key, what) in [
            ("cold", "first 60 lines, ms"),
            ("warm", "60 lines at half depth, ms"),
            ("full", "all lines, ms"),
            ("memory", "memory, MB"),
        ] {
            let values: Vec<_> = seen.iter().map(|reports| median(reports, key)).collect();
            let but = |left_out: &[usize]| {
                let kept = values.iter().enumerate();
                kept.map(|(at, value)| value.filter(|_| !left_out.contains(&at)))
                    .collect()
            };
            // Naive is what ours is made of: from nothing both do the same.
            let cold = key == "cold";
            let left_out: &[usize] = if cold { &[1, 4] } else { &[4] };
            rows.push(Row {
                what: format!("{ending}: {what}"),
                better: Better::Less,
                must_win: cold,
                values: but(left_out),
            });
            if key != "memory" {
                rows.push(Row {
                    what: format!("{ending}: {what}, others"),
                    better: Better::Less,
                    must_win: false,
                    values: but(if cold { &[2, 3] } else { &[1, 2, 3] }),
                });
            }
        }
    }
    Ok(Table {
        title: "How fast code is coloured (less is better)".to_owned(),
        columns: [
            "Greenlight",
            "syntect naive",
            "Shiki JS",
            "Shiki WASM",
            "Lezer",
        ]
        .map(str::to_owned)
        .into(),
        rows,
    })
}

fn coloured(who: &str, language: &str, file: &Path, places: &Places) -> Result<Value, Problem> {
    let mut command = match who {
        "ours" | "naive" => {
            let own = std::env::current_exe().map_err(|error| error.to_string())?;
            let mut command = Command::new(own);
            command.args(["colour", who]).arg(file);
            command
        }
        _ => {
            let mut command = Command::new("node");
            command
                .arg(binaries::root().join("tests/bench/web/highlight.mjs"))
                .arg(&places.web_peers)
                .args([who, language])
                .arg(file);
            command
        }
    };
    let output = command
        .output()
        .map_err(|error| format!("{who} could not be started: {error}."))?;
    serde_json::from_slice(&output.stdout).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr);
        format!("{who} did not colour {}: {said}", file.display())
    })
}

fn median(reports: &[Value], key: &str) -> Option<f64> {
    let mut values: Vec<f64> = reports.iter().filter_map(|one| one[key].as_f64()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// What the processes do that [`measure`] starts: colours one file and prints how long that took.
pub(crate) fn colour(who: &str, file: &Path) -> Result<(), Problem> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let mut times = match who {
        "ours" => ours(&name, text)?,
        _ => naive(&name, &text)?,
    };
    let status = fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    times["memory"] = json!(kilobytes.map(|kilobytes: f64| kilobytes * 1024.0 / 1e6));
    println!("{times}");
    Ok(())
}

fn since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

fn ours(name: &str, text: String) -> Result<Value, Problem> {
    let lines = Lines::new(text);
    let none = || format!("There is no grammar for {name}.");
    let start = Instant::now();
    let painter = || Highlighter::shared().painter(name, &lines, Limits::NONE);
    let mut first = painter().ok_or_else(none)?;
    let painted = first.paint(0..SCREEN, None);
    let cold = since(start);
    if painted.lines.concat().is_empty() && lines.count() > 1 {
        return Err("Nothing was coloured.".to_owned());
    }
    let mut all = painter().ok_or_else(none)?;
    let start = Instant::now();
    all.paint(0..lines.count(), None);
    let full = since(start);
    let half = lines.count() / 2;
    let start = Instant::now();
    all.paint(half..half + SCREEN, None);
    let warm = since(start);
    Ok(json!({ "cold": cold, "warm": warm, "full": full }))
}

/// Parses from the first line on, each time, and keeps nothing.
fn naive(name: &str, text: &str) -> Result<Value, Problem> {
    let start = Instant::now();
    let set = two_face::syntax::extra_newlines();
    let extension = name.rsplit('.').next().unwrap_or_default();
    let syntax = set
        .find_syntax_by_extension(extension)
        .ok_or_else(|| format!("There is no grammar for {name}."))?;
    let until = |end: usize| -> Result<(), Problem> {
        let mut state = ParseState::new(syntax);
        let mut scopes = ScopeStack::new();
        for line in text.split_inclusive('\n').take(end) {
            let ops = state.parse_line(line, &set);
            for (_, op) in ops.map_err(|error| error.to_string())? {
                // A grammar that restores what it never cleared is wrong about colours, no more.
                let _ = scopes.apply(&op);
            }
        }
        Ok(())
    };
    until(SCREEN as usize)?;
    let cold = since(start);
    let start = Instant::now();
    until(usize::MAX)?;
    let full = since(start);
    let half = text.lines().count() / 2;
    let start = Instant::now();
    until(half + SCREEN as usize)?;
    let warm = since(start);
    Ok(json!({ "cold": cold, "warm": warm, "full": full }))
}

/// A text of a kind: sources of this very repository where it has some.
fn text(ending: &str) -> Result<String, Problem> {
    let root = binaries::root();
    let read = |path: &str| fs::read_to_string(root.join(path)).map_err(|e| format!("{path}: {e}"));
    Ok(match ending {
        "rs" => gathered(&root.join("src-tauri/crates/engine/src/tasks"), "rs")?,
        "ts" => gathered(&root.join("ui/src"), "ts")?,
        "json" => read("ui/package-lock.json")?,
        "md" => read("README.md")?.repeat(8),
        "tsx" => tsx(),
        _ => tsx().replace(['\n', '<', '>'], " ").repeat(2),
    })
}

/// All files of an ending in a folder and below, one after the other in the order of their paths.
fn gathered(folder: &Path, ending: &str) -> Result<String, Problem> {
    let said = |error: std::io::Error| format!("{}: {error}", folder.display());
    let entries = fs::read_dir(folder).map_err(said)?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut all = String::new();
    for path in paths {
        if path.is_dir() {
            all.push_str(&gathered(&path, ending)?);
        } else if path.extension().is_some_and(|found| found == ending) {
            all.push_str(&fs::read_to_string(&path).map_err(said)?);
        }
    }
    Ok(all)
}

fn tsx() -> String {
    let mut text = "import { useState, type ReactNode } from \"react\";\n\n".to_owned();
    for at in 0..110 {
        let _ = writeln!(
            text,
            "interface Props{at} {{ title: string; rows: number[]; onPick?: (row: number) => void }}\n\
             export function List{at}({{ title, rows, onPick }}: Props{at}): ReactNode {{\n  \
             const [open, setOpen] = useState<boolean>({});\n  \
             return (\n    <section className=\"list\" hidden={{!open}}>\n      \
             <h2 onClick={{() => setOpen(!open)}}>{{title}} ({{rows.length}})</h2>\n      \
             {{rows.map((row) => <Row key={{row}} value={{`${{row}} of {at}`}} pick={{onPick}} />)}}\n    \
             </section>\n  );\n}}\n",
            at % 2 == 0
        );
    }
    text
}
