//! `apply_patch`: changes files of the draft by a patch, all of it or nothing.
//!
//! The patch language is the crate `patch`; this is its way to and from the draft. Paths may be
//! absolute below the project or relative to the folder of the call. Two spellings of one path are
//! one file.

use std::collections::HashMap;
use std::path::Path;

use patch::Action;
use patch::ChangeKind;
use patch::FileChange;

use crate::agent::item::FileChangeKind;
use crate::agent::item::PatchedFile;
use crate::project::draft::Change;
use crate::project::draft::Draft;
use crate::project::draft::DraftError;
use crate::project::draft::Edit;
use crate::project::path::RelPath;

/// A patch that was applied.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) files: Vec<PatchedFile>,
    /// For the model.
    pub(super) summary: String,
}

/// Applies `text` as call `call_id`, with paths seen from `folder`. On an error nothing changed,
/// and the text says so and what to do.
pub(super) fn apply(
    draft: &Draft,
    call_id: &str,
    folder: &Path,
    text: &str,
) -> Result<Applied, String> {
    let mut patch = patch::parse(text).map_err(|error| format!("{error} {}", error.hint()))?;
    let mut places: HashMap<String, RelPath> = HashMap::new();
    let mut written: HashMap<String, String> = HashMap::new();
    let mut place = |path: &mut String| -> Result<(), String> {
        let at = draft
            .inside(folder, Path::new(path.as_str()))
            .map_err(unchanged)?;
        let name = at.to_string();
        written.entry(name.clone()).or_insert_with(|| path.clone());
        places.insert(name.clone(), at);
        *path = name;
        Ok(())
    };
    for section in &mut patch.sections {
        place(&mut section.path)?;
        if let Action::Update {
            move_to: Some(target),
            ..
        } = &mut section.action
        {
            place(target)?;
        }
    }
    let mut unreadable = None;
    let changes = patch::apply(&patch, |path| match draft.read(&places[path]) {
        Ok(bytes) => Some(bytes),
        Err(DraftError::NotFound { .. }) => None,
        Err(error) => {
            unreadable.get_or_insert(error);
            None
        }
    });
    if let Some(error) = unreadable {
        return Err(unchanged(error));
    }
    let changes = changes.map_err(|error| format!("{error} {}", error.hint()))?;
    let edits = changes
        .iter()
        .filter(|change| change.before != change.after)
        .map(|change| edit(draft, &places, change))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unchanged)?;
    draft.edit(call_id, &edits).map_err(unchanged)?;
    let mut summary = "Success. Updated the following files:\n".to_owned();
    for change in &changes {
        if let Some(letter) = change.kind.letter() {
            let shown = written.get(&change.path).unwrap_or(&change.path);
            summary.push_str(&format!("{letter} {shown}\n"));
        }
    }
    Ok(Applied {
        files: changes.iter().filter_map(patched).collect(),
        summary,
    })
}

fn unchanged(error: DraftError) -> String {
    format!("The patch was not applied: {error}. Nothing was changed.")
}

fn edit(
    draft: &Draft,
    places: &HashMap<String, RelPath>,
    change: &FileChange,
) -> Result<Edit, DraftError> {
    let mode = match &change.kind {
        // A moved script stays executable.
        ChangeKind::MovedHere { from } => draft.stat(&places[from])?.map(|stat| stat.mode),
        _ => None,
    };
    let path = places[&change.path].clone();
    let change = match &change.after {
        Some(bytes) => Change::Write {
            bytes: bytes.clone(),
            mode,
        },
        None => Change::Delete,
    };
    Ok(Edit { path, change })
}

fn patched(change: &FileChange) -> Option<PatchedFile> {
    let kind = match (&change.before, &change.after) {
        (None, Some(_)) => FileChangeKind::Added,
        (Some(_), Some(_)) => FileChangeKind::Modified,
        (Some(_), None) => FileChangeKind::Deleted,
        (None, None) => return None,
    };
    let count = |lines: usize| u32::try_from(lines).unwrap_or(u32::MAX);
    Some(PatchedFile {
        path: change.path.clone(),
        change: kind,
        added: count(change.added),
        removed: count(change.removed),
    })
}
