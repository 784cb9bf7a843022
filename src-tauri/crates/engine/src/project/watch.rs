//! Tells what the person changes in the project, within about a tenth of a second.
//!
//! Each folder that is not ignored is watched by itself, so that `node_modules` costs nothing; new
//! folders are taken up as they appear. Events only say where to look: paths are collected until it
//! is quiet for a moment or a tenth of a second has passed, and handed on once each.
//!
//! Where the system does not give as many watches as there are folders, the tree is compared with
//! itself every two seconds instead, and a notice says so. When the folder goes away (deleted,
//! unmounted, replaced by another) that is said once, and watching ends.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use notify::RecommendedWatcher;
use notify::RecursiveMode;
use notify::Watcher;
use tokio_util::sync::CancellationToken;

use super::apply::is_staged;
use super::beneath::Root;
use super::ignored::Class;
use super::ignored::Rules;
use super::open::Identity;
use super::path::RelPath;
use super::scan::scan;
use super::stat::Kind;
use super::stat::Stat;

const QUIET: Duration = Duration::from_millis(30);
const LONGEST: Duration = Duration::from_millis(100);
const LOOK_AT_ROOT: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_secs(2);

/// More folders than this are polled; the system's own limit may be lower still.
const MOST_WATCHES: usize = 16_384;

