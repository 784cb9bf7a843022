//! Folders and files found.

use engine::opened::Found;
use engine::project::files::Side as InsideSide;
use engine::project::files::tree::Entry;
use engine::project::files::tree::Listing;
use engine::project::files::tree::Mark as InsideMark;
use engine::project::path::RelPath;
use engine::project::stat::Kind;
use engine::tasks::review::file_id;

use crate::types::*;

pub(crate) fn folder(listing: &Listing) -> Folder {
    Folder {
        entries: listing.entries.iter().map(entry).collect(),
        all: u32::try_from(listing.all).unwrap_or(u32::MAX),
    }
}

fn entry(entry: &Entry) -> FileEntry {
    FileEntry {
        id: file_id(&entry.path),
        name: entry.path.name().to_string_lossy().into_owned(),
        kind: match entry.kind {
            Kind::Folder => EntryKind::Folder,
            Kind::File => EntryKind::File,
            Kind::Link => EntryKind::Link,
            Kind::Special => EntryKind::Special,
        },
        change: entry.mark.map(change),
        below: entry.below,
        ignored: entry.ignored,
        in_project: entry.in_project,
        in_draft: entry.in_draft,
    }
}

pub(crate) fn found(found: &Found) -> FilesFound {
    FilesFound {
        files: found
            .hits
            .iter()
            .map(|(hit, mark)| FoundFile {
                id: file_id(&hit.path),
                path: hit.path.to_string(),
                letters: hit.letters.clone(),
                change: mark.map(change),
            })
            .collect(),
        all: u32::try_from(found.all).unwrap_or(u32::MAX),
    }
}

pub(crate) fn unsaved_file(path: &RelPath) -> UnsavedFile {
    UnsavedFile {
        file: file_id(path),
        path: path.to_string(),
    }
}

pub(crate) fn side_inside(side: Side) -> InsideSide {
    match side {
        Side::Project => InsideSide::Project,
        Side::Draft => InsideSide::Draft,
    }
}

fn change(mark: InsideMark) -> ChangeKind {
    match mark {
        InsideMark::Added => ChangeKind::Added,
        InsideMark::Changed => ChangeKind::Modified,
        InsideMark::Deleted => ChangeKind::Deleted,
    }
}
