//! How a change set of a thousand files and two hundred thousand lines opens and scrolls, in the app's
//! own page over the app's own desk.

use std::collections::HashMap;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

use crate::Places;
use crate::Problem;
use crate::browser::Browser;
use crate::corpus;
use crate::reviewed::Reviewed;
use crate::serving::Serving;
use crate::serving::Site;
use crate::table::Better;
use crate::table::Row;
use crate::table::Table;

/// Files, and lines of each.
const FILES: usize = 1_000;
const LINES: usize = 200;

/// Changed places in each file: most lines are on screen.
const EDITS: usize = 60;

/// How often it is opened; the median counts.
const ROUNDS: usize = 5;

/// How long one page may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// What the page reports, and what it has to stay below.
const QUANTITIES: [(&str, &str, Option<f64>); 8] = [
    ("opened", "click to the change set, ms", Some(300.0)),
    ("jump", "click to a file's lines, ms", None),
    ("p50", "scroll frame p50, ms", None),
    ("p95", "scroll frame p95, ms", Some(50.0)),
    ("max", "scroll frame max, ms", None),
    ("blank", "of 60 steps, not drawn a frame later", None),
    ("nodes", "DOM nodes", None),
    ("memory", "memory of the page, MB", None),
];

/// Opens it, each time in a fresh browser.
pub(crate) fn measure(places: &Places) -> Result<Table, Problem> {
    let files: Vec<_> = (0..FILES)
        .map(|at| {
            let path = format!("src/part{:02}/module{at:04}.ts", at % 40);
            (path, corpus::edited(LINES, EDITS, at as u64 + 1))
        })
        .collect();
    let start = Instant::now();
    let reviewed = Reviewed::of(&files)?;
    eprintln!("{FILES} files changed in {} s", start.elapsed().as_secs());
    let again = asked(&reviewed)?;
    let site = Site {
        folder: places.interface.clone(),
        texts: HashMap::new(),
        first: Some(include_str!("web/changeset.js")),
    };
    let serving = Serving::start(site, &reviewed)?;
    let mut reports = Vec::new();
    for round in 1..=ROUNDS {
        let browser = Browser::open(&serving.url(""))?;
        serving.watch(browser.group());
        let report = serving
            .report(PATIENCE)
            .ok_or_else(|| format!("The page did not end. {}", browser.said()))?;
        if let Some(problem) = report["problem"].as_str() {
            return Err(format!("The page: {problem}. {}", browser.said()));
        }
        eprintln!("round {round}: {report}");
        reports.push(report);
    }
    let mut rows = vec![Row {
        what: "the engine's answer, ms".to_owned(),
        better: Better::Less,
        must_win: false,
        values: vec![Some(again), None],
    }];
    rows.extend(QUANTITIES.map(|(key, what, target)| Row {
        what: what.to_owned(),
        better: Better::Less,
        must_win: target.is_some(),
        values: vec![median(&reports, key), target],
    }));
    Ok(Table {
        title: format!("A change set of {FILES} files of {LINES} lines (less is better)"),
        columns: ["Greenlight", "target"].map(str::to_owned).into(),
        rows,
    })
}

/// How long the engine takes for the change set once nothing has changed, in milliseconds.
fn asked(reviewed: &Reviewed) -> Result<f64, Problem> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        reviewed.call("review/changes", json!({ "task": reviewed.task }))?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

fn median(reports: &[Value], key: &str) -> Option<f64> {
    let mut values: Vec<f64> = reports.iter().filter_map(|one| one[key].as_f64()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
