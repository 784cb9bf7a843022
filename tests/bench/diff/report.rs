//! The table of all pairs and programs, and which rows have to be won.

use std::fmt;

use super::Program;
use super::Reading;
use super::Said;
use super::pairs::Pair;

/// What a row has to reach.
enum Target {
    /// At most so many milliseconds in the shortest round.
    Within(f64),
    /// At most this part of the time of another program.
    Of(f64, &'static str),
}

/// The rows that have to be won.
const TARGETS: [(&str, &str, Target); 7] = [
    ("10k lines, 500 edits", "Greenlight", Target::Within(2.5)),
    ("100k lines, 5000 edits", "Greenlight", Target::Within(45.0)),
    ("100k lock file", "Greenlight", Target::Within(25.0)),
    ("100k of 10 distinct", "Greenlight", Target::Within(300.0)),
    (
        "10k lines, 500 edits",
        "greenlight-cli --stat",
        Target::Of(0.5, "git --stat"),
    ),
    (
        "100k lines, 5000 edits",
        "greenlight-cli --stat",
        Target::Of(0.75, "git --stat"),
    ),
    (
        "100k lock file",
        "greenlight-cli --stat",
        Target::Of(1.0, "git --histogram --stat"),
    ),
];

struct Row {
    pair: &'static str,
    program: &'static str,
    is_process: bool,
    /// Sorted, in milliseconds; none when it gave up.
    times: Vec<f64>,
    said: Option<Said>,
    wrong: bool,
    /// Not what is known to be the shortest script.
    inexact: bool,
}

impl Row {
    /// Infinite for a wrong answer, and for none.
    fn median(&self) -> f64 {
        self.counted(self.times.len() / 2)
    }

    fn least(&self) -> f64 {
        self.counted(0)
    }

    fn p95(&self) -> f64 {
        self.counted((self.times.len() * 95).div_ceil(100).saturating_sub(1))
    }

    fn counted(&self, at: usize) -> f64 {
        let time = self.times.get(at).filter(|_| !self.wrong);
        time.copied().unwrap_or(f64::INFINITY)
    }

    fn is_ours(&self) -> bool {
        self.program.to_lowercase().starts_with("greenlight")
    }
}

/// Everything that was measured.
#[derive(Default)]
pub(crate) struct Report(Vec<Row>);

impl Report {
    /// Adds the readings of one pair, in the order of the programs.
    pub(crate) fn add(
        &mut self,
        pair: &Pair,
        programs: &[Box<dyn Program>],
        readings: Vec<Vec<Reading>>,
    ) {
        for (program, readings) in programs.iter().zip(readings) {
            let mut times: Vec<f64> = readings.iter().map(|reading| reading.time).collect();
            times.sort_by(f64::total_cmp);
            let said = readings.first().map(|reading| reading.said);
            let counts = said.map(|said| (said.removed, said.added));
            self.0.push(Row {
                pair: pair.name,
                program: program.name(),
                is_process: program.is_process(),
                times,
                said,
                wrong: readings.iter().any(|reading| !reading.said.right),
                inexact: pair.exact.is_some() && counts != pair.exact,
            });
        }
    }

    /// How many times the best peer's time ours is; less is better.
    fn ratio(&self, row: &Row) -> Option<f64> {
        if !row.is_ours() {
            return None;
        }
        let peers = self.0.iter().filter(|other| {
            other.pair == row.pair && other.is_process == row.is_process && !other.is_ours()
        });
        let best = peers.map(Row::median).fold(f64::INFINITY, f64::min);
        best.is_finite().then_some(row.median() / best)
    }

    fn find(&self, pair: &str, program: &str) -> Option<&Row> {
        let mut rows = self.0.iter();
        rows.find(|row| row.pair == pair && row.program == program)
    }

    /// What the row has to reach, and whether it does.
    fn targets<'r>(&'r self, row: &'r Row) -> impl Iterator<Item = (String, bool)> + 'r {
        let of_row = TARGETS
            .iter()
            .filter(|(pair, program, _)| *pair == row.pair && *program == row.program);
        of_row.map(|(_, _, target)| match target {
            Target::Within(limit) => (format!("<= {limit} ms"), row.least() <= *limit),
            Target::Of(part, other) => {
                let other_time = self.find(row.pair, other).map(Row::median);
                let reached = other_time.is_some_and(|time| row.median() <= part * time);
                (format!("<= {part} x {other}"), reached)
            }
        })
    }

