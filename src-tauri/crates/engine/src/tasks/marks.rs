//! What a person decided about one file of a change set, and how that is kept.
//!
//! A file is marked as a whole, or its changes and lines one by one. Kept is the mark, what was
//! decided inside the file, and both versions that were on screen. So when the agent changes the
//! file again, the diff of then is made once more, and every change that is still the same keeps
//! its mark; only what was touched is open again.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use review::Decided;
use review::Decisions;
use review::Diff;
use review::InHunk;
use review::Side;
use review::Stat;
use serde::Deserialize;
use serde::Serialize;

use crate::project::stat::Version;

/// The person's mark on one file, or one part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Not decided.
    Undecided,
    /// To be applied.
    Approved,
    /// Not to be applied.
    Rejected,
}

/// What the marks of a file's parts come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FileMark {
    /// Nothing is decided.
    #[default]
    Undecided,
    /// All of it is approved.
    Approved,
    /// All of it is rejected.
    Rejected,
    /// Its parts are decided differently.
    Mixed,
}

/// A part of a file's diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// One change, counted from 0.
    Hunk(u32),
    /// The lines of some rows, on one side or both.
    Rows {
        /// Rows of the whole diff.
        rows: Range<u32>,
        /// The side; both when there is none.
        side: Option<Side>,
    },
}

/// What is decided about one file.
#[derive(Debug, Clone, Default)]
pub struct Marked {
    /// In one word.
    pub mark: FileMark,
    /// Change by change, when they are decided differently.
    pub decisions: Option<Arc<Decisions>>,
    /// How many of its changes are decided, approved in part included.
    pub decided: u32,
    /// How many of its changes are approved, at least in part.
    pub approved: u32,
    /// Lines that are approved, when the changes are decided differently.
    pub taken: Stat,
    /// Whether something that was decided is open again, because it was changed since.
    pub reopened: bool,
}

impl Marked {
    /// A file that is decided as a whole and has so many changes.
    pub(super) fn whole(mark: Mark, changes: u32) -> Self {
        let (mark, decided, approved) = match mark {
            Mark::Undecided => (FileMark::Undecided, 0, 0),
            Mark::Approved => (FileMark::Approved, changes, changes),
            Mark::Rejected => (FileMark::Rejected, changes, 0),
        };
        Self {
            mark,
            decided,
            approved,
            ..Self::default()
        }
    }

    /// A file whose parts are decided.
    pub(super) fn parts(decisions: Decisions, diff: &Diff) -> Self {
        let tally = decisions.tally(diff);
        let some = |stat: Stat| stat.added + stat.removed > 0;
        let mark = match (some(tally.open), some(tally.approved), some(tally.rejected)) {
            (_, false, false) => Some(Mark::Undecided),
            (false, true, false) => Some(Mark::Approved),
            (false, false, true) => Some(Mark::Rejected),
            _ => None,
        };
        if let Some(mark) = mark {
            return Self::whole(mark, diff.hunks().len() as u32);
        }
        let (mut decided, mut approved) = (0, 0);
        for (hunk, stat) in decisions.hunks().iter().zip(diff.hunks()) {
            let lines = (stat.stat.added + stat.stat.removed) as usize;
            let all_are_exceptions = hunk.except.len() == lines;
            let has = |mark| {
                (hunk.mark == mark && !all_are_exceptions)
                    || hunk.except.values().any(|other| *other == mark)
            };
            decided += u32::from(!has(review::Mark::Open));
            approved += u32::from(has(review::Mark::Approved));
        }
        Self {
            mark: FileMark::Mixed,
            decisions: Some(Arc::new(decisions)),
            decided,
            approved,
            taken: tally.approved,
            reopened: false,
        }
    }

    /// Whether something of the file is to be applied.
    pub fn takes_something(&self) -> bool {
        self.approved > 0
    }
}

impl Mark {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Undecided => "",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    pub(super) fn of_lines(self) -> review::Mark {
        match self {
            Self::Undecided => review::Mark::Open,
            Self::Approved => review::Mark::Approved,
            Self::Rejected => review::Mark::Rejected,
        }
    }
}

