//! Makes a task ready for a turn: its draft, up to date, and the project's own instructions.
//!
//! A draft that cannot be opened is never deleted: it is put aside under a name that is told, and a
//! new one is made.

use std::path::Path;
use std::sync::Arc;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::reopen::open_draft;
use super::reopen::said_of_draft;
use super::task::Task;
use crate::event::Event;
use crate::project::copy::CopyProgress;
use crate::project::draft::Draft;
use crate::project::path::RelPath;

/// Bytes of the project's own instructions that are sent.
const AGENTS_MD: u64 = 32 << 10;

impl Task {
    /// The task's draft, made when there is none yet, with what the person changed meanwhile.
    pub(super) async fn ready_draft(
        self: Arc<Self>,
        copying: CancellationToken,
    ) -> Result<Draft, String> {
        let task = self.clone();
        let made = tokio::task::spawn_blocking(move || {
            if let Some(draft) = task.draft() {
                draft.refresh().map_err(|error| error.to_string())?;
                return Ok(draft);
            }
            let told = std::sync::Mutex::new(Instant::now());
            let progress = |progress: CopyProgress| {
                let mut last = told.lock().unwrap_or_else(PoisonError::into_inner);
                if last.elapsed() >= Duration::from_millis(100) {
                    *last = Instant::now();
                    task.waiting(&format!(
                        "Making a private copy: {} of {} files.",
                        progress.files, progress.of_files
                    ));
                }
            };
            let dir = task.dir().join("draft");
            if dir.exists() {
                match open_draft(&dir, &task.shared) {
                    Ok(Some(draft)) => {
                        draft.refresh().map_err(|error| error.to_string())?;
                        task.has_draft(&draft);
                        return Ok(draft);
                    }
                    // What a crash left of an unfinished copy.
                    Ok(None) => std::fs::remove_dir_all(&dir).map_err(|e| e.to_string())?,
                    Err(sentence) => task.put_draft_aside(&dir, sentence)?,
                }
            }
            let blobs = task.shared.blobs.clone();
            let draft = Draft::create(&task.shared.project, &dir, blobs, &progress, &copying)
                .map_err(|error| error.to_string())?;
            task.has_draft(&draft);
            Ok(draft)
        })
        .await
        .unwrap_or_else(|error| Err(format!("The private copy could not be made: {error}.")));
        self.waiting("");
        made
    }

    fn has_draft(&self, draft: &Draft) {
        *self.draft.lock().unwrap_or_else(PoisonError::into_inner) = Some(draft.clone());
    }

    /// Keeps a draft that cannot be opened under another name, and says where.
    pub(super) fn put_draft_aside(&self, dir: &Path, sentence: String) -> Result<(), String> {
        let aside = dir.with_file_name(format!("draft.kept-{}", super::now()));
        std::fs::rename(dir, &aside)
            .map_err(|error| format!("{sentence} It could not be put aside: {error}."))?;
        let hint = format!(
            "All of it is kept in {}. The task goes on from a fresh copy of your folder.",
            aside.display()
        );
        let item = said_of_draft(self.lock().turn, sentence, &hint);
        self.keep_item(&item);
        self.shared.tell(Event::ItemCompleted {
            task: self.id.clone(),
            item,
        });
        Ok(())
    }
}

/// The project's own instructions for agents, from the draft.
pub(super) fn agents_md(draft: &Draft) -> Option<String> {
    let path = RelPath::new("AGENTS.md")?;
    let bytes = draft.read_up_to(&path, AGENTS_MD).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
