//! How many lines differ, for a person.

use review::{Diff, Stat};

use super::pairs::{Change, Compared, Contents};

/// One line for two files; a line for each file of two folders, and their sum.
pub(super) fn of(compared: &Compared) -> String {
    let files = match compared {
        Compared::Files(contents) => return format!("{}\n", one(contents)),
        Compared::Folders(files) => files,
    };
    let names: Vec<String> = files
        .iter()
        .map(|file| match &file.old_path {
            Some(old) => format!("{old} => {}", file.path),
            None => file.path.clone(),
        })
        .collect();
    let width = names.iter().map(|name| name.chars().count()).max();
    let width = width.unwrap_or(0);
    let mut out = String::new();
    let mut sum = Stat::default();
    for (file, name) in files.iter().zip(&names) {
        let note = match file.change {
            Change::Added => "  added",
            Change::Removed => "  removed",
            Change::Changed | Change::Renamed => "",
        };
        out.push_str(&format!(" {name:width$} | {}{note}\n", one(&file.contents)));
        if let Contents::Text(diff) = &file.contents {
            let stat = counted(diff);
            sum.added += stat.added;
            sum.removed += stat.removed;
        }
    }
    if !files.is_empty() {
        let count = match files.len() {
            1 => "1 file".to_owned(),
            count => format!("{count} files"),
        };
        out.push_str(&format!(" {count}: +{} -{}\n", sum.added, sum.removed));
    }
    out
}

fn one(contents: &Contents) -> String {
    match contents {
        Contents::Text(diff) => {
            let stat = counted(diff);
            let note = match diff.imprecise() {
                true => "  (coarse; --full takes longer)",
                false => "",
            };
            format!("+{} -{}{note}", stat.added, stat.removed)
        }
        Contents::Bytes(bytes) => {
            let size = |blob: &Option<super::pairs::Blob>| {
                blob.as_ref().map_or(0, |blob| blob.bytes.len())
            };
            match bytes.old == bytes.new {
                true => "binary, equal".to_owned(),
                false => format!("binary, {} -> {} bytes", size(&bytes.old), size(&bytes.new)),
            }
        }
    }
}

/// Without what differs only in white space that is ignored.
fn counted(diff: &Diff) -> Stat {
    let hunks = diff.hunks().iter().filter(|hunk| !diff.is_ignored(hunk));
    hunks.fold(Stat::default(), |sum, hunk| Stat {
        added: sum.added + hunk.stat.added,
        removed: sum.removed + hunk.stat.removed,
    })
}