impl FileMark {
    /// As the index keeps it; empty for none.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Undecided => "",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Mixed => "mixed",
        }
    }

    pub(super) fn from_word(word: &str) -> Self {
        match word {
            "approved" => Self::Approved,
            "rejected" => Self::Rejected,
            "mixed" => Self::Mixed,
            _ => Self::Undecided,
        }
    }
}

/// Both versions of a file, as the index keeps them.
pub(super) type Versions = (Option<Version>, Option<Version>);

/// A hunk's decisions as the index keeps them.
#[derive(Serialize, Deserialize)]
struct Kept {
    key: String,
    mark: Word,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    except: Vec<(Column, u32, Word)>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Open,
    Approved,
    Rejected,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Column {
    Old,
    New,
}

impl From<review::Mark> for Word {
    fn from(mark: review::Mark) -> Self {
        match mark {
            review::Mark::Open => Self::Open,
            review::Mark::Approved => Self::Approved,
            review::Mark::Rejected => Self::Rejected,
        }
    }
}

impl From<Word> for review::Mark {
    fn from(word: Word) -> Self {
        match word {
            Word::Open => Self::Open,
            Word::Approved => Self::Approved,
            Word::Rejected => Self::Rejected,
        }
    }
}

/// What was decided inside a file, as text.
pub(super) fn write_parts(decisions: &Decisions) -> String {
    let kept: Vec<Kept> = decisions
        .hunks()
        .iter()
        .map(|hunk| Kept {
            key: hunk.key.to_string(),
            mark: hunk.mark.into(),
            except: hunk
                .except
                .iter()
                .map(|((side, line), mark)| {
                    let column = match side {
                        Side::Old => Column::Old,
                        Side::New => Column::New,
                    };
                    (column, *line, Word::from(*mark))
                })
                .collect(),
        })
        .collect();
    serde_json::to_string(&kept).unwrap_or_default()
}

/// The same, read again; `None` for what is no such text.
pub(super) fn read_parts(text: &str) -> Option<Vec<Decided>> {
    let kept: Vec<Kept> = serde_json::from_str(text).ok()?;
    kept.into_iter()
        .map(|hunk| {
            let except: BTreeMap<InHunk, review::Mark> = hunk
                .except
                .into_iter()
                .map(|(column, line, word)| {
                    let side = match column {
                        Column::Old => Side::Old,
                        Column::New => Side::New,
                    };
                    ((side, line), word.into())
                })
                .collect();
            Some(Decided {
                key: hunk.key.parse().ok()?,
                mark: hunk.mark.into(),
                except,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use review::Options;

    use super::*;

    #[test]
    fn what_is_kept_is_what_was_decided() {
        let diff = Diff::new("a\nb\nc\nd\n", "a\nB\nc\nd\ne\n", &Options::default());
        let mut decisions = Decisions::open(&diff);
        decisions.decide_hunk(0, review::Mark::Approved);
        assert!(decisions.decide_line(&diff, Side::Old, 1, review::Mark::Rejected));
        let read = read_parts(&write_parts(&decisions)).unwrap();
        assert_eq!(read, decisions.hunks());
        assert_eq!(review::carry(&read, &diff), decisions);
        assert!(
            read_parts("").is_none() && read_parts("[{\"key\":\"x\",\"mark\":\"open\"}]").is_none()
        );
    }

    #[test]
    fn a_change_counts_as_decided_when_none_of_its_lines_is_open() {
        let diff = Diff::new("", "a\nb\n", &Options::default());
        let mut decisions = Decisions::open(&diff);
        let mut after = |line, mark| {
            assert!(decisions.decide_line(&diff, Side::New, line, mark));
            let marked = Marked::parts(decisions.clone(), &diff);
            (marked.mark, marked.decided, marked.approved)
        };
        assert_eq!(after(0, review::Mark::Approved), (FileMark::Mixed, 0, 1));
        assert_eq!(after(1, review::Mark::Rejected), (FileMark::Mixed, 1, 1));
        assert_eq!(after(0, review::Mark::Rejected), (FileMark::Rejected, 1, 0));
        assert_eq!(after(0, review::Mark::Open), (FileMark::Mixed, 0, 0));
    }
}