/// Something that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchEvent {
    /// These paths were written, made, renamed or removed; sorted, none of them ignored.
    Changed(Vec<RelPath>),
    /// Too much happened at once; anything may have changed.
    Rescan,
    /// The person should know this.
    Notice(String),
    /// The folder is gone or is another one. Nothing follows.
    RootGone,
}

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Watch {
    stop: mpsc::Sender<Heard>,
    cancel: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Heard {
    Event(notify::Result<notify::Event>),
    Stop,
}

impl Watch {
    /// Starts watching the canonical folder `root`. `emit` is called on a thread of its own; when
    /// this returns, every later change will be seen.
    pub fn start(root: &Path, emit: impl FnMut(WatchEvent) + Send + 'static) -> io::Result<Self> {
        Self::with_budget(root, MOST_WATCHES, emit)
    }

    fn with_budget(
        root: &Path,
        budget: usize,
        mut emit: impl FnMut(WatchEvent) + Send + 'static,
    ) -> io::Result<Self> {
        let (sender, heard) = mpsc::channel();
        let cancel = CancellationToken::new();
        let mut watching = Watching::new(root, budget, sender.clone(), cancel.clone())?;
        watching.take_up(&RelPath::root(), &mut BTreeSet::new());
        let thread = thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || watching.run(&heard, &mut emit))?;
        Ok(Self {
            stop: sender,
            cancel,
            thread: Some(thread),
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.cancel.cancel();
        // The other end is gone when watching ended by itself.
        let _ = self.stop.send(Heard::Stop);
        // Dropped by its own last word, there is nothing to wait for.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

struct Watching {
    path: PathBuf,
    root: Root,
    identity: Identity,
    rules: Mutex<Rules>,
    /// `None` when the tree is polled.
    watcher: Option<RecommendedWatcher>,
    watched: usize,
    budget: usize,
    seen: HashMap<RelPath, Stat>,
    notice: Option<String>,
    cancel: CancellationToken,
}

impl Watching {
    fn new(
        root: &Path,
        budget: usize,
        sender: mpsc::Sender<Heard>,
        cancel: CancellationToken,
    ) -> io::Result<Self> {
        let folder = Root::open(root)?;
        let identity = Identity::of(&folder)?;
        let watcher = notify::recommended_watcher(move |event| {
            // After the end there is nobody to tell.
            let _ = sender.send(Heard::Event(event));
        });
        let mut watching = Self {
            path: root.to_owned(),
            root: folder,
            identity,
            rules: Mutex::new(Rules::of(root)?),
            watcher: None,
            watched: 0,
            budget,
            seen: HashMap::new(),
            notice: None,
            cancel,
        };
        match watcher {
            Ok(watcher) => watching.watcher = Some(watcher),
            Err(e) => watching.fall_back(&e.to_string()),
        }
        Ok(watching)
    }

    fn run(mut self, heard: &mpsc::Receiver<Heard>, emit: &mut dyn FnMut(WatchEvent)) {
        loop {
            if let Some(notice) = self.notice.take() {
                emit(WatchEvent::Notice(notice));
            }
            let wait = if self.watcher.is_some() {
                LOOK_AT_ROOT
            } else {
                POLL
            };
            let mut changed = BTreeSet::new();
            let mut lost = false;
            match heard.recv_timeout(wait) {
                Ok(Heard::Event(event)) => {
                    self.note(event, &mut changed, &mut lost);
                    if !self.collect(heard, &mut changed, &mut lost) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Heard::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
            if !self.is_there() {
                emit(WatchEvent::RootGone);
                return;
            }
            if self.watcher.is_none() {
                self.poll(&mut changed);
            }
            if lost {
                self.take_up(&RelPath::root(), &mut BTreeSet::new());
                emit(WatchEvent::Rescan);
            } else if !changed.is_empty() {
                emit(WatchEvent::Changed(changed.into_iter().collect()));
            }
        }
    }

    /// Goes on listening until it is quiet; `false` when told to stop.
    fn collect(
        &mut self,
        heard: &mpsc::Receiver<Heard>,
        changed: &mut BTreeSet<RelPath>,
        lost: &mut bool,
    ) -> bool {
        let began = Instant::now();
        loop {
            let left = LONGEST.saturating_sub(began.elapsed());
            match heard.recv_timeout(left.min(QUIET)) {
                Ok(Heard::Event(event)) => self.note(event, changed, lost),
                Err(RecvTimeoutError::Timeout) => return true,
                Ok(Heard::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
            }
            if began.elapsed() >= LONGEST {
                return true;
            }
        }
    }

    fn note(
        &mut self,
        event: notify::Result<notify::Event>,
        changed: &mut BTreeSet<RelPath>,
        lost: &mut bool,
    ) {
        let Ok(event) = event else {
            *lost = true;
            return;
        };
        if event.need_rescan() {
            *lost = true;
        }
        if event.kind.is_access() {
            return;
        }
        for path in &event.paths {
            let Ok(below) = path.strip_prefix(&self.path) else {
                continue;
            };
            let Some(path) = RelPath::new(below) else {
                continue;
            };
            if path.is_root() {
                continue;
            }
            let stat = self.root.stat(&path).ok().flatten();
            let is_folder = stat.is_some_and(|s| s.kind == Kind::Folder);
            if self.passes_over(&path, is_folder) {
                continue;
            }
            if path.name() == ".gitignore"
                && let Ok(rules) = Rules::of(&self.path)
            {
                *self.rules() = rules;
                self.take_up(&RelPath::root(), &mut BTreeSet::new());
            }
            if is_folder && (is_rename(&event) || !event.kind.is_modify()) {
                self.take_up(&path, changed);
            }
            changed.insert(path);
        }
    }

    fn passes_over(&self, path: &RelPath, is_folder: bool) -> bool {
        is_staged(path.name()) || self.rules().class(path, is_folder) != Class::Source
    }

    fn rules(&self) -> std::sync::MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches `folder` and all below it that is not ignored, and notes what is there already:
    /// what was put into a new folder before it was watched made no event.
    fn take_up(&mut self, folder: &RelPath, found: &mut BTreeSet<RelPath>) {
        let mut next = vec![folder.clone()];
        while let Some(folder) = next.pop() {
            if self.cancel.is_cancelled() {
                return;
            }
            let place = if folder.is_root() {
                self.path.clone()
            } else {
                self.path.join(&folder)
            };
            if let Some(watcher) = &mut self.watcher {
                self.watched += 1;
                let result = watcher.watch(&place, RecursiveMode::NonRecursive);
                let full = matches!(&result, Err(e) if is_limit(e));
                if full || self.watched > self.budget {
                    self.fall_back("it has more folders than the system lets an app watch");
                }
            }
            for (path, stat) in self.list(&folder) {
                let is_folder = stat.kind == Kind::Folder;
                if self.passes_over(&path, is_folder) {
                    continue;
                }
                if is_folder {
                    next.push(path.clone());
                }
                if self.watcher.is_none() {
                    self.seen.insert(path.clone(), stat);
                }
                found.insert(path);
            }
        }
    }

    fn list(&self, folder: &RelPath) -> Vec<(RelPath, Stat)> {
        let Ok(fd) = self.root.folder(folder) else {
            return Vec::new();
        };
        let opened = Root::from(fd);
        let only_here = |_: &RelPath| true;
        let found = scan(&opened, &only_here, &self.cancel).unwrap_or_default();
        found
            .entries
            .into_iter()
            .map(|(path, stat)| (folder.join(path.name()), stat))
            .collect()
    }

    fn fall_back(&mut self, why: &str) {
        self.watcher = None;
        self.notice = Some(format!(
            "`{}` is looked at every two seconds instead of being watched, because {why}. Your \
             own changes show a little later.",
            self.path.display()
        ));
        let mut now = HashMap::new();
        self.look(&mut now);
        self.seen = now;
    }

    fn poll(&mut self, changed: &mut BTreeSet<RelPath>) {
        let mut now = HashMap::new();
        self.look(&mut now);
        for (path, stat) in &now {
            let then = self.seen.remove(path);
            if !then.is_some_and(|then| stat.is_untouched_since(&then)) {
                changed.insert(path.clone());
            }
        }
        changed.extend(self.seen.drain().map(|(path, _)| path));
        if changed.iter().any(|path| path.name() == ".gitignore")
            && let Ok(rules) = Rules::of(&self.path)
        {
            *self.rules() = rules;
        }
        self.seen = now;
    }

    fn look(&self, now: &mut HashMap<RelPath, Stat>) {
        let skip = |path: &RelPath| self.passes_over(path, true);
        let found = scan(&self.root, &skip, &self.cancel).unwrap_or_default();
        for (path, stat) in found.entries {
            if !self.passes_over(&path, stat.kind == Kind::Folder) {
                now.insert(path, stat);
            }
        }
    }

    fn is_there(&self) -> bool {
        Root::open(&self.path)
            .and_then(|root| Identity::of(&root))
            .is_ok_and(|identity| identity == self.identity)
    }
}

fn is_rename(event: &notify::Event) -> bool {
    matches!(
        event.kind,
        notify::EventKind::Modify(notify::event::ModifyKind::Name(_))
    )
}

fn is_limit(error: &notify::Error) -> bool {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => true,
        notify::ErrorKind::Io(e) => super::beneath::is_full(e),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
