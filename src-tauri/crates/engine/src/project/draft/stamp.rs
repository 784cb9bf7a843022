//! Names the bytes that a draft holds, so that a result can say what it was had on.

use std::hash::Hash;
use std::hash::Hasher;

use sha2::Digest;
use sha2::Sha256;

use super::Draft;
use super::State;

/// What a draft holds at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The same for the same bytes; what is ignored or of git does not count.
    pub bytes: String,
    /// How many changes were made in the draft so far.
    pub change: u32,
}

/// Hashes what `derive(Hash)` gives it, with a hash that is the same in every run of the app.
struct Sum(Sha256);

impl Hasher for Sum {
    fn finish(&self) -> u64 {
        0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

impl Draft {
    /// Names what the draft holds, as of the last [`Draft::record`] or [`Draft::refresh`].
    ///
    /// A file that the task touched counts by its bytes, any other by what the file system says of
    /// it, which is cheap and changes whenever the person's newer bytes are brought in.
    pub fn stamp(&self) -> Stamp {
        let state = self.lock();
        let mut paths: Vec<_> = state
            .manifest
            .pairs
            .iter()
            .filter(|(path, pair)| {
                pair.source && !path.is_git() && !state.touched.contains_key(path)
            })
            .collect();
        paths.sort_by_key(|(path, _)| *path);
        let mut sum = Sum(Sha256::new());
        for (path, pair) in paths {
            path.hash(&mut sum);
            let stat = pair
                .tree
                .map(|stat| (stat.kind, stat.mode, stat.size, stat.mtime));
            stat.hash(&mut sum);
        }
        for (path, touch) in &state.touched {
            path.hash(&mut sum);
            let now = touch
                .now
                .map(|version| (version.kind, version.mode, version.blob.to_string()));
            now.hash(&mut sum);
        }
        let change = changes_in(&state);
        let digest = sum.0.finalize();
        Stamp {
            bytes: digest
                .iter()
                .take(8)
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            change,
        }
    }

    /// How many changes were made in the draft so far.
    pub fn changes_made(&self) -> u32 {
        changes_in(&self.lock())
    }
}

fn changes_in(state: &State) -> u32 {
    let entries = state.ledger.entries().iter();
    let changes = entries.filter(|entry| !entry.files.is_empty()).count();
    u32::try_from(changes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::Edit;
    use crate::project::Machine;
    use crate::project::put;

    #[test]
    fn a_stamp_moves_with_the_bytes_and_with_nothing_else() {
        let machine = Machine::new(&[("a.txt", b"a\n"), ("b.txt", b"b\n")]);
        machine.write(".gitignore", b"out/\n");
        let draft = machine.draft();
        let first = draft.stamp();
        assert_eq!((first.change, draft.stamp()), (0, first.clone()));

        std::fs::create_dir(draft.tree().join("out")).unwrap();
        std::fs::write(draft.tree().join("out/x"), "built").unwrap();
        draft.record("build").unwrap();
        assert_eq!(draft.stamp(), first, "what is ignored does not count");

        draft.edit("one", &[put("a.txt", b"A\n")]).unwrap();
        let second = draft.stamp();
        assert!(second.bytes != first.bytes && second.change == 1);
        draft.edit("two", &[put("a.txt", b"a\n") as Edit]).unwrap();
        draft.edit("three", &[put("a.txt", b"A\n")]).unwrap();
        assert_eq!(draft.stamp().bytes, second.bytes, "the same bytes again");

        machine.write("b.txt", b"the person's\n");
        draft.refresh().unwrap();
        assert_ne!(draft.stamp().bytes, second.bytes);
    }
}
