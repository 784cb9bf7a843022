//! `files/…` and `file/…`: the tree, names found, one file's text, the person's own edits.

use std::sync::Arc;

use engine::project::files::FilesError;
use engine::project::files::endings::Ending;
use engine::project::files::text::Content;
use engine::store::blobs::BlobId;
use engine::store::index::unsaved::UnsavedRow;
use engine::tasks::edit::EditError;
use engine::tasks::edit::Saved;
use engine::tasks::task::Task as LiveTask;

use super::review::blocking;
use crate::convert;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::types::*;

/// Names of a folder in one answer, whatever was asked.
const MOST_NAMES: u32 = 100_000;

/// Folders in one answer.
const MOST_FOLDERS: usize = 2_000;

/// Files found in one answer.
const MOST_FOUND: usize = 100;

impl Desk {
    pub(crate) async fn files_list(&self, ask: FilesList) -> Result<Vec<Folder>, Failure> {
        let (project, task) = (self.project()?, self.task_or_none(ask.task.as_deref())?);
        if ask.folders.len() > MOST_FOLDERS {
            return Err(Failure::refused(
                format!("More than {MOST_FOLDERS} folders are open in the tree."),
                "Close some of them.",
            ));
        }
        let folders: Vec<_> = ask
            .folders
            .into_iter()
            .map(|ask| (ask.folder, ask.most.min(MOST_NAMES) as usize))
            .collect();
        blocking(move || {
            let listings = project
                .list_folders(task.as_deref(), &folders)
                .map_err(|error| files_failed(&error))?;
            Ok(listings.iter().map(convert::folder).collect())
        })
        .await
    }

    pub(crate) async fn files_find(&self, ask: FilesFind) -> Result<FilesFound, Failure> {
        let (project, task) = (self.project()?, self.task_or_none(ask.task.as_deref())?);
        blocking(move || {
            let found = project
                .find_files(task.as_deref(), &ask.text, MOST_FOUND)
                .map_err(|error| files_failed(&error))?;
            Ok(convert::found(&found))
        })
        .await
    }

    pub(crate) async fn file_open(&self, open: FileOpen) -> Result<FileView, Failure> {
        let (project, task) = (self.project()?, self.task_or_none(open.task.as_deref())?);
        blocking(move || {
            let (path, read) = project
                .read_file(task.as_deref(), &open.file, convert::side_inside(open.side))
                .map_err(|error| files_failed(&error))?;
            let unsaved = match (&task, open.side) {
                (Some(task), Side::Draft) => task
                    .unsaved(&path)
                    .map_err(|error| convert::failed(&error))?,
                _ => None,
            };
            let (text, instead, kept) = match read.content {
                Content::Text {
                    text,
                    encoding,
                    ending,
                } => (Some(text), None, kept(&encoding, ending)),
                Content::Not(sentence) => (None, Some(sentence), String::new()),
            };
            Ok(FileView {
                file: open.file,
                path: path.to_string(),
                side: open.side,
                version: read.version.to_string(),
                text,
                instead,
                kept,
                unsaved: unsaved.map(|row| Unsaved {
                    version: row.version,
                    text: row.text,
                }),
            })
        })
        .await
    }

    pub(crate) async fn file_keep(&self, keep: FileKeep) -> Result<Nothing, Failure> {
        let (project, task) = (self.project()?, self.task(&keep.task)?);
        blocking(move || {
            let path = project
                .path_of(Some(&task), &keep.file)
                .map_err(|error| files_failed(&error))?;
            let row = keep.text.map(|text| UnsavedRow {
                version: keep.version,
                text,
            });
            task.keep_unsaved(&path, row.as_ref())
                .map_err(|error| convert::failed(&error))?;
            Ok(Nothing {})
        })
        .await
    }

    pub(crate) async fn file_unsaved(&self, id: TaskId) -> Result<Vec<UnsavedFile>, Failure> {
        let task = self.task(&id.task)?;
        blocking(move || {
            let paths = task
                .unsaved_paths()
                .map_err(|error| convert::failed(&error))?;
            Ok(paths.iter().map(convert::unsaved_file).collect())
        })
        .await
    }

    pub(crate) async fn file_save(&self, save: FileSave) -> Result<FileSaved, Failure> {
        let (project, task) = (self.project()?, self.task(&save.task)?);
        blocking(move || {
            let path = project
                .path_of(Some(&task), &save.file)
                .map_err(|error| files_failed(&error))?;
            let version: BlobId = save
                .version
                .parse()
                .map_err(|error| Failure::broken(format!("`file/save`: {error}.")))?;
            match task.save_text(&path, &version, &save.text) {
                Ok(Saved::Written(version)) => Ok(FileSaved::Saved {
                    version: version.to_string(),
                }),
                Ok(Saved::Moved) => Ok(FileSaved::Moved {}),
                Err(error) => Err(edit_failed(&error)),
            }
        })
        .await
    }

    pub(crate) async fn file_edit(&self, _: Nothing) -> Result<Task, Failure> {
        let project = self.project()?;
        let (wanted, effort) = self.for_a_new_task(None, &project)?;
        let task = project
            .task_for_edits(wanted, effort)
            .await
            .map_err(|error| edit_failed(&error))?;
        Ok(convert::task(&task.facts()))
    }

    pub(crate) async fn file_reveal(&self, named: FileNamed) -> Result<Nothing, Failure> {
        let (project, task) = (self.project()?, self.task_or_none(named.task.as_deref())?);
        project
            .reveal(task.as_deref(), &named.file)
            .await
            .map_err(|error| files_failed(&error))?;
        Ok(Nothing {})
    }

    pub(crate) async fn file_outside(&self, named: FileNamed) -> Result<OpenedOutside, Failure> {
        let (project, task) = (self.project()?, self.task_or_none(named.task.as_deref())?);
        let differs = project
            .open_outside(task.as_deref(), &named.file)
            .await
            .map_err(|error| files_failed(&error))?;
        let sentence = if differs {
            "Opened your folder's version. What this task changed in it is in the private copy \
             only, so it is not in there."
        } else {
            "Opened your folder's version."
        };
        Ok(OpenedOutside {
            sentence: sentence.to_owned(),
        })
    }

    pub(crate) fn task_or_none(&self, id: Option<&str>) -> Result<Option<Arc<LiveTask>>, Failure> {
        id.map(|id| self.task(id)).transpose()
    }
}

/// What saving keeps as it is.
fn kept(encoding: &str, ending: Ending) -> String {
    let encoding = if encoding.is_empty() {
        "UTF-8"
    } else {
        encoding
    };
    let ending = match ending {
        Ending::Lf => "LF",
        Ending::CrLf => "CRLF",
        Ending::Mixed => "mixed line endings",
    };
    format!("{encoding} · {ending}")
}

/// The sentence of the error already says what is unchanged and what to do.
fn files_failed(error: &FilesError) -> Failure {
    match error {
        FilesError::Io { .. } | FilesError::NoProgram { .. } => {
            Failure::failed(error.to_string(), "")
        }
        _ => Failure::refused(error.to_string(), ""),
    }
}

fn edit_failed(error: &EditError) -> Failure {
    match error {
        EditError::NotTrusted
        | EditError::CommandRunning
        | EditError::NoDraft
        | EditError::Unwritable(_) => Failure::refused(error.to_string(), ""),
        _ => Failure::failed(error.to_string(), ""),
    }
}
