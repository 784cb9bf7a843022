//! How fast two texts are compared, and how well: side by side in one run, and never trusting.
//!
//! All get the same two texts. In this process: the review's diff with all it does for a reader (rows,
//! pairing of lines, hunks), the line diffs of the crates `similar` and `imara-diff`, which do none of
//! that; node's in one other process that times itself; git's as processes. What each says changed is
//! applied to the old text every time, and one that does not give the new text has lost. Whole
//! processes are compared with each other: `greenlight-cli diff` and `git diff --no-index`.
//!
//! Rounds are interleaved, so that what else the machine does falls on all alike. A peer that needs
//! over a second is asked once. Targets in milliseconds are held against the shortest round.

mod node;
mod pairs;
mod peers;
mod processes;
mod report;

use std::path::PathBuf;

use crate::Places;
use crate::Problem;
use pairs::Pair;
use report::Report;

/// How often each is measured.
const ROUNDS: usize = 7;
/// By how many programs the first one of a round moves on.
const STRIDE: usize = 2;
/// One that takes longer than this is measured once, in milliseconds.
const SLOW: f64 = 1000.0;

/// One reading.
pub(crate) struct Reading {
    /// Milliseconds.
    pub(crate) time: f64,
    pub(crate) said: Said,
}

/// What a program says changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) removed: u32,
    pub(crate) added: u32,
    /// None where the program was not asked for them.
    pub(crate) hunks: Option<u32>,
    /// It says itself that time ran out.
    pub(crate) imprecise: bool,
    /// Whether applying it to the old text gave the new one.
    pub(crate) right: bool,
}

/// Whoever compares two texts.
pub(crate) trait Program {
    fn name(&self) -> &'static str;
    /// Whether it is a process of its own, and compared with such.
    fn is_process(&self) -> bool {
        false
    }
    /// None when it gave up.
    fn compare(&mut self, pair: &Pair, files: &Files) -> Result<Option<Reading>, Problem>;
}

/// The two texts as files.
pub(crate) struct Files {
    pub(crate) old: PathBuf,
    pub(crate) new: PathBuf,
}

/// Measures all pairs with all programs, prints the table, and says whether all that has to be won is.
pub(crate) fn measure(places: &Places) -> Result<bool, Problem> {
    let cannot = |error: std::io::Error| format!("The pairs cannot be written: {error}.");
    let folder = tempfile::tempdir().map_err(cannot)?;
    let files = Files {
        old: folder.path().join("old.txt"),
        new: folder.path().join("new.txt"),
    };
    let mut programs = peers::all();
    programs.extend(node::all(places)?);
    programs.extend(processes::all(places));
    let mut report = Report::default();
    for pair in pairs::all() {
        eprintln!("{} …", pair.name);
        std::fs::write(&files.old, &pair.old).map_err(cannot)?;
        std::fs::write(&files.new, &pair.new).map_err(cannot)?;
        let mut readings: Vec<Vec<Reading>> = programs.iter().map(|_| Vec::new()).collect();
        let mut done = vec![false; programs.len()];
        for round in 0..ROUNDS {
            for turn in 0..programs.len() {
                // Another one begins each round: who comes after node finds the caches cold.
                let number = (round * STRIDE + turn) % programs.len();
                if done[number] {
                    continue;
                }
                match programs[number].compare(&pair, &files)? {
                    Some(reading) => {
                        done[number] = reading.time > SLOW;
                        readings[number].push(reading);
                    }
                    None => done[number] = true,
                }
            }
        }
        report.add(&pair, &programs, readings);
    }
    print!("{report}");
    Ok(report.is_won())
}
