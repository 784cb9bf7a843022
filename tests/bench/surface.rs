//! How fast a large diff opens and scrolls, and what memory it takes: the review surface against
//! other viewers, each in a fresh WebKit process, on the same bytes.
//!
//! The surface is the one of the app, bundled from its sources, and its rows come as they do in the
//! app: pages made by the engine, a request each. The others get both texts and, where they allow
//! it, our diff; how they do with their own is shown beside. With colours everyone has the ones of
//! its own highlighter.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::time::Duration;

use review::RowKind;
use serde_json::Value;
use serde_json::json;

use crate::Places;
use crate::Problem;
use crate::browser::Browser;
use crate::corpus;
use crate::corpus::Dice;
use crate::corpus::MARKER;
use crate::corpus::Pair;
use crate::reviewed::Reviewed;
use crate::serving::Serving;
use crate::serving::Site;
use crate::table::Better;
use crate::table::Row;
use crate::table::Table;

/// How often everything is measured; the median counts.
const ROUNDS: usize = 5;

/// How long one page may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// Lines and edits of the two texts.
const SIZES: [(&str, usize, usize); 2] = [("10k", 10_000, 500), ("100k", 100_000, 5_000)];

/// What is opened in what way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Case {
    size: &'static str,
    coloured: bool,
    viewer: Viewer,
    /// With the viewer's own diff in place of ours.
    own_diff: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Viewer {
    Ours,
    CodeMirror,
    Monaco,
    Pierre,
    FullDom,
}

impl Viewer {
    const ALL: [Self; 5] = [
        Self::Ours,
        Self::CodeMirror,
        Self::Monaco,
        Self::Pierre,
        Self::FullDom,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::CodeMirror => "cm6",
            Self::Monaco => "monaco",
            Self::Pierre => "pierre",
            Self::FullDom => "fulldom",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Ours => "Greenlight",
            Self::CodeMirror => "CodeMirror",
            Self::Monaco => "Monaco",
            Self::Pierre => "Pierre diffs",
            Self::FullDom => "every row",
        }
    }

    /// Whether it can be given our diff. Monaco makes its own, always.
    fn takes_ours(self) -> bool {
        !matches!(self, Self::Monaco)
    }

    /// Whether it can make a diff by itself.
    fn makes_one(self) -> bool {
        matches!(self, Self::CodeMirror | Self::Monaco | Self::Pierre)
    }
}

/// What a page reports.
#[derive(Debug, Clone, Copy)]
struct Quantity {
    key: &'static str,
    what: &'static str,
    must_win: bool,
}

const QUANTITIES: [Quantity; 12] = [
    Quantity {
        key: "paint",
        what: "click to first paint, ms",
        must_win: true,
    },
    Quantity {
        key: "colour",
        what: "click to first colour, ms",
        must_win: false,
    },
    Quantity {
        key: "p50",
        what: "scroll frame p50, ms",
        must_win: false,
    },
    Quantity {
        key: "p95",
        what: "scroll frame p95, ms",
        must_win: true,
    },
    Quantity {
        key: "p95",
        what: "the same with every row, ms",
        must_win: false,
    },
    Quantity {
        key: "max",
        what: "scroll frame max, ms",
        must_win: false,
    },
    Quantity {
        key: "slow",
        what: "frames over 33 ms, of 90",
        must_win: false,
    },
    Quantity {
        key: "blank",
        what: "frames with blank lines, of 90",
        must_win: false,
    },
    Quantity {
        key: "jump",
        what: "jump p50, ms",
        must_win: false,
    },
    Quantity {
        key: "long",
        what: "tasks over 50 ms while opening",
        must_win: false,
    },
    Quantity {
        key: "nodes",
        what: "DOM nodes",
        must_win: false,
    },
    Quantity {
        key: "memory",
        what: "memory of the page, MB",
        must_win: true,
    },
];