    /// Whether every row that has to be won is, and no answer of ours is wrong.
    pub(crate) fn is_won(&self) -> bool {
        let all = |row: &Row| self.targets(row).all(|(_, reached)| reached);
        let measured =
            |(pair, program, _): &(&str, &str, Target)| self.find(pair, program).is_some();
        let ours = |row: &&Row| row.is_ours();
        TARGETS.iter().all(measured)
            && self
                .0
                .iter()
                .filter(ours)
                .all(|row| !row.wrong && !row.inexact && !row.times.is_empty())
            && self.0.iter().all(all)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nComparing two texts (milliseconds; less is better)\n")?;
        writeln!(
            f,
            "{:26}{:25}{:>9}{:>9}{:>9}{:>9}{:>9}{:>8}{:>8}  notes",
            "", "", "median", "p95", "least", "-", "+", "hunks", "ratio"
        )?;
        let mut pair = "";
        for row in &self.0 {
            let name = if row.pair == pair { "" } else { row.pair };
            pair = row.pair;
            write!(f, "{name:26}{:25}", row.program)?;
            let Some(said) = row.said else {
                writeln!(f, "{:>9}{:>61}  gave up", "-", "")?;
                continue;
            };
            write!(
                f,
                "{:>9.1}{:>9.1}{:>9.1}",
                row.median(),
                row.p95(),
                row.least()
            )?;
            write!(f, "{:>9}{:>9}", said.removed, said.added)?;
            let hunks = said.hunks.map_or("-".to_owned(), |hunks| hunks.to_string());
            let ratio = self.ratio(row).map(|ratio| format!("{ratio:.2}x"));
            write!(f, "{hunks:>8}{:>8}", ratio.unwrap_or_default())?;
            let mut notes = Vec::new();
            if row.wrong {
                notes.push("WRONG".to_owned());
            }
            if said.imprecise {
                notes.push("coarse, and says so".to_owned());
            }
            if row.inexact {
                notes.push("not the shortest".to_owned());
            }
            for (target, reached) in self.targets(row) {
                notes.push(if reached {
                    target
                } else {
                    format!("LOST: {target}")
                });
            }
            writeln!(f, "  {}", notes.join("; "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(program: &'static str, times: &[f64]) -> Row {
        Row {
            pair: "100k lock file",
            program,
            is_process: true,
            times: times.to_vec(),
            said: Some(Said {
                removed: 1,
                added: 2,
                hunks: Some(1),
                imprecise: false,
                right: true,
            }),
            wrong: false,
            inexact: false,
        }
    }

    #[test]
    fn the_ratio_is_to_the_best_peer_and_a_wrong_answer_is_infinite() {
        let ours = row("greenlight-cli --stat", &[4.0, 5.0, 9.0]);
        let mut report = Report(vec![ours, row("git --stat", &[10.0]), row("git", &[2.0])]);
        assert_eq!(report.ratio(&report.0[0]), Some(2.5));
        report.0[2].wrong = true;
        assert_eq!(report.ratio(&report.0[0]), Some(0.5));
        assert_eq!(report.0[2].median(), f64::INFINITY);
    }

    #[test]
    fn a_row_over_its_target_is_lost_and_said_so() {
        let peer = row("git --histogram --stat", &[10.0]);
        let report = Report(vec![row("greenlight-cli --stat", &[11.0]), peer]);
        assert!(!report.is_won());
        assert!(
            report
                .to_string()
                .contains("LOST: <= 1 x git --histogram --stat"),
            "{report}"
        );
        let peer = row("git --histogram --stat", &[10.0]);
        let report = Report(vec![row("greenlight-cli --stat", &[9.0]), peer]);
        assert!(report.targets(&report.0[0]).all(|(_, reached)| reached));
        assert!(
            !report.is_won(),
            "other rows that have to be won were not measured"
        );
    }
}
