//! Lets the person's own edits into the draft.
//!
//! A file that the task has not touched is copied again, or deleted, as the person did. One that
//! both touched keeps the task's bytes and notes the person's, for the review to show. A file that
//! something in the draft has written but that is not recorded yet is left alone: what is not known
//! to be the project's is never overwritten. Ignored folders that the task has written, such as a
//! build, stay the task's own.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use rustix::fs::AtFlags;
use rustix::fs::Mode;
use tokio_util::sync::CancellationToken;

use super::Draft;
use super::DraftError;
use super::State;
use super::record;
use crate::project::apply::is_staged;
use crate::project::beneath::Root;
use crate::project::copy;
use crate::project::copy::EntryError;
use crate::project::ledger::Before;
use crate::project::manifest::Pair;
use crate::project::path::RelPath;
use crate::project::scan::scan;
use crate::project::stat::Kind;
use crate::project::stat::Stat;
use crate::project::stat::Version;

/// What came in from the project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refreshed {
    /// Files that now hold the person's newer bytes, or are gone as in the project.
    pub updated: Vec<RelPath>,
    /// Files that both the person and the task changed.
    pub conflicts: Vec<RelPath>,
}

impl Draft {
    /// Brings in what the person changed since the last look. Called before each command.
    pub fn refresh(&self) -> Result<Refreshed, DraftError> {
        let project = self.project()?;
        let mut state = self.lock();
        let left_out = &self.notes().left_out;
        let skip = |path: &RelPath| left_out.iter().any(|l| l.path == *path);
        let found = scan(&project, &skip, &CancellationToken::new()).map_err(|_| {
            DraftError::ProjectGone {
                path: self.seen_at().to_owned(),
            }
        })?;
        let mut seen = HashSet::with_capacity(found.entries.len());
        let mut changed = Vec::new();
        for (path, stat) in found.entries {
            let known = state
                .manifest
                .pairs
                .get(&path)
                .and_then(|pair| pair.project);
            let same = known.is_some_and(|then| stat.is_untouched_since(&then));
            let ours = is_staged(path.name());
            if !same && stat.kind != Kind::Special && !skip(&path) && !ours {
                changed.push((path.clone(), Some(stat)));
            }
            seen.insert(path);
        }
        for (path, pair) in &state.manifest.pairs {
            let hidden = || found.unreadable.iter().any(|folder| path.is_within(folder));
            if pair.project.is_some() && !seen.contains(path) && !hidden() {
                changed.push((path.clone(), None));
            }
        }
        // What goes is taken away first and deepest first, so that its place is free.
        changed.sort_by(|a, b| match (a.1.is_some(), b.1.is_some()) {
            (true, true) => a.0.cmp(&b.0),
            (false, false) => b.0.cmp(&a.0),
            (a, b) => a.cmp(&b),
        });
        let mut refreshed = Refreshed::default();
        for (path, stat) in &changed {
            self.bring_in(&project, &mut state, path, *stat, &mut refreshed)?;
        }
        if !changed.is_empty() {
            record::rules_may_have_changed(self, &mut state, changed.iter().map(|(p, _)| p));
            state.save(&self.0.dir)?;
        }
        refreshed.updated.sort();
        refreshed.conflicts.sort();
        Ok(refreshed)
    }

    /// Tells the draft that the project now has `now` at these paths by our own hand: an apply or
    /// its undo. What the draft holds stays; what it is compared with moves. Where the person has
    /// written since, the next [`Draft::refresh`] sees it.
    pub fn rebase(&self, moved: &[(RelPath, Option<Version>)]) -> Result<(), DraftError> {
        let project = self.project()?;
        let mut state = self.lock();
        for (path, version) in moved {
            let base = Before::from(*version);
            let kept = self.keep(&self.0.root, path)?;
            let now = kept.map(|(version, _)| version);
            let seen = self.seen_as(&project, path, *version)?;
            let pair = state.manifest.pair(path);
            pair.project = seen;
            pair.kept = *version;
            if pair.tree.is_none() {
                pair.tree = kept.map(|(_, stat)| stat);
            }
            pair.source = true;
            state.manifest.forget_if_gone(path);
            let edited = state.touched.remove(path).is_none_or(|touch| touch.edited);
            state.touch(path, base, now, edited);
        }
        self.adopt_folders(&project, &mut state, moved)?;
        state.save(&self.0.dir)
    }

