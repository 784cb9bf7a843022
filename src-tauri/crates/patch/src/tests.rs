//! Whole patches against whole files.

mod conformance;
mod errors;
mod files;
mod keeping;
mod matching;
mod properties;

use std::collections::BTreeMap;

use crate::{ApplyError, FileChange, Patch, apply, parse};

type Files = BTreeMap<String, Vec<u8>>;

fn files(list: &[(&str, &str)]) -> Files {
    list.iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect()
}

fn parsed(patch: &str) -> Patch {
    parse(patch).unwrap_or_else(|error| panic!("{error}\n{patch}"))
}

fn changes(files: &Files, patch: &str) -> Result<Vec<FileChange>, ApplyError> {
    apply(&parsed(patch), |path| files.get(path).cloned())
}

/// The files after the patch.
fn after(files: &Files, patch: &str) -> Result<Files, ApplyError> {
    let mut files = files.clone();
    for change in changes(&files, patch)? {
        assert_eq!(
            files.get(&change.path),
            change.before.as_ref(),
            "before of {}",
            change.path
        );
        match change.after {
            Some(bytes) => files.insert(change.path, bytes),
            None => files.remove(&change.path),
        };
    }
    Ok(files)
}

/// The bytes of `f` after an update with these hunks.
fn update_bytes(before: &[u8], hunks: &str) -> Result<Vec<u8>, ApplyError> {
    let files = Files::from([("f".to_owned(), before.to_vec())]);
    let patch = format!("*** Begin Patch\n*** Update File: f\n{hunks}\n*** End Patch\n");
    after(&files, &patch).map(|mut files| files.remove("f").expect("f is still there"))
}

#[track_caller]
fn check(before: &str, hunks: &str, expect: &str) {
    let got = update_bytes(before.as_bytes(), hunks).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(String::from_utf8_lossy(&got), expect);
}

#[track_caller]
fn refused(before: &str, hunks: &str) -> ApplyError {
    update_bytes(before.as_bytes(), hunks).expect_err("the hunks should not fit")
}
