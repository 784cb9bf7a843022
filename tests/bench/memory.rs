//! How much memory a long conversation takes: the peak of the agent's own process, from its start to
//! a request with some 200,000 tokens in it. Commands that it runs are not counted.
//!
//! The conversation is made the way a real one is: a file of about 10,000 tokens is read, twenty
//! times over.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use support::model::Model;
use support::model::Reply;
use support::model::Script;

use crate::Places;
use crate::Problem;
use crate::agents::Agent;
use crate::script::Tools;
use crate::table::Better;
use crate::table::Row;
use crate::table::Table;

/// What the engine has to stay below, in megabytes.
const TARGET: f64 = 60.0;

/// Files that are read.
const FILES: usize = 20;

/// Bytes in each, just below what a tool's output may be.
const SIZE: usize = 39_000;

/// What the last request has to hold at least, in bytes: 200,000 tokens of four, less what is not
/// text of the files.
const HELD: usize = FILES * SIZE;

/// Has each agent read, and compares.
pub(crate) fn measure(places: &Places) -> Result<Table, Problem> {
    let agents = [Agent::Greenlight, Agent::Codex, Agent::OpenCode];
    let mut columns: Vec<String> = agents.map(|agent| agent.name().to_owned()).into();
    columns.push("target".to_owned());
    let (mut peaks, mut sizes) = (Vec::new(), Vec::new());
    for agent in agents {
        eprintln!("{}: {FILES} files …", agent.name());
        let (peak, size) = peak_of(agent, places)?;
        peaks.push(Some(peak));
        sizes.push(Some(size as f64));
    }
    peaks.push(Some(TARGET));
    sizes.push(Some(HELD as f64));
    let row = |what: &str, must_win, values| Row {
        what: what.to_owned(),
        better: Better::Less,
        must_win,
        values,
    };
    Ok(Table {
        title: "Memory with a conversation of 200,000 tokens (less is better)".to_owned(),
        columns,
        rows: vec![
            row("peak resident memory, MB", true, peaks),
            row("the last request, bytes", false, sizes),
        ],
    })
}

/// The peak in megabytes at the last request, and the size of that request.
fn peak_of(agent: Agent, places: &Places) -> Result<(f64, usize), Problem> {
    let around = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (folder, home) = (around.path().join("texts"), around.path().join("home"));
    let made = fs::create_dir_all(&home).and_then(|()| write(&folder));
    made.map_err(|error| format!("The project could not be made: {error}."))?;
    let process = Arc::new(AtomicU32::new(0));
    let seen: Arc<Mutex<Option<(f64, usize)>>> = Arc::default();
    let script = {
        let (process, seen, folder) = (Arc::clone(&process), Arc::clone(&seen), folder.clone());
        Script::each(move |request| {
            let Some(tools) = Tools::of(request, &folder) else {
                return Reply::text("Read the texts");
            };
            let done = request.results().len();
            if done < FILES {
                return tools.read(&name(done));
            }
            let peak = peak(process.load(Ordering::Acquire));
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            *seen = peak.map(|peak| (peak, request.body.len()));
            Reply::text("All are read.")
        })
    };
    let model = Model::start(script);
    let message = "Read every text and say what they are about.";
    let url = model.base_url();
    agent.work(places, &url, &folder, &home, message, &process)?;
    let seen = *seen.lock().unwrap_or_else(PoisonError::into_inner);
    match seen {
        Some((_, size)) if size < HELD => Err(format!(
            "{} held {size} bytes of {HELD}, so its memory would mean nothing.",
            agent.name()
        )),
        Some(seen) => Ok(seen),
        None => Err(format!("{} never came to the end.", agent.name())),
    }
}

/// The most memory that a process has had at once, in megabytes.
fn peak(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}

fn name(number: usize) -> String {
    format!("text{number:02}.txt")
}

fn write(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for number in 0..FILES {
        let mut text = String::new();
        let mut line = 0;
        while text.len() < SIZE {
            let _ = writeln!(
                text,
                "Line {line} of text {number} says something about an order."
            );
            line += 1;
        }
        text.truncate(SIZE - 1);
        text.push('\n');
        fs::write(folder.join(name(number)), text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_stays_when_the_memory_is_given_back() {
        let own = std::process::id();
        let before = peak(own).unwrap();
        let filled = std::hint::black_box(vec![1_u8; 80_000_000]);
        drop(filled);
        let after = peak(own).unwrap();
        assert!(after > before.max(80.0), "{before} MB, then {after} MB");
        assert_eq!(peak(u32::MAX), None);
    }

    #[test]
    fn the_texts_are_as_long_as_they_have_to_be() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path()).unwrap();
        for number in 0..FILES {
            let text = fs::read_to_string(folder.path().join(name(number))).unwrap();
            assert_eq!(text.len(), SIZE);
            assert!(text.ends_with('\n'));
        }
    }
}