    /// What the project's entry is to be known by, when `version` was just written there.
    fn seen_as(
        &self,
        project: &Root,
        path: &RelPath,
        version: Option<Version>,
    ) -> Result<Option<Stat>, DraftError> {
        match self.keep(project, path) {
            Ok(Some((there, stat))) if Some(there) == version => Ok(Some(stat)),
            // A folder may have taken the place of a deleted file.
            Ok(None) if version.is_none() => project.stat(path).map_err(|e| self.explain(path, e)),
            Ok(_) | Err(DraftError::Io { .. }) => Ok(Some(Stat::UNLIKE_ANY)),
            Err(e) => Err(e),
        }
    }

    /// Folders that an apply made or removed are the project's now.
    fn adopt_folders(
        &self,
        project: &Root,
        state: &mut State,
        moved: &[(RelPath, Option<Version>)],
    ) -> Result<(), DraftError> {
        for (path, _) in moved {
            for folder in path.ancestors() {
                let stat = project
                    .stat(&folder)
                    .map_err(|e| self.explain(&folder, e))?;
                state.manifest.pair(&folder).project = stat;
                state.manifest.forget_if_gone(&folder);
            }
        }
        Ok(())
    }

    fn bring_in(
        &self,
        project: &Root,
        state: &mut State,
        path: &RelPath,
        stat: Option<Stat>,
        refreshed: &mut Refreshed,
    ) -> Result<(), DraftError> {
        if state.touched.contains_key(path) {
            return self.both_touched(project, state, path, stat, refreshed);
        }
        if state.own.iter().any(|own| path.is_within(own)) {
            state.manifest.pair(path).project = stat;
            state.manifest.forget_if_gone(path);
            return Ok(());
        }
        let pair = state.manifest.pairs.get(path).cloned().unwrap_or_default();
        let here = self.stat(path)?;
        let as_known = match (here, pair.tree) {
            (Some(now), Some(then)) => now.is_untouched_since(&then),
            (None, None) => true,
            _ => false,
        };
        let is_folder = |stat: Option<Stat>| stat.is_some_and(|s| s.kind == Kind::Folder);
        let both_folders = is_folder(here) && is_folder(stat);
        if !as_known && !both_folders {
            return Ok(());
        }
        let makes_way = is_folder(here) || is_folder(stat) || stat.is_none();
        if here.is_some() && !both_folders && makes_way && !self.take_away(path, here)? {
            // A folder that still holds something of the task's stays.
            return Ok(());
        }
        match stat {
            None => {
                state.manifest.pairs.remove(path);
            }
            Some(stat) if stat.kind == Kind::Folder => {
                self.make_folder(state, path, stat, is_folder(here))?;
            }
            Some(_) => match self.replace(project, path) {
                Ok(mut pair) => {
                    let class = state.rules.class(path, false);
                    pair.source = class == crate::project::ignored::Class::Source;
                    if pair.source {
                        // Just written by the person, so its times cannot be relied on yet.
                        pair.kept = self.keep(&self.0.root, path)?.map(|(version, _)| version);
                    }
                    state.manifest.pairs.insert(path.clone(), pair);
                }
                Err(EntryError::Read(_)) => {
                    if self.stat(path)?.is_some() {
                        self.take_away(path, here)?;
                    }
                    state.manifest.pairs.remove(path);
                    return Ok(());
                }
                Err(EntryError::Write(e)) => return Err(self.explain(path, e)),
            },
        }
        if !is_folder(stat) && !is_folder(here) {
            refreshed.updated.push(path.clone());
        }
        Ok(())
    }

