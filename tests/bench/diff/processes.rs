//! Whole processes, from their start to their end: `greenlight-cli diff` and `git diff --no-index`.

use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::time::Instant;

use serde_json::Value;

use super::Files;
use super::Program;
use super::Reading;
use super::Said;
use super::pairs::Pair;
use super::peers::milliseconds;
use super::peers::said;
use crate::Places;
use crate::Problem;

pub(crate) fn all(places: &Places) -> Vec<Box<dyn Program>> {
    let ours = |name, form| -> Box<dyn Program> {
        let program = places.greenlight.clone();
        Box::new(Ours {
            name,
            form,
            program,
        })
    };
    let git = |name, options| -> Box<dyn Program> { Box::new(Git { name, options }) };
    vec![
        ours("greenlight-cli --stat", "--stat"),
        git("git --stat", &["--stat"]),
        git("git --histogram --stat", &["--histogram", "--stat"]),
        ours("greenlight-cli --json", "--json"),
        git("git", &[]),
    ]
}

struct Ours {
    name: &'static str,
    form: &'static str,
    program: PathBuf,
}

impl Program for Ours {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_process(&self) -> bool {
        true
    }

    fn compare(&mut self, pair: &Pair, files: &Files) -> Result<Option<Reading>, Problem> {
        let mut command = Command::new(&self.program);
        command
            .args(["diff", self.form])
            .arg(&files.old)
            .arg(&files.new);
        let (time, output) = run(&mut command)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let wrong = || {
            format!(
                "{} failed: {}",
                self.name,
                String::from_utf8_lossy(&output.stderr)
            )
        };
        if self.form == "--stat" {
            let mut counts = text
                .split([' ', '\n'])
                .map(|word| word[1.min(word.len())..].parse().ok());
            let (added, removed) = (counts.next().flatten(), counts.next().flatten());
            let (added, removed) = added.zip(removed).ok_or_else(wrong)?;
            let said = Said {
                removed,
                added,
                hunks: None,
                imprecise: text.contains("coarse"),
                // A sum cannot be applied; that of another kind is.
                right: balanced(pair, removed, added),
            };
            return Ok(Some(Reading { time, said }));
        }
        let json: Value = serde_json::from_str(&text).map_err(|_| wrong())?;
        let rows = json["rows"].as_array().ok_or_else(wrong)?;
        let side =
            |name: &str| -> String { rows.iter().filter_map(|row| row[name].as_str()).collect() };
        let number = |name: &str| json[name].as_u64().unwrap_or(0) as u32;
        let said = Said {
            removed: number("removed"),
            added: number("added"),
            hunks: json["hunks"].as_array().map(|hunks| hunks.len() as u32),
            imprecise: json["imprecise"] == true,
            right: side("old") == pair.old && side("new") == pair.new,
        };
        Ok(Some(Reading { time, said }))
    }
}

/// Whether so many lines fewer and more make one text's lines the other's.
fn balanced(pair: &Pair, removed: u32, added: u32) -> bool {
    let count = |text: &str| text.split_inclusive('\n').count() as i64;
    count(&pair.old) - i64::from(removed) + i64::from(added) == count(&pair.new)
}

struct Git {
    name: &'static str,
    options: &'static [&'static str],
}

impl Program for Git {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_process(&self) -> bool {
        true
    }

    fn compare(&mut self, pair: &Pair, files: &Files) -> Result<Option<Reading>, Problem> {
        let (time, output) = run(&mut git(self.options, files))?;
        if output.status.code() != Some(1) {
            return Err(format!(
                "git failed: {}",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        // What it says, in the form that can be applied, is asked again and not timed.
        let algorithm = self
            .options
            .iter()
            .filter(|option| **option == "--histogram");
        let options: Vec<&str> = algorithm
            .copied()
            .chain(["--unified=0", "--text"])
            .collect();
        let (_, output) = run(&mut git(&options, files))?;
        let said = said(
            pair,
            &changes(&String::from_utf8_lossy(&output.stdout)),
            false,
        );
        Ok(Some(Reading { time, said }))
    }
}

fn git(options: &[&str], files: &Files) -> Command {
    let mut command = Command::new("git");
    command
        .args(["diff", "--no-index", "--no-color", "--no-ext-diff"])
        .args(options)
        .arg("--")
        .args([&files.old, &files.new])
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .current_dir("/");
    command
}

/// The line ranges in the headers of a patch without context.
fn changes(patch: &str) -> Vec<super::peers::Changed> {
    let range = |words: &str| {
        let (start, count) = words[1..].split_once(',').unwrap_or((&words[1..], "1"));
        let (start, count): (usize, usize) = (start.parse().ok()?, count.parse().ok()?);
        // No lines at all stand after the line that is named.
        let start = if count == 0 { start } else { start - 1 };
        Some(start..start + count)
    };
    let headers = patch.lines().filter(|line| line.starts_with("@@ -"));
    headers
        .filter_map(|header| {
            let mut words = header.split(' ').skip(1);
            range(words.next()?).zip(range(words.next()?))
        })
        .collect()
}

fn run(command: &mut Command) -> Result<(f64, Output), Problem> {
    let start = Instant::now();
    let output = command.output();
    let time = milliseconds(start);
    let program = command.get_program().display();
    let output = output.map_err(|error| format!("`{program}` could not be started: {error}."))?;
    Ok((time, output))
}