/// Opens everything in everyone, and compares.
pub(crate) fn measure(places: &Places) -> Result<Table, Problem> {
    let only = std::env::var("GREENLIGHT_BENCH_ONLY").unwrap_or_default();
    let rounds = std::env::var("GREENLIGHT_BENCH_ROUNDS").ok();
    let rounds = rounds
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(ROUNDS);
    let (reviewed, site) = prepared(places)?;
    let serving = Serving::start(site, &reviewed)?;
    let wanted = |case: &Case| only.is_empty() || only.split(' ').all(|word| case.is(word));
    let cases: Vec<Case> = Case::all().into_iter().filter(wanted).collect();
    let mut seen: BTreeMap<Case, Vec<Value>> = BTreeMap::new();
    let mut dice = Dice::new(11);
    let mut hopeless = Vec::new();
    for round in 1..=rounds {
        let mut order = cases.clone();
        for at in (1..order.len()).rev() {
            order.swap(at, dice.below(at + 1));
        }
        for case in order {
            if hopeless.contains(&case) {
                continue;
            }
            match case.opened(&serving, &reviewed.task)? {
                Ok(report) => {
                    eprintln!("round {round}, {}: {report}", case.name());
                    seen.entry(case).or_default().push(report);
                }
                Err(why) => {
                    eprintln!("round {round}, {}: {why}", case.name());
                    hopeless.push(case);
                }
            }
        }
    }
    Ok(table(&seen))
}

/// The change set with both texts, plain and coloured, and all that the page asks for.
fn prepared(places: &Places) -> Result<(Reviewed, Site), Problem> {
    let mut texts = HashMap::new();
    let mut files: Vec<(String, Pair)> = Vec::new();
    for (size, lines, edits) in SIZES {
        let pair = corpus::edited(lines, edits, 42);
        let diff = review::Diff::new(
            pair.old.clone(),
            pair.new.clone(),
            &review::Options::default(),
        );
        if diff.imprecise() {
            return Err("The machine is too busy: our own diff was cut short.".to_owned());
        }
        let patch = review::unified(&diff, "a/big.ts", "b/big.ts", 3);
        let mut text =
            |name: &str, text: String| texts.insert(format!("text/{size}/{name}"), text.into());
        text("changes", changes(&diff).to_string());
        let whole = review::unified(&diff, "a/big.ts", "b/big.ts", u32::MAX);
        text("whole", whole);
        text("patch", patch);
        text("old", pair.old.clone());
        text("new", pair.new.clone());
        // The name says whether there is a grammar.
        files.push((format!("coloured/{size}.ts"), pair.clone()));
        files.push((format!("plain/{size}.txt"), pair));
    }
    let reviewed = Reviewed::of(&files)?;
    let site = Site {
        folder: places.pages.join("surface"),
        texts,
        first: None,
    };
    Ok((reviewed, site))
}

/// Where the texts differ, in characters: `[from, to, from, to]` for each hunk.
fn changes(diff: &review::Diff) -> Value {
    let starts = |text: &str| -> Vec<usize> {
        let ends = text.split_inclusive('\n').scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        });
        std::iter::once(0).chain(ends).collect()
    };
    let (old, new) = (
        starts(diff.old_lines().text()),
        starts(diff.new_lines().text()),
    );
    let at = |starts: &[usize], line: u32| starts[(line as usize).min(starts.len() - 1)];
    let differing = |hunk: &review::Hunk| {
        let mut rows = hunk.rows.clone().map(|row| diff.row(row).kind);
        rows.any(|kind| kind != RowKind::Same)
    };
    let hunks = diff.hunks().iter().filter(|hunk| differing(hunk));
    let spans = hunks.map(|hunk| {
        json!([
            at(&old, hunk.old.start),
            at(&old, hunk.old.end),
            at(&new, hunk.new.start),
            at(&new, hunk.new.end),
        ])
    });
    Value::Array(spans.collect())
}