    /// Puts the project's file or link in place of the draft's, at once: a disk that is full, or a
    /// death in the middle, leaves the one that was there.
    fn replace(&self, project: &Root, path: &RelPath) -> Result<Pair, EntryError> {
        let write = EntryError::Write;
        let stage = Root::open(&self.0.dir.join("stage")).map_err(write)?;
        let number = uuid::Uuid::new_v4().to_string();
        let staged = RelPath::root().join(number.as_ref());
        let mut pair = copy::copy_entry(project, path, &stage, &staged, None)?.pair;
        let placed = self.0.root.parent(path).and_then(|(folder, name)| {
            rustix::fs::renameat(&stage, staged.as_path(), folder, name)?;
            // Its new name moved its change time.
            self.0.root.stat(path)
        });
        match placed {
            Ok(tree) => pair.tree = tree,
            Err(e) => {
                let _ = rustix::fs::unlinkat(&stage, staged.as_path(), AtFlags::empty());
                return Err(write(e));
            }
        }
        Ok(pair)
    }

    fn both_touched(
        &self,
        project: &Root,
        state: &mut State,
        path: &RelPath,
        stat: Option<Stat>,
        refreshed: &mut Refreshed,
    ) -> Result<(), DraftError> {
        let theirs = match self.keep(project, path) {
            Ok(kept) => Before::from(kept.map(|(version, _)| version)),
            Err(DraftError::Io { .. }) => Before::Unknown,
            Err(e) => return Err(e),
        };
        let Some(touch) = state.touched.get_mut(path) else {
            return Ok(());
        };
        if theirs == Before::from(touch.now) {
            state.touched.remove(path);
        } else if theirs == touch.base {
            touch.theirs = None;
        } else {
            touch.theirs = Some(theirs);
            refreshed.conflicts.push(path.clone());
        }
        let pair = state.manifest.pair(path);
        pair.project = stat;
        pair.kept = match theirs {
            Before::Was(version) => Some(version),
            _ => None,
        };
        state.manifest.forget_if_gone(path);
        Ok(())
    }

    /// Removes an entry of the draft; `false` when it is a folder that holds something.
    pub(super) fn take_away(&self, path: &RelPath, here: Option<Stat>) -> Result<bool, DraftError> {
        let failed = |e: std::io::Error| self.explain(path, e);
        let is_folder = here.is_some_and(|s| s.kind == Kind::Folder);
        let flags = if is_folder {
            AtFlags::REMOVEDIR
        } else {
            AtFlags::empty()
        };
        let (folder, name) = self.0.root.parent(path).map_err(failed)?;
        match rustix::fs::unlinkat(folder, name, flags) {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::NOTEMPTY | rustix::io::Errno::EXIST) => Ok(false),
            Err(e) => Err(failed(e.into())),
        }
    }

    fn make_folder(
        &self,
        state: &mut State,
        path: &RelPath,
        stat: Stat,
        exists: bool,
    ) -> Result<(), DraftError> {
        let failed = |e: std::io::Error| self.explain(path, e);
        // Where the task removed or replaced the folder above, what is below has no place.
        let Ok((folder, name)) = self.0.root.parent(path) else {
            return Ok(());
        };
        if !exists {
            rustix::fs::mkdirat(folder, name, Mode::from_raw_mode(0o700))
                .map_err(|e| failed(e.into()))?;
        }
        let opened = fs::File::from(self.0.root.folder(path).map_err(failed)?);
        opened
            .set_permissions(fs::Permissions::from_mode(stat.mode | 0o700))
            .map_err(failed)?;
        let source = state.rules.class(path, true) == crate::project::ignored::Class::Source;
        let tree = self.stat(path)?;
        let pair = state.manifest.pair(path);
        pair.project = Some(stat);
        pair.tree = tree;
        pair.source = source;
        Ok(())
    }
}
