//! Takes back what was done in the draft since a place in the ledger.
//!
//! Each file gets what the ledger says it held before: of several changes the first one counts.
//! A file that does not hold what the last of them left is not touched, because someone else has
//! written it since. What the caller says is not to be taken back, such as the person's own edits,
//! stays: only what was done on top of it goes. What ends up as the project had it follows the
//! person's folder again. Nothing of the ledger goes away: taking back is an entry of its own.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Draft;
use super::DraftError;
use super::edit::Change;
use super::edit::Edit;
use crate::project::ledger::Before;
use crate::project::ledger::Entry;
use crate::project::path::RelPath;
use crate::project::stat::Kind;
use crate::project::stat::Stat;
use crate::project::stat::Version;

/// Names the ledger's entries of what was taken back.
pub(crate) const TAKEN_BACK: &str = "rewind";

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rewound {
    /// Files that hold again what they held.
    pub files: Vec<RelPath>,
    /// Files that could not be brought back: what they held is not known, or is a link.
    pub left: Vec<RelPath>,
    /// Files that stay, or of which a part stays, because something that is not taken back was
    /// done on top of it.
    pub built_on: Vec<RelPath>,
    /// How many changes of ignored files stay. The ledger does not keep those.
    pub ignored: u64,
}

impl Draft {
    /// How many entries the ledger has.
    pub fn entry_count(&self) -> usize {
        self.lock().ledger.entries().len()
    }

    /// Brings every file back to what it held before the ledger's entry number `from`, but for
    /// what the entries did that are `kept`.
    ///
    /// # Errors
    ///
    /// [`DraftError`] when a file could not be written. Those before it are brought back, and
    /// doing it again brings back the rest.
    pub fn rewind(
        &self,
        from: usize,
        kept: impl Fn(&Entry) -> bool,
    ) -> Result<Rewound, DraftError> {
        let mut rewound = Rewound::default();
        let mut spans: BTreeMap<RelPath, (Before, Option<Version>)> = BTreeMap::new();
        for entry in self.lock().ledger.entries().iter().skip(from) {
            if kept(entry) {
                for file in &entry.files {
                    if spans.remove(&file.path).is_some() && !rewound.built_on.contains(&file.path)
                    {
                        rewound.built_on.push(file.path.clone());
                    }
                }
                continue;
            }
            rewound.ignored += entry.ignored;
            for file in &entry.files {
                spans
                    .entry(file.path.clone())
                    .and_modify(|(_, after)| *after = file.after)
                    .or_insert((file.before, file.after));
            }
        }
        let mut deletes = Vec::new();
        let mut writes = Vec::new();
        for (path, (before, after)) in spans {
            let now = self.keep_from(&self.0.root, &path)?;
            if now != after || Before::from(now) == before {
                continue;
            }
            let edit = |change| Edit {
                path: path.clone(),
                change,
            };
            match before {
                Before::Absent => deletes.push(edit(Change::Delete)),
                Before::Was(version) if version.kind == Kind::File => {
                    if now.is_some_and(|now| now.kind == Kind::Link) {
                        deletes.push(edit(Change::Delete));
                    }
                    writes.push(edit(Change::Write {
                        bytes: self.blobs().get(&version.blob)?,
                        mode: Some(version.mode),
                    }));
                }
                Before::Was(_) | Before::Unknown => {
                    rewound.left.push(path);
                    continue;
                }
            }
            rewound.files.push(path);
        }
        if !deletes.is_empty() {
            self.edit(TAKEN_BACK, &deletes)?;
            self.take_empty_folders(deletes.iter().map(|edit| &edit.path))?;
        }
        if !writes.is_empty() {
            self.edit(TAKEN_BACK, &writes)?;
        }
        self.follow_again(&rewound.files)?;
        Ok(rewound)
    }

    /// Removes the folders above these paths that hold nothing and are not the project's.
    fn take_empty_folders<'a>(
        &self,
        paths: impl Iterator<Item = &'a RelPath>,
    ) -> Result<(), DraftError> {
        let mut state = self.lock();
        let above: BTreeSet<RelPath> = paths
            .flat_map(|path| path.ancestors().collect::<Vec<_>>())
            .collect();
        for folder in above.into_iter().rev() {
            let pair = state.manifest.pairs.get(&folder);
            let here = self.stat(&folder)?;
            if pair.is_none_or(|pair| pair.project.is_none())
                && here.is_some_and(|here| here.kind == Kind::Folder)
                && self.take_away(&folder, here)?
            {
                state.manifest.pairs.remove(&folder);
            }
        }
        state.save(&self.0.dir)
    }

    /// Files that are as the project had them are the person's again, also where the person has
    /// changed them since.
    fn follow_again(&self, paths: &[RelPath]) -> Result<(), DraftError> {
        {
            let mut state = self.lock();
            for path in paths {
                let as_it_was = state
                    .touched
                    .get(path)
                    .is_some_and(|touch| touch.base == Before::from(touch.now));
                if as_it_was {
                    state.touched.remove(path);
                    // Whatever stands there now is brought in.
                    state.manifest.pair(path).project = Some(Stat::UNLIKE_ANY);
                }
            }
            state.save(&self.0.dir)?;
        }
        self.refresh().map(drop)
    }
}