impl Case {
    fn all() -> Vec<Self> {
        let mut cases = Vec::new();
        for (size, ..) in SIZES {
            for coloured in [false, true] {
                for viewer in Viewer::ALL {
                    // A hundred thousand rows of elements are of no use to anyone.
                    if viewer == Viewer::FullDom && (size != "10k" || coloured) {
                        continue;
                    }
                    let with = |own_diff| Self {
                        size,
                        coloured,
                        viewer,
                        own_diff,
                    };
                    if viewer.takes_ours() {
                        cases.push(with(false));
                    }
                    // What its own diff costs does not depend on colours.
                    if viewer.makes_one() && (!coloured || !viewer.takes_ours()) {
                        cases.push(with(true));
                    }
                }
            }
        }
        cases
    }

    fn look(&self) -> &'static str {
        if self.coloured { "coloured" } else { "plain" }
    }

    fn is(&self, word: &str) -> bool {
        let whose = if self.own_diff { "own" } else { "given" };
        [self.size, self.look(), self.viewer.word(), whose].contains(&word)
    }

    fn name(&self) -> String {
        let own = if self.own_diff { ", its own diff" } else { "" };
        format!("{} {} {}{own}", self.viewer.name(), self.size, self.look())
    }

    /// Opens it in a fresh browser: what it reports, or why that was nothing to compare.
    fn opened(&self, serving: &Serving, task: &str) -> Result<Result<Value, String>, Problem> {
        let ending = if self.coloured { "ts" } else { "txt" };
        let query = format!(
            "?case={}&size={}&look={}&diff={}&path={}/{}.{ending}&task={task}&marker={MARKER}",
            self.viewer.word(),
            self.size,
            self.look(),
            if self.own_diff { "own" } else { "ours" },
            self.look(),
            self.size,
        );
        let browser = Browser::open(&serving.url(&query))?;
        serving.watch(browser.group());
        let Some(report) = serving.report(PATIENCE) else {
            let late = format!("not done in {} s", PATIENCE.as_secs());
            return match self.viewer {
                Viewer::Ours => Err(format!("{}: {late}. {}", self.name(), browser.said())),
                _ => Ok(Err(late)),
            };
        };
        match report["problem"].as_str() {
            // A page that does not work is a fault of the bench, whoever is in it.
            Some(problem) => Err(format!("{}: {problem}", self.name())),
            None => Ok(Ok(report)),
        }
    }
}

fn median(reports: &[Value], key: &str) -> Option<f64> {
    let mut values: Vec<f64> = reports.iter().filter_map(|one| one[key].as_f64()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn table(seen: &BTreeMap<Case, Vec<Value>>) -> Table {
    let mut rows = Vec::new();
    for (size, ..) in SIZES {
        for coloured in [false, true] {
            for own_diff in [false, true] {
                rows.extend(QUANTITIES.iter().filter_map(|quantity| {
                    let of = |viewer: Viewer| {
                        // Elements that are all there already only move; what that costs is paid
                        // while it opens, and it is told in a row of its own.
                        if quantity.must_win && quantity.key == "p95" && viewer == Viewer::FullDom {
                            return None;
                        }
                        // Greenlight has one diff, and Monaco takes no other than its own.
                        let own_diff = match viewer {
                            Viewer::Ours => false,
                            Viewer::Monaco => true,
                            _ => own_diff,
                        };
                        let case = Case {
                            size,
                            coloured,
                            viewer,
                            own_diff,
                        };
                        median(seen.get(&case)?, quantity.key)
                    };
                    let values: Vec<Option<f64>> = Viewer::ALL.into_iter().map(of).collect();
                    let (look, whose) = match (coloured, own_diff) {
                        (true, _) => ("coloured", ""),
                        (false, false) => ("plain", ""),
                        (false, true) => ("plain", ", own diffs"),
                    };
                    let skipped = own_diff && (coloured || quantity.key != "paint");
                    let empty = values.iter().all(Option::is_none);
                    (!skipped && !empty).then(|| Row {
                        what: format!("{size} {look}{whose}: {}", quantity.what),
                        better: Better::Less,
                        must_win: quantity.must_win && !own_diff,
                        values,
                    })
                }));
            }
        }
    }
    Table {
        title: "A large diff side by side in the same WebKit (less is better)".to_owned(),
        columns: Viewer::ALL.map(|viewer| viewer.name().to_owned()).into(),
        rows,
    }
}
