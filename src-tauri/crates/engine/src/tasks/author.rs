//! Who made each change of a change set: the agent, the person, or both.

use std::collections::HashMap;

use super::edit::is_by_you;
use crate::project::changes::ChangeSet;
use crate::project::draft::TAKEN_BACK;
use crate::project::ledger::Before;
use crate::project::ledger::Entry;
use crate::project::path::RelPath;
use crate::project::stat::Version;

/// Who made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Author {
    /// The agent, with its tools or its commands.
    #[default]
    Agent,
    /// The person, in the editor.
    You,
    /// One after the other.
    Both,
}

/// The author of each file, from what was done since the file was last the project's.
pub(super) fn authors(entries: &[Entry], set: &ChangeSet) -> HashMap<RelPath, Author> {
    let bases: HashMap<&RelPath, Before> = set
        .files
        .iter()
        .map(|file| (&file.path, Before::from(file.base)))
        .collect();
    let mut authors = HashMap::new();
    // Who had made each version that a file held; taking back brings an earlier one.
    let mut made: Vec<(&RelPath, Option<Version>, Author)> = Vec::new();
    for entry in entries {
        let now = if is_by_you(entry) {
            Author::You
        } else {
            Author::Agent
        };
        for changed in &entry.files {
            let Some(base) = bases.get(&changed.path) else {
                continue;
            };
            let before = authors.get(&changed.path).copied();
            let again = (entry.call_id == TAKEN_BACK).then(|| {
                let mut newest = made.iter().rev();
                newest
                    .find(|(path, version, _)| **path == changed.path && *version == changed.after)
            });
            let author = match (again.flatten(), before) {
                (Some((_, _, author)), _) => *author,
                (None, Some(author)) if author != now && changed.before != *base => Author::Both,
                _ => now,
            };
            made.push((&changed.path, changed.after, author));
            authors.insert(changed.path.clone(), author);
        }
    }
    authors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Machine;
    use crate::project::put;

    #[test]
    fn each_file_has_its_author_since_it_was_last_the_projects() {
        let machine = Machine::new(&[("a", b"1"), ("b", b"1"), ("c", b"1")]);
        let draft = machine.draft();
        draft
            .edit("call 1", &[put("a", b"2"), put("b", b"2")])
            .unwrap();
        draft
            .edit("you:1", &[put("b", b"3"), put("c", b"2")])
            .unwrap();
        let of = |path: &str| {
            let set = draft.changes().unwrap();
            authors(&draft.entries(), &set)
                .get(&RelPath::new(path).unwrap())
                .copied()
        };
        assert_eq!(of("a"), Some(Author::Agent));
        assert_eq!(of("b"), Some(Author::Both));
        assert_eq!(of("c"), Some(Author::You));
        draft.edit("call 2", &[put("c", b"1")]).unwrap();
        draft.edit("call 3", &[put("c", b"4")]).unwrap();
        assert_eq!(of("c"), Some(Author::Agent), "it began anew");
        let before = draft.entry_count();
        draft.edit("call 4", &[put("b", b"5")]).unwrap();
        draft.edit("you:2", &[put("d", b"1")]).unwrap();
        draft.edit("call 5", &[put("d", b"2")]).unwrap();
        assert_eq!(of("d"), Some(Author::Both));
        draft.rewind(before, is_by_you).unwrap();
        assert_eq!(
            (of("b"), of("d")),
            (Some(Author::Both), Some(Author::You)),
            "who made what they hold again"
        );
    }
}
