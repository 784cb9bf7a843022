//! The order in which a person reads a change set.

use crate::project::path::RelPath;

/// Sources before tests before everything else; within each by path.
pub(super) fn reading_rank(path: &RelPath) -> u8 {
    let text = path.to_string().to_lowercase();
    let name = path.name().to_string_lossy().to_lowercase();
    let test = ["test", "spec", "__tests__"].iter().any(|word| {
        text.split('/')
            .any(|part| part == *word || part == format!("{word}s"))
            || name.contains(&format!(".{word}."))
            || name.contains(&format!("_{word}."))
            || name.starts_with(&format!("{word}_"))
    });
    let prose = [".md", ".txt", ".lock", ".json", ".toml", ".yaml", ".yml"]
        .iter()
        .any(|ending| name.ends_with(ending));
    match (test, prose) {
        (false, false) => 0,
        (true, _) => 1,
        (false, true) => 2,
    }
}
