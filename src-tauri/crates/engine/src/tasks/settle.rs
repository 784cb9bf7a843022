//! Makes a task right with what a crash kept it from following.
//!
//! The project's history is written before the task hears of it. A death in between leaves an
//! apply that the task does not know, or an undo whose bytes the draft would take for the person's
//! own. The log gets its line last of all, so what it does not know is followed here, before
//! anything else looks at the draft.

use super::reopen::Left;
use super::task::Task;
use crate::project::apply::Written;

impl Task {
    /// Follows what was written for this task and is not in its log.
    pub(super) fn settle_applies(&self, written: &[Written], left: &Left) {
        let mine: Vec<&Written> = written.iter().filter(|w| w.task == self.id).collect();
        // A line in the middle that cannot be read is no reason to follow an old one again.
        let last = mine.iter().rposition(|w| left.followed.contains(&w.id));
        let (known, missed) = mine.split_at(last.map_or(0, |at| at + 1));
        {
            let mut inner = self.lock();
            for written in known {
                inner.note_applied(&written.apply, written.undone);
            }
        }
        for written in missed {
            self.follow(written);
        }
    }
}
