//! Follows the folder: its drafts are brought up to date at each change.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::OpenedProject;
use crate::event::Event;
use crate::project::watch::Watch;
use crate::project::watch::WatchEvent;
use crate::tasks::task::Task;

impl OpenedProject {
    /// Follows the folder from now on. Its drafts are brought up to date at each change.
    pub(super) fn start_watching(self: &Arc<Self>) {
        let weak = Arc::downgrade(self);
        let watch = Watch::start(self.root(), move |event| {
            if let Some(opened) = weak.upgrade() {
                opened.seen(event);
            }
        });
        match watch {
            Ok(watch) => {
                *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = Some(watch);
            }
            Err(error) => self.say(format!(
                "Your folder cannot be watched ({error}). Changes you make in it are noticed when \
                 the agent goes on and when you apply."
            )),
        }
    }

    fn seen(&self, event: WatchEvent) {
        match event {
            WatchEvent::Changed(paths) => {
                self.files_changed(Some(&paths));
                self.refresh_drafts();
            }
            WatchEvent::Rescan => {
                self.files_changed(None);
                self.refresh_drafts();
            }
            WatchEvent::Notice(notice) => self.say(notice),
            WatchEvent::RootGone => {
                self.gone.store(true, Ordering::Relaxed);
                self.files_changed(None);
                self.say(
                    "The folder is gone. The private copies are kept; bring the folder back and \
                     open it again."
                        .to_owned(),
                );
                for task in self.tasks() {
                    self.shared.tell(Event::ChangesChanged {
                        task: task.id().to_owned(),
                    });
                }
            }
        }
    }

    /// Brings the drafts of tasks that are not at work up to date; the others do it themselves
    /// before their next command. Runs on the watcher's own thread.
    pub(super) fn refresh_drafts(&self) {
        for task in self.tasks() {
            self.refresh_draft(&task);
        }
    }

    /// Has the draft of a task that does not work follow the folder.
    pub(super) fn refresh_draft(&self, task: &Task) {
        // Our own apply or undo looks like the person's doing until the draft is told of it.
        let moving = task.moving();
        if !task.is_running()
            && !task.is_checking()
            && let Some(draft) = task.draft()
        {
            // A folder that cannot be read is said when the task goes on or applies.
            let _ = draft.refresh();
            task.recount();
        }
        drop(moving);
        self.shared.tell(Event::ChangesChanged {
            task: task.id().to_owned(),
        });
    }
}
