//! What a command changed, found by comparing the tree with the manifest.
//!
//! A changed file's bytes are kept as they are now. Its base is what the project had before the
//! command: the project's bytes, but only when the project's file has not been written since the
//! draft was taken from it. Otherwise the base is unknown and says so.

use std::collections::HashSet;

use tokio_util::sync::CancellationToken;

use super::Draft;
use super::DraftError;
use super::State;
use crate::project::ignored::Rules;
use crate::project::ledger::Before;
use crate::project::ledger::Changed;
use crate::project::ledger::Entry;
use crate::project::path::RelPath;
use crate::project::scan::Scan;
use crate::project::scan::scan;
use crate::project::stat::Kind;
use crate::project::stat::Stat;

impl Draft {
    /// Finds what changed in the draft since the last look, and writes it to the ledger as the
    /// doing of `call_id`. Called after each command.
    pub fn record(&self, call_id: &str) -> Result<Entry, DraftError> {
        let mut state = self.lock();
        let entry = self.record_in(&mut state, call_id)?;
        state.save(&self.0.dir)?;
        Ok(entry)
    }

    pub(super) fn record_in(&self, state: &mut State, call_id: &str) -> Result<Entry, DraftError> {
        let found = scan(&self.0.root, &|_| false, &CancellationToken::new())
            .map_err(|e| self.explain(&RelPath::root(), e))?;
        let changed = differences(state, found);
        rules_may_have_changed(self, state, changed.iter().map(|(path, _)| path));
        let mut entry = Entry {
            call_id: call_id.to_owned(),
            ..Entry::default()
        };
        for (path, now) in changed {
            self.note(state, &path, now, &mut entry)?;
        }
        entry.files.sort_by(|a, b| a.path.cmp(&b.path));
        if !entry.files.is_empty() || entry.ignored > 0 {
            state.ledger.append(&entry)?;
        }
        Ok(entry)
    }

    fn note(
        &self,
        state: &mut State,
        path: &RelPath,
        now: Option<Stat>,
        entry: &mut Entry,
    ) -> Result<(), DraftError> {
        let was = state.manifest.pairs.get(path).cloned().unwrap_or_default();
        let holds_bytes =
            |stat: &Option<Stat>| stat.is_some_and(|s| matches!(s.kind, Kind::File | Kind::Link));
        if !holds_bytes(&now) && !holds_bytes(&was.tree) {
            state.manifest.pair(path).tree = now;
            state.manifest.forget_if_gone(path);
            return Ok(());
        }
        let touch = state.touched.get(path).cloned();
        let offered = touch.is_some()
            || (was.source && !path.is_git())
            || (was.project.is_none() && state.rules.is_source(path));
        if !offered {
            entry.ignored += 1;
            state.own(path);
            state.manifest.pair(path).tree = now;
            state.manifest.forget_if_gone(path);
            return Ok(());
        }
        let base = match &touch {
            Some(touch) => touch.base,
            None => self.base_of(state, path)?,
        };
        let before = touch.map_or(base, |touch| touch.now.into());
        let kept = self.keep(&self.0.root, path)?;
        let after = kept.map(|(version, _)| version);
        state.manifest.pair(path).tree = kept.map_or(now, |(_, stat)| Some(stat));
        state.manifest.forget_if_gone(path);
        state.touch(path, base, after, false);
        if before != Before::from(after) {
            entry.files.push(Changed {
                path: path.clone(),
                before,
                after,
            });
        }
        Ok(())
    }

    /// What the project had at a path that the task has not touched yet.
    pub(super) fn base_of(&self, state: &State, path: &RelPath) -> Result<Before, DraftError> {
        let Some(pair) = state.manifest.pairs.get(path) else {
            return Ok(Before::Absent);
        };
        if let Some(kept) = pair.kept {
            return Ok(Before::Was(kept));
        }
        match pair.project {
            Some(then) if matches!(then.kind, Kind::File | Kind::Link) => {
                // Without the project there is nothing to know the base from.
                let Ok(project) = self.project() else {
                    return Ok(Before::Unknown);
                };
                let Ok(Some((version, stat))) = self.keep(&project, path) else {
                    return Ok(Before::Unknown);
                };
                let still = project.stat(path).ok().flatten();
                let same = stat.is_untouched_since(&then)
                    && still.is_some_and(|still| still.is_untouched_since(&then));
                Ok(if same {
                    Before::Was(version)
                } else {
                    Before::Unknown
                })
            }
            _ => Ok(Before::Absent),
        }
    }
}

/// The paths whose entry in the draft is not the one the manifest has, with what is there now.
fn differences(state: &State, found: Scan) -> Vec<(RelPath, Option<Stat>)> {
    let mut changed = Vec::new();
    let mut seen = HashSet::with_capacity(found.entries.len());
    for (path, stat) in found.entries {
        let same = state
            .manifest
            .pairs
            .get(&path)
            .and_then(|pair| pair.tree)
            .is_some_and(|then| stat.is_untouched_since(&then));
        if !same {
            changed.push((path.clone(), Some(stat)));
        }
        seen.insert(path);
    }
    for (path, pair) in &state.manifest.pairs {
        let hidden = || found.unreadable.iter().any(|folder| path.is_within(folder));
        if pair.tree.is_some() && !seen.contains(path) && !hidden() {
            changed.push((path.clone(), None));
        }
    }
    changed.sort_by(|a, b| a.0.cmp(&b.0));
    changed
}

/// Reads the ignore rules again when a file that holds some changed.
pub(super) fn rules_may_have_changed<'a>(
    draft: &Draft,
    state: &mut State,
    mut changed: impl Iterator<Item = &'a RelPath>,
) {
    let holds_rules =
        |p: &RelPath| p.name() == ".gitignore" || p.as_bytes() == b".git/info/exclude";
    if changed.any(holds_rules)
        && let Ok(rules) = Rules::of(draft.tree())
    {
        state.rules = rules;
    }
}
