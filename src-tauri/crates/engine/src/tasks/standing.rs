//! What a task's own books say at a compaction: decisions, files and failing checks, a line each.
//!
//! It comes from the marks, the ledger, the approvals and the items, and never from a model's words.

use std::collections::BTreeMap;
use std::collections::HashMap;

use super::edit::is_by_you;
use super::marks::FileMark;
use super::review::in_three_words;
use super::review::shown;
use super::task::Task;
use crate::agent::item::FileChangeKind;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::agent::kept::Standing;
use crate::checks::run::Run;
use crate::checks::verdict::Verdict;
use crate::project::ledger::Entry;

/// Names of failing tests that are kept of a check.
const FAILING: usize = 30;
/// Calls that are named for a file, the newest.
const CALLS: usize = 4;

impl Task {
    /// What the task's books say now. What cannot be read is left out.
    pub(super) fn standing(&self) -> Standing {
        let items = self.items();
        let mut standing = Standing {
            checks: failing(&items),
            ..Standing::default()
        };
        standing.decisions.extend(refused(&items));
        let given = self.approvals.given();
        standing
            .decisions
            .extend(given.into_iter().map(|what| format!("Allowed: {what}")));
        let open = self.approvals.waiting();
        let open = open.into_iter().map(|waiting| waiting.question);
        standing
            .decisions
            .extend(open.map(|question| format!("Not decided yet: {}", question.title)));
        self.files(&mut standing);
        standing
    }

    fn files(&self, standing: &mut Standing) {
        let Some(draft) = self.draft() else { return };
        let entries = draft.entries();
        let calls = calls(&entries);
        let Ok(set) = draft.changes() else { return };
        let marks: HashMap<Vec<u8>, (String, String)> = self
            .shared
            .index
            .marks(&self.id)
            .unwrap_or_default()
            .into_iter()
            .map(|row| (row.path, (row.shown, row.mark)))
            .collect();
        let mut counts = [0_u32; 4];
        let mut listed = Vec::new();
        for change in &set.files {
            let path = change.path.to_string();
            let mark = match marks.get(change.path.as_bytes()) {
                Some((version, mark)) if *version == shown(change) => FileMark::from_word(mark),
                _ => FileMark::Undecided,
            };
            let (word, place) = match mark {
                FileMark::Approved => ("the person approved this change", 0),
                FileMark::Rejected => ("the person rejected this change", 1),
                FileMark::Mixed => ("the person decided its parts differently", 2),
                FileMark::Undecided => ("not decided by the person yet", 3),
            };
            counts[place] += 1;
            let kind = match in_three_words(change.kind) {
                FileChangeKind::Added => "added",
                FileChangeKind::Modified => "modified",
                FileChangeKind::Deleted => "deleted",
            };
            let by = calls
                .get(&path)
                .map_or_else(String::new, |by| format!(", {by}"));
            standing.files.push(format!("{path}: {kind}{by}; {word}"));
            listed.push(path);
        }
        // Touched, and the project's own again: it was applied, or taken back.
        let others = calls.iter().filter(|(path, _)| !listed.contains(path));
        standing.files.extend(
            others
                .map(|(path, by)| format!("{path}: {by}; the same as in the person's folder now")),
        );
        if !set.files.is_empty() {
            let [approved, rejected, mixed, open] = counts;
            let in_parts = match mixed {
                0 => String::new(),
                _ => format!(", {mixed} decided in parts"),
            };
            standing.decisions.push(format!(
                "Of the change set, {approved} files are approved, {rejected} rejected{in_parts} and \
                 {open} not decided"
            ));
        }
    }
}

/// Which calls changed each path, the newest last.
fn calls(entries: &[Entry]) -> BTreeMap<String, String> {
    let mut calls: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for entry in entries {
        let by = match is_by_you(entry) {
            true => "the person",
            false => entry.call_id.as_str(),
        };
        for changed in &entry.files {
            let of = calls.entry(changed.path.to_string()).or_default();
            of.retain(|there| *there != by);
            of.push(by);
        }
    }
    let said = |by: Vec<&str>| format!("by {}", by[by.len().saturating_sub(CALLS)..].join(", "));
    calls
        .into_iter()
        .map(|(path, by)| (path, said(by)))
        .collect()
}

fn refused(items: &[Item]) -> impl Iterator<Item = String> {
    items.iter().filter_map(|item| match &item.kind {
        ItemKind::Refused { action, reason } => Some(format!("Refused: {action} ({reason})")),
        _ => None,
    })
}

/// The newest run of each check, where it failed.
fn failing(items: &[Item]) -> Vec<String> {
    let mut newest: BTreeMap<&str, &Run> = BTreeMap::new();
    for item in items {
        if let ItemKind::CheckRun(run) = &item.kind
            && !matches!(run.verdict, Verdict::Running | Verdict::Stopped)
        {
            newest.insert(&run.check.command, run);
        }
    }
    let failed = newest
        .into_iter()
        .filter(|(_, run)| run.verdict.can_be_mended());
    failed
        .flat_map(|(command, run)| {
            let sentence = run.verdict.sentence(command, run.counts);
            let head = format!("`{command}`: {sentence}");
            let names = run.failing.iter().take(FAILING);
            let names = names.map(|name| format!("fails: {name}"));
            std::iter::once(head).chain(names).collect::<Vec<_>>()
        })
        .collect()
}
